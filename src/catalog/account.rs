//! The register of accounts, and how each stands.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::value::{self, column};
use super::{CaptureRow, Catalog, Error, NewEvent, event};
use crate::record::{Account, AccountId, PageOutcome};

/// An account with what `status` tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountState {
    pub account: Account,
    /// As the platform last told it.
    pub name: Option<String>,
    pub added: DateTime<Utc>,
    /// The Swedish day it was closed; `None`: it is open.
    pub closed: Option<NaiveDate>,
    pub last: Option<CaptureRow>,
    /// The newest capture that set out to read its records, whatever came of it.
    pub last_tried: Option<CaptureRow>,
    /// The newest capture that read its records, not its page alone.
    pub last_read: Option<CaptureRow>,
    /// How the newest look at its page ended, and about what.
    pub look: Option<(PageOutcome, Option<String>)>,
    /// Records that this capture was the first not to show.
    pub newly_missed: u64,
    pub records: u64,
    pub bags: u64,
}

/// A capture that sealed nothing but a page holds no record, and counts none.
macro_rules! records_read {
    () => {
        "(reason <> 'import' AND (outcome IN ('unchanged', 'empty') OR outcome = 'sealed'
         AND (new + changed + unchanged + not_seen > 0
              OR EXISTS (SELECT 1 FROM bag WHERE bag.capture = capture.n AND kind <> 'page'))))"
    };
}
const RECORDS_READ: &str = records_read!();

/// A failure of a page alone tells of the page alone.
const RECORDS_TRIED: &str = concat!(
    "(",
    records_read!(),
    " OR error IS NOT NULL AND (coverage = '[]' OR coverage LIKE '%\"what\":\"posts\"%'))"
);

/// An account, its name as the platform told it, and when it was registered.
type Registered = (Account, Option<String>, DateTime<Utc>);

const COLUMNS: &str = "id, platform, address, committee, purpose, audience, responsible, substitute, credential, \
                       parent, name, added";

impl Catalog {
    /// Registers an account, with its event, in one transaction.
    ///
    /// # Errors
    /// When the id is taken or the parent is not registered.
    pub fn add_account(
        &mut self,
        account: &Account,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        if self.account(&account.id)?.is_some() {
            return Err(Error::AccountExists(account.id.clone()));
        }
        self.check_parent(account)?;
        let change = self.db.transaction()?;
        insert(&change, account, at)?;
        set_parent(&change, account)?;
        note_added(&change, account, actor, at)?;
        change.commit()?;
        Ok(())
    }

    /// Replaces what the register says of an account; its id stays. False when nothing differs.
    ///
    /// # Errors
    /// When it, or the parent it names, is not registered.
    pub fn edit_account(
        &mut self,
        account: &Account,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let before = self
            .account(&account.id)?
            .ok_or_else(|| Error::NoAccount(account.id.clone()))?;
        if before == *account {
            return Ok(false);
        }
        self.check_parent(account)?;
        let change = self.db.transaction()?;
        replace(&change, &before, account, actor, at)?;
        change.commit()?;
        Ok(true)
    }

