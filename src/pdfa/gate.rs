//! The gate: every PDF is held against the levels it declares before it is sealed (design, invariant 4).
//!
//! page_validation gives veraPDF's own rule ids, and agreed with veraPDF on all of its corpus; what it is known to miss
//! is looked for by checks of our own, and where it is known to be wrong it is overruled. docs/pdfa-clauses.md says who
//! checks what.

mod abridge;
mod clauses;
mod content;
mod data;
mod entries;
mod fonts;
mod icc;
mod lexer;
mod metadata;
mod opened;
mod overrule;
mod pages;
mod program;
mod repair;
mod streams;
mod structure;
mod subject;
mod syntax;
mod unicode;
mod violation;

use std::fmt;
use std::str::FromStr;

use lopdf::ObjectId;
use page_validation::{ValidationFailure, ValidationProfile, validate_pdf_bytes};

use super::Error;
pub use clauses::clause_table;
pub(super) use lexer::{Lexer, Token, hex, literal, unescaped};
pub(super) use opened::{open, stopped};
use opened::{options, readable, unreadable};
use overrule::{Measured, overrule};
use subject::Stop;
pub(super) use subject::{MAX_DEPTH, Subject, dictionary};
pub use violation::{Fault, Untagged, Violation};

/// A file of more bytes is not judged: the gate takes about three times its size in memory.
pub const MAX_BYTES: u64 = 256 << 20;

/// A level of PDF/A or PDF/UA that a file can declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// ISO 19005-1, level A: what 1b says, and tagged, with Unicode for all text.
    A1a,
    /// ISO 19005-1, level B: what is seen stays as it is.
    A1b,
    /// ISO 19005-2, level A.
    A2a,
    /// ISO 19005-2, level B.
    A2b,
    /// ISO 19005-2, level U: what 2b says, with Unicode for all text.
    A2u,
    /// ISO 14289-1: for those who listen to it.
    Ua1,
}

impl Level {
    pub const ALL: [Self; 6] = [
        Self::A1a,
        Self::A1b,
        Self::A2a,
        Self::A2b,
        Self::A2u,
        Self::Ua1,
    ];

    /// As `--flavour` takes it.
    pub fn flavour(self) -> &'static str {
        match self {
            Self::A1a => "1a",
            Self::A1b => "1b",
            Self::A2a => "2a",
            Self::A2b => "2b",
            Self::A2u => "2u",
            Self::Ua1 => "ua1",
        }
    }

    /// The standard, as rule ids begin.
    fn standard(self) -> &'static str {
        match self {
            Self::A1a | Self::A1b => "ISO 19005-1:2005",
            Self::A2a | Self::A2b | Self::A2u => "ISO 19005-2:2011",
            Self::Ua1 => "ISO 14289-1:2014",
        }
    }

    /// Whether it demands structure.
    fn is_tagged(self) -> bool {
        matches!(self, Self::A1a | Self::A2a | Self::Ua1)
    }

    fn profile(self) -> ValidationProfile {
        match self {
            Self::A1a => ValidationProfile::PdfA1a,
            Self::A1b => ValidationProfile::PdfA1b,
            Self::A2a => ValidationProfile::PdfA2a,
            Self::A2b => ValidationProfile::PdfA2b,
            Self::A2u => ValidationProfile::PdfA2u,
            Self::Ua1 => ValidationProfile::PdfUa1,
        }
    }

    /// Namespace prefix, part and conformance letter by which XMP declares it; PDF/UA-1 has no letter.
    pub(super) fn identification(self) -> (&'static str, &'static str, Option<&'static str>) {
        match self {
            Self::A1a => ("pdfaid", "1", Some("A")),
            Self::A1b => ("pdfaid", "1", Some("B")),
            Self::A2a => ("pdfaid", "2", Some("A")),
            Self::A2b => ("pdfaid", "2", Some("B")),
            Self::A2u => ("pdfaid", "2", Some("U")),
            Self::Ua1 => ("pdfuaid", "1", None),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::A1a => "PDF/A-1a",
            Self::A1b => "PDF/A-1b",
            Self::A2a => "PDF/A-2a",
            Self::A2b => "PDF/A-2b",
            Self::A2u => "PDF/A-2u",
            Self::Ua1 => "PDF/UA-1",
        })
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(flavour: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|l| l.flavour() == flavour);
        found.ok_or_else(|| format!("{flavour:?} is none of 1a, 1b, 2a, 2b, 2u, ua1"))
    }
}

