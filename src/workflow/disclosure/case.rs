//! A request as it stands: its records, its clock, and what is next.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::DisclosureSettings;
use super::not_given::not_given;
use crate::calendar::local_date;
use crate::catalog::{
    Catalog, DisclosureCounts, DisclosureRecord, DisclosureRow, DisclosureState, DisclosureStep,
    DisclosureWhat,
};
use crate::record::RecordId;
use crate::retention::disclosure::{Clock, Promptness, last_day_to_appeal};
use crate::workflow::{Archive, Attention, Error};

/// A request with all that is known of it.
#[derive(Debug, Clone)]
pub struct DisclosureCase {
    pub row: DisclosureRow,
    pub records: Vec<DisclosureRecord>,
    pub counts: DisclosureCounts,
    pub steps: Vec<DisclosureStep>,
    pub clock: Clock,
    pub appeal: Option<Appeal>,
    /// Records that were handed out without one of their files: the form holds no such file.
    pub not_given: Vec<RecordId>,
    /// What is not done yet, in the order it is done.
    pub lacks: Vec<DisclosureLack>,
}

/// How a decision stands that was served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Appeal {
    pub served: NaiveDate,
    /// The appeal must have reached the committee on this day.
    pub last_day: NaiveDate,
    pub appealed: Option<NaiveDate>,
    /// The court's word and its reference.
    pub outcome: Option<(DisclosureWhat, Option<String>)>,
}

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisclosureLack {
    /// So many records are not reviewed, or have changed since.
    Unreviewed(u64),
    /// So many may be handed out, and were not.
    NotDelivered(u64),
    /// Of so many a file was not handed out: the form holds no such file.
    NotGiven(u64),
    /// The requester was not told what is refused, or that there is nothing.
    NotAnswered,
    /// The requester may ask for the committee's own decision.
    MayAskDecision,
    NotServed,
    AppealRuns(NaiveDate),
    InCourt,
    /// The court changed the decision, and nothing was delivered since.
    CourtChanged,
}

impl DisclosureLack {
    /// Whether a person's reason is no ground to close before it: the records must be there for the court.
    pub fn is_of_appeal(self) -> bool {
        matches!(
            self,
            Self::NotServed | Self::AppealRuns(_) | Self::InCourt | Self::CourtChanged
        )
    }

    /// A line for who runs the command.
    pub fn english(self) -> String {
        match self {
            Self::Unreviewed(1) => "1 record is not reviewed".to_owned(),
            Self::Unreviewed(n) => format!("{n} records are not reviewed"),
            Self::NotDelivered(1) => "1 record may be handed out, and was not".to_owned(),
            Self::NotDelivered(n) => format!("{n} records may be handed out, and were not"),
            Self::NotGiven(1) => {
                "1 record was handed out without a file that the form does not hold".to_owned()
            }
            Self::NotGiven(n) => {
                format!("{n} records were handed out without files that the form does not hold")
            }
            Self::NotAnswered => "the requester was not told what is refused".to_owned(),
            Self::MayAskDecision => {
                "the requester may ask for a decision of the committee, which can be appealed (OSL 6:3)".to_owned()
            }
            Self::NotServed => "it is not noted when the requester got the decision".to_owned(),
            Self::AppealRuns(last) => format!("the decision can be appealed until {last}"),
            Self::InCourt => "the decision is appealed, and the court has not answered".to_owned(),
            Self::CourtChanged => "the court changed the decision, and nothing was delivered since".to_owned(),
        }
    }

    /// What to do about it.
    pub fn remedy(self, case: &str) -> String {
        match self {
            Self::Unreviewed(_) => format!(
                "read each (arkivd record show RECORD), then: arkivd disclosure review {case} RECORD.. --release, or --withhold \"21 kap. 7 §\" --reason \"…\", or arkivd disclosure mask"
            ),
            Self::NotDelivered(_) | Self::CourtChanged => {
                format!("arkivd disclosure deliver {case} --form på-stället|papper|digitalt")
            }
            Self::NotGiven(_) => format!(
                "arkivd disclosure deliver {case} --form digitalt -o utlämnande.zip; if the files were shown here: arkivd disclosure close {case} --reason \"visade på stället\""
            ),
            Self::NotAnswered => format!(
                "arkivd disclosure refuse {case} --answer; when it is sent: arkivd disclosure mark {case} answered=DAY"
            ),
            Self::MayAskDecision => format!(
                "if they ask for it: arkivd disclosure refuse {case} --decision; if not: arkivd disclosure close {case} --reason \"…\""
            ),
            Self::NotServed => format!("arkivd disclosure mark {case} served=DAY"),
            Self::AppealRuns(_) => format!(
                "if they appeal: arkivd disclosure mark {case} appealed=DAY; after that day: arkivd disclosure close {case}"
            ),
            Self::InCourt => {
                format!("arkivd disclosure mark {case} upheld=REFERENCE, or changed=REFERENCE")
            }
        }
    }
}

