//! `report activity`: how often accounts post, and how long they have been silent (FAL-2, FAL-6, TIB-14).

use chrono::{DateTime, Days, Months, NaiveDate, Utc};

use super::sheet::columns;
use super::{Cell, Column, Head, Stated, Tail, Total, Writing, monday_of, reading};
use crate::calendar::{day_begins, local_date};
use crate::catalog::AccountState;
use crate::record::Outcome;
use crate::workflow::Error;

const COLUMNS: &[Column] = columns! {
    "account" "account" "Konto" both;
    "committee" "committee" "Nämnd" data;
    "responsible" "responsible" "Ansvariga" data;
    "posts" "posts" "Inlägg" both;
    "posts_per_week" "a week" "Per vecka" both;
    "weeks" "weeks" "Veckor" data;
    "weeks_without" "weeks without" "Veckor utan" both;
    "last_post" "last post" "Senaste inlägg" both;
    "silent_days" "days silent" "Dagar tyst" both;
    "last_read" "last read" "Senast läst" both;
    "few" "too few" "För få" table;
    "inactive" "inactive" "Inaktivt" table;
    "judgement" "judgement" "Bedömning" both;
};

/// Weeks that are counted where no days are asked for: a quarter.
const WEEKS: u64 = 13;

/// The posts of one account in whole weeks, Monday to Sunday.
struct Counted {
    posts: u64,
    weeks: u64,
    without: u64,
}

/// What the numbers come to.
#[derive(Default)]
pub(super) struct Judged {
    counted: Option<Counted>,
    last_post: Option<DateTime<Utc>>,
    /// Until when its posts are known.
    read_until: Option<DateTime<Utc>>,
    silent_days: Option<u64>,
    pub(super) few: Option<bool>,
    pub(super) inactive: Option<bool>,
    words: (String, String),
}

