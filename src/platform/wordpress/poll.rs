//! A cheap look at a site: ids and times of the newest and of the last changed, whole only what is not current.
//!
//! A list that answers as last time is [`Extent::Same`] and read no further. Comments have no time of change and are
//! read whole. What is lost further back than the newest is noticed by the site's own count.

mod entries;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::super::Error;
use super::super::inquiry::doubt;
use super::super::poll::{Extent, Held, Memory, Polled, Window};
use super::super::reading::{Access, Reading};
use super::brief::{self, Brief, extent};
use super::discovery::{self, JSON, Site, json};
use super::item::{self, Unread, id};
use super::list::Sort;
use crate::record::{Covered, Gap, Item, Kind, NativeId, Visibility};

/// Items fetched whole in one answer: addresses have an end.
const AT_ONCE: usize = 50;

pub(in crate::platform) async fn poll(
    reading: &mut Reading<'_>,
    held: Held<'_>,
) -> Result<Polled, Error> {
    let (site, mut told) = site(reading, held.memory).await?;
    let mut look = Look {
        reading,
        site,
        held,
        memory: Memory::new(),
        items: Vec::new(),
    };
    let posts = match look.entries(Kind::Post).await {
        // The interface may have moved since it was found.
        Err(error) if !told && (error.lasts() || matches!(error, Error::Status { .. })) => {
            look.site = discovery::find(look.reading).await?;
            told = true;
            look.entries(Kind::Post).await?
        }
        posts => posts?,
    };
    remember_site(&mut look.memory, look.reading, &look.site);
    let pages = look.entries(Kind::Page).await;
    let pages = look.or_gap(Covered::Pages, pages)?;
    let known: BTreeSet<NativeId> = pages.seen.iter().chain(&posts.seen).cloned().collect();
    let mut comments = look.comments(&Sort::of(Covered::Comments), &known).await;
    if look.reading.may_use_credential(&look.site.root) {
        let pings = look.comments(&Sort::pings(), &known).await;
        comments = match (comments, pings) {
            (Ok(one), Ok(other)) => Ok(Listed {
                same: one.same && other.same,
                window: brief::join(one.window, other.window),
            }),
            // Without them nothing tells a pingback that has gone from one that was not listed.
            (Ok(one), Err(error)) => {
                let unread = look.or_gap(Covered::Comments, Err(error))?;
                Ok(Listed {
                    same: false,
                    window: brief::join(one.window, unread),
                })
            }
            (Err(error), _) => Err(error),
        };
    }
    let comments = comments.map(Listed::window);
    let mut windows = vec![posts, pages, look.or_gap(Covered::Comments, comments)?];
    if look.reading.may_use_credential(&look.site.root) {
        let told = look
            .comments(&Sort::of(Covered::HeldComments), &known)
            .await
            .map(Listed::window);
        windows.push(look.or_gap(Covered::HeldComments, told)?);
    }
    Ok(Polled {
        profile: told.then_some(look.site.profile),
        items: look.items,
        windows,
        requests: std::mem::take(&mut look.reading.requests),
        warnings: std::mem::take(&mut look.reading.warnings),
        memory: look.memory,
    })
}

/// Where the interface was last time, else where it is found now; true when the site was asked.
async fn site(reading: &mut Reading<'_>, memory: &Memory) -> Result<(Site, bool), Error> {
    let same = memory.get("address").map(String::as_str) == Some(reading.account.address.as_str());
    let root = memory.get("root").filter(|_| same);
    let offset = memory.get("offset").and_then(|text| text.parse().ok());
    if let (Some(Ok(root)), Some(offset)) = (root.map(|root| root.parse()), offset) {
        return Ok((Site::known(root, offset), false));
    }
    Ok((discovery::find(reading).await?, true))
}

fn remember_site(memory: &mut Memory, reading: &Reading<'_>, site: &Site) {
    let address = reading.account.address.to_string();
    memory.insert("address".to_owned(), address);
    memory.insert("root".to_owned(), site.root.to_string());
    memory.insert("offset".to_owned(), site.offset.to_string());
}

/// A list of comments, and whether it is as at the last poll.
struct Listed {
    same: bool,
    window: Window,
}

impl Listed {
    fn window(self) -> Window {
        match self.same {
            true => same(self.window.what),
            false => self.window,
        }
    }
}

struct Look<'l, 'a> {
    reading: &'l mut Reading<'a>,
    site: Site,
    held: Held<'l>,
    memory: Memory,
    items: Vec<Item>,
}

