//! What a person notes in a case: hidden, deleted, registered ... The gate stands before `deleted`, and before nothing else.

use chrono::{DateTime, Utc};

use super::boost::tighten;
use super::case::{Case, NEEDS_NONE, NEEDS_REPORT};
use super::open::{category_of, has_come};
use super::{RemovalFault, RemovalSettings};
use crate::catalog::{Catalog, NewRemovalStep, RemovalWhat, TAKEN_BACK};
use crate::policy::Policy;
use crate::record::Account;
use crate::retention::removal::{Categories, Lack, before_deletion};
use crate::workflow::{Archive, Error, Surroundings};

/// What a person notes.
#[derive(Debug, Clone)]
pub struct Mark<'a> {
    pub what: RemovalWhat,
    /// Its reference: the diarienummer, the report's number, the name of the data protection officer.
    pub value: Option<&'a str>,
    /// When it happened; now, where it is not said.
    pub at: Option<DateTime<Utc>>,
    pub text: Option<&'a str>,
    /// Which things of the case, counted from 1; all, where none is named.
    pub things: &'a [usize],
    /// It has been deleted, whatever was demanded: the truth is noted, and the breach with it.
    pub already: bool,
    /// It was never hidden or deleted: what was noted is taken back.
    pub withdraw: bool,
    /// Whether the data protection officer finds that a report is needed.
    pub report: Option<bool>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Marked {
    pub case: Case,
    /// What was not done when it was deleted all the same.
    pub breach: Vec<Lack>,
}

/// Notes a step.
///
/// # Errors
/// [`RemovalFault::GateShut`] for a deletion that may not be done yet; other faults of what is told.
pub fn mark_removal(
    archive: &Archive,
    policy: &Policy,
    name: &str,
    mark: &Mark<'_>,
    settings: &RemovalSettings,
    around: &Surroundings,
) -> Result<Marked, Error> {
    let now = (around.now)();
    has_come("at", mark.at, now)?;
    let at = mark.at.unwrap_or(now);
    let mut catalog = archive.catalog();
    let case = Case::named(&catalog, policy, name, now)?;
    let whole = NewRemovalStep {
        value: mark.value,
        text: mark.text,
        ..NewRemovalStep::of(mark.what, at, now, &around.actor)
    };
    let mut breach = Vec::new();
    match mark.what {
        RemovalWhat::Hidden | RemovalWhat::Deleted if mark.withdraw => {
            let steps = taken_back(&case, mark, whole)?;
            catalog.note_removal(&case.removal, &steps)?;
        }
        RemovalWhat::Hidden => {
            let steps = of_things(&case, mark.things, whole, |_| false)?;
            catalog.note_removal(&case.removal, &steps)?;
        }
        RemovalWhat::Deleted => {
            breach = gate(policy, &case, mark, at)?;
            let told: Vec<&str> = breach.iter().map(|l| l.demand.as_str()).collect();
            let told = told.join(", ");
            let mut steps = of_things(&case, mark.things, whole, |o| o.stays_deleted().is_some())?;
            if !breach.is_empty() {
                steps.push(NewRemovalStep {
                    value: Some(&told),
                    ..NewRemovalStep::of(RemovalWhat::Breach, at, now, &around.actor)
                });
            }
            catalog.note_removal(&case.removal, &steps)?;
        }
        RemovalWhat::Authority => {
            check_authority(&catalog, &case, mark.value.unwrap_or_default())?;
            catalog.note_removal(&case.removal, &[whole])?;
        }
        RemovalWhat::Category => {
            case.no_emergency("its category stands")?;
            let categories = Categories::of(policy)?;
            let category = category_of(&categories, mark.value)?;
            let step = NewRemovalStep {
                value: Some(&category.id),
                ..whole
            };
            let collects = settings.collected.contains(&category.id);
            catalog.change_removal_category(&case.removal, &step, collects)?;
            let accounts = accounts(&catalog, &case)?;
            let tighter = settings.tighter;
            tighten(
                &mut catalog,
                policy,
                &case.removal,
                category,
                &accounts,
                tighter,
                around,
            )?;
        }
        RemovalWhat::Assessed => {
            let judged = match mark.report {
                Some(true) => NEEDS_REPORT,
                Some(false) => NEEDS_NONE,
                None => {
                    return Err(RemovalFault::Argument {
                        what: "dpo",
                        value: mark.value.unwrap_or_default().to_owned(),
                        problem: "it is not said what was judged",
                        hint: "add --report or --no-report, and the assessment with --text FILE or --note \"...\"",
                    }
                    .into());
                }
            };
            let value = format!("{}: {judged}", mark.value.unwrap_or_default());
            let step = NewRemovalStep {
                value: Some(&value),
                ..whole
            };
            catalog.note_removal(&case.removal, &[step])?;
        }
        _ => catalog.note_removal(&case.removal, &[whole])?,
    }
    if matches!(mark.what, RemovalWhat::Category | RemovalWhat::Registered) {
        catalog.settle_records_of(&case.removal, &around.actor, now)?;
    }
    let case = Case::named(&catalog, policy, &case.removal.number.to_string(), now)?;
    Ok(Marked { case, breach })
}

