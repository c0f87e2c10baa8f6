//! What is held on a day: worked out once for a list, or asked of one record.
//!
//! A hold on a record holds what it answers and what answers it: a talk is read as a whole. What another answered to the
//! same post is not held by it. A hold that cannot be read is an error, and then no list is made at all.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, params};

use super::{HoldScope, holds, named_search};
use crate::calendar::local_date;
use crate::catalog::record_mark::stands;
use crate::catalog::value::column;
use crate::catalog::{Error, migration};
use crate::record::{Kind, Platform, RecordId};
use crate::retention::{FoundWords, Hinder, Needles, Place, SavedSearch, folded};

/// Rows of records, a bit each: flat where many are held.
#[derive(Debug, Default)]
struct Rows(HashMap<i64, [u64; 16]>);

impl Rows {
    fn add(&mut self, n: i64) {
        let block = self.0.entry(n >> 10).or_default();
        if let Some(word) = block.get_mut(((n >> 6) & 15) as usize) {
            *word |= 1 << (n & 63);
        }
    }

    fn has(&self, n: i64) -> bool {
        let word = self
            .0
            .get(&(n >> 10))
            .and_then(|b| b.get(((n >> 6) & 15) as usize));
        word.is_some_and(|word| word & (1 << (n & 63)) != 0)
    }
}

/// One thing that holds, with the records that it means and their talks.
struct Source {
    hinder: Hinder,
    rows: Rows,
    /// Accounts whose page captures it holds, since it holds something on them.
    pages: Vec<String>,
}

/// All that is held on a day.
#[derive(Default)]
pub(in crate::catalog) struct Held {
    any: Rows,
    sources: Vec<Source>,
    /// Accounts that are held as a whole.
    accounts: HashMap<String, Vec<Hinder>>,
}

impl Held {
    /// Works out what is held on that Swedish day.
    pub(in crate::catalog) fn on(
        db: &Connection,
        today: NaiveDate,
        place: Place,
    ) -> Result<Self, Error> {
        let mut held = Self::default();
        let mut meanings = meanings(db, today)?;
        // A removal case is there to have its records taken from the platform.
        let is_removal =
            |hinder: &Hinder| matches!(hinder, Hinder::Removal(_) | Hinder::PoliceReport(_));
        meanings.retain(|meant| place == Place::Archive || !is_removal(&meant.hinder));
        for meant in meanings {
            let mut source = Source {
                hinder: meant.hinder,
                rows: Rows::default(),
                pages: Vec::new(),
            };
            let any = &mut held.any;
            let mut add = |n: i64| -> Result<(), Error> {
                for n in talk(db, n)? {
                    source.rows.add(n);
                    any.add(n);
                }
                let sql = "SELECT account FROM record WHERE n = ?1";
                let account: String = db.prepare_cached(sql)?.query_row([n], |row| row.get(0))?;
                if !source.pages.contains(&account) {
                    source.pages.push(account);
                }
                Ok(())
            };
            match &meant.what {
                Meant::Account(account) => {
                    let hinders = held.accounts.entry(account.clone()).or_default();
                    hinders.push(source.hinder);
                    continue;
                }
                Meant::Records(records) => records.iter().try_for_each(|n| add(*n))?,
                Meant::Search(search) => {
                    for_each_found(db, search, add)?;
                    for_each_page_found(db, search, |account| {
                        if !source.pages.contains(&account) {
                            source.pages.push(account);
                        }
                    })?;
                }
            }
            held.sources.push(source);
        }
        Ok(held)
    }

    /// What holds the record; nothing, for most.
    pub(in crate::catalog) fn add_hinders(&self, n: i64, account: &str, to: &mut Vec<Hinder>) {
        if !self.accounts.is_empty() {
            to.extend(self.accounts.get(account).into_iter().flatten().cloned());
        }
        if self.any.has(n) {
            let holding = self.sources.iter().filter(|source| source.rows.has(n));
            to.extend(holding.map(|source| source.hinder.clone()));
        }
    }

