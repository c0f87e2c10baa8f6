//! Gallring until it is decided: what is due, proposed and approved; and the work list of the medium.
//!
//! Under a plan the committee's decision on the plan is the decision, and the gallringsansvarig whom it names approves
//! the list by its digest. Outside a plan the list needs a decision of its own.

mod fault;
mod look;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use chrono::NaiveDate;

use fault::FEWEST_DIGITS;
pub use fault::GallringFault;
pub use look::{KeptSum, Look, RowSum, look_at_list};

use super::{Archive, Error, Surroundings};
use crate::calendar::local_date;
use crate::catalog::{self, Approval, Catalog, GallringRow, ListPlan, NewGallring, plan_in_force};
use crate::record::{Digest, GallringId, RecordId};
use crate::retention::{
    CitedPlan, Decided, GallringDecision, GallringState, OwnDecision, Place, Question,
};

/// A list as it was proposed, or looked at.
#[derive(Debug)]
pub struct Proposed {
    /// `None`: a look ahead, or a list with nothing on it.
    pub id: Option<GallringId>,
    pub look: Look,
    pub warnings: Vec<String>,
}

/// Makes the list of a question, and keeps it as a proposal unless it is a look ahead or nothing is on it.
///
/// A look ahead judges holds and plans by the day it looks to, and counts plans that are not decided yet.
///
/// # Errors
/// [`GallringFault`] for what cannot be proposed; those of the catalog.
pub fn propose_gallring(
    archive: &Archive,
    committee: &str,
    question: &Question,
    dry_run: bool,
    around: &Surroundings,
) -> Result<Proposed, Error> {
    let at = (around.now)();
    let today = local_date(at);
    if !dry_run && question.until > today {
        return Err(GallringFault::NotYet {
            until: question.until,
        }
        .into());
    }
    let day = match dry_run {
        true => today.max(question.until),
        false => today,
    };
    let mut catalog = archive.catalog();
    let plans = catalog.list_plans(committee, day)?;
    for row in &question.rows {
        if !plans.iter().flat_map(|p| &p.rows).any(|r| r.row.id == *row) {
            return Err(GallringFault::NoRow {
                row: row.to_string(),
                committee: committee.to_owned(),
            }
            .into());
        }
    }
    for id in &question.records {
        let its = catalog.committee_of_record(*id)?;
        let its = its.ok_or(catalog::Error::NoRecord(*id))?;
        if its != committee {
            return Err(GallringFault::OtherCommittee {
                record: *id,
                its,
                committee: committee.to_owned(),
            }
            .into());
        }
    }
    let look = look_at_list(&catalog, committee, question, day, dry_run)?;
    let mut warnings = warnings(&catalog, &plans, question, &look, day, dry_run)?;
    if question.pages && !question.records.is_empty() {
        warnings
            .push("page captures go by the plan alone: --pages changes nothing here".to_owned());
    }
    let nothing = look.sum.records + look.sum.pages == 0;
    let id = match dry_run || nothing {
        true => None,
        false => {
            let id = GallringId((around.new_id)());
            catalog.add_gallring(&NewGallring {
                id,
                committee,
                question,
                sum: &look.sum,
                counts: &look.counts(),
                actor: &around.actor,
                at,
            })?;
            Some(id)
        }
    };
    Ok(Proposed { id, look, warnings })
}

fn warnings(
    catalog: &Catalog,
    plans: &[ListPlan],
    question: &Question,
    look: &Look,
    day: NaiveDate,
    dry_run: bool,
) -> Result<Vec<String>, Error> {
    let mut all = Vec::new();
    let cited = |plan: &&ListPlan| look.rows.iter().any(|row| row.is_of(&plan.sha256));
    for plan in plans.iter().filter(cited) {
        let title = &plan.header.title;
        match (plan.decided, plan.header.valid_to) {
            (Decided::Past, Some(to)) => all.push(format!(
                "the validity of plan {title:?} ended on {to}: what it says still holds, and the committee should be told"
            )),
            (Decided::No, _) if dry_run => all.push(format!(
                "plan {title:?} is not decided: by it nothing may be destroyed, and this is what would be"
            )),
            _ => {}
        }
    }
    for id in &question.records {
        let received = |row: &catalog::ExportRow| {
            let is_delivery = row.kind == catalog::ExportKind::Delivery;
            is_delivery && row.receipt.as_ref().is_some_and(|r| r.what == "received")
        };
        if catalog.exports_of(*id)?.iter().any(received) {
            all.push(format!(
                "record {id} was received by the arkivmyndighet, which decides on it: this takes arkivd's own copy alone"
            ));
        }
        if let Some(said) = kept_by_plan(catalog, plans, *id, day)? {
            all.push(said);
        }
    }
    Ok(all)
}

/// Told where a decision of its own destroys what the plan keeps.
fn kept_by_plan(
    catalog: &Catalog,
    plans: &[ListPlan],
    id: RecordId,
    day: NaiveDate,
) -> Result<Option<String>, Error> {
    let Some((row, due)) = catalog.due_of(id, plans)? else {
        return Ok(None);
    };
    let said = row.fate(Place::Archive);
    Ok(match due {
        Some(due) if due <= day => None,
        Some(due) => Some(format!(
            "record {id}: by row {} it may go from {due} on",
            row.row.id
        )),
        None => Some(format!(
            "record {id}: row {} of the plan says {said:?}",
            row.row.id
        )),
    })
}

