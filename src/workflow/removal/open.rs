//! Opening a case: which account each address is of, which category it is, and that it may be hidden at once.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::boost::tighten;
use super::{Case, RemovalFault, RemovalSettings};
use crate::catalog::{Catalog, NewRemoval, NewRemovalObject, ReplyOf};
use crate::policy::Policy;
use crate::record::{Account, AccountId, RecordId};
use crate::retention::removal::{Categories, Category, CategoryKind};
use crate::workflow::execute_gallring::Tombstones;
use crate::workflow::{Archive, Error, Surroundings};

/// What a person tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    Record(RecordId),
    Address(Url),
    /// Something that a person brings of an account, of which no address is known.
    Brought(AccountId),
}

impl FromStr for Told {
    type Err = RemovalFault;

    fn from_str(text: &str) -> Result<Self, RemovalFault> {
        let text = text.trim();
        if let Ok(record) = text.parse() {
            return Ok(Self::Record(record));
        }
        let fault = || RemovalFault::NotAnAddress {
            address: text.chars().take(200).collect(),
        };
        let mut url = Url::parse(text).map_err(|_| fault())?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(fault());
        }
        // What a person pasted by mistake is kept nowhere.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Ok(Self::Address(url))
    }
}

/// A case to be opened.
#[derive(Clone)]
pub struct OpenRemoval<'a> {
    pub told: &'a [Told],
    /// The account of addresses that do not tell it themselves: one that lies under another account stays that one's, and
    /// its committee's.
    pub account: Option<&'a AccountId>,
    /// As people write it; `None` where who told of it did not say.
    pub category: Option<&'a str>,
    pub discovered: Option<DateTime<Utc>>,
    pub published: Option<DateTime<Utc>>,
    pub note: Option<&'a str>,
    /// Where the answer to who brought it goes.
    pub reply: Option<ReplyOf<'a>>,
}

/// Opens a case. Nothing is saved yet, and all of it may be hidden at once.
///
/// # Errors
/// [`RemovalFault`]; above all for suspected child abuse material, of which nothing is written down.
pub fn open_removal(
    archive: &Archive,
    policy: &Policy,
    request: &OpenRemoval<'_>,
    settings: &RemovalSettings,
    around: &Surroundings,
    may: &dyn Fn(&str) -> bool,
) -> Result<Case, Error> {
    let categories = Categories::of(policy)?;
    let category = category_of(&categories, request.category)?;
    let now = (around.now)();
    for (what, at) in [
        ("discovered", request.discovered),
        ("published", request.published),
    ] {
        has_come(what, at, now)?;
    }
    let laid = Tombstones::of(archive)?;
    let mut catalog = archive.catalog();
    let mut objects: Vec<NewRemovalObject> = Vec::new();
    let mut accounts: Vec<Account> = Vec::new();
    for told in request.told {
        let (object, account) = resolve(&catalog, told, request)?;
        let address = object.address.as_deref();
        if address.is_some_and(|at| laid.as_ref().is_some_and(|laid| laid.is_blocked(at))) {
            return Err(RemovalFault::Blocked.into());
        }
        if !objects.contains(&object) {
            objects.push(object);
        }
        if accounts.iter().all(|a| a.id != account.id) {
            accounts.push(account);
        }
    }
    let mut committees: Vec<String> = accounts.iter().map(|a| a.committee.clone()).collect();
    committees.sort();
    committees.dedup();
    let committee = match committees.as_slice() {
        [one] => one.clone(),
        _ => return Err(RemovalFault::SeveralCommittees { committees }.into()),
    };
    if !may(&committee) {
        return Err(Error::OtherCommittee(committee));
    }
    let removal = catalog.open_removal(&NewRemoval {
        id: (around.new_id)(),
        committee: &committee,
        category: &category.id,
        opened: now,
        actor: &around.actor,
        discovered: request.discovered.unwrap_or(now),
        note: request.note.map(str::trim).filter(|n| !n.is_empty()),
        collects: settings.collected.contains(&category.id),
        objects: &objects,
        reply: request.reply,
    })?;
    tighten(
        &mut catalog,
        policy,
        &removal,
        category,
        &accounts,
        settings.tighter,
        around,
    )?;
    catalog.settle_records_of(&removal, &around.actor, now)?;
    Case::load(&catalog, policy, removal, now)
}

pub(super) fn category_of<'c>(
    categories: &'c Categories,
    said: Option<&str>,
) -> Result<&'c Category, Error> {
    let known = || {
        let open = |c: &&Category| c.kind != CategoryKind::Emergency;
        categories
            .all()
            .iter()
            .filter(open)
            .map(|c| c.id.clone())
            .collect()
    };
    let fault = |said: &str| RemovalFault::Category {
        said: said.chars().take(100).collect(),
        known: known(),
    };
    let found = match said {
        Some(said) => categories.find(said).ok_or_else(|| fault(said))?,
        None => categories.unclear().ok_or_else(|| fault(""))?,
    };
    match found.kind {
        CategoryKind::Emergency => Err(RemovalFault::Emergency.into()),
        _ => Ok(found),
    }
}

