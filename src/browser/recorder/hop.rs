//! One answer on its way: a request, or one of those it was redirected to.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::bodies::{Bodies, What};
use super::exchange::{Answer, Exchange, Request};
use super::paused::{Paused, is_redirect};
use super::room::Held;
use crate::browser::proxy::Reached;
use crate::warc::{self, Truncated};

#[derive(Debug)]
pub(super) struct Hop {
    at: DateTime<Utc>,
    pub(super) request: Request,
    answer: Answer,
    pub(super) come: Come,
    /// The browser told of the answer, and with it of the server.
    is_answered: bool,
    /// No more comes.
    pub(super) is_ended: bool,
    has_cookies: bool,
    is_redirect: bool,
    /// Bytes of the body that reached the page.
    passed: u64,
    /// Bytes that the body must have, where the server said.
    announced: Option<u64>,
}

/// What there is of the body.
#[derive(Debug)]
pub(super) enum Come {
    /// It is not told yet how it comes; this came before, unless some of it was lost.
    Waiting(Result<Option<Box<Held>>, Truncated>),
    Heard,
    /// In UTF-8, whatever the document's own coding.
    Text,
    Here,
}

impl Hop {
    pub(super) fn new(paused: &Paused, request: Request, at: DateTime<Utc>) -> Self {
        let answer = Answer {
            status: paused.response_status_code.unwrap_or_default(),
            reason: paused.response_status_text.clone(),
            fields: paused.response_headers.clone(),
            cookies: 0,
            address: None,
            protocol: None,
            body: Held::empty(),
            truncated: None,
            transcoded: false,
        };
        Self {
            at,
            request,
            answer,
            come: Come::Waiting(Ok(None)),
            is_answered: false,
            is_ended: false,
            has_cookies: false,
            is_redirect: paused.is_redirect(),
            passed: 0,
            announced: paused.announced(),
        }
    }

    pub(super) fn status(&self) -> u16 {
        self.answer.status
    }

    pub(super) fn is_of(&self, paused: &Paused) -> bool {
        self.request.asked.url == paused.request.url
            && Some(self.status()) == paused.response_status_code
            && !is_redirect(self.status())
    }

    pub(super) fn is_open_redirect(&self) -> bool {
        self.is_redirect && !self.is_answered
    }

    /// False when they were set before.
    pub(super) fn set_cookies(&mut self, lines: Option<u64>) -> bool {
        let Some(lines) = lines.filter(|_| !self.has_cookies) else {
            return false;
        };
        self.has_cookies = true;
        self.answer.cookies = lines;
        true
    }

    /// The browser's account of the answer (`Network.Response`). What it takes for the server is the proxy, which
    /// knows better.
    pub(super) fn answered(&mut self, response: &Value, reached: Option<&Reached>) {
        self.is_answered = true;
        let text = |key: &str| response[key].as_str();
        let is = |key: &str| response[key] == true;
        let address = text("remoteIPAddress").map(|a| a.trim_matches(['[', ']']));
        let address: Option<IpAddr> = address.and_then(|a| a.parse().ok());
        let port = response["remotePort"].as_u64();
        let by_proxy = reached.filter(|r| {
            let proxy = r.proxy();
            Some(proxy.ip()) == address && Some(u64::from(proxy.port())) == port
        });
        let from_here = is("fromDiskCache") || is("fromServiceWorker") || is("fromPrefetchCache");
        self.answer.address = match by_proxy {
            Some(reached) => reached.server_of(&self.request.asked.url),
            None => address,
        }
        .filter(|_| !from_here);
        let protocol = text("protocol").filter(|p| !p.is_empty());
        self.answer.protocol = protocol.map(str::to_owned);
    }

