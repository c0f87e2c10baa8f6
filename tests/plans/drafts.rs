//! Drafts: made from what the accounts hold, beside what is decided, and before what comes later.

use std::fs;

use crate::commands::{PLAN, archive, json, sql, write};
use crate::support::sites::DemoSite;
use crate::support::{Archive, account};

#[test]
fn a_draft_for_later_does_not_take_the_place_of_what_is_decided() {
    let archive = archive();
    let file = write(&archive, "1.toml", PLAN);
    archive.run(&["plan", "load", &file]).expect(0);
    let start = PLAN.find("[plan.decision]").unwrap();
    let end = PLAN.find("[[row]]").unwrap();
    let draft =
        format!("{}{}", &PLAN[..start], &PLAN[end..]).replace("valid_to = 2025-12-31\n", "");
    let file = write(&archive, "2.toml", &draft);
    let loaded = archive.run(&["plan", "load", &file]).expect(0);
    assert!(loaded.stderr.contains("it is a draft"), "{loaded}");
    assert_eq!(json(&archive, &["plan", "show"])["plan"]["number"], 1);
}

#[test]
fn a_draft_names_what_the_accounts_hold_and_passes_its_check() {
    let site = DemoSite::start();
    let archive = Archive::new();
    archive
        .run(&account("webb", "wordpress", &site.address, &[]))
        .expect(0);
    archive.run(&["snapshot", "webb"]).expect(0);
    let out = archive.beside("utkast.toml");
    let path = out.to_str().unwrap();
    let draft = [
        "plan",
        "draft",
        "--committee",
        "Kommunstyrelsen",
        "-o",
        path,
    ];
    let made = json(&archive, &draft);
    let text = fs::read_to_string(&out).unwrap();
    let count = |id: &str| {
        let rows = made["rows"].as_array().unwrap().iter();
        let row = rows
            .filter(|row| row["id"] == id)
            .flat_map(|row| row["accounts"].as_array().unwrap());
        row.map(|a| a["count"].as_u64().unwrap()).sum::<u64>()
    };
    let db = sql(&archive);
    let kept = |kind: &str| -> u64 {
        db.query_row(
            "SELECT count(*) FROM record WHERE kind = ?1",
            [kind],
            |row| row.get(0),
        )
        .unwrap()
    };
    assert_eq!(count("inlagg-egna"), kept("post"));
    assert!(kept("comment") > 0);
    assert_eq!(
        count("kommentarer-egna") + count("kommentarer-andras"),
        kept("comment")
    );
    let checked = archive.run(&["plan", "check", path]).expect(0);
    assert!(checked.stdout.contains("0 errors, 0 warnings"), "{checked}");
    assert!(
        !text.contains("gallras 2 år efter publicering\"\n"),
        "nothing is decided for the committee"
    );
    assert!(text.contains("committee = \"Kommunstyrelsen\""));
    archive.run(&["plan", "load", path]).expect(0);
    what_was_decided_stays(&archive, &text);
    archive.run(&draft).refuses(1, &["exists"]);
    archive
        .run(&["plan", "draft", "--committee", "Socialnämnden"])
        .refuses(1, &["Socialnämnden"]);
    let printed = archive
        .run(&["plan", "draft", "--committee", "Kommunstyrelsen"])
        .expect(0);
    assert_eq!(printed.stdout, text);
}

/// A record that was classified under one version is what that version says, whatever comes after (two versions).
fn what_was_decided_stays(archive: &Archive, text: &str) {
    let db = sql(archive);
    db.execute(
        "INSERT INTO classification (record, plan_row, actor, at)
         SELECT min(n), (SELECT n FROM plan_row WHERE plan = 1 AND id = 'inlagg-egna'), 'x', '2026-11-21T12:00:00Z'
         FROM record WHERE kind = 'post'",
        [],
    )
    .unwrap();
    drop(db);
    let next = text.replace(
        "archive = \"bevaras\"",
        "archive = \"gallras vid inaktualitet\"",
    );
    let next = write(archive, "nasta.toml", &next);
    archive.run(&["plan", "load", &next]).expect(0);
    assert_eq!(json(archive, &["plan", "show"])["plan"]["number"], 2);
    let (plan, row): (i64, String) = sql(archive)
        .query_row(
            "SELECT r.plan, r.id FROM classification c JOIN plan_row r ON r.n = c.plan_row",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!((plan, row.as_str()), (1, "inlagg-egna"));
    let catalog = arkivd::catalog::Catalog::open(
        &archive.path().join("catalog.sqlite"),
        arkivd::catalog::Access::Read,
    )
    .unwrap();
    let kept = catalog.plan(plan).unwrap();
    assert!(
        kept.rows
            .iter()
            .all(|row| row.copies.archive == arkivd::retention::Fate::Preserve)
    );
    let day = "2199-01-01".parse().unwrap();
    let holds = catalog.plan_on("Kommunstyrelsen", day).unwrap().unwrap();
    assert_eq!(
        (holds.number, holds.decided),
        (2, arkivd::retention::Decided::No)
    );
    assert_eq!(catalog.plan_on("Socialnämnden", day).unwrap(), None);
    let rows = catalog.plan_rows(2).unwrap();
    assert_eq!(rows.len(), holds.plan.rows.len());
}
