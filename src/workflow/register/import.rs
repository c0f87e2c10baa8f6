//! Accounts from a CSV file, all or none: each line that is wrong is named.

mod table;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;

use super::enter::check_purposes;
use super::fault::{Fault, LineFault};
use super::sheet::{Field, parted};
use crate::catalog::Entry;
use crate::export::unsafed;
use crate::policy::Policy;
use crate::record::{Account, AccountId, Terms};
use crate::workflow::{Archive, Error, Surroundings};
use table::{Row, Table, decoded};
use words::{duty, ground, platform};

/// How a file is taken in.
pub struct ImportRules<'a> {
    pub policy: &'a Policy,
    /// Change what is registered already, by the columns that the file has.
    pub update: bool,
    /// Only tell what would be done.
    pub dry_run: bool,
    /// Why the caller may not enter an account of that committee, or the account's credential will not do.
    pub refuses: &'a dyn Fn(&Account) -> Option<String>,
}

/// What was taken in, or would be; by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportedAccounts {
    pub added: Vec<AccountId>,
    pub changed: Vec<AccountId>,
    pub unchanged: Vec<AccountId>,
    /// What a person should know of the file.
    pub warnings: Vec<String>,
}

/// Takes in the accounts of a CSV file.
///
/// # Errors
/// [`Fault::Unreadable`], or [`Fault::Lines`] with each line that is wrong; then nothing is taken in.
pub fn import_accounts(
    archive: &Archive,
    file: &str,
    bytes: &[u8],
    rules: &ImportRules<'_>,
    around: &Surroundings,
) -> Result<ImportedAccounts, Error> {
    let mut done = ImportedAccounts::default();
    let text = decoded(bytes, &mut done.warnings);
    let read = Table::read(&text).map_err(|problem| Fault::Unreadable {
        file: file.to_owned(),
        problem,
    })?;
    let register = Registered::of(archive)?;
    let mut reading = Reading {
        table: &read,
        rules,
        register: &register,
        faults: Vec::new(),
    };
    let mut entries: Vec<(u64, Entry)> = Vec::new();
    let mut lines: HashMap<AccountId, u64> = HashMap::new();
    for row in &read.rows {
        let Some(entry) = reading.entry(row) else {
            continue;
        };
        let id = entry.account.id.clone();
        match lines.get(&id) {
            Some(first) => reading.fault(
                row.line,
                format!("account {id} stands twice: also on line {first}"),
            ),
            None => {
                lines.insert(id, row.line);
                entries.push((row.line, entry));
            }
        }
    }
    reading.check_parents(&entries);
    let mut faults = reading.faults;
    if !faults.is_empty() {
        faults.sort_by_key(|f| f.line);
        let file = file.to_owned();
        return Err(Fault::Lines { file, faults }.into());
    }
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for (_, entry) in entries {
        let id = entry.account.id.clone();
        match register.entries.get(&id) {
            None => {
                done.added.push(id);
                new.push(entry);
            }
            Some(before) if *before == entry => done.unchanged.push(id),
            Some(_) => {
                done.changed.push(id);
                changed.push(entry);
            }
        }
    }
    let writes = !new.is_empty() || !changed.is_empty();
    if writes && !rules.dry_run {
        let mut catalog = archive.catalog();
        catalog.import_accounts(&new, &changed, &around.actor, (around.now)())?;
    }
    Ok(done)
}

/// The register before the file.
struct Registered {
    entries: BTreeMap<AccountId, Entry>,
    closed: BTreeMap<AccountId, NaiveDate>,
}

impl Registered {
    fn of(archive: &Archive) -> Result<Self, Error> {
        let catalog = archive.catalog();
        let mut entries = BTreeMap::new();
        for account in catalog.accounts()? {
            let terms = catalog.terms(&account.id)?;
            entries.insert(account.id.clone(), Entry { account, terms });
        }
        let closed = catalog.closed_accounts()?;
        Ok(Self { entries, closed })
    }
}

