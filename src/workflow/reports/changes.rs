//! `report changes`: what was edited, hidden or removed after it was first seen, and what is no longer seen.

use super::sheet::columns;
use super::unanswered::kind;
use super::{Cell, Column, Head, Stated, Tail, Total, Writing};
use crate::catalog::{Edit, MissedRow, Named, ReportFilter, Vanishing};
use crate::record::{Content, Difference, Piece, Visibility};
use crate::workflow::Error;

const COLUMNS: &[Column] = columns! {
    "change" "change" "Ändring" both;
    "found" "found" "Upptäckt" both;
    "account" "account" "Konto" both;
    "committee" "committee" "Nämnd" data;
    "kind" "kind" "Slag" table;
    "published" "published" "Publicerad" data;
    "author" "author" "Från" both;
    "text" "text" "Text" both;
    "what" "what" "Vad som hände" both;
    "versions" "versions" "Versioner" data;
    "last_seen" "last seen" "Senast sedd" paper;
    "first_missed" "first missed" "Först saknad" data;
    "confirmed" "confirmed" "Bekräftad" data;
    "by" "by" "Av" data;
    "ended" "seen again" "Åter sedd" data;
    "permalink" "address" "Adress" data;
    "record" "record" "Handling" table;
};

/// How many of each.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Sums {
    pub(super) removed: u64,
    pub(super) hidden: u64,
    pub(super) edited: u64,
    pub(super) not_seen: u64,
}

impl Sums {
    fn count(&mut self, (word, _): (&'static str, &'static str)) {
        match word {
            "edited" => self.edited += 1,
            "hidden" => self.hidden += 1,
            _ => {}
        }
    }
}

#[derive(Default)]
struct Told {
    change: Option<Cell>,
    found: Option<Cell>,
    what: Option<Cell>,
    last_seen: Option<Cell>,
    first_missed: Option<Cell>,
    confirmed: Option<Cell>,
    by: Option<Cell>,
    ended: Option<Cell>,
}

impl Writing<'_> {
    pub(super) fn changes(&mut self) -> Result<(), Error> {
        let filter = self.filter();
        let day = |day: Option<chrono::NaiveDate>, open: &str| {
            day.map_or_else(|| open.to_owned(), |d| d.to_string())
        };
        let (from, to) = (self.request.from, self.request.to);
        self.begin(Head {
            report: "changes",
            title: "Ändringar på kommunens konton".to_owned(),
            kind: "Rapport: ändrat, dolt, borttaget och inte längre sett".to_owned(),
            stated: vec![
                Stated::new(
                    "period",
                    "Found",
                    "Upptäckta",
                    format!("from {} to {}", day(from, "the beginning"), day(to, "now")),
                    format!("Från {} till {}.", day(from, "början"), day(to, "nu")),
                ),
                Stated::new(
                    "removed",
                    "Removed and hidden",
                    "Borttaget och dolt",
                    "only where the platform itself said so when it was asked for the record; or, for what is hidden, showed it as hidden",
                    "Bara där plattformen själv sade det när den tillfrågades om handlingen, eller visade den som dold.",
                ),
                Stated::new(
                    "not_seen",
                    "Not seen",
                    "Inte sett",
                    "missed by a complete reading, and nothing told for sure: absence is not removal",
                    "Saknades i en fullständig läsning utan att något säkert kunde sägas. Borta är inte detsamma som borttaget.",
                ),
                Stated::new(
                    "edited",
                    "Edited",
                    "Ändrat",
                    "two versions of a record that came in the same way; each version is kept",
                    "Två versioner av en handling som kommit in samma väg. Varje version finns kvar i arkivet.",
                ),
            ],
            columns: COLUMNS,
            ..Head::default()
        })?;
        let mut sums = Sums::default();
        let catalog = self.archive.catalog();
        catalog.for_each_vanishing::<Error>(&filter, |v| {
            match v.change.as_str() {
                "removed" => sums.removed += 1,
                _ => sums.hidden += 1,
            }
            self.row(row(&v.named.clone(), vanished(v)))
        })?;
        catalog.for_each_edit::<Error>(&filter, |edit| {
            sums.count(edit_word(&edit));
            self.row(row(&edit.named, edited(&edit)))
        })?;
        catalog.for_each_missed::<Error>(&filter, |m| {
            sums.not_seen += 1;
            self.row(row(&m.named.clone(), missed(m)))
        })?;
        drop(catalog);
        let tail = Tail {
            totals: vec![
                Total::new("removed", "removed", "Borttagna", sums.removed),
                Total::new("hidden", "hidden", "Dolda", sums.hidden),
                Total::new("edited", "edits", "Ändringar", sums.edited),
                Total::new("not_seen", "not seen", "Inte sedda", sums.not_seen),
            ],
            notes: Vec::new(),
        };
        self.end(&tail)
    }

    /// The sums alone, for the letter.
    pub(super) fn count_changes(&self, filter: &ReportFilter) -> Result<Sums, Error> {
        let mut sums = Sums::default();
        let catalog = self.archive.catalog();
        catalog.for_each_vanishing::<Error>(filter, |v| {
            match v.change.as_str() {
                "removed" => sums.removed += 1,
                _ => sums.hidden += 1,
            }
            Ok(())
        })?;
        catalog.for_each_edit::<Error>(filter, |edit| {
            sums.count(edit_word(&edit));
            Ok(())
        })?;
        catalog.for_each_missed::<Error>(filter, |_| {
            sums.not_seen += 1;
            Ok(())
        })?;
        Ok(sums)
    }
}

