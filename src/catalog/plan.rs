//! Plans: each committee's versions as they were loaded. None is ever changed, or removed.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{OptionalExtension as _, Row, params};

use super::report::OWN;
use super::value::{self, column};
use super::{Catalog, Error, NewEvent, event};
use crate::calendar::local_date;
use crate::record::{Digest, Kind};
use crate::retention::{Decided, Plan, PlanVersion, RowId, in_force};

/// A plan to be kept.
#[derive(Debug)]
pub struct NewPlan<'a> {
    pub committee: &'a str,
    pub plan: &'a Plan,
    /// The file.
    pub text: &'a str,
    /// The name of the archive's copy in plans/.
    pub copy: &'a str,
    pub at: DateTime<Utc>,
    pub actor: &'a str,
}

/// A version with what was kept of its loading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedPlan {
    pub version: PlanVersion,
    /// Of the file.
    pub sha256: Digest,
    pub loaded: DateTime<Utc>,
    pub actor: String,
}

/// The plan that holds for a committee on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanInForce {
    /// Its number in the archive (`plan.n`).
    pub number: i64,
    pub plan: Plan,
    /// Whether anything may be destroyed by it that day.
    pub decided: Decided,
}

/// What a committee's accounts hold of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holding {
    Records {
        account: String,
        kind: Kind,
        /// Written by the municipality itself.
        own: bool,
        count: u64,
    },
    /// Bags with captures of the account's page.
    PageCaptures { account: String, count: u64 },
}

