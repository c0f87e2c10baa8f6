//! What is wrong with a plan beyond its form: rows that no rule leads to, rules that never come, gallring without its
//! utredning.

use chrono::NaiveDate;

use super::plan_file::{Fault, PlanFile, Position, Weight};
use super::{Arkivexemplar, Fate, Medium, PlanRow, Rule, RuleKind};
use crate::record::Visibility;

impl PlanFile {
    /// All that is wrong or worth a look, by line. `today` is a Swedish day.
    ///
    /// A plan that is decided, and so can destroy, must answer the four questions of the gallringsutredning for each row
    /// that destroys (rättskipning, verksamhet, forskning, kulturarv); a draft is told what lacks.
    pub fn check(&self, today: NaiveDate) -> Vec<Fault> {
        let mut check = Check {
            file: self,
            faults: Vec::new(),
        };
        check.header(today);
        for (n, row) in self.plan.rows.iter().enumerate() {
            check.row(n, row);
        }
        for (n, rule) in self.plan.rules.iter().enumerate() {
            check.rule(n, rule);
        }
        check.unled();
        let mut faults = check.faults;
        faults.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
        faults
    }

    /// Warnings of accounts and categories that rules name and the archive does not know; accounts come with their
    /// committees. `committee` is whose plan it is.
    pub fn check_names(
        &self,
        accounts: &[(String, String)],
        categories: &[String],
        committee: Option<&str>,
    ) -> Vec<Fault> {
        let mut check = Check {
            file: self,
            faults: Vec::new(),
        };
        for (n, rule) in self.plan.rules.iter().enumerate() {
            let table = format!("rule.{n}");
            for account in &rule.accounts {
                let problem = match accounts.iter().find(|(id, _)| id == account) {
                    None => format!("account {account:?} is not registered"),
                    Some((_, theirs)) if committee.is_some_and(|ours| ours != theirs) => format!(
                        "account {account:?} is of {theirs:?}: this plan is not for its records"
                    ),
                    Some(_) => continue,
                };
                check.add(Weight::Warning, &table, "accounts", problem);
            }
            for category in &rule.categories {
                if !categories.contains(category) {
                    let known = categories.join(", ");
                    let problem = format!("category {category:?} is unknown: there are {known}");
                    check.add(Weight::Warning, &table, "categories", problem);
                }
            }
        }
        check.faults
    }

    /// Where a key of the table stands: `.plan` and `committee`.
    pub fn place_of(&self, table: &str, key: &str) -> Position {
        self.place(table, key)
    }
}

