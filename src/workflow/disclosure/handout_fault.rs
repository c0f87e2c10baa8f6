//! Why nothing is masked or handed out.

use std::collections::{BTreeMap, BTreeSet};

use crate::export::mask;
use crate::pdfa;
use crate::record::{AccountId, BagId, ExportId, RecordId};

/// Masks that a message names; a preview tells all.
const MASKS_TOLD: usize = 20;

#[derive(Debug, thiserror::Error)]
pub enum HandoutFault {
    #[error("record {record} cannot be masked: {source}")]
    Mask {
        record: RecordId,
        #[source]
        source: mask::Fault,
    },
    #[error("what is to be masked stands nowhere in record {record}")]
    StandsNowhere { record: RecordId },
    #[error("record {record} has no medium {medium}: it has {}", media.len())]
    NoMedium {
        record: RecordId,
        medium: usize,
        media: Vec<String>,
    },
    #[error("medium {medium} of record {record} cannot be masked in part: {problem}")]
    NotInPart {
        record: RecordId,
        medium: usize,
        problem: String,
    },
    #[error("the region lies outside medium {medium}, which is {width} by {height} pixels")]
    OutsidePicture {
        medium: usize,
        width: u32,
        height: u32,
    },
    #[error("there is no page capture {bag}, or it may not be read")]
    NoPageCapture { bag: BagId },
    #[error("page capture {bag} is of {committee}: a disclosure never spans two committees")]
    OthersPage { bag: BagId, committee: String },
    #[error(
        "page capture {bag} is of account {account}, and disclosure {case} has no record of it"
    )]
    NoRecordOf {
        bag: BagId,
        account: AccountId,
        case: String,
    },
    #[error("page capture {bag} has no picture of its screen")]
    NoScreen { bag: BagId },
    #[error("the screen of page capture {bag} cannot be shown")]
    Screen {
        bag: BagId,
        #[source]
        source: pdfa::Error,
    },
    #[error("page capture {bag} has no page {page}: it has {of}")]
    NoScreenPage { bag: BagId, page: u32, of: u32 },
    #[error("page {page} of page capture {bag} is not chosen in disclosure {case}")]
    NotChosen { bag: BagId, page: u32, case: String },
    #[error("the words cannot be looked for on a screen: {source}")]
    ScreenWords {
        #[source]
        source: mask::Fault,
    },
    #[error("no page of a screen is chosen in disclosure {case}")]
    NoneChosen { case: String },
    #[error("the box lies outside page {page}, which is {width} by {height} pixels")]
    OutsideScreen { page: u32, width: u32, height: u32 },
    #[error("the words stand nowhere on the chosen pages of page capture {bag}")]
    NotOnScreen { bag: BagId },
    #[error("pages of disclosure {case} have not been looked at since something changed: {}", pages.len())]
    NotLookedAt {
        case: String,
        pages: Vec<(BagId, u32)>,
    },
    #[error("nothing of disclosure {case} is to be handed out")]
    NothingGiven { case: String },
    #[error(
        "what is masked in disclosure {case} stands open in {} of it",
        counted(places)
    )]
    StandsOpen {
        case: String,
        /// Mask and record.
        places: Vec<(i64, RecordId)>,
    },
    #[error("{form} is written as .{}, and {out:?} is not", endings.join(" or ."))]
    Ending {
        form: &'static str,
        endings: Vec<String>,
        out: String,
    },
    #[error(
        "disclosure {case} has documents that are printed as they are, beside the records: {files}; {out:?} is one PDF"
    )]
    Beside {
        case: String,
        files: u64,
        out: String,
    },
    #[error("export {export} is no delivery of disclosure {case}")]
    NoDelivery { export: ExportId, case: String },
    #[error("export {export} would not have the same bytes any more: it was made by {software}")]
    NotTheSame { export: ExportId, software: String },
}

