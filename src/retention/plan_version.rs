//! The versions of a committee's plan, and which of them holds on a day.

use chrono::NaiveDate;
use serde::Serialize;

use super::PlanDecision;

/// One version of a committee's plan, as it was loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanVersion {
    /// The plan's number in the archive.
    pub number: i64,
    pub committee: String,
    /// `None`: a draft, by which nothing is destroyed.
    pub decision: Option<PlanDecision>,
    pub valid_from: Option<NaiveDate>,
    /// The last day.
    pub valid_to: Option<NaiveDate>,
    /// The Swedish day it was loaded.
    pub loaded: NaiveDate,
}

impl PlanVersion {
    /// The first day on which it can hold: what it says itself, else its decision's, else the day it was loaded. No
    /// decision holds before its day.
    pub fn begins(&self) -> NaiveDate {
        let decided = self.decision.as_ref().map(|decision| decision.date);
        self.valid_from.max(decided).unwrap_or(self.loaded)
    }

    /// True once its validity is over.
    pub fn is_past(&self, day: NaiveDate) -> bool {
        self.valid_to.is_some_and(|last| last < day)
    }
}

/// The version that holds on the day: a decided one before any draft, one whose validity is not over before one that
/// is, then the one that began last, then the one that was loaded last. A plan whose validity is over holds until another
/// is there: nothing that it protects becomes free by a day in the calendar.
///
/// All are of one committee.
pub fn in_force(versions: &[PlanVersion], day: NaiveDate) -> Option<&PlanVersion> {
    versions
        .iter()
        .filter(|version| version.begins() <= day)
        .max_by_key(|v| (v.decision.is_some(), !v.is_past(day), v.begins(), v.number))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn decision(date: &str) -> PlanDecision {
        PlanDecision {
            by: "Kommunstyrelsen".into(),
            date: day(date),
            paragraph: "§ 1".into(),
            reference: None,
            delegation: None,
        }
    }

    fn version(
        number: i64,
        decided: Option<&str>,
        from: Option<&str>,
        to: Option<&str>,
    ) -> PlanVersion {
        PlanVersion {
            number,
            committee: "Kommunstyrelsen".into(),
            decision: decided.map(decision),
            valid_from: from.map(day),
            valid_to: to.map(day),
            loaded: day("2026-11-21"),
        }
    }

    fn holds(versions: &[PlanVersion], on: &str) -> Option<i64> {
        in_force(versions, day(on)).map(|v| v.number)
    }

    #[test]
    fn a_plan_holds_from_its_day_and_until_another_does() {
        let versions = [
            version(
                1,
                Some("2023-12-01"),
                Some("2024-01-01"),
                Some("2026-12-31"),
            ),
            version(2, Some("2026-11-02"), Some("2027-01-01"), None),
        ];
        for (on, number) in [
            ("2023-12-31", None),
            ("2024-01-01", Some(1)),
            ("2026-12-31", Some(1)),
            ("2027-01-01", Some(2)),
        ] {
            assert_eq!(holds(&versions, on), number, "{on}");
        }
        let alone = &versions[..1];
        assert_eq!(holds(alone, "2031-01-01"), Some(1), "over, and still there");
    }

    #[test]
    fn a_draft_never_takes_the_place_of_a_decision() {
        let versions = [
            version(1, Some("2024-01-01"), None, Some("2025-12-31")),
            version(2, None, None, None),
        ];
        assert_eq!(holds(&versions, "2026-11-22"), Some(1));
        assert_eq!(holds(&versions[1..], "2026-11-22"), Some(2));
        assert_eq!(holds(&versions[1..], "2026-11-20"), None);
    }

    #[test]
    fn a_decision_holds_no_day_before_it_was_made() {
        let back = [version(1, Some("2026-11-10"), Some("2026-01-01"), None)];
        assert_eq!(holds(&back, "2026-11-09"), None);
        assert_eq!(holds(&back, "2026-11-10"), Some(1));
    }

    proptest! {
        #[test]
        fn which_version_holds_knows_no_order_and_begins_in_time(
            given in proptest::collection::vec(
                (any::<bool>(), proptest::option::of(0..3000_i64), proptest::option::of(0..3000_i64), 0..3000_i64),
                0..8,
            ),
            on in 0..3000_i64,
        ) {
            let at = |n: i64| day("2024-01-01") + chrono::TimeDelta::days(n);
            let mut versions: Vec<PlanVersion> = given
                .iter()
                .zip(1..)
                .map(|((decided, from, to, loaded), number)| PlanVersion {
                    decision: decided.then(|| decision("2024-01-01")),
                    valid_from: from.map(at),
                    valid_to: to.map(at),
                    loaded: at(*loaded),
                    ..version(number, None, None, None)
                })
                .collect();
            let found = in_force(&versions, at(on)).cloned();
            versions.reverse();
            prop_assert_eq!(in_force(&versions, at(on)), found.as_ref());
            match found {
                None => prop_assert!(versions.iter().all(|v| v.begins() > at(on))),
                Some(found) => {
                    prop_assert!(found.begins() <= at(on));
                    let decided = versions.iter().any(|v| v.decision.is_some() && v.begins() <= at(on));
                    prop_assert_eq!(found.decision.is_some(), decided);
                }
            }
        }
    }
}
