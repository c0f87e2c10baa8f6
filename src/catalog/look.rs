//! Looks: how each look at a page with a browser ended.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::value::{self, column};
use super::{Catalog, Error, migration};
use crate::record::{Account, AccountId, BagId, Page, PageOutcome};

/// A look at a page, to be written with its capture.
#[derive(Debug, Clone)]
pub struct NewLook<'a> {
    /// As asked for.
    pub address: &'a str,
    pub outcome: PageOutcome,
    pub detail: Option<&'a str>,
    pub final_address: Option<&'a str>,
    pub title: Option<&'a str>,
    /// True for the municipality's own comment on the account of another (HAL-11).
    pub own_comment: bool,
    /// Index of its bag among the capture's; `None` when nothing was sealed.
    pub bag: Option<usize>,
}

impl<'a> NewLook<'a> {
    /// What is kept of a look; `bag` is the index of its bag among the capture's.
    pub fn of(page: &'a Page, own_comment: bool, bag: Option<usize>) -> Self {
        Self {
            address: &page.address,
            outcome: page.outcome,
            detail: page.detail.as_deref(),
            final_address: page.final_address.as_deref(),
            title: page.title.as_deref(),
            own_comment,
            bag,
        }
    }
}

pub(super) fn insert(
    db: &Transaction<'_>,
    look: &NewLook<'_>,
    capture_row: i64,
    bags: &[i64],
) -> Result<(), Error> {
    db.prepare_cached(
        "INSERT INTO look (capture, address, outcome, detail, final_address, title, own_comment, bag)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        capture_row,
        look.address,
        look.outcome.as_str(),
        look.detail,
        look.final_address,
        look.title,
        look.own_comment,
        look.bag.and_then(|i| bags.get(i)),
    ])?;
    Ok(())
}

/// A page that was captured and sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageHeld {
    pub bag: BagId,
    pub committee: String,
    pub at: DateTime<Utc>,
    pub address: String,
    pub final_address: Option<String>,
}

impl Catalog {
    /// The sealed captures of an account's pages, the newest first; those that an emergency locks are left out.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn pages_held(&self, account: &AccountId) -> Result<Vec<PageHeld>, Error> {
        if !self.has_looks()? {
            return Ok(Vec::new());
        }
        let locked = self.locked_bags()?;
        let mut asked = self.db.prepare_cached(
            "SELECT b.id AS id, b.committee, c.started, l.address, l.final_address FROM look l
             JOIN bag b ON b.n = l.bag JOIN capture c ON c.n = l.capture
             WHERE c.account = ?1 AND b.kind = 'page' ORDER BY c.n DESC",
        )?;
        let mut rows = asked.query([account.as_str()])?;
        let mut held = Vec::new();
        while let Some(row) = rows.next()? {
            let bag = BagId(value::uuid(row, "id")?);
            if locked.contains(&bag) {
                continue;
            }
            held.push(PageHeld {
                bag,
                committee: row.get("committee")?,
                at: column!(capture.started).parse(&row.get::<_, String>("started")?)?,
                address: row.get("address")?,
                final_address: row.get("final_address")?,
            });
        }
        Ok(held)
    }

    fn has_looks(&self) -> Result<bool, Error> {
        Ok(migration::format_of(&self.db)? >= 3)
    }

    /// How the newest look at the account's own page ended, and about what; `None` when there was none.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn last_look(
        &self,
        account: &Account,
    ) -> Result<Option<(PageOutcome, Option<String>)>, Error> {
        if !self.has_looks()? {
            return Ok(None);
        }
        let found = self
            .db
            .prepare_cached(
                "SELECT look.outcome, detail FROM look JOIN capture ON capture.n = look.capture
                 WHERE account = ?1 AND address = ?2 AND own_comment = 0 ORDER BY capture.n DESC LIMIT 1",
            )?
            .query_row([account.id.as_str(), account.address.as_str()], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?))
            })
            .optional()?;
        found
            .map(|(outcome, detail)| {
                let outcome = column!(look.outcome).named(
                    &outcome,
                    &PageOutcome::ALL,
                    PageOutcome::as_str,
                )?;
                Ok((outcome, detail))
            })
            .transpose()
    }
}
