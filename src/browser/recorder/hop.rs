//! One answer on its way: a request, or one of those it was redirected to.

use std::net::{IpAddr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::bodies::{Bodies, What};
use super::exchange::{Answer, Exchange};
use super::paused::{Asked, Paused, is_redirect};
use crate::warc::{Body, Truncated};

#[derive(Debug)]
pub(super) struct Hop {
    at: DateTime<Utc>,
    asked: Asked,
    /// The request's fields as they went out.
    pub(super) sent: Option<Map<String, Value>>,
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
    /// It is not told yet how it comes; these pieces came before.
    Waiting(Vec<Vec<u8>>),
    Heard,
    /// In UTF-8, whatever the document's own coding.
    Text(Vec<u8>),
    Here,
}

impl Hop {
    pub(super) fn new(paused: &Paused, at: DateTime<Utc>) -> Self {
        let answer = Answer {
            status: paused.response_status_code.unwrap_or_default(),
            reason: paused.response_status_text.clone(),
            fields: paused.response_headers.clone(),
            cookies: 0,
            address: None,
            protocol: None,
            body: Body::default(),
            truncated: None,
            transcoded: false,
            _room: None,
        };
        Self {
            at,
            asked: paused.request.clone(),
            sent: None,
            answer,
            come: Come::Waiting(Vec::new()),
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
        self.asked.url == paused.request.url
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

    /// The browser's account of the answer (`Network.Response`).
    pub(super) fn answered(&mut self, response: &Value, proxy: Option<SocketAddr>) {
        self.is_answered = true;
        let text = |key: &str| response[key].as_str();
        let address = text("remoteIPAddress").map(|a| a.trim_matches(['[', ']']));
        let address: Option<IpAddr> = address.and_then(|a| a.parse().ok());
        let port = response["remotePort"].as_u64();
        let is_proxy =
            |a: &IpAddr| proxy.is_some_and(|p| p.ip() == *a && Some(u64::from(p.port())) == port);
        let protocol = text("protocol")
            .filter(|p| !p.is_empty())
            .map(str::to_owned);
        self.answer.address = address.filter(|a| !is_proxy(a));
        self.answer.protocol = protocol;
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
            Come::Waiting(early) => early.push(piece),
            Come::Heard => self.push(&piece, bodies),
            Come::Text(_) | Come::Here => {}
        }
    }

    fn push(&mut self, piece: &[u8], bodies: &Bodies) {
        if let Err(cut) = bodies.push(&mut self.answer.body, piece) {
            self.answer.truncated = Some(cut);
            self.come = Come::Here;
        }
    }

    pub(super) fn tell(&mut self, what: What, bodies: &Bodies) {
        let Come::Waiting(early) = std::mem::replace(&mut self.come, Come::Here) else {
            return;
        };
        match what {
            What::Here(body, cut, room) => {
                self.answer.body = body;
                self.answer.truncated = cut;
                self.answer._room = room;
            }
            What::Heard(before) => {
                self.come = Come::Heard;
                self.answer.body = bodies.empty();
                for piece in std::iter::once(before).chain(early) {
                    if matches!(self.come, Come::Heard) {
                        self.push(&piece, bodies);
                    }
                }
            }
            What::Text(text) => self.come = Come::Text(text),
        }
    }

    /// Nothing more comes to the page.
    pub(super) fn ended(&mut self, failed: bool) {
        self.is_ended = true;
        // A page ends some of what it has whole, too.
        let is_all = self.announced == Some(self.answer.body.length());
        if failed && !is_all && matches!(self.come, Come::Heard) {
            self.answer.truncated.get_or_insert(Truncated::Disconnect);
        }
    }

    /// True when there is nothing to wait for.
    pub(super) fn is_whole(&self) -> bool {
        match self.come {
            Come::Waiting(_) => false,
            Come::Heard | Come::Text(_) => self.is_ended,
            Come::Here => self.is_answered || self.is_ended,
        }
    }

    /// What there is of it, and why not more.
    pub(super) fn end(self, bodies: &Bodies) -> Exchange {
        let mut answer = self.answer;
        match self.come {
            Come::Waiting(_) => answer.truncated = Some(Truncated::Time),
            Come::Heard if !self.is_ended => {
                answer.truncated.get_or_insert(Truncated::Time);
            }
            Come::Text(text) => {
                let text = as_sent(text, self.passed);
                answer.transcoded = text.len() as u64 != self.passed;
                answer.truncated = bodies.push(&mut answer.body, &text).err();
            }
            Come::Heard | Come::Here => {}
        }
        let is_short = self.announced.is_some_and(|all| answer.body.length() < all);
        if is_short && !self.is_redirect && !matches!(answer.status, 100..=199 | 204 | 205) {
            answer.truncated.get_or_insert(Truncated::Disconnect);
        }
        Exchange {
            at: self.at,
            asked: self.asked,
            sent: self.sent,
            answer: Ok(answer),
        }
    }
}

/// The browser leaves out the mark that a text in UTF-8 may begin with.
fn as_sent(text: Vec<u8>, length: u64) -> Vec<u8> {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    match text.len() + MARK.len() == usize::try_from(length).unwrap_or_default() {
        true => [MARK, &text].concat(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_before_a_text_is_put_back_where_the_length_says_so() {
        let text = || "räka".as_bytes().to_vec();
        assert_eq!(as_sent(text(), 5), text());
        assert_eq!(as_sent(text(), 8), "\u{feff}räka".as_bytes());
        // In another coding it was shorter.
        assert_eq!(as_sent(text(), 4), text());
    }
}
