//! The life of a request: what it finds, what is reviewed anew, the decision, the appeal, the end.

use std::sync::atomic::Ordering;

use crate::desk::{BN, Desk, KS, about, today};

#[test]
fn a_request_goes_from_its_search_to_the_end_of_the_appeal() {
    let desk = Desk::new();
    let opened = desk.judged(
        0,
        &[
            "open",
            "--committee",
            KS,
            "--scope",
            "Allt om snöröjningen",
            "--words",
            "snöröjning*",
        ],
    );
    let case = opened.data();
    assert_eq!(
        case["designation"].as_str().unwrap(),
        format!("U-{}-0001", &today()[..4])
    );
    assert_eq!(case["counts"]["records"], 2, "{case}");
    assert!(
        opened.stdout.contains(&format!("2 records lie with {BN}")),
        "{opened}"
    );
    let [first, second] = <[String; 2]>::try_from(about(&case)).unwrap();
    // Neither a name nor a reason was asked for.
    assert_eq!(case["requester_kept"], false);

    desk.done(&["review", "u-2026-1", &first, "--release"]);
    desk.run(&["refuse", "u-2026-1", "--answer"])
        .refuses(1, &["not reviewed"]);
    let reviewed = desk.done(&[
        "review",
        "u-2026-1",
        &second,
        "--withhold",
        "osl 21:7",
        "--reason",
        "Uppgifterna kan antas behandlas i strid.",
    ]);
    assert_eq!(reviewed["about"][1]["provision"], "21 kap. 7 § OSL");
    let answer = desk.done(&["refuse", "u-2026-1", "--answer"]);
    let text = answer["text"].as_str().unwrap();
    for told in [
        "1 handling lämnas ut i sin helhet.",
        "1 handling lämnas inte ut.",
        "21 kap. 7 § OSL",
        "Uppgifterna kan antas behandlas i strid.",
        "6 kap. 3 §",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    // The letter tells nothing of what stands in the record.
    assert!(!text.contains("klar"), "{text}");
    let today = today();
    desk.done(&["mark", "u-2026-1", &format!("answered={today}")]);

    desk.configured();
    let pdf = desk.archive.beside("beslut.pdf");
    let pdf = pdf.to_str().unwrap();
    let decide = ["refuse", "u-2026-1", "--decision", "--delegate", "anna ek"];
    let draft = desk.done(&[&decide[..], &["-o", pdf]].concat());
    assert!(draft["bag"].is_null(), "{draft}");
    desk.archive.run(&["pdf", "check", pdf]).expect(0);
    desk.run(&["mark", "u-2026-1", &format!("served={today}")])
        .refuses(1, &["no decision"]);
    let sealed = desk.done(&[&decide[..], &["--seal"]].concat());
    let text = sealed["text"].as_str().unwrap();
    for told in [
        "Anna Ek",
        "§ 4.2",
        "tre veckor",
        "Kammarrätten i Göteborg",
        "lämnas till Kommunstyrelsen",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let bag = sealed["bag"].as_str().unwrap();
    desk.archive.run(&["verify", bag]).expect(0);
    desk.run(&[&decide[..], &["--seal"]].concat())
        .refuses(1, &["decided already"]);

    let served = desk.done(&["mark", "u-2026-1", &format!("served={today}")]);
    let last: chrono::NaiveDate = served["decisions"][0]["served"]["last_day"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let day: chrono::NaiveDate = today.parse().unwrap();
    assert!((21..=27).contains(&(last - day).num_days()), "{served}");
    desk.run(&["close", "u-2026-1", "--reason", "nöjd"])
        .refuses(1, &["can be appealed until", &last.to_string()]);
    desk.done(&["mark", "u-2026-1", &format!("appealed={today}")]);
    desk.run(&["close", "u-2026-1", "--reason", "nöjd"])
        .refuses(1, &["the court has not answered"]);
    desk.done(&["mark", "u-2026-1", "upheld=mål 1234-26"]);
    // The kammarrätt's judgment can be appealed too.
    let close = || desk.run(&["close", "u-2026-1", "--reason", "nöjd"]);
    close().refuses(
        1,
        &["when the requester got its judgment", "judgment-served=DAY"],
    );
    desk.run(&["mark", "u-2026-1", &format!("appealed-further={today}")])
        .refuses(1, &["got the judgment"]);
    desk.done(&["mark", "u-2026-1", &format!("judgment-served={today}")]);
    close().refuses(
        1,
        &["Högsta förvaltningsdomstolen until", &last.to_string()],
    );
    desk.done(&["mark", "u-2026-1", &format!("appealed-further={today}")]);
    close().refuses(1, &["Högsta förvaltningsdomstolen has not answered"]);
    desk.done(&["mark", "u-2026-1", "upheld=HFD 12-27"]);
    let closed = desk.done(&["close", "u-2026-1", "--reason", "visad på stället"]);
    assert_eq!(closed["closed"]["why"], "visad på stället");
    let outcome = |of: &str| &closed["decisions"][0][of]["outcome"]["reference"];
    assert_eq!(outcome("served"), "mål 1234-26");
    assert_eq!(outcome("judgment"), "HFD 12-27");
    desk.run(&["review", "u-2026-1", &first, "--undo"])
        .refuses(1, &["is closed"]);
    let shown = desk.archive.data(&["record", "show", &second]);
    assert_eq!(shown["disclosures"][0]["decision"], "withhold", "{shown}");
    let history = desk.archive.run(&["record", "history", &second]).expect(0);
    assert!(
        history.stdout.contains("U-2026-0001: withheld"),
        "{history}"
    );
    desk.archive.run(&["verify"]).expect(0);
}

#[test]
fn what_has_changed_since_it_was_reviewed_is_reviewed_anew() {
    let desk = Desk::new();
    let case = desk.open(&[]);
    let released = desk.done(&["review", "U-2026-0001", "--rest", "--release"]);
    assert_eq!(released["counts"]["unreviewed"], 0);
    desk.edited.store(true, Ordering::SeqCst);
    desk.archive.snapshot("blogg");
    let after = desk.done(&["show", "U-2026-0001"]);
    assert_eq!(after["counts"]["unreviewed"], 1, "{after}");
    let changed = after["about"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["to_review"] == true)
        .unwrap();
    assert!(about(&case).contains(&changed["record"].as_str().unwrap().to_owned()));
    assert_eq!(
        (&changed["reviewed_version"], &changed["newest_version"]),
        (&1.into(), &2.into())
    );
}

#[test]
fn refresh_tells_what_came_and_keeps_what_was_decided() {
    let desk = Desk::new();
    desk.open(&[]);
    desk.done(&["review", "U-2026-0001", "--rest", "--release"]);
    let bath = desk
        .records("blogg", "post")
        .into_iter()
        .find(|id| !about(&desk.done(&["show", "U-2026-0001"])).contains(id))
        .unwrap();
    let fresh = desk.done(&["refresh", "U-2026-0001", "--add", &bath]);
    assert_eq!(fresh["new"], serde_json::json!([bath]));
    assert_eq!(
        (&fresh["counts"]["release"], &fresh["counts"]["unreviewed"]),
        (&2.into(), &1.into())
    );
    let again = desk.done(&["refresh", "U-2026-0001"]);
    assert_eq!(again["new"], serde_json::json!([]));
    let outside = desk.done(&["review", "U-2026-0001", &bath, "--outside"]);
    assert_eq!(outside["counts"]["outside"], 1);
}

#[test]
fn what_is_not_public_is_released_only_with_an_assessment_of_its_own() {
    let (desk, message) = Desk::with_message();
    let case = desk.open(&[]);
    assert!(about(&case).contains(&message), "{case}");
    let rest = desk.judged(3, &["review", "U-2026-0001", "--rest", "--release"]);
    assert_eq!(rest.data()["counts"]["unreviewed"], 1);
    desk.run(&["review", "U-2026-0001", &message, "--release"])
        .refuses(1, &[&message, "--reason"]);
    let assessed = [
        "review",
        "U-2026-0001",
        &message,
        "--release",
        "--reason",
        "Avsändaren har samtyckt.",
    ];
    let done = desk.done(&assessed);
    assert_eq!(done["counts"]["release"], 3);
}

#[test]
fn nothing_was_found_and_that_is_answered_too() {
    let desk = Desk::new();
    let opened = desk.done(&["open", "--committee", BN, "--scope", "Protokoll från 1850"]);
    assert_eq!(opened["counts"]["records"], 0);
    let answer = desk.done(&["refuse", "U-2026-0001", "--answer"]);
    assert!(
        answer["text"]
            .as_str()
            .unwrap()
            .contains("har inte hittats")
    );
    let day = today();
    let marked = desk.done(&["mark", "U-2026-0001", &format!("answered={day}")]);
    assert_eq!(marked["clock"]["answered"].as_str(), Some(day.as_str()));
    desk.done(&["close", "U-2026-0001"]);
    let listed = desk.done(&["list", "--all"]);
    assert_eq!(listed["disclosures"].as_array().unwrap().len(), 1);
    assert_eq!(desk.done(&["list"])["disclosures"], serde_json::json!([]));
}

#[test]
fn a_late_request_is_told_by_status() {
    let desk = Desk::new();
    desk.open(&["--received", "2026-01-07 09:00"]);
    let status = desk.archive.run(&["--json", "status"]).expect(5);
    assert!(
        status.stdout.contains("disclosure U-2026-0001 is late"),
        "{status}"
    );
    assert!(
        status.stdout.contains("2026-01-12"),
        "three working days: {status}"
    );
    let day = today();
    desk.done(&["mark", "U-2026-0001", &format!("withdrawn={day}")]);
    let status = desk.archive.run(&["--json", "status"]);
    assert!(!status.stdout.contains("U-2026-0001"), "{status}");
}

#[test]
fn what_is_taken_back_lives_on_with_what_is_noted_later() {
    let desk = Desk::new();
    desk.configured();
    desk.open(&[]);
    let day = today();
    let mark = |what: &str| desk.done(&["mark", "U-2026-0001", what]);
    let on = |what: &str| mark(&format!("{what}={day}"));
    assert_eq!(on("withdrawn")["lacks"], serde_json::json!([]));
    // By mistake: it is searched anew, and waits as before.
    let back = desk.done(&["refresh", "U-2026-0001"]);
    assert_eq!(back["lacks"][0], "2 records are not reviewed", "{back}");
    assert!(back["clock"]["answered"].is_null(), "{back}");
    on("withdrawn");
    desk.done(&[
        "review",
        "U-2026-0001",
        "--rest",
        "--withhold",
        "21:7",
        "--reason",
        "x",
    ]);
    desk.done(&[
        "refuse",
        "U-2026-0001",
        "--decision",
        "--delegate",
        "Anna Ek",
        "--seal",
    ]);
    on("served");
    assert!(
        on("appealed")["lacks"]
            .to_string()
            .contains("the court has not answered")
    );
    // A diarienummer says nothing of it.
    mark("registered=KS 2026/12");
    desk.run(&["close", "U-2026-0001", "--reason", "x"])
        .refuses(1, &["the court has not answered"]);
    // Taken back now, and not before it was decided.
    let before = arkivd::calendar::local_date(chrono::Utc::now()) - chrono::Days::new(1);
    desk.run(&["mark", "U-2026-0001", &format!("withdrawn={before}")])
        .refuses(1, &[&before.to_string()]);
    on("withdrawn");
    mark("registered=KS 2026/13");
    desk.done(&["close", "U-2026-0001"]);
}

#[test]
fn a_judgment_that_nobody_appealed_ends_the_hold_after_three_weeks() {
    let desk = Desk::new();
    desk.configured();
    desk.open(&["--received", "2026-01-07 09:00"]);
    let withhold = [
        "--withhold",
        "21:7",
        "--reason",
        "Det antas strida mot reglerna.",
    ];
    desk.done(&[&["review", "U-2026-0001", "--rest"][..], &withhold].concat());
    desk.done(&[
        "refuse",
        "U-2026-0001",
        "--decision",
        "--delegate",
        "Anna Ek",
        "--day",
        "2026-01-08",
        "--seal",
    ]);
    let mark = |what: &[&str]| desk.done(&[&["mark", "U-2026-0001"], what].concat());
    mark(&["served=2026-01-09"]);
    mark(&["appealed=2026-01-20"]);
    desk.run(&["mark", "U-2026-0001", "judgment-served=2026-03-02"])
        .refuses(1, &["no court has answered"]);
    mark(&["changed=mål 7-26", "--day", "2026-03-01"]);
    let got = mark(&["judgment-served=2026-03-02"]);
    let judgment = &got["decisions"][0]["judgment"];
    assert_eq!(judgment["last_day"], "2026-03-23", "{got}");
    // It was changed: what it gives is delivered, or decided anew.
    desk.run(&["close", "U-2026-0001", "--reason", "x"])
        .refuses(1, &["the court changed the decision"]);
    mark(&["upheld=mål 7-26", "--day", "2026-03-01"]);
    let shown = desk.run(&["show", "U-2026-0001"]).expect(0);
    let told = "judgment got 2026-03-02, may be appealed until 2026-03-23";
    assert!(shown.stdout.contains(told), "{shown}");
}

#[test]
fn a_second_decision_does_not_end_the_appeal_of_the_first() {
    let desk = Desk::new();
    desk.configured();
    let case = desk.open(&["--received", "2026-01-07 09:00"]);
    let withhold = |reason: &str| {
        let args = ["--withhold", "21:7", "--reason", reason];
        let records = about(&case);
        let ids: Vec<&str> = records.iter().map(String::as_str).collect();
        desk.done(&[&["review", "U-2026-0001"], &ids[..], &args].concat());
    };
    let decide = |day: &str| {
        let args = [
            "--decision",
            "--delegate",
            "Anna Ek",
            "--seal",
            "--day",
            day,
        ];
        desk.done(&[&["refuse", "U-2026-0001"], &args[..]].concat());
    };
    let mark = |what: &str| desk.done(&["mark", "U-2026-0001", what]);
    withhold("Första skälet.");
    decide("2026-01-08");
    mark("served=2026-01-09");
    mark("appealed=2026-01-20");
    withhold("Andra skälet.");
    decide("2026-02-02");
    let lacks = mark("served=2026-02-03")["lacks"].to_string();
    assert!(lacks.contains("the court has not answered"), "{lacks}");
    desk.run(&["close", "U-2026-0001", "--reason", "x"])
        .refuses(1, &["the court has not answered"]);
}
