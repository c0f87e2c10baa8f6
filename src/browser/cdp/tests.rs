//! The connection against a browser played by the test, at the other end of the pipes.

use serde_json::json;
use tokio::io::AsyncReadExt as _;

use super::*;

/// The browser's side.
struct Played {
    to: pipe::Sender,
    from: pipe::Receiver,
}

fn pair(limits: Limits) -> (Connection, Played) {
    let (read_by_it, to) = io::pipe().unwrap();
    let (from, written_by_it) = io::pipe().unwrap();
    let connection = Connection::open(to.into(), from.into(), limits).unwrap();
    let played = Played {
        to: pipe::Sender::from_owned_fd(written_by_it.into()).unwrap(),
        from: pipe::Receiver::from_owned_fd(read_by_it.into()).unwrap(),
    };
    (connection, played)
}

impl Played {
    async fn asked(&mut self) -> Value {
        let mut bytes = Vec::new();
        loop {
            match self.from.read_u8().await.unwrap() {
                0 => return serde_json::from_slice(&bytes).unwrap(),
                byte => bytes.push(byte),
            }
        }
    }

    async fn say(&mut self, message: Value) {
        let mut bytes = serde_json::to_vec(&message).unwrap();
        bytes.push(0);
        self.to.write_all(&bytes).await.unwrap();
    }

    async fn say_raw(&mut self, text: &str) {
        self.to.write_all(text.as_bytes()).await.unwrap();
        self.to.write_all(b"\0").await.unwrap();
    }

    async fn attach(&mut self, session: &str, target: &str) {
        self.say(json!({"method": "Target.attachedToTarget",
            "params": {"sessionId": session, "targetInfo": {"targetId": target}}}))
            .await;
    }
}

#[tokio::test]
async fn answers_find_their_calls_in_any_order() {
    let (connection, mut browser) = pair(Limits::default());
    let page = connection.session("S");
    let play = async {
        let (first, second) = (browser.asked().await, browser.asked().await);
        assert_eq!(first["method"], "Browser.getVersion");
        assert_eq!(
            second,
            json!({"id": second["id"], "method": "Page.enable", "params": {"a": 1}, "sessionId": "S"})
        );
        browser
            .say(json!({"id": second["id"], "result": {"n": 2}, "sessionId": "S"}))
            .await;
        browser.say(json!({"id": 99, "result": {}})).await;
        browser
            .say(json!({"id": first["id"], "error": {"code": -32601, "message": "no such"}}))
            .await;
    };
    let (first, second, ()) = tokio::join!(
        connection.call("Browser.getVersion", json!({})),
        page.call("Page.enable", json!({"a": 1})),
        play,
    );
    let error = first.unwrap_err().to_string();
    assert_eq!(
        error,
        "Browser.getVersion: the browser refuses: no such (-32601)"
    );
    assert_eq!(second.unwrap(), json!({"n": 2}));
}

#[tokio::test]
async fn a_crash_ends_what_waits_for_that_page_alone() {
    for crash in [
        json!({"method": "Inspector.targetCrashed", "params": {}, "sessionId": "A"}),
        json!({"method": "Target.targetCrashed", "params": {"targetId": "TA", "status": "crashed", "errorCode": 11}}),
    ] {
        let (connection, mut browser) = pair(Limits::default());
        let (a, b) = (connection.session("A"), connection.session("B"));
        let mut events = a.events(&["Network."]);
        let play = async {
            browser.attach("A", "TA").await;
            browser.attach("B", "TB").await;
            let (_, to_b) = (browser.asked().await, browser.asked().await);
            browser
                .say(json!({"method": "Network.x", "params": {}, "sessionId": "A"}))
                .await;
            browser.say(crash.clone()).await;
            browser
                .say(json!({"id": to_b["id"], "result": {}, "sessionId": "B"}))
                .await;
        };
        let (of_a, of_b, ()) = tokio::join!(
            a.call("Page.captureScreenshot", json!({})),
            b.call("Page.navigate", json!({})),
            play
        );
        let error = of_a.unwrap_err();
        assert!(
            matches!(&error, Error::Crashed { method } if method == "Page.captureScreenshot"),
            "{error}"
        );
        of_b.unwrap();
        let later = a.call("Page.enable", json!({})).await.unwrap_err();
        assert!(matches!(later, Error::Crashed { .. }), "{later}");
        assert_eq!(events.next().await.unwrap().method, "Network.x");
        assert!(matches!(events.next().await, Err(Error::Crashed { .. })));
        // Its session goes, and leaves nothing behind.
        browser
            .say(json!({"method": "Target.detachedFromTarget", "params": {"sessionId": "A"}}))
            .await;
        let mut other = connection.events(&["Mark"]);
        browser.say(json!({"method": "Mark"})).await;
        other.next().await.unwrap();
        assert!(!lock(&connection.state).knows("A"));
    }
}

