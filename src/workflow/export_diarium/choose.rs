//! Which records go into a bundle, by themselves or with their threads, and which page shows each.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::ExportFault;
use super::pages::Shown;
use super::plan::{
    DiariumCase, DiariumPlan, Layout, PlannedAccount, PlannedHandling, PlannedRecord, With,
};
use crate::catalog::{self, Restricted};
use crate::policy::Policy;
use crate::record::{AccountId, BagId, RecordId};
use crate::workflow::removal::Case;
use crate::workflow::{Archive, Error, Handling, Handlingar, RemovalFault, Surroundings};

/// How the records were named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    Records(Vec<RecordId>),
    /// Those of a removal case.
    Removal(String),
    /// Those that a saved search finds, and that may be read by who asks.
    Search(String),
}

/// Chooses what a bundle is made of. `thread`: each record with all it belongs to, from the post on.
///
/// # Errors
/// [`ExportFault`]: nothing chosen, two committees, a record that `may` does not include; a record that is unknown,
/// destroyed or locked; those of the catalog.
#[allow(clippy::too_many_arguments)]
pub fn plan_diarium(
    archive: &Archive,
    policy: &Policy,
    case: DiariumCase,
    chosen: &Chosen,
    thread: bool,
    with: &[With],
    may: &Restricted,
    around: &Surroundings,
) -> Result<DiariumPlan, Error> {
    case.check()?;
    let (records, saved) = records_of(archive, policy, chosen, may, around)?;
    let mut planning = Planning {
        archive,
        may,
        records: Handlingar::of(archive)?,
        planned: HashSet::new(),
        committee: None,
        accounts: BTreeMap::new(),
        handlingar: Vec::new(),
        shown: Shown::default(),
    };
    for record in records {
        match thread {
            true => planning.add_thread(record)?,
            false => planning.add(record)?,
        }
    }
    let mut handlingar = planning.handlingar;
    if with.contains(&With::Page) {
        planning.shown.find(archive, &mut handlingar, &saved)?;
    }
    let case = case.trimmed();
    if let DiariumCase::Number(number) = &case {
        for record in handlingar.iter_mut().flat_map(|h| &mut h.records) {
            record.register(number);
        }
    }
    let committee = planning.committee.unwrap_or_default();
    let mut with = with.to_vec();
    with.dedup();
    Ok(DiariumPlan {
        organisation: around.organisation.clone(),
        organisation_number: around.organisation_number.clone(),
        committee,
        case,
        layout: Layout::default(),
        with,
        accounts: planning.accounts,
        handlingar,
    })
}

/// The records that were named, and the pages that were saved of them on purpose.
fn records_of(
    archive: &Archive,
    policy: &Policy,
    chosen: &Chosen,
    may: &Restricted,
    around: &Surroundings,
) -> Result<(Vec<RecordId>, HashMap<RecordId, BagId>), Error> {
    let mut saved = HashMap::new();
    let (records, none) = match chosen {
        Chosen::Records(records) => (records.clone(), "no record is named".to_owned()),
        Chosen::Search(name) => {
            let found = archive.catalog().records_of_search(name, may)?;
            (found, format!("search {name:?} finds no record"))
        }
        Chosen::Removal(name) => {
            let case = Case::named(&archive.catalog(), policy, name, (around.now)())?;
            let objects = case.objects.iter().map(|o| &o.object);
            let with_record = objects.filter_map(|o| Some((o.record.as_ref()?.record, o.page)));
            let all: Vec<_> = with_record.collect();
            saved.extend(
                all.iter()
                    .filter_map(|(r, page)| Some((*r, page.as_ref()?.0))),
            );
            let designation = &case.removal.designation;
            let none = format!(
                "removal case {designation} has no record: what it is about was never captured"
            );
            (all.into_iter().map(|(r, _)| r).collect(), none)
        }
    };
    match records.is_empty() {
        true => Err(ExportFault::Nothing(none).into()),
        false => Ok((records, saved)),
    }
}

