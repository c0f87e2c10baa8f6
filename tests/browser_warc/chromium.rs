//! Chromium with its sandbox on, its sessions told what the recorder wants.

use std::time::{Duration, Instant};

use arkivd::browser::cdp::{Connection, Session};
use arkivd::browser::launch::{Browser, Launch, User, find};
use arkivd::browser::proxy::{self, Proxy, Rules};
use arkivd::browser::recorder::Recorder;
use arkivd::platform::Network;
use serde_json::json;

use crate::support::judges::have_browser;

/// Chromium starts slowly on a busy machine; what is tested here is never that it is quick.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// One browser at a time: two cores are shared.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn user() -> Option<User> {
    let nobody = User {
        uid: 65534,
        gid: 65534,
    };
    rustix::process::geteuid().is_root().then_some(nobody)
}

pub struct Ready {
    pub browser: Browser,
    pub proxy: Proxy,
    pub port: u16,
    _turn: tokio::sync::MutexGuard<'static, ()>,
}

/// A browser that may reach the site on this port of 127.0.0.1 and of localhost, and the ports in `others`.
pub async fn ready(port: u16, others: &[u16]) -> Option<Ready> {
    if !have_browser() {
        return None;
    }
    let program = find(None).unwrap();
    let turn = TURN.lock().await;
    let address = format!("http://127.0.0.1:{port}/").parse().unwrap();
    let mut network = Network::default();
    network.allow.push(format!("localhost:{port}"));
    network
        .allow
        .extend(others.iter().map(|p| format!("127.0.0.1:{p}")));
    let rules = Rules::new(&address, &network).unwrap();
    let runs_as = Launch::runs_as(user()).unwrap();
    let proxy = Proxy::start(rules, proxy::Limits::default(), runs_as)
        .await
        .unwrap();
    let mut launch = Launch::new(program, user(), proxy.address());
    launch.patience = PATIENCE;
    launch.limits.call = PATIENCE;
    let browser = launch.start().await.unwrap();
    Some(Ready {
        browser,
        proxy,
        port,
        _turn: turn,
    })
}

impl Ready {
    /// A page whose sessions, and those of its frames and workers, are recorded.
    pub async fn page(&self) -> Session {
        let page = self.browser.page().await.unwrap();
        page.call("Network.setCacheDisabled", json!({"cacheDisabled": true}))
            .await
            .unwrap();
        tokio::spawn(attach(self.browser.connection().clone()));
        prepare(&page).await;
        page
    }

    /// Ends it, and lets the next one begin.
    pub async fn close(self) {
        self.browser.close().await.unwrap();
    }

    /// Opens an address and waits until its title is `klar`.
    pub async fn open(&self, page: &Session, address: &str) {
        // The answer comes when the document does, which may be never.
        let opening = page.call("Page.navigate", json!({"url": address}));
        let gone = opening.await.unwrap();
        assert_eq!(gone.get("errorText"), None, "{gone}");
        let begun = Instant::now();
        loop {
            // A page that leads on in this moment does not answer.
            let asked = json!({"expression": "document.title + ' at ' + location"});
            let answer = page.call("Runtime.evaluate", asked).await;
            let title = answer.map_or_else(|e| e.to_string(), |a| a["result"]["value"].to_string());
            if title.starts_with("\"klar at ") {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{title}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn attach(connection: Connection) {
    let mut events = connection.events(&["Target.attachedToTarget"]);
    while let Ok(event) = events.next().await {
        let session = event.params["sessionId"].as_str().unwrap_or_default();
        let session = connection.session(session);
        tokio::spawn(async move { prepare(&session).await });
    }
}

async fn prepare(session: &Session) {
    for (method, params) in Recorder::<Vec<u8>>::commands() {
        let _ = session.call(method, params).await;
    }
    let all = json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true});
    let _ = session.call("Target.setAutoAttach", all).await;
    let _ = session
        .call("Runtime.runIfWaitingForDebugger", json!({}))
        .await;
}

pub async fn evaluate(page: &Session, expression: &str) -> String {
    let params = json!({"expression": expression, "awaitPromise": true});
    let answer = page.call("Runtime.evaluate", params).await.unwrap();
    assert!(answer["exceptionDetails"].is_null(), "{answer}");
    answer["result"]["value"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}
