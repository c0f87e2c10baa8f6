//! Screens in a disclosure: pages of page captures, handed out as pictures with black boxes burnt in and no text under
//! them. A person looks at each as it would be handed out, for no text layer tells all that a picture shows.

mod capture;
mod hidden;
mod opened;
mod order;
mod others;
mod pictures;
mod words;

use serde_json::json;

pub use capture::{ScreenListed, ScreenPageListed, list_screens};
pub use hidden::ScreenBox;
pub use pictures::{ScreenPictures, screen_pictures};

use self::hidden::{Hidden, masker_of};
use self::opened::Opened;
pub(super) use self::order::Shown;
pub(super) use self::others::others;
pub(super) use self::pictures::{Screen, screens};
use super::{DisclosureCase, HandoutFault};
use crate::catalog::{
    DisclosureBox, DisclosureMask, DisclosurePage, NewDisclosureBox, PageCapture,
};
use crate::record::{BagId, Digest};
use crate::retention::disclosure::Provision;
use crate::workflow::{Archive, Error, Surroundings};

/// A box that was laid on screens.
#[derive(Debug, Clone)]
pub struct LaidBox {
    pub number: i64,
    pub provision: String,
    /// Places that it blackens now.
    pub places: u64,
}

/// All that a request says of screens.
pub(super) struct Screens {
    pub(super) pages: Vec<DisclosurePage>,
    boxes: Vec<DisclosureBox>,
    masks: Vec<DisclosureMask>,
}

impl Screens {
    /// # Errors
    /// Those of the catalog.
    pub(super) fn of(archive: &Archive, case: &DisclosureCase) -> Result<Self, Error> {
        let catalog = archive.catalog();
        Ok(Self {
            pages: catalog.disclosure_pages(&case.row)?,
            boxes: catalog.disclosure_boxes(&case.row)?,
            masks: catalog.disclosure_masks(&case.row, None)?,
        })
    }

    /// The captures that pages are chosen of.
    pub(super) fn bags(&self) -> Vec<BagId> {
        let mut bags: Vec<BagId> = self.pages.iter().map(|p| p.bag).collect();
        bags.dedup();
        bags
    }

    fn chosen(&self, bag: BagId) -> Vec<u32> {
        let of = self.pages.iter().filter(|p| p.bag == bag);
        of.map(|p| p.page).collect()
    }

    /// The digest of all that was decided: who looked at a page looked at it as it was then.
    ///
    /// # Errors
    /// None that can be thought of: it is plain data.
    pub(super) fn state(&self, case: &DisclosureCase) -> Result<Digest, Error> {
        let records = case.records.iter().map(|r| {
            json!([
                r.record,
                r.newest,
                r.gone,
                r.decision,
                r.version,
                r.reviewed,
                r.provision,
                r.reason
            ])
        });
        let all = json!({
            "records": records.collect::<Vec<_>>(),
            "masks": self.masks.iter().map(|m| m.number).collect::<Vec<_>>(),
            "boxes": self.boxes.iter().map(|b| b.number).collect::<Vec<_>>(),
            "pages": self.pages.iter().map(|p| json!([p.bag, p.page])).collect::<Vec<_>>(),
        });
        Digest::of_canonical_json(&all).map_err(|source| Error::Json {
            what: format!("disclosure {}", case.row.designation),
            source,
        })
    }

    /// Chosen pages that nobody has looked at since something changed.
    ///
    /// # Errors
    /// As [`Self::state`].
    pub(super) fn not_looked_at(&self, case: &DisclosureCase) -> Result<Vec<(BagId, u32)>, Error> {
        let state = self.state(case)?;
        let seen = |p: &&DisclosurePage| p.looked.as_ref().is_some_and(|look| look.state == state);
        let waiting = self.pages.iter().filter(|p| !seen(p));
        Ok(waiting.map(|p| (p.bag, p.page)).collect())
    }

    /// The chosen pages with all that is black on them, by when they were captured.
    ///
    /// # Errors
    /// A capture that is gone, or may not be read; one that is damaged.
    pub(super) fn shown(
        &self,
        archive: &Archive,
        case: &DisclosureCase,
    ) -> Result<Vec<Shown>, Error> {
        if self.pages.is_empty() {
            return Ok(Vec::new());
        }
        let hidden = Hidden::of(archive, case, &self.masks, &self.boxes)?;
        let mut all = Vec::new();
        for bag in self.bags() {
            let capture = capture_of(archive, case, bag)?;
            let opened = Opened::of(archive, bag)?;
            all.push(hidden.shown(bag, &capture, &opened, &self.chosen(bag)));
        }
        all.sort_by_key(|shown| (shown.at, shown.bag));
        Ok(all)
    }
}