    /// The account of that id, if it is registered.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn account(&self, id: &AccountId) -> Result<Option<Account>, Error> {
        Ok(self.registered(id)?.map(|(account, _, _)| account))
    }

    fn registered(&self, id: &AccountId) -> Result<Option<Registered>, Error> {
        let row = self
            .db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE id = ?1"))?
            .query_row([id.as_str()], |row| Ok(read(row)))
            .optional()?;
        row.transpose()
    }

    /// All accounts, by id.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn accounts(&self) -> Result<Vec<Account>, Error> {
        Ok(self
            .named_accounts()?
            .into_iter()
            .map(|(a, _, _)| a)
            .collect())
    }

    /// The accounts that are not closed, by id.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn open_accounts(&self) -> Result<Vec<Account>, Error> {
        let closed = self.closed_accounts()?;
        let mut all = self.accounts()?;
        all.retain(|account| !closed.contains_key(&account.id));
        Ok(all)
    }

    /// All accounts with when each was registered, by id.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn registered_accounts(&self) -> Result<Vec<(Account, DateTime<Utc>)>, Error> {
        let all = self.named_accounts()?;
        Ok(all.into_iter().map(|(a, _, added)| (a, added)).collect())
    }

    /// The account's name as the platform last told it.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn account_name(&self, id: &AccountId) -> Result<Option<String>, Error> {
        let found = self
            .db
            .prepare_cached("SELECT name FROM account WHERE id = ?1")?
            .query_row([id.as_str()], |row| row.get(0))
            .optional()?;
        Ok(found.flatten())
    }

    /// All accounts with their last captures and counts, by id.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn account_states(&self) -> Result<Vec<AccountState>, Error> {
        self.named_accounts()?
            .into_iter()
            .map(|registered| self.state(registered))
            .collect()
    }

    /// One account as [`Catalog::account_states`] tells it, if it is registered.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn account_state(&self, id: &AccountId) -> Result<Option<AccountState>, Error> {
        self.registered(id)?.map(|r| self.state(r)).transpose()
    }

    fn state(&self, (account, name, added): Registered) -> Result<AccountState, Error> {
        let id = account.id.as_str();
        let count = |sql: &str| -> Result<u64, Error> {
            let n = self.db.prepare_cached(sql)?.query_row([id], |r| r.get(0))?;
            column!(account.id).count(n)
        };
        Ok(AccountState {
                    closed: self.account_closed(&account.id)?,
                    last: self.last_capture(&account.id, "reason <> 'import'")?,
                    last_tried: self.last_capture(&account.id, RECORDS_TRIED)?,
                    last_read: self.last_capture(&account.id, RECORDS_READ)?,
                    newly_missed: count(&format!(
                        "SELECT count(*) FROM absence WHERE capture =
                         (SELECT n FROM capture WHERE account = ?1 AND {RECORDS_READ} ORDER BY n DESC LIMIT 1)"
                    ))?,
                    look: self.last_look(&account)?,
                    records: count("SELECT count(*) FROM record WHERE account = ?1")?
                        .saturating_sub(match self.has_no_gallring()? {
                            true => 0,
                            false => count(
                                "SELECT count(*) FROM gallring_record g JOIN record r ON r.n = g.record
                                 WHERE r.account = ?1 AND r.gallring = g.gallring",
                            )?,
                        }),
                    bags: count(
                        "SELECT count(*) FROM bag JOIN capture ON capture.n = bag.capture WHERE capture.account = ?1",
                    )?,
                    name,
                    added,
                    account,
                })
    }

    fn named_accounts(&self) -> Result<Vec<Registered>, Error> {
        let mut statement = self
            .db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM account ORDER BY id"))?;
        let rows = statement.query_map([], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    fn check_parent(&self, account: &Account) -> Result<(), Error> {
        let Some(asked) = &account.parent else {
            return Ok(());
        };
        let refuse = |problem| Error::Parent {
            account: account.id.clone(),
            parent: asked.clone(),
            problem,
        };
        let mut above = Some(asked.clone());
        let mut passed = HashSet::from([account.id.clone()]);
        while let Some(parent) = above {
            if !passed.insert(parent.clone()) {
                return Err(refuse("the tree would be a ring"));
            }
            let next = self
                .account(&parent)?
                .ok_or_else(|| refuse("it is not registered"))?;
            above = next.parent;
        }
        Ok(())
    }
}

/// Without the account above it, which may be entered after it.
pub(super) fn insert(
    change: &Transaction<'_>,
    account: &Account,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    change.execute(
        &format!(
            "INSERT INTO account ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, NULL, ?10)"
        ),
        params![
            account.id.as_str(),
            account.platform.as_str(),
            account.address.as_str(),
            account.committee,
            account.purpose,
            account.audience,
            value::json("responsible", &account.responsible)?,
            account.substitute,
            account.credential,
            value::time(at),
        ],
    )?;
    Ok(())
}

pub(super) fn set_parent(change: &Transaction<'_>, account: &Account) -> Result<(), Error> {
    change.execute(
        "UPDATE account SET parent = ?2 WHERE id = ?1",
        params![
            account.id.as_str(),
            account.parent.as_ref().map(AccountId::as_str)
        ],
    )?;
    Ok(())
}

/// The event of its being entered.
pub(super) fn note_added(
    change: &Transaction<'_>,
    account: &Account,
    actor: &str,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let after = value::json("account", account)?;
    event::insert(
        change,
        &NewEvent {
            at,
            actor,
            verb: "account add",
            object: account.id.as_str(),
            before: None,
            after: Some(&after),
        },
    )
}

/// Its entry anew, with the event.
pub(super) fn replace(
    change: &Transaction<'_>,
    before: &Account,
    account: &Account,
    actor: &str,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let before = value::json("account", before)?;
    let after = value::json("account", account)?;
    change.execute(
        "UPDATE account SET platform = ?2, address = ?3, committee = ?4, purpose = ?5, audience = ?6,
         responsible = ?7, substitute = ?8, credential = ?9, parent = ?10 WHERE id = ?1",
        params![
            account.id.as_str(),
            account.platform.as_str(),
            account.address.as_str(),
            account.committee,
            account.purpose,
            account.audience,
            value::json("responsible", &account.responsible)?,
            account.substitute,
            account.credential,
            account.parent.as_ref().map(AccountId::as_str),
        ],
    )?;
    event::insert(
        change,
        &NewEvent {
            at,
            actor,
            verb: "account edit",
            object: account.id.as_str(),
            before: Some(&before),
            after: Some(&after),
        },
    )
}

fn read(row: &Row<'_>) -> Result<Registered, Error> {
    let text = |name: &str| row.get::<_, String>(name);
    let optional = |name: &str| row.get::<_, Option<String>>(name);
    let account = Account {
        id: column!(account.id).parse(&text("id")?)?,
        platform: column!(account.platform).parse(&text("platform")?)?,
        address: column!(account.address).parse(&text("address")?)?,
        committee: text("committee")?,
        purpose: text("purpose")?,
        audience: text("audience")?,
        responsible: column!(account.responsible).json(&text("responsible")?)?,
        substitute: optional("substitute")?,
        credential: optional("credential")?,
        parent: optional("parent")?
            .map(|p| column!(account.parent).parse(&p))
            .transpose()?,
    };
    Ok((
        account,
        optional("name")?,
        column!(account.added).parse(&text("added")?)?,
    ))
}
