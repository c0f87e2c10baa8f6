//! What a bundle is made of: kept with the export, and enough to make it again. No words of records stand in it, for it
//! outlives them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::ExportFault;
use super::address::Fingerprint;
use crate::catalog::Exported;
use crate::record::{AccountId, BagId, GapReason, Platform, RecordId};
use crate::workflow::{Error, HandedMedium, Handling, Handlingar};

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

    /// With one space between words.
    pub(super) fn trimmed(self) -> Self {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        match self {
            Self::Number(number) => Self::Number(plain(&number)),
            Self::New(title) => Self::New(plain(&title)),
        }
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

/// What a bundle is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiariumPlan {
    pub(super) organisation: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) organisation_number: Option<String>,
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
    pub(super) fn of(handling: &Handling, depth: usize) -> Self {
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
    pub(super) fn register(&mut self, number: &str) {
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
