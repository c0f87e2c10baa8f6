//! PDFs that others wrote, kept as they came: what they say of themselves, what the gate finds, and the cover that
//! tells both.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use lopdf::{Dictionary, Object};

use super::gate::{Declared, Subject, declarations};
use super::{Chapter, Error, Level, Report, Violation, check_others, swedish};
use crate::calendar::local_time;
use crate::record::{Block, Digest, Software, Span};

/// Violations told one by one; the rest are counted.
const TOLD: usize = 40;

/// A PDF of others, as it was met.
#[derive(Debug)]
pub struct Evidence {
    /// Its name, without folders.
    pub file: String,
    pub bytes: u64,
    pub sha256: Digest,
    /// What could be read in it.
    pub read: Result<Told, Error>,
}

/// What a PDF says of itself, and what the gate says of that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// As its first line says: `1.7`.
    pub version: String,
    pub pages: usize,
    pub title: Option<String>,
    pub author: Option<String>,
    /// The program it was written with, and the one that made it PDF.
    pub creator: Option<String>,
    pub producer: Option<String>,
    /// As the file says it, where that is a time.
    pub created: Option<String>,
    /// Each level that it declares, with what the gate found wrong.
    pub judged: Vec<(Level, Vec<Violation>)>,
    /// What it declares beside them that is not judged here: `PDF/A-3B`.
    pub unjudged: Vec<String>,
}

impl Told {
    /// Reads a file and holds it against all levels that it declares.
    ///
    /// # Errors
    /// A file that cannot be read: no PDF, cut off, encrypted, too large, or too broken.
    pub fn of(bytes: &[u8]) -> Result<Self, Error> {
        let Declared { levels, others } = declarations(bytes)?;
        let judged = check_others(bytes, &levels)?;
        let subject = Subject::open(bytes).map_err(|why| Error::Broken(why.to_string()))?;
        let info = subject.dict(&subject.doc.trailer, b"Info");
        let text = |key: &[u8]| words(subject.get(info?, key)?);
        let created = |info: &Dictionary| date(&words(subject.get(info, b"CreationDate")?)?);
        Ok(Self {
            version: subject.doc.version.clone(),
            pages: subject.doc.page_iter().count(),
            title: text(b"Title"),
            author: text(b"Author"),
            creator: text(b"Creator"),
            producer: text(b"Producer"),
            created: info.and_then(created),
            judged,
            unjudged: others,
        })
    }

    /// Whether it declares something, and keeps to all of it.
    pub fn conforms(&self) -> bool {
        self.unjudged.is_empty()
            && !self.judged.is_empty()
            && self.judged.iter().all(|(_, found)| found.is_empty())
    }
}

/// A text string on one line: PDFDocEncoding is taken as Latin 1, which it is but for a few signs.
fn words(object: &Object) -> Option<String> {
    let bytes = object.as_str().ok()?;
    let text = match bytes {
        [0xfe, 0xff, rest @ ..] => {
            let units: Vec<u16> = rest
                .as_chunks::<2>()
                .0
                .iter()
                .map(|u| u16::from_be_bytes(*u))
                .collect();
            String::from_utf16_lossy(&units)
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        bytes => bytes.iter().map(|b| char::from(*b)).collect(),
    };
    let text: String = text.chars().filter(|c| !c.is_control()).take(300).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// `D:20260312104512+01'00'` as `2026-03-12 10:45`, in Swedish time where the zone is told, else as it stands
/// (ISO 32000-1, 7.9.4).
fn date(told: &str) -> Option<String> {
    let told = told.strip_prefix("D:").unwrap_or(told);
    let digits = told
        .bytes()
        .position(|b| !b.is_ascii_digit())
        .unwrap_or(told.len());
    let (time, zone) = told.split_at(digits);
    let part = |from: usize, to: usize| time.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6), part(6, 8));
    let (m, d) = (month.unwrap_or("01"), day.unwrap_or("01"));
    let date = NaiveDate::parse_from_str(&format!("{year}-{m}-{d}"), "%Y-%m-%d").ok()?;
    let parts: Vec<&str> = [Some(year), month, day].into_iter().flatten().collect();
    let mut out = parts.join("-");
    if let (Some(hour), Some(minute)) = (part(8, 10), part(10, 12)) {
        let time = NaiveTime::from_hms_opt(hour.parse().ok()?, minute.parse().ok()?, 0)?;
        let zone = zone.replace('\'', ":");
        let zone = match zone.trim_end_matches(':') {
            "Z" | "Z00:00" => "+00:00",
            zone => zone,
        };
        let at = DateTime::parse_from_rfc3339(&format!("{date}T{time}{zone}"));
        match at {
            Ok(at) => return Some(local_time(at.to_utc())),
            Err(_) => out.push_str(&format!(" {hour}:{minute}")),
        }
    }
    Some(out)
}

