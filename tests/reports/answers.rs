//! Which answers answer: those that the asker could see, whatever days and committee the report is about.

use arkivd::record::{Kind, Visibility};
use arkivd::workflow::{ReportName, ReportRequest};
use serde_json::json;

use super::made::{Made, day};

const OURS: &str = "Ekhamra kommun";

/// A question of Monday 16 November below a post: the archive, and the names of both.
fn asked() -> (Made, String, String) {
    let made = Made::new("tibro");
    let post = made.add(
        "blogg",
        Kind::Post,
        None,
        "2026-11-02T08:00:00Z",
        OURS,
        "Hej",
    );
    let parent = Some(post.as_str());
    let at = "2026-11-16T09:00:00Z";
    let asked = made.add("blogg", Kind::Comment, parent, at, "Bo", "Vad kostar det?");
    (made, post, asked)
}

fn open(made: &Made, request: &ReportRequest) -> usize {
    made.report(ReportName::Unanswered, request).rows.len()
}

#[test]
fn days_and_committee_narrow_the_questions_and_not_the_answers() {
    let (made, _, question) = asked();
    let to_it = Some(question.as_str());
    made.add(
        "blogg",
        Kind::Comment,
        to_it,
        "2026-11-18T09:00:00Z",
        OURS,
        "Gratis.",
    );
    let monday = ReportRequest {
        from: Some(day("2026-11-16")),
        to: Some(day("2026-11-16")),
        ..ReportRequest::default()
    };
    let told = made.report(ReportName::Unanswered, &monday);
    assert!(told.rows.is_empty(), "{:?}", told.rows);
    assert_eq!(told.total("answered_directly"), 1);
    // The account goes to another committee; who answered then answered still.
    made.sql(
        "UPDATE record SET committee = 'Tekniska nämnden' WHERE parent IN
              (SELECT record FROM record_alias WHERE native_id = '2')",
    );
    let board = ReportRequest {
        committee: Some("Kommunstyrelsen".into()),
        ..ReportRequest::default()
    };
    let told = made.report(ReportName::Unanswered, &board);
    assert_eq!((told.rows.len(), told.total("answered_directly")), (0, 1));
    let later = ReportRequest {
        from: Some(day("2026-11-17")),
        ..ReportRequest::default()
    };
    let told = made.report(ReportName::Unanswered, &later);
    assert_eq!(
        told.total("answered_directly"),
        0,
        "the question is of the sixteenth"
    );
}

#[test]
fn an_answer_that_was_never_seen_is_none() {
    for visibility in [Visibility::Held, Visibility::Hidden, Visibility::Private] {
        let (made, post, question) = asked();
        for to in [&question, &post] {
            let at = "2026-11-18T09:00:00Z";
            let parent = Some(to.as_str());
            made.add_as(
                "blogg",
                Kind::Comment,
                parent,
                at,
                OURS,
                "Gratis.",
                visibility,
            );
        }
        assert_eq!(open(&made, &ReportRequest::default()), 1, "{visibility}");
    }
}

#[test]
fn an_answer_that_was_seen_and_taken_away_is_one() {
    let (made, _, question) = asked();
    let at = "2026-11-18T09:00:00Z";
    let answer = made.add("blogg", Kind::Comment, Some(&question), at, OURS, "Gratis.");
    made.sql(&format!(
        "INSERT INTO vanishing (record, change, last_seen, first_missed, confirmed, asked, how)
         SELECT record, 'removed', '2026-11-18T10:00:00Z', '2026-11-19T09:00:00Z', '2026-11-19T09:01:00Z', '2026-11-19T09:01:00Z', '404'
         FROM record_alias WHERE native_id = '{answer}'"
    ));
    let told = made.report(ReportName::Unanswered, &ReportRequest::default());
    assert_eq!(told.total("answered_directly"), 1);
    assert!(told.stated.contains("tagits bort"), "{}", told.stated);
}

#[test]
fn a_message_is_answered_by_a_message() {
    let made = Made::new("tibro");
    let at = "2026-11-16T09:00:00Z";
    let private = Visibility::Private;
    let asked = made.add_as(
        "blogg",
        Kind::Message,
        None,
        at,
        "Bo",
        "När öppnar ni?",
        private,
    );
    assert_eq!(
        made.report(ReportName::Unanswered, &ReportRequest::default())
            .column("state"),
        [json!("private")]
    );
    let (at, to) = ("2026-11-16T10:00:00Z", Some(asked.as_str()));
    made.add_as(
        "blogg",
        Kind::Message,
        to,
        at,
        OURS,
        "Klockan nio.",
        private,
    );
    assert_eq!(open(&made, &ReportRequest::default()), 0);
}