impl Catalog {
    /// Keeps a version with its rows and rules; the same bytes for the same committee are no new one. Gives its number,
    /// and whether it is new.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn add_plan(&mut self, new: &NewPlan<'_>) -> Result<(i64, bool), Error> {
        let digest = Digest::of(new.text.as_bytes());
        if let Some(number) = self.plan_of_bytes(new.committee, &digest)? {
            return Ok((number, false));
        }
        let header = &new.plan.header;
        // What cannot be a gallringsbeslut is a draft, whatever else it says.
        let decision = match (&header.committee, &header.gallringsansvarig) {
            (Some(_), Some(_)) => header.decision.as_ref(),
            _ => None,
        };
        let decision = decision.map(|d| value::json("decision", d)).transpose()?;
        let change = self.db.transaction()?;
        change.execute(
            "INSERT INTO plan (committee, sha256, text, decision, valid_from, valid_to, loaded, actor)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                new.committee,
                digest.0,
                new.text,
                decision,
                header.valid_from.map(|day| day.to_string()),
                header.valid_to.map(|day| day.to_string()),
                value::time(new.at),
                new.actor
            ],
        )?;
        let number = change.last_insert_rowid();
        {
            let mut row = change.prepare("INSERT INTO plan_row (plan, id) VALUES (?1, ?2)")?;
            for r in &new.plan.rows {
                row.execute(params![number, r.id.as_str()])?;
            }
            let mut rule = change.prepare("INSERT INTO plan_rule (plan, id) VALUES (?1, ?2)")?;
            for r in &new.plan.rules {
                rule.execute(params![number, r.id.as_str()])?;
            }
        }
        let after = serde_json::json!({ "plan": number, "sha256": digest, "decided": decision.is_some(),
            "valid_from": header.valid_from, "valid_to": header.valid_to,
            "rows": new.plan.rows.len(), "rules": new.plan.rules.len(), "copy": new.copy });
        let event = NewEvent {
            at: new.at,
            actor: new.actor,
            verb: "plan load",
            object: new.committee,
            before: None,
            after: Some(&after.to_string()),
        };
        event::insert(&change, &event)?;
        change.commit()?;
        Ok((number, true))
    }

    /// The version of the committee that was loaded from these bytes.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn plan_of_bytes(&self, committee: &str, digest: &Digest) -> Result<Option<i64>, Error> {
        let mut asked = self
            .db
            .prepare_cached("SELECT n FROM plan WHERE committee = ?1 AND sha256 = ?2")?;
        Ok(asked
            .query_row(params![committee, digest.0], |row| row.get(0))
            .optional()?)
    }

    /// All versions, or one committee's, in the order they were loaded.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn plans(&self, committee: Option<&str>) -> Result<Vec<LoadedPlan>, Error> {
        let mut asked = self.db.prepare_cached(
            "SELECT n, committee, sha256, decision, valid_from, valid_to, loaded, actor FROM plan
             WHERE ?1 IS NULL OR committee = ?1 ORDER BY n",
        )?;
        let mut rows = asked.query([committee])?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            out.push(loaded(row)?);
        }
        Ok(out)
    }

    /// The text of a version as it was loaded.
    ///
    /// # Errors
    /// [`Error::NoPlan`], and those of SQLite.
    pub fn plan_text(&self, number: i64) -> Result<String, Error> {
        let mut asked = self
            .db
            .prepare_cached("SELECT text FROM plan WHERE n = ?1")?;
        let text = asked.query_row([number], |row| row.get(0)).optional()?;
        text.ok_or(Error::NoPlan(number))
    }

    /// A version as a plan.
    ///
    /// # Errors
    /// [`Error::NoPlan`], [`Error::Plan`] for a text that this arkivd cannot read, and those of SQLite.
    pub fn plan(&self, number: i64) -> Result<Plan, Error> {
        let text = self.plan_text(number)?;
        Plan::parse(&text, &format!("plan {number}"))
            .map_err(|source| Error::Plan { number, source })
    }

    /// The plan that holds for the committee on the Swedish day, as far as what is loaded now tells.
    ///
    /// # Errors
    /// As [`Catalog::plan`].
    pub fn plan_on(&self, committee: &str, day: NaiveDate) -> Result<Option<PlanInForce>, Error> {
        let versions: Vec<PlanVersion> = self
            .plans(Some(committee))?
            .into_iter()
            .map(|loaded| loaded.version)
            .collect();
        let Some(version) = in_force(&versions, day) else {
            return Ok(None);
        };
        let plan = self.plan(version.number)?;
        Ok(Some(PlanInForce {
            number: version.number,
            decided: plan.header.decided(day),
            plan,
        }))
    }

    /// The rows of a version, by id, as other tables name them (`plan_row.n`).
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn plan_rows(&self, number: i64) -> Result<BTreeMap<RowId, i64>, Error> {
        self.numbers("SELECT id, n FROM plan_row WHERE plan = ?1", number)
    }

    /// Whether any version of any plan has a row of this id.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn is_plan_row(&self, id: &RowId) -> Result<bool, Error> {
        let sql = "SELECT 1 FROM plan_row WHERE id = ?1";
        Ok(self.db.prepare_cached(sql)?.exists([id.as_str()])?)
    }

    /// The rules of a version, by id, as other tables name them (`plan_rule.n`).
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn plan_rules(&self, number: i64) -> Result<BTreeMap<RowId, i64>, Error> {
        self.numbers("SELECT id, n FROM plan_rule WHERE plan = ?1", number)
    }

    /// What the committee's accounts hold, kind by kind; one kind may come more than once.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn holdings_of_committee(
        &self,
        committee: &str,
        mut each: impl FnMut(Holding),
    ) -> Result<(), Error> {
        let sides = self.own_sides()?;
        let mut asked = self.db.prepare_cached(&format!(
            "SELECT r.account, r.kind, v.author, v.content ->> '$.author.address' AS address, {OWN} AS own, count(*) AS n
             FROM record r JOIN version v ON v.n = r.latest WHERE r.committee = ?1 GROUP BY 1, 2, 3, 4, 5"
        ))?;
        let mut rows = asked.query([committee])?;
        while let Some(row) = rows.next()? {
            let account: String = row.get("account")?;
            let kind: String = row.get("kind")?;
            let kind = column!(record.kind).named(&kind, &Kind::ALL, Kind::as_str)?;
            let name: Option<String> = row.get("author")?;
            let address: Option<String> = row.get("address")?;
            let ours = sides.get(&account).zip(name.as_deref());
            let by_us = ours.is_some_and(|(ours, name)| ours.is_author(name, address.as_deref()));
            let own = match kind {
                Kind::Post | Kind::Page => row.get("own")?,
                Kind::Comment | Kind::Message => by_us,
            };
            each(Holding::Records {
                account,
                kind,
                own,
                count: row.get("n")?,
            });
        }
        let mut asked = self.db.prepare_cached(
            "SELECT c.account, count(*) AS n FROM bag b JOIN capture c ON c.n = b.capture
             WHERE b.kind = 'page' AND b.committee = ?1 GROUP BY 1",
        )?;
        let mut rows = asked.query([committee])?;
        while let Some(row) = rows.next()? {
            each(Holding::PageCaptures {
                account: row.get("account")?,
                count: row.get("n")?,
            });
        }
        Ok(())
    }

    fn numbers(&self, sql: &str, plan: i64) -> Result<BTreeMap<RowId, i64>, Error> {
        let mut asked = self.db.prepare_cached(sql)?;
        let mut rows = asked.query([plan])?;
        let mut out = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let id: String = row.get("id")?;
            out.insert(column!(plan_row.id).parse(&id)?, row.get("n")?);
        }
        Ok(out)
    }
}

fn loaded(row: &Row<'_>) -> Result<LoadedPlan, Error> {
    let day = |name: &'static str| -> Result<Option<NaiveDate>, Error> {
        let text: Option<String> = row.get(name)?;
        let column = value::Column {
            table: "plan",
            name,
        };
        text.map(|text| column.parse(&text)).transpose()
    };
    let decision: Option<String> = row.get("decision")?;
    let decision = decision.map(|text| column!(plan.decision).json(&text));
    let at: String = row.get("loaded")?;
    let at: DateTime<Utc> = column!(plan.loaded).parse(&at)?;
    Ok(LoadedPlan {
        version: PlanVersion {
            number: row.get("n")?,
            committee: row.get("committee")?,
            decision: decision.transpose()?,
            valid_from: day("valid_from")?,
            valid_to: day("valid_to")?,
            loaded: local_date(at),
        },
        sha256: value::digest(row, "sha256")?,
        loaded: at,
        actor: row.get("actor")?,
    })
}
