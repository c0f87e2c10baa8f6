//! One record and the fields of its header (ISO 28500, clause 5).

use std::fmt::Write as _;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Body, Digest};

/// What a record is (clause 6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Describes the records that follow it.
    Info,
    /// An HTTP response with its payload.
    Response,
    /// An HTTP request.
    Request,
    /// An HTTP response whose payload stands in an earlier record.
    Revisit(Refers),
    /// What is known of another record or an address, as fields.
    Metadata,
    /// A file of this media type that came by no protocol.
    Resource { media_type: String },
}

/// The earlier record with the same payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refers {
    pub id: Uuid,
    pub target: String,
    pub date: DateTime<Utc>,
    /// Of the payload that is not repeated.
    pub payload: Digest,
}

/// Why a payload is not whole (clause 5.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truncated {
    /// Longer than the limit.
    Length,
    /// Not at its end within the time.
    Time,
    /// The connection broke, or who asked for it gave it up.
    Disconnect,
    Unspecified,
}

/// One record, all but the digests that its [`Writer`](super::Writer) adds.
#[derive(Debug)]
pub struct Record<'a> {
    pub kind: Kind,
    pub id: Uuid,
    pub date: DateTime<Utc>,
    /// The address it is about.
    pub target: Option<&'a str>,
    /// The response that came on this request, and the like.
    pub concurrent_to: Option<Uuid>,
    /// Of the server that answered.
    pub address: Option<IpAddr>,
    /// What the message went by: `h2`. An extension that other tools write as well.
    pub protocol: Option<&'a str>,
    pub truncated: Option<Truncated>,
    /// The head of the HTTP message with the empty line that ends it; empty where there is none.
    pub head: &'a [u8],
    pub body: &'a mut Body,
}

impl Kind {
    fn name(&self) -> &'static str {
        match self {
            Self::Info => "warcinfo",
            Self::Response => "response",
            Self::Request => "request",
            Self::Revisit(_) => "revisit",
            Self::Metadata => "metadata",
            Self::Resource { .. } => "resource",
        }
    }

    fn media_type(&self) -> &str {
        match self {
            Self::Info | Self::Metadata => "application/warc-fields",
            Self::Response | Self::Revisit(_) => "application/http;msgtype=response",
            Self::Request => "application/http;msgtype=request",
            Self::Resource { media_type } => media_type,
        }
    }
}

impl Truncated {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Time => "time",
            Self::Disconnect => "disconnect",
            Self::Unspecified => "unspecified",
        }
    }
}

impl<'a> Record<'a> {
    pub fn new(kind: Kind, id: Uuid, date: DateTime<Utc>, body: &'a mut Body) -> Self {
        Self {
            kind,
            id,
            date,
            target: None,
            concurrent_to: None,
            address: None,
            protocol: None,
            truncated: None,
            head: &[],
            body,
        }
    }

    /// In bytes, without the header.
    pub(super) fn block_length(&self) -> u64 {
        self.body.length().saturating_add(self.head.len() as u64)
    }

    /// The header with its empty line. `info` is the record that describes the file.
    pub(super) fn header(&self, block: Digest, info: Option<Uuid>) -> String {
        let mut header = String::from("WARC/1.1\r\n");
        let mut field = |name: &str, value: &str| {
            // Writing to a string does not fail.
            let _ = write!(header, "{name}: {value}\r\n");
        };
        field("WARC-Type", self.kind.name());
        field("WARC-Record-ID", &urn(self.id));
        field("WARC-Date", &time(self.date));
        if let Some(info) = info {
            field("WARC-Warcinfo-ID", &urn(info));
        }
        if let Some(target) = self.target {
            field("WARC-Target-URI", &uri(target));
        }
        if let Some(other) = self.concurrent_to {
            field("WARC-Concurrent-To", &urn(other));
        }
        if let Some(address) = self.address {
            field("WARC-IP-Address", &address.to_string());
        }
        if let Some(protocol) = self.protocol {
            field("WARC-Protocol", &line(protocol));
        }
        if let Some(why) = self.truncated {
            field("WARC-Truncated", why.as_str());
        }
        match &self.kind {
            Kind::Revisit(earlier) => {
                let same = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";
                field("WARC-Profile", same);
                field("WARC-Refers-To", &urn(earlier.id));
                field("WARC-Refers-To-Target-URI", &uri(&earlier.target));
                field("WARC-Refers-To-Date", &time(earlier.date));
                field("WARC-Payload-Digest", &earlier.payload.to_string());
            }
            Kind::Response | Kind::Request | Kind::Resource { .. } => {
                field("WARC-Payload-Digest", &self.body.digest().to_string());
            }
            Kind::Info | Kind::Metadata => {}
        }
        field("WARC-Block-Digest", &block.to_string());
        field("Content-Type", &line(self.kind.media_type()));
        field("Content-Length", &self.block_length().to_string());
        header.push_str("\r\n");
        header
    }
}

fn urn(id: Uuid) -> String {
    format!("<urn:uuid:{id}>")
}

/// Microseconds, as 1.1 allows.
fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// The address with what no URI holds percent-encoded.
fn uri(address: &str) -> String {
    let mut safe = String::with_capacity(address.len());
    for byte in address.bytes() {
        match byte {
            b'!'..=b'~' => safe.push(char::from(byte)),
            _ => drop(write!(safe, "%{byte:02X}")),
        }
    }
    safe
}

/// On one line, whatever it holds.
fn line(value: &str) -> String {
    value.replace(|c: char| c.is_control(), " ")
}
