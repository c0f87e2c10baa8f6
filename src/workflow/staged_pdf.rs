//! A PDF on its way into a bag: the gates stand here, and what does not conform is not staged, or not for long
//! (invariant 4).

use std::path::Path;

use super::second_gate::SecondGate;
use crate::pdfa::{self, Level};
use crate::record::PdfPart;
use crate::store::{self, StagedBag};

/// A PDF that is to go into a bag, if it conforms.
pub(super) struct Candidate<'a> {
    /// Below `data/`.
    pub(super) name: &'a str,
    /// Which part of its document, from 1.
    pub(super) number: usize,
    pub(super) bytes: &'a [u8],
    pub(super) pages: usize,
    pub(super) levels: &'a [Level],
    /// The same in words: `PDF/A-1a, PDF/UA-1`.
    pub(super) told: String,
}

/// Why it did not go in.
pub(super) enum Stop {
    Rejected(Vec<String>),
    /// The second gate gives no answer, and will give none at the other levels.
    Unjudged(String),
    Store(store::Error),
}

pub(super) fn check_and_stage(
    bag: &mut StagedBag,
    pdf: &Candidate<'_>,
    second: Option<&SecondGate>,
) -> Result<PdfPart, Stop> {
    let judged =
        pdfa::check_all(pdf.bytes, pdf.levels).map_err(|e| Stop::Rejected(vec![e.to_string()]))?;
    let told = judged.iter().flat_map(|(level, violations)| {
        let at = move |v: &pdfa::Violation| format!("{level} part {}: {v}", pdf.number);
        violations.iter().map(at)
    });
    let found: Vec<String> = told.collect();
    if !found.is_empty() {
        return Err(Stop::Rejected(found));
    }
    stage(bag, pdf, second)
}

/// Stages what the gate has passed already; the second gate judges it still.
pub(super) fn stage(
    bag: &mut StagedBag,
    pdf: &Candidate<'_>,
    second: Option<&SecondGate>,
) -> Result<PdfPart, Stop> {
    let stored = bag.write(pdf.name, pdf.bytes).map_err(Stop::Store)?;
    if let Some(second) = second {
        let file = bag.payload().path(pdf.name).map_err(Stop::Store)?;
        if let Err(stop) = ask(second, &file, pdf) {
            bag.remove(pdf.name).map_err(Stop::Store)?;
            return Err(stop);
        }
    }
    Ok(PdfPart {
        file: stored.path,
        pages: u32::try_from(pdf.pages).unwrap_or(u32::MAX),
        level: pdf.told.clone(),
    })
}

/// What the second gate says of it.
pub(super) fn ask(second: &SecondGate, file: &Path, pdf: &Candidate<'_>) -> Result<(), Stop> {
    let mut found = Vec::new();
    for level in pdf.levels {
        let at = format!("{level} part {}", pdf.number);
        match second.judge(file, *level) {
            Ok(rules) => {
                let told = |rule| format!("{at}: {rule} (found by verapdf)");
                found.extend(rules.into_iter().map(told));
            }
            Err(why) => return Err(Stop::Unjudged(format!("{at}: not judged: {why}"))),
        }
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(Stop::Rejected(found)),
    }
}
