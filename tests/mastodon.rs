//! arkivd's reading of Mastodon against a fake of its documented API (examples/fake_mastodon.rs): no full server is to
//! be had from the package registries.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../examples/fake_mastodon.rs"]
mod fake_mastodon;

use std::collections::BTreeMap;
use std::time::Duration;

use arkivd::platform::{
    self, Answer, Client, Credential, Doubt, Error, Extent, Fetched, Held, Memory, Network, Polled,
    Presence, Question, Secret,
};
use arkivd::record::{Account, Covered, Item, Kind, NativeId, Platform, Visibility};
use chrono::{DateTime, Utc};
use fake_mastodon::{Fake, OWN, State, TOKEN};

fn network() -> Network {
    Network {
        retries: 0,
        max_wait_seconds: 2,
        ..Network::default()
    }
}

fn account(fake: &Fake) -> Account {
    Account {
        id: "social".parse().unwrap(),
        platform: Platform::Mastodon,
        address: format!("{}/@kommun", fake.address).parse().unwrap(),
        committee: "Kommunstyrelsen".into(),
        purpose: "dialog".into(),
        audience: "invånare".into(),
        responsible: vec!["Anna Ek".into()],
        substitute: None,
        credential: None,
        parent: None,
    }
}

fn token() -> Credential {
    Credential {
        user: "kommun".into(),
        password: Secret::new(TOKEN),
        address: None,
    }
}

async fn read(client: &Client, fake: &Fake, login: Option<&Credential>) -> Result<Fetched, Error> {
    let account = account(fake);
    platform::fetch(client, &account, login, &mut |_| Ok(()), &|_| {}).await
}

/// What an archive would hold, and look with next time.
#[derive(Default)]
struct Holding {
    items: BTreeMap<NativeId, Option<DateTime<Utc>>>,
    memory: Memory,
}

impl Holding {
    async fn poll(&mut self, client: &Client, fake: &Fake) -> Polled {
        let account = account(fake);
        let (items, memory) = (self.items.clone(), self.memory.clone());
        let is_current =
            |id: &NativeId, edited: Option<DateTime<Utc>>| items.get(id) == Some(&edited);
        let held = Held {
            memory: &memory,
            is_current: &is_current,
        };
        let polled = platform::poll(client, &account, None, held, &mut |_| Ok(())).await;
        let polled = polled.unwrap();
        self.memory = polled.memory.clone();
        self.take(&polled.items);
        polled
    }

    fn take(&mut self, items: &[Item]) {
        for item in items {
            self.items.insert(item.native_id.clone(), item.edited);
        }
    }
}

fn window(polled: &Polled, what: Covered) -> &platform::Window {
    polled.windows.iter().find(|w| w.what == what).unwrap()
}

fn native(id: u64) -> NativeId {
    NativeId(format!("status:{id}"))
}

fn question(id: u64) -> Question {
    Question {
        native_id: native(id),
        kind: Kind::Post,
        permalink: None,
        parent: None,
        visibility: Visibility::Public,
    }
}

async fn inquire(client: &Client, fake: &Fake, about: &[u64], controls: &[u64]) -> Vec<Answer> {
    let questions: Vec<Question> = about.iter().map(|id| question(*id)).collect();
    let controls: Vec<Question> = controls.iter().map(|id| question(*id)).collect();
    platform::inquire(client, &account(fake), None, &questions, &controls)
        .await
        .unwrap()
}

fn newest(fake: &Fake) -> u64 {
    fake.with(|state| state.statuses.iter().map(|s| s.id).max().unwrap())
}

