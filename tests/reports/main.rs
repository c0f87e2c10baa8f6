//! What editors owe, read from an archive whose clock the test holds; and what counts as a question.

#![allow(clippy::unwrap_used)] // clippy excuses tests, not their helper functions

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod forms;
mod made;
mod unread;

use arkivd::catalog::QuestionState;
use arkivd::record::{Kind, Visibility};
use arkivd::workflow::{QuestionRules, ReportName, ReportRequest};
use made::{Made, day, said};
use serde_json::json;

/// One comment a line: `?` before a question, `.` before what is none.
const COMMENTS: &str = include_str!("comments.txt");

#[test]
fn the_rule_finds_questions_with_a_precision_and_recall_of_95_in_100() {
    let rules = QuestionRules::built_in().unwrap();
    let (mut right, mut wrong, mut missed) = (0, Vec::new(), Vec::new());
    for line in COMMENTS.lines() {
        let (sort, text) = line.split_once(' ').unwrap();
        match (sort, rules.found(text)) {
            ("?", Some(_)) => right += 1,
            ("?", None) => missed.push(text),
            (_, Some(rule)) => wrong.push((text, rule)),
            (_, None) => {}
        }
    }
    assert!(COMMENTS.lines().count() >= 80);
    let told = format!("{right} found, not found: {missed:#?}, wrongly found: {wrong:#?}");
    assert!(wrong.len() * 20 <= right, "precision: {told}");
    assert!(missed.len() * 20 <= right, "recall: {told}");
}

#[test]
fn no_rule_against_stops_more_than_it_must() {
    let rules = QuestionRules::built_in().unwrap();
    for text in [
        "Får vem som helst delta på mötet?",
        "Har alla fått svar?",
        "Hur mycket pengar är frågan om?",
        "Tack för svaret, men när öppnar ni?",
        "Vad är nästa steg?",
    ] {
        assert!(rules.found(text).is_some(), "{text}");
    }
    for text in [
        "Eller hur?",
        "Tack, eller hur?",
        "Men är ni kloka?",
        "Tack för svaret, det var det jag undrade om.",
        "Jag undrade om tiderna men har fått svar.",
    ] {
        assert_eq!(rules.found(text), None, "{text}");
    }
    let text = "[leave_out]\naddresses = true\nquotes = true\n[[counts]]\nid = \"a\"\nhow = \"question-mark\"\nyields_to_question_mark = true\n";
    let error = QuestionRules::parse(text, std::path::Path::new("q.toml")).unwrap_err();
    assert!(error.to_string().contains("yield"), "{error}");
}

#[test]
fn quotes_and_addresses_are_not_what_someone_asks() {
    let rules = QuestionRules::built_in().unwrap();
    for text in [
        "> När öppnar ni?",
        "”Varför?” sa hon.",
        "https://a.example/?q=1",
        "",
        "?",
    ] {
        assert_eq!(rules.found(text), None, "{text}");
    }
    let quoted = said("När öppnar ni?", true);
    assert_eq!(rules.found_in(&quoted), None);
    assert_eq!(
        rules.found_in(&said("När öppnar ni?", false)),
        Some("fragetecken")
    );
}

#[test]
fn rules_of_the_archive_take_the_place_of_ours_and_bad_ones_are_named() {
    let path = std::path::Path::new("question-rules.toml");
    let text = "[leave_out]\naddresses = false\nquotes = false\n[[counts]]\nid = \"bara-hej\"\nhow = \"contains\"\nwords = [\"hej\"]\n";
    let own = QuestionRules::parse(text, path).unwrap();
    assert_eq!(own.found("Hej på er"), Some("bara-hej"));
    assert_eq!(own.found("När öppnar ni?"), None);
    for bad in [
        "",
        "[leave_out]",
        "x = 1",
        &text.replace("contains", "smells"),
        &text.replace("\"hej\"", ""),
    ] {
        let error = QuestionRules::parse(bad, path).unwrap_err();
        assert!(error.to_string().contains("question-rules.toml"), "{error}");
    }
}

