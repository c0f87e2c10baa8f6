//! XRPC: one method asked of one service, and the words of a refusal (atproto.com/specs/xrpc).

use serde_json::Value;
use url::Url;

use crate::platform::Error;
use crate::platform::client::Answer;
use crate::platform::reach::Origin;
use crate::platform::reading::Reading;

const JSON: &str = "application/json";
const CAR: &str = "application/vnd.ipld.car";

/// A server that speaks XRPC: a PDS, or the AppView.
pub(super) struct Service {
    root: Url,
    /// The origin that may lie inside the network: what a person registered or configured.
    own: Origin,
}

impl Service {
    /// One whose address a person gave.
    pub(super) fn given(root: &Url) -> Self {
        Self {
            own: Origin::of(root),
            root: root.clone(),
        }
    }

    /// One that a document named: inside the network only where the account is registered there.
    pub(super) fn named(root: &Url, account: &Url) -> Self {
        Self {
            own: Origin::of(account),
            root: root.clone(),
        }
    }

    /// The address of a method; a parameter may stand several times.
    pub(super) fn address(&self, method: &str, parameters: &[(&str, &str)]) -> Url {
        let mut address = self.root.clone();
        let path = format!("{}/xrpc/{method}", self.root.path().trim_end_matches('/'));
        address.set_path(&path);
        address.set_query(None);
        address.set_fragment(None);
        if !parameters.is_empty() {
            address.query_pairs_mut().extend_pairs(parameters);
        }
        address
    }

    pub(super) async fn ask(
        &self,
        reading: &mut Reading<'_>,
        method: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Answer, Error> {
        let address = self.address(method, parameters);
        reading.ask_openly(&self.own, &address, JSON).await
    }

    /// The same for a method that answers with blocks of a repository.
    pub(super) async fn ask_for_blocks(
        &self,
        reading: &mut Reading<'_>,
        method: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Answer, Error> {
        let address = self.address(method, parameters);
        reading.ask_openly(&self.own, &address, CAR).await
    }
}

/// Any other address, asked for JSON.
pub(super) async fn ask_json(
    reading: &mut Reading<'_>,
    own: &Url,
    address: &Url,
) -> Result<Answer, Error> {
    reading.ask_openly(&Origin::of(own), address, JSON).await
}

/// The body as JSON; deeper nesting than serde_json's own limit of 128 is malformed.
pub(super) fn json(answer: &Answer) -> Result<Value, Error> {
    let address = || answer.request.address.clone();
    if answer.body.trim_ascii_start().first() == Some(&b'<') {
        return Err(Error::NotJson {
            address: address(),
            found: "a web page".to_owned(),
        });
    }
    serde_json::from_slice(&answer.body).map_err(|source| Error::MalformedJson {
        address: address(),
        source,
    })
}

/// A refusal in the server's own words, as `{"error": .., "message": ..}` has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// `RecordNotFound`; empty where the server names none.
    pub(super) name: String,
    pub(super) message: String,
}

impl Refusal {
    /// `None` for an answer that is no refusal.
    pub(super) fn of(answer: &Answer) -> Option<Self> {
        let status = answer.request.status;
        if (200..300).contains(&status) {
            return None;
        }
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let word = |key: &str, most: usize| -> String {
            let text = body.get(key).and_then(Value::as_str).unwrap_or_default();
            text.chars()
                .filter(|c| !c.is_control())
                .take(most)
                .collect()
        };
        Some(Self {
            status,
            name: word("error", 60),
            message: word("message", 200),
        })
    }

    /// True when the server says that it holds no such repository, whatever the reason.
    ///
    /// The reference PDS names the error only in `com.atproto.sync`; elsewhere the message alone tells.
    pub(super) fn is_no_repository(&self) -> bool {
        self.status == 400
            && (self.name.starts_with("Repo") || self.message.starts_with("Could not find repo"))
    }

    /// `400 RecordNotFound`.
    pub(super) fn told(&self) -> String {
        match (self.name.is_empty(), self.message.is_empty()) {
            (true, _) => self.status.to_string(),
            // The general name says nothing by itself.
            (false, false) if self.name == "InvalidRequest" => {
                let message = self.message.split(':').next().unwrap_or_default();
                format!("{} {}: {message}", self.status, self.name)
            }
            _ => format!("{} {}", self.status, self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_stands_under_the_services_own_path() {
        let address = |root: &str| {
            Service::given(&root.parse().unwrap())
                .address("a.b.c", &[("uris", "at://x"), ("uris", "å")])
                .to_string()
        };
        assert_eq!(
            address("https://pds.example"),
            "https://pds.example/xrpc/a.b.c?uris=at%3A%2F%2Fx&uris=%C3%A5"
        );
        assert_eq!(
            address("https://a.example/sub/?x#y"),
            "https://a.example/sub/xrpc/a.b.c?uris=at%3A%2F%2Fx&uris=%C3%A5"
        );
    }

    #[test]
    fn a_refusal_is_told_by_its_name_and_never_by_what_stands_after_a_colon() {
        let refusal = |name: &str, message: &str| Refusal {
            status: 400,
            name: name.to_owned(),
            message: message.to_owned(),
        };
        let gone = refusal("RecordNotFound", "Could not locate record: at://x");
        assert_eq!(gone.told(), "400 RecordNotFound");
        let none = refusal("InvalidRequest", "Could not find repo: did:plc:x");
        assert_eq!(none.told(), "400 InvalidRequest: Could not find repo");
        assert!(none.is_no_repository() && !gone.is_no_repository());
        assert!(refusal("RepoDeactivated", "").is_no_repository());
        assert_eq!(refusal("", "x").told(), "400");
    }
}
