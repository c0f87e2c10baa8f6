//! A gallring: the question that makes its list, the list's digest, and the decision it rests on.
//!
//! The list is not kept until the first of it goes. It is made anew from the same question, in the same order, and is
//! the same list when its digest is the same.

use std::fmt;
use std::io::Write as _;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Inquiry, PlanDecision, RowId};
use crate::record::{BagId, Digest, RecordId};

/// Where something is to be destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// arkivd's own copy.
    Archive,
    /// The platform: people do it, by a work list.
    Medium,
}

/// What a gallring asks for. Of one committee, which stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub place: Place,
    /// Due on this Swedish day or before.
    pub until: NaiveDate,
    /// Only these rows of the plan; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowId>,
    /// These records and no others, by a decision of its own outside a plan; empty: by the plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordId>,
    /// With page captures, where the plan says that they go.
    #[serde(default)]
    pub pages: bool,
}

/// What stands on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Listed {
    Record(RecordId),
    /// The bag of a page capture.
    Page(BagId),
}

/// A row of one version of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CitedRow<'a> {
    /// SHA-256 of the plan's file.
    pub plan: Digest,
    pub row: &'a RowId,
}

/// One thing that is to go, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListLine<'a> {
    pub what: Listed,
    /// `None`: by a decision of its own.
    pub row: Option<CitedRow<'a>>,
    pub due: Option<NaiveDate>,
}

/// What keeps something from going, though its day has come.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hinder {
    /// A hold, by its number.
    Hold(i64),
    /// An open removal case, by its designation.
    Removal(String),
    /// A police report in a removal case, by the case's designation.
    PoliceReport(String),
    /// Its plan is no decision: it lacks one, or its committee, or who is gallringsansvarig.
    NoDecision,
    /// Its plan is decided, and does not hold yet.
    NotInForce,
    /// Its row says that it is kept.
    Preserved,
    /// It is another committee's: one gallring never spans two.
    OtherCommittee,
    /// The arkivmyndighet has received it, and decides on it: only a decision of its own takes arkivd's copy.
    Delivered,
}

/// The digest of a list: SHA-256 over its lines in their order, made as they come.
pub struct ListDigest {
    hash: Sha256,
    buffer: Vec<u8>,
    group: Option<Option<(Digest, RowId)>>,
    records: u64,
    pages: u64,
}

/// What a list comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListSum {
    pub records: u64,
    /// Page captures.
    pub pages: u64,
    pub digest: Digest,
}

/// What a gallring rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum GallringDecision {
    /// The committee's decided plan is the decision; who it names carries it out.
    Plan {
        /// Each version that a line of the list rests on.
        plans: Vec<CitedPlan>,
        gallringsansvarig: String,
    },
    /// Outside a plan.
    Own(OwnDecision),
    /// Suspected child abuse material: the police's instruction, which alone goes before every hold.
    Police(PoliceInstruction),
}

/// The police's instruction to erase what an emergency locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoliceInstruction {
    /// The removal case: `OI 2026:17`.
    pub case: String,
    /// The police's own reference of the instruction.
    pub reference: String,
    /// Who gave it.
    pub by: String,
    pub date: NaiveDate,
    /// The references of the reports to the police.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<String>,
    /// The Swedish day from which the archive held it: backups of that day and later are concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<NaiveDate>,
}

/// A decided plan that a list rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CitedPlan {
    /// Of the plan's file.
    pub sha256: Digest,
    pub title: String,
    pub decision: PlanDecision,
}

/// A decision about these records alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnDecision {
    /// The committee, or by delegation whom.
    pub by: String,
    pub date: NaiveDate,
    /// `§ 12`
    pub paragraph: String,
    /// The diarienummer of the decision.
    pub reference: String,
    /// The § of the delegationsordning, where it was delegated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegation: Option<String>,
    /// The four questions of the gallringsutredning.
    pub inquiry: Inquiry,
}

