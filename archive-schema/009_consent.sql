-- Legal basis and consent: on what ground a record with personal data is published (GDPR, article 6; FAL-10, VAR-7).

-- The legal basis of a record. The newest row stands.
CREATE TABLE record_basis (
  n      INTEGER PRIMARY KEY,
  record INTEGER NOT NULL REFERENCES record (n),
  basis  TEXT NOT NULL,                   -- consent, contract, legal-obligation, vital-interests, public-interest
  note   TEXT,
  at     TEXT NOT NULL,
  actor  TEXT NOT NULL
) STRICT;
CREATE INDEX record_basis_of_record ON record_basis (record, n);

-- Who consented to be shown, until it is withdrawn. A row goes whole when it is forgotten; its number never comes again.
CREATE TABLE consent (
  n         INTEGER PRIMARY KEY AUTOINCREMENT,
  committee TEXT NOT NULL,
  person    TEXT NOT NULL,
  guardian  TEXT,                         -- who consented in the person's stead
  given     TEXT NOT NULL,                -- the Swedish day
  kept_at   TEXT,                         -- where the signed paper is
  file_name TEXT,                         -- the signed form, as it was brought
  file      BLOB,
  account   TEXT REFERENCES account (id), -- all of this account; NULL: the records named
  note      TEXT,
  withdrawn TEXT,                         -- the Swedish day
  at        TEXT NOT NULL,
  actor     TEXT NOT NULL
) STRICT;

CREATE TABLE consent_record (
  consent INTEGER NOT NULL REFERENCES consent (n),
  record  INTEGER NOT NULL REFERENCES record (n),
  PRIMARY KEY (consent, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX consent_of_record ON consent_record (record);

-- What is to be taken down since a consent was withdrawn, in every channel.
CREATE TABLE take_down (
  consent INTEGER NOT NULL REFERENCES consent (n),
  record  INTEGER NOT NULL REFERENCES record (n),
  why     TEXT NOT NULL,                  -- named, same-words, same-media, name-in-text
  at      TEXT NOT NULL,
  done    TEXT,                           -- when a person said that it is down
  done_by TEXT,
  PRIMARY KEY (consent, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX take_down_of_record ON take_down (record);
