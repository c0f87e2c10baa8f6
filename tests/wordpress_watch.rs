//! Polls of a real WordPress, and direct questions to it: what was edited, trashed, deleted, held, marked as spam, and
//! what a site that is closed does not tell. scripts/test starts the server; each test has a site of its own.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use arkivd::platform::{
    self, Answer, By, Client, Credential, Doubt, Extent, Held, Memory, Network, Polled, Presence,
    Question, Secret, Window,
};
use arkivd::record::{Account, Covered, Item, Kind, NativeId, Platform, Visibility};
use chrono::{DateTime, Utc};
use support::sites::WordPress;

struct Looking {
    client: Client,
    account: Account,
    credential: Option<Credential>,
    held: BTreeMap<NativeId, Item>,
    memory: Memory,
}

impl Looking {
    fn at(site: &WordPress, with_credential: bool) -> Self {
        let network = Network {
            retries: 0,
            ..Network::default()
        };
        Self {
            client: Client::new(&network).unwrap(),
            account: Account {
                id: "webb".parse().unwrap(),
                platform: Platform::WordPress,
                address: site.address.parse().unwrap(),
                committee: "Kommunstyrelsen".into(),
                purpose: "dialog".into(),
                audience: "invånare".into(),
                responsible: vec!["Anna Ek".into()],
                substitute: None,
                credential: None,
                parent: None,
            },
            credential: with_credential.then(|| Credential {
                user: site.user.clone(),
                password: Secret::new(site.password.clone()),
                address: None,
            }),
            held: BTreeMap::new(),
            memory: Memory::new(),
        }
    }

    /// The items that were new or another, by their ids.
    async fn poll(&mut self) -> (Polled, BTreeSet<String>) {
        let held = &self.held;
        let is_current = |id: &NativeId, edited: Option<DateTime<Utc>>| {
            held.get(id).is_some_and(|item| item.edited == edited)
        };
        let told = Held {
            memory: &self.memory,
            is_current: &is_current,
        };
        let credential = self.credential.as_ref();
        let raw = &mut |_| Ok(());
        let polled = platform::poll(&self.client, &self.account, credential, told, raw)
            .await
            .unwrap();
        let mut changed = BTreeSet::new();
        for item in &polled.items {
            let before = self.held.insert(item.native_id.clone(), item.clone());
            if before.as_ref() != Some(item) {
                changed.insert(item.native_id.0.clone());
            }
        }
        self.memory = polled.memory.clone();
        (polled, changed)
    }

    fn question(&self, native: &str) -> Question {
        let native_id = NativeId(native.to_owned());
        let item = self.held.get(&native_id);
        let kind = match native.split(':').next() {
            Some("comment") => Kind::Comment,
            Some("page") => Kind::Page,
            _ => Kind::Post,
        };
        Question {
            native_id,
            kind,
            permalink: item.and_then(|item| item.permalink.clone()),
            parent: item.and_then(|item| item.parent.clone()),
            visibility: item.map_or(Visibility::Public, |item| item.visibility),
        }
    }

    async fn ask(&self, about: &[&str], controls: &[&str]) -> Vec<Answer> {
        let list = |all: &[&str]| all.iter().map(|id| self.question(id)).collect::<Vec<_>>();
        let (about, controls) = (list(about), list(controls));
        let credential = self.credential.as_ref();
        platform::inquire(&self.client, &self.account, credential, &about, &controls)
            .await
            .unwrap()
    }
}

fn window(polled: &Polled, what: Covered) -> &Window {
    polled.windows.iter().find(|w| w.what == what).unwrap()
}

fn sees(polled: &Polled, what: Covered, native: &str) -> bool {
    window(polled, what)
        .seen
        .contains(&NativeId(native.to_owned()))
}

fn all_same(polled: &Polled) -> bool {
    polled.windows.iter().all(|w| w.extent == Extent::Same)
}

/// A person lets arkivd hide: what the public could read it cannot read afterwards, and the site itself says so.
#[tokio::test]
async fn what_a_person_says_is_hidden_is_hidden_for_the_public() {
    let Some(site) = WordPress::site("hide") else {
        return;
    };
    let made = site.seed(3);
    let control = made["posts"][0]["id"].as_u64().unwrap();
    let own = site.change(&["post", "Hot", "Jag ska komma hem till er."]);
    let said = site.change(&["comment", &control.to_string(), "0", "Ett hot."]);
    let mut looking = Looking::at(&site, true);
    looking.poll().await;
    let open = Looking::at(&site, false);
    let credential = looking.credential.clone().unwrap();
    for native in [comment(said), post(own)] {
        let item = looking.question(&native);
        let hidden = platform::hide(&looking.client, &looking.account, &credential, &item)
            .await
            .unwrap();
        assert!(hidden.is_hidden(), "{native}: {hidden:?}");
        assert!(hidden.told.contains("200, status"), "{native}: {hidden:?}");
        let again = open.ask(&[&native], &[&post(control)]).await;
        assert_eq!(again[0].presence, HIDDEN, "{native}: {again:?}");
        // A second time changes nothing.
        let twice = platform::hide(&looking.client, &looking.account, &credential, &item)
            .await
            .unwrap();
        assert!(twice.is_hidden(), "{twice:?}");
    }
    let gone = looking.question(&comment(999_999));
    let none = platform::hide(&looking.client, &looking.account, &credential, &gone)
        .await
        .unwrap();
    assert!(none.told.contains("rest_comment_invalid_id"), "{none:?}");
    let wrong = Credential {
        password: Secret::new("fel fel fel".to_owned()),
        ..credential
    };
    let item = looking.question(&post(control));
    let refused = platform::hide(&looking.client, &looking.account, &wrong, &item).await;
    assert!(refused.is_err(), "{refused:?}");
}