    /// A piece reached the page (`Network.dataReceived`).
    pub(super) fn data(&mut self, params: &Value, bodies: &Bodies) {
        self.passed += params["dataLength"].as_u64().unwrap_or_default();
        let Some(piece) = params["data"]
            .as_str()
            .and_then(|d| STANDARD.decode(d).ok())
        else {
            return;
        };
        match &mut self.come {
            Come::Waiting(Ok(early)) => {
                let held = early.take().or_else(|| bodies.room.now().map(Box::new));
                let held = held.ok_or(Truncated::Unspecified);
                self.come = Come::Waiting(held.and_then(|mut held| {
                    bodies.push(&mut held.body, &piece)?;
                    Ok(Some(held))
                }));
            }
            Come::Heard => {
                if let Err(cut) = bodies.push(&mut self.answer.body.body, &piece) {
                    self.cut(cut);
                }
            }
            Come::Waiting(Err(_)) | Come::Text | Come::Here => {}
        }
    }

    fn cut(&mut self, why: Truncated) {
        self.answer.truncated = Some(why);
        self.come = Come::Here;
    }

    pub(super) fn tell(&mut self, what: What, bodies: &Bodies) {
        let Come::Waiting(early) = std::mem::replace(&mut self.come, Come::Here) else {
            return;
        };
        match what {
            What::Here(body, cut) => {
                self.answer.body = body;
                self.answer.truncated = cut;
            }
            What::Heard(before) => {
                self.come = Come::Heard;
                self.answer.body = before;
                let body = &mut self.answer.body.body;
                let joined =
                    early.and_then(|early| early.map_or(Ok(()), |early| bodies.join(body, *early)));
                if let Err(cut) = joined {
                    self.cut(cut);
                }
            }
            What::Text(text, cut) => {
                self.come = Come::Text;
                self.answer.body = text;
                self.answer.truncated = cut;
            }
        }
    }

    /// Nothing more comes to the page.
    pub(super) fn ended(&mut self, failed: bool) {
        self.is_ended = true;
        // A page ends some of what it has whole, too.
        let is_all = self.announced == Some(self.answer.body.body.length());
        if failed && !is_all && matches!(self.come, Come::Heard) {
            self.answer.truncated.get_or_insert(Truncated::Disconnect);
        }
    }

    /// True when there is nothing to wait for.
    pub(super) fn is_whole(&self) -> bool {
        match self.come {
            Come::Waiting(_) => false,
            Come::Heard | Come::Text => self.is_ended,
            Come::Here => self.is_answered || self.is_ended,
        }
    }

    /// What there is of it, and why not more.
    pub(super) fn end(self) -> Exchange {
        let mut answer = self.answer;
        match self.come {
            Come::Waiting(_) => answer.truncated = Some(Truncated::Time),
            Come::Heard if !self.is_ended => {
                answer.truncated.get_or_insert(Truncated::Time);
            }
            Come::Text => {
                match as_sent(
                    std::mem::replace(&mut answer.body, Held::empty()),
                    self.passed,
                ) {
                    Ok(body) => answer.body = body,
                    Err(_) => answer.truncated = Some(Truncated::Unspecified),
                }
                answer.transcoded = answer.body.body.length() != self.passed;
            }
            Come::Heard | Come::Here => {}
        }
        answer.body.settle();
        let is_short = self
            .announced
            .is_some_and(|all| answer.body.body.length() < all);
        if is_short && !self.is_redirect && !matches!(answer.status, 100..=199 | 204 | 205) {
            answer.truncated.get_or_insert(Truncated::Disconnect);
        }
        Exchange {
            at: self.at,
            request: self.request,
            answer: Ok(answer),
        }
    }
}

/// The browser leaves out the mark that a text in UTF-8 may begin with; it is put back where the length says so.
fn as_sent(text: Held, length: u64) -> Result<Held, warc::Error> {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    match text.body.length().saturating_add(MARK.len() as u64) == length {
        true => text.after(MARK),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::recorder::room::Room;

    #[test]
    fn the_mark_before_a_text_is_put_back_where_the_length_says_so() {
        let room = Room::new(None);
        // In another coding it was shorter.
        for (length, kept) in [(5, "räka"), (8, "\u{feff}räka"), (4, "räka")] {
            let mut text = room.now().unwrap();
            text.body.push("räka".as_bytes()).unwrap();
            let kept_digest = warc::Body::whole(kept.as_bytes()).unwrap().digest();
            assert_eq!(as_sent(text, length).unwrap().body.digest(), kept_digest);
        }
    }
}
