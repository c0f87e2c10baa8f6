//! One status as an item.

use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use super::content;
use crate::record::{GapReason, Item, Kind, NativeId, Visibility};

/// A status that was read.
#[derive(Debug, Clone)]
pub(super) struct Status {
    pub(super) item: Item,
    pub(super) id: String,
    /// How many answers the server counts.
    pub(super) answers: u64,
}

/// An id: a string, or a number at some servers.
pub(super) fn id(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let is_id = (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    is_id.then_some(text)
}

pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    let text = value.get(key)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

pub(super) fn native(id: &str) -> NativeId {
    NativeId(format!("status:{id}"))
}

/// The id of a native id, if it is one of a status.
pub(super) fn own_id(native: &NativeId) -> Option<String> {
    let text = native.0.strip_prefix("status:")?;
    id(&Value::String(text.to_owned()))
}

/// Reads a status; `own` is the id of the account that is read.
///
/// # Errors
/// Why it became no item.
pub(super) fn read(value: &Value, own: &str, base: &Url) -> Result<Status, GapReason> {
    let malformed = |detail: &str| GapReason::Malformed {
        detail: detail.to_owned(),
    };
    let id = value.get("id").and_then(id);
    let id = id.ok_or_else(|| malformed("without an id"))?;
    let shared = value.get("reblog").filter(|shared| shared.is_object());
    if value.get("content").and_then(Value::as_str).is_none() && shared.is_none() {
        return Err(malformed("without content"));
    }
    let web = |key: &str, value: &Value| {
        let address: Url = text(value, key)?.parse().ok()?;
        matches!(address.scheme(), "http" | "https").then(|| String::from(address))
    };
    let permalink = web("url", value).or_else(|| web("uri", value));
    let at = permalink.as_deref().and_then(|link| link.parse().ok());
    let at = at.unwrap_or_else(|| base.clone());
    let (kind, parent) = answered(value, own);
    let changed = shared.unwrap_or(value);
    Ok(Status {
        item: Item {
            native_id: native(&id),
            kind,
            parent,
            permalink,
            published: time(value, "created_at"),
            edited: time(changed, "edited_at"),
            visibility: match value.get("visibility").and_then(Value::as_str) {
                // Local to their server at some; anyone there may read them.
                None | Some("public" | "unlisted" | "local") => Visibility::Public,
                Some(_) => Visibility::Private,
            },
            content: content::read(value, shared, &at),
        },
        id,
        answers: value
            .get("replies_count")
            .and_then(Value::as_u64)
            .filter(|_| shared.is_none())
            .unwrap_or(0),
    })
}

/// What answers another's status is a comment on it; what goes on from one's own is a post.
fn answered(value: &Value, own: &str) -> (Kind, Option<NativeId>) {
    let to = value.get("in_reply_to_id").and_then(id);
    let Some(to) = to else {
        return (Kind::Post, None);
    };
    let author = value.pointer("/account/id").and_then(id);
    let answered = value.get("in_reply_to_account_id").and_then(id);
    if answered.as_deref() == Some(own) && author.as_deref() == Some(own) {
        return (Kind::Post, None);
    }
    (Kind::Comment, Some(native(&to)))
}

fn time(value: &Value, key: &str) -> Option<DateTime<Utc>> {
    let text = value.get(key)?.as_str()?;
    let zoned = DateTime::parse_from_rfc3339(text.trim()).ok()?;
    Some(zoned.to_utc())
}
