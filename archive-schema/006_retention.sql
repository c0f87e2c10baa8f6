-- Retention: each committee's plans, what each record is by them, holds, and what was destroyed by which decision.
-- Days are Swedish days, 2026-11-21.

-- A dokumenthanteringsplan, version by version. What was decided under one version stays with it.
CREATE TABLE plan (
  n          INTEGER PRIMARY KEY,
  committee  TEXT NOT NULL,               -- arkivbildare
  sha256     BLOB NOT NULL,               -- of the file
  text       TEXT NOT NULL,               -- the file as it was loaded, TOML
  decision   TEXT,                        -- JSON: by whom, when, § ...; NULL: a draft, by which nothing is destroyed
  valid_from TEXT,
  valid_to   TEXT,
  loaded     TEXT NOT NULL,
  actor      TEXT NOT NULL,
  UNIQUE (committee, sha256)
) STRICT;
CREATE TRIGGER plan_is_never_changed BEFORE UPDATE ON plan BEGIN SELECT raise(ABORT, 'a plan is never changed'); END;
CREATE TRIGGER plan_is_never_removed BEFORE DELETE ON plan BEGIN SELECT raise(ABORT, 'a plan is never removed'); END;

-- The rows and rules of a plan, so that others can name them; what they say is read from the plan's text.
CREATE TABLE plan_row (
  n    INTEGER PRIMARY KEY,
  plan INTEGER NOT NULL REFERENCES plan (n),
  id   TEXT NOT NULL,
  UNIQUE (plan, id)
) STRICT;
CREATE TABLE plan_rule (
  n    INTEGER PRIMARY KEY,
  plan INTEGER NOT NULL REFERENCES plan (n),
  id   TEXT NOT NULL,
  UNIQUE (plan, id)
) STRICT;

-- What a record is by a plan. A record without a row is not classified, and is kept.
CREATE TABLE classification (
  record   INTEGER PRIMARY KEY REFERENCES record (n),
  plan_row INTEGER NOT NULL REFERENCES plan_row (n),
  rule     INTEGER REFERENCES plan_rule (n),  -- NULL: by hand
  follows  INTEGER REFERENCES record (n),     -- it is in the thread of this record, and is what that is (VAR-1)
  thread   INTEGER NOT NULL DEFAULT 0,        -- 1: what answers it follows it, also what comes later
  reason   TEXT,                          -- a person's words; NULL: the rule says why
  actor    TEXT NOT NULL,
  at       TEXT NOT NULL,
  due      TEXT,                          -- the first day on which arkivd's copy may go; NULL: kept, or its event has not come
  medium_due TEXT                         -- the first day on which it is to go from the medium; NULL: never, or not known
) STRICT;
CREATE INDEX classification_by_due ON classification (plan_row, due, record);
CREATE INDEX classification_by_medium ON classification (plan_row, medium_due, record);

-- What a person noted of a record that its plan waits for. The newest row of each kind stands.
CREATE TABLE record_mark (
  n      INTEGER PRIMARY KEY,
  record INTEGER NOT NULL REFERENCES record (n),
  what   TEXT NOT NULL,                   -- inaktuell, registered
  value  TEXT,                            -- the diarienummer
  day    TEXT,                            -- NULL: taken back
  at     TEXT NOT NULL,
  actor  TEXT NOT NULL
) STRICT;
CREATE INDEX record_mark_of_record ON record_mark (record, what, n);

