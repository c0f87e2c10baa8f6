//! Pages that want more than to be seen, and scripts that never end.

use super::*;

#[tokio::test]
async fn dialogs_without_end_are_answered_and_ended() {
    let Some(looked) = look_at("/alerts").await else {
        return;
    };
    assert_eq!(
        looked.page.outcome,
        PageOutcome::Captured,
        "{:?}",
        looked.page
    );
    assert!(looked.action(ActionKind::DialogAnswered).unwrap() > 20);
    assert!(looked.action(ActionKind::ScriptEnded).is_some());
    let dialogs = looked
        .page
        .actions
        .iter()
        .find(|a| a.what == ActionKind::DialogAnswered);
    assert_eq!(dialogs.unwrap().detail.as_deref(), Some("Räksmörgås?"));
    assert_eq!(looked.text(), "före\n\nefter\n");
}

#[tokio::test]
async fn a_script_without_end_is_ended() {
    let Some(looked) = look_at("/forever").await else {
        return;
    };
    assert_eq!(
        looked.page.outcome,
        PageOutcome::Captured,
        "{:?}",
        looked.page
    );
    assert!(
        looked.action(ActionKind::ScriptEnded).is_some(),
        "{:?}",
        looked.page
    );
    assert_eq!(looked.text(), "före\n\nefter\n");
}

#[tokio::test]
async fn scripts_that_begin_anew_without_end_are_run_no_more() {
    let Some(looked) = look_at("/always").await else {
        return;
    };
    assert!(looked.page.outcome.is_captured(), "{:?}", looked.page);
    assert!(
        looked.action(ActionKind::ScriptEnded) >= Some(2),
        "{:?}",
        looked.page
    );
    assert_eq!(looked.text(), "text\n");
    println!("{:?}", looked.page.gaps);
}

#[tokio::test]
async fn a_page_that_wants_more_than_to_be_seen_gets_no() {
    let Some(looked) = look_at("/intrusive").await else {
        return;
    };
    assert_eq!(
        looked.page.outcome,
        PageOutcome::Captured,
        "{:?}",
        looked.page
    );
    assert_eq!(
        looked.action(ActionKind::DialogAnswered),
        Some(2),
        "{:?}",
        looked.page
    );
    assert_eq!(
        looked.action(ActionKind::DownloadDenied),
        Some(1),
        "{:?}",
        looked.page
    );
    let text = looked.text();
    assert!(
        text.contains("nullfalse") && text.contains("ingenplats"),
        "{text}"
    );
    assert_eq!(
        looked.names(),
        ["boxes.ndjson", "page.txt", "print.pdf", "tile-0001.png"]
    );
}
