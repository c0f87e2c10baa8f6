//! Every quote in the profiles stands in the municipality's own text, at the lines it names.

#![allow(clippy::unwrap_used)] // clippy excuses tests, not their helper functions

use std::fs;

use arkivd::policy::{Lines, Profile, Source};
use arkivd::retention::Plan;

const SEEDS: &str = "../shared/seeds";

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lines' words, where a gap between ranges cannot be bridged by a quote.
fn at(text: &[&str], lines: &[std::ops::RangeInclusive<usize>]) -> String {
    let range = |r: &std::ops::RangeInclusive<usize>| {
        words(
            &text
                .get(r.start() - 1..*r.end())
                .unwrap_or_default()
                .join("\n"),
        )
    };
    lines.iter().map(range).collect::<Vec<_>>().join(" ¶ ")
}

/// True when each piece between ` … ` stands in the text after the one before it.
fn stands(quote: &str, text: &str) -> bool {
    let mut rest = text;
    quote.split(" … ").all(|piece| {
        let piece = words(piece);
        rest.find(&piece)
            .map(|i| rest = &rest[i + piece.len()..])
            .is_some()
    })
}

/// What is wrong with a quote of these lines, if anything is.
fn wrong(quote: &str, text: &[&str], lines: &Lines) -> Option<&'static str> {
    let ranges = lines.ranges();
    if !stands(quote, &at(text, ranges)) {
        return Some("does not stand there");
    }
    let (first, last) = (ranges.first()?, ranges.last()?);
    let mut later = ranges.to_vec();
    later[0] = first.start() + 1..=*first.end();
    let mut earlier = ranges.to_vec();
    let end = earlier.len() - 1;
    earlier[end] = *last.start()..=last.end() - 1;
    (stands(quote, &at(text, &later)) || stands(quote, &at(text, &earlier)))
        .then_some("stands in fewer lines than are named")
}

/// Every table with a quote in it: where it is, its requirement, source and quote.
fn quoted(value: &toml::Value, path: &str, out: &mut Vec<(String, String, String, String)>) {
    match value {
        toml::Value::Table(table) => {
            let text = |k: &str| {
                table
                    .get(k)
                    .and_then(|v| v.as_str())
                    .unwrap_or("")
                    .to_owned()
            };
            if table.contains_key("quote") {
                out.push((
                    path.into(),
                    text("requirement"),
                    text("source"),
                    text("quote"),
                ));
            }
            for (key, inner) in table {
                quoted(inner, &format!("{path}.{key}"), out);
            }
        }
        toml::Value::Array(items) => items.iter().for_each(|i| quoted(i, path, out)),
        _ => {}
    }
}

fn all_quotes(name: &str) -> Vec<(String, String, String, String)> {
    let profile = Profile::named(name).unwrap();
    let mut out = Vec::new();
    for (what, text) in [
        ("policy", profile.policy_text),
        ("plan", profile.plan_text),
        ("schedules", profile.schedules_text),
    ] {
        let value: toml::Value = toml::from_str(text).unwrap();
        quoted(&value, &format!("{name} {what}"), &mut out);
    }
    out
}

#[test]
fn every_quote_stands_at_the_lines_it_names() {
    if fs::metadata(SEEDS).is_err() {
        println!("SKIP: the guidelines' texts are not at {SEEDS}");
        return;
    }
    let mut read = 0;
    let mut faults = Vec::new();
    for name in Profile::NAMES {
        for (path, _, source, quote) in all_quotes(name) {
            match Source::try_from(source.clone()).unwrap() {
                Source::Guideline { file, lines } => {
                    if file != format!("{name}.txt") {
                        faults.push(format!("{path}: quotes {file}, another's text"));
                    }
                    let text = fs::read_to_string(format!("{SEEDS}/{file}")).unwrap();
                    let text: Vec<_> = text.lines().collect();
                    if let Some(why) = wrong(&quote, &text, &lines) {
                        faults.push(format!("{path}: {source}: {quote:?} {why}"));
                    }
                    read += 1;
                }
                // What the standard profile cites stands in its policy too, in the same words.
                Source::Cited(_) if path.ends_with("plan.row") => {
                    let policy = Profile::named(name).unwrap().policy_text;
                    if !policy.contains(&quote) {
                        faults.push(format!("{path}: {quote:?} does not stand in the policy"));
                    }
                }
                Source::Cited(_) => {}
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(read > 150, "only {read} quotes were read");
}

#[test]
fn every_row_of_a_template_is_quoted() {
    for name in Profile::NAMES {
        let plan = Plan::parse(Profile::named(name).unwrap().plan_text, name).unwrap();
        for row in &plan.rows {
            assert!(row.source.is_some(), "{name}: row {} has no source", row.id);
            assert!(row.quote.is_some(), "{name}: row {} has no quote", row.id);
        }
    }
}

#[test]
fn the_test_of_quotes_can_fail() {
    let text = ["ett två", "", "tre fyra", "fem"];
    let lines = |s: &str| match Source::try_from(format!("a.txt:{s}")) {
        Ok(Source::Guideline { lines, .. }) => lines,
        other => panic!("{other:?}"),
    };
    assert_eq!(wrong("två tre", &text, &lines("1-3")), None);
    assert_eq!(wrong("ett … fem", &text, &lines("1,4")), None);
    assert_eq!(
        wrong("två fyra", &text, &lines("1-3")),
        Some("does not stand there")
    );
    assert_eq!(
        wrong("fyra … tre", &text, &lines("3")),
        Some("does not stand there")
    );
    assert_eq!(
        wrong("två fem", &text, &lines("1,4")),
        Some("does not stand there")
    );
    for loose in ["1-4", "1-3", "3-4", "2-3"] {
        assert_eq!(
            wrong("tre", &text, &lines(loose)),
            Some("stands in fewer lines than are named"),
            "{loose}"
        );
    }
}

#[test]
fn every_requirement_named_exists() {
    let Ok(list) = fs::read_to_string(format!("{SEEDS}/requirements.md")) else {
        println!("SKIP: requirements.md is not at {SEEDS}");
        return;
    };
    let mut known: Vec<&str> = list
        .lines()
        .filter_map(|l| l.strip_prefix("| ")?.split(" |").next())
        .collect();
    // (S) is the list's own mark for what differs; the others are outside it.
    known.extend([
        "S",
        "SKR",
        "GDPR",
        "BBS-lagen 3 §",
        "BBS-lagen 5 §",
        "(EU) 2021/784",
    ]);
    for name in Profile::NAMES {
        for (path, requirement, _, quote) in all_quotes(name) {
            // Rows of a plan serve no one requirement.
            let free = path.ends_with(".guideline") || path.ends_with(" plan.row");
            assert!(
                free && requirement.is_empty() || known.contains(&requirement.as_str()),
                "{path}: {requirement:?} of {quote:?}"
            );
        }
    }
}
