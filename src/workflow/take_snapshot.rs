//! Snapshot: an account is read, compared with what is known, and what is new is sealed (design, section 3).

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use url::Url;

use super::comparison::{Comparison, compare};
use super::staging::{Draft, Staging, below_data};
use super::typeset::{Setting, typeset};
use super::{Archive, Error, Surroundings};
use crate::calendar::{local_date, local_time};
use crate::catalog::{NewBag, NewCapture, Place, Sighting};
use crate::platform::{self, Client, Credential, DownloadError, Fetched};
use crate::record::{
    Account, AccountId, BagId, BagKind, CAPTURE_FORMAT, CaptureFile, CaptureId, Counts,
    Coverage, CoverageRow, Covered, Gap, GapReason, MediumHeld, MediumKind, Outcome, PostsPdf,
    RECORDS_FORMAT, Reason, RecordId, RecordsFile, Request, SealedAccount, SealedMedium, SealedRecord,
    Software,
};
use crate::store::{BagInfo, SealedBag};

/// What to take.
#[derive(Debug, Clone)]
pub struct SnapshotRequest {
    pub account: AccountId,
    pub reason: Reason,
    /// Seal all that is seen, not only what is new or changed.
    pub entire: bool,
}

/// How far a snapshot has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    Reading(platform::Progress),
    Media { got: usize, of: usize },
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
struct Capture<'a> {
    archive: &'a Archive,
    around: &'a Surroundings,
    id: CaptureId,
    account: Account,
    reason: Reason,
    entire: bool,
    started: DateTime<Utc>,
    /// When the capture this one adds to was taken.
    since: Option<DateTime<Utc>>,
}

/// Takes a snapshot of one account. Returns when it is durable.
///
/// A platform that cannot be read is an outcome, written as such; errors are the archive's own.
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
    let begun = Instant::now();
    let capture = Capture::begin(archive, around, request)?;
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
        (None, Err(error)) => return capture.fail(&error, begun),
        (None, Ok(fetched)) => fetched,
    };
    let mut comparison = capture.compare(std::mem::take(&mut fetched.items), &fetched.coverage)?;
    let media = download_media(client, &capture, &comparison, &mut staging, progress).await?;
    drop_vain_retries(&mut comparison, &media);
    // One blocking story from here: typesetting, hashing, sealing and SQL are plain functions.
    tokio::task::block_in_place(|| {
        capture.seal(fetched, &comparison, media, staging, begun, progress)
    })
}

/// Media of each bag kind, by address.
type Media = HashMap<BagKind, HashMap<Url, MediumHeld>>;

fn kind_of(restricted: bool) -> BagKind {
    if restricted {
        BagKind::RecordsRestricted
    } else {
        BagKind::Records
    }
}

async fn download_media(
    client: &Client,
    capture: &Capture<'_>,
    comparison: &Comparison,
    staging: &mut Staging<'_>,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Media, crate::store::Error> {
    let mut wanted: Vec<(BagKind, Url, MediumKind)> = Vec::new();
    let mut listed = std::collections::HashSet::new();
    for seen in comparison.seen.iter().filter(|s| s.picked) {
        let bag = kind_of(seen.item.visibility.is_restricted());
        for medium in &seen.item.content.media {
            if listed.insert((bag, medium.address.clone())) {
                wanted.push((bag, medium.address.clone(), medium.kind));
            }
        }
    }
    let mut media = Media::new();
    let of = wanted.len();
    for (got, (kind, address, medium_kind)) in wanted.into_iter().enumerate() {
        progress(Progress::Media { got, of });
        let draft = staging.draft(kind)?;
        let mut file = draft.medium(&address, medium_kind)?;
        let held = match platform::download(client, &capture.account, &address, &mut file).await {
            Ok(download) => {
                let stored = file.finish()?;
                draft.requests.push(Request {
                    file: Some(stored.path.clone()),
                    ..download.request
                });
                MediumHeld::Held {
                    file: stored.path,
                    bytes: stored.bytes,
                    sha256: stored.sha256,
                    media_type: download.media_type.unwrap_or_default(),
                }
            }
            Err(DownloadError::Gap(missing)) => {
                drop(file);
                draft.forget_medium()?;
                MediumHeld::Missing { missing }
            }
            Err(DownloadError::Write(source)) => return Err(file.failed(source)),
        };
        media.entry(kind).or_default().insert(address, held);
    }
    Ok(media)
}

