//! A case as it stands: what it is about, what was done, what is missing, its clocks, and what comes next.

use chrono::{DateTime, Utc};

use super::registration::registration;
use crate::catalog::{
    Catalog, Removal, RemovalObject, RemovalStep, RemovalWhat, Vanished, VanishingRow,
};
use crate::policy::Policy;
use crate::retention::removal::{
    Categories, Category, CategoryKind, Deadline, Demand, Facts, ImyClock, Lack, Thing,
    before_closing, before_deletion, deadline, imy_clock,
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
    pub(super) facts: Facts,
}

/// One thing of a case.
#[derive(Debug, Clone)]
pub struct CaseObject {
    pub object: RemovalObject,
    pub saved: Option<DateTime<Utc>>,
    pub hidden: Option<DateTime<Utc>>,
    pub deleted: Option<DateTime<Utc>>,
    pub deadline: Option<Deadline>,
    /// What the platform itself said, at a watch: that it is removed or hidden, and when.
    pub confirmed: Option<(Vanished, DateTime<Utc>)>,
}

impl CaseObject {
    /// When it was first out of the public's sight.
    pub fn gone(&self) -> Option<DateTime<Utc>> {
        let confirmed = self.confirmed.map(|(_, at)| at);
        self.hidden
            .into_iter()
            .chain(self.deleted)
            .chain(confirmed)
            .min()
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
                steps.iter().rfind(of).map(|s| s.at)
            };
            let vanishings = match &object.record {
                Some(seen) => catalog.vanishings(seen.record)?,
                None => Vec::new(),
            };
            objects.push(CaseObject {
                saved: object.saved(),
                hidden: newest(RemovalWhat::Hidden),
                deleted: newest(RemovalWhat::Deleted),
                deadline: deadline(policy, object.published, removal.discovered),
                confirmed: confirmed(&vanishings),
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
                        hidden: o.hidden,
                        deleted: o.deleted,
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
        Ok(Self {
            before_deletion: before_deletion(policy, &facts, now),
            before_closing: before_closing(policy, &category, &facts),
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

    pub fn all_hidden(&self) -> bool {
        self.objects.iter().all(|o| o.gone().is_some())
    }

    pub fn all_deleted(&self) -> bool {
        self.objects.iter().all(|o| o.deleted.is_some())
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

/// The newest word of the platform that still holds.
fn confirmed(rows: &[VanishingRow]) -> Option<(Vanished, DateTime<Utc>)> {
    let holds = rows.iter().filter(|row| row.ended.is_none());
    let newest = holds.max_by_key(|row| (row.change == Vanished::Removed, row.confirmed))?;
    Some((newest.change, newest.confirmed))
}
