//! Where rules are set to work: after a capture, on a person's command, when a thread is decided.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::by_rules::{Mode, Ready, Run};
use super::{ByRules, Scope};
use crate::catalog::sighting::Written;
use crate::catalog::{Catalog, Error, NewCapture, NewEvent, event};
use crate::retention::Classifier;

/// An account with those of its records that are meant; `None`: all.
type Scoped = (String, Option<Vec<i64>>);

impl Catalog {
    /// Classifies records by the rules of the plans in force, each account in a transaction of its own; gives what it
    /// came to. Without `anew` what was decided stays. `dry_run` writes nothing, and what changes nothing is no event.
    ///
    /// # Errors
    /// When an account or a record is not in the catalog; [`Error::Plan`]; those of SQLite.
    pub fn classify_by_rules(
        &mut self,
        scope: Scope<'_>,
        anew: bool,
        dry_run: bool,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<ByRules, Error> {
        let mode = if anew { Mode::Anew } else { Mode::New };
        let mut whole = ByRules::default();
        for (account, records) in self.scoped(scope)? {
            let change = self.db.unchecked_transaction()?;
            let mut run = Run::new(self, mode, !dry_run, actor, at);
            match &records {
                None => run.account(&account, "1", &[])?,
                Some(records) => {
                    let marks = vec!["?"; records.len()].join(", ");
                    run.account(&account, &format!("r.n IN ({marks})"), records)?;
                }
            }
            let leads_anew = run.leads_anew();
            let report = run.end()?;
            let mut decided = report.classified + report.changed + report.taken_away;
            if leads_anew && records.is_some() && !dry_run {
                decided += self.settle_threads(&account, actor, at)?;
            }
            if !dry_run && decided > 0 {
                let after = serde_json::json!({ "anew": anew, "records": report.records, "classified": report.classified,
                    "changed": report.changed, "taken_away": report.taken_away,
                    "plans": report.rows.iter().map(|r| r.plan).collect::<std::collections::BTreeSet<_>>() });
                event::insert(
                    &change,
                    &NewEvent {
                        at,
                        actor,
                        verb: "record classify",
                        object: &account,
                        before: None,
                        after: Some(&after.to_string()),
                    },
                )?;
                change.commit()?;
            }
            whole.add(report);
        }
        Ok(whole)
    }

    fn scoped(&self, scope: Scope<'_>) -> Result<Vec<Scoped>, Error> {
        match scope {
            Scope::All => {
                let mut asked = self
                    .db
                    .prepare_cached("SELECT id FROM account ORDER BY id")?;
                let all = asked.query_map([], |row| Ok((row.get(0)?, None)))?;
                Ok(all.collect::<Result<_, _>>()?)
            }
            Scope::Account(account) => match self.account(account)? {
                Some(_) => Ok(vec![(account.as_str().to_owned(), None)]),
                None => Err(Error::NoAccount(account.clone())),
            },
            Scope::Records(records) => {
                let mut of = std::collections::BTreeMap::<String, Option<Vec<i64>>>::new();
                for record in records {
                    let row = self.record_row(*record)?;
                    let rows = of.entry(row.account).or_insert_with(|| Some(Vec::new()));
                    if let Some(rows) = rows {
                        rows.push(row.n);
                    }
                }
                Ok(of.into_iter().collect())
            }
        }
    }

    /// Lets what stands in the account's threads follow what decides them, in the transaction that is open; gives how
    /// many records have another decision.
    pub(super) fn settle_threads(
        &self,
        account: &str,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let mut run = Run::new(self, Mode::Threads, true, actor, at);
        run.account(account, "1", &[])?;
        let report = run.end()?;
        Ok(report.classified + report.changed + report.taken_away)
    }

    /// What a capture brought, in its transaction. Nothing happens without a plan.
    pub(in crate::catalog) fn classify_captured(
        &self,
        capture: &NewCapture<'_>,
        written: &Written,
    ) -> Result<(), Error> {
        if !self.db.prepare_cached("SELECT 1 FROM plan")?.exists([])? {
            return Ok(());
        }
        let account = capture.account.as_str();
        let mut run = Run::new(self, Mode::New, true, capture.actor, capture.finished);
        // A record that was known and is not classified is asked about in its new words.
        run.account(
            account,
            "r.n IN (SELECT record FROM version WHERE n >= ?2)",
            &[written.first_version],
        )?;
        if written.linked || run.leads_anew_of_known(written.first_record) {
            self.settle_threads(account, capture.actor, capture.finished)?;
        }
        self.reckon_edited(written.first_record, written.first_version)
    }

    /// The plan in force for a committee, made ready. The one place where rules meet what is loaded.
    pub(super) fn ready(&self, committee: &str, day: NaiveDate) -> Result<Option<Ready>, Error> {
        let Some(in_force) = self.plan_on(committee, day)? else {
            return Ok(None);
        };
        let rows = self.plan_rows(in_force.number)?;
        let rules = self.plan_rules(in_force.number)?;
        let numbers = |rule: &crate::retention::Rule| {
            (
                rows.get(&rule.row).copied().unwrap_or_default(),
                rules.get(&rule.id).copied().unwrap_or_default(),
            )
        };
        Ok(Some(Ready {
            classifier: Classifier::new(&in_force.plan),
            rules: in_force.plan.rules.iter().map(numbers).collect(),
        }))
    }

    /// The categories of each record that is in a removal case.
    pub(super) fn categories(&self) -> Result<HashMap<i64, Vec<String>>, Error> {
        let mut asked = self.db.prepare_cached(
            "SELECT DISTINCT o.record, m.category FROM removal_object o JOIN removal m ON m.n = o.removal
             WHERE o.record IS NOT NULL",
        )?;
        let mut rows = asked.query([])?;
        let mut all = HashMap::<i64, Vec<String>>::new();
        while let Some(row) = rows.next()? {
            all.entry(row.get(0)?).or_default().push(row.get(1)?);
        }
        Ok(all)
    }
}

impl ByRules {
    fn add(&mut self, other: Self) {
        for (sum, more) in [
            (&mut self.records, other.records),
            (&mut self.classified, other.classified),
            (&mut self.changed, other.changed),
            (&mut self.taken_away, other.taken_away),
            (&mut self.kept, other.kept),
            (&mut self.by_hand, other.by_hand),
            (&mut self.unclassified, other.unclassified),
            (&mut self.without_plan, other.without_plan),
        ] {
            *sum += more;
        }
        for row in other.rows {
            let same = |r: &&mut super::RowCount| r.plan == row.plan && r.row == row.row;
            match self.rows.iter_mut().find(same) {
                Some(known) => known.records += row.records,
                None => self.rows.push(row),
            }
        }
        self.rows
            .sort_by(|a, b| (&a.committee, a.plan, &a.row).cmp(&(&b.committee, b.plan, &b.row)));
    }
}
