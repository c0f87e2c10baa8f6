//! Where a long picture is cut into pages: in gaps between lines, so that no line of text is cut in two.

use std::ops::Range;

/// Which rows of pixels are the same as the one above them.
#[derive(Default)]
pub struct Rows {
    bits: Vec<u64>,
    count: u64,
}

impl Rows {
    pub fn push(&mut self, same: bool) {
        if self.count.is_multiple_of(64) {
            self.bits.push(0);
        }
        if let Some(last) = self.bits.last_mut() {
            *last |= u64::from(same) << (self.count % 64);
        }
        self.count += 1;
    }

    /// Rows of which nothing is known.
    pub fn skip(&mut self, rows: u64) {
        self.count += rows;
        let words = usize::try_from(self.count.div_ceil(64)).unwrap_or(usize::MAX);
        self.bits.resize(words, 0);
    }

    fn is_same(&self, row: u64) -> bool {
        let word = usize::try_from(row / 64)
            .ok()
            .and_then(|i| self.bits.get(i));
        word.is_some_and(|w| w >> (row % 64) & 1 == 1)
    }

    /// The middle of the longest run of rows that are the same; the last of the longest.
    fn calmest(&self, zone: Range<u64>) -> Option<u64> {
        let (mut best, mut run) = (None, 0);
        let mut longest = 0;
        for row in zone.start..=zone.end {
            if row < zone.end && self.is_same(row) {
                run += 1;
                continue;
            }
            if run > 0 && run >= longest {
                longest = run;
                best = Some(row - run / 2 - 1);
            }
            run = 0;
        }
        best
    }
}

/// The pages' windows onto the rows of `all`, none taller than `tallest`.
///
/// A page is at most a sixth shorter than it could be, save the last two, so that none is left with a few rows.
pub fn windows(rows: &Rows, all: Range<u64>, tallest: u64) -> Vec<Range<u64>> {
    let tallest = tallest.max(1);
    let mut out = Vec::new();
    let mut from = all.start;
    while all.end - from > tallest {
        let left = all.end - from;
        let least = if left < 2 * tallest {
            (left - tallest).max(tallest * 2 / 5)
        } else {
            tallest - tallest / 6
        };
        let zone = from + least.max(1)..from + tallest + 1;
        let cut = rows.calmest(zone).unwrap_or(from + tallest);
        out.push(from..cut);
        from = cut;
    }
    out.push(from..all.end);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cut_stands_in_the_middle_of_the_widest_gap() {
        let mut rows = Rows::default();
        // Lines of 20 rows with gaps of 10, and one gap of 20 behind row 170.
        for row in 0..600 {
            rows.push(row % 30 >= 20 || (170..190).contains(&row));
        }
        let pages = windows(&rows, 0..600, 200);
        assert_eq!(pages[0], 0..179);
        for page in &pages[..pages.len() - 1] {
            assert!(rows.is_same(page.end), "{page:?}");
        }
    }

    #[test]
    fn where_nothing_is_calm_pages_are_full() {
        let mut rows = Rows::default();
        rows.skip(1_000);
        let pages = windows(&rows, 0..1_000, 300);
        assert_eq!(pages, [0..300, 300..600, 600..900, 900..1_000]);
    }

    proptest! {
        #[test]
        fn pages_follow_each_other_and_none_is_too_tall(
            same in proptest::collection::vec(any::<bool>(), 1..3_000),
            start in 0u64..50,
            tallest in 1u64..400,
        ) {
            let mut rows = Rows::default();
            same.iter().for_each(|s| rows.push(*s));
            let end = same.len() as u64;
            let start = start.min(end - 1);
            let pages = windows(&rows, start..end, tallest);
            prop_assert_eq!(pages[0].start, start);
            prop_assert_eq!(pages[pages.len() - 1].end, end);
            prop_assert!(pages.windows(2).all(|p| p[0].end == p[1].start));
            prop_assert!(pages.iter().all(|p| !p.is_empty() && p.end - p.start <= tallest));
            let most = (end - start) / (tallest - tallest / 6) + 2;
            prop_assert!(pages.len() as u64 <= most);
        }
    }
}
