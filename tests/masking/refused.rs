//! What is not masked or handed out, and what is left of it: nothing.

use std::process::Command;

use super::support::hostile::{http, serve};
use super::support::{Archive, lines, run};

const FEED: &str = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Tibro</title><link>http://x.example/</link><description>d</description>
    <item><title>Hej</title><link>http://x.example/1</link><guid>1</guid><pubDate>Fri, 20 Nov 2026 08:15:00 +0100</pubDate>
    <description>Ring Karl Qvist 070-1234567.</description></item></channel></rss>";

/// An archive with one record in one request; the request and the record.
fn asked() -> (Archive, String, String) {
    let site = serve(|_| http("200 OK", "application/rss+xml", FEED));
    let archive = Archive::new();
    archive.add_account("blogg", "feed", &site, &[]);
    archive.snapshot("blogg");
    let records = lines(&archive.run(&["--json", "record", "list"]).expect(0));
    let id = records[0]["record"].as_str().unwrap().to_owned();
    let shown = archive.data(&["account", "show", "blogg"]);
    let committee = shown["account"]["committee"]
        .as_str()
        .unwrap_or("Kommunstyrelsen");
    let open = [
        "disclosure",
        "open",
        "--scope",
        "allt",
        "--committee",
        committee,
        &id,
    ];
    let case = archive.data(&open)["designation"]
        .as_str()
        .unwrap()
        .to_owned();
    (archive, case, id)
}

#[test]
fn a_mask_that_cannot_be_laid_is_told() {
    let (archive, case, id) = asked();
    let mask =
        |more: &[&str]| archive.run(&[&["disclosure", "mask", &case, &id][..], more].concat());
    mask(&["--words", "Karl", "--osl", "GDPR"]).refuses(1, &["GDPR"]);
    mask(&["--words", "Sven", "--osl", "21:7"]).refuses(1, &[&id]);
    mask(&["--words", " ! ", "--osl", "21:7"]).refuses(1, &[" ! "]);
    mask(&["--pattern", "(", "--osl", "21:7"]).refuses(1, &["("]);
    mask(&["--pattern", "x*", "--osl", "21:7"]).refuses(1, &["x*"]);
    mask(&["--medium", "3", "--osl", "21:7"]).refuses(1, &["3"]);
    mask(&["--region", "1:a", "--osl", "21:7"]).refuses(2, &["1:a"]);
    mask(&["--words", "Karl"]).refuses(2, &["--osl"]);
    archive
        .run(&["disclosure", "unmask", &case, "7"])
        .refuses(1, &["7"]);
}

#[test]
fn nothing_is_left_of_what_was_not_handed_out() {
    let (archive, case, id) = asked();
    let out = |name: &str| archive.beside(name).display().to_string();
    let deliver = |form: &str, to: &str| {
        archive.run(&["disclosure", "deliver", &case, "--form", form, "-o", to])
    };
    deliver("papper", &out("a.pdf")).refuses(1, &[&case, "not reviewed"]);
    let mask = [
        "disclosure",
        "mask",
        &case,
        &id,
        "--words",
        "Karl Qvist",
        "--osl",
        "21:7",
    ];
    archive.run(&mask).expect(0);
    deliver("papper", &out("a.txt")).refuses(1, &["a.txt"]);
    deliver("på-stället", &out("a.zip")).refuses(1, &["a.zip"]);
    deliver("digitalt", &out("a.pdf")).refuses(1, &["a.pdf"]);
    deliver("fax", &out("a.pdf")).refuses(2, &["fax"]);
    deliver("papper", &out("saknas/a.pdf")).expect(1);
    std::fs::write(archive.beside("b.pdf"), "mitt").unwrap();
    deliver("papper", &out("b.pdf")).expect(1);
    assert_eq!(std::fs::read(archive.beside("b.pdf")).unwrap(), b"mitt");
    let shown = archive.data(&["disclosure", "show", &case]);
    assert_eq!(
        shown["steps"].as_array().unwrap().len(),
        0,
        "nothing is noted of it"
    );
    assert!(!archive.beside("a.pdf").exists() && !archive.beside("a.zip").exists());
    let left = std::fs::read_dir(archive.beside("")).unwrap();
    let name =
        |e: std::io::Result<std::fs::DirEntry>| e.unwrap().file_name().into_string().unwrap();
    assert_eq!(
        left.map(name)
            .filter(|n| n.starts_with(".arkivd-export"))
            .count(),
        0
    );
}

#[test]
fn two_at_once_are_each_whole_or_told_that_it_is_busy() {
    let (archive, case, id) = asked();
    let mask = [
        "disclosure",
        "mask",
        &case,
        &id,
        "--words",
        "Karl",
        "--osl",
        "21:7",
    ];
    archive.run(&mask).expect(0);
    let codes: Vec<(&str, Option<i32>)> = std::thread::scope(|scope| {
        let begin = |name: &'static str| {
            let to = archive.beside(name).display().to_string();
            let args = [
                "disclosure",
                "deliver",
                &case,
                "--form",
                "digitalt",
                "-o",
                &to,
            ];
            let mut command: Command = archive.command(&args);
            scope.spawn(move || (name, run(&mut command).code))
        };
        let begun = ["1.zip", "2.zip", "3.zip"].map(begin);
        begun.map(|b| b.join().unwrap()).into()
    });
    let mut done = 0;
    for (name, code) in codes {
        assert!(matches!(code, Some(0 | 6)), "{name}: {code:?}");
        assert_eq!(archive.beside(name).exists(), code == Some(0), "{name}");
        done += usize::from(code == Some(0));
    }
    assert!(done > 0);
    let steps = archive.data(&["disclosure", "show", &case]);
    assert_eq!(steps["steps"].as_array().unwrap().len(), done);
}
