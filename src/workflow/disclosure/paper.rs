//! The documents of a disclosure, in Swedish: each thread, and the list of what was masked, withheld and left out.

use chrono::{DateTime, Utc};

use super::media::{Handed, Pages};
use super::order::{Form, Order};
use super::sheet::{MaskedLine, Sheet};
use crate::calendar::long_date;
use crate::export::mask::SIGN;
use crate::pdfa::{
    self, Chapter, Handling, Options, Part, Report, Threads, check_all, typeset_handling,
};
use crate::record::{Block, Kind, Software, Span};
use crate::workflow::Error;

/// What a draft is called, on each of its pages.
const DRAFT: &str = "UTKAST – ";

/// How the documents of one disclosure are headed.
pub(super) struct Paper<'a> {
    pub(super) order: &'a Order,
    pub(super) made: DateTime<Utc>,
    pub(super) draft: bool,
}

impl Paper<'_> {
    fn report(
        &self,
        title: &str,
        kind: &str,
        facts: Vec<(String, String)>,
        chapters: Vec<Chapter>,
    ) -> Report {
        let draft = if self.draft { DRAFT } else { "" };
        let mut all = vec![("Utlämnande".to_owned(), self.order.designation.clone())];
        if let Some(number) = &self.order.registered {
            all.push(("Diarienummer".to_owned(), number.clone()));
        }
        all.extend(facts);
        if self.draft {
            all.push((
                "Utkast".to_owned(),
                "Underlag för granskning. Får inte lämnas ut.".to_owned(),
            ));
        }
        Report {
            organisation: self.order.organisation.clone(),
            committee: self.order.committee.clone(),
            title: format!("{draft}{title}"),
            kind: kind.to_owned(),
            made: self.made,
            software: Software::this(),
            facts: all,
            chapters,
        }
    }

    /// One thread as a document of its own.
    pub(super) fn sheet(&self, sheet: &Sheet) -> Report {
        let mut chapters = Vec::new();
        if !sheet.masked.is_empty() {
            chapters.push(masked(&[sheet]));
        }
        if !sheet.left_out.is_empty() {
            chapters.push(left_out(&[sheet]));
        }
        self.report(
            &format!("Handling {}, {}", sheet.number, sheet.title),
            "Allmän handling ur arkivet över sociala medier",
            sheet.facts.clone(),
            chapters,
        )
    }

    /// All threads as one document.
    pub(super) fn whole(&self, sheets: &[Sheet]) -> Report {
        let facts = vec![
            ("Form".to_owned(), self.form().to_owned()),
            ("Handlingar".to_owned(), records(sheets)),
            ("Inte utlämnat".to_owned(), self.refused(sheets)),
        ];
        let mut chapters = vec![self.given(sheets, None)];
        chapters.extend(self.about(sheets));
        self.report(
            &format!("Utlämnande {}", self.order.designation),
            "Allmänna handlingar ur arkivet över sociala medier",
            facts,
            chapters,
        )
    }

    /// The list that stands beside the documents; `files` are the names of their parts, and the pages of each.
    pub(super) fn list(&self, sheets: &[Sheet], files: &[Vec<(String, usize)>]) -> Report {
        let facts = vec![
            ("Form".to_owned(), self.form().to_owned()),
            ("Handlingar".to_owned(), records(sheets)),
            ("Inte utlämnat".to_owned(), self.refused(sheets)),
        ];
        let mut chapters = vec![self.given(sheets, Some(files))];
        chapters.extend(self.about(sheets));
        self.report(
            &format!("Förteckning, {}", self.order.designation),
            "Vad som lämnas ut, vad som är maskerat och varför",
            facts,
            chapters,
        )
    }

    fn form(&self) -> &'static str {
        match self.order.form {
            Form::OnTheSpot => "Tas del av på stället",
            Form::Paper => "Kopia på papper",
            Form::Digital => "Digital kopia",
        }
    }

    fn refused(&self, sheets: &[Sheet]) -> String {
        let mut told = match self.order.withheld.len() {
            0 => "Inga handlingar hålls inne.".to_owned(),
            1 => "1 handling. Skälet står i förteckningen.".to_owned(),
            n => format!("{n} handlingar. Skälen står i förteckningen."),
        };
        match sheets.iter().map(|s| s.left_out.len()).sum::<usize>() {
            0 => {}
            1 => {
                told.push_str(" 1 fil är inte med, eller bara delvis. Varför står i förteckningen.")
            }
            n => told.push_str(&format!(
                " {n} filer är inte med, eller bara delvis. Varför står i förteckningen."
            )),
        }
        told
    }

    fn given(&self, sheets: &[Sheet], files: Option<&[Vec<(String, usize)>]>) -> Chapter {
        let mut body = Vec::new();
        match files {
            Some(files) => {
                body.push(row(true, ["Handling", "Fil", "Sidor", "Maskning"]));
                for (sheet, parts) in sheets.iter().zip(files) {
                    for (at, (file, pages)) in parts.iter().enumerate() {
                        let part = match parts.len() {
                            1 => String::new(),
                            of => format!(", del {} av {of}", at + 1),
                        };
                        let what = format!("{}. {}{part}", sheet.number, sheet.title);
                        body.push(row(
                            false,
                            [&what, file, &pages.to_string(), masks_of(sheet)],
                        ));
                    }
                }
            }
            None => {
                body.push(row(true, ["Handling", "Maskning"]));
                for sheet in sheets {
                    let what = format!("{}. {}", sheet.number, sheet.title);
                    body.push(row(false, [what.as_str(), masks_of(sheet)]));
                }
            }
        }
        Chapter {
            heading: "Handlingar som lämnas ut".to_owned(),
            body,
        }
    }

    fn about(&self, sheets: &[Sheet]) -> Vec<Chapter> {
        let all: Vec<&Sheet> = sheets.iter().collect();
        let mut chapters = Vec::new();
        chapters.extend(whole_files(&all));
        chapters.push(masked(&all));
        chapters.extend(self.withheld());
        if sheets.iter().any(|s| !s.left_out.is_empty()) {
            chapters.push(left_out(&all));
        }
        if self.order.gone > 0 {
            let n = self.order.gone;
            chapters.push(Chapter {
                heading: "Handlingar som inte finns".to_owned(),
                body: vec![text(&match n {
                    1 => "En handling som begäran gällde finns inte längre hos nämnden, eller får inte läsas.".to_owned(),
                    n => format!("{n} handlingar som begäran gällde finns inte längre hos nämnden, eller får inte läsas."),
                })],
            });
        }
        if !self.order.withheld.is_empty() || sheets.iter().any(|s| !s.masked.is_empty()) {
            chapters.push(Chapter {
                heading: "Din rätt till ett beslut".to_owned(),
                body: vec![text(
                    "Att uppgifter maskeras eller att en handling hålls inne betyder att begäran avslås i den delen. Du har rätt att få \
                     ett skriftligt beslut av myndigheten (6 kap. 3 § offentlighets- och sekretesslagen, 2009:400). Beslutet kan överklagas. \
                     Du behöver inte säga vem du är eller varför du vill ta del av handlingarna.",
                )],
            });
        }
        chapters
    }

    fn withheld(&self) -> Option<Chapter> {
        if self.order.withheld.is_empty() {
            return None;
        }
        // What an older arkivd handed out has no reasons, and is written again as it was.
        let reasoned = self.order.withheld.iter().any(|one| one.reason.is_some());
        let head = ["Handling", "Dag", "Bestämmelse", "Skäl"];
        let cells = if reasoned { 4 } else { 3 };
        let mut body = vec![row(true, head.into_iter().take(cells))];
        for one in &self.order.withheld {
            let kind = match one.kind {
                Kind::Post => "inlägg",
                Kind::Page => "sida",
                Kind::Comment => "kommentar",
                Kind::Message => "meddelande",
            };
            let day = one.day.map_or_else(|| "dag okänd".to_owned(), long_date);
            let provision = one.provision.as_deref().unwrap_or("");
            let reason = one.reason.as_deref().unwrap_or("");
            let told = [kind, day.as_str(), provision, reason];
            body.push(row(false, told.into_iter().take(cells)));
        }
        Some(Chapter {
            heading: "Handlingar som inte lämnas ut".to_owned(),
            body,
        })
    }
}

