//! WordPress by its REST interface (wp/v2): posts, pages, comments and, with a credential, held comments.

mod brief;
mod discovery;
mod hide;
mod inquiry;
mod item;
mod list;
mod poll;

use std::collections::BTreeSet;

use serde_json::Value;

use super::reading::{Access, Reading};
use super::{Error, Fetched};
use crate::record::{Coverage, CoverageRow, Covered, Gap, GapReason, Item, NativeId, Visibility};
pub(super) use brief::{join as join_windows, since};
pub(super) use discovery::json;
pub(super) use hide::hide;
pub(super) use inquiry::{Inquiry, inquire};
use list::{Sort, Told};
pub(super) use poll::poll;

pub(super) async fn read(reading: &mut Reading<'_>) -> Result<Fetched, Error> {
    let site = discovery::find(reading).await?;
    let mut items = Vec::new();
    let mut rows = Vec::new();

    let posts = Sort::of(Covered::Posts);
    let told = list::read(reading, &site, &posts, &|value, hidden| {
        item::post(value, &site, hidden)
    })
    .await?;
    rows.push(told.row);
    items.extend(told.items);

    let pages = Sort::of(Covered::Pages);
    let told = list::read(reading, &site, &pages, &|value, hidden| {
        item::page(value, &site, hidden)
    })
    .await;
    let told = or_gap(reading, Covered::Pages, told)?;
    rows.push(told.row);
    let pages: BTreeSet<NativeId> = told.items.iter().map(|i| i.native_id.clone()).collect();
    items.extend(told.items);

    let open = |value: &Value, hidden| {
        let visibility = if hidden {
            Visibility::Hidden
        } else {
            Visibility::Public
        };
        item::comment(value, &site, &pages, visibility)
    };
    let told = list::read(reading, &site, &Sort::of(Covered::Comments), &open).await;
    let mut comments = or_gap(reading, Covered::Comments, told)?;
    if reading.may_use_credential(&site.root) {
        // Only who may edit is told of pingbacks and trackbacks, though every visitor sees them.
        let public = |value: &Value, _| item::comment(value, &site, &pages, Visibility::Public);
        let told = list::read(reading, &site, &Sort::pings(), &public).await;
        let pings = or_gap(reading, Covered::Comments, told)?;
        join(&mut comments, pings);
    }
    rows.push(comments.row);
    items.extend(comments.items);

    if reading.has_credential() {
        let held = |value: &Value, _| item::comment(value, &site, &pages, Visibility::Held);
        let told = if reading.may_use_credential(&site.root) {
            let told = list::read(reading, &site, &Sort::of(Covered::HeldComments), &held).await;
            or_gap(reading, Covered::HeldComments, told)?
        } else {
            reading.warnings.push(format!(
                "the site's REST interface is at {}, another origin than the account's address: the credential was not sent there",
                site.root
            ));
            nothing(Covered::HeldComments, GapReason::NeedsCredential)
        };
        rows.push(told.row);
        items.extend(told.items);
    }

    Ok(Fetched {
        profile: site.profile,
        items,
        coverage: Coverage { rows },
        requests: std::mem::take(&mut reading.requests),
        warnings: std::mem::take(&mut reading.warnings),
    })
}

/// A refusal of one sort of thing is a gap; what says that the site cannot be trusted stays an error.
fn or_gap(
    reading: &mut Reading<'_>,
    what: Covered,
    told: Result<Told, Error>,
) -> Result<Told, Error> {
    let error = match told {
        Ok(told) => return Ok(told),
        Err(error) => error,
    };
    let reason = match &error {
        Error::Status { status, .. } if *status < 500 => error.gap(),
        Error::Unauthorised { .. } | Error::ListingTimedOut { .. } => error.gap(),
        _ => return Err(error),
    };
    reading
        .warnings
        .push(format!("{what}: {error}", what = what.as_str()));
    Ok(nothing(what, reason))
}

fn nothing(what: Covered, reason: GapReason) -> Told {
    let gap = Gap {
        what: what.as_str().to_owned(),
        reason,
    };
    Told {
        items: Vec::<Item>::new(),
        row: CoverageRow {
            what,
            expected: None,
            captured: 0,
            missing: vec![gap],
        },
    }
}

fn join(comments: &mut Told, more: Told) {
    comments.items.extend(more.items);
    let row = &mut comments.row;
    row.expected = row.expected.zip(more.row.expected).map(|(a, b)| a + b);
    row.captured += more.row.captured;
    row.missing.extend(more.row.missing);
}
