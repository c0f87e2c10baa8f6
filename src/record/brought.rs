//! What people brought: the files of one record as they came, and the PDF/A that was made of them.

use serde::{Deserialize, Serialize};

use super::{Digest, PagePdf, RecordId};

/// One record of an import. Stands in the capture.json of the bag that holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Brought {
    pub record: RecordId,
    /// In the order they show it.
    pub originals: Vec<Original>,
    /// As who brought it named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// What who brought it says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// True when only the day was given: the time in `published` is then where that day begins.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub day_only: bool,
    /// Who brought it, as the operating system knows them.
    pub by: String,
}

/// One file, byte for byte as it was brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Original {
    /// As it was brought, without folders.
    pub name: String,
    /// Path in the bag, from `data/`.
    pub file: String,
    pub bytes: u64,
    pub sha256: Digest,
    /// By its bytes, whatever its name says.
    pub media_type: String,
    /// The same as PDF/A, and why not, or not at a higher level.
    pub pdf: PagePdf,
    /// The cover of a PDF that no PDF/A could be made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover: Option<String>,
    /// What a person should know of it: that its name says another kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}
