-- Looks: each time an account's page was looked at with a browser, how that ended, whatever came of it.

CREATE TABLE look (
  capture       INTEGER PRIMARY KEY REFERENCES capture (n),
  address       TEXT NOT NULL,              -- as asked for
  outcome       TEXT NOT NULL,              -- captured, partial, login-wall, not-found ...
  detail        TEXT,
  final_address TEXT,
  title         TEXT,
  own_comment   INTEGER NOT NULL,           -- 1: the municipality's own comment on the account of another
  bag           INTEGER REFERENCES bag (n)  -- NULL: nothing was sealed
) STRICT;
