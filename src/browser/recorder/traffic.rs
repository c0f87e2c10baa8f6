//! What is on its way: events of the browser put together to exchanges, each handed on when it is whole.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize as _;
use serde_json::{Map, Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::bodies::{Bodies, Told};
use super::exchange::{Exchange, Request};
use super::file::{Item, RECORDING};
use super::hop::{Come, Hop};
use super::paused::{Asked, Paused};
use super::release;
use super::room::Held;
use super::wires::{self, Wires};
use super::{Clock, RecorderOptions};
use crate::browser::Error;
use crate::browser::cdp::{Connection, Event, Events};

pub(super) const DOMAINS: &[&str] = &["Fetch.", "Network."];

/// At the end: for bodies that are nearly here, and once more for those that were let go.
const GRACE: Duration = Duration::from_secs(1);

/// Bytes of a post that are kept until its answer comes, when there is room for more.
const POSTED_UNANSWERED: usize = 16 << 10;

pub(super) struct Traffic {
    connection: Connection,
    events: Events,
    bodies: Arc<Bodies>,
    told: mpsc::UnboundedReceiver<Told>,
    items: mpsc::UnboundedSender<Item>,
    clock: Clock,
    /// By number, so that what is left at the end stands in its order.
    hops: BTreeMap<u64, Hop>,
    last: u64,
    /// The numbers of a request and those it was redirected to, which share its id.
    chains: HashMap<String, Vec<u64>>,
    /// Without an answer yet.
    asked: HashMap<String, Request>,
    wires: Wires,
    sessions: HashSet<String>,
    /// Something was not recorded, and that was said.
    is_lacking: bool,
    gone: bool,
}

impl Traffic {
    pub(super) fn new(
        connection: Connection,
        options: RecorderOptions,
        clock: Clock,
        items: mpsc::UnboundedSender<Item>,
    ) -> Self {
        let (to, told) = mpsc::unbounded_channel();
        Self {
            events: connection.events(DOMAINS),
            bodies: Arc::new(Bodies::new(connection.clone(), options, to)),
            connection,
            told,
            items,
            clock,
            hops: BTreeMap::new(),
            last: 0,
            chains: HashMap::new(),
            asked: HashMap::new(),
            wires: Wires::default(),
            sessions: HashSet::new(),
            is_lacking: false,
            gone: false,
        }
    }

    /// Until the end is asked for, or nobody is left to ask.
    pub(super) async fn record(mut self, mut ends: oneshot::Receiver<()>) {
        loop {
            tokio::select! {
                event = self.events.next(), if !self.gone => self.take(event),
                Some(told) = self.told.recv() => self.tell(told),
                end = &mut ends => {
                    if end.is_ok() {
                        self.end().await;
                    }
                    tokio::spawn(release::all(self.connection, self.events));
                    return;
                }
            }
        }
    }

    fn take(&mut self, event: Result<Arc<Event>, Error>) {
        match event {
            Ok(event) => self.event(&event),
            Err(Error::EventsLost { .. }) => self.resume(),
            Err(_) => self.gone = true,
        }
    }

    /// Events are lost, and with them responses that are held: all are let go, and it begins anew.
    fn resume(&mut self) {
        self.events = self.connection.events(DOMAINS);
        for session in &self.sessions {
            let session = self.connection.session(session);
            tokio::spawn(async move {
                let _ = session.call("Fetch.disable", json!({})).await;
                for (method, params) in super::commands() {
                    let _ = session.call(method, params).await;
                }
            });
        }
        self.is_lacking = false;
        self.lacks();
    }

    fn lacks(&mut self) {
        if std::mem::replace(&mut self.is_lacking, true) {
            return;
        }
        let words = "more traffic than could be recorded; some of it is missing here".to_owned();
        let item = Item::Metadata {
            target: RECORDING.to_owned(),
            at: self.clock.now(),
            fields: vec![("outcome", words)],
        };
        let _ = self.items.send(item);
    }

    fn event(&mut self, event: &Event) {
        let params = &event.params;
        let id = params["requestId"].as_str().unwrap_or_default();
        match event.method.as_str() {
            "Fetch.requestPaused" => self.paused(event),
            "Network.requestWillBeSent" => self.will_be_sent(id, params),
            "Network.requestWillBeSentExtraInfo" => {
                if let Some(fields) = params["headers"].as_object() {
                    self.sent(id, fields);
                }
            }
            "Network.responseReceivedExtraInfo" => {
                let status = params["statusCode"].as_u64().unwrap_or_default();
                let cookies = params["headers"].as_object().map_or(0, wires::cookies);
                self.came(id, u16::try_from(status).unwrap_or_default(), cookies);
            }
            "Network.responseReceived" => {
                let last = self.chain(id).last().copied();
                self.answered(last, &params["response"]);
            }
            "Network.dataReceived" => self.data(id, params),
            "Network.loadingFinished" => self.ended(id, None),
            "Network.loadingFailed" => self.ended(id, Some(params)),
            _ => {}
        }
    }

    fn chain(&self, id: &str) -> &[u64] {
        self.chains.get(id).map_or(&[], Vec::as_slice)
    }

    fn paused(&mut self, event: &Event) {
        let Some(session) = &event.session else {
            return; // of the browser itself, which nobody asked for
        };
        self.sessions.insert(session.clone());
        let session = self.connection.session(session);
        let request = event.params["requestId"].as_str().unwrap_or_default();
        let bodies = Arc::clone(&self.bodies);
        let paused = Paused::deserialize(&event.params).ok();
        let paused = paused.filter(|p| p.is_recorded() && !self.is_known(p));
        let room = paused
            .as_ref()
            .and_then(|p| self.bodies.room.head(p.bytes()));
        if paused.is_some() && room.is_none() {
            self.lacks();
        }
        let Some((mut paused, room)) = paused.zip(room) else {
            let request = request.to_owned();
            tokio::spawn(async move { bodies.let_go(&session, &request).await });
            return;
        };
        self.last += 1;
        let number = self.last;
        // The task needs neither.
        let mut asked = paused.request.clone();
        paused.request = Asked::default();
        let (posted, is_whole) = bodies.posted(&mut asked);
        let request = Request {
            asked,
            sent: None,
            posted,
            is_whole,
            _room: room,
        };
        let mut hop = Hop::new(&paused, request, self.clock.now());
        if let Some(id) = &paused.network_id {
            self.asked.remove(id);
            if paused.field("non-authoritative-reason").is_some() {
                // The browser's own answer; the request never went over the wire.
                hop.request.sent = Some(hop.request.asked.headers.clone());
            } else {
                hop.request.sent = self.wires.sent_first(id);
                hop.set_cookies(self.wires.cookies_of(id, hop.status()));
            }
            self.chains.entry(id.clone()).or_default().push(number);
        } else {
            hop.is_ended = true; // no event of Network will tell of it
        }
        self.hops.insert(number, hop);
        tokio::spawn(bodies.fetch(number, session, paused));
    }

    /// True when another session, too, holds this response.
    fn is_known(&self, paused: &Paused) -> bool {
        let Some(id) = &paused.network_id else {
            return false;
        };
        let last = self.chain(id).last().and_then(|n| self.hops.get(n));
        last.is_some_and(|hop| hop.is_of(paused))
    }

    fn will_be_sent(&mut self, id: &str, params: &Value) {
        let redirect = &params["redirectResponse"];
        if redirect.is_object() {
            let hops = self.chain(id).iter().copied();
            let first = hops
                .filter(|n| self.hops.get(n).is_some_and(Hop::is_open_redirect))
                .min();
            self.answered(first, redirect);
        }
        if !self.chain(id).is_empty() {
            return;
        }
        let asked = Asked::deserialize(&params["request"]).ok();
        let asked = asked.filter(|a| a.url.starts_with("http"));
        let Some(mut asked) = asked else { return };
        let (mut bytes, mut is_whole) = asked.take_posted();
        if bytes.len() > POSTED_UNANSWERED {
            (bytes, is_whole) = (Vec::new(), false);
        }
        let Some(room) = self.bodies.room.asked(asked.bytes() + bytes.len()) else {
            return; // and if no answer comes, that is not told
        };
        let posted = Held::few(&bytes).ok();
        let request = Request {
            asked,
            sent: None,
            posted,
            is_whole,
            _room: room,
        };
        self.asked.insert(id.to_owned(), request);
    }

    fn sent(&mut self, id: &str, fields: &Map<String, Value>) {
        let Some(fields) = wires::bare(fields) else {
            return;
        };
        let open = self.chain(id).to_vec();
        for number in open {
            if let Some(hop) = self.hops.get_mut(&number)
                && hop.request.sent.is_none()
            {
                hop.request.sent = Some(fields);
                return;
            }
        }
        self.wires.keep_sent(id, fields);
    }

    fn came(&mut self, id: &str, status: u16, cookies: u64) {
        let open = self.chain(id).to_vec();
        for number in open {
            if let Some(hop) = self.hops.get_mut(&number)
                && hop.status() == status
                && hop.set_cookies(Some(cookies))
            {
                return;
            }
        }
        self.wires.keep_cookies(id, status, cookies);
    }

    fn answered(&mut self, number: Option<u64>, response: &Value) {
        let Some(number) = number else { return };
        if let Some(hop) = self.hops.get_mut(&number) {
            hop.answered(response, self.bodies.options.proxy.as_ref());
        }
        self.hand_on(number);
    }

    fn data(&mut self, id: &str, params: &Value) {
        let Some(number) = self.chain(id).last().copied() else {
            return;
        };
        if let Some(hop) = self.hops.get_mut(&number) {
            hop.data(params, &self.bodies);
        }
        self.hand_on(number);
    }

    fn tell(&mut self, told: Told) {
        let Told { number, what } = told;
        if let Some(hop) = self.hops.get_mut(&number) {
            hop.tell(what, &self.bodies);
        }
        self.hand_on(number);
    }

    fn ended(&mut self, id: &str, failed: Option<&Value>) {
        match self.chain(id).last().copied() {
            Some(number) => {
                if let Some(hop) = self.hops.get_mut(&number) {
                    hop.ended(failed.is_some());
                }
                // The hops before it are over as well, whether the browser told of them or not.
                for number in self.chains.remove(id).unwrap_or_default() {
                    if let Some(hop) = self.hops.get_mut(&number) {
                        hop.is_ended = true;
                    }
                    self.hand_on(number);
                }
            }
            None => self.failed(id, failed),
        }
        self.wires.remove(id);
        self.asked.remove(id);
    }

    /// No answer came. What the page itself gave up is no failure.
    fn failed(&mut self, id: &str, failed: Option<&Value>) {
        let failed = failed.filter(|f| f["canceled"] != true);
        let (Some(mut request), Some(failed)) = (self.asked.remove(id), failed) else {
            return;
        };
        let words = failed["errorText"].as_str().unwrap_or_default().to_owned();
        request.sent = self.wires.sent_last(id);
        let exchange = Exchange {
            at: self.clock.now(),
            request,
            answer: Err(words),
        };
        let _ = self.items.send(Item::Exchange(Box::new(exchange)));
    }

    fn hand_on(&mut self, number: u64) {
        if self.hops.get(&number).is_some_and(Hop::is_whole) {
            self.write(number);
        }
    }

    fn write(&mut self, number: u64) {
        if let Some(hop) = self.hops.remove(&number) {
            let exchange = hop.end();
            // The file's thread lives as long as this; where it panicked, finish says so.
            let _ = self.items.send(Item::Exchange(Box::new(exchange)));
        }
    }

    async fn end(&mut self) {
        self.wait(GRACE).await;
        let mut going = JoinSet::new();
        for session in self.sessions.drain() {
            let session = self.connection.session(session);
            going.spawn(async move {
                let all = session.call_within("Fetch.disable", json!({}), GRACE);
                let _ = all.await;
            });
        }
        going.join_all().await;
        self.wait(GRACE).await;
        while let Some(number) = self.hops.keys().next().copied() {
            self.write(number);
        }
    }

    /// Until no body that was asked for is awaited and nothing more is told, at most so long.
    async fn wait(&mut self, time: Duration) {
        let until = Instant::now() + time;
        loop {
            let awaits = self
                .hops
                .values()
                .any(|h| matches!(h.come, Come::Waiting(_)));
            tokio::select! {
                biased;
                event = self.events.next(), if !self.gone => self.take(event),
                Some(told) = self.told.recv() => self.tell(told),
                () = tokio::time::sleep_until(until), if awaits => return,
                () = std::future::ready(()), if !awaits => return,
            }
            if Instant::now() > until {
                return;
            }
        }
    }
}
