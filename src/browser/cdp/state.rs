//! What is under way on one connection: calls that wait, readers of events, sessions and what became of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::Error;
use super::body::{Body, Spooled};
use super::events::{self, End, Event, Events, Subscription};
use super::message::{self, Message};

type Answer = oneshot::Sender<Result<Reply, Error>>;

/// An answer in the way it was wanted.
#[derive(Debug)]
pub(super) enum Reply {
    /// A large one has a place, and the next large one is read when that is given back.
    Value(Value, Option<OwnedSemaphorePermit>),
    /// With its bytes.
    Body(Body, usize),
}

/// How an answer is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    Value,
    /// As it came; in a file where it is large and so many bytes may go there.
    Body {
        spool: Option<usize>,
    },
}

#[derive(Debug)]
struct Waiting {
    session: Option<String>,
    method: String,
    wanted: Wanted,
    answer: Answer,
}

#[derive(Debug, Default)]
pub(super) struct State {
    last_id: u64,
    waiting: HashMap<u64, Waiting>,
    subscriptions: Vec<Subscription>,
    /// The target of each session.
    targets: HashMap<String, String>,
    /// Sessions whose page crashed and that the browser still lists.
    crashed: HashSet<String>,
    gone: bool,
}

impl State {
    pub(super) fn is_gone(&self) -> bool {
        self.gone
    }

    /// Notes a call and gives its id; fails at once where no answer can come.
    pub(super) fn expect(
        &mut self,
        session: Option<&str>,
        method: &str,
        wanted: Wanted,
        answer: Answer,
    ) -> Result<u64, Error> {
        let method = method.to_owned();
        if self.gone {
            return Err(Error::Gone { method });
        }
        if session.is_some_and(|s| self.crashed.contains(s)) {
            return Err(Error::Crashed { method });
        }
        self.last_id += 1;
        let waiting = Waiting {
            session: session.map(str::to_owned),
            method,
            wanted,
            answer,
        };
        self.waiting.insert(self.last_id, waiting);
        Ok(self.last_id)
    }

    pub(super) fn forget(&mut self, id: u64) {
        self.waiting.remove(&id);
    }

    pub(super) fn subscribe(
        &mut self,
        session: Option<&str>,
        methods: &[&str],
        limit: usize,
    ) -> Events {
        let (subscription, events) = events::subscription(session, methods, limit);
        if self.gone {
            subscription.end(End::Gone);
        } else if session.is_some_and(|s| self.crashed.contains(s)) {
            subscription.end(End::Crashed);
        } else {
            self.subscriptions.retain(Subscription::is_read);
            self.subscriptions.push(subscription);
        }
        events
    }

    pub(super) fn receive(
        &mut self,
        message: Message,
        bytes: usize,
        place: Option<OwnedSemaphorePermit>,
    ) {
        if let Some(id) = message.id {
            let Some(waiting) = self.waiting.remove(&id) else {
                return; // given up meanwhile
            };
            let result = match (message.error, waiting.wanted) {
                (Some(refusal), _) => Err(refusal.of(waiting.method)),
                (None, Wanted::Value) => Ok(Reply::Value(message.result, place)),
                // Its id did not stand first.
                (None, Wanted::Body { .. }) => {
                    let held = json!({"result": message.result}).to_string().into_bytes();
                    Ok(Reply::Body(Body::Held(held), bytes))
                }
            };
            let _ = waiting.answer.send(result);
            return;
        }
        let Some(method) = message.method else { return };
        let event = Arc::new(Event {
            method,
            params: message.params,
            session: message.session,
        });
        self.subscriptions
            .retain(|s| !s.wants(&event) || s.hand(&event, bytes));
        self.follow(&event);
    }

    /// The call whose answer this is, where it is wanted as it comes.
    pub(super) fn wants(&self, head: &[u8]) -> Option<u64> {
        let id = message::id_at_head(head)?;
        let waiting = self.waiting.get(&id)?;
        matches!(waiting.wanted, Wanted::Body { .. }).then_some(id)
    }

    /// How much of the message that begins so may go to a file.
    pub(super) fn spools(&self, head: &[u8]) -> Option<usize> {
        let waiting = self.waiting.get(&message::id_at_head(head)?)?;
        match waiting.wanted {
            Wanted::Body { spool } => spool,
            Wanted::Value => None,
        }
    }

