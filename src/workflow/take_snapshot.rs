//! Snapshot: an account is read, compared with what is known, and what is new is sealed (design, section 3).

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use tokio::task::block_in_place;

use super::comparison::{Comparison, compare};
use super::fill_bag::Contents;
use super::media::{Media, add_media, download_media, drop_vain_retries, media_row};
use super::staging::Staging;
use super::{Archive, Error, Retry, Surroundings, told};
use crate::catalog::{NewBag, NewCapture, Place, Settles, Sighting};
use crate::platform::{self, Client, Credential, Fetched};
use crate::record::{
    Account, AccountId, BagId, BagKind, CaptureId, Counts, Coverage, Covered, Gap, GapReason, Item,
    MediumHeld, Outcome, Reason, RecordId,
};
use crate::store;

/// What to take.
#[derive(Debug, Clone)]
pub struct SnapshotRequest {
    pub account: AccountId,
    pub reason: Reason,
    /// Seal all that is seen, not only what is new or changed.
    pub entire: bool,
    /// What it counts for in the timetable, unless it fails.
    pub settles: Option<Settles>,
}

/// How far a snapshot has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Other captures run, and it has to wait for its turn.
    Waiting,
    Reading(platform::Progress),
    Media {
        got: usize,
        of: usize,
    },
    Typesetting,
    Sealing,
}

/// What a snapshot came to.
#[derive(Debug, Clone)]
pub struct SnapshotReport {
    pub capture: CaptureId,
    pub account: AccountId,
    pub outcome: Outcome,
    pub bags: Vec<BagReport>,
    pub counts: Counts,
    pub coverage: Coverage,
    /// Why it failed, and what to do about it.
    pub error: Option<String>,
    pub hint: Option<String>,
    /// When trying again may help, if it failed.
    pub retry: Option<Retry>,
    /// What a person should know, and what is no gap.
    pub warnings: Vec<String>,
    pub seconds: f64,
}

/// A sealed bag of the capture.
#[derive(Debug, Clone)]
pub struct BagReport {
    pub bag: BagId,
    pub kind: BagKind,
    /// The bag's own folder.
    pub path: PathBuf,
    pub pdfs: Vec<PathBuf>,
    /// The level they were sealed at; `None` when none was reached.
    pub level: Option<String>,
    pub text_only: bool,
}

impl SnapshotReport {
    /// True when something that was there was not captured, or a PDF was not sealed. A feed's window is no fault.
    pub fn is_partial(&self) -> bool {
        let gap = self.coverage.rows.iter().any(|row| {
            row.missing
                .iter()
                .any(|g| g.reason != GapReason::WindowOnly)
                || row.expected.is_some_and(|n| n != row.captured)
        });
        gap || self.outcome == Outcome::Empty || self.bags.iter().any(|b| b.level.is_none())
    }
}

/// One capture in progress: what does not change while it runs.
pub(super) struct Capture<'a> {
    pub(super) archive: &'a Archive,
    pub(super) around: &'a Surroundings,
    pub(super) id: CaptureId,
    pub(super) account: Account,
    pub(super) reason: Reason,
    pub(super) entire: bool,
    settles: Option<&'a Settles>,
    pub(super) started: DateTime<Utc>,
    /// When the capture this one adds to was taken.
    pub(super) since: Option<DateTime<Utc>>,
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
    let capture = block_in_place(|| Capture::begin(archive, around, request))?;
    let ids = [BagId((around.new_id)()), BagId((around.new_id)())];
    let mut staging = Staging::new(archive.store(), ids);
    let fetched = platform::fetch(
        client,
        &capture.account,
        credential,
        &mut |answer| staging.keep(&answer),
        &|p| progress(Progress::Reading(p)),
    )
    .await;
    let mut fetched = match (staging.failed.take(), fetched) {
        // Staged bags go when they are dropped.
        (Some(error), _) => return Err(error.into()),
        (None, Err(error)) => return block_in_place(|| capture.fail(&error, begun)),
        (None, Ok(fetched)) => fetched,
    };
    let items = std::mem::take(&mut fetched.items);
    let mut comparison = block_in_place(|| capture.compare(items, &fetched.coverage))?;
    let media = download_media(
        client,
        &capture.account,
        &comparison,
        &mut staging,
        progress,
    )
    .await?;
    drop_vain_retries(&mut comparison, &media);
    // One blocking story from here: typesetting, hashing, sealing and SQL are plain functions.
    block_in_place(|| capture.seal(fetched, &comparison, media, staging, begun, progress))
}