#[tokio::test]
async fn an_account_is_read_to_its_end_with_what_others_answered() {
    for numbers in [false, true] {
        let fake = Fake::start(0, State::with_posts(95)).unwrap();
        let (post, question, answer, more) = fake.with(|state| {
            state.numbers = numbers;
            let post = state.post(OWN, "Sopbilen kommer på onsdag.", None, "public");
            let question = state.post(7, "Även i Kyrkefalla?", Some(post), "public");
            let answer = state.post(OWN, "Ja, även där.", Some(question), "public");
            let more = state.post(OWN, "Och på fredag.", Some(post), "public");
            (post, question, answer, more)
        });
        let client = Client::new(&network()).unwrap();
        let fetched = read(&client, &fake, None).await.unwrap();
        assert!(fetched.coverage.is_complete(), "{:?}", fetched.coverage);
        let item = |id: u64| {
            let mut found = fetched.items.iter().filter(|i| i.native_id == native(id));
            let one = found.next().unwrap();
            assert!(found.next().is_none(), "told once");
            one
        };
        assert_eq!(fetched.items.len(), 99);
        assert_eq!((item(post).kind, &item(post).parent), (Kind::Post, &None));
        assert_eq!(item(question).kind, Kind::Comment);
        assert_eq!(item(question).parent, Some(native(post)));
        let author = item(question).content.author.clone().unwrap();
        assert_eq!(author.name, "Anna Ek");
        assert_eq!(item(answer).parent, Some(native(question)));
        assert_eq!(item(more).kind, Kind::Post, "a thread of one's own");
        assert_eq!(
            fetched.profile.description.as_deref(),
            Some("Vi svarar vardagar 8–16.\nWebb: tibro.example")
        );
        assert_eq!(
            fetched.profile.name.as_deref(),
            Some("Tibro kommun :tibro:")
        );
        let again = read(&client, &fake, None).await.unwrap();
        assert_eq!(again.items, fetched.items, "counts make no version");
    }
}

#[tokio::test]
async fn what_comes_and_goes_while_pages_are_read_is_told_once() {
    let fake = Fake::start(0, State::with_posts(100)).unwrap();
    fake.with(|state| {
        state.meanwhile = Some(|state| {
            state.post(OWN, "Nyss.", None, "public");
            let third = state.statuses[2].id;
            state.delete(third);
        });
    });
    let client = Client::new(&network()).unwrap();
    let fetched = read(&client, &fake, None).await.unwrap();
    let mut ids: Vec<_> = fetched.items.iter().map(|i| &i.native_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), fetched.items.len()), (99, 99));
}

#[tokio::test]
async fn what_is_not_public_is_read_with_a_token_and_kept_apart() {
    let fake = Fake::start(0, State::with_posts(2)).unwrap();
    fake.with(|state| state.post(OWN, "Till dig.", None, "direct"));
    let client = Client::new(&network()).unwrap();
    assert_eq!(read(&client, &fake, None).await.unwrap().items.len(), 2);
    let all = read(&client, &fake, Some(&token())).await.unwrap().items;
    let hidden: Vec<_> = all
        .iter()
        .filter(|i| i.visibility.is_restricted())
        .collect();
    assert_eq!((all.len(), hidden.len()), (3, 1));
    assert_eq!(hidden[0].visibility, Visibility::Private);
}

#[tokio::test]
async fn a_poll_tells_new_edited_and_missed_and_then_nothing() {
    let fake = Fake::start(0, State::with_posts(100)).unwrap();
    let client = Client::new(&network()).unwrap();
    let mut holding = Holding::default();
    let whole = read(&client, &fake, None).await.unwrap();
    holding.take(&whole.items);
    let first = holding.poll(&client, &fake).await;
    assert!(first.items.is_empty(), "all is held: {:?}", first.items);
    let posts = window(&first, Covered::Posts);
    assert!(matches!(posts.extent, Extent::Since(_)), "{posts:?}");
    assert_eq!(posts.seen.len(), 40);

    let (new, old) = fake.with(|state| {
        let new = state.post(OWN, "Nytt.", None, "public");
        let old = state.statuses[95].id;
        state.edit(old, "Rättat.");
        let gone = state.statuses[97].id;
        state.delete(gone);
        (new, old)
    });
    let second = holding.poll(&client, &fake).await;
    let mut ids: Vec<_> = second.items.iter().map(|i| i.native_id.clone()).collect();
    ids.sort();
    let mut expected = [native(new), native(old)];
    expected.sort();
    assert_eq!(ids, expected);
    assert!(second.items.iter().any(|i| i.edited.is_some()));

    // Far below the newest forty: the account's own count tells that something went.
    let deep = fake.with(|state| {
        let deep = state.statuses[3].id;
        state.delete(deep);
        deep
    });
    let third = holding.poll(&client, &fake).await;
    let posts = window(&third, Covered::Posts);
    assert_eq!(posts.extent, Extent::Whole);
    assert!(!posts.seen.contains(&native(deep)) && posts.seen.len() == 99);
}

