//! Looks: how each look at a page with a browser ended.

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::value::column;
use super::{Catalog, Error, migration};
use crate::record::{Account, Page, PageOutcome};

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

impl Catalog {
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
