//! How a body is had while its response is held; whatever comes of it, the response is let go.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::RecorderOptions;
use super::paused::{Paused, Way};
use crate::browser::Error as Unheard;
use crate::browser::cdp::{Connection, Session};
use crate::warc::{Body, Error, Truncated};

/// KiB of bodies that are in memory at once, from the pipe until they are written.
const ROOM: usize = 16 << 10;

/// For a page that is busy to say that a body can be heard.
const BUSY: Duration = Duration::from_secs(2);

/// For a document to be on its way to its page.
const COMMITTED: Duration = Duration::from_secs(10);

/// What came of it, for the exchange of this number.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) number: u64,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Here(Body, Option<Truncated>, Option<OwnedSemaphorePermit>),
    /// It is heard from here on; so much had come before.
    Heard(Vec<u8>),
    /// It was too quick to be heard; this is what the browser made of it.
    Text(Vec<u8>),
}

/// What the tasks share.
#[derive(Debug)]
pub(super) struct Bodies {
    connection: Connection,
    pub(super) options: RecorderOptions,
    room: Arc<Semaphore>,
    /// Bytes of all bodies so far.
    taken: AtomicU64,
    told: mpsc::UnboundedSender<Told>,
}

impl Bodies {
    pub(super) fn new(
        connection: Connection,
        options: RecorderOptions,
        told: mpsc::UnboundedSender<Told>,
    ) -> Self {
        Self {
            connection,
            options,
            room: Arc::new(Semaphore::new(ROOM)),
            taken: AtomicU64::new(0),
            told,
        }
    }

    /// An empty one that may grow large.
    pub(super) fn empty(&self) -> Body {
        let folder = self.options.folder.as_deref();
        folder.map_or_else(Body::default, Body::kept_in)
    }

