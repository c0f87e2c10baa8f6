//! Reasons of masks, given or altered after the mask was laid.

use super::reason::checked_reason;
use super::{DisclosureCase, DisclosureFault};
use crate::workflow::{Archive, Error, Surroundings};

/// Which masks get a reason.
#[derive(Debug, Clone, Copy)]
pub enum Reasoned<'a> {
    /// By number.
    Masks(&'a [i64]),
    /// All that have none.
    Rest,
}

/// Gives masks of a request a reason, all or none. Each is laid anew with it and has another number then: what was handed
/// out with the old one can still be written again as it was. Gives the old numbers and the new.
///
/// # Errors
/// A reason that is empty or too long; a number that no mask has that stands; no mask without a reason.
pub fn give_reason(
    archive: &Archive,
    case: &DisclosureCase,
    masks: Reasoned<'_>,
    reason: &str,
    around: &Surroundings,
) -> Result<Vec<(i64, i64)>, Error> {
    let Some(reason) = checked_reason(Some(reason))? else {
        return Err(DisclosureFault::Argument {
            what: "reason",
            value: String::new(),
            problem: "it is empty",
            hint: "say in a line why the provision applies, and nothing of what is secret: --reason \"…\"",
        }
        .into());
    };
    let mut catalog = archive.catalog();
    let numbers = match masks {
        Reasoned::Masks(numbers) => numbers.to_vec(),
        Reasoned::Rest => {
            let standing = catalog.disclosure_masks(&case.row, None)?;
            let bare = standing.iter().filter(|m| m.reason.is_none());
            bare.map(|m| m.number).collect()
        }
    };
    if numbers.is_empty() {
        return Err(DisclosureFault::NothingWithoutReason {
            case: case.row.designation.clone(),
        }
        .into());
    }
    Ok(catalog.reason_disclosure(&case.row, &numbers, reason, &around.actor, (around.now)())?)
}
