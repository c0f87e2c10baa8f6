//! Pages of page captures that a request hands out as pictures, what is blackened on them, and who looked at them.

use chrono::{DateTime, Utc};
use rusqlite::params;
use serde_json::json;

use super::DisclosureRow;
use crate::catalog::value::{self, column};
use crate::catalog::{Catalog, Error, migration};
use crate::record::{AccountId, BagId, BagKind, Digest, RecordId};

/// A page that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisclosurePage {
    pub bag: BagId,
    /// Of its page-screen.pdf, through all parts, from 1.
    pub page: u32,
    pub looked: Option<PageLook>,
}

/// That a person looked at a page as it would be handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLook {
    pub at: DateTime<Utc>,
    pub actor: String,
    /// Of all that was decided in the request then.
    pub state: Digest,
}

/// What is blackened on the chosen pages of one capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisclosureBox {
    pub number: i64,
    pub bag: BagId,
    /// JSON: what it means.
    pub value: String,
    /// `21 kap. 7 § OSL`
    pub provision: String,
    pub reason: Option<String>,
    pub at: DateTime<Utc>,
    pub actor: String,
}

/// A box to be laid.
#[derive(Debug, Clone, Copy)]
pub struct NewDisclosureBox<'a> {
    pub bag: BagId,
    pub value: &'a str,
    pub provision: &'a str,
    pub reason: Option<&'a str>,
}

/// A page capture as the catalog has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageCapture {
    pub account: AccountId,
    pub committee: String,
    /// When it was captured.
    pub at: DateTime<Utc>,
}

impl Catalog {
    fn has_screens(&self) -> Result<bool, Error> {
        Ok(migration::format_of(&self.db)? >= 14)
    }

