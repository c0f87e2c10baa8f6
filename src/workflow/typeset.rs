//! posts.pdf: the records typeset, and staged at the highest level that is reached (invariant 4).

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use url::Url;

use super::Error;
use super::comparison::Seen;
use super::second_gate::SecondGate;
use super::staged_pdf::{Candidate, Stop, check_and_stage};
use super::staging::below_data;
use super::thread::SeenThreads;
use crate::pdfa::{self, Options, Part, PostsDocument};
use crate::record::{
    Account, BagKind, CaptureId, Coverage, Font, MediumHeld, PdfPart, PictureNotDrawn, PostsPdf,
    Reason, RecordId, Software, Substituted,
};
use crate::store::{StagedBag, StoredFile};

/// What the document tells beside the records.
pub(super) struct Setting<'a> {
    pub(super) organisation: &'a str,
    pub(super) account: &'a Account,
    pub(super) account_name: Option<&'a str>,
    pub(super) kind: BagKind,
    pub(super) reason: Reason,
    pub(super) taken: DateTime<Utc>,
    pub(super) capture: CaptureId,
    pub(super) since: Option<DateTime<Utc>>,
    /// True for the account's first capture.
    pub(super) first: bool,
    pub(super) coverage: &'a Coverage,
    pub(super) records_json: &'a StoredFile,
    pub(super) seen: &'a [Seen],
    pub(super) media: &'a HashMap<Url, MediumHeld>,
    pub(super) second_gate: Option<&'a SecondGate>,
    /// How many records were destroyed out of what the bag held before, on which day.
    pub(super) destroyed: Option<(u64, NaiveDate)>,
}

pub(super) struct TypesetFiles {
    pub(super) posts_pdf: PostsPdf,
    /// File and page where each record begins.
    pub(super) places: HashMap<RecordId, (String, u32)>,
}

/// Writes posts.pdf as PDF/A-1a and PDF/UA-1 if the gate lets it, else as PDF/A-1b, with pictures or else in words
/// alone, else not at all: evidence is never lost to a validator.
pub(super) fn typeset(bag: &mut StagedBag, s: &Setting<'_>) -> Result<TypesetFiles, Error> {
    let in_bag = |seen: &Seen| seen.picked && seen.bag() == s.kind;
    let document = PostsDocument {
        organisation: s.organisation.to_owned(),
        committee: s.account.committee.clone(),
        account: s.account.id.clone(),
        account_name: s.account_name.unwrap_or(s.account.id.as_str()).to_owned(),
        platform: s.account.platform,
        address: s.account.address.to_string(),
        kind: s.kind,
        reason: s.reason,
        taken: s.taken,
        capture: s.capture,
        bag: bag.bag(),
        software: Software::this(),
        since: s.since,
        coverage: s.coverage.clone(),
        destroyed: s.destroyed,
        digests: vec![(s.records_json.path.clone(), s.records_json.sha256)],
        threads: SeenThreads::of(s.seen, &in_bag, s.media, s.first),
    };
    let mut violations = Vec::new();
    for (pictures, tagged) in [(true, true), (true, false), (false, true), (false, false)] {
        let options = Options {
            tagged,
            pictures,
            ..Options::default()
        };
        match write_parts(bag, &document, &options, s.second_gate) {
            Ok(mut files) => {
                files.posts_pdf.text_only = !pictures;
                files.posts_pdf.violations = violations;
                return Ok(files);
            }
            Err(Stop::Store(error)) => return Err(error.into()),
            Err(Stop::Rejected(why)) => violations.extend(why),
            Err(Stop::Unjudged(why)) => {
                violations.push(why);
                break;
            }
        }
    }
    Ok(TypesetFiles {
        posts_pdf: PostsPdf {
            violations,
            ..PostsPdf::default()
        },
        places: HashMap::new(),
    })
}

fn file_name(number: usize, of: usize) -> String {
    if of == 1 {
        "posts.pdf".to_owned()
    } else {
        format!("posts-{number:03}.pdf")
    }
}

fn write_parts(
    bag: &mut StagedBag,
    document: &PostsDocument<SeenThreads<'_>>,
    options: &Options,
    second: Option<&SecondGate>,
) -> Result<TypesetFiles, Stop> {
    let mut parts: Vec<PdfPart> = Vec::new();
    let mut stop = None;
    let mut unread = None;
    let payload = bag.payload();
    let set = pdfa::typeset_posts(
        document,
        options,
        &mut |file| {
            payload.read(below_data(file)).map_err(|error| {
                let told = std::io::Error::other(error.to_string());
                unread = Some(error);
                told
            })
        },
        &mut |part: Part| {
            let pdf = Candidate {
                name: &file_name(part.number, part.of),
                number: part.number,
                bytes: &part.bytes,
                pages: part.pages,
                levels: part.levels,
                told: part.level(),
            };
            let written = check_and_stage(bag, &pdf, second);
            written.map(|part| parts.push(part)).map_err(|why| {
                stop = Some(why);
                std::io::Error::other("stopped by the gate or the store")
            })
        },
    );
    // A disk that does not give back what was just written cannot be trusted with the bag.
    let stop = unread.map(Stop::Store).or(stop);
    let set = match (stop, set) {
        (None, Ok(set)) => set,
        (stop, set) => {
            for part in &parts {
                bag.remove(below_data(&part.file)).map_err(Stop::Store)?;
            }
            return Err(match (stop, set) {
                (Some(stop), _) => stop,
                (None, Err(error)) => Stop::Rejected(vec![error.to_string()]),
                (None, Ok(_)) => Stop::Rejected(Vec::new()),
            });
        }
    };
    let places = set
        .pages
        .iter()
        .filter_map(|(record, part, page)| {
            let file = parts.get(part - 1)?.file.clone();
            Some((*record, (file, u32::try_from(*page).ok()?)))
        })
        .collect();
    Ok(TypesetFiles {
        posts_pdf: PostsPdf {
            parts,
            text_only: false,
            violations: Vec::new(),
            substituted: set
                .substituted
                .iter()
                .map(|(c, count)| Substituted {
                    character: format!("U+{:04X}", u32::from(*c)),
                    count: *count,
                })
                .collect(),
            pictures_not_drawn: set
                .pictures_not_drawn
                .into_iter()
                .map(|(file, why)| PictureNotDrawn { file, why })
                .collect(),
            fonts: set
                .fonts
                .into_iter()
                .map(|font| Font {
                    name: font.name,
                    version: Some(font.version).filter(|v| !v.is_empty()),
                    sha256: font.sha256,
                })
                .collect(),
        },
        places,
    })
}
