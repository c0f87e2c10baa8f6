//! Gallringsprotokollet: authority, handlingstyp, extent, decision, method, executor, day and a line to sign on
//! (arkivlagen 1990:782, 10 §). It tells nothing of what stood in the records, and is itself preserved.

use std::path::PathBuf;

use serde::Serialize;

use super::super::{Archive, Error, Surroundings};
use super::police;
use crate::calendar::{local_date, local_time};
use crate::catalog::{DestroyedGroup, GallringBag, GallringRow, NewDocument, NewDocumentBag};
use crate::pdfa::{Chapter, Options, Report, check_all, typeset_report};
use crate::record::{BagId, BagKind, Block, GallringId, Software, Span};
use crate::retention::{GallringDecision, Inquiry};
use crate::store::{BagInfo, StagedBag, crash_point};

/// What the document is, in the catalog and in its bag.
const GALLRINGSPROTOKOLL: &str = "gallringsprotokoll";
/// The same of an erasure that the police instructed.
const RADERINGSPROTOKOLL: &str = "raderingsprotokoll";
/// Tells what a bag of a document is about.
pub(in crate::workflow) const DOCUMENT_FILE: &str = "data/document.json";
/// The value of `arkivd` there.
const DOCUMENT_FORMAT: &str = "document/1";
/// Rows of a table that the document prints; the file beside it has them all.
const MOST_ROWS: usize = 2_000;

/// document.json
#[derive(Serialize)]
struct DocumentFile<'a> {
    arkivd: &'static str,
    bag: BagId,
    what: &'static str,
    gallring: GallringId,
    organisation: &'a str,
    committee: &'a str,
    made: chrono::DateTime<chrono::Utc>,
    software: Software,
    decision: Option<&'a GallringDecision>,
    records: u64,
    pages: u64,
    /// SHA-256 of the list that was approved.
    list: String,
    bags: Vec<BagLine>,
}

#[derive(Serialize)]
struct BagLine {
    bag: BagId,
    leaf: u64,
    kind: BagKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    successor: Option<BagId>,
    /// `succeeded`, `disposed`, or `kept`: a page capture that stays.
    became: &'static str,
}

fn became(bag: &GallringBag) -> &'static str {
    match bag.successor {
        Some(successor) if successor == bag.bag => "kept",
        Some(_) => "succeeded",
        None => "disposed",
    }
}

/// Typesets and seals the protocol, which ends the gallring. Once it is there it is given again.
pub(super) fn seal_protocol(
    archive: &Archive,
    around: &Surroundings,
    gallring: GallringId,
) -> Result<(BagId, PathBuf), Error> {
    let file = |bag: BagId, what: &str| {
        let bag = archive.store().path(bag).join("bag");
        bag.join("data").join(format!("{what}.pdf"))
    };
    let sealed = archive.catalog().documents(&gallring.to_string())?;
    let is_protocol = |what: &str| what == GALLRINGSPROTOKOLL || what == RADERINGSPROTOKOLL;
    if let Some(found) = sealed.iter().find(|d| is_protocol(&d.what)) {
        return Ok((found.bag, file(found.bag, &found.what)));
    }
    let (row, groups, bags, answers) = {
        let catalog = archive.catalog();
        let row = catalog
            .gallring(gallring)?
            .ok_or(crate::catalog::Error::NoGallring(gallring))?;
        (
            row,
            catalog.destroyed_groups(gallring)?,
            catalog.gallring_bags(gallring)?,
            catalog.answers_kept(gallring)?,
        )
    };
    let what = match &row.decision {
        Some(GallringDecision::Police(_)) => RADERINGSPROTOKOLL,
        _ => GALLRINGSPROTOKOLL,
    };
    let made = (around.now)();
    let id = BagId((around.new_id)());
    let protocol = Protocol {
        what,
        organisation: &around.organisation,
        executor: &around.actor,
        row: &row,
        groups: &groups,
        bags: &bags,
        answers,
        made,
    };
    let mut staged = archive.store().stage(id)?;
    let mut list = staged.file("handlingar.csv")?;
    let written = archive.catalog().write_destroyed(gallring, &mut list)?;
    written.map_err(|source| Error::Io {
        path: PathBuf::from("handlingar.csv"),
        source,
    })?;
    let list = list.finish()?;
    let levels = protocol.typeset(&mut staged, &list.sha256.to_string())?;
    staged.write_json(
        "document.json",
        &DocumentFile {
            arkivd: DOCUMENT_FORMAT,
            bag: id,
            what,
            gallring,
            organisation: &around.organisation,
            committee: &row.committee,
            made,
            software: Software::this(),
            decision: row.decision.as_ref(),
            records: row.sum.records,
            pages: row.sum.pages,
            list: row.sum.digest.to_string(),
            bags: bags
                .iter()
                .map(|bag| BagLine {
                    bag: bag.bag,
                    leaf: bag.leaf,
                    kind: bag.kind,
                    successor: bag.successor.filter(|s| *s != bag.bag),
                    became: became(bag),
                })
                .collect(),
        },
    )?;
    let salt = (around.salt)().map_err(Error::Salt)?;
    let info = protocol.info(id)?;
    let published = staged.seal(&info, salt)?.publish()?;
    crash_point("gallring::protocol::published");
    let bag = NewDocumentBag {
        id,
        commitment: published.commitment,
        bytes: published.bytes,
        files: published.files,
        pdf: Some(levels),
    };
    let committed = archive.catalog().add_document(
        &NewDocument {
            bag: &bag,
            committee: &row.committee,
            what,
            object: gallring.0,
            made,
            actor: &around.actor,
        },
        Some(gallring),
    )?;
    crash_point("gallring::protocol::committed");
    archive.publish_ledger(committed.ledger.start)?;
    Ok((id, file(id, what)))
}

