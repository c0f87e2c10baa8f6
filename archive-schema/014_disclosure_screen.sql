-- Screens in a disclosure: pages of page captures that are handed out as pictures, with black boxes burnt in.

-- The pages that were chosen. A capture is named by its id: an emergency may erase it.
CREATE TABLE disclosure_screen (
  disclosure INTEGER NOT NULL REFERENCES disclosure (n),
  bag        BLOB NOT NULL,
  page       INTEGER NOT NULL,            -- of its page-screen.pdf, through all parts, from 1
  at         TEXT NOT NULL,
  actor      TEXT NOT NULL,
  reviewed   TEXT,                        -- when a person last looked at it as it would be handed out
  reviewer   TEXT,
  state      BLOB,                        -- SHA-256 of all that was decided in the request then; another one: look anew
  PRIMARY KEY (disclosure, bag, page)
) STRICT, WITHOUT ROWID;

-- What is blackened on them beside what the masks of the records hide.
CREATE TABLE disclosure_box (
  n          INTEGER PRIMARY KEY,
  disclosure INTEGER NOT NULL REFERENCES disclosure (n),
  bag        BLOB NOT NULL,
  value      TEXT NOT NULL,               -- JSON: the page and its rectangle, or the words
  provision  TEXT NOT NULL,               -- 21 kap. 7 § OSL
  reason     TEXT,
  at         TEXT NOT NULL,
  actor      TEXT NOT NULL,
  withdrawn  TEXT
) STRICT;
CREATE INDEX disclosure_box_of_disclosure ON disclosure_box (disclosure, n);
