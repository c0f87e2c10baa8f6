//! Execution: what was approved goes without a trace, all else stays byte for byte, and nothing comes back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::office::word;
use crate::support::hostile::{http, serve};
use crate::support::judges::{have, judge_bag, judge_ledger, sha256};
use crate::support::{Archive, EVENTS_PLAN, Output, brought, copy, files, run};
use crate::traces::traces;

/// They stand in what is to go, and nowhere else.
const WORDS: [&str; 7] = [
    "zebrafink",
    "odemarken",
    "gryning",
    "klippgrott",
    "burfågel",
    "pärlmoja",
    "vingspets",
];

fn item(id: &str, slug: &str, title: &str, text: &str, picture: &str, alt: &str) -> String {
    format!(
        "<item><guid isPermaLink=\"false\">{id}</guid><link>/2026/{slug}</link><title>{title}</title>\
         <pubDate>Mon, 05 Jan 2026 10:00:00 GMT</pubDate>\
         <description>&lt;p&gt;{text}&lt;/p&gt;&lt;img src=\"/{picture}\" alt=\"{alt}\"&gt;</description></item>"
    )
}

/// A feed whose first entry is edited once.
struct World {
    archive: Archive,
    address: String,
    going: Vec<String>,
    staying: Vec<String>,
}

impl World {
    fn new() -> Self {
        let second = Arc::new(Mutex::new("i kväll".to_owned()));
        let told = Arc::clone(&second);
        let address = serve(move |path| match path {
            "/feed.xml" => {
                let goes = item(
                    "i1",
                    "zebrafinkarnas-fest",
                    "Zebrafinkarnas fest",
                    &format!(
                        "Kom till kalaset på Odemarken {} klockan sju.",
                        told.lock().unwrap()
                    ),
                    "burfågel-1.png",
                    "En burfågel i solen",
                );
                let stays = item(
                    "i2",
                    "vagarbete",
                    "Vägarbete",
                    "Storgatan är avstängd hela veckan.",
                    "grop.png",
                    "Gropen",
                );
                let other = item(
                    "i3",
                    "badhus",
                    "Badhuset",
                    "Badhuset öppnar på måndag morgon.",
                    "grop.png",
                    "Gropen igen",
                );
                let feed = format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"><channel><title>Bloggen</title>\
                     <link>/</link><description>Nytt</description>{goes}{stays}{other}</channel></rss>"
                );
                http("200 OK", "application/rss+xml", &feed)
            }
            path if path.ends_with(".png") => {
                let picture = brought::png(20, 20, u8::from(path.contains("grop")));
                let mut answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    picture.len()
                )
                .into_bytes();
                answer.extend(picture);
                answer
            }
            _ => http("404 Not Found", "text/plain", ""),
        });
        let archive = Archive::new();
        let address = format!("{address}feed.xml");
        archive.add_account("blogg", "feed", &address, &[]);
        let plan = archive.beside("plan.toml");
        fs::write(&plan, EVENTS_PLAN).unwrap();
        archive
            .run(&["plan", "load", plan.to_str().unwrap()])
            .expect(0);
        archive.snapshot("blogg");
        *second.lock().unwrap() = "i gryningen".to_owned();
        archive.snapshot("blogg");
        let picture = archive.beside("vingspetsar.png");
        fs::write(&picture, brought::png(30, 30, 9)).unwrap();
        let text = "Pärlmojan bor i klippgrottan vid havet";
        archive
            .run(&[
                "import",
                "blogg",
                picture.to_str().unwrap(),
                "--text",
                text,
                "--time",
                "2026-01-07",
            ])
            .expect(0);
        let mut world = Self {
            archive,
            address,
            going: Vec::new(),
            staying: Vec::new(),
        };
        for record in world.archive.records(&[]) {
            let id = record["record"]
                .as_str()
                .unwrap_or_else(|| panic!("{record}"))
                .to_owned();
            let told = record.to_string();
            match ["Zebrafink", "Pärlmoja"].iter().any(|w| told.contains(w)) {
                true => world.going.push(id),
                false => world.staying.push(id),
            }
        }
        assert_eq!((world.going.len(), world.staying.len()), (2, 2));
        for id in &world.going {
            let classify = ["record", "classify", id, "--row", "1", "--reason", "ringa"];
            world.archive.run(&classify).expect(0);
            world
                .archive
                .run(&["record", "mark", id, "inaktuell"])
                .expect(0);
        }
        world
    }

    /// Proposed, and approved by who the plan names.
    fn approved(&self) -> String {
        let proposed =
            self.archive
                .data(&["gallring", "propose", "--committee", "Kommunstyrelsen"]);
        let (id, digest) = (word(&proposed, "id").to_owned(), word(&proposed, "digest"));
        assert_eq!(proposed["records"], 2, "{proposed}");
        let approve = [
            "gallring", "approve", &id, "--digest", digest, "--by", "Anna Ek",
        ];
        self.archive.run(&approve).expect(0);
        id
    }
}

