//! A plan as a committee writes it: plan.toml read into a [`Plan`], with all its faults at once.

mod faults;
mod keys;

use std::collections::HashMap;

use toml::de::DeTable;

pub use faults::{Fault, Faults, Position, Weight};
use keys::{Keys, Reader};

use super::plan::{Copies, Header, Inquiry, Plan, PlanDecision, PlanRow, RowId, Rule};
use super::{Arkivexemplar, Fate, Medium};
use crate::record::Visibility;

const MOST_SYNTAX_FAULTS: usize = 100;

/// A plan with the places of its keys, for those who check it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFile {
    pub plan: Plan,
    places: HashMap<String, Position>,
}

impl Plan {
    /// No plan is longer.
    pub const MOST_BYTES: usize = 4 << 20;
    const MOST_ROWS: usize = 5000;
    const MOST_RULES: usize = 2000;

    /// Reads a plan. `file` is the name that errors give.
    ///
    /// # Errors
    /// All that is unknown, missing or cannot be, each with its line and key.
    pub fn parse(text: &str, file: &str) -> Result<Self, Faults> {
        PlanFile::parse(text, file).map(|read| read.plan)
    }
}

impl PlanFile {
    /// Reads a plan and keeps where its keys stand.
    ///
    /// # Errors
    /// As [`Plan::parse`].
    pub fn parse(text: &str, file: &str) -> Result<Self, Faults> {
        let reader = Reader::new(text);
        let faults = |mut all: Vec<Fault>| {
            all.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
            Faults {
                file: file.to_owned(),
                all,
            }
        };
        if text.len() > Plan::MOST_BYTES {
            let most = Plan::MOST_BYTES;
            let start = Position { line: 1, column: 1 };
            reader.fault(start, "", format!("the file is larger than {most} bytes"));
            return Err(faults(reader.end().0));
        }
        let (table, errors) = DeTable::parse_recoverable(text);
        // What is no TOML at all has a fault at each word.
        for error in errors.iter().take(MOST_SYNTAX_FAULTS) {
            let at = reader.position(&error.span().unwrap_or(0..0));
            reader.fault(at, "", error.message().trim_end().replace('\n', ", "));
        }
        if !errors.is_empty() {
            return Err(faults(reader.end().0));
        }
        let plan = plan(&reader, table.get_ref());
        let (all, places) = reader.end();
        match plan {
            Some(plan) if all.is_empty() => Ok(Self { plan, places }),
            _ => Err(faults(all)),
        }
    }

    /// Where the key stands, or else its table: `row.3`, `archive`.
    pub(super) fn place(&self, table: &str, key: &str) -> Position {
        let found = self.places.get(&format!("{table}.{key}"));
        let found = found.or_else(|| self.places.get(table)).copied();
        found.unwrap_or(Position { line: 1, column: 1 })
    }
}

fn plan<'t>(reader: &Reader<'t>, table: &DeTable<'t>) -> Option<Plan> {
    let start = Position { line: 1, column: 1 };
    let file = reader.keys(table, "", String::new(), start);
    let header = match file.table("plan", "plan") {
        Some(keys) => header(keys),
        None => {
            if !table.contains_key("plan") {
                reader.fault(
                    start,
                    "plan",
                    "the table [plan], with at least title, is missing",
                );
            }
            None
        }
    };
    let tables = |key, most: usize| {
        let tables = file.tables(key);
        if let Some(beyond) = tables.get(most) {
            let problem = format!("a plan has at most {most} of [[{key}]]");
            reader.fault(beyond.at(), key, problem);
        }
        tables.into_iter().take(most)
    };
    let rows: Vec<PlanRow> = tables("row", Plan::MOST_ROWS).filter_map(row).collect();
    let rules: Vec<Rule> = tables("rule", Plan::MOST_RULES).filter_map(rule).collect();
    twice(reader, "row", rows.iter().map(|r| (&r.id, r.line)));
    twice(reader, "rule", rules.iter().map(|r| (&r.id, r.line)));
    file.end();
    Some(Plan {
        header: header?,
        rows,
        rules,
    })
}

/// Two of one id cannot be told apart.
fn twice<'a>(
    reader: &Reader<'_>,
    what: &'static str,
    ids: impl Iterator<Item = (&'a RowId, usize)>,
) {
    let mut seen: HashMap<&RowId, usize> = HashMap::new();
    for (id, line) in ids {
        if let Some(first) = seen.get(id) {
            let problem = format!("id {:?} stands twice: also in line {first}", id.as_str());
            reader.fault(Position { line, column: 1 }, format!("{what}.id"), problem);
        } else {
            seen.insert(id, line);
        }
    }
}

