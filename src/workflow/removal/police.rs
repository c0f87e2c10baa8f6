//! What the police are given: the sealed bags as they are, and a letter that says what, where, when, by whom and how it
//! was saved.

use std::fs::File;
use std::path::Path;

use crate::calendar::local_time;
use crate::catalog::{NewRemovalStep, RecordDetails, RemovalWhat};
use crate::export::{self, Exported};
use crate::pdfa::{Chapter, Report};
use crate::policy::Policy;
use crate::record::{BagId, Block, Digest, Kind, Software, Span};
use crate::store::{Depth, Fault, verify_bag};
use crate::workflow::reports::typeset_document;
use crate::workflow::verify_archive::other_commitment;
use crate::workflow::{Archive, Error, Surroundings, io_error};

use super::{Case, RemovalFault};

/// What was written.
#[derive(Debug, Clone)]
pub struct PolicePackage {
    pub case: Case,
    pub exported: Exported,
    pub bags: Vec<BagId>,
    /// Of the letter in it.
    pub letter_sha256: Digest,
}

/// A bag of the package.
struct Given {
    bag: BagId,
    /// Of its tag manifest, which lists all its manifests.
    sha256: Digest,
    kind: String,
}

/// Letters of what was written that the letter repeats.
const MOST_WORDS: usize = 4_000;

/// Writes the package to `out`, or into the file that was given for it. Gives the faults of a damaged bag instead, and
/// writes nothing.
///
/// # Errors
/// [`RemovalFault::NothingSaved`]; when `out` exists or cannot be written.
pub fn police_package(
    archive: &Archive,
    policy: &Policy,
    name: &str,
    out: &Path,
    given: Option<File>,
    around: &Surroundings,
) -> Result<Result<PolicePackage, Vec<(BagId, Fault)>>, Error> {
    let now = (around.now)();
    let case = Case::named(&archive.catalog(), policy, name, now)?;
    case.no_emergency("nothing of it is exported: the police secure it themselves")?;
    for bag in bags_of(&case) {
        if let Some(lock) = archive.catalog().bag_lock(bag)? {
            let case = lock.case;
            return Err(RemovalFault::BagLocked { bag, case }.into());
        }
    }
    let mut bags: Vec<Given> = Vec::new();
    let mut faults = Vec::new();
    for bag in bags_of(&case) {
        let row = archive.catalog().bag(bag)?.ok_or(Error::NoBag(bag))?;
        let dir = archive.store().path(bag).join("bag");
        let found = verify_bag(&dir, Depth::Full)?.faults;
        let found = found
            .into_iter()
            .chain(other_commitment(archive, bag, row.commitment));
        faults.extend(found.map(|fault| (bag, fault)));
        let manifest = dir.join("tagmanifest-sha256.txt");
        bags.push(Given {
            bag,
            sha256: Digest::of(&std::fs::read(&manifest).map_err(io_error(&manifest))?),
            kind: row.kind.map_or_else(String::new, |kind| kind.to_string()),
        });
    }
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    if bags.is_empty() {
        return Err(RemovalFault::NothingSaved {
            case: case.removal.designation,
            number: case.removal.number,
        }
        .into());
    }
    let details: Vec<Option<RecordDetails>> = {
        let catalog = archive.catalog();
        let of = |o: &super::CaseObject| {
            let seen = o.object.record.as_ref();
            seen.map(|s| catalog.record(s.record)).transpose()
        };
        case.objects.iter().map(of).collect::<Result<_, _>>()?
    };
    let letter = letter(&case, &details, &bags, around);
    let pdf = typeset_document(&letter)?;
    let letter_sha256 = Digest::of(&pdf.bytes);
    let folders: Vec<(std::path::PathBuf, String)> = bags
        .iter()
        .map(|given| {
            let dir = archive.store().path(given.bag).join("bag");
            (dir, format!("paket/{}", given.bag))
        })
        .collect();
    let (exported, _) = export::write_package(out, given, now, |package| {
        package.add_bytes("underlag.pdf", &pdf.bytes)?;
        for (folder, name) in &folders {
            package.add_folder(folder, name)?;
        }
        Ok::<(), export::Error>(())
    })?;
    let sha256 = letter_sha256.to_string();
    archive.catalog().note_removal(
        &case.removal,
        &[NewRemovalStep {
            value: Some(&sha256),
            ..NewRemovalStep::of(RemovalWhat::PolicePackage, now, now, &around.actor)
        }],
    )?;
    let case = Case::named(
        &archive.catalog(),
        policy,
        &case.removal.number.to_string(),
        now,
    )?;
    Ok(Ok(PolicePackage {
        case,
        exported,
        bags: bags.into_iter().map(|given| given.bag).collect(),
        letter_sha256,
    }))
}

