//! What people enter in the register: decision, approvals, administrators, checklist, events.

use chrono::{Datelike as _, NaiveDate};

use super::fault::Fault;
use super::{act, one_line, today};
use crate::catalog::{NewAdministrator, NewApproval, NewTick};
use crate::policy::Policy;
use crate::record::{AccountEvent, AccountId, Approver, Decision, Side, Step, Terms};
use crate::workflow::{Archive, Error, Surroundings};

/// An approval, as a person gives or takes it back.
#[derive(Debug, Clone, Copy)]
pub struct ApprovalRequest<'a> {
    pub step: Step,
    pub role: Approver,
    pub by: &'a str,
    pub day: Option<NaiveDate>,
    pub note: Option<&'a str>,
    /// True when it is taken back.
    pub withdrawn: bool,
}

/// A person who is to administer the account.
#[derive(Debug, Clone, Copy)]
pub struct AdministratorRequest<'a> {
    pub name: &'a str,
    pub side: Side,
    pub mandate_by: Option<&'a str>,
    pub since: Option<NaiveDate>,
}

/// Points of the checklist.
#[derive(Debug, Clone, Copy)]
pub struct TickRequest<'a> {
    pub points: &'a [String],
    pub by: &'a str,
    pub day: Option<NaiveDate>,
    pub note: Option<&'a str>,
    /// True when they are taken back.
    pub withdrawn: bool,
}

/// The day, or today; one that has not come, or is before there were any accounts, is refused.
fn judged(
    account: &AccountId,
    what: &'static str,
    day: Option<NaiveDate>,
    around: &Surroundings,
) -> Result<NaiveDate, Fault> {
    let today = today(around);
    let day = day.unwrap_or(today);
    let problem = match day {
        day if day > today => "it has not come",
        day if day.year() < 1990 => "there were no accounts then",
        _ => return Ok(day),
    };
    Err(Fault::Day {
        account: account.clone(),
        what,
        day,
        problem,
    })
}

fn note(account: &AccountId, note: Option<&str>) -> Result<Option<String>, Fault> {
    note.map(|note| one_line(account, "the note", note))
        .transpose()
}

/// Keeps a decision; gives it as it is kept.
///
/// # Errors
/// A day that cannot be, a text that is empty; when the account is not registered.
pub fn decide_account(
    archive: &Archive,
    id: &AccountId,
    decision: Decision,
    role: Option<Approver>,
    around: &Surroundings,
) -> Result<Decision, Error> {
    let decision = Decision {
        by: one_line(id, "who decided", &decision.by)?,
        day: judged(id, "the decision", Some(decision.day), around)?,
        paragraph: note(id, decision.paragraph.as_deref())?,
        reference: note(id, decision.reference.as_deref())?,
        note: note(id, decision.note.as_deref())?,
    };
    archive
        .catalog()
        .decide(&act(id, around), &decision, role)?;
    Ok(decision)
}

/// Keeps an approval, or that it is taken back; gives the day.
///
/// # Errors
/// As for a decision.
pub fn approve_account(
    archive: &Archive,
    id: &AccountId,
    request: ApprovalRequest<'_>,
    around: &Surroundings,
) -> Result<NaiveDate, Error> {
    let by = one_line(id, "who approved", request.by)?;
    let note = note(id, request.note)?;
    let day = judged(id, "the approval", request.day, around)?;
    let new = NewApproval {
        step: request.step,
        role: request.role,
        by: &by,
        day: Some(day).filter(|_| !request.withdrawn),
        note: note.as_deref(),
    };
    archive.catalog().approve_account(&act(id, around), &new)?;
    Ok(day)
}

/// Keeps that a person administers the account; gives since when.
///
/// # Errors
/// As for a decision, and when the person does so already.
pub fn add_administrator(
    archive: &Archive,
    id: &AccountId,
    request: AdministratorRequest<'_>,
    around: &Surroundings,
) -> Result<NaiveDate, Error> {
    let name = one_line(id, "the administrator's name", request.name)?;
    let mandate_by = request
        .mandate_by
        .map(|by| one_line(id, "who gave the mandate", by))
        .transpose()?;
    let since = judged(id, "the mandate", request.since, around)?;
    let register = archive.catalog().register(id)?;
    let mut there = register.administrators.iter();
    if there.any(|a| a.ended.is_none() && a.name.to_lowercase() == name.to_lowercase()) {
        let account = id.clone();
        return Err(Fault::Administrator { account, name }.into());
    }
    let new = NewAdministrator {
        name: &name,
        side: request.side,
        mandate_by: mandate_by.as_deref(),
        since,
    };
    archive
        .catalog()
        .add_administrator(&act(id, around), &new)?;
    Ok(since)
}

