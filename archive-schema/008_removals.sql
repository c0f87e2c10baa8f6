-- Removals: cases of forbidden content, from discovery to the end.

CREATE TABLE removal (
  n          INTEGER PRIMARY KEY,
  id         BLOB NOT NULL UNIQUE,
  designation TEXT NOT NULL UNIQUE,       -- arkivd's own beteckning, which stands until the registrar sets the diarienummer
  committee  TEXT NOT NULL,
  category   TEXT NOT NULL,
  opened     TEXT NOT NULL,
  actor      TEXT NOT NULL,
  discovered TEXT NOT NULL,
  note       TEXT,
  collected  INTEGER,                     -- the year whose samlingsärende it is registered in; NULL: a case of its own
  registered TEXT,                        -- the diarienummer
  closed     TEXT
) STRICT;
CREATE INDEX removal_by_end ON removal (closed, n);

-- What a case is about. While the case is open its records are held.
CREATE TABLE removal_object (
  n       INTEGER PRIMARY KEY,
  removal INTEGER NOT NULL REFERENCES removal (n),
  account TEXT NOT NULL REFERENCES account (id),
  address TEXT,
  published TEXT,                         -- as who told of it said; its record says it better
  record  INTEGER REFERENCES record (n),
  page    BLOB,                           -- the bag with the page as the screen showed it
  tried   TEXT,                           -- when saving was last tried
  problem TEXT                            -- why it was not saved then
) STRICT;
CREATE INDEX removal_object_of_removal ON removal_object (removal);
CREATE INDEX removal_object_of_record ON removal_object (record);

-- What was done in a case, in the order it was noted. The newest of a kind stands.
CREATE TABLE removal_step (
  n       INTEGER PRIMARY KEY,
  removal INTEGER NOT NULL REFERENCES removal (n),
  object  INTEGER REFERENCES removal_object (n),  -- NULL: the whole case
  what    TEXT NOT NULL,                  -- hidden, deleted, registered ...
  at      TEXT NOT NULL,                  -- when it happened
  value   TEXT,                           -- its reference
  text    TEXT,                           -- words of a person: an assessment, a reason
  noted   TEXT NOT NULL,
  actor   TEXT NOT NULL
) STRICT;
CREATE INDEX removal_step_of_removal ON removal_step (removal, n);

-- The committees that a case was handed to, since what it is about may be secret (VAR-3): they may read its records.
CREATE TABLE removal_route (
  removal   INTEGER NOT NULL REFERENCES removal (n),
  committee TEXT NOT NULL,
  at        TEXT NOT NULL,
  actor     TEXT NOT NULL,
  PRIMARY KEY (removal, committee)
) STRICT, WITHOUT ROWID;

-- The answer that lies in inbox/otillåtet/ for who told of it there.
CREATE TABLE removal_reply (
  removal INTEGER PRIMARY KEY REFERENCES removal (n),
  folder  TEXT NOT NULL,                  -- below inbox/
  name    TEXT NOT NULL,                  -- of the file
  source  TEXT NOT NULL,                  -- the file that was dropped
  brought TEXT,                           -- where that lies since, below otillåtet/done/, while it is no record yet
  sha256  BLOB NOT NULL                   -- of its text
) STRICT;
