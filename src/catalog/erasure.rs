//! Erasure: what a gallring that has begun takes out of the catalog, step by step, each in one transaction.
//!
//! What is deleted is overwritten (`secure_delete`), and the log of changes is emptied afterwards
//! ([`Catalog::empty_log`]): no byte of it is left in the file (design 8.8).

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::value::{self, column};
use super::{Catalog, Error, search};
use crate::record::{AccountId, Content, Coverage, Digest, GallringId, NativeId, RecordId};

/// A record that is to be erased, with all that it is known by.
#[derive(Debug, Clone)]
pub struct Doomed {
    pub record: RecordId,
    /// What each way in calls it.
    pub names: Vec<(String, NativeId)>,
    pub permalink: Option<String>,
    /// What it said, version by version.
    pub contents: Vec<Content>,
    /// Files that people brought it as, by digest.
    pub files: Vec<Digest>,
    /// When it was first captured.
    pub since: Option<DateTime<Utc>>,
}

/// What a gallring erases in one account.
pub struct Erased<'a> {
    pub gallring: GallringId,
    pub account: &'a AccountId,
    /// What it is known again by.
    pub tombstones: &'a [(RecordId, [u8; 32])],
    /// Addresses and names that tell of it, wherever they stand.
    pub told_by: &'a dyn Fn(&str) -> bool,
}

const OF_ACCOUNT: &str = "(SELECT r.n FROM gallring_record g JOIN record r ON r.n = g.record
      WHERE g.gallring = ?1 AND r.account = ?2 AND r.gallring IS NULL)";

