//! How an emergency ends: erased on the police's instruction, before every hold; or lifted, when it is found lawful.

use std::sync::Arc;

use chrono::NaiveDate;
use tokio::task::block_in_place;

use super::super::{Case, RemovalFault};
use super::lock_known;
use crate::calendar::local_date;
use crate::catalog::{Emergency, EmergencyState, Instructed, RemovalWhat};
use crate::policy::Policy;
use crate::record::{AccountId, Digest};
use crate::retention::PoliceInstruction;
use crate::workflow::execute_gallring::{GallringReport, carry_out};
use crate::workflow::{Archive, Error, Surroundings};

/// The police's instruction, as a person tells it.
#[derive(Debug, Clone)]
pub struct Instruction<'a> {
    /// The police's own reference.
    pub reference: &'a str,
    /// Who gave it.
    pub by: &'a str,
    pub date: NaiveDate,
}

/// Erases what an emergency locked, whatever holds it, and seals the protocol. One that was broken off is gone on with.
///
/// # Errors
/// [`RemovalFault::NotInEmergency`]; an instruction that does not hold; those of the archive.
pub async fn erase_emergency(
    archive: &Arc<Archive>,
    policy: &Policy,
    name: &str,
    instruction: &Instruction<'_>,
    around: &Surroundings,
    progress: &(dyn Fn(&AccountId) + Send + Sync),
) -> Result<(Case, GallringReport), Error> {
    let (case, emergency) = block_in_place(|| open_one(archive, policy, name, around))?;
    if emergency.state == EmergencyState::Locked {
        block_in_place(|| instruct(archive, &case, instruction, around))?;
    }
    let report = carry_out(archive, emergency.gallring, around, progress).await?;
    let number = case.removal.number.to_string();
    let case = block_in_place(|| Case::named(&archive.catalog(), policy, &number, (around.now)()))?;
    Ok((case, report))
}

fn open_one(
    archive: &Archive,
    policy: &Policy,
    name: &str,
    around: &Surroundings,
) -> Result<(Case, Emergency), Error> {
    let case = Case::named(&archive.catalog(), policy, name, (around.now)())?;
    match case.emergency.clone().filter(|e| e.state.is_open()) {
        Some(emergency) => Ok((case, emergency)),
        None => Err(RemovalFault::NotInEmergency {
            case: case.removal.designation,
        }
        .into()),
    }
}

/// Writes the instruction down, with what goes by it.
fn instruct(
    archive: &Archive,
    case: &Case,
    told: &Instruction<'_>,
    around: &Surroundings,
) -> Result<(), Error> {
    let now = (around.now)();
    let reference = one_line("instruction", told.reference)?;
    let by = one_line("by", told.by)?;
    let today = local_date(now);
    if told.date > today || told.date < local_date(case.removal.opened) {
        return Err(RemovalFault::Argument {
            what: "date",
            value: told.date.to_string(),
            problem: "the police gave it between the day the case was opened and today",
            hint: "give the day of the instruction: --date 2026-11-21",
        }
        .into());
    }
    lock_known(archive, around, &case.removal, true)?;
    let salt = (around.salt)().map_err(Error::Salt)?;
    let mut catalog = archive.catalog();
    let mut list = String::new();
    let mut since = None;
    for account in catalog.emergency_accounts(&case.removal)? {
        for record in catalog.emergency_records(&case.removal, &account)? {
            list.push_str(&format!("record {}\n", record.record));
            since = since.into_iter().chain(record.since).min();
        }
    }
    for page in catalog.locked_pages(&case.removal)? {
        list.push_str(&format!("page {}\n", page.id));
        since = Some(since.map_or(page.taken, |since| page.taken.min(since)));
    }
    let police = case.steps.iter().filter(|s| s.what == RemovalWhat::Police);
    let instruction = PoliceInstruction {
        case: case.removal.designation.clone(),
        reference,
        by,
        date: told.date,
        reports: police.filter_map(|s| s.value.clone()).collect(),
        since: since.map(local_date),
    };
    catalog.instruct_emergency(
        &case.removal,
        &Instructed {
            instruction: &instruction,
            digest: Digest::of(list.as_bytes()),
            salt,
            at: now,
            actor: &around.actor,
        },
    )?;
    Ok(())
}

fn one_line(what: &'static str, said: &str) -> Result<String, Error> {
    let said = said.trim();
    if said.is_empty() || said.chars().any(char::is_control) || said.chars().count() > 200 {
        return Err(RemovalFault::Argument {
            what,
            value: said.chars().take(80).collect(),
            problem: "it is not one line of words",
            hint: "arkivd removal emergency-erase N --instruction REFERENCE --by NAME --date DAY",
        }
        .into());
    }
    Ok(said.to_owned())
}

/// Lifts the locks: the police found it lawful. Its records are as they were, and are captured again.
///
/// # Errors
/// [`RemovalFault::NotInEmergency`], also while it is being erased; those of the archive.
pub fn lift_emergency(
    archive: &Archive,
    policy: &Policy,
    name: &str,
    reason: &str,
    around: &Surroundings,
) -> Result<Case, Error> {
    let (case, emergency) = open_one(archive, policy, name, around)?;
    let reason = one_line("reason", reason)?;
    let none = || RemovalFault::NotInEmergency {
        case: case.removal.designation.clone(),
    };
    if emergency.state != EmergencyState::Locked {
        return Err(none().into());
    }
    let now = (around.now)();
    // Opened first: what a crash leaves open here is closed again at the next start.
    for bag in &emergency.bags {
        archive.store().close(*bag, false)?;
    }
    let lifted = archive
        .catalog()
        .lift_emergency(&case.removal, &reason, now, &around.actor)?;
    lifted.ok_or_else(none)?;
    let still = archive.catalog().locked_bags()?;
    for bag in emergency.bags.iter().filter(|bag| still.contains(bag)) {
        archive.store().close(*bag, true)?;
    }
    let number = case.removal.number.to_string();
    Case::named(&archive.catalog(), policy, &number, now)
}
