-- Search: the words of posts, comments, messages and captured pages.

-- Each version of a record, and each page capture, is a document. Its number sorts by time: seconds since 1900 << 29, a
-- page's bit << 28, and version.n or bag.n. What is indexed are folded words (retention/words.rs); the index keeps no
-- text of its own, and is told the same words again to forget them.
-- `signs` holds what nobody wrote so: #ord and @namn whole, and facets: /a1 is a search_place, /kpost a kind, /p a page
-- capture, /r a version that is not public.
CREATE VIRTUAL TABLE search_index USING fts5 (
  title, text, author, signs,
  content = '', tokenize = "ascii tokenchars '#@/'"
);
-- Words that are erased are overwritten (design 8.8).
INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1);
INSERT INTO search_index (search_index, rank) VALUES ('pgsz', 8000);
INSERT INTO search_index (search_index, rank) VALUES ('hashsize', 8000000);
-- Fewer merges: more parts to ask, which time does not tell.
INSERT INTO search_index (search_index, rank) VALUES ('automerge', 8);

-- Accounts with the committees whose records are theirs; a number of each stands in the index.
CREATE TABLE search_place (
  n         INTEGER PRIMARY KEY,
  account   TEXT NOT NULL REFERENCES account (id),
  committee TEXT NOT NULL,
  UNIQUE (account, committee)
) STRICT;

-- The text of page captures, as page.txt in their bags has it. It goes with the bag.
CREATE TABLE search_page (
  bag   INTEGER PRIMARY KEY REFERENCES bag (n),
  title TEXT NOT NULL,
  text  TEXT NOT NULL,
  document INTEGER                        -- its number in the index; NULL: not indexed yet
) STRICT;
CREATE INDEX search_page_waiting ON search_page (document);

-- fold: the way of folding words that the index is made by. waiting: versions up to this one are not indexed yet.
CREATE TABLE search_state (
  what  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO search_state VALUES ('fold', 0), ('waiting', (SELECT coalesce(max(n), 0) FROM version));
