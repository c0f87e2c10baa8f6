//! The timetable by the command line: schedules listed, told ahead and run by hand, and files that say what is wrong in
//! them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use support::hostile::{http, serve};
use support::{Archive, run};

const FEED: &str = "<?xml version='1.0'?><rss version='2.0'><channel><title>Nytt</title>
<link>http://a.example/</link><description>x</description>
<item><guid>http://a.example/1</guid><title>Ett</title><pubDate>Sat, 21 Nov 2026 10:00:00 GMT</pubDate>
<description>Snön faller.</description></item></channel></rss>";

fn feed() -> String {
    serve(|path| match path {
        "/borta" => http("404 Not Found", "text/html", "nix"),
        _ => http("200 OK", "application/rss+xml", FEED),
    })
}

fn schedule(id: &str, what: &str, cron: &str, accounts: &str) -> String {
    format!(
        "[[schedule]]\nid = \"{id}\"\nwhat = \"{what}\"\ncron = \"{cron}\"\naccounts = {accounts}\nfull = false\n\
         requirement = \"LED-3\"\nsource = \"KS 2026 § 1\"\nquote = \"ska arkiveras\"\nnote = \"Varje natt.\"\n\n"
    )
}

/// Writes a schedule file of the archive.
fn write(archive: &Archive, name: &str, text: &str) {
    std::fs::write(archive.path().join("schedules").join(name), text).unwrap();
}

#[test]
fn a_new_archive_lists_its_profiles_schedules() {
    let archive = Archive::new();
    let list = archive.run(&["schedule", "list"]).expect(0);
    let lines: Vec<&str> = list.stdout.lines().collect();
    assert!(lines[0].starts_with("ID "), "{list}");
    assert!(
        lines[1].starts_with("halvar-poster  snapshot, full  0 3 1 1,7 *  all (0)"),
        "{list}"
    );
    assert!(lines[1].ends_with("never"), "{list}");
    // The first of January or July, at three by a Swedish clock, whatever the year this runs.
    assert!(lines[1].contains("-01 03:00"), "{list}");
    assert!(lines[2].contains("page, full"), "{list}");
    assert!(lines[2].ends_with("never"), "{list}");
    let next = archive.run(&["schedule", "next"]).expect(0);
    assert!(
        next.stderr
            .contains("hint: no schedule has a registered account"),
        "{next}"
    );
    assert_eq!(next.stdout.lines().count(), 1, "{next}");
}