/// Whose cover it is and when it is made.
#[derive(Debug, Clone)]
pub struct CoverSetting {
    pub organisation: String,
    pub committee: String,
    /// In place of the file's name.
    pub title: Option<String>,
    pub made: DateTime<Utc>,
    pub software: Software,
}

/// The cover that is kept beside the file.
pub fn evidence_cover(evidence: &Evidence, setting: CoverSetting) -> Report {
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut fact = |label: &str, value: String| facts.push((label.to_owned(), value));
    fact("Fil", evidence.file.clone());
    let mut size = swedish::size(evidence.bytes);
    if evidence.bytes >= 1_000 {
        size.push_str(&format!(" ({} byte)", swedish::number(evidence.bytes)));
    }
    fact("Storlek", size);
    fact("SHA-256", evidence.sha256.to_string());
    if let Ok(told) = &evidence.read {
        fact("Sidor", swedish::number(told.pages as u64));
        fact("PDF-version", told.version.clone());
        let mut own = |label: &str, value: &Option<String>| {
            if let Some(value) = value {
                fact(label, value.clone());
            }
        };
        own("Titel i filen", &told.title);
        own("Författare i filen", &told.author);
        own("Skriven med", &told.creator);
        own("Gjord till PDF med", &told.producer);
        own("Skapad enligt filen", &told.created);
    }
    let (verdict, chapters) = verdict(evidence);
    fact("PDF/A och PDF/UA", verdict);
    let mut chapters = chapters;
    chapters.insert(
        0,
        Chapter {
            heading: "Vad det här är".to_owned(),
            body: vec![paragraph(
                "Det här är ett försättsblad till en PDF-fil som någon annan har framställt. Filen sparas bredvid, \
                 oförändrad, som den kom in. Med kontrollsumman (SHA-256) kan var och en pröva att det är samma fil.",
            )],
        },
    );
    Report {
        organisation: setting.organisation,
        committee: setting.committee,
        title: setting.title.unwrap_or_else(|| evidence.file.clone()),
        kind: "Försättsblad till en sparad PDF-fil".to_owned(),
        made: setting.made,
        software: setting.software,
        facts,
        chapters,
    }
}

/// In a few words, and in chapters.
fn verdict(evidence: &Evidence) -> (String, Vec<Chapter>) {
    let heading = "Vad kontrollen fann".to_owned();
    let one = |text: &str| {
        vec![Chapter {
            heading: heading.clone(),
            body: vec![paragraph(text)],
        }]
    };
    let told = match &evidence.read {
        Ok(told) => told,
        Err(error) => {
            let text = format!("Filen kunde inte läsas eller prövas: {}.", unread(error));
            return ("Kunde inte prövas".to_owned(), one(&text));
        }
    };
    let others = (!told.unjudged.is_empty()).then(|| {
        format!(
            "ppger {}, som inte prövas här",
            swedish::list(&told.unjudged)
        )
    });
    if told.judged.is_empty() {
        let Some(others) = others else {
            return (
                "Filen uppger inget".to_owned(),
                one(
                    "Filen uppger inte att den uppfyller PDF/A eller PDF/UA, och är därför inte prövad.",
                ),
            );
        };
        let text =
            format!("Filen u{others}. De nivåer som prövas är PDF/A-1, PDF/A-2 och PDF/UA-1.");
        return (format!("U{others}"), one(&text));
    }
    let names = |conforming: bool| -> Vec<String> {
        let judged = told.judged.iter();
        let some = judged.filter(|(_, found)| found.is_empty() == conforming);
        some.map(|(level, _)| level.to_string()).collect()
    };
    let (kept, broken) = (names(true), names(false));
    let mut words = Vec::new();
    if !kept.is_empty() {
        words.push(format!("Uppfyller {}", swedish::list(&kept)));
    }
    if !broken.is_empty() {
        let says = format!(
            "ppger sig uppfylla {} men gör det inte",
            swedish::list(&broken)
        );
        words.push(if words.is_empty() {
            format!("U{says}")
        } else {
            format!("u{says}")
        });
    }
    words.extend(others.map(|others| format!("u{others}")));
    let verdict = words.join("; ");
    if broken.is_empty() {
        let text =
            format!("{verdict}. Det är vad filen uppger, och inget i kontrollen talar emot det.");
        return (verdict, one(&text));
    }
    let chapters = told.judged.iter().filter(|(_, found)| !found.is_empty());
    let chapters = chapters
        .map(|(level, found)| Chapter {
            heading: format!("{heading}: {level}"),
            body: told_violations(found),
        })
        .collect();
    (verdict, chapters)
}

