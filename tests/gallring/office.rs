//! An archive with a decided plan, and what an archivist asks of it.

use chrono::{NaiveDate, Utc};
use serde_json::Value;

use crate::shelf::{KS, New, SN, Shelf, day, plan_text, post};
use crate::support::{Archive, Output};

const ROWS: [(&str, &str, &str); 4] = [
    (
        "fragor",
        "gallras vid inaktualitet",
        "gallras vid inaktualitet",
    ),
    ("ringa", "gallras 2 år efter publicering", "ingen åtgärd"),
    ("vikt", "bevaras", "gallras genast"),
    ("sida", "gallras 1 år efter insamling", "ingen åtgärd"),
];

pub fn today() -> NaiveDate {
    arkivd::calendar::local_date(Utc::now())
}

/// An archive with a decided plan, two old posts of little importance, a reply, and a post of weight.
pub struct Office {
    pub archive: Archive,
    pub shelf: Shelf,
    pub plan: i64,
}

impl Office {
    pub fn new(decided: bool) -> Self {
        let archive = Archive::new();
        let mut shelf = Shelf::open(archive.path());
        shelf.account("blogg", KS);
        shelf.account("soc", SN);
        let mut text = plan_text(KS, decided, None, None, &ROWS);
        text.push_str("[[rule]]\nid = \"sidor\"\nrow = \"sida\"\nkinds = [\"page-capture\"]\n");
        let plan = shelf.plan(KS, &text, "2021-01-01T00:00:00Z");
        let office = Self {
            archive,
            shelf,
            plan,
        };
        office
            .shelf
            .record(&post(1, "2023-02-01T10:00:00Z", "Var finns det sand?"));
        office
            .shelf
            .record(&post(2, "2023-05-01T10:00:00Z", "Tack för det"));
        office.shelf.record(&New {
            parent: Some(2),
            kind: "comment",
            ..post(3, "2023-05-02T10:00:00Z", "Svar om skolan")
        });
        office
            .shelf
            .record(&post(4, "2023-06-01T10:00:00Z", "Av vikt"));
        for n in 1..=3 {
            office.classify(n, "ringa", Some(day("2025-05-03")), None);
        }
        office.classify(4, "vikt", None, Some(day("2023-06-01")));
        office
    }

    pub fn classify(&self, n: i64, row: &str, due: Option<NaiveDate>, medium: Option<NaiveDate>) {
        self.shelf
            .classify(n, self.shelf.plan_row(self.plan, row), due, medium);
    }

    pub fn propose(&self, more: &[&str]) -> Value {
        let mut args = vec!["gallring", "propose", "--committee", KS];
        args.extend(more);
        self.archive.data(&args)
    }

    pub fn approve(&self, id: &str, digest: &str, by: &str, more: &[&str]) -> Output {
        let mut args = vec![
            "--json", "gallring", "approve", id, "--digest", digest, "--by", by,
        ];
        args.extend(more);
        self.archive.run(&args)
    }
}

pub fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} in {value}"))
}
