//! Decisions of the committee, and how each stands in the courts: first the kammarrätt (6 kap. 8 § OSL), then Högsta
//! förvaltningsdomstolen (33 § förvaltningsprocesslagen, 1971:291), each within three weeks from the day that the
//! requester got what they appeal.

use chrono::NaiveDate;
use serde::Serialize;

use super::DisclosureLack;
use crate::catalog::{DisclosureStep, DisclosureWhat};
use crate::retention::disclosure::last_day_to_appeal;

/// A decision that can be appealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    pub decided: NaiveDate,
    /// That the requester got it; `None`: it is not noted.
    pub served: Option<Service>,
    /// That they got the kammarrätt's judgment.
    pub judgment: Option<Service>,
}

/// That the requester got a decision or a judgment, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Service {
    pub day: NaiveDate,
    /// An appeal must have come in on this day.
    pub last_day: NaiveDate,
    pub appealed: Option<NaiveDate>,
    pub outcome: Option<CourtAnswer>,
}

/// A court's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CourtAnswer {
    /// [`DisclosureWhat::Upheld`] or [`DisclosureWhat::Changed`].
    pub what: DisclosureWhat,
    pub reference: Option<String>,
}

impl Service {
    fn of(day: NaiveDate) -> Self {
        Self {
            day,
            last_day: last_day_to_appeal(day),
            appealed: None,
            outcome: None,
        }
    }

    fn is_in_court(&self) -> bool {
        self.appealed.is_some() && self.outcome.is_none()
    }
}

impl Decision {
    /// The decisions in the order they were made. A new one takes the place of one that nobody got; it does not take the
    /// place of one that was served, whose appeal goes on.
    ///
    /// What is noted is of the newest decision that it can be of, but for a court's answer, which is of the one that has
    /// waited longest. What is noted again corrects what was noted before.
    pub(super) fn all(steps: &[DisclosureStep]) -> Vec<Self> {
        use DisclosureWhat::{
            Appealed, AppealedFurther, Changed, Decided, JudgmentServed, Served, Upheld,
        };
        let mut all: Vec<Self> = Vec::new();
        for step in steps {
            match step.what {
                Decided => {
                    all.retain(|decision| decision.served.is_some());
                    all.push(Self {
                        decided: step.day,
                        served: None,
                        judgment: None,
                    });
                }
                Served => {
                    let newest = all.last_mut().map(|decision| &mut decision.served);
                    serve(newest, step.day);
                }
                Appealed => {
                    let served = all.iter_mut().filter_map(|d| d.served.as_mut());
                    appeal(served.collect(), step.day);
                }
                Upheld | Changed => answer(&mut all, step),
                JudgmentServed => {
                    let answered = |d: &&mut Self| {
                        let served = d.served.as_ref();
                        served.is_some_and(|s| s.outcome.is_some())
                    };
                    let mut answered: Vec<&mut Self> = all.iter_mut().filter(answered).collect();
                    let waits = answered.iter().position(|d| d.judgment.is_none());
                    let at = waits.unwrap_or(answered.len().saturating_sub(1));
                    serve(answered.get_mut(at).map(|d| &mut d.judgment), step.day);
                }
                AppealedFurther => {
                    let served = all.iter_mut().filter_map(|d| d.judgment.as_mut());
                    appeal(served.collect(), step.day);
                }
                _ => {}
            }
        }
        all
    }

    /// What is waited for until it can be appealed no more.
    pub(super) fn lack(&self, today: NaiveDate) -> Option<DisclosureLack> {
        let Some(served) = &self.served else {
            return Some(DisclosureLack::NotServed);
        };
        match (served.appealed, &served.outcome, &self.judgment) {
            (None, ..) if today <= served.last_day => {
                Some(DisclosureLack::AppealRuns(served.last_day))
            }
            (None, ..) => None,
            (Some(_), None, _) => Some(DisclosureLack::InCourt),
            (Some(_), Some(_), None) => Some(DisclosureLack::JudgmentNotServed),
            (Some(_), Some(_), Some(judgment)) if judgment.is_in_court() => {
                Some(DisclosureLack::InHighestCourt)
            }
            (Some(_), Some(_), Some(judgment)) => {
                let runs = judgment.appealed.is_none() && today <= judgment.last_day;
                runs.then_some(DisclosureLack::FurtherAppealRuns(judgment.last_day))
            }
        }
    }
}

/// Of what was served before, the day is put right, and what came of it stands.
fn serve(place: Option<&mut Option<Service>>, day: NaiveDate) {
    let Some(place) = place else { return };
    let before = place.take();
    let anew = Service::of(day);
    *place = Some(match before {
        Some(before) => Service {
            appealed: before.appealed,
            outcome: before.outcome,
            ..anew
        },
        None => anew,
    });
}

/// The newest that is not appealed is; where all are, the newest day is put right.
fn appeal(mut served: Vec<&mut Service>, day: NaiveDate) {
    let open = served.iter().rposition(|s| s.appealed.is_none());
    let at = open.unwrap_or(served.len().saturating_sub(1));
    if let Some(served) = served.get_mut(at) {
        served.appealed = Some(day);
    }
}