/// A table of the rules that were broken, each with how often.
fn told_violations(found: &[Violation]) -> Vec<Block> {
    let mut rules: Vec<(&str, String, usize)> = Vec::new();
    for violation in found {
        let known = rules.iter_mut().find(|(c, ..)| *c == violation.clause());
        match known {
            Some((.., times)) => *times += 1,
            None => rules.push((violation.clause(), violation.message(), 1)),
        }
    }
    let standard = rules.first().map_or("", |(clause, ..)| split(clause).0);
    let mut body = vec![paragraph(&format!(
        "Reglerna står i {standard} och är numrerade som i programmet veraPDF. Vad som fanns står på engelska.",
    ))];
    let row = |header: bool, cells: [String; 3]| Block::TableRow {
        header,
        cells: cells.map(|c| vec![Span::plain(c)]).into(),
    };
    let labels = ["Regel", "Vad som fanns", "Antal"];
    body.push(row(true, labels.map(str::to_owned)));
    for (clause, message, times) in rules.iter().take(TOLD) {
        let times = swedish::number(*times as u64);
        let rule = split(clause).1.to_owned();
        body.push(row(false, [rule, message.clone(), times]));
    }
    if let Some(more) = rules.len().checked_sub(TOLD).filter(|n| *n > 0) {
        let more = swedish::count(more, "regel", "regler");
        body.push(paragraph(&format!("… och {more} till.")));
    }
    body
}

/// `ISO 14289-1:2014:7.2:2` as standard and rule.
fn split(clause: &str) -> (&str, &str) {
    let year = clause.find(':').map_or(0, |at| at + 1);
    let end = clause.get(year..).and_then(|rest| rest.find(':'));
    match end {
        Some(end) => (
            clause.get(..year + end).unwrap_or(clause),
            clause.get(year + end + 1..).unwrap_or_default(),
        ),
        None => ("", clause),
    }
}

fn unread(error: &Error) -> String {
    match error {
        Error::NoPdf => "den är ingen PDF".to_owned(),
        Error::Truncated => "den är avbruten".to_owned(),
        Error::Encrypted => "den är krypterad, och lösenordet är inte känt".to_owned(),
        Error::TooLarge { .. } => "den är större än kontrollen läser".to_owned(),
        _ => "den är skadad".to_owned(),
    }
}

fn paragraph(text: &str) -> Block {
    Block::Paragraph {
        spans: vec![Span::plain(text)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_as_the_file_has_them() {
        let told = |d: &str| date(d).unwrap_or_default();
        assert_eq!(told("D:20260312104512+01'00'"), "2026-03-12 10:45");
        assert_eq!(told("D:20260312104512Z"), "2026-03-12 11:45");
        assert_eq!(told("D:20260312104512"), "2026-03-12 10:45");
        assert_eq!(told("D:2026"), "2026");
        assert_eq!(told("20260312"), "2026-03-12");
        for bad in [
            "",
            "D:",
            "D:20261341",
            "igår",
            "D:202é",
            "D:20260312996012Z",
        ] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }

    #[test]
    fn text_strings_are_read_in_each_encoding() {
        let read =
            |bytes: &[u8]| words(&Object::string_literal(bytes.to_vec())).unwrap_or_default();
        assert_eq!(read(b"\xfe\xff\0\xc5\0r"), "År");
        assert_eq!(read("\u{feff}År".as_bytes()), "År");
        assert_eq!(read(b"\xc5r\n"), "År");
        assert_eq!(read(b"  "), "");
    }
}
