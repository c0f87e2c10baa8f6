//! The certificate of the page's document, as the browser accepted it.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::DateTime;
use serde_json::{Value, json};
use url::Url;

use super::cdp::Session;
use crate::record::{Certificate, Digest};

/// It comes from the browser, not from the page; one that is stopped says nothing.
const PATIENCE: Duration = Duration::from_secs(3);

/// From what the network said of the answer; `None` for one that came in clear.
pub async fn of(page: &Session, address: &str, security: &Value) -> Option<Certificate> {
    let text = |key: &str| security.get(key).and_then(Value::as_str);
    let time = |key: &str| {
        let seconds = security.get(key).and_then(Value::as_f64)?;
        DateTime::from_timestamp(seconds as i64, 0)
    };
    let subject = text("subjectName").unwrap_or_default().to_owned();
    let issuer = text("issuer").unwrap_or_default().to_owned();
    let protocol = text("protocol").unwrap_or_default().to_owned();
    Some(Certificate {
        subject,
        issuer,
        valid_from: time("validFrom")?,
        valid_to: time("validTo")?,
        protocol,
        sha256: digest(page, address).await,
    })
}

async fn digest(page: &Session, address: &str) -> Option<Digest> {
    let origin = Url::parse(address).ok()?.origin().ascii_serialization();
    let method = "Network.getCertificate";
    let asked = page.call_within(method, json!({"origin": origin}), PATIENCE);
    let chain = asked.await.ok()?;
    let own = chain.get("tableNames")?.get(0)?.as_str()?;
    let der = BASE64_STANDARD.decode(own).ok()?;
    Some(Digest::of(&der))
}
