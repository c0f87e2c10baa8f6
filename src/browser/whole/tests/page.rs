//! One page in a browser of its own, and what is under way in it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::*;
use crate::browser::launch::tests::{TURN, program, user};
use crate::browser::launch::{Browser, Launch};
use crate::browser::proxy::{self, Proxy, Rules};
use crate::platform::Network;

/// Chromium starts slowly on a busy machine; what is tested here is never that it is quick.
const PATIENCE: Duration = Duration::from_secs(120);
/// No request that began so long ago is waited for.
const OLD: Duration = Duration::from_secs(4);

type Requests = Arc<Mutex<HashMap<String, Instant>>>;

pub(super) struct Opened {
    pub(super) page: Session,
    port: u16,
    demo_port: u16,
    browser: Browser,
    proxy: Proxy,
    requests: Requests,
    frames: Arc<Mutex<HashMap<String, Session>>>,
    _turn: tokio::sync::SemaphorePermit<'static>,
}

/// The page at `path`, of the demo site or of the tests' own, loaded.
pub(super) async fn opened(path: &str) -> Option<Opened> {
    opened_with(path, &["localhost", "127.0.0.1"]).await
}

/// The same, with other hosts inside the network that it may reach than those the address names.
pub(super) async fn opened_with(path: &str, allow: &[&str]) -> Option<Opened> {
    let program = program()?;
    let turn = TURN.acquire().await.unwrap();
    let port = super::sites::site().await;
    let demo = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let demo_port = demo.local_addr().unwrap().port();
    tokio::spawn(super::demo_site::serve(demo, 60));
    let of = if is_of_demo(path) { demo_port } else { port };
    let address = format!("http://127.0.0.1:{of}/").parse().unwrap();
    let network = Network {
        allow: allow.iter().map(|host| (*host).to_owned()).collect(),
        ..Network::default()
    };
    let rules = Rules::new(&address, &network).unwrap();
    let runs_as = Launch::runs_as(user()).unwrap();
    let proxy = Proxy::start(rules, proxy::Limits::default(), runs_as)
        .await
        .unwrap();
    let mut launch = Launch::new(program, user(), proxy.address());
    launch.patience = PATIENCE;
    launch.limits.call = PATIENCE;
    let browser = launch.start().await.unwrap();
    let page = browser.page().await.unwrap();
    let requests = Requests::default();
    let opened = Opened {
        page: page.clone(),
        port,
        demo_port,
        requests: Arc::clone(&requests),
        frames: Arc::default(),
        browser,
        proxy,
        _turn: turn,
    };
    watch(&opened);
    for (method, params) in [
        ("Network.enable", json!({})),
        ("Page.enable", json!({})),
        (
            "Target.setAutoAttach",
            json!({"autoAttach": true, "waitForDebuggerOnStart": false, "flatten": true}),
        ),
    ] {
        page.call(method, params).await.unwrap();
    }
    opened.go(path).await;
    Some(opened)
}

/// Keeps what requests are under way, the frames, and answers dialogs.
fn watch(opened: &Opened) {
    let connection = opened.browser.connection().clone();
    let mut events = connection.events(&[
        "Network.",
        "Target.attachedToTarget",
        "Target.detachedFromTarget",
        "Page.javascriptDialogOpening",
    ]);
    let (requests, frames) = (Arc::clone(&opened.requests), Arc::clone(&opened.frames));
    let page = opened.page.clone();
    tokio::spawn(async move {
        while let Ok(event) = events.next().await {
            let text = |key: &str| event.params[key].as_str().unwrap_or_default().to_owned();
            match event.method.as_str() {
                "Network.requestWillBeSent" => {
                    requests
                        .lock()
                        .unwrap()
                        .insert(text("requestId"), Instant::now());
                }
                "Network.loadingFinished" | "Network.loadingFailed" => {
                    requests.lock().unwrap().remove(&text("requestId"));
                }
                "Target.attachedToTarget" if event.params["targetInfo"]["type"] == "iframe" => {
                    let session = connection.session(text("sessionId"));
                    frames.lock().unwrap().insert(text("sessionId"), session);
                }
                "Target.detachedFromTarget" => {
                    frames.lock().unwrap().remove(&text("sessionId"));
                }
                "Page.javascriptDialogOpening" => {
                    let page = page.clone();
                    tokio::spawn(async move {
                        let no = json!({"accept": false});
                        let _ = page.call("Page.handleJavaScriptDialog", no).await;
                    });
                }
                _ => {}
            }
        }
    });
}

fn is_of_demo(path: &str) -> bool {
    path.starts_with("/konto") || path.starts_with("/fientlig")
}

fn under_way(requests: &Requests) -> usize {
    let requests = requests.lock().unwrap();
    requests
        .values()
        .filter(|begun| begun.elapsed() < OLD)
        .count()
}

async fn quiet(requests: Requests, at_most: Duration) {
    let begun = Instant::now();
    let mut since = Instant::now();
    while begun.elapsed() < at_most && since.elapsed() < Duration::from_millis(150) {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if under_way(&requests) > 0 {
            since = Instant::now();
        }
    }
}

impl Opened {
    pub(super) async fn go(&self, path: &str) {
        let port = if is_of_demo(path) {
            self.demo_port
        } else {
            self.port
        };
        let url = format!("http://127.0.0.1:{port}{path}");
        self.requests.lock().unwrap().clear();
        let usual = self
            .page
            .call("Emulation.clearDeviceMetricsOverride", json!({}));
        usual.await.unwrap();
        let gone = self
            .page
            .call("Page.navigate", json!({"url": url}))
            .await
            .unwrap();
        assert_eq!(gone.get("errorText"), None, "{gone}");
        quiet(Arc::clone(&self.requests), Duration::from_secs(6)).await;
    }

    /// With what is needed to look at it; kept as long as the page.
    pub(super) fn look<'a>(&'a self, rules: &'a PageRules, limits: &'a PageLimits) -> Look<'a> {
        let requests = Arc::clone(&self.requests);
        let wait = move |at_most| -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(quiet(Arc::clone(&requests), at_most))
        };
        let frames = Arc::clone(&self.frames);
        let frames = move || frames.lock().unwrap().values().cloned().collect();
        Look {
            page: &self.page,
            frames: Box::leak(Box::new(frames)),
            rules,
            limits,
            quiet: Box::leak(Box::new(wait)),
            logged_in: false,
            begun: Instant::now(),
        }
    }

    pub(super) async fn evaluate(&self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.page.call("Runtime.evaluate", asked).await.unwrap();
        assert_eq!(
            answer.get("exceptionDetails"),
            None,
            "{expression}: {answer}"
        );
        answer["result"]["value"].clone()
    }

    /// How many times something inside was asked for in vain.
    pub(super) fn kept_out(&self) -> u64 {
        let inside = self.proxy.unreached().into_iter();
        let inside = inside.filter(|u| u.why == proxy::Why::Inside);
        inside.map(|u| u.times).sum()
    }

    pub(super) async fn close(self) {
        self.browser.close().await.unwrap();
    }
}
