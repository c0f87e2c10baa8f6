//! A committee's dokumenthanteringsplan: its header, its rows and the rules that say which records a row is for.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Fate, Medium};
use crate::record::{Kind, Visibility};

/// The id of a row or a rule, such as `1.2` or `enkla-fragor`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RowId(String);

/// One version of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    pub header: Header,
    pub rows: Vec<PlanRow>,
    /// The first that fits a record decides.
    pub rules: Vec<Rule>,
}

/// Whose the plan is, and who decided it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Header {
    pub municipality: Option<String>,
    /// The arkivbildare; a template names none.
    pub committee: Option<String>,
    pub title: String,
    /// Absent in a template or a draft: nothing is destroyed by it.
    pub decision: Option<PlanDecision>,
    /// Who carries it out: approves the list of what goes (gallringsansvarig).
    pub gallringsansvarig: Option<String>,
    /// Consultation with the arkivmyndighet: when and how.
    pub samrad: Option<String>,
    pub valid_from: Option<NaiveDate>,
    /// The last day.
    pub valid_to: Option<NaiveDate>,
    pub owner: Option<String>,
}

/// The decision that makes a plan the gallringsbeslut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanDecision {
    /// The committee, or by delegation whom.
    pub by: String,
    pub date: NaiveDate,
    /// `§ 12`
    pub paragraph: String,
    /// The diarienummer of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The § of the delegationsordning, where it was delegated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegation: Option<String>,
}

/// Whether anything may be destroyed by a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It is a decision, and in force.
    Yes,
    /// No decision, no gallringsansvarig, or no committee is named.
    No,
    /// Its validity has not begun, or it is dated in days to come.
    NotYet,
    /// Its validity is over: what it says still holds, and someone is to be told.
    Past,
}

/// One handlingstyp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanRow {
    pub id: RowId,
    pub handlingstyp: String,
    pub description: Option<String>,
    /// What is done on the platform.
    pub medium: Medium,
    pub copies: Copies,
    /// When it is registered, in the plan's words: `alltid`, `vid behov`; `None` where the plan says nothing.
    pub registration: Option<String>,
    /// How soon it is dealt with, in the plan's words: `genast`.
    pub deadline: Option<String>,
    /// What the row rests on: `RA-FS 2021:6`.
    pub authority: Option<String>,
    /// The four questions of the gallringsutredning.
    pub inquiry: Option<Inquiry>,
    pub note: Option<String>,
    /// Where the words stand, as in policy.toml: `vara.txt:116-142`.
    pub source: Option<String>,
    pub quote: Option<String>,
    /// The line of the file it begins on, from 1.
    pub line: usize,
}

/// Which copy is the one that counts, and what becomes of arkivd's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Copies {
    pub archive: Fate,
    pub arkivexemplar: Arkivexemplar,
    /// What becomes of arkivd's copy once the record is registered; by [`Copies::archive`] where it is `None`.
    pub after_registration: Option<Fate>,
}

/// Where the copy is that is kept as the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arkivexemplar {
    Arkivd,
    Diarium,
}

/// What the gallringsutredning answers for a row: does destroying it harm these? An empty answer is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inquiry {
    pub rattskipning: String,
    pub verksamhet: String,
    pub forskning: String,
    pub kulturarv: String,
}

/// Which records a row is for. All that is given must fit; an empty list asks for nothing, but no kinds means records of
/// all kinds and no page captures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    pub id: RowId,
    pub row: RowId,
    pub accounts: Vec<String>,
    pub kinds: Vec<RuleKind>,
    pub visibilities: Vec<Visibility>,
    /// `true`: written by the municipality itself; `false`: by others.
    pub own: Option<bool>,
    /// Any of these words stands in title or text, whole and whatever its case; `*` at its end matches what goes on.
    pub words: Vec<String>,
    /// The record is in a removal case of one of these categories.
    pub categories: Vec<String>,
    /// Replies are what the post is (VAR-1).
    pub thread: bool,
    /// Why, in the committee's words.
    pub reason: Option<String>,
    pub line: usize,
}