fn post(id: u64) -> String {
    format!("post:{id}")
}

fn comment(id: u64) -> String {
    format!("comment:{id}")
}

const REMOVED: Presence = Presence::Removed { by: None };
const TRASHED: Presence = Presence::Removed {
    by: Some(By::Editor),
};
const HIDDEN: Presence = Presence::Hidden {
    by: Some(By::Editor),
};

#[tokio::test]
async fn a_poll_tells_what_is_new_edited_held_and_missed_and_the_site_how() {
    for (name, with_credential) in [("look", false), ("lookas", true)] {
        let Some(site) = WordPress::site(name) else {
            return;
        };
        let made = site.seed(4);
        let id = |sort: &str, n: usize| made[sort][n]["id"].as_u64().unwrap();
        let mut looking = Looking::at(&site, with_credential);
        let (first, _) = looking.poll().await;
        assert!(first.profile.is_some());
        let (second, changed) = looking.poll().await;
        assert!(all_same(&second), "{:?}", second.windows);
        assert!(changed.is_empty() && second.items.is_empty());

        let control = id("posts", 0);
        let words = ["trashed", "deleted", "drafted"];
        let new = words.map(|word| site.change(&["post", word, "Text."]));
        let said = ["held", "spam", "deleted", "trashed"]
            .map(|word| site.change(&["comment", &control.to_string(), "0", word]));
        let (third, changed) = looking.poll().await;
        let expected: BTreeSet<String> =
            new.map(post).into_iter().chain(said.map(comment)).collect();
        assert_eq!(changed, expected, "{:?}", third.windows);

        let [trashed, deleted, drafted] = new.map(|n| n.to_string());
        site.change(&["edit", &id("posts", 1).to_string(), "Rättat ord."]);
        site.change(&["trash", &trashed]);
        site.change(&["delete", &deleted]);
        site.change(&["draft", &drafted]);
        let [held, spam, gone, thrown] = said.map(|n| n.to_string());
        site.change(&["hold", &held]);
        site.change(&["spam", &spam]);
        site.change(&["uncomment", &gone]);
        site.change(&["trashcomment", &thrown]);
        let (fourth, changed) = looking.poll().await;
        assert!(changed.contains(&post(id("posts", 1))), "{changed:?}");
        assert_eq!(window(&fourth, Covered::Posts).extent, Extent::Whole);
        for n in new {
            assert!(!sees(&fourth, Covered::Posts, &post(n)));
        }
        for n in said {
            assert!(!sees(&fourth, Covered::Comments, &comment(n)));
        }
        let is_held = with_credential && sees(&fourth, Covered::HeldComments, &comment(said[0]));
        assert_eq!(is_held, with_credential);

        // As they were when they were missed: public.
        for item in looking.held.values_mut() {
            item.visibility = Visibility::Public;
        }
        let about: Vec<String> = new.map(post).into_iter().chain(said.map(comment)).collect();
        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        let there = post(control);
        let answers = looking.ask(&about, &[&there]).await;
        let told: Vec<_> = answers.iter().map(|a| a.presence.clone()).collect();
        let expected = if with_credential {
            [TRASHED, REMOVED, HIDDEN, HIDDEN, HIDDEN, REMOVED, TRASHED]
        } else {
            [HIDDEN, REMOVED, HIDDEN, HIDDEN, HIDDEN, REMOVED, HIDDEN]
        };
        assert_eq!(told, expected, "{answers:#?}");
        assert!(
            answers
                .iter()
                .all(|a| a.request.is_some() && !a.told.is_empty())
        );

        site.change(&["approve", &held]);
        let (fifth, _) = looking.poll().await;
        assert!(sees(&fifth, Covered::Comments, &comment(said[0])));
        let again = looking.ask(&[&comment(said[0])], &[&there]).await;
        assert_eq!(again[0].presence, Presence::There);
        let (sixth, _) = looking.poll().await;
        assert!(all_same(&sixth));
    }
}