/// Holds the file against the level; empty means that it conforms.
///
/// # Errors
/// A file that cannot be judged: no PDF, cut off, encrypted, too large, or too broken.
pub fn check(bytes: &[u8], level: Level) -> Result<Vec<Violation>, Error> {
    let judged = check_all(bytes, &[level])?;
    Ok(judged.into_iter().flat_map(|(_, found)| found).collect())
}

/// Holds the file against each of the levels, in their order; what they have in common is done once.
///
/// # Errors
/// As [`check`].
pub fn check_all(bytes: &[u8], levels: &[Level]) -> Result<Vec<(Level, Vec<Violation>)>, Error> {
    readable(bytes)?;
    let Some(first) = levels.first() else {
        return Ok(Vec::new());
    };
    // First our own, which stop at what would take page_validation hours.
    let own =
        own_checks(bytes, levels).map_err(|stop| unreadable(bytes, *first, &stop.to_string()))?;
    let judged = levels.iter().map(|level| {
        let options = options(*level);
        let read = own.abridged.as_deref().unwrap_or(bytes);
        let report = validate_pdf_bytes(read, &options)
            .map_err(|e| unreadable(bytes, *level, &e.to_string()))?;
        let mut failures = report.failures;
        overrule(&mut failures, bytes, &own.measured, *level);
        Ok((*level, together(failures, &own.faults, *level)))
    });
    judged.collect()
}

/// As [`check_all`], for files of others: by the standards of PDF/A and PDF/UA alone. What PDF says of entries beside
/// them is left out: writers take it lightly, and readers do not mind.
///
/// # Errors
/// As [`check`].
pub fn check_others(bytes: &[u8], levels: &[Level]) -> Result<Vec<(Level, Vec<Violation>)>, Error> {
    let mut judged = check_all(bytes, levels)?;
    for (_, found) in &mut judged {
        found.retain(|v| {
            !matches!(
                v,
                Violation::Own {
                    fault: Fault::Entry { .. },
                    ..
                }
            )
        });
    }
    Ok(judged)
}

/// What page_validation found, and of our own what it did not.
fn together(
    failures: Vec<ValidationFailure>,
    faults: &[(Option<ObjectId>, Fault, Scope)],
    level: Level,
) -> Vec<Violation> {
    let own = faults.iter().filter(|(_, _, scope)| scope.holds(level));
    let own = own.filter_map(|(object, fault, _)| {
        Some(Violation::Own {
            clause: fault.clause(level)?,
            fault: fault.clone(),
            object: *object,
        })
    });
    let own = own.filter(|own| !failures.iter().any(|f| f.rule_id == own.clause()));
    let own: Vec<Violation> = own.collect();
    let found = failures.into_iter().map(|f| Violation::Validator {
        object: object_in(&f.message),
        clause: f.rule_id,
        message: f.message,
    });
    found.chain(own).collect()
}

/// What a file declares in its XMP.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    pub levels: Vec<Level>,
    /// What is not judged here, as it is written: `PDF/A-3B`.
    pub others: Vec<String>,
}

/// The levels that the file declares in its XMP; PDF/A-3 and others that are not judged here are left out.
///
/// # Errors
/// A file that cannot be read: no PDF, cut off, encrypted, too large, or too broken.
pub fn declared(bytes: &[u8]) -> Result<Vec<Level>, Error> {
    declarations(bytes).map(|declared| declared.levels)
}

/// All that the file declares.
///
/// # Errors
/// As [`declared`].
pub fn declarations(bytes: &[u8]) -> Result<Declared, Error> {
    let subject = open(bytes)?;
    let xmp = metadata::text(&subject).map_err(|stop| stopped(bytes, &stop))?;
    Ok(xmp
        .map(|(_, xmp)| metadata::declared(&xmp))
        .unwrap_or_default())
}