/// Each bag once, in the order of the case.
fn bags_of(case: &Case) -> Vec<BagId> {
    let mut all: Vec<BagId> = Vec::new();
    for object in &case.objects {
        let record = object.object.record.as_ref().and_then(|r| r.bag);
        for (bag, _) in record.into_iter().chain(object.object.page) {
            if !all.contains(&bag) {
                all.push(bag);
            }
        }
    }
    all
}

fn letter(
    case: &Case,
    details: &[Option<RecordDetails>],
    bags: &[Given],
    around: &Surroundings,
) -> Report {
    let removal = &case.removal;
    let text = |text: &str| Block::Paragraph {
        spans: vec![Span::plain(text)],
    };
    let mut facts = vec![
        ("Beteckning".to_owned(), removal.designation.clone()),
        (
            "Diarienummer".to_owned(),
            removal
                .registered
                .clone()
                .unwrap_or_else(|| "inte satt".to_owned()),
        ),
        ("Bedömt som".to_owned(), case.category.name.clone()),
        ("Grund".to_owned(), case.category.ground()),
        ("Upptäckt".to_owned(), local_time(removal.discovered)),
        ("Antal inlägg".to_owned(), case.objects.len().to_string()),
    ];
    let report = case.steps.iter().rfind(|s| s.what == RemovalWhat::Police);
    if let Some(number) = report.and_then(|s| s.value.clone()) {
        facts.push(("Polisanmälan".to_owned(), number));
    }
    let mut chapters = vec![Chapter {
        heading: "Om underlaget".to_owned(),
        body: vec![
            text(&format!(
                "{}, {}, har funnit innehåll i en av sina kanaler i sociala medier som kan vara brottsligt. Underlaget består av det här \
                 brevet och av {} när innehållet sparades. Tiderna är svensk tid.",
                around.organisation,
                removal.committee,
                match bags.len() {
                    1 => "ett arkivpaket, oförändrat så som det förseglades".to_owned(),
                    n => format!("{n} arkivpaket, oförändrade så som de förseglades"),
                }
            )),
            text(
                "Kommunen har inte utrett vem som står bakom ett konto. Namn och adresser anges så som plattformen visade dem. \
                 Ett paket kan också innehålla andras inlägg, som sparades samtidigt.",
            ),
        ],
    }];
    for (at, (object, details)) in case.objects.iter().zip(details).enumerate() {
        chapters.push(Chapter {
            heading: match case.objects.len() {
                1 => "Innehållet".to_owned(),
                _ => format!("Innehåll {}", at + 1),
            },
            body: thing(object, details.as_ref()),
        });
    }
    chapters.push(saved(bags));
    chapters.push(done(case));
    Report {
        organisation: around.organisation.clone(),
        committee: removal.committee.clone(),
        title: format!("Underlag till Polismyndigheten, {}", removal.designation),
        kind: "Underlag till polisanmälan".to_owned(),
        made: (around.now)(),
        software: Software::this(),
        facts,
        chapters,
    }
}