impl Catalog {
    /// The accounts with records of the gallring that are not erased yet.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn accounts_to_erase(&self, gallring: GallringId) -> Result<Vec<AccountId>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT DISTINCT r.account FROM gallring_record g JOIN record r ON r.n = g.record
             WHERE g.gallring = (SELECT n FROM gallring WHERE id = ?1) AND r.gallring IS NULL ORDER BY 1",
        )?;
        let rows = statement.query_map([gallring.0.as_bytes()], |row| row.get::<_, String>(0))?;
        rows.map(|account| column!(record.account).parse(&account?))
            .collect()
    }

    /// The records of the gallring in that account that are not erased yet.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn to_erase(
        &self,
        gallring: GallringId,
        account: &AccountId,
    ) -> Result<Vec<Doomed>, Error> {
        let number = self.gallring_number(gallring)?;
        self.doomed(OF_ACCOUNT, number, account)
    }

    /// The records of a set, which asks for a number `?1` and an account `?2`.
    pub(super) fn doomed(
        &self,
        set: &str,
        number: i64,
        account: &AccountId,
    ) -> Result<Vec<Doomed>, Error> {
        let mut records = self.db.prepare_cached(&format!(
            "SELECT n, id, permalink, (SELECT min(c.started) FROM version v JOIN observation o ON o.version = v.n
                    JOIN capture c ON c.n = o.capture WHERE v.record = record.n) AS since
             FROM record WHERE n IN {set} ORDER BY n"
        ))?;
        let mut names = self.db.prepare_cached(
            "SELECT door, native_id FROM record_alias WHERE record = ?1 ORDER BY 1, 2",
        )?;
        let mut contents = self
            .db
            .prepare_cached("SELECT content FROM version WHERE record = ?1 ORDER BY number")?;
        let mut files = self
            .db
            .prepare_cached("SELECT sha256 FROM imported WHERE record = ?1")?;
        let mut doomed = Vec::new();
        let mut rows = records.query(params![number, account.as_str()])?;
        while let Some(row) = rows.next()? {
            let n: i64 = row.get("n")?;
            let since: Option<String> = row.get("since")?;
            let names = names.query_map([n], |row| {
                Ok((row.get::<_, String>(0)?, NativeId(row.get(1)?)))
            })?;
            let contents = contents.query_map([n], |row| row.get::<_, String>(0))?;
            let files = files.query_map([n], |row| value::digest(row, "sha256"))?;
            doomed.push(Doomed {
                record: RecordId(value::uuid(row, "id")?),
                names: names.collect::<Result<_, _>>()?,
                permalink: row.get("permalink")?,
                contents: contents
                    .map(|content| column!(version.content).json(&content?))
                    .collect::<Result<_, Error>>()?,
                files: files.collect::<Result<_, _>>()?,
                since: since
                    .map(|since| column!(capture.started).parse(&since))
                    .transpose()?,
            });
        }
        Ok(doomed)
    }

    /// All that the account's records say, version by version: record, permalink, content as JSON.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn for_each_said(
        &self,
        account: &AccountId,
        mut each: impl FnMut(RecordId, &str, &str),
    ) -> Result<(), Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT r.id AS id, coalesce(r.permalink, ''), v.content FROM record r JOIN version v ON v.record = r.n
             WHERE r.account = ?1",
        )?;
        let mut rows = statement.query([account.as_str()])?;
        while let Some(row) = rows.next()? {
            let text = |n: usize| -> Result<&str, Error> {
                Ok(row.get_ref(n)?.as_str().map_err(rusqlite::Error::from)?)
            };
            each(RecordId(value::uuid(row, "id")?), text(1)?, text(2)?);
        }
        Ok(())
    }

    /// How many records that stay answer what a gallring destroyed.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn answers_kept(&self, gallring: GallringId) -> Result<u64, Error> {
        let number = self.gallring_number(gallring)?;
        let n: i64 = self
            .db
            .prepare_cached(
                "SELECT count(*) FROM gallring_record g JOIN record c ON c.parent = g.record
                 WHERE g.gallring = ?1 AND c.gallring IS NULL",
            )?
            .query_row([number], |row| row.get(0))?;
        column!(record.parent).count(n)
    }

    /// All tombstones, and what emergencies block: few, beside what an archive holds.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn tombstones(&self) -> Result<std::collections::HashSet<[u8; 32]>, Error> {
        let mut statement = self
            .db
            .prepare_cached("SELECT hmac FROM tombstone UNION SELECT hmac FROM emergency_block")?;
        let rows = statement.query_map([], |row| row.get::<_, [u8; 32]>(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Erases the gallring's records of one account from every table, leaves their stubs, and lays their tombstones.
    ///
    /// # Errors
    /// Those of SQLite; then nothing is erased.
    pub fn erase(&mut self, erased: &Erased<'_>) -> Result<u64, Error> {
        let number = self.gallring_number(erased.gallring)?;
        let change = self.db.transaction()?;
        {
            let mut tombstone = change.prepare_cached(
                "INSERT OR IGNORE INTO tombstone (hmac, gallring, record) SELECT ?1, ?2, n FROM record WHERE id = ?3",
            )?;
            for (record, hmac) in erased.tombstones {
                tombstone.execute(params![hmac, number, record.0.as_bytes()])?;
            }
        }
        change.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS doomed (n INTEGER PRIMARY KEY); DELETE FROM temp.doomed;",
        )?;
        change.execute(
            &format!("INSERT INTO temp.doomed SELECT n FROM record WHERE n IN {OF_ACCOUNT}"),
            params![number, erased.account.as_str()],
        )?;
        search::forget_doomed(&change)?;
        change.execute_batch(ERASE)?;
        let count = change.execute(
            "UPDATE record SET permalink = NULL, parent_native = NULL, latest = NULL, gallring = ?1
             WHERE n IN (SELECT n FROM temp.doomed)",
            [number],
        )?;
        change.execute_batch("DELETE FROM temp.doomed")?;
        scrub(&change, erased)?;
        change.commit()?;
        Ok(count as u64)
    }

    /// Carries the log of changes over and empties it, so that nothing erased is left there. False when a reader holds
    /// it: the erasure stays pending.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn empty_log(&self) -> Result<bool, Error> {
        let busy: i64 = self
            .db
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(busy == 0)
    }

    pub(super) fn gallring_number(&self, id: GallringId) -> Result<i64, Error> {
        self.db
            .prepare_cached("SELECT n FROM gallring WHERE id = ?1")?
            .query_row([id.0.as_bytes()], |row| row.get(0))
            .optional()?
            .ok_or(Error::NoGallring(id))
    }
}

/// Every table that tells of a record. What a person decided about it stays with the gallring, not with its words; where
/// it was registered stays, for the copy in the diarium may be the one that is kept.
const ERASE: &str = "
DELETE FROM observation WHERE version IN (SELECT n FROM version WHERE record IN (SELECT n FROM temp.doomed));
DELETE FROM holding WHERE version IN (SELECT n FROM version WHERE record IN (SELECT n FROM temp.doomed));
DELETE FROM version WHERE record IN (SELECT n FROM temp.doomed);
DELETE FROM absence WHERE record IN (SELECT n FROM temp.doomed);
DELETE FROM vanishing WHERE record IN (SELECT n FROM temp.doomed);
DELETE FROM not_settled WHERE record IN (SELECT n FROM temp.doomed);
DELETE FROM ambiguous WHERE record IN (SELECT n FROM temp.doomed) OR candidate IN (SELECT n FROM temp.doomed);
DELETE FROM question_mark WHERE record IN (SELECT n FROM temp.doomed);
DELETE FROM record_alias WHERE record IN (SELECT n FROM temp.doomed);
DELETE FROM waiting_for_parent WHERE record IN (SELECT n FROM temp.doomed);
DELETE FROM imported WHERE record IN (SELECT n FROM temp.doomed);
DELETE FROM record_mark WHERE record IN (SELECT n FROM temp.doomed) AND what <> 'registered';
DELETE FROM classification WHERE record IN (SELECT n FROM temp.doomed);
UPDATE classification SET follows = NULL WHERE follows IN (SELECT n FROM temp.doomed);
DELETE FROM record_basis WHERE record IN (SELECT n FROM temp.doomed);
DELETE FROM consent_record WHERE record IN (SELECT n FROM temp.doomed);
DELETE FROM take_down WHERE record IN (SELECT n FROM temp.doomed);
DELETE FROM disclosure_mask WHERE record IN (SELECT n FROM temp.doomed);
DELETE FROM disclosure_box WHERE disclosure IN
    (SELECT disclosure FROM disclosure_record WHERE record IN (SELECT n FROM temp.doomed));
