//! Clocks of a case: until forbidden content is gone (TIB-5), and until Integritetsskyddsmyndigheten is told (VAR-4).

use chrono::{DateTime, TimeDelta, Utc};

use crate::policy::Policy;

/// Until when something is to be hidden, at the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// Calendar hours.
    pub hours: u32,
    pub counted_from: DateTime<Utc>,
    /// False when nobody knows when it was published, and it is counted from discovery.
    pub from_publication: bool,
    pub at: DateTime<Utc>,
}

impl Deadline {
    /// True when it is past, and nothing was hidden or removed before.
    pub fn is_overdue(&self, gone: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
        gone.is_none() && now > self.at
    }

    /// By how much it was hidden too late.
    pub fn late(&self, gone: DateTime<Utc>) -> Option<TimeDelta> {
        (gone > self.at).then(|| gone - self.at)
    }
}

/// The time that the policy sets, in calendar hours from publication; `None` where it names no hours.
pub fn deadline(
    policy: &Policy,
    published: Option<DateTime<Utc>>,
    discovered: DateTime<Utc>,
) -> Option<Deadline> {
    let hours = policy.removal_hours.as_ref()?.value.get();
    let counted_from = published.unwrap_or(discovered);
    Some(Deadline {
        hours,
        counted_from,
        from_publication: published.is_some(),
        at: counted_from.checked_add_signed(TimeDelta::hours(i64::from(hours)))?,
    })
}

/// What GDPR, article 33.1, gives where the municipality's text names no other time.
const IMY_HOURS: u32 = 72;

/// Until when Integritetsskyddsmyndigheten is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImyClock {
    pub hours: u32,
    pub aware: DateTime<Utc>,
    pub at: DateTime<Utc>,
    /// When it was told, or when the data protection officer judged that it need not be.
    pub settled: Option<DateTime<Utc>>,
}

impl ImyClock {
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.settled.is_none() && now > self.at
    }
}

/// The clock from when the municipality became aware.
pub fn imy_clock(
    policy: &Policy,
    aware: DateTime<Utc>,
    settled: Option<DateTime<Utc>>,
) -> Option<ImyClock> {
    let hours = policy
        .imy_hours
        .as_ref()
        .map_or(IMY_HOURS, |s| s.value.get());
    Some(ImyClock {
        hours,
        aware,
        at: aware.checked_add_signed(TimeDelta::hours(i64::from(hours)))?,
        settled,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Profile;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn policy(name: &str) -> Policy {
        Profile::named(name).unwrap().policy
    }

    #[test]
    fn calendar_hours_run_from_publication_over_nights_weekends_and_the_hour_that_is_twice() {
        let tibro = policy("tibro");
        // A Friday evening before the clocks go back.
        let published = at("2026-10-23T20:00:00Z");
        let found = at("2026-10-24T09:00:00Z");
        let deadline = deadline(&tibro, Some(published), found).unwrap();
        assert_eq!(deadline.at, at("2026-10-25T20:00:00Z"));
        assert!(deadline.from_publication);
        assert!(!deadline.is_overdue(None, deadline.at));
        let later = deadline.at + TimeDelta::seconds(1);
        assert!(deadline.is_overdue(None, later));
        assert!(!deadline.is_overdue(Some(later), later));
        assert_eq!(deadline.late(later), Some(TimeDelta::seconds(1)));
        assert_eq!(deadline.late(published), None);
    }

    #[test]
    fn what_nobody_dated_is_counted_from_discovery_and_no_hours_are_made_up() {
        let found = at("2026-11-20T09:00:00Z");
        let told = deadline(&policy("tibro"), None, found).unwrap();
        assert!(!told.from_publication);
        assert_eq!(told.at, at("2026-11-22T09:00:00Z"));
        for name in ["falkoping", "lilla-edet", "vara", "hallstahammar"] {
            assert_eq!(deadline(&policy(name), None, found), None, "{name}");
        }
        let never = DateTime::<Utc>::MAX_UTC;
        assert_eq!(deadline(&policy("tibro"), Some(never), found), None);
    }

    #[test]
    fn the_authority_is_told_within_72_hours_of_awareness() {
        let aware = at("2026-11-20T09:00:00Z");
        for name in ["vara", "tibro"] {
            let clock = imy_clock(&policy(name), aware, None).unwrap();
            assert_eq!(clock.at, at("2026-11-23T09:00:00Z"), "{name}");
            assert!(clock.is_overdue(at("2026-11-23T09:00:01Z")));
        }
        let told = imy_clock(&policy("vara"), aware, Some(aware)).unwrap();
        assert!(!told.is_overdue(at("2027-01-01T00:00:00Z")));
    }
}
