//! The ledger: its key is there and fits, its checkpoint is signed and keeps to the catalog.

use std::io;

use super::{Case, Check};
use crate::ledger::{Error, Ledger};
use crate::workflow::told;

pub(super) fn look(case: &Case) -> Check {
    let mut check = Check::new("ledger");
    let ledger = match Ledger::open_to_verify(&case.dir) {
        Ok(ledger) => ledger,
        Err(error) => {
            check.fault(
                "ledger/log.pub",
                told(&error),
                "put it back from a backup: it is public, and a copy may stand outside the house",
            );
            return check;
        }
    };
    match Ledger::open(&case.dir) {
        // Its mode is told with the permissions.
        Ok(_) | Err(Error::KeyMode { .. }) => {}
        Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => check.fault(
            "keys/ledger.key",
            "it is missing, and nothing can be sealed without it",
            "put it back from the copy that is kept apart from the archive, then: chmod 600",
        ),
        Err(error) => check.fault(
            "keys/ledger.key",
            told(&error),
            "put back the key that was made with the archive, from the copy that is kept apart from it",
        ),
    }
    let size = match ledger.checkpoint() {
        Ok(checkpoint) => checkpoint.map_or(0, |c| c.size),
        Err(error) => {
            check.fault(
                "ledger/checkpoint",
                told(&error),
                "arkivd verify tells more; put the file back from a backup",
            );
            return check;
        }
    };
    let leaves = case
        .catalog
        .as_ref()
        .ok()
        .and_then(|c| c.ledger_size().ok());
    match leaves {
        Some(leaves) if leaves < size => check.fault(
            "catalog.sqlite",
            format!("it holds {leaves} leaves and the checkpoint signs {size}: the catalog is older than the ledger"),
            "put back the newest catalog.sqlite; keep this one aside, and write nothing until then",
        ),
        _ => {}
    }
    check.fine(format!("{size} leaves signed, the key fits"))
}