#[tokio::test]
async fn a_poll_with_nothing_new_is_the_same_and_answers_are_read_when_their_number_changes() {
    let fake = Fake::start(0, State::with_posts(5)).unwrap();
    let client = Client::new(&network()).unwrap();
    let mut holding = Holding::default();
    let post = newest(&fake);
    holding.poll(&client, &fake).await;
    let comment = fake.with(|state| state.post(7, "När då?", Some(post), "public"));
    let second = holding.poll(&client, &fake).await;
    assert_eq!(second.items.len(), 1);
    assert_eq!(second.items[0].native_id, native(comment));
    let comments = window(&second, Covered::Comments);
    assert_eq!(comments.extent, Extent::Whole);
    fake.with(|state| state.delete(comment));
    let third = holding.poll(&client, &fake).await;
    let comments = window(&third, Covered::Comments);
    assert!(comments.extent == Extent::Whole && comments.seen.is_empty());
    let answers = inquire(&client, &fake, &[comment], &[post]).await;
    assert_eq!(answers[0].presence, Presence::Removed { by: None });
}

#[tokio::test]
async fn what_moves_in_a_young_thread_is_seen_though_no_count_tells_of_it() {
    for (is_still, older) in [(false, 0), (true, 0), (true, 60)] {
        let fake = Fake::start(0, State::with_posts(older)).unwrap();
        let (post, question) = fake.with(|state| {
            state.is_still = is_still;
            let post = state.post(OWN, "Badet stänger.", None, "public");
            let question = state.post(7, "Varför då?", Some(post), "public");
            (post, question)
        });
        let client = Client::new(&network()).unwrap();
        let mut holding = Holding::default();
        let tells = |polled: &Polled, id| polled.items.iter().any(|i| i.native_id == native(id));
        let comments = |polled: &Polled| window(polled, Covered::Comments).clone();
        holding.poll(&client, &fake).await;
        assert_eq!(
            comments(&holding.poll(&client, &fake).await).extent,
            Extent::Same
        );

        let nested = fake.with(|state| state.post(7, "Och när?", Some(question), "public"));
        let polled = holding.poll(&client, &fake).await;
        assert!(tells(&polled, nested), "{is_still} {older}");
        let posts = window(&polled, Covered::Posts);
        assert_eq!(posts.extent == Extent::Same, is_still);

        fake.with(|state| state.edit(question, "Varför i hela friden då?"));
        let polled = holding.poll(&client, &fake).await;
        let edited = polled
            .items
            .iter()
            .find(|i| i.native_id == native(question));
        assert!(edited.unwrap().edited.is_some());

        let other = fake.with(|state| {
            state.delete(nested);
            state.delete(question);
            state.post(7, "Tack för svaret.", Some(post), "public")
        });
        let polled = holding.poll(&client, &fake).await;
        assert!(tells(&polled, other) && !tells(&polled, nested));
        if older == 0 {
            let comments = comments(&polled);
            assert_eq!(comments.extent, Extent::Whole);
            assert!(comments.seen.contains(&native(other)));
            assert_eq!(comments.seen.len(), 1);
        }
        let asked = fake.with(|state| state.asked);
        let polled = holding.poll(&client, &fake).await;
        assert!(polled.items.is_empty());
        assert_eq!(comments(&polled).extent, Extent::Same);
        assert_eq!(
            fake.with(|state| state.asked) - asked,
            if older == 0 && !is_still { 4 } else { 3 }
        );
    }
}