    /// Adds to a body within the limits; says when they are reached.
    pub(super) fn push(&self, body: &mut Body, bytes: &[u8]) -> Result<(), Truncated> {
        let left = self.options.body_bytes.saturating_sub(body.length());
        let all = self.options.total_bytes;
        let left = left.min(all.saturating_sub(self.taken.load(Ordering::Relaxed)));
        let fits = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let taken = bytes.get(..fits).unwrap_or_default();
        self.taken.fetch_add(fits as u64, Ordering::Relaxed);
        match body.push(taken) {
            Ok(()) if fits == bytes.len() => Ok(()),
            Ok(()) => Err(Truncated::Length),
            Err(Error::Spool(_) | Error::Write(_)) => Err(Truncated::Unspecified),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.taken.load(Ordering::Relaxed) >= self.options.total_bytes
    }

    /// Lets a response go to the page as it is.
    pub(super) async fn let_go(&self, session: &Session, request: &str) {
        let params = json!({"requestId": request});
        // Where the page, the frame or the request is gone, nothing is held any more.
        let _ = session.call("Fetch.continueResponse", params).await;
    }

    /// Gets the body of a response that is held, and lets it go.
    pub(super) async fn fetch(self: Arc<Self>, number: u64, session: Session, paused: Paused) {
        let limit = self.options.body_bytes;
        let way = match paused.way(limit) {
            Way::None => Way::None,
            _ if self.is_full() => Way::TooLong,
            way => way,
        };
        let what = match way {
            Way::None => {
                // A redirect's body the browser gives to nobody.
                let lost = paused.is_redirect() && paused.length().is_some_and(|n| n > 0);
                let cut = lost.then_some(Truncated::Unspecified);
                self.tell(number, What::Here(self.empty(), cut, None));
                return self.let_go(&session, &paused.request_id).await;
            }
            Way::TooLong => {
                let cut = Some(Truncated::Length);
                self.tell(number, What::Here(self.empty(), cut, None));
                return self.let_go(&session, &paused.request_id).await;
            }
            Way::Whole { length } => match self.room(length).await {
                Some(room) => self.whole(&session, &paused, Some(room)).await,
                None => self.hear(&session, &paused, true).await,
            },
            Way::Heard { finite } => self.hear(&session, &paused, finite).await,
            Way::Document if self.is_page(&paused.frame_id).await => {
                self.let_go(&session, &paused.request_id).await;
                let what = self.document(&session, &paused).await;
                return self.tell(number, what);
            }
            Way::Document => self.whole(&session, &paused, None).await,
        };
        self.tell(number, what);
        self.let_go(&session, &paused.request_id).await;
    }

    fn tell(&self, number: u64, what: What) {
        // After the end nobody listens.
        let _ = self.told.send(Told { number, what });
    }

    async fn room(&self, length: u64) -> Option<OwnedSemaphorePermit> {
        let room = u32::try_from(length >> 10)
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        let waiting = Arc::clone(&self.room).acquire_many_owned(room);
        tokio::time::timeout(BUSY, waiting).await.ok()?.ok()
    }

    /// True for the frame that is the page's own: a page's target has the id of its main frame.
    async fn is_page(&self, frame: &str) -> bool {
        let targets = self.connection.call("Target.getTargets", json!({})).await;
        let targets = targets.unwrap_or_default();
        let mut infos = targets["targetInfos"].as_array().into_iter().flatten();
        infos.any(|t| t["targetId"] == frame && t["type"] == "page")
    }

    async fn whole(
        &self,
        session: &Session,
        paused: &Paused,
        room: Option<OwnedSemaphorePermit>,
    ) -> What {
        let params = json!({"requestId": paused.request_id});
        let patience = self.options.patience;
        let answer = session
            .call_within("Fetch.getResponseBody", params, patience)
            .await;
        let mut body = self.empty();
        let cut = match answer {
            Ok(answer) => self.push(&mut body, &content(answer)).err(),
            Err(Unheard::TimedOut { .. }) => Some(Truncated::Time),
            Err(Unheard::TooLarge { .. }) => Some(Truncated::Length),
            Err(_) => Some(Truncated::Disconnect),
        };
        What::Here(body, cut, room)
    }

    /// Asks the page's process for what comes to it. One that is busy or, as for what a worker asked, knows nothing
    /// of the request, is passed by.
    async fn hear(&self, session: &Session, paused: &Paused, finite: bool) -> What {
        match self.listen(session, paused, BUSY).await {
            Ok(before) => What::Heard(before),
            Err(_) if finite => self.whole(session, paused, None).await,
            Err(_) => What::Here(self.empty(), Some(Truncated::Unspecified), None),
        }
    }

    async fn listen(
        &self,
        session: &Session,
        paused: &Paused,
        time: Duration,
    ) -> Result<Vec<u8>, Unheard> {
        let params = json!({"requestId": paused.network_id});
        let answer = session
            .call_within("Network.streamResourceContent", params, time)
            .await?;
        let before = answer["bufferedData"].as_str().unwrap_or_default();
        Ok(STANDARD.decode(before).unwrap_or_default())
    }

    /// Both are asked at once: a page that leads on at its first sight takes its document with it.
    async fn document(&self, session: &Session, paused: &Paused) -> What {
        let params = json!({"requestId": paused.network_id});
        let mut heard = pin!(self.listen(session, paused, COMMITTED));
        let mut whole = pin!(session.call_within("Network.getResponseBody", params, COMMITTED));
        let mut had = None;
        let error = loop {
            tokio::select! {
                biased;
                heard = &mut heard => match heard {
                    Ok(before) => return What::Heard(before),
                    Err(error) => break error,
                },
                answer = &mut whole, if had.is_none() => had = Some(answer),
            }
        };
        let had = match had {
            Some(had) => had,
            None => whole.await,
        };
        match (had, error) {
            (Ok(answer), _) => What::Text(content(answer)),
            (_, Unheard::TimedOut { .. }) => What::Here(self.empty(), Some(Truncated::Time), None),
            _ => What::Here(self.empty(), Some(Truncated::Unspecified), None),
        }
    }
}

/// Bytes as the protocol carries them: as text, or in base64 where it says so.
fn content(mut answer: Value) -> Vec<u8> {
    let coded = answer["base64Encoded"].as_bool().unwrap_or_default();
    let Some(Value::String(text)) = answer.get_mut("body").map(Value::take) else {
        return Vec::new();
    };
    match coded {
        true => STANDARD.decode(text).unwrap_or_default(),
        false => text.into_bytes(),
    }
}