/// What was picked only to try again is dropped unless all its media came: else each snapshot would seal it anew.
fn drop_vain_retries(comparison: &mut Comparison, media: &Media) {
    for seen in comparison.seen.iter_mut().filter(|s| s.retry) {
        let bag = media.get(&kind_of(seen.item.visibility.is_restricted()));
        seen.picked = seen.item.content.media.iter().all(|m| {
            let held = bag.and_then(|b| b.get(&m.address));
            matches!(held, Some(MediumHeld::Held { .. }))
        });
    }
}

/// A bag that is filled, with where its records stand.
struct Filled {
    bag: SealedBag,
    kind: BagKind,
    posts_pdf: PostsPdf,
    places: HashMap<RecordId, (String, u32)>,
}

impl<'a> Capture<'a> {
    fn begin(
        archive: &'a Archive,
        around: &'a Surroundings,
        request: &SnapshotRequest,
    ) -> Result<Self, Error> {
        let catalog = archive.catalog();
        let account = catalog
            .account(&request.account)?
            .ok_or_else(|| crate::catalog::Error::NoAccount(request.account.clone()))?;
        let since = catalog.last_sealed(&account.id)?.map(|c| c.started);
        drop(catalog);
        Ok(Self {
            archive,
            around,
            id: CaptureId((around.new_id)()),
            account,
            reason: request.reason,
            entire: request.entire || since.is_none(),
            started: (around.now)(),
            since,
        })
    }

