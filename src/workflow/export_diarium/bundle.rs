//! The bundle itself: a bag or an E-ARK SIP in a ZIP, written from its plan alone, one document after another.

use std::collections::HashMap;
use std::io::Read;

use chrono::{DateTime, Utc};

use super::held::Held;
use super::letter;
use super::metadata::{self, FileRow, Row};
use super::pages::{sealed_digest, sealed_page};
use super::plan::{DiariumCase, DiariumPlan, Layout, With};
use super::typeset::{Page, Setting, typeset_all};
use crate::calendar::local_date;
use crate::export::Package;
use crate::export::eark::{Sip, SipEvent, SipFacts};
use crate::export::erms::ErmsVersion;
use crate::pdfa::Part;
use crate::record::{BagId, Digest, ExportId, Software};
use crate::workflow::reports::typeset_document;
use crate::workflow::{Archive, Error, Handlingar};

/// Documents that are typeset together, and bytes of their media.
const TOGETHER: usize = 16;
const WEIGHT: u64 = 16 << 20;

/// A bundle under way in a ZIP.
enum Bundle<'a> {
    Bag(Bag<'a>),
    Sip(Box<Sip<'a>>),
}

/// A bag, with what its manifest says so far.
struct Bag<'a> {
    package: &'a mut Package,
    top: String,
    manifest: Vec<(String, Digest)>,
    bytes: u64,
}

/// Writes all of it.
///
/// # Errors
/// What cannot be read, typeset or written; a file that is not what was sealed.
pub(super) fn fill(
    archive: &Archive,
    plan: &DiariumPlan,
    id: ExportId,
    made: DateTime<Utc>,
    package: &mut Package,
) -> Result<(), Error> {
    let short: String = id.0.simple().to_string().chars().skip(24).collect();
    let top = format!("diarium-{}-{short}", local_date(made).format("%Y%m%d"));
    let facts;
    let mut bundle = match plan.layout {
        Layout::Bagit => Bundle::Bag(Bag {
            package,
            top,
            manifest: Vec::new(),
            bytes: 0,
        }),
        Layout::EarkSip => {
            facts = sip_facts(plan, top, made);
            Bundle::Sip(Box::new(Sip::begin(package, &facts)?))
        }
    };
    let rows = handlingar(archive, plan, made, &mut bundle)?;
    let mut files = Vec::new();
    let mut add = |name, media_type, bytes: Vec<u8>| -> Result<(), Error> {
        files.push((name, bundle.add_bytes(name, media_type, &bytes)?));
        Ok(())
    };
    let csv = metadata::csv(plan, &rows);
    add("metadata/handlingar.csv", "text/csv", csv)?;
    let json = metadata::json(plan, id, made, &rows)?;
    add("metadata/ärende.json", "application/json", json)?;
    match bundle {
        Bundle::Bag(mut bag) => {
            let erms = metadata::erms(plan, id, made, &rows, Vec::new(), "data/")?;
            let name = "metadata/erms.xml";
            files.push((
                name,
                bag.add(name, erms.len() as u64, &mut erms.as_slice())?,
            ));
            let letter = typeset_document(&letter::letter(plan, id, made, &rows, &files))?.bytes;
            bag.add("följebrev.pdf", letter.len() as u64, &mut letter.as_slice())?;
            bag.close(plan, id, made)
        }
        Bundle::Sip(mut sip) => {
            sip.erms(|to| metadata::erms(plan, id, made, &rows, to, "").map(drop))?;
            let letter = typeset_document(&letter::letter(plan, id, made, &rows, &files))?;
            sip.documentation("följebrev.pdf", "application/pdf", &letter.bytes)?;
            Ok(sip.finish()?)
        }
    }
}

fn sip_facts(plan: &DiariumPlan, id: String, made: DateTime<Utc>) -> SipFacts {
    let published = plan.handlingar.iter().flat_map(|h| &h.records);
    let days = published.filter_map(|r| r.published).map(local_date);
    SipFacts {
        id,
        title: "Handlingar till diariet".to_owned(),
        description: match &plan.case {
            DiariumCase::Number(number) => format!("Handlingar till ärende {number}"),
            DiariumCase::New(title) => format!("Handlingar till ett nytt ärende: {title}"),
        },
        organisation: plan.organisation.clone(),
        organisation_number: plan.organisation_number.clone(),
        committee: plan.committee.clone(),
        receiver: None,
        agreement: None,
        period: days.clone().min().zip(days.max()),
        made,
        software: Software::this(),
        erms: ErmsVersion::default(),
        events: vec![SipEvent {
            kind: "fixity check".to_owned(),
            detail: "Media och sidor jämfördes med de kontrollsummor som de förseglades med."
                .to_owned(),
        }],
    }
}