#[test]
fn a_question_is_open_until_it_is_answered_or_marked() {
    let made = Made::new("tibro");
    let post = made.add(
        "blogg",
        Kind::Post,
        None,
        "2026-11-02T08:00:00Z",
        "Ekhamra kommun",
        "Badet öppnar snart",
    );
    let direct = made.add(
        "blogg",
        Kind::Comment,
        Some(&post),
        "2026-11-02T09:00:00Z",
        "Åsa",
        "När?",
    );
    made.add(
        "blogg",
        Kind::Comment,
        Some(&direct),
        "2026-11-02T10:00:00Z",
        "Ekhamra kommun",
        "På lördag.",
    );
    let alone = made.add(
        "blogg",
        Kind::Comment,
        Some(&post),
        "2026-11-16T09:00:00Z",
        "Bo",
        "Vad kostar det?",
    );
    let fresh = made.add(
        "blogg",
        Kind::Comment,
        Some(&post),
        "2026-11-20T22:00:00Z",
        "Cia",
        "Finns det parkering?",
    );
    made.add(
        "blogg",
        Kind::Comment,
        Some(&post),
        "2026-11-20T22:10:00Z",
        "Dan",
        "Så fint!",
    );
    let told = made.report(ReportName::Unanswered, &ReportRequest::default());
    let rows: Vec<_> = told.column("record");
    assert_eq!(
        rows,
        [json!(made.record(&alone)), json!(made.record(&fresh))]
    );
    assert_eq!(told.column("overdue"), [json!(true), json!(false)]);
    // From Monday 10.00 to Friday midnight, and an hour on Friday evening: the weekend stands still.
    assert_eq!(told.column("age_hours"), [json!(110), json!(1)]);
    assert_eq!(told.total("answered_directly"), 1);

    made.mark(&alone, QuestionState::Forwarded);
    let told = made.report(ReportName::Unanswered, &ReportRequest::default());
    assert_eq!(told.column("record"), [json!(made.record(&fresh))]);
    made.mark(&alone, QuestionState::NotAQuestion);
    made.add(
        "blogg",
        Kind::Comment,
        Some(&post),
        "2026-11-21T09:00:00Z",
        "Ekhamra kommun",
        "Ja, det finns.",
    );
    let told = made.report(ReportName::Unanswered, &ReportRequest::default());
    assert!(told.rows.is_empty(), "{:?}", told.rows);
    assert_eq!(
        (
            told.total("answered_in_thread"),
            told.total("not_questions")
        ),
        (1, 1)
    );
}

#[test]
fn an_answer_to_someone_else_answers_them_alone_and_a_namesake_is_not_us() {
    let made = Made::new("tibro");
    let post = made.add(
        "blogg",
        Kind::Post,
        None,
        "2026-11-02T08:00:00Z",
        "Ekhamra kommun",
        "Hej",
    );
    let one = made.add(
        "blogg",
        Kind::Comment,
        Some(&post),
        "2026-11-16T09:00:00Z",
        "Bo",
        "Vad kostar det?",
    );
    let two = made.add(
        "blogg",
        Kind::Comment,
        Some(&post),
        "2026-11-16T09:30:00Z",
        "Cia",
        "När är det?",
    );
    made.add(
        "blogg",
        Kind::Comment,
        Some(&two),
        "2026-11-16T10:00:00Z",
        "Ekhamra kommun",
        "I morgon.",
    );
    made.add(
        "blogg",
        Kind::Comment,
        Some(&one),
        "2026-11-16T11:00:00Z",
        "Kommunen",
        "Gratis!",
    );
    let told = made.report(ReportName::Unanswered, &ReportRequest::default());
    assert_eq!(told.column("record"), [json!(made.record(&one))]);
}