fn registered(archive: &Archive, id: &AccountId) -> Result<Account, Error> {
    let account = archive.catalog().account(id)?;
    Ok(account.ok_or_else(|| crate::catalog::Error::NoAccount(id.clone()))?)
}

impl<'a> Capture<'a> {
    fn begin(
        archive: &'a Archive,
        around: &'a Surroundings,
        request: &'a SnapshotRequest,
    ) -> Result<Self, Error> {
        let account = registered(archive, &request.account)?;
        let since = archive.catalog().last_sealed(&account.id)?;
        let since = since.map(|c| c.started);
        Ok(Self {
            archive,
            around,
            id: CaptureId((around.new_id)()),
            account,
            reason: request.reason,
            entire: request.entire || since.is_none(),
            settles: request.settles.as_ref(),
            started: (around.now)(),
            since,
        })
    }

    /// When the capture was taken that its bags add to; `None` when they hold all.
    pub(super) fn adds_to(&self) -> Option<DateTime<Utc>> {
        self.since.filter(|_| !self.entire)
    }

    fn door(&self) -> &'static str {
        self.account.platform.as_str()
    }

    fn compare(&self, items: Vec<Item>, coverage: &Coverage) -> Result<Comparison, Error> {
        let known = self
            .archive
            .catalog()
            .known(&self.account.id, self.door())?;
        compare(
            items,
            &known,
            coverage,
            self.entire,
            &mut self.around.new_id.clone(),
        )
        .map_err(|source| Error::Json {
            what: format!("an item of account {}", self.account.id),
            source,
        })
    }

    fn fail(&self, error: &platform::Error, begun: Instant) -> Result<SnapshotReport, Error> {
        let told = told(error);
        let mut report = self.report(
            Outcome::Failed,
            Counts::default(),
            Coverage::default(),
            begun,
        );
        self.archive.catalog().commit_capture(
            &NewCapture {
                error: Some(&told),
                finished: (self.around.now)(),
                settles: None,
                ..self.row(&report, &[], &[])
            },
            [],
        )?;
        report.hint = error.hint();
        report.error = Some(told);
        report.retry = Some(Retry::of(error));
        Ok(report)
    }

    fn report(
        &self,
        outcome: Outcome,
        counts: Counts,
        coverage: Coverage,
        begun: Instant,
    ) -> SnapshotReport {
        SnapshotReport {
            capture: self.id,
            account: self.account.id.clone(),
            outcome,
            bags: Vec::new(),
            counts,
            coverage,
            error: None,
            hint: None,
            retry: None,
            warnings: Vec::new(),
            seconds: begun.elapsed().as_secs_f64(),
        }
    }

    fn row<'r>(
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
            door: self.door(),
            reason: self.reason,
            outcome: report.outcome,
            entire: self.entire,
            started: self.started,
            finished: self.started,
            new: report.counts.new,
            changed: report.counts.changed,
            unchanged: report.counts.unchanged,
            coverage: &report.coverage,
            error: None,
            bags,
            absent,
            settles: self.settles,
            actor: &self.around.actor,
        }
    }

    /// Fills, seals and publishes the bags, then writes rows, leaves and checkpoint.
    fn seal(
        &self,
        fetched: Fetched,
        comparison: &Comparison,
        media: Media,
        mut staging: Staging<'_>,
        begun: Instant,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<SnapshotReport, Error> {
        let finished = (self.around.now)();
        let counts = comparison.counts();
        let outcome = match (
            comparison.seen.is_empty(),
            comparison.seen.iter().any(|s| s.picked),
        ) {
            (true, _) => Outcome::Empty,
            (_, false) => Outcome::Unchanged,
            (_, true) => Outcome::Sealed,
        };
        let has_picks = |kind: BagKind| comparison.picked(kind).next().is_some();
        for kind in BagKind::ALL {
            if has_picks(kind) {
                staging.draft(kind)?;
            }
        }
        // A draft without records, such as of answers that told nothing new, goes when it is dropped.
        let drafts = staging.into_drafts().into_iter();
        let drafts = drafts.filter(|draft| has_picks(draft.kind));
        let mut filled = Vec::new();
        let mut coverage = fetched.coverage.clone();
        for draft in drafts {
            let kind = draft.kind;
            let empty = HashMap::new();
            let held = media.get(&kind).unwrap_or(&empty);
            let own = media_row(comparison, kind, held);
            add_media(&mut coverage, own.clone());
            let mut bag_coverage = match kind {
                BagKind::Records => without_held_details(&fetched.coverage),
                BagKind::RecordsRestricted => fetched.coverage.clone(),
            };
            bag_coverage.rows.extend(own);
            let contents = Contents {
                fetched: &fetched,
                comparison,
                counts,
                coverage: bag_coverage,
                first: filled.is_empty(),
                media: held,
                finished,
            };
            filled.push(self.fill(draft, &contents, progress)?);
        }
        let mut report = self.report(outcome, counts, coverage, begun);
        let mut bags = Vec::new();
        let mut places = Vec::new();
        for f in filled {
            let published = f.bag.publish()?;
            let path = self.archive.store().path(published.bag).join("bag");
            let level = f.posts_pdf.parts.first().map(|p| p.level.clone());
            report.bags.push(BagReport {
                bag: published.bag,
                kind: f.kind,
                pdfs: f
                    .posts_pdf
                    .parts
                    .iter()
                    .map(|p| path.join(&p.file))
                    .collect(),
                path,
                level: level.clone(),
                text_only: f.posts_pdf.text_only,
            });
            bags.push(NewBag {
                id: published.bag,
                kind: f.kind,
                commitment: published.commitment,
                bytes: published.bytes,
                files: published.files,
                pdf: level,
            });
            places.push(f.places);
        }
        let sightings = comparison.seen.iter().map(|seen| {
            let kind = seen.bag();
            let held = media.get(&kind);
            Sighting {
                record: seen.record,
                item: &seen.item,
                digest: seen.digest,
                media_missing: seen.item.content.media.iter().any(|m| {
                    matches!(
                        held.and_then(|h| h.get(&m.address)),
                        Some(MediumHeld::Missing { .. })
                    )
                }),
                place: bags
                    .iter()
                    .position(|b| seen.picked && b.kind == kind)
                    .map(|bag| place_of(seen.record, bag, &places)),
            }
        });
        let committed = self.archive.catalog().commit_capture(
            &NewCapture {
                finished,
                account_name: fetched.profile.name.as_deref(),
                ..self.row(&report, &bags, &comparison.not_seen)
            },
            sightings,
        )?;
        store::crash_point("workflow::committed");
        if !bags.is_empty() {
            self.archive.publish_ledger(committed.ledger.start)?;
        }
        report.warnings = fetched.warnings;
        report.seconds = begun.elapsed().as_secs_f64();
        Ok(report)
    }
}

