//! Noting what happened: that the requester was told, got the decision, appealed, or took the request back; and the end.

use chrono::NaiveDate;

use super::open::short;
use super::{DisclosureCase, DisclosureFault, DisclosureSettings};
use crate::calendar::local_date;
use crate::catalog::{DisclosureWhat, NewDisclosureStep};
use crate::workflow::{Archive, Error, Surroundings};

/// A step that a person notes.
#[derive(Debug, Clone, Copy)]
pub struct DisclosureMark<'a> {
    pub what: DisclosureWhat,
    /// The Swedish day it happened; `None`: today.
    pub day: Option<NaiveDate>,
    /// Its reference: a diarienummer, the court's mål.
    pub value: Option<&'a str>,
    pub note: Option<&'a str>,
}

/// Notes a step.
///
/// # Errors
/// [`DisclosureFault`] when it cannot have happened then, or not before another; those of the catalog.
pub fn mark_disclosure(
    archive: &Archive,
    name: &str,
    mark: &DisclosureMark<'_>,
    settings: &DisclosureSettings,
    around: &Surroundings,
) -> Result<DisclosureCase, Error> {
    let now = (around.now)();
    let today = local_date(now);
    let mut catalog = archive.catalog();
    let case = DisclosureCase::named(&catalog, name, settings, now)?;
    // A number may come late, and nothing is held by it.
    if case.row.closed.is_some() && mark.what != DisclosureWhat::Registered {
        let case = case.row.designation;
        return Err(DisclosureFault::Closed { case }.into());
    }
    let day = mark.day.unwrap_or(today);
    short("note", mark.note)?;
    check(&case, mark.what, day, today)?;
    let step = NewDisclosureStep {
        value: mark.value,
        note: mark.note.map(str::trim).filter(|n| !n.is_empty()),
        ..NewDisclosureStep::of(mark.what, day, now, &around.actor)
    };
    catalog.note_disclosure(&case.row, &step)?;
    let row = catalog.disclosure(&case.row.designation)?;
    DisclosureCase::load(&catalog, row, settings, now)
}

fn check(
    case: &DisclosureCase,
    what: DisclosureWhat,
    day: NaiveDate,
    today: NaiveDate,
) -> Result<(), DisclosureFault> {
    use DisclosureWhat::{
        Appealed, AppealedFurther, Changed, Decided, JudgmentServed, Served, Upheld, Withdrawn,
    };
    let fault = |problem: String| DisclosureFault::Day {
        what: what.as_str(),
        day,
        problem,
    };
    let order = |problem: &'static str| DisclosureFault::Order {
        what: what.as_str(),
        case: case.row.designation.clone(),
        problem,
    };
    if day > today {
        return Err(fault("it has not come yet".to_owned()));
    }
    let received = local_date(case.row.received);
    if day < received && what != DisclosureWhat::Registered {
        return Err(fault(format!("the request came on {received}")));
    }
    if what == Withdrawn {
        // A request is taken back before a decision, or after it as that stands; not as if there had been none.
        let later = [Decided, Served, Appealed, JudgmentServed, AppealedFurther];
        let later = later.iter().filter_map(|what| case.newest(*what));
        return match later.filter(|step| day < step.day).max_by_key(|s| s.day) {
            Some(step) => Err(fault(format!(
                "it was {} on {}",
                step.what.as_str(),
                step.day
            ))),
            None => Ok(()),
        };
    }
    // Of several decisions each goes its own way through the courts: its steps come after the first of the kind before.
    let first = |all: &[DisclosureWhat]| case.steps.iter().find(|s| all.contains(&s.what));
    let (before, lacking) = match what {
        Served => (
            case.newest(Decided),
            "no decision of the committee is noted",
        ),
        Appealed => (
            case.newest(Served),
            "it is not noted when the requester got the decision",
        ),
        Upheld | Changed => (first(&[Appealed]), "no appeal is noted"),
        JudgmentServed => (first(&[Upheld, Changed]), "no court has answered an appeal"),
        AppealedFurther => (
            first(&[JudgmentServed]),
            "it is not noted when the requester got the judgment",
        ),
        _ => return Ok(()),
    };
    match before {
        None => Err(order(lacking)),
        Some(step) if day < step.day => {
            let (what, day) = (step.what.as_str(), step.day);
            Err(fault(format!("it was {what} on {day}")))
        }
        Some(_) => Ok(()),
    }
}

/// Closes a request: from then on its records are held no longer by it. A reason goes before what is missing, but not
/// before an appeal that may still come, or that the court has not answered.
///
/// # Errors
/// [`DisclosureFault::Unfinished`]; those of the catalog.
pub fn close_disclosure(
    archive: &Archive,
    name: &str,
    reason: Option<&str>,
    settings: &DisclosureSettings,
    around: &Surroundings,
) -> Result<DisclosureCase, Error> {
    let now = (around.now)();
    let mut catalog = archive.catalog();
    let mut case = DisclosureCase::named(&catalog, name, settings, now)?;
    if case.row.closed.is_some() {
        let case = case.row.designation;
        return Err(DisclosureFault::Closed { case }.into());
    }
    let reason = reason.map(str::trim).filter(|r| !r.is_empty());
    short("reason", reason)?;
    if reason.is_some() {
        case.lacks.retain(|lack| lack.is_of_appeal());
    }
    if !case.lacks.is_empty() {
        return Err(DisclosureFault::Unfinished {
            case: case.row.designation,
            lacks: case.lacks,
        }
        .into());
    }
    catalog.close_disclosure(&case.row, reason, &around.actor, now)?;
    let row = catalog.disclosure(&case.row.designation)?;
    DisclosureCase::load(&catalog, row, settings, now)
}