struct Check<'f> {
    file: &'f PlanFile,
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn add(&mut self, weight: Weight, table: &str, key: &str, problem: impl Into<String>) {
        // `row.3` is told as `row`: the line tells which.
        let name = table
            .split('.')
            .filter(|part| part.parse::<usize>().is_err());
        let name: Vec<&str> = name.chain([key]).filter(|part| !part.is_empty()).collect();
        self.faults.push(Fault {
            weight,
            at: self.file.place(table, key),
            key: name.join("."),
            problem: problem.into(),
        });
    }

    fn header(&mut self, today: NaiveDate) {
        let header = &self.file.plan.header;
        if let (Some(from), Some(to)) = (header.valid_from, header.valid_to)
            && to < from
        {
            let problem = format!("the plan ends {to}, before it begins {from}");
            self.add(Weight::Error, ".plan", "valid_to", problem);
        } else if let Some(to) = header.valid_to.filter(|to| *to < today) {
            let problem = format!("the plan's validity was over {to}");
            self.add(Weight::Warning, ".plan", "valid_to", problem);
        }
        match &header.decision {
            None => {
                let problem =
                    "no decision stands here: it is a draft, by which nothing is destroyed";
                self.add(Weight::Note, ".plan", "decision", problem);
            }
            Some(decision) => {
                if decision.date > today {
                    let problem = format!("the decision is of {}, in days to come", decision.date);
                    self.add(Weight::Error, ".plan.decision", "date", problem);
                }
                for (key, value, what) in [
                    ("committee", &header.committee, "whose plan it is"),
                    (
                        "gallringsansvarig",
                        &header.gallringsansvarig,
                        "who carries it out, and approves each list",
                    ),
                ] {
                    if value.is_none() {
                        let problem = format!("the plan is decided, and does not say {what}");
                        self.add(Weight::Error, ".plan", key, problem);
                    }
                }
                if header.samrad.is_none() {
                    let problem = "consultation with the arkivmyndighet is not told";
                    self.add(Weight::Warning, ".plan", "samrad", problem);
                }
            }
        }
        self.unfilled();
        if self.file.plan.rows.is_empty() {
            let problem = "it has no row, so it says nothing of any record: all is kept";
            self.add(Weight::Warning, "", "row", problem);
        }
    }

    /// What a template leaves for people to write is no answer in a decision.
    fn unfilled(&mut self) {
        let header = &self.file.plan.header;
        let Some(decision) = &header.decision else {
            return;
        };
        let said = [
            (".plan", "committee", header.committee.as_deref()),
            (
                ".plan",
                "gallringsansvarig",
                header.gallringsansvarig.as_deref(),
            ),
            (".plan", "samrad", header.samrad.as_deref()),
            (".plan.decision", "by", Some(decision.by.as_str())),
            (
                ".plan.decision",
                "paragraph",
                Some(decision.paragraph.as_str()),
            ),
            (".plan.decision", "reference", decision.reference.as_deref()),
            (
                ".plan.decision",
                "delegation",
                decision.delegation.as_deref(),
            ),
        ];
        for (table, key, said) in said {
            if said.is_some_and(|said| said.contains('…')) {
                self.add(
                    Weight::Error,
                    table,
                    key,
                    "it is not filled in: … stands there",
                );
            }
        }
    }

    fn row(&mut self, n: usize, row: &PlanRow) {
        let table = format!("row.{n}");
        let decided = self.file.plan.header.decision.is_some();
        let copies = &row.copies;
        let id = &row.id;
        if copies.after_registration.is_some() && copies.arkivexemplar == Arkivexemplar::Arkivd {
            let problem = format!(
                "row {id} says what becomes of arkivd's copy once the record is registered, and that arkivd's is the one kept: arkivexemplar is to be \"diarium\", or this goes"
            );
            self.add(Weight::Error, &table, "after_registration", problem);
        }
        if copies.arkivexemplar == Arkivexemplar::Diarium
            && copies.after_registration.is_none()
            && copies.archive == Fate::Preserve
        {
            let problem = format!(
                "row {id} keeps the record in the diarium and does not say what becomes of arkivd's copy then: it is kept too"
            );
            self.add(Weight::Note, &table, "arkivexemplar", problem);
        }
        if copies.archive != Fate::Preserve {
            let answered = row.inquiry.as_ref().is_some_and(|i| i.is_answered());
            if !answered {
                let (weight, why) = match decided {
                    true => (Weight::Error, "a decided plan must answer them"),
                    false => (Weight::Warning, "they must be when it is decided"),
                };
                let problem = format!(
                    "row {id} destroys, and not all four questions of the gallringsutredning are answered in [row.inquiry] (rattskipning, verksamhet, forskning, kulturarv): {why}"
                );
                self.add(weight, &table, "inquiry", problem);
            }
            if row.authority.is_none() {
                let problem = format!("row {id} destroys, and does not say what it rests on");
                self.add(Weight::Warning, &table, "authority", problem);
            }
            if row.medium == Medium::Keep {
                let problem = format!(
                    "row {id} destroys arkivd's copy, and leaves the record on the platform, where all still see it"
                );
                self.add(Weight::Warning, &table, "medium", problem);
            }
        }
        if row.quote.is_some() != row.source.is_some() {
            let (has, lacks) = match row.quote.is_some() {
                true => ("quote", "source"),
                false => ("source", "quote"),
            };
            let problem = format!("row {id} has a {has} and no {lacks}");
            self.add(Weight::Warning, &table, has, problem);
        }
    }

    fn rule(&mut self, n: usize, rule: &Rule) {
        let table = format!("rule.{n}");
        let plan = &self.file.plan;
        let id = &rule.id;
        if plan.row(&rule.row).is_none() {
            let problem = format!("row {:?} does not stand in the plan", rule.row.as_str());
            self.add(Weight::Error, &table, "row", problem);
        }
        let mut earlier = plan.rules.iter().take(n);
        if let Some(first) = earlier.find(|first| takes_all_of(first, rule)) {
            let problem = format!(
                "rule {id} never comes: rule {} in line {} takes all that it would",
                first.id, first.line
            );
            self.add(Weight::Error, &table, "id", problem);
        }
        let alone = rule.kinds == [RuleKind::PageCapture];
        let of_records = [
            ("words", !rule.words.is_empty()),
            ("visibilities", !rule.visibilities.is_empty()),
            ("categories", !rule.categories.is_empty()),
            ("own", rule.own.is_some()),
            ("thread", rule.thread),
        ];
        for (key, _) in of_records.iter().filter(|(_, given)| alone && *given) {
            let problem = format!("rule {id} is for captures of pages, which have no {key}");
            self.add(Weight::Error, &table, key, problem);
        }
        for word in &rule.words {
            let bare = word.strip_suffix('*').unwrap_or(word);
            if bare.trim().is_empty() || bare.contains('*') {
                let problem = format!("{word:?} is no word: a * stands at the end of one");
                self.add(Weight::Error, &table, "words", problem);
            }
        }
    }

    /// Rows that only a person's hand leads to.
    fn unled(&mut self) {
        let plan = &self.file.plan;
        for (n, row) in plan.rows.iter().enumerate() {
            if !plan.rules.iter().any(|rule| rule.row == row.id) {
                let problem = format!("no rule leads to row {}: it is given by hand", row.id);
                self.add(Weight::Note, &format!("row.{n}"), "id", problem);
            }
        }
    }
}

