//! The register beside an account's entry, as it is read: decisions, approvals, administrators, checklist, events.

mod act;
mod closing;
mod terms;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rusqlite::{OptionalExtension as _, Row};

use super::value::{self, Column, column};
use super::{Catalog, Error, migration};
use crate::record::{
    AcceptedGap, AccountId, Administrator, Approval, CaptureId, Decision, Happening, OwnComment,
    PageOutcome, Register, Terms, Ticked,
};

pub use act::{NewAct, NewAdministrator, NewApproval, NewTick};
pub use closing::NewClosing;
pub use terms::Entry;

fn day(row: &Row<'_>, name: &str, column: Column) -> Result<Option<NaiveDate>, Error> {
    let text: Option<String> = row.get(name)?;
    text.map(|text| column.parse(&text)).transpose()
}

impl Catalog {
    fn has_register(&self) -> Result<bool, Error> {
        Ok(migration::format_of(&self.db)? >= 7)
    }

    /// The closed accounts, each with the Swedish day it was closed.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn closed_accounts(&self) -> Result<BTreeMap<AccountId, NaiveDate>, Error> {
        let mut closed = BTreeMap::new();
        if !self.has_register()? {
            return Ok(closed);
        }
        let mut statement = self
            .db
            .prepare_cached("SELECT id, closed FROM account WHERE closed IS NOT NULL")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id = column!(account.id).parse(&row.get::<_, String>("id")?)?;
            closed.extend(day(row, "closed", column!(account.closed))?.map(|day| (id, day)));
        }
        Ok(closed)
    }

    /// The Swedish day on which the account was closed, from which what goes when the channel ends is counted; `None`
    /// while it is open, or is not registered.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn account_closed(&self, account: &AccountId) -> Result<Option<NaiveDate>, Error> {
        if !self.has_register()? {
            return Ok(None);
        }
        let found: Option<Option<String>> = self
            .db
            .prepare_cached("SELECT closed FROM account WHERE id = ?1")?
            .query_row([account.as_str()], |row| row.get(0))
            .optional()?;
        let text = found.flatten();
        text.map(|text| column!(account.closed).parse(&text))
            .transpose()
    }

    /// What the register keeps of an account beside its entry; empty for one that is not registered.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn register(&self, account: &AccountId) -> Result<Register, Error> {
        if !self.has_register()? {
            return Ok(Register::default());
        }
        let mut register = Register {
            closed: self.account_closed(account)?,
            terms: self.terms(account)?,
            ..Register::default()
        };
        self.rows(account, "account_decision", |row| {
            register.decisions.push(Decision {
                by: row.get("decider")?,
                day: column!(account_decision.day).parse(&row.get::<_, String>("day")?)?,
                paragraph: row.get("paragraph")?,
                reference: row.get("reference")?,
                note: row.get("note")?,
            });
            Ok(())
        })?;
        self.rows(account, "account_approval", |row| {
            let step = column!(account_approval.step).parse(&row.get::<_, String>("step")?)?;
            let role = column!(account_approval.role).parse(&row.get::<_, String>("role")?)?;
            let used = day(row, "used", column!(account_approval.used))?;
            if used.is_none() {
                let same = |a: &Approval| a.step == step && a.role == role && a.used.is_none();
                register.approvals.retain(|a| !same(a));
            }
            if let Some(day) = day(row, "day", column!(account_approval.day))? {
                register.approvals.push(Approval {
                    step,
                    role,
                    by: row.get("name")?,
                    day,
                    note: row.get("note")?,
                    used,
                });
            }
            Ok(())
        })?;
        self.rows(account, "account_administrator", |row| {
            register.administrators.push(Administrator {
                name: row.get("name")?,
                side: column!(account_administrator.side).parse(&row.get::<_, String>("side")?)?,
                mandate_by: row.get("mandate_by")?,
                since: column!(account_administrator.since)
                    .parse(&row.get::<_, String>("since")?)?,
                ended: day(row, "ended", column!(account_administrator.ended))?,
            });
            Ok(())
        })?;
        self.rows(account, "account_check", |row| {
            let point: String = row.get("point")?;
            register.checklist.retain(|t| t.point != point);
            if let Some(day) = day(row, "day", column!(account_check.day))? {
                register.checklist.push(Ticked {
                    point,
                    by: row.get("name")?,
                    day,
                    note: row.get("note")?,
                });
            }
            Ok(())
        })?;
        self.rows(account, "account_event", |row| {
            register.events.push(Happening {
                what: column!(account_event.what).parse(&row.get::<_, String>("what")?)?,
                day: column!(account_event.day).parse(&row.get::<_, String>("day")?)?,
                note: row.get("note")?,
                actor: row.get("actor")?,
            });
            Ok(())
        })?;
        self.rows(account, "account_gap", |row| {
            register.gaps.push(AcceptedGap {
                closed: column!(account_gap.closed).parse(&row.get::<_, String>("closed")?)?,
                capture: CaptureId(value::uuid(row, "capture")?),
                what: row.get("what")?,
                why: row.get("why")?,
                reason: row.get("reason")?,
                actor: row.get("actor")?,
            });
            Ok(())
        })?;
        Ok(register)
    }

    /// Every row of the account in one of the register's tables, in the order they were written.
    fn rows(
        &self,
        account: &AccountId,
        table: &str,
        mut each: impl FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT * FROM {table} WHERE account = ?1 ORDER BY n"
        ))?;
        let mut rows = statement.query([account.as_str()])?;
        while let Some(row) = rows.next()? {
            each(row)?;
        }
        Ok(())
    }

    /// What is set for an account beside its entry.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn terms(&self, account: &AccountId) -> Result<Terms, Error> {
        if !self.has_register()? {
            return Ok(Terms::default());
        }
        let mut statement = self
            .db
            .prepare_cached("SELECT duty, legal_basis, serves FROM account WHERE id = ?1")?;
        let mut rows = statement.query([account.as_str()])?;
        let Some(row) = rows.next()? else {
            return Ok(Terms::default());
        };
        let text = |name: &str| row.get::<_, Option<String>>(name);
        Ok(Terms {
            duty: text("duty")?
                .map(|t| column!(account.duty).parse(&t))
                .transpose()?,
            legal_basis: text("legal_basis")?
                .map(|t| column!(account.legal_basis).parse(&t))
                .transpose()?,
            serves: text("serves")?
                .map(|t| column!(account.serves).json(&t))
                .transpose()?
                .unwrap_or_default(),
        })
    }

    /// The municipality's own comments on the accounts of others that were captured, oldest first: of one account, or
    /// of all (HAL-11).
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn own_comments(&self, account: Option<&AccountId>) -> Result<Vec<OwnComment>, Error> {
        let mut all = Vec::new();
        if migration::format_of(&self.db)? < 3 {
            return Ok(all);
        }
        let mut statement = self.db.prepare_cached(
            "SELECT capture.account, capture.id, capture.finished, look.address, look.title, look.outcome
             FROM look JOIN capture ON capture.n = look.capture
             WHERE own_comment = 1 AND (?1 IS NULL OR capture.account = ?1) ORDER BY capture.n",
        )?;
        let mut rows = statement.query([account.map(AccountId::as_str)])?;
        while let Some(row) = rows.next()? {
            all.push(OwnComment {
                account: column!(capture.account).parse(&row.get::<_, String>("account")?)?,
                address: row.get("address")?,
                title: row.get("title")?,
                captured: column!(capture.finished).parse(&row.get::<_, String>("finished")?)?,
                outcome: column!(look.outcome).named(
                    &row.get::<_, String>("outcome")?,
                    &PageOutcome::ALL,
                    PageOutcome::as_str,
                )?,
                capture: CaptureId(value::uuid(row, "id")?),
            });
        }
        Ok(all)
    }

    /// How many private messages of the account there are.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn messages_of(&self, account: &AccountId) -> Result<u64, Error> {
        let n = self
            .db
            .prepare_cached("SELECT count(*) FROM record WHERE account = ?1 AND kind = 'message'")?
            .query_row([account.as_str()], |row| row.get(0))?;
        column!(record.n).count(n)
    }
}
