//! What is refused, each with a message that names it and a hint.

use crate::desk::{Desk, KS, about};

#[test]
fn what_is_asked_wrongly_is_refused_with_a_hint() {
    let desk = Desk::new();
    let others = desk.records("skola", "post");
    let open = |more: &[&str]| {
        let mut args = vec!["open", "--committee", KS];
        args.extend(more);
        desk.run(&args)
    };
    open(&["--scope", "x", &others[0]]).refuses(1, &[&others[0], "Barnnämnden"]);
    open(&["--scope", "  "]).refuses(1, &["not told"]);
    open(&["--scope", "x", "--search", "okänd"]).refuses(1, &["okänd"]);
    open(&["--scope", "x", "--words", " "]).refuses(2, &["--words"]);
    open(&["--scope", "x", "--received", "2199-01-01"]).refuses(1, &["2199-01-01"]);
    open(&["--scope", "x", "00000000-0000-7000-8000-000000000000"]).refuses(1, &["00000000"]);
    open(&[]).refuses(2, &["--scope"]);
    desk.run(&["open", "--committee", "Tomtenämnden", "--scope", "x"])
        .refuses(1, &["Tomtenämnden"]);
    for unknown in ["U-2026-0001", "1", "", "'; DROP TABLE disclosure; --"] {
        desk.run(&["show", unknown]).refuses(1, &["no disclosure"]);
    }

    let case = desk.open(&[]);
    let record = &about(&case)[0];
    let review = |more: &[&str]| {
        let mut args = vec!["review", "U-2026-0001"];
        args.extend(more);
        desk.run(&args)
    };
    for law in ["GDPR artikel 6", "TF 2:2", "dataskyddsförordningen"] {
        review(&[record, "--withhold", law, "--reason", "x"]).refuses(1, &[law, "OSL"]);
    }
    review(&[record, "--withhold", "5:5", "--reason", "x"]).refuses(1, &["chapter 5"]);
    review(&[record, "--withhold", "sekretess", "--reason", "x"]).refuses(1, &["sekretess"]);
    review(&[record, "--withhold", "21:7"]).refuses(1, &["reason"]);
    review(&[record]).refuses(2, &["--release"]);
    review(&["--release"]).refuses(2, &["RECORD"]);
    review(&[record, "--release", "--outside"]).refuses(2, &["--outside"]);
    review(&[record, "--masked"]).refuses(1, &["no mask"]);
    review(&[&others[0], "--release"]).refuses(1, &[&others[0], "U-2026-0001"]);

    desk.run(&["close", "U-2026-0001"])
        .refuses(1, &["2 records are not reviewed"]);
    desk.run(&["mark", "U-2026-0001", "answered=2199-01-01"])
        .refuses(1, &["2199-01-01"]);
    desk.run(&["mark", "U-2026-0001", "answered=2020-01-01"])
        .refuses(1, &["2020-01-01"]);
    desk.run(&["mark", "U-2026-0001", "delivered=2026-01-01"])
        .refuses(2, &["answered="]);

    let one = &about(&case)[0];
    review(&["--rest", "--release"]).expect(0);
    desk.run(&["refuse", "U-2026-0001", "--answer"])
        .refuses(1, &["nothing of disclosure U-2026-0001 is refused"]);
    review(&[one, "--withhold", "25:1", "--reason", "x"]).expect(0);
    let decide = |more: &[&str]| {
        let mut args = vec!["refuse", "U-2026-0001", "--decision"];
        args.extend(more);
        desk.run(&args)
    };
    decide(&[]).refuses(2, &["--delegate"]);
    decide(&["--delegate", "Bo"]).refuses(1, &["Bo", "delegation"]);
    decide(&["--delegate", "Bo", "--delegation", "§ 1"]).refuses(1, &["no court"]);
    desk.configured();
    decide(&["--delegate", "Bo", "--delegation", "§ 1"]).refuses(1, &["Bo", "Anna Ek"]);
    decide(&["--delegate", "Anna Ek", "--day", "2020-01-01"]).refuses(1, &["2020-01-01"]);
    decide(&["--delegate", "Anna Ek", "-o", "beslut.docx"]).refuses(2, &["beslut.docx"]);
    let there = desk.archive.beside("finns.pdf");
    std::fs::write(&there, "x").unwrap();
    decide(&[
        "--delegate",
        "Anna Ek",
        "--seal",
        "-o",
        there.to_str().unwrap(),
    ])
    .refuses(1, &["finns.pdf"]);
    // What could not be written was not sealed either.
    assert!(
        desk.done(&["show", "U-2026-0001"])["steps"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(std::fs::read(&there).unwrap(), b"x");
}
