//! The forms of a report: table, JSON, CSV and PDF/A, as the command gives them.

use arkivd::record::Kind;
use arkivd::workflow::{Paper, ReportName, ReportRequest, typeset_report};

use super::made::Made;
use super::support::Archive;

const ALL: [&str; 7] = [
    "unanswered",
    "activity",
    "oversight",
    "changes",
    "information",
    "alt-text",
    "letter",
];

#[test]
fn every_report_has_every_form() {
    let archive = Archive::new();
    archive.add_account("blogg", "feed", "http://127.0.0.1:9/", &[]);
    for name in ALL {
        let table = archive.run(&["report", name]).expect(0);
        assert!(!table.stdout.is_empty());
        let csv = archive
            .run(&["report", name, "--format", "csv"])
            .expect(0)
            .stdout;
        let mut lines = csv.strip_prefix('\u{feff}').unwrap().split("\r\n");
        assert!(lines.next().unwrap().contains(';'), "{csv}");
        let out = archive.beside(&format!("{name}.pdf"));
        let path = out.to_str().unwrap();
        archive
            .run(&["report", name, "--format", "pdf", "-o", path])
            .expect(0);
        archive.run(&["pdf", "check", path]).expect(0);
        archive
            .run(&["report", name, "--format", "pdf", "-o", path])
            .refuses(1, &[path, "exists already"]);
    }
}

#[test]
fn what_does_not_go_together_is_refused() {
    let archive = Archive::new();
    archive
        .run(&["report", "activity", "--format", "pdf"])
        .refuses(2, &["-o FILE.pdf"]);
    archive
        .run(&["report", "activity", "-o", "x"])
        .refuses(2, &["table"]);
    archive
        .run(&["report", "activity", "--account", "okand"])
        .refuses(1, &["okand"]);
    archive
        .run(&[
            "report",
            "changes",
            "--from",
            "2026-11-02",
            "--to",
            "2026-11-01",
        ])
        .refuses(2, &["2026-11-02"]);
    archive
        .run(&["--json", "report", "activity", "--format", "csv"])
        .expect(2);
}

#[test]
fn what_a_report_cannot_heed_is_refused() {
    let archive = Archive::new();
    archive.add_account("blogg", "feed", "http://127.0.0.1:9/", &[]);
    let day = "2026-11-02";
    archive
        .run(&["report", "letter", "--from", day])
        .refuses(2, &[day, "--to DAY"]);
    archive
        .run(&["report", "activity", "--limit", "1"])
        .refuses(2, &["--limit", "unanswered"]);
    archive
        .run(&["report", "information", "--to", day])
        .refuses(2, &[day]);
    archive
        .run(&["account", "oversee", "blogg", "--day", "2020-01-01"])
        .refuses(2, &["blogg", "2020-01-01", "registered"]);
    let known = archive
        .run(&["--json", "account", "show", "blogg"])
        .expect(0);
    let known = known.json()["data"]["committee"]
        .as_str()
        .unwrap()
        .to_owned();
    archive
        .run(&["report", "unanswered", "--committee", "Finns inte"])
        .refuses(1, &["Finns inte", &known]);
    archive
        .run(&["report", "unanswered", "--committee", &known.to_uppercase()])
        .refuses(1, &[&format!("--committee {known:?}")]);
    archive
        .run(&["report", "unanswered", "--committee", &known])
        .expect(0);
    let help = archive.run(&["account", "add", "--help"]).expect(0);
    assert!(help.stdout.contains("mastodon"), "{}", help.stdout);
}

#[test]
fn a_report_is_typeset_whatever_people_wrote() {
    let made = Made::new("tibro");
    let post = made.add(
        "blogg",
        Kind::Post,
        None,
        "2026-11-02T08:00:00Z",
        "Ekhamra kommun",
        "Hej",
    );
    let long = "ordetutanslut".repeat(400);
    for text in [
        "=HYPERLINK(\"http://x\")?",
        "مرحبا؟ hur gör man?",
        "👩\u{200d}🚒🔥 när öppnar ni?",
        &format!("{long}?"),
        "\u{202e}eller vad kostar det?",
    ] {
        made.add(
            "blogg",
            Kind::Comment,
            Some(&post),
            "2026-11-16T09:00:00Z",
            "Bo\u{0}\u{1b}[2J",
            text,
        );
    }
    let mut paper = Paper::default();
    made.write(
        ReportName::Unanswered,
        &ReportRequest::default(),
        &mut paper,
    );
    let part = typeset_report(&paper, "Ekhamra kommun").unwrap();
    assert_eq!(part.level(), "PDF/A-1a, PDF/UA-1");
}
