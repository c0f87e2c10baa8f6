//! The speed of classification by rules: the rules alone, then all of it with the catalog.
//!
//! `cargo bench --bench classify [-- RECORDS]`. The goal is 200,000 records per CPU-second.

#![allow(
    clippy::expect_used,
    reason = "a bench that cannot run has nothing to say"
)]
#![allow(clippy::cast_precision_loss, reason = "figures of three digits")]

use std::time::Duration;

use arkivd::catalog::{Catalog, Joins, NewCapture, NewPlan, Scope, Sighting};
use arkivd::record::{
    Account, AccountId, Author, Block, CaptureId, Content, Coverage, Item, Kind, NativeId, Outcome,
    Platform, Reason, RecordId, Span, Visibility,
};
use arkivd::retention::{Classifier, Facts, Plan};
use chrono::{DateTime, TimeDelta, Utc};
use rustix::time::{ClockId, clock_gettime};
use uuid::Uuid;

/// Records of one account.
const ACCOUNT: usize = 100_000;

fn main() {
    let records: usize = std::env::args()
        .skip(1)
        .find_map(|a| a.parse().ok())
        .unwrap_or(1_000_000);
    for words in [10, 500] {
        let plan = Plan::parse(&plan(words), "plan.toml").expect("a plan");
        let classifier = Classifier::new(&plan);
        let items: Vec<Item> = (0..10_000).map(item).collect();
        let texts: Vec<String> = items.iter().map(|i| i.content.plain_text()).collect();
        let begun = cpu();
        let mut found = 0;
        for n in 0..records {
            let at = n % items.len();
            let facts = Facts {
                kind: items[at].kind,
                visibility: Visibility::Public,
                own: false,
                title: None,
                text: &texts[at],
                categories: &[],
            };
            found += usize::from(classifier.of_account("konto-0").first(&facts).is_some());
        }
        told(
            &format!("rules alone, 12 rules with {words} words each, {found} fit"),
            records,
            cpu() - begun,
        );
    }
    let dir = tempfile::tempdir_in("target").expect("a folder under target");
    let mut catalog = Catalog::create(&dir.path().join("catalog.sqlite")).expect("a catalog");
    let text = plan(50);
    let plan = Plan::parse(&text, "plan.toml").expect("a plan");
    let mut without = Duration::ZERO;
    let halves = records.div_ceil(ACCOUNT).max(2);
    for round in 0..halves / 2 {
        without += fill(&mut catalog, round);
    }
    let new = NewPlan {
        committee: "Kommunstyrelsen",
        plan: &plan,
        text: &text,
        copy: "plan.toml",
        at: at(0),
        actor: "bench",
    };
    catalog.add_plan(&new).expect("a row");
    let some = halves / 2 * ACCOUNT;
    told("captured without a plan", some, without);
    let begun = cpu();
    let done = catalog
        .classify_by_rules(Scope::All, false, false, "bench", at(60))
        .expect("decisions");
    told(
        &format!("record classify --all, {} classified", done.classified),
        some,
        cpu() - begun,
    );
    let begun = cpu();
    let done = catalog
        .classify_by_rules(Scope::All, true, true, "bench", at(60))
        .expect("decisions");
    told(
        &format!("the same anew, dry run, {} changed", done.changed),
        some,
        cpu() - begun,
    );
    let mut with = Duration::ZERO;
    for round in halves / 2..halves / 2 * 2 {
        with += fill(&mut catalog, round);
    }
    told("captured and classified", some, with);
}

fn told(what: &str, records: usize, spent: Duration) {
    println!(
        "{what}: {records} records, {:.2} CPU s, {:.0} records per CPU s",
        spent.as_secs_f64(),
        records as f64 / spent.as_secs_f64()
    );
}

fn cpu() -> Duration {
    let t = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        t.tv_sec.unsigned_abs(),
        u32::try_from(t.tv_nsec).unwrap_or(0),
    )
}

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minute)
}