struct Planning<'a> {
    archive: &'a Archive,
    may: &'a Restricted,
    records: Handlingar<'a>,
    planned: HashSet<RecordId>,
    committee: Option<String>,
    accounts: BTreeMap<AccountId, PlannedAccount>,
    handlingar: Vec<PlannedHandling>,
    shown: Shown,
}

impl Planning<'_> {
    fn read(&mut self, record: RecordId) -> Result<Handling, Error> {
        let handling = self.records.read(record)?;
        let committee = handling.committee();
        match &self.committee {
            Some(first) if first != committee => {
                return Err(ExportFault::TwoCommittees {
                    record,
                    first: first.clone(),
                    other: committee.to_owned(),
                }
                .into());
            }
            Some(_) => {}
            None => self.committee = Some(committee.to_owned()),
        }
        if handling.is_restricted() && !self.may.includes(committee) {
            return Err(ExportFault::Restricted(record).into());
        }
        Ok(handling)
    }

    fn keep_account(&mut self, handling: &Handling) {
        let account = &handling.account;
        self.accounts
            .entry(account.id.clone())
            .or_insert_with(|| PlannedAccount {
                name: handling.account_name.clone(),
                platform: account.platform,
                address: account.address.clone(),
            });
    }

    /// A record on its own, with what it answers in brief.
    fn add(&mut self, record: RecordId) -> Result<(), Error> {
        if !self.planned.insert(record) {
            return Ok(());
        }
        let handling = self.read(record)?;
        self.alone(&handling)
    }

    fn alone(&mut self, handling: &Handling) -> Result<(), Error> {
        self.keep_account(handling);
        let restricted = handling.is_restricted();
        let answers = match handling.details.parent {
            None => None,
            Some(parent) => self.standing(parent)?,
        };
        // What was not public never stands in a document for the public, not even to be answered.
        let answers = answers.filter(|above| restricted || !above.is_restricted());
        self.shown.seek(self.handlingar.len(), handling);
        self.handlingar.push(PlannedHandling {
            records: vec![PlannedRecord::of(handling, 0)],
            answers: answers.map(|above| PlannedRecord::of(&above, 0)),
            page: None,
        });
        Ok(())
    }

    /// The record, if it still stands and nothing of it is locked.
    fn standing(&mut self, record: RecordId) -> Result<Option<Handling>, Error> {
        match self.records.read(record) {
            Ok(handling) => Ok(Some(handling)),
            Err(Error::Catalog(
                catalog::Error::Destroyed { .. }
                | catalog::Error::RecordLocked { .. }
                | catalog::Error::NoRecord(_),
            )) => Ok(None),
            Err(Error::Removal(fault)) if matches!(*fault, RemovalFault::BagLocked { .. }) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The whole talk that a record belongs to. What was not public goes by itself, so that the rest stays public.
    fn add_thread(&mut self, record: RecordId) -> Result<(), Error> {
        if self.planned.contains(&record) {
            return Ok(());
        }
        // Known and readable, whatever else there is.
        let mut top = self.read(record)?;
        let mut passed = HashSet::from([record]);
        while let Some(parent) = top.details.parent {
            if !passed.insert(parent) {
                break;
            }
            match self.standing(parent)? {
                Some(above) => top = above,
                None => break,
            }
        }
        let thread = self.archive.catalog().thread(top.record())?;
        let mut open: Vec<PlannedRecord> = Vec::new();
        let mut apart = Vec::new();
        for (id, depth) in thread {
            if self.planned.contains(&id) {
                continue;
            }
            let one = self.read(id)?;
            self.planned.insert(id);
            if one.is_restricted() {
                apart.push(one);
                continue;
            }
            self.keep_account(&one);
            if open.is_empty() {
                self.shown.seek(self.handlingar.len(), &one);
            }
            open.push(PlannedRecord::of(&one, depth));
        }
        if let Some(shallowest) = open.iter().map(|r| r.depth).min() {
            for record in &mut open {
                record.depth -= shallowest;
            }
            self.handlingar.push(PlannedHandling {
                records: open,
                answers: None,
                page: None,
            });
        }
        for one in apart {
            self.alone(&one)?;
        }
        Ok(())
    }
}
