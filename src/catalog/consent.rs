//! Consents: who agreed to be shown, and what is to be taken down once they agree no longer (VAR-7). The register holds
//! personal data: no event names a person, and what is forgotten is overwritten.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Row, params};
use serde::Serialize;

use super::value::{self, column};
use super::{Catalog, Error, NewEvent, Restricted, event};
use crate::record::{AccountId, Kind, RecordId};

/// A consent to be kept.
#[derive(Debug)]
pub struct NewConsent<'a> {
    pub committee: &'a str,
    pub person: &'a str,
    pub guardian: Option<&'a str>,
    pub given: NaiveDate,
    pub kept_at: Option<&'a str>,
    /// The signed form: its name, and its bytes.
    pub file: Option<(&'a str, &'a [u8])>,
    pub account: Option<&'a AccountId>,
    pub records: &'a [RecordId],
    pub note: Option<&'a str>,
    pub actor: &'a str,
    pub at: DateTime<Utc>,
}

/// A consent as it is kept, without the bytes of its form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Consent {
    pub consent: i64,
    pub committee: String,
    pub person: String,
    pub guardian: Option<String>,
    pub given: NaiveDate,
    pub kept_at: Option<String>,
    /// The form's name.
    pub file: Option<String>,
    pub account: Option<AccountId>,
    pub records: Vec<RecordId>,
    pub note: Option<String>,
    pub withdrawn: Option<NaiveDate>,
    /// What is still to be taken down.
    pub to_take_down: u64,
}

/// Why something is to be taken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// The consent names it.
    Named,
    /// It says the same as one that is named.
    SameWords,
    /// It shows the same picture, film or sound as one that is named.
    SameMedia,
    /// The person's name stands in it, and the consent is for its account.
    NameInText,
}

impl Because {
    pub const ALL: [Self; 4] = [
        Self::Named,
        Self::SameWords,
        Self::SameMedia,
        Self::NameInText,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::SameWords => "same-words",
            Self::SameMedia => "same-media",
            Self::NameInText => "name-in-text",
        }
    }
}

/// A record that is to be taken down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakeDown {
    pub consent: i64,
    pub record: RecordId,
    pub account: AccountId,
    pub committee: String,
    pub kind: Kind,
    pub permalink: Option<String>,
    pub why: Because,
    pub withdrawn: NaiveDate,
}