/// What was missing when it was deleted; an error where that can still be helped.
fn gate(
    policy: &Policy,
    case: &Case,
    mark: &Mark<'_>,
    at: DateTime<Utc>,
) -> Result<Vec<Lack>, Error> {
    let mut facts = case.facts.clone();
    if !mark.things.is_empty() {
        facts.things = mark
            .things
            .iter()
            .filter_map(|n| facts.things.get(n.checked_sub(1)?).cloned())
            .collect();
    }
    let lacks = before_deletion(policy, &facts, at);
    if lacks.is_empty() || mark.already {
        return Ok(lacks);
    }
    Err(RemovalFault::GateShut {
        case: case.removal.designation.clone(),
        number: case.removal.number,
        lacks,
    }
    .into())
}

/// The steps that take back what was noted of the things; both rows stay.
fn taken_back<'a>(
    case: &Case,
    mark: &Mark<'_>,
    step: NewRemovalStep<'a>,
) -> Result<Vec<NewRemovalStep<'a>>, Error> {
    let noted = |o: &super::CaseObject| match mark.what {
        RemovalWhat::Deleted => o.deleted,
        _ => o.hidden,
    };
    let step = NewRemovalStep {
        value: Some(TAKEN_BACK),
        ..step
    };
    let mut steps = of_things(case, mark.things, step, |o| noted(o).is_none())?;
    let stands = |row| {
        case.objects
            .iter()
            .any(|o| o.object.row == row && noted(o).is_some())
    };
    steps.retain(|step| step.object.is_some_and(stands));
    match steps.is_empty() {
        false => Ok(steps),
        true => Err(RemovalFault::Argument {
            what: "mark",
            value: mark.what.as_str().to_owned(),
            problem: "there is none to take back",
            hint: "arkivd removal show N tells what is noted",
        }
        .into()),
    }
}

/// A step for each of the things that are meant; `done` are left out where none is named.
fn of_things<'a>(
    case: &Case,
    things: &[usize],
    step: NewRemovalStep<'a>,
    done: impl Fn(&super::CaseObject) -> bool,
) -> Result<Vec<NewRemovalStep<'a>>, Error> {
    let all = case.objects.iter();
    if things.is_empty() {
        return Ok(all
            .filter(|o| !done(o))
            .map(|o| NewRemovalStep {
                object: Some(o.object.row),
                ..step
            })
            .collect());
    }
    things
        .iter()
        .map(|n| {
            let found = n.checked_sub(1).and_then(|at| case.objects.get(at));
            let found = found.ok_or_else(|| RemovalFault::Argument {
                what: "object",
                value: n.to_string(),
                problem: "the case has none of that number",
                hint: "arkivd removal show N counts them",
            })?;
            Ok(NewRemovalStep {
                object: Some(found.object.row),
                ..step
            })
        })
        .collect()
}