fn handlingar(
    archive: &Archive,
    plan: &DiariumPlan,
    made: DateTime<Utc>,
    bundle: &mut Bundle<'_>,
) -> Result<Vec<Row>, Error> {
    let mut from = Handlingar::of(archive)?;
    let mut rows = Vec::with_capacity(plan.handlingar.len());
    // Where the page that shows a document lies: once, however many it shows.
    let mut placed: HashMap<BagId, Shot> = HashMap::new();
    let mut together: Vec<Page> = Vec::new();
    let mut weight = 0;
    let setting = Setting::default();
    for (place, planned) in plan.handlingar.iter().enumerate() {
        let held = Held::read(plan, place, planned, &mut from)?;
        let shot = match held.page {
            Some(bag) if !placed.contains_key(&bag) => {
                let shot = Shot::of(archive, bag, &held.stem, plan)?;
                placed.insert(bag, shot);
                placed.get(&bag)
            }
            Some(bag) => placed.get(&bag),
            None => None,
        };
        let name = shot.and_then(|s| s.first());
        let document = held.document(plan, made, name);
        weight += held.weight();
        together.push((held, document));
        if together.len() >= TOGETHER || weight >= WEIGHT {
            write(
                archive,
                plan,
                &mut placed,
                &mut together,
                bundle,
                &mut rows,
                &setting,
            )?;
            weight = 0;
        }
    }
    write(
        archive,
        plan,
        &mut placed,
        &mut together,
        bundle,
        &mut rows,
        &setting,
    )?;
    tracing::debug!(
        typesetting_cpu_seconds = setting.spent().as_secs_f64(),
        documents = rows.len(),
        "bundle"
    );
    Ok(rows)
}

/// A page capture's files in the bundle.
struct Shot {
    bag: BagId,
    /// What each is, its name in the bundle, its path in the bag.
    files: Vec<(&'static str, String, String)>,
    written: bool,
}

impl Shot {
    fn of(archive: &Archive, bag: BagId, stem: &str, plan: &DiariumPlan) -> Result<Self, Error> {
        let mut files = Vec::new();
        if let Some(page) = sealed_page(archive, bag)? {
            let mut parts = |what, word: &str, parts: &[crate::record::PdfPart]| {
                let of = parts.len();
                for (at, part) in parts.iter().enumerate() {
                    let name = format!("{stem}_{word}{}.pdf", part_of(at + 1, of));
                    files.push((what, name, part.file.clone()));
                }
            };
            parts("skärm", "skärm", &page.screen.parts);
            if plan.with.contains(&With::Page) {
                parts("utskrift", "utskrift", &page.print.parts);
            }
            for (at, tile) in page.tiles.iter().enumerate() {
                let ending = super::name::ending("", tile);
                let name = format!("{stem}_skärm-{}.{ending}", at + 1);
                files.push(("skärm", name, tile.clone()));
            }
            if let (true, Some(text)) = (plan.with.contains(&With::Page), page.text) {
                files.push(("sidans text", format!("{stem}_sidans-text.txt"), text));
            }
        }
        Ok(Self {
            bag,
            files,
            written: false,
        })
    }

    fn first(&self) -> Option<&str> {
        self.files.first().map(|(_, name, _)| name.as_str())
    }
}

/// Typesets and writes what was gathered, in its order.
fn write(
    archive: &Archive,
    plan: &DiariumPlan,
    placed: &mut HashMap<BagId, Shot>,
    together: &mut Vec<Page>,
    bundle: &mut Bundle<'_>,
    rows: &mut Vec<Row>,
    setting: &Setting,
) -> Result<(), Error> {
    let documents = typeset_all(archive, together, setting)?;
    for ((held, _), parts) in together.drain(..).zip(documents) {
        let mut row = Row::of(&held);
        add_document(bundle, &held, &parts, &mut row)?;
        for beside in &held.files {
            let path = format!("handlingar/{}", beside.name);
            let file = &beside.file;
            let mut open = file.open(archive)?;
            let sha256 = bundle.add(&path, &file.media_type, file.bytes, &mut open)?;
            if sha256 != file.sha256 {
                return Err(Error::DamagedFile {
                    bag: file.bag,
                    path: file.path.clone(),
                });
            }
            row.files.push(FileRow {
                path,
                what: beside.what,
                bytes: file.bytes,
                sha256,
                media_type: file.media_type.clone(),
            });
        }
        if plan.with.contains(&With::Raw) {
            let path = format!("handlingar/{}_rådata.json", held.stem);
            let bytes = metadata::raw(&held)?;
            let sha256 = bundle.add_bytes(&path, "application/json", &bytes)?;
            row.files.push(FileRow::new(
                path,
                "rådata",
                bytes.len(),
                sha256,
                "application/json",
            ));
        }
        if let Some(shot) = held.page.and_then(|bag| placed.get_mut(&bag)) {
            row.page = shot.first().map(|name| format!("handlingar/{name}"));
            if !shot.written {
                shot.written = true;
                add_page(archive, bundle, shot, &mut row)?;
            }
        }
        rows.push(row);
    }
    Ok(())
}

fn add_document(
    bundle: &mut Bundle<'_>,
    held: &Held,
    parts: &[Part],
    row: &mut Row,
) -> Result<(), Error> {
    for part in parts {
        let path = format!(
            "handlingar/{}{}.pdf",
            held.stem,
            part_of(part.number, part.of)
        );
        let sha256 = bundle.add_bytes(&path, "application/pdf", &part.bytes)?;
        row.level = part.level();
        let bytes = part.bytes.len();
        row.files.push(FileRow::new(
            path,
            "handling",
            bytes,
            sha256,
            "application/pdf",
        ));
    }
    Ok(())
}

fn add_page(
    archive: &Archive,
    bundle: &mut Bundle<'_>,
    shot: &Shot,
    row: &mut Row,
) -> Result<(), Error> {
    for (what, name, file) in &shot.files {
        let path = format!("handlingar/{name}");
        let mut open = archive.store().open_file(shot.bag, file)?;
        let bytes = open.metadata().map_or(u64::MAX, |m| m.len());
        let media_type = match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("pdf") => "application/pdf",
            Some("png") => "image/png",
            Some("jpg") => "image/jpeg",
            _ => "text/plain",
        };
        let sha256 = bundle.add(&path, media_type, bytes, &mut open)?;
        if sha256 != sealed_digest(archive, shot.bag, file)? {
            return Err(Error::DamagedFile {
                bag: shot.bag,
                path: file.clone(),
            });
        }
        row.files.push(FileRow {
            path,
            what,
            bytes,
            sha256,
            media_type: media_type.to_owned(),
        });
    }
    Ok(())
}