/// Approves a proposed list, which must be the same as when it was proposed. `by`: who approves; under a plan its
/// gallringsansvarig. Gives the gallring, and what a person should know.
///
/// # Errors
/// [`GallringFault`] where decision, digest or person do not fit; [`catalog::Error::ListDiffers`]; those of the catalog.
pub fn approve_gallring(
    archive: &Archive,
    id: GallringId,
    digest: &str,
    by: &str,
    own: Option<OwnDecision>,
    around: &Surroundings,
) -> Result<(GallringRow, Vec<String>), Error> {
    let at = (around.now)();
    let today = local_date(at);
    let mut catalog = archive.catalog();
    let row = catalog
        .gallring(id)?
        .ok_or(catalog::Error::NoGallring(id))?;
    if row.state != GallringState::Proposed {
        let state = row.state;
        return Err(catalog::Error::GallringState { id, state }.into());
    }
    check_digest(digest, row.sum.digest)?;
    let mut warnings = Vec::new();
    let decision = match (row.question.records.is_empty(), own) {
        (true, Some(_)) => return Err(GallringFault::DecidedByPlan.into()),
        (false, None) => return Err(GallringFault::OwnDecisionNeeded.into()),
        (false, Some(own)) => {
            check_own(&own, today)?;
            GallringDecision::Own(own)
        }
        (true, None) => by_plan(&catalog, &row, by, today, &mut warnings)?,
    };
    if by.trim().is_empty() {
        return Err(GallringFault::Empty { what: "approver" }.into());
    }
    catalog.approve_gallring(
        id,
        &Approval {
            decision: &decision,
            by: by.trim(),
            actor: &around.actor,
            at,
            today,
        },
    )?;
    let row = catalog
        .gallring(id)?
        .ok_or(catalog::Error::NoGallring(id))?;
    Ok((row, warnings))
}

fn check_digest(given: &str, digest: Digest) -> Result<(), GallringFault> {
    let digits = given.trim().to_lowercase();
    let good = (FEWEST_DIGITS..=64).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if !good {
        return Err(GallringFault::NotADigest {
            given: given.chars().take(80).collect(),
        });
    }
    match digest.to_string().starts_with(&digits) {
        true => Ok(()),
        false => Err(GallringFault::OtherDigest {
            given: digits,
            digest,
        }),
    }
}

fn check_own(own: &OwnDecision, today: NaiveDate) -> Result<(), GallringFault> {
    let inquiry = &own.inquiry;
    for (what, text) in [
        ("decider", &own.by),
        ("paragraph", &own.paragraph),
        ("reference", &own.reference),
        ("answer on rättskipning", &inquiry.rattskipning),
        ("answer on verksamhet", &inquiry.verksamhet),
        ("answer on forskning", &inquiry.forskning),
        ("answer on kulturarv", &inquiry.kulturarv),
    ] {
        if text.trim().is_empty() {
            return Err(GallringFault::Empty { what });
        }
    }
    match own.date > today {
        true => Err(GallringFault::DecisionNotYet { date: own.date }),
        false => Ok(()),
    }
}

/// The decision that the list rests on: each version of the plan that a line cites. Who approves is named by the one in
/// force: who an older version named may be gone.
fn by_plan(
    catalog: &Catalog,
    row: &GallringRow,
    by: &str,
    today: NaiveDate,
    warnings: &mut Vec<String>,
) -> Result<GallringDecision, Error> {
    let committee = &row.committee;
    let plans = catalog.list_plans(committee, today)?;
    let in_force = plan_in_force(&plans, today)
        .filter(|plan| matches!(plan.decided, Decided::Yes | Decided::Past));
    let ansvarig = in_force.and_then(|plan| plan.header.gallringsansvarig.clone());
    let ansvarig = ansvarig.ok_or_else(|| GallringFault::NoPlan {
        committee: committee.clone(),
        day: today,
    })?;
    if plain(&ansvarig) != plain(by) {
        return Err(GallringFault::NotAnsvarig {
            committee: committee.clone(),
            ansvarig,
            by: by.to_owned(),
        }
        .into());
    }
    let mut cited = BTreeSet::new();
    let asked = &row.question;
    catalog.for_each_due::<Error>(committee, asked, today, false, |line, hinders| {
        if let (Some(row), true) = (line.row, hinders.is_empty()) {
            cited.insert(row.plan);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let mut decisions = Vec::new();
    for plan in plans.iter().filter(|plan| cited.contains(&plan.sha256)) {
        let Some(decision) = plan.header.decision.clone() else {
            continue;
        };
        if let (Decided::Past, Some(to)) = (plan.decided, plan.header.valid_to) {
            warnings.push(format!(
                "the validity of plan {:?} ended on {to}: what it says still holds, and the committee should be told",
                plan.header.title
            ));
        }
        decisions.push(CitedPlan {
            sha256: plan.sha256,
            title: plan.header.title.clone(),
            decision,
        });
    }
    Ok(GallringDecision::Plan {
        plans: decisions,
        gallringsansvarig: ansvarig,
    })
}

/// A name as it is compared.
fn plain(name: &str) -> String {
    name.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// Notes what editors did by the work list of a gallring from the medium; `records` empty: all that is left.
///
/// # Errors
/// [`GallringFault::NotOfMedium`], and those of the catalog.
pub fn note_gallring_done(
    archive: &Archive,
    id: GallringId,
    records: &[RecordId],
    by: &str,
    around: &Surroundings,
) -> Result<(u64, GallringRow), Error> {
    let mut catalog = archive.catalog();
    let row = catalog
        .gallring(id)?
        .ok_or(catalog::Error::NoGallring(id))?;
    if row.question.place != Place::Medium {
        return Err(GallringFault::NotOfMedium(id).into());
    }
    if by.trim().is_empty() {
        return Err(GallringFault::Empty { what: "doer" }.into());
    }
    let noted = catalog.note_done(id, records, by.trim(), &around.actor, (around.now)())?;
    let row = catalog
        .gallring(id)?
        .ok_or(catalog::Error::NoGallring(id))?;
    Ok((noted, row))
}
