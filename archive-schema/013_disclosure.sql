-- Disclosures: requests for public records (TF 2 kap., OSL), from the day received to the last appeal.

CREATE TABLE disclosure (
  n           INTEGER PRIMARY KEY,
  id          BLOB NOT NULL UNIQUE,
  designation TEXT NOT NULL UNIQUE,       -- arkivd's own beteckning: U-2026-0001
  committee   TEXT NOT NULL,
  received    TEXT NOT NULL,              -- when it came: the clock runs from here
  scope       TEXT NOT NULL,              -- what was asked for, in words
  search      TEXT,                       -- the name of a saved search; NULL: records by id alone
  thread      INTEGER NOT NULL,           -- 1: with what each record answers, and what answers it
  registered  TEXT,                       -- the diarienummer
  opened      TEXT NOT NULL,
  actor       TEXT NOT NULL,
  closed      TEXT,                       -- once all is delivered or the time to appeal is over: it holds its records until then
  closed_why  TEXT
) STRICT;
CREATE INDEX disclosure_by_end ON disclosure (closed, n);

-- Who asked, if they said so: nobody must (TF 2:18). Kept apart, so that it can be forgotten.
CREATE TABLE disclosure_requester (
  disclosure INTEGER PRIMARY KEY REFERENCES disclosure (n),
  name       TEXT,
  contact    TEXT
) STRICT;

-- The records that it is about, with what was decided of each.
CREATE TABLE disclosure_record (
  disclosure INTEGER NOT NULL REFERENCES disclosure (n),
  record     INTEGER NOT NULL REFERENCES record (n),
  decision   TEXT,                        -- release, mask, withhold, outside (not what was asked for); NULL: not reviewed
  version    INTEGER,                     -- the newest version when it was reviewed; one that came later is to be reviewed anew
  provision  TEXT,                        -- for what is withheld: chapter and § of OSL
  reason     TEXT,                        -- goes to the requester; erased with the record
  reviewed   TEXT,
  reviewer   TEXT,
  PRIMARY KEY (disclosure, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX disclosure_record_by_record ON disclosure_record (record);

-- What is masked in a record, in every version of it.
CREATE TABLE disclosure_mask (
  n          INTEGER PRIMARY KEY,
  disclosure INTEGER NOT NULL REFERENCES disclosure (n),
  record     INTEGER NOT NULL REFERENCES record (n),
  what       TEXT NOT NULL,               -- words, author, pattern, region, medium
  value      TEXT NOT NULL,               -- JSON: the words, the pattern, the medium and its rectangle
  provision  TEXT NOT NULL,               -- 21 kap. 7 § OSL
  reason     TEXT,
  at         TEXT NOT NULL,
  actor      TEXT NOT NULL,
  withdrawn  TEXT
) STRICT;
CREATE INDEX disclosure_mask_of_record ON disclosure_mask (disclosure, record);
CREATE INDEX disclosure_mask_by_record ON disclosure_mask (record);

-- What was done in it, in the order it was noted.
CREATE TABLE disclosure_step (
  n          INTEGER PRIMARY KEY,
  disclosure INTEGER NOT NULL REFERENCES disclosure (n),
  what       TEXT NOT NULL,               -- delivered, answered, decided, served, appealed, upheld, changed ...
  day        TEXT NOT NULL,               -- the Swedish day it happened
  form       TEXT,                        -- på-stället, papper, digitalt
  pages      INTEGER,
  fee        INTEGER,                     -- öre
  export     INTEGER REFERENCES export (n),
  value      TEXT,                        -- its reference
  note       TEXT,
  at         TEXT NOT NULL,
  actor      TEXT NOT NULL
) STRICT;
CREATE INDEX disclosure_step_of_disclosure ON disclosure_step (disclosure, n);
