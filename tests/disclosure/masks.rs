//! Masks as who reviews sees them: what they hide, why, and what comes of altering them.

use std::fs;

use crate::desk::{Desk, KS, about};

fn two(desk: &Desk) -> [String; 2] {
    <[String; 2]>::try_from(about(&desk.open(&[]))).unwrap()
}

fn mask(desk: &Desk, record: &str, more: &[&str]) -> i64 {
    let args = [&["mask", "U-2026-0001", record, "--osl", "21:7"], more].concat();
    desk.done(&args)["mask"].as_i64().unwrap()
}

#[test]
fn a_decision_tells_why_of_each_mask() {
    let desk = Desk::new();
    desk.configured();
    let [first, second] = two(&desk);
    let one = mask(&desk, &first, &["--words", "börjar"]);
    let two = mask(&desk, &second, &["--words", "klar", "--reason", "klar"]);
    let decision = [
        "refuse",
        "U-2026-0001",
        "--decision",
        "--delegate",
        "Anna Ek",
    ];
    let path = |name: &str| desk.archive.beside(name).display().to_string();
    let form = ["deliver", "U-2026-0001", "--form", "papper", "-o"];
    let given = desk.done(&[&form[..], &[&path("ut.pdf")]].concat());
    // The second is no reason at all once it is told without what is masked.
    desk.run(&decision).refuses(
        1,
        &[
            "masks 1, 2",
            "förvaltningslagen 32 §",
            "reason U-2026-0001 1 2",
        ],
    );
    desk.run(&[&decision[..], &["--seal"]].concat())
        .refuses(1, &["masks 1, 2"]);
    let reason = |more: &[&str]| desk.run(&[&["reason", "U-2026-0001"], more].concat());
    reason(&["9", "--reason", "x"]).refuses(1, &["no mask 9"]);
    reason(&["1", "--reason", " "]).refuses(1, &["empty"]);
    reason(&["1", "--reason", &"x".repeat(601)]).refuses(1, &["600"]);
    reason(&["--reason", "x"]).refuses(2, &["--rest"]);
    let rest = [
        "reason",
        "U-2026-0001",
        "--rest",
        "--reason",
        "Uppgift om hälsa.",
    ];
    let done = desk.done(&rest);
    assert_eq!(done["masks"][0]["before"].as_i64(), Some(one), "{done}");
    desk.run(&rest)
        .refuses(1, &["no mask of disclosure U-2026-0001"]);
    let second = two.to_string();
    desk.done(&[
        "reason",
        "U-2026-0001",
        &second,
        "--reason",
        "Uppgift om hälsa.",
    ]);
    let text = desk.done(&[&decision[..], &["--seal"]].concat());
    let text = text["text"].as_str().unwrap();
    assert_eq!(text.matches("Uppgift om hälsa.").count(), 2, "{text}");
    assert!(!text.contains("Skäl: \n"), "{text}");
    // What was handed out before is written again as it was.
    let export = given["export"].as_str().unwrap();
    let again = path("igen.pdf");
    desk.done(&["deliver", "U-2026-0001", "--again", export, "-o", &again]);
    assert_eq!(fs::read(path("ut.pdf")).unwrap(), fs::read(again).unwrap());
}

#[test]
fn show_tells_what_a_mask_hides() {
    let desk = Desk::new();
    let [first, second] = two(&desk);
    mask(&desk, &first, &["--words", "börjar", "--whole-word"]);
    mask(&desk, &first, &["--words", "snöröjningen", "--nth", "1"]);
    mask(
        &desk,
        &second,
        &["--pattern", "klar+", "--reason", "Hälsa."],
    );
    let shown = desk.run(&["show", "U-2026-0001"]).expect(0);
    for told in [
        "mask 1: words \"börjar\", whole words; 21 kap. 7 § OSL: no reason given",
        "mask 2: words \"snöröjningen\", time 1;",
        "mask 3: pattern klar+; 21 kap. 7 § OSL: Hälsa.",
    ] {
        assert!(shown.stdout.contains(told), "{told}: {shown}");
    }
    let data = desk.done(&["show", "U-2026-0001"]);
    assert_eq!(data["masks"][0]["hides"]["words"], "börjar", "{data}");
    assert_eq!(data["masks"][2]["hides"]["pattern"], "klar+", "{data}");
}

