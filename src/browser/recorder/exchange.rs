//! One request and what came of it, and the records that tell of them.

use std::io::Write;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use tokio::sync::OwnedSemaphorePermit;
use url::Url;
use uuid::Uuid;

use super::login::Login;
use super::paused::{Asked, Field};
use super::room::Held;
use crate::record::WarcSummary;
use crate::warc::{self, Kind, Record, Truncated, Writer, http};

/// Bytes of what a request may post into the recording.
pub(super) const POSTED: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct Exchange {
    /// When the head of the answer was here, or when it was clear that none would come.
    pub(super) at: DateTime<Utc>,
    pub(super) request: Request,
    /// Why there was none is said in the browser's words: `net::ERR_NAME_NOT_RESOLVED`.
    pub(super) answer: Result<Answer, String>,
}

#[derive(Debug)]
pub(super) struct Request {
    pub(super) asked: Asked,
    /// Its fields as they went out, where the browser told.
    pub(super) sent: Option<Map<String, Value>>,
    pub(super) posted: Option<Held>,
    /// What was posted is all of it.
    pub(super) is_whole: bool,
    /// Room for the heads, given back when they are written.
    pub(super) _room: OwnedSemaphorePermit,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) fields: Vec<Field>,
    /// How many fields set cookies; the list above seldom has them.
    pub(super) cookies: u64,
    pub(super) address: Option<IpAddr>,
    pub(super) protocol: Option<String>,
    pub(super) body: Held,
    pub(super) truncated: Option<Truncated>,
    /// The body is the browser's text of it in UTF-8, not the bytes as sent.
    pub(super) transcoded: bool,
}

/// What was written, and what was left out of it.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) summary: WarcSummary,
    /// Values of a login that were overwritten.
    pub(super) overwritten: u64,
    /// Posts to a login's pages that were left out.
    pub(super) unposted: u64,
}

impl Tally {
    pub(super) fn clean(&mut self, text: &str, login: &Login) -> String {
        let (text, found) = login.text(text);
        self.overwritten += found;
        text
    }

    fn fields<'a>(
        &mut self,
        fields: impl Iterator<Item = (&'a str, &'a str)>,
        login: &Login,
    ) -> Vec<(&'a str, String)> {
        fields
            .map(|(name, value)| match http::is_login(name) {
                // It is left out as a whole, and counted so.
                true => (name, value.to_owned()),
                false => (name, self.clean(value, login)),
            })
            .collect()
    }
}

impl Exchange {
    /// Writes its records: the answer, and the request it came on.
    pub(super) fn write<W: Write>(
        self,
        to: &mut Writer<W>,
        ids: fn() -> Uuid,
        login: &Login,
        tally: &mut Tally,
    ) -> Result<(), warc::Error> {
        let Request {
            asked,
            sent,
            posted,
            mut is_whole,
            _room,
        } = self.request;
        let target = tally.clean(&without_login(&asked.url), login);
        let (answer, error) = match self.answer {
            Ok(answer) => (Some(answer), None),
            Err(error) => (None, Some(error)),
        };
        let id = ids();
        let mut protocol = None;
        if let Some(mut answer) = answer {
            tally.summary.responses += 1;
            tally.summary.truncated += u64::from(answer.truncated.is_some());
            tally.overwritten += login.clean(&mut answer.body.body)?;
            protocol = answer.protocol.take();
            let head = answer.head(login, tally);
            tally.summary.headers_removed += head.removed + answer.unlisted_cookies();
            let mut record = Record::new(Kind::Response, id, self.at, &mut answer.body.body);
            record.target = Some(&target);
            record.address = answer.address;
            record.protocol = protocol.as_deref();
            record.truncated = answer.truncated;
            record.head = &head.bytes;
            to.response(record)?;
        }
        let mut posted = posted.unwrap_or_else(Held::empty);
        if asked.has_post_data && login.is_some() {
            // Forms of a login hold what no list of names knows.
            posted = Held::empty();
            is_whole = false;
            tally.unposted += 1;
        }
        let fields = sent.as_ref().unwrap_or(&asked.headers);
        let fields = fields
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        let fields = tally.fields(fields, login);
        let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
        let length = asked.has_post_data.then(|| posted.body.length());
        let head = http::request(&asked.method, &target, fields, length);
        tally.summary.headers_removed += head.removed;
        let request = if error.is_some() { id } else { ids() };
        let mut record = Record::new(Kind::Request, request, self.at, &mut posted.body);
        record.target = Some(&target);
        record.concurrent_to = error.is_none().then_some(id);
        record.protocol = protocol.as_deref();
        record.truncated = match (is_whole, login.is_some()) {
            (true, _) => None,
            (false, true) => Some(Truncated::Unspecified),
            (false, false) => Some(Truncated::Length),
        };
        record.head = &head.bytes;
        to.write(record)?;
        match error {
            Some(error) => {
                let fields = [("outcome", error.as_str())];
                to.metadata(ids(), self.at, &target, Some(id), &fields)
            }
            None => Ok(()),
        }
    }
}

/// The address as a record names it: no fragment, no user, no password.
fn without_login(address: &str) -> String {
    let plain = address.split('#').next().unwrap_or_default();
    let Ok(mut url) = Url::parse(plain) else {
        return plain.to_owned();
    };
    if url.username().is_empty() && url.password().is_none() {
        return plain.to_owned();
    }
    // Neither fails for an address that has had them.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

impl Answer {
    /// The fields that set cookies and that the list of fields does not have.
    fn unlisted_cookies(&self) -> u64 {
        let is_cookie = |f: &&Field| f.name.eq_ignore_ascii_case("set-cookie");
        let listed = self.fields.iter().filter(is_cookie);
        let listed: usize = listed.map(|f| f.value.split('\n').count()).sum();
        self.cookies.saturating_sub(listed as u64)
    }

    fn head(&self, login: &Login, tally: &mut Tally) -> http::Head {
        let mut fields: Vec<(&str, &str)> = Vec::with_capacity(self.fields.len() + 1);
        let mut kept = None;
        for field in &self.fields {
            let name = field.name.as_str();
            if self.transcoded && name.eq_ignore_ascii_case("content-type") {
                let media_type = field.value.split(';').next().unwrap_or_default();
                kept = Some(format!("{}; charset=utf-8", media_type.trim()));
                fields.push(("X-Archive-Orig-Content-Type", &field.value));
            } else {
                fields.push((name, &field.value));
            }
        }
        if let Some(kept) = &kept {
            fields.push(("Content-Type", kept));
        }
        let fields = tally.fields(fields.into_iter(), login);
        let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
        let length = self.body.body.length();
        http::response(self.status, &self.reason, fields, length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_no_login() {
        for (address, plain) in [
            ("https://anna:hemligt@h:8/a?b#c", "https://h:8/a?b"),
            ("https://h/a b#c", "https://h/a b"),
            ("https://[", "https://["),
        ] {
            assert_eq!(without_login(address), plain);
        }
    }
}
