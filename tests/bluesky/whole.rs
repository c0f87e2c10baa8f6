//! A whole account, read from the real PDS.

use std::sync::atomic::{AtomicUsize, Ordering};

use arkivd::record::{Block, Covered, Kind, NativeId};
use serde_json::json;

use super::appview::AppView;
use super::pds::{Pds, uri};
use super::{by_text, fetch, fetch_with, missing, network};

/// One pixel.
pub const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0,
    0, 1, 8, 2, 0, 0, 0, 0x90, 0x77, 0x53, 0xde, 0, 0, 0, 12, b'I', b'D', b'A', b'T', 8, 0xd7,
    0x63, 0xf8, 0xcf, 0xc0, 0, 0, 3, 1, 1, 0, 0x18, 0xdd, 0x8d, 0xb0, 0, 0, 0, 0, b'I', b'E', b'N',
    b'D', 0xae, 0x42, 0x60, 0x82,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_facets_pictures_and_replies_are_read_with_all_that_belongs_to_them() {
    let Some(pds) = Pds::running() else { return };
    let (own, anna) = (pds.account("kommun"), pds.account("anna"));
    let avatar = own.upload("image/png", PNG);
    own.put(
        "app.bsky.actor.profile",
        "self",
        json!({"$type": "app.bsky.actor.profile", "displayName": "Tibro kommun", "description": "Vi svarar vardagar.", "avatar": avatar}),
    );
    let text = "Snö på gång 👷🏽‍♀️ – läs mer";
    let start = text.find("läs").unwrap();
    let first = own.post(
        text,
        json!({"facets": [{"index": {"byteStart": start, "byteEnd": text.len()},
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://tibro.example/sno"}]}]}),
    );
    let picture = own.upload("image/png", PNG);
    own.post(
        "Med bild",
        json!({"embed": {"$type": "app.bsky.embed.images", "images": [{"alt": "En plogbil", "image": picture}]}}),
    );
    let asked = anna.reply("När plogas Storgatan?", &first, &first);
    let answer = own.reply("I eftermiddag.", &first, &asked);
    let thanks = anna.reply("Tack!", &first, &answer);
    let elsewhere = anna.post("Fin kommun", json!({}));
    let kind = own.reply("Tack detsamma.", &elsewhere, &elsewhere);
    anna.reply("Varsågod.", &elsewhere, &kind);
    let appview = AppView::over(&pds, &[&own, &anna]);
    let network = network(&pds.plc, &appview.address);

    let (fetched, raw) = fetch_with(&network, &own.address(), |_| {}).await;
    let fetched = fetched.unwrap();
    assert!(fetched.coverage.is_complete(), "{:?}", fetched.coverage);
    assert_eq!(fetched.warnings, Vec::<String>::new());
    let names: Vec<&str> = raw.iter().map(|answer| answer.name.as_str()).collect();
    assert!(
        names.starts_with(&["identity", "profile", "posts-page-0001"]),
        "{names:?}"
    );
    let profile = &fetched.profile;
    assert_eq!(profile.name.as_deref(), Some("Tibro kommun"));
    assert_eq!(profile.description.as_deref(), Some("Vi svarar vardagar."));
    assert!(
        profile
            .picture
            .as_deref()
            .unwrap()
            .contains("com.atproto.sync.getBlob")
    );

    let kinds: Vec<Kind> = fetched.items.iter().map(|item| item.kind).collect();
    assert!(kinds.is_sorted(), "posts before comments: {kinds:?}");
    let found = by_text(&fetched.items);
    assert_eq!(found.len(), 7, "{:?}", found.keys());
    let post = found[text];
    assert_eq!(post.native_id, NativeId(uri(&first)));
    let Block::Paragraph { spans } = &post.content.body[0] else {
        panic!("{:?}", post.content.body);
    };
    assert_eq!(spans[1].text, "läs mer");
    assert_eq!(spans[1].link.as_deref(), Some("https://tibro.example/sno"));
    assert_eq!(post.content.author.as_ref().unwrap().name, "Tibro kommun");
    let media: Vec<_> = fetched
        .items
        .iter()
        .flat_map(|item| &item.content.media)
        .collect();
    assert_eq!(media[0].alt.as_deref(), Some("En plogbil"));
    for (reply, parent, author) in [
        (
            "När plogas Storgatan?",
            uri(&first),
            format!("@{}", anna.handle),
        ),
        ("I eftermiddag.", uri(&asked), "Tibro kommun".to_owned()),
        ("Tack!", uri(&answer), format!("@{}", anna.handle)),
        ("Tack detsamma.", uri(&elsewhere), "Tibro kommun".to_owned()),
        ("Varsågod.", uri(&kind), format!("@{}", anna.handle)),
    ] {
        let text = found.keys().find(|text| text.ends_with(reply)).unwrap();
        let told = if reply == "Tack detsamma." {
            "Svar på: https://bsky.app/"
        } else {
            reply
        };
        assert!(text.starts_with(told), "{text}");
        let item = found[text];
        assert_eq!(item.kind, Kind::Comment, "{reply}");
        assert_eq!(item.parent, Some(NativeId(parent)), "{reply}");
        assert_eq!(item.content.author.as_ref().unwrap().name, author);
    }
    assert_eq!(found["Tack!"].native_id, NativeId(uri(&thanks)));

    let again = fetch(&network, &own.address()).await.unwrap();
    assert_eq!(
        again.items, fetched.items,
        "unchanged content gives equal items"
    );
    let by_did = fetch(&network, &own.address_by_did()).await.unwrap();
    assert_eq!(by_did.items, fetched.items);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_posts_are_read_to_the_end_though_some_vanish_meanwhile() {
    let Some(pds) = Pds::running() else { return };
    let own = pds.account("manga");
    let posts = own.post_many(250);
    let network = network(&pds.plc, "");
    let done = std::sync::Arc::new(AtomicUsize::new(0));
    let (own, address) = (std::sync::Arc::new(own), std::sync::Arc::new(posts.clone()));
    let (account, seen) = (own.clone(), done.clone());
    let (fetched, raw) = fetch_with(&network, &own.address(), move |_| {
        // After the first page: one that is read, the last of it, and one that is still to come.
        if seen.fetch_add(1, Ordering::SeqCst) == 0 {
            for gone in [3, 99, 150] {
                account.delete(&address[gone]);
            }
        }
    })
    .await;
    let fetched = fetched.unwrap();
    assert_eq!(
        fetched.items.len(),
        249,
        "what was read before it went is kept"
    );
    assert!(
        fetched
            .items
            .iter()
            .any(|item| item.native_id.0 == posts[99])
    );
    assert!(
        !fetched
            .items
            .iter()
            .any(|item| item.native_id.0 == posts[150])
    );
    assert_eq!(
        missing(&fetched.coverage, Covered::Posts),
        Vec::<String>::new()
    );
    assert_eq!(
        missing(&fetched.coverage, Covered::Comments),
        ["others' replies: not captured: no AppView is set: bluesky_appview is empty"]
    );
    assert!(raw.iter().any(|answer| answer.name == "posts-page-0003"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_appview_is_asked_only_about_threads_with_replies_and_its_failure_is_a_gap() {
    let Some(pds) = Pds::running() else { return };
    let (own, bo) = (pds.account("kommun"), pds.account("bo"));
    own.post_many(60);
    let post = own.post("Fråga på", json!({}));
    let mut parent = post.clone();
    for level in 0..45 {
        parent = bo.reply(&format!("nivå {level}"), &post, &parent);
    }
    let blocked = bo.reply("spärrad", &post, &post);
    let appview = AppView::over(&pds, &[&own, &bo]);
    appview.state.lock().unwrap().blocked.push(uri(&blocked));
    let network = network(&pds.plc, &appview.address);
    let fetched = fetch(&network, &own.address()).await.unwrap();
    let comments = fetched
        .items
        .iter()
        .filter(|item| item.kind == Kind::Comment)
        .count();
    assert_eq!(comments, 45, "also those deeper than one answer goes");
    let gaps = missing(&fetched.coverage, Covered::Comments);
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert!(
        gaps[0].starts_with(&uri(&blocked)) && gaps[0].contains("blocked"),
        "{gaps:?}"
    );
    let threads = appview
        .state
        .lock()
        .unwrap()
        .asked
        .iter()
        .filter(|a| a.contains("getPostThread"))
        .count();
    assert_eq!((threads, appview.asked("getPosts")), (2, 3));

    appview.state.lock().unwrap().refuses = Some(502);
    let fetched = fetch(&network, &own.address()).await.unwrap();
    assert_eq!(
        fetched.items.len(),
        61,
        "the account's own are read without it"
    );
    let gaps = missing(&fetched.coverage, Covered::Comments);
    assert_eq!(gaps, ["others' replies: the server answered 502"]);
    assert!(
        fetched.warnings[0].contains("502"),
        "{:?}",
        fetched.warnings
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_handle_leads_on_by_the_did_and_by_what_a_poll_remembers() {
    let Some(pds) = Pds::running() else { return };
    let own = pds.account("gammal");
    own.post("Före bytet", json!({}));
    let network = network(&pds.plc, "");
    let before = fetch(&network, &own.address_by_did()).await.unwrap();
    let polled = super::poll(&network, &own.address(), &Default::default()).await;
    let new = format!("ny{}.test", &own.handle[6..14]);
    own.rename(&new);

    let after = fetch(&network, &own.address_by_did()).await.unwrap();
    let ids = |items: &[arkivd::record::Item]| {
        items
            .iter()
            .map(|i| i.native_id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&after.items), ids(&before.items));
    assert!(after.profile.home.unwrap().ends_with(&new));
    let again = super::poll(&network, &own.address(), &polled.memory).await;
    assert!(
        again
            .warnings
            .iter()
            .any(|w| w.contains(&new) && w.contains("correct the address")),
        "{:?}",
        again.warnings
    );
    let error = fetch(&network, &own.address()).await.unwrap_err();
    assert!(error.to_string().contains("leads to no account"), "{error}");
    assert!(error.lasts() && error.hint().is_some());
}
