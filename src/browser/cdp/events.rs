//! Events for one reader, in order, until a named end. None is dropped in silence.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use tokio::sync::mpsc;

use super::Error;

/// What the browser said of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub method: String,
    pub params: Value,
    /// `None` for the browser's own.
    pub session: Option<String>,
}

/// Why no more come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Gone,
    Crashed,
    Detached,
    Lost,
}

#[derive(Debug, Default)]
struct Tally {
    bytes: AtomicUsize,
    end: Mutex<Option<End>>,
}

/// The reader's side.
#[derive(Debug)]
pub struct Events {
    queue: mpsc::UnboundedReceiver<(Arc<Event>, usize)>,
    tally: Arc<Tally>,
    methods: String,
    limit: usize,
}

/// The connection's side.
#[derive(Debug)]
pub(super) struct Subscription {
    queue: mpsc::UnboundedSender<(Arc<Event>, usize)>,
    tally: Arc<Tally>,
    session: Option<String>,
    methods: Vec<String>,
    limit: usize,
}

pub(super) fn subscription(
    session: Option<&str>,
    methods: &[&str],
    limit: usize,
) -> (Subscription, Events) {
    // Its length is bounded by the bytes.
    let (to, from) = mpsc::unbounded_channel();
    let tally = Arc::new(Tally::default());
    let subscription = Subscription {
        queue: to,
        tally: Arc::clone(&tally),
        session: session.map(str::to_owned),
        methods: methods.iter().map(|m| (*m).to_owned()).collect(),
        limit,
    };
    let events = Events {
        queue: from,
        tally,
        methods: methods.join(", "),
        limit,
    };
    (subscription, events)
}

impl Events {
    /// The next event, at once if one waits.
    ///
    /// # Errors
    /// When no more come: [`Error::Crashed`], [`Error::Detached`], [`Error::Gone`], or [`Error::EventsLost`]
    /// when the reader was too slow. Those that came before are handed out first.
    pub async fn next(&mut self) -> Result<Arc<Event>, Error> {
        if let Some((event, bytes)) = self.queue.recv().await {
            self.tally.bytes.fetch_sub(bytes, Ordering::Relaxed);
            return Ok(event);
        }
        let end = *self
            .tally
            .end
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let method = self.methods.clone();
        Err(match end {
            Some(End::Crashed) => Error::Crashed { method },
            Some(End::Detached) => Error::Detached { method },
            Some(End::Lost) => Error::EventsLost { limit: self.limit },
            Some(End::Gone) | None => Error::Gone { method },
        })
    }
}

impl Subscription {
    pub(super) fn is_of(&self, session: &str) -> bool {
        self.session.as_deref() == Some(session)
    }

    pub(super) fn wants(&self, event: &Event) -> bool {
        let of_session = self.session.is_none() || self.session == event.session;
        of_session
            && self
                .methods
                .iter()
                .any(|wanted| match wanted.ends_with('.') {
                    true => event.method.starts_with(wanted),
                    false => event.method == *wanted,
                })
    }

    /// False when the subscription is at its end: nobody reads, or too slowly.
    pub(super) fn hand(&self, event: &Arc<Event>, bytes: usize) -> bool {
        let before = self.tally.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.limit {
            self.end(End::Lost);
            return false;
        }
        self.queue.send((Arc::clone(event), bytes)).is_ok()
    }

    pub(super) fn is_read(&self) -> bool {
        !self.queue.is_closed()
    }

    /// To be said before the subscription is dropped.
    pub(super) fn end(&self, end: End) {
        let mut said = self
            .tally
            .end
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        said.get_or_insert(end);
    }
}