    /// What holds the page captures of an account: whatever holds the account, or a record of it.
    pub(in crate::catalog) fn add_hinders_of_pages(&self, account: &str, to: &mut Vec<Hinder>) {
        to.extend(self.accounts.get(account).into_iter().flatten().cloned());
        let holding = self.sources.iter();
        let holding = holding.filter(|source| source.pages.iter().any(|a| a == account));
        to.extend(holding.map(|source| source.hinder.clone()));
    }
}

/// What holds one record.
pub(super) fn holds_on(db: &Connection, n: i64, today: NaiveDate) -> Result<Vec<Hinder>, Error> {
    let meanings = meanings(db, today)?;
    if meanings.is_empty() {
        return Ok(Vec::new());
    }
    let talk = talk(db, n)?;
    let mut hinders = Vec::new();
    for meant in meanings {
        let holds = match &meant.what {
            Meant::Account(account) => {
                let sql = "SELECT account = ?2 FROM record WHERE n = ?1";
                db.prepare_cached(sql)?
                    .query_row(params![n, account], |row| row.get(0))?
            }
            Meant::Records(records) => records.iter().any(|r| talk.contains(r)),
            Meant::Search(search) => {
                let needles = search.needles();
                let mut found = false;
                for &n in &talk {
                    found = found || is_found(db, n, search, &needles)?;
                }
                found
            }
        };
        if holds {
            hinders.push(meant.hinder);
        }
    }
    Ok(hinders)
}

enum Meant {
    Account(String),
    Records(Vec<i64>),
    Search(SavedSearch),
}

struct Meaning {
    hinder: Hinder,
    what: Meant,
}

/// All that holds on that day, with what each means.
fn meanings(db: &Connection, today: NaiveDate) -> Result<Vec<Meaning>, Error> {
    let mut all = Vec::new();
    for hold in holds(db)?.into_iter().filter(|hold| hold.holds(today)) {
        let what = match hold.scope {
            HoldScope::Account => Meant::Account(hold.object),
            HoldScope::Record => {
                let id: RecordId = column!(hold.object).parse(&hold.object)?;
                Meant::Records(rows(
                    db,
                    "SELECT n FROM record WHERE id = ?1",
                    params![id.0.as_bytes()],
                )?)
            }
            HoldScope::Case => Meant::Records(of_case(db, &hold.object)?),
            // It is kept for having been released.
            HoldScope::PoliceReport => continue,
            HoldScope::Search => Meant::Search(named_search(db, &hold.object)?),
        };
        all.push(Meaning {
            hinder: Hinder::Hold(hold.number),
            what,
        });
    }
    removals(db, &mut all)?;
    disclosures(db, &mut all)?;
    Ok(all)
}

/// A removal case holds its records while it is open, and after that when it was reported to the police, until someone
/// releases it.
fn removals(db: &Connection, all: &mut Vec<Meaning>) -> Result<(), Error> {
    let mut statement = db.prepare_cached(
        "SELECT m.designation, o.record, m.closed IS NULL FROM removal m JOIN removal_object o ON o.removal = m.n
         WHERE o.record IS NOT NULL AND (m.closed IS NULL
             OR EXISTS (SELECT 1 FROM removal_step s WHERE s.removal = m.n AND s.what = 'police')
             AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.scope = 'police-report' AND h.object = m.designation))
         ORDER BY m.n, o.record",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let designation = row.get(0)?;
        let hinder = match row.get(2)? {
            true => Hinder::Removal(designation),
            false => Hinder::PoliceReport(designation),
        };
        add_record(all, hinder, row.get(1)?);
    }
    Ok(())
}

