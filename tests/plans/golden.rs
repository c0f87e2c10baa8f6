//! The decision table of each profile, in words that an archivist can read, held as files.
//!
//! `ARKIVD_BLESS=1 cargo test --test plans` writes them anew; then read what changed.

use std::fmt::Write as _;
use std::fs;

use arkivd::policy::{Policy, Profile};
use arkivd::retention::{Arkivexemplar, DayOf, Decided, Happened, Plan, PlanFile, PlanRow, Weight};
use arkivd::workflow::PLAN_KEYS;
use chrono::NaiveDate;

fn day(text: &str) -> Option<NaiveDate> {
    Some(text.parse().unwrap())
}

/// What may come to a record, and what the table calls it. The days are hard ones: leap day, a month's end.
fn events() -> [(&'static str, Happened); 5] {
    let published = Happened {
        published: day("2024-02-29"),
        captured: day("2024-03-01"),
        ..Happened::default()
    };
    [
        ("publicerad 2024-02-29, insamlad 2024-03-01", published),
        (
            "… och inaktuell sedan 2026-08-31",
            Happened {
                inaktuell: day("2026-08-31"),
                ..published
            },
        ),
        (
            "… och diarieförd 2024-03-31",
            Happened {
                registered: day("2024-03-31"),
                ..published
            },
        ),
        (
            "… diarieförd och inaktuell",
            Happened {
                registered: day("2024-03-31"),
                inaktuell: day("2026-08-31"),
                ..published
            },
        ),
        (
            "… och kanalen avslutad 2026-12-31",
            Happened {
                channel_ended: day("2026-12-31"),
                ..published
            },
        ),
    ]
}

fn when(day: DayOf, done: &str, never: &str) -> String {
    match day {
        DayOf::Never => never.to_owned(),
        DayOf::Awaits(event) => format!("väntar på {event}"),
        DayOf::On(day) => format!("{done} {day}"),
    }
}

fn table(row: &PlanRow) -> String {
    let mut out = format!(
        "### {} ({})\n\nMediet: {}. Arkivet: {}.",
        row.handlingstyp, row.id, row.medium, row.copies.archive
    );
    if row.copies.arkivexemplar == Arkivexemplar::Diarium {
        let after = row.copies.after_registration.map(|fate| fate.to_string());
        let after = after.unwrap_or_else(|| format!("som ovan ({})", row.copies.archive));
        write!(
            out,
            " Arkivexemplaret är diariets; arkivds exemplar efter diarieföring: {after}."
        )
        .unwrap();
    }
    out.push_str("\n\n| Händelser | Mediet | arkivds exemplar |\n|---|---|---|\n");
    for (name, happened) in events() {
        let fate = row.copies.fate(happened.registered.is_some());
        writeln!(
            out,
            "| {name} | {} | {} |",
            when(row.medium.day(&happened), "tas bort från", "ligger kvar"),
            when(fate.day(&happened), "får gallras från", "bevaras")
        )
        .unwrap();
    }
    out
}

fn of(name: &str, plan: &Plan) -> String {
    let mut out = format!(
        "# Beslutstabell: mallen {name}\n\n\
         Vad planens rader blir, när mallen beslutas som den står. Så länge den inte är beslutad gallras ingenting.\n"
    );
    let mut rules = String::new();
    for rule in &plan.rules {
        let kinds: Vec<&str> = rule.kinds.iter().map(|kind| kind.as_str()).collect();
        writeln!(
            rules,
            "- {} -> {}{}{}",
            rule.id,
            rule.row,
            if kinds.is_empty() {
                String::new()
            } else {
                format!("; {}", kinds.join(", "))
            },
            if rule.categories.is_empty() {
                String::new()
            } else {
                format!("; ärende om {}", rule.categories.join(", "))
            },
        )
        .unwrap();
    }
    write!(out, "\nRegler, den första som stämmer avgör:\n\n{rules}").unwrap();
    for row in &plan.rows {
        write!(out, "\n{}", table(row)).unwrap();
    }
    out
}

#[test]
fn each_profile_comes_to_what_its_table_says() {
    for name in Profile::NAMES {
        let text = Profile::named(name).unwrap().plan_text;
        let table = of(name, &Plan::parse(text, name).unwrap());
        let path = format!("tests/plans/golden/{name}.md");
        if std::env::var_os("ARKIVD_BLESS").is_some() {
            fs::write(&path, &table).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == table,
            "{path} is not what the plan comes to:\n{table}"
        );
    }
}

#[test]
fn a_template_destroys_nothing_and_can_be_loaded() {
    let today = day("2026-11-21").unwrap();
    for name in Profile::NAMES {
        let profile = Profile::named(name).unwrap();
        let read = PlanFile::parse(profile.plan_text, name).unwrap();
        let header = &read.plan.header;
        assert_eq!(header.decision, None, "{name}");
        assert_eq!(header.committee, None, "{name}");
        assert_eq!(header.decided(today), Decided::No, "{name}");
        let ours = profile.policy.guideline().municipality.clone();
        assert_eq!(header.municipality, ours, "{name}");
        let mut faults = read.check(today);
        let law = Profile::statutory_categories().unwrap();
        let known = |policy: &Policy| -> Vec<String> {
            let all = policy.removal_category.iter().chain(&law);
            all.map(|c| c.id.to_string()).collect()
        };
        faults.extend(read.check_names(&[], &known(&profile.policy), None));
        for fault in &faults {
            let lacks = fault.weight == Weight::Warning && fault.key == "row.inquiry";
            let note = fault.weight == Weight::Note;
            assert!(lacks || note, "{name}: {}", fault.told(name));
        }
        assert!(
            profile.plan_text.contains(PLAN_KEYS),
            "{name}: the keys are not explained"
        );
    }
}

/// What requirements.md says of the five, row by row (LED-5, VAR-1, TIB-11, TIB-12).
#[test]
fn the_rows_are_those_of_the_guidelines() {
    let rows = |name: &str| -> Vec<(String, String, bool)> {
        let text = Profile::named(name).unwrap().plan_text;
        let rows = Plan::parse(text, name).unwrap().rows.into_iter();
        rows.map(|r| {
            let diarium = r.copies.arkivexemplar == Arkivexemplar::Diarium;
            (r.medium.to_string(), r.copies.archive.to_string(), diarium)
        })
        .collect()
    };
    let row =
        |medium: &str, archive: &str, diarium| (medium.to_owned(), archive.to_owned(), diarium);
    let inaktuell = "gallras vid inaktualitet";
    assert_eq!(
        rows("lilla-edet"),
        [
            row(inaktuell, inaktuell, false),
            row(inaktuell, inaktuell, false),
            row(inaktuell, "bevaras", true),
            row("gallras genast", "bevaras", true),
            row("gallras genast", "bevaras", true),
        ]
    );
    assert_eq!(
        rows("vara"),
        [
            row("ingen åtgärd", "bevaras", false),
            row("ingen åtgärd", "bevaras", false),
            row("gallras genast", "bevaras", false),
            row("ingen åtgärd", "bevaras", false),
        ]
    );
    let ends = "gallras när kanalen upphör";
    assert_eq!(
        rows("tibro"),
        [
            row("ingen åtgärd", "bevaras", false),
            row(ends, ends, false),
            row(inaktuell, inaktuell, false),
            row("ingen åtgärd", "bevaras", false),
            row("gallras genast", "bevaras", false),
        ]
    );
    for name in ["falkoping", "hallstahammar", "standard"] {
        let kept = rows(name);
        assert!(
            kept.iter().all(|(_, archive, _)| archive == "bevaras"),
            "{name}"
        );
    }
}