impl Writing<'_> {
    pub(super) fn activity(&mut self) -> Result<(), Error> {
        let (period, tid) = match self.weeks() {
            Some((first, last)) => (
                format!(
                    "whole weeks from {first} to {last}; an account younger than that from its first post, and each until it was last read"
                ),
                format!(
                    "Hela veckor från {first} till {last}; ett yngre konto räknas från sitt första inlägg, och varje konto tills det senast lästes."
                ),
            ),
            None => (
                "no whole week lies within the days asked for: no posts are counted".to_owned(),
                "Ingen hel vecka ryms i de dagar som efterfrågas: inga inlägg räknas.".to_owned(),
            ),
        };
        let mut stated = vec![Stated::new(
            "period",
            "Weeks counted",
            "Veckor som räknas",
            period,
            tid,
        )];
        if let Some(s) = &self.policy.posts_per_week {
            stated.push(Stated::new(
                "posts_per_week",
                "Posts a week",
                "Inlägg per vecka",
                format!(
                    "at least {} ({}, {}: ”{}”)",
                    s.value.from, s.requirement, s.source, s.quote
                ),
                format!(
                    "Minst {} ({}, {}: ”{}”).",
                    s.value.from, s.requirement, s.source, s.quote
                ),
            ));
        }
        if let Some(s) = &self.policy.inactivity_months {
            stated.push(Stated::new(
                "inactivity_months",
                "Inactive after",
                "Inaktivt efter",
                format!(
                    "{} months without a post ({}, {}: ”{}”)",
                    s.value, s.requirement, s.source, s.quote
                ),
                format!(
                    "{} månader utan inlägg ({}, {}: ”{}”).",
                    s.value, s.requirement, s.source, s.quote
                ),
            ));
        }
        stated.push(Stated::new(
            "own",
            "What is counted",
            "Vad som räknas",
            "the account's own posts that were captured; answers, comments and the posts of others are not",
            "Kontots egna inlägg som har fångats; svar, kommentarer och andras inlägg räknas inte.",
        ));
        self.begin(Head {
            report: "activity",
            title: "Aktivitet på kommunens konton".to_owned(),
            kind: "Rapport: inlägg per vecka och tystnad".to_owned(),
            stated,
            columns: COLUMNS,
            ..Head::default()
        })?;
        let (mut few, mut inactive, mut unread, mut never) = (0, 0, 0, 0);
        let accounts = self.accounts()?;
        for state in &accounts {
            let judged = self.judge_activity(state)?;
            few += u64::from(judged.few == Some(true));
            inactive += u64::from(judged.inactive == Some(true));
            never += u64::from(judged.read_until.is_none());
            unread += u64::from(judged.read_until.is_some() && self.is_unread(judged.read_until));
            let count = |n: Option<u64>| n.map_or(Cell::Nothing, Cell::Count);
            let yes = |b: Option<bool>| b.map_or(Cell::Nothing, Cell::Yes);
            let counted = judged.counted.as_ref();
            #[allow(clippy::cast_precision_loss)] // shown with one decimal
            let rate = counted
                .filter(|c| c.weeks > 0)
                .map(|c| c.posts as f64 / c.weeks as f64);
            self.row(vec![
                Cell::Text(state.account.id.to_string()),
                Cell::Text(state.account.committee.clone()),
                Cell::List(state.account.responsible.clone()),
                count(counted.map(|c| c.posts)),
                rate.map_or(Cell::Nothing, Cell::Decimal),
                count(counted.map(|c| c.weeks)),
                count(counted.map(|c| c.without)),
                Cell::time(judged.last_post),
                count(judged.silent_days),
                Cell::time(judged.read_until),
                yes(judged.few),
                yes(judged.inactive),
                Cell::Told(judged.words.0, judged.words.1),
            ])?;
        }
        let all = accounts.len() as u64;
        let tail = Tail {
            totals: vec![
                Total::new("few", "with too few posts", "Med för få inlägg", few).of(all),
                Total::new(
                    "inactive",
                    "to be closed for inactivity",
                    "Att avsluta",
                    inactive,
                )
                .of(all),
                Total::new(
                    "not_read_lately",
                    "not read lately, and not judged",
                    "Inte lästa på sistone",
                    unread,
                )
                .of(all),
                Total::new("never_read", "never read", "Aldrig lästa", never).of(all),
            ],
            notes: Vec::new(),
        };
        self.end(&tail)
    }

    /// The first Monday and the last Sunday that are counted; `None` where no whole week is within.
    fn weeks(&self) -> Option<(NaiveDate, NaiveDate)> {
        let this_week = monday_of(self.today());
        let after = self.request.to.map_or(this_week, |to| {
            monday_of(to.checked_add_days(Days::new(1)).unwrap_or(to)).min(this_week)
        });
        let first = match self.request.from {
            Some(from) if monday_of(from) < from => monday_of(from) + Days::new(7),
            Some(from) => from,
            None => after - Days::new(7 * WEEKS),
        };
        (first < after).then(|| (first, after - Days::new(1)))
    }

    pub(super) fn judge_activity(&self, state: &AccountState) -> Result<Judged, Error> {
        let Some(until) = self.read_until(state)? else {
            return Ok(never_read(state));
        };
        let seen = local_date(until);
        let counted = match self.weeks() {
            // What came after the newest reading is not known: a week counts that was read to its end.
            Some((first, last)) => {
                let after = monday_of(seen).min(last + Days::new(1));
                Some(self.count_weeks(state, first, after)?)
            }
            None => None,
        };
        let last_post = self
            .archive
            .catalog()
            .last_own_post(&state.account.id, self.now)?;
        // One that never posted is silent since it was registered.
        let silent_since = local_date(last_post.unwrap_or(state.added));
        let is_read = self
            .weeks()
            .is_some_and(|(_, last)| seen >= monday_of(last));
        let few = match (&self.policy.posts_per_week, &counted) {
            (Some(s), Some(c)) if is_read && c.weeks > 0 => {
                Some(c.posts < u64::from(s.value.from) * c.weeks)
            }
            _ => None,
        };
        let months = self.policy.inactivity_months.as_ref();
        let inactive = months.filter(|_| !self.is_unread(Some(until))).map(|s| {
            let limit = silent_since.checked_add_months(Months::new(s.value.get()));
            limit.is_some_and(|limit| seen > limit)
        });
        Ok(Judged {
            words: self.activity_words(state, last_post, until, few, inactive),
            counted,
            last_post,
            read_until: Some(until),
            silent_days: Some(u64::try_from((seen - silent_since).num_days()).unwrap_or(0)),
            few,
            inactive,
        })
    }

    /// The posts of the weeks from one Monday until before another.
    fn count_weeks(
        &self,
        state: &AccountState,
        first: NaiveDate,
        after: NaiveDate,
    ) -> Result<Counted, Error> {
        let id = &state.account.id;
        let catalog = self.archive.catalog();
        let mut by_week = std::collections::BTreeMap::<i64, u64>::new();
        catalog.own_posts(id, Some(day_begins(first)), day_begins(after), |at| {
            *by_week
                .entry((local_date(at) - first).num_days() / 7)
                .or_default() += 1;
        })?;
        // An account is not short of posts before it was there.
        let begun_before = catalog.last_own_post(id, day_begins(first))?.is_some();
        let first_week = match by_week.keys().next() {
            _ if begun_before => 0,
            Some(week) => *week,
            None => (local_date(state.added) - first).num_days().max(0) / 7,
        };
        let weeks = u64::try_from((after - first).num_days() / 7 - first_week).unwrap_or(0);
        Ok(Counted {
            posts: by_week.values().sum(),
            without: weeks.saturating_sub(by_week.len() as u64),
            weeks,
        })
    }

    fn activity_words(
        &self,
        state: &AccountState,
        last_post: Option<DateTime<Utc>>,
        until: DateTime<Utc>,
        few: Option<bool>,
        inactive: Option<bool>,
    ) -> (String, String) {
        let mut english = Vec::new();
        let mut swedish = Vec::new();
        let mut say = |e: String, s: String| {
            english.push(e);
            swedish.push(s);
        };
        if last_post.is_none() {
            say(
                "no post of its own is known".into(),
                "Inget eget inlägg är känt.".into(),
            );
        }
        if let (Some(true), Some(s)) = (inactive, &self.policy.inactivity_months) {
            say(
                format!(
                    "inactive for more than {} months: to be closed: arkivd account close {}",
                    s.value, state.account.id
                ),
                format!(
                    "Inaktivt i mer än {} månader: föreslås avslutas (arkivd account close {}).",
                    s.value, state.account.id
                ),
            );
        } else if few == Some(true) {
            let assessed = self
                .policy
                .few_posts_assessed
                .as_ref()
                .is_some_and(|s| s.value);
            match assessed {
                true => say(
                    format!(
                        "too few posts: assess whether it stays or is closed, and note it: arkivd account event {} assessed",
                        state.account.id
                    ),
                    format!(
                        "För få inlägg: bedöm om kontot ska finnas kvar eller avslutas, och anteckna det (arkivd account event {} assessed).",
                        state.account.id
                    ),
                ),
                false => say("too few posts".into(), "För få inlägg.".into()),
            }
        }
        if self.weeks().is_none() {
            say(
                "no whole week in the days asked for".into(),
                "Ingen hel vecka i de dagar som efterfrågas.".into(),
            );
        }
        if self.is_unread(Some(until)) {
            let (english, swedish) = reading::last_read(until);
            say(english, swedish);
        }
        if let Some(tried) = state
            .last_tried
            .as_ref()
            .filter(|c| c.outcome == Outcome::Failed)
        {
            let error = tried.error.clone().unwrap_or_default();
            say(
                format!("the newest reading failed ({error}): newer posts are not known"),
                "Den senaste läsningen misslyckades: nyare inlägg är inte kända.".to_owned(),
            );
        } else if state.last_read.as_ref().is_some_and(|c| !c.complete) {
            say(
                "the newest reading was not complete".into(),
                "Den senaste läsningen var inte fullständig.".into(),
            );
        }
        if english.is_empty() {
            let judged = few.is_some() || inactive.is_some();
            return match judged {
                true => ("as it should be".to_owned(), "Som det ska vara.".to_owned()),
                false => (
                    "the guideline sets no numbers".to_owned(),
                    "Riktlinjen anger inga tal.".to_owned(),
                ),
            };
        }
        (english.join("; "), swedish.join(" "))
    }
}

/// Nothing is counted, and nothing judged.
fn never_read(state: &AccountState) -> Judged {
    let failed = state.last_tried.as_ref().and_then(|c| c.error.clone());
    let words = match failed {
        Some(error) => (
            format!("never read: {error}; nothing is known of its posts"),
            "Aldrig läst, och den senaste läsningen misslyckades: inget är känt om dess inlägg."
                .to_owned(),
        ),
        None => (
            "never read; nothing is known of its posts".to_owned(),
            "Aldrig läst: inget är känt om dess inlägg.".to_owned(),
        ),
    };
    Judged {
        words,
        ..Judged::default()
    }
}
