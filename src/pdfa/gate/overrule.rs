//! The two false alarms of page_validation that are known, each overruled only where an own measurement says so.
//!
//! - A stream whose data ends in CR, before the LF that precedes `endstream`, is called too long (6.1.7, 6.1.7.1).
//! - The width of a CFF glyph whose charstring begins with a move along one axis is misread (6.3.6, 6.2.11.5, 7.21.5).

use lopdf::{Object, ObjectId};
use page_validation::{ValidationFailure, validate_pdf_bytes};

use super::Level;
use super::opened::options;
use super::subject::Subject;

/// What our own checks measured, and found to be as it should.
pub struct Measured {
    /// Every stream of the file.
    pub all_streams: bool,
    /// The CIDFonts of CFF all of whose shown glyphs are as wide as they say.
    pub cff_fonts: Vec<ObjectId>,
}

/// Drops what is a false alarm.
pub fn overrule(
    failures: &mut Vec<ValidationFailure>,
    bytes: &[u8],
    measured: &Measured,
    level: Level,
) {
    if measured.all_streams {
        failures.retain(|f| !is_rule(f, &["6.1.7:1", "6.1.7:2", "6.1.7.1:1", "6.1.7.1:2"]));
    }
    let widths = |f: &ValidationFailure| is_rule(f, &["6.3.6:1", "6.2.11.5:1", "7.21.5:1"]);
    let misread = |f: &ValidationFailure| widths(f) && f.message.contains("CIDFontType0C program");
    if measured.cff_fonts.is_empty() || !failures.iter().any(misread) {
        return;
    }
    // Only its first finding is told. So it is asked again, of the same file without the widths that are right.
    let again = without_widths(bytes, &measured.cff_fonts)
        .and_then(|bytes| validate_pdf_bytes(&bytes, &options(level)).ok());
    if let Some(again) = again {
        failures.retain(|f| !widths(f));
        failures.extend(again.failures.into_iter().filter(widths));
    }
}

fn is_rule(failure: &ValidationFailure, rules: &[&str]) -> bool {
    rules
        .iter()
        .any(|rule| failure.rule_id.ends_with(&format!(":{rule}")))
}

fn without_widths(bytes: &[u8], fonts: &[ObjectId]) -> Option<Vec<u8>> {
    let mut doc = Subject::open(bytes).ok()?.doc;
    for id in fonts {
        if let Some(Object::Dictionary(font)) = doc.objects.get_mut(id) {
            font.remove(b"W");
            font.remove(b"DW");
        }
    }
    let mut bytes = Vec::new();
    doc.save_to(&mut bytes).ok()?;
    Some(bytes)
}
