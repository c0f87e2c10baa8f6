//! The accounts as a tree (HAL-1), and the directory of those who look after them (FAL-5).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::today;
use crate::record::{Account, AccountId, Side};
use crate::workflow::{Archive, Error, Surroundings};

/// An account with those below it, by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    pub account: Account,
    pub name: Option<String>,
    pub closed: Option<NaiveDate>,
    pub below: Vec<Branch>,
}

/// The accounts as the organisation's tree.
///
/// # Errors
/// When the catalog cannot be read.
pub fn tree(archive: &Archive) -> Result<Vec<Branch>, Error> {
    let catalog = archive.catalog();
    let closed = catalog.closed_accounts()?;
    let mut below: BTreeMap<Option<AccountId>, Vec<Branch>> = BTreeMap::new();
    for account in catalog.accounts()? {
        let branch = Branch {
            name: catalog.account_name(&account.id)?,
            closed: closed.get(&account.id).copied(),
            below: Vec::new(),
            account,
        };
        let parent = branch.account.parent.clone();
        below.entry(parent).or_default().push(branch);
    }
    let mut roots = below.remove(&None).unwrap_or_default();
    for root in &mut roots {
        grow(root, &mut below);
    }
    Ok(roots)
}

/// Each branch is hung once, so that even a ring would end.
fn grow(branch: &mut Branch, below: &mut BTreeMap<Option<AccountId>, Vec<Branch>>) {
    let id = Some(branch.account.id.clone());
    branch.below = below.remove(&id).unwrap_or_default();
    for under in &mut branch.below {
        grow(under, below);
    }
}

/// What a person does for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Post {
    Responsible,
    Substitute,
    Administrator(Side),
}

impl Post {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Responsible => "responsible",
            Self::Substitute => "substitute",
            Self::Administrator(Side::Unit) => "administrator",
            Self::Administrator(Side::Communications) => "administrator of communications",
        }
    }
}

/// A person, and what they do for which open accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editor {
    /// As it was written first.
    pub name: String,
    pub posts: BTreeSet<(AccountId, String, Post)>,
}

/// Those who look after the open accounts, by name. A name counts as the same person whatever its case and spaces.
///
/// # Errors
/// When the catalog cannot be read.
pub fn editors(archive: &Archive, around: &Surroundings) -> Result<Vec<Editor>, Error> {
    let today = today(around);
    let catalog = archive.catalog();
    let mut all: BTreeMap<String, Editor> = BTreeMap::new();
    for account in catalog.open_accounts()? {
        let mut add = |name: &str, post| {
            let words: Vec<&str> = name.split_whitespace().collect();
            let name = words.join(" ");
            let editor = all.entry(name.to_lowercase()).or_insert_with(|| Editor {
                name,
                posts: BTreeSet::new(),
            });
            let at = (account.id.clone(), account.committee.clone(), post);
            editor.posts.insert(at);
        };
        for name in &account.responsible {
            add(name, Post::Responsible);
        }
        if let Some(name) = &account.substitute {
            add(name, Post::Substitute);
        }
        let register = catalog.register(&account.id)?;
        for person in register.administrators_on(today) {
            add(&person.name, Post::Administrator(person.side));
        }
    }
    Ok(all.into_values().collect())
}