#[test]
fn with_a_mask_less_a_record_is_to_be_delivered_anew() {
    let desk = Desk::new();
    let [first, second] = two(&desk);
    mask(&desk, &first, &["--words", "börjar"]);
    mask(&desk, &first, &["--words", "Nr"]);
    desk.done(&["review", "U-2026-0001", &second, "--outside"]);
    let out = desk.archive.beside("ut.pdf").display().to_string();
    desk.done(&["deliver", "U-2026-0001", "--form", "papper", "-o", &out]);
    let lacks = || desk.done(&["show", "U-2026-0001"])["lacks"].to_string();
    assert!(!lacks().contains("handed out, and was not"), "{}", lacks());
    desk.done(&["unmask", "U-2026-0001", "1"]);
    assert!(lacks().contains("handed out, and was not"), "{}", lacks());
    // What came to the request later was never handed out.
    let bath = desk.records("blogg", "post");
    let bath = bath
        .iter()
        .find(|id| **id != first && **id != second)
        .unwrap();
    desk.done(&["refresh", "U-2026-0001", "--add", bath]);
    desk.done(&["review", "U-2026-0001", bath, "--release"]);
    let of = |record: &str| {
        let shown = desk.archive.data(&["record", "show", record]);
        shown["disclosures"][0]["delivered"].clone()
    };
    assert!(of(bath).is_null() && of(&first).is_string());
}

#[test]
fn words_of_the_command_line_may_be_composed_in_any_way() {
    let desk = Desk::new();
    let [first, second] = two(&desk);
    let out = desk.archive.beside("ut.pdf").display().to_string();
    let nfd = "fo\u{308}rsta stycket";
    let by = format!("25 kap. 1 § {nfd}");
    let done = desk.done(&[
        "review",
        "U-2026-0001",
        &first,
        "--withhold",
        &by,
        "--reason",
        "x",
    ]);
    assert_eq!(
        done["about"][0]["provision"],
        "25 kap. 1 § första stycket OSL"
    );
    desk.done(&["review", "U-2026-0001", &second, "--release"]);
    let form = "pa\u{30a}-sta\u{308}llet";
    let done = desk.done(&["deliver", "U-2026-0001", "--form", form, "-o", &out]);
    assert_eq!(done["form"], "på-stället");
}

#[test]
fn a_mask_has_a_reason_of_some_lines_and_a_provision_that_there_is() {
    let desk = Desk::new();
    let [first, _] = two(&desk);
    let mask = |osl: &str, reason: &str| {
        desk.run(&[
            "mask",
            "U-2026-0001",
            &first,
            "--words",
            "börjar",
            "--osl",
            osl,
            "--reason",
            reason,
        ])
    };
    mask("21:7", &"x".repeat(601)).refuses(1, &["600 letters"]);
    mask("21 kap. 99 §", "x").refuses(1, &["chapter 21", "99"]);
    mask("21:7", &"x".repeat(600)).expect(0);
}

#[test]
fn the_list_fits_a_terminal() {
    let desk = Desk::new();
    desk.configured();
    let scope = "Alla inlägg och kommentarer om snöröjningen, plogningen och sandningen i vintras";
    let open = [
        "open",
        "--committee",
        KS,
        "--scope",
        scope,
        "--words",
        "snöröjning*",
    ];
    desk.done(&[&open[..], &["--received", "2026-01-07 09:00"]].concat());
    desk.done(&open);
    let withhold = ["--withhold", "21:7", "--reason", "x"];
    desk.done(&[&["review", "U-2026-0001", "--rest"][..], &withhold].concat());
    let decide = [
        "refuse",
        "U-2026-0001",
        "--decision",
        "--delegate",
        "Anna Ek",
    ];
    desk.done(&[&decide[..], &["--day", "2026-01-08", "--seal"]].concat());
    let day = crate::desk::today();
    desk.done(&["mark", "U-2026-0001", &format!("served={day}")]);
    let listed = desk.run(&["list"]).expect(0);
    assert!(listed.stdout.contains("appeal to 20"), "{listed}");
    for line in listed.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}
