//! A response that is held, as `Fetch.requestPaused` tells of it, and how its body is to be had.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::exchange::POSTED;

/// A body so small, or whose length as sent is, is asked for whole.
const SMALL: u64 = 1 << 20;

/// Of a coded one the length says less.
const SMALL_CODED: u64 = 256 << 10;

/// A larger one is rather left out than asked for whole.
const LARGE: u64 = 8 << 20;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Paused {
    pub(super) request_id: String,
    /// As the events of `Network` name it.
    pub(super) network_id: Option<String>,
    pub(super) request: Asked,
    #[serde(default)]
    pub(super) frame_id: String,
    #[serde(default)]
    pub(super) resource_type: String,
    /// `None` before there is an answer, and when none will be.
    pub(super) response_status_code: Option<u16>,
    #[serde(default)]
    pub(super) response_status_text: String,
    #[serde(default)]
    pub(super) response_headers: Vec<Field>,
    pub(super) response_error_reason: Option<String>,
}

/// A request as both domains tell of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked {
    pub(super) url: String,
    pub(super) method: String,
    #[serde(default)]
    pub(super) headers: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    pub(super) has_post_data: bool,
    #[serde(default)]
    post_data_entries: Vec<Posted>,
}

#[derive(Debug, Clone, Deserialize)]
struct Posted {
    bytes: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: String,
}

/// How a body is had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// There is none, or none can be had.
    None,
    /// Longer than the limit.
    TooLong,
    /// Asked for, and the response held until it is here.
    Whole { length: u64 },
    /// Heard on its way to the page; where that cannot be, asked for whole if it is sure to be `finite`, and small.
    Heard { finite: bool },
    /// The same for a document, which can be heard only once it is on its way.
    Document,
}

impl Paused {
    /// False for what is no part of the recording.
    pub(super) fn is_recorded(&self) -> bool {
        let by_http = ["http://", "https://"]
            .iter()
            .any(|s| self.request.url.starts_with(s));
        let replayable = !matches!(self.request.method.as_str(), "OPTIONS" | "HEAD");
        // An answer of no content of its own would hide the one that has it.
        let has_answer = !matches!(self.response_status_code, None | Some(304));
        by_http && replayable && has_answer && self.response_error_reason.is_none()
    }

    /// Its head in memory, about.
    pub(super) fn bytes(&self) -> usize {
        let fields = self.response_headers.iter();
        let fields: usize = fields.map(|f| f.name.len() + f.value.len() + 64).sum();
        self.request.bytes() + fields
    }

    pub(super) fn is_redirect(&self) -> bool {
        self.response_status_code.is_some_and(is_redirect) && self.field("location").is_some()
    }

    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.response_headers.iter();
        let field = fields.find(|f| f.name.eq_ignore_ascii_case(name));
        field.map(|f| f.value.trim())
    }

    /// Bytes of the body as it is sent, where the server says.
    pub(super) fn length(&self) -> Option<u64> {
        self.field("content-length")?.parse().ok()
    }

    /// The same of one that was sent as it is kept.
    pub(super) fn announced(&self) -> Option<u64> {
        self.length().filter(|_| !self.is_coded())
    }

    pub(super) fn is_coded(&self) -> bool {
        self.field("content-encoding")
            .is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"))
    }

    pub(super) fn way(&self, limit: u64) -> Way {
        let status = self.response_status_code.unwrap_or_default();
        if self.is_redirect() || matches!(status, 100..=199 | 204 | 205) {
            return Way::None;
        }
        let media_type = self.field("content-type").unwrap_or_default();
        let endless = media_type
            .to_ascii_lowercase()
            .starts_with("text/event-stream");
        let is_media = self.resource_type == "Media";
        let coded = self.is_coded();
        let small = if coded { SMALL_CODED } else { SMALL };
        match self.length() {
            Some(0) => Way::None,
            Some(length) if length > limit && !coded => Way::TooLong,
            Some(length) if length <= small && !endless => Way::Whole { length },
            _ if self.resource_type == "Document" => Way::Document,
            length => Way::Heard {
                finite: !endless && length.map_or(!is_media, |n| n <= LARGE),
            },
        }
    }
}

impl Asked {
    /// Takes out what was posted, and says whether that is all of it.
    pub(super) fn take_posted(&mut self) -> (Vec<u8>, bool) {
        let mut bytes = Vec::new();
        let mut whole = !(self.has_post_data && self.post_data_entries.is_empty());
        for entry in std::mem::take(&mut self.post_data_entries) {
            let part = entry.bytes.and_then(|b| STANDARD.decode(b).ok());
            match part {
                Some(part) if bytes.len() + part.len() <= POSTED => bytes.extend(part),
                // A file of the disk, or too much.
                _ => {
                    whole = false;
                    break;
                }
            }
        }
        (bytes, whole)
    }

