//! inbox/otillåtet/: what an editor drops opens a case, and the answer lies beside it and follows it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::site::{Site, archive, mark, show};
use crate::support::brought::png;
use crate::support::daemon::{Daemon, events};

const PATIENCE: Duration = Duration::from_secs(300);

#[track_caller]
fn until<T>(what: &str, is: impl Fn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = is() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The text of the answer to what was dropped under that name.
fn answer(folder: &Path, name: &str) -> Option<String> {
    let mut all: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .map(|e| e.unwrap().path())
        .collect();
    all.sort();
    let of = |p: &&PathBuf| {
        let told = p.file_name().unwrap().to_string_lossy().into_owned();
        told.starts_with(name) && told.ends_with(".svar.txt")
    };
    fs::read_to_string(all.iter().find(of)?).ok()
}

#[track_caller]
fn says(folder: &Path, name: &str, words: &str) -> String {
    until(&format!("{words:?} in the answer to {name}"), || {
        answer(folder, name).filter(|text| text.contains(words))
    })
}

#[test]
fn what_is_dropped_opens_a_case_and_the_answer_follows_it() {
    let site = Site::start();
    let threat = site.publish("hot", "Jag ska komma hem till dig.", 1);
    let archive = archive("tibro", &site);
    archive.configure("\n[inbox]\nseconds = 1\n");
    let folder = archive.path().join("inbox/otillåtet");
    assert!(folder.join("LÄSMIG.txt").exists(), "init made it");
    let hets = folder.join("hets");
    fs::create_dir(&hets).unwrap();
    let mut daemon = Daemon::start(&archive);
    let put = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
    put(
        "länk.url",
        format!("[InternetShortcut]\r\nURL={threat}\r\n").as_bytes(),
    );
    put("bild.png", &png(40, 30, 1));
    put(
        "hets/ord.txt",
        "Ett \u{1F4A3} hot mot en grupp, ord för ord.".as_bytes(),
    );
    put(
        "nöd.txt",
        format!("kategori: nödrop\n{threat}\n").as_bytes(),
    );
    let first = says(&folder, "länk.url", "FÅR DÖLJAS");
    assert!(
        first.contains("Ska vara dolt senast") && first.contains("\r\n"),
        "{first}"
    );
    says(&folder, "nöd.txt", "RING 112 FÖRST");
    says(&folder, "bild.png", "Sparat i arkivet");
    says(&hets, "ord.txt", "Sparat i arkivet");
    let linked = says(&folder, "länk.url", "Sparat i arkivet");
    assert!(
        linked.contains("TIB-13") || linked.contains("diarieföras"),
        "the rule: {linked}"
    );
    let done: Vec<PathBuf> = crate::support::files(&folder.join("done"));
    assert_eq!(done.len(), 4, "{done:?}");
    assert!(!folder.join("länk.url").exists());

    let listed = archive.run(&["--json", "removal", "list"]).expect(0).data();
    let cases = listed["cases"].as_array().unwrap().clone();
    assert_eq!(cases.len(), 4);
    let link = cases.iter().find(|c| {
        let shown = show(&archive, &c["case"].to_string());
        shown["objects"][0]["address"] == threat.as_str() && shown["category"] == "oklar"
    });
    let case = link.unwrap()["case"].to_string();
    mark(&archive, &[&case, "hidden"]);
    says(&folder, "länk.url", "DOLT.");
    mark(&archive, &[&case, "registered=KS 2026/9"]);
    says(&folder, "länk.url", "FÅR RADERAS.");
    mark(&archive, &[&case, "deleted"]);
    says(&folder, "länk.url", "RADERAT.");
    archive
        .run(&["removal", "close", &case])
        .refuses(1, &["category"]);
    mark(&archive, &[&case, "category=fortal"]);
    archive.run(&["removal", "close", &case]).expect(0);
    says(&folder, "länk.url", "ÄRENDET ÄR AVSLUTAT");
    // The words that were dropped are a record that not everyone may see.
    let records = archive.records(&[]);
    let words = records
        .iter()
        .find(|r| r["text"].as_str().unwrap().contains("mot en grupp"));
    assert_ne!(words.unwrap()["visibility"], "public");
    assert_eq!(daemon.end().0, Some(0));
    archive.run(&["verify"]).expect(0);
}

#[test]
fn an_answer_never_says_both_that_it_may_be_deleted_and_that_it_may_not() {
    let site = Site::start();
    let threat = site.publish("hot", "Jag ska komma hem till dig.", 1);
    let archive = archive("falkoping", &site);
    archive.configure("\n[inbox]\nseconds = 1\n");
    let folder = archive.path().join("inbox/otillåtet");
    let mut daemon = Daemon::start(&archive);
    fs::write(
        folder.join("hot.txt"),
        format!("kategori: hets\n{threat}\n"),
    )
    .unwrap();
    let answers = until("the gate to open", || {
        let text = answer(&folder, "hot.txt")?;
        let both = text.contains("Radera inte") && text.contains("Allt som krävs");
        assert!(!both, "{text}");
        text.contains("Allt som krävs").then_some(text)
    });
    assert!(answers.contains("FÅR DÖLJAS ELLER RADERAS."), "{answers}");
    mark(&archive, &["1", "hidden"]);
    says(&folder, "hot.txt", "FÅR RADERAS. Det får också");
    assert_eq!(daemon.end().0, Some(0));
}

#[test]
fn hostile_files_stand_and_child_abuse_material_is_left_alone() {
    let site = Site::start();
    site.publish("x", "y", 1);
    let archive = archive("vara", &site);
    archive.configure("\n[inbox]\nseconds = 1\n");
    let folder = archive.path().join("inbox/otillåtet");
    let put = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
    let secret = archive.beside("hemlig.txt");
    fs::write(&secret, "https://annan.example/hemligt").unwrap();
    std::os::unix::fs::symlink(&secret, folder.join("länk.txt")).unwrap();
    fs::create_dir(folder.join("barnpornografi")).unwrap();
    put("barnpornografi/bild.png", &png(40, 30, 3));
    put(
        "övergrepp.txt",
        format!("kategori: Barnpornografi\n{}\n", site.at("x")).as_bytes(),
    );
    put("skräp.bin", &[0xfe; 5000]);
    put("tom.txt", b"");
    put("skript.url", b"URL=javascript:alert(1)");
    put("annan.txt", b"https://annan.example/y");
    put("fel.toml", b"hej = ");
    put("fel.png", &png(40, 30, 4));
    put("rätt.txt", site.at("x").as_bytes());
    put(&"l".repeat(250), b"\xff\xfe\x00\xd8");
    let mut daemon = Daemon::start(&archive);
    says(&folder, "rätt.txt", "Sparat i arkivet");
    for (name, words) in [
        ("övergrepp.txt", "SPARA INTE"),
        ("skräp.bin", "varken en länk"),
        ("tom.txt", "filen är tom"),
        ("skript.url", "ingen sida"),
        ("fel.png", "går inte att tolka"),
        ("annan.txt", "vilket konto"),
    ] {
        let text = says(&folder, name, words);
        assert!(folder.join(name).exists(), "{name} is left where it was");
        assert!(
            text.contains("DÖLJ") || text.contains("Dölj"),
            "{name}: {text}"
        );
    }
    says(&folder.join("barnpornografi"), "bild.png", "114 14");
    assert!(folder.join("barnpornografi/bild.png").exists());
    let cases = archive.run(&["--json", "removal", "list"]).expect(0).data();
    assert_eq!(
        cases["cases"].as_array().unwrap().len(),
        1,
        "rätt.txt alone: {cases}"
    );
    assert_eq!(
        fs::read_to_string(&secret).unwrap(),
        "https://annan.example/hemligt"
    );
    let told = events(&archive);
    let refused = told.iter().filter(|(_, verb, _)| verb == "removal refused");
    assert!(refused.count() >= 2);
    // A file that is mended is taken.
    put("tom.txt", site.at("x").as_bytes());
    says(&folder, "tom.txt - ", "FÅR DÖLJAS");
    assert!(!folder.join("tom.txt.svar.txt").exists());
    assert_eq!(daemon.end().0, Some(0));
}

#[test]
fn a_daemon_that_is_killed_goes_on_where_it_was() {
    let site = Site::start();
    let archive = archive("falkoping", &site);
    archive.configure("\n[inbox]\nseconds = 1\n");
    let folder = archive.path().join("inbox/otillåtet");
    for n in 0..4 {
        fs::write(folder.join(format!("b{n}.png")), png(40, 30, n)).unwrap();
    }
    let mut daemon = Daemon::start(&archive);
    until("the first answer", || answer(&folder, "b0.png"));
    daemon.signal("KILL");
    daemon.end();
    let mut daemon = Daemon::start(&archive);
    for n in 0..4 {
        says(&folder, &format!("b{n}.png"), "Sparat i arkivet");
    }
    let cases = archive.run(&["--json", "removal", "list"]).expect(0).data();
    assert_eq!(cases["cases"].as_array().unwrap().len(), 4, "{cases}");
    assert_eq!(daemon.end().0, Some(0));
}

#[test]
fn one_file_is_of_one_committee() {
    let site = Site::start();
    let (ks, soc) = (site.publish("a", "x", 1), site.publish("soc/b", "y", 1));
    let archive = archive("falkoping", &site);
    archive.configure("\n[inbox]\nseconds = 1\n");
    let address = site.at("soc/");
    let add = "account add soc --platform web --committee Socialnämnden --purpose dialog --audience alla --responsible Anna --address";
    let mut add: Vec<&str> = add.split(' ').collect();
    add.push(&address);
    archive.run(&add).expect(0);
    let folder = archive.path().join("inbox/otillåtet");
    fs::write(
        folder.join("två.txt"),
        format!("konto: blogg\n{ks}\n{soc}\n"),
    )
    .unwrap();
    fs::write(folder.join("en.txt"), format!("konto: blogg\n{soc}\n")).unwrap();
    let mut daemon = Daemon::start(&archive);
    says(
        &folder,
        "två.txt",
        "flera nämnder: Kommunstyrelsen, Socialnämnden",
    );
    says(&folder, "en.txt - ", "FÅR DÖLJAS");
    let case = show(&archive, "1");
    assert_eq!(case["committee"], "Socialnämnden", "{case}");
    assert_eq!(case["objects"][0]["account"], "soc", "{case}");
    assert_eq!(daemon.end().0, Some(0));
}
