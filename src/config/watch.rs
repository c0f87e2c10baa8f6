//! `[watch]`: how often accounts may be looked at by their own pace, between the ticks of the schedules.

use chrono::TimeDelta;
use serde::Deserialize;

use super::Error;
use crate::workflow::Pace;

/// Minutes between two looks at an account where things happen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Watch {
    /// At least; a boost may say less.
    pub shortest_minutes: u32,
    /// At most: slower is left to the schedules. 0 leaves all to them.
    pub longest_minutes: u32,
    /// For how many days an account is watched tighter after unlawful content, and how often (VAR-6).
    pub after_incident_days: u32,
    pub after_incident_minutes: u32,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            shortest_minutes: 5,
            longest_minutes: 120,
            after_incident_days: 30,
            after_incident_minutes: 15,
        }
    }
}

impl Watch {
    pub(super) fn check(&self) -> Result<(), Error> {
        const DAY: u32 = 24 * 60;
        let keys = [
            ("shortest_minutes", self.shortest_minutes, 1, DAY),
            ("longest_minutes", self.longest_minutes, 0, DAY),
            ("after_incident_days", self.after_incident_days, 1, 366),
            (
                "after_incident_minutes",
                self.after_incident_minutes,
                1,
                DAY,
            ),
        ];
        match keys
            .into_iter()
            .find(|(_, n, least, most)| !(least..=most).contains(&n))
        {
            None => Ok(()),
            Some((key, value, least, most)) => Err(Error::Watch {
                key,
                value,
                least,
                most,
            }),
        }
    }

    pub fn pace(&self) -> Pace {
        Pace {
            shortest: TimeDelta::minutes(self.shortest_minutes.into()),
            longest: TimeDelta::minutes(self.longest_minutes.into()),
        }
    }
}