/// A clock may be a little wrong.
pub(super) fn has_come(
    what: &'static str,
    at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    match at {
        Some(at) if at > now + TimeDelta::minutes(5) => Err(RemovalFault::Argument {
            what,
            value: crate::calendar::local_time(at),
            problem: "it has not come yet",
            hint: "times are Swedish: 2026-11-21 14:03; leave it out for now",
        }
        .into()),
        _ => Ok(()),
    }
}

pub(super) fn resolve(
    catalog: &Catalog,
    told: &Told,
    request: &OpenRemoval<'_>,
) -> Result<(NewRemovalObject, Account), Error> {
    let registered = |id: &AccountId| -> Result<Account, Error> {
        let found = catalog.account(id)?;
        Ok(found.ok_or_else(|| crate::catalog::Error::NoAccount(id.clone()))?)
    };
    match told {
        Told::Brought(id) => {
            let account = registered(id)?;
            Ok((
                NewRemovalObject {
                    account: account.id.clone(),
                    address: None,
                    published: request.published,
                    record: None,
                },
                account,
            ))
        }
        Told::Record(id) => {
            let details = catalog.record(*id)?;
            let account = registered(&details.line.account)?;
            Ok((
                NewRemovalObject {
                    account: account.id.clone(),
                    address: details.permalink,
                    published: request.published,
                    record: Some(*id),
                },
                account,
            ))
        }
        Told::Address(url) => {
            use RemovalFault::{NoAccount, SeveralAccounts};
            let account = match (account_of(url, &catalog.accounts()?), request.account) {
                (Err(NoAccount { .. } | SeveralAccounts { .. }), Some(id)) => registered(id)?,
                (found, _) => found?,
            };
            let record = catalog.record_at(&account.id, url.as_str())?;
            Ok((
                NewRemovalObject {
                    account: account.id.clone(),
                    address: Some(url.to_string()),
                    published: request.published,
                    record,
                },
                account,
            ))
        }
    }
}

/// The account that an address is of: the one whose address is the longest above it, else the only one of that host.
pub(in crate::workflow) fn account_of(
    url: &Url,
    accounts: &[Account],
) -> Result<Account, RemovalFault> {
    let above = |a: &&Account| {
        let path = a.address.path().trim_end_matches('/');
        let rest = url.path().strip_prefix(path);
        host(&a.address) == host(url) && rest.is_some_and(|r| r.is_empty() || r.starts_with('/'))
    };
    let mut found: Vec<&Account> = accounts.iter().filter(above).collect();
    let length = |a: &Account| a.address.path().trim_end_matches('/').len();
    let longest = found.iter().map(|a| length(a)).max();
    found.retain(|a| Some(length(a)) == longest);
    if found.is_empty() {
        found = accounts
            .iter()
            .filter(|a| host(&a.address) == host(url))
            .collect();
    }
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(RemovalFault::NoAccount {
            address: url.to_string(),
        }),
        several => Err(RemovalFault::SeveralAccounts {
            address: url.to_string(),
            accounts: several.iter().map(|a| a.id.clone()).collect(),
        }),
    }
}

/// With its port; `www.` and `m.` are the same site.
fn host(url: &Url) -> Option<(String, Option<u16>)> {
    let host = url.host_str()?;
    let bare = ["www.", "m."].iter().find_map(|s| host.strip_prefix(s));
    Some((bare.unwrap_or(host).to_owned(), url.port()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Platform;

    fn account(id: &str, address: &str) -> Account {
        Account {
            id: id.parse().unwrap(),
            platform: Platform::Feed,
            address: address.parse().unwrap(),
            committee: "Kommunstyrelsen".into(),
            purpose: "dialog".into(),
            audience: "invånare".into(),
            responsible: vec!["Anna Ek".into()],
            substitute: None,
            credential: None,
            parent: None,
        }
    }

    #[test]
    fn an_address_is_of_the_account_above_it() {
        let accounts = [
            account("fb", "https://www.facebook.com/vara"),
            account("webb", "https://vara.example/"),
            account("blogg", "https://vara.example/blogg/"),
            account("a", "https://x.example/a"),
            account("b", "https://x.example/b"),
        ];
        let of = |url: &str| account_of(&url.parse().unwrap(), &accounts);
        let id = |url: &str| of(url).unwrap().id.to_string();
        assert_eq!(id("https://vara.example/blogg/inlagg/#comment-3"), "blogg");
        assert_eq!(id("http://vara.example/bloggar/"), "webb");
        assert_eq!(id("https://m.facebook.com/permalink.php?id=3"), "fb");
        assert!(matches!(
            of("https://x.example/c"),
            Err(RemovalFault::SeveralAccounts { .. })
        ));
        assert!(matches!(
            of("https://annan.example/"),
            Err(RemovalFault::NoAccount { .. })
        ));
    }

    #[test]
    fn only_addresses_of_pages_and_ids_of_records_are_told() {
        for bad in [
            "",
            "hej",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "mailto:a@b.example",
            "/tmp/x",
        ] {
            assert!(bad.parse::<Told>().is_err(), "{bad}");
        }
        let told: Told = " https://anna:hemligt@x.example/a ".parse().unwrap();
        let Told::Address(url) = told else {
            panic!("no address")
        };
        assert_eq!(url.as_str(), "https://x.example/a");
    }
}
