//! Whose records a hold can hold, and whether the caller serves them.

use super::super::{Context, Error};
use crate::catalog::{Catalog, HoldScope};
use crate::record::{AccountId, RecordId};
use crate::retention::SavedSearch;

/// The committees whose records a hold can hold; `None`: those of all.
pub(super) fn of(
    scope: HoldScope,
    object: &str,
    catalog: &Catalog,
) -> Result<Option<Vec<String>>, Error> {
    let committee = match scope {
        HoldScope::Record => match object.parse::<RecordId>() {
            Ok(id) => catalog.committee_of_record(id)?,
            Err(_) => None,
        },
        HoldScope::Account => match object.parse::<AccountId>() {
            Ok(id) => catalog.account(&id)?.map(|account| account.committee),
            Err(_) => None,
        },
        HoldScope::Case => None,
        HoldScope::PoliceReport => Some(catalog.removal(object)?.committee),
        HoldScope::Search => {
            return match catalog.saved_search(object)? {
                Some(search) => of_search(&search, catalog),
                None => Ok(None),
            };
        }
    };
    Ok(committee.map(|committee| vec![committee]))
}

pub(super) fn of_search(
    search: &SavedSearch,
    catalog: &Catalog,
) -> Result<Option<Vec<String>>, Error> {
    if let Some(committee) = &search.committee {
        return Ok(Some(vec![committee.clone()]));
    }
    if search.accounts.is_empty() {
        return Ok(None);
    }
    let mut all = Vec::new();
    for id in &search.accounts {
        match catalog.account(id)? {
            Some(account) => all.push(account.committee),
            None => return Ok(None),
        }
    }
    Ok(Some(all))
}

/// Holds that the caller serves all of them: what holds everywhere is laid and released by who serves all committees.
pub(super) fn demand(
    committees: Option<Vec<String>>,
    catalog: &Catalog,
    context: &Context,
) -> Result<(), Error> {
    let committees = match committees {
        Some(committees) => committees,
        None => catalog.committees()?.into_iter().collect(),
    };
    let mut all = committees.iter();
    all.try_for_each(|committee| context.rights.demand_committee(committee))
}
