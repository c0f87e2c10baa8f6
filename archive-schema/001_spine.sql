-- The spine: accounts, captures, bags, records with their versions, the ledger's leaves.
-- Times are UTC, RFC 3339 to the second; ids are UUIDs as 16 bytes; JSON columns hold what records.json holds.
-- Migrations are append-only: a released file never changes.

CREATE TABLE archive (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
  id          TEXT PRIMARY KEY,
  platform    TEXT NOT NULL,
  address     TEXT NOT NULL,
  committee   TEXT NOT NULL,              -- arkivbildare
  purpose     TEXT NOT NULL,
  audience    TEXT NOT NULL,
  responsible TEXT NOT NULL,              -- JSON array of names
  substitute  TEXT,
  credential  TEXT,                       -- a name in arkivd.toml, never a secret
  parent      TEXT REFERENCES account (id),
  name        TEXT,                       -- as the platform last told it
  added       TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Who did what, when: rows are only ever added.
CREATE TABLE event (
  n      INTEGER PRIMARY KEY,
  at     TEXT NOT NULL,
  actor  TEXT NOT NULL,
  verb   TEXT NOT NULL,
  object TEXT NOT NULL,
  before TEXT,                            -- JSON
  after  TEXT                             -- JSON
) STRICT;
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event BEGIN SELECT raise(ABORT, 'an event is never changed'); END;
CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event BEGIN SELECT raise(ABORT, 'an event is never removed'); END;

CREATE TABLE capture (
  n          INTEGER PRIMARY KEY,
  id         BLOB NOT NULL UNIQUE,
  account    TEXT NOT NULL REFERENCES account (id),
  reason     TEXT NOT NULL,
  outcome    TEXT NOT NULL,               -- sealed, unchanged, empty, failed
  entire     INTEGER NOT NULL,            -- 1: its bags hold all that was seen, 0: only what was new or changed
  started    TEXT NOT NULL,
  finished   TEXT NOT NULL,
  new        INTEGER NOT NULL,
  changed    INTEGER NOT NULL,
  unchanged  INTEGER NOT NULL,
  not_seen   INTEGER NOT NULL,
  complete   INTEGER NOT NULL,
  coverage   TEXT NOT NULL,               -- JSON
  error      TEXT                         -- why it failed
) STRICT;
CREATE INDEX capture_of_account ON capture (account, n);

CREATE TABLE leaf (
  n     INTEGER PRIMARY KEY,              -- index in the log, from 0
  entry TEXT NOT NULL                     -- canonical JSON (RFC 8785)
) STRICT;

-- The log's stored hashes (RFC 6962, order of C2SP tlog-tiles), from which tiles and proofs are made.
CREATE TABLE tree_hash (
  n    INTEGER PRIMARY KEY,
  hash BLOB NOT NULL
) STRICT;

CREATE TABLE bag (
  n          INTEGER PRIMARY KEY,
  id         BLOB NOT NULL UNIQUE,
  capture    INTEGER NOT NULL REFERENCES capture (n),
  kind       TEXT NOT NULL,
  committee  TEXT NOT NULL,
  commitment BLOB NOT NULL,
  leaf       INTEGER NOT NULL UNIQUE REFERENCES leaf (n),
  bytes      INTEGER NOT NULL,
  files      INTEGER NOT NULL,
  pdf        TEXT                         -- the level its typeset PDF was sealed at; NULL: no level was reached
) STRICT;
CREATE INDEX bag_of_capture ON bag (capture);

CREATE TABLE record (
  n             INTEGER PRIMARY KEY,
  id            BLOB NOT NULL UNIQUE,
  account       TEXT NOT NULL REFERENCES account (id),
  committee     TEXT NOT NULL,
  kind          TEXT NOT NULL,
  parent        INTEGER REFERENCES record (n),
  parent_native TEXT,                     -- what the platform says it answers, known to us or not
  permalink     TEXT,
  published     TEXT,
  latest        INTEGER                   -- its newest version
) STRICT;
CREATE INDEX record_by_time ON record (published);
CREATE INDEX record_of_account ON record (account, published);
-- No partial indexes here: they make SQLite prepare each lookup anew for its bound values.

-- The few records that answer something not seen yet.
CREATE TABLE waiting_for_parent (
  record INTEGER PRIMARY KEY REFERENCES record (n)
) STRICT;

-- One record, many doors: what each way in calls it.
CREATE TABLE record_alias (
  account   TEXT NOT NULL REFERENCES account (id),
  door      TEXT NOT NULL,
  native_id TEXT NOT NULL,
  record    INTEGER NOT NULL REFERENCES record (n),
  PRIMARY KEY (account, door, native_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_of_record ON record_alias (record);

CREATE TABLE version (
  n          INTEGER PRIMARY KEY,
  record     INTEGER NOT NULL REFERENCES record (n),
  number     INTEGER NOT NULL,
  digest     BLOB NOT NULL,               -- SHA-256 of the content's canonical JSON
  visibility TEXT NOT NULL,
  edited     TEXT,
  title      TEXT,
  author     TEXT,
  text       TEXT NOT NULL,
  content    TEXT NOT NULL,               -- JSON
  media_missing INTEGER NOT NULL,         -- 1: not all its media could be had; the next capture tries again
  UNIQUE (record, number)
) STRICT;

CREATE TABLE observation (
  capture INTEGER NOT NULL REFERENCES capture (n),
  version INTEGER NOT NULL REFERENCES version (n),
  PRIMARY KEY (version, capture)
) STRICT, WITHOUT ROWID;

-- Known records that a complete reading did not show: the first such reading since each was last seen.
-- Absence is not removal.
CREATE TABLE absence (
  capture INTEGER NOT NULL REFERENCES capture (n),
  record  INTEGER NOT NULL REFERENCES record (n),
  PRIMARY KEY (record, capture)
) STRICT, WITHOUT ROWID;
CREATE INDEX absence_of_capture ON absence (capture);

-- Where in which bag a version stands; page is NULL for files without pages.
CREATE TABLE holding (
  version INTEGER NOT NULL REFERENCES version (n),
  bag     INTEGER NOT NULL REFERENCES bag (n),
  file    TEXT NOT NULL,
  page    INTEGER,
  PRIMARY KEY (version, bag, file)
) STRICT, WITHOUT ROWID;
CREATE INDEX holding_of_bag ON holding (bag);
