-- Emergencies: suspected child abuse material (BrB 16:10 a). Never captured; what exists is locked until the police say.

-- What makes a removal case an emergency. Its gallring has the state `locked` until the police's instruction, by which
-- alone it is carried out; the records' rows point to it, and look destroyed to all who read them.
CREATE TABLE emergency (
  removal  INTEGER PRIMARY KEY REFERENCES removal (n),
  gallring INTEGER NOT NULL UNIQUE REFERENCES gallring (n),
  state    TEXT NOT NULL,                 -- locked, erasing, erased, lifted
  ended    TEXT
) STRICT;

-- Locked records. `latest` is what record.latest was, and is again when the lock is lifted.
CREATE TABLE emergency_record (
  record  INTEGER PRIMARY KEY REFERENCES record (n),
  removal INTEGER NOT NULL REFERENCES emergency (removal),
  latest  INTEGER REFERENCES version (n)
) STRICT;
CREATE INDEX emergency_record_of_case ON emergency_record (removal);

-- Locked bags: they hold it, or may show it. Nobody reads, exports or copies them.
CREATE TABLE emergency_bag (
  bag     BLOB NOT NULL,
  removal INTEGER NOT NULL REFERENCES emergency (removal),
  PRIMARY KEY (bag, removal)
) STRICT, WITHOUT ROWID;

-- What is never captured: names, addresses and files, made as tombstones are (HMAC-SHA-256 under keys/tombstone.key),
-- so that a list of where such material lies is kept nowhere. The rows stay when it is erased, and go when it is lifted.
CREATE TABLE emergency_block (
  hmac    BLOB NOT NULL,
  removal INTEGER NOT NULL REFERENCES emergency (removal),
  PRIMARY KEY (hmac, removal)
) STRICT, WITHOUT ROWID;