/// What, where, when, and by whom as it was shown.
fn thing(object: &super::CaseObject, details: Option<&RecordDetails>) -> Vec<Block> {
    let version = details.and_then(|d| d.versions.last());
    let author = version.and_then(|v| v.content.author.as_ref());
    let mut rows: Vec<(&str, String)> = Vec::new();
    if let Some(details) = details {
        rows.push(("Vad", kind(details.line.kind).to_owned()));
    }
    if let Some(title) = version.and_then(|v| v.content.title.as_ref()) {
        rows.push(("Rubrik", title.clone()));
    }
    rows.push(("Var", object.address().unwrap_or("inte känt").to_owned()));
    rows.push((
        "Publicerat",
        object
            .object
            .published
            .map_or_else(|| "inte känt".to_owned(), local_time),
    ));
    rows.push((
        "Avsändare, som den visades",
        author.map_or_else(|| "inte känd".to_owned(), |a| a.name.clone()),
    ));
    if let Some(address) = author.and_then(|a| a.address.as_ref()) {
        rows.push(("Avsändarens adress", address.clone()));
    }
    if let Some(details) = details {
        for (door, native) in &details.native {
            if door != crate::record::IMPORT_DOOR {
                rows.push(("Plattformens beteckning", format!("{native} ({door})")));
            }
        }
        rows.push(("Handlingens id", details.line.record.to_string()));
    }
    if let Some(version) = version {
        rows.push(("Först sedd av arkivet", local_time(version.first_seen)));
        rows.push(("Innehållets SHA-256", version.digest.to_string()));
        let media = version.content.media.len();
        if media > 0 {
            rows.push(("Bilder, filmer och filer", media.to_string()));
        }
    }
    for (what, at) in [("Dolt", object.hidden), ("Raderat", object.deleted)] {
        if let Some(at) = at {
            rows.push((what, local_time(at)));
        }
    }
    let mut body = table(
        ["Uppgift", "Värde"],
        rows.into_iter().map(|(a, b)| [a.to_owned(), b]),
    );
    if let Some(version) = version {
        let words = version.content.plain_text();
        let heading = Block::Heading {
            level: 2,
            spans: vec![Span::plain("Ordagrant")],
        };
        let shown: String = words.chars().take(MOST_WORDS).collect();
        let cut = shown.len() < words.len();
        if !words.trim().is_empty() {
            body.push(heading);
            for line in shown.lines().filter(|l| !l.trim().is_empty()) {
                body.push(Block::Quote {
                    spans: vec![Span::plain(line)],
                });
            }
            if cut {
                body.push(Block::Paragraph {
                    spans: vec![Span::plain("Texten fortsätter i arkivpaketet.")],
                });
            }
        }
    }
    body
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Post => "inlägg",
        Kind::Page => "sida",
        Kind::Comment => "kommentar",
        Kind::Message => "meddelande",
    }
}

/// How it was saved, and how anyone can check it.
fn saved(bags: &[Given]) -> Chapter {
    let rows = bags.iter().map(|given| {
        [
            given.bag.to_string(),
            match given.kind.as_str() {
                "page" => "sidan så som skärmen visade den",
                "records" => "inlägg genom plattformens gränssnitt, eller inlämnade",
                _ => "inlägg som inte var offentliga",
            }
            .to_owned(),
            given.sha256.to_string(),
        ]
    });
    let mut body = vec![Block::Paragraph {
        spans: vec![Span::plain(
            "Innehållet sparades av programmet arkivd direkt från plattformen, eller lämnades in av en anställd som bild eller text. \
             Varje paket förseglades när det sparades och antecknades i en liggare som inte kan ändras i efterhand. Paketet ligger i mappen \
             paket/ och följer standarden BagIt (RFC 8493): manifest-sha256.txt räknar upp alla filer med kontrollsumma, och \
             tagmanifest-sha256.txt räknar upp manifesten. Paketen kontrollerades när underlaget gjordes, och var hela.",
        )],
    }];
    body.extend(table(
        [
            "Paket",
            "Vad det innehåller",
            "SHA-256 av tagmanifest-sha256.txt",
        ],
        rows,
    ));
    Chapter {
        heading: "Hur det sparades".to_owned(),
        body,
    }
}

/// What the municipality did, without who.
fn done(case: &Case) -> Chapter {
    let rows = case
        .steps
        .iter()
        .filter(|s| {
            use RemovalWhat::{Deleted, Hidden, Police, Registered, Saved};
            matches!(s.what, Saved | Hidden | Deleted | Registered | Police)
        })
        .map(|s| {
            let value = match s.what {
                RemovalWhat::Saved => "",
                _ => s.value.as_deref().unwrap_or_default(),
            };
            [
                local_time(s.at),
                s.what.swedish().to_owned(),
                value.to_owned(),
            ]
        });
    let opened = [
        local_time(case.removal.opened),
        "ärendet öppnades".to_owned(),
        case.removal.designation.clone(),
    ];
    Chapter {
        heading: "Vad kommunen har gjort".to_owned(),
        body: table(
            ["När", "Vad", "Uppgift"],
            std::iter::once(opened).chain(rows),
        ),
    }
}

fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> Vec<Block> {
    let row = |header, cells: [String; N]| Block::TableRow {
        header,
        cells: cells.into_iter().map(|c| vec![Span::plain(c)]).collect(),
    };
    std::iter::once(row(true, head.map(str::to_owned)))
        .chain(rows.map(|cells| row(false, cells)))
        .collect()
}