fn arkivd(archive: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arkivd"));
    command
        .env_remove("ARKIVD_CRASH_AT")
        .env_remove("ARKIVD_LOG");
    command
        .arg("--archive")
        .arg(archive)
        .arg("--json")
        .args(args);
    command
}

fn ask(archive: &Path, args: &[&str]) -> Output {
    run(&mut arkivd(archive, args))
}

/// Nothing of what went is left, all else is there, and every judge finds the archive sound.
#[track_caller]
fn holds(archive: &Path, world: &World, kept: &BTreeMap<String, Value>, when: &str) {
    let left = traces(archive, &WORDS, &|_| false);
    assert!(left.is_empty(), "{when}: {left:#?}");
    for term in terms(archive) {
        let gone = WORDS.iter().any(|word| term.contains(word));
        assert!(!gone, "{when}: the index knows {term}");
    }
    for word in WORDS {
        let found = ask(archive, &["search", &format!("{word}*")])
            .expect(0)
            .data();
        assert_eq!(found["count"]["records"], 0, "{when}: {found}");
    }
    for id in &world.going {
        let stub = ask(archive, &["record", "show", id]).expect(0).data();
        assert_eq!(stub["record"], *id.as_str(), "{when}: {stub}");
        assert_eq!(stub["destroyed"]["account"], "blogg", "{when}: {stub}");
    }
    for (id, before) in kept {
        let now = ask(archive, &["record", "show", id]).expect(0).data();
        assert_eq!(told(&now), told(before), "{when}");
    }
    ask(archive, &["verify"]).expect(0);
    judge_ledger(archive);
    for bag in files(&archive.join("store"))
        .iter()
        .filter(|f| f.ends_with("bag/bagit.txt"))
    {
        judge_bag(bag.parent().unwrap());
    }
    assert!(files(&archive.join("staging")).is_empty(), "{when}");
}

/// All words that the search index knows; it keeps them packed, where no search of bytes finds them.
fn terms(archive: &Path) -> Vec<String> {
    let db = rusqlite::Connection::open(archive.join("catalog.sqlite")).unwrap();
    db.execute_batch("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, search_index, row)")
        .unwrap();
    let mut terms = db.prepare("SELECT term FROM temp.terms").unwrap();
    let terms = terms.query_map([], |row| row.get(0)).unwrap();
    terms.map(Result::unwrap).collect()
}

/// A record as it is told, but for the bags that hold it.
fn told(record: &Value) -> Value {
    let mut told = record.clone();
    for version in told["history"].as_array_mut().into_iter().flatten() {
        version.as_object_mut().unwrap().remove("held");
    }
    told
}

fn kept(world: &World) -> BTreeMap<String, Value> {
    let staying = world.staying.iter();
    staying
        .map(|id| (id.clone(), world.archive.data(&["record", "show", id])))
        .collect()
}

