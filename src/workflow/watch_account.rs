//! Watch: a cheap look between snapshots. What is new or edited is sealed at once, so that what is removed a minute later
//! is kept; what is missed is asked about (design, section 3).

mod seen;

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::block_in_place;

use self::seen::{Seen, noticed_of};
use super::comparison::Comparison;
use super::media::{Media, download_media, drop_vain_retries};
use super::missing::{Answers, ask_about};
use super::pace::{Activity, Pace, tightest};
use super::snapshot_report::Progress;
use super::staging::Staging;
use super::take_snapshot::{Besides, Capture, Read, registered};
use super::watch_report::WatchReport;
use super::windows::{coverage, lists};
use super::{Archive, Error, Retry, SnapshotRequest, Surroundings, Timetable, told};
use crate::catalog::{Boost, NewWatch, Settles, WatchList};
use crate::platform::{self, Client, Credential, Fetched, Held, Memory};
use crate::policy::Task;
use crate::record::{Account, AccountId, BagId, Change, NativeId, Reason};

/// What to look at.
#[derive(Debug, Clone)]
pub struct WatchRequest {
    pub account: AccountId,
    /// What it counts for in the timetable, unless it fails.
    pub settles: Option<Settles>,
    /// How soon the next look may come by the account's own pace.
    pub pace: Pace,
    /// True when a schedule watches the account: else nothing but a boost looks at it again by itself.
    pub scheduled: bool,
}

/// True when a schedule watches the account.
pub fn is_watched(timetable: &Timetable, account: &AccountId) -> bool {
    let mut schedules = timetable.schedules().iter();
    schedules.any(|s| s.what == Task::Watch && s.accounts.has(account))
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
    let watch = block_in_place(|| Watch::begin(archive, around, account, &look, request))?;
    let mut seen = match watch.poll(client, credential).await? {
        Ok(seen) => seen,
        Err(error) => return block_in_place(|| watch.failed(&error, begun)),
    };
    let answers = watch.ask(client, credential, &seen).await;
    let mut read = None;
    if seen.is_to_be_kept(&answers) {
        let (staging, media) = watch.read(client, &mut seen, progress).await?;
        drop_vain_retries(&mut seen.comparison, &media);
        read = seen.is_to_be_kept(&answers).then_some((staging, media));
    }
    block_in_place(|| watch.keep(seen, answers, read, begun, progress))
}

/// One look in progress: what does not change while it runs.
struct Watch<'a> {
    capture: Capture<'a>,
    memory: Memory,
    /// When each list was last read.
    lists: Vec<WatchList>,
    boost: Option<Boost>,
    pace: Pace,
    scheduled: bool,
}

impl<'a> Watch<'a> {
    fn begin(
        archive: &'a Archive,
        around: &'a Surroundings,
        account: Account,
        look: &'a SnapshotRequest,
        request: &WatchRequest,
    ) -> Result<Self, Error> {
        let (row, lists, boosts) = {
            let catalog = archive.catalog();
            let lists = catalog.watch_lists(&account.id)?;
            let boosts = catalog.boosts((around.now)())?;
            (catalog.watch(&account.id)?, lists, boosts)
        };
        let boosts = boosts.iter().filter(|b| b.account == account.id);
        let boost = tightest(boosts).cloned();
        let mut capture = Capture::begin(archive, around, account, look)?;
        // A look never stands for a whole reading, not even the first.
        capture.entire = false;
        Ok(Self {
            capture,
            memory: row.map(|r| r.memory).unwrap_or_default(),
            lists,
            boost,
            pace: request.pace,
            scheduled: request.scheduled,
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

    /// That nothing could be asked settles nothing, and is told so for each.
    async fn ask(&self, client: &Client, credential: Option<&Credential>, seen: &Seen) -> Answers {
        let new = seen.newly_missed.iter().cloned();
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
        seen: &mut Seen,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<(Staging<'a>, Media), Error> {
        let ids = [(); 2].map(|()| BagId((self.capture.around.new_id)()));
        let mut staging = Staging::new(self.capture.archive.store(), ids);
        if seen.comparison.seen.iter().any(|s| s.picked) {
            for answer in std::mem::take(&mut seen.answers) {
                if self.capture.keep(&mut staging, answer).is_err()
                    && let Some(error) = staging.failed.take()
                {
                    return Err(error.into());
                }
            }
        }
        let account = &self.capture.account;
        let blocked = |at: &url::Url| self.capture.is_blocked(at);
        let comparison = &seen.comparison;
        let media = download_media(
            client,
            account,
            comparison,
            &mut staging,
            &blocked,
            progress,
        )
        .await?;
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
        let lists = lists(&seen.polled.windows);
        let watch = NewWatch {
            at: now,
            whole,
            read: self.capture.started,
            lists: &lists,
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
                seen.comparison.not_seen = seen.not_seen(&answers).collect();
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
        if !self.scheduled && self.boost.is_none() {
            return Ok(None);
        }
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
            read: self.capture.started,
            lists: &[],
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
