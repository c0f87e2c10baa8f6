//! After an incident the account is watched tighter, where the municipality's text asks for it (VAR-6).

use chrono::{DateTime, TimeDelta, Utc};

use crate::catalog::{Boost, Catalog, NewRemovalStep, Removal, RemovalWhat};
use crate::policy::Policy;
use crate::record::Account;
use crate::retention::removal::Category;
use crate::workflow::{Error, Surroundings};

/// How often an account is looked at after an incident, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tighter {
    pub minutes: u32,
    pub days: u32,
}

impl Default for Tighter {
    fn default() -> Self {
        Self {
            minutes: 15,
            days: 30,
        }
    }
}

/// As `schedule boost --after-incident` has it, so that `report oversight` knows why.
const INCIDENT: &str = "unlawful content";

/// Watches the accounts tighter, those that can be watched; one that is watched so for as long is left as it is.
pub(super) fn tighten(
    catalog: &mut Catalog,
    policy: &Policy,
    case: &Removal,
    category: &Category,
    accounts: &[Account],
    tighter: Tighter,
    around: &Surroundings,
) -> Result<(), Error> {
    let wanted = policy
        .oversight_tighter_after_incident
        .as_ref()
        .is_some_and(|s| s.value);
    if !wanted || !category.is_incident() {
        return Ok(());
    }
    let now = (around.now)();
    let ends = now + TimeDelta::days(i64::from(tighter.days));
    let seconds = u64::from(tighter.minutes) * 60;
    let running = catalog.boosts(now)?;
    for account in accounts.iter().filter(|a| a.platform.has_records()) {
        let as_long = |b: &Boost| {
            b.account == account.id && b.reason.starts_with(INCIDENT) && !is_longer(ends, b.ends)
        };
        if running.iter().any(as_long) {
            continue;
        }
        catalog.add_boost(&Boost {
            account: account.id.clone(),
            seconds,
            begins: now,
            ends,
            reason: format!("{INCIDENT}: {}", case.designation),
            actor: around.actor.clone(),
        })?;
        catalog.note_removal(
            case,
            &[NewRemovalStep {
                value: Some(account.id.as_str()),
                ..NewRemovalStep::of(RemovalWhat::Boosted, now, now, &around.actor)
            }],
        )?;
    }
    Ok(())
}

/// A day more is worth a boost of its own.
fn is_longer(ends: DateTime<Utc>, than: DateTime<Utc>) -> bool {
    ends - than > TimeDelta::days(1)
}
