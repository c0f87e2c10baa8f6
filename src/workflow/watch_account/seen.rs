//! Seen: what a poll gave, beside what is known of the account.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::super::Error;
use super::super::comparison::{Comparison, compare};
use super::super::matching::Others;
use super::super::missing::{AT_ONCE, Answers, CONTROLS, NOT_ASKED, Noticed, What, noticed};
use super::super::windows::{expects, fails};
use super::Watch;
use crate::catalog::{Catalog, Missed, STILL_THERE};
use crate::platform::{Polled, RawAnswer};
use crate::record::{Change, Coverage, Covered, Kind, NativeId, RecordId, Visibility};

/// What was asked in vain is asked again after this time.
const ASK_AGAIN: TimeDelta = TimeDelta::hours(1);

/// What has no sure answer, or is hidden, is asked again after this time.
const ASK_SELDOM: TimeDelta = TimeDelta::days(1);

/// What a poll gave, beside what is known.
pub(super) struct Seen {
    pub(super) polled: Polled,
    pub(super) answers: Vec<RawAnswer>,
    pub(super) comparison: Comparison,
    /// Missed by this look and by none before, and the newest look that saw each.
    pub(super) newly_missed: Vec<(Missed, Option<DateTime<Utc>>)>,
    /// Missed before, and not settled since.
    pub(super) missed_before: Vec<Missed>,
    /// Those of them that are known to be hidden.
    pub(super) hidden: HashSet<RecordId>,
    /// Known records that stood in a list; where none of a kind did, some that nothing says are gone.
    pub(super) present: Vec<Missed>,
    pub(super) returned: HashSet<RecordId>,
    /// Who could see those that were known before.
    pub(super) visible_before: HashMap<RecordId, Visibility>,
}

impl Seen {
    /// Whether anything is to be kept beside what the platform answered: a row of its own is written for that alone.
    pub(super) fn is_to_be_kept(&self, answers: &Answers) -> bool {
        self.comparison.seen.iter().any(|s| s.picked)
            || !self.returned.is_empty()
            || self.not_seen(answers).next().is_some()
    }

    /// What this look missed and the platform does not show.
    pub(super) fn not_seen<'s>(
        &'s self,
        answers: &'s Answers,
    ) -> impl Iterator<Item = RecordId> + 's {
        let missed = self.newly_missed.iter().map(|(m, _)| m.record);
        missed.filter(|record| !answers.there.contains(record))
    }

    pub(super) fn is_whole(&self) -> bool {
        let windows = &self.polled.windows;
        !windows.is_empty() && !windows.iter().any(fails)
    }
}

