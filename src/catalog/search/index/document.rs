//! Numbers of the index's documents: they sort by time, and each tells the row that it is of.

use crate::catalog::Error;
use crate::catalog::value::column;

/// Bits of a document's number that a row's number has.
const ROW_BITS: u32 = 28;
const PAGE: i64 = 1 << ROW_BITS;
pub(in crate::catalog::search) const ROW: i64 = PAGE - 1;
/// Seconds from 1900 to 1970, and to the end of what is told apart: some 544 years.
const BEFORE_1970: i64 = 2_208_988_800;
const SECONDS: i64 = (1 << 34) - 1;

/// A document of the index, as its number tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::catalog::search) enum Document {
    /// `version.n`.
    Version(i64),
    /// `bag.n`.
    Page(i64),
}

impl Document {
    pub(in crate::catalog::search) fn of(number: i64) -> Self {
        match number & PAGE {
            0 => Self::Version(number & ROW),
            _ => Self::Page(number & ROW),
        }
    }

    /// Its number, which sorts by time; `None` for rows beyond two hundred and sixty millions.
    pub(super) fn number(self, seconds: Option<i64>) -> Option<i64> {
        let (row, page) = match self {
            Self::Version(n) => (n, 0),
            Self::Page(n) => (n, PAGE),
        };
        let first = first_of(seconds.unwrap_or(i64::MIN));
        (0..=ROW).contains(&row).then_some(first | page | row)
    }
}

/// The first number of that second, since 1970.
pub(in crate::catalog::search) fn first_of(seconds: i64) -> i64 {
    seconds.saturating_add(BEFORE_1970).clamp(0, SECONDS) << (ROW_BITS + 1)
}

/// The first number of what has a date.
pub(in crate::catalog::search) const FIRST_DATED: i64 = 1 << (ROW_BITS + 1);

/// The second that a document's number tells, for what is compared within it.
pub(in crate::catalog::search) fn second_of(number: i64) -> i64 {
    number >> (ROW_BITS + 1)
}

pub(super) fn seconds(published: Option<&str>) -> Result<Option<i64>, Error> {
    let Some(text) = published else {
        return Ok(None);
    };
    // The quick way of reading what arkivd wrote; another form is read by the other.
    let at = match chrono::DateTime::parse_from_rfc3339(text) {
        Ok(at) => at.to_utc(),
        Err(_) => column!(record.published).parse(text)?,
    };
    Ok(Some(at.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_by_time_and_tell_their_rows() {
        let at = |seconds, document: Document| document.number(seconds).unwrap();
        let old = at(Some(-3_000_000_000), Document::Version(7));
        let first = at(Some(1_500_000_000), Document::Version(9));
        let next = at(Some(1_500_000_000), Document::Version(10));
        let page = at(Some(1_500_000_000), Document::Page(3));
        let later = at(Some(1_500_000_001), Document::Version(1));
        let dateless = at(None, Document::Version(8));
        assert!(old >= 0 && dateless < first && old < first && first < next && next < page);
        assert!(page < later && later < at(Some(i64::MAX), Document::Page(ROW)));
        for document in [Document::Version(9), Document::Page(3)] {
            assert_eq!(Document::of(at(Some(1_500_000_000), document)), document);
        }
        assert_eq!(Document::Version(PAGE).number(None), None);
        assert!(first_of(1_500_000_000) <= first && page < first_of(1_500_000_001));
        assert_eq!(second_of(first), second_of(page));
    }
}
