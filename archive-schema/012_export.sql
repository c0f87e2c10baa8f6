-- What left the archive: bundles for the diarium, deliveries to the arkivmyndighet, disclosures.

CREATE TABLE export (
  n         INTEGER PRIMARY KEY,
  id        BLOB NOT NULL UNIQUE,
  kind      TEXT NOT NULL,                -- diarium, delivery, disclosure
  committee TEXT NOT NULL,                -- arkivbildare: never two in one
  layout    TEXT NOT NULL,                -- bagit, eark-sip, folder
  request   TEXT NOT NULL,                -- JSON: all that it is made of, so that it can be made again with the same bytes
  software  TEXT NOT NULL,                -- the build that made it: another may set pages otherwise
  made      TEXT NOT NULL,
  actor     TEXT NOT NULL,
  name      TEXT NOT NULL,                -- its file name, as it was first written
  bytes     INTEGER NOT NULL,
  files     INTEGER NOT NULL,
  sha256    BLOB NOT NULL,                -- of the whole file
  salt      BLOB NOT NULL,                -- of what the ledger tells: SHA-256(salt, sha256)
  leaf      INTEGER NOT NULL UNIQUE REFERENCES leaf (n)
) STRICT;
CREATE INDEX export_of_committee ON export (committee, n);
CREATE TRIGGER export_is_never_removed BEFORE DELETE ON export BEGIN SELECT raise(ABORT, 'an export is never removed'); END;

-- Which records were in it, and as which version they stood. The rows of what is destroyed stay: they tell no words.
CREATE TABLE export_record (
  export  INTEGER NOT NULL REFERENCES export (n),
  record  INTEGER NOT NULL REFERENCES record (n),
  version INTEGER NOT NULL,               -- its number
  number  INTEGER NOT NULL,               -- of the handling in the bundle, from 1
  PRIMARY KEY (export, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX export_record_by_record ON export_record (record);

-- What the receiver said. The newest row of each kind stands.
CREATE TABLE export_receipt (
  n       INTEGER PRIMARY KEY,
  export  INTEGER NOT NULL REFERENCES export (n),
  what    TEXT NOT NULL,                  -- received, refused
  day     TEXT NOT NULL,
  by      TEXT NOT NULL,                  -- who received it
  reference TEXT,                         -- their number
  note    TEXT,
  at      TEXT NOT NULL,
  actor   TEXT NOT NULL
) STRICT;
CREATE INDEX export_receipt_of_export ON export_receipt (export, n);

-- Bags that were delivered: from the receipt on the arkivmyndighet decides on them.
CREATE TABLE delivered_bag (
  bag    BLOB NOT NULL,
  export INTEGER NOT NULL REFERENCES export (n),
  PRIMARY KEY (bag, export)
) STRICT, WITHOUT ROWID;

-- The number that a record has within its case (handlingsnummer), as the diarium gave it. The newest of each diarienummer stands.
CREATE TABLE record_document (
  n          INTEGER PRIMARY KEY,
  record     INTEGER NOT NULL REFERENCES record (n),
  registered TEXT NOT NULL,               -- the diarienummer
  number     TEXT NOT NULL,
  at         TEXT NOT NULL,
  actor      TEXT NOT NULL
) STRICT;
CREATE INDEX record_document_of_record ON record_document (record, n);

-- Folders that start pages go to (TIB-11), each from when it was first named.
CREATE TABLE watch_folder (
  path        TEXT PRIMARY KEY,
  since       TEXT NOT NULL,              -- snapshots from then on are sent
  file_system INTEGER,                    -- its type when something was last sent: another is a share that is not mounted
  tried       TEXT,
  problem     TEXT                        -- of the newest try; NULL: it went well
) STRICT, WITHOUT ROWID;

-- What was sent there. A page without a PDF has a row with part 0 of 0.
CREATE TABLE watch_folder_file (
  n       INTEGER PRIMARY KEY,
  folder  TEXT NOT NULL,
  bag     BLOB NOT NULL,
  account TEXT NOT NULL REFERENCES account (id),
  part    INTEGER NOT NULL,
  parts   INTEGER NOT NULL,
  name    TEXT,
  bytes   INTEGER,
  sha256  BLOB,
  sent    TEXT NOT NULL,
  UNIQUE (folder, bag, part)
) STRICT;
CREATE INDEX watch_folder_file_by_name ON watch_folder_file (folder, name);
