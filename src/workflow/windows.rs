//! Windows: what the lists of a poll must show of what is known, and what they cover. Pure.

use chrono::{DateTime, Utc};

use super::comparison::Comparison;
use crate::catalog::{Covers, NewList};
use crate::platform::{Extent, Window};
use crate::record::{Coverage, CoverageRow, Covered, Gap, GapReason, Kind};

/// True when something of what was asked for could not be read: that only the newest were asked for is no lack.
pub(super) fn lacks(window: &Window) -> bool {
    let mut missing = window.missing.iter();
    missing.any(|gap| gap.reason != GapReason::NewestOnly)
}

/// True when a list lacks what another look may read. What it never shows is told once, by the snapshots: a site
/// without comments or pages, answers without an AppView, older than the newest.
pub(super) fn fails(window: &Window) -> bool {
    window.missing.iter().any(|gap| match &gap.reason {
        GapReason::NewestOnly | GapReason::WindowOnly | GapReason::NotCaptured { .. } => false,
        GapReason::Refused { status } => !matches!(status, 404 | 410 | 501),
        _ => true,
    })
}

/// What the lists showed beyond doubt. Where two are of one kind, it is what both showed.
pub(super) fn lists(windows: &[Window]) -> Vec<NewList> {
    let mut all: Vec<NewList> = Vec::new();
    for window in windows {
        let covers = match window.extent {
            _ if lacks(window) => Covers::Nothing,
            Extent::Whole => Covers::Since(None),
            Extent::Since(at) => Covers::Since(Some(at)),
            Extent::Same => Covers::AsBefore,
            Extent::Loose => Covers::Nothing,
        };
        match all.iter_mut().find(|list| list.what == window.what) {
            None => all.push(NewList {
                what: window.what,
                covers,
            }),
            Some(list) => {
                list.covers = match (list.covers, covers) {
                    (Covers::Since(a), Covers::Since(b)) => Covers::Since(a.max(b)),
                    (Covers::AsBefore, Covers::AsBefore) => Covers::AsBefore,
                    _ => Covers::Nothing,
                }
            }
        }
    }
    all
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

#[cfg(test)]
mod tests {
    use super::*;

    fn window(what: Covered, extent: Extent, reasons: &[GapReason]) -> Window {
        let gap = |reason: &GapReason| Gap {
            what: what.as_str().into(),
            reason: reason.clone(),
        };
        Window {
            what,
            extent,
            seen: Default::default(),
            missing: reasons.iter().map(gap).collect(),
        }
    }

    #[test]
    fn what_a_platform_never_shows_is_no_failure_of_a_look() {
        let none = window(Covered::Comments, Extent::Loose, &[]);
        assert!(!fails(&none));
        let never = [
            GapReason::Refused { status: 404 },
            GapReason::NotCaptured {
                detail: "no AppView is set".into(),
            },
            GapReason::NewestOnly,
        ];
        assert!(!fails(&window(Covered::Pages, Extent::Loose, &never)));
        for passing in [
            GapReason::Refused { status: 503 },
            GapReason::TimedOut { seconds: 9 },
            GapReason::ChangedWhileRead,
        ] {
            assert!(fails(&window(Covered::Posts, Extent::Loose, &[passing])));
        }
    }

    #[test]
    fn a_list_covers_what_it_showed_beyond_doubt() {
        let at = |day: u32| format!("2026-11-{day:02}T00:00:00Z").parse().unwrap();
        let (posts, replies) = (Covered::Posts, Covered::Comments);
        let lacking = [GapReason::TimedOut { seconds: 9 }];
        let of = |windows: &[Window]| lists(windows).iter().map(|l| l.covers).collect::<Vec<_>>();
        assert_eq!(
            of(&[
                window(posts, Extent::Since(at(1)), &[]),
                window(posts, Extent::Since(at(2)), &[]),
                window(replies, Extent::Same, &[]),
            ]),
            [Covers::Since(Some(at(2))), Covers::AsBefore]
        );
        assert_eq!(
            of(&[window(posts, Extent::Whole, &[GapReason::NewestOnly])]),
            [Covers::Since(None)]
        );
        assert_eq!(
            of(&[window(posts, Extent::Whole, &lacking)]),
            [Covers::Nothing]
        );
        assert_eq!(
            of(&[
                window(posts, Extent::Same, &[]),
                window(posts, Extent::Loose, &[])
            ]),
            [Covers::Nothing]
        );
    }
}
