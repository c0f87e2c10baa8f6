-- Changes: what happens on a channel between snapshots, by which door a record came in, and what people answered.

ALTER TABLE capture ADD COLUMN door TEXT;  -- the way in: a platform's name, or import; NULL: captured before doors were noted
ALTER TABLE version ADD COLUMN door TEXT;  -- through which it was first seen; NULL: as its record's only door

-- Watching, one row an account: how far it has come, and what the platform's answers are compared with.
CREATE TABLE watch (
  account   TEXT PRIMARY KEY REFERENCES account (id),
  tried     TEXT NOT NULL,                -- the newest look, however it ended
  done      TEXT,                         -- the newest look that was whole
  next_look TEXT,                         -- by the account's own pace; NULL: by its schedules alone
  memory    TEXT NOT NULL,                -- JSON, the platform room's own
  problem   TEXT,                         -- why the newest look failed
  failing   TEXT                          -- since when all looks have failed; NULL: the newest went well
) STRICT, WITHOUT ROWID;

-- When each list of an account was last read so that what it lacked would have been missed, and how far back.
CREATE TABLE watch_list (
  account TEXT NOT NULL REFERENCES account (id),
  what    TEXT NOT NULL,                  -- posts, pages, comments ...
  done    TEXT NOT NULL,
  since   TEXT,                           -- of what was published then or later; NULL: to its end
  PRIMARY KEY (account, what)
) STRICT, WITHOUT ROWID;

-- How much an account was watched on a Swedish day.
CREATE TABLE watch_day (
  account TEXT NOT NULL REFERENCES account (id),
  day     TEXT NOT NULL,                  -- 2026-11-21
  looks   INTEGER NOT NULL,
  failed  INTEGER NOT NULL,
  PRIMARY KEY (account, day)
) STRICT, WITHOUT ROWID;

-- A time in which accounts are watched tighter: a crisis, or after unlawful content (VAR-6).
CREATE TABLE boost (
  n       INTEGER PRIMARY KEY,
  account TEXT NOT NULL REFERENCES account (id),
  seconds INTEGER NOT NULL,               -- at least this often
  begins  TEXT NOT NULL,
  ends    TEXT NOT NULL,
  reason  TEXT NOT NULL,
  actor   TEXT NOT NULL
) STRICT;
CREATE INDEX boost_of_account ON boost (account, ends);

-- Records that the platform itself said are removed or hidden. Never from absence alone.
CREATE TABLE vanishing (
  n            INTEGER PRIMARY KEY,
  record       INTEGER NOT NULL REFERENCES record (n),
  change       TEXT NOT NULL,             -- removed, hidden
  last_seen    TEXT NOT NULL,
  first_missed TEXT NOT NULL,
  confirmed    TEXT NOT NULL,             -- when the platform said so
  how          TEXT NOT NULL,             -- its answer: 404 rest_post_invalid_id
  author       TEXT,                      -- who did it, where the platform tells: author, editor, platform
  asked        TEXT NOT NULL,             -- when the platform last said so: what is hidden may be removed later
  ended        TEXT                       -- when it was seen again
) STRICT;
CREATE INDEX vanishing_of_record ON vanishing (record);
CREATE INDEX vanishing_by_time ON vanishing (confirmed);

-- Records that are missed, and of which no answer told for sure: not seen, with the reason. The newest answer stands.
CREATE TABLE not_settled (
  record INTEGER PRIMARY KEY REFERENCES record (n),
  asked  TEXT NOT NULL,
  why    TEXT NOT NULL                    -- throttled, logged-out ...
) STRICT;

-- Records that may be the same as another, and were kept apart because more than one would do.
CREATE TABLE ambiguous (
  record    INTEGER NOT NULL REFERENCES record (n),
  candidate INTEGER NOT NULL REFERENCES record (n),
  PRIMARY KEY (record, candidate)
) STRICT, WITHOUT ROWID;

-- What became of a question that was not answered where it was asked (VAR-10). The newest row stands.
CREATE TABLE question_mark (
  n         INTEGER PRIMARY KEY,
  record    INTEGER NOT NULL REFERENCES record (n),
  state     TEXT NOT NULL,                -- answered-elsewhere, forwarded, not-a-question
  reference TEXT,                         -- where it was answered, or the committee it went to
  reply     TEXT,                         -- what the sender was told
  at        TEXT NOT NULL,
  actor     TEXT NOT NULL
) STRICT;
CREATE INDEX question_mark_of_record ON question_mark (record, n);

-- A person looked after an account on a Swedish day (TIB-4, VAR-6, HAL-6).
CREATE TABLE oversight (
  n       INTEGER PRIMARY KEY,
  account TEXT NOT NULL REFERENCES account (id),
  day     TEXT NOT NULL,
  at      TEXT NOT NULL,                  -- when it was noted
  actor   TEXT NOT NULL,
  note    TEXT
) STRICT;
CREATE INDEX oversight_of_account ON oversight (account, day);

-- Files that people brought, so that the same file is not a record twice.
CREATE TABLE imported (
  account TEXT NOT NULL REFERENCES account (id),
  sha256  BLOB NOT NULL,
  name    TEXT NOT NULL,                  -- as it was brought
  record  INTEGER NOT NULL REFERENCES record (n),
  capture INTEGER NOT NULL REFERENCES capture (n),
  PRIMARY KEY (account, sha256)
) STRICT, WITHOUT ROWID;
