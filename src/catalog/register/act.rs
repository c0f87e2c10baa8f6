//! What people enter in the register: decisions, approvals, administrators, points of the checklist, events.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Transaction, params};
use serde_json::{Value, json};

use super::super::value;
use super::super::{Catalog, Error, NewEvent, event};
use crate::record::{AccountEvent, AccountId, Approver, Decision, Side, Step};

/// On which account, by whom, when.
#[derive(Debug, Clone, Copy)]
pub struct NewAct<'a> {
    pub account: &'a AccountId,
    pub actor: &'a str,
    pub at: DateTime<Utc>,
}

/// An approval, or with no day that it is taken back.
#[derive(Debug, Clone, Copy)]
pub struct NewApproval<'a> {
    pub step: Step,
    pub role: Approver,
    pub by: &'a str,
    pub day: Option<NaiveDate>,
    pub note: Option<&'a str>,
}

/// A person who is given the task of administering the account.
#[derive(Debug, Clone, Copy)]
pub struct NewAdministrator<'a> {
    pub name: &'a str,
    pub side: Side,
    pub mandate_by: Option<&'a str>,
    pub since: NaiveDate,
}

/// Points of the checklist, ticked by a person; with no day, taken back.
#[derive(Debug, Clone, Copy)]
pub struct NewTick<'a> {
    pub points: &'a [&'a str],
    pub by: &'a str,
    pub day: Option<NaiveDate>,
    pub note: Option<&'a str>,
}

impl NewAct<'_> {
    pub(super) fn note(
        &self,
        change: &Transaction<'_>,
        verb: &str,
        before: Option<&Value>,
        after: &Value,
    ) -> Result<(), Error> {
        let (before, after) = (before.map(Value::to_string), after.to_string());
        event::insert(
            change,
            &NewEvent {
                at: self.at,
                actor: self.actor,
                verb,
                object: self.account.as_str(),
                before: before.as_deref(),
                after: Some(&after),
            },
        )
    }

    pub(super) fn happened(
        &self,
        change: &Transaction<'_>,
        what: AccountEvent,
        day: NaiveDate,
        note: Option<&str>,
    ) -> Result<(), Error> {
        change.execute(
            "INSERT INTO account_event (account, what, day, note, at, actor) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                self.account.as_str(),
                what.as_str(),
                day.to_string(),
                note,
                value::time(self.at),
                self.actor
            ],
        )?;
        Ok(())
    }

    fn approve(&self, change: &Transaction<'_>, new: &NewApproval<'_>) -> Result<(), Error> {
        change.execute(
            "INSERT INTO account_approval (account, step, role, name, day, note, at, actor)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                self.account.as_str(),
                new.step.as_str(),
                new.role.as_str(),
                new.by,
                new.day.map(|d| d.to_string()),
                new.note,
                value::time(self.at),
                self.actor
            ],
        )?;
        let after = json!({ "step": new.step, "as": new.role, "by": new.by, "day": new.day });
        self.note(change, "account approve", None, &after)
    }
}

impl Catalog {
    /// Holds that the account is registered.
    fn demand(&self, account: &AccountId) -> Result<(), Error> {
        match self.account(account)? {
            Some(_) => Ok(()),
            None => Err(Error::NoAccount(account.clone())),
        }
    }

