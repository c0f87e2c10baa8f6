//! Closing and reopening: the account's state, with what was accepted, and the days of its records that wait for the
//! channel's end, in one transaction.

use chrono::NaiveDate;
use rusqlite::params;
use serde_json::json;

use super::super::value;
use super::super::{Catalog, Error};
use super::NewAct;
use crate::record::{AccountEvent, CaptureId};

/// A closing, once its snapshot is sealed and judged.
#[derive(Debug, Clone, Copy)]
pub struct NewClosing<'a> {
    pub day: NaiveDate,
    pub capture: CaptureId,
    /// What the snapshot lacked, and why it lacked it.
    pub gaps: &'a [(String, String)],
    /// Why the gaps were accepted.
    pub reason: Option<&'a str>,
    pub note: Option<&'a str>,
}

impl Catalog {
    /// Closes an account; false when it is closed already.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn close_account(&mut self, act: &NewAct<'_>, new: &NewClosing<'_>) -> Result<bool, Error> {
        let change = self.db.unchecked_transaction()?;
        let (id, day) = (act.account.as_str(), new.day.to_string());
        let closed = change.execute(
            "UPDATE account SET closed = ?2 WHERE id = ?1 AND closed IS NULL",
            params![id, day],
        )?;
        if closed == 0 {
            return Ok(false);
        }
        change.execute(
            "UPDATE account_approval SET used = ?2
             WHERE account = ?1 AND step = 'closing' AND used IS NULL AND day IS NOT NULL",
            params![id, day],
        )?;
        for (what, why) in new.gaps {
            change.execute(
                "INSERT INTO account_gap (account, closed, capture, what, why, reason, at, actor)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    id,
                    day,
                    new.capture.0.as_bytes(),
                    what,
                    why,
                    new.reason.unwrap_or_default(),
                    value::time(act.at),
                    act.actor
                ],
            )?;
        }
        act.happened(&change, AccountEvent::Closed, new.day, new.note)?;
        let gaps: Vec<&str> = new.gaps.iter().map(|(what, _)| what.as_str()).collect();
        let after = json!({ "closed": new.day, "capture": new.capture, "accepted_gaps": gaps, "reason": new.reason });
        act.note(&change, "account close", None, &after)?;
        self.reckon_anew(act.account)?;
        change.commit()?;
        Ok(true)
    }

    /// Opens a closed account again; false when it is open.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn reopen_account(
        &mut self,
        act: &NewAct<'_>,
        day: NaiveDate,
        note: &str,
    ) -> Result<bool, Error> {
        let before = self.account_closed(act.account)?;
        let change = self.db.unchecked_transaction()?;
        let opened = change.execute(
            "UPDATE account SET closed = NULL WHERE id = ?1 AND closed IS NOT NULL",
            [act.account.as_str()],
        )?;
        if opened == 0 {
            return Ok(false);
        }
        act.happened(&change, AccountEvent::Reopened, day, Some(note))?;
        let (before, after) = (json!({ "closed": before }), json!({ "closed": null }));
        act.note(&change, "account reopen", Some(&before), &after)?;
        self.reckon_anew(act.account)?;
        change.commit()?;
        Ok(true)
    }
}
