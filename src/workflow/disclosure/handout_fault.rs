//! Why nothing is masked or handed out.

use crate::export::mask;
use crate::record::{ExportId, RecordId};

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
    #[error("nothing of disclosure {case} is to be handed out")]
    NothingGiven { case: String },
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
            Self::NothingGiven { case } => format!(
                "if all is withheld: arkivd disclosure refuse {case} --answer; else: arkivd disclosure review {case} RECORD.. --release"
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