/// The appeal that has waited longest is answered; where none waits, the newest answer is put right.
fn answer(all: &mut [Decision], step: &DisclosureStep) {
    let each = all
        .iter_mut()
        .flat_map(|d| [d.served.as_mut(), d.judgment.as_mut()]);
    let mut appealed: Vec<&mut Service> = each
        .flatten()
        .filter(|served| served.appealed.is_some())
        .collect();
    let waiting = appealed.iter().enumerate().filter(|(_, s)| s.is_in_court());
    let waits = waiting.min_by_key(|(_, s)| s.appealed).map(|(at, _)| at);
    let at = waits.unwrap_or(appealed.len().saturating_sub(1));
    if let Some(served) = appealed.get_mut(at) {
        served.outcome = Some(CourtAnswer {
            what: step.what,
            reference: step.value.clone(),
        });
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use DisclosureWhat::{
        Appealed, AppealedFurther, Changed, Decided, JudgmentServed, Served, Upheld,
    };

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn steps(all: &[(DisclosureWhat, &str)]) -> Vec<DisclosureStep> {
        let step = |(what, on): &(DisclosureWhat, &str)| DisclosureStep {
            what: *what,
            day: day(on),
            form: None,
            pages: None,
            fee: None,
            export: None,
            value: Some(format!("mål {on}")),
            note: None,
            at: DateTime::<Utc>::UNIX_EPOCH,
            actor: String::new(),
        };
        all.iter().map(step).collect()
    }

    fn lacks(all: &[(DisclosureWhat, &str)], today: &str) -> Vec<DisclosureLack> {
        let decisions = Decision::all(&steps(all));
        decisions
            .iter()
            .filter_map(|d| d.lack(day(today)))
            .collect()
    }

    #[test]
    fn a_judgment_can_be_appealed_within_three_weeks_from_the_day_it_was_got() {
        let mut all = vec![
            (Decided, "2026-02-02"),
            (Served, "2026-02-03"),
            (Appealed, "2026-02-10"),
            (Upheld, "2026-04-01"),
        ];
        assert_eq!(
            lacks(&all, "2026-12-01"),
            [DisclosureLack::JudgmentNotServed]
        );
        all.push((JudgmentServed, "2026-04-07"));
        let last = day("2026-04-28");
        let runs = [DisclosureLack::FurtherAppealRuns(last)];
        assert_eq!(lacks(&all, "2026-04-28"), runs);
        assert_eq!(lacks(&all, "2026-04-29"), []);
        all.push((AppealedFurther, "2026-04-20"));
        let in_court = [DisclosureLack::InHighestCourt];
        assert_eq!(lacks(&all, "2027-04-29"), in_court);
        all.push((Changed, "2027-05-01"));
        assert_eq!(lacks(&all, "2027-05-01"), []);
        let [decision] = <[Decision; 1]>::try_from(Decision::all(&steps(&all))).unwrap();
        let what = |s: &Option<Service>| s.as_ref().unwrap().outcome.as_ref().unwrap().what;
        assert_eq!(what(&decision.served), Upheld);
        assert_eq!(what(&decision.judgment), Changed);
    }

    #[test]
    fn a_second_decision_hides_no_appeal_of_the_first() {
        let mut all = vec![
            (Decided, "2026-02-02"),
            (Served, "2026-02-03"),
            (Appealed, "2026-02-10"),
            (Decided, "2026-03-02"),
        ];
        assert_eq!(
            lacks(&all, "2026-12-01"),
            [DisclosureLack::InCourt, DisclosureLack::NotServed]
        );
        all.push((Served, "2026-03-03"));
        assert_eq!(lacks(&all, "2026-12-01"), [DisclosureLack::InCourt]);
        all.push((Appealed, "2026-03-10"));
        assert_eq!(lacks(&all, "2026-12-01"), [DisclosureLack::InCourt; 2]);
        all.extend([(Upheld, "2026-05-01"), (JudgmentServed, "2026-05-02")]);
        assert_eq!(lacks(&all, "2026-12-01"), [DisclosureLack::InCourt]);
        all.extend([(Changed, "2026-06-01"), (JudgmentServed, "2026-06-02")]);
        assert_eq!(lacks(&all, "2026-12-01"), []);
    }

    #[test]
    fn a_decision_that_nobody_got_is_replaced_and_days_are_put_right() {
        let all = [
            (Decided, "2026-02-02"),
            (Decided, "2026-02-04"),
            (Served, "2026-02-05"),
            (Appealed, "2026-02-10"),
            (Served, "2026-02-06"),
            (Appealed, "2026-02-11"),
        ];
        let [decision] = <[Decision; 1]>::try_from(Decision::all(&steps(&all))).unwrap();
        assert_eq!(decision.decided, day("2026-02-04"));
        let served = decision.served.unwrap();
        assert_eq!(served.day, day("2026-02-06"));
        assert_eq!(served.appealed, Some(day("2026-02-11")));
    }
}
