//! What a page asks of the network: the way to its document, what is under way, how much came.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::cdp::{Connection, Event, Events, Session};
use crate::record::Redirect;

/// What a page under way may have at one time; more are counted, and not followed.
const MOST: usize = 10_000;

/// A page may send itself about without end; the way to the document is told so far.
const HOPS: usize = 50;

/// A request that is older than this does not hold up the capture.
pub const OLD: Duration = Duration::from_secs(4);

/// The page's document as the network told of it.
#[derive(Debug, Clone, Default)]
pub struct Document {
    loader: String,
    pub address: String,
    /// Of the server's; what the page itself did comes with [`Traffic::redirects`].
    redirects: Vec<Redirect>,
    pub status: Option<u16>,
    pub media_type: Option<String>,
    /// `securityDetails` of the answer.
    pub security: Option<Value>,
    /// `net::ERR_CONNECTION_REFUSED`.
    pub failed: Option<String>,
}

/// A request without its whole answer.
#[derive(Debug, Clone)]
pub struct UnderWay {
    pub address: String,
    pub seconds: u64,
}

/// A request that the server answered with a fault that may pass.
#[derive(Debug, Clone)]
pub struct NotAnswered {
    pub address: String,
    pub status: u16,
    loader: String,
}

#[derive(Debug)]
struct Request {
    session: String,
    loader: String,
    address: String,
    kind: String,
    began: Instant,
    answered: bool,
}

#[derive(Debug)]
struct State {
    page: String,
    frame: String,
    under_way: HashMap<String, Request>,
    documents: Vec<Document>,
    committed: Option<String>,
    not_answered: Vec<NotAnswered>,
    requests: u64,
    bytes: u64,
    last: Instant,
}

/// Follows a page's traffic until it is dropped.
#[derive(Debug)]
pub struct Traffic {
    state: Arc<Mutex<State>>,
    changed: watch::Receiver<()>,
    _following: JoinSet<()>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Traffic {
    /// From now on, of the page with its frames and workers; `frame` is the page's main frame.
    pub fn follow(connection: &Connection, page: &Session, frame: &str) -> Self {
        let events = connection.events(&[
            "Network.requestWillBeSent",
            "Network.responseReceived",
            "Network.dataReceived",
            "Network.loadingFinished",
            "Network.loadingFailed",
            "Page.frameNavigated",
            "Target.detachedFromTarget",
        ]);
        let state = Arc::new(Mutex::new(State {
            page: page.id().to_owned(),
            frame: frame.to_owned(),
            under_way: HashMap::new(),
            documents: Vec::new(),
            committed: None,
            not_answered: Vec::new(),
            requests: 0,
            bytes: 0,
            last: Instant::now(),
        }));
        let (changes, changed) = watch::channel(());
        let mut following = JoinSet::new();
        following.spawn(read(events, Arc::clone(&state), changes));
        Self {
            state,
            changed,
            _following: following,
        }
    }

    /// Waits until nothing young has been under way for `window`; false when `at_most` has passed before that.
    ///
    /// What streams without end (EventSource, WebSocket) and what is older than [`OLD`] is not waited for.
    pub async fn quiet(&self, window: Duration, at_most: Duration) -> bool {
        let end = Instant::now() + at_most;
        let mut changed = self.changed.clone();
        loop {
            changed.mark_unchanged();
            let now = Instant::now();
            let ready = lock(&self.state).quiet_at(now, window);
            if ready <= now {
                return true;
            }
            if now >= end {
                return false;
            }
            let wait = ready.min(end).saturating_duration_since(now);
            // The browser is gone; who calls it next is told.
            if let Ok(Err(_)) = tokio::time::timeout(wait, changed.changed()).await {
                return true;
            }
        }
    }

    /// Requests and bytes of their answers, so far.
    pub fn amounts(&self) -> (u64, u64) {
        let state = lock(&self.state);
        (state.requests, state.bytes)
    }

    /// What the page waits for, the oldest first. Streams, and media that have begun to come, are not among them.
    pub fn under_way(&self) -> Vec<UnderWay> {
        let state = lock(&self.state);
        let mut waiting: Vec<&Request> = state
            .under_way
            .values()
            .filter(|r| r.is_waited_for() && !(r.kind == "Media" && r.answered))
            .collect();
        waiting.sort_by(|a, b| (a.began, &a.address).cmp(&(b.began, &b.address)));
        waiting
            .into_iter()
            .map(|r| UnderWay {
                address: r.address.clone(),
                seconds: r.began.elapsed().as_secs(),
            })
            .collect()
    }

    /// What the page asked for and a busy or broken server did not give.
    pub fn not_answered(&self) -> Vec<NotAnswered> {
        lock(&self.state).not_answered.clone()
    }

    /// Which document stands in the page, by the browser's name for its loading.
    pub fn standing(&self) -> Option<String> {
        lock(&self.state).committed.clone()
    }

    /// The document that stands in the page, or the last that was asked for when none does.
    pub fn document(&self) -> Option<Document> {
        let state = lock(&self.state);
        state
            .current()
            .and_then(|n| state.documents.get(n))
            .cloned()
    }

    /// On the way to [`Traffic::document`]: what servers answered, and documents that led on by themselves.
    pub fn redirects(&self) -> Vec<Redirect> {
        let state = lock(&self.state);
        let last = state.current();
        let mut way = Vec::new();
        for (n, document) in state.documents.iter().enumerate() {
            way.extend(document.redirects.iter().cloned());
            if Some(n) == last {
                break;
            }
            if let (Some(status), None) = (document.status, &document.failed) {
                let address = document.address.clone();
                way.push(Redirect { address, status });
            }
        }
        way.truncate(HOPS);
        way
    }
}

impl Request {
    fn is_waited_for(&self) -> bool {
        !matches!(
            self.kind.as_str(),
            "EventSource" | "WebSocket" | "Ping" | "Prefetch" | "CSPViolationReport"
        )
    }
}

impl State {
    /// When it will be quiet if nothing more happens.
    fn quiet_at(&self, now: Instant, window: Duration) -> Instant {
        let waited = self.under_way.values().filter(|r| r.is_waited_for());
        let old = waited.map(|r| r.began + OLD).filter(|old| *old > now);
        old.max().unwrap_or(self.last + window)
    }

