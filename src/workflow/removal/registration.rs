//! What the decided plan says of registering what a case is about (COM-2).

use crate::catalog::{Catalog, RemovalObject};
use crate::retention::removal::Rule;
use crate::workflow::Error;

/// The registration that the row of its record asks for.
pub(super) fn registration(
    catalog: &Catalog,
    object: &RemovalObject,
) -> Result<Option<Rule>, Error> {
    let Some((plan, id)) = object
        .record
        .as_ref()
        .and_then(|seen| seen.plan.zip(seen.plan_row.as_deref()))
    else {
        return Ok(None);
    };
    let rows = catalog.plan(plan)?.rows;
    let row = rows.iter().find(|row| row.id.as_str() == id);
    Ok(row.and_then(Rule::of_registration))
}
