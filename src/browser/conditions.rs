//! Under which conditions a page is looked at: the same window, language and zone on every machine, no permission, the login if there is one.

use serde_json::{Value, json};

use super::Error;
use super::attach::Commands;
use super::cdp::Session;
use super::job::Cookie;
use super::launch::Browser;

/// The window in CSS pixels.
pub const WINDOW: (u32, u32) = (1280, 900);

/// Bytes of answers that the browser keeps for us: none are asked for this way.
const KEPT: u32 = 1 << 20;

/// What each session of the page is told before it runs.
pub fn commands(user_agent: &str) -> Commands {
    let kept = json!({"maxTotalBufferSize": KEPT, "maxResourceBufferSize": KEPT});
    let on = json!({});
    vec![
        ("Inspector.enable", on.clone()),
        ("Network.enable", kept),
        ("Network.setCacheDisabled", json!({"cacheDisabled": true})),
        ("Network.setBypassServiceWorker", json!({"bypass": true})),
        ("Page.enable", on),
        (
            "Emulation.setUserAgentOverride",
            json!({"userAgent": user_agent, "acceptLanguage": "sv-SE,sv,en"}),
        ),
    ]
}

/// The browser's own, without the word that says nobody looks: what sites show to Chromium is what people see.
///
/// # Errors
/// As [`Connection::call`](super::cdp::Connection::call).
pub async fn user_agent(browser: &Browser) -> Result<String, Error> {
    let version = browser.connection().call("Browser.getVersion", json!({}));
    let version = version.await?;
    let agent = version.get("userAgent").and_then(Value::as_str);
    Ok(agent
        .unwrap_or_default()
        .replace("HeadlessChrome", "Chrome"))
}

/// Of the context: no downloads, no permissions, and the cookies. Of the page: its window.
///
/// Returns the domains of cookies that the browser would not take.
///
/// # Errors
/// When the browser refuses anything but a cookie.
pub async fn set(
    browser: &Browser,
    context: &str,
    page: &Session,
    cookies: &[Cookie],
) -> Result<Vec<String>, Error> {
    let connection = browser.connection();
    let deny = json!({"behavior": "deny", "browserContextId": context, "eventsEnabled": true});
    connection.call("Browser.setDownloadBehavior", deny).await?;
    // Those that are granted, none; all others are rejected.
    let none = json!({"permissions": [], "browserContextId": context});
    connection.call("Browser.grantPermissions", none).await?;
    let (width, height) = WINDOW;
    let metrics =
        json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
    page.call("Emulation.setDeviceMetricsOverride", metrics)
        .await?;
    let mut refused = Vec::new();
    for cookie in cookies {
        let set = json!({"cookies": [param(cookie)], "browserContextId": context});
        match connection.call("Storage.setCookies", set).await {
            Ok(_) => {}
            // What the browser says of it may hold it.
            Err(Error::Refused { .. }) => refused.push(cookie.domain.clone()),
            Err(other) => return Err(other),
        }
    }
    Ok(refused)
}

/// A cookie of one host alone is set by an address, one of all hosts under a domain by the domain.
fn param(cookie: &Cookie) -> Value {
    let mut param = json!({
        "name": cookie.name,
        "value": cookie.value,
        "path": cookie.path,
        "secure": cookie.secure,
        "httpOnly": cookie.http_only,
    });
    if cookie.domain.starts_with('.') {
        param["domain"] = json!(cookie.domain);
    } else {
        let scheme = if cookie.secure { "https" } else { "http" };
        param["url"] = json!(format!("{scheme}://{}{}", cookie.domain, cookie.path));
    }
    if let Some(expires) = cookie.expires {
        param["expires"] = json!(expires);
    }
    param
}