fn header(keys: Keys<'_, '_>) -> Option<Header> {
    let title = keys.required("title");
    let decision = keys.table("decision", "plan.decision").map(decision);
    let header = Header {
        municipality: keys.line("municipality"),
        committee: keys.line("committee"),
        title: title.clone().unwrap_or_default(),
        gallringsansvarig: keys.line("gallringsansvarig"),
        samrad: keys.text("samrad"),
        valid_from: keys.day("valid_from"),
        valid_to: keys.day("valid_to"),
        owner: keys.line("owner"),
        // A decision with a fault has been told.
        decision: decision.flatten(),
    };
    keys.end();
    title.map(|_| header)
}

fn decision(keys: Keys<'_, '_>) -> Option<PlanDecision> {
    let (by, paragraph) = (keys.required("by"), keys.required("paragraph"));
    let date = keys.day("date");
    if date.is_none() {
        keys.lacks(
            "date",
            "is missing: the day of the decision, such as 2026-11-21",
        );
    }
    let (reference, delegation) = (keys.line("reference"), keys.line("delegation"));
    keys.end();
    Some(PlanDecision {
        by: by?,
        date: date?,
        paragraph: paragraph?,
        reference,
        delegation,
    })
}

fn row(keys: Keys<'_, '_>) -> Option<PlanRow> {
    let id = id(&keys);
    let handlingstyp = keys.required("handlingstyp");
    let medium = keys.word("medium");
    let archive = keys.word("archive");
    if archive.is_none() {
        keys.lacks(
            "archive",
            "is missing: bevaras, or when it is destroyed, as in gallras 2 år efter publicering",
        );
    }
    let copies = Copies {
        archive: archive.unwrap_or(Fate::Preserve),
        arkivexemplar: keys.word("arkivexemplar").unwrap_or(Arkivexemplar::Arkivd),
        after_registration: keys.word("after_registration"),
    };
    let (description, note) = (keys.text("description"), keys.text("note"));
    let (registration, deadline) = (keys.line("registration"), keys.line("deadline"));
    let (source, quote) = (keys.line("source"), keys.text("quote"));
    let authority = keys.text("authority");
    let inquiry = keys.table("inquiry", "row.inquiry").map(inquiry);
    let line = keys.at().line;
    keys.end();
    Some(PlanRow {
        id: id?,
        handlingstyp: handlingstyp?,
        description,
        // What a plan does not say of the platform is not done there.
        medium: medium.unwrap_or(Medium::Keep),
        copies,
        registration,
        deadline,
        authority,
        inquiry,
        note,
        source,
        quote,
        line,
    })
}

/// A question that is not answered is left empty.
fn inquiry(keys: Keys<'_, '_>) -> Inquiry {
    let answer = |key| keys.text(key).unwrap_or_default();
    let inquiry = Inquiry {
        rattskipning: answer("rattskipning"),
        verksamhet: answer("verksamhet"),
        forskning: answer("forskning"),
        kulturarv: answer("kulturarv"),
    };
    keys.end();
    inquiry
}

fn rule(keys: Keys<'_, '_>) -> Option<Rule> {
    let (id, row) = (id(&keys), id_of(&keys, "row"));
    let named = |text: &str| Ok::<_, String>(text.to_owned());
    let accounts = keys.list("accounts", named);
    let kinds = keys.list("kinds", |text| text.parse());
    let visibilities = keys.list("visibilities", visibility);
    let (words, categories) = (keys.list("words", named), keys.list("categories", named));
    let (own, thread) = (keys.flag("own"), keys.flag("thread").unwrap_or(false));
    let reason = keys.text("reason");
    let line = keys.at().line;
    keys.end();
    Some(Rule {
        id: id?,
        row: row?,
        accounts,
        kinds,
        visibilities,
        own,
        words,
        categories,
        thread,
        reason,
        line,
    })
}

fn visibility(text: &str) -> Result<Visibility, String> {
    let found = Visibility::ALL.into_iter().find(|v| v.as_str() == text);
    found.ok_or_else(|| {
        let all = Visibility::ALL.map(Visibility::as_str).join(", ");
        format!("{text:?} is not one of: {all}")
    })
}

fn id(keys: &Keys<'_, '_>) -> Option<RowId> {
    id_of(keys, "id")
}

fn id_of(keys: &Keys<'_, '_>, key: &'static str) -> Option<RowId> {
    let id = keys.word(key);
    if id.is_none() {
        keys.lacks(key, "is missing: letters, digits, '.', '-' and '_'");
    }
    id
}
