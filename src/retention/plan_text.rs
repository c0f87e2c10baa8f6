//! A plan written as TOML, so that it reads back the same.

use std::fmt::Write as _;

use super::{Arkivexemplar, Medium, Plan, PlanRow, Rule};

/// A part of a plan's file that comments may stand with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanPart {
    /// After it.
    Header,
    /// Above it.
    Row,
    Rule,
}

impl Plan {
    /// The plan as a file. What it does not say is left out; `remarks` gives lines of comment for a part, by its id.
    pub fn to_toml(&self, remarks: impl Fn(PlanPart, &str) -> Vec<String>) -> String {
        let mut out = String::new();
        let header = &self.header;
        out.push_str("[plan]\n");
        text(&mut out, "municipality", header.municipality.as_deref());
        text(&mut out, "committee", header.committee.as_deref());
        text(&mut out, "title", Some(&header.title));
        text(
            &mut out,
            "gallringsansvarig",
            header.gallringsansvarig.as_deref(),
        );
        text(&mut out, "samrad", header.samrad.as_deref());
        let day = |out: &mut String, key: &str, day: Option<chrono::NaiveDate>| {
            if let Some(day) = day {
                line(out, key, &day.to_string());
            }
        };
        day(&mut out, "valid_from", header.valid_from);
        day(&mut out, "valid_to", header.valid_to);
        text(&mut out, "owner", header.owner.as_deref());
        if let Some(decision) = &header.decision {
            out.push_str("\n[plan.decision]\n");
            text(&mut out, "by", Some(&decision.by));
            day(&mut out, "date", Some(decision.date));
            text(&mut out, "paragraph", Some(&decision.paragraph));
            text(&mut out, "reference", decision.reference.as_deref());
            text(&mut out, "delegation", decision.delegation.as_deref());
        }
        remarked(&mut out, remarks(PlanPart::Header, ""));
        for row in &self.rows {
            out.push('\n');
            remarked(&mut out, remarks(PlanPart::Row, row.id.as_str()));
            write_row(&mut out, row);
        }
        for rule in &self.rules {
            out.push('\n');
            remarked(&mut out, remarks(PlanPart::Rule, rule.id.as_str()));
            write_rule(&mut out, rule);
        }
        out
    }
}

fn remarked(out: &mut String, lines: Vec<String>) {
    for line in lines {
        let clean: String = line.chars().filter(|c| !c.is_control()).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}", format!("# {clean}").trim_end());
    }
}

fn write_row(out: &mut String, row: &PlanRow) {
    out.push_str("[[row]]\n");
    text(out, "id", Some(row.id.as_str()));
    text(out, "handlingstyp", Some(&row.handlingstyp));
    text(out, "description", row.description.as_deref());
    if row.medium != Medium::Keep {
        text(out, "medium", Some(&row.medium.to_string()));
    }
    text(out, "archive", Some(&row.copies.archive.to_string()));
    if row.copies.arkivexemplar != Arkivexemplar::Arkivd {
        text(
            out,
            "arkivexemplar",
            Some(row.copies.arkivexemplar.as_str()),
        );
    }
    let after = row.copies.after_registration.map(|fate| fate.to_string());
    text(out, "after_registration", after.as_deref());
    text(out, "registration", row.registration.as_deref());
    text(out, "deadline", row.deadline.as_deref());
    text(out, "authority", row.authority.as_deref());
    text(out, "note", row.note.as_deref());
    text(out, "source", row.source.as_deref());
    text(out, "quote", row.quote.as_deref());
    if let Some(inquiry) = &row.inquiry {
        out.push_str("[row.inquiry]\n");
        text(out, "rattskipning", Some(&inquiry.rattskipning));
        text(out, "verksamhet", Some(&inquiry.verksamhet));
        text(out, "forskning", Some(&inquiry.forskning));
        text(out, "kulturarv", Some(&inquiry.kulturarv));
    }
}

fn write_rule(out: &mut String, rule: &Rule) {
    out.push_str("[[rule]]\n");
    text(out, "id", Some(rule.id.as_str()));
    text(out, "row", Some(rule.row.as_str()));
    list(out, "accounts", rule.accounts.iter().map(String::as_str));
    list(out, "kinds", rule.kinds.iter().map(|kind| kind.as_str()));
    let seen = rule.visibilities.iter().map(|seen| seen.as_str());
    list(out, "visibilities", seen);
    if let Some(own) = rule.own {
        line(out, "own", &own.to_string());
    }
    list(out, "words", rule.words.iter().map(String::as_str));
    list(
        out,
        "categories",
        rule.categories.iter().map(String::as_str),
    );
    if rule.thread {
        line(out, "thread", "true");
    }
    text(out, "reason", rule.reason.as_deref());
}

fn line(out: &mut String, key: &str, value: &str) {
    let _ = writeln!(out, "{key} = {value}");
}

fn text(out: &mut String, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        line(out, key, &quoted(value));
    }
}

fn list<'a>(out: &mut String, key: &str, values: impl Iterator<Item = &'a str>) {
    let values: Vec<String> = values.map(quoted).collect();
    if !values.is_empty() {
        line(out, key, &format!("[{}]", values.join(", ")));
    }
}

/// A basic string (TOML 1.0).
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
