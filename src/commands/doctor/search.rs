//! Search: the index knows all that can be searched, and nothing else.

use super::{Case, Check};
use crate::workflow::{self, told};

const ANEW: &str = "make it anew: arkivd search --rebuild-index";

pub(super) fn look(case: &Case) -> Check {
    let mut check = Check::new("search");
    let Ok(catalog) = &case.catalog else {
        return check.not_looked_at("the catalog cannot be opened");
    };
    let looked = catalog
        .unindexed()
        .and_then(|left| Ok((left, catalog.index_fault(false)?)));
    match looked {
        Err(error) => {
            let error = workflow::Error::from(error);
            check.fault(
                "catalog.sqlite",
                format!("the search index: {}", told(&error)),
                ANEW,
            );
            check
        }
        Ok((left, fault)) => {
            if let Some(fault) = fault {
                check.fault("catalog.sqlite", format!("the search index: {fault}"), ANEW);
            }
            if !left.is_nothing() {
                check.warning(
                    "catalog.sqlite",
                    format!(
                        "{} versions and {} page captures are not in the search index yet",
                        left.versions, left.pages
                    ),
                    "the daemon and each snapshot go on with it; all at once: arkivd search --rebuild-index",
                );
            }
            check.fine("all is indexed")
        }
    }
}