fn masks_of(sheet: &Sheet) -> &'static str {
    match sheet.masked.is_empty() {
        true => "ingen",
        false => "delvis maskerad",
    }
}

fn records(sheets: &[Sheet]) -> String {
    let records: usize = sheets.iter().map(|s| s.records.len()).sum();
    match (records, sheets.len()) {
        (1, _) => "1".to_owned(),
        (n, 1) => format!("{n} i en tråd"),
        (n, threads) if n == threads => n.to_string(),
        (n, threads) => format!("{n} i {threads} trådar"),
    }
}

fn masked(sheets: &[&Sheet]) -> Chapter {
    let heading = "Förteckning över maskningar".to_owned();
    if sheets.iter().all(|s| s.masked.is_empty()) {
        return Chapter {
            heading,
            body: vec![text("Inga uppgifter är maskerade.")],
        };
    }
    let mut body = vec![
        text(&format!(
            "Där det står {SIGN} har uppgifter tagits bort innan handlingen framställdes. Tecknet är alltid detsamma: det visar varken hur \
             långt det borttagna var eller hur många ord det hade. I bilder är det maskerade svart."
        )),
        row(true, ["Handling", "Maskat i", "Bestämmelse", "Skäl"]),
    ];
    for sheet in sheets {
        for MaskedLine {
            record,
            places,
            provision,
            reason,
        } in &sheet.masked
        {
            let what = format!("{}. {record}", sheet.number);
            body.push(row(
                false,
                [&what, places, provision, reason.as_deref().unwrap_or("")],
            ));
        }
    }
    Chapter { heading, body }
}