/// Pictures in the archive by digest.
fn pictures(archive: &Path) -> Vec<String> {
    let media = files(&archive.join("store")).into_iter();
    let mut digests: Vec<String> = media
        .filter(|f| f.extension().is_some_and(|e| e == "png"))
        .map(|f| sha256(&f))
        .collect();
    digests.sort();
    digests.dedup();
    digests
}

#[test]
fn what_is_destroyed_is_in_no_byte_and_never_comes_back() {
    let world = World::new();
    let archive = &world.archive;
    let found = traces(archive.path(), &WORDS, &|_| false);
    assert!(
        WORDS.iter().all(|w| found.iter().any(|f| f.starts_with(w))),
        "{found:#?}"
    );
    let known = terms(archive.path());
    for word in WORDS.iter().filter(|word| **word != "vingspets") {
        assert!(
            known.iter().any(|term| term.starts_with(word)),
            "{word}: {known:?}"
        );
    }
    let before = kept(&world);
    let stays = pictures(archive.path());
    let id = world.approved();
    let report = archive
        .run(&["--json", "gallring", "execute", &id])
        .expect(0)
        .data();
    assert_eq!(
        (&report["records"], &report["pending"]),
        (&2.into(), &false.into()),
        "{report}"
    );
    holds(archive.path(), &world, &before, "executed");
    // The pictures of what stays are the same files; those of what went are not among them.
    let left = pictures(archive.path());
    assert_eq!(left.len(), 1, "{left:?} of {stays:?}");
    assert!(stays.contains(&left[0]));
    // The answers lost the entry, and nothing else.
    let raw: Vec<PathBuf> = files(&archive.path().join("store"))
        .into_iter()
        .filter(|f| f.to_string_lossy().contains("/raw/"))
        .collect();
    assert!(!raw.is_empty());
    for file in &raw {
        let text = fs::read_to_string(file).unwrap();
        assert!(
            text.contains("<guid isPermaLink=\"false\">i2</guid>") && text.ends_with("</rss>"),
            "{text}"
        );
    }
    // It is on the channel still, and in people's folders.
    archive.snapshot("blogg");
    archive.snapshot_with("blogg", 0, &["--full"]);
    archive.run(&["watch", "blogg"]).expect(0);
    let picture = archive.beside("vingspetsar.png");
    archive
        .run(&["import", "blogg", picture.to_str().unwrap()])
        .refuses(1, &["destroyed"]);
    holds(archive.path(), &world, &BTreeMap::new(), "read again");
    // Nor by another account of the same channel.
    archive.add_account("blogg2", "feed", &world.address, &[]);
    archive.snapshot("blogg2");
    let left = traces(archive.path(), &WORDS, &|_| false);
    assert!(left.is_empty(), "{left:#?}");
    let again = archive.run(&["gallring", "execute", &id]);
    again.refuses(1, &[&id, "carried out already"]);
}

#[test]
fn the_protocol_tells_all_but_what_stood_there() {
    let world = World::new();
    let id = world.approved();
    let report = world.archive.data(&["gallring", "execute", &id]);
    let file = PathBuf::from(word(&report["protocol"], "file"));
    if have("pdftotext") {
        let text = run(Command::new("pdftotext")
            .args(["-q", "-layout"])
            .arg(&file)
            .arg("-"))
        .stdout;
        for told in [
            "Gallringsprotokoll",
            "Kommunstyrelsen",
            "Enkla evenemang",
            "§ 12",
            "2026-01-02",
            "Anna Ek",
            "2026-01-05 – 2026-01-07",
            "Metod",
            "Underskrift",
            id.as_str(),
        ] {
            assert!(text.contains(told), "{told} is not in {text}");
        }
    } else {
        println!("SKIP: pdftotext is not here");
    }
    for flavour in ["1a", "ua1"] {
        world
            .archive
            .run(&["pdf", "check", file.to_str().unwrap(), "--flavour", flavour])
            .expect(0);
    }
    let list = fs::read_to_string(file.with_file_name("handlingar.csv")).unwrap();
    assert!(
        world.going.iter().all(|id| list.contains(id.as_str())),
        "{list}"
    );
}

