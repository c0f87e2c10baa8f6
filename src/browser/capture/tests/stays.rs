//! A page that would leave while it is taken.

use super::*;

#[tokio::test]
async fn a_page_that_would_leave_is_kept_and_taken() {
    let Some(looked) = look_at("/leaves").await else {
        return;
    };
    assert_eq!(
        looked.page.outcome,
        PageOutcome::Partial,
        "{:?}",
        looked.page
    );
    let gaps: Vec<&str> = looked.page.gaps.iter().map(|g| g.what.as_str()).collect();
    assert!(gaps.len() == 1 && gaps[0].ends_with("/404"), "{gaps:?}");
    assert_eq!(looked.action(ActionKind::Expanded), Some(1));
    assert!(looked.text().contains("rad159"), "{}", looked.text());
    let address = looked.page.final_address.as_deref();
    assert!(address.unwrap().ends_with("/leaves"), "{address:?}");
}