impl Watch<'_> {
    pub(super) fn compare(
        &self,
        mut polled: Polled,
        answers: Vec<RawAnswer>,
    ) -> Result<Seen, Error> {
        let account = &self.capture.account.id;
        let door = self.capture.door;
        let mut items = std::mem::take(&mut polled.items);
        self.capture.pass_by(&mut items);
        let catalog = self.capture.archive.catalog();
        let mut known = HashMap::new();
        for item in &items {
            if let Some(one) = catalog.known_one(account, door, &item.native_id)? {
                known.insert(item.native_id.clone(), one);
            }
        }
        let listed: HashSet<&NativeId> = polled
            .windows
            .iter()
            .flat_map(|w| &w.seen)
            .chain(items.iter().map(|i| &i.native_id))
            .collect();
        let others = match items.iter().any(|i| !known.contains_key(&i.native_id)) {
            true => Others::of(&catalog, account, door, &listed)?,
            false => Others::default(),
        };
        let comparison = compare(
            items,
            &known,
            &others,
            &Coverage::default(),
            false,
            &mut self.capture.around.new_id.clone(),
        )
        .map_err(|source| Error::Json {
            what: format!("an item of account {account}"),
            source,
        })?;
        let mut returned = HashSet::new();
        for seen in &comparison.seen {
            if seen.change != Change::New && catalog.is_missed(seen.record)? {
                returned.insert(seen.record);
            }
        }
        let listed: BTreeSet<&NativeId> = polled
            .windows
            .iter()
            .flat_map(|w| &w.seen)
            .chain(comparison.seen.iter().map(|s| &s.item.native_id))
            .collect();
        let asked_before = self.capture.started - ASK_AGAIN;
        let shown: HashSet<RecordId> = comparison.seen.iter().map(|s| s.record).collect();
        let (mut newly_missed, mut present) = (Vec::new(), Vec::new());
        for window in &polled.windows {
            let Some((kind, restricted, since)) = expects(window) else {
                continue;
            };
            let expected = catalog.published_since(account, door, kind, since)?;
            // A record may have a name that the platform uses no more.
            let here = expected.iter().filter(|r| listed.contains(&r.native_id));
            let here = here.map(|r| r.record).chain(shown.iter().copied());
            let here: HashSet<RecordId> = here.collect();
            for record in expected {
                if record.visibility.is_restricted() != restricted {
                    continue;
                }
                if here.contains(&record.record) {
                    present.push(record);
                } else if !catalog.is_missed(record.record)? {
                    let before = catalog.not_settled(record.record)?;
                    if before.as_ref().is_some_and(|b| b.asked >= asked_before) {
                        continue;
                    }
                    let seen_until = match before {
                        // It was not in the list then, and shown when it was asked for.
                        Some(before) => (before.why == STILL_THERE).then_some(before.asked),
                        None => self.listed_until(&catalog, window.what, record.record)?,
                    };
                    newly_missed.push((record, seen_until));
                }
            }
        }
        let limit = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
        let seldom = self.capture.started - ASK_SELDOM;
        let mut missed_before = catalog.unsettled(account, door, asked_before, seldom, limit)?;
        missed_before.retain(|m| !listed.contains(&m.native_id) && !shown.contains(&m.record));
        let mut hidden = HashSet::new();
        for missed in &missed_before {
            if catalog.is_hidden(missed.record)? {
                hidden.insert(missed.record);
            }
        }
        let asked = newly_missed.iter().map(|(m, _)| m).chain(&missed_before);
        let mut kinds: Vec<Kind> = asked.map(|m| m.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.retain(|kind| present.iter().all(|p| p.kind != *kind));
        // A quiet list shows nothing by which to tell that the platform answers as it should.
        for kind in kinds {
            let limit = u32::try_from(CONTROLS).unwrap_or(u32::MAX);
            let all = catalog.controls(account, door, kind, limit)?;
            present.extend(all.into_iter().filter(|c| !is_missed(&newly_missed, c)));
        }
        drop(catalog);
        Ok(Seen {
            polled,
            answers,
            comparison,
            newly_missed,
            missed_before,
            hidden,
            present,
            returned,
            visible_before: known.values().map(|k| (k.record, k.visibility)).collect(),
        })
    }

    /// The newest look whose list showed the record, if its list was read far enough back.
    fn listed_until(
        &self,
        catalog: &Catalog,
        what: Covered,
        record: RecordId,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let Some(list) = self.lists.iter().find(|list| list.what == what) else {
            return Ok(None);
        };
        let covered = match list.since {
            None => true,
            Some(since) => catalog.published(record)?.is_some_and(|at| at >= since),
        };
        Ok(covered.then_some(list.done))
    }
}

fn is_missed(missed: &[(Missed, Option<DateTime<Utc>>)], one: &Missed) -> bool {
    missed.iter().any(|(m, _)| m.record == one.record)
}

pub(super) fn noticed_of(seen: &Seen, answers: &mut Answers) -> Vec<Noticed> {
    let mut all = std::mem::take(&mut answers.noticed);
    let told: HashSet<RecordId> = all.iter().map(|n| n.record).collect();
    // That it is hidden was told when it went.
    all.retain(|n| matches!(n.what, What::Removed { .. }) || !seen.hidden.contains(&n.record));
    let shown = seen.missed_before.iter();
    let shown =
        shown.filter(|m| seen.hidden.contains(&m.record) && answers.there.contains(&m.record));
    all.extend(shown.map(|m| noticed(m, What::Returned)));
    for s in &seen.comparison.seen {
        let what = match s.change {
            _ if seen.returned.contains(&s.record) => What::Returned,
            Change::New => What::New,
            Change::Changed => changed(seen.visible_before.get(&s.record), s.item.visibility),
            Change::Unchanged => continue,
        };
        all.push(Noticed {
            record: s.record,
            kind: s.item.kind,
            permalink: s.item.permalink.clone(),
            what,
        });
    }
    for (missed, _) in &seen.newly_missed {
        if !told.contains(&missed.record) && !answers.there.contains(&missed.record) {
            all.push(noticed(missed, What::NotSeen { why: NOT_ASKED }));
        }
    }
    all
}

/// What a new version is: an edit, or that others can see it now.
fn changed(before: Option<&Visibility>, after: Visibility) -> What {
    match before {
        Some(Visibility::Public) if after.is_restricted() => What::Hidden {
            how: after.as_str().to_owned(),
            by: None,
        },
        Some(before) if before.is_restricted() && !after.is_restricted() => What::Shown,
        _ => What::Edited,
    }
}
