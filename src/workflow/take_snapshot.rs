//! Snapshot: an account is read, compared with what is known, and what is new is sealed; its page is looked at with a
//! browser (design, section 3).

mod sealing;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use tokio::task::block_in_place;
use url::Url;

use super::comparison::{Comparison, compare};
use super::execute_gallring::Tombstones;
use super::look::{Look, look};
use super::matching::Others;
use super::media::{Media, download_media, drop_vain_retries};
use super::missing::{Answers, ask_about};
use super::snapshot_report::{Progress, SnapshotReport};
use super::snapshot_request::SnapshotRequest;
use super::staging::Staging;
use super::{Archive, Error, Surroundings};
use crate::catalog::{Finding, Missed, NewBag, NewCapture, NewWatch, Settles};
use crate::platform::{self, Client, Credential, Fetched};
use crate::record::{
    Account, AccountId, BagId, CaptureId, Counts, Coverage, Item, NativeId, Outcome, PageOutcome,
    Reason, RecordId,
};
pub(super) use sealing::place_of;

/// One capture in progress: what does not change while it runs.
pub(super) struct Capture<'a> {
    pub(super) archive: &'a Archive,
    pub(super) around: &'a Surroundings,
    pub(super) id: CaptureId,
    pub(super) account: Account,
    /// As the platform last told it.
    pub(super) name: Option<String>,
    /// The way in: aliases are unique within account and door.
    pub(super) door: &'static str,
    pub(super) reason: Reason,
    pub(super) entire: bool,
    pub(super) settles: Option<&'a Settles>,
    pub(super) started: DateTime<Utc>,
    /// When the capture this one adds to was taken.
    pub(super) since: Option<DateTime<Utc>>,
    /// What was destroyed, and is passed by wherever it turns up; `None` where nothing was.
    pub(super) tombstones: Option<Tombstones>,
}

/// Takes a snapshot of one account, when its turn has come. Returns when it is durable.
///
/// A platform that cannot be read is an outcome, written as such; errors are the archive's own. Where it reads and
/// writes the archive it blocks its thread: it runs on tokio's runtime of many threads. Dropped while it reads, it
/// leaves nothing behind.
///
/// # Errors
/// When the account is not registered, or the archive cannot be written.
pub async fn take_snapshot(
    archive: &Arc<Archive>,
    client: &Client,
    credential: Option<&Credential>,
    request: &SnapshotRequest,
    around: &Surroundings,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<SnapshotReport, Error> {
    let account = block_in_place(|| registered(archive, &request.account))?;
    let host = account.address.host_str().unwrap_or_default();
    let turns = archive.turns();
    let _turn = turns
        .take(&account.id, host, || progress(Progress::Waiting))
        .await;
    let begun = Instant::now();
    let capture = block_in_place(|| Capture::begin(archive, around, account, request))?;
    let ids = [BagId((around.new_id)()), BagId((around.new_id)())];
    let mut staging = Staging::new(archive.store(), ids);
    let read = match request.records {
        true => Some(
            capture
                .read(client, credential, &mut staging, progress)
                .await?,
        ),
        false => None,
    };
    let stopped = match &request.page {
        Some(page) => block_in_place(|| capture.stopped(page))?,
        None => None,
    };
    let look = match (&request.page, &around.pages) {
        (Some(page), _) if let Some(why) = stopped => Some(Look::without(
            page,
            PageOutcome::Refused,
            why,
            archive.store(),
            around.now,
        )?),
        (Some(page), Some(pages)) => {
            progress(Progress::Page);
            let look = look(pages, page, archive.store(), around.now).await?;
            Some(block_in_place(|| capture.kept_from(look))?)
        }
        (Some(_), None) => return Err(Error::NoPages),
        (None, _) => None,
    };
    let answers = match &read {
        Some(Ok(read)) => capture.ask(client, credential, read).await?,
        _ => Answers::default(),
    };
    let besides = Besides {
        findings: &answers.findings,
        ..Besides::default()
    };
    // One blocking story from here: typesetting, hashing, sealing and SQL are plain functions.
    block_in_place(|| capture.seal(read, look, staging, besides, begun, progress))
}

/// What is committed with a capture besides what it saw.
#[derive(Clone, Copy, Default)]
pub(super) struct Besides<'b> {
    /// What the platform said of records that were missed.
    pub(super) findings: &'b [Finding],
    pub(super) watch: Option<&'b NewWatch<'b>>,
}

/// What the platform's interface gave.
pub(super) struct Read {
    pub(super) fetched: Fetched,
    pub(super) comparison: Comparison,
    pub(super) media: Media,
}

pub(super) fn registered(archive: &Archive, id: &AccountId) -> Result<Account, Error> {
    let account = archive.catalog().account(id)?;
    Ok(account.ok_or_else(|| crate::catalog::Error::NoAccount(id.clone()))?)
}