impl HandoutFault {
    /// Lines below the message.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::NoMedium { media, .. } => media.clone(),
            Self::NotLookedAt { pages, .. } => {
                let told = |(bag, page): &(BagId, u32)| format!("page capture {bag}, page {page}");
                pages.iter().map(told).collect()
            }
            Self::StandsOpen { places, .. } => stand_open(places),
            _ => Vec::new(),
        }
    }

    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Mask { source: mask::Fault::Pattern { .. }, .. } => {
                r"a pattern is a regular expression of the Rust crate regex: --pattern '\d{6}-\d{4}'".to_owned()
            }
            Self::Mask { source: mask::Fault::Empty(_), .. } => "say at least one letter that must be there".to_owned(),
            Self::Mask { record, .. } | Self::StandsNowhere { record } => {
                format!("arkivd record show {record} tells what it says")
            }
            Self::NoMedium { record, .. } => format!("arkivd record show {record} lists its media"),
            Self::NotInPart { medium, .. } => format!("leave it out whole: --medium {medium}"),
            Self::OutsidePicture { medium, .. } => {
                format!("the numbers are pixels from the left upper corner: --region {medium}:X,Y,WIDTH,HEIGHT")
            }
            Self::ScreenWords { .. } => "say at least one letter".to_owned(),
            Self::NoPageCapture { .. } | Self::NoRecordOf { .. } => {
                "arkivd disclosure screen U names those that show records of the request".to_owned()
            }
            Self::OthersPage { committee, .. } => format!("{committee} decides of what it captured itself"),
            Self::NoScreen { bag } | Self::Screen { bag, .. } => format!(
                "choose another capture of the page; this one is taken back by: arkivd disclosure screen U {bag} --drop"
            ),
            Self::NoScreenPage { of, .. } => format!("pages are counted through all parts of page-screen.pdf: 1 to {of}"),
            Self::NotChosen { bag, page, case } => {
                format!("choose it first: arkivd disclosure screen {case} {bag} --show {page}")
            }
            Self::NoneChosen { case } => format!("arkivd disclosure screen {case} lists the captures; then: --show PAGES"),
            Self::OutsideScreen { page, .. } => format!(
                "the numbers are pixels of the pictures that --pictures writes: --box {page}:X,Y,WIDTH,HEIGHT"
            ),
            Self::NotOnScreen { .. } => {
                "words that are part of a picture cannot be found: look at it (--pictures DIR), and lay a box (--box)".to_owned()
            }
            Self::NotLookedAt { case, .. } => format!(
                "look at each as it would be handed out (arkivd disclosure screen {case} --pictures DIR), then: arkivd disclosure screen {case} --reviewed"
            ),
            Self::NothingGiven { case } => format!(
                "if all is withheld: arkivd disclosure refuse {case} --answer; else: arkivd disclosure review {case} RECORD.. --release"
            ),
            Self::StandsOpen { case, .. } => format!(
                "look at it: arkivd disclosure preview {case} -o utkast.pdf; mask it there too: arkivd disclosure mask {case} RECORD …; if it may stand: --accept-remarks"
            ),
            Self::Ending { endings, .. } => {
                let named = endings.iter().map(|end| format!("-o utlämnande.{end}"));
                named.collect::<Vec<_>>().join(", or ")
            }
            Self::Beside { .. } => "-o utlämnande.zip: the records as one PDF, and beside it each document to be printed".to_owned(),
            Self::NoDelivery { case, .. } => format!("arkivd disclosure show {case} names its deliveries"),
            Self::NotTheSame { .. } => "make it with that program; what was handed out is told by its SHA-256 in the ledger".to_owned(),
        })
    }
}

/// A line a mask, with its first record.
fn stand_open(places: &[(i64, RecordId)]) -> Vec<String> {
    let mut of_mask: BTreeMap<i64, (RecordId, usize)> = BTreeMap::new();
    for (mask, record) in places {
        of_mask.entry(*mask).or_insert((*record, 0)).1 += 1;
    }
    let told = of_mask.iter().take(MASKS_TOLD);
    let mut lines: Vec<String> = told
        .map(|(mask, (record, count))| {
            let more = match count {
                1 => String::new(),
                n => format!(" and {} more", n - 1),
            };
            format!("what mask {mask} hides stands in record {record}{more}")
        })
        .collect();
    if of_mask.len() > MASKS_TOLD {
        lines.push(format!("so with {} masks more", of_mask.len() - MASKS_TOLD));
    }
    lines
}

fn counted(places: &[(i64, RecordId)]) -> String {
    let records: BTreeSet<RecordId> = places.iter().map(|(_, record)| *record).collect();
    match records.len() {
        1 => "another record".to_owned(),
        n => format!("{n} other records"),
    }
}