    /// The page capture of that id; `None` where there is none, it is no page's, or an emergency locks it.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn page_capture(&self, bag: BagId) -> Result<Option<PageCapture>, Error> {
        if self.locked_bags()?.contains(&bag) {
            return Ok(None);
        }
        let mut asked = self.db.prepare_cached(
            "SELECT c.account, b.committee, c.started FROM bag b JOIN capture c ON c.n = b.capture
             WHERE b.id = ?1 AND b.kind = ?2",
        )?;
        let mut rows = asked.query(params![bag.0.as_bytes(), BagKind::Page.as_str()])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        Ok(Some(PageCapture {
            account: column!(capture.account).parse(&row.get::<_, String>("account")?)?,
            committee: row.get("committee")?,
            at: column!(capture.started).parse(&row.get::<_, String>("started")?)?,
        }))
    }

    /// Gives the newest text of each record of the account that a page was captured of, and whether it is not public.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn each_text_beside(
        &self,
        bag: BagId,
        each: &mut dyn FnMut(RecordId, bool, &str),
    ) -> Result<(), Error> {
        let mut asked = self.db.prepare_cached(
            "SELECT r.id AS id, v.visibility <> 'public' AS restricted, v.text FROM bag b JOIN capture c ON c.n = b.capture
             JOIN record r ON r.account = c.account AND r.committee = b.committee JOIN version v ON v.n = r.latest
             WHERE b.id = ?1",
        )?;
        let mut rows = asked.query([bag.0.as_bytes()])?;
        while let Some(row) = rows.next()? {
            let text = row
                .get_ref("text")?
                .as_str()
                .map_err(rusqlite::Error::from)?;
            let record = RecordId(value::uuid(row, "id")?);
            each(record, row.get("restricted")?, text);
        }
        Ok(())
    }

    /// The pages that are chosen, by capture and number.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn disclosure_pages(&self, row: &DisclosureRow) -> Result<Vec<DisclosurePage>, Error> {
        if !self.has_screens()? {
            return Ok(Vec::new());
        }
        let mut asked = self.db.prepare_cached(
            "SELECT bag, page, reviewed, reviewer, state FROM disclosure_screen WHERE disclosure = ?1 ORDER BY bag, page",
        )?;
        let mut rows = asked.query([row.number])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let reviewed: Option<String> = row.get("reviewed")?;
            let looked = match (reviewed, row.get("reviewer")?, row.get("state")?) {
                (Some(at), Some(actor), Some(state)) => Some(PageLook {
                    at: column!(disclosure_screen.reviewed).parse(&at)?,
                    actor,
                    state: Digest(state),
                }),
                _ => None,
            };
            all.push(DisclosurePage {
                bag: BagId(value::uuid(row, "bag")?),
                page: row.get("page")?,
                looked,
            });
        }
        Ok(all)
    }

    /// Sets which pages of a capture are handed out; none takes the capture back. Those that were chosen before and are
    /// chosen still keep who looked at them.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn show_pages(
        &mut self,
        row: &DisclosureRow,
        bag: BagId,
        pages: &[u32],
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let change = self.db.transaction()?;
        let id = bag.0.as_bytes();
        let before: Vec<u32> = change
            .prepare_cached(
                "SELECT page FROM disclosure_screen WHERE disclosure = ?1 AND bag = ?2",
            )?
            .query_map(params![row.number, id], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for page in before.iter().filter(|page| !pages.contains(page)) {
            change.execute(
                "DELETE FROM disclosure_screen WHERE disclosure = ?1 AND bag = ?2 AND page = ?3",
                params![row.number, id, page],
            )?;
        }
        for page in pages.iter().filter(|page| !before.contains(page)) {
            change.execute(
                "INSERT INTO disclosure_screen (disclosure, bag, page, at, actor) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![row.number, id, page, value::time(at), actor],
            )?;
        }
        let after = json!({ "bag": bag, "pages": pages });
        row.note(&change, "disclosure screen", Some(&after), actor, at)?;
        change.commit()?;
        Ok(())
    }

    /// Notes that a person looked at these pages as they would be handed out, when all that was decided had this digest.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn look_at_pages(
        &mut self,
        row: &DisclosureRow,
        pages: &[DisclosurePage],
        state: Digest,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let change = self.db.transaction()?;
        for page in pages {
            change
                .prepare_cached(
                    "UPDATE disclosure_screen SET reviewed = ?4, reviewer = ?5, state = ?6
                     WHERE disclosure = ?1 AND bag = ?2 AND page = ?3",
                )?
                .execute(params![
                    row.number,
                    page.bag.0.as_bytes(),
                    page.page,
                    value::time(at),
                    actor,
                    state.0,
                ])?;
        }
        let pages: Vec<_> = pages.iter().map(|p| json!([p.bag, p.page])).collect();
        let after = json!({ "reviewed": pages, "state": state });
        row.note(&change, "disclosure screen", Some(&after), actor, at)?;
        change.commit()?;
        Ok(())
    }

    /// Lays a box; gives its number.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn box_disclosure(
        &mut self,
        row: &DisclosureRow,
        new: &NewDisclosureBox<'_>,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<i64, Error> {
        let change = self.db.transaction()?;
        change.execute(
            "INSERT INTO disclosure_box (disclosure, bag, value, provision, reason, at, actor)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                row.number,
                new.bag.0.as_bytes(),
                new.value,
                new.provision,
                new.reason,
                value::time(at),
                actor,
            ],
        )?;
        let number = change.last_insert_rowid();
        // Without what is blackened.
        let after = json!({ "box": number, "bag": new.bag, "provision": new.provision });
        row.note(&change, "disclosure screen", Some(&after), actor, at)?;
        change.commit()?;
        Ok(number)
    }

    /// Takes a box back. False when it was taken back already.
    ///
    /// # Errors
    /// [`Error::NoBox`], and those of SQLite.
    pub fn unbox_disclosure(
        &mut self,
        row: &DisclosureRow,
        number: i64,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let change = self.db.transaction()?;
        let Some(taken) = row.take_back(&change, "disclosure_box", number, at)? else {
            return Err(Error::NoBox {
                number,
                case: row.designation.clone(),
            });
        };
        if taken {
            let after = json!({ "unbox": number });
            row.note(&change, "disclosure screen", Some(&after), actor, at)?;
        }
        change.commit()?;
        Ok(taken)
    }

    /// The boxes that stand, in the order they were laid.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn disclosure_boxes(&self, row: &DisclosureRow) -> Result<Vec<DisclosureBox>, Error> {
        if !self.has_screens()? {
            return Ok(Vec::new());
        }
        let mut asked = self.db.prepare_cached(
            "SELECT n, bag, value, provision, reason, at, actor FROM disclosure_box
             WHERE disclosure = ?1 AND withdrawn IS NULL ORDER BY n",
        )?;
        let mut rows = asked.query([row.number])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(DisclosureBox {
                number: row.get("n")?,
                bag: BagId(value::uuid(row, "bag")?),
                value: row.get("value")?,
                provision: row.get("provision")?,
                reason: row.get("reason")?,
                at: column!(disclosure_box.at).parse(&row.get::<_, String>("at")?)?,
                actor: row.get("actor")?,
            });
        }
        Ok(all)
    }
}