/// How far a gallring has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GallringState {
    Proposed,
    Approved,
    /// Its list is written down, and its bags get successors.
    Executing,
    /// What it destroys is being erased.
    Erasing,
    Executed,
    Withdrawn,
    /// Of an emergency: what it names is locked until the police say what becomes of it.
    Locked,
}

impl Place {
    pub const ALL: [Self; 2] = [Self::Archive, Self::Medium];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::Medium => "medium",
        }
    }
}

impl GallringState {
    pub const ALL: [Self; 7] = [
        Self::Proposed,
        Self::Approved,
        Self::Executing,
        Self::Erasing,
        Self::Executed,
        Self::Withdrawn,
        Self::Locked,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Executing => "executing",
            Self::Erasing => "erasing",
            Self::Executed => "executed",
            Self::Withdrawn => "withdrawn",
            Self::Locked => "locked",
        }
    }
}

impl Hinder {
    /// Its word in JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Hold(_) => "hold",
            Self::Removal(_) => "removal",
            Self::PoliceReport(_) => "police-report",
            Self::NoDecision => "no-decision",
            Self::NotInForce => "not-in-force",
            Self::Preserved => "preserved",
            Self::OtherCommittee => "other-committee",
            Self::Delivered => "delivered",
        }
    }
}

impl fmt::Display for Hinder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hold(n) => write!(f, "hold {n}"),
            Self::Removal(case) => write!(f, "removal {case} is open"),
            Self::PoliceReport(case) => write!(f, "removal {case} was reported to the police"),
            Self::NoDecision => f.write_str("its plan is not decided"),
            Self::NotInForce => f.write_str("its plan is not in force yet"),
            Self::Preserved => f.write_str("its row says that it is kept"),
            Self::OtherCommittee => f.write_str("it is another committee's"),
            Self::Delivered => f.write_str("the arkivmyndighet has received it, and decides on it"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for GallringState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Hashed in pieces of this size: a call for each line costs more than the hash.
const PIECE: usize = 32 << 10;

impl ListDigest {
    /// Begins a list of that committee. Two questions that ask for different things, or of two committees, never have
    /// the same digest, even where both lists are empty.
    pub fn new(committee: &str, question: &Question) -> Self {
        let mut digest = Self {
            hash: Sha256::new(),
            buffer: Vec::with_capacity(PIECE + 256),
            group: None,
            records: 0,
            pages: 0,
        };
        let Question { place, until, .. } = question;
        let length = committee.len();
        digest.write(format_args!(
            "arkivd gallring list 1\ncommittee {length} {committee}\nplace {place}\nuntil {until}\n"
        ));
        digest
    }

    /// The next line.
    pub fn add(&mut self, line: &ListLine<'_>) {
        let same = match (&self.group, line.row) {
            (Some(None), None) => true,
            (Some(Some((plan, row))), Some(cited)) => *plan == cited.plan && row == cited.row,
            _ => false,
        };
        if !same {
            match line.row {
                None => self.write(format_args!("own decision\n")),
                Some(cited) => self.write(format_args!(
                    "row {} {} {}\n",
                    cited.plan,
                    cited.row.as_str().len(),
                    cited.row
                )),
            }
            self.group = Some(line.row.map(|cited| (cited.plan, cited.row.clone())));
        }
        let (word, id) = match line.what {
            Listed::Record(id) => {
                self.records += 1;
                ("record ", id.0)
            }
            Listed::Page(id) => {
                self.pages += 1;
                ("page ", id.0)
            }
        };
        self.buffer.extend_from_slice(word.as_bytes());
        let mut letters = [0; uuid::fmt::Hyphenated::LENGTH];
        let id = id.hyphenated().encode_lower(&mut letters);
        self.buffer.extend_from_slice(id.as_bytes());
        match line.due {
            // Days since year 1: written as a date, it would cost more than all else.
            Some(due) => {
                use chrono::Datelike as _;
                self.write(format_args!(" {}\n", due.num_days_from_ce()));
            }
            None => self.buffer.push(b'\n'),
        }
        if self.buffer.len() >= PIECE {
            self.hash.update(&self.buffer);
            self.buffer.clear();
        }
    }

    pub fn finish(mut self) -> ListSum {
        let (records, pages) = (self.records, self.pages);
        self.write(format_args!("end {records} {pages}\n"));
        self.hash.update(&self.buffer);
        ListSum {
            records,
            pages,
            digest: Digest(self.hash.finalize().into()),
        }
    }

    fn write(&mut self, text: fmt::Arguments<'_>) {
        // Writing into memory does not fail.
        let _ = self.buffer.write_fmt(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn question(until: &str) -> Question {
        Question {
            place: Place::Archive,
            until: until.parse().unwrap(),
            rows: vec![],
            records: vec![],
            pages: false,
        }
    }

    fn sum(committee: &str, question: &Question, lines: &[ListLine<'_>]) -> ListSum {
        let mut digest = ListDigest::new(committee, question);
        lines.iter().for_each(|line| digest.add(line));
        digest.finish()
    }

    #[test]
    fn a_list_has_one_digest_and_all_that_it_says_counts() {
        let rows: Vec<RowId> = ["1", "2"].map(|r| r.to_owned().try_into().unwrap()).into();
        let plan = Digest::of(b"plan");
        let line = |n: u128, row: usize, due: &str| ListLine {
            what: Listed::Record(RecordId(Uuid::from_u128(n))),
            row: Some(CitedRow {
                plan,
                row: &rows[row],
            }),
            due: Some(due.parse().unwrap()),
        };
        let asked = question("2026-11-21");
        let lines = [line(1, 0, "2026-01-01"), line(2, 0, "2026-01-02")];
        let whole = sum("Kommunstyrelsen", &asked, &lines);
        assert_eq!(whole, sum("Kommunstyrelsen", &asked, &lines));
        assert_eq!((whole.records, whole.pages), (2, 0));
        let page = ListLine {
            what: Listed::Page(BagId(Uuid::from_u128(2))),
            ..lines[1]
        };
        let own = ListLine {
            row: None,
            due: None,
            ..lines[1]
        };
        let other = CitedRow {
            plan: Digest::of(b"other"),
            row: &rows[0],
        };
        let of_other = ListLine {
            row: Some(other),
            ..lines[1]
        };
        for changed in [
            vec![lines[0]],
            vec![lines[1], lines[0]],
            vec![lines[0], line(2, 1, "2026-01-02")],
            vec![lines[0], line(2, 0, "2026-01-03")],
            vec![lines[0], page],
            vec![lines[0], own],
            vec![lines[0], of_other],
        ] {
            let told = sum("Kommunstyrelsen", &asked, &changed);
            assert_ne!(told.digest, whole.digest, "{changed:?}");
        }
        let of = |committee: &str, asked: &Question| sum(committee, asked, &[]).digest;
        let empty = of("Kommunstyrelsen", &asked);
        assert_ne!(of("Socialnämnden", &asked), empty);
        assert_ne!(of("Kommunstyrelsen", &question("2026-11-22")), empty);
        let medium = Question {
            place: Place::Medium,
            ..asked
        };
        assert_ne!(of("Kommunstyrelsen", &medium), empty);
    }

    #[test]
    fn a_decision_is_kept_as_json_and_read_again() {
        let own = GallringDecision::Own(OwnDecision {
            by: "Kommunstyrelsen".into(),
            date: "2026-11-21".parse().unwrap(),
            paragraph: "§ 12".into(),
            reference: "KS 2026/12".into(),
            delegation: None,
            inquiry: Inquiry {
                rattskipning: "Nej".into(),
                verksamhet: "Nej".into(),
                forskning: "Nej".into(),
                kulturarv: "Nej".into(),
            },
        });
        let text = serde_json::to_string(&own).unwrap();
        assert!(text.contains("\"kind\":\"own\""), "{text}");
        assert_eq!(
            serde_json::from_str::<GallringDecision>(&text).unwrap(),
            own
        );
    }
}
