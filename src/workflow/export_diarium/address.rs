//! The address that a record had when its bundle was planned. The catalog has the newest only, the bags have them all,
//! and the plan has a fingerprint: an address holds words, and the plan outlives its records.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::record::{Digest, RecordId};
use crate::workflow::{Error, Handling, Handlingar};

/// The beginning of an address's SHA-256, in hex; of nothing where there was none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fingerprint(String);

impl Fingerprint {
    pub(super) fn of(record: RecordId, address: Option<&str>) -> Self {
        let whole = Digest::of(format!("{record} {}", address.unwrap_or_default()).as_bytes());
        let mut short = String::with_capacity(16);
        for byte in whole.0.iter().take(8) {
            // Into memory, so that nothing can fail.
            let _ = write!(short, "{byte:02x}");
        }
        Self(short)
    }

    /// Sets the address of a record back to the one that this is of, where any of its bags has it.
    ///
    /// # Errors
    /// When a bag cannot be read.
    pub(super) fn restore(
        &self,
        handling: &mut Handling,
        bags: &mut Handlingar<'_>,
    ) -> Result<(), Error> {
        let record = handling.record();
        let fits = |address: Option<&str>| Self::of(record, address) == *self;
        if fits(handling.details.permalink.as_deref()) {
            return Ok(());
        }
        if fits(None) {
            handling.details.permalink = None;
            return Ok(());
        }
        // The newest first: an address seldom changes twice.
        for version in handling.details.versions.iter().rev() {
            for (bag, ..) in &version.held {
                let address = bags.address_in(*bag, record)?;
                if fits(address) {
                    handling.details.permalink = address.map(str::to_owned);
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
