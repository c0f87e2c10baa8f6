//! The catalog: it opens, is of this program's format, and writes ahead.

use super::{Case, Check, shell};
use crate::catalog::{Error, FORMAT};
use crate::workflow::{self, told};

pub(super) fn look(case: &Case) -> Check {
    let mut check = Check::new("catalog");
    let path = case.paths.catalog();
    let condition = match &case.catalog {
        Err(error) => {
            let hint = match error {
                Error::NewerFormat { .. } => "use the arkivd that wrote it, or a newer one",
                _ => {
                    "put back catalog.sqlite from a backup; keep this one aside, and write nothing until then"
                }
            };
            check.fault("catalog.sqlite", told(error), hint);
            return check;
        }
        Ok(catalog) => catalog.condition(),
    };
    match condition {
        Err(error) => {
            let error = workflow::Error::from(error);
            check.fault(
                "catalog.sqlite",
                told(&error),
                format!("it may be damaged: sqlite3 -readonly {} 'PRAGMA integrity_check'; then put it back from a backup", shell(&path)),
            );
            check
        }
        Ok(condition) => {
            if !condition.writes_ahead {
                check.warning(
                    "catalog.sqlite",
                    "it does not write ahead (WAL): someone has changed its journal mode",
                    "the next command that writes, or the daemon's start, sets it again",
                );
            }
            if condition.format < FORMAT {
                check.warning(
                    "catalog.sqlite",
                    format!("it is of format {}, and this arkivd writes {FORMAT}", condition.format),
                    "make a backup; the next command that writes, or the daemon's start, brings it up to date",
                );
            }
            check.fine(format!("format {}, writes ahead", condition.format))
        }
    }
}
