//! Pages that did not go for their own sake, such as one whose file is damaged: each is tried again, ever more seldom, so
//! that it is not copied to the share time and again. What is wrong with it is told all the while.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::catalog::PageToSend;
use crate::record::BagId;

const SHORTEST: TimeDelta = TimeDelta::minutes(1);
const LONGEST: TimeDelta = TimeDelta::hours(6);

/// What is known of them from one try of the folder to the next. A new one knows of none, and so tries all.
#[derive(Debug, Default)]
pub struct HeldUp(Mutex<BTreeMap<BagId, Wait>>);

#[derive(Debug, Clone)]
struct Wait {
    tried: DateTime<Utc>,
    pause: TimeDelta,
    problem: String,
}

impl HeldUp {
    fn waits(&self) -> MutexGuard<'_, BTreeMap<BagId, Wait>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was wrong with a page that is not to be tried at `now`.
    pub(super) fn waiting(&self, bag: BagId, now: DateTime<Utc>) -> Option<String> {
        let waits = self.waits();
        let wait = waits.get(&bag)?;
        let passed = now - wait.tried;
        // A clock that was set back holds up nothing.
        (TimeDelta::zero() <= passed && passed < wait.pause).then(|| wait.problem.clone())
    }

    /// It was tried and did not go: the next pause is twice as long.
    pub(super) fn keep(&self, bag: BagId, now: DateTime<Utc>, problem: &str) {
        let mut waits = self.waits();
        let pause = waits.get(&bag).map_or(SHORTEST, |w| w.pause * 2);
        waits.insert(
            bag,
            Wait {
                tried: now,
                pause: pause.min(LONGEST),
                problem: problem.to_owned(),
            },
        );
    }

    /// Forgets what no longer waits.
    pub(super) fn keep_only(&self, due: &[PageToSend]) {
        self.waits()
            .retain(|bag, _| due.iter().any(|page| page.bag == *bag));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_six_hours_and_a_page_that_is_gone_is_forgotten() {
        let (bag, held) = (BagId(uuid::Uuid::nil()), HeldUp::default());
        let mut now: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
        assert_eq!(held.waiting(bag, now), None);
        for minutes in [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360] {
            held.keep(bag, now, "skadad");
            let pause = TimeDelta::minutes(minutes);
            let waiting = |at| held.waiting(bag, at);
            assert_eq!(waiting(now).as_deref(), Some("skadad"));
            assert!(waiting(now + pause - TimeDelta::seconds(1)).is_some());
            assert!(waiting(now - TimeDelta::seconds(1)).is_none());
            assert_eq!(waiting(now + pause), None);
            now += pause;
        }
        held.keep(bag, now, "skadad");
        held.keep_only(&[]);
        assert_eq!(held.waiting(bag, now), None);
        held.keep(bag, now, "skadad");
        assert_eq!(held.waiting(bag, now + SHORTEST), None);
    }
}
