//! `report unanswered`: questions without an answer, the oldest first, their age in the policy's hours (FAL-7, TIB-6).

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::open_questions::open_questions;
use super::sheet::columns;
use super::{Cell, Column, Head, Stated, Tail, Total, Writing, reading};
use crate::calendar::{WorkingHours, local_date};
use crate::policy::Policy;
use crate::record::{Kind, Visibility};
use crate::workflow::Error;
use crate::workflow::question::QuestionRules;

const COLUMNS: &[Column] = columns! {
    "overdue" "overdue" "Försenad" both;
    "age_hours" "hours" "Timmar" both;
    "asked" "asked" "Ställd" both;
    "account" "account" "Konto" both;
    "committee" "committee" "Nämnd" data;
    "responsible" "responsible" "Ansvariga" paper;
    "kind" "kind" "Slag" data;
    "author" "author" "Från" both;
    "text" "question" "Fråga" both;
    "rule" "rule" "Regel" table;
    "state" "state" "Läge" both;
    "permalink" "address" "Adress" data;
    "record" "record" "Handling" table;
};

/// Nothing of social media is older: what says so has a wrong date, and counts from here.
const OLDEST: Option<NaiveDate> = NaiveDate::from_ymd_opt(2000, 1, 1);

/// How old questions are, by the policy.
pub(super) struct Ages {
    hours: Option<WorkingHours>,
    limit: Option<TimeDelta>,
    now: DateTime<Utc>,
}

impl Ages {
    pub(super) fn new(policy: &Policy, oldest: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        let first = oldest.map(local_date).max(OLDEST).unwrap_or_default();
        Self {
            hours: counts_working_days(policy).then(|| WorkingHours::until(now, first)),
            limit: policy
                .reply_hours
                .as_ref()
                .map(|s| TimeDelta::hours(i64::from(s.value.get()))),
            now,
        }
    }

    pub(super) fn age(&self, asked: DateTime<Utc>) -> TimeDelta {
        match &self.hours {
            Some(hours) => hours.since(asked),
            None => (self.now - asked).max(TimeDelta::zero()),
        }
    }

    /// `None` where the policy sets no hours.
    pub(super) fn is_overdue(&self, asked: DateTime<Utc>) -> Option<bool> {
        self.limit.map(|limit| self.age(asked) > limit)
    }
}

/// Hours that the policy counts on all days are told by a limit without days.
fn counts_working_days(policy: &Policy) -> bool {
    policy.reply_days.is_some() || policy.reply_hours.is_none()
}