impl DisclosureCase {
    /// The request by its beteckning, id or diarienummer.
    ///
    /// # Errors
    /// As [`Catalog::disclosure`].
    pub fn named(
        catalog: &Catalog,
        name: &str,
        settings: &DisclosureSettings,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let row = catalog.disclosure(name)?;
        Self::load(catalog, row, settings, now)
    }

    /// The request as it stands now.
    ///
    /// # Errors
    /// Those of the catalog.
    pub fn load(
        catalog: &Catalog,
        row: DisclosureRow,
        settings: &DisclosureSettings,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let records = catalog.disclosure_records(&row)?;
        let steps = catalog.disclosure_steps(&row)?;
        let today = local_date(now);
        let counts = DisclosureCounts::of(&records);
        let appeal = appeal(&steps);
        let not_given = not_given(&records, &steps);
        let mut lacks = match row.closed {
            Some(_) => Vec::new(),
            None => lacks(&records, counts, &steps, appeal.as_ref(), today),
        };
        if !not_given.is_empty() && row.closed.is_none() && withdrawn(&steps).is_none() {
            let at = lacks.iter().position(|lack| {
                !matches!(
                    lack,
                    DisclosureLack::Unreviewed(_) | DisclosureLack::NotDelivered(_)
                )
            });
            let lack = DisclosureLack::NotGiven(not_given.len() as u64);
            lacks.insert(at.unwrap_or(lacks.len()), lack);
        }
        let waits = lacks.iter().any(|lack| {
            use DisclosureLack::{NotAnswered, NotDelivered, Unreviewed};
            matches!(lack, Unreviewed(_) | NotDelivered(_) | NotAnswered)
        });
        let answered = match waits {
            true => None,
            false => answered(&steps),
        };
        let answered = answered.or(row.closed.as_ref().map(|end| local_date(end.at)));
        let clock = Clock::of(row.received, answered, settings.days, today);
        Ok(Self {
            row,
            records,
            counts,
            steps,
            clock,
            appeal,
            not_given,
            lacks,
        })
    }

    /// What to do next, as a command; `None` once it is closed.
    pub fn next_step(&self) -> Option<String> {
        let case = &self.row.designation;
        match (self.lacks.first(), &self.row.closed) {
            (_, Some(_)) => None,
            (Some(lack), None) => Some(lack.remedy(case)),
            (None, None) => Some(format!("all is done: arkivd disclosure close {case}")),
        }
    }

    /// How many versions of a record may be read; `None` where it was destroyed, or is locked.
    pub(super) fn readable(&self, record: RecordId) -> Option<u32> {
        let mut of_it = self.records.iter().filter(|r| r.record == record);
        of_it.find(|r| !r.gone).map(|r| r.newest)
    }

    /// The newest step of that kind.
    pub fn newest(&self, what: DisclosureWhat) -> Option<&DisclosureStep> {
        self.steps.iter().rev().find(|step| step.what == what)
    }
}

/// The day that the request was answered as a whole, or taken back. What comes of an appeal is another matter.
fn answered(steps: &[DisclosureStep]) -> Option<NaiveDate> {
    use DisclosureWhat::{Answered, Appealed, Decided, Delivered};
    let before_appeal = || steps.iter().take_while(|s| s.what != Appealed);
    let days = |whats: [DisclosureWhat; 2]| {
        before_appeal()
            .filter(move |s| whats.contains(&s.what))
            .map(|s| s.day)
    };
    let told = days([Answered, Decided]).min();
    let given = days([Delivered, Delivered]).max();
    let withdrawn = withdrawn(steps).filter(|_| steps.iter().all(|s| s.what != Appealed));
    withdrawn.map(|s| s.day).or(told.max(given))
}

