//! Leftovers: bags that were never finished, and bags that were set aside.

use std::path::PathBuf;

use super::{Case, Check, shell};
use crate::store::Store;
use crate::workflow::told;

/// As many are named.
const NAMED: usize = 3;

pub(super) fn look(case: &Case) -> Check {
    let mut check = Check::new("leftovers");
    let store = match Store::open(&case.dir) {
        Ok(store) => store,
        Err(error) => {
            check.fault(
                "store",
                told(&error),
                "put the archive's folders back as they were; nothing can be captured until then",
            );
            return check;
        }
    };
    match store.staged() {
        Err(error) => check.fault("staging", told(&error), "ls -la the folder"),
        // Who writes has bags there.
        Ok(names) if !names.is_empty() && super::writer::holder(&case.paths.lock()).is_none() => {
            let s = if names.len() == 1 { "" } else { "s" };
            check.warning(
                "staging",
                format!(
                    "{} bag{s} that a crash left unfinished: {}",
                    names.len(),
                    named(&names)
                ),
                "nothing in it was acknowledged; the next command that writes, or the daemon's start, drops it",
            );
        }
        Ok(_) => {}
    }
    match store.quarantine_names() {
        Err(error) => check.fault("quarantine", told(&error), "ls -la the folder"),
        Ok(names) if !names.is_empty() => {
            let s = if names.len() == 1 { "" } else { "s" };
            let reasons: PathBuf = case.dir.join("quarantine");
            check.fault(
                "quarantine",
                format!("{} bag{s} set aside: {}", names.len(), named(&names)),
                format!(
                    "why stands beside each: cat {}/*.reason.txt",
                    shell(&reasons)
                ),
            );
        }
        Ok(_) => {}
    }
    check.fine("nothing in staging or quarantine")
}

fn named(names: &[String]) -> String {
    let mut all: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    if names.len() > NAMED {
        all.push("…");
    }
    all.join(", ")
}
