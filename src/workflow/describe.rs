//! Drafts of a committee's arkivbeskrivning and arkivförteckning (arkivlagen 1990:782, 6 §; OSL 2009:400, 4 kap. 2 §).
//! What the program cannot know stands there as something to be filled in.

mod description;
mod list;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;

use self::list::{line_of, line_of_document};
use super::reports::typeset_document;
use super::{Archive, Error, Surroundings};
use crate::calendar::local_date;
use crate::catalog::{Inventory, ListPlan, plan_in_force};
use crate::pdfa::{Chapter, Report};
use crate::record::{Account, Block, Software, Span};

/// What is told of a committee's archive.
#[derive(Debug)]
pub struct Description {
    organisation: String,
    committee: String,
    made: DateTime<Utc>,
    accounts: Vec<(Account, String)>,
    plan: Option<ListPlan>,
    inventory: Inventory,
    /// Who can tell more, by name.
    contacts: Vec<String>,
    /// The förteckning, a line each.
    pub lines: Vec<SeriesLine>,
}

/// A series of the förteckning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeriesLine {
    /// `tibro-blogg/2`: the account's id, and a number that each kind of series has for ever. A lasting reference.
    pub signum: String,
    /// The account's id; `None`: protocols.
    pub account: Option<String>,
    pub title: String,
    pub from: chrono::NaiveDate,
    pub to: chrono::NaiveDate,
    /// Bags: the volumes.
    pub volumes: u64,
    pub files: u64,
    pub bytes: u64,
    /// `None` where bags hold something else than records.
    pub records: Option<u64>,
    /// The plan's rows that hold for it, with what they say.
    pub rows: Vec<String>,
}

/// Reads what is known of the committee's archive. `contacts`: who can tell more of it.
///
/// # Errors
/// Those of the catalog.
pub fn describe(
    archive: &Archive,
    committee: &str,
    contacts: Vec<String>,
    around: &Surroundings,
) -> Result<Description, Error> {
    let made = (around.now)();
    let today = local_date(made);
    let catalog = archive.catalog();
    let plans = catalog.list_plans(committee, today)?;
    let inventory = catalog.inventory(committee)?;
    // An account that moved to another committee has records here still.
    let held: BTreeSet<&str> = inventory
        .bags
        .iter()
        .filter_map(|s| s.account.as_ref())
        .chain(inventory.records.iter().map(|r| &r.account))
        .map(|id| id.as_str())
        .collect();
    let mut accounts = Vec::new();
    for account in catalog.accounts()? {
        if account.committee == committee || held.contains(account.id.as_str()) {
            let name = catalog.account_name(&account.id)?;
            let name = name.unwrap_or_else(|| account.id.to_string());
            accounts.push((account, name));
        }
    }
    let plan = plan_in_force(&plans, today).cloned();
    let mut lines = Vec::new();
    for (account, name) in &accounts {
        let series = inventory
            .bags
            .iter()
            .filter(|s| s.account.as_ref() == Some(&account.id));
        let mut own: Vec<_> = series
            .map(|series| line_of(series, name, &inventory, &plans, plan.as_ref()))
            .collect();
        own.sort_by(|a, b| a.signum.cmp(&b.signum));
        lines.extend(own);
    }
    lines.extend(inventory.documents.iter().map(line_of_document));
    Ok(Description {
        organisation: around.organisation.clone(),
        committee: committee.to_owned(),
        made,
        accounts,
        plan,
        inventory,
        contacts,
        lines,
    })
}

impl Description {
    /// arkivbeskrivning.pdf
    ///
    /// # Errors
    /// When it cannot be typeset, or does not conform.
    pub fn description_pdf(&self) -> Result<Vec<u8>, Error> {
        let document = self.document(
            "Arkivbeskrivning",
            "Utkast enligt 6 § arkivlagen och 4 kap. 2 § offentlighets- och sekretesslagen",
            self.description(),
        );
        Ok(typeset_document(&document)?.bytes)
    }

    /// arkivförteckning.pdf
    ///
    /// # Errors
    /// As [`Description::description_pdf`].
    pub fn list_pdf(&self) -> Result<Vec<u8>, Error> {
        let document = self.document(
            "Arkivförteckning",
            "Utkast enligt 6 § arkivlagen",
            vec![self.list()],
        );
        Ok(typeset_document(&document)?.bytes)
    }

    /// Both in one document.
    ///
    /// # Errors
    /// As [`Description::description_pdf`].
    pub fn whole_pdf(&self) -> Result<Vec<u8>, Error> {
        let mut chapters = self.description();
        chapters.push(self.list());
        let document = self.document(
            "Arkivbeskrivning och arkivförteckning",
            "Utkast enligt 6 § arkivlagen och 4 kap. 2 § offentlighets- och sekretesslagen",
            chapters,
        );
        Ok(typeset_document(&document)?.bytes)
    }

    fn document(&self, title: &str, kind: &str, chapters: Vec<Chapter>) -> Report {
        let bags: u64 = self.lines.iter().map(|l| l.volumes).sum();
        let records: u64 = self.inventory.records.iter().map(|r| r.records).sum();
        Report {
            organisation: self.organisation.clone(),
            committee: self.committee.clone(),
            title: title.to_owned(),
            kind: kind.to_owned(),
            made: self.made,
            software: Software::this(),
            facts: vec![
                ("Arkivbildare".to_owned(), self.committee.clone()),
                (
                    "Avser".to_owned(),
                    "Handlingar från sociala medier".to_owned(),
                ),
                ("Konton".to_owned(), self.accounts.len().to_string()),
                ("Handlingar".to_owned(), records.to_string()),
                ("Arkivpaket".to_owned(), bags.to_string()),
            ],
            chapters,
        }
    }
}

/// What only people know.
fn to_fill_in(what: &str) -> Block {
    Block::Quote {
        spans: vec![Span::plain(format!("ATT FYLLA I: {what}"))],
    }
}

fn text(words: &str) -> Block {
    Block::Paragraph {
        spans: vec![Span::plain(words)],
    }
}

fn point(words: &str) -> Block {
    Block::ListItem {
        depth: 0,
        number: None,
        spans: vec![Span::plain(words)],
    }
}

fn row(header: bool, cells: impl IntoIterator<Item = String>) -> Block {
    Block::TableRow {
        header,
        cells: cells.into_iter().map(|c| vec![Span::plain(&c)]).collect(),
    }
}
