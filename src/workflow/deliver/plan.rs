//! What a delivery is made of, kept with it so that the same one can be made again: what was asked for, and what the
//! registers said then. What a record says stands in the bags alone: nothing of it is kept here.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{DeliveryCounts, DeliveryRequest};
use crate::calendar::day_begins;
use crate::catalog::{DeliveryPeriod, DeliveryRecord};
use crate::export::erms::ErmsVersion;
use crate::record::{Account, AccountId, GallringId, RecordId};
use crate::workflow::{Archive, Error, Surroundings};

/// Its fields up to `destroyed` are what `delivery list` tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct DeliveryPlan {
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    pub(super) receiver: Option<String>,
    pub(super) agreement: Option<String>,
    pub(super) erms: ErmsVersion,
    bags: u64,
    destroyed: u64,
    pub(super) received_already: u64,
    pub(super) organisation: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) organisation_number: Option<String>,
    pub(super) committee: String,
    /// The gallringar that took something out of bags of the period.
    pub(super) gallringar: Vec<GallringId>,
    /// Destroyed records that are told by their stubs.
    pub(super) stubs: BTreeMap<AccountId, Vec<RecordId>>,
    pub(super) register: Register,
}

/// What registers say of accounts and records, which changes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Register {
    accounts: BTreeMap<AccountId, PlannedAccount>,
    /// Many records have the same said of them.
    records: Vec<(Said, Vec<RecordId>)>,
    /// Where it is said, as the register is made.
    #[serde(skip)]
    places: HashMap<Said, usize>,
    /// Where what was kept of a record is said; `None`: the register is being made.
    #[serde(skip)]
    kept: Option<HashMap<RecordId, usize>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct PlannedAccount {
    name: String,
    address: Url,
    purpose: String,
}

/// What is said of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Said {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    registered: Vec<String>,
    /// `plan_row.n`, and the day from which it may go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    classified: Option<(i64, Option<NaiveDate>)>,
}

impl DeliveryPlan {
    /// # Errors
    /// Those of the catalog.
    pub(super) fn of(
        reading: &Archive,
        request: &DeliveryRequest,
        period: &DeliveryPeriod<'_>,
        received_already: u64,
        around: &Surroundings,
    ) -> Result<Self, Error> {
        let catalog = reading.catalog();
        Ok(Self {
            from: request.from,
            to: request.to,
            receiver: request.receiver.clone(),
            agreement: request.agreement.clone(),
            erms: request.erms,
            bags: 0,
            destroyed: 0,
            received_already,
            organisation: around.organisation.clone(),
            organisation_number: around.organisation_number.clone(),
            committee: request.committee.clone(),
            gallringar: catalog.gallringar_of_period(period)?,
            stubs: catalog.stubs_of_period(period)?,
            register: Register::default(),
        })
    }

    /// What it came to, for who lists it.
    pub(super) fn counted(&mut self, counts: &DeliveryCounts) {
        self.bags = counts.bags;
        self.destroyed = counts.destroyed;
    }
}

/// The first moment of the first day, and the first after the last.
pub(super) fn moments(from: NaiveDate, to: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
    (day_begins(from), day_begins(to.succ_opt().unwrap_or(to)))
}

impl Register {
    /// As it was kept: from now on what it says holds.
    pub(super) fn kept(mut self) -> Self {
        let said = self.records.iter().enumerate();
        let known = said.flat_map(|(place, (_, records))| records.iter().map(move |r| (*r, place)));
        self.kept = Some(known.collect());
        self
    }

    /// The account as the register has it; one that is not kept yet is.
    pub(super) fn account(&mut self, account: &mut Account, name: &mut String) {
        if self.kept.is_none() {
            let planned = PlannedAccount {
                name: name.clone(),
                address: account.address.clone(),
                purpose: account.purpose.clone(),
            };
            self.accounts.insert(account.id.clone(), planned);
        } else if let Some(known) = self.accounts.get(&account.id) {
            name.clone_from(&known.name);
            account.address.clone_from(&known.address);
            account.purpose.clone_from(&known.purpose);
        }
    }

    /// The record as the register has it; one that is not kept yet is.
    pub(super) fn record(&mut self, found: &mut DeliveryRecord) {
        if let Some(kept) = &self.kept {
            let said = kept.get(&found.record).and_then(|at| self.records.get(*at));
            let said = said.map(|(said, _)| said.clone()).unwrap_or_default();
            (found.registered, found.classified) = (said.registered, said.classified);
            return;
        }
        let said = Said {
            registered: found.registered.clone(),
            classified: found.classified,
        };
        if said == Said::default() {
            return;
        }
        let place = *self.places.entry(said).or_insert_with_key(|said| {
            self.records.push((said.clone(), Vec::new()));
            self.records.len() - 1
        });
        if let Some((_, records)) = self.records.get_mut(place) {
            records.push(found.record);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Kind;

    fn found(n: u128, registered: &[&str], row: Option<i64>) -> DeliveryRecord {
        DeliveryRecord {
            record: RecordId(uuid::Uuid::from_u128(n)),
            kind: Kind::Post,
            parent: None,
            permalink: None,
            published: None,
            version: 1,
            edited: None,
            restricted: false,
            own: true,
            title: None,
            author: None,
            text: "hemligt ord".to_owned(),
            registered: registered.iter().map(|&r| r.to_owned()).collect(),
            classified: row.map(|row| (row, None)),
            held: Vec::new(),
        }
    }

    #[test]
    fn what_was_said_of_a_record_then_holds_and_what_it_says_is_not_kept() {
        let then = [
            found(1, &["KS 2026/1"], Some(4)),
            found(2, &[], None),
            found(3, &[], Some(4)),
            found(4, &[], Some(4)),
        ];
        let mut register = Register::default();
        for record in &then {
            register.record(&mut record.clone());
        }
        let json = serde_json::to_string(&register).unwrap();
        assert!(!json.contains("hemligt"), "{json}");
        let mut kept = serde_json::from_str::<Register>(&json).unwrap().kept();
        for record in &then {
            let mut now = record.clone();
            now.registered = vec!["KS 2027/9".to_owned()];
            now.classified = Some((9, None));
            kept.record(&mut now);
            assert_eq!(now.registered, record.registered);
            assert_eq!(now.classified, record.classified);
        }
    }
}
