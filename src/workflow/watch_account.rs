//! Watch: a cheap look between snapshots. What is new or edited is sealed at once, so that what is removed a minute later
//! is kept; what is missed is asked about (design, section 3).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::block_in_place;

use super::comparison::{Comparison, compare};
use super::matching::Others;
use super::media::{Media, download_media};
use super::missing::{AT_ONCE, Answers, NOT_ASKED, Noticed, What, ask_about, noticed};
use super::pace::{Activity, Pace, tightest};
use super::snapshot_report::Progress;
use super::staging::Staging;
use super::take_snapshot::{Besides, Capture, Read, registered};
use super::watch_report::WatchReport;
use super::windows::{coverage, expects, lacks};
use super::{Archive, Error, Retry, SnapshotRequest, Surroundings, told};
use crate::catalog::{Boost, Missed, NewWatch, Settles};
use crate::platform::{self, Client, Credential, Extent, Fetched, Held, Memory, Polled, RawAnswer};
use crate::record::{
    Account, AccountId, BagId, Change, Coverage, NativeId, Reason, RecordId, Visibility,
};

/// What was asked in vain is asked again after this time.
const ASK_AGAIN: TimeDelta = TimeDelta::hours(1);

/// What has no sure answer is asked again after this time.
const ASK_SELDOM: TimeDelta = TimeDelta::days(1);

/// What to look at.
#[derive(Debug, Clone)]
pub struct WatchRequest {
    pub account: AccountId,
    /// What it counts for in the timetable, unless it fails.
    pub settles: Option<Settles>,
    /// How soon the next look may come by the account's own pace; `None` for schedules and boosts alone.
    pub pace: Pace,
}

/// Looks at one account, when its turn has come. Returns when what it found is durable.
///
/// A platform that cannot be read is an outcome; errors are the archive's own. It runs on tokio's runtime of many threads.
///
/// # Errors
/// When the account is not registered, or the archive cannot be written.
pub async fn watch_account(
    archive: &Arc<Archive>,
    client: &Client,
    credential: Option<&Credential>,
    request: &WatchRequest,
    around: &Surroundings,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<WatchReport, Error> {
    let account = block_in_place(|| registered(archive, &request.account))?;
    let host = account.address.host_str().unwrap_or_default();
    let turns = archive.turns();
    let _turn = turns
        .take(&account.id, host, || progress(Progress::Waiting))
        .await;
    let look = SnapshotRequest {
        account: account.id.clone(),
        reason: Reason::Watch,
        records: true,
        page: None,
        entire: false,
        settles: request.settles.clone(),
    };
    let begun = Instant::now();
    let watch = block_in_place(|| Watch::begin(archive, around, account, &look, request.pace))?;
    let seen = match watch.poll(client, credential).await? {
        Ok(seen) => seen,
        Err(error) => return block_in_place(|| watch.failed(&error, begun)),
    };
    let answers = watch.ask(client, credential, &seen).await;
    let read = if seen.is_to_be_kept() {
        Some(watch.read(client, &seen, progress).await?)
    } else {
        None
    };
    block_in_place(|| watch.keep(seen, answers, read, begun, progress))
}

/// One look in progress: what does not change while it runs.
struct Watch<'a> {
    capture: Capture<'a>,
    memory: Memory,
    /// The newest whole look before this.
    done: Option<DateTime<Utc>>,
    boost: Option<Boost>,
    pace: Pace,
}

/// What a poll gave, beside what is known.
struct Seen {
    polled: Polled,
    answers: Vec<RawAnswer>,
    comparison: Comparison,
    /// Missed by this look and by none before.
    newly_missed: Vec<Missed>,
    /// Missed before, and not settled since.
    missed_before: Vec<Missed>,
    /// Known records that stood in a list.
    present: Vec<Missed>,
    returned: HashSet<RecordId>,
    /// Who could see those that were known before.
    visible_before: HashMap<RecordId, Visibility>,
}

impl Seen {
    fn is_to_be_kept(&self) -> bool {
        self.comparison.seen.iter().any(|s| s.picked)
            || !self.returned.is_empty()
            || !self.newly_missed.is_empty()
    }

    fn is_whole(&self) -> bool {
        let windows = &self.polled.windows;
        !windows.is_empty()
            && windows
                .iter()
                .all(|w| w.extent != Extent::Loose && !lacks(w))
    }
}