/// `plan:ROW` names a row of a decided plan; all else is a decision in its own words.
fn check_authority(catalog: &Catalog, case: &Case, said: &str) -> Result<(), Error> {
    let Some(row) = said.strip_prefix("plan:").map(str::trim) else {
        return Ok(());
    };
    let committee = &case.removal.committee;
    match catalog.has_plan_row(committee, row)? {
        true => Ok(()),
        false => Err(RemovalFault::NoPlanRow {
            committee: committee.clone(),
            row: row.to_owned(),
        }
        .into()),
    }
}

pub(super) fn accounts(catalog: &Catalog, case: &Case) -> Result<Vec<Account>, Error> {
    let mut found: Vec<Account> = Vec::new();
    for object in &case.objects {
        let id = &object.object.account;
        if found.iter().all(|a| a.id != *id) {
            found.extend(catalog.account(id)?);
        }
    }
    Ok(found)
}

/// Closes a case. What is missing is told, and keeps it open unless a person says why it is closed all the same.
///
/// # Errors
/// [`RemovalFault::Unfinished`], [`RemovalFault::Closed`].
pub fn close_removal(
    archive: &Archive,
    policy: &Policy,
    name: &str,
    reason: Option<&str>,
    around: &Surroundings,
) -> Result<Case, Error> {
    let now = (around.now)();
    let mut catalog = archive.catalog();
    let case = Case::named(&catalog, policy, name, now)?;
    if case.removal.closed.is_some() {
        return Err(RemovalFault::Closed {
            case: case.removal.designation,
        }
        .into());
    }
    if case.emergency.as_ref().is_some_and(|e| e.state.is_open()) {
        case.no_emergency("it is closed when the police have said what becomes of it")?;
    }
    let reason = reason.map(str::trim).filter(|r| !r.is_empty());
    if !case.before_closing.is_empty() && reason.is_none() {
        return Err(RemovalFault::Unfinished {
            case: case.removal.designation,
            number: case.removal.number,
            lacks: case.before_closing,
        }
        .into());
    }
    let missing: Vec<&str> = case
        .before_closing
        .iter()
        .map(|l| l.demand.as_str())
        .collect();
    let missing = match missing.is_empty() {
        true => None,
        false => Some(format!("missing: {}", missing.join(", "))),
    };
    catalog.note_removal(
        &case.removal,
        &[NewRemovalStep {
            value: missing.as_deref(),
            text: reason,
            ..NewRemovalStep::of(RemovalWhat::Closed, now, now, &around.actor)
        }],
    )?;
    Case::named(&catalog, policy, &case.removal.number.to_string(), now)
}

/// Hands a case that may be secret to the committee concerned, whose people may then read its records (VAR-3).
///
/// # Errors
/// When the case is that committee's own already.
pub fn route_removal(
    archive: &Archive,
    policy: &Policy,
    name: &str,
    committee: &str,
    around: &Surroundings,
) -> Result<Case, Error> {
    let now = (around.now)();
    let committee = committee.trim();
    let mut catalog = archive.catalog();
    let removal = catalog.removal(name)?;
    let fault = |problem, hint| RemovalFault::Argument {
        what: "committee",
        value: committee.to_owned(),
        problem,
        hint,
    };
    if committee.is_empty() || committee.chars().any(char::is_control) {
        return Err(fault("it is no committee's name", "--committee \"Socialnämnden\"").into());
    }
    if removal.committee == committee {
        return Err(fault(
            "the case is its own already",
            "register it there: arkivd removal mark N registered=DIARIENUMMER",
        )
        .into());
    }
    catalog.route_removal(&removal, committee, now, &around.actor)?;
    Case::named(&catalog, policy, &removal.number.to_string(), now)
}