#[tokio::test]
async fn the_end_of_the_pipe_ends_every_call_and_all_later_ones() {
    let (connection, mut browser) = pair(Limits::default());
    let mut events = connection.events(&["Page."]);
    let play = async {
        browser.asked().await;
        drop(browser);
    };
    let (answer, ()) = tokio::join!(connection.call("Browser.close", json!({})), play);
    let error = answer.unwrap_err();
    assert!(
        error.is_end() && error.to_string().contains("Browser.close"),
        "{error}"
    );
    assert!(
        connection
            .call("Page.enable", json!({}))
            .await
            .unwrap_err()
            .is_end()
    );
    assert!(events.next().await.unwrap_err().is_end());
    assert!(connection.is_gone());
}

#[tokio::test]
async fn a_call_without_answer_is_given_up_in_its_time() {
    let limits = Limits {
        call: Duration::from_millis(30),
        ..Limits::default()
    };
    let (connection, _browser) = pair(limits);
    let page = connection.session("S");
    let time = Duration::from_millis(15);
    let error = page
        .call_within("Runtime.evaluate", json!({}), time)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "Runtime.evaluate: no answer within 15 ms"
    );
    let error = connection.call("Page.enable", json!({})).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::TimedOut {
                milliseconds: 30,
                ..
            }
        ),
        "{error}"
    );
    assert!(lock(&connection.state).is_idle());
}

/// A browser that reads nothing holds up its caller only until its time.
#[tokio::test]
async fn a_browser_that_reads_nothing_is_given_up_too() {
    let (connection, _browser) = pair(Limits::default());
    let page = connection.session("S");
    let large = json!({"a": "x".repeat(1 << 20)});
    let time = Duration::from_millis(20);
    for _ in 0..WAITING + 3 {
        let error = page
            .call_within("Fetch.fulfillRequest", large.clone(), time)
            .await;
        assert!(matches!(error, Err(Error::TimedOut { .. })));
    }
}

#[tokio::test]
async fn an_answer_too_large_or_broken_fails_its_own_call() {
    let limits = Limits {
        message_bytes: 1000,
        ..Limits::default()
    };
    let (connection, mut browser) = pair(limits);
    let play = async {
        for _ in 0..3 {
            let id = browser.asked().await["id"].as_u64().unwrap();
            match id {
                1 => {
                    browser
                        .say_raw(&format!(
                            "{{\"id\":1,\"result\":\"{}\"}}",
                            "x".repeat(300_000)
                        ))
                        .await
                }
                2 => browser.say_raw("{\"id\":2,\"result\":").await,
                _ => browser.say(json!({"id": id, "result": "fine"})).await,
            }
        }
    };
    let calls = async {
        let large = connection
            .call("Fetch.getResponseBody", json!({}))
            .await
            .unwrap_err();
        assert!(
            matches!(&large, Error::TooLarge { method, limit: 1000 } if method == "Fetch.getResponseBody")
        );
        let broken = connection
            .call("DOM.getDocument", json!({}))
            .await
            .unwrap_err();
        assert!(matches!(&broken, Error::Malformed { method, .. } if method == "DOM.getDocument"));
        assert_eq!(
            connection.call("Page.enable", json!({})).await.unwrap(),
            "fine"
        );
    };
    tokio::join!(play, calls);
}

#[tokio::test]
async fn events_reach_who_asked_and_a_slow_reader_is_told() {
    let limits = Limits {
        event_bytes: 400,
        ..Limits::default()
    };
    let (connection, mut browser) = pair(limits);
    let mut network = connection
        .session("S")
        .events(&["Network.", "Page.loadEventFired"]);
    let mut all = connection.events(&["Network.requestWillBeSent"]);
    for (method, session) in [
        ("Network.requestWillBeSent", "S"),
        ("Network.requestWillBeSent", "T"),
        ("Page.frameStartedLoading", "S"),
        ("Page.loadEventFired", "S"),
    ] {
        browser
            .say(json!({"method": method, "params": {}, "sessionId": session}))
            .await;
    }
    assert_eq!(
        network.next().await.unwrap().method,
        "Network.requestWillBeSent"
    );
    assert_eq!(network.next().await.unwrap().method, "Page.loadEventFired");
    assert_eq!(all.next().await.unwrap().session.as_deref(), Some("S"));
    assert_eq!(all.next().await.unwrap().session.as_deref(), Some("T"));
    // The last event marks that all before it were received.
    let mut mark = connection.events(&["Mark"]);
    for _ in 0..20 {
        browser
            .say(json!({"method": "Network.dataReceived", "params": {}, "sessionId": "S"}))
            .await;
    }
    browser.say(json!({"method": "Mark"})).await;
    mark.next().await.unwrap();
    let mut came = 0;
    let error = loop {
        match network.next().await {
            Ok(_) => came += 1,
            Err(error) => break error,
        }
    };
    assert!((1..20).contains(&came), "{came}");
    assert!(matches!(error, Error::EventsLost { limit: 400 }), "{error}");
}
