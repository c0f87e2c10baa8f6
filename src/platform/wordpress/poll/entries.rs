//! Posts and pages: in brief, and whole what is not current.
//!
//! What asks for a password may not be read by the public: it is not seen, so that a known one is missed and asked about.

use std::collections::BTreeSet;

use super::super::brief::{self, Brief, Entry, array, extent};
use super::super::discovery::{JSON, json};
use super::super::item::{self, Unread, id};
use super::super::list::Sort;
use super::{AT_ONCE, Look, same};
use crate::platform::Error;
use crate::platform::poll::{Extent, Window};
use crate::record::{Covered, GapReason, Kind, NativeId};

impl Look<'_, '_> {
    pub(super) async fn entries(&mut self, kind: Kind) -> Result<Window, Error> {
        let (what, name) = match kind {
            Kind::Page => (Covered::Pages, "pages"),
            _ => (Covered::Posts, "posts"),
        };
        let sort = Sort::of(what);
        let newest = brief::ask(self.reading, &self.site, &sort, "date").await?;
        // Where a site refuses the order, edits show among the newest alone.
        let changed = match brief::ask(self.reading, &self.site, &sort, "modified").await {
            Ok(changed) => Some(changed),
            Err(Error::Status { status: 400, .. }) => None,
            Err(error) => return Err(error),
        };
        let digest = match &changed {
            Some(changed) => format!("{} {}", newest.digest, changed.digest),
            None => newest.digest.to_string(),
        };
        let protected_before = self.held.memory.get(&format!("{name}.protected")).cloned();
        if self.is_same(name, &digest) {
            self.remember(name, &newest, digest);
            self.remember_protected(name, protected_before);
            return Ok(same(what));
        }
        let mut found = Found {
            window: Window {
                what,
                extent: extent(&newest),
                seen: BTreeSet::new(),
                missing: Vec::new(),
            },
            protected: BTreeSet::new(),
            gone: BTreeSet::new(),
            asked: BTreeSet::new(),
            tells_change: true,
            answers: 0,
        };
        self.take(&sort, kind, &newest, &mut found).await?;
        if let Some(changed) = &changed {
            self.take(&sort, kind, changed, &mut found).await?;
        }
        let before: BTreeSet<&str> = protected_before
            .iter()
            .flat_map(|ids| ids.split(' '))
            .collect();
        // Nothing else tells of one far back that was put behind a password: the site counts it still.
        let is_new = |number: &u64| !before.contains(number.to_string().as_str());
        let may_ask = found.window.extent != Extent::Whole && newest.total.is_some();
        if may_ask && (self.has_lost(name, &newest) || found.protected.iter().any(is_new)) {
            let all = brief::ask_all(self.reading, &self.site, &sort).await?;
            self.take(&sort, kind, &all, &mut found).await?;
            if all.is_whole() {
                found.window.extent = Extent::Whole;
            }
        }
        if found.tells_change {
            self.remember(name, &newest, digest);
        } else {
            self.remember_last(name, &newest);
        }
        let protected: Vec<String> = match found.window.extent {
            Extent::Whole => found.protected.iter().map(u64::to_string).collect(),
            // Those that are new have not been missed yet; one that is open again may be closed again.
            _ => {
                let is_open = |id: &str| {
                    found
                        .window
                        .seen
                        .contains(&NativeId(format!("{kind}:{id}")))
                };
                let still = before.into_iter().filter(|id| !is_open(id));
                still.map(str::to_owned).collect()
            }
        };
        self.remember_protected(name, Some(protected.join(" ")));
        Ok(found.window)
    }

    fn remember_protected(&mut self, name: &str, ids: Option<String>) {
        let ids = ids.filter(|ids| !ids.is_empty());
        let ids = ids.map(|ids| (format!("{name}.protected"), ids));
        self.memory.extend(ids);
    }

    /// Takes in a list, and fetches whole what of it is not current.
    async fn take(
        &mut self,
        sort: &Sort,
        kind: Kind,
        list: &Brief,
        found: &mut Found,
    ) -> Result<(), Error> {
        let entries = &list.entries;
        found.window.seen.extend(list.ids(kind));
        found.tells_change &= entries.iter().all(|entry| entry.tells_change);
        let protected = entries.iter().filter(|entry| entry.is_protected);
        found.protected.extend(protected.map(|entry| entry.id));
        let is_wanted = |entry: &&Entry| {
            let native = NativeId(format!("{kind}:{}", entry.id));
            // Without a time of change nothing says that it is as it was.
            let is_current = entry.tells_change && (self.held.is_current)(&native, entry.edited);
            !entry.is_protected && !is_current
        };
        let wanted: BTreeSet<u64> = entries.iter().filter(is_wanted).map(|e| e.id).collect();
        let new = wanted.difference(&found.asked).copied().collect::<Vec<_>>();
        found.asked.extend(&new);
        self.whole(sort, kind, &new, found).await?;
        // One that was found so when it was fetched may stand in a further list.
        for number in found.protected.iter().chain(&found.gone) {
            let native = NativeId(format!("{kind}:{number}"));
            found.window.seen.remove(&native);
        }
        Ok(())
    }

    /// Fetches items whole; those that have gone since are no longer seen.
    async fn whole(
        &mut self,
        sort: &Sort,
        kind: Kind,
        wanted: &[u64],
        found: &mut Found,
    ) -> Result<(), Error> {
        for part in wanted.chunks(AT_ONCE) {
            found.answers += 1;
            let ids: Vec<String> = part.iter().map(u64::to_string).collect();
            let (ids, count) = (ids.join(","), AT_ONCE.to_string());
            let parameters = [("include", ids.as_str()), ("per_page", count.as_str())];
            let address = sort.address(&self.site, &parameters);
            let answer = self.reading.ask(&address, JSON, sort.access).await?;
            self.reading.check(&answer)?;
            let hidden = answer.request.with_credential;
            let values = array(json(&answer)?, &answer)?;
            let mut gone: BTreeSet<u64> = part.iter().copied().collect();
            for value in &values {
                let Some(number) = value.get("id").and_then(id) else {
                    continue;
                };
                gone.remove(&number);
                let item = match kind {
                    Kind::Page => item::page(value, &self.site, hidden),
                    _ => item::post(value, &self.site, hidden),
                };
                match item {
                    Ok(item) => self.items.push(item),
                    Err(Unread(GapReason::PasswordProtected)) => {
                        found.protected.insert(number);
                    }
                    Err(Unread(reason)) => {
                        self.reading
                            .warnings
                            .push(format!("{kind}:{number}: {reason}"));
                    }
                }
            }
            found.gone.extend(gone);
            let name = format!("{}-changed-{:04}", sort.name, found.answers);
            self.reading.keep(name, "json", answer)?;
        }
        Ok(())
    }
}

/// What the lists of one sort told so far.
struct Found {
    window: Window,
    protected: BTreeSet<u64>,
    /// No longer there when they were to be fetched.
    gone: BTreeSet<u64>,
    /// Fetched whole.
    asked: BTreeSet<u64>,
    /// True when each told when it was changed.
    tells_change: bool,
    answers: u32,
}
