//! What a page does to whoever looks at it: dialogs, downloads, windows, scripts without end. Each is met at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::cdp::{Connection, Event, Events, Session};
use crate::record::{Action, ActionKind};

/// After so many dialogs the script that opens them is ended each time.
const PATIENT: u64 = 20;

/// Letters of what a dialog asked or a download was called.
const LETTERS: usize = 200;

/// Until a page that is asked for nothing answers. A busy one does within seconds; one that never will is not waited for.
const ANSWER: Duration = Duration::from_secs(8);

/// The same once a script of it had to be ended.
const AGAIN: Duration = Duration::from_secs(2);

/// Scripts that are ended one by one, before the page may run none.
const ENDINGS: u32 = 2;

#[derive(Debug, Default)]
struct State {
    dialogs: Option<Counted>,
    downloads: Option<Counted>,
    ended: Option<Counted>,
    crash: Option<String>,
}

#[derive(Debug)]
struct Counted {
    at: u64,
    count: u64,
    detail: Option<String>,
}

/// Stands at a page's door until it is dropped.
#[derive(Debug)]
pub struct Interruptions {
    state: Arc<Mutex<State>>,
    begun: Instant,
    _standing: JoinSet<()>,
}

struct Door {
    connection: Connection,
    context: String,
    target: String,
    begun: Instant,
    state: Arc<Mutex<State>>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn at(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn shortened(text: &str) -> Option<String> {
    let text: String = text.chars().take(LETTERS).collect();
    (!text.trim().is_empty()).then_some(text)
}

fn count(counted: &mut Option<Counted>, begun: Instant, detail: Option<String>) -> u64 {
    let counted = counted.get_or_insert_with(|| Counted {
        at: at(begun),
        count: 0,
        detail,
    });
    counted.count += 1;
    counted.count
}

impl Interruptions {
    /// For the page that is `target`, in the context of its own.
    pub fn meet(connection: &Connection, context: &str, target: &str, begun: Instant) -> Self {
        let events = connection.events(&[
            "Page.javascriptDialogOpening",
            "Browser.downloadWillBegin",
            "Target.targetCreated",
            "Target.targetCrashed",
        ]);
        let state = Arc::<Mutex<State>>::default();
        let door = Door {
            connection: connection.clone(),
            context: context.to_owned(),
            target: target.to_owned(),
            begun,
            state: Arc::clone(&state),
        };
        let mut standing = JoinSet::new();
        standing.spawn(door.stand(events));
        Self {
            state,
            begun,
            _standing: standing,
        }
    }

    /// What was met, for the account of the capture.
    pub fn actions(&self) -> Vec<Action> {
        let state = lock(&self.state);
        let met = [
            (&state.dialogs, ActionKind::DialogAnswered),
            (&state.downloads, ActionKind::DownloadDenied),
            (&state.ended, ActionKind::ScriptEnded),
        ];
        met.into_iter()
            .filter_map(|(counted, what)| {
                counted.as_ref().map(|c| Action {
                    at: c.at,
                    what,
                    rule: None,
                    count: c.count,
                    detail: c.detail.clone(),
                })
            })
            .collect()
    }

    /// How the page's process ended, if it did and the browser said so.
    pub fn crash(&self) -> Option<String> {
        lock(&self.state).crash.clone()
    }

    /// Waits until the page answers, and ends scripts that would not let it. False when it may run none any more.
    ///
    /// # Errors
    /// As [`Session::call`]; [`Error::TimedOut`](super::Error::TimedOut) when it answers nothing even so.
    pub async fn responsive(&self, page: &Session) -> Result<bool, super::Error> {
        let mut endings = 0;
        loop {
            let nothing = json!({"expression": "0"});
            let time = if endings == 0 { ANSWER } else { AGAIN };
            let answer = page.call_within("Runtime.evaluate", nothing, time).await;
            match answer {
                Err(super::Error::TimedOut { .. }) if endings <= ENDINGS => {}
                other => return other.map(|_| endings <= ENDINGS),
            }
            if endings == ENDINGS {
                let never = json!({"value": true});
                page.tell("Emulation.setScriptExecutionDisabled", never)
                    .await?;
            }
            endings += 1;
            let ended = page.call_within("Runtime.terminateExecution", json!({}), ANSWER);
            if ended.await.is_ok() {
                count(&mut lock(&self.state).ended, self.begun, None);
            }
        }
    }
}

impl Door {
    async fn stand(self, mut events: Events) {
        let mut ending = JoinSet::new();
        while let Ok(event) = events.next().await {
            while ending.try_join_next().is_some() {}
            self.meet(&event, &mut ending).await;
        }
    }

    async fn meet(&self, event: &Event, ending: &mut JoinSet<()>) {
        let params = &event.params;
        let text = |key: &str| params.get(key).and_then(Value::as_str);
        match event.method.as_str() {
            "Page.javascriptDialogOpening" => {
                let Some(session) = &event.session else {
                    return;
                };
                let session = self.connection.session(session.as_str());
                let detail = text("message").and_then(shortened);
                let times = count(&mut lock(&self.state).dialogs, self.begun, detail);
                // Leaving is allowed, all else is answered no; an alert knows no other answer than yes.
                let accept = matches!(text("type"), Some("alert" | "beforeunload"));
                let answer = json!({"accept": accept});
                let _ = session.tell("Page.handleJavaScriptDialog", answer).await;
                if times > PATIENT && ending.is_empty() {
                    ending.spawn(end(session, self.begun, Arc::clone(&self.state)));
                }
            }
            "Browser.downloadWillBegin" => {
                let name = text("suggestedFilename").or(text("url"));
                let detail = name.and_then(shortened);
                count(&mut lock(&self.state).downloads, self.begun, detail);
            }
            "Target.targetCrashed" if text("targetId") == Some(&self.target) => {
                let code = params.get("errorCode").and_then(Value::as_i64);
                let status = text("status").unwrap_or("crashed");
                lock(&self.state).crash = Some(match code {
                    Some(code) => format!("the page's process ended: {status} ({code})"),
                    None => format!("the page's process ended: {status}"),
                });
            }
            "Target.targetCreated" => {
                let target = params.get("targetInfo");
                let of = |key: &str| target.and_then(|t| t.get(key)).and_then(Value::as_str);
                let is_window = of("type") == Some("page")
                    && of("browserContextId") == Some(&self.context)
                    && of("targetId") != Some(&self.target);
                if is_window {
                    let close = json!({"targetId": of("targetId")});
                    let _ = self.connection.call("Target.closeTarget", close).await;
                }
            }
            _ => {}
        }
    }
}

/// Ends what runs in the page. A script in a loop of dialogs looks for it only now and then, between some hundreds.
async fn end(session: Session, begun: Instant, state: Arc<Mutex<State>>) {
    let ended = session.call("Runtime.terminateExecution", json!({}));
    if ended.await.is_ok() {
        count(&mut lock(&state).ended, begun, None);
    }
}
