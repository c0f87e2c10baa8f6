//! A case as it stands: what it is about, what was done, what is missing, its clocks, and what comes next.

use chrono::{DateTime, Utc};

use super::RemovalFault;
use super::registration::registration;
use crate::catalog::{
    Catalog, Emergency, EmergencyState, Removal, RemovalObject, RemovalStep, RemovalWhat,
    TAKEN_BACK, Vanished, VanishingRow,
};
use crate::policy::Policy;
use crate::retention::removal::{
    Categories, Category, CategoryKind, Deadline, Demand, Facts, ImyClock, Lack, Thing,
    before_closing, before_deletion, before_ending, deadline, imy_clock,
};
use crate::workflow::Error;

/// A case as it stands.
#[derive(Debug, Clone)]
pub struct Case {
    pub removal: Removal,
    pub category: Category,
    pub objects: Vec<CaseObject>,
    pub steps: Vec<RemovalStep>,
    /// What must be done before it may be deleted; empty when the gate is open.
    pub before_deletion: Vec<Lack>,
    pub before_closing: Vec<Lack>,
    pub imy: Option<ImyClock>,
    /// What it locks, where it is an emergency.
    pub emergency: Option<Emergency>,
    pub(super) facts: Facts,
}

/// One thing of a case.
#[derive(Debug, Clone)]
pub struct CaseObject {
    pub object: RemovalObject,
    pub saved: Option<DateTime<Utc>>,
    /// When it was hidden, as it is noted, and not taken back.
    pub hidden: Option<DateTime<Utc>>,
    pub deleted: Option<DateTime<Utc>>,
    /// When a look at the platform saw it open to everyone after that was noted.
    pub seen_again: Option<DateTime<Utc>>,
    pub deadline: Option<Deadline>,
    /// What the platform itself said, at a watch: that it is removed or hidden, and when.
    pub confirmed: Option<(Vanished, DateTime<Utc>)>,
}

impl CaseObject {
    /// When it was first out of the public's sight; `None` while it is seen, whatever is noted.
    pub fn gone(&self) -> Option<DateTime<Utc>> {
        let noted = self.hidden.into_iter().chain(self.deleted);
        let noted = noted.filter(|_| self.seen_again.is_none());
        noted.chain(self.confirmed.map(|(_, at)| at)).min()
    }

    /// When it was deleted, if the platform has not shown it since.
    pub fn stays_deleted(&self) -> Option<DateTime<Utc>> {
        self.deleted.filter(|_| self.seen_again.is_none())
    }

    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.deadline
            .is_some_and(|deadline| deadline.is_overdue(self.gone(), now))
    }

    /// Where it stands.
    pub fn address(&self) -> Option<&str> {
        let permalink = self
            .object
            .record
            .as_ref()
            .and_then(|r| r.permalink.as_deref());
        self.object.address.as_deref().or(permalink)
    }
}

/// What a dpo step ends with.
pub(super) const NEEDS_REPORT: &str = "anmälan behövs";
pub(super) const NEEDS_NONE: &str = "anmälan behövs inte";

impl Case {
    /// # Errors
    /// Those of the catalog.
    pub fn load(
        catalog: &Catalog,
        policy: &Policy,
        removal: Removal,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let steps = catalog.removal_steps(&removal)?;
        let mut objects = Vec::new();
        for object in catalog.removal_objects(&removal)? {
            let newest = |what| {
                let of = |s: &&RemovalStep| s.what == what && s.object == Some(object.row);
                let newest = steps.iter().rfind(of);
                let stands = newest.filter(|s| s.value.as_deref() != Some(TAKEN_BACK));
                stands.map(|s| (s.at, s.noted))
            };
            let (hidden, deleted) = (newest(RemovalWhat::Hidden), newest(RemovalWhat::Deleted));
            let vanishings = match &object.record {
                Some(seen) => catalog.vanishings(seen.record)?,
                None => Vec::new(),
            };
            let confirmed = confirmed(&vanishings);
            let shown = object.record.as_ref().and_then(|r| r.shown);
            objects.push(CaseObject {
                saved: object.saved(),
                hidden: hidden.map(|(at, _)| at),
                deleted: deleted.map(|(at, _)| at),
                seen_again: match confirmed {
                    // The platform's last word is that it is gone.
                    Some(_) => None,
                    None => {
                        let noted = hidden.into_iter().chain(deleted).map(|(_, noted)| noted);
                        let noted = noted.max();
                        shown.filter(|at| noted.is_some_and(|noted| *at > noted))
                    }
                },
                deadline: deadline(policy, object.published, removal.discovered),
                confirmed,
                object,
            });
        }
        let newest = |what| steps.iter().rfind(|s| s.what == what);
        let settled = newest(RemovalWhat::Imy).map(|s| s.at).or_else(|| {
            let none =
                |s: &&RemovalStep| s.value.as_deref().is_some_and(|v| v.ends_with(NEEDS_NONE));
            newest(RemovalWhat::Assessed).filter(none).map(|s| s.at)
        });
        let imy = newest(RemovalWhat::ImyAware).and_then(|s| imy_clock(policy, s.at, settled));
        let facts = Facts {
            things: objects
                .iter()
                .map(|o| {
                    Ok::<_, Error>(Thing {
                        saved: o.saved,
                        hidden: o.hidden.filter(|_| o.seen_again.is_none()),
                        deleted: o.stays_deleted(),
                        registration: registration(catalog, &o.object)?,
                    })
                })
                .collect::<Result<_, _>>()?,
            // A number that the case has no more is no registration of it.
            registered: newest(RemovalWhat::Registered)
                .filter(|_| removal.registered.is_some())
                .map(|s| s.at),
            authority: newest(RemovalWhat::Authority).map(|s| s.at),
            author_informed: newest(RemovalWhat::AuthorInformed).is_some(),
            police: newest(RemovalWhat::Police).is_some(),
            imy_open: imy.as_ref().is_some_and(|clock| clock.settled.is_none()),
        };
        let categories = Categories::of(policy)?;
        let category = match categories.find(&removal.category) {
            Some(category) => category.clone(),
            // The rules have changed since: the case keeps its word.
            None => Category {
                id: removal.category.clone(),
                name: removal.category.clone(),
                kind: CategoryKind::House,
                rule: None,
                own: false,
            },
        };
        let emergency = catalog.emergency(&removal)?;
        let (deletion, closing) = match emergency {
            // The police decide on it, and no rule of the municipality's does.
            Some(_) => (Vec::new(), before_ending(&facts)),
            None => (
                before_deletion(policy, &facts, now),
                before_closing(policy, &category, &facts),
            ),
        };
        Ok(Self {
            before_deletion: deletion,
            before_closing: closing,
            emergency,
            removal,
            category,
            objects,
            steps,
            imy,
            facts,
        })
    }