#[test]
fn what_is_not_public_is_shown_to_those_who_may() {
    let made = Made::new("tibro");
    let post = made.add(
        "blogg",
        Kind::Post,
        None,
        "2026-11-02T08:00:00Z",
        "Ekhamra kommun",
        "Hej",
    );
    made.add_as(
        "blogg",
        Kind::Comment,
        Some(&post),
        "2026-11-16T09:00:00Z",
        "Bo",
        "Vad kostar det?",
        Visibility::Held,
    );
    let may = ReportRequest::default();
    assert_eq!(
        made.report(ReportName::Unanswered, &may).column("state"),
        [json!("held")]
    );
    let may_not = ReportRequest {
        restricted: arkivd::catalog::Restricted::None,
        ..may
    };
    assert!(
        made.report(ReportName::Unanswered, &may_not)
            .rows
            .is_empty()
    );
}

#[test]
fn silence_and_few_posts_are_judged_by_the_policy_and_the_unread_is_not_silent() {
    let made = Made::new("falkoping");
    made.account("tyst");
    made.account("aldrig");
    for n in 0..14 {
        let at = format!(
            "2026-{:02}-{:02}T08:00:00Z",
            8 + (n * 7 + 17) / 31,
            (n * 7 + 17) % 31 + 1
        );
        made.add("blogg", Kind::Post, None, &at, "Ekhamra kommun", "Nytt");
    }
    made.add(
        "tyst",
        Kind::Post,
        None,
        "2026-04-01T08:00:00Z",
        "Ekhamra kommun",
        "Hej då",
    );
    let told = made.report(ReportName::Activity, &ReportRequest::default());
    assert_eq!(told.column("account"), ["aldrig", "blogg", "tyst"]);
    assert_eq!(
        told.column("inactive"),
        [json!(null), json!(false), json!(true)]
    );
    assert_eq!(told.column("few"), [json!(null), json!(false), json!(true)]);
    assert_eq!(
        told.column("posts")[0],
        json!(null),
        "nothing is known of what was never read"
    );
    assert!(
        told.column("judgement")[2]
            .as_str()
            .unwrap()
            .contains("to be closed")
    );
}

#[test]
fn days_without_a_look_are_told_and_arkivds_own_watching_is_none() {
    let made = Made::new("tibro");
    made.oversee("blogg", day("2026-11-18"));
    made.sql("INSERT INTO watch_day VALUES ('blogg', '2026-11-19', 24, 1)");
    made.sql("UPDATE account SET added = '2026-11-13T08:00:00Z'");
    let told = made.report(ReportName::Oversight, &ReportRequest::default());
    // Monday 16 to Friday 20, Wednesday seen.
    assert_eq!(told.column("demanded"), [json!(5)]);
    assert_eq!(told.column("missed"), [json!(4)]);
    assert_eq!(told.column("watched"), [json!(24)]);
    made.sql(
        "INSERT INTO boost (account, seconds, begins, ends, reason, actor) VALUES
        ('blogg', 60, '2026-11-13T23:00:00Z', '2026-11-15T23:00:00Z', 'unlawful content', 'x')",
    );
    let told = made.report(ReportName::Oversight, &ReportRequest::default());
    assert_eq!(told.column("demanded"), [json!(7)]);
}