    fn door(&self) -> &'static str {
        self.account.platform.as_str()
    }

    fn compare(
        &self,
        items: Vec<crate::record::Item>,
        coverage: &Coverage,
    ) -> Result<Comparison, Error> {
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
        let told = error.to_string();
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
                ..self.row(&report, &[], &[])
            },
            [],
        )?;
        report.hint = error.hint();
        report.error = Some(told);
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
            actor: &self.around.actor,
        }
    }

    /// Fills, seals and publishes the bags, then writes rows, leaves and checkpoint.
    fn seal(
        &self,
        fetched: Fetched,
        comparison: &Comparison,
        media: Media,
        staging: Staging<'_>,
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
        let drafts = if outcome == Outcome::Sealed {
            staging.into_drafts()
        } else {
            Vec::new()
        };
        let mut filled = Vec::new();
        let mut coverage = fetched.coverage.clone();
        for draft in drafts {
            let kind = draft.kind;
            let empty = HashMap::new();
            let held = media.get(&kind).unwrap_or(&empty);
            if !comparison
                .seen
                .iter()
                .any(|s| s.picked && kind_of(s.item.visibility.is_restricted()) == kind)
            {
                continue;
            }
            let own = media_row(comparison, kind, held);
            add_media(&mut coverage, own.clone());
            let mut bag_coverage = fetched.coverage.clone();
            bag_coverage.rows.extend(own);
            let contents = Contents {
                fetched: &fetched,
                comparison,
                counts,
                coverage: bag_coverage,
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
            let kind = kind_of(seen.item.visibility.is_restricted());
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
        crate::store::crash_point("workflow::committed");
        if !bags.is_empty() {
            self.archive.publish_ledger(committed.ledger.start)?;
        }
        report.warnings = fetched.warnings;
        report.seconds = begun.elapsed().as_secs_f64();
        Ok(report)
    }

    fn fill(
        &self,
        mut draft: Draft,
        c: &Contents<'_>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Filled, Error> {
        let kind = draft.kind;
        let bag = draft.bag.bag();
        let picked = || {
            c.comparison
                .seen
                .iter()
                .filter(move |s| s.picked && kind_of(s.item.visibility.is_restricted()) == kind)
        };
        let used: std::collections::HashSet<&Url> = picked()
            .flat_map(|s| s.item.content.media.iter().map(|m| &m.address))
            .collect();
        for (address, held) in c.media {
            if let (MediumHeld::Held { file, .. }, false) = (held, used.contains(address)) {
                draft.bag.remove(below_data(file))?;
                draft.requests.retain(|r| r.file.as_ref() != Some(file));
            }
        }
        let mut media: Vec<SealedMedium> = c
            .media
            .iter()
            .filter(|(address, _)| used.contains(address))
            .map(|(address, state)| SealedMedium {
                address: address.clone(),
                state: state.clone(),
            })
            .collect();
        media.sort_by(|a, b| a.address.cmp(&b.address));
        let records = RecordsFile {
            arkivd: RECORDS_FORMAT.to_owned(),
            bag,
            capture: self.id,
            account: self.account.id.clone(),
            committee: self.account.committee.clone(),
            records: picked()
                .map(|s| SealedRecord {
                    record: s.record,
                    version: s.version,
                    change: s.change,
                    content_sha256: s.digest,
                    item: s.item.clone(),
                })
                .collect(),
            media,
        };
        let records_json = draft.bag.write_json("records.json", &records)?;
        progress(Progress::Typesetting);
        let set = typeset(
            &mut draft.bag,
            &Setting {
                organisation: &self.around.organisation,
                account: &self.account,
                account_name: c.fetched.profile.name.as_deref(),
                kind,
                reason: self.reason,
                taken: self.started,
                capture: self.id,
                since: self.since.filter(|_| !self.entire),
                first: self.since.is_none(),
                coverage: &c.coverage,
                records_json: &records_json,
                seen: &c.comparison.seen,
                media: c.media,
            },
        )?;
        progress(Progress::Sealing);
        let mut requests = draft.requests;
        if kind == BagKind::Records {
            requests.extend(c.fetched.requests.iter().cloned());
        }
        let capture = CaptureFile {
            arkivd: CAPTURE_FORMAT.to_owned(),
            bag,
            kind,
            capture: self.id,
            organisation: self.around.organisation.clone(),
            account: SealedAccount {
                id: self.account.id.clone(),
                platform: self.account.platform,
                address: self.account.address.clone(),
                name: c.fetched.profile.name.clone(),
                description: c.fetched.profile.description.clone(),
                committee: self.account.committee.clone(),
                purpose: self.account.purpose.clone(),
                audience: self.account.audience.clone(),
            },
            reason: self.reason,
            started: self.started,
            finished: c.finished,
            software: Software::this(),
            entire: self.entire,
            since: self.since.filter(|_| !self.entire),
            counts: c.counts,
            coverage: c.coverage.clone(),
            not_seen: c.comparison.not_seen.clone(),
            requests,
            posts_pdf: set.posts_pdf.clone(),
        };
        draft.bag.write_json("capture.json", &capture)?;
        let salt = (self.around.salt)().map_err(Error::Salt)?;
        Ok(Filled {
            bag: draft.bag.seal(&self.bag_info(bag, kind)?, salt)?,
            kind,
            posts_pdf: set.posts_pdf,
            places: set.places,
        })
    }

    fn bag_info(&self, bag: BagId, kind: BagKind) -> Result<BagInfo, crate::store::Error> {
        let software = Software::this();
        BagInfo::new([
            ("Source-Organization", self.around.organisation.clone()),
            (
                "External-Description",
                format!(
                    "{}, {}: {} {}, {}",
                    self.account.committee,
                    self.account.id,
                    self.account.address,
                    kind,
                    local_time(self.started)
                ),
            ),
            ("External-Identifier", bag.to_string()),
            ("Bag-Group-Identifier", self.id.to_string()),
            ("Bagging-Date", local_date(self.started).to_string()),
            (
                "Bag-Software-Agent",
                format!("{} {}", software.name, software.version),
            ),
        ])
    }
}

/// What goes into a bag besides what the capture knows.
struct Contents<'c> {
    fetched: &'c Fetched,
    comparison: &'c Comparison,
    counts: Counts,
    coverage: Coverage,
    media: &'c HashMap<Url, MediumHeld>,
    finished: DateTime<Utc>,
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

/// The coverage of one bag's media; `None` when its records show none.
fn media_row(
    comparison: &Comparison,
    kind: BagKind,
    held: &HashMap<Url, MediumHeld>,
) -> Option<CoverageRow> {
    let mut addresses: Vec<&Url> = comparison
        .seen
        .iter()
        .filter(|s| s.picked && kind_of(s.item.visibility.is_restricted()) == kind)
        .flat_map(|s| s.item.content.media.iter().map(|m| &m.address))
        .collect();
    addresses.sort();
    addresses.dedup();
    if addresses.is_empty() {
        return None;
    }
    let missing: Vec<Gap> = addresses
        .iter()
        .filter_map(|address| match held.get(address) {
            Some(MediumHeld::Missing { missing }) => Some(Gap {
                what: address.to_string(),
                reason: missing.clone(),
            }),
            _ => None,
        })
        .collect();
    Some(CoverageRow {
        what: Covered::Media,
        expected: Some(addresses.len() as u64),
        captured: (addresses.len() - missing.len()) as u64,
        missing,
    })
}

/// Adds a bag's media to the capture's.
fn add_media(coverage: &mut Coverage, row: Option<CoverageRow>) {
    let Some(row) = row else { return };
    match coverage.rows.iter_mut().find(|r| r.what == Covered::Media) {
        None => coverage.rows.push(row),
        Some(all) => {
            all.expected = all.expected.zip(row.expected).map(|(a, b)| a + b);
            all.captured += row.captured;
            all.missing.extend(row.missing);
        }
    }
}
