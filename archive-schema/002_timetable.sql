-- The timetable: schedules as the daemon first saw them, and how far each account has come in each.

-- The schedules that this archive runs. The files in schedules/ say what is meant; this says since when it holds.
CREATE TABLE schedule (
  id    TEXT PRIMARY KEY,
  cron  TEXT NOT NULL,
  since TEXT NOT NULL                     -- nothing before is caught up
) STRICT, WITHOUT ROWID;

CREATE TABLE timetable (
  schedule     TEXT NOT NULL REFERENCES schedule (id) ON DELETE CASCADE,
  account      TEXT NOT NULL REFERENCES account (id),
  counted_from TEXT NOT NULL,             -- ticks later than this are due; written in the transaction of the capture
  done         TEXT,                      -- when the last capture for it was finished
  tick         TEXT,                      -- the tick that was tried in vain, and is tried again; NULL: none is
  attempts     INTEGER NOT NULL DEFAULT 0,
  next_try     TEXT,
  problem      TEXT,
  PRIMARY KEY (schedule, account)
) STRICT, WITHOUT ROWID;
