//! Polls of the real PDS: what is new, edited and gone, and when nothing is.

use arkivd::platform::{By, Extent, Presence};
use arkivd::record::{Covered, Visibility};
use serde_json::json;

use super::appview::AppView;
use super::pds::{Pds, subject, uri};
use super::{ask, by_text, network, poll};

fn extents(polled: &arkivd::platform::Polled) -> [Extent; 2] {
    let of = |what| {
        polled
            .windows
            .iter()
            .find(|w| w.what == what)
            .unwrap()
            .extent
    };
    [of(Covered::Posts), of(Covered::Comments)]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_tells_what_is_new_edited_and_gone_and_costs_little_when_nothing_is() {
    let Some(pds) = Pds::running() else { return };
    let (own, anna) = (pds.account("kommun"), pds.account("anna"));
    let kept = own.post("kvar", json!({}));
    let edited = own.post("före", json!({}));
    let removed = own.post("borttaget", json!({}));
    let taken = own.post("nedtaget", json!({}));
    let question = anna.reply("fråga", &kept, &kept);
    let nested = anna.reply("fråga under frågan", &kept, &question);
    let appview = AppView::over(&pds, &[&own, &anna]);
    let (network, address) = (network(&pds.plc, &appview.address), own.address());

    let first = poll(&network, &address, &Default::default()).await;
    assert_eq!(extents(&first), [Extent::Whole, Extent::Whole]);
    assert_eq!(first.items.len(), 6);
    assert_eq!(first.windows[1].seen.len(), 2);

    let second = poll(&network, &address, &first.memory).await;
    assert_eq!(extents(&second), [Extent::Same, Extent::Same]);
    assert!(second.items.is_empty() && second.windows.iter().all(|w| w.seen.is_empty()));

    own.edit(&edited, "efter");
    own.delete(&uri(&removed));
    pds.take_down(&subject(&taken), true);
    anna.delete(&uri(&nested));
    let third = poll(&network, &address, &second.memory).await;
    assert_eq!(extents(&third), [Extent::Whole, Extent::Whole], "{third:?}");
    let now = by_text(&third.items);
    assert_eq!(now["efter"].native_id.0, uri(&edited));
    assert!(
        third.windows[0]
            .seen
            .iter()
            .all(|id| id.0 != uri(&removed) && id.0 != uri(&taken))
    );
    assert!(third.windows[1].seen.iter().all(|id| id.0 != uri(&nested)));

    let was = by_text(&first.items);
    let answers = ask(
        &network,
        &address,
        &[
            was["borttaget"],
            was["nedtaget"],
            was["fråga under frågan"],
            was["fråga"],
            was["före"],
        ],
        &[now["kvar"]],
    )
    .await;
    let removed_by = |by| Presence::Removed { by };
    assert_eq!(answers[0].0, removed_by(Some(By::Author)), "{answers:?}");
    assert!(
        answers[0].1.starts_with("400 RecordNotFound"),
        "{answers:?}"
    );
    assert_eq!(
        answers[1].0,
        Presence::Hidden {
            by: Some(By::Platform)
        },
        "{answers:?}"
    );
    assert_eq!(answers[2].0, removed_by(Some(By::Author)));
    assert_eq!(
        (&answers[3].0, &answers[4].0),
        (&Presence::There, &Presence::There)
    );

    pds.take_down(&subject(&taken), false);
    anna.reply("ny fråga", &kept, &kept);
    let fourth = poll(&network, &address, &third.memory).await;
    assert!(by_text(&fourth.items).contains_key("nedtaget"));
    assert!(by_text(&fourth.items).contains_key("ny fråga"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_the_editor_hides_is_hidden_in_polls_and_whole_readings() {
    let Some(pds) = Pds::running() else { return };
    let (own, anna) = (pds.account("kommun"), pds.account("anna"));
    let post = own.post("inlägg", json!({}));
    let rude = anna.reply("ovett", &post, &post);
    anna.reply("fråga", &post, &post);
    let appview = AppView::over(&pds, &[&own, &anna]);
    let (network, address) = (network(&pds.plc, &appview.address), own.address());
    let before = poll(&network, &address, &Default::default()).await;
    assert!(
        before
            .items
            .iter()
            .all(|item| item.visibility == Visibility::Public)
    );
    let key = uri(&post).rsplit('/').next().unwrap().to_owned();
    own.put(
        "app.bsky.feed.threadgate",
        &key,
        json!({"$type": "app.bsky.feed.threadgate", "post": post["uri"], "hiddenReplies": [rude["uri"]],
            "createdAt": "2026-11-01T10:00:00Z"}),
    );
    let after = poll(&network, &address, &before.memory).await;
    let now = by_text(&after.items);
    assert_eq!(now["ovett"].visibility, Visibility::Hidden);
    assert_eq!(now["fråga"].visibility, Visibility::Public);
    let again = poll(&network, &address, &after.memory).await;
    assert_eq!(extents(&again), [Extent::Same, Extent::Same]);
    let (whole, raw) = super::fetch_with(&network, &address, |_| {}).await;
    assert_eq!(
        by_text(&whole.unwrap().items)["ovett"].visibility,
        Visibility::Hidden
    );
    let apart: Vec<&str> = raw
        .iter()
        .filter(|r| r.restricted)
        .map(|r| r.name.as_str())
        .collect();
    assert_eq!(
        apart,
        ["thread-00001"],
        "the answer that holds its words goes where it goes"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_accounts_window_reaches_as_far_back_as_it_says() {
    let Some(pds) = Pds::running() else { return };
    let own = pds.account("stor");
    let posts = own.post_many(130);
    let network = network(&pds.plc, "");
    let polled = poll(&network, &own.address(), &Default::default()).await;
    let [Extent::Since(since), Extent::Loose] = extents(&polled) else {
        panic!("{:?}", extents(&polled));
    };
    let seen = &polled.windows[0].seen;
    assert_eq!(seen.len(), 100);
    assert!(
        posts[30..]
            .iter()
            .all(|uri| seen.iter().any(|id| id.0 == *uri))
    );
    let whole = super::fetch(&network, &own.address()).await.unwrap();
    for item in &whole.items {
        let within = item.published.is_some_and(|at| at >= since);
        assert!(
            !within || seen.contains(&item.native_id),
            "{:?}",
            item.published
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_is_exactly_full_or_fuller_than_the_server_gives_is_told_right() {
    let Some(pds) = Pds::running() else { return };
    let own = pds.account("jamn");
    own.post_many(100);
    let network = network(&pds.plc, "");
    let polled = poll(&network, &own.address(), &Default::default()).await;
    assert!(
        matches!(extents(&polled)[0], Extent::Since(_)),
        "a hundred may be all or the newest"
    );
    let again = poll(&network, &own.address(), &polled.memory).await;
    assert_eq!(extents(&again)[0], Extent::Same);
    own.post("ett till", json!({}));
    let more = poll(&network, &own.address(), &again.memory).await;
    assert!(by_text(&more.items).contains_key("ett till"));
}
