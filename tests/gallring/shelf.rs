//! An archive whose records, plans and days a test sets by itself.

use std::path::{Path, PathBuf};

use arkivd::catalog::{Access, Catalog, NewPlan};
use arkivd::record::{Account, Platform, RecordId};
use arkivd::retention::{Hinder, Listed, Place, Plan, Question};
use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, params};
use uuid::Uuid;

pub const KS: &str = "Kommunstyrelsen";
pub const SN: &str = "Socialnämnden";

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A record to be.
pub struct New<'a> {
    pub n: i64,
    pub account: &'a str,
    pub committee: &'a str,
    pub kind: &'a str,
    pub parent: Option<i64>,
    pub published: Option<&'a str>,
    pub author: &'a str,
    pub text: &'a str,
}

pub fn post<'a>(n: i64, published: &'a str, text: &'a str) -> New<'a> {
    New {
        n,
        account: "blogg",
        committee: KS,
        kind: "post",
        parent: None,
        published: Some(published),
        author: "Bo",
        text,
    }
}

pub fn id(n: i64) -> RecordId {
    RecordId(Uuid::from_u128(n.unsigned_abs().into()))
}

/// A catalog beside which nothing else needs to be there.
pub struct Shelf {
    pub catalog: Catalog,
    pub db: Connection,
    _folder: Option<tempfile::TempDir>,
}

impl Shelf {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.sqlite");
        let catalog = Catalog::create(&path).unwrap();
        Self::of(catalog, &path, Some(folder))
    }

    /// That of an archive.
    pub fn open(archive: &Path) -> Self {
        let path: PathBuf = archive.join("catalog.sqlite");
        let catalog = Catalog::open(&path, Access::Write).unwrap();
        Self::of(catalog, &path, None)
    }

    fn of(catalog: Catalog, path: &Path, folder: Option<tempfile::TempDir>) -> Self {
        let db = Connection::open(path).unwrap();
        db.execute_batch("PRAGMA synchronous = OFF").unwrap();
        Self {
            catalog,
            db,
            _folder: folder,
        }
    }

    pub fn account(&mut self, id: &str, committee: &str) {
        let account = Account {
            id: id.parse().unwrap(),
            platform: Platform::WordPress,
            address: "https://blogg.example/".parse().unwrap(),
            committee: committee.into(),
            purpose: "dialog".into(),
            audience: "invånare".into(),
            responsible: vec!["Anna Ek".into(), "Bo Ek".into()],
            substitute: Some("Cia Ek".into()),
            credential: None,
            parent: None,
        };
        let added = at("2020-01-01T00:00:00Z");
        self.catalog.add_account(&account, "test", added).unwrap();
    }

    pub fn record(&self, new: &New<'_>) -> RecordId {
        let New { n, .. } = *new;
        let id = id(n);
        let address = format!("https://blogg.example/{n}");
        self.db
            .execute(
                "INSERT INTO record (n, id, account, committee, kind, parent, permalink, published, latest)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?1)",
                params![n, id.0.as_bytes(), new.account, new.committee, new.kind, new.parent, address, new.published],
            )
            .unwrap();
        self.db
            .execute(
                "INSERT INTO version (n, record, number, digest, visibility, author, text, content, media_missing)
                 VALUES (?1, ?1, 1, ?2, 'public', ?3, ?4, '{}', 0)",
                params![n, [0_u8; 32], new.author, new.text],
            )
            .unwrap();
        id
    }

    /// Loads a plan; gives its number.
    pub fn plan(&mut self, committee: &str, text: &str, loaded: &str) -> i64 {
        let plan =
            Plan::parse(text, "plan.toml").unwrap_or_else(|faults| panic!("{faults}\n{text}"));
        let new = NewPlan {
            committee,
            plan: &plan,
            text,
            copy: "plan.toml",
            at: at(loaded),
            actor: "test",
        };
        self.catalog.add_plan(&new).unwrap().0
    }

    pub fn plan_row(&self, plan: i64, row: &str) -> i64 {
        let sql = "SELECT n FROM plan_row WHERE plan = ?1 AND id = ?2";
        self.db
            .query_row(sql, params![plan, row], |r| r.get(0))
            .unwrap_or_else(|e| panic!("row {row} of plan {plan}: {e}"))
    }

    pub fn classify(
        &self,
        n: i64,
        plan_row: i64,
        due: Option<NaiveDate>,
        medium: Option<NaiveDate>,
    ) {
        let text = |day: Option<NaiveDate>| day.map(|d| d.to_string());
        self.db
            .execute(
                "INSERT OR REPLACE INTO classification (record, plan_row, actor, at, due, medium_due)
                 VALUES (?1, ?2, 'test', '2026-01-01T00:00:00Z', ?3, ?4)",
                params![n, plan_row, text(due), text(medium)],
            )
            .unwrap();
    }

    pub fn removal(&self, n: i64, records: &[(&str, i64)], closed: bool, police: bool) {
        let case = format!("OI 2026:{n}");
        self.db
            .execute(
                "INSERT INTO removal (n, id, designation, committee, category, opened, actor, discovered, closed)
                 VALUES (?1, ?2, ?3, ?4, 'hot', '2026-01-01T00:00:00Z', 'test', '2026-01-01T00:00:00Z', ?5)",
                params![n, Uuid::from_u128(9000 + n.unsigned_abs() as u128).as_bytes(), case, KS, closed.then_some("2026-02-01T00:00:00Z")],
            )
            .unwrap();
        for (account, record) in records {
            self.db
                .execute(
                    "INSERT INTO removal_object (removal, account, record) VALUES (?1, ?2, ?3)",
                    params![n, account, record],
                )
                .unwrap();
        }
        if police {
            self.db
                .execute(
                    "INSERT INTO removal_step (removal, what, at, noted, actor)
                     VALUES (?1, 'police', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 'test')",
                    [n],
                )
                .unwrap();
        }
    }

    /// The list: what goes, and what is kept with why.
    pub fn list(
        &self,
        committee: &str,
        question: &Question,
        today: NaiveDate,
    ) -> (Vec<RecordId>, Vec<(RecordId, Vec<Hinder>)>) {
        let (mut goes, mut kept) = (Vec::new(), Vec::new());
        self.catalog
            .for_each_due::<arkivd::catalog::Error>(
                committee,
                question,
                today,
                false,
                |line, hinders| {
                    if let Listed::Record(id) = line.line.what {
                        match hinders {
                            [] => goes.push(id),
                            _ => kept.push((id, hinders.to_vec())),
                        }
                    }
                    Ok(std::ops::ControlFlow::Continue(()))
                },
            )
            .unwrap();
        (goes, kept)
    }
}