impl Catalog {
    /// Keeps a consent; gives its number.
    ///
    /// # Errors
    /// When a record is not in the catalog, and those of SQLite.
    pub fn add_consent(&mut self, new: &NewConsent<'_>) -> Result<i64, Error> {
        let change = self.db.unchecked_transaction()?;
        change.execute(
            "INSERT INTO consent (committee, person, guardian, given, kept_at, file_name, file, account, note, at, actor)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                new.committee,
                new.person,
                new.guardian,
                new.given.to_string(),
                new.kept_at,
                new.file.map(|(name, _)| name),
                new.file.map(|(_, bytes)| bytes),
                new.account.map(AccountId::as_str),
                new.note,
                value::time(new.at),
                new.actor
            ],
        )?;
        let n = change.last_insert_rowid();
        for record in new.records {
            let row = self.record_row(*record)?.n;
            change.execute(
                "INSERT OR IGNORE INTO consent_record (consent, record) VALUES (?1, ?2)",
                [n, row],
            )?;
        }
        let after = serde_json::json!({ "given": new.given, "account": new.account, "records": new.records,
            "guardian": new.guardian.is_some() });
        self.note_consent("consent add", n, &after, new.actor, new.at)?;
        change.commit()?;
        Ok(n)
    }

    /// Notes that a consent is withdrawn, and what is to be taken down for it; asked again it adds what is new.
    ///
    /// # Errors
    /// [`Error::NoConsent`], when a record is not in the catalog, and those of SQLite.
    pub fn withdraw_consent(
        &mut self,
        consent: i64,
        day: NaiveDate,
        down: &[(RecordId, Because)],
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let change = self.db.unchecked_transaction()?;
        let known = change.execute(
            "UPDATE consent SET withdrawn = coalesce(withdrawn, ?2) WHERE n = ?1",
            params![consent, day.to_string()],
        )?;
        if known == 0 {
            return Err(Error::NoConsent(consent));
        }
        for (record, why) in down {
            let row = self.record_row(*record)?.n;
            change
                .prepare_cached("INSERT OR IGNORE INTO take_down (consent, record, why, at) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![consent, row, why.as_str(), value::time(at)])?;
        }
        let after = serde_json::json!({ "withdrawn": day, "to_take_down": down.len() });
        self.note_consent("consent withdraw", consent, &after, actor, at)?;
        change.commit()?;
        Ok(())
    }

    /// Notes that a record is down everywhere it stood by that consent.
    ///
    /// # Errors
    /// [`Error::NoConsent`] when the record is not to be taken down for it, and those of SQLite.
    pub fn taken_down(
        &mut self,
        consent: i64,
        records: &[RecordId],
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let change = self.db.unchecked_transaction()?;
        for record in records {
            let row = self.record_row(*record)?.n;
            let known = change.execute(
                "UPDATE take_down SET done = coalesce(done, ?3), done_by = coalesce(done_by, ?4)
                 WHERE consent = ?1 AND record = ?2",
                params![consent, row, value::time(at), actor],
            )?;
            if known == 0 {
                return Err(Error::NotToTakeDown {
                    consent,
                    record: *record,
                });
            }
        }
        let after = serde_json::json!({ "taken_down": records });
        self.note_consent("consent taken-down", consent, &after, actor, at)?;
        change.commit()?;
        Ok(())
    }

    /// Takes a consent out of the register and overwrites it; false while a reader of the catalog keeps the log from
    /// being emptied.
    ///
    /// # Errors
    /// [`Error::NoConsent`], and those of SQLite.
    pub fn forget_consent(
        &mut self,
        consent: i64,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let change = self.db.unchecked_transaction()?;
        for table in ["take_down", "consent_record"] {
            change.execute(
                &format!("DELETE FROM {table} WHERE consent = ?1"),
                [consent],
            )?;
        }
        if change.execute("DELETE FROM consent WHERE n = ?1", [consent])? == 0 {
            return Err(Error::NoConsent(consent));
        }
        self.note_consent("consent forget", consent, &serde_json::json!({}), actor, at)?;
        change.commit()?;
        let busy: i64 = self
            .db
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(busy == 0)
    }

    /// The consents that the reader may see, the newest first.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn consents(&self, may: &Restricted, of: Option<RecordId>) -> Result<Vec<Consent>, Error> {
        let mut asked = self.db.prepare_cached(
            "SELECT n, committee, person, guardian, given, kept_at, file_name, account, note, withdrawn,
             (SELECT count(*) FROM take_down t WHERE t.consent = consent.n AND t.done IS NULL AND NOT EXISTS
               (SELECT 1 FROM vanishing x WHERE x.record = t.record AND x.ended IS NULL)) AS open
             FROM consent ORDER BY n DESC",
        )?;
        let mut rows = asked.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let consent = self.read_consent(row)?;
            let of_it = of.is_none_or(|record| consent.records.contains(&record));
            if of_it && may.includes(&consent.committee) {
                all.push(consent);
            }
        }
        Ok(all)
    }

    /// One consent.
    ///
    /// # Errors
    /// [`Error::NoConsent`], those of SQLite, and a row that is not of its kind.
    pub fn consent(&self, consent: i64) -> Result<Consent, Error> {
        let all = self.consents(&Restricted::All, None)?;
        let found = all.into_iter().find(|c| c.consent == consent);
        found.ok_or(Error::NoConsent(consent))
    }

    /// The bytes of its signed form.
    ///
    /// # Errors
    /// [`Error::NoConsent`], and those of SQLite.
    pub fn consent_form(&self, consent: i64) -> Result<Option<Vec<u8>>, Error> {
        use rusqlite::OptionalExtension as _;
        let found = self
            .db
            .query_row("SELECT file FROM consent WHERE n = ?1", [consent], |row| {
                row.get(0)
            })
            .optional()?;
        found.ok_or(Error::NoConsent(consent))
    }

    /// What is to be taken down and is still there, as far as is known: neither a person nor the platform said that it
    /// is gone.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn to_take_down(&self, consent: Option<i64>) -> Result<Vec<TakeDown>, Error> {
        let mut asked = self.db.prepare_cached(
            "SELECT t.consent, r.id, r.account, r.committee, r.kind, r.permalink, t.why, c.withdrawn
             FROM take_down t JOIN consent c ON c.n = t.consent JOIN record r ON r.n = t.record
             WHERE t.done IS NULL AND (?1 IS NULL OR t.consent = ?1)
             AND NOT EXISTS (SELECT 1 FROM vanishing x WHERE x.record = t.record AND x.ended IS NULL)
             ORDER BY c.withdrawn, t.consent, r.account, r.published, r.n",
        )?;
        let mut rows = asked.query([consent])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let text = |name: &str| row.get::<_, String>(name);
            all.push(TakeDown {
                consent: row.get("consent")?,
                record: RecordId(value::uuid(row, "id")?),
                account: column!(record.account).parse(&text("account")?)?,
                committee: text("committee")?,
                kind: column!(record.kind).named(&text("kind")?, &Kind::ALL, Kind::as_str)?,
                permalink: row.get("permalink")?,
                why: column!(take_down.why).named(&text("why")?, &Because::ALL, Because::as_str)?,
                withdrawn: column!(consent.withdrawn).parse(&text("withdrawn")?)?,
            });
        }
        Ok(all)
    }

    /// The newest words of every record that stands on a platform, one after the other.
    ///
    /// # Errors
    /// Those of SQLite, and what `each` returns.
    pub fn for_each_words<E: From<Error>>(
        &self,
        mut each: impl FnMut(RecordId, &str, Option<&str>, &str) -> Result<(), E>,
    ) -> Result<(), E> {
        let read = |row: &Row<'_>| row.get::<_, [u8; 16]>(0);
        let mut asked = self
            .db
            .prepare(
                "SELECT r.id, r.account, v.title, v.text FROM record r JOIN version v ON v.n = r.latest ORDER BY r.n",
            )
            .map_err(Error::from)?;
        let mut rows = asked.query([]).map_err(Error::from)?;
        while let Some(row) = rows.next().map_err(Error::from)? {
            let id = RecordId(uuid::Uuid::from_bytes(read(row).map_err(Error::from)?));
            let text = |at| -> Result<Option<&str>, Error> {
                Ok(row
                    .get_ref(at)?
                    .as_str_or_null()
                    .map_err(rusqlite::Error::from)?)
            };
            each(
                id,
                text(1)?.unwrap_or_default(),
                text(2)?,
                text(3)?.unwrap_or_default(),
            )?;
        }
        Ok(())
    }

    fn read_consent(&self, row: &Row<'_>) -> Result<Consent, Error> {
        let n: i64 = row.get("n")?;
        let mut asked = self.db.prepare_cached(
            "SELECT r.id FROM consent_record c JOIN record r ON r.n = c.record WHERE c.consent = ?1 ORDER BY r.n",
        )?;
        let records = asked.query_map([n], |row| Ok(RecordId(value::uuid(row, "id")?)))?;
        let account: Option<String> = row.get("account")?;
        let withdrawn: Option<String> = row.get("withdrawn")?;
        Ok(Consent {
            consent: n,
            committee: row.get("committee")?,
            person: row.get("person")?,
            guardian: row.get("guardian")?,
            given: column!(consent.given).parse(&row.get::<_, String>("given")?)?,
            kept_at: row.get("kept_at")?,
            file: row.get("file_name")?,
            account: account
                .map(|a| column!(consent.account).parse(&a))
                .transpose()?,
            records: records.collect::<Result<_, _>>()?,
            note: row.get("note")?,
            withdrawn: withdrawn
                .map(|day| column!(consent.withdrawn).parse(&day))
                .transpose()?,
            to_take_down: column!(take_down.n).count(row.get("open")?)?,
        })
    }

    fn note_consent(
        &self,
        verb: &str,
        consent: i64,
        after: &serde_json::Value,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        event::insert(
            &self.db,
            &NewEvent {
                at,
                actor,
                verb,
                object: &format!("consent {consent}"),
                before: None,
                after: Some(&after.to_string()),
            },
        )
    }
}
