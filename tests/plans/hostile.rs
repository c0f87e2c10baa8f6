//! Files that are no plans, and the largest plan: refused or judged, and soon.

use arkivd::retention::{Plan, Weight};

use crate::faults::all;

#[test]
fn hostile_files_are_refused_and_soon() {
    let start = std::time::Instant::now();
    let deep = format!("a = {}", "[".repeat(100_000));
    let many = "[[row]]\nid = 1\n".repeat(20_000);
    let rules = "[[rule]]\nid = \"a\"\nrow = \"b\"\n".repeat(100_000);
    let long = format!("[plan]\ntitle = \"{}\"\n", "å".repeat(20_000));
    for text in [
        "",
        "\u{feff}",
        "[plan",
        "plan = 1",
        "row = 1\nrule = \"x\"\n[plan]\ntitle = \"a\"",
        "[plan]\ntitle = \"a\"\nrow = [1, \"b\"]",
        "row = [1]\n[plan]\ntitle = \"a\"",
        "[plan]\ntitle = \"a\"\ndecision = true",
        "[[plan]]\ntitle = \"a\"",
        &deep,
        &many,
        &rules,
        &"= \"\n".repeat(1 << 20),
        &long,
        &"#".repeat(5 << 20),
    ] {
        let shown: String = text.chars().take(40).collect();
        let faults = Plan::parse(text, "p.toml").expect_err(&shown).all;
        assert!(!faults.is_empty(), "{shown}");
        assert!(faults.iter().all(|f| f.at.line > 0 && f.at.column > 0));
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn the_largest_plan_is_judged_soon() {
    let row =
        |n: usize| format!("[[row]]\nid = \"{n}\"\nhandlingstyp = \"a\"\narchive = \"bevaras\"\n");
    let rule = |n: usize| format!("[[rule]]\nid = \"{n}\"\nrow = \"{n}\"\nwords = [\"ord{n}\"]\n");
    let rows: String = (0..5000).map(row).collect();
    let rules: String = (0..2000).map(rule).collect();
    let text = format!("[plan]\ntitle = \"a\"\n{rows}{rules}");
    let start = std::time::Instant::now();
    let faults = all(&text);
    assert!(
        faults.iter().all(|f| f.weight == Weight::Note),
        "{:?}",
        faults.first()
    );
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    println!("5000 rows and 2000 rules: {:?}", start.elapsed());
}
