-- Removals: cases of forbidden content, from discovery to the end.

CREATE TABLE removal (
  n          INTEGER PRIMARY KEY,
  id         BLOB NOT NULL UNIQUE,
  designation TEXT NOT NULL UNIQUE,       -- arkivd's own beteckning, which stands until the registrar sets the diarienummer
  committee  TEXT NOT NULL,
  category   TEXT NOT NULL,
  opened     TEXT NOT NULL,
  actor      TEXT NOT NULL,
  registered TEXT,                        -- the diarienummer
  closed     TEXT
) STRICT;

-- What a case is about. While the case is open its records are held.
CREATE TABLE removal_object (
  n       INTEGER PRIMARY KEY,
  removal INTEGER NOT NULL REFERENCES removal (n),
  address TEXT,
  record  INTEGER REFERENCES record (n)
) STRICT;
CREATE INDEX removal_object_of_removal ON removal_object (removal);
CREATE INDEX removal_object_of_record ON removal_object (record);
