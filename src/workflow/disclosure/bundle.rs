//! Everything that a disclosure hands out, before it is written, with what a person should look at first.

use std::collections::BTreeSet;

use super::DisclosureCase;
use super::chosen::{Group, groups};
use super::media::{Handed, Pages};
use super::order::Order;
use super::reason::Reasons;
use super::screen::{Screen, others, screens};
use super::sheet::Sheet;
use super::spool::Spool;
use crate::catalog::{DisclosureDecision, DisclosureMask, DisclosureRecord, Exported};
use crate::export::mask::Masker;
use crate::record::{BagId, RecordId};
use crate::workflow::{Archive, Error, io_error};

/// What a person should look at before it is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// Words or files that are masked stand in another record, where they are not.
    StandsElsewhere { mask: i64, record: RecordId },
    /// A mask took nothing out of what is handed out.
    Idle(i64),
    /// Pictures of a masked record that have no mask of their own.
    PicturesUnmasked(RecordId),
    LeftOut {
        record: RecordId,
        why: String,
        /// For how the copy is made, and not for what is masked.
        technical: bool,
    },
    /// Files are handed out as they are: nobody can mask them here.
    Whole(u64),
    /// A person counts the pages of this file, and adds them to the fee.
    CountByHand { record: RecordId, file: String },
    /// A page of a screen that nobody has looked at since something changed.
    ScreenNotLookedAt { bag: BagId, page: u32 },
    /// A page of a screen shows records that are not handed out by themselves; some of them were never public.
    ScreenShowsOthers {
        bag: BagId,
        page: u32,
        records: u64,
        restricted: u64,
    },
}
/// Everything that is written, before it is.
pub(super) struct Bundle {
    pub(super) order: Order,
    pub(super) sheets: Vec<Sheet>,
    pub(super) screens: Vec<Screen>,
    pub(super) spool: Spool,
    pub(super) remarks: Vec<Remark>,
    pub(super) records: Vec<Exported>,
}

impl Bundle {
    /// Remarks what chosen pages show beside the records of the request.
    ///
    /// # Errors
    /// Those of the catalog; a capture that is damaged.
    pub(super) fn shows_others(
        &mut self,
        archive: &Archive,
        case: &DisclosureCase,
    ) -> Result<(), Error> {
        let decided = |r: &&DisclosureRecord| {
            use DisclosureDecision::{Mask, Release, Withhold};
            matches!(r.decided(), Some(Mask | Release | Withhold))
        };
        let known = case.records.iter().filter(decided).map(|r| r.record);
        let found = others(archive, &self.order.screens, &known.collect())?;
        let remarks = found.into_iter().map(|others| Remark::ScreenShowsOthers {
            bag: others.bag,
            page: others.page,
            records: others.records,
            restricted: others.restricted,
        });
        self.remarks.extend(remarks);
        Ok(())
    }
}

/// # Errors
/// A record that may not be read; a file that is missing or damaged.
pub(super) fn bundle(
    archive: &Archive,
    mut order: Order,
    masks: &[DisclosureMask],
) -> Result<Bundle, Error> {
    let own = order.given.iter().flat_map(|given| &given.masks);
    let own: BTreeSet<i64> = own.copied().collect();
    let own = masks.iter().filter(|mask| own.contains(&mask.number));
    let own: Vec<DisclosureMask> = own.cloned().collect();
    // What one mask hides may stand in the reason of another, of another record.
    let reasons = Reasons::of(archive, &own, |record| order.versions_of(record))?;
    let groups = groups(archive, &order, &reasons.of_masks(own.iter()))?;
    for chosen in groups.iter().flat_map(|g| &g.records) {
        let name = || chosen.handling.account_name.clone();
        order
            .accounts
            .entry(chosen.handling.account.id.clone())
            .or_insert_with(name);
    }
    let all = || groups.iter().flat_map(|g: &Group| &g.records);
    let maskers: Vec<&Masker> = all()
        .map(|c| &c.masker)
        .filter(|m| m.masks_anything())
        .collect();
    let mut spool = Spool::begin().map_err(io_error(&std::env::temp_dir()))?;
    let (mut sheets, mut records) = (Vec::new(), Vec::new());
    for (at, group) in groups.iter().enumerate() {
        let sheet = Sheet::of(archive, &order, group, at + 1, &maskers, &mut spool)?;
        for chosen in &group.records {
            records.push(Exported {
                record: chosen.handling.record(),
                version: chosen.handling.newest().map_or(0, |v| v.number),
                number: u32::try_from(at + 1).unwrap_or(u32::MAX),
            });
        }
        sheets.push(sheet);
    }
    let mut remarks = Vec::new();
    let masked: Vec<_> = all().filter(|c| c.masker.masks_anything()).collect();
    for other in all() {
        let mut told: Vec<i64> = Vec::new();
        for (at, version) in other.handling.details.versions.iter().enumerate() {
            let numbers = other.numbers(at);
            let left = match masked.is_empty() {
                true => continue,
                false => other.masker.masked(&version.content, numbers).content,
            };
            for by in masked
                .iter()
                .filter(|c| c.handling.record() != other.handling.record())
            {
                let stand = by.masker.stand_in(&left);
                told.extend(
                    stand
                        .iter()
                        .filter_map(|n| Some(by.masks.get(*n)?.0.number)),
                );
            }
        }
        for by in masked
            .iter()
            .filter(|c| c.handling.record() != other.handling.record())
        {
            let open = by.files.open_in(&other.files).into_iter();
            told.extend(open.filter_map(|n| Some(by.masks.get(n)?.0.number)));
        }
        told.sort_unstable();
        told.dedup();
        let record = other.handling.record();
        remarks.extend(
            told.into_iter()
                .map(|mask| Remark::StandsElsewhere { mask, record }),
        );
    }
    for sheet in &sheets {
        remarks.extend(sheet.idle.iter().map(|mask| Remark::Idle(*mask)));
        let mut unmasked = sheet.unmasked.clone();
        unmasked.sort_unstable();
        unmasked.dedup();
        remarks.extend(unmasked.into_iter().map(Remark::PicturesUnmasked));
        let left_out = sheet.left_out.iter();
        remarks.extend(left_out.map(|l| Remark::LeftOut {
            record: l.record,
            why: l.why.clone(),
            technical: l.technical,
        }));
    }
    let screens = screens(archive, &order, &mut spool)?;
    let mut bundle = Bundle {
        order,
        sheets,
        screens,
        spool,
        remarks,
        records,
    };
    match bundle.whole().count() as u64 {
        0 => {}
        files => bundle.remarks.push(Remark::Whole(files)),
    }
    let by_hand = bundle
        .whole()
        .filter(|(.., pages)| *pages == Pages::ByHand)
        .map(|(record, file, _)| Remark::CountByHand {
            record,
            file: file.to_owned(),
        });
    let by_hand: Vec<Remark> = by_hand.collect();
    bundle.remarks.extend(by_hand);
    Ok(bundle)
}

impl Bundle {
    /// The files that are handed out as they are, beside the documents.
    pub(super) fn whole(&self) -> impl Iterator<Item = (RecordId, &str, Pages)> {
        let handed = self.sheets.iter().flat_map(|s| &s.handed);
        handed.filter_map(|handed| match handed {
            Handed::Whole {
                record,
                name,
                pages,
                ..
            } => Some((*record, name.as_str(), *pages)),
            Handed::Picture { .. } => None,
        })
    }
}
