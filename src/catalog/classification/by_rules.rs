//! Classification by rules: of what a capture brought, of an account, of records that a person names.
//!
//! What was decided by hand stays. What a rule decided stays too, with the version of the plan it was decided under,
//! unless all is decided anew; only what stands in a thread follows what decides the thread.

mod judging;
mod reading;

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use chrono::{DateTime, NaiveDate, Utc};

use super::days::Rows;
use super::{OwnSide, Standing};
use crate::calendar::local_date;
use crate::catalog::{Catalog, Error};
use crate::record::{AccountId, RecordId};
use crate::retention::Classifier;

/// Which records are decided by rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'s> {
    All,
    Account(&'s AccountId),
    Records(&'s [RecordId]),
}

/// What classification by rules came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ByRules {
    /// Records that were looked at.
    pub records: u64,
    /// That had no row, and have one now.
    pub classified: u64,
    /// That have another row, rule or thread than before.
    pub changed: u64,
    /// That have no row any more: no rule fits.
    pub taken_away: u64,
    /// Decided before, which stands.
    pub kept: u64,
    /// Decided by hand, which always stands.
    pub by_hand: u64,
    /// That no rule fits, and are kept.
    pub unclassified: u64,
    /// Of committees that have no plan.
    pub without_plan: u64,
    /// What was decided now, by committee and row.
    pub rows: Vec<RowCount>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowCount {
    pub committee: String,
    pub plan: i64,
    pub row: String,
    pub records: u64,
}

/// How far decisions go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// What has no row gets one; what has one keeps it.
    New,
    /// All but what was decided by hand.
    Anew,
    /// Only what follows a thread, or is to.
    Threads,
}

/// A plan in force, made ready.
pub(super) struct Ready {
    pub(super) classifier: Classifier,
    /// `plan_row.n` and `plan_rule.n` by the rule's index.
    pub(super) rules: Vec<(i64, i64)>,
}

/// A record, in the account's order.
struct Node {
    n: i64,
    parent: Option<i64>,
    committee: usize,
    standing: Option<Standing>,
    state: State,
    /// The record that what answers this one is in the thread of.
    leads: Option<i64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waits,
    Begun,
    Done,
}

/// One decision after the other, in the transaction that is open.
pub(super) struct Run<'c> {
    catalog: &'c Catalog,
    day: NaiveDate,
    at: DateTime<Utc>,
    actor: &'c str,
    mode: Mode,
    write: bool,
    plans: HashMap<String, Option<Rc<Ready>>>,
    rows: Rows,
    committees: Vec<String>,
    nodes: Vec<Node>,
    /// What leads a thread: its committee and decision.
    heads: HashMap<i64, (usize, Standing)>,
    /// Records outside `nodes`, and what leads them.
    outside: HashMap<i64, Option<i64>>,
    account: String,
    ended: Option<NaiveDate>,
    own: Option<OwnSide>,
    categories: Option<HashMap<i64, Vec<String>>>,
    counts: BTreeMap<i64, u64>,
    report: ByRules,
    /// Records that lead a thread now, or another, or none any more.
    leads_anew: Vec<i64>,
}

