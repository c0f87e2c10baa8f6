//! Fields as they went over the wire, which the browser tells apart from the request they belong to.

use std::collections::{HashMap, VecDeque};

use serde_json::{Map, Value};

use super::paused::size;
use crate::warc::http;

/// Requests whose fields are known before they are, and hops of one; a page may have more, and then they lack those.
const WIRES: usize = 2_000;
const HOPS: usize = 32;

/// Bytes of the fields of one request; larger ones are not kept as they went out.
const FIELDS: usize = 64 << 10;

/// Those of requests that are not known yet.
#[derive(Debug, Default)]
pub(super) struct Wires(HashMap<String, Wire>);

#[derive(Debug, Default)]
struct Wire {
    sent: VecDeque<Map<String, Value>>,
    /// Status, and lines that set cookies.
    came: VecDeque<(u16, u64)>,
}

impl Wires {
    pub(super) fn keep_sent(&mut self, id: &str, fields: Map<String, Value>) {
        if let Some(wire) = self.of(id).filter(|w| w.sent.len() < HOPS) {
            wire.sent.push_back(fields);
        }
    }

    pub(super) fn keep_cookies(&mut self, id: &str, status: u16, lines: u64) {
        if let Some(wire) = self.of(id).filter(|w| w.came.len() < HOPS) {
            wire.came.push_back((status, lines));
        }
    }

    /// What the first of its hops sent that is here.
    pub(super) fn sent_first(&mut self, id: &str) -> Option<Map<String, Value>> {
        self.0.get_mut(id)?.sent.pop_front()
    }

    pub(super) fn sent_last(&mut self, id: &str) -> Option<Map<String, Value>> {
        self.0.get_mut(id)?.sent.pop_back()
    }

    /// Lines that set cookies in its first answer of this status.
    pub(super) fn cookies_of(&mut self, id: &str, status: u16) -> Option<u64> {
        let came = &mut self.0.get_mut(id)?.came;
        let of_it = came.iter().position(|(s, _)| *s == status)?;
        came.remove(of_it).map(|(_, lines)| lines)
    }

    pub(super) fn remove(&mut self, id: &str) {
        self.0.remove(id);
    }

    fn of(&mut self, id: &str) -> Option<&mut Wire> {
        let fits = self.0.len() < WIRES || self.0.contains_key(id);
        fits.then(|| self.0.entry(id.to_owned()).or_default())
    }
}

/// The fields without what logs anyone in, which is left out in any case and may be large; `None` if they are too large.
pub(super) fn bare(fields: &Map<String, Value>) -> Option<Map<String, Value>> {
    let bare = fields.iter().map(|(name, value)| {
        let value = match http::is_login(name) {
            true => Value::String(String::new()),
            false => value.clone(),
        };
        (name.clone(), value)
    });
    let bare: Map<String, Value> = bare.collect();
    (size(&bare) <= FIELDS).then_some(bare)
}

/// Lines that set cookies; the browser joins them by a newline.
pub(super) fn cookies(fields: &Map<String, Value>) -> u64 {
    let of_cookies = fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    let lines = of_cookies.map(|(_, value)| value.as_str().unwrap_or_default().split('\n').count());
    lines.sum::<usize>() as u64
}
