//! One document of a bundle with all that goes beside it, before it is typeset.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use super::name::{ending, telling};
use super::plan::{DiariumCase, DiariumPlan, PlannedHandling};
use crate::calendar::{local_date, local_time};
use crate::pdfa::{self, Chapter, Entry, Mark, MediumState, Report, Thread};
use crate::record::{Block, Digest, MediumKind, Software, Span};
use crate::workflow::{Error, HandedMedium, Handling, Handlingar, HeldFile, Registration};

/// Records whose digests stand in the document itself; more stand in ärende.json.
const TOLD: usize = 50;

/// A document on its way into the bundle.
pub(super) struct Held {
    /// From 1.
    pub(super) number: usize,
    /// What all its files are named after.
    pub(super) stem: String,
    /// In reading order, each with how deep it answers.
    pub(super) records: Vec<(Handling, usize)>,
    answers: Option<Handling>,
    pub(super) files: Vec<Beside>,
    /// By the name that the typesetter asks for.
    by_name: HashMap<String, usize>,
    pub(super) page: Option<crate::record::BagId>,
}

/// A file that goes beside a document.
pub(super) struct Beside {
    /// Its name in the bundle, without folders.
    pub(super) name: String,
    pub(super) what: &'static str,
    pub(super) file: HeldFile,
}

impl Held {
    /// # Errors
    /// Those of [`Handlingar::read`].
    pub(super) fn read(
        plan: &DiariumPlan,
        place: usize,
        planned: &PlannedHandling,
        from: &mut Handlingar<'_>,
    ) -> Result<Self, Error> {
        let mut records = Vec::with_capacity(planned.records.len());
        for record in &planned.records {
            records.push((record.read(from, &plan.accounts)?, record.depth));
        }
        let answers = match &planned.answers {
            Some(above) => Some(above.read(from, &plan.accounts)?),
            None => None,
        };
        let number = place + 1;
        let mut held = Self {
            number,
            stem: stem(number, records.first().map(|(head, _)| head)),
            records,
            answers,
            files: Vec::new(),
            by_name: HashMap::new(),
            page: planned.page,
        };
        held.gather();
        Ok(held)
    }

    /// The media, each once, however many versions show it.
    fn gather(&mut self) {
        let mut known: HashMap<Digest, usize> = HashMap::new();
        let mut counted: BTreeMap<&'static str, usize> = BTreeMap::new();
        for (handling, _) in &self.records {
            let versions = handling.details.versions.iter().zip(&handling.media);
            let all = versions.flat_map(|(v, media)| v.content.media.iter().zip(media));
            for (medium, held) in all {
                let HandedMedium::Held(file) = held else {
                    continue;
                };
                let place = *known.entry(file.sha256).or_insert_with(|| {
                    let what = what(medium.kind);
                    let n = counted.entry(what).or_default();
                    *n += 1;
                    let ending = ending(&file.media_type, &file.path);
                    self.files.push(Beside {
                        name: format!("{}_{what}-{n}.{ending}", self.stem),
                        what,
                        file: file.clone(),
                    });
                    self.files.len() - 1
                });
                self.by_name.insert(file.name(), place);
            }
        }
    }

    /// What it is registered as.
    pub(super) fn head(&self) -> Option<&Handling> {
        self.records.first().map(|(head, _)| head)
    }

    pub(super) fn is_restricted(&self) -> bool {
        self.records.iter().any(|(h, _)| h.is_restricted())
    }

    /// Bytes of its media.
    pub(super) fn weight(&self) -> u64 {
        self.files.iter().map(|f| f.file.bytes).sum()
    }

    /// The file that the typesetter means by a name.
    pub(super) fn named(&self, name: &str) -> Option<&HeldFile> {
        self.files.iter().find(|f| f.name == name).map(|f| &f.file)
    }

    fn thread(&self) -> Thread {
        let mut entries = Vec::new();
        for (handling, depth) in &self.records {
            let of = handling.details.versions.len();
            for version in 0..of {
                let mark = match of {
                    1 => Mark::Unchanged,
                    of => Mark::Version {
                        number: number(version + 1),
                        of: number(of),
                    },
                };
                entries.extend(
                    handling
                        .entry(version, *depth, mark)
                        .map(|e| self.named_here(e)),
                );
            }
        }
        Thread {
            context: self.answers.as_ref().map(Handling::context),
            entries,
        }
    }

    /// The entry with its media named as the files beside it.
    fn named_here(&self, mut entry: Entry) -> Entry {
        for medium in &mut entry.media {
            if let MediumState::Stored { file, .. } = medium
                && let Some(beside) = self.by_name.get(file).and_then(|at| self.files.get(*at))
            {
                file.clone_from(&beside.name);
            }
        }
        entry
    }

    /// The document, for the typesetter.
    pub(super) fn document(
        &self,
        plan: &DiariumPlan,
        made: DateTime<Utc>,
        page: Option<&str>,
    ) -> pdfa::Handling<Vec<Thread>> {
        let restricted = self.is_restricted();
        let registration = self.head().map(Handling::registration);
        let kind = self.head().map_or("handling", Handling::kind);
        let title = registration.as_ref().map_or("Handling", |r| &r.subject);
        let incoming = registration.as_ref().is_some_and(|r| r.incoming);
        let report = Report {
            organisation: plan.organisation.clone(),
            committee: plan.committee.clone(),
            title: title.to_owned(),
            kind: match (self.records.len(), incoming) {
                (1, true) => format!("{}, inkommen handling", capital(kind)),
                (1, false) => format!("{}, upprättad handling", capital(kind)),
                (n, _) => format!("Tråd med {n} inlägg och kommentarer"),
            },
            made,
            software: Software::this(),
            facts: registration.map_or_else(Vec::new, |r| self.facts(plan, &r, restricted)),
            chapters: vec![self.about(page)],
        };
        pdfa::Handling {
            report,
            restricted,
            plates: Vec::new(),
            threads: vec![self.thread()],
        }
    }

