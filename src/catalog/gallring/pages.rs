//! Page captures that are due: a handlingstyp of its own, by the rules for `page-capture` of the plan in force.
//!
//! They are not classified one by one. The first rule for page captures that names the account, or none, says the row;
//! a rule that asks for words, authors or the like is for records alone. A page that an earlier gallring let stay can go
//! by a later one.

use std::ops::ControlFlow;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, params};

use super::due::Asked;
use super::plans::{ListPlan, ListRow, plan_in_force};
use crate::calendar::local_date;
use crate::catalog::Error;
use crate::catalog::value::{self, column};
use crate::record::{BagId, BagKind};
use crate::retention::{DayOf, Happened, Rule, RuleKind};

/// A page capture that is due.
pub(super) struct DuePage<'a> {
    pub(super) n: i64,
    pub(super) bag: BagId,
    pub(super) account: &'a str,
    pub(super) captured: &'a str,
    pub(super) due: NaiveDate,
}

pub(super) fn for_each_due_page<E: From<Error>>(
    db: &Connection,
    asked: &Asked<'_>,
    plans: &[ListPlan],
    mut each: impl FnMut(&ListRow, &DuePage<'_>) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    let Some(plan) = plan_in_force(plans, asked.today) else {
        return Ok(());
    };
    let mut statement = db
        .prepare_cached(
            "SELECT b.n, b.id, c.account, c.started, a.closed FROM bag b JOIN capture c ON c.n = b.capture
             JOIN account a ON a.id = c.account
             WHERE b.kind = ?1 AND b.committee = ?2
             AND NOT EXISTS (SELECT 1 FROM gallring_bag g WHERE g.bag = b.id AND g.successor IS NOT g.bag) ORDER BY b.n",
        )
        .map_err(Error::from)?;
    let mut rows = statement
        .query(params![BagKind::Page.as_str(), asked.committee])
        .map_err(Error::from)?;
    while let Some(found) = rows.next().map_err(Error::from)? {
        let account: String = found.get(2).map_err(Error::from)?;
        let Some(row) = row_for(plan, &account) else {
            continue;
        };
        let rows = &asked.question.rows;
        if !rows.is_empty() && !rows.contains(&row.row.id) {
            continue;
        }
        let captured: String = found.get(3).map_err(Error::from)?;
        let at: DateTime<Utc> = column!(capture.started).parse(&captured)?;
        let closed: Option<String> = found.get(4).map_err(Error::from)?;
        let closed = closed.map(|day| column!(account.closed).parse(&day));
        let day = Some(local_date(at));
        let happened = Happened {
            published: day,
            captured: day,
            channel_ended: closed.transpose()?,
            ..Happened::default()
        };
        let DayOf::On(due) = row.row.copies.archive.day(&happened) else {
            continue;
        };
        if due > asked.question.until {
            continue;
        }
        let page = DuePage {
            n: found.get(0).map_err(Error::from)?,
            bag: BagId(value::uuid(found, "id").map_err(Error::from)?),
            account: &account,
            captured: &captured,
            due,
        };
        if each(row, &page)?.is_break() {
            break;
        }
    }
    Ok(())
}

impl ListPlan {
    /// The row that page captures of the account fall under, if any.
    pub fn page_capture_row(&self, account: &str) -> Option<&ListRow> {
        row_for(self, account)
    }
}

fn row_for<'a>(plan: &'a ListPlan, account: &str) -> Option<&'a ListRow> {
    let rule = plan.rules.iter().find(|rule| fits(rule, account))?;
    plan.rows.iter().find(|row| row.row.id == rule.row)
}

fn fits(rule: &Rule, account: &str) -> bool {
    let asks_for_more = !rule.visibilities.is_empty()
        || rule.own.is_some()
        || !rule.words.is_empty()
        || !rule.categories.is_empty();
    rule.kinds.contains(&RuleKind::PageCapture)
        && !asks_for_more
        && (rule.accounts.is_empty() || rule.accounts.iter().any(|a| a == account))
}
