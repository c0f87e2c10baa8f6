//! Why no bundle was made.

use crate::export;
use crate::record::{ExportId, RecordId};

/// Why no bundle was made, or none again.
#[derive(Debug, thiserror::Error)]
pub enum ExportFault {
    #[error("{what} {given:?}: {problem}")]
    Words {
        what: &'static str,
        given: String,
        problem: &'static str,
    },
    #[error("nothing is to be exported: {0}")]
    Nothing(String),
    #[error(
        "record {record} is of {other}, and the first is of {first}: an export never spans two committees"
    )]
    TwoCommittees {
        record: RecordId,
        first: String,
        other: String,
    },
    #[error("record {0} is not public")]
    Restricted(RecordId),
    #[error("export {0} is not in the archive")]
    NoExport(ExportId),
    #[error("export {0} is no bundle for the diarium, and only such a one is made again")]
    NotADiarium(ExportId),
    #[error("export {id} cannot be made again: it was made by {made_by}, and this is {this}")]
    OtherBuild {
        id: ExportId,
        made_by: String,
        this: String,
    },
    #[error("export {id} cannot be made again: record {record} was destroyed since")]
    DestroyedSince { id: ExportId, record: RecordId },
    #[error(
        "export {0} cannot be made again with the same bytes: what it is made of has changed since"
    )]
    OtherBytes(ExportId),
    #[error("export {id} was made and noted, but did not get its name: {source}")]
    NoName {
        id: ExportId,
        source: Box<export::Error>,
    },
    #[error("what is kept of export {id} cannot be read: {source}")]
    Request {
        id: ExportId,
        source: serde_json::Error,
    },
}

impl ExportFault {
    pub(in crate::workflow) fn hint(&self) -> Option<String> {
        match self {
            Self::Words { what: "ärendemening", .. } => Some("--new-case \"Synpunkter på snöröjningen vintern 2026\"".to_owned()),
            Self::Words { .. } => Some("--case \"KS 2026/123\"".to_owned()),
            Self::Nothing(_) => Some("name records by their ids: `arkivd record list` shows them".to_owned()),
            Self::TwoCommittees { .. } => Some("make one export for each committee: secrecy holds between them".to_owned()),
            Self::Restricted(_) => Some(
                "held, hidden and private records are handed out by arkivarie and registrator of their committee".to_owned(),
            ),
            Self::NoExport(_) => Some("`arkivd export list` shows the exports".to_owned()),
            Self::NotADiarium(id) => Some(format!("a delivery: arkivd delivery again {id} -o OUT.zip")),
            Self::OtherBuild { .. } => Some(
                "run that version of arkivd, or make a new export of the same records: `arkivd export show ID` names them".to_owned(),
            ),
            Self::DestroyedSince { record, .. } => {
                Some(format!("`arkivd record show {record}` shows what is left of it"))
            }
            Self::OtherBytes(id) => Some(format!(
                "fonts of the system, media that came later or a changed register can be why; make a new export of the same records: arkivd export show {id}"
            )),
            Self::NoName { id, .. } => Some(format!("the same bytes under another name: arkivd export again {id} -o OTHER.zip")),
            Self::Request { .. } => None,
        }
    }
}