#[test]
fn a_hold_that_comes_after_the_approval_stops_it() {
    let world = World::new();
    let id = world.approved();
    let hold = [
        "hold",
        "add",
        "--record",
        &world.going[0],
        "--reason",
        "begärd ut",
    ];
    world.archive.run(&hold).expect(0);
    let before = world.archive.state();
    world
        .archive
        .run(&["gallring", "execute", &id])
        .refuses(1, &[&id, "no longer the one"]);
    assert_eq!(world.archive.state(), before);
    let proposed = world
        .archive
        .data(&["gallring", "propose", "--committee", "Kommunstyrelsen"]);
    let unapproved = word(&proposed, "id");
    world
        .archive
        .run(&["gallring", "execute", unapproved])
        .refuses(1, &[unapproved, "not approved"]);
}

#[test]
fn a_damaged_bag_stops_it_and_once_mended_it_goes_on() {
    let world = World::new();
    let before = kept(&world);
    let id = world.approved();
    let bag = world.archive.bags().pop().unwrap();
    let harmed = bag.join("data/records.json");
    let sound = fs::read(&harmed).unwrap();
    let mut permissions = fs::metadata(&harmed).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o640);
    fs::set_permissions(&harmed, permissions).unwrap();
    fs::write(&harmed, b"{}").unwrap();
    world
        .archive
        .run(&["gallring", "execute", &id])
        .refuses(1, &["damaged"]);
    fs::write(&harmed, sound).unwrap();
    world.archive.run(&["gallring", "execute", &id]);
    holds(world.archive.path(), &world, &before, "mended");
}

#[test]
fn a_crash_at_any_step_is_gone_on_from() {
    let world = World::new();
    let before = kept(&world);
    let id = world.approved();
    let points = run(Command::new(env!("CARGO_BIN_EXE_arkivd")).arg("crash-points"))
        .expect(0)
        .stdout;
    let points: Vec<&str> = points
        .lines()
        .filter(|p| !p.contains("quarantine"))
        .collect();
    assert!(
        points.iter().filter(|p| p.contains("gallring::")).count() >= 9,
        "{points:?}"
    );
    // The first time a point is passed, and for those passed bag by bag also a later one.
    let again = [
        "gallring::bag::published",
        "gallring::bag::committed",
        "gallring::bag::removed",
        "store::publish::renamed",
    ];
    let again: Vec<String> = again.iter().map(|p| format!("{p}+1")).collect();
    let all = points.iter().map(|p| (*p).to_owned()).chain(again);
    for (n, point) in all.filter(|p| *p != "workflow::committed").enumerate() {
        let archive = world.archive.beside(&format!("crash-{n}"));
        copy(world.archive.path(), &archive);
        let mut armed = arkivd(&archive, &["gallring", "execute", &id]);
        let broken = run(armed.env("ARKIVD_CRASH_AT", &point));
        assert_eq!(broken.code, None, "{point} is not on the way: {broken}");
        // Whatever writes next goes on with it.
        let next = ask(&archive, &["account", "event", "blogg", "larger-change"]);
        assert_eq!(next.code, Some(0), "{point}: {next}");
        if ask(&archive, &["gallring", "show", &id]).data()["state"] == "approved" {
            ask(&archive, &["gallring", "execute", &id]).expect(0);
        }
        let shown = ask(&archive, &["gallring", "show", &id]).expect(0).data();
        assert_eq!(shown["state"], "executed", "{point}: {shown}");
        holds(&archive, &world, &before, &point);
        fs::remove_dir_all(&archive).unwrap();
    }
}
