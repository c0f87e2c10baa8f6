//! Identity: from the registered address to a DID, from there to the PDS that holds the repository.
//!
//! The DID is what lasts: a handle may change and a PDS may move, and both are asked for anew each time.

use serde_json::Value;
use url::Url;

use super::name::{Actor, is_did, is_handle};
use super::xrpc::{Service, ask_json, json};
use crate::platform::Error;
use crate::platform::client::Answer;
use crate::platform::reading::Reading;

/// Who the account is, and where its records lie.
pub(super) struct Identity {
    pub(super) did: String,
    /// As the DID's document says; nobody need have confirmed it.
    pub(super) handle: Option<String>,
    pub(super) pds: Service,
    /// The document, until it is kept.
    answer: Option<Answer>,
}

impl Identity {
    /// Parts it from its document.
    pub(super) fn take_answer(&mut self) -> Option<Answer> {
        self.answer.take()
    }
}

/// What a DID's document says.
pub(super) struct Document {
    pub(super) handle: Option<String>,
    pub(super) pds: Url,
    answer: Answer,
}

/// Finds the account. `known` is the DID that an earlier poll found under the same address.
pub(super) async fn find(
    reading: &mut Reading<'_>,
    known: Option<&str>,
) -> Result<Identity, Error> {
    let address = reading.account.address.clone();
    let actor = Actor::of(&address).ok_or_else(|| Error::NoAccount {
        address: address.to_string(),
        detail: "the address names no Bluesky account, as https://bsky.app/profile/NAME does"
            .to_owned(),
    })?;
    let (did, asked) = match actor {
        Actor::Did(did) => (did, None),
        Actor::Handle(handle) => {
            let did = match known.filter(|did| is_did(did)) {
                None => resolve(reading, &handle).await?,
                Some(known) => still(reading, &handle, known).await?,
            };
            (did, Some(handle))
        }
    };
    let document = match document(reading, &did).await {
        Err(Error::Status { status, .. }) if matches!(status, 404 | 410) => {
            return Err(Error::NoAccount {
                address: address.to_string(),
                detail: format!("the directory answers {status}: there is no identity {did}"),
            });
        }
        document => document?,
    };
    match (&asked, &document.handle) {
        (Some(asked), Some(own)) if asked != own => reading.warnings.push(format!(
            "{address}: the account calls itself {own}, not {asked}: correct the address, or register {}",
            super::name::profile_page(&did)
        )),
        (Some(asked), None) => reading.warnings.push(format!(
            "{address}: the account {did} does not confirm the handle {asked}"
        )),
        _ => {}
    }
    Ok(Identity {
        pds: Service::named(&document.pds, &address),
        did,
        handle: document.handle,
        answer: Some(document.answer),
    })
}

/// The DID known from before, unless the handle still leads to it or to nothing: then a warning says so.
async fn still(reading: &mut Reading<'_>, handle: &str, known: &str) -> Result<String, Error> {
    match resolve(reading, handle).await {
        Ok(did) if did != known => reading.warnings.push(format!(
            "{}: the handle {handle} now belongs to another account, {did}; {known} is read as before",
            reading.account.address
        )),
        // What the document says of the handle is told by `find`; a server that is down says nothing of it.
        Ok(_) | Err(_) => {}
    }
    Ok(known.to_owned())
}

