//! The search index brought up to the archive: what an older arkivd captured, and the text of page captures.
//!
//! Versions of records are indexed with their capture. Where a crash, or an older format, left something out, the next
//! opening, snapshot or `search --rebuild-index` goes on.

use std::io::{self, Read as _};

use super::{Archive, Error, io_error};
use crate::catalog::Unindexed;
use crate::record::BagId;
use crate::store;

const PAGE_TEXT: &str = "data/page.txt";

/// Bytes of a page's text that are indexed.
const MOST_TEXT: u64 = 8 << 20;

/// Versions of an older format that are indexed with each snapshot.
pub(super) const INDEXED_BESIDE: u32 = 20_000;

/// Versions that are indexed at a time where nobody waits for another: half a second's work. Of fewer the same words are
/// written and merged more often; of more they no longer lie close in memory.
pub const INDEXED_AT_ONCE: u32 = 50_000;

/// Page captures read at a time.
const PAGES: u32 = 200;

/// Indexes at most so many versions more, and some pages. True when there is nothing left that can be.
///
/// # Errors
/// When the catalog cannot be written. A page that cannot be read is left for the next time: `verify` tells why.
pub fn index_more(archive: &Archive, at_most: u32) -> Result<bool, Error> {
    let pages = archive.catalog().pages_without_text(PAGES)?;
    let mut read = 0;
    for bag in &pages {
        read += u32::from(index_page(archive, *bag)?);
    }
    let all_pages = pages.len() < PAGES as usize || read == 0;
    Ok(archive.catalog().index_more(at_most)? && all_pages)
}

/// Empties the index and makes it again; `each` is told how much is left.
///
/// # Errors
/// When the catalog cannot be written.
pub fn rebuild_index(archive: &Archive, each: &mut dyn FnMut(Unindexed)) -> Result<(), Error> {
    archive.catalog().begin_index_anew()?;
    while !index_more(archive, INDEXED_AT_ONCE)? {
        let left = archive.catalog().unindexed()?;
        each(left);
    }
    Ok(())
}

/// Takes the text of a page capture from its bag. False when it cannot be read.
pub(super) fn index_page(archive: &Archive, bag: BagId) -> Result<bool, Error> {
    match page_text(archive, bag) {
        Ok(text) => {
            archive.catalog().add_page_text(bag, &text)?;
            Ok(true)
        }
        Err(_) => Ok(false),
    }
}

/// The page's text; empty where its bag has none.
fn page_text(archive: &Archive, bag: BagId) -> Result<String, Error> {
    let file = match archive.store.open_file(bag, PAGE_TEXT) {
        Ok(file) => file,
        Err(store::Error::Io { source, .. })
            if source.kind() == io::ErrorKind::NotFound
                && archive.store.path(bag).join("bag/data").is_dir() =>
        {
            return Ok(String::new());
        }
        Err(error) => return Err(error.into()),
    };
    let mut bytes = Vec::new();
    file.take(MOST_TEXT)
        .read_to_end(&mut bytes)
        .map_err(io_error(PAGE_TEXT))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
