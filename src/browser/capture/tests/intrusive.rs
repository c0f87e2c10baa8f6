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
async fn scripts_without_end_are_ended() {
    let Some((once, anew)) = look_at_both("/forever", "/always", |_| ()).await else {
        return;
    };
    assert_eq!(once.page.outcome, PageOutcome::Captured, "{:?}", once.page);
    assert!(once.action(ActionKind::ScriptEnded).is_some());
    assert_eq!(once.text(), "före\n\nefter\n");
    // One that begins anew each time may run no more.
    assert_eq!(anew.page.outcome, PageOutcome::Partial, "{:?}", anew.page);
    assert!(anew.action(ActionKind::ScriptEnded) >= Some(2));
    assert_eq!(anew.page.gaps.len(), 1, "{:?}", anew.page);
    assert_eq!(anew.text(), "text\n");
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