#[tokio::test]
async fn the_threads_read_at_each_look_are_few_and_young() {
    let fake = Fake::start(0, State::with_posts(20)).unwrap();
    fake.with(|state| {
        state.is_still = true;
        let old: Vec<u64> = state.statuses.iter().map(|s| s.id).collect();
        let young: Vec<u64> = (0..15)
            .map(|n| state.post(OWN, &format!("Nytt {n}."), None, "public"))
            .collect();
        for id in old.into_iter().chain(young) {
            state.post(7, "Jaha.", Some(id), "public");
        }
    });
    let client = Client::new(&network()).unwrap();
    let mut holding = Holding::default();
    let first = holding.poll(&client, &fake).await;
    assert_eq!(first.items.len(), 70);
    let asked = fake.with(|state| state.asked);
    let second = holding.poll(&client, &fake).await;
    assert!(second.windows.iter().all(|w| w.extent == Extent::Same));
    assert_eq!(fake.with(|state| state.asked) - asked, 12);
}

#[tokio::test]
async fn that_nobody_answers_is_told_so_that_the_last_answer_is_missed() {
    let fake = Fake::start(0, State::with_posts(3)).unwrap();
    let client = Client::new(&network()).unwrap();
    let fetched = read(&client, &fake, None).await.unwrap();
    let row = fetched.coverage.rows.iter();
    let row = row.clone().find(|r| r.what == Covered::Comments).unwrap();
    assert!(row.captured == 0 && row.is_complete());
}

