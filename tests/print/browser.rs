//! The real Chromium, its sandbox on, as it prints a page; where there is none, the tests say so and are skipped.

use std::time::Duration;

use arkivd::browser::launch::{Launch, User, find};
use arkivd::browser::proxy::{self, Proxy, Rules};
use arkivd::platform::Network;
use base64::Engine as _;
use serde_json::json;

use crate::site;
use crate::support::judges::have_browser;

const NOBODY: User = User {
    uid: 65534,
    gid: 65534,
};
const PATIENCE: Duration = Duration::from_secs(300);

/// The pages at these paths of the site, each as Chromium prints it.
pub async fn printed(paths: &[&str]) -> Option<Vec<Vec<u8>>> {
    if !have_browser() {
        return None;
    }
    let user = rustix::process::geteuid().is_root().then_some(NOBODY);
    let port = site::start();
    let address = format!("http://127.0.0.1:{port}/").parse().unwrap();
    let rules = Rules::new(&address, &Network::default()).unwrap();
    let runs_as = Launch::runs_as(user).unwrap();
    let proxy = Proxy::start(rules, proxy::Limits::default(), runs_as)
        .await
        .unwrap();
    let mut launch = Launch::new(find(None).unwrap(), user, proxy.address());
    launch.patience = PATIENCE;
    launch.limits.call = PATIENCE;
    let browser = launch.start().await.unwrap();
    let mut out = Vec::new();
    for path in paths {
        let page = browser.page().await.unwrap();
        page.call("Page.enable", json!({})).await.unwrap();
        let mut loaded = page.events(&["Page.loadEventFired"]);
        let url = format!("http://127.0.0.1:{port}{path}");
        page.call("Page.navigate", json!({ "url": url }))
            .await
            .unwrap();
        tokio::time::timeout(PATIENCE, loaded.next())
            .await
            .unwrap()
            .unwrap();
        let options = json!({
            "printBackground": true, "generateTaggedPDF": true, "generateDocumentOutline": true,
            "preferCSSPageSize": false, "transferMode": "ReturnAsBase64",
        });
        let answer = page.call("Page.printToPDF", options).await.unwrap();
        let data = answer["data"].as_str().unwrap();
        out.push(
            base64::engine::general_purpose::STANDARD
                .decode(data)
                .unwrap(),
        );
    }
    browser.close().await.unwrap();
    Some(out)
}