/// What is wrong is gathered while the lines are read.
struct Reading<'r> {
    table: &'r Table,
    rules: &'r ImportRules<'r>,
    register: &'r Registered,
    faults: Vec<LineFault>,
}

impl Reading<'_> {
    fn fault(&mut self, line: u64, problem: String) {
        self.faults.push(LineFault { line, problem });
    }

    /// The cell of that column; `None` where the file has no such column.
    fn cell<'c>(&self, row: &'c Row, field: Field) -> Option<&'c str> {
        let at = self.table.columns.get(&field)?;
        Some(unsafed(row.cells.get(*at).map_or("", String::as_str)))
    }

    /// The line as an entry, or `None` when it is wrong.
    fn entry(&mut self, row: &Row) -> Option<Entry> {
        let before = self.faults.len();
        let extra = row
            .cells
            .iter()
            .skip(self.table.width)
            .any(|c| !c.is_empty());
        if extra {
            let (has, of) = (row.cells.len(), self.table.width);
            self.fault(
                row.line,
                format!("it has {has} cells, and the first line names {of}"),
            );
        }
        let id: AccountId = self.parsed(row, Field::Id, str::parse)?;
        let known = self.register.entries.get(&id);
        let platform = self.parsed(row, Field::Platform, platform);
        let address = self.parsed(row, Field::Address, |text: &str| {
            url::Url::parse(text).map_err(|e| format!("address {text:?}: {e}"))
        });
        let parent = self.optional(
            row,
            Field::Parent,
            str::parse,
            known.and_then(|k| k.account.parent.clone()),
        );
        let terms = self.terms(row, known);
        self.check_closed(row, &id);
        let (platform, address) = (platform?, address?);
        let text = |field| self.cell(row, field).unwrap_or_default().to_owned();
        let kept = |field, old: fn(&Account) -> Option<String>| match self.cell(row, field) {
            Some(cell) => Some(cell.to_owned()).filter(|c| !c.is_empty()),
            None => known.and_then(|k| old(&k.account)),
        };
        let account = Account {
            platform,
            address,
            committee: text(Field::Committee),
            purpose: text(Field::Purpose),
            audience: text(Field::Audience),
            responsible: match self.cell(row, Field::Responsible) {
                Some(cell) => parted(cell),
                None => known.map_or_else(Vec::new, |k| k.account.responsible.clone()),
            },
            substitute: kept(Field::Substitute, |a| a.substitute.clone()),
            credential: kept(Field::Credential, |a| a.credential.clone()),
            parent,
            id,
        };
        let entry = Entry { account, terms };
        self.judge(row.line, &entry);
        (self.faults.len() == before).then_some(entry)
    }

    fn judge(&mut self, line: u64, entry: &Entry) {
        let account = &entry.account;
        let id = &account.id;
        if let Err(error) = account.check() {
            self.fault(line, error.to_string());
        }
        let known = self.register.entries.get(id);
        if known == Some(entry) {
            return;
        }
        if let Some(known) = known.filter(|_| !self.rules.update) {
            let differs = differing(known, entry).join(", ");
            let problem = format!(
                "account {id} is registered already, and differs in {differs}; --update changes it"
            );
            return self.fault(line, problem);
        }
        for of in [known.map(|k| &k.account), Some(account)]
            .into_iter()
            .flatten()
        {
            if let Some(problem) = (self.rules.refuses)(of) {
                return self.fault(line, problem);
            }
        }
        for breach in self.rules.policy.check_account(account) {
            self.fault(line, format!("{}; rule: {}", breach.what, breach.rule()));
        }
    }

    fn terms(&mut self, row: &Row, known: Option<&Entry>) -> Terms {
        let old = known.map(|k| k.terms.clone()).unwrap_or_default();
        let duty = self.optional(row, Field::Duty, duty, old.duty);
        let legal_basis = self.optional(row, Field::LegalBasis, ground, old.legal_basis);
        let serves = match self.cell(row, Field::Serves) {
            Some(cell) => parted(cell),
            None => old.serves,
        };
        if let Err(error) = check_purposes(self.rules.policy, &serves) {
            let hint = error.hint().unwrap_or_default();
            self.fault(row.line, format!("{error}; {hint}"));
        }
        Terms {
            duty,
            legal_basis,
            serves,
        }
    }

    /// An account is closed by a command of its own, which takes its last snapshot.
    fn check_closed(&mut self, row: &Row, id: &AccountId) {
        let Some(cell) = self.cell(row, Field::Closed) else {
            return;
        };
        let is = self.register.closed.get(id).map(ToString::to_string);
        if !cell.is_empty() && is.as_deref() != Some(cell) {
            self.fault(
                row.line,
                format!("account {id} is not closed on {cell:?} in the register: arkivd account close takes its last snapshot first"),
            );
        }
    }

    fn parsed<T, E: ToString>(
        &mut self,
        row: &Row,
        field: Field,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let cell = self.cell(row, field).unwrap_or_default();
        if cell.is_empty() {
            self.fault(row.line, format!("{} is empty", field.swedish()));
            return None;
        }
        match parse(cell) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(row.line, error.to_string());
                None
            }
        }
    }

    /// What the cell says; empty is nothing, and without the column what stood before.
    fn optional<T, E: ToString>(
        &mut self,
        row: &Row,
        field: Field,
        parse: impl Fn(&str) -> Result<T, E>,
        before: Option<T>,
    ) -> Option<T> {
        match self.cell(row, field) {
            None => before,
            Some("") => None,
            Some(_) => self.parsed(row, field, parse),
        }
    }

    /// Each account above another is in the file or the register, and nobody stands above themselves.
    fn check_parents(&mut self, entries: &[(u64, Entry)]) {
        let mut above: HashMap<&AccountId, Option<&AccountId>> = HashMap::new();
        let registered = self.register.entries.values();
        for account in registered
            .map(|e| &e.account)
            .chain(entries.iter().map(|(_, e)| &e.account))
        {
            above.insert(&account.id, account.parent.as_ref());
        }
        let named: BTreeSet<&str> = self
            .table
            .rows
            .iter()
            .filter_map(|row| self.cell(row, Field::Id))
            .collect();
        let mut faults = Vec::new();
        for (line, entry) in entries {
            let id = &entry.account.id;
            let mut passed = HashSet::from([id]);
            let mut next = entry.account.parent.as_ref();
            while let Some(parent) = next {
                // What is wrong with a line that stands in the file is told there.
                let Some(over) = above.get(parent) else {
                    if !named.contains(parent.as_str()) {
                        let problem = format!(
                            "account {id} cannot stand below {parent}: it is neither registered nor in the file"
                        );
                        faults.push((*line, problem));
                    }
                    break;
                };
                if !passed.insert(parent) {
                    let first = entry.account.parent.as_ref().unwrap_or(parent);
                    let problem = format!(
                        "account {id} cannot stand below {first}: the tree would be a ring"
                    );
                    faults.push((*line, problem));
                    break;
                }
                next = *over;
            }
        }
        for (line, problem) in faults {
            self.fault(line, problem);
        }
    }
}

/// The columns in which they differ.
fn differing(a: &Entry, b: &Entry) -> Vec<&'static str> {
    let (x, y) = (&a.account, &b.account);
    let fields = [
        (Field::Platform, x.platform == y.platform),
        (Field::Address, x.address == y.address),
        (Field::Committee, x.committee == y.committee),
        (Field::Purpose, x.purpose == y.purpose),
        (Field::Audience, x.audience == y.audience),
        (Field::Responsible, x.responsible == y.responsible),
        (Field::Substitute, x.substitute == y.substitute),
        (Field::Credential, x.credential == y.credential),
        (Field::Parent, x.parent == y.parent),
        (Field::Duty, a.terms.duty == b.terms.duty),
        (
            Field::LegalBasis,
            a.terms.legal_basis == b.terms.legal_basis,
        ),
        (Field::Serves, a.terms.serves == b.terms.serves),
    ];
    let differ = fields.into_iter().filter(|(_, same)| !same);
    differ.map(|(field, _)| field.swedish()).collect()
}
