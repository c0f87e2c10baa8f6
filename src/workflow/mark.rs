//! What a person notes of records: that they are no longer current, that they were registered, on what legal basis they
//! are published.

use chrono::NaiveDate;

use super::{Archive, Error, Surroundings};
use crate::calendar::local_date;
use crate::catalog::{Basis, MarkKind, NewMark, RecordBasis, RecordMark};
use crate::policy::{LegalBasis, Policy};
use crate::record::RecordId;

/// A diarienummer longer than this is none.
const LONGEST_NUMBER: usize = 100;
const LONGEST_NOTE: usize = 2_000;

/// A mark, as a person gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marking {
    pub what: MarkKind,
    /// The diarienummer, in whatever form the municipality writes it; taken back, the one that is. `None` takes back the
    /// only one.
    pub value: Option<String>,
    /// `None`: today.
    pub day: Option<NaiveDate>,
    pub withdraw: bool,
}

/// Marks records, all or none; gives the day that was noted.
///
/// # Errors
/// [`Error::Mark`] for a day that has not come, or lies before the record was published; for a diarienummer that is none,
/// and for taking back what was not said; when a record is not in the catalog, or was destroyed; those of the catalog.
pub fn mark_records(
    archive: &Archive,
    records: &[RecordId],
    marking: &Marking,
    around: &Surroundings,
) -> Result<Option<NaiveDate>, Error> {
    let at = (around.now)();
    let today = local_date(at);
    let day = marking.day.unwrap_or(today);
    let mut catalog = archive.catalog();
    for record in records {
        let refuse = |problem: String| {
            Err(Error::Mark {
                record: *record,
                problem,
                hint: hint(marking),
            })
        };
        catalog.not_destroyed(*record)?;
        let published = catalog.happened(*record)?.published;
        if marking.withdraw {
            let marks = catalog.marks(*record)?;
            if let Some(problem) = not_to_take_back(&marks, marking) {
                return refuse(problem);
            }
            continue;
        }
        if day > today {
            return refuse(format!("{day} has not come"));
        }
        if published.is_some_and(|published| day < published) {
            let published = published.unwrap_or_default();
            return refuse(format!(
                "{day} lies before {published}, when it was published"
            ));
        }
        if marking.what == MarkKind::Registered {
            let number = marking.value.as_deref().unwrap_or_default();
            if number.trim().is_empty() {
                return refuse("the diarienummer is empty".to_owned());
            }
            if number.chars().count() > LONGEST_NUMBER {
                return refuse(format!(
                    "the diarienummer is longer than {LONGEST_NUMBER} characters"
                ));
            }
            if number.chars().any(char::is_control) {
                return refuse(format!("the diarienummer {number:?} is not one line"));
            }
        }
    }
    let noted = (!marking.withdraw).then_some(day);
    let mark = NewMark {
        what: marking.what,
        value: marking.value.as_deref().map(str::trim),
        day: noted,
        actor: &around.actor,
        at,
    };
    catalog.mark_records(records, &mark)?;
    Ok(noted)
}

/// Why a mark cannot be taken back from those that stand, if it cannot.
fn not_to_take_back(marks: &[RecordMark], marking: &Marking) -> Option<String> {
    let what = marking.what.as_str();
    let standing: Vec<Option<&str>> = marks
        .iter()
        .filter(|m| m.what == marking.what)
        .map(|m| m.value.as_deref())
        .collect();
    let numbers = || {
        let numbers = standing.iter().flatten();
        let numbers: Vec<String> = numbers.map(|n| format!("{n:?}")).collect();
        numbers.join(", ")
    };
    match (marking.value.as_deref().map(str::trim), standing.len()) {
        (None, 1) => None,
        (Some(number), _) if standing.contains(&Some(number)) => None,
        (_, 0) => Some(format!(
            "it is not marked {what}, so that cannot be taken back"
        )),
        (None, _) => Some(format!(
            "it has several diarienummer: say which one is taken back, of {}",
            numbers()
        )),
        (Some(number), _) => Some(format!(
            "it is not registered as {number:?}, so that cannot be taken back: it has {}",
            numbers()
        )),
    }
}

fn hint(marking: &Marking) -> &'static str {
    match (marking.what, marking.withdraw) {
        (MarkKind::Registered, true) => {
            "`arkivd record show REC` has its diarienummer: registered=DIARIENUMMER --withdraw"
        }
        (MarkKind::Inaktuell, true) => "`arkivd record show REC` has its marks",
        (MarkKind::Registered, false) => {
            "such as registered=\"KS 2026/123\" --date 2026-11-20; without --date it is today"
        }
        (MarkKind::Inaktuell, false) => {
            "give a day such as inaktuell=2026-11-20, or leave it out for today"
        }
    }
}

/// Notes the legal basis of records (FAL-10), all or none.
///
/// # Errors
/// [`Error::Basis`] when the policy names others, or the note is empty or too long; when a record is not in the catalog,
/// or was destroyed; those of the catalog.
pub fn note_basis(
    archive: &Archive,
    policy: &Policy,
    records: &[RecordId],
    basis: Basis,
    note: Option<&str>,
    around: &Surroundings,
) -> Result<RecordBasis, Error> {
    let refuse = |problem: String| {
        Err(Error::Basis {
            given: basis.swedish().to_owned(),
            problem,
        })
    };
    if let Some(rule) = &policy.legal_basis {
        let named: Vec<Basis> = rule.value.iter().map(|b| of_policy(*b)).collect();
        if !named.contains(&basis) {
            let named: Vec<&str> = named.iter().map(|b| b.swedish()).collect();
            return refuse(format!(
                "the policy names {} ({}, {}: \"{}\")",
                named.join(" and "),
                rule.requirement,
                rule.source,
                rule.quote
            ));
        }
    }
    if note.is_some_and(|note| note.trim().is_empty()) {
        return refuse("the note is empty".to_owned());
    }
    if note.is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
        return refuse(format!("the note is longer than {LONGEST_NOTE} characters"));
    }
    let new = RecordBasis {
        basis,
        note: note.map(|note| note.trim().to_owned()),
        at: (around.now)(),
        actor: around.actor.clone(),
    };
    let mut catalog = archive.catalog();
    for record in records {
        catalog.not_destroyed(*record)?;
    }
    catalog.note_basis(records, &new)?;
    Ok(new)
}

fn of_policy(basis: LegalBasis) -> Basis {
    match basis {
        LegalBasis::Consent => Basis::Consent,
        LegalBasis::PublicInterest => Basis::PublicInterest,
    }
}
