//! The page captures that show records of a request, and how each stands in it.

use std::collections::BTreeSet;
use std::io::Read as _;

use chrono::{DateTime, Utc};

use super::Screens;
use crate::export::mask::Phrases;
use crate::record::{AccountId, BagId, RecordId};
use crate::workflow::disclosure::DisclosureCase;
use crate::workflow::export_diarium::sealed_page;
use crate::workflow::{Archive, Error};

/// Captures of an account that are looked through, the newest first, and bytes of each one's text.
const CAPTURES: usize = 200;
const MOST_TEXT: u64 = 4 << 20;

/// A page capture that shows records of a request, or that pages are chosen of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenListed {
    pub bag: BagId,
    pub account: AccountId,
    pub at: DateTime<Utc>,
    /// Pages of its screen; 0: it has no picture.
    pub of: u32,
    /// Records of the request that it shows, by its words or its address.
    pub records: Vec<RecordId>,
    pub pages: Vec<ScreenPageListed>,
}

/// A page that is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenPageListed {
    pub page: u32,
    /// Places that are black on it.
    pub boxes: u64,
    /// Whether a person has looked at it since something changed.
    pub reviewed: bool,
}

/// The captures, the newest first.
///
/// # Errors
/// Those of the catalog; a chosen capture that is gone or damaged.
pub fn list_screens(archive: &Archive, case: &DisclosureCase) -> Result<Vec<ScreenListed>, Error> {
    let screens = Screens::of(archive, case)?;
    let waiting = screens.not_looked_at(case)?;
    let shown = screens.shown(archive, case)?;
    let accounts: BTreeSet<&AccountId> = case.records.iter().map(|r| &r.account).collect();
    let mut all = Vec::new();
    for account in accounts {
        let texts = texts(archive, case, account)?;
        let pages = archive.catalog().pages_held(account)?;
        let own = pages
            .into_iter()
            .filter(|p| p.committee == case.row.committee);
        for (at, page) in own.enumerate() {
            let chosen = shown.iter().find(|s| s.bag == page.bag);
            if at >= CAPTURES && chosen.is_none() {
                continue;
            }
            let same = |link: &Option<String>| {
                let link = link.as_deref().map(plain);
                let places = [Some(page.address.as_str()), page.final_address.as_deref()];
                link.is_some() && places.into_iter().flatten().any(|a| Some(plain(a)) == link)
            };
            let words = Phrases::of(&text_of(archive, page.bag));
            let records: Vec<RecordId> = texts
                .iter()
                .filter(|t| same(&t.permalink) || t.texts.iter().any(|text| words.shows(text)))
                .map(|t| t.record)
                .collect();
            if records.is_empty() && chosen.is_none() {
                continue;
            }
            let screen = sealed_page(archive, page.bag)?;
            let parts = screen.map(|s| s.screen.parts).unwrap_or_default();
            let listed = |p: &super::order::ShownPage| ScreenPageListed {
                page: p.page,
                boxes: p.boxes.len() as u64,
                reviewed: !waiting.contains(&(page.bag, p.page)),
            };
            all.push(ScreenListed {
                bag: page.bag,
                account: account.clone(),
                at: page.at,
                of: parts.iter().map(|p| p.pages).sum(),
                records,
                pages: chosen
                    .iter()
                    .flat_map(|s| s.pages.iter().map(listed))
                    .collect(),
            });
        }
    }
    all.sort_by_key(|s| (std::cmp::Reverse(s.at), s.bag));
    Ok(all)
}

/// What a record says, in each version.
struct Said {
    record: RecordId,
    permalink: Option<String>,
    texts: Vec<String>,
}

fn texts(
    archive: &Archive,
    case: &DisclosureCase,
    account: &AccountId,
) -> Result<Vec<Said>, Error> {
    let mut all = Vec::new();
    let of = case.records.iter();
    for record in of.filter(|r| !r.gone && r.account == *account) {
        let details = archive.catalog().record(record.record)?;
        let versions = details.versions.iter().map(|v| &v.content);
        let texts = versions.flat_map(|c| [c.title.clone().unwrap_or_default(), c.plain_text()]);
        all.push(Said {
            record: record.record,
            texts: texts.collect(),
            permalink: details.permalink,
        });
    }
    Ok(all)
}

/// An address without what does not tell pages apart.
fn plain(address: &str) -> &str {
    let whole = address.split('#').next().unwrap_or_default();
    whole.trim_end_matches('/')
}

/// The words of a page; none when they cannot be read, for it can be chosen all the same.
fn text_of(archive: &Archive, bag: BagId) -> String {
    let mut text = Vec::new();
    if let Ok(file) = archive.store().open_file(bag, "data/page.txt") {
        let _ = file.take(MOST_TEXT).read_to_end(&mut text);
    }
    String::from_utf8_lossy(&text).into_owned()
}
