//! An archive written by the test through the catalog, and reports read at one instant: Saturday 21 November 2026, 13.00.

use std::cell::{Cell as Counter, RefCell};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use arkivd::catalog::{
    Access, Catalog, Joins, NewCapture, NewOversight, QuestionMark, QuestionState, Sighting,
};
use arkivd::platform::Profile;
use arkivd::policy::{self, Policy};
use arkivd::record::{
    Account, AccountId, Author, Block, CaptureId, Content, Coverage, Digest, Item, Kind, NativeId,
    Outcome, Platform, Reason, RecordId, Span, Visibility,
};
use arkivd::workflow::{
    Archive, Cell, Column, Head, NewArchive, ReportName, ReportRequest, Sheet, Surroundings, Tail,
    create_archive, mark_question, write_report,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use uuid::Uuid;

const NOW: &str = "2026-11-21T12:00:00Z";

pub struct Made {
    _dir: tempfile::TempDir,
    archive: Archive,
    policy: Policy,
    next: Counter<u32>,
    seen: RefCell<BTreeSet<String>>,
}

/// A report as it came.
#[derive(Default)]
pub struct Taken {
    columns: Vec<&'static str>,
    pub rows: Vec<Value>,
    totals: Vec<(&'static str, u64)>,
    pub notes: Vec<String>,
    pub stated: String,
}

impl Sheet for Taken {
    fn head(&mut self, head: &Head) -> ControlFlow<()> {
        self.columns = head.columns.iter().map(|c: &Column| c.key).collect();
        self.stated = head.stated.iter().map(|s| s.swedish.as_str()).collect();
        ControlFlow::Continue(())
    }
    fn row(&mut self, row: Vec<Cell>) -> ControlFlow<()> {
        assert_eq!(row.len(), self.columns.len());
        let cells = self.columns.iter().zip(&row);
        self.rows.push(
            cells
                .map(|(key, cell)| ((*key).to_owned(), cell.json()))
                .collect(),
        );
        ControlFlow::Continue(())
    }
    fn tail(&mut self, tail: &Tail) -> ControlFlow<()> {
        self.totals = tail.totals.iter().map(|t| (t.key, t.value)).collect();
        self.notes = tail
            .notes
            .iter()
            .map(|(_, swedish)| swedish.clone())
            .collect();
        ControlFlow::Continue(())
    }
}

impl Taken {
    pub fn column(&self, key: &str) -> Vec<Value> {
        self.rows.iter().map(|row| row[key].clone()).collect()
    }
    pub fn total(&self, key: &str) -> u64 {
        self.totals.iter().find(|(k, _)| *k == key).unwrap().1
    }
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn said(text: &str, quoted: bool) -> Content {
    let spans = vec![Span::plain(text)];
    Content {
        body: vec![match quoted {
            true => Block::Quote { spans },
            false => Block::Paragraph { spans },
        }],
        ..Content::default()
    }
}

pub fn around() -> Surroundings {
    Surroundings {
        organisation: "Ekhamra kommun".into(),
        organisation_number: None,
        second_gate: None,
        pages: None,
        actor: "test".into(),
        now: || NOW.parse().unwrap(),
        new_id: Uuid::now_v7,
        salt: || Ok([7; 32]),
    }
}

impl Made {
    /// An archive of that profile with the account `blogg`, by the name Ekhamra kommun.
    pub fn new(profile: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let profile = policy::Profile::named(profile).unwrap();
        let path = dir.path().join("arkiv");
        let new = NewArchive {
            dir: &path,
            profile: &profile,
            configuration: "",
            origin: "arkivd.example/test",
        };
        create_archive(&new, &around()).unwrap();
        let made = Self {
            policy: Policy::parse(profile.policy_text, "policy.toml").unwrap(),
            archive: Archive::open_to_write(&path, &around()).unwrap().0,
            next: Counter::new(1),
            seen: RefCell::default(),
            _dir: dir,
        };
        made.account("blogg");
        made
    }

    pub fn path(&self) -> &Path {
        self.archive.paths().archive()
    }

    pub fn account(&self, id: &str) {
        let account = Account {
            id: id.parse().unwrap(),
            platform: Platform::Feed,
            address: "https://blogg.example/".parse().unwrap(),
            committee: "Kommunstyrelsen".into(),
            purpose: "dialog".into(),
            audience: "invånare".into(),
            responsible: vec!["Anna Ek".into()],
            substitute: None,
            credential: None,
            parent: None,
        };
        let mut catalog = self.archive.catalog();
        catalog
            .add_account(&account, "test", at("2026-01-02T08:00:00Z"))
            .unwrap();
    }

    pub fn add(
        &self,
        account: &str,
        kind: Kind,
        parent: Option<&str>,
        time: &str,
        author: &str,
        text: &str,
    ) -> String {
        self.add_as(
            account,
            kind,
            parent,
            time,
            author,
            text,
            Visibility::Public,
        )
    }

    #[allow(clippy::too_many_arguments)]
    pub fn add_as(
        &self,
        account: &str,
        kind: Kind,
        parent: Option<&str>,
        time: &str,
        author: &str,
        text: &str,
        visibility: Visibility,
    ) -> String {
        let native = format!("{}", self.next.replace(self.next.get() + 1));
        self.see(
            account,
            kind,
            &native,
            parent,
            Some(time),
            author,
            text,
            visibility,
        );
        native
    }

    /// The record once more, in other words.
    pub fn see_again(&self, account: &str, kind: Kind, native: &str, text: &str) {
        self.see(
            account,
            kind,
            native,
            None,
            None,
            "Ekhamra kommun",
            text,
            Visibility::Public,
        );
    }

    #[allow(clippy::too_many_arguments)]
    fn see(
        &self,
        account: &str,
        kind: Kind,
        native: &str,
        parent: Option<&str>,
        time: Option<&str>,
        author: &str,
        text: &str,
        visibility: Visibility,
    ) {
        let content = Content {
            author: Some(Author {
                name: author.into(),
                address: None,
            }),
            ..said(text, false)
        };
        let item = Item {
            native_id: NativeId(native.into()),
            kind,
            parent: parent.map(|p| NativeId(p.into())),
            permalink: Some(format!("https://blogg.example/{native}")),
            published: time.map(at),
            edited: None,
            visibility,
            content,
        };
        let id: AccountId = account.parse().unwrap();
        self.seen.borrow_mut().insert(native.to_owned());
        let digest: Digest = item.content.digest().unwrap();
        let capture = NewCapture {
            id: CaptureId(Uuid::now_v7()),
            account: &id,
            account_name: Some("Ekhamra kommun"),
            committee: "Kommunstyrelsen",
            door: Some("feed"),
            reason: Reason::Manual,
            outcome: Outcome::Sealed,
            entire: false,
            started: at("2026-11-20T12:00:00Z"),
            finished: at("2026-11-20T12:00:00Z"),
            new: 1,
            changed: 0,
            unchanged: 0,
            coverage: &Coverage::default(),
            error: None,
            bags: &[],
            look: None,
            absent: &[],
            findings: &[],
            watch: None,
            imported: &[],
            settles: None,
            actor: "test",
        };
        let sighting = Sighting {
            joins: Joins::None,
            record: RecordId(Uuid::now_v7()),
            item: &item,
            digest,
            media_missing: false,
            place: None,
        };
        self.archive
            .catalog()
            .commit_capture(&capture, [sighting])
            .unwrap();
    }

    /// The id of the record by that name.
    pub fn record(&self, native: &str) -> RecordId {
        let catalog = self.archive.catalog();
        let known = catalog.known(&"blogg".parse().unwrap(), "feed").unwrap();
        known[&NativeId(native.into())].record
    }

    pub fn mark(&self, native: &str, state: QuestionState) {
        let mark = QuestionMark {
            state,
            reference: None,
            reply: None,
            at: at(NOW),
            actor: "test".into(),
        };
        let record = self.record(native);
        self.archive.catalog().mark_question(record, &mark).unwrap();
    }

    pub fn forward(
        &self,
        native: &str,
        reply: Option<&str>,
    ) -> Result<QuestionMark, arkivd::workflow::Error> {
        let state = QuestionState::Forwarded;
        let to = Some("Tekniska nämnden");
        let record = self.record(native);
        mark_question(
            &self.archive,
            &self.policy,
            record,
            state,
            to,
            reply,
            &around(),
        )
    }

    pub fn oversee(&self, account: &str, day: NaiveDate) {
        let new = NewOversight {
            account: &account.parse().unwrap(),
            day,
            at: at(NOW),
            actor: "test",
            note: None,
        };
        self.archive.catalog().note_oversight(&new).unwrap();
    }

    pub fn profile(&self, account: &str, name: &str, description: &str) {
        let profile = Profile {
            name: Some(name.into()),
            description: Some(description.into()),
            ..Profile::default()
        };
        let id = account.parse().unwrap();
        self.archive
            .catalog()
            .keep_profile(&id, &profile, at(NOW))
            .unwrap();
    }

    /// A row that another part of arkivd writes.
    pub fn sql(&self, sql: &str) {
        let db = rusqlite::Connection::open(self.path().join("catalog.sqlite")).unwrap();
        assert!(db.execute(sql, []).unwrap() > 0, "{sql}");
    }

    pub fn report(&self, name: ReportName, request: &ReportRequest) -> Taken {
        let mut taken = Taken::default();
        self.write(name, request, &mut taken);
        taken
    }

    pub fn write(&self, name: ReportName, request: &ReportRequest, sheet: &mut dyn Sheet) {
        let archive = Archive::open_to_read(self.path()).unwrap();
        write_report(name, &archive, &self.policy, request, &around(), sheet).unwrap();
    }

    /// Its catalog, to be read as another process does.
    pub fn catalog(&self) -> Catalog {
        Catalog::open(&self.path().join("catalog.sqlite"), Access::Read).unwrap()
    }
}
