//! Looks that end without a page: each end has its name.

use super::*;

#[tokio::test]
async fn each_end_has_its_name_and_nothing_is_kept_of_it() {
    let ends = [
        ("/404", PageOutcome::NotFound),
        ("/410", PageOutcome::Gone),
        ("/429", PageOutcome::TooManyRequests),
        ("/500", PageOutcome::ServerError),
        ("/loop", PageOutcome::Redirects),
        ("/download", PageOutcome::NotAPage),
        ("/pdf", PageOutcome::NotAPage),
        ("/403", PageOutcome::Refused),
    ];
    for pair in ends.chunks(2) {
        let Some((one, other)) = look_at_both(pair[0].0, pair[1].0, |_| ()).await else {
            return;
        };
        for (looked, (path, outcome)) in [one, other].into_iter().zip(pair) {
            looked.nothing_is_kept(*outcome);
            let page = &looked.page;
            match path[1..].parse::<u16>() {
                Ok(status) => {
                    assert_eq!(page.status, Some(status));
                    assert_eq!(page.detail.as_deref(), Some(&path[1..]));
                }
                Err(_) => assert!(page.detail.is_some(), "{page:?}"),
            }
            let at = page.final_address.as_ref().unwrap();
            assert!(at.ends_with(path), "{page:?}");
        }
    }
}

#[tokio::test]
async fn a_way_that_leads_elsewhere_is_followed_and_told() {
    let Some(looked) = look_at("/redirect").await else {
        return;
    };
    looked.nothing_is_kept(PageOutcome::LoginWall);
    let page = &looked.page;
    assert_eq!(page.redirects.len(), 1, "{page:?}");
    assert_eq!(
        (page.redirects[0].status, page.redirects[0].address.as_str()),
        (302, page.address.as_str())
    );
    assert!(
        page.final_address.as_ref().unwrap().ends_with("/login"),
        "{page:?}"
    );

    let looked = look_at("/leads").await.unwrap();
    looked.nothing_is_kept(PageOutcome::NotFound);
    assert_eq!(looked.page.redirects[0].status, 200);
    assert!(
        looked
            .page
            .final_address
            .as_ref()
            .unwrap()
            .ends_with("/404"),
        "{:?}",
        looked.page
    );

    let looked = look_at("/meta").await.unwrap();
    assert_eq!(
        looked.page.outcome,
        PageOutcome::Partial,
        "{:?}",
        looked.page
    );
    assert!(looked.text().contains("Räksmörgås"));
    assert!(
        looked.page.address.ends_with("/meta")
            && !looked
                .page
                .final_address
                .as_ref()
                .unwrap()
                .ends_with("/meta")
    );
}

#[tokio::test]
async fn what_cannot_be_reached_is_named() {
    if program().is_none() {
        return;
    }
    let _turn = TURN.acquire().await.unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let refused = look(&job(&format!("http://{free}/"))).await;
    refused.nothing_is_kept(PageOutcome::Unreachable);
    let detail = refused.page.detail.unwrap();
    assert!(detail.contains("refused"), "{detail}");

    let nowhere = look(&job("https://finns-inte.invalid/")).await;
    nowhere.nothing_is_kept(PageOutcome::NameNotFound);

    let port = site().await;
    let inside = look(&job(&format!("http://127.0.0.1:{port}/to-inside?{free}"))).await;
    inside.nothing_is_kept(PageOutcome::InsideNetwork);
}

#[tokio::test]
async fn no_browser_is_an_outcome_that_says_what_to_do() {
    let mut job = job("http://127.0.0.1:9/");
    job.program = Some("/nowhere/chromium".into());
    let looked = look(&job).await;
    looked.nothing_is_kept(PageOutcome::NoBrowser);
    let detail = looked.page.detail.unwrap();
    assert!(detail.contains("/nowhere/chromium"), "{detail}");
}

#[tokio::test]
async fn rules_that_do_not_read_are_an_error() {
    let mut job = job("http://127.0.0.1:9/");
    job.rules = Some("[[host]]\nnonsense = 1\n".to_owned());
    let folder = tempfile::tempdir().unwrap();
    let error = capture(&job, user(), folder.path(), &Utc::now)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("nonsense"), "{error}");
}

#[tokio::test]
async fn memory_without_end_is_a_crash_and_the_next_look_works() {
    let small = |job: &mut Job| job.limits.memory_bytes = 1 << 30;
    let Some(looked) = look_with("/memory", small).await else {
        return;
    };
    looked.nothing_is_kept(PageOutcome::Crashed);
    assert!(
        looked.page.detail.as_ref().unwrap().contains("crashed"),
        "{:?}",
        looked.page
    );
    assert_eq!(
        look_at("/").await.unwrap().page.outcome,
        PageOutcome::Captured
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_costs_no_more_than_the_time() {
    let begun = Instant::now();
    let Some(looked) = look_with("/silent", |job| job.limits.seconds = 4).await else {
        return;
    };
    looked.nothing_is_kept(PageOutcome::TimedOut);
    assert!(
        looked.page.detail.as_ref().unwrap().contains("4 s"),
        "{:?}",
        looked.page
    );
    assert!(begun.elapsed() < Duration::from_secs(60));
}
