//! What a bundle is made of: chosen once, kept with the export, and enough to make it again. No words of records stand in
//! it, for it outlives them.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::ExportFault;
use super::address::Fingerprint;
use super::pages::Shown;
use crate::catalog::{self, Exported, Restricted};
use crate::policy::Policy;
use crate::record::{AccountId, BagId, GapReason, Platform, RecordId};
use crate::workflow::removal::Case;
use crate::workflow::{
    Archive, Error, HandedMedium, Handling, Handlingar, RemovalFault, Surroundings,
};

/// Letters of a case number or of a title.
const LONGEST_NUMBER: usize = 100;
const LONGEST_TITLE: usize = 200;

/// The case that the records go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiariumCase {
    /// One that is there: its diarienummer.
    Number(String),
    /// One that is to be opened: its ärendemening.
    New(String),
}

impl DiariumCase {
    /// # Errors
    /// [`ExportFault::Words`] for what is empty, too long or not one line.
    pub fn check(&self) -> Result<(), ExportFault> {
        let (what, given, longest) = match self {
            Self::Number(number) => ("diarienummer", number, LONGEST_NUMBER),
            Self::New(title) => ("ärendemening", title, LONGEST_TITLE),
        };
        let problem = if given.trim().is_empty() {
            "it is empty"
        } else if given.chars().any(char::is_control) {
            "it is not one line"
        } else if given.chars().count() > longest {
            "it is too long"
        } else {
            return Ok(());
        };
        Err(ExportFault::Words {
            what,
            given: given.clone(),
            problem,
        })
    }
}

/// How the bundle is put together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// A bag (RFC 8493).
    #[default]
    Bagit,
    /// E-ARK SIP, which FGS Paketstruktur 2.0 is.
    EarkSip,
}

impl Layout {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bagit => "bagit",
            Self::EarkSip => "eark-sip",
        }
    }
}

/// What goes along beside the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum With {
    /// The captured page: its screen, as the browser prints it, and its text.
    Page,
    /// What each version says, as JSON whose digest is the catalog's.
    Raw,
}

/// How the records were named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    Records(Vec<RecordId>),
    /// Those of a removal case.
    Removal(String),
    /// Those that a saved search finds.
    Search(String),
}

/// What a bundle is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiariumPlan {
    pub(super) organisation: String,
    pub committee: String,
    pub case: DiariumCase,
    #[serde(default)]
    pub layout: Layout,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) with: Vec<With>,
    /// As they were told then: a register changes.
    pub(super) accounts: BTreeMap<AccountId, PlannedAccount>,
    pub(super) handlingar: Vec<PlannedHandling>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PlannedAccount {
    pub(super) name: String,
    pub(super) platform: Platform,
    pub(super) address: Url,
}

/// One document of the bundle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PlannedHandling {
    /// In reading order; the first is what it is registered as.
    pub(super) records: Vec<PlannedRecord>,
    /// What the first answers, told in brief.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) answers: Option<PlannedRecord>,
    /// The page capture that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) page: Option<BagId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PlannedRecord {
    pub(super) record: RecordId,
    #[serde(default)]
    pub(super) depth: usize,
    /// The newest version that stands in it.
    pub(super) version: u32,
    pub(super) own: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) registered: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) published: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<Fingerprint>,
    /// Media that could not be had then, though they may have come since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) missing: Vec<Lacking>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Lacking {
    version: u32,
    medium: usize,
    why: GapReason,
}

impl PlannedRecord {
    fn of(handling: &Handling, depth: usize) -> Self {
        let versions = handling.details.versions.iter().zip(&handling.media);
        let missing = versions.flat_map(|(version, media)| {
            media
                .iter()
                .enumerate()
                .filter_map(|(medium, held)| match held {
                    HandedMedium::Held(_) => None,
                    HandedMedium::Missing(why) => Some(Lacking {
                        version: version.number,
                        medium,
                        why: why.clone(),
                    }),
                })
        });
        Self {
            record: handling.record(),
            depth,
            version: handling.newest().map_or(0, |v| v.number),
            own: handling.own,
            registered: handling.registered.clone(),
            published: handling.details.line.published,
            address: Some(Fingerprint::of(
                handling.record(),
                handling.details.permalink.as_deref(),
            )),
            missing: missing.collect(),
        }
    }

    /// In this bundle it bears the number of the bundle's case, whatever others it has.
    fn register(&mut self, number: &str) {
        self.registered.retain(|other| other != number);
        self.registered.push(number.to_owned());
    }

    /// The record as it stood when the plan was made.
    ///
    /// # Errors
    /// Those of [`Handlingar::read`].
    pub(super) fn read(
        &self,
        records: &mut Handlingar<'_>,
        accounts: &BTreeMap<AccountId, PlannedAccount>,
    ) -> Result<Handling, Error> {
        let mut handling = records.read(self.record)?;
        let details = &mut handling.details;
        details.versions.retain(|v| v.number <= self.version);
        handling.media.truncate(details.versions.len());
        details.line.published = self.published;
        if let Some(newest) = details.versions.last() {
            let line = &mut details.line;
            line.visibility = newest.visibility;
            line.title.clone_from(&newest.content.title);
            line.author = newest.content.author.as_ref().map(|a| a.name.clone());
            line.text = newest.content.plain_text();
        }
        if let Some(address) = &self.address {
            address.restore(&mut handling, records)?;
        }
        handling.own = self.own;
        handling.registered.clone_from(&self.registered);
        for lacking in &self.missing {
            let place = handling
                .details
                .versions
                .iter()
                .position(|v| v.number == lacking.version);
            let medium = place
                .and_then(|place| handling.media.get_mut(place))
                .and_then(|media| media.get_mut(lacking.medium));
            if let Some(medium) = medium {
                *medium = HandedMedium::Missing(lacking.why.clone());
            }
        }
        if let Some(known) = accounts.get(&handling.account.id) {
            handling.account_name.clone_from(&known.name);
            handling.account.platform = known.platform;
            handling.account.address = known.address.clone();
        }
        Ok(handling)
    }
}

impl DiariumPlan {
    /// Records in all documents.
    pub(super) fn records(&self) -> usize {
        self.handlingar.iter().map(|h| h.records.len()).sum()
    }

    /// The records, with the versions that they stand as.
    pub(super) fn exported(&self) -> Vec<Exported> {
        let numbered = (1u32..).zip(&self.handlingar);
        let rows = numbered.flat_map(|(number, handling)| {
            handling.records.iter().map(move |r| Exported {
                record: r.record,
                version: r.version,
                number,
            })
        });
        rows.collect()
    }
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
    let (records, saved) = records_of(archive, policy, chosen, around)?;
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
    let case = trimmed(case);
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
        committee,
        case,
        layout: Layout::default(),
        with,
        accounts: planning.accounts,
        handlingar,
    })
}

fn trimmed(case: DiariumCase) -> DiariumCase {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    match case {
        DiariumCase::Number(number) => DiariumCase::Number(plain(&number)),
        DiariumCase::New(title) => DiariumCase::New(plain(&title)),
    }
}

/// The records that were named, and the pages that were saved of them on purpose.
fn records_of(
    archive: &Archive,
    policy: &Policy,
    chosen: &Chosen,
    around: &Surroundings,
) -> Result<(Vec<RecordId>, HashMap<RecordId, BagId>), Error> {
    let mut saved = HashMap::new();
    let (records, none) = match chosen {
        Chosen::Records(records) => (records.clone(), "no record is named".to_owned()),
        Chosen::Search(name) => {
            let found = archive.catalog().records_of_search(name)?;
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
