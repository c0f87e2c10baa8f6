//! One message of the protocol, there and back.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Error;

/// A call as it is written.
#[derive(Serialize)]
pub(super) struct Call<'a> {
    id: u64,
    method: &'a str,
    params: &'a Value,
    #[serde(rename = "sessionId", skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// With the NUL that ends it.
    pub(super) fn bytes(
        id: u64,
        session: Option<&'a str>,
        method: &'a str,
        params: &'a Value,
    ) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec(&Self {
            id,
            method,
            params,
            session,
        })?;
        bytes.push(0);
        Ok(bytes)
    }
}

/// An answer (with `id`) or an event (with `method`).
#[derive(Deserialize)]
pub(super) struct Message {
    pub(super) id: Option<u64>,
    pub(super) method: Option<String>,
    #[serde(default)]
    pub(super) params: Value,
    #[serde(default)]
    pub(super) result: Value,
    pub(super) error: Option<Refusal>,
    #[serde(rename = "sessionId")]
    pub(super) session: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Refusal {
    #[serde(default)]
    pub(super) code: i64,
    #[serde(default)]
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn of(self, method: String) -> Error {
        Error::Refused {
            method,
            code: self.code,
            message: self.message,
        }
    }
}

impl Message {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

/// The id an answer begins with, as Chromium writes it; for one that cannot be read whole.
pub(super) fn id_at_head(head: &[u8]) -> Option<u64> {
    let digits = head.strip_prefix(b"{\"id\":")?;
    let end = digits.iter().position(|b| !b.is_ascii_digit())?;
    std::str::from_utf8(digits.get(..end)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_read_from_the_head_alone() {
        assert_eq!(id_at_head(b"{\"id\":41,\"result\":{\"data"), Some(41));
        assert_eq!(id_at_head(b"{\"method\":\"Network.x\""), None);
        assert_eq!(id_at_head(b"{\"id\":41"), None);
    }
}
