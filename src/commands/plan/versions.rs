//! `arkivd plan list`: all versions, and which of them holds.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::super::output::{Exit, Output, Table};
use super::super::{Context, Error};
use crate::calendar::local_time;
use crate::catalog::LoadedPlan;
use crate::retention::{Decided, PlanDecision, PlanVersion, in_force};

/// How a version stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Holds,
    /// It holds, and nothing is destroyed by it.
    Draft,
    /// It holds, though its time is over.
    PastAndHolds,
    NotYet,
    /// Another holds.
    Superseded,
}

impl State {
    fn of(version: &PlanVersion, all: &[PlanVersion], day: NaiveDate) -> Self {
        let theirs: Vec<PlanVersion> = all
            .iter()
            .filter(|v| v.committee == version.committee)
            .cloned()
            .collect();
        let holds = in_force(&theirs, day).is_some_and(|v| v.number == version.number);
        match holds {
            true if version.decision.is_none() => Self::Draft,
            true if version.is_past(day) => Self::PastAndHolds,
            true => Self::Holds,
            false if version.begins() > day => Self::NotYet,
            false => Self::Superseded,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Draft => "draft",
            Self::PastAndHolds => "past-and-holds",
            Self::NotYet => "not-yet",
            Self::Superseded => "superseded",
        }
    }

    fn told(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Draft => "holds as a draft",
            Self::PastAndHolds => "holds, its time is over",
            Self::NotYet => "not yet",
            Self::Superseded => "another holds",
        }
    }
}

/// Whether anything may be destroyed, as JSON tells it.
pub(super) fn decided(decided: Decided) -> &'static str {
    match decided {
        Decided::Yes => "yes",
        Decided::No => "no",
        Decided::NotYet => "not-yet",
        Decided::Past => "past",
    }
}

pub(super) fn run(
    committee: Option<&str>,
    day: NaiveDate,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.read()?;
    let catalog = archive.catalog();
    if let Some(committee) = committee {
        super::demand_known(&catalog, committee)?;
    }
    let loaded = catalog.plans(committee)?;
    let versions: Vec<PlanVersion> = loaded.iter().map(|l| l.version.clone()).collect();
    let state = |l: &LoadedPlan| State::of(&l.version, &versions, day);
    let plans: Vec<Value> = loaded.iter().map(|l| as_json(l, state(l))).collect();
    let data = json!({ "day": day, "plans": plans });
    output.report(&data, &[], |out| {
        let mut table = Table::new(&[
            "plan",
            "committee",
            "decision",
            "from",
            "to",
            "loaded",
            "by",
            "on the day",
        ]);
        for l in &loaded {
            let v = &l.version;
            table.row([
                v.number.to_string(),
                v.committee.clone(),
                v.decision.as_ref().map_or("none".to_owned(), told),
                v.begins().to_string(),
                v.valid_to.map(|to| to.to_string()).unwrap_or_default(),
                local_time(l.loaded),
                l.actor.clone(),
                state(l).told().to_owned(),
            ]);
        }
        table.write(out)
    })?;
    if loaded.is_empty() {
        output.hint("no plan is loaded, so all is kept: write one from the template in plans/, or with arkivd plan draft");
    }
    Ok(Exit::Done)
}

/// `Kommunstyrelsen 2026-11-02 § 12`
fn told(decision: &PlanDecision) -> String {
    format!("{} {} {}", decision.by, decision.date, decision.paragraph)
}

fn as_json(l: &LoadedPlan, state: State) -> Value {
    let v = &l.version;
    json!({ "plan": v.number, "committee": v.committee, "decision": v.decision, "begins": v.begins(),
        "valid_from": v.valid_from, "valid_to": v.valid_to, "loaded": l.loaded, "by": l.actor,
        "sha256": l.sha256, "state": state.as_str() })
}
