//! What is looked at before anything is judged, and what judging may take.

use page_validation::{SafetyLimits, ValidationOptions};

use super::subject::{Stop, Subject};
use super::{Level, MAX_BYTES};
use crate::pdfa::Error;

/// The file as the checks read it.
///
/// # Errors
/// As [`declared`].
pub fn open(bytes: &[u8]) -> Result<Subject<'_>, Error> {
    readable(bytes)?;
    Subject::open(bytes).map_err(|stop| stopped(bytes, &stop))
}

/// Why nothing can be read of it.
pub fn stopped(bytes: &[u8], stop: &Stop) -> Error {
    let why = stop.to_string();
    broken(bytes, &why).unwrap_or(Error::Broken(why))
}

/// Rows of a table, and forms that are drawn, that page_validation looks at; its usual thousand and ten thousand are
/// less than pages of the web have.
const MAX_ROWS: usize = 20_000;
const MAX_FORMS: usize = 100_000;

pub fn options(level: Level) -> ValidationOptions {
    let limits = SafetyLimits::default()
        .with_max_table_grid_rows(MAX_ROWS)
        .with_max_form_invocations(MAX_FORMS);
    ValidationOptions::default()
        .profile(level.profile())
        .limits(limits)
}

/// What no validator needs to look at.
pub fn readable(bytes: &[u8]) -> Result<(), Error> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::TooLarge {
            bytes: bytes.len() as u64,
        });
    }
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    if !head.windows(5).any(|w| w == b"%PDF-") {
        return Err(Error::NoPdf);
    }
    Ok(())
}

/// Why the file cannot be judged.
pub fn unreadable(bytes: &[u8], level: Level, problem: &str) -> Error {
    broken(bytes, problem).unwrap_or_else(|| Error::Unreadable {
        level,
        problem: problem.to_owned(),
    })
}

/// Encrypted or cut off, if it is that.
fn broken(bytes: &[u8], problem: &str) -> Option<Error> {
    let tail = bytes.get(bytes.len().saturating_sub(2048)..)?;
    let has = |text: &[u8], word: &[u8]| text.windows(word.len()).any(|w| w == word);
    let told = problem.to_lowercase();
    let of_encryption = ["password", "encrypt", "decrypt"];
    if of_encryption.iter().any(|w| told.contains(w)) && has(bytes, b"/Encrypt") {
        return Some(Error::Encrypted);
    }
    (!has(tail, b"startxref")).then_some(Error::Truncated)
}