#[test]
fn edits_and_removals_are_told_apart_from_what_is_only_not_seen() {
    let made = Made::new("tibro");
    let post = made.add(
        "blogg",
        Kind::Post,
        None,
        "2026-11-02T08:00:00Z",
        "Ekhamra kommun",
        "Badet öppnar lördag",
    );
    made.see_again("blogg", Kind::Post, &post, "Badet öppnar söndag");
    let gone = made.add(
        "blogg",
        Kind::Comment,
        Some(&post),
        "2026-11-03T08:00:00Z",
        "Bo",
        "Fula ord",
    );
    made.sql(&format!(
        "INSERT INTO vanishing (record, change, last_seen, first_missed, confirmed, asked, how, author)
         SELECT record, 'removed', '2026-11-03T09:00:00Z', '2026-11-04T09:00:00Z', '2026-11-04T09:01:00Z', '2026-11-04T09:01:00Z', '404 gone', 'editor'
         FROM record_alias WHERE native_id = '{gone}'"
    ));
    let told = made.report(ReportName::Changes, &ReportRequest::default());
    assert_eq!(told.column("change"), ["removed", "edited"]);
    assert_eq!(told.column("by"), [json!("editor"), json!(null)]);
    assert_eq!(
        told.column("what")[1],
        "version 2 of 2: 1 words added and 1 taken away"
    );
    // A word that moved is both, as `record history` shows it.
    let moved = made.add(
        "blogg",
        Kind::Post,
        None,
        "2026-11-02T09:00:00Z",
        "Ekhamra kommun",
        "Badet stänger aldrig i dag",
    );
    made.see_again("blogg", Kind::Post, &moved, "i dag Badet stänger aldrig");
    let told = made.report(ReportName::Changes, &ReportRequest::default());
    assert_eq!(
        told.column("what")[2],
        "version 2 of 2: 2 words added and 2 taken away"
    );
    let early = ReportRequest {
        to: Some(day("2026-11-03")),
        ..ReportRequest::default()
    };
    assert!(made.report(ReportName::Changes, &early).rows.is_empty());
}

#[test]
fn a_profile_is_held_against_what_the_guideline_demands() {
    let made = Made::new("vara");
    made.profile(
        "blogg",
        "Ekhamra kommun",
        "Här informerar vi. Inlägg blir allmänna handlingar. Ring 0512-310 00",
    );
    let told = made.report(ReportName::Information, &ReportRequest::default());
    let found = |piece: &str| {
        let row = told.rows.iter().find(|row| row["piece"] == piece).unwrap();
        row["found"].as_str().unwrap().to_owned()
    };
    assert_eq!(found("public-records"), "yes");
    assert_eq!(found("phone"), "yes");
    assert_eq!(found("email"), "no");
    assert_eq!(found("logo"), "no");
    assert_eq!(found("name"), "yes");
}

#[test]
fn the_letter_has_five_lines_and_invents_no_zero() {
    let made = Made::new("tibro");
    let post = made.add(
        "blogg",
        Kind::Post,
        None,
        "2026-11-10T08:00:00Z",
        "Ekhamra kommun",
        "Hej",
    );
    made.add(
        "blogg",
        Kind::Comment,
        Some(&post),
        "2026-11-11T09:00:00Z",
        "Bo",
        "Vad kostar det?",
    );
    let told = made.report(ReportName::Letter, &ReportRequest::default());
    assert_eq!(
        told.column("line"),
        ["register", "assess", "answer", "changes", "gallra"]
    );
    assert_eq!(told.column("count")[0], json!(1));
    assert_eq!(told.column("count")[2], json!(1));
    assert_eq!(told.column("count")[4], json!(null));
}

#[test]
fn where_the_sender_is_told_a_forwarded_question_has_its_reply() {
    let made = Made::new("vara");
    let post = made.add(
        "blogg",
        Kind::Post,
        None,
        "2026-11-10T08:00:00Z",
        "Ekhamra kommun",
        "Hej",
    );
    let asked = made.add(
        "blogg",
        Kind::Comment,
        Some(&post),
        "2026-11-11T09:00:00Z",
        "Bo",
        "Vad kostar det?",
    );
    let refused = made.forward(&asked, None).unwrap_err();
    assert!(
        refused.to_string().contains("vara.txt:76"),
        "forwarded_sender_told: {refused}"
    );
    assert!(refused.hint().unwrap().contains("--reply"));
    made.forward(&asked, Some("Den gick till tekniska nämnden."))
        .unwrap();
    let told = made.report(ReportName::Unanswered, &ReportRequest::default());
    assert!(told.rows.is_empty());
    assert_eq!(told.total("forwarded"), 1);
}
