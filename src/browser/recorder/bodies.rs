//! How a body is had while its response is held; whatever comes of it, the response is let go.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::RecorderOptions;
use super::paused::{Asked, Paused, Way};
use super::room::{Held, Room};
use crate::browser::Error as Unheard;
use crate::browser::cdp::{Connection, Session};
use crate::warc::{Body, Error, Truncated};

/// What a body is taken for that is asked for whole and whose length nobody knows.
const UNKNOWN: u64 = 4 << 20;

/// How much larger than it was sent a coded body is taken for.
const CODED: u64 = 16;

/// Characters of base64 that are decoded at a time; of whole groups of four.
const PIECE: usize = 64 << 10;

/// What came of it, for the exchange of this number.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) number: u64,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Here(Held, Option<Truncated>),
    /// It is heard from here on; so much had come before.
    Heard(Held),
    /// It was too quick to be heard; this is what the browser made of it.
    Text(Held, Option<Truncated>),
}

/// What the tasks share.
#[derive(Debug)]
pub(super) struct Bodies {
    connection: Connection,
    pub(super) options: RecorderOptions,
    pub(super) room: Room,
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
            room: Room::new(options.folder.clone()),
            options,
            taken: AtomicU64::new(0),
            told,
        }
    }

    /// What a request posts, kept as bodies are, and whether that is all of it.
    pub(super) fn posted(&self, asked: &mut Asked) -> (Option<Held>, bool) {
        let (bytes, is_whole) = asked.take_posted();
        // Of those with a login it is left out in any case.
        if bytes.is_empty() || self.options.login.is_some() {
            return (None, is_whole && bytes.is_empty());
        }
        let kept = self.room.now().and_then(|mut held| {
            held.body.push(&bytes).ok()?;
            held.settle();
            Some(held)
        });
        let is_whole = is_whole && kept.is_some();
        (kept, is_whole)
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

    /// Adds all of a body whose bytes were counted when they came.
    pub(super) fn join(&self, to: &mut Body, mut from: Held) -> Result<(), Truncated> {
        self.taken.fetch_sub(from.body.length(), Ordering::Relaxed);
        let mut joined = Ok(());
        let read = from.body.read(|piece| {
            if joined.is_ok() {
                joined = self.push(to, piece);
            }
            Ok(())
        });
        joined.and(read.map_err(|_| Truncated::Unspecified))
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
            // A redirect's body the browser gives to nobody.
            Way::None if paused.is_redirect() && paused.length().is_some_and(|n| n > 0) => {
                nothing(Truncated::Unspecified)
            }
            Way::None => What::Here(Held::empty(), None),
            Way::TooLong => nothing(Truncated::Length),
            Way::Whole { .. } => match self.whole(&session, &paused).await {
                Some(what) => what,
                None => self.hear(&session, &paused, true).await,
            },
            Way::Heard { finite } => self.hear(&session, &paused, finite).await,
            Way::Document if self.is_page(&paused.frame_id).await => {
                // What it may have to be asked for has its room before the page goes on.
                let _room = self.room.answer(UNKNOWN).await;
                self.let_go(&session, &paused.request_id).await;
                let what = self.document(&session, &paused).await;
                return self.tell(number, what);
            }
            Way::Document => self.whole_or_nothing(&session, &paused).await,
        };
        self.tell(number, what);
        self.let_go(&session, &paused.request_id).await;
    }

    fn tell(&self, number: u64, what: What) {
        // After the end nobody listens.
        let _ = self.told.send(Told { number, what });
    }

    /// True for the frame that is the page's own: a page's target has the id of its main frame.
    async fn is_page(&self, frame: &str) -> bool {
        let targets = self.connection.call("Target.getTargets", json!({})).await;
        let targets = targets.unwrap_or_default();
        let mut infos = targets["targetInfos"].as_array().into_iter().flatten();
        infos.any(|t| t["targetId"] == frame && t["type"] == "page")
    }

    /// Asks for it, the response being held. `None` where there is no room for it now.
    async fn whole(&self, session: &Session, paused: &Paused) -> Option<What> {
        let coded = if paused.is_coded() { CODED } else { 1 };
        let length = paused.length().map(|n| n.saturating_mul(coded));
        let _room = self.room.answer(length.unwrap_or(UNKNOWN)).await?;
        let params = json!({"requestId": paused.request_id});
        let patience = self.options.patience;
        let answer = session
            .call_for_much("Fetch.getResponseBody", params, patience)
            .await;
        Some(match answer {
            Ok((answer, _place)) => match self.kept(answer).await {
                Some((held, cut)) => What::Here(held, cut),
                None => nothing(Truncated::Unspecified),
            },
            Err(Unheard::TimedOut { .. }) => nothing(Truncated::Time),
            Err(Unheard::TooLarge { .. }) => nothing(Truncated::Length),
            Err(_) => nothing(Truncated::Disconnect),
        })
    }

    async fn whole_or_nothing(&self, session: &Session, paused: &Paused) -> What {
        let whole = self.whole(session, paused).await;
        whole.unwrap_or_else(|| nothing(Truncated::Unspecified))
    }

    /// Bytes as the protocol carries them: as text, or in base64 where it says so. They are in memory once only.
    async fn kept(&self, mut answer: Value) -> Option<(Held, Option<Truncated>)> {
        let mut held = self.room.soon().await?;
        let coded = answer["base64Encoded"].as_bool().unwrap_or_default();
        let Some(Value::String(text)) = answer.get_mut("body").map(Value::take) else {
            return Some((held, None));
        };
        let mut pushed = Ok(());
        for piece in text.as_bytes().chunks(PIECE) {
            pushed = match coded {
                true => {
                    let bytes = STANDARD.decode(piece).unwrap_or_default();
                    self.push(&mut held.body, &bytes)
                }
                false => self.push(&mut held.body, piece),
            };
            if pushed.is_err() {
                break;
            }
        }
        held.settle();
        Some((held, pushed.err()))
    }

    /// Asks the page's process for what comes to it. One that is busy or, as for what a worker asked, knows nothing
    /// of the request, is passed by.
    async fn hear(&self, session: &Session, paused: &Paused, finite: bool) -> What {
        let busy = self.options.patience / 10;
        match self.listen(session, paused, busy).await {
            Ok(heard) => heard,
            Err(_) if finite => self.whole_or_nothing(session, paused).await,
            Err(_) => nothing(Truncated::Unspecified),
        }
    }

    async fn listen(
        &self,
        session: &Session,
        paused: &Paused,
        time: Duration,
    ) -> Result<What, Unheard> {
        let Some(mut held) = self.room.soon().await else {
            return Ok(nothing(Truncated::Unspecified));
        };
        let params = json!({"requestId": paused.network_id});
        let answer = session
            .call_within("Network.streamResourceContent", params, time)
            .await?;
        let before = answer["bufferedData"].as_str().unwrap_or_default();
        let before = STANDARD.decode(before).unwrap_or_default();
        Ok(match self.push(&mut held.body, &before) {
            Ok(()) => What::Heard(held),
            Err(cut) => What::Here(held, Some(cut)),
        })
    }

    /// Both are asked at once: a page that leads on at its first sight takes its document with it.
    async fn document(&self, session: &Session, paused: &Paused) -> What {
        let params = json!({"requestId": paused.network_id});
        let committed = self.options.patience / 2;
        let mut heard = pin!(self.listen(session, paused, committed));
        let mut whole = pin!(session.call_within("Network.getResponseBody", params, committed));
        let mut had = None;
        let error = loop {
            tokio::select! {
                biased;
                heard = &mut heard => match heard {
                    Ok(heard) => return heard,
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
            (Ok(answer), _) => match self.kept(answer).await {
                Some((held, cut)) => What::Text(held, cut),
                None => nothing(Truncated::Unspecified),
            },
            (_, Unheard::TimedOut { .. }) => nothing(Truncated::Time),
            _ => nothing(Truncated::Unspecified),
        }
    }
}

fn nothing(why: Truncated) -> What {
    What::Here(Held::empty(), Some(why))
}
