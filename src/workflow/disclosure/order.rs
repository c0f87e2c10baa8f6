//! What a disclosure is made of: enough to make it again with the same bytes, and no word of any record.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::local_date;
use crate::catalog::{DisclosureDecision, DisclosureMask};
use crate::record::{AccountId, DisclosureId, Kind, RecordId};

use super::DisclosureCase;
use super::reason::Reasons;
use super::screen::Shown;

/// How what is asked for is handed out (TF 2 kap. 15-16 §§). Nobody has a right to the digital form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Form {
    #[serde(rename = "på-stället")]
    OnTheSpot,
    #[serde(rename = "papper")]
    Paper,
    #[serde(rename = "digitalt")]
    Digital,
}

impl Form {
    pub const ALL: [Self; 3] = [Self::OnTheSpot, Self::Paper, Self::Digital];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnTheSpot => "på-stället",
            Self::Paper => "papper",
            Self::Digital => "digitalt",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Form {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let said = text.trim().to_lowercase();
        let same = |form: &&Self| {
            form.as_str() == said || said == "pa-stallet" && **form == Self::OnTheSpot
        };
        let found = Self::ALL.iter().find(same).copied();
        found.ok_or_else(|| "there are på-stället, papper and digitalt".to_owned())
    }
}

/// A disclosure to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    pub(super) disclosure: DisclosureId,
    pub(super) designation: String,
    pub(super) registered: Option<String>,
    pub(super) organisation: String,
    pub(super) committee: String,
    pub(super) form: Form,
    /// All versions of each record, not the newest alone.
    pub(super) versions: bool,
    /// Films, sounds and documents of masked records too: a person has gone through them.
    pub(super) attachments: bool,
    pub(super) given: Vec<Given>,
    pub(super) withheld: Vec<Withheld>,
    /// Records that are no longer in the archive, or may not be read.
    pub(super) gone: u64,
    /// Pages of screens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) screens: Vec<Shown>,
    /// What the accounts were called.
    #[serde(default)]
    pub(super) accounts: BTreeMap<AccountId, String>,
}

/// A record that is handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    pub(super) record: RecordId,
    /// So many versions it had.
    pub(super) version: u32,
    /// Numbers of its masks.
    pub(super) masks: Vec<i64>,
}

/// A record that is not, as the requester is told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Withheld {
    pub(super) kind: Kind,
    pub(super) day: Option<NaiveDate>,
    pub(super) provision: Option<String>,
    /// Without what is masked; exports of older versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

impl Order {
    /// How many versions of a record are handed out.
    pub(super) fn versions_of(&self, record: RecordId) -> Option<u32> {
        let mut given = self.given.iter();
        given.find(|g| g.record == record).map(|g| g.version)
    }

    /// The request as it stands now.
    pub(super) fn of(
        case: &DisclosureCase,
        masks: &[DisclosureMask],
        reasons: &Reasons,
        organisation: &str,
        form: Form,
    ) -> Self {
        let decided = |what: DisclosureDecision| {
            let stand = case.records.iter().filter(|r| !r.gone);
            stand.filter(move |r| r.decided() == Some(what))
        };
        let given = case.records.iter().filter(|r| !r.gone);
        let given = given.filter(|r| r.decided().is_some_and(DisclosureDecision::is_given));
        let of = |record: RecordId| {
            masks
                .iter()
                .filter(move |m| m.record == record)
                .map(|m| m.number)
        };
        Self {
            disclosure: case.row.id,
            designation: case.row.designation.clone(),
            registered: case.row.registered.clone(),
            organisation: organisation.to_owned(),
            committee: case.row.committee.clone(),
            form,
            versions: false,
            attachments: false,
            given: given
                .map(|r| Given {
                    record: r.record,
                    version: r.newest,
                    masks: of(r.record).collect(),
                })
                .collect(),
            withheld: decided(DisclosureDecision::Withhold)
                .map(|r| Withheld {
                    kind: r.kind,
                    day: r.published.map(|at: DateTime<Utc>| local_date(at)),
                    provision: r.provision.clone(),
                    reason: r.reason.as_deref().map(|reason| reasons.told(reason)),
                })
                .collect(),
            gone: case.records.iter().filter(|r| r.gone).count() as u64,
            screens: Vec::new(),
            accounts: BTreeMap::new(),
        }
    }
}