pub fn due_until(until: NaiveDate) -> Question {
    Question {
        place: Place::Archive,
        until,
        rows: vec![],
        records: vec![],
        pages: false,
    }
}

/// A plan of rows as they are given: id, what becomes of arkivd's copy, what of the medium.
pub fn plan_text(
    committee: &str,
    decided: bool,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    rows: &[(&str, &str, &str)],
) -> String {
    let mut text = format!(
        "[plan]\ncommittee = \"{committee}\"\ntitle = \"Plan\"\ngallringsansvarig = \"Anna Ek\"\n"
    );
    if let Some(day) = from {
        text.push_str(&format!("valid_from = {day}\n"));
    }
    if let Some(day) = to {
        text.push_str(&format!("valid_to = {day}\n"));
    }
    if decided {
        text.push_str(
            "[plan.decision]\nby = \"Kommunstyrelsen\"\ndate = 2020-01-01\nparagraph = \"§ 1\"\n",
        );
    }
    for (id, archive, medium) in rows {
        text.push_str(&format!(
            "[[row]]\nid = \"{id}\"\nhandlingstyp = \"Typ {id}\"\narchive = \"{archive}\"\nmedium = \"{medium}\"\n\
             [row.inquiry]\nrattskipning = \"Skadas inte\"\nverksamhet = \"Behövs inte\"\nforskning = \"Ringa\"\nkulturarv = \"Ringa\"\n"
        ));
    }
    text
}
