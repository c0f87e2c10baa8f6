//! The published list of accounts (FAL-4, LED-9, TIB-3, VAR-8): what the policy says that it tells, and nothing else.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use super::today;
use crate::policy::{ListPart, Policy};
use crate::record::AccountId;
use crate::workflow::{Archive, Error, Surroundings};

/// The list as it is on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishedList {
    pub organisation: String,
    pub day: NaiveDate,
    /// By committee's name, then by the account's.
    pub accounts: Vec<PublishedAccount>,
    /// The parts that the policy names.
    #[serde(skip)]
    pub parts: Vec<ListPart>,
}

/// An open account, as far as the policy says that the list tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishedAccount {
    pub id: AccountId,
    /// As its platform tells it, else its address.
    pub name: String,
    pub platform: &'static str,
    pub address: String,
    pub committee: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible: Option<Vec<String>>,
}

/// The list of the open accounts. Where the policy says nothing of it, the accounts alone.
///
/// # Errors
/// When the catalog cannot be read.
pub fn published_list(
    archive: &Archive,
    policy: &Policy,
    around: &Surroundings,
) -> Result<PublishedList, Error> {
    let setting = policy.published_list.as_ref();
    let parts = setting.map_or_else(|| vec![ListPart::Account], |s| s.value.clone());
    let tells = |part| parts.contains(&part);
    let catalog = archive.catalog();
    let mut accounts = Vec::new();
    for account in catalog.open_accounts()? {
        let name = catalog.account_name(&account.id)?;
        let name = name.map(|name| plain(&name)).filter(|n| !n.is_empty());
        let purpose = tells(ListPart::Purpose).then(|| plain(&account.purpose));
        accounts.push(PublishedAccount {
            name: name.unwrap_or_else(|| shown(account.address.as_str())),
            platform: account.platform.label(),
            committee: plain(&account.committee),
            purpose,
            audience: tells(ListPart::Audience).then(|| plain(&account.audience)),
            responsible: tells(ListPart::Responsible)
                .then(|| account.responsible.iter().map(|p| plain(p)).collect()),
            address: account.address.into(),
            id: account.id,
        });
    }
    accounts.sort_by_cached_key(|a| {
        (
            a.committee.to_lowercase(),
            a.name.to_lowercase(),
            a.id.clone(),
        )
    });
    Ok(PublishedList {
        organisation: around.organisation.clone(),
        day: today(around),
        accounts,
        parts,
    })
}

impl PublishedList {
    /// The accounts of each committee, in the list's order.
    pub fn by_committee(&self) -> Vec<(&str, Vec<&PublishedAccount>)> {
        let mut order: Vec<&str> = Vec::new();
        let mut groups: BTreeMap<&str, Vec<&PublishedAccount>> = BTreeMap::new();
        for account in &self.accounts {
            let committee = account.committee.as_str();
            let group = groups.entry(committee).or_default();
            if group.is_empty() {
                order.push(committee);
            }
            group.push(account);
        }
        let group = |name| Some((name, groups.remove(name)?));
        order.into_iter().filter_map(group).collect()
    }

    pub fn tells(&self, part: ListPart) -> bool {
        self.parts.contains(&part)
    }
}

/// An address as people read it.
pub(super) fn shown(address: &str) -> String {
    let bare = address.split_once("://").map_or(address, |(_, rest)| rest);
    bare.trim_end_matches('/').to_owned()
}

/// One line, without what draws or turns the text: the name comes from the platform.
fn plain(text: &str) -> String {
    let draws = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let spaced: String = text
        .chars()
        .map(|c| if draws(c) { ' ' } else { c })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}
