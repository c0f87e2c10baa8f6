//! Records that a chosen page shows, and that are not in what is handed out: they are handed out with it.

use std::collections::HashSet;

use super::opened::Opened;
use super::order::Shown;
use super::words::Words;
use crate::export::mask::Phrases;
use crate::record::{BagId, RecordId};
use crate::workflow::{Archive, Error};

/// A page that shows more than was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Others {
    pub(in super::super) bag: BagId,
    pub(in super::super) page: u32,
    /// Records that are not handed out by themselves.
    pub(in super::super) records: u64,
    /// Of these, messages, and comments that were held or hidden.
    pub(in super::super) restricted: u64,
}

/// `known` are handed out by themselves, or black.
///
/// # Errors
/// Those of the catalog; a capture that is damaged.
pub(in super::super) fn others(
    archive: &Archive,
    shown: &[Shown],
    known: &HashSet<RecordId>,
) -> Result<Vec<Others>, Error> {
    let mut all = Vec::new();
    for capture in shown {
        let words = Words::of(&Opened::of(archive, capture.bag)?.pages);
        let mut pages: Vec<(u32, Phrases, Others)> = Vec::new();
        for page in &capture.pages {
            let none = Others {
                bag: capture.bag,
                page: page.page,
                records: 0,
                restricted: 0,
            };
            pages.push((page.page, Phrases::of(&words.of_page(page.page)), none));
        }
        archive
            .catalog()
            .each_text_beside(capture.bag, &mut |record, restricted, text| {
                if known.contains(&record) {
                    return;
                }
                for (_, phrases, others) in &mut pages {
                    if phrases.shows(text) {
                        others.records += 1;
                        others.restricted += u64::from(restricted);
                    }
                }
            })?;
        all.extend(pages.into_iter().map(|(_, _, others)| others));
    }
    all.retain(|others| others.records > 0);
    Ok(all)
}