/// Handle to DID: the registered origin, where it is a PDS; the AppView; the handle's own site.
async fn resolve(reading: &mut Reading<'_>, handle: &str) -> Result<String, Error> {
    let address = reading.account.address.clone();
    let mut passing = None;
    let mut ask = Vec::new();
    let shows_only = ["bsky.app", "bsky.social"];
    let host = address.domain().unwrap_or_default();
    if host != handle
        && !shows_only
            .iter()
            .any(|h| host == *h || host.ends_with(&format!(".{h}")))
    {
        let mut root = address.clone();
        root.set_path("");
        ask.push(Service::given(&root));
    }
    if let Some(appview) = reading.network().appview()? {
        ask.push(Service::given(&appview));
    }
    for service in ask {
        let method = "com.atproto.identity.resolveHandle";
        match service.ask(reading, method, &[("handle", handle)]).await {
            Ok(answer) => {
                let body = (answer.request.status == 200).then(|| json(&answer).ok());
                let did = body.flatten().and_then(|b| did_in(b.get("did")?.as_str()?));
                reading.requests.push(answer.request);
                if let Some(did) = did {
                    return Ok(did);
                }
            }
            Err(error) => passing = Some(error),
        }
    }
    let own = Url::parse(&format!("https://{handle}/.well-known/atproto-did"));
    if let Ok(own) = own {
        match ask_json(reading, &address, &own).await {
            Ok(answer) => {
                let did = (answer.request.status == 200)
                    .then(|| did_in(std::str::from_utf8(&answer.body).ok()?))
                    .flatten();
                reading.requests.push(answer.request);
                if let Some(did) = did {
                    return Ok(did);
                }
            }
            // A handle without a site of its own is the common case.
            Err(Error::Connect { .. } | Error::Tls { .. } | Error::InsideNetwork { .. }) => {}
            Err(error) => passing = passing.or(Some(error)),
        }
    }
    match passing {
        Some(error) => Err(error),
        None => Err(Error::NoAccount {
            address: address.to_string(),
            detail: format!("the handle {handle} leads to no account"),
        }),
    }
}

fn did_in(text: &str) -> Option<String> {
    let text = text.trim();
    is_did(text).then(|| text.to_owned())
}

/// The DID's document, from the directory or from the DID's own site.
pub(super) async fn document(reading: &mut Reading<'_>, did: &str) -> Result<Document, Error> {
    let account = reading.account.address.clone();
    let (own, address) = place(reading, did)?;
    let answer = ask_json(reading, own.as_ref().unwrap_or(&account), &address).await?;
    let asked = answer.request.address.clone();
    reading.check(&answer)?;
    let body = json(&answer)?;
    let wrong = |detail: &str| Error::WrongType {
        address: asked.clone(),
        detail: detail.to_owned(),
    };
    if body.get("id").and_then(Value::as_str) != Some(did) {
        return Err(wrong("it is the document of another identity"));
    }
    let handle = list(&body, "alsoKnownAs")
        .iter()
        .filter_map(|one| one.as_str()?.strip_prefix("at://"))
        .map(str::to_ascii_lowercase)
        .find(|handle| is_handle(handle));
    let pds = list(&body, "service")
        .iter()
        .find(|one| {
            let id = one.get("id").and_then(Value::as_str).unwrap_or_default();
            let kind = one.get("type").and_then(Value::as_str);
            id.ends_with("#atproto_pds") && kind == Some("AtprotoPersonalDataServer")
        })
        .and_then(|one| Url::parse(one.get("serviceEndpoint")?.as_str()?).ok())
        .filter(|pds| matches!(pds.scheme(), "http" | "https") && pds.has_host());
    Ok(Document {
        handle,
        pds: pds.ok_or_else(|| wrong("it names no server that holds the records"))?,
        answer,
    })
}

/// Where a DID's document lies, and the origin that may lie inside where that is a configured one.
fn place(reading: &Reading<'_>, did: &str) -> Result<(Option<Url>, Url), Error> {
    if let Some(host) = did.strip_prefix("did:web:") {
        let host = host.replace("%3A", ":");
        let address = Url::parse(&format!("https://{host}/.well-known/did.json"));
        return address.map(|a| (None, a)).map_err(|_| Error::NoAccount {
            address: reading.account.address.to_string(),
            detail: format!("{did} names no host"),
        });
    }
    let directory = reading.network().directory()?;
    let mut address = directory.clone();
    let path = format!("{}/{did}", directory.path().trim_end_matches('/'));
    address.set_path(&path);
    Ok((Some(directory), address))
}

fn list<'v>(body: &'v Value, key: &str) -> &'v [Value] {
    body.get(key)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}