/// The coverage as a bag for the public tells it: how many held comments there are, and nothing of any one of them,
/// whose words a gap's detail may repeat.
fn without_held_details(coverage: &Coverage) -> Coverage {
    let mut coverage = coverage.clone();
    for row in &mut coverage.rows {
        if row.what != Covered::HeldComments {
            continue;
        }
        let all = row.missing.len();
        row.missing.retain(|gap| gap.what == row.what.as_str());
        if row.missing.len() < all {
            row.missing.push(Gap {
                what: row.what.as_str().to_owned(),
                reason: GapReason::Malformed {
                    detail: "not all could be read".to_owned(),
                },
            });
        }
    }
    coverage
}

fn place_of(record: RecordId, bag: usize, places: &[HashMap<RecordId, (String, u32)>]) -> Place {
    match places.get(bag).and_then(|p| p.get(&record)) {
        Some((file, page)) => Place {
            bag,
            file: file.clone(),
            page: Some(*page),
        },
        None => Place {
            bag,
            file: "data/records.json".to_owned(),
            page: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::CoverageRow;

    #[test]
    fn a_bag_for_the_public_tells_nothing_of_a_held_comment() {
        let gap = |what: &str, detail: &str| Gap {
            what: what.into(),
            reason: GapReason::Malformed {
                detail: detail.into(),
            },
        };
        let row = |what, missing| CoverageRow {
            what,
            expected: Some(2),
            captured: 1,
            missing,
        };
        let all = Coverage {
            rows: vec![
                row(Covered::Comments, vec![gap("comment:3", "öppet")]),
                row(Covered::HeldComments, vec![gap("comment:7", "hemligt")]),
            ],
        };
        let told = without_held_details(&all);
        assert_eq!(told.rows[0], all.rows[0]);
        assert_eq!((told.rows[1].expected, told.rows[1].captured), (Some(2), 1));
        assert!(!told.is_complete());
        let text = serde_json::to_string(&told).unwrap();
        assert!(
            !text.contains("hemligt") && !text.contains("comment:7"),
            "{text}"
        );
    }
}
