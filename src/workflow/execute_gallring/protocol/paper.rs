//! What the gallringsprotokoll says: authority, handlingstyp, extent, decision, method, executor, day and a line to sign
//! on, and nothing of what stood in the records.

use super::{MOST_ROWS, Protocol, became};
use crate::calendar::{local_date, local_time};
use crate::catalog::GallringBag;
use crate::pdfa::{Chapter, Report};
use crate::record::{Block, Software, Span};
use crate::retention::{GallringDecision, Inquiry};

impl Protocol<'_> {
    pub(super) fn report(&self, list: &str) -> Report {
        let row = self.row;
        let mut facts = vec![
            fact(
                "Myndighet",
                format!("{}, {}", self.organisation, row.committee),
            ),
            fact("Gallring", row.id.to_string()),
        ];
        facts.extend(self.decision());
        facts.push(fact(
            "Omfattning",
            format!(
                "{} och {}, sådant som skulle gallras senast {}",
                many(row.sum.records, "handling", "handlingar"),
                many(row.sum.pages, "sidkopia", "sidkopior"),
                row.question.until
            ),
        ));
        if let Some(period) = self.period() {
            facts.push(fact("Handlingarnas tid", period));
        }
        if let (Some(approver), Some(approved)) = (&row.approver, row.approved) {
            facts.push(fact(
                "Listan godkänd",
                format!("{} av {approver}", local_time(approved)),
            ));
        }
        facts.push(fact(
            "Listans kontrollsumma",
            format!("SHA-256 {}", row.sum.digest),
        ));
        facts.push(fact(
            "Metod",
            "Radering. Paket där handlingarna stod har ersatts av nya utan dem, eller tagits bort; text, namn och \
             adresser har raderats och skrivits över i katalogen. Kvar är en post utan innehåll och ett avtryck som \
             hindrar att handlingarna samlas in igen."
                .to_owned(),
        ));
        facts.push(fact("Utförd av", self.executor.to_owned()));
        facts.push(fact("Utförd den", local_date(self.made).to_string()));
        Report {
            organisation: self.organisation.to_owned(),
            committee: row.committee.clone(),
            title: "Gallringsprotokoll".to_owned(),
            kind: format!("Gallring i arkivd den {}", local_date(self.made)),
            made: self.made,
            software: Software::this(),
            facts,
            chapters: self.chapters(list),
        }
    }

    fn decision(&self) -> Vec<(String, String)> {
        match &self.row.decision {
            None => Vec::new(),
            Some(GallringDecision::Plan {
                plans,
                gallringsansvarig,
            }) => {
                let cited = plans.iter().map(|plan| {
                    let d = &plan.decision;
                    let mut told = format!(
                        "{}, beslutad av {} den {}, {}",
                        plan.title, d.by, d.date, d.paragraph
                    );
                    for (word, part) in [("dnr", &d.reference), ("delegation", &d.delegation)] {
                        if let Some(part) = part {
                            told.push_str(&format!(", {word} {part}"));
                        }
                    }
                    fact("Gallringsbeslut", told)
                });
                cited
                    .chain([fact("Gallringsansvarig", gallringsansvarig.clone())])
                    .collect()
            }
            Some(GallringDecision::Police(police)) => vec![
                fact("Ärende", police.case.clone()),
                fact(
                    "Polisens anvisning",
                    format!("{}, {}, {}", police.reference, police.by, police.date),
                ),
            ],
            Some(GallringDecision::Own(own)) => {
                let mut told = format!(
                    "Särskilt beslut av {} den {}, {}, dnr {}",
                    own.by, own.date, own.paragraph, own.reference
                );
                if let Some(delegation) = &own.delegation {
                    told.push_str(&format!(", delegation {delegation}"));
                }
                vec![fact("Gallringsbeslut", told)]
            }
        }
    }

    /// From the oldest to the newest.
    fn period(&self) -> Option<String> {
        let from = self.groups.iter().filter_map(|g| g.from).min()?;
        let to = self.groups.iter().filter_map(|g| g.to).max()?;
        Some(match from == to {
            true => from.to_string(),
            false => format!("{from} – {to}"),
        })
    }

    fn chapters(&self, list: &str) -> Vec<Chapter> {
        let mut what = vec![header(&["Handlingstyp", "Konto", "Antal", "Tid"])];
        what.extend(self.groups.iter().take(MOST_ROWS).map(|group| {
            let time = match (group.from, group.to) {
                (Some(from), Some(to)) if from != to => format!("{from} – {to}"),
                (Some(day), _) | (None, Some(day)) => day.to_string(),
                (None, None) => "okänd".to_owned(),
            };
            cells(&[
                &group.handlingstyp,
                &group.account,
                &group.count.to_string(),
                &time,
            ])
        }));
        what.push(text(&format!(
            "Varje handlings id står i filen handlingar.csv bredvid protokollet (SHA-256 {list})."
        )));
        let mut chapters = vec![chapter("Vad som har gallrats", what)];
        chapters.extend(self.inquiries());
        if self.answers > 0 {
            let told = format!(
                "{} på det som har gallrats bevaras enligt planen. Adresserna till dem kan innehålla ord ur en rubrik \
                 som har gallrats.",
                many(self.answers, "svar", "svar")
            );
            chapters.push(chapter("Svar som bevaras", vec![text(&told)]));
        }
        let kept: Vec<&GallringBag> = self.bags.iter().filter(|b| became(b) == "kept").collect();
        if !kept.is_empty() {
            let mut body = vec![text(
                "En bild av en sida är en egen handlingstyp och omfattas inte av det här beslutet. De här sidkopiorna \
                 togs medan handlingarna fanns på kanalen. De bevaras och kan visa sådant som har gallrats.",
            )];
            body.push(header(&["Sidkopia", "Plats i loggen"]));
            body.extend(rows(&kept, |bag| {
                [bag.bag.to_string(), bag.leaf.to_string()]
            }));
            chapters.push(chapter("Sidkopior som bevaras", body));
        }
        let changed: Vec<&GallringBag> = self.bags.iter().filter(|b| became(b) != "kept").collect();
        if !changed.is_empty() {
            let mut body = vec![header(&["Paket", "Plats i loggen", "Ersätts av"])];
            body.extend(rows(&changed, |bag| {
                let successor = bag.successor.map(|b| b.to_string());
                [
                    bag.bag.to_string(),
                    bag.leaf.to_string(),
                    successor.unwrap_or_else(|| "inget, paketet togs bort".to_owned()),
                ]
            }));
            chapters.push(chapter("Paket som har ersatts eller tagits bort", body));
        }
        chapters.push(chapter(
            "Säkerhetskopior",
            vec![text(
                "Säkerhetskopior av arkivet som togs före gallringen innehåller handlingarna tills kopiorna skrivs \
                 över eller förstörs. Ansvarig för driften ska se till att det sker.",
            )],
        ));
        chapters.push(chapter(
            "Underskrift",
            vec![
                text("Ort och datum"),
                text("\u{a0}"),
                text("................................................................................"),
                text("Namnteckning och namnförtydligande"),
                text("\u{a0}"),
                text("................................................................................"),
            ],
        ));
        chapters
    }

    /// The four questions of the gallringsutredning, as the plan or the decision answers them.
    fn inquiries(&self) -> Option<Chapter> {
        let mut body = Vec::new();
        if let Some(GallringDecision::Own(own)) = &self.row.decision {
            body.extend(answers(&own.inquiry));
        }
        let mut told: Vec<&str> = Vec::new();
        for group in self.groups {
            if let Some(inquiry) = &group.inquiry
                && !told.contains(&group.handlingstyp.as_str())
            {
                told.push(&group.handlingstyp);
                body.push(Block::Heading {
                    level: 3,
                    spans: vec![Span::plain(group.handlingstyp.clone())],
                });
                body.extend(answers(inquiry));
            }
        }
        (!body.is_empty()).then(|| chapter("Gallringsutredning", body))
    }
}