#[test]
fn ticks_to_come_stand_in_order_over_all_schedules() {
    let archive = Archive::new();
    write(
        &archive,
        "tibro.toml",
        &[
            schedule("natt", "snapshot", "0 3 * * *", "\"all\""),
            schedule("kvart", "snapshot", "*/15 * * * *", "[\"b\"]"),
            schedule("titt", "watch", "0 * * * *", "\"all\""),
        ]
        .concat(),
    );
    // A second file, and what an editor leaves beside it.
    write(
        &archive,
        "mer.toml",
        &schedule("arlig", "snapshot", "0 0 1 1 *", "[\"a\"]"),
    );
    write(&archive, "mer.toml~", "nonsens");
    write(&archive, ".mer.toml", "nonsens");
    let address = feed();
    archive.add_account("a", "feed", &address, &[]);
    archive.add_account("b", "feed", &address, &[]);
    let data = archive.data(&["schedule", "next", "--limit", "200"]);
    let ticks = data["ticks"].as_array().unwrap();
    assert_eq!(ticks.len(), 200);
    let times: Vec<&str> = ticks.iter().map(|t| t["tick"].as_str().unwrap()).collect();
    assert!(times.is_sorted());
    let of = |id: &str| {
        ticks
            .iter()
            .filter(|t| t["schedule"] == id)
            .collect::<Vec<_>>()
    };
    assert!(of("kvart").len() > 150 && of("titt").len() > 30);
    assert_eq!(of("natt")[0]["accounts"], serde_json::json!(["a", "b"]));
    assert!(
        of("kvart")
            .iter()
            .all(|t| t["accounts"] == serde_json::json!(["b"]))
    );
    let listed = archive.data(&["schedule", "list"]);
    let ids: Vec<&str> = listed["schedules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["arlig", "natt", "kvart", "titt"]);
    let human = archive.run(&["schedule", "next", "--limit", "2"]).expect(0);
    assert_eq!(human.stdout.lines().count(), 3, "{human}");
    assert!(human.stdout.contains("kvart     snapshot  b"), "{human}");
}

#[test]
fn a_schedule_is_run_by_hand_for_its_own_accounts() {
    let archive = Archive::new();
    let address = feed();
    for id in ["a", "b"] {
        archive.add_account(id, "feed", &address, &[]);
    }
    archive.add_account("borta", "feed", &format!("{address}borta"), &[]);
    write(
        &archive,
        "tibro.toml",
        &[
            schedule(
                "natt",
                "snapshot",
                "0 3 * * *",
                "[\"a\", \"borta\", \"okand\"]",
            ),
            schedule("vakt", "watch", "0 3 * * *", "\"all\""),
        ]
        .concat(),
    );
    let taken = archive.run(&["schedule", "run", "natt"]).expect(3);
    assert!(taken.stdout.contains("a: sealed, 1 new"), "{taken}");
    assert!(taken.stderr.contains("error: account borta: "), "{taken}");
    assert!(!taken.stdout.contains("b: "), "it is for a alone: {taken}");
    let list = archive.data(&["schedule", "list"]);
    let natt = &list["schedules"][0];
    assert!(natt["last_done"].is_string(), "{natt:#}");
    assert_eq!(natt["unknown_accounts"], serde_json::json!(["okand"]));
    let account = archive.data(&["account", "show", "a"]);
    assert_eq!(account["last_capture"]["reason"], "scheduled");
    let warned = archive.run(&["schedule", "list"]).expect(0);
    assert!(
        warned
            .stderr
            .contains("schedule natt names account okand, which is not registered"),
        "{warned}"
    );
    let status = archive.run(&["status"]).expect(5);
    assert!(
        status.stdout.contains("schedule natt names account okand"),
        "{status}"
    );
    assert!(
        status.stdout.contains("next by schedule: ")
            && status.stdout.contains("03:00 (natt, vakt)"),
        "{status}"
    );
    let watched = archive.run(&["schedule", "run", "vakt"]).expect(3);
    assert!(watched.stdout.contains("a: nothing new"), "{watched}");
    assert!(watched.stdout.contains("b: 1 new"), "{watched}");
    archive
        .run(&["schedule", "run", "nat"])
        .refuses(1, &["schedule \"nat\" is not in"]);
}

#[test]
fn a_crash_leaves_a_capture_counted_or_not_taken() {
    let archive = Archive::new();
    archive.add_account("a", "feed", &feed(), &[]);
    write(
        &archive,
        "tibro.toml",
        &schedule("natt", "snapshot", "0 3 * * *", "\"all\""),
    );
    let done = || archive.data(&["schedule", "list"])["schedules"][0]["last_done"].clone();
    for (point, counted) in [
        ("store::seal::written", false),
        ("store::publish::synced", false),
        ("workflow::committed", true),
    ] {
        let crashed = run(archive
            .command(&["schedule", "run", "natt"])
            .env("ARKIVD_CRASH_AT", point));
        assert_eq!(crashed.code, None, "{point} was not passed: {crashed}");
        // The next writer repairs what there is to repair.
        archive
            .run(&["account", "edit", "a", "--purpose", point])
            .expect(0);
        assert_eq!(done().is_string(), counted, "{point}");
    }
    archive.run(&["verify"]).expect(0);
}

/// Writes text as the schedules, and reads what `schedule list` says of it.
#[track_caller]
fn refused(archive: &Archive, text: &str, says: &str) {
    write(archive, "tibro.toml", text);
    for command in [["schedule", "list"], ["schedule", "next"]] {
        let output = archive.run(&command);
        output.refuses(1, &["schedules/tibro.toml:"]);
        let said = output.stderr.split_once("tibro.toml").unwrap().1;
        assert!(said.starts_with(says), "wanted {says}\n{output}");
    }
}

#[test]
fn a_file_with_an_error_says_line_column_and_what_was_meant() {
    let archive = Archive::new();
    let good = schedule("natt", "snapshot", "0 3 * * *", "\"all\"");
    let with = |from: &str, to: &str| good.replacen(from, to, 1);
    for (text, says) in [
        (
            with("0 3 * * *", "0 3 * * 1"),
            ":4:8: schedule.cron: cron \"0 3 * * 1\": weekday \"1\": write it by name",
        ),
        (
            with("0 3 * * *", "0 24 * * *"),
            ":4:8: schedule.cron: cron \"0 24 * * *\": hour \"24\" is not within 0 to 23: did you mean \"0\"?",
        ),
        (
            with("what", "wat"),
            ":3:1: schedule.wat: unknown field `wat`: did you mean `what`?",
        ),
        (
            with("snapshot", "snapshots"),
            ":3:8: schedule.what: unknown variant `snapshots`: did you mean `snapshot`?",
        ),
        (with("full = false", "full = nej"), ":6:8: "),
        (with("\"natt\"", "\"natt"), ":2:"),
        (
            with("\"all\"", "[\"Blogg\"]"),
            ":5:12: schedule.accounts: account id \"Blogg\"",
        ),
        (
            good.repeat(2),
            ":13:6: schedule.id: id \"natt\" stands twice: also in ",
        ),
    ] {
        refused(&archive, &text, says);
    }
    write(&archive, "tibro.toml", &with("0 3 * * *", "0 3 * * 1-5"));
    let output = archive.run(&["schedule", "list"]);
    assert!(
        output.stderr.contains("did you mean \"mon-fri\"?"),
        "{output}"
    );
    // The archive itself is not stopped by it, and says so.
    let status = archive.run(&["status"]).expect(5);
    assert!(
        status.stdout.contains("the schedules cannot be read: "),
        "{status}"
    );
    write(&archive, "tibro.toml", &good);
    write(&archive, "annan.toml", &good);
    let output = archive.run(&["schedule", "list"]);
    output.refuses(
        1,
        &[
            "tibro.toml:2:6: schedule.id: id \"natt\" stands twice: also in ",
            "annan.toml:2:6",
        ],
    );
}

#[test]
fn an_archive_without_schedules_says_where_they_are_written() {
    let archive = Archive::new();
    std::fs::remove_dir_all(archive.path().join("schedules")).unwrap();
    let list = archive.run(&["schedule", "list"]).expect(0);
    assert!(
        list.stderr.contains("hint: schedules are written in"),
        "{list}"
    );
    let next = archive.run(&["schedule", "next"]).expect(0);
    assert!(
        next.stderr.contains("hint: there are no schedules"),
        "{next}"
    );
}