impl<'a> Capture<'a> {
    pub(super) fn begin(
        archive: &'a Archive,
        around: &'a Surroundings,
        account: Account,
        request: &'a SnapshotRequest,
    ) -> Result<Self, Error> {
        let name = archive.catalog().account_name(&account.id)?;
        let since = archive.catalog().last_sealed(&account.id)?;
        let since = since.map(|c| c.started);
        Ok(Self {
            archive,
            around,
            id: CaptureId((around.new_id)()),
            door: account.platform.as_str(),
            name,
            account,
            reason: request.reason,
            entire: request.entire || since.is_none(),
            settles: request.settles.as_ref(),
            started: (around.now)(),
            since,
            tombstones: Tombstones::of(archive)?,
        })
    }

    /// When the capture was taken that its bags add to; `None` when they hold all.
    pub(super) fn adds_to(&self) -> Option<DateTime<Utc>> {
        self.since.filter(|_| !self.entire)
    }

    pub(super) fn compare(
        &self,
        mut items: Vec<Item>,
        coverage: &Coverage,
    ) -> Result<Comparison, Error> {
        self.pass_by(&mut items);
        let (known, others) = {
            let catalog = self.archive.catalog();
            let known = catalog.known(&self.account.id, self.door)?;
            let listed: HashSet<&NativeId> = items.iter().map(|i| &i.native_id).collect();
            let others = match items.iter().any(|i| !known.contains_key(&i.native_id)) {
                true => Others::of(&catalog, &self.account.id, self.door, &listed)?,
                false => Others::default(),
            };
            (known, others)
        };
        compare(
            items,
            &known,
            &others,
            coverage,
            self.entire,
            &mut self.around.new_id.clone(),
        )
        .map_err(|source| Error::Json {
            what: format!("an item of account {}", self.account.id),
            source,
        })
    }

    /// Reads the account by its platform's interface. That it cannot be read is an outcome.
    async fn read(
        &self,
        client: &Client,
        credential: Option<&Credential>,
        staging: &mut Staging<'_>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Result<Read, platform::Error>, Error> {
        let fetched = platform::fetch(
            client,
            &self.account,
            credential,
            &mut |answer| self.keep(staging, answer),
            &|p| progress(Progress::Reading(p)),
        )
        .await;
        let mut fetched = match (staging.failed.take(), fetched) {
            // Staged bags go when they are dropped.
            (Some(error), _) => return Err(error.into()),
            (None, Err(error)) => return Ok(Err(error)),
            (None, Ok(fetched)) => fetched,
        };
        let items = std::mem::take(&mut fetched.items);
        let mut comparison = block_in_place(|| self.compare(items, &fetched.coverage))?;
        let blocked = |at: &Url| self.is_blocked(at);
        let media = download_media(
            client,
            &self.account,
            &comparison,
            staging,
            &blocked,
            progress,
        )
        .await?;
        drop_vain_retries(&mut comparison, &media);
        Ok(Ok(Read {
            fetched,
            comparison,
            media,
        }))
    }

    /// What a complete reading missed is asked about at once; that nothing could be asked settles nothing.
    async fn ask(
        &self,
        client: &Client,
        credential: Option<&Credential>,
        read: &Read,
    ) -> Result<Answers, Error> {
        let not_seen = &read.comparison.not_seen;
        if not_seen.is_empty() {
            return Ok(Answers::default());
        }
        let missed = block_in_place(|| {
            let catalog = self.archive.catalog();
            catalog.not_vanished(&self.account.id, self.door, not_seen)
        })?;
        let missed: Vec<_> = missed.into_iter().map(|m| (m, None)).collect();
        let seen: Vec<Missed> = read.comparison.present().collect();
        let now = self.around.now;
        let answers = ask_about(client, &self.account, credential, &missed, &seen, now).await;
        Ok(answers.unwrap_or_default())
    }

    pub(super) fn report(&self, begun: Instant) -> SnapshotReport {
        SnapshotReport {
            capture: self.id,
            account: self.account.id.clone(),
            outcome: Outcome::Failed,
            bags: Vec::new(),
            counts: Counts::default(),
            coverage: Coverage::default(),
            read: false,
            page: None,
            error: None,
            hint: None,
            retry: None,
            warnings: Vec::new(),
            seconds: begun.elapsed().as_secs_f64(),
        }
    }

    pub(super) fn row<'r>(
        &'r self,
        report: &'r SnapshotReport,
        bags: &'r [NewBag],
        absent: &'r [RecordId],
    ) -> NewCapture<'r> {
        NewCapture {
            id: self.id,
            account: &self.account.id,
            account_name: None,
            committee: &self.account.committee,
            door: None,
            reason: self.reason,
            outcome: report.outcome,
            entire: self.entire,
            started: self.started,
            finished: self.started,
            new: report.counts.new,
            changed: report.counts.changed,
            unchanged: report.counts.unchanged,
            coverage: &report.coverage,
            error: report.error.as_deref(),
            bags,
            look: None,
            absent,
            findings: &[],
            watch: None,
            settles: self.settles,
            imported: &[],
            actor: &self.around.actor,
        }
    }
}
