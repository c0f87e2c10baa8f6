//! Windows: what the lists of a poll must show of what is known, and what they cover. Pure.

use chrono::{DateTime, Utc};

use super::comparison::Comparison;
use crate::platform::{Extent, Window};
use crate::record::{Coverage, CoverageRow, Covered, Gap, GapReason, Kind};

/// True when something of what was asked for could not be read: that only the newest were asked for is no lack.
pub(super) fn lacks(window: &Window) -> bool {
    let mut missing = window.missing.iter();
    missing.any(|gap| gap.reason != GapReason::NewestOnly)
}

/// Which records the window must show: their kind, whether they are restricted, and since when they were published.
pub(super) fn expects(window: &Window) -> Option<(Kind, bool, Option<DateTime<Utc>>)> {
    let since = match window.extent {
        Extent::Whole => None,
        Extent::Since(at) => Some(at),
        Extent::Same | Extent::Loose => return None,
    };
    if lacks(window) {
        return None;
    }
    let (kind, restricted) = match window.what {
        Covered::Posts | Covered::FeedEntries => (Kind::Post, false),
        Covered::Pages => (Kind::Page, false),
        Covered::Comments => (Kind::Comment, false),
        Covered::HeldComments => (Kind::Comment, true),
        Covered::Media | Covered::Screen | Covered::Files => return None,
    };
    Some((kind, restricted, since))
}

pub(super) fn coverage(windows: &[Window], comparison: &Comparison) -> Coverage {
    let row = |window: &Window| {
        let kind = match window.what {
            Covered::Posts | Covered::FeedEntries => Kind::Post,
            Covered::Pages => Kind::Page,
            _ => Kind::Comment,
        };
        let held = window.what == Covered::HeldComments;
        let of_it = comparison
            .seen
            .iter()
            .filter(|s| s.item.kind == kind && s.item.visibility.is_restricted() == held);
        let mut missing = window.missing.clone();
        let told = missing
            .iter()
            .any(|gap| gap.reason == GapReason::NewestOnly);
        if window.extent != Extent::Whole && !told {
            missing.push(Gap {
                what: window.what.as_str().to_owned(),
                reason: GapReason::NewestOnly,
            });
        }
        CoverageRow {
            what: window.what,
            expected: None,
            captured: of_it.count() as u64,
            missing,
        }
    };
    Coverage {
        rows: windows.iter().map(row).collect(),
    }
}