fn answers(inquiry: &Inquiry) -> Vec<Block> {
    [
        ("Rättskipning och förvaltning", &inquiry.rattskipning),
        ("Verksamheten", &inquiry.verksamhet),
        ("Forskningen", &inquiry.forskning),
        ("Kulturarvet", &inquiry.kulturarv),
    ]
    .into_iter()
    .map(|(who, answer)| text(&format!("{who}: {answer}")))
    .collect()
}

pub(in crate::workflow::execute_gallring) fn many(n: u64, one: &str, more: &str) -> String {
    match n {
        1 => format!("1 {one}"),
        n => format!("{n} {more}"),
    }
}

pub(in crate::workflow::execute_gallring) fn fact(label: &str, value: String) -> (String, String) {
    (label.to_owned(), value)
}

pub(in crate::workflow::execute_gallring) fn text(words: &str) -> Block {
    Block::Paragraph {
        spans: vec![Span::plain(words)],
    }
}

pub(in crate::workflow::execute_gallring) fn chapter(heading: &str, body: Vec<Block>) -> Chapter {
    Chapter {
        heading: heading.to_owned(),
        body,
    }
}

fn table(header: bool, cells: &[&str]) -> Block {
    Block::TableRow {
        header,
        cells: cells.iter().map(|cell| vec![Span::plain(*cell)]).collect(),
    }
}

pub(in crate::workflow::execute_gallring) fn header(names: &[&str]) -> Block {
    table(true, names)
}

pub(in crate::workflow::execute_gallring) fn cells(values: &[&str]) -> Block {
    table(false, values)
}

pub(in crate::workflow::execute_gallring) fn rows<const N: usize>(
    bags: &[&GallringBag],
    row: impl Fn(&GallringBag) -> [String; N],
) -> Vec<Block> {
    let shown = bags.iter().take(MOST_ROWS).map(|bag| {
        let row = row(bag);
        let row: Vec<&str> = row.iter().map(String::as_str).collect();
        cells(&row)
    });
    let mut shown: Vec<Block> = shown.collect();
    if bags.len() > MOST_ROWS {
        shown.push(text(&format!(
            "och {} till; alla står i document.json bredvid protokollet.",
            bags.len() - MOST_ROWS
        )));
    }
    shown
}