/// True when no record can fit `later` without fitting `first`.
fn takes_all_of(first: &Rule, later: &Rule) -> bool {
    fn within<T: PartialEq>(few: &[T], many: &[T]) -> bool {
        many.is_empty() || (!few.is_empty() && few.iter().all(|one| many.contains(one)))
    }
    let kinds = |rule: &Rule| -> Vec<RuleKind> {
        let all = RuleKind::ALL.into_iter();
        all.filter(|kind| match kind {
            RuleKind::Record(kind) => rule.takes_kind(*kind),
            RuleKind::PageCapture => rule.takes_page_captures(),
        })
        .collect()
    };
    // All four are as good as none named.
    let seen = |rule: &Rule| -> Vec<Visibility> {
        let named = |seen: &Visibility| rule.visibilities.contains(seen);
        match Visibility::ALL.iter().all(named) {
            true => Vec::new(),
            false => rule.visibilities.clone(),
        }
    };
    within(&later.accounts, &first.accounts)
        && within(&kinds(later), &kinds(first))
        && within(&seen(later), &seen(first))
        && (first.own.is_none() || first.own == later.own)
        && within_words(&later.words, &first.words)
        && within(&later.categories, &first.categories)
}

/// True when a text with one of the words in it always has one of the others.
fn within_words(few: &[String], many: &[String]) -> bool {
    let covered = |word: &String| {
        let word = word.to_lowercase();
        many.iter().any(|other| {
            let other = other.to_lowercase();
            match other.strip_suffix('*') {
                Some(start) => word.trim_end_matches('*').starts_with(start),
                None => word == other,
            }
        })
    };
    many.is_empty() || (!few.is_empty() && few.iter().all(covered))
}
