//! Records that were handed out without one of their files, since the form holds no such file: a film on paper.
//!
//! A delivery notes which they were, so that the request is not taken for answered as a whole.

use serde::{Deserialize, Serialize};

use crate::catalog::{DisclosureDecision, DisclosureRecord, DisclosureStep, DisclosureWhat};
use crate::record::RecordId;
use crate::workflow::Error;

#[derive(Serialize, Deserialize)]
struct Kept {
    not_given: Vec<RecordId>,
}

/// As the step keeps it; nothing where all was given.
///
/// # Errors
/// None that can be thought of: it is plain data.
pub(super) fn kept(records: &[RecordId]) -> Result<Option<String>, Error> {
    if records.is_empty() {
        return Ok(None);
    }
    let kept = Kept {
        not_given: records.to_vec(),
    };
    let json = serde_json::to_string(&kept).map_err(|source| Error::Json {
        what: "a delivery".to_owned(),
        source,
    })?;
    Ok(Some(json))
}

/// Records of which every delivery since their review left a file out.
pub(super) fn not_given(records: &[DisclosureRecord], steps: &[DisclosureStep]) -> Vec<RecordId> {
    let deliveries: Vec<(&DisclosureStep, Vec<RecordId>)> = steps
        .iter()
        .filter(|step| step.what == DisclosureWhat::Delivered)
        .map(|step| (step, read(step)))
        .collect();
    let given = records
        .iter()
        .filter(|r| !r.gone && r.decided().is_some_and(DisclosureDecision::is_given));
    let owed = given.filter(|r| {
        let since = || {
            let of = deliveries.iter();
            of.filter(|(step, _)| r.reviewed.is_some_and(|at| at <= step.at))
        };
        since().count() > 0 && since().all(|(_, left)| left.contains(&r.record))
    });
    owed.map(|r| r.record).collect()
}

fn read(step: &DisclosureStep) -> Vec<RecordId> {
    let kept: Option<Kept> = step
        .value
        .as_deref()
        .and_then(|kept| serde_json::from_str(kept).ok());
    kept.map_or_else(Vec::new, |kept| kept.not_given)
}
