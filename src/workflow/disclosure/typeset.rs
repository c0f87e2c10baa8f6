//! Documents are typeset and judged, before they are handed on.

use crate::pdfa::{self, Handling, Options, Part, Threads, check_all, typeset_handling};
use crate::workflow::Error;

/// Typesets and judges a document; each part is handed on once it conforms. Gives the pages that records stand on: cover,
/// table of contents and lists are no copies of them, and cost nothing.
///
/// # Errors
/// What cannot be typeset, or does not conform.
pub(super) fn typeset(
    document: &Handling<dyn Threads + '_>,
    one: bool,
    load: &mut dyn FnMut(&str) -> std::io::Result<Vec<u8>>,
    emit: &mut dyn FnMut(Part) -> Result<(), Error>,
) -> Result<usize, Error> {
    let mut options = Options::default();
    if one {
        (options.max_pages, options.max_bytes) = (usize::MAX / 4, u64::MAX / 4);
    }
    let mut failed: Option<Error> = None;
    let done = typeset_handling(document, &options, load, &mut |part| {
        let judged = judge(&part).and_then(|()| emit(part));
        judged.map_err(|error| {
            failed = Some(error);
            std::io::ErrorKind::Other.into()
        })
    });
    match (failed, done) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(Error::Document(error)),
        (None, Ok(done)) => Ok(done.record_pages),
    }
}

fn judge(part: &Part) -> Result<(), Error> {
    let judged = check_all(&part.bytes, part.levels).map_err(Error::Document)?;
    let found: Vec<pdfa::Violation> = judged.into_iter().flat_map(|(_, found)| found).collect();
    match found.is_empty() {
        true => Ok(()),
        false => Err(Error::DocumentRefused(found)),
    }
}