/// Files that lie beside the documents.
fn whole_files(sheets: &[&Sheet]) -> Option<Chapter> {
    let mut body = vec![row(true, ["Handling", "Fil", "Sidor"])];
    for sheet in sheets {
        for handed in &sheet.handed {
            let Handed::Whole { name, pages, .. } = handed else {
                continue;
            };
            let pages = match pages {
                Pages::Known(pages) => pages.to_string(),
                Pages::ByHand => "räknas för hand".to_owned(),
                Pages::None => "–".to_owned(),
            };
            let what = format!("{}. {}", sheet.number, sheet.title);
            body.push(row(false, [&what, name, &pages]));
        }
    }
    (body.len() > 1).then(|| Chapter {
        heading: "Filer som lämnas ut som de är".to_owned(),
        body,
    })
}

fn left_out(sheets: &[&Sheet]) -> Chapter {
    let mut body = vec![row(true, ["Handling", "Fil"])];
    for sheet in sheets {
        for file in &sheet.left_out {
            body.push(row(
                false,
                [&format!("{}. {}", sheet.number, sheet.title), &file.why],
            ));
        }
    }
    Chapter {
        heading: "Filer som inte är med".to_owned(),
        body,
    }
}

fn text(words: &str) -> Block {
    Block::Paragraph {
        spans: vec![Span::plain(words)],
    }
}

fn row<S: AsRef<str>>(header: bool, cells: impl IntoIterator<Item = S>) -> Block {
    Block::TableRow {
        header,
        cells: cells
            .into_iter()
            .map(|cell| vec![Span::plain(cell.as_ref())])
            .collect(),
    }
}

/// Typesets and judges a document; each part is handed on once it conforms. Gives the pages that records stand on: cover,
/// table of contents and lists are no copies of them, and cost nothing.
///
/// # Errors
/// What cannot be typeset, or does not conform.
pub(super) fn typeset(
    document: &Handling<dyn Threads + '_>,
    one: bool,
    load: &mut dyn FnMut(&str) -> std::io::Result<Vec<u8>>,
    emit: &mut dyn FnMut(Part) -> Result<(), Error>,
) -> Result<usize, Error> {
    let mut options = Options::default();
    if one {
        (options.max_pages, options.max_bytes) = (usize::MAX / 4, u64::MAX / 4);
    }
    let mut failed: Option<Error> = None;
    let done = typeset_handling(document, &options, load, &mut |part| {
        let judged = judge(&part).and_then(|()| emit(part));
        judged.map_err(|error| {
            failed = Some(error);
            std::io::ErrorKind::Other.into()
        })
    });
    match (failed, done) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(Error::Document(error)),
        (None, Ok(done)) => Ok(done.record_pages),
    }
}

fn judge(part: &Part) -> Result<(), Error> {
    let judged = check_all(&part.bytes, part.levels).map_err(Error::Document)?;
    let found: Vec<pdfa::Violation> = judged.into_iter().flat_map(|(_, found)| found).collect();
    match found.is_empty() {
        true => Ok(()),
        false => Err(Error::DocumentRefused(found)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use uuid::Uuid;

    use super::*;
    use crate::pdfa::Thread;
    use crate::record::DisclosureId;

    fn order() -> Order {
        Order {
            disclosure: DisclosureId(Uuid::nil()),
            designation: "U-2026-0001".to_owned(),
            registered: None,
            organisation: "Tibro kommun".to_owned(),
            committee: "Kommunstyrelsen".to_owned(),
            form: Form::Digital,
            versions: false,
            attachments: false,
            given: Vec::new(),
            withheld: Vec::new(),
            gone: 0,
            accounts: BTreeMap::new(),
        }
    }

    fn sheet(number: usize) -> Sheet {
        Sheet {
            number,
            title: "inlägg".to_owned(),
            name: format!("{number:04}_inlägg"),
            thread: Thread::default(),
            facts: Vec::new(),
            masked: Vec::new(),
            handed: Vec::new(),
            left_out: Vec::new(),
            unmasked: Vec::new(),
            idle: Vec::new(),
            records: Vec::new(),
        }
    }

    #[test]
    fn each_part_of_a_document_is_listed_with_its_pages() {
        let order = order();
        let paper = Paper {
            order: &order,
            made: DateTime::UNIX_EPOCH,
            draft: false,
        };
        let part = |name: &str, pages| (name.to_owned(), pages);
        let files = [
            vec![part("a.pdf", 3)],
            vec![part("b_del_1.pdf", 500), part("b_del_2.pdf", 41)],
        ];
        let list = paper.list(&[sheet(1), sheet(2)], &files);
        let rows = list.chapters[0].body.iter().map(|block| match block {
            Block::TableRow { cells, .. } => {
                let cells = cells.iter().map(|cell| cell[0].text.as_str());
                cells.collect::<Vec<_>>().join(" | ")
            }
            other => format!("{other:?}"),
        });
        assert_eq!(
            rows.collect::<Vec<_>>(),
            [
                "Handling | Fil | Sidor | Maskning",
                "1. inlägg | a.pdf | 3 | ingen",
                "2. inlägg, del 1 av 2 | b_del_1.pdf | 500 | ingen",
                "2. inlägg, del 2 av 2 | b_del_2.pdf | 41 | ingen",
            ]
        );
    }
}
