//! A catalog with one account, captured as a test says.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::super::*;
use crate::record::{
    Account, Author, BagId, BagKind, Block, CaptureId, Content, Coverage, Digest, Item, Kind,
    NativeId, Outcome, Platform, Reason, Span, Visibility,
};

pub(super) fn at(minute: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minute)
}

pub(super) fn account(id: &str) -> Account {
    Account {
        id: id.parse().unwrap(),
        platform: Platform::WordPress,
        address: "https://blogg.example/".parse().unwrap(),
        committee: "Kommunstyrelsen".into(),
        purpose: "dialog".into(),
        audience: "invånare".into(),
        responsible: vec!["Anna Ek".into()],
        substitute: None,
        credential: None,
        parent: None,
    }
}

pub(super) fn item(native: &str, text: &str) -> Item {
    let number = native.rsplit(':').next().unwrap().parse().unwrap();
    Item {
        native_id: NativeId(native.into()),
        kind: if native.starts_with("post") {
            Kind::Post
        } else {
            Kind::Comment
        },
        parent: None,
        permalink: Some(format!("https://blogg.example/{native}")),
        published: Some(at(number)),
        edited: None,
        visibility: Visibility::Public,
        content: Content {
            title: None,
            author: Some(Author {
                name: "Bo".into(),
                address: None,
            }),
            language: None,
            body: vec![Block::Paragraph {
                spans: vec![Span::plain(text)],
            }],
            media: vec![],
        },
    }
}

pub(super) fn answer(native: &str, parent: &str) -> Item {
    Item {
        parent: Some(NativeId(parent.into())),
        ..item(native, "svar")
    }
}

/// An archive's catalog with account `blogg`, and a count that ids and times are made of.
pub(super) struct Case {
    pub(super) _dir: tempfile::TempDir,
    pub(super) catalog: Catalog,
    pub(super) account: AccountId,
    pub(super) n: u128,
}

/// What one capture is besides its items.
pub(super) struct How<'a> {
    pub(super) outcome: Outcome,
    pub(super) error: Option<&'a str>,
    pub(super) absent: &'a [RecordId],
    pub(super) bags: &'a [NewBag],
    pub(super) media_missing: bool,
    pub(super) door: &'a str,
    pub(super) findings: &'a [Finding],
    /// The record that all items are, where another door has it.
    pub(super) joins: Option<RecordId>,
}

pub(super) const SEALED: How<'_> = How {
    outcome: Outcome::Sealed,
    error: None,
    absent: &[],
    bags: &[],
    media_missing: false,
    door: "wordpress",
    findings: &[],
    joins: None,
};

impl Case {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut catalog = Catalog::create(&dir.path().join("catalog.sqlite")).unwrap();
        let account = account("blogg");
        catalog.add_account(&account, "test", at(0)).unwrap();
        Self {
            _dir: dir,
            catalog,
            account: account.id,
            n: 0,
        }
    }

    pub(super) fn id(&mut self) -> Uuid {
        self.n += 1;
        Uuid::from_u128(self.n)
    }

    pub(super) fn capture(&mut self, items: &[Item], how: &How<'_>) -> Result<Committed, Error> {
        let id = CaptureId(self.id());
        let records: Vec<RecordId> = items.iter().map(|_| RecordId(self.id())).collect();
        let minute = i64::try_from(self.n).unwrap();
        let coverage = Coverage::default();
        self.catalog.commit_capture(
            &NewCapture {
                id,
                account: &self.account,
                account_name: Some("Bloggen"),
                committee: "Kommunstyrelsen",
                door: Some(how.door),
                reason: Reason::Manual,
                outcome: how.outcome,
                entire: false,
                started: at(minute),
                finished: at(minute),
                new: items.len() as u64,
                changed: 0,
                unchanged: 0,
                coverage: &coverage,
                error: how.error,
                bags: how.bags,
                look: None,
                absent: how.absent,
                findings: how.findings,
                watch: None,
                settles: None,
                imported: &[],
                actor: "test",
            },
            items.iter().zip(records).map(|(item, record)| Sighting {
                joins: how.joins.map_or(Joins::None, |_| Joins::Same),
                record: how.joins.unwrap_or(record),
                item,
                digest: item.content.digest().unwrap(),
                media_missing: how.media_missing,
                place: (!how.bags.is_empty()).then(|| Place {
                    bag: 0,
                    file: "data/posts.pdf".into(),
                    page: Some(2),
                }),
            }),
        )
    }

    pub(super) fn sealed(&mut self, items: &[Item]) -> Committed {
        self.capture(items, &SEALED).unwrap()
    }

    pub(super) fn missed(&mut self, absent: &[RecordId]) {
        let how = How { absent, ..SEALED };
        self.capture(&[], &how).unwrap();
    }

    pub(super) fn record(&self, native: &str) -> RecordDetails {
        let known = self.catalog.known(&self.account, "wordpress").unwrap();
        let id = known[&NativeId(native.into())].record;
        self.catalog.record(id).unwrap()
    }

    pub(super) fn list(&self, filter: &RecordFilter) -> Vec<String> {
        let mut texts = Vec::new();
        self.catalog
            .for_each_record::<Error>(filter, |line| {
                texts.push(line.text);
                Ok(())
            })
            .unwrap();
        texts
    }

    pub(super) fn newly_missed(&self) -> u64 {
        let state = self.catalog.account_state(&self.account).unwrap();
        state.unwrap().newly_missed
    }

    pub(super) fn events(&self) -> i64 {
        let count = "SELECT count(*) FROM event WHERE verb = 'snapshot'";
        self.catalog.db.query_row(count, [], |r| r.get(0)).unwrap()
    }
}

pub(super) fn bag(n: u128) -> NewBag {
    NewBag {
        id: BagId(Uuid::from_u128(1000 + n)),
        kind: BagKind::Records,
        commitment: Digest::of(&n.to_be_bytes()),
        bytes: 10,
        files: 3,
        pdf: Some("PDF/A-1a, PDF/UA-1".into()),
    }
}