#[tokio::test]
async fn what_goes_beyond_the_newest_is_noticed_by_the_sites_own_count() {
    let Some(site) = WordPress::site("count") else {
        return;
    };
    let made = site.seed(130);
    let oldest = made["posts"][0]["id"].as_u64().unwrap();
    let mut looking = Looking::at(&site, false);
    let (first, _) = looking.poll().await;
    let posts = window(&first, Covered::Posts);
    assert!(
        matches!(posts.extent, Extent::Since(_)),
        "{:?}",
        posts.extent
    );
    assert!(!posts.seen.contains(&NativeId(post(oldest))) || posts.seen.len() > 100);
    site.change(&["delete", &oldest.to_string()]);
    let (second, _) = looking.poll().await;
    let posts = window(&second, Covered::Posts);
    assert_eq!(posts.extent, Extent::Whole);
    assert!(!posts.seen.contains(&NativeId(post(oldest))));
    let (third, _) = looking.poll().await;
    assert!(all_same(&third), "{:?}", third.windows.len());
}

#[tokio::test]
async fn a_site_that_is_closed_settles_nothing() {
    let Some(site) = WordPress::site("closed") else {
        return;
    };
    let made = site.seed(3);
    let gone = made["posts"][2]["id"].as_u64().unwrap();
    let there = post(made["posts"][0]["id"].as_u64().unwrap());
    let mut looking = Looking::at(&site, true);
    looking.poll().await;
    site.change(&["delete", &gone.to_string()]);
    let gone = post(gone);

    site.change(&["maintenance", "1"]);
    let closed = looking.ask(&[&gone], &[&there]).await;
    let unsettled = matches!(
        closed[0].presence,
        Presence::Unsettled(Doubt::Unreachable | Doubt::Throttled)
    );
    assert!(unsettled, "{closed:?}");
    site.change(&["maintenance", "0"]);
    let open = looking.ask(&[&gone], &[&there]).await;
    assert_eq!(open[0].presence, REMOVED, "{open:?}");

    site.change(&["revoke", "1"]);
    let revoked = looking.ask(&[&gone], &[&there]).await;
    assert_eq!(
        revoked[0].presence,
        Presence::Unsettled(Doubt::LoggedOut),
        "{revoked:?}"
    );
    looking.credential = None;
    let public = looking.ask(&[&gone], &[&there]).await;
    assert_eq!(public[0].presence, REMOVED, "{public:?}");
}

#[tokio::test]
async fn the_same_site_by_its_feed() {
    let Some(site) = WordPress::site("feedlook") else {
        return;
    };
    let made = site.seed(12);
    let link = |n: usize| made["posts"][n]["link"].as_str().unwrap().to_owned();
    let mut looking = Looking::at(&site, false);
    looking.account.platform = Platform::Feed;
    looking.account.address = format!("{}feed/", site.address).parse().unwrap();
    let (first, _) = looking.poll().await;
    let entries = window(&first, Covered::FeedEntries);
    assert!(matches!(entries.extent, Extent::Since(_)), "{entries:?}");
    assert_eq!(entries.seen.len(), 12);
    let (second, _) = looking.poll().await;
    assert!(all_same(&second));
    let statuses: Vec<u16> = second.requests.iter().map(|r| r.status).collect();
    assert_eq!(statuses, [304], "asked for only if it has changed");

    let gone = made["posts"][11]["id"].as_u64().unwrap();
    site.change(&["delete", &gone.to_string()]);
    let (third, _) = looking.poll().await;
    assert_eq!(window(&third, Covered::FeedEntries).seen.len(), 11);
    let of = |link: String| Question {
        native_id: NativeId(link.clone()),
        kind: Kind::Post,
        permalink: Some(link),
        parent: None,
        visibility: Visibility::Public,
    };
    let questions = [
        of(link(11)),
        of(link(5)),
        of("https://annan.example/x".into()),
    ];
    let answers = platform::inquire(
        &looking.client,
        &looking.account,
        None,
        &questions,
        &[of(link(1))],
    )
    .await
    .unwrap();
    let told: Vec<_> = answers.iter().map(|a| a.presence.clone()).collect();
    let no_sign = Presence::Unsettled(Doubt::NoSign);
    assert_eq!(told, [REMOVED, Presence::There, no_sign], "{answers:#?}");
}

/// `--ignored --nocapture`, as the measurement of Mastodon's.
#[test]
#[ignore = "a measurement"]
fn a_poll_with_nothing_new_costs() {
    let Some(site) = WordPress::site("cost") else {
        return;
    };
    site.seed(120);
    let cpu = || {
        let used = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        let nanoseconds = used.split_whitespace().next().unwrap().parse().unwrap();
        std::time::Duration::from_nanos(nanoseconds)
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        for (platform, path) in [(Platform::WordPress, ""), (Platform::Feed, "feed/")] {
            let mut looking = Looking::at(&site, platform == Platform::WordPress);
            looking.account.platform = platform;
            looking.account.address = format!("{}{path}", site.address).parse().unwrap();
            looking.poll().await;
            let before = cpu();
            let mut bytes = 0;
            for _ in 0..20 {
                let (polled, _) = looking.poll().await;
                assert!(all_same(&polled));
                bytes += polled.requests.iter().map(|r| r.bytes).sum::<u64>();
            }
            println!(
                "{platform}: {:?} CPU, {} bytes told of",
                (cpu() - before) / 20,
                bytes / 20
            );
        }
    });
}
