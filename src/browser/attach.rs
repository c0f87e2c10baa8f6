//! The sessions of a page: its frames of other sites and its workers, each told what to do before it runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::Error;
use super::cdp::{Connection, Event, Events, Session};

/// A page may open frames without end; so many are spoken to, the others run unobserved by us alone.
const MOST: usize = 500;

/// Commands for each session, in order.
pub type Commands = Vec<(&'static str, Value)>;

/// A frame with a process of its own.
#[derive(Debug, Clone)]
pub struct Frame {
    pub session: Session,
    /// Its id, as the document it stands in knows it.
    pub id: String,
    /// The session of the document it stands in.
    pub parent: String,
}

/// Follows a page until it is dropped.
#[derive(Debug)]
pub struct Attach {
    known: Arc<Mutex<Vec<Known>>>,
    _following: JoinSet<()>,
}

#[derive(Debug)]
struct Known {
    session: Session,
    target: String,
    kind: Kind,
    parent: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Page,
    Frame,
    Worker,
}

fn lock(known: &Mutex<Vec<Known>>) -> MutexGuard<'_, Vec<Known>> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Attach {
    /// Tells the page, and from now on each session it comes to have, to do as `commands` say.
    ///
    /// # Errors
    /// When the page refuses one. Frames and workers know fewer commands; what they refuse is left out.
    pub async fn start(
        connection: &Connection,
        page: &Session,
        commands: Commands,
    ) -> Result<Self, Error> {
        let events = connection.events(&["Target.attachedToTarget", "Target.detachedFromTarget"]);
        for (method, params) in &commands {
            page.call(method, params.clone()).await?;
        }
        let known = Arc::new(Mutex::new(vec![Known {
            session: page.clone(),
            target: String::new(),
            kind: Kind::Page,
            parent: String::new(),
        }]));
        let mut following = JoinSet::new();
        following.spawn(follow(
            connection.clone(),
            events,
            Arc::clone(&known),
            commands,
        ));
        page.call("Target.setAutoAttach", recursive()).await?;
        Ok(Self {
            known,
            _following: following,
        })
    }

    /// The frames that have a session now, in the order they came.
    pub fn frames(&self) -> Vec<Frame> {
        let known = lock(&self.known);
        let frames = known.iter().filter(|k| k.kind == Kind::Frame);
        frames
            .map(|k| Frame {
                session: k.session.clone(),
                id: k.target.clone(),
                parent: k.parent.clone(),
            })
            .collect()
    }
}

/// Frames and workers that come are attached to, and wait until they are told to run.
fn recursive() -> Value {
    json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true})
}

async fn follow(
    connection: Connection,
    mut events: Events,
    known: Arc<Mutex<Vec<Known>>>,
    commands: Commands,
) {
    while let Ok(event) = events.next().await {
        let session = event.params.get("sessionId").and_then(Value::as_str);
        let Some(session) = session else { continue };
        if event.method == "Target.detachedFromTarget" {
            lock(&known).retain(|k| k.session.id() != session);
            continue;
        }
        let session = connection.session(session);
        let Some(new) = child(&known, &event, session.clone()) else {
            continue;
        };
        let kind = new.kind;
        let full = {
            let mut known = lock(&known);
            let full = known.len() >= MOST;
            if !full {
                known.push(new);
            }
            full
        };
        if kind == Kind::Page {
            // A window of its own, which nobody will look at.
            let _ = session.tell("Page.close", json!({})).await;
        } else if !full {
            for (method, params) in &commands {
                let _ = session.tell(method, params.clone()).await;
            }
            let _ = session.tell("Target.setAutoAttach", recursive()).await;
        }
        let _ = session
            .tell("Runtime.runIfWaitingForDebugger", json!({}))
            .await;
    }
}

/// What was attached to, if one of our sessions brought it.
fn child(known: &Mutex<Vec<Known>>, event: &Event, session: Session) -> Option<Known> {
    let parent = event.session.as_deref()?;
    if !lock(known).iter().any(|k| k.session.id() == parent) {
        return None;
    }
    let target = event.params.get("targetInfo")?;
    let text = |key: &str| target.get(key).and_then(Value::as_str);
    let kind = match text("type")? {
        "iframe" => Kind::Frame,
        "page" | "tab" => Kind::Page,
        _ => Kind::Worker,
    };
    Some(Known {
        session,
        target: text("targetId")?.to_owned(),
        kind,
        parent: parent.to_owned(),
    })
}