    fn current(&self) -> Option<usize> {
        let committed = self.committed.as_deref();
        let found = self
            .documents
            .iter()
            .rposition(|d| Some(d.loader.as_str()) == committed);
        found.or(self.documents.len().checked_sub(1))
    }

    fn receive(&mut self, event: &Event) {
        let params = &event.params;
        let text = |key: &str| params.get(key).and_then(Value::as_str);
        let session = event.session.as_deref().unwrap_or_default();
        match event.method.as_str() {
            "Target.detachedFromTarget" => {
                let gone = text("sessionId").unwrap_or_default();
                self.under_way.retain(|_, r| r.session != gone);
            }
            "Page.frameNavigated" if session == self.page => {
                let frame = params.get("frame");
                let of = |key: &str| frame.and_then(|f| f.get(key)).and_then(Value::as_str);
                if of("id") == Some(&self.frame) {
                    let loader = of("loaderId").unwrap_or_default().to_owned();
                    // What the page before had asked for is nobody's now.
                    let page = &self.page;
                    self.under_way
                        .retain(|_, r| r.session != *page || r.loader == loader);
                    self.not_answered.retain(|r| r.loader == loader);
                    self.committed = Some(loader);
                }
            }
            "Network.requestWillBeSent" => self.sent(params, session),
            "Network.responseReceived" => {
                let Some(id) = text("requestId") else { return };
                if let Some(request) = self.under_way.get_mut(id) {
                    request.answered = true;
                }
                self.refused(params, session);
                if let (Some(document), Some(answer)) =
                    (self.document_of(id, session), params.get("response"))
                {
                    document.answered(answer);
                }
            }
            "Network.dataReceived" => {
                let bytes = params.get("dataLength").and_then(Value::as_u64);
                self.bytes = self.bytes.saturating_add(bytes.unwrap_or_default());
                return;
            }
            "Network.loadingFinished" => {
                self.under_way.remove(text("requestId").unwrap_or_default());
            }
            "Network.loadingFailed" => {
                let Some(id) = text("requestId") else { return };
                self.under_way.remove(id);
                let error = text("errorText").unwrap_or("failed").to_owned();
                if let Some(document) = self.document_of(id, session) {
                    document.failed = Some(error);
                }
            }
            _ => return,
        }
        self.last = Instant::now();
    }