/// How many pages a file of others has; `None` where it cannot be read to tell, and a person counts.
pub fn page_count(bytes: &[u8]) -> Option<usize> {
    let subject = open(bytes).ok()?;
    let pages = subject.doc.page_iter().count();
    (pages > 0).then_some(pages)
}

/// The levels a fault is told at, if they have its clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    All,
    /// Those that demand structure.
    Tagged,
    One(Level),
}

impl Scope {
    fn holds(self, level: Level) -> bool {
        match self {
            Self::All => true,
            Self::Tagged => level.is_tagged(),
            Self::One(one) => one == level,
        }
    }
}

/// What our own checks came to.
struct Own {
    faults: Vec<(Option<ObjectId>, Fault, Scope)>,
    measured: Measured,
    /// What page_validation needs of the file, where that is less than all.
    abridged: Option<Vec<u8>>,
}

fn own_checks(bytes: &[u8], levels: &[Level]) -> Result<Own, Stop> {
    let subject = Subject::open(bytes)?;
    let tagged = levels.iter().any(|level| level.is_tagged());
    let structure = tagged.then(|| structure::Structure::read(&subject));
    let content = content::read(&subject, structure.as_ref())?;
    let mut structure_faults = Vec::new();
    if let Some(structure) = &structure {
        structure_faults.extend(structure.faults.iter().cloned());
        structure_faults.extend(structure.lost(&content.marked));
    }
    let fonts = fonts::check(&subject, &content, levels)?;
    let streams = streams::check(&subject);
    let measured = Measured {
        all_streams: streams.all_measured && streams.faults.is_empty(),
        cff_fonts: fonts.good_cff,
    };
    let xmp = metadata::text(&subject)?;

    let mut faults = fonts.faults;
    let everywhere = |(id, fault)| (id, fault, Scope::All);
    let tagged = |(id, fault)| (id, fault, Scope::Tagged);
    faults.extend(structure_faults.into_iter().map(tagged));
    if subject
        .catalog()
        .is_some_and(|c| c.has(b"Lang") && !subject.is_text(c, b"Lang"))
    {
        faults.push((None, Fault::Language, Scope::All));
    }
    faults.extend(content.faults.into_iter().map(everywhere));
    let of_streams = streams.faults.into_iter().map(|(id, f)| (Some(id), f));
    faults.extend(of_streams.map(everywhere));
    faults.extend(entries::check(&subject).into_iter().map(everywhere));
    faults.extend(pages::check(&subject).into_iter().map(everywhere));
    faults.extend(syntax::check(&subject).into_iter().map(everywhere));
    faults.extend(icc::check(&subject, levels)?);
    for level in levels {
        let here = |(id, fault)| (id, fault, Scope::One(*level));
        if let Some((id, xmp)) = &xmp {
            let found = metadata::check(xmp, *level).into_iter();
            faults.extend(found.map(|fault| here((*id, fault))));
        }
    }
    // After all others, which unpack what it tells of.
    faults.extend(data::check(&subject).into_iter().map(everywhere));
    Ok(Own {
        abridged: abridge::without_pictures(&subject, &streams.measured),
        faults,
        measured,
    })
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
    fn what_cannot_be_judged_is_told_apart() {
        let told = |bytes: &[u8]| check(bytes, Level::A1b).unwrap_err();
        assert!(matches!(told(b"hej"), Error::NoPdf));
        assert!(matches!(told(b"%PDF-1.4\n1 0 obj"), Error::Truncated));
        let broken = told(b"%PDF-1.4\nstartxref\n9\n%%EOF");
        assert!(broken.to_string().contains("PDF/A-1b"), "{broken}");
    }

    #[test]
    fn the_object_is_read_from_the_message() {
        assert_eq!(object_in("bad font in object 12 0: x"), Some("12 0".into()));
        assert_eq!(object_in("bad object stream"), None);
    }

    #[test]
    fn a_level_is_named_as_flavours_are() {
        for level in Level::ALL {
            assert_eq!(level.flavour().parse(), Ok(level));
        }
        assert!("3b".parse::<Level>().is_err());
    }
}