impl Look<'_, '_> {
    /// Comments of one sort, whole.
    async fn comments(&mut self, sort: &Sort, known: &BTreeSet<NativeId>) -> Result<Listed, Error> {
        let parameters = [
            ("per_page", "100"),
            ("orderby", "date_gmt"),
            ("order", "desc"),
        ];
        let address = sort.address(&self.site, &parameters);
        let answer = self.reading.ask(&address, JSON, sort.access).await?;
        self.reading.check(&answer)?;
        let found = brief::array(json(&answer)?, &answer)?;
        let newest = Brief::of(&found, &answer, &self.site);
        let digest = newest.digest.to_string();
        if self.is_same(sort.name, &digest) {
            self.remember(sort.name, &newest, digest);
            self.reading.requests.push(answer.request);
            return Ok(Listed {
                same: true,
                window: Window {
                    what: sort.what,
                    extent: extent(&newest),
                    seen: newest.ids(Kind::Comment),
                    missing: Vec::new(),
                },
            });
        }
        let pages = self.pages_of(&found, known).await?;
        let visibility = match sort.what {
            Covered::HeldComments => Visibility::Held,
            _ if answer.request.with_credential && sort.access == Access::Anonymous => {
                Visibility::Hidden
            }
            _ => Visibility::Public,
        };
        let mut window = Window {
            what: sort.what,
            extent: extent(&newest),
            seen: newest.ids(Kind::Comment),
            missing: Vec::new(),
        };
        for value in &found {
            match item::comment(value, &self.site, &pages, visibility) {
                Ok(item) => self.items.push(item),
                Err(Unread(reason)) => window.missing.push(Gap {
                    what: "a comment".to_owned(),
                    reason,
                }),
            }
        }
        self.reading
            .keep(format!("{}-newest", sort.name), "json", answer)?;
        if window.extent != Extent::Whole && self.has_lost(sort.name, &newest) {
            let all = brief::ask_all(self.reading, &self.site, sort).await?;
            window.seen.extend(all.ids(Kind::Comment));
            if all.is_whole() {
                window.extent = Extent::Whole;
            }
        }
        self.remember(sort.name, &newest, digest);
        Ok(Listed {
            same: false,
            window,
        })
    }

    /// Which of what is commented on are pages: those known, and those that the site says so of.
    async fn pages_of(
        &mut self,
        comments: &[Value],
        known: &BTreeSet<NativeId>,
    ) -> Result<BTreeSet<NativeId>, Error> {
        let named = |kind: &str, number: u64| NativeId(format!("{kind}:{number}"));
        let mut pages = BTreeSet::new();
        let mut unknown = BTreeSet::new();
        for on in comments.iter().filter_map(|c| c.get("post").and_then(id)) {
            let page = named("page", on);
            if known.contains(&page) || (self.held.is_current)(&page, None) {
                pages.insert(page);
            } else if !known.contains(&named("post", on)) {
                unknown.insert(on);
            }
        }
        let unknown: Vec<u64> = unknown.into_iter().collect();
        for part in unknown.chunks(AT_ONCE) {
            let ids: Vec<String> = part.iter().map(u64::to_string).collect();
            let ids = ids.join(",");
            let parameters = [
                ("include", ids.as_str()),
                ("per_page", "100"),
                ("_fields", "id"),
            ];
            let address = self.site.route("wp/v2/pages", &parameters);
            let answer = self.reading.ask(&address, JSON, Access::Anonymous).await?;
            // A site that shows no pages has none that we know of.
            let found = json(&answer).ok().and_then(|found| match found {
                Value::Array(found) if answer.request.status == 200 => Some(found),
                _ => None,
            });
            let found = found.unwrap_or_default();
            pages.extend(
                found
                    .iter()
                    .filter_map(|page| page.get("id").and_then(id))
                    .map(|number| named("page", number)),
            );
            self.reading.requests.push(answer.request);
        }
        Ok(pages)
    }

    fn is_same(&self, name: &str, digest: &str) -> bool {
        let before = self.held.memory.get(&format!("{name}.digest"));
        before.map(String::as_str) == Some(digest)
    }

    fn remember(&mut self, name: &str, newest: &Brief, digest: String) {
        self.memory.insert(format!("{name}.digest"), digest);
        self.remember_last(name, newest);
    }

    fn remember_last(&mut self, name: &str, newest: &Brief) {
        if let Some(total) = newest.total {
            self.memory
                .insert(format!("{name}.total"), total.to_string());
        }
        if let Some(last) = newest.entries.iter().filter_map(|e| e.published).max() {
            self.memory
                .insert(format!("{name}.last"), last.to_rfc3339());
        }
    }

    /// True when the site counts fewer than it did, with what has come since.
    fn has_lost(&self, name: &str, newest: &Brief) -> bool {
        let before = |key: &str| self.held.memory.get(&format!("{name}.{key}"));
        let total: Option<u64> = before("total").and_then(|total| total.parse().ok());
        let last = before("last").and_then(|last| last.parse::<DateTime<Utc>>().ok());
        let (Some(total), Some(last), Some(now)) = (total, last, newest.total) else {
            return false;
        };
        let come = newest.entries.iter();
        let come = come
            .filter(|e| e.published.is_some_and(|at| at > last))
            .count() as u64;
        now < total.saturating_add(come)
    }

    /// A refusal of one sort is a gap, as when all is read.
    fn or_gap(&mut self, what: Covered, told: Result<Window, Error>) -> Result<Window, Error> {
        let error = match told {
            Ok(window) => return Ok(window),
            Err(error) => error,
        };
        match &error {
            Error::Status { status, .. } if *status < 500 && *status != 429 => {}
            Error::Unauthorised { .. } => {}
            _ => return Err(error),
        }
        let (_, told) = doubt(&error);
        self.reading
            .warnings
            .push(format!("{what}: {told}", what = what.as_str()));
        Ok(Window {
            what,
            extent: Extent::Loose,
            seen: BTreeSet::new(),
            missing: vec![Gap {
                what: what.as_str().to_owned(),
                reason: error.gap(),
            }],
        })
    }
}

fn same(what: Covered) -> Window {
    Window {
        what,
        extent: Extent::Same,
        seen: BTreeSet::new(),
        missing: Vec::new(),
    }
}