/// Words that no text holds stand in all rules but the last.
fn plan(words: usize) -> String {
    let mut text = "[plan]\ntitle = \"Plan\"\ncommittee = \"Kommunstyrelsen\"\n".to_owned();
    for n in 0..12 {
        text.push_str(&format!(
            "[[row]]\nid = \"r{n}\"\nhandlingstyp = \"Typ {n}\"\narchive = \"gallras {} år efter publicering\"\n",
            n + 1
        ));
    }
    for n in 0..12 {
        let mut all: Vec<String> = (0..words).map(|w| format!("\"fält{n}ord{w}*\"")).collect();
        if n == 11 {
            all.push("\"badhuset\"".to_owned());
        }
        let own = ["", "own = false\n"][n % 2];
        text.push_str(&format!(
            "[[rule]]\nid = \"u{n}\"\nrow = \"r{n}\"\nkinds = [\"comment\"]\n{own}words = [{}]\n",
            all.join(", ")
        ));
    }
    text.push_str("[[rule]]\nid = \"tråd\"\nrow = \"r0\"\nkinds = [\"post\"]\nwords = [\"berätta\"]\nthread = true\n");
    text
}

fn item(n: usize) -> Item {
    let text = [
        "När öppnar badhuset på lördag, och går det att boka en tid för hela familjen redan nu? Vi var där i fjol och trivdes.",
        "Tack för ett fint evenemang i parken i går! Barnen pratade om det hela vägen hem, och vi kommer gärna tillbaka.",
        "Berätta för oss: hur minns ni skolan vid torget, och vad lekte ni på rasterna när snön låg djup?",
    ][n % 3];
    Item {
        native_id: NativeId(format!("comment:{n}")),
        kind: if n.is_multiple_of(10) {
            Kind::Post
        } else {
            Kind::Comment
        },
        parent: (!n.is_multiple_of(10)).then(|| NativeId(format!("comment:{}", n - n % 10))),
        permalink: None,
        published: Some(at(i64::try_from(n).unwrap_or(0))),
        edited: None,
        visibility: Visibility::Public,
        content: Content {
            author: Some(Author {
                name: if n.is_multiple_of(10) {
                    "Kommunen".into()
                } else {
                    format!("Person {}", n % 997)
                },
                address: None,
            }),
            body: vec![Block::Paragraph {
                spans: vec![Span::plain(format!("{text} ({n})"))],
            }],
            ..Content::default()
        },
    }
}

/// One capture of one account; gives what it took.
fn fill(catalog: &mut Catalog, round: usize) -> Duration {
    let id: AccountId = format!("konto-{round}").parse().expect("a good id");
    let account = Account {
        id: id.clone(),
        platform: Platform::WordPress,
        address: "https://blogg.example/".parse().expect("an address"),
        committee: "Kommunstyrelsen".into(),
        purpose: "dialog".into(),
        audience: "invånare".into(),
        responsible: vec![],
        substitute: None,
        credential: None,
        parent: None,
    };
    catalog
        .add_account(&account, "bench", at(0))
        .expect("a row");
    let items: Vec<Item> = (0..ACCOUNT).map(item).collect();
    let sightings: Vec<Sighting<'_>> = items
        .iter()
        .map(|item| Sighting {
            joins: Joins::None,
            record: RecordId(Uuid::now_v7()),
            item,
            digest: item.content.digest().expect("content has a digest"),
            media_missing: false,
            place: None,
        })
        .collect();
    let coverage = Coverage::default();
    let capture = NewCapture {
        id: CaptureId(Uuid::now_v7()),
        account: &id,
        account_name: None,
        committee: &account.committee,
        door: Some("wordpress"),
        reason: Reason::Manual,
        outcome: Outcome::Sealed,
        entire: true,
        started: at(1),
        finished: at(2),
        new: ACCOUNT as u64,
        changed: 0,
        unchanged: 0,
        coverage: &coverage,
        error: None,
        bags: &[],
        look: None,
        absent: &[],
        findings: &[],
        watch: None,
        settles: None,
        imported: &[],
        actor: "bench",
    };
    let begun = cpu();
    catalog
        .commit_capture(&capture, sightings)
        .expect("a capture");
    cpu() - begun
}
