//! What nobody read is not called silent, and the reports that rest on it say so.

use arkivd::record::Kind;
use arkivd::workflow::{ReportName, ReportRequest};
use serde_json::json;

use super::made::{Made, Taken, day};

/// An account that posted each week until it was last read, in March.
fn unread_since_march() -> Made {
    let made = Made::new("falkoping");
    for day in ["2026-02-17", "2026-02-24", "2026-03-03", "2026-03-10"] {
        let at = format!("{day}T08:00:00Z");
        made.add("blogg", Kind::Post, None, &at, "Ekhamra kommun", "Nytt");
    }
    made.sql(
        "UPDATE capture SET started = '2026-03-18T12:00:00Z', finished = '2026-03-18T12:00:00Z'",
    );
    made
}

fn activity(made: &Made) -> Taken {
    made.report(ReportName::Activity, &ReportRequest::default())
}

#[test]
fn an_account_that_nobody_read_is_not_judged() {
    let made = unread_since_march();
    let told = activity(&made);
    assert_eq!(told.column("inactive"), [json!(null)]);
    assert_eq!(told.column("few"), [json!(null)]);
    assert_eq!(told.column("silent_days"), [json!(8)]);
    assert_eq!(told.column("last_read"), [json!("2026-03-18T12:00:00Z")]);
    let judgement = &told.column("judgement")[0];
    assert_eq!(judgement, "last read 2026-03-18; later posts are not known");
    assert_eq!(told.total("not_read_lately"), 1);
    assert_eq!(told.total("inactive"), 0);
    for name in [ReportName::Letter, ReportName::Unanswered] {
        let told = made.report(name, &ReportRequest::default());
        let note = told.notes.join(" ");
        assert!(note.contains("blogg (senast läst 2026-03-18)"), "{note}");
    }
}

#[test]
fn a_look_that_was_whole_is_a_reading() {
    let made = unread_since_march();
    made.sql("INSERT INTO watch (account, tried, done, memory) VALUES ('blogg', '2026-11-20T07:00:00Z', '2026-11-20T07:00:00Z', '{}')");
    let told = activity(&made);
    assert_eq!(told.column("inactive"), [json!(true)]);
    assert_eq!(told.column("silent_days"), [json!(255)]);
    let letter = made.report(ReportName::Letter, &ReportRequest::default());
    assert!(letter.notes.is_empty(), "{:?}", letter.notes);
    made.sql("UPDATE watch SET done = NULL");
    assert_eq!(activity(&made).column("inactive"), [json!(null)]);
}

#[test]
fn a_week_counts_that_was_read_to_its_end() {
    let made = unread_since_march();
    // Read on the Wednesday of the newest whole week, the ninth to the fifteenth of November.
    made.sql("UPDATE capture SET started = '2026-11-11T12:00:00Z'");
    let told = activity(&made);
    assert_eq!(told.column("weeks"), [json!(12)]);
    assert_eq!(told.column("few"), [json!(true)]);
}

#[test]
fn without_a_whole_week_nothing_is_counted() {
    let made = unread_since_march();
    let days = ReportRequest {
        from: Some(day("2026-03-03")),
        to: Some(day("2026-03-11")),
        ..ReportRequest::default()
    };
    let told = made.report(ReportName::Activity, &days);
    assert!(told.stated.contains("Ingen hel vecka"), "{}", told.stated);
    for key in ["posts", "posts_per_week", "weeks", "weeks_without", "few"] {
        assert_eq!(told.column(key), [json!(null)], "{key}");
    }
    let judgement = told.column("judgement")[0].to_string();
    assert!(judgement.contains("no whole week"), "{judgement}");
}

#[test]
fn past_weeks_that_were_read_are_judged_whenever_the_report_is_made() {
    let made = unread_since_march();
    let days = ReportRequest {
        to: Some(day("2026-03-15")),
        ..ReportRequest::default()
    };
    let told = made.report(ReportName::Activity, &days);
    assert_eq!(told.column("posts"), [json!(4)]);
    assert_eq!(told.column("inactive"), [json!(null)]);
    assert_ne!(told.column("few"), [json!(null)]);
}
