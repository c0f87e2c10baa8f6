//! `report oversight`: the days on which nobody noted that an account was looked after (TIB-4, VAR-6, HAL-6).

use chrono::{Days, NaiveDate};

use super::sheet::columns;
use super::{Cell, Column, Head, Stated, Tail, Total, Writing};
use crate::calendar::{day_begins, is_working_day, local_date};
use crate::catalog::OversightRows;
use crate::policy::Oversight;
use crate::workflow::Error;

const COLUMNS: &[Column] = columns! {
    "account" "account" "Konto" both;
    "committee" "committee" "Nämnd" data;
    "responsible" "responsible" "Ansvariga" paper;
    "from" "from" "Från" data;
    "to" "to" "Till" data;
    "demanded" "days demanded" "Dagar som krävs" both;
    "overseen" "overseen" "Sedda" both;
    "missed" "missed" "Missade" both;
    "last" "last look" "Senast sedd" both;
    "last_by" "by" "Av" table;
    "longest_gap" "longest gap" "Längsta uppehåll" both;
    "longest_gap_days" "days of it" "Dagar i det" both;
    "missed_days" "days missed" "Missade dagar" paper;
    "watched" "arkivd's looks" "arkivds läsningar" both;
    "watch_failed" "failed" "Misslyckade" data;
};

/// The days of one account, counted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counted {
    demanded: u64,
    overseen: u64,
    missed: u64,
    /// MissedRow days that follow each other among those demanded.
    gaps: Vec<(NaiveDate, NaiveDate, u64)>,
}

impl Writing<'_> {
    pub(super) fn oversight(&mut self) -> Result<(), Error> {
        let rule = self.policy.oversight.as_ref();
        let (demand, krav) = match rule {
            Some(s) => {
                let days = match s.value {
                    Oversight::Weekdays => ("each working day", "Varje vardag"),
                    Oversight::Daily => ("each day", "Varje dag"),
                };
                let place = format!("({}, {}: ”{}”)", s.requirement, s.source, s.quote);
                (format!("{} {place}", days.0), format!("{} {place}.", days.1))
            }
            None => (
                "the guideline demands none: looks are told, and no day counts as missed".to_owned(),
                "Riktlinjen kräver ingen: det som antecknats visas, och ingen dag räknas som missad.".to_owned(),
            ),
        };
        let mut stated = vec![
            Stated::new("demand", "Oversight", "Uppsikt", demand, krav),
            Stated::new(
                "working_days",
                "Working days",
                "Vardagar",
                "Monday to Friday that are no holiday; midsommarafton, julafton and nyårsafton count as holidays",
                "Måndag till fredag som inte är helgdag. Midsommarafton, julafton och nyårsafton räknas som helgdagar.",
            ),
            Stated::new(
                "look",
                "A look",
                "En tillsyn",
                "a day counts when a person noted it with `arkivd account oversee`; counted from the day after the account was registered, until yesterday",
                "En dag räknas när en person har antecknat den med arkivd account oversee. Räknas från dagen efter att kontot registrerades, till och med i går.",
            ),
            Stated::new(
                "watching",
                "arkivd's looks",
                "arkivds läsningar",
                "arkivd's own watching stands beside, and is no oversight by a person",
                "arkivds egen bevakning står bredvid och är inte uppsikt av en person.",
            ),
        ];
        if let Some(s) = self
            .policy
            .oversight_tighter_after_incident
            .as_ref()
            .filter(|s| s.value)
        {
            stated.push(Stated::new(
                "tighter",
                "Tighter",
                "Tätare",
                format!(
                    "every day while an account is watched after unlawful content ({}, {}: ”{}”)",
                    s.requirement, s.source, s.quote
                ),
                format!(
                    "Varje dag så länge kontot bevakas efter olagligt innehåll ({}, {}: ”{}”).",
                    s.requirement, s.source, s.quote
                ),
            ));
        }
        self.begin(Head {
            report: "oversight",
            title: "Uppsikt över kommunens konton".to_owned(),
            kind: "Rapport: dagar då ingen har antecknat att kontot setts över".to_owned(),
            stated,
            columns: COLUMNS,
            ..Head::default()
        })?;
        let every = rule.map(|s| s.value);
        let yesterday = self.today().pred_opt().unwrap_or_default();
        let to = self.request.to.map_or(yesterday, |to| to.min(yesterday));
        let (mut missed, mut demanded) = (0, 0);
        for state in self.accounts()? {
            let begun = local_date(state.added).checked_add_days(Days::new(1));
            let to = state.closed.map_or(to, |closed| to.min(closed));
            let from = begun.max(self.request.from).unwrap_or(to);
            let rows = self
                .archive
                .catalog()
                .oversight(&state.account.id, from, self.today())?;
            let counted = count(&rows, every, from, to);
            (missed, demanded) = (missed + counted.missed, demanded + counted.demanded);
            let longest = counted
                .gaps
                .iter()
                .max_by_key(|(from, _, days)| (*days, std::cmp::Reverse(*from)));
            self.row(vec![
                Cell::Text(state.account.id.to_string()),
                Cell::Text(state.account.committee.clone()),
                Cell::List(state.account.responsible.clone()),
                Cell::Day(from),
                Cell::Day(to),
                Cell::Count(counted.demanded),
                Cell::Count(counted.overseen),
                Cell::Count(counted.missed),
                rows.days.last().copied().map_or(Cell::Nothing, Cell::Day),
                Cell::text(rows.last_actor.clone()),
                Cell::Days(
                    longest
                        .map(|(from, to, _)| (*from, *to))
                        .into_iter()
                        .collect(),
                ),
                longest.map_or(Cell::Count(0), |(_, _, days)| Cell::Count(*days)),
                Cell::Days(
                    counted
                        .gaps
                        .iter()
                        .map(|(from, to, _)| (*from, *to))
                        .collect(),
                ),
                Cell::Count(rows.looks),
                Cell::Count(rows.failed),
            ])?;
        }
        let tail = Tail {
            totals: vec![Total::new("missed", "days missed", "Missade dagar", missed).of(demanded)],
            notes: Vec::new(),
        };
        self.end(&tail)
    }
}

