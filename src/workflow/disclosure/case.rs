//! A request as it stands: its records, its clock, and what is next.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::not_given::not_given;
use super::{Decision, DisclosureLack, DisclosureSettings};
use crate::calendar::local_date;
use crate::catalog::{
    Catalog, DisclosureCounts, DisclosureRecord, DisclosureRow, DisclosureState, DisclosureStep,
    DisclosureWhat,
};
use crate::record::{BagId, RecordId};
use crate::retention::disclosure::{Clock, Promptness};
use crate::workflow::{Archive, Attention, Error};

/// A request with all that is known of it.
#[derive(Debug, Clone)]
pub struct DisclosureCase {
    pub row: DisclosureRow,
    pub records: Vec<DisclosureRecord>,
    pub counts: DisclosureCounts,
    pub steps: Vec<DisclosureStep>,
    pub clock: Clock,
    /// That can be appealed, in the order they were made.
    pub decisions: Vec<Decision>,
    /// Records that were handed out without one of their files: the form holds no such file.
    pub not_given: Vec<RecordId>,
    /// Boxes that a person laid on chosen pages of screens.
    pub boxes: Vec<CaseBox>,
    /// What is not done yet, in the order it is done.
    pub lacks: Vec<DisclosureLack>,
}

/// A part of a page that is refused, as the screen showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseBox {
    pub number: i64,
    pub bag: BagId,
    /// When the page was captured; `None` where it may not be read any more.
    pub day: Option<NaiveDate>,
    pub provision: String,
    pub reason: Option<String>,
}

impl CaseBox {
    /// # Errors
    /// Those of the catalog.
    fn all(catalog: &Catalog, row: &DisclosureRow) -> Result<Vec<Self>, Error> {
        let laid = catalog.disclosure_boxes(row)?;
        if laid.is_empty() {
            return Ok(Vec::new());
        }
        let shown: HashSet<BagId> = catalog
            .disclosure_pages(row)?
            .iter()
            .map(|page| page.bag)
            .collect();
        let chosen = laid.into_iter().filter(|b| shown.contains(&b.bag));
        let each = chosen.map(|b| {
            let capture = catalog.page_capture(b.bag)?;
            Ok(Self {
                number: b.number,
                bag: b.bag,
                day: capture.map(|c| local_date(c.at)),
                provision: b.provision,
                reason: b.reason,
            })
        });
        each.collect()
    }
}

impl DisclosureCase {
    /// Whether something that is asked for is refused, whole or in part.
    pub fn is_refused(&self) -> bool {
        self.counts.refused() > 0 || !self.boxes.is_empty()
    }

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
        let boxes = CaseBox::all(catalog, &row)?;
        let decisions = Decision::all(&steps);
        let not_given = not_given(&records, &steps);
        let mut lacks = match row.closed {
            Some(_) => Vec::new(),
            None => lacks(&records, counts, boxes.len(), &steps, &decisions, today),
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
            decisions,
            not_given,
            boxes,
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

fn lacks(
    records: &[DisclosureRecord],
    counts: DisclosureCounts,
    boxes: usize,
    steps: &[DisclosureStep],
    decisions: &[Decision],
    today: NaiveDate,
) -> Vec<DisclosureLack> {
    use DisclosureWhat::{Answered, Changed, Decided, Delivered};
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
    let in_part = counts.refused() > 0 || boxes > 0;
    let refused = in_part || nothing;
    let decided = newest(Decided);
    if refused && newest(Answered).is_none() && decided.is_none() {
        all.push(DisclosureLack::NotAnswered);
    }
    if decided.is_none() && in_part {
        all.push(DisclosureLack::MayAskDecision);
    }
    all.extend(decisions.iter().filter_map(|d| d.lack(today)));
    let changed = newest(Changed);
    if changed > newest(Delivered) && changed > decided {
        all.push(DisclosureLack::CourtChanged);
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
