//! Reasons as the requester reads them: who wrote them may have named what a mask of the request hides.

use super::chosen::meaning;
use super::{DisclosureFault, HandoutFault};
use crate::catalog::{DisclosureMask, RecordDetails};
use crate::export::mask::{Masker, SIGN, What};
use crate::record::{Content, RecordId};
use crate::workflow::{Archive, Error};

/// Letters of a reason: it goes to the requester, and stands in a table.
const LONGEST: usize = 600;

/// A reason as it is kept; `None` where nothing was said.
///
/// # Errors
/// [`DisclosureFault::Argument`] when it is too long.
pub(super) fn checked_reason(reason: Option<&str>) -> Result<Option<&str>, DisclosureFault> {
    let reason = reason.map(str::trim).filter(|r| !r.is_empty());
    match reason {
        Some(long) if long.chars().count() > LONGEST => Err(DisclosureFault::Argument {
            what: "reason",
            value: long.chars().take(60).collect(),
            problem: "it is longer than 600 letters",
            hint: "say it in a few lines; it goes to the requester",
        }),
        reason => Ok(reason),
    }
}

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

    /// Whether a reason says something when it is told.
    pub(super) fn tells(&self, reason: Option<&str>) -> bool {
        let left = reason.map(|reason| self.told(reason).replace(SIGN, ""));
        left.is_some_and(|left| left.chars().any(char::is_alphanumeric))
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