/// What a rule may be for: the kinds of records, and captures of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RuleKind {
    Record(Kind),
    #[serde(rename = "page-capture")]
    PageCapture,
}

impl Copies {
    /// What holds for arkivd's copy, registered or not.
    pub fn fate(&self, registered: bool) -> Fate {
        match (registered, self.after_registration) {
            (true, Some(fate)) => fate,
            _ => self.archive,
        }
    }
}

impl Header {
    /// Whether the plan can be the gallringsbeslut on that day.
    pub fn decided(&self, today: NaiveDate) -> Decided {
        if self.decision.is_none() || self.committee.is_none() || self.gallringsansvarig.is_none() {
            return Decided::No;
        }
        let decided = self.decision.as_ref().map(|decision| decision.date);
        match (self.valid_from.max(decided), self.valid_to) {
            (Some(from), _) if today < from => Decided::NotYet,
            (_, Some(to)) if today > to => Decided::Past,
            _ => Decided::Yes,
        }
    }
}

impl Inquiry {
    /// True when all four questions are answered.
    pub fn is_answered(&self) -> bool {
        let Self {
            rattskipning,
            verksamhet,
            forskning,
            kulturarv,
        } = self;
        [rattskipning, verksamhet, forskning, kulturarv]
            .iter()
            .all(|answer| !answer.trim().is_empty())
    }
}

impl Rule {
    /// True for a rule for pages' captures. They are a handlingstyp of their own: only a rule that names them is theirs.
    pub fn takes_page_captures(&self) -> bool {
        self.kinds.contains(&RuleKind::PageCapture)
    }

    /// True for a rule that is for records of this kind; one that names no kind is for all kinds of records.
    pub fn takes_kind(&self, kind: Kind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&RuleKind::Record(kind))
    }
}

impl Plan {
    /// The rule that page captures of the account fall under, if any.
    pub fn page_capture_rule(&self, account: &str) -> Option<&Rule> {
        let fits =
            |rule: &&Rule| rule.accounts.is_empty() || rule.accounts.iter().any(|a| a == account);
        self.rules
            .iter()
            .filter(|rule| rule.takes_page_captures())
            .find(fits)
    }

    pub fn row(&self, id: &RowId) -> Option<&PlanRow> {
        self.rows.iter().find(|row| row.id == *id)
    }
}

impl RowId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RowId {
    type Err = String;
    fn from_str(id: &str) -> Result<Self, String> {
        id.to_owned().try_into()
    }
}

impl Arkivexemplar {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arkivd => "arkivd",
            Self::Diarium => "diarium",
        }
    }
}

impl FromStr for Arkivexemplar {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "arkivd" => Ok(Self::Arkivd),
            "diarium" => Ok(Self::Diarium),
            _ => Err(format!("{text:?} is not one of: arkivd, diarium")),
        }
    }
}

impl RuleKind {
    pub const ALL: [Self; 5] = [
        Self::Record(Kind::Post),
        Self::Record(Kind::Page),
        Self::Record(Kind::Comment),
        Self::Record(Kind::Message),
        Self::PageCapture,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Record(kind) => kind.as_str(),
            Self::PageCapture => "page-capture",
        }
    }
}

impl FromStr for RuleKind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| {
            let all = Self::ALL.map(Self::as_str).join(", ");
            format!("{text:?} is not one of: {all}")
        })
    }
}

impl TryFrom<String> for RowId {
    type Error = String;
    fn try_from(id: String) -> Result<Self, String> {
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        if id.is_empty() || id.chars().count() > 40 || !id.chars().all(fits) {
            return Err(format!(
                "id {id:?} is not letters, digits, '.', '-' and '_', at most 40 of them"
            ));
        }
        Ok(Self(id))
    }
}

impl From<RowId> for String {
    fn from(id: RowId) -> Self {
        id.0
    }
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
