//! What goes in one account, and how it is known wherever it stands: by name, by address, by its words.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::addresses::Addresses;
use super::telltale::Telltales;
use crate::catalog::Doomed;
use crate::record::{Account, AccountId, GallringId, RecordId};
use crate::workflow::{Archive, Error};

/// What goes, and how it is known, in one account.
pub(in crate::workflow) struct Going<'a> {
    pub(super) gallring: GallringId,
    pub(super) account: &'a AccountId,
    pub(super) doomed: &'a [Doomed],
    pub(super) records: HashSet<RecordId>,
    pub(super) names: HashMap<&'a str, HashSet<&'a str>>,
    pub(super) addresses: Addresses,
    telltales: Telltales,
}

impl<'a> Going<'a> {
    /// What others of the account say and lead to tells nothing: all that stays is read once for it.
    pub(in crate::workflow) fn of(
        archive: &Archive,
        gallring: GallringId,
        account: &'a Account,
        doomed: &'a [Doomed],
    ) -> Result<Self, Error> {
        let mut names: HashMap<&str, HashSet<&str>> = HashMap::new();
        let mut addresses = BTreeSet::new();
        for record in doomed {
            for (door, name) in &record.names {
                names.entry(door).or_default().insert(name.0.as_str());
                // Some platforms' names are addresses.
                if name.0.contains("://") {
                    addresses.insert(name.0.clone());
                }
            }
            addresses.extend(record.permalink.clone());
            let media = record.contents.iter().flat_map(|c| &c.media);
            addresses.extend(media.map(|m| m.address.to_string()));
        }
        let failed = |source| Error::Telltales {
            account: account.id.clone(),
            source,
        };
        let mut addresses = Addresses::of(addresses).map_err(failed)?;
        addresses.are_also_in(account.address.as_str());
        addresses.is_also_at(account.address.as_str());
        let contents = doomed.iter().flat_map(|d| &d.contents);
        let mut telltales = Telltales::of(contents).map_err(failed)?;
        let records: HashSet<RecordId> = doomed.iter().map(|d| d.record).collect();
        archive
            .catalog()
            .for_each_said(&account.id, |record, permalink, content| {
                if !records.contains(&record) {
                    addresses.is_also_at(permalink);
                    for text in [permalink, content] {
                        addresses.are_also_in(text);
                        telltales.is_also_said(text);
                    }
                }
            })?;
        Ok(Self {
            gallring,
            account: &account.id,
            records,
            doomed,
            names,
            addresses,
            telltales: telltales.settled().map_err(failed)?,
        })
    }

    /// Whether a text holds an address of what goes, as it stands or as JSON writes it.
    pub(super) fn is_told_by(&self, text: &str) -> bool {
        self.addresses.stand_in(text)
    }

    /// Whether a text tells words of it.
    pub(super) fn is_said_by(&self, text: &str) -> bool {
        self.telltales.stand_in(text)
    }

    pub(super) fn has_name(&self, door: &str, name: &str) -> bool {
        self.names
            .get(door)
            .is_some_and(|names| names.contains(name))
    }
}
