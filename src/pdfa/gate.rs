//! The gate: every PDF is held against the level it declares before it is sealed (design, invariant 4).
//!
//! page_validation gives veraPDF's own rule ids; it agreed with veraPDF on all 568 files of its PDF/A-1b corpus.

use std::fmt;

use page_validation::{ValidationOptions, ValidationProfile, validate_pdf_bytes};

use super::Error;

/// A level of PDF/A that a file can declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// ISO 19005-1, level A: as B, and the text and its structure can be read by a machine.
    A1a,
    /// ISO 19005-1, level B: what is seen stays as it is.
    A1b,
    /// ISO 14289-1: read by everyone, also with a screen reader.
    Ua1,
}

impl Level {
    fn profile(self) -> ValidationProfile {
        match self {
            Self::A1a => ValidationProfile::PdfA1a,
            Self::A1b => ValidationProfile::PdfA1b,
            Self::Ua1 => ValidationProfile::PdfUa1,
        }
    }

    /// Namespace prefix, part and conformance letter by which XMP declares it; PDF/UA-1 has no letter.
    pub(super) fn identification(self) -> (&'static str, &'static str, Option<&'static str>) {
        match self {
            Self::A1a => ("pdfaid", "1", Some("A")),
            Self::A1b => ("pdfaid", "1", Some("B")),
            Self::Ua1 => ("pdfuaid", "1", None),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::A1a => "PDF/A-1a",
            Self::A1b => "PDF/A-1b",
            Self::Ua1 => "PDF/UA-1",
        })
    }
}

/// One clause that a file breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule's id: standard, clause and test number, as veraPDF counts them.
    pub clause: String,
    pub message: String,
    /// The object it was found in, where that is told.
    pub object: Option<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.clause, self.message)
    }
}

/// Holds the file against the level; empty means that it conforms.
///
/// # Errors
/// A file so broken that it cannot be judged.
pub fn check(bytes: &[u8], level: Level) -> Result<Vec<Violation>, Error> {
    let options = ValidationOptions::default().profile(level.profile());
    let report = validate_pdf_bytes(bytes, &options).map_err(|e| Error::Unreadable {
        level,
        problem: e.to_string(),
    })?;
    Ok(report
        .failures
        .into_iter()
        .map(|f| Violation {
            object: object_in(&f.message),
            clause: f.rule_id,
            message: f.message,
        })
        .collect())
}

/// `12 0` from a message that speaks of `object 12 0`.
fn object_in(message: &str) -> Option<String> {
    let (_, after) = message.split_once("object ")?;
    let mut words = after.split(|c: char| !c.is_ascii_digit());
    let (number, generation) = (words.next()?, words.next()?);
    let good = !number.is_empty() && !generation.is_empty();
    good.then(|| format!("{number} {generation}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_pdf_is_an_error_that_names_the_level() {
        let error = check(b"hej", Level::A1b).unwrap_err().to_string();
        assert!(error.contains("PDF/A-1b"), "{error}");
    }

    #[test]
    fn the_object_is_read_from_the_message() {
        assert_eq!(object_in("bad font in object 12 0: x"), Some("12 0".into()));
        assert_eq!(object_in("bad object stream"), None);
    }
}