impl<'c> Run<'c> {
    pub(super) fn new(
        catalog: &'c Catalog,
        mode: Mode,
        write: bool,
        actor: &'c str,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            catalog,
            day: local_date(at),
            at,
            actor,
            mode,
            write,
            plans: HashMap::new(),
            rows: Rows::default(),
            committees: Vec::new(),
            nodes: Vec::new(),
            heads: HashMap::new(),
            outside: HashMap::new(),
            account: String::new(),
            ended: None,
            own: None,
            categories: None,
            counts: BTreeMap::new(),
            report: ByRules::default(),
            leads_anew: Vec::new(),
        }
    }

    /// Decides the account's records that meet a condition in SQL, which is never from outside.
    pub(super) fn account(
        &mut self,
        account: &str,
        condition: &str,
        values: &[i64],
    ) -> Result<(), Error> {
        account.clone_into(&mut self.account);
        self.ended = self.catalog.channel_ended(account)?;
        self.own = None;
        self.nodes.clear();
        self.heads.clear();
        self.outside.clear();
        let mut asked = self.catalog.db.prepare_cached(&format!(
            "SELECT r.n, r.parent, r.committee, {} FROM record r LEFT JOIN classification c ON c.record = r.n
             WHERE r.account = ?1 AND r.gallring IS NULL AND r.latest IS NOT NULL AND {condition}",
            Standing::COLUMNS
        ))?;
        asked.raw_bind_parameter(1, account)?;
        for (at, value) in values.iter().enumerate() {
            asked.raw_bind_parameter(at + 2, value)?;
        }
        let mut rows = asked.raw_query();
        while let Some(row) = rows.next()? {
            let committee =
                self.committee(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?);
            self.nodes.push(Node {
                n: row.get(0)?,
                parent: row.get(1)?,
                committee,
                standing: Standing::read(row, 3)?,
                state: State::Waits,
                leads: None,
            });
        }
        drop(rows);
        drop(asked);
        self.nodes.sort_unstable_by_key(|node| node.n);
        self.nodes.dedup_by_key(|node| node.n);
        self.report.records += self.nodes.len() as u64;
        let mut chain = Vec::new();
        for start in 0..self.nodes.len() {
            self.climb(start, &mut chain);
            // What is above is decided first.
            while let Some(at) = chain.pop() {
                self.decide(at)?;
            }
        }
        Ok(())
    }

    fn committee(&mut self, name: &str) -> usize {
        match self.committees.iter().position(|c| c == name) {
            Some(at) => at,
            None => {
                self.committees.push(name.to_owned());
                self.committees.len() - 1
            }
        }
    }

    fn place(&self, n: i64) -> Option<usize> {
        self.nodes.binary_search_by_key(&n, |node| node.n).ok()
    }

    /// The record and those above it that are not decided yet. What answers itself in a ring ends where it began.
    fn climb(&mut self, start: usize, chain: &mut Vec<usize>) {
        let mut at = Some(start);
        while let Some(place) = at {
            let Some(node) = self
                .nodes
                .get_mut(place)
                .filter(|n| n.state == State::Waits)
            else {
                return;
            };
            node.state = State::Begun;
            chain.push(place);
            let parent = node.parent;
            at = parent.and_then(|parent| self.place(parent));
        }
    }

    /// What leads the thread that stands below the record of that number.
    fn leads(&mut self, n: i64) -> Result<Option<i64>, Error> {
        if let Some(node) = self.place(n).and_then(|at| self.nodes.get(at)) {
            // What a person decided stands, wherever a ring is entered.
            if let Some(standing) = node.standing.filter(|s| s.is_by_hand() && s.leads()) {
                self.heads.insert(n, (node.committee, standing));
                return Ok(Some(n));
            }
            return Ok(node.leads.filter(|_| node.state == State::Done));
        }
        let mut passed = Vec::new();
        let mut at = Some(n);
        let mut found = None;
        while let Some(row) = at {
            if let Some(known) = self.outside.get(&row) {
                found = *known;
                break;
            }
            // In a ring it is met again before anything leads it.
            self.outside.insert(row, None);
            passed.push(row);
            let Some(above) = self.catalog.above(row)? else {
                break;
            };
            if let Some(standing) = above.standing.filter(Standing::leads) {
                let committee = self.committee(&above.committee);
                self.heads.insert(row, (committee, standing));
                found = Some(row);
                break;
            }
            at = above.parent;
        }
        for row in passed {
            self.outside.insert(row, found);
        }
        Ok(found)
    }

    fn decide(&mut self, at: usize) -> Result<(), Error> {
        let Some(node) = self.nodes.get(at) else {
            return Ok(());
        };
        let (n, committee, before) = (node.n, node.committee, node.standing);
        let above = match node.parent {
            Some(parent) => self.leads(parent)?,
            None => None,
        };
        let head = above
            .filter(|head| *head != n)
            .and_then(|head| Some((head, *self.heads.get(&head)?)))
            .filter(|(_, (of, _))| *of == committee)
            .map(|(head, (_, standing))| (head, standing));
        let now = match self.keeps(before, head)? {
            true => before,
            false => self.judged(n, committee, before, head)?,
        };
        match now.filter(Standing::leads) {
            Some(standing) => {
                self.heads.insert(n, (committee, standing));
            }
            None => {
                self.heads.remove(&n);
            }
        }
        let leads = now.filter(Standing::leads).map(|_| n).or(above);
        if before.filter(Standing::leads) != now.filter(Standing::leads) {
            self.leads_anew.push(n);
        }
        self.count(before, now);
        if let Some(node) = self.nodes.get_mut(at) {
            node.standing = now;
            node.leads = leads;
            node.state = State::Done;
        }
        Ok(())
    }

    fn count(&mut self, before: Option<Standing>, now: Option<Standing>) {
        let report = &mut self.report;
        match (before, now) {
            (_, Some(now)) if Some(now) != before => {
                match before {
                    None => report.classified += 1,
                    Some(_) => report.changed += 1,
                }
                *self.counts.entry(now.plan_row).or_default() += 1;
            }
            (Some(_), None) => report.taken_away += 1,
            (Some(before), _) if before.is_by_hand() => report.by_hand += 1,
            (Some(_), _) => report.kept += 1,
            (None, _) => report.unclassified += 1,
        }
    }

    pub(super) fn leads_anew(&self) -> bool {
        !self.leads_anew.is_empty()
    }

    /// Whether one that was known before does.
    pub(super) fn leads_anew_of_known(&self, first_new: i64) -> bool {
        self.leads_anew.iter().any(|n| *n < first_new)
    }

    /// What it came to.
    pub(super) fn end(mut self) -> Result<ByRules, Error> {
        for (plan_row, records) in std::mem::take(&mut self.counts) {
            let fates = self.rows.get(self.catalog, plan_row)?;
            let (plan, row) = (fates.plan, fates.id.to_string());
            let committee = self.catalog.db.query_row(
                "SELECT committee FROM plan WHERE n = ?1",
                [plan],
                |row| row.get(0),
            )?;
            self.report.rows.push(RowCount {
                committee,
                plan,
                row,
                records,
            });
        }
        Ok(self.report)
    }
}