/// Ends a person's mandate; gives the first day on which it no longer holds.
///
/// # Errors
/// As for a decision, and when there is no such administrator.
pub fn end_administrator(
    archive: &Archive,
    id: &AccountId,
    name: &str,
    day: Option<NaiveDate>,
    around: &Surroundings,
) -> Result<NaiveDate, Error> {
    let day = judged(id, "the mandate's end", day, around)?;
    let register = archive.catalog().register(id)?;
    let now = || {
        let all = register.administrators.iter();
        all.filter(|a| a.ended.is_none())
    };
    let asked = name.trim().to_lowercase();
    let found = now().find(|a| a.name.to_lowercase() == asked);
    let account = || id.clone();
    let Some(found) = found else {
        if archive.catalog().account(id)?.is_none() {
            return Err(crate::catalog::Error::NoAccount(account()).into());
        }
        return Err(Fault::NoAdministrator {
            account: account(),
            name: name.trim().to_owned(),
            known: now().map(|a| a.name.clone()).collect(),
        }
        .into());
    };
    if day < found.since {
        return Err(Fault::Day {
            account: account(),
            what: "the mandate's end",
            day,
            problem: "it lies before the mandate was given",
        }
        .into());
    }
    archive
        .catalog()
        .end_administrator(&act(id, around), &found.name, day)?;
    Ok(day)
}

/// Ticks points of the policy's start checklist, or takes them back; gives the day.
///
/// # Errors
/// As for a decision, and a point that the checklist does not have.
pub fn tick_checklist(
    archive: &Archive,
    policy: &Policy,
    id: &AccountId,
    request: TickRequest<'_>,
    around: &Surroundings,
) -> Result<NaiveDate, Error> {
    let known = || policy.start_checklist.iter().map(|e| e.id.as_str());
    for point in request.points {
        if !known().any(|k| k == point) {
            return Err(Fault::NoPoint {
                point: point.clone(),
                known: known().map(str::to_owned).collect(),
            }
            .into());
        }
    }
    let by = one_line(id, "who went through it", request.by)?;
    let note = note(id, request.note)?;
    let day = judged(id, "the check", request.day, around)?;
    let points: Vec<&str> = request.points.iter().map(String::as_str).collect();
    let new = NewTick {
        points: &points,
        by: &by,
        day: Some(day).filter(|_| !request.withdrawn),
        note: note.as_deref(),
    };
    archive.catalog().tick(&act(id, around), &new)?;
    Ok(day)
}

/// Keeps what happened with an account; gives the day.
///
/// # Errors
/// As for a decision.
pub fn note_account_event(
    archive: &Archive,
    id: &AccountId,
    what: AccountEvent,
    day: Option<NaiveDate>,
    text: Option<&str>,
    around: &Surroundings,
) -> Result<NaiveDate, Error> {
    let text = note(id, text)?;
    let day = judged(id, "the event", day, around)?;
    archive
        .catalog()
        .note_account_event(&act(id, around), what, day, text.as_deref())?;
    Ok(day)
}

/// Sets what stands beside the account's entry; false when nothing differs.
///
/// # Errors
/// [`Fault::NoPurpose`]; when the account is not registered.
pub fn set_terms(
    archive: &Archive,
    policy: &Policy,
    id: &AccountId,
    terms: &Terms,
    around: &Surroundings,
) -> Result<bool, Error> {
    check_purposes(policy, &terms.serves)?;
    Ok(archive.catalog().set_terms(&act(id, around), terms)?)
}

/// Holds that the policy names each of the purposes.
///
/// # Errors
/// [`Fault::NoPurpose`].
pub fn check_purposes(policy: &Policy, serves: &[String]) -> Result<(), Fault> {
    let known = || policy.purpose.iter().map(|e| e.id.as_str());
    match serves.iter().find(|s| !known().any(|k| k == s.as_str())) {
        None => Ok(()),
        Some(purpose) => Err(Fault::NoPurpose {
            purpose: purpose.clone(),
            known: known().map(str::to_owned).collect(),
        }),
    }
}