impl Writing<'_> {
    pub(super) fn unanswered(&mut self) -> Result<(), Error> {
        let rules = QuestionRules::load(self.archive.paths())?;
        self.begin(Head {
            report: "unanswered",
            title: "Obesvarade frågor".to_owned(),
            kind: "Rapport: frågor i kommentarer och meddelanden som inte har fått svar".to_owned(),
            stated: self.unanswered_stated(&rules),
            columns: COLUMNS,
            ..Head::default()
        })?;
        let archive = self.archive;
        let accounts = self.accounts()?;
        let unread = self.unread(&accounts)?;
        let responsible: HashMap<String, Vec<String>> = accounts
            .into_iter()
            .map(|state| (state.account.id.to_string(), state.account.responsible))
            .collect();
        let catalog = archive.catalog();
        let found = open_questions(&catalog, &self.filter(), &rules)?;
        let ages = Ages::new(
            self.policy,
            found.open.first().map(|open| open.asked),
            self.now,
        );
        let ids: Vec<String> = rules.ids().map(str::to_owned).collect();
        let limit = self.request.limit.unwrap_or(usize::MAX);
        let mut overdue = 0;
        for (n, open) in found.open.iter().enumerate() {
            let late = ages.is_overdue(open.asked);
            overdue += u64::from(late == Some(true));
            if n >= limit {
                continue;
            }
            let question = catalog.question(open.row)?;
            let named = question.named;
            let hours = u64::try_from(ages.age(open.asked).num_hours()).unwrap_or(0);
            self.row(vec![
                late.map_or(Cell::Nothing, Cell::Yes),
                Cell::Count(hours),
                Cell::Time(open.asked),
                Cell::Text(named.account.to_string()),
                Cell::Text(named.committee),
                Cell::List(
                    responsible
                        .get(named.account.as_str())
                        .cloned()
                        .unwrap_or_default(),
                ),
                kind(named.kind),
                Cell::text(named.author),
                Cell::Text(named.text),
                Cell::text(ids.get(open.rule).cloned()),
                state(question.vanished.as_deref(), named.visibility),
                Cell::text(named.permalink),
                Cell::Text(named.record.to_string()),
            ])?;
        }
        let open = found.open.len() as u64;
        let mut tail = Tail::default();
        tail.totals.push(
            Total::new("unanswered", "without an answer", "Utan svar", open).of(found.questions),
        );
        if self.policy.reply_hours.is_some() {
            tail.totals
                .push(Total::new("overdue", "overdue", "Försenade", overdue).of(open));
        }
        for (key, english, swedish, value) in [
            (
                "answered_directly",
                "answered directly",
                "Besvarade direkt",
                found.answered_directly,
            ),
            (
                "answered_in_thread",
                "answered later in the same thread",
                "Svar senare i tråd",
                found.answered_in_thread,
            ),
            (
                "answered_elsewhere",
                "marked as answered elsewhere",
                "På annat håll",
                found.answered_elsewhere,
            ),
            (
                "forwarded",
                "marked as forwarded",
                "Vidarebefordrade",
                found.forwarded,
            ),
            (
                "not_questions",
                "marked as no questions",
                "Inga frågor",
                found.not_questions,
            ),
        ] {
            tail.totals.push(Total::new(key, english, swedish, value));
        }
        if open > limit as u64 {
            tail.notes.push((
                format!("the {limit} oldest of {open} are shown"),
                format!("De {limit} äldsta av {open} visas."),
            ));
        }
        tail.notes.extend(reading::note(&unread));
        drop(catalog);
        self.end(&tail)
    }

    fn unanswered_stated(&self, rules: &QuestionRules) -> Vec<Stated> {
        let (within, inom) = match (&self.policy.reply_hours, counts_working_days(self.policy)) {
            (Some(s), working) => {
                let days = if working {
                    ("on working days", "på vardagar")
                } else {
                    ("of any day", "alla dagar")
                };
                let place = format!("{} ({}: ”{}”)", s.requirement, s.source, s.quote);
                (
                    format!("{} hours {}, {place}", s.value, days.0),
                    format!("{} timmar {}, {place}", s.value, days.1),
                )
            }
            (None, _) => match &self.policy.reply_urgency {
                Some(s) => (
                    format!(
                        "the guideline sets no hours; it says ”{}” ({})",
                        s.value, s.source
                    ),
                    format!(
                        "Riktlinjen anger inga timmar; den säger ”{}” ({}).",
                        s.value, s.source
                    ),
                ),
                None => (
                    "the guideline sets no hours: the age alone is told".to_owned(),
                    "Riktlinjen anger inga timmar: bara åldern visas.".to_owned(),
                ),
            },
        };
        let ids: Vec<&str> = rules.ids().collect();
        let (file, fil) = match rules.of_the_archive {
            true => (
                "the archive's question-rules.toml",
                "arkivets egen question-rules.toml",
            ),
            false => (
                "the rules that come with arkivd",
                "reglerna som följer med arkivd",
            ),
        };
        let digest: String = rules.sha256.to_string().chars().take(12).collect();
        vec![
            Stated::new("within", "Answered within", "Svar inom", within, inom),
            Stated::new(
                "age",
                "Age",
                "Ålder",
                "clock hours 00-24 on Monday to Friday that are no holiday; midsommarafton, julafton and nyårsafton count as holidays",
                "Hela klocktimmar 00–24 på måndag till fredag som inte är helgdag. Midsommarafton, julafton och nyårsafton räknas som helgdagar.",
            ),
            Stated::new(
                "question",
                "What is a question",
                "Vad som är en fråga",
                format!("by {file} (SHA-256 {digest}…): {}", ids.join(", ")),
                format!("Enligt {fil} (SHA-256 {digest}…): {}.", ids.join(", ")),
            ),
            Stated::new(
                "answer",
                "What is an answer",
                "Vad som är ett svar",
                "a later comment of the municipality's that answers the question or something below it, or the next in the same thread that answers no one else; it counts once the public could see it, also if it was hidden or removed later, and in messages once it was sent",
                "En senare kommentar från kommunen som svarar på frågan eller på något under den, eller nästa i samma tråd som inte svarar på någon annan. Den räknas när allmänheten har kunnat se den, även om den senare har dolts eller tagits bort; ett svar i meddelanden när det har skickats.",
            ),
            Stated::new(
                "own",
                "Who is the municipality",
                "Vem som är kommunen",
                "the authors of the account's own posts, by address, or by name where there is no address or one on the account's own site; and the account's name",
                "De som skrivit kontots egna inlägg, efter adress, eller efter namn där adress saknas eller leder till kontots egen webbplats; och kontots namn.",
            ),
        ]
    }
}

pub(super) fn kind(kind: Kind) -> Cell {
    match kind {
        Kind::Post => Cell::Word("post", "inlägg"),
        Kind::Page => Cell::Word("page", "sida"),
        Kind::Comment => Cell::Word("comment", "kommentar"),
        Kind::Message => Cell::Word("message", "meddelande"),
    }
}

fn state(vanished: Option<&str>, visibility: Visibility) -> Cell {
    match (vanished, visibility) {
        (Some("removed"), _) => Cell::Word("removed", "borttagen"),
        (Some(_), _) | (None, Visibility::Hidden) => Cell::Word("hidden", "dold"),
        (None, Visibility::Held) => Cell::Word("held", "väntar på granskning"),
        (None, Visibility::Private) => Cell::Word("private", "privat"),
        (None, Visibility::Public) => Cell::Word("public", "synlig"),
    }
}