fn count(
    rows: &OversightRows,
    every: Option<Oversight>,
    from: NaiveDate,
    to: NaiveDate,
) -> Counted {
    let mut counted = Counted::default();
    let mut open: Option<(NaiveDate, NaiveDate, u64)> = None;
    for day in from.iter_days().take_while(|day| *day <= to) {
        let (begins, ends) = (day_begins(day), day_begins(day + Days::new(1)));
        let after_unlawful = rows.unlawful.iter().any(|(b, e)| *b < ends && begins < *e);
        let demanded = after_unlawful
            || match every {
                Some(Oversight::Daily) => true,
                Some(Oversight::Weekdays) => is_working_day(day),
                None => false,
            };
        let seen = rows.days.contains(&day);
        counted.demanded += u64::from(demanded);
        counted.overseen += u64::from(seen);
        if demanded && !seen {
            counted.missed += 1;
            open = Some(open.map_or((day, day, 1), |(first, _, days)| (first, day, days + 1)));
        } else if seen {
            // A day that asks for nothing does not end a gap; a look does.
            counted.gaps.extend(open.take());
        }
    }
    counted.gaps.extend(open);
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_weekend_is_no_gap_and_ends_none() {
        let rows = OversightRows {
            days: [day("2026-11-12"), day("2026-11-18")].into(),
            ..OversightRows::default()
        };
        let weekdays = count(
            &rows,
            Some(Oversight::Weekdays),
            day("2026-11-12"),
            day("2026-11-19"),
        );
        assert_eq!(
            (weekdays.demanded, weekdays.overseen, weekdays.missed),
            (6, 2, 4)
        );
        assert_eq!(
            weekdays.gaps,
            [
                (day("2026-11-13"), day("2026-11-17"), 3),
                (day("2026-11-19"), day("2026-11-19"), 1)
            ]
        );
        let daily = count(
            &rows,
            Some(Oversight::Daily),
            day("2026-11-12"),
            day("2026-11-19"),
        );
        assert_eq!((daily.demanded, daily.missed), (8, 6));
        let none = count(&rows, None, day("2026-11-12"), day("2026-11-19"));
        assert_eq!((none.demanded, none.overseen, none.missed), (0, 2, 0));
    }

    #[test]
    fn after_unlawful_content_every_day_is_demanded() {
        let rows = OversightRows {
            unlawful: vec![(day_begins(day("2026-11-14")), day_begins(day("2026-11-15")))],
            ..OversightRows::default()
        };
        let counted = count(
            &rows,
            Some(Oversight::Weekdays),
            day("2026-11-14"),
            day("2026-11-15"),
        );
        assert_eq!((counted.demanded, counted.missed), (1, 1));
    }
}
