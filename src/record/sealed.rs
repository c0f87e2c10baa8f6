//! What a bag's two JSON files say: records.json and capture.json (docs/format.md, archive-schema/*.schema.json).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    AccountId, BagId, BagKind, Brought, CaptureId, Coverage, Digest, GapReason, Item, Page,
    Platform, Reason, RecordId, Request, Software,
};

/// The value of `arkivd` in records.json; the number rises with its shape.
pub const RECORDS_FORMAT: &str = "records/1";
/// The value of `arkivd` in capture.json.
pub const CAPTURE_FORMAT: &str = "capture/1";

/// records.json: the records of one bag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordsFile {
    pub arkivd: String,
    pub bag: BagId,
    pub capture: CaptureId,
    pub account: AccountId,
    /// The arkivbildare.
    pub committee: String,
    pub records: Vec<SealedRecord>,
    /// The media that the records show, each address once.
    pub media: Vec<SealedMedium>,
}

/// One record as it stood at the capture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SealedRecord {
    pub record: RecordId,
    /// 1 for the first version seen, then counted up.
    pub version: u32,
    pub change: Change,
    /// SHA-256 of `content` as canonical JSON (RFC 8785).
    pub content_sha256: Digest,
    #[serde(flatten)]
    pub item: Item,
}

/// What is new about a record since the capture before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    New,
    Changed,
    /// As before, and here because the bag holds all, or because media missing before are here now.
    Unchanged,
}

/// One medium: the file that holds it, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SealedMedium {
    pub address: Url,
    #[serde(flatten)]
    pub state: MediumHeld,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MediumHeld {
    Held {
        /// Path in the bag, from `data/`.
        file: String,
        bytes: u64,
        sha256: Digest,
        media_type: String,
    },
    Missing {
        missing: GapReason,
    },
}

/// capture.json: how the bag came to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaptureFile {
    pub arkivd: String,
    pub bag: BagId,
    pub kind: BagKind,
    pub capture: CaptureId,
    pub organisation: String,
    pub account: SealedAccount,
    pub reason: Reason,
    pub started: DateTime<Utc>,
    pub finished: DateTime<Utc>,
    pub software: Software,
    /// True when the bag holds all that was seen; else only what was new or changed since `since`.
    pub entire: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    pub counts: Counts,
    pub coverage: Coverage,
    /// Records known before that this complete reading did not show. Absence is not removal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_seen: Vec<RecordId>,
    pub requests: Vec<Request>,
    /// In bags of records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posts_pdf: Option<PostsPdf>,
    /// In bags of a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<SealedPage>,
    /// In bags of an import: what people brought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brought: Vec<Brought>,
    /// In a bag that stands in for another, out of which records were destroyed (gallring).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeds: Option<Succeeds>,
}

/// How a bag came to stand in for another. Nothing of what was destroyed is told, and no digest of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Succeeds {
    /// The index in the ledger of the leaf of the bag that it stands in for.
    pub leaf: u64,
    /// The gallring that destroyed them; its protocol tells of the decision.
    pub gallring: super::GallringId,
    pub on: DateTime<Utc>,
    /// How many records went.
    pub records: u64,
    /// Answers that lost what they told of them, and are otherwise as they came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// Files that went whole, as what they told of them could not be taken out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

impl CaptureFile {
    /// The level of the bag's first PDF; `None` when none was sealed.
    pub fn level(&self) -> Option<String> {
        let posts = self.posts_pdf.iter().flat_map(|pdf| &pdf.parts);
        let page = self.page.iter().flat_map(SealedPage::parts);
        posts.chain(page).next().map(|part| part.level.clone())
    }
}

impl SealedPage {
    /// All its PDFs, those of the screen first.
    pub fn parts(&self) -> impl Iterator<Item = &PdfPart> {
        self.screen.parts.iter().chain(&self.print.parts)
    }
}

/// The page that a bag holds: what the look found, and the files it became.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SealedPage {
    #[serde(flatten)]
    pub page: Page,
    /// True for the municipality's own comment on the account of another (HAL-11).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_comment: bool,
    /// How often it was looked at before this.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tried_before: u32,
    /// What the screen showed.
    pub screen: PagePdf,
    /// The page as the browser prints it.
    pub print: PagePdf,
    /// Its text, UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its traffic, WARC 1.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<String>,
    /// The pictures of the screen, where no PDF of them was sealed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiles: Vec<String>,
}

/// A PDF of the page: at what level it was sealed, and why at no higher one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PagePdf {
    pub parts: Vec<PdfPart>,
    /// Why it is not sealed, or at no higher level.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// What the capture found, over all its bags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub new: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub not_seen: u64,
}

/// The account as the register had it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SealedAccount {
    pub id: AccountId,
    pub platform: Platform,
    pub address: Url,
    /// As the platform told it.
    pub name: Option<String>,
    pub description: Option<String>,
    pub committee: String,
    pub purpose: String,
    pub audience: String,
}

/// The typeset records: at what level they were sealed, or why they were not.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PostsPdf {
    pub parts: Vec<PdfPart>,
    /// True when pictures had to be left out for a conforming file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub text_only: bool,
    /// What the gate found wrong with levels that were tried and not sealed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<String>,
    /// Characters that no font covers, drawn as boxes with their code points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub substituted: Vec<Substituted>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pictures_not_drawn: Vec<PictureNotDrawn>,
    /// The fonts it was set in, with the digests of their files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fonts: Vec<Font>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PdfPart {
    pub file: String,
    pub pages: u32,
    /// The levels it conforms to, such as `PDF/A-1a, PDF/UA-1`.
    pub level: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Substituted {
    /// `U+1F600`.
    pub character: String,
    pub count: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureNotDrawn {
    pub file: String,
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Font {
    pub name: String,
    /// As the font file states it (`fontRevision`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    pub sha256: Digest,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Content, Kind, NativeId, Visibility};

    #[test]
    fn a_sealed_record_reads_back_from_its_json() {
        let record = SealedRecord {
            record: "0190c5a0-0000-7000-8000-000000000001".parse().unwrap(),
            version: 2,
            change: Change::Changed,
            content_sha256: Digest::of(b""),
            item: Item {
                native_id: NativeId("post:1".into()),
                kind: Kind::Post,
                parent: None,
                permalink: None,
                published: None,
                edited: None,
                visibility: Visibility::Public,
                content: Content::default(),
            },
        };
        let json = serde_json::to_value(&record).unwrap();
        assert_eq!(json["native_id"], "post:1");
        assert_eq!(
            serde_json::from_value::<SealedRecord>(json).unwrap(),
            record
        );
    }

    #[test]
    fn a_medium_is_held_or_missing() {
        let missing = SealedMedium {
            address: "https://a.example/b.jpg".parse().unwrap(),
            state: MediumHeld::Missing {
                missing: GapReason::Refused { status: 404 },
            },
        };
        let json = serde_json::to_value(&missing).unwrap();
        assert_eq!(json["missing"]["status"], 404);
        assert_eq!(
            serde_json::from_value::<SealedMedium>(json).unwrap(),
            missing
        );
    }
}