-- A named question to the archive, asked anew each time.
CREATE TABLE saved_search (
  name   TEXT PRIMARY KEY,
  filter TEXT NOT NULL,                   -- JSON
  at     TEXT NOT NULL,
  actor  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What may not be destroyed for now, whatever the plan says.
CREATE TABLE hold (
  n            INTEGER PRIMARY KEY,
  scope        TEXT NOT NULL,             -- record, account, case, search; police-report, once released
  object       TEXT NOT NULL,             -- the record's id, the account's, a diarienummer, the search's name
  reason       TEXT NOT NULL,
  ends         TEXT,                      -- the last day; NULL: until it is released
  at           TEXT NOT NULL,
  actor        TEXT NOT NULL,
  released     TEXT,
  released_by  TEXT,
  released_why TEXT
) STRICT;
CREATE INDEX hold_of_object ON hold (scope, object);

-- What answers a record: a hold on it holds the talk below it.
CREATE INDEX record_by_parent ON record (parent);

-- A gallring, from the proposal to the protocol. The list itself is made anew from the same question, and must have
-- the same digest; it is written down when the first of it goes.
CREATE TABLE gallring (
  n           INTEGER PRIMARY KEY,
  id          BLOB NOT NULL UNIQUE,
  committee   TEXT NOT NULL,
  place       TEXT NOT NULL,              -- archive, medium
  question    TEXT NOT NULL,              -- JSON: due by which day, which rows, with page captures or not
  records     INTEGER NOT NULL,
  pages       INTEGER NOT NULL,           -- page captures
  digest      BLOB NOT NULL,              -- of the list
  counts      TEXT NOT NULL,              -- JSON: what of the list each row of the plan made, to tell later what differs
  proposed    TEXT NOT NULL,
  proposer    TEXT NOT NULL,
  state       TEXT NOT NULL,              -- proposed, approved, executing, erasing, executed, withdrawn
  decision    TEXT,                       -- JSON: under the plan, or of its own: by, date, §, reference, utredning
  approved    TEXT,
  approver    TEXT,
  salt        BLOB,                       -- of the decision's digest in the ledger
  begun       TEXT,
  executed    TEXT,
  executor    TEXT,
  withdrawn   TEXT,
  withdrawer  TEXT,
  withdrawn_why TEXT
) STRICT;

-- What editors did on the platform by the work list of a gallring from the medium; the next watch confirms it.
CREATE TABLE gallring_done (
  gallring INTEGER NOT NULL REFERENCES gallring (n),
  record   INTEGER NOT NULL REFERENCES record (n),
  at       TEXT NOT NULL,
  by       TEXT NOT NULL,                 -- who did it
  actor    TEXT NOT NULL,                 -- who noted it
  PRIMARY KEY (gallring, record)
) STRICT, WITHOUT ROWID;

CREATE TABLE gallring_record (
  gallring INTEGER NOT NULL REFERENCES gallring (n),
  record   INTEGER NOT NULL REFERENCES record (n),
  plan_row INTEGER REFERENCES plan_row (n),  -- NULL: by a decision of its own
  due      TEXT,
  PRIMARY KEY (gallring, record)
) STRICT, WITHOUT ROWID;

-- Bags that a gallring went into, in the order it does so.
CREATE TABLE gallring_bag (
  gallring  INTEGER NOT NULL REFERENCES gallring (n),
  bag       BLOB NOT NULL,
  leaf      INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  successor BLOB,                         -- the bag in its stead; NULL: none is needed
  gone      TEXT,                         -- when its last byte went; NULL: not yet
  PRIMARY KEY (gallring, bag)
) STRICT, WITHOUT ROWID;
CREATE INDEX gallring_bag_by_id ON gallring_bag (bag);

-- The stub of a destroyed record is its row, without words, address or author.
ALTER TABLE record ADD COLUMN gallring INTEGER REFERENCES gallring (n);

-- What was destroyed, known again without being told: HMAC-SHA-256 under keys/tombstone.key.
CREATE TABLE tombstone (
  hmac     BLOB PRIMARY KEY,
  gallring INTEGER REFERENCES gallring (n),  -- NULL: by an emergency
  record   INTEGER REFERENCES record (n)
) STRICT, WITHOUT ROWID;

-- Documents that are sealed in bags of their own: protocols, letters. No account stands behind them.
CREATE TABLE document (
  n          INTEGER PRIMARY KEY,
  bag        BLOB NOT NULL UNIQUE,
  committee  TEXT NOT NULL,
  what       TEXT NOT NULL,               -- gallringsprotokoll ...
  object     TEXT NOT NULL,               -- the id of what it is about
  made       TEXT NOT NULL,
  commitment BLOB NOT NULL,
  leaf       INTEGER NOT NULL UNIQUE REFERENCES leaf (n),
  bytes      INTEGER NOT NULL,
  files      INTEGER NOT NULL,
  pdf        TEXT
) STRICT;
CREATE INDEX document_of_object ON document (object);