#[tokio::test]
async fn only_a_404_of_one_among_others_is_a_removal() {
    let fake = Fake::start(0, State::with_posts(10)).unwrap();
    let client = Client::new(&network()).unwrap();
    let gone = newest(&fake);
    let (there, control) = (gone - 1, gone - 2);
    fake.with(|state| state.delete(gone));
    let answers = inquire(&client, &fake, &[gone, there], &[control]).await;
    assert_eq!(answers[0].presence, Presence::Removed { by: None });
    assert_eq!(answers[0].told, "404");
    assert_eq!(answers[0].request.as_ref().unwrap().status, 404);
    assert_eq!(answers[1].presence, Presence::There);

    let alone = inquire(&client, &fake, &[gone, there], &[]).await;
    assert_eq!(alone[0].presence, Presence::Unsettled(Doubt::NoControl));
    assert_eq!(alone[1].presence, Presence::There);

    for (closed, doubt) in [
        ((404, r#"{"error":"Record not found"}"#), Doubt::LoggedOut),
        (
            (
                401,
                r#"{"error":"This method requires an authenticated user"}"#,
            ),
            Doubt::LoggedOut,
        ),
        ((503, "<html>Underhåll</html>"), Doubt::Unreachable),
        ((200, "<html>Är du en robot?</html>"), Doubt::LoggedOut),
        ((200, "[]"), Doubt::LoggedOut),
        ((429, "{}"), Doubt::Throttled),
    ] {
        fake.with(|state| state.closed = Some(closed));
        for answer in inquire(&client, &fake, &[gone, there], &[control]).await {
            assert_eq!(
                answer.presence,
                Presence::Unsettled(doubt),
                "{closed:?}: {}",
                answer.told
            );
            assert!(!answer.told.contains("robot"), "{}", answer.told);
        }
    }
    fake.with(|state| {
        state.closed = None;
        state.is_suspended = true;
        state.statuses.clear();
    });
    // The one before was asked to wait.
    let client = Client::new(&network()).unwrap();
    let answers = inquire(&client, &fake, &[gone], &[control]).await;
    assert_eq!(answers[0].presence, Presence::Unsettled(Doubt::LoggedOut));
    assert!(answers[0].told.contains("suspended"), "{}", answers[0].told);
}

#[tokio::test]
async fn the_servers_limit_is_kept_by_two_readings_at_once() {
    let mut state = State::with_posts(300);
    state.limit = Some((6, Duration::from_secs(1)));
    let fake = Fake::start(0, state).unwrap();
    let limits = Network {
        max_wait_seconds: 10,
        ..network()
    };
    let client = Client::new(&limits).unwrap();
    // The first answer tells of the limit; two that knew nothing of it could only guess.
    inquire(&client, &fake, &[newest(&fake)], &[]).await;
    let (one, other) = tokio::join!(read(&client, &fake, None), read(&client, &fake, None));
    assert_eq!(one.unwrap().items.len(), 300);
    assert_eq!(other.unwrap().items.len(), 300);
    let (asked, exceeded) = fake.with(|state| (state.asked, state.exceeded));
    assert_eq!(exceeded, 0, "of {asked}");
    assert!(asked >= 19, "{asked}");
}

#[tokio::test]
async fn a_wait_longer_than_we_give_is_told_and_not_tried() {
    let mut state = State::with_posts(100);
    state.limit = Some((2, Duration::from_secs(3600)));
    let fake = Fake::start(0, state).unwrap();
    let client = Client::new(&network()).unwrap();
    let fetched = read(&client, &fake, None).await.unwrap();
    assert_eq!(fetched.items.len(), 40);
    assert!(!fetched.coverage.is_complete());
    let answers = inquire(&client, &fake, &[newest(&fake)], &[newest(&fake) - 1]).await;
    assert_eq!(answers[0].presence, Presence::Unsettled(Doubt::Throttled));
    match read(&client, &fake, None).await {
        Err(Error::Throttled { seconds, .. }) => assert!((3590..=3602).contains(&seconds)),
        other => panic!("{other:?}"),
    }
    assert_eq!(fake.with(|state| state.exceeded), 0);
}

#[tokio::test]
async fn an_address_that_is_no_account_and_an_account_that_is_not_there_are_named() {
    let fake = Fake::start(0, State::with_posts(1)).unwrap();
    let client = Client::new(&network()).unwrap();
    for (path, part) in [("/about", "names no account"), ("/@nagon", "404")] {
        let mut other = account(&fake);
        other.address = format!("{}{path}", fake.address).parse().unwrap();
        let told = platform::fetch(&client, &other, None, &mut |_| Ok(()), &|_| {}).await;
        let error = told.unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
        assert!(error.hint().is_some());
    }
}

/// CPU time that this thread has used, by the kernel.
fn cpu() -> Duration {
    let used = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds = used.split_whitespace().next().unwrap().parse().unwrap();
    Duration::from_nanos(nanoseconds)
}

/// `cargo test --release --test mastodon -- --ignored --nocapture --test-threads 1`; the fake answers on other threads,
/// which are not counted.
#[test]
#[ignore = "a measurement"]
fn a_poll_with_nothing_new_costs() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (cost, bytes) = runtime.block_on(async {
        let mut state = State::with_posts(100);
        state.limit = None;
        let fake = Fake::start(0, state).unwrap();
        let client = Client::new(&network()).unwrap();
        let mut holding = Holding::default();
        holding.poll(&client, &fake).await;
        let before = cpu();
        let mut bytes = 0;
        for _ in 0..100 {
            let polled = holding.poll(&client, &fake).await;
            bytes += polled.requests.iter().map(|r| r.bytes).sum::<u64>();
            assert!(polled.items.is_empty());
        }
        (cpu() - before, bytes)
    });
    println!("a poll: {:?} CPU, {} bytes", cost / 100, bytes / 100);
}
