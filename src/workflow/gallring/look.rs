//! A look at a list: what goes by which row, from when to when, and what is kept from going by what. Counts, no words.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use chrono::{DateTime, NaiveDate, Utc};

use crate::calendar::local_date;
use crate::catalog::{self, Catalog, DueLine, ListCount, ListRow};
use crate::record::Digest;
use crate::retention::{Hinder, ListDigest, ListSum, Listed, Question};

/// What a list comes to.
#[derive(Debug)]
pub struct Look {
    pub sum: ListSum,
    /// By row, in the plan's order.
    pub rows: Vec<RowSum>,
    /// What is kept from going, by what keeps it. What two things keep is counted with both.
    pub kept: Vec<KeptSum>,
    /// What is kept from going, each counted once.
    pub kept_records: u64,
    pub kept_pages: u64,
}

/// What goes by one row; or by a decision of its own.
#[derive(Debug, Clone)]
pub struct RowSum {
    pub row: Option<ListRow>,
    pub records: u64,
    pub pages: u64,
    /// The first and last Swedish day they are from.
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    /// The first and last day on which they came to be due.
    pub first_due: Option<NaiveDate>,
    pub last_due: Option<NaiveDate>,
}

/// What one hinder keeps.
#[derive(Debug, Clone)]
pub struct KeptSum {
    pub hinder: Hinder,
    /// What it is about, where that can be said: the reason of a hold.
    pub told: Option<String>,
    pub records: u64,
    pub pages: u64,
}

impl RowSum {
    /// Whether it is a row of that plan.
    pub fn is_of(&self, plan: &Digest) -> bool {
        self.row.as_ref().is_some_and(|row| row.plan == *plan)
    }
}

impl Look {
    /// The counts alone, as a proposal keeps them.
    pub fn counts(&self) -> Vec<ListCount> {
        self.rows
            .iter()
            .map(|sum| ListCount {
                plan: sum.row.as_ref().map(|row| row.plan),
                row: sum.row.as_ref().map(|row| row.row.id.clone()),
                records: sum.records,
                pages: sum.pages,
            })
            .collect()
    }
}

/// Times of the lines of one row, as the catalog writes them: they sort as they are.
#[derive(Default)]
struct Span {
    from: Option<String>,
    to: Option<String>,
}

impl Span {
    fn add(&mut self, at: &str) {
        if self.from.as_deref().is_none_or(|from| at < from) {
            self.from = Some(at.to_owned());
        }
        if self.to.as_deref().is_none_or(|to| at > to) {
            self.to = Some(at.to_owned());
        }
    }
}

/// Makes the list, counts it, and forgets it.
///
/// # Errors
/// As [`Catalog::for_each_due`].
pub fn look_at_list(
    catalog: &Catalog,
    committee: &str,
    question: &Question,
    day: NaiveDate,
    drafts: bool,
) -> Result<Look, catalog::Error> {
    let mut digest = ListDigest::new(committee, question);
    let mut rows: Vec<(RowSum, Span)> = Vec::new();
    let mut places: HashMap<Option<i64>, usize> = HashMap::new();
    let mut kept: BTreeMap<Hinder, (u64, u64)> = BTreeMap::new();
    let (mut kept_records, mut kept_pages) = (0, 0);
    catalog.for_each_due::<catalog::Error>(committee, question, day, drafts, |line, hinders| {
        let page = u64::from(matches!(line.line.what, Listed::Page(_)));
        if !hinders.is_empty() {
            kept_records += 1 - page;
            kept_pages += page;
            for hinder in hinders {
                // Looked up before it is made anew: a hold may keep millions.
                if let Some((records, pages)) = kept.get_mut(hinder) {
                    *records += 1 - page;
                    *pages += page;
                } else {
                    kept.insert(hinder.clone(), (1 - page, page));
                }
            }
            return Ok(ControlFlow::Continue(()));
        }
        digest.add(&line.line);
        let place = *places.entry(line.row_number()).or_insert_with(|| {
            rows.push((begun(line), Span::default()));
            rows.len() - 1
        });
        if let Some((sum, span)) = rows.get_mut(place) {
            sum.records += 1 - page;
            sum.pages += page;
            sum.first_due = sum.first_due.min(line.line.due).or(line.line.due);
            sum.last_due = sum.last_due.max(line.line.due);
            if let Some(at) = line.at {
                span.add(at);
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let holds = catalog.holds()?;
    let told = |hinder: &Hinder| match hinder {
        Hinder::Hold(n) => {
            let hold = holds.iter().find(|hold| hold.number == *n);
            hold.map(|hold| format!("{} {}: {}", hold.scope.as_str(), hold.object, hold.reason))
        }
        _ => None,
    };
    Ok(Look {
        sum: digest.finish(),
        rows: rows
            .into_iter()
            .map(|(sum, span)| RowSum {
                from: day_of(span.from),
                to: day_of(span.to),
                ..sum
            })
            .collect(),
        kept: kept
            .into_iter()
            .map(|(hinder, (records, pages))| KeptSum {
                told: told(&hinder),
                hinder,
                records,
                pages,
            })
            .collect(),
        kept_records,
        kept_pages,
    })
}

fn begun(line: &DueLine<'_>) -> RowSum {
    RowSum {
        row: line.row.cloned(),
        records: 0,
        pages: 0,
        from: None,
        to: None,
        first_due: None,
        last_due: None,
    }
}

fn day_of(at: Option<String>) -> Option<NaiveDate> {
    let at: DateTime<Utc> = at?.parse().ok()?;
    Some(local_date(at))
}