/// The step by which the requester took the request back. Whatever is noted later takes it up again, but for a number.
fn withdrawn(steps: &[DisclosureStep]) -> Option<&DisclosureStep> {
    let mut newest = steps.iter().rev();
    newest
        .find(|s| s.what != DisclosureWhat::Registered)
        .filter(|s| s.what == DisclosureWhat::Withdrawn)
}

/// The newest decision that was served, and what came of it.
fn appeal(steps: &[DisclosureStep]) -> Option<Appeal> {
    let at = steps
        .iter()
        .rposition(|s| s.what == DisclosureWhat::Served)?;
    let served = steps.get(at)?.day;
    let later = steps.get(at..).unwrap_or_default();
    let appealed = later
        .iter()
        .rposition(|s| s.what == DisclosureWhat::Appealed);
    let after = appealed.and_then(|at| later.get(at..)).unwrap_or_default();
    let is_outcome =
        |s: &&DisclosureStep| matches!(s.what, DisclosureWhat::Upheld | DisclosureWhat::Changed);
    Some(Appeal {
        served,
        last_day: last_day_to_appeal(served),
        appealed: appealed.and_then(|at| later.get(at)).map(|s| s.day),
        outcome: after
            .iter()
            .rev()
            .find(is_outcome)
            .map(|s| (s.what, s.value.clone())),
    })
}

fn lacks(
    records: &[DisclosureRecord],
    counts: DisclosureCounts,
    steps: &[DisclosureStep],
    appeal: Option<&Appeal>,
    today: NaiveDate,
) -> Vec<DisclosureLack> {
    use DisclosureWhat::{Answered, Changed, Decided, Delivered, Served};
    let newest = |what: DisclosureWhat| steps.iter().rposition(|s| s.what == what);
    if withdrawn(steps).is_some() {
        return Vec::new();
    }
    let mut all = Vec::new();
    if counts.unreviewed > 0 {
        all.push(DisclosureLack::Unreviewed(counts.unreviewed));
    }
    let delivered = newest(Delivered).and_then(|at| steps.get(at)).map(|s| s.at);
    let given = records
        .iter()
        .filter(|r| !r.gone && r.decided().is_some_and(|d| d.is_given()));
    let waiting = given
        .filter(|r| {
            r.reviewed
                .is_none_or(|at| delivered.is_none_or(|delivered| at > delivered))
        })
        .count() as u64;
    if waiting > 0 {
        all.push(DisclosureLack::NotDelivered(waiting));
    }
    let nothing = counts.given() + counts.unreviewed == 0;
    let refused = counts.refused() > 0 || nothing;
    let decided = newest(Decided);
    if refused && newest(Answered).is_none() && decided.is_none() {
        all.push(DisclosureLack::NotAnswered);
    }
    match decided {
        None if counts.refused() > 0 => all.push(DisclosureLack::MayAskDecision),
        Some(decided) if newest(Served).is_none_or(|served| served < decided) => {
            all.push(DisclosureLack::NotServed);
        }
        _ => {}
    }
    if let Some(appeal) = appeal {
        match (appeal.appealed, &appeal.outcome) {
            (None, _) if today <= appeal.last_day => {
                all.push(DisclosureLack::AppealRuns(appeal.last_day));
            }
            (Some(_), None) => all.push(DisclosureLack::InCourt),
            (Some(_), Some((Changed, _))) if newest(Delivered) < newest(Changed) => {
                all.push(DisclosureLack::CourtChanged);
            }
            _ => {}
        }
    }
    all
}

/// The open requests that are late by their clock, oldest first.
///
/// # Errors
/// Those of the catalog.
pub fn late_disclosures(
    archive: &Archive,
    settings: &DisclosureSettings,
    now: DateTime<Utc>,
) -> Result<Vec<Attention>, Error> {
    let catalog = archive.catalog();
    let mut all = Vec::new();
    for row in catalog.disclosures(DisclosureState::Open)? {
        let case = DisclosureCase::load(&catalog, row, settings, now)?;
        if case.clock.answered.is_none() && case.clock.state == Promptness::Late {
            all.push(Attention::Disclosure {
                hint: case.next_step().unwrap_or_default(),
                designation: case.row.designation,
                last: case.clock.last,
            });
        }
    }
    Ok(all)
}
