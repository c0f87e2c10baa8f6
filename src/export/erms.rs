//! Records as an e-archive reads them: E-ARK CITS ERMS, which FGS Ärendehantering 2.0 is
//! (<https://dilcis.eu/content-types/citserms>). Values alone; [`ErmsWriter`] streams them out.

mod write;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use write::{ErmsRecords, ErmsWriter, write_erms};

/// Which edition of the schema. They differ in spelling and in how much may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ErmsVersion {
    #[default]
    #[serde(rename = "citserms_v3_0")]
    V3_0,
    /// Schema 2.1.2, whose misspelt words are written as they stand there.
    #[serde(rename = "citserms_v2_1")]
    V2_1,
}

impl ErmsVersion {
    /// As `csip:CONTENTINFORMATIONTYPE` in a METS document.
    pub fn content_information_type(self) -> &'static str {
        match self {
            Self::V3_0 => "citserms_v3_0",
            Self::V2_1 => "citserms_v2_1",
        }
    }

    /// Where who keeps the schema has it.
    pub fn address(self) -> &'static str {
        match self {
            Self::V3_0 => "https://citserms.dilcis.eu/schema/ERMS_v3.xsd",
            Self::V2_1 => "https://citserms.dilcis.eu/schema/ERMS.xsd",
        }
    }

    /// The schema's file name in a package.
    pub fn schema(self) -> &'static str {
        match self {
            Self::V3_0 => "ERMS_v3.xsd",
            Self::V2_1 => "ERMS_v2_1_2.xsd",
        }
    }
}

/// About the document itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// The document's own id.
    pub identification: String,
    /// What kind of id that is, as `UUID`.
    pub identification_type: String,
    /// What the records are classified by: the plan's name, decision and day, a paragraph each.
    pub classification: Vec<String>,
    /// The archive's creator: municipality and committee, in that order.
    pub agency: Vec<String>,
    pub made: DateTime<Utc>,
    /// Who made the document.
    pub maker: Agent,
    /// The system that the records come from.
    pub system: Agent,
}

/// A case, or another whole that records lie in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregation {
    pub system_identifier: String,
    pub object_id: String,
    pub kind: AggregationKind,
    /// `(extraIdType, id)`; a case number among them.
    pub extra_ids: Vec<(String, String)>,
    pub classification: Option<Classification>,
    pub title: Option<String>,
    pub status: Option<Status>,
    pub agents: Vec<Agent>,
    pub description: Option<String>,
    pub dates: Vec<(DateType, DateTime<Utc>)>,
    pub notes: Vec<Note>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AggregationKind {
    CaseFile,
    /// Another, named in words.
    Own(String),
}

/// One record (handling).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// A UUID.
    pub system_identifier: String,
    /// A UUID.
    pub object_id: String,
    /// `(extraIdType, id)`; a registration number among them.
    pub extra_ids: Vec<(String, String)>,
    /// In the archive's own word, as `post`.
    pub record_type: Option<String>,
    pub classification: Option<Classification>,
    pub title: Option<String>,
    /// Required by the specification where there is no title.
    pub description: String,
    pub status: Option<Status>,
    /// Its place in the case, from 1.
    pub running_number: Option<u32>,
    pub relations: Vec<(RelationType, String)>,
    pub restrictions: Vec<Restriction>,
    pub disposal: Option<Disposal>,
    pub direction: Option<Direction>,
    pub agents: Vec<Agent>,
    /// Required by the specification: the day it came to be, before all other dates.
    pub created: DateTime<Utc>,
    pub dates: Vec<(DateType, DateTime<Utc>)>,
    pub notes: Vec<Note>,
    pub appendices: Vec<Appendix>,
}

/// Where something stands in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classification {
    /// The row's code, as `3.1`.
    pub code: String,
    /// The record type (handlingstyp) in words.
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about, in one word.
    pub kind: String,
    pub at: Option<DateTime<Utc>>,
    pub text: String,
}

/// Somebody, or a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    pub kind: AgentType,
    pub name: String,
    pub organisation: Option<String>,
    pub unit: Option<String>,
    pub role: Option<String>,
}

/// Secrecy, or what may be secret and is not judged yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    pub kind: RestrictionType,
    pub explanation: Option<String>,
    /// The provision, as `OSL 21 kap. 7 §`.
    pub regulation: String,
}

/// What is to become of it. The schema asks for a date: without one, a [`Note`] tells the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposal {
    pub disposable: bool,
    /// The plan row's id.
    pub schedule: Option<String>,
    pub action: Option<String>,
    pub period: Option<String>,
    /// The decision it rests on.
    pub mandate: Option<String>,
    pub comments: Vec<String>,
    pub date_type: DisposalDateType,
    pub date: DateTime<Utc>,
}

/// A file of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appendix {
    pub name: String,
    /// From the package's root, by `/`.
    pub path: String,
    pub description: Option<String>,
    /// Its media type.
    pub format: Option<String>,
}

/// Words of the schema, each with what it is written as.
macro_rules! words {
    ($($(#[$about:meta])* $name:ident { $($word:ident = $written:literal),+ $(,)? })+) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($word),+ }

        impl $name {
            /// As the schema spells it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$word => $written),+ }
            }
        }
    )+};
}

words! {
    Status {
        AdActa = "ad_acta", Closed = "closed", Expedited = "expedited", Obliterated = "obliterated",
        OnHold = "on_hold", Open = "open", Prepared = "prepared", Received = "received",
    }
    Direction { Incoming = "incoming", Outgoing = "outgoing" }
    AgentType {
        Agent = "agent", Creator = "creator", Deliverer = "deliverer", Recipient = "recipient",
        Responsible = "responsible_person", Sender = "sender",
    }
    DateType {
        Captured = "captured", Closed = "closed", Deleted = "deleted", Destroyed = "destroyed",
        End = "end", Modified = "modified", Opened = "opened", Received = "received", Sent = "sent",
        Start = "start", Transferred = "transferred",
    }
    RelationType {
        ChildOf = "is_child_of", PartOf = "part_of", Reference = "reference",
        RedactedVersionOf = "is_redacted_version_of", HasRedactedVersion = "has_redacted_version",
    }
    RestrictionType { Confidential = "confidential", Gdpr = "gdpr", Integrity = "integrity" }
    DisposalDateType {
        ActionDue = "action_due", Applied = "applied", RetentionStart = "retention_period_start",
        RetentionEnd = "retention_period_end",
    }
}
