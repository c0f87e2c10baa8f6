//! Reasons as the requester reads them: who wrote them may have named what a mask of the request hides.

use super::HandoutFault;
use super::chosen::meaning;
use crate::catalog::{DisclosureMask, RecordDetails};
use crate::export::mask::{Masker, What};
use crate::record::{Content, RecordId};
use crate::workflow::{Archive, Error};

/// Takes out of a reason what any mask of the request hides, in whichever record: all at once, for one mask alone could
/// leave a part of what another hides.
pub(super) struct Reasons(Option<Masker>);

impl Reasons {
    /// `versions` tells how many versions of a record are read for the names of its author; `None`: it may not be.
    ///
    /// # Errors
    /// A mask that cannot be read; a record that cannot.
    pub(super) fn of(
        archive: &Archive,
        masks: &[DisclosureMask],
        versions: impl Fn(RecordId) -> Option<u32>,
    ) -> Result<Self, Error> {
        let Some(first) = masks.first() else {
            return Ok(Self(None));
        };
        let mut whats = Vec::new();
        let mut authored: Vec<RecordDetails> = Vec::new();
        for mask in masks {
            match meaning(mask)?.0 {
                // One place of a record says nothing of a place in a reason.
                What::Words { words, whole, .. } => whats.push(What::Words {
                    words,
                    nth: None,
                    whole,
                }),
                pattern @ What::Pattern { .. } => whats.push(pattern),
                What::Author => {
                    if let Some(most) = versions(mask.record) {
                        let mut details = archive.catalog().record(mask.record)?;
                        details.versions.retain(|v| v.number <= most);
                        authored.push(details);
                    }
                }
                What::Region { .. } | What::Medium { .. } => {}
            }
        }
        let contents: Vec<&Content> = authored
            .iter()
            .flat_map(|details| details.versions.iter().map(|v| &v.content))
            .collect();
        if contents.iter().any(|content| content.author.is_some()) {
            whats.push(What::Author);
        }
        let masker = Masker::of(&whats, &contents).map_err(|source| HandoutFault::Mask {
            record: first.record,
            source,
        })?;
        Ok(Self(Some(masker)))
    }

    pub(super) fn told(&self, reason: &str) -> String {
        match &self.0 {
            Some(masker) => masker.line(reason),
            None => reason.to_owned(),
        }
    }

    /// The masks with their reasons as they are told.
    pub(super) fn of_masks<'m>(
        &self,
        masks: impl Iterator<Item = &'m DisclosureMask>,
    ) -> Vec<DisclosureMask> {
        masks
            .map(|mask| DisclosureMask {
                reason: mask.reason.as_deref().map(|reason| self.told(reason)),
                ..mask.clone()
            })
            .collect()
    }
}
