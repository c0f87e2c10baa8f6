//! Reports: what editors owe, a line a thing. A report states by which rule it was made, streams its rows, and sums up.

mod activity;
mod alt_text;
mod changes;
mod identity;
mod information;
mod letter;
mod open_questions;
mod oversight;
mod paper;
mod reading;
mod review;
mod sheet;
mod unanswered;

use std::ops::ControlFlow;

use chrono::{DateTime, Datelike as _, Days, NaiveDate, Utc};

pub(super) use paper::typeset_document;
pub use paper::{Paper, typeset};
pub use sheet::{Cell, Column, Head, Sheet, Stated, Tail, Total};

use super::{Archive, Error, Surroundings};
use crate::calendar::{day_begins, local_date};
use crate::catalog::{AccountState, ReportFilter, Restricted};
use crate::policy::Policy;
use crate::record::AccountId;

/// The reports there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportName {
    Unanswered,
    Activity,
    Oversight,
    Changes,
    Information,
    AltText,
    Letter,
    /// What may have lost its use (TIB-12).
    Review,
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct ReportRequest {
    pub account: Option<AccountId>,
    pub committee: Option<String>,
    /// The first Swedish day.
    pub from: Option<NaiveDate>,
    /// The last Swedish day.
    pub to: Option<NaiveDate>,
    pub limit: Option<usize>,
    /// Which of the records that are not public the reader may see.
    pub restricted: Restricted,
}

/// Writes a report onto a sheet.
///
/// # Errors
/// When the account is not registered, the catalog cannot be read, or a file of rules does not say what it must;
/// [`Error::BrokenOff`] when the sheet takes no more.
pub fn write_report(
    name: ReportName,
    archive: &Archive,
    policy: &Policy,
    request: &ReportRequest,
    around: &Surroundings,
    sheet: &mut dyn Sheet,
) -> Result<(), Error> {
    if let Some(id) = &request.account
        && archive.catalog().account(id)?.is_none()
    {
        return Err(crate::catalog::Error::NoAccount(id.clone()).into());
    }
    let mut writing = Writing {
        archive,
        policy,
        request,
        organisation: &around.organisation,
        now: (around.now)(),
        sheet,
    };
    match name {
        ReportName::Unanswered => writing.unanswered(),
        ReportName::Activity => writing.activity(),
        ReportName::Oversight => writing.oversight(),
        ReportName::Changes => writing.changes(),
        ReportName::Information => writing.information(),
        ReportName::AltText => writing.alt_text(),
        ReportName::Letter => writing.letter(),
        ReportName::Review => writing.review(),
    }
}

/// One report in the making.
struct Writing<'a> {
    archive: &'a Archive,
    policy: &'a Policy,
    request: &'a ReportRequest,
    organisation: &'a str,
    now: DateTime<Utc>,
    sheet: &'a mut dyn Sheet,
}

impl Writing<'_> {
    /// The records asked for, in the days asked for.
    fn filter(&self) -> ReportFilter {
        ReportFilter {
            account: self.request.account.clone(),
            committee: self.request.committee.clone(),
            restricted: self.request.restricted.clone(),
            from: self.request.from.map(day_begins),
            until: self
                .request
                .to
                .and_then(|day| day.checked_add_days(Days::new(1)))
                .map(day_begins),
        }
    }

    /// The accounts asked for, by id.
    fn accounts(&self) -> Result<Vec<AccountState>, Error> {
        let mut all = self.archive.catalog().account_states()?;
        all.retain(|state| {
            let (id, committee) = (&self.request.account, &self.request.committee);
            id.as_ref().is_none_or(|id| *id == state.account.id)
                && committee
                    .as_ref()
                    .is_none_or(|c| *c == state.account.committee)
                // A closed one is told of when it is asked for by name.
                && (state.closed.is_none() || id.is_some())
        });
        Ok(all)
    }

    fn today(&self) -> NaiveDate {
        local_date(self.now)
    }

    /// Begins the report; what narrows it is stated first.
    fn begin(&mut self, mut head: Head) -> Result<(), Error> {
        let mut narrowed = Vec::new();
        if let Some(committee) = &self.request.committee {
            narrowed.push(Stated::new(
                "committee",
                "Committee",
                "Nämnd",
                committee,
                committee,
            ));
        }
        if let Some(account) = &self.request.account {
            narrowed.push(Stated::new(
                "account",
                "Account",
                "Konto",
                account.as_str(),
                account.as_str(),
            ));
        }
        if self.request.restricted != Restricted::All {
            narrowed.push(Stated::new(
                "restricted",
                "Left out",
                "Utelämnat",
                "records that are not public and not yours to read",
                "handlingar som inte är offentliga och som läsaren inte får se",
            ));
        }
        narrowed.append(&mut head.stated);
        head.stated = narrowed;
        head.committee = self.request.committee.clone().unwrap_or_default();
        head.made = self.now;
        taken(self.sheet.head(&head))
    }

    fn row(&mut self, row: Vec<Cell>) -> Result<(), Error> {
        taken(self.sheet.row(row))
    }

    fn end(&mut self, tail: &Tail) -> Result<(), Error> {
        taken(self.sheet.tail(tail))
    }
}

/// The Monday of the day's week.
fn monday_of(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.weekday().num_days_from_monday()))
}

fn taken(taken: ControlFlow<()>) -> Result<(), Error> {
    match taken {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::BrokenOff),
    }
}
