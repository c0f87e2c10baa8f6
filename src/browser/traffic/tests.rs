use serde_json::json;

use super::*;

fn state() -> State {
    State {
        page: "p".to_owned(),
        frame: "f".to_owned(),
        under_way: HashMap::new(),
        documents: Vec::new(),
        committed: None,
        not_answered: Vec::new(),
        requests: 0,
        bytes: 0,
        last: Instant::now(),
    }
}

fn say(state: &mut State, session: &str, method: &str, params: Value) {
    state.receive(&Event {
        method: method.to_owned(),
        params,
        session: Some(session.to_owned()),
    });
}

fn sent(state: &mut State, id: &str, kind: &str, address: &str) {
    let params = json!({
        "requestId": id, "loaderId": id, "frameId": "f", "type": kind, "request": {"url": address, "headers": {}},
    });
    say(state, "p", "Network.requestWillBeSent", params);
}

fn committed(state: &mut State, loader: &str) {
    let params = json!({"frame": {"id": "f", "loaderId": loader}});
    say(state, "p", "Page.frameNavigated", params);
}

#[test]
fn what_is_young_is_waited_for_and_streams_are_not() {
    let mut state = state();
    let window = Duration::from_millis(500);
    sent(&mut state, "1", "EventSource", "https://x.example/stream");
    sent(&mut state, "2", "Image", "data:image/png;base64,AAAA");
    let now = Instant::now();
    assert!(state.quiet_at(now, window) <= now + window);
    sent(&mut state, "3", "Image", "https://x.example/slow.png");
    assert!(state.quiet_at(now, window) > now + window * 2);
    // It is old once, and waited for no more.
    let later = now + OLD * 2;
    assert!(state.quiet_at(later, window) <= later);
    say(
        &mut state,
        "p",
        "Network.loadingFinished",
        json!({"requestId": "3"}),
    );
    let now = Instant::now();
    assert!(state.quiet_at(now, window) <= now + window);
    assert_eq!(state.requests, 2);
}

#[test]
fn redirects_and_documents_that_lead_on_make_the_way() {
    let mut state = state();
    sent(&mut state, "1", "Document", "https://x.example/a");
    let again = json!({
        "requestId": "1", "loaderId": "1", "frameId": "f", "type": "Document",
        "request": {"url": "https://x.example/b", "headers": {}}, "redirectResponse": {"status": 301},
    });
    say(&mut state, "p", "Network.requestWillBeSent", again);
    let answer = json!({"requestId": "1", "response": {"status": 200, "url": "https://x.example/b", "mimeType": "text/html"}});
    say(&mut state, "p", "Network.responseReceived", answer);
    committed(&mut state, "1");
    // A frame's document is not the page's.
    let frame = json!({"requestId": "9", "loaderId": "9", "frameId": "g", "type": "Document", "request": {"url": "https://y.example/"}});
    say(&mut state, "p", "Network.requestWillBeSent", frame);
    sent(&mut state, "2", "Document", "https://x.example/c");
    let answer = json!({"requestId": "2", "response": {"status": 404, "url": "https://x.example/c", "mimeType": "text/html"}});
    say(&mut state, "p", "Network.responseReceived", answer);
    committed(&mut state, "2");
    let (_, changed) = watch::channel(());
    let traffic = Traffic {
        state: Arc::new(Mutex::new(state)),
        changed,
        _following: JoinSet::new(),
    };
    let document = traffic.document().unwrap();
    assert_eq!(
        (document.status, document.address.as_str()),
        (Some(404), "https://x.example/c")
    );
    let way: Vec<(String, u16)> = traffic
        .redirects()
        .into_iter()
        .map(|r| (r.address, r.status))
        .collect();
    assert_eq!(
        way,
        [
            ("https://x.example/a".to_owned(), 301),
            ("https://x.example/b".to_owned(), 200)
        ]
    );
    // What the first page had asked for went with it.
    assert!(
        traffic
            .under_way()
            .iter()
            .all(|r| r.address == "https://x.example/c")
    );
}

#[test]
fn a_document_that_is_given_up_leaves_the_one_that_stands() {
    let mut state = state();
    sent(&mut state, "1", "Document", "https://x.example/a");
    let answer =
        json!({"requestId": "1", "response": {"status": 200, "url": "https://x.example/a"}});
    say(&mut state, "p", "Network.responseReceived", answer);
    committed(&mut state, "1");
    sent(&mut state, "2", "Document", "https://x.example/file.zip");
    let failed = json!({"requestId": "2", "errorText": "net::ERR_ABORTED"});
    say(&mut state, "p", "Network.loadingFailed", failed);
    let current = state.current().and_then(|n| state.documents.get(n));
    assert_eq!(current.unwrap().address, "https://x.example/a");
}

#[test]
fn a_frame_that_goes_takes_its_requests_with_it() {
    let mut state = state();
    let params = json!({"requestId": "1", "loaderId": "1", "type": "Image", "request": {"url": "https://y.example/p.png"}});
    say(&mut state, "frame", "Network.requestWillBeSent", params);
    assert_eq!(state.under_way.len(), 1);
    say(
        &mut state,
        "p",
        "Target.detachedFromTarget",
        json!({"sessionId": "frame"}),
    );
    assert_eq!(state.under_way.len(), 0);
}

#[test]
fn what_a_busy_server_did_not_give_is_kept_for_the_page_that_stands() {
    let mut state = state();
    let answered = |state: &mut State, of: (&str, &str), kind: &str, name: &str, status: u16| {
        let (id, loader) = of;
        let params = json!({
            "requestId": id, "loaderId": loader, "frameId": "f", "type": kind,
            "response": {"url": format!("https://a.example/{name}"), "status": status},
        });
        say(state, "p", "Network.responseReceived", params);
    };
    answered(&mut state, ("1", "1"), "Document", "", 503);
    answered(&mut state, ("2", "1"), "Fetch", "before", 500);
    committed(&mut state, "3");
    for (kind, name, status) in [
        ("Fetch", "more", 429),
        ("Fetch", "more", 429),
        ("Image", "gone.png", 404),
        ("Image", "late.png", 503),
        ("Ping", "counter", 500),
    ] {
        answered(&mut state, ("4", "3"), kind, name, status);
    }
    let told: Vec<_> = state
        .not_answered
        .iter()
        .map(|r| (&r.address[18..], r.status))
        .collect();
    assert_eq!(told, [("more", 429), ("late.png", 503)]);
}