/// `_del-2-av-5`; nothing for a whole.
fn part_of(number: usize, of: usize) -> String {
    match of {
        0 | 1 => String::new(),
        of => format!("_del-{number}-av-{of}"),
    }
}

impl Bundle<'_> {
    /// A file by its path below the bundle's data.
    fn add(
        &mut self,
        path: &str,
        media_type: &str,
        bytes: u64,
        from: &mut dyn Read,
    ) -> Result<Digest, Error> {
        match self {
            Self::Bag(bag) => bag.add(path, bytes, from),
            Self::Sip(sip) => Ok(sip.data(path, media_type, Some(bytes), from)?.sha256),
        }
    }

    fn add_bytes(&mut self, path: &str, media_type: &str, bytes: &[u8]) -> Result<Digest, Error> {
        self.add(path, media_type, bytes.len() as u64, &mut &*bytes)
    }
}

impl Bag<'_> {
    /// A file of the payload, by its path below `data/`.
    fn add(&mut self, path: &str, bytes: u64, from: &mut dyn Read) -> Result<Digest, Error> {
        let path = format!("data/{path}");
        let name = format!("{}/{path}", self.top);
        let packed = self.package.add(&name, Some(bytes), from)?;
        self.bytes += packed.bytes;
        self.manifest.push((path, packed.sha256));
        Ok(packed.sha256)
    }

    /// The bag's own files (RFC 8493, 2).
    fn close(self, plan: &DiariumPlan, id: ExportId, made: DateTime<Utc>) -> Result<(), Error> {
        let info = [
            (
                "Source-Organization",
                format!("{}, {}", plan.organisation, plan.committee),
            ),
            (
                "Bagging-Date",
                local_date(made).format("%Y-%m-%d").to_string(),
            ),
            ("External-Identifier", id.to_string()),
            ("External-Description", "Handlingar till diariet".to_owned()),
            ("Bag-Software-Agent", Software::this().to_string()),
            (
                "Payload-Oxum",
                format!("{}.{}", self.bytes, self.manifest.len()),
            ),
        ];
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let info: String = info
            .iter()
            .map(|(label, value)| format!("{label}: {}\n", plain(value)))
            .collect();
        let tags = [
            (
                "bagit.txt",
                "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n".to_owned(),
            ),
            ("bag-info.txt", info),
            ("manifest-sha256.txt", manifest(&self.manifest)),
        ];
        let mut listed = Vec::new();
        for (name, text) in tags {
            let packed = self
                .package
                .add_bytes(&format!("{}/{name}", self.top), text.as_bytes())?;
            listed.push((name.to_owned(), packed.sha256));
        }
        let name = format!("{}/tagmanifest-sha256.txt", self.top);
        self.package
            .add_bytes(&name, manifest(&listed).as_bytes())?;
        Ok(())
    }
}

/// Lines of a manifest by path; CR, LF and `%` in a path are encoded (RFC 8493, 2.1.3).
fn manifest(files: &[(String, Digest)]) -> String {
    let mut lines: Vec<(String, Digest)> = files
        .iter()
        .map(|(path, digest)| {
            let path = path.replace('%', "%25");
            (path.replace('\r', "%0D").replace('\n', "%0A"), *digest)
        })
        .collect();
    lines.sort();
    lines
        .iter()
        .map(|(path, digest)| format!("{digest}  {path}\n"))
        .collect()
}
