//! A bag is filled: records.json, posts.pdf, capture.json, then sealed.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use url::Url;

use super::Error;
use super::comparison::Comparison;
use super::snapshot_report::Progress;
use super::staging::{Draft, below_data};
use super::take_snapshot::Capture;
use super::typeset::{Setting, typeset};
use crate::calendar::{local_date, local_time};
use crate::platform::{Fetched, Profile};
use crate::record::{
    BagId, BagKind, CAPTURE_FORMAT, CaptureFile, Counts, Coverage, MediumHeld, PostsPdf,
    RECORDS_FORMAT, RecordId, RecordsFile, SealedAccount, SealedMedium, SealedRecord, Software,
};
use crate::store::{self, BagInfo, SealedBag};

/// What goes into a bag besides what the capture knows.
pub(super) struct Contents<'c> {
    pub(super) fetched: &'c Fetched,
    pub(super) comparison: &'c Comparison,
    pub(super) counts: Counts,
    pub(super) coverage: Coverage,
    /// True for the first of the capture's bags.
    pub(super) first: bool,
    pub(super) media: &'c HashMap<Url, MediumHeld>,
    pub(super) finished: DateTime<Utc>,
}

/// A bag that is filled, with where its records stand.
pub(super) struct Filled {
    pub(super) bag: SealedBag,
    pub(super) kind: BagKind,
    pub(super) posts_pdf: PostsPdf,
    pub(super) places: HashMap<RecordId, (String, u32)>,
}

impl Capture<'_> {
    /// Fills and seals one bag.
    pub(super) fn fill(
        &self,
        mut draft: Draft,
        c: &Contents<'_>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Filled, Error> {
        let kind = draft.kind;
        let bag = draft.bag.bag();
        let picked = || c.comparison.picked(kind);
        let used: HashSet<&Url> = picked()
            .flat_map(|s| s.item.content.media.iter().map(|m| &m.address))
            .collect();
        let mut unused: Vec<&String> = c
            .media
            .iter()
            .filter_map(|(address, held)| match held {
                MediumHeld::Held { file, .. } if !used.contains(address) => Some(file),
                _ => None,
            })
            .collect();
        // From the last to the first: that is how they are found fastest.
        unused.sort_unstable();
        for file in unused.iter().rev() {
            draft.bag.remove(below_data(file))?;
        }
        let unused: HashSet<&String> = unused.into_iter().collect();
        draft
            .requests
            .retain(|r| !r.file.as_ref().is_some_and(|f| unused.contains(f)));
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
                account_name: c.fetched.profile.name.as_deref().or(self.name.as_deref()),
                kind,
                reason: self.reason,
                taken: self.started,
                capture: self.id,
                since: self.adds_to(),
                first: self.since.is_none(),
                coverage: &c.coverage,
                records_json: &records_json,
                seen: &c.comparison.seen,
                media: c.media,
                second_gate: self.around.second_gate.as_ref(),
                destroyed: None,
            },
        )?;
        progress(Progress::Sealing);
        let mut requests = draft.requests;
        // What was asked and not kept is told in the capture's first bag.
        if c.first {
            requests.extend(c.fetched.requests.iter().cloned());
        }
        let capture = CaptureFile {
            arkivd: CAPTURE_FORMAT.to_owned(),
            bag,
            kind,
            capture: self.id,
            organisation: self.around.organisation.clone(),
            account: self.sealed_account(Some(&c.fetched.profile)),
            reason: self.reason,
            started: self.started,
            finished: c.finished,
            software: Software::this(),
            entire: self.entire,
            since: self.adds_to(),
            counts: c.counts,
            coverage: c.coverage.clone(),
            not_seen: c.comparison.not_seen.clone(),
            requests,
            posts_pdf: Some(set.posts_pdf.clone()),
            page: None,
            brought: std::mem::take(&mut draft.brought),
            succeeds: None,
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

    /// The account as the register has it, with what the platform told of it.
    pub(super) fn sealed_account(&self, told: Option<&Profile>) -> SealedAccount {
        SealedAccount {
            id: self.account.id.clone(),
            platform: self.account.platform,
            address: self.account.address.clone(),
            name: told.and_then(|t| t.name.clone()),
            description: told.and_then(|t| t.description.clone()),
            committee: self.account.committee.clone(),
            purpose: self.account.purpose.clone(),
            audience: self.account.audience.clone(),
        }
    }

    pub(super) fn bag_info(&self, bag: BagId, kind: BagKind) -> Result<BagInfo, store::Error> {
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
