//! Everything that a disclosure hands out, before it is written, with what a person should look at first.

use std::collections::{BTreeMap, BTreeSet};

use super::DisclosureCase;
use super::chosen::{Chosen, Group, groups, hidden};
use super::media::{Handed, LeftOut, Pages};
use super::order::{Form, Order};
use super::reason::Reasons;
use super::screen::{Screen, others, screens};
use super::sheet::Sheet;
use super::spool::Spool;
use crate::catalog::{
    DisclosureDecision, DisclosureMask, DisclosureRecord, DisclosureWhat, Exported,
};
use crate::export::mask::{Masker, Together, Told};
use crate::record::{BagId, RecordId};
use crate::workflow::{Archive, Error, io_error};

/// What a person should look at before it is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// Words or files that are masked stand in another record, where they are not; where not `open`, only an address told
    /// them, and was taken out.
    StandsElsewhere {
        mask: i64,
        record: RecordId,
        open: bool,
    },
    /// A mask took nothing out of what is handed out.
    Idle(i64),
    /// Pictures of a masked record that have no mask of their own.
    PicturesUnmasked(RecordId),
    /// A file, as the requester is told of it; `technical` where no mask is why.
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

/// Files that are not handed out with the records as these stand now, in the form of the newest delivery; before there is
/// one, digitally.
///
/// # Errors
/// As [`bundle`].
pub(super) fn left_out(
    archive: &Archive,
    case: &DisclosureCase,
    masks: &[DisclosureMask],
    reasons: &Reasons,
    organisation: &str,
) -> Result<Vec<LeftOut>, Error> {
    let export = case
        .newest(DisclosureWhat::Delivered)
        .and_then(|s| s.export);
    let before = match export {
        Some(export) => archive.catalog().export(export)?,
        None => None,
    };
    let before = before.map(|row| Order::read(&row)).transpose()?;
    let form = before.as_ref().map_or(Form::Digital, |b| b.form);
    let order = Order {
        versions: before.as_ref().is_some_and(|b| b.versions),
        attachments: before.as_ref().is_some_and(|b| b.attachments),
        ..Order::of(case, masks, reasons, organisation, form)
    };
    if order.given.is_empty() {
        return Ok(Vec::new());
    }
    let sheets = bundle(archive, order, masks)?.sheets;
    let all = sheets.into_iter().flat_map(|sheet| sheet.left_out);
    // On the spot they are shown beside the document.
    Ok(all
        .filter(|file| !file.technical || form != Form::OnTheSpot)
        .collect())
}

/// # Errors
/// A record that may not be read; a file that is missing or damaged.
pub(super) fn bundle(
    archive: &Archive,
    mut order: Order,
    masks: &[DisclosureMask],
) -> Result<Bundle, Error> {
    let own = order.given.iter().chain(&order.hidden);
    let own = own.flat_map(|given| &given.masks);
    let own: BTreeSet<i64> = own.copied().collect();
    let own = masks.iter().filter(|mask| own.contains(&mask.number));
    let own: Vec<DisclosureMask> = own.cloned().collect();
    // What one mask hides may stand in the reason of another, of another record.
    let reasons = Reasons::of(archive, &own, |record| order.versions_of(record))?;
    let own = reasons.of_masks(own.iter());
    let groups = groups(archive, &order, &own)?;
    let hidden = hidden(archive, &order, &own)?;
    for chosen in groups.iter().flat_map(|g| &g.records) {
        let name = || chosen.handling.account_name.clone();
        order
            .accounts
            .entry(chosen.handling.account.id.clone())
            .or_insert_with(name);
    }
    let all = || groups.iter().flat_map(|g: &Group| &g.records);
    let masked = all().chain(&hidden);
    let masked: Vec<&Chosen> = masked.filter(|c| c.masker.masks_anything()).collect();
    let maskers: Vec<&Masker> = masked.iter().map(|c| &c.masker).collect();
    let seen = groups.iter().filter(|g| g.is_masked());
    let seen = seen.flat_map(|g| &g.records).chain(&hidden);
    let together = Together::of(&maskers, seen.flat_map(Chosen::addresses));
    let mut spool = Spool::begin().map_err(io_error(&std::env::temp_dir()))?;
    let (mut sheets, mut records) = (Vec::new(), Vec::new());
    for (at, group) in groups.iter().enumerate() {
        let sheet = Sheet::of(archive, &order, group, at + 1, &together, &mut spool)?;
        for chosen in &group.records {
            records.push(Exported {
                record: chosen.handling.record(),
                version: chosen.handling.newest().map_or(0, |v| v.number),
                number: u32::try_from(at + 1).unwrap_or(u32::MAX),
            });
        }
        sheets.push(sheet);
    }
    let mut remarks = elsewhere(&masked, &groups, &sheets);
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

/// What is masked in one record and stands in another.
fn elsewhere(masked: &[&Chosen], groups: &[Group], sheets: &[Sheet]) -> Vec<Remark> {
    let mut all: BTreeMap<(RecordId, i64), bool> = BTreeMap::new();
    let mut add = |record: RecordId, by: &Chosen, place: usize, open: bool| {
        if let Some((mask, _)) = by
            .masks
            .get(place)
            .filter(|_| by.handling.record() != record)
        {
            *all.entry((record, mask.number)).or_default() |= open;
        }
    };
    for (record, told) in sheets.iter().flat_map(|s| &s.told) {
        let Told { masker, mask, open } = *told;
        if let Some(by) = masked.get(masker) {
            add(*record, by, mask, open);
        }
    }
    for other in groups.iter().flat_map(|g| &g.records) {
        for by in masked {
            let open = by.files.open_in(&other.files);
            open.into_iter()
                .for_each(|place| add(other.handling.record(), by, place, true));
        }
    }
    let remark = |((record, mask), open)| Remark::StandsElsewhere { mask, record, open };
    all.into_iter().map(remark).collect()
}