impl<'a> Watch<'a> {
    fn begin(
        archive: &'a Archive,
        around: &'a Surroundings,
        account: Account,
        look: &'a SnapshotRequest,
        pace: Pace,
    ) -> Result<Self, Error> {
        let (row, boosts) = {
            let catalog = archive.catalog();
            (catalog.watch(&account.id)?, catalog.boosts((around.now)())?)
        };
        let boosts = boosts.iter().filter(|b| b.account == account.id);
        let boost = tightest(boosts).cloned();
        let mut capture = Capture::begin(archive, around, account, look)?;
        // A look never stands for a whole reading, not even the first.
        capture.entire = false;
        Ok(Self {
            capture,
            memory: row.as_ref().map(|r| r.memory.clone()).unwrap_or_default(),
            done: row.and_then(|r| r.done),
            boost,
            pace,
        })
    }

    async fn poll(
        &self,
        client: &Client,
        credential: Option<&Credential>,
    ) -> Result<Result<Seen, platform::Error>, Error> {
        let Capture {
            archive,
            account,
            door,
            ..
        } = &self.capture;
        let is_current = |native: &NativeId, edited| {
            // What cannot be told is fetched.
            block_in_place(|| {
                let catalog = archive.catalog();
                catalog.is_current(&account.id, door, native, edited)
            })
            .unwrap_or(false)
        };
        let held = Held {
            memory: &self.memory,
            is_current: &is_current,
        };
        let mut answers = Vec::new();
        let polled = platform::poll(client, account, credential, held, &mut |answer| {
            answers.push(answer);
            Ok(())
        })
        .await;
        match polled {
            Ok(polled) => block_in_place(|| self.compare(polled, answers)).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn compare(&self, mut polled: Polled, answers: Vec<RawAnswer>) -> Result<Seen, Error> {
        let account = &self.capture.account.id;
        let door = self.capture.door;
        let items = std::mem::take(&mut polled.items);
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
            let known = catalog.published_since(account, door, kind, since)?;
            // A record may have a name that the platform uses no more.
            let here = known.iter().filter(|r| listed.contains(&r.native_id));
            let here: HashSet<RecordId> = here
                .map(|r| r.record)
                .chain(shown.iter().copied())
                .collect();
            for record in known {
                if record.visibility.is_restricted() != restricted {
                    continue;
                }
                if here.contains(&record.record) {
                    present.push(record);
                } else if !catalog.is_missed(record.record)?
                    && catalog
                        .last_asked(record.record)?
                        .is_none_or(|asked| asked < asked_before)
                {
                    newly_missed.push(record);
                }
            }
        }
        let limit = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
        let seldom = self.capture.started - ASK_SELDOM;
        let mut missed_before = catalog.unsettled(account, door, asked_before, seldom, limit)?;
        missed_before.retain(|m| !listed.contains(&m.native_id) && !shown.contains(&m.record));
        drop(catalog);
        Ok(Seen {
            polled,
            answers,
            comparison,
            newly_missed,
            missed_before,
            present,
            returned,
            visible_before: known.values().map(|k| (k.record, k.visibility)).collect(),
        })
    }

    /// That nothing could be asked settles nothing, and is told so for each.
    async fn ask(&self, client: &Client, credential: Option<&Credential>, seen: &Seen) -> Answers {
        let new = seen.newly_missed.iter().map(|m| (m.clone(), self.done));
        let before = seen.missed_before.iter().map(|m| (m.clone(), None));
        let missed: Vec<_> = new.chain(before).collect();
        let account = &self.capture.account;
        let now = self.capture.around.now;
        ask_about(client, account, credential, &missed, &seen.present, now)
            .await
            .unwrap_or_default()
    }

    async fn read(
        &self,
        client: &Client,
        seen: &Seen,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<(Staging<'a>, Media), Error> {
        let ids = [(); 2].map(|()| BagId((self.capture.around.new_id)()));
        let mut staging = Staging::new(self.capture.archive.store(), ids);
        if seen.comparison.seen.iter().any(|s| s.picked) {
            for answer in &seen.answers {
                if staging.keep(answer).is_err()
                    && let Some(error) = staging.failed.take()
                {
                    return Err(error.into());
                }
            }
        }
        let account = &self.capture.account;
        let media =
            download_media(client, account, &seen.comparison, &mut staging, progress).await?;
        Ok((staging, media))
    }

    fn keep(
        &self,
        mut seen: Seen,
        mut answers: Answers,
        read: Option<(Staging<'_>, Media)>,
        begun: Instant,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<WatchReport, Error> {
        let now = (self.capture.around.now)();
        let whole = seen.is_whole();
        let next_look = self.next_look(now, &seen.comparison)?;
        let mut noticed = noticed_of(&seen, &mut answers);
        let memory = std::mem::take(&mut seen.polled.memory);
        let watch = NewWatch {
            at: now,
            whole,
            next_look,
            memory: Some(&memory),
            problem: None,
        };
        let mut warnings = std::mem::take(&mut seen.polled.warnings);
        warnings.extend(seen.comparison.ambiguity());
        let capture = match read {
            None => {
                self.capture.archive.catalog().note_watch(
                    &self.capture.account.id,
                    &watch,
                    &answers.findings,
                    self.capture.settles,
                    &self.capture.around.actor,
                )?;
                None
            }
            Some((staging, media)) => {
                seen.comparison.not_seen = seen
                    .newly_missed
                    .iter()
                    .map(|m| m.record)
                    .filter(|record| !answers.there.contains(record))
                    .collect();
                let read = Read {
                    fetched: Fetched {
                        coverage: coverage(&seen.polled.windows, &seen.comparison),
                        profile: seen.polled.profile.take().unwrap_or_default(),
                        items: Vec::new(),
                        requests: std::mem::take(&mut seen.polled.requests),
                        warnings: Vec::new(),
                    },
                    comparison: seen.comparison,
                    media,
                };
                let besides = Besides {
                    findings: &answers.findings,
                    watch: Some(&watch),
                };
                let read = Some(Ok(read));
                let report = self
                    .capture
                    .seal(read, None, staging, besides, begun, progress)?;
                Some(report)
            }
        };
        noticed.sort_by_key(|n| n.record);
        Ok(WatchReport {
            account: self.capture.account.id.clone(),
            capture,
            noticed,
            whole,
            error: None,
            hint: None,
            retry: None,
            next_look,
            warnings,
            seconds: begun.elapsed().as_secs_f64(),
        })
    }

    fn next_look(
        &self,
        now: DateTime<Utc>,
        comparison: &Comparison,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let (hour, day) = (now - TimeDelta::hours(1), now - TimeDelta::days(1));
        let account = &self.capture.account.id;
        let catalog = self.capture.archive.catalog();
        let (last_hour, last_day) = catalog.published_counts(account, hour, day)?;
        let new = |since| {
            let new = comparison.seen.iter().filter(|s| s.change == Change::New);
            new.filter(|s| s.item.published.is_some_and(|at| at >= since))
                .count() as u64
        };
        let activity = Activity {
            last_hour: last_hour + new(hour),
            last_day: last_day + new(day),
        };
        Ok(self.pace.next_look(now, activity, self.boost.as_ref()))
    }

    fn failed(&self, error: &platform::Error, begun: Instant) -> Result<WatchReport, Error> {
        let now = (self.capture.around.now)();
        let retry = Retry::of(error);
        let next_look = self.pace.after_failure(now, retry, self.boost.as_ref());
        let problem = told(error);
        let watch = NewWatch {
            at: now,
            whole: false,
            next_look,
            memory: None,
            problem: Some(&problem),
        };
        self.capture.archive.catalog().note_watch(
            &self.capture.account.id,
            &watch,
            &[],
            None,
            &self.capture.around.actor,
        )?;
        Ok(WatchReport {
            account: self.capture.account.id.clone(),
            capture: None,
            noticed: Vec::new(),
            whole: false,
            error: Some(problem),
            hint: error.hint(),
            retry: Some(retry),
            next_look,
            warnings: Vec::new(),
            seconds: begun.elapsed().as_secs_f64(),
        })
    }
}

fn noticed_of(seen: &Seen, answers: &mut Answers) -> Vec<Noticed> {
    let mut all = std::mem::take(&mut answers.noticed);
    let told: HashSet<RecordId> = all.iter().map(|n| n.record).collect();
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
    for missed in &seen.newly_missed {
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