    /// OSL 5 kap. 2 §, and where it stood.
    fn facts(
        &self,
        plan: &DiariumPlan,
        r: &Registration,
        restricted: bool,
    ) -> Vec<(String, String)> {
        let mut facts = Vec::new();
        let mut fact = |label: &str, value: String| facts.push((label.to_owned(), value));
        match &plan.case {
            DiariumCase::Number(number) => fact("Ärende", number.clone()),
            DiariumCase::New(title) => fact("Nytt ärende", title.clone()),
        }
        fact(
            "Handling",
            format!("{} av {}", self.number, plan.handlingar.len()),
        );
        fact(
            if r.incoming { "Inkommen" } else { "Upprättad" },
            told(r.at),
        );
        let other = r.counterpart.clone();
        match r.incoming {
            true => fact("Avsändare", other.unwrap_or_else(|| "inte känd".to_owned())),
            false => fact(
                "Mottagare",
                other.unwrap_or_else(|| "allmänheten".to_owned()),
            ),
        }
        fact("Beteckning", r.designation.clone());
        if let Some(number) = &r.document {
            fact("Handlingsnummer", number.clone());
        }
        fact("Gäller", r.subject.clone());
        if restricted {
            fact(
                "Offentlig form",
                format!("{} (utan avsändare eller mottagare)", r.public_subject),
            );
        }
        if let Some(head) = self.head() {
            let account = &head.account;
            let platform = account.platform.label();
            fact("Konto", format!("{} ({platform})", head.account_name));
            if let Some(address) = &head.details.permalink {
                fact("Adress", address.clone());
            }
        }
        facts
    }

    /// How it was kept, and what lies beside it.
    fn about(&self, page: Option<&str>) -> Chapter {
        let mut body = vec![paragraph(
            "Handlingen sparades av programmet arkivd direkt från kontot, eller lämnades in av en medarbetare. Den förseglades när den sparades och \
             antecknades i en liggare som inte kan ändras i efterhand. Kontrollsumman gäller innehållet (SHA-256 av dess JSON enligt RFC 8785).",
        )];
        if self.records.len() <= TOLD {
            body.push(row(
                true,
                ["Id", "Version", "Först sedd av arkivet", "Kontrollsumma"].map(str::to_owned),
            ));
            for (handling, _) in &self.records {
                for version in &handling.details.versions {
                    body.push(row(
                        false,
                        [
                            handling.record().to_string(),
                            version.number.to_string(),
                            local_time(version.first_seen),
                            version.digest.to_string(),
                        ],
                    ));
                }
            }
        } else {
            body.push(paragraph(
                "Varje inläggs id och kontrollsumma står i metadata/ärende.json.",
            ));
        }
        if self.files.len() > TOLD {
            body.push(paragraph(&format!(
                "{} filer ligger bredvid det här dokumentet, med samma början på namnet. De räknas upp i metadata/ärende.json.",
                self.files.len()
            )));
        } else if !self.files.is_empty() {
            body.push(paragraph("Filer som ligger bredvid det här dokumentet:"));
            body.push(row(
                true,
                ["Fil", "Kontrollsumma (SHA-256)"].map(str::to_owned),
            ));
            for beside in &self.files {
                body.push(row(
                    false,
                    [beside.name.clone(), beside.file.sha256.to_string()],
                ));
            }
        }
        if let Some(page) = page {
            body.push(paragraph(&format!(
                "Sidan så som skärmen visade den finns i {page}. Den kan också visa andras inlägg."
            )));
        }
        Chapter {
            heading: "Om handlingen".to_owned(),
            body,
        }
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

pub(super) fn told(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "tid okänd".to_owned(), local_time)
}

pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

pub(super) fn paragraph(text: &str) -> Block {
    Block::Paragraph {
        spans: vec![Span::plain(text)],
    }
}

pub(super) fn row<const N: usize>(header: bool, cells: [String; N]) -> Block {
    Block::TableRow {
        header,
        cells: cells.into_iter().map(|c| vec![Span::plain(c)]).collect(),
    }
}

fn what(kind: MediumKind) -> &'static str {
    match kind {
        MediumKind::Picture => "bild",
        MediumKind::Film => "film",
        MediumKind::Sound => "ljud",
        MediumKind::Document => "fil",
    }
}

/// `0001_2026-11-03_inlägg_Snön-röjs-sent`: nobody's name, and no words of what may be secret.
fn stem(number: usize, head: Option<&Handling>) -> String {
    let mut stem = format!("{number:04}");
    let Some(head) = head else {
        return stem;
    };
    if let Some(at) = head.details.line.published {
        stem.push_str(&format!("_{}", local_date(at).format("%Y-%m-%d")));
    }
    stem.push_str(&format!("_{}", head.kind()));
    if !head.is_restricted() {
        let author = head.details.line.author.as_deref().filter(|_| !head.own);
        let line = &head.details.line;
        let words = line.title.as_deref().filter(|t| !t.trim().is_empty());
        let words = words.unwrap_or(&line.text);
        let without = match author.map(str::trim).filter(|a| !a.is_empty()) {
            Some(author) => words.replace(author, " "),
            None => words.to_owned(),
        };
        // Far more than a name takes, and never a whole book.
        let words: String = without.chars().take(400).collect();
        let telling = telling(&words);
        if !telling.is_empty() {
            stem.push_str(&format!("_{telling}"));
        }
    }
    stem
}