    /// Notes 429 and 5xx: another time the page would have had it. What is not there at all, people do not see either.
    fn refused(&mut self, params: &Value, session: &str) {
        const PARTS: [&str; 6] = ["Document", "Fetch", "Font", "Image", "Stylesheet", "XHR"];
        let text = |key: &str| params.get(key).and_then(Value::as_str);
        let loader = text("loaderId").unwrap_or_default();
        let kind = text("type").unwrap_or_default();
        let is_page = session == self.page && text("requestId") == Some(loader);
        let status = params.get("response").and_then(status);
        let address = params.pointer("/response/url").and_then(Value::as_str);
        if let (Some(status @ (429 | 500..)), Some(address)) = (status, address)
            && PARTS.contains(&kind)
            && !(is_page && text("frameId") == Some(&self.frame))
            && self.not_answered.len() < HOPS
            && !self.not_answered.iter().any(|r| r.address == address)
        {
            // In a session of its own a frame's loader is not the page's.
            let of_page = session == self.page && kind != "Document";
            self.not_answered.push(NotAnswered {
                address: address.to_owned(),
                status,
                loader: match of_page {
                    true => loader.to_owned(),
                    false => self.committed.clone().unwrap_or_default(),
                },
            });
        }
    }

    fn document_of(&mut self, request: &str, session: &str) -> Option<&mut Document> {
        let is_page = session == self.page;
        let of_it = |d: &&mut Document| is_page && d.loader == request;
        self.documents.iter_mut().rev().find(of_it)
    }

    fn sent(&mut self, params: &Value, session: &str) {
        let text = |key: &str| params.get(key).and_then(Value::as_str);
        let address = params.pointer("/request/url").and_then(Value::as_str);
        let (Some(id), Some(address)) = (text("requestId"), address) else {
            return;
        };
        if !address.starts_with("http") {
            return;
        }
        self.requests = self.requests.saturating_add(1);
        let loader = text("loaderId").unwrap_or_default();
        let is_document = session == self.page
            && text("frameId") == Some(&self.frame)
            && text("type") == Some("Document")
            && loader == id;
        if is_document {
            let redirect = params.get("redirectResponse");
            self.document(loader, address, redirect);
        }
        if self.under_way.len() < MOST {
            // Only asked for in case it is wanted later.
            let ahead = ["Sec-Purpose", "Purpose"].iter().any(|name| {
                let purpose = params.pointer("/request/headers").and_then(|h| h.get(name));
                purpose
                    .and_then(Value::as_str)
                    .is_some_and(|p| p.starts_with("prefetch"))
            });
            let kind = if ahead {
                "Prefetch"
            } else {
                text("type").unwrap_or_default()
            };
            let request = Request {
                session: session.to_owned(),
                loader: loader.to_owned(),
                address: address.to_owned(),
                kind: kind.to_owned(),
                began: Instant::now(),
                answered: false,
            };
            self.under_way.insert(id.to_owned(), request);
        }
    }

    fn document(&mut self, loader: &str, address: &str, redirect: Option<&Value>) {
        let known = self.documents.iter().rposition(|d| d.loader == loader);
        let known = known.and_then(|n| self.documents.get_mut(n));
        match known {
            Some(document) => {
                let before = std::mem::replace(&mut document.address, address.to_owned());
                let status = redirect.and_then(status);
                if let Some(status) = status.filter(|_| document.redirects.len() < HOPS) {
                    let address = before;
                    document.redirects.push(Redirect { address, status });
                }
            }
            None => {
                if self.documents.len() >= HOPS {
                    self.documents.remove(0);
                }
                self.documents.push(Document {
                    loader: loader.to_owned(),
                    address: address.to_owned(),
                    ..Document::default()
                });
            }
        }
    }
}

impl Document {
    fn answered(&mut self, answer: &Value) {
        let text = |key: &str| answer.get(key).and_then(Value::as_str);
        self.status = status(answer);
        self.media_type = text("mimeType").map(str::to_owned);
        self.security = answer.get("securityDetails").cloned();
        if let Some(address) = text("url") {
            address.clone_into(&mut self.address);
        }
    }
}

fn status(answer: &Value) -> Option<u16> {
    let status = answer.get("status").and_then(Value::as_u64)?;
    u16::try_from(status).ok().filter(|s| *s > 0)
}

async fn read(mut events: Events, state: Arc<Mutex<State>>, changes: watch::Sender<()>) {
    while let Ok(event) = events.next().await {
        lock(&state).receive(&event);
        changes.send_replace(());
    }
}

#[cfg(test)]
mod tests;