    /// By its number, beteckning or diarienummer.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(
        catalog: &Catalog,
        policy: &Policy,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        Self::load(catalog, policy, catalog.removal(name)?, now)
    }

    /// True when the clock of something that is still seen has run out, or that for Integritetsskyddsmyndigheten.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.removal.closed.is_none()
            && (self.objects.iter().any(|o| o.is_overdue(now))
                || self.imy.as_ref().is_some_and(|clock| clock.is_overdue(now)))
    }

    /// # Errors
    /// [`RemovalFault::InEmergency`]
    pub(super) fn no_emergency(&self, problem: &'static str) -> Result<(), RemovalFault> {
        match self.emergency {
            None => Ok(()),
            Some(_) => Err(RemovalFault::InEmergency {
                case: self.removal.designation.clone(),
                number: self.removal.number,
                problem,
            }),
        }
    }

    pub fn all_hidden(&self) -> bool {
        self.objects.iter().all(|o| o.gone().is_some())
    }

    pub fn all_deleted(&self) -> bool {
        self.objects.iter().all(|o| o.stays_deleted().is_some())
    }

    pub fn all_saved(&self) -> bool {
        self.objects.iter().all(|o| o.saved.is_some())
    }

    /// What comes next, as a command or an act; `None` once it is closed.
    pub fn next_step(&self) -> Option<String> {
        let n = self.removal.number;
        if self.removal.closed.is_some() {
            return None;
        }
        if let Some(emergency) = &self.emergency {
            return self.next_in_emergency(emergency.state);
        }
        if self.objects.iter().any(|o| o.seen_again.is_some()) {
            return Some(format!(
                "hide it on the platform again, then: arkivd removal mark {n} hidden; if it never was: arkivd removal mark {n} hidden --withdraw"
            ));
        }
        if self.objects.iter().any(|o| o.gone().is_none()) {
            return Some(format!(
                "hide it on the platform now, then: arkivd removal mark {n} hidden"
            ));
        }
        if let Some(lack) = self.before_deletion.first().filter(|_| !self.all_deleted()) {
            return Some(lack.remedy(n));
        }
        let other = self
            .before_closing
            .iter()
            .find(|l| l.demand != Demand::Gone);
        Some(match other {
            Some(lack) => lack.remedy(n),
            None if self.all_deleted() => format!("arkivd removal close {n}"),
            None => format!(
                "it may be deleted, then: arkivd removal mark {n} deleted; or stay hidden: arkivd removal close {n}"
            ),
        })
    }
}

impl Case {
    fn next_in_emergency(&self, state: EmergencyState) -> Option<String> {
        let n = self.removal.number;
        let seen = self.objects.iter().any(|o| o.gone().is_none());
        let lacks = |demand| self.before_closing.iter().any(|l| l.demand == demand);
        Some(match state {
            EmergencyState::Locked | EmergencyState::Erasing if seen => {
                format!("hide it on the platform now (dölj), then: arkivd removal mark {n} hidden")
            }
            EmergencyState::Locked if lacks(Demand::Police) => format!(
                "call the police (114 14; 112 if it is going on now), then: arkivd removal mark {n} police=REFERENCE"
            ),
            EmergencyState::Locked => format!(
                "the police say what becomes of it: arkivd removal emergency-erase {n} --instruction REFERENCE --by NAME --date DAY; or, found lawful: arkivd removal emergency-lift {n} --reason \"...\""
            ),
            EmergencyState::Erasing => format!(
                "the erasure is not ended: give the same command again when nothing reads the archive: arkivd removal emergency-erase {n}"
            ),
            EmergencyState::Erased | EmergencyState::Lifted => {
                format!("arkivd removal close {n}")
            }
        })
    }
}

/// The newest word of the platform that still holds.
fn confirmed(rows: &[VanishingRow]) -> Option<(Vanished, DateTime<Utc>)> {
    let holds = rows.iter().filter(|row| row.ended.is_none());
    let newest = holds.max_by_key(|row| (row.change == Vanished::Removed, row.confirmed))?;
    Some((newest.change, newest.confirmed))
}
