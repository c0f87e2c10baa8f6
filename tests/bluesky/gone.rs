//! Whole repositories that go away, on the real PDS, and questions that settle nothing.

use arkivd::platform::{By, Doubt, Extent, Presence};
use arkivd::record::{Item, Kind, NativeId};
use serde_json::json;

use super::pds::Pds;
use super::{ask, fetch, network, poll};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repository_taken_down_deactivated_or_deleted_answers_for_all_its_records() {
    let Some(pds) = Pds::running() else { return };
    let own = pds.account("borta");
    own.post("ett", json!({}));
    own.post("två", json!({}));
    let (network, address) = (network(&pds.plc, ""), own.address());
    let polled = poll(&network, &address, &Default::default()).await;
    let items: Vec<&Item> = polled.items.iter().collect();

    let hidden = |by| Presence::Hidden { by: Some(by) };
    let check = async |expected: Presence, words: &str| {
        let answers = ask(&network, &address, &items, &[]).await;
        assert!(answers.iter().all(|a| a.0 == expected), "{answers:?}");
        assert!(answers[0].1.contains(words), "{answers:?}");
        // The handle leads nowhere now; the memory knows whom it meant.
        let now = poll(&network, &address, &polled.memory).await;
        assert_eq!(
            (now.windows[0].extent, now.windows[0].seen.len()),
            (Extent::Whole, 0)
        );
        assert!(!now.warnings.is_empty());
        let error = fetch(&network, &own.address_by_did()).await.unwrap_err();
        assert!(
            error.lasts() && error.to_string().contains("the account"),
            "{error}"
        );
    };
    pds.take_down(&own.repository(), true);
    check(hidden(By::Platform), "takendown").await;
    pds.take_down(&own.repository(), false);
    own.deactivate();
    check(hidden(By::Author), "deactivated").await;
    own.activate();
    let back = ask(&network, &address, &items, &items).await;
    assert!(back.iter().all(|a| a.0 == Presence::There), "{back:?}");
    pds.delete_account(&own.did);
    check(Presence::Removed { by: None }, "RepoNotFound").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_without_a_control_that_holds_or_a_server_that_answers_settle_nothing() {
    let Some(pds) = Pds::running() else { return };
    let own = pds.account("fraga");
    own.post("kvar", json!({}));
    let network = network(&pds.plc, "");
    let polled = poll(&network, &own.address(), &Default::default()).await;
    let there = &polled.items[0];
    let named = |id: &str| Item {
        native_id: NativeId(id.to_owned()),
        kind: Kind::Comment,
        ..there.clone()
    };
    let never = named(&format!(
        "at://{}/app.bsky.feed.post/3kaaaaaaaaaaa",
        own.did
    ));
    // A control that is itself refused: then so may the question be.
    let answers = ask(&network, &own.address(), &[&never], &[&never]).await;
    assert_eq!(
        answers[0].0,
        Presence::Unsettled(Doubt::LoggedOut),
        "{answers:?}"
    );
    let odd = named("post:12");
    let stranger = named("at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.feed.post/3kaaaaaaaaaaa");
    let answers = ask(
        &network,
        &own.address(),
        &[&odd, &stranger, there],
        &[there],
    )
    .await;
    assert_eq!(answers[0].0, Presence::Unsettled(Doubt::NoSign));
    assert_eq!(
        answers[1].0,
        Presence::Unsettled(Doubt::Unclear),
        "{answers:?}"
    );
    assert_eq!(answers[2].0, Presence::There);
    let dead = super::network("http://127.0.0.1:9", "");
    let answers = ask(&dead, &own.address(), &[there], &[there]).await;
    assert_eq!(
        answers[0].0,
        Presence::Unsettled(Doubt::Unreachable),
        "{answers:?}"
    );
}
