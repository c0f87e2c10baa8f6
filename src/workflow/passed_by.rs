//! What a capture passes by wherever it turns up: what a gallring destroyed, and what an emergency locks.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use url::Url;

use super::look::{Look, PageRequest};
use super::removal::RemovalFault;
use super::staging::Staging;
use super::take_snapshot::Capture;
use super::{Error, io_error};
use crate::platform::{Gone, RawAnswer, Without, without};
use crate::record::{Digest, Item, Page, PageOutcome};

/// Bytes of a line of recorded traffic that are looked at: the head's lines are shorter, and an address too.
const MOST_LINE: u64 = 64 << 10;

/// Whether recorded traffic (WARC 1.1, section 5.13) tells of a request for such an address.
fn asked_for(traffic: &Path, is: impl Fn(&str) -> bool) -> io::Result<bool> {
    let mut read = BufReader::new(MultiGzDecoder::new(File::open(traffic)?));
    let mut line = Vec::new();
    while (&mut read).take(MOST_LINE).read_until(b'\n', &mut line)? > 0 {
        let target = line.strip_prefix(b"WARC-Target-URI: ");
        let target = target.and_then(|at| std::str::from_utf8(at).ok());
        if target.is_some_and(|at| is(at.trim())) {
            return Ok(true);
        }
        line.clear();
    }
    Ok(false)
}

impl Capture<'_> {
    /// Leaves out what was destroyed by a gallring: it never comes back.
    pub(super) fn pass_by(&self, items: &mut Vec<Item>) {
        if let Some(tombstones) = &self.tombstones {
            let account = &self.account;
            items.retain(|item| {
                let address = item.permalink.as_ref();
                !tombstones.has_name(account, self.door, &item.native_id.0)
                    && !address.is_some_and(|at| tombstones.is_blocked(at.as_str()))
            });
        }
    }

    /// Whether an emergency lets nobody fetch that address.
    pub(super) fn is_blocked(&self, at: &Url) -> bool {
        let laid = self.tombstones.as_ref();
        laid.is_some_and(|t| t.is_blocked(at.as_str()))
    }

    /// Why a page is not looked at: an emergency forbids it, for what it shows or may show still.
    pub(super) fn stopped(&self, page: &PageRequest) -> Result<Option<String>, Error> {
        let own = page.address == self.account.address;
        let blocked = |at: &Url| {
            self.tombstones
                .as_ref()
                .is_some_and(|t| t.has_page(at.as_str()))
        };
        if blocked(&page.address) && !own {
            return Err(RemovalFault::Blocked.into());
        }
        let lock = self.archive.catalog().pages_stopped(&self.account.id)?;
        Ok(match lock {
            Some(lock) => Some(format!(
                "emergency {} stops its pages until it is noted as hidden: arkivd removal mark {} hidden",
                lock.case, lock.number
            )),
            None if blocked(&page.address) => {
                Some("an emergency lets nobody capture this address".to_owned())
            }
            None => None,
        })
    }

    /// A look that ended at what an emergency blocks, or loaded it, is not kept: what it saw goes at once.
    pub(super) fn kept_from(&self, look: Look) -> Result<Look, Error> {
        let Some(laid) = &self.tombstones else {
            return Ok(look);
        };
        let own = self.account.address.as_str();
        let page = &look.page;
        let redirects = page.redirects.iter().map(|hop| hop.address.as_str());
        let mut at = page.final_address.as_deref().into_iter().chain(redirects);
        let is_it = at.any(|at| at != own && (laid.is_blocked(at) || laid.has_page(at)));
        let loaded = match look.file("capture.warc.gz").filter(|_| !is_it) {
            Some(traffic) => {
                asked_for(&traffic, |at| laid.is_blocked(at)).map_err(io_error(&traffic))?
            }
            None => false,
        };
        if !is_it && !loaded {
            return Ok(look);
        }
        let (outcome, now) = (PageOutcome::Refused, self.around.now);
        let why = "it shows or leads to what an emergency lets nobody capture, and was not kept";
        let page = Page::without(
            &look.page.address,
            outcome,
            why.to_owned(),
            look.page.started,
            now(),
        );
        Ok(Look {
            page,
            folder: self.archive.store().scratch()?,
            wants_traffic: false,
            ..look
        })
    }

    /// Keeps a raw answer without what was destroyed; one that it cannot be taken out of is told and not kept.
    pub(super) fn keep(&self, staging: &mut Staging<'_>, answer: RawAnswer) -> io::Result<()> {
        let Some(tombstones) = &self.tombstones else {
            return staging.keep(&answer);
        };
        let asked = &answer.request.address;
        if tombstones.is_blocked(asked) || tombstones.has_page(asked) {
            return Ok(());
        }
        let gone = Gone {
            item: &|name| tombstones.has_name(&self.account, self.door, name),
            address: &|address| tombstones.has_address(address),
        };
        let at = answer.request.address.parse::<Url>();
        let at = at.unwrap_or_else(|_| self.account.address.clone());
        let platform = self.account.platform;
        match without(platform, answer.extension, &at, &answer.body, &gone) {
            Without::Same => staging.keep(&answer),
            Without::Less { body, .. } => {
                let mut answer = answer;
                answer.request.sha256 = Some(Digest::of(&body));
                answer.request.bytes = body.len() as u64;
                answer.body = body;
                staging.keep(&answer)
            }
            Without::Nothing => staging.tell(answer),
        }
    }
}