    pub(super) fn receive_held(&mut self, id: u64, message: Vec<u8>) {
        if let Some(Waiting { answer, .. }) = self.waiting.remove(&id) {
            let bytes = message.len();
            let _ = answer.send(Ok(Reply::Body(Body::Held(message), bytes)));
        }
    }

    pub(super) fn receive_spooled(&mut self, head: &[u8], spooled: Spooled) {
        let waiting = message::id_at_head(head).and_then(|id| self.waiting.remove(&id));
        let Some(Waiting { method, answer, .. }) = waiting else {
            return; // given up meanwhile
        };
        let _ = answer.send(match spooled {
            Spooled::Whole(file, bytes) => Ok(Reply::Body(Body::Spooled(file), bytes)),
            Spooled::Cut(limit) => Err(Error::TooLarge { method, limit }),
            Spooled::Failed(source) => Err(Error::Write {
                path: std::env::temp_dir(),
                source,
            }),
        });
    }

    /// An answer that is no JSON as we can read it fails its call; an event is told to all readers as lost.
    pub(super) fn receive_broken(&mut self, bytes: &[u8], source: serde_json::Error) {
        let waiting = message::id_at_head(bytes).and_then(|id| self.waiting.remove(&id));
        match waiting {
            Some(Waiting { method, answer, .. }) => {
                let _ = answer.send(Err(Error::Malformed { method, source }));
            }
            None => self.lose(),
        }
    }

    pub(super) fn receive_cut(&mut self, head: &[u8], limit: usize) {
        match message::id_at_head(head) {
            Some(id) => {
                if let Some(Waiting { method, answer, .. }) = self.waiting.remove(&id) {
                    let _ = answer.send(Err(Error::TooLarge { method, limit }));
                }
            }
            None => self.lose(),
        }
    }

    fn lose(&mut self) {
        for subscription in self.subscriptions.drain(..) {
            subscription.end(End::Lost);
        }
    }

    /// The pipe has ended: nothing more comes.
    pub(super) fn end(&mut self) {
        self.gone = true;
        for (_, Waiting { method, answer, .. }) in self.waiting.drain() {
            let _ = answer.send(Err(Error::Gone { method }));
        }
        for subscription in self.subscriptions.drain(..) {
            subscription.end(End::Gone);
        }
    }

    /// Sessions come, crash and go.
    fn follow(&mut self, event: &Event) {
        let text = |key: &str| event.params.get(key).and_then(Value::as_str);
        match event.method.as_str() {
            "Target.attachedToTarget" => {
                let target = event.params.pointer("/targetInfo/targetId");
                if let (Some(session), Some(target)) =
                    (text("sessionId"), target.and_then(Value::as_str))
                {
                    self.targets.insert(session.to_owned(), target.to_owned());
                }
            }
            "Target.detachedFromTarget" => {
                if let Some(session) = text("sessionId") {
                    self.targets.remove(session);
                    self.crashed.remove(session);
                    self.close(session, End::Detached);
                }
            }
            "Inspector.targetCrashed" => {
                if let Some(session) = &event.session {
                    self.crashed.insert(session.clone());
                    self.close(session, End::Crashed);
                }
            }
            "Target.targetCrashed" => {
                let target = text("targetId");
                let hit: Vec<String> = self
                    .targets
                    .iter()
                    .filter(|(_, t)| Some(t.as_str()) == target)
                    .map(|(session, _)| session.clone())
                    .collect();
                for session in hit {
                    self.close(&session, End::Crashed);
                    self.crashed.insert(session);
                }
            }
            // A crashed page that is loaded anew lives again under its session.
            "Inspector.targetReloadedAfterCrash" => {
                if let Some(session) = &event.session {
                    self.crashed.remove(session);
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, session: &str, end: End) {
        let hit = |w: &Waiting| w.session.as_deref() == Some(session);
        for (_, Waiting { method, answer, .. }) in self.waiting.extract_if(|_, w| hit(w)) {
            let error = match end {
                End::Crashed => Error::Crashed { method },
                _ => Error::Detached { method },
            };
            let _ = answer.send(Err(error));
        }
        self.subscriptions.retain(|s| {
            if s.is_of(session) {
                s.end(end);
            }
            !s.is_of(session)
        });
    }
}

#[cfg(test)]
impl State {
    pub(super) fn knows(&self, session: &str) -> bool {
        self.targets.contains_key(session)
            || self.crashed.contains(session)
            || self.subscriptions.iter().any(|s| s.is_of(session))
    }

    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }
}
