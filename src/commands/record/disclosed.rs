//! The requests for public records that a record was in, a line each.

use crate::catalog::{DisclosureDecision, InDisclosure};

/// `U-2026-0001: masked, handed out 2026-11-22`
pub(super) fn told(d: &InDisclosure) -> String {
    let mut told = format!("{}: ", d.designation);
    told.push_str(match d.decision {
        None => "not reviewed",
        Some(DisclosureDecision::Release) => "released",
        Some(DisclosureDecision::Mask) => "masked",
        Some(DisclosureDecision::Withhold) => "withheld",
        Some(DisclosureDecision::Outside) => "not asked for",
    });
    if let Some(day) = d.delivered {
        told.push_str(&format!(", handed out {day}"));
    }
    if d.open {
        told.push_str(" (open: it holds the record)");
    }
    told
}
