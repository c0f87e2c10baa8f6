//! Properties: any plan that is written reads back the same, and no text makes the reader fall.

use arkivd::record::Visibility;
use arkivd::retention::{
    Arkivexemplar, Copies, Fate, Header, Inquiry, Medium, Period, Plan, PlanDecision,
    PlanDifference, PlanFile, PlanRow, RowId, Rule, RuleKind, Trigger,
};
use chrono::NaiveDate;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn line() -> impl Strategy<Value = String> {
    "[a-zA-ZåäöÅÄÖ§0-9\"'\\\\#=\\[\\],.–👩][a-zA-Zåäö §\"'\\\\#=]{0,20}[a-zåäö\"\\\\]"
}

fn text() -> impl Strategy<Value = String> {
    vec(line(), 1..3).prop_map(|lines| lines.join("\n"))
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (0..40_000_i64)
        .prop_map(|n| NaiveDate::from_ymd_opt(1990, 1, 1).unwrap() + chrono::TimeDelta::days(n))
}

fn trigger() -> impl Strategy<Value = Trigger> {
    prop_oneof![
        Just(Trigger::Published),
        Just(Trigger::Captured),
        Just(Trigger::Registered),
        Just(Trigger::Inaktuell),
        Just(Trigger::ChannelEnds),
    ]
}

fn period() -> impl Strategy<Value = Period> {
    (0..400_u32, 0..4000_u32).prop_map(|(months, days)| Period { months, days })
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        Just(Fate::Preserve),
        (period(), trigger()).prop_map(|(after, from)| Fate::Gallring { after, from }),
    ]
}

fn medium() -> impl Strategy<Value = Medium> {
    prop_oneof![
        Just(Medium::Keep),
        Just(Medium::Hide),
        Just(Medium::AtOnce),
        (period(), trigger()).prop_map(|(after, from)| Medium::Gallring { after, from }),
    ]
}

fn row(n: usize) -> impl Strategy<Value = PlanRow> {
    let copies =
        (fate(), any::<bool>(), option::of(fate())).prop_map(|(archive, diarium, after)| Copies {
            archive,
            arkivexemplar: match diarium {
                true => Arkivexemplar::Diarium,
                false => Arkivexemplar::Arkivd,
            },
            after_registration: after,
        });
    let answers = (text(), text(), text(), option::of(text())).prop_map(|(a, b, c, d)| Inquiry {
        rattskipning: a,
        verksamhet: b,
        forskning: c,
        kulturarv: d.unwrap_or_default(),
    });
    let words = (option::of(line()), option::of(line()), option::of(line()));
    let texts = (
        option::of(text()),
        option::of(text()),
        option::of(text()),
        option::of(text()),
    );
    (line(), medium(), copies, option::of(answers), words, texts).prop_map(
        move |(handlingstyp, medium, copies, inquiry, words, texts)| PlanRow {
            id: RowId::try_from(format!("rad-{n}")).unwrap(),
            handlingstyp,
            description: texts.0,
            medium,
            copies,
            registration: words.0,
            deadline: words.1,
            authority: texts.1,
            inquiry,
            note: texts.2,
            source: words.2,
            quote: texts.3,
            line: 0,
        },
    )
}

fn rule(n: usize, rows: usize) -> impl Strategy<Value = Rule> {
    let kinds = proptest::sample::subsequence(RuleKind::ALL.to_vec(), 0..=5);
    let seen = proptest::sample::subsequence(Visibility::ALL.to_vec(), 0..=4);
    let lists = (vec(line(), 0..3), vec(line(), 0..3), vec(line(), 0..3));
    (
        0..rows,
        kinds,
        seen,
        option::of(any::<bool>()),
        lists,
        any::<bool>(),
        option::of(text()),
    )
        .prop_map(
            move |(row, kinds, visibilities, own, lists, thread, reason)| Rule {
                id: RowId::try_from(format!("regel.{n}")).unwrap(),
                row: RowId::try_from(format!("rad-{row}")).unwrap(),
                accounts: lists.0,
                kinds,
                visibilities,
                own,
                words: lists.1,
                categories: lists.2,
                thread,
                reason,
                line: 0,
            },
        )
}

fn plan() -> impl Strategy<Value = Plan> {
    let decision = (
        line(),
        day(),
        line(),
        option::of(line()),
        option::of(line()),
    )
        .prop_map(
            |(by, date, paragraph, reference, delegation)| PlanDecision {
                by,
                date,
                paragraph,
                reference,
                delegation,
            },
        );
    let names = (
        option::of(line()),
        option::of(line()),
        line(),
        option::of(line()),
        option::of(line()),
    );
    let days = (option::of(day()), option::of(day()));
    let header = (names, option::of(text()), days, option::of(decision)).prop_map(
        |(names, samrad, days, decision)| Header {
            municipality: names.0,
            committee: names.1,
            title: names.2,
            gallringsansvarig: names.3,
            owner: names.4,
            samrad,
            valid_from: days.0,
            valid_to: days.1,
            decision,
        },
    );
    (header, 1..5_usize, 0..5_usize).prop_flat_map(|(header, rows, rules)| {
        let all: Vec<_> = (0..rows).map(row).collect();
        let every: Vec<_> = (0..rules).map(|n| rule(n, rows)).collect();
        (Just(header), all, every).prop_map(|(header, rows, rules)| Plan {
            header,
            rows,
            rules,
        })
    })
}

/// Without the lines of the file, which no one wrote.
fn without_lines(mut plan: Plan) -> Plan {
    plan.rows.iter_mut().for_each(|row| row.line = 0);
    plan.rules.iter_mut().for_each(|rule| rule.line = 0);
    plan
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn a_plan_reads_back_as_it_was_written(plan in plan()) {
        let text = plan.to_toml(|_, _| vec!["en \"anmärkning\"\nmed två rader".to_owned()]);
        let read = Plan::parse(&text, "p.toml").map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
        prop_assert!(PlanDifference::between(&plan, &read).is_none());
        prop_assert_eq!(without_lines(read), plan);
    }

    #[test]
    fn what_differs_is_told(a in plan(), b in plan()) {
        let told = PlanDifference::between(&a, &b);
        // An inquiry without answers says as much as none.
        let bare = |plan: &Plan| {
            let mut plan = plan.clone();
            for row in &mut plan.rows {
                row.inquiry.take_if(|i| [&i.rattskipning, &i.verksamhet, &i.forskning, &i.kulturarv].iter().all(|t| t.is_empty()));
            }
            plan
        };
        prop_assert_eq!(told.is_none(), bare(&a) == bare(&b));
    }

    #[test]
    fn no_text_makes_the_reader_fall(text in "(\\PC|\n|\\[|\\]|=|\"|row|plan|rule|id){0,200}") {
        if let Ok(read) = PlanFile::parse(&text, "p.toml") {
            read.check(NaiveDate::from_ymd_opt(2026, 11, 21).unwrap());
        }
    }

    #[test]
    fn a_piece_of_a_plan_is_read_or_told(plan in plan(), from in 0..4000_usize, to in 0..4000_usize) {
        let text = plan.to_toml(|_, _| Vec::new());
        let letters: Vec<char> = text.chars().collect();
        let (from, to) = (from.min(to).min(letters.len()), from.max(to).min(letters.len()));
        let cut: String = letters[..from].iter().chain(&letters[to..]).collect();
        match PlanFile::parse(&cut, "p.toml") {
            Ok(read) => { read.check(NaiveDate::from_ymd_opt(2026, 11, 21).unwrap()); }
            Err(faults) => prop_assert!(!faults.all.is_empty()),
        }
    }
}
