//! The municipality's own side of an account: who writes for it, and what of all that is written is its own.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, params};
use url::Url;

use super::report::OWN;
use super::value::column;
use super::{Catalog, Error};
use crate::record::{Author, Kind};

/// Who writes for an account: the authors of its own posts; and at which host it lives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnSide {
    pub names: HashSet<String>,
    pub addresses: HashSet<String>,
    pub host: Option<String>,
}

/// What tells who wrote something.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'w> {
    pub kind: Kind,
    /// False where it came only by an import.
    pub told_by_platform: bool,
    /// True when it answers something.
    pub answers: bool,
    pub author: Option<&'w str>,
    /// The newest version's content, JSON: read where the name alone does not tell.
    pub content: &'w str,
}

/// Whether the platform told of the record `r` with its version `v`. Comments and messages need not be asked unless who
/// brought them may have said whose they are.
macro_rules! told_by_platform {
    () => {
        "(r.kind IN ('comment', 'message') AND instr(v.content, 'urn:arkivd:author:') = 0
           OR EXISTS (SELECT 1 FROM record_alias x WHERE x.record = r.n AND x.door <> 'import'))"
    };
}
pub(super) use told_by_platform;

impl OwnSide {
    /// Whether the municipality wrote it: a post that the account's own platform tells of, or an author that its posts
    /// have.
    ///
    /// # Errors
    /// A row that is not of its kind.
    pub fn wrote(&self, w: &Writer<'_>) -> Result<bool, Error> {
        if matches!(w.kind, Kind::Post | Kind::Page) && w.told_by_platform && !w.answers {
            return Ok(true);
        }
        let Some(name) = w.author else {
            return Ok(false);
        };
        if w.told_by_platform && !self.names.contains(name) && self.addresses.is_empty() {
            return Ok(false);
        }
        let Some(author) = author_of(w.content)? else {
            return Ok(false);
        };
        let address = author.address.as_deref();
        // Only who brings something says whose it is: a platform's users write what they like.
        let address =
            address.filter(|a| !(w.told_by_platform && [Author::OWN, Author::OTHERS].contains(a)));
        Ok(self.is_author(&author.name, address))
    }

    /// Who brought it, and said whose it is, settles it; else an address does. A name alone counts where there is no address, or one that is the account's own site: a
    /// blog gives its editors another address in comments than in posts.
    pub(super) fn is_author(&self, name: &str, address: Option<&str>) -> bool {
        let named = self.names.contains(name);
        let address = match address {
            None | Some("") => return named,
            Some(Author::OWN) => return true,
            Some(Author::OTHERS) => return false,
            Some(address) => address,
        };
        let of_the_site = || {
            let host = Url::parse(address)
                .ok()
                .and_then(|url| url.host_str().map(str::to_owned));
            host.is_some() && host == self.host
        };
        self.addresses.contains(address) || named && (self.addresses.is_empty() || of_the_site())
    }
}

/// The author alone, of a content's JSON.
fn author_of(content: &str) -> Result<Option<Author>, Error> {
    #[derive(serde::Deserialize)]
    struct Written {
        author: Option<Author>,
    }
    let written: Written = column!(version.content).json(content)?;
    Ok(written.author)
}

/// The own sides of all accounts, or of one, by account.
pub(super) fn own_sides(
    db: &Connection,
    account: Option<&str>,
) -> Result<HashMap<String, OwnSide>, Error> {
    let of_one = match account {
        Some(_) => "r.account = ?1",
        None => "?1 IS NULL",
    };
    let mut all = HashMap::<String, OwnSide>::new();
    let mut accounts =
        db.prepare_cached("SELECT id, name, address FROM account WHERE ?1 IS NULL OR id = ?1")?;
    let mut rows = accounts.query(params![account])?;
    while let Some(row) = rows.next()? {
        let address = Url::parse(&row.get::<_, String>(2)?).ok();
        let side = OwnSide {
            names: row.get::<_, Option<String>>(1)?.into_iter().collect(),
            addresses: HashSet::new(),
            host: address.and_then(|url| url.host_str().map(str::to_owned)),
        };
        all.insert(row.get(0)?, side);
    }
    let mut authors = db.prepare_cached(&format!(
        "SELECT DISTINCT r.account, v.author, v.content ->> '$.author.address' FROM record r JOIN version v ON v.n = r.latest
         WHERE {of_one} AND r.kind IN ('post', 'page') AND v.author IS NOT NULL AND {OWN}"
    ))?;
    let mut rows = authors.query(params![account])?;
    while let Some(row) = rows.next()? {
        let own = all.entry(row.get(0)?).or_default();
        let address: Option<String> = row.get(2)?;
        own.addresses.extend(address.filter(|a| a != Author::OWN));
        own.names.insert(row.get(1)?);
    }
    Ok(all)
}

impl Catalog {
    /// Who writes for each account.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn own_sides(&self) -> Result<HashMap<String, OwnSide>, Error> {
        own_sides(&self.db, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_brings_something_says_whose_it_is_and_no_one_else() {
        let side = OwnSide {
            names: ["Tibro kommun".to_owned()].into(),
            ..OwnSide::default()
        };
        let wrote = |told_by_platform, name: &str, address: Option<&str>| {
            let content = serde_json::json!({ "author": { "name": name, "address": address } });
            side.wrote(&Writer {
                kind: Kind::Comment,
                told_by_platform,
                answers: false,
                author: Some(name),
                content: &content.to_string(),
            })
            .unwrap()
        };
        assert!(wrote(false, "Bo Ek", Some(Author::OWN)));
        assert!(!wrote(false, "Tibro kommun", Some(Author::OTHERS)));
        assert!(!wrote(false, "Bo Ek", None));
        assert!(wrote(false, "Tibro kommun", None));
        // What a platform's users write says nothing.
        assert!(!wrote(true, "Bo Ek", Some(Author::OWN)));
        assert!(wrote(true, "Tibro kommun", Some(Author::OTHERS)));
    }
}