fn row(named: &Named, told: Told) -> Vec<Cell> {
    let cell = |cell: Option<Cell>| cell.unwrap_or(Cell::Nothing);
    let text = match &named.title {
        Some(title) => title.clone(),
        None => named.text.clone(),
    };
    vec![
        cell(told.change),
        cell(told.found),
        Cell::Text(named.account.to_string()),
        Cell::Text(named.committee.clone()),
        kind(named.kind),
        Cell::time(named.published),
        Cell::text(named.author.clone()),
        Cell::Text(text),
        cell(told.what),
        Cell::Count(u64::from(named.versions)),
        cell(told.last_seen),
        cell(told.first_missed),
        cell(told.confirmed),
        cell(told.by),
        cell(told.ended),
        Cell::text(named.permalink.clone()),
        Cell::Text(named.record.to_string()),
    ]
}

fn vanished(v: Vanishing) -> Told {
    let by = v.by.as_deref().map(|by| match by {
        "author" => Cell::Word("author", "författaren"),
        "editor" => Cell::Word("editor", "kommunens redaktör"),
        "platform" => Cell::Word("platform", "plattformen"),
        other => Cell::Text(other.to_owned()),
    });
    let (again, igen) = match v.ended {
        Some(at) => {
            let at = crate::calendar::local_time(at);
            (format!("; seen again {at}"), format!(" Åter sedd {at}."))
        }
        None => (String::new(), String::new()),
    };
    Told {
        change: Some(match v.change.as_str() {
            "removed" => Cell::Word("removed", "borttagen"),
            _ => Cell::Word("hidden", "dold"),
        }),
        found: Some(Cell::Time(v.confirmed)),
        what: Some(Cell::Told(
            format!("the platform answered {}{again}", v.how),
            format!("Plattformen svarade {}.{igen}", v.how),
        )),
        last_seen: Some(Cell::Time(v.last_seen)),
        first_missed: Some(Cell::Time(v.first_missed)),
        confirmed: Some(Cell::Time(v.confirmed)),
        by,
        ended: Some(Cell::time(v.ended)),
    }
}