/// An open request for public records holds what it is about until the last appeal is over, whatever was decided of it.
fn disclosures(db: &Connection, all: &mut Vec<Meaning>) -> Result<(), Error> {
    if migration::format_of(db)? < 13 {
        return Ok(());
    }
    let mut statement = db.prepare_cached(
        "SELECT d.designation, x.record FROM disclosure d JOIN disclosure_record x ON x.disclosure = d.n
         WHERE d.closed IS NULL ORDER BY d.n, x.record",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        add_record(all, Hinder::Disclosure(row.get(0)?), row.get(1)?);
    }
    Ok(())
}

/// Rows of one hinder come together.
fn add_record(all: &mut Vec<Meaning>, hinder: Hinder, record: i64) {
    match all.last_mut() {
        Some(Meaning {
            hinder: last,
            what: Meant::Records(records),
        }) if *last == hinder => records.push(record),
        _ => all.push(Meaning {
            hinder,
            what: Meant::Records(vec![record]),
        }),
    }
}

fn rows(db: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<Vec<i64>, Error> {
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(values, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A diarienummer by its letters and digits: what stands between them differs from hand to hand.
fn plain(case: &str) -> String {
    folded(case).replace(' ', "")
}

/// The records that were registered in a case, or that a removal of that number is about. One that was registered in
/// several is in all of them until that is taken back: what is held too much can be destroyed later.
pub(in crate::catalog) fn of_case(db: &Connection, case: &str) -> Result<Vec<i64>, Error> {
    let case = plain(case);
    let mut statement = db.prepare_cached(
        concat!(
            "SELECT record, value FROM record_mark m WHERE what = 'registered' AND value IS NOT NULL AND ",
            stands!(),
            "
         UNION ALL SELECT o.record, x.registered FROM removal x JOIN removal_object o ON o.removal = x.n
             WHERE o.record IS NOT NULL AND x.registered IS NOT NULL
         UNION ALL SELECT o.record, x.designation FROM removal x JOIN removal_object o ON o.removal = x.n
             WHERE o.record IS NOT NULL
         UNION ALL SELECT o.record, s.value FROM removal_step s JOIN removal_object o ON o.removal = s.removal
             WHERE o.record IS NOT NULL AND s.what = 'registered' AND s.value IS NOT NULL"
        ),
    )?;
    let mut rows = statement.query([])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        if plain(row.get_ref(1)?.as_str().unwrap_or_default()) == case {
            records.push(row.get(0)?);
        }
    }
    records.sort_unstable();
    records.dedup();
    Ok(records)
}

/// The record, what it answers up to the post, and all that answers it.
pub(in crate::catalog) fn talk(db: &Connection, n: i64) -> Result<Vec<i64>, Error> {
    rows(
        db,
        "WITH RECURSIVE up (n) AS (SELECT ?1 UNION SELECT r.parent FROM up JOIN record r ON r.n = up.n WHERE r.parent IS NOT NULL),
                        down (n) AS (SELECT ?1 UNION SELECT r.n FROM down JOIN record r ON r.parent = down.n)
         SELECT n FROM up UNION SELECT n FROM down",
        [n],
    )
}

/// The records that a search means for their case; `None`: it asks for none.
fn in_case(db: &Connection, search: &SavedSearch) -> Result<Option<HashSet<i64>>, Error> {
    let case = search.case.as_deref();
    let records = case.map(|case| of_case(db, case)).transpose()?;
    Ok(records.map(|records| records.into_iter().collect()))
}

/// The versions of records, those of one record together.
const VERSIONS: &str =
    "SELECT r.n, r.account, r.committee, r.kind, r.published, v.title, v.author, v.text, a.platform
                        FROM record r CROSS JOIN version v ON v.record = r.n JOIN account a ON a.id = r.account";

/// The records that a search finds. It reads all that was ever written, one version at a time.
fn for_each_found(
    db: &Connection,
    search: &SavedSearch,
    mut each: impl FnMut(i64) -> Result<(), Error>,
) -> Result<(), Error> {
    let needles = search.needles();
    let in_case = in_case(db, search)?;
    let mut statement = db.prepare_cached(&format!("{VERSIONS} ORDER BY r.n"))?;
    let mut rows = statement.query([])?;
    let mut current: Option<(i64, FoundWords)> = None;
    while let Some(row) = rows.next()? {
        let n: i64 = row.get(0)?;
        if in_case.as_ref().is_some_and(|these| !these.contains(&n)) {
            continue;
        }
        let mut words = match current.take() {
            Some((last, words)) if last == n => {
                if words.all() {
                    current = Some((n, words));
                    continue;
                }
                words
            }
            _ => needles.none_found(),
        };
        if may_mean(row, search)? {
            look(row, &needles, &mut words)?;
            if words.all() {
                each(n)?;
            }
        }
        current = Some((n, words));
    }
    Ok(())
}

/// The accounts of page captures that a search finds, by the words on the page.
fn for_each_page_found(
    db: &Connection,
    search: &SavedSearch,
    mut each: impl FnMut(String),
) -> Result<(), Error> {
    let needles = search.needles();
    let mut statement = db.prepare_cached(
        "SELECT c.account, b.committee, a.platform, c.started, p.title, p.text
         FROM search_page p JOIN bag b ON b.n = p.bag JOIN capture c ON c.n = b.capture
         JOIN account a ON a.id = c.account",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let text = |at: usize| row.get_ref(at)?.as_str().map_err(rusqlite::Error::from);
        let platform =
            column!(account.platform).named(text(2)?, &Platform::ALL, Platform::as_str)?;
        let at: DateTime<Utc> = column!(capture.started).parse(text(3)?)?;
        if !search.may_mean_page(text(0)?, text(1)?, platform, local_date(at)) {
            continue;
        }
        let mut words = needles.none_found();
        needles.look(text(4)?, &mut words);
        needles.look(text(5)?, &mut words);
        if words.all() {
            each(text(0)?.to_owned());
        }
    }
    Ok(())
}

fn is_found(
    db: &Connection,
    n: i64,
    search: &SavedSearch,
    needles: &Needles,
) -> Result<bool, Error> {
    if in_case(db, search)?.is_some_and(|these| !these.contains(&n)) {
        return Ok(false);
    }
    let mut statement = db.prepare_cached(&format!("{VERSIONS} WHERE r.n = ?1"))?;
    let mut rows = statement.query([n])?;
    let mut words = needles.none_found();
    while let Some(row) = rows.next()? {
        if !may_mean(row, search)? {
            return Ok(false);
        }
        look(row, needles, &mut words)?;
        if words.all() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn may_mean(row: &rusqlite::Row<'_>, search: &SavedSearch) -> Result<bool, Error> {
    let text = |at: usize| -> Result<&str, Error> {
        Ok(row
            .get_ref(at)?
            .as_str_or_null()
            .map_err(rusqlite::Error::from)?
            .unwrap_or_default())
    };
    let kind = column!(record.kind).named(text(3)?, &Kind::ALL, Kind::as_str)?;
    let platform = column!(account.platform).named(text(8)?, &Platform::ALL, Platform::as_str)?;
    let published = row
        .get_ref(4)?
        .as_str_or_null()
        .map_err(rusqlite::Error::from)?;
    let at: Option<DateTime<Utc>> = published
        .map(|at| column!(record.published).parse(at))
        .transpose()?;
    let day = at.map(local_date);
    Ok(search.may_mean(text(1)?, text(2)?, platform, kind, day))
}

fn look(row: &rusqlite::Row<'_>, needles: &Needles, words: &mut FoundWords) -> Result<(), Error> {
    for at in 5..8 {
        let text = row
            .get_ref(at)?
            .as_str_or_null()
            .map_err(rusqlite::Error::from)?;
        if let Some(text) = text {
            needles.look(text, words);
        }
    }
    Ok(())
}
