//! What a page is asked directly: to go somewhere, where it is, how large it is.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::Error;
use super::super::cdp::Session;

/// A page that says it will lead on within so many seconds is followed.
const REFRESH: f64 = 10.0;

/// What the browser answered when it was sent to the address.
pub(super) struct Went {
    pub(super) error: Option<String>,
    pub(super) is_download: bool,
}

impl Went {
    pub(super) fn failed(&self) -> bool {
        self.error.is_some() || self.is_download
    }
}

pub(super) async fn navigate(page: &Session, address: &str) -> Result<Went, Error> {
    // As long as the whole may take: the server's silence is the proxy's to end.
    let time = Duration::from_secs(24 * 3600);
    let going = page.call_within("Page.navigate", json!({"url": address}), time);
    let told = going.await?;
    Ok(Went {
        error: told
            .get("errorText")
            .and_then(Value::as_str)
            .map(str::to_owned),
        is_download: told.get("isDownload").and_then(Value::as_bool) == Some(true),
    })
}

pub(super) async fn main_frame(page: &Session) -> Result<String, Error> {
    let method = "Page.getFrameTree";
    let tree = page.call(method, json!({})).await?;
    let id = tree.pointer("/frameTree/frame/id").and_then(Value::as_str);
    id.map(str::to_owned).ok_or_else(|| Error::Lacking {
        method: method.to_owned(),
        what: "the page's frame",
    })
}

/// Where the page is now.
pub(super) async fn address(page: &Session) -> Result<Option<String>, Error> {
    let history = page.call("Page.getNavigationHistory", json!({})).await?;
    let at = history.get("currentIndex").and_then(Value::as_u64);
    let at = at.and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
    let entry = history.get("entries").and_then(|e| e.get(at));
    let address = entry.and_then(|e| e.get("url")).and_then(Value::as_str);
    Ok(address.map(str::to_owned))
}

/// Seconds until the page leads on, where it says so in its head.
pub(super) async fn refresh(page: &Session) -> Result<Option<f64>, Error> {
    let asked = "(document.querySelector('meta[http-equiv=refresh i]') || {}).content || ''";
    let told = value(page, asked).await?;
    let told = told.as_str().unwrap_or_default();
    let (seconds, rest) = told.split_once([';', ',']).unwrap_or((told, ""));
    // Without an address it loads itself anew, which changes nothing.
    let leads = rest.to_ascii_lowercase().contains("url");
    let seconds: Option<f64> = seconds.trim().parse().ok();
    Ok(seconds.filter(|s| leads && (0.0..=REFRESH).contains(s)))
}

/// What an expression of ours is in the page.
pub(super) async fn value(page: &Session, expression: &str) -> Result<Value, Error> {
    let asked = json!({"expression": expression, "returnByValue": true});
    let mut told = page.call("Runtime.evaluate", asked).await?;
    let value = told.pointer_mut("/result/value").map(Value::take);
    Ok(value.unwrap_or_default())
}

/// Of the whole page in CSS pixels.
pub(super) async fn size(page: &Session) -> Result<(u32, u32), Error> {
    let method = "Page.getLayoutMetrics";
    let metrics = page.call(method, json!({})).await?;
    let of = |key: &str| {
        let size = metrics.get("cssContentSize").and_then(|s| s.get(key));
        size.and_then(Value::as_f64).map(|n| n.ceil() as u32)
    };
    let size = of("width").zip(of("height"));
    size.ok_or_else(|| Error::Lacking {
        method: method.to_owned(),
        what: "the page's size",
    })
}