pub(super) struct Protocol<'a> {
    what: &'static str,
    pub(super) organisation: &'a str,
    pub(super) executor: &'a str,
    pub(super) row: &'a GallringRow,
    pub(super) groups: &'a [DestroyedGroup],
    pub(super) bags: &'a [GallringBag],
    /// Records that stay and answer what went.
    pub(super) answers: u64,
    pub(super) made: chrono::DateTime<chrono::Utc>,
}

impl Protocol<'_> {
    /// Stages the PDF at the highest level that the gate passes; gives the level.
    fn typeset(&self, staged: &mut StagedBag, list: &str) -> Result<String, Error> {
        let report = match &self.row.decision {
            Some(GallringDecision::Police(police)) => police::report(self, police, list),
            _ => self.report(list),
        };
        let mut refused = Vec::new();
        for tagged in [true, false] {
            let options = Options {
                tagged,
                ..Options::default()
            };
            let mut parts = Vec::new();
            typeset_report(&report, &options, &mut |part| {
                parts.push(part);
                Ok(())
            })
            .map_err(Error::Document)?;
            let (Some(part), true) = (parts.pop(), parts.is_empty()) else {
                return Err(Error::DocumentTooLong);
            };
            let judged = check_all(&part.bytes, part.levels).map_err(Error::Document)?;
            refused = judged.into_iter().flat_map(|(_, found)| found).collect();
            if refused.is_empty() {
                staged.write(&format!("{}.pdf", self.what), &part.bytes)?;
                return Ok(part.level());
            }
        }
        Err::<String, _>(Error::DocumentRefused(refused))
    }

    fn report(&self, list: &str) -> Report {
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

    fn info(&self, bag: BagId) -> Result<BagInfo, crate::store::Error> {
        let software = Software::this();
        BagInfo::new([
            ("Source-Organization", self.organisation.to_owned()),
            (
                "External-Description",
                format!("{}: {} {}", self.row.committee, self.what, self.row.id),
            ),
            ("External-Identifier", bag.to_string()),
            ("Bagging-Date", local_date(self.made).to_string()),
            (
                "Bag-Software-Agent",
                format!("{} {}", software.name, software.version),
            ),
        ])
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

pub(super) fn many(n: u64, one: &str, more: &str) -> String {
    match n {
        1 => format!("1 {one}"),
        n => format!("{n} {more}"),
    }
}

pub(super) fn fact(label: &str, value: String) -> (String, String) {
    (label.to_owned(), value)
}

pub(super) fn text(words: &str) -> Block {
    Block::Paragraph {
        spans: vec![Span::plain(words)],
    }
}

pub(super) fn chapter(heading: &str, body: Vec<Block>) -> Chapter {
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

pub(super) fn header(names: &[&str]) -> Block {
    table(true, names)
}

pub(super) fn cells(values: &[&str]) -> Block {
    table(false, values)
}

pub(super) fn rows<const N: usize>(
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