fn missed(m: MissedRow) -> Told {
    let what = match &m.asked {
        Some((at, why)) => {
            let at = crate::calendar::local_time(*at);
            Cell::Told(
                format!("asked {at} without an answer that tells: {why}"),
                format!("Tillfrågad {at} utan svar som säger något säkert: {why}."),
            )
        }
        None => Cell::Told(
            "not asked about".to_owned(),
            "Inte efterfrågad än.".to_owned(),
        ),
    };
    Told {
        change: Some(Cell::Word("not-seen", "inte sedd")),
        found: Some(Cell::Time(m.first_missed)),
        what: Some(what),
        last_seen: Some(Cell::Time(m.last_seen)),
        first_missed: Some(Cell::Time(m.first_missed)),
        ..Told::default()
    }
}

/// What sort of change an edit is, in English and Swedish.
fn edit_word(edit: &Edit) -> (&'static str, &'static str) {
    match edit.visibility {
        (Visibility::Public, Visibility::Hidden | Visibility::Held) => ("hidden", "dold"),
        (Visibility::Hidden | Visibility::Held, Visibility::Public)
            if edit.before == edit.after =>
        {
            ("shown", "visad")
        }
        _ => ("edited", "ändrad"),
    }
}

fn edited(edit: &Edit) -> Told {
    let (word, ord) = edit_word(edit);
    let (mut english, mut swedish) = difference(&edit.before, &edit.after);
    if edit.visibility.0 != edit.visibility.1 {
        let words = |v| match v {
            Visibility::Public => "synlig",
            Visibility::Held => "väntar på granskning",
            Visibility::Hidden => "dold",
            Visibility::Private => "privat",
        };
        english.push(format!("{} to {}", edit.visibility.0, edit.visibility.1));
        swedish.push(format!(
            "från {} till {}",
            words(edit.visibility.0),
            words(edit.visibility.1)
        ));
    }
    if english.is_empty() {
        english.push("how it is set alone".to_owned());
        swedish.push("bara hur den är satt".to_owned());
    }
    let (n, all) = (edit.number, edit.named.versions);
    Told {
        change: Some(Cell::Word(word, ord)),
        found: Some(Cell::Time(edit.seen)),
        what: Some(Cell::Told(
            format!("version {n} of {all}: {}", english.join(", ")),
            format!("Version {n} av {all}: {}.", swedish.join(", ")),
        )),
        ..Told::default()
    }
}

/// What is another, in a few words.
fn difference(before: &Content, after: &Content) -> (Vec<String>, Vec<String>) {
    let difference = Difference::between(before, after);
    let (mut english, mut swedish) = (Vec::new(), Vec::new());
    let mut say = |e: String, s: String| {
        english.push(e);
        swedish.push(s);
    };
    if difference.title.is_some() {
        say("another title".into(), "ny rubrik".into());
    }
    if difference.author.is_some() {
        say("another author".into(), "annan avsändare".into());
    }
    let (mut new, mut gone) = (0, 0);
    for piece in &difference.words {
        match piece {
            Piece::Added(text) => new += text.split_whitespace().count(),
            Piece::Removed(text) => gone += text.split_whitespace().count(),
            Piece::Kept(_) => {}
        }
    }
    if gone + new > 0 {
        say(
            format!("{new} words added and {gone} taken away"),
            format!("{new} ord tillagda och {gone} borttagna"),
        );
    }
    let (added, taken) = (difference.media_added.len(), difference.media_removed.len());
    if added > 0 {
        say(
            format!("{added} pictures or files added"),
            format!("{added} bilder eller filer tillagda"),
        );
    }
    if taken > 0 {
        say(
            format!("{taken} pictures or files taken away"),
            format!("{taken} bilder eller filer borttagna"),
        );
    }
    let anew = difference.media_told_anew.len();
    if anew > 0 {
        say(
            format!("{anew} pictures or files told anew"),
            format!("{anew} bilder eller filer med ny beskrivning"),
        );
    }
    if difference.form_alone {
        say(
            "links or form alone".into(),
            "bara länkar eller utformning".into(),
        );
    }
    (english, swedish)
}
