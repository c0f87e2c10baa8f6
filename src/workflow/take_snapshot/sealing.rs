//! The end of a capture: its bags are filled, sealed and published, then their rows, leaves and the checkpoint written.

use std::collections::HashMap;
use std::time::Instant;

use super::{Besides, Capture, Read};
use crate::catalog::{NewCapture, NewLook, Place, Sighting};
use crate::platform::{self, Profile};
use crate::record::{BagId, CoverageRow, Covered, Gap, MediumHeld, Outcome, PageOutcome, RecordId};
use crate::store;
use crate::workflow::comparison::Comparison;
use crate::workflow::index_search::{INDEXED_BESIDE, index_page};
use crate::workflow::look::Look;
use crate::workflow::matching::PageWords;
use crate::workflow::page_bag::FilledPage;
use crate::workflow::sealed_bags::SealedBags;
use crate::workflow::snapshot_report::{Progress, SnapshotReport, hint_page, told_page};
use crate::workflow::staging::Staging;
use crate::workflow::{Error, Retry, told};

impl Capture<'_> {
    /// Fills, seals and publishes the bags, then writes rows, leaves and checkpoint.
    pub(in crate::workflow) fn seal(
        &self,
        read: Option<Result<Read, platform::Error>>,
        look: Option<Look>,
        staging: Staging<'_>,
        besides: Besides<'_>,
        begun: Instant,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<SnapshotReport, Error> {
        let finished = (self.around.now)();
        let mut report = self.report(begun);
        let mut sealed = SealedBags::default();
        let mut look = look;
        if let Some(Err(error)) = &read {
            self.tell_failure(error, &mut report);
        }
        // Nothing else stands in the coverage until records are sealed.
        let failed = report.coverage.rows.clone();
        // Before anything is published: what cannot be made of a page must not leave the records half acknowledged.
        let page = match &mut look {
            Some(look) if look.page.outcome.is_captured() => self.filled(look, failed, progress)?,
            _ => None,
        };
        let none = Comparison::default();
        let read = match read {
            Some(Ok(read)) => {
                self.seal_records(&read, staging, &mut sealed, &mut report, finished, progress)?;
                Some(read)
            }
            Some(Err(_)) | None => None,
        };
        let comparison = read.as_ref().map_or(&none, |read| &read.comparison);
        report.read = read.is_some();
        let (mut page_bag, mut page_text) = (None, None);
        if let Some(look) = &look {
            report.coverage.rows.push(look.page.coverage());
            if let Some(mut page) = page {
                page_bag = Some(sealed.bags.len());
                page_text = page.words.take().filter(|_| !look.own_comment);
                sealed.add_page(self, page)?;
                // That a platform holds nothing is for a person to look at, whatever its page shows.
                if report.outcome != Outcome::Empty {
                    report.outcome = Outcome::Sealed;
                }
            } else if report.error.is_none() && read.is_none() {
                report.error = Some(told_page(&look.page));
                report.hint = hint_page(&look.page);
                report.retry = Some(match look.page.outcome.may_pass() {
                    true => Retry::Passing,
                    false => Retry::Lasting,
                });
            }
            report.page = Some(look.page.clone());
        }
        let media = read.as_ref().map(|read| &read.media);
        let sightings = comparison.seen.iter().map(|seen| {
            let kind = seen.bag();
            let held = media.and_then(|media| media.get(&kind));
            Sighting {
                record: seen.record,
                joins: seen.joins(),
                item: &seen.item,
                digest: seen.digest,
                media_missing: seen.item.content.media.iter().any(|m| {
                    matches!(
                        held.and_then(|h| h.get(&m.address)),
                        Some(MediumHeld::Missing { .. })
                    )
                }),
                place: sealed
                    .bags
                    .iter()
                    .position(|b| seen.picked && b.kind == kind)
                    .map(|bag| place_of(seen.record, bag, &sealed.places)),
            }
        });
        let committed = self.archive.catalog().commit_capture(
            &NewCapture {
                finished: look
                    .as_ref()
                    .map_or(finished, |look| look.page.finished.max(finished)),
                account_name: read
                    .as_ref()
                    .and_then(|r| r.fetched.profile.name.as_deref()),
                look: look
                    .as_ref()
                    .map(|look| NewLook::of(&look.page, look.own_comment, page_bag)),
                door: read.as_ref().map(|_| self.door),
                findings: besides.findings,
                watch: besides.watch,
                // What failed has not come for its tick.
                settles: self.settles.filter(|_| report.outcome != Outcome::Failed),
                ..self.row(&report, &sealed.bags, &comparison.not_seen)
            },
            sightings,
        )?;
        store::crash_point("workflow::committed");
        // A look need not be told what the account says of itself.
        let told = read
            .as_ref()
            .filter(|r| r.fetched.profile != Profile::default());
        if let Some(read) = told {
            // What a crash loses of it here, the next reading tells again.
            let profile = &read.fetched.profile;
            self.archive
                .catalog()
                .keep_profile(&self.account.id, profile, finished)?;
        }
        if let Some((bag, text)) = page_bag.and_then(|at| sealed.bags.get(at)).zip(page_text) {
            self.note_shown(bag.id, &text)?;
        }
        if let Some(bag) = page_bag.and_then(|at| sealed.bags.get(at)) {
            index_page(self.archive, bag.id)?;
        }
        self.archive.catalog().index_more(INDEXED_BESIDE)?;
        if !sealed.bags.is_empty() {
            self.archive.publish_ledger(committed.ledger.start)?;
        }
        report.bags = sealed.reports;
        let ambiguity = comparison.ambiguity();
        report.warnings = read.map_or_else(Vec::new, |read| read.fetched.warnings);
        report.warnings.extend(ambiguity);
        report.seconds = begun.elapsed().as_secs_f64();
        Ok(report)
    }

    /// Which of the account's records stand in the page's text: it holds them too.
    fn note_shown(&self, bag: BagId, text: &str) -> Result<(), Error> {
        /// Older ones are not on a page that people read.
        const NEWEST: u32 = 1000;
        let page = PageWords::of(text);
        let mut shown = Vec::new();
        let mut catalog = self.archive.catalog();
        catalog.for_each_public_text(&self.account.id, NEWEST, |record, text| {
            if page.show(text) {
                shown.push(record);
            }
        })?;
        Ok(catalog.note_shown(bag, "data/page.txt", &shown)?)
    }

    /// A platform that could not be read: the reason, and the gap that it leaves should the page be sealed alone.
    fn tell_failure(&self, error: &platform::Error, report: &mut SnapshotReport) {
        report.error = Some(told(error));
        report.hint = error.hint();
        report.retry = Some(Retry::of(error));
        report.coverage.rows.push(CoverageRow {
            what: Covered::Posts,
            expected: None,
            captured: 0,
            missing: vec![Gap {
                what: self.account.address.to_string(),
                reason: error.gap(),
            }],
        });
    }

    /// The page's bag, filled and sealed. What a disk refuses is the archive's own error; else the look has failed.
    fn filled(
        &self,
        look: &mut Look,
        failed: Vec<CoverageRow>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Option<FilledPage>, Error> {
        let id = BagId((self.around.new_id)());
        match self.fill_page(id, look, failed, progress) {
            Ok(filled) => Ok(Some(filled)),
            Err(error @ Error::Io { .. }) if !error.is_full() => {
                look.page.outcome = PageOutcome::BrowserGone;
                look.page.detail = Some(told(&error));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

pub(in crate::workflow) fn place_of(
    record: RecordId,
    bag: usize,
    places: &[HashMap<RecordId, (String, u32)>],
) -> Place {
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
