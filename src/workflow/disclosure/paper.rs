//! The documents of a disclosure, in Swedish: each thread, and the list of what was masked, withheld and left out.

use chrono::{DateTime, Utc};

use super::media::{Handed, Pages};
use super::order::{Form, Order};
use super::screen::Screen;
use super::sheet::{MaskedLine, Sheet};
use crate::calendar::long_date;
use crate::export::mask::SIGN;
use crate::pdfa::{Chapter, Report};
use crate::record::{Block, Kind, Software, Span};

/// What a draft is called, on each of its pages.
const DRAFT: &str = "UTKAST – ";

/// The files of one document, each with its pages.
pub(super) type Parts = Vec<(String, usize)>;

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
        let draft = self.mark();
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
            chapters.push(masked(&[sheet], &[]));
        }
        if !sheet.left_out.is_empty() {
            chapters.push(self.left_out(&[sheet]));
        }
        self.report(
            &format!("Handling {}, {}", sheet.number, sheet.title),
            "Allmän handling ur arkivet över sociala medier",
            sheet.facts.clone(),
            chapters,
        )
    }

    /// What the titles of a draft begin with.
    pub(super) fn mark(&self) -> &'static str {
        if self.draft { DRAFT } else { "" }
    }

    /// All threads as one document, and the screens.
    pub(super) fn whole(&self, sheets: &[Sheet], screens: &[Screen]) -> Report {
        let facts = self.facts(sheets, screens);
        let mut chapters = vec![self.given(sheets, None)];
        chapters.extend(shown(screens, None));
        chapters.extend(self.about(sheets, screens));
        self.report(
            &format!("Utlämnande {}", self.order.designation),
            "Allmänna handlingar ur arkivet över sociala medier",
            facts,
            chapters,
        )
    }

    /// The list that stands beside the documents; `files` are the names of their parts, and the pages of each, `pictures`
    /// those of the screens.
    pub(super) fn list(
        &self,
        sheets: &[Sheet],
        files: &[Parts],
        screens: &[Screen],
        pictures: &[Parts],
    ) -> Report {
        let facts = self.facts(sheets, screens);
        let mut chapters = vec![self.given(sheets, Some(files))];
        chapters.extend(shown(screens, Some(pictures)));
        chapters.extend(self.about(sheets, screens));
        self.report(
            &format!("Förteckning, {}", self.order.designation),
            "Vad som lämnas ut, vad som är maskerat och varför",
            facts,
            chapters,
        )
    }

    fn facts(&self, sheets: &[Sheet], screens: &[Screen]) -> Vec<(String, String)> {
        let mut facts = vec![
            ("Form".to_owned(), self.form().to_owned()),
            ("Handlingar".to_owned(), records(sheets)),
            ("Inte utlämnat".to_owned(), self.refused(sheets)),
        ];
        let pages: usize = screens.iter().map(|s| s.leaves.len()).sum();
        if pages > 0 {
            let told = match pages {
                1 => "1 sida så som skärmen visade den".to_owned(),
                n => format!("{n} sidor så som skärmen visade dem"),
            };
            facts.insert(2, ("Skärmbilder".to_owned(), told));
        }
        facts
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
                told.push_str(" 1 fil är inte med, eller bara delvis. Skälet står i förteckningen.")
            }
            n => told.push_str(&format!(
                " {n} filer är inte med, eller bara delvis. Skälen står i förteckningen."
            )),
        }
        told
    }

    fn given(&self, sheets: &[Sheet], files: Option<&[Parts]>) -> Chapter {
        let what = |sheet: &Sheet| format!("{}. {}", sheet.number, sheet.title);
        let each = sheets.iter().map(|sheet| (what(sheet), masks_of(sheet)));
        Chapter {
            heading: "Handlingar som lämnas ut".to_owned(),
            body: listed("Handling", each, files),
        }
    }

    fn about(&self, sheets: &[Sheet], screens: &[Screen]) -> Vec<Chapter> {
        let all: Vec<&Sheet> = sheets.iter().collect();
        let mut chapters = Vec::new();
        chapters.extend(whole_files(&all));
        chapters.push(masked(&all, screens));
        chapters.extend(self.withheld());
        if sheets.iter().any(|s| !s.left_out.is_empty()) {
            chapters.push(self.left_out(&all));
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
        let is_masked = sheets.iter().any(|s| !s.masked.is_empty());
        let is_black = screens.iter().any(|s| s.lines() > 0);
        if !self.order.withheld.is_empty() || is_masked || is_black {
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

    fn left_out(&self, sheets: &[&Sheet]) -> Chapter {
        let mut body = vec![row(true, ["Handling", "Fil"])];
        for sheet in sheets {
            for file in &sheet.left_out {
                let handling = format!("{}. {}", sheet.number, sheet.title);
                body.push(row(false, [&handling, &file.why]));
            }
        }
        let all = || sheets.iter().flat_map(|s| &s.left_out);
        if all().any(|file| file.technical) && self.order.form != Form::OnTheSpot {
            body.push(text(&on_the_spot(
                &self.order.committee,
                all().any(|file| !file.technical),
            )));
        }
        Chapter {
            heading: LEFT_OUT.to_owned(),
            body,
        }
    }
}

/// The heading over files that are not handed out.
pub(super) const LEFT_OUT: &str = "Filer som inte är med";

/// What the requester can do about files that are not handed out for how the copy is made; `some` where masks are the
/// reason of others.
pub(super) fn on_the_spot(committee: &str, some: bool) -> String {
    let (which, files) = match some {
        true => ("Där inget står om maskning beror det", "de filerna"),
        false => ("Det beror", "filerna"),
    };
    format!(
        "{which} på hur kopian framställs och inte på sekretess. Du har rätt att ta del av {files} på stället hos {committee}, utan \
         avgift (2 kap. 15 § tryckfrihetsförordningen)."
    )
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

/// The pages of screens; `files` are their names.
fn shown(screens: &[Screen], files: Option<&[Parts]>) -> Option<Chapter> {
    if screens.is_empty() {
        return None;
    }
    let each = screens.iter().map(|screen| {
        let masks = match screen.lines() {
            0 => "ingen",
            _ => "delvis maskerad",
        };
        (format!("{}, {}", screen.title(), screen.pages()), masks)
    });
    let mut body = vec![text(
        "Så såg sidan ut på skärmen när den fångades. Bilden är allt: texten under den och länkarna är inte med.",
    )];
    body.extend(listed("Skärmbild", each, files));
    Some(Chapter {
        heading: "Sidor så som skärmen visade dem".to_owned(),
        body,
    })
}

/// A table of what is handed out with its masks; with files, a row for each part of each.
fn listed(
    of: &str,
    each: impl Iterator<Item = (String, &'static str)>,
    files: Option<&[Parts]>,
) -> Vec<Block> {
    let Some(files) = files else {
        let mut body = vec![row(true, [of, "Maskning"])];
        body.extend(each.map(|(what, masks)| row(false, [what.as_str(), masks])));
        return body;
    };
    let mut body = vec![row(true, [of, "Fil", "Sidor", "Maskning"])];
    for ((what, masks), parts) in each.zip(files) {
        for (at, (file, pages)) in parts.iter().enumerate() {
            let what = match parts.len() {
                1 => what.clone(),
                of => format!("{what}, del {} av {of}", at + 1),
            };
            body.push(row(false, [&what, file, &pages.to_string(), masks]));
        }
    }
    body
}

fn masked(sheets: &[&Sheet], screens: &[Screen]) -> Chapter {
    let heading = "Förteckning över maskningar".to_owned();
    let leaves = || {
        let each = screens.iter();
        each.flat_map(|screen| screen.leaves.iter().map(move |leaf| (screen, leaf)))
    };
    if sheets.iter().all(|s| s.masked.is_empty()) && leaves().all(|(_, l)| l.lines.is_empty()) {
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
    for (screen, leaf) in leaves() {
        let what = format!("{}, {}", screen.title(), screen.leaf(leaf));
        for line in &leaf.lines {
            let places = match line.places {
                1 => "bilden".to_owned(),
                n => format!("bilden på {n} ställen"),
            };
            let reason = line.reason.as_deref().unwrap_or("");
            body.push(row(
                false,
                [&what, &places, line.provision.as_str(), reason],
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

#[cfg(test)]
mod tests;