    /// Keeps a decision on the account, and that it approves the opening where it is given `role`.
    ///
    /// # Errors
    /// When the account is not registered, and those of SQLite.
    pub fn decide(
        &mut self,
        act: &NewAct<'_>,
        decision: &Decision,
        role: Option<Approver>,
    ) -> Result<(), Error> {
        self.demand(act.account)?;
        let change = self.db.transaction()?;
        change.execute(
            "INSERT INTO account_decision (account, decider, day, paragraph, reference, note, at, actor)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                act.account.as_str(),
                decision.by,
                decision.day.to_string(),
                decision.paragraph,
                decision.reference,
                decision.note,
                value::time(act.at),
                act.actor
            ],
        )?;
        let after = json!({ "by": decision.by, "day": decision.day, "paragraph": decision.paragraph,
            "reference": decision.reference });
        act.note(&change, "account decide", None, &after)?;
        if let Some(role) = role {
            act.approve(
                &change,
                &NewApproval {
                    step: Step::Opening,
                    role,
                    by: &decision.by,
                    day: Some(decision.day),
                    note: None,
                },
            )?;
        }
        change.commit()?;
        Ok(())
    }

    /// Keeps an approval.
    ///
    /// # Errors
    /// When the account is not registered, and those of SQLite.
    pub fn approve_account(
        &mut self,
        act: &NewAct<'_>,
        new: &NewApproval<'_>,
    ) -> Result<(), Error> {
        self.demand(act.account)?;
        let change = self.db.transaction()?;
        act.approve(&change, new)?;
        change.commit()?;
        Ok(())
    }

    /// Keeps that a person administers the account.
    ///
    /// # Errors
    /// When the account is not registered, and those of SQLite.
    pub fn add_administrator(
        &mut self,
        act: &NewAct<'_>,
        new: &NewAdministrator<'_>,
    ) -> Result<(), Error> {
        self.demand(act.account)?;
        let change = self.db.transaction()?;
        change.execute(
            "INSERT INTO account_administrator (account, name, side, mandate_by, since, at, actor)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                act.account.as_str(),
                new.name,
                new.side.as_str(),
                new.mandate_by,
                new.since.to_string(),
                value::time(act.at),
                act.actor
            ],
        )?;
        let after = json!({ "name": new.name, "side": new.side, "mandate_by": new.mandate_by, "since": new.since });
        act.note(&change, "account administrator add", None, &after)?;
        change.commit()?;
        Ok(())
    }

    /// Ends the mandate that the person of exactly that name has; false when there is none.
    ///
    /// # Errors
    /// When the account is not registered, and those of SQLite.
    pub fn end_administrator(
        &mut self,
        act: &NewAct<'_>,
        name: &str,
        day: NaiveDate,
    ) -> Result<bool, Error> {
        self.demand(act.account)?;
        let change = self.db.transaction()?;
        let ended = change.execute(
            "UPDATE account_administrator SET ended = ?3, ended_by = ?4
             WHERE account = ?1 AND name = ?2 AND ended IS NULL",
            params![act.account.as_str(), name, day.to_string(), act.actor],
        )?;
        if ended == 0 {
            return Ok(false);
        }
        let after = json!({ "name": name, "ended": day });
        act.note(&change, "account administrator end", None, &after)?;
        change.commit()?;
        Ok(true)
    }

    /// Ticks points of the checklist.
    ///
    /// # Errors
    /// When the account is not registered, and those of SQLite.
    pub fn tick(&mut self, act: &NewAct<'_>, new: &NewTick<'_>) -> Result<(), Error> {
        self.demand(act.account)?;
        let change = self.db.transaction()?;
        for point in new.points {
            change.execute(
                "INSERT INTO account_check (account, point, name, day, note, at, actor)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    act.account.as_str(),
                    point,
                    new.by,
                    new.day.map(|d| d.to_string()),
                    new.note,
                    value::time(act.at),
                    act.actor
                ],
            )?;
        }
        let after = json!({ "points": new.points, "by": new.by, "day": new.day });
        act.note(&change, "account check", None, &after)?;
        change.commit()?;
        Ok(())
    }

    /// Keeps what happened with an account.
    ///
    /// # Errors
    /// When the account is not registered, and those of SQLite.
    pub fn note_account_event(
        &mut self,
        act: &NewAct<'_>,
        what: AccountEvent,
        day: NaiveDate,
        note: Option<&str>,
    ) -> Result<(), Error> {
        self.demand(act.account)?;
        let change = self.db.transaction()?;
        act.happened(&change, what, day, note)?;
        let after = json!({ "what": what, "day": day });
        act.note(&change, "account event", None, &after)?;
        change.commit()?;
        Ok(())
    }
}