    /// In memory, about.
    pub(super) fn bytes(&self) -> usize {
        self.url.len() + self.method.len() + size(&self.headers)
    }
}

/// Of fields in memory, about.
pub(super) fn size(fields: &serde_json::Map<String, serde_json::Value>) -> usize {
    let of = |(name, value): (&String, &serde_json::Value)| {
        name.len() + value.as_str().map_or(0, str::len) + 64
    };
    fields.iter().map(of).sum()
}

pub(super) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn paused(status: u16, kind: &str, fields: &[(&str, &str)]) -> Paused {
        let fields: Vec<_> = fields
            .iter()
            .map(|(n, v)| json!({"name": n, "value": v}))
            .collect();
        serde_json::from_value(json!({
            "requestId": "interception-job-1.0", "networkId": "7.1", "resourceType": kind,
            "request": {"url": "https://h/x", "method": "GET", "headers": {}},
            "responseStatusCode": status, "responseHeaders": fields,
        }))
        .unwrap()
    }

    #[test]
    fn a_body_is_held_only_where_its_end_is_known() {
        let limit = 10 << 20;
        let heard = |finite| Way::Heard { finite };
        for (status, kind, fields, way) in [
            (
                200,
                "Image",
                vec![("Content-Length", "5")],
                Way::Whole { length: 5 },
            ),
            (200, "Image", vec![], heard(true)),
            (
                200,
                "Image",
                vec![("content-length", "2000000")],
                heard(true),
            ),
            (
                200,
                "Image",
                vec![("content-length", "20000000")],
                Way::TooLong,
            ),
            (200, "XHR", vec![("content-length", "0")], Way::None),
            (
                200,
                "Document",
                vec![("content-length", "5")],
                Way::Whole { length: 5 },
            ),
            (200, "Document", vec![], Way::Document),
            (404, "Document", vec![], Way::Document),
            (
                206,
                "Media",
                vec![("content-length", "5")],
                Way::Whole { length: 5 },
            ),
            (206, "Media", vec![], heard(false)),
            (
                206,
                "Media",
                vec![("content-length", "2000000")],
                heard(true),
            ),
            (
                206,
                "Media",
                vec![("content-length", "9000000")],
                heard(false),
            ),
            (204, "XHR", vec![], Way::None),
            (
                302,
                "Image",
                vec![("location", "/"), ("content-length", "5")],
                Way::None,
            ),
            (300, "Document", vec![], Way::Document),
            (
                200,
                "XHR",
                vec![
                    ("content-type", "Text/event-stream; charset=utf-8"),
                    ("content-length", "5"),
                ],
                heard(false),
            ),
            (
                200,
                "Script",
                vec![("content-encoding", "br"), ("content-length", "300000")],
                heard(true),
            ),
        ] {
            assert_eq!(
                paused(status, kind, &fields).way(limit),
                way,
                "{status} {kind} {fields:?}"
            );
        }
    }

    #[test]
    fn only_what_a_replay_can_use_is_recorded() {
        assert!(paused(200, "Image", &[]).is_recorded());
        assert!(!paused(304, "Image", &[]).is_recorded());
        let mut other = paused(200, "XHR", &[]);
        other.request.method = "OPTIONS".to_owned();
        assert!(!other.is_recorded());
        let mut other = paused(200, "Image", &[]);
        other.request.url = "data:image/png,x".to_owned();
        assert!(!other.is_recorded());
        let mut other = paused(200, "Image", &[]);
        other.response_error_reason = Some("Failed".to_owned());
        assert!(!other.is_recorded());
    }

    #[test]
    fn what_was_posted_is_put_together() {
        let posted = |entries: serde_json::Value| {
            let request = json!({"url": "", "method": "POST", "hasPostData": true, "postDataEntries": entries});
            serde_json::from_value::<Asked>(request)
                .unwrap()
                .take_posted()
        };
        let two = json!([{"bytes": "aGVq"}, {"bytes": "PTE="}]);
        assert_eq!(posted(two), (b"hej=1".to_vec(), true));
        assert_eq!(posted(json!([])), (vec![], false));
        assert_eq!(
            posted(json!([{"bytes": "aGVq"}, {}])),
            (b"hej".to_vec(), false)
        );
    }
}
