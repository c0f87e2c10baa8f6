//! What stands before a page and goes, or does not.

use super::*;

fn gaps(page: &Page) -> Vec<String> {
    page.gaps
        .iter()
        .map(|gap| format!("{}: {}", gap.what, gap.reason))
        .collect()
}

#[tokio::test]
async fn a_question_before_the_page_is_answered_no_and_the_page_is_gone_to() {
    for way in ["/asks?leads", "/asks?home"] {
        let Some(looked) = look_at(way).await else {
            return;
        };
        let page = &looked.page;
        assert_eq!(page.outcome, PageOutcome::Captured, "{way} {page:?}");
        assert!(looked.text().contains("Svaret var nej"), "{way}");
        assert!(
            looked.action(ActionKind::ConsentDeclined).is_some(),
            "{page:?}"
        );
        assert!(
            page.final_address.as_ref().unwrap().ends_with(way),
            "{page:?}"
        );
    }
}

#[tokio::test]
async fn a_question_that_would_not_go_is_the_outcome() {
    for way in ["/asks?stays", "/asking?yes"] {
        let Some(looked) = look_at(way).await else {
            return;
        };
        looked.nothing_is_kept(PageOutcome::ConsentWall);
        let detail = looked.page.detail.unwrap();
        assert!(detail.contains("cookies"), "{detail}");
    }
}

#[tokio::test]
async fn a_challenge_that_lets_the_browser_in_is_waited_for() {
    let Some((waited, stays)) = look_at_both("/challenge?passes", "/challenge?stays", |_| ()).await
    else {
        return;
    };
    assert_eq!(
        waited.page.outcome,
        PageOutcome::Captured,
        "{:?}",
        waited.page
    );
    assert!(waited.text().contains("Räksmörgås"));
    stays.nothing_is_kept(PageOutcome::Captcha);
    assert_eq!(stays.page.status, Some(403));
}

#[tokio::test]
async fn a_shell_is_waited_for_while_something_is_on_its_way() {
    let Some((timer, answer)) = look_at_both("/late?timer", "/late?answer", |_| ()).await else {
        return;
    };
    for looked in [timer, answer] {
        let page = &looked.page;
        assert_eq!(page.outcome, PageOutcome::Captured, "{page:?}");
        assert!(looked.text().contains("Sent men här"), "{page:?}");
    }
}

#[tokio::test]
async fn a_way_to_another_page_is_told_and_one_to_a_login_is_a_wall() {
    let Some((front, language)) = look_at_both("/to-front", "/kommunen", |_| ()).await else {
        return;
    };
    assert_eq!(front.page.outcome, PageOutcome::Partial, "{:?}", front.page);
    let told = gaps(&front.page);
    assert!(
        told.len() == 1 && told[0].contains("it led to http://"),
        "{told:?}"
    );
    assert_eq!(
        language.page.outcome,
        PageOutcome::Captured,
        "{:?}",
        language.page
    );
    assert!(
        language
            .page
            .final_address
            .unwrap()
            .ends_with("/sv/kommunen")
    );

    let (chain, frame) = look_at_both("/chain", "/portal", |_| ()).await.unwrap();
    chain.nothing_is_kept(PageOutcome::LoginWall);
    assert_eq!(chain.page.redirects.len(), 2, "{:?}", chain.page);
    frame.nothing_is_kept(PageOutcome::LoginWall);
    let soft = look_at("/soft").await.unwrap();
    soft.nothing_is_kept(PageOutcome::NotFound);
    assert_eq!(
        (soft.page.status, soft.page.detail.as_deref()),
        (Some(200), Some("sidan kunde inte hittas"))
    );
}