DELETE FROM disclosure_screen WHERE disclosure IN
    (SELECT disclosure FROM disclosure_record WHERE record IN (SELECT n FROM temp.doomed));
UPDATE disclosure_record SET reason = NULL WHERE record IN (SELECT n FROM temp.doomed);
UPDATE removal_object SET address = NULL WHERE record IN (SELECT n FROM temp.doomed);
UPDATE record SET parent_native = NULL WHERE parent IN (SELECT n FROM temp.doomed);
";

/// Takes what tells of it out of what captures, looks and watches noted.
fn scrub(change: &Transaction<'_>, erased: &Erased<'_>) -> Result<(), Error> {
    let told = erased.told_by;
    let account = erased.account.as_str();
    type Told = (i64, String, Option<String>);
    let mut captures: Vec<Told> = Vec::new();
    {
        let mut statement =
            change.prepare_cached("SELECT n, coverage, error FROM capture WHERE account = ?1")?;
        let mut rows = statement.query([account])?;
        while let Some(row) = rows.next()? {
            let (n, coverage, error): Told = (row.get(0)?, row.get(1)?, row.get(2)?);
            if told(&coverage) || error.as_deref().is_some_and(told) {
                captures.push((n, coverage, error));
            }
        }
    }
    for (n, coverage, error) in captures {
        let mut coverage: Coverage = column!(capture.coverage).json(&coverage)?;
        without(&mut coverage, told)?;
        change
            .prepare_cached("UPDATE capture SET coverage = ?2, error = ?3 WHERE n = ?1")?
            .execute(params![
                n,
                value::json("coverage", &coverage)?,
                error.map(|error| match told(&error) {
                    true => "it told of a record that was destroyed".to_owned(),
                    false => error,
                }),
            ])?;
    }
    let looks: Vec<(i64, String)> = change
        .prepare_cached(
            "SELECT capture, address || ' ' || coalesce(final_address, '') || ' ' || coalesce(title, '') || ' '
                    || coalesce(detail, '') FROM look JOIN capture ON capture.n = look.capture WHERE account = ?1",
        )?
        .query_map([account], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (n, _) in looks.iter().filter(|(_, all)| told(all)) {
        change.execute(
            "UPDATE look SET title = NULL, final_address = NULL, detail = NULL, address = '' WHERE capture = ?1",
            [n],
        )?;
    }
    let memory: Option<String> = change
        .prepare_cached("SELECT memory || coalesce(problem, '') FROM watch WHERE account = ?1")?
        .query_row([account], |row| row.get(0))
        .optional()?;
    if memory.is_some_and(|memory| told(&memory)) {
        // It reads more the next time, and knows what it needs again.
        change.execute(
            "UPDATE watch SET memory = '{}', problem = NULL WHERE account = ?1",
            [account],
        )?;
    }
    Ok(())
}

/// The coverage without the gaps that tell of it.
///
/// # Errors
/// Never for gaps made of these types; the signature is honest about JSON.
pub fn without(coverage: &mut Coverage, told: &dyn Fn(&str) -> bool) -> Result<(), Error> {
    for row in &mut coverage.rows {
        let mut kept = Vec::with_capacity(row.missing.len());
        for gap in row.missing.drain(..) {
            if !told(&value::json("gap", &gap)?) {
                kept.push(gap);
            }
        }
        row.missing = kept;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// They tell what was decided about a record and where it went, not what it said.
    const KEPT: [&str; 7] = [
        "emergency_record",
        "export_record",
        "gallring_record",
        "gallring_done",
        "tombstone",
        "record",
        "record_document",
    ];

    #[test]
    fn every_table_that_tells_of_records_is_erased_from() {
        let dir = tempfile::tempdir().unwrap();
        let catalog = Catalog::create(&dir.path().join("catalog.sqlite")).unwrap();
        let mut tables = catalog
            .db
            .prepare(
                "SELECT DISTINCT m.name FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f
                 WHERE m.type = 'table' AND f.\"table\" IN ('record', 'version')",
            )
            .unwrap();
        let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
        for table in tables.map(Result::unwrap) {
            let erased = ERASE.contains(&format!("DELETE FROM {table} "))
                || ERASE.contains(&format!("UPDATE {table} "));
            assert!(erased || KEPT.contains(&table.as_str()), "{table}");
        }
    }
}
