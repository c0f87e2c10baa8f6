//! `report letter`: the Monday letter, "Att registrera, att bedöma, att gallra": five lines, each with what to do.

use std::ops::ControlFlow;

use chrono::{Datelike as _, Days, Months, NaiveDate};

use super::open_questions::open_questions;
use super::sheet::columns;
use super::unanswered::Ages;
use super::{Cell, Column, Head, Stated, Tail, Writing, monday_of, reading};
use crate::calendar::{day_begins, local_date};
use crate::catalog::{DisclosureState, ReportFilter};
use crate::retention::{Decided, Place, Question};
use crate::workflow::Error;
use crate::workflow::question::QuestionRules;

const COLUMNS: &[Column] = columns! {
    "line" "line" "Rad" both;
    "count" "count" "Antal" both;
    "what" "what is counted" "Vad som räknas" both;
    "do" "what to do" "Att göra" both;
};

/// What is to be destroyed today.
#[derive(Default)]
struct DueNow {
    archive: u64,
    medium: u64,
    /// What may have lost its use, and nobody has said so.
    review: u64,
}

impl Writing<'_> {
    pub(super) fn letter(&mut self) -> Result<(), Error> {
        let (monday, sunday) = self.letter_week();
        let filter = ReportFilter {
            from: Some(day_begins(monday)),
            until: Some(day_begins(sunday + Days::new(1))),
            ..self.filter()
        };
        let rules = QuestionRules::load(self.archive.paths())?;
        let week = monday.iso_week().week();
        self.begin(Head {
            report: "letter",
            title: "Att registrera, att bedöma, att gallra".to_owned(),
            kind: format!("Måndagsbrev: vecka {week}, {monday} till {sunday}"),
            stated: vec![Stated::new(
                "week",
                "Week",
                "Vecka",
                format!("{week}, {monday} to {sunday}"),
                format!("{week}, {monday} till {sunday}"),
            )],
            columns: COLUMNS,
            ..Head::default()
        })?;
        let accounts = self.accounts()?;
        let (mut few, mut inactive) = (0, 0);
        for state in &accounts {
            let judged = self.judge_activity(state)?;
            few += u64::from(judged.few == Some(true) && judged.inactive != Some(true));
            inactive += u64::from(judged.inactive == Some(true));
        }
        let unread = self.unread(&accounts)?;
        let (not_read, olasta) = match unread.len() {
            0 => (String::new(), String::new()),
            n => (
                format!("; {n} accounts not read lately, of which nothing is judged"),
                format!(" {n} konton har inte lästs på sistone och bedöms inte."),
            ),
        };
        let changes = self.count_changes(&filter)?;
        let catalog = self.archive.catalog();
        let (incoming, restricted) = catalog.count_incoming(&filter)?;
        let all_time = ReportFilter {
            from: None,
            until: None,
            ..self.filter()
        };
        let found = open_questions(&catalog, &all_time, &rules)?;
        drop(catalog);
        let ages = Ages::new(
            self.policy,
            found.open.first().map(|open| open.asked),
            self.now,
        );
        let late = found
            .open
            .iter()
            .filter(|open| ages.is_overdue(open.asked) == Some(true))
            .count();
        let has_hours = self.policy.reply_hours.is_some();
        let gallra = self.due_for_gallring()?;
        let mut line = |name: (&'static str, &'static str),
                        count: Option<u64>,
                        what: (String, String),
                        to_do: (&str, &str)| {
            self.row(vec![
                Cell::Word(name.0, name.1),
                count.map_or(Cell::Nothing, Cell::Count),
                Cell::Told(what.0, what.1),
                Cell::Told(to_do.0.to_owned(), to_do.1.to_owned()),
            ])
        };
        line(
            ("register", "Att registrera"),
            Some(incoming),
            (
                "comments and messages published in the week; which of them are registered is not noted in arkivd yet".to_owned(),
                "Kommentarer och meddelanden som publicerades under veckan. Vilka av dem som redan är registrerade antecknas ännu inte i arkivd.".to_owned(),
            ),
            (
                "look them through, and register what belongs to a case or begins one",
                "Gå igenom dem och registrera det som hör till ett ärende eller startar ett.",
            ),
        )?;
        line(
            ("assess", "Att bedöma"),
            Some(restricted + few + inactive),
            (
                format!(
                    "{restricted} held, hidden or private records of the week; {few} accounts with too few posts; {inactive} inactive accounts{not_read}"
                ),
                format!(
                    "{restricted} handlingar från veckan som väntar på granskning, är dolda eller privata, {few} konton med för få inlägg och {inactive} inaktiva konton.{olasta}"
                ),
            ),
            (
                "assess secrecy; decide whether the accounts stay (arkivd report activity)",
                "Pröva sekretess, och bedöm om kontona ska finnas kvar (arkivd report activity).",
            ),
        )?;
        let open = found.open.len() as u64;
        let (overdue, forsenade) = match has_hours {
            true => (
                format!(", {late} of them overdue"),
                format!(", varav {late} försenade"),
            ),
            false => (String::new(), String::new()),
        };
        line(
            ("answer", "Att besvara"),
            Some(open),
            (
                format!("questions without an answer{overdue}"),
                format!("Frågor som inte har fått svar{forsenade}."),
            ),
            (
                "answer them, or mark what became of them (arkivd report unanswered, question mark)",
                "Besvara dem, eller märk vad som hände med dem (arkivd report unanswered, question mark).",
            ),
        )?;
        line(
            ("changes", "Veckans ändringar"),
            Some(changes.removed + changes.hidden + changes.edited + changes.not_seen),
            (
                format!(
                    "{} removed, {} hidden, {} edited, {} not seen",
                    changes.removed, changes.hidden, changes.edited, changes.not_seen
                ),
                format!(
                    "{} borttagna, {} dolda, {} ändrade, {} inte sedda.",
                    changes.removed, changes.hidden, changes.edited, changes.not_seen
                ),
            ),
            (
                "see that what was removed should have been (arkivd report changes)",
                "Se efter att det som togs bort fick tas bort (arkivd report changes).",
            ),
        )?;
        let (count, what, to_do) = match gallra {
            None => (
                None,
                (
                    "not counted: no decided plan is loaded, so that all is preserved".to_owned(),
                    "Räknas inte: ingen beslutad dokumenthanteringsplan är inläst, och allt bevaras.".to_owned(),
                ),
                ("nothing until a decided plan is loaded", "Inget förrän en beslutad plan är inläst."),
            ),
            Some(due) => (
                Some(due.archive + due.medium),
                (
                    format!(
                        "{} records due in the archive and {} on the platforms, what is held taken off; {} more may have lost their use",
                        due.archive, due.medium, due.review
                    ),
                    format!(
                        "{} handlingar att gallra i arkivet och {} i medierna, sedan det som omfattas av hinder räknats bort. Ytterligare {} kan ha blivit inaktuella.",
                        due.archive, due.medium, due.review
                    ),
                ),
                (
                    "propose it, and go through what may have lost its use (arkivd gallring propose, gallring review)",
                    "Ta fram gallringslistan, och gå igenom det som kan ha blivit inaktuellt (arkivd gallring propose, gallring review).",
                ),
            ),
        };
        line(("gallra", "Att gallra"), count, what, to_do)?;
        let mut notes: Vec<(String, String)> = reading::note(&unread).into_iter().collect();
        notes.extend(self.open_requests()?);
        self.end(&Tail {
            notes,
            ..Tail::default()
        })
    }

    /// That requests for public records wait: they are answered at once, or as soon as possible.
    fn open_requests(&self) -> Result<Option<(String, String)>, Error> {
        let mut open = self.archive.catalog().disclosures(DisclosureState::Open)?;
        let committee = self.request.committee.as_ref();
        open.retain(|row| committee.is_none_or(|c| *c == row.committee));
        let Some(first) = open.iter().map(|row| local_date(row.received)).min() else {
            return Ok(None);
        };
        Ok(Some(match open.len() {
            1 => (
                format!(
                    "1 request for public records is open, received {first} (arkivd disclosure list)"
                ),
                format!(
                    "1 begäran om att få ut allmänna handlingar är öppen, inkommen {first} (arkivd disclosure list)."
                ),
            ),
            n => (
                format!(
                    "{n} requests for public records are open, the oldest received {first} (arkivd disclosure list)"
                ),
                format!(
                    "{n} begäranden om att få ut allmänna handlingar är öppna, den äldsta inkommen {first} (arkivd disclosure list)."
                ),
            ),
        }))
    }

    /// What decided plans let go today, holds taken off; `None` where no decided plan is loaded.
    fn due_for_gallring(&self) -> Result<Option<DueNow>, Error> {
        let today = self.today();
        let before = today.checked_sub_months(Months::new(6)).unwrap_or(today);
        let account = self.request.account.as_ref();
        let catalog = self.archive.catalog();
        let committees = match &self.request.committee {
            Some(committee) => vec![committee.clone()],
            None => catalog.committees()?.into_iter().collect(),
        };
        let mut now = None;
        for committee in committees {
            let plans = catalog.list_plans(&committee, today)?;
            let decided = |plan: &crate::catalog::ListPlan| {
                matches!(plan.decided, Decided::Yes | Decided::Past)
            };
            if !plans.iter().any(decided) {
                continue;
            }
            let now = now.get_or_insert(DueNow::default());
            for place in Place::ALL {
                let asked = Question {
                    place,
                    until: today,
                    rows: Vec::new(),
                    records: Vec::new(),
                    pages: false,
                };
                let mut count = 0;
                catalog.for_each_due::<Error>(
                    &committee,
                    &asked,
                    today,
                    false,
                    |line, hinders| {
                        let meant = account.is_none_or(|a| a.as_str() == line.account);
                        count += u64::from(meant && hinders.is_empty());
                        Ok(ControlFlow::Continue(()))
                    },
                )?;
                match place {
                    Place::Archive => now.archive += count,
                    Place::Medium => now.medium += count,
                }
            }
            catalog.for_each_to_review::<Error>(&committee, &plans, before, account, |_| {
                now.review += 1;
                Ok(())
            })?;
        }
        Ok(now)
    }

    /// The last whole week, Monday to Sunday; or the one that the days asked for end in.
    fn letter_week(&self) -> (NaiveDate, NaiveDate) {
        let first = match self.request.to {
            Some(day) => monday_of(day),
            None => monday_of(self.today()) - Days::new(7),
        };
        (first, first + Days::new(6))
    }
}