/// A page capture that the request may hand out: of its committee, and of an account whose records it is about, so that
/// the request holds it too.
fn capture_of(archive: &Archive, case: &DisclosureCase, bag: BagId) -> Result<PageCapture, Error> {
    let capture = archive.catalog().page_capture(bag)?;
    let capture = capture.ok_or(HandoutFault::NoPageCapture { bag })?;
    if capture.committee != case.row.committee {
        let committee = capture.committee;
        return Err(HandoutFault::OthersPage { bag, committee }.into());
    }
    match case.records.iter().any(|r| r.account == capture.account) {
        true => Ok(capture),
        false => Err(HandoutFault::NoRecordOf {
            bag,
            account: capture.account,
            case: case.row.designation.clone(),
        }
        .into()),
    }
}

/// Sets which pages of a capture are handed out; none takes it back, whatever has become of it.
///
/// # Errors
/// A capture that the request may not hand out, that has no picture, or not these pages.
pub fn show_screen(
    archive: &Archive,
    case: &DisclosureCase,
    bag: BagId,
    pages: &[u32],
    around: &Surroundings,
) -> Result<(), Error> {
    if let Some(most) = pages.iter().max() {
        capture_of(archive, case, bag)?;
        let of = Opened::of(archive, bag)?.count();
        let wrong = pages.iter().find(|page| **page == 0).or(Some(most));
        if let Some(page) = wrong.filter(|page| **page == 0 || **page > of) {
            let page = *page;
            return Err(HandoutFault::NoScreenPage { bag, page, of }.into());
        }
    }
    let at = (around.now)();
    let actor = &around.actor;
    Ok(archive
        .catalog()
        .show_pages(&case.row, bag, pages, actor, at)?)
}

/// Lays a box on the chosen pages of a capture.
///
/// # Errors
/// A page that is not chosen, a box outside it, words that stand nowhere on them.
pub fn box_screen(
    archive: &Archive,
    case: &DisclosureCase,
    bag: BagId,
    what: &ScreenBox,
    provision: &Provision,
    reason: Option<&str>,
    around: &Surroundings,
) -> Result<LaidBox, Error> {
    capture_of(archive, case, bag)?;
    let chosen = Screens::of(archive, case)?.chosen(bag);
    let opened = Opened::of(archive, bag)?;
    let places = match what {
        ScreenBox::Area {
            page,
            x,
            y,
            width: across,
            height: down,
        } => {
            let page = *page;
            if !chosen.contains(&page) {
                let case = case.row.designation.clone();
                return Err(HandoutFault::NotChosen { bag, page, case }.into());
            }
            let (width, height) = opened.size(page).unwrap_or_default();
            if *x >= width || *y >= height || *across == 0 || *down == 0 {
                return Err(HandoutFault::OutsideScreen {
                    page,
                    width,
                    height,
                }
                .into());
            }
            1
        }
        ScreenBox::Words(words) => {
            let masker = masker_of(words)?;
            let found = opened.found(&masker);
            let hits = found.iter().filter(|(page, _)| chosen.contains(page));
            match hits.count() {
                0 => return Err(HandoutFault::NotOnScreen { bag }.into()),
                hits => hits as u64,
            }
        }
    };
    let value = serde_json::to_string(what).map_err(|source| Error::Json {
        what: "a box".to_owned(),
        source,
    })?;
    let provision = provision.to_string();
    let new = NewDisclosureBox {
        bag,
        value: &value,
        provision: &provision,
        reason,
    };
    let at = (around.now)();
    let number = archive
        .catalog()
        .box_disclosure(&case.row, &new, &around.actor, at)?;
    Ok(LaidBox {
        number,
        provision,
        places,
    })
}

/// Takes a box away. False when it was already.
///
/// # Errors
/// A number that no box of the request has.
pub fn unbox_screen(
    archive: &Archive,
    case: &DisclosureCase,
    number: i64,
    around: &Surroundings,
) -> Result<bool, Error> {
    let at = (around.now)();
    Ok(archive
        .catalog()
        .unbox_disclosure(&case.row, number, &around.actor, at)?)
}

/// Notes that a person looked at the chosen pages, of one capture or all, as they would be handed out. Gives how many.
///
/// # Errors
/// When none is chosen; those of the catalog.
pub fn look_at_screens(
    archive: &Archive,
    case: &DisclosureCase,
    bag: Option<BagId>,
    around: &Surroundings,
) -> Result<u64, Error> {
    let screens = Screens::of(archive, case)?;
    let state = screens.state(case)?;
    let of = |p: &&DisclosurePage| bag.is_none_or(|bag| bag == p.bag);
    let pages: Vec<DisclosurePage> = screens.pages.iter().filter(of).cloned().collect();
    if pages.is_empty() {
        let case = case.row.designation.clone();
        return Err(HandoutFault::NoneChosen { case }.into());
    }
    let at = (around.now)();
    archive
        .catalog()
        .look_at_pages(&case.row, &pages, state, &around.actor, at)?;
    Ok(pages.len() as u64)
}
