-- The register: what was decided about an account, by whom, and what became of it.
-- Days are Swedish days, 2026-11-21. Rows are added, and none is changed but where it says so.

ALTER TABLE account ADD COLUMN closed      TEXT;  -- the day it was closed; NULL: it is open
ALTER TABLE account ADD COLUMN duty        TEXT;  -- whose personal data it answers for: all, own; NULL: not set by anyone
ALTER TABLE account ADD COLUMN legal_basis TEXT;  -- consent, public-interest ... (GDPR, article 6)
ALTER TABLE account ADD COLUMN serves      TEXT;  -- JSON array: ids of the policy's purposes; NULL: none chosen

-- The decision on an account. The newest stands.
CREATE TABLE account_decision (
  n         INTEGER PRIMARY KEY,
  account   TEXT NOT NULL REFERENCES account (id),
  decider   TEXT NOT NULL,                -- who decided
  day       TEXT NOT NULL,
  paragraph TEXT,                         -- § 12
  reference TEXT,                         -- a diarienummer
  note      TEXT,
  at        TEXT NOT NULL,
  actor     TEXT NOT NULL
) STRICT;
CREATE INDEX account_decision_of_account ON account_decision (account, n);

-- Who approved that an account is opened or closed. The newest of each step and role stands.
CREATE TABLE account_approval (
  n       INTEGER PRIMARY KEY,
  account TEXT NOT NULL REFERENCES account (id),
  step    TEXT NOT NULL,                  -- opening, closing
  role    TEXT NOT NULL,                  -- manager, unit-manager, communications, head-of-communications
  name    TEXT NOT NULL,
  day     TEXT,                           -- NULL: taken back
  note    TEXT,
  at      TEXT NOT NULL,
  actor   TEXT NOT NULL,
  used    TEXT                            -- the closing that it was for, set then: one after a reopening asks anew
) STRICT;
CREATE INDEX account_approval_of_account ON account_approval (account, n);

-- Who administers an account. A row is changed once, when the mandate ends.
CREATE TABLE account_administrator (
  n          INTEGER PRIMARY KEY,
  account    TEXT NOT NULL REFERENCES account (id),
  name       TEXT NOT NULL,
  side       TEXT NOT NULL,               -- unit, communications
  mandate_by TEXT,                        -- who gave the task; NULL: not documented
  since      TEXT NOT NULL,               -- the day it was given
  ended      TEXT,
  at         TEXT NOT NULL,
  actor      TEXT NOT NULL,
  ended_by   TEXT
) STRICT;
CREATE INDEX account_administrator_of_account ON account_administrator (account, n);

-- The start checklist: the newest row of each point stands.
CREATE TABLE account_check (
  n       INTEGER PRIMARY KEY,
  account TEXT NOT NULL REFERENCES account (id),
  point   TEXT NOT NULL,                  -- its id in the policy
  name    TEXT NOT NULL,                  -- who went through it
  day     TEXT,                           -- NULL: taken back
  note    TEXT,
  at      TEXT NOT NULL,
  actor   TEXT NOT NULL
) STRICT;
CREATE INDEX account_check_of_account ON account_check (account, n);

-- What happened with an account.
CREATE TABLE account_event (
  n       INTEGER PRIMARY KEY,
  account TEXT NOT NULL REFERENCES account (id),
  what    TEXT NOT NULL,                  -- opened, larger-change, closing-announced, closed ...
  day     TEXT NOT NULL,
  note    TEXT,
  at      TEXT NOT NULL,
  actor   TEXT NOT NULL
) STRICT;
CREATE INDEX account_event_of_account ON account_event (account, day, n);

-- What the last snapshot of an account lacked, and that it was accepted when the account was closed (VAR-5).
CREATE TABLE account_gap (
  n       INTEGER PRIMARY KEY,
  account TEXT NOT NULL REFERENCES account (id),
  closed  TEXT NOT NULL,
  capture BLOB NOT NULL,                  -- the id of the snapshot
  what    TEXT NOT NULL,                  -- messages, media ...
  why     TEXT NOT NULL,                  -- what was lacking, in words
  reason  TEXT NOT NULL,                  -- why it was accepted
  at      TEXT NOT NULL,
  actor   TEXT NOT NULL
) STRICT;
CREATE INDEX account_gap_of_account ON account_gap (account, n);
