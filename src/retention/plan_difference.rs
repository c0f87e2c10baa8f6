//! What changed between two versions of a plan: row by row, rule by rule, and word by word where text changed.

use serde::Serialize;

use super::{Inquiry, Plan, PlanRow, Rule};
use crate::record::{Piece, compared_words};

/// All that differs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PlanDifference {
    /// Of the header and the decision.
    pub header: Vec<Changed>,
    pub rows: Vec<Part>,
    pub rules: Vec<Part>,
    /// Rules of both versions come in another order, which decides which one takes a record.
    pub reordered: bool,
}

/// A row or a rule that is new, gone or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    pub id: String,
    /// The handlingstyp, or the row that the rule leads to.
    pub name: String,
    pub what: What,
    /// Empty for what is new or gone.
    pub changed: Vec<Changed>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    Added,
    Removed,
    Changed,
}

/// One key that says something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    pub key: &'static str,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl Changed {
    /// Its words, where both versions have some.
    pub fn words(&self) -> Vec<Piece> {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => compared_words(before, after),
            _ => Vec::new(),
        }
    }
}

impl PlanDifference {
    pub fn between(before: &Plan, after: &Plan) -> Self {
        let ids = |rules: &[Rule], other: &[Rule]| -> Vec<String> {
            let both = rules.iter().filter(|r| other.iter().any(|o| o.id == r.id));
            both.map(|r| r.id.to_string()).collect()
        };
        Self {
            header: changed(header(before), header(after)),
            rows: parts(&before.rows, &after.rows, |row| {
                (row.id.to_string(), row.handlingstyp.clone(), of_row(row))
            }),
            rules: parts(&before.rules, &after.rules, |rule| {
                (rule.id.to_string(), rule.row.to_string(), of_rule(rule))
            }),
            reordered: ids(&before.rules, &after.rules) != ids(&after.rules, &before.rules),
        }
    }

    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

type Said = Vec<(&'static str, Option<String>)>;

fn parts<T>(before: &[T], after: &[T], tell: impl Fn(&T) -> (String, String, Said)) -> Vec<Part> {
    let before: Vec<_> = before.iter().map(&tell).collect();
    let after: Vec<_> = after.iter().map(&tell).collect();
    let part = |id: &String, name: &String, what, changed| Part {
        id: id.clone(),
        name: name.clone(),
        what,
        changed,
    };
    let mut out = Vec::new();
    for (id, name, said) in &after {
        match before.iter().find(|(old, ..)| old == id) {
            None => out.push(part(id, name, What::Added, Vec::new())),
            Some((.., old)) => {
                let changed = changed(old.clone(), said.clone());
                if !changed.is_empty() {
                    out.push(part(id, name, What::Changed, changed));
                }
            }
        }
    }
    for (id, name, _) in &before {
        if !after.iter().any(|(new, ..)| new == id) {
            out.push(part(id, name, What::Removed, Vec::new()));
        }
    }
    out
}

fn changed(before: Said, after: Said) -> Vec<Changed> {
    let pairs = before.into_iter().zip(after);
    pairs
        .filter(|((_, before), (_, after))| before != after)
        .map(|((key, before), (_, after))| Changed { key, before, after })
        .collect()
}

fn header(plan: &Plan) -> Said {
    let h = &plan.header;
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string());
    let d = h.decision.as_ref();
    vec![
        ("municipality", h.municipality.clone()),
        ("committee", h.committee.clone()),
        ("title", Some(h.title.clone())),
        ("gallringsansvarig", h.gallringsansvarig.clone()),
        ("samrad", h.samrad.clone()),
        ("valid_from", day(h.valid_from)),
        ("valid_to", day(h.valid_to)),
        ("owner", h.owner.clone()),
        ("decision.by", d.map(|d| d.by.clone())),
        ("decision.date", day(d.map(|d| d.date))),
        ("decision.paragraph", d.map(|d| d.paragraph.clone())),
        ("decision.reference", d.and_then(|d| d.reference.clone())),
        ("decision.delegation", d.and_then(|d| d.delegation.clone())),
    ]
}

fn of_row(row: &PlanRow) -> Said {
    let answer = |get: fn(&Inquiry) -> &String| {
        let answer = row.inquiry.as_ref().map(|i| get(i).clone());
        answer.filter(|text| !text.is_empty())
    };
    let copies = &row.copies;
    vec![
        ("handlingstyp", Some(row.handlingstyp.clone())),
        ("description", row.description.clone()),
        ("medium", Some(row.medium.to_string())),
        ("archive", Some(copies.archive.to_string())),
        (
            "arkivexemplar",
            Some(copies.arkivexemplar.as_str().to_owned()),
        ),
        (
            "after_registration",
            copies.after_registration.map(|fate| fate.to_string()),
        ),
        ("registration", row.registration.clone()),
        ("deadline", row.deadline.clone()),
        ("authority", row.authority.clone()),
        ("inquiry.rattskipning", answer(|i| &i.rattskipning)),
        ("inquiry.verksamhet", answer(|i| &i.verksamhet)),
        ("inquiry.forskning", answer(|i| &i.forskning)),
        ("inquiry.kulturarv", answer(|i| &i.kulturarv)),
        ("note", row.note.clone()),
        ("source", row.source.clone()),
        ("quote", row.quote.clone()),
    ]
}

fn of_rule(rule: &Rule) -> Said {
    let list = |items: Vec<&str>| (!items.is_empty()).then(|| items.join(", "));
    let texts = |items: &[String]| list(items.iter().map(String::as_str).collect());
    vec![
        ("row", Some(rule.row.to_string())),
        ("accounts", texts(&rule.accounts)),
        (
            "kinds",
            list(rule.kinds.iter().map(|k| k.as_str()).collect()),
        ),
        (
            "visibilities",
            list(rule.visibilities.iter().map(|v| v.as_str()).collect()),
        ),
        ("own", rule.own.map(|own| own.to_string())),
        ("words", texts(&rule.words)),
        ("categories", texts(&rule.categories)),
        ("thread", rule.thread.then(|| "true".to_owned())),
        ("reason", rule.reason.clone()),
    ]
}
