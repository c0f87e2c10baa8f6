//! Against a browser played by the test: what a real one says seldom.

use std::io::Read as _;
use std::os::fd::OwnedFd;

use chrono::TimeZone as _;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::pipe;

use super::*;
use crate::browser::cdp::Limits;

struct Played {
    to: pipe::Sender,
    from: BufReader<pipe::Receiver>,
}

fn played(limits: Limits) -> (Connection, Played) {
    let (their_end, our_calls) = std::io::pipe().unwrap();
    let (our_events, their_events) = std::io::pipe().unwrap();
    let connection =
        Connection::open(OwnedFd::from(our_calls), OwnedFd::from(our_events), limits).unwrap();
    let played = Played {
        to: pipe::Sender::from_owned_fd(their_events.into()).unwrap(),
        from: BufReader::new(pipe::Receiver::from_owned_fd(their_end.into()).unwrap()),
    };
    (connection, played)
}

impl Played {
    async fn say(&mut self, method: &str, params: Value) {
        let message = json!({"method": method, "params": params, "sessionId": "S"});
        self.write(&message).await;
    }

    async fn write(&mut self, message: &Value) {
        let mut bytes = serde_json::to_vec(message).unwrap();
        bytes.push(0);
        self.to.write_all(&bytes).await.unwrap();
    }

    /// The next call, answered.
    async fn asked(&mut self, answer: Value) -> (String, Value) {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).await.unwrap();
        bytes.pop();
        let call: Value = serde_json::from_slice(&bytes).unwrap();
        let answer = json!({"id": call["id"], "result": answer, "sessionId": "S"});
        self.write(&answer).await;
        (
            call["method"].as_str().unwrap().to_owned(),
            call["params"].clone(),
        )
    }
}

fn paused(id: &str, network: &str, length: &str) -> Value {
    json!({
        "requestId": id, "networkId": network, "resourceType": "Image",
        "request": {"url": "https://h/bild.png", "method": "GET", "headers": {"Accept": "*/*", "Cookie": "a=b"}},
        "responseStatusCode": 200, "responseHeaders": [{"name": "content-length", "value": length}],
    })
}

fn options() -> RecorderOptions {
    let mut options = RecorderOptions::new("arkivd/0", Utc.timestamp_opt(0, 0).unwrap());
    options.proxy = Some(Reached::by("127.0.0.1:9".parse().unwrap()));
    options
}

fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(bytes)
        .read_to_string(&mut text)
        .unwrap();
    text
}

#[tokio::test]
async fn what_two_sessions_hold_is_recorded_once_and_let_go_twice() {
    let (connection, mut browser) = played(Limits::default());
    let recorder = Recorder::start(&connection, Vec::new(), options());
    browser
        .say("Fetch.requestPaused", paused("one", "7.1", "4"))
        .await;
    let (method, params) = browser
        .asked(json!({"body": "YmlsZA==", "base64Encoded": true}))
        .await;
    assert_eq!(
        (method.as_str(), &params["requestId"]),
        ("Fetch.getResponseBody", &json!("one"))
    );
    let (method, params) = browser.asked(json!({})).await;
    assert_eq!(
        (method.as_str(), &params["requestId"]),
        ("Fetch.continueResponse", &json!("one"))
    );
    browser
        .say("Fetch.requestPaused", paused("two", "7.1", "4"))
        .await;
    let (method, params) = browser.asked(json!({})).await;
    assert_eq!(
        (method.as_str(), &params["requestId"]),
        ("Fetch.continueResponse", &json!("two"))
    );
    // The proxy's address is not the server's.
    let response = json!({"remoteIPAddress": "127.0.0.1", "remotePort": 9, "protocol": "h2"});
    browser
        .say(
            "Network.responseReceived",
            json!({"requestId": "7.1", "response": response}),
        )
        .await;
    let (finished, asked) = tokio::join!(recorder.finish(), browser.asked(json!({})));
    assert_eq!(asked.0, "Fetch.disable");
    let (summary, bytes) = finished.unwrap();
    let expected = WarcSummary {
        records: 3,
        responses: 1,
        truncated: 0,
        headers_removed: 1,
    };
    assert_eq!(summary, expected);
    let text = text(&bytes);
    assert!(text.contains("\r\n\r\nbild\r\n\r\n") && text.contains("WARC-Protocol: h2\r\n"));
    assert!(
        !text.contains("WARC-IP-Address") && !text.contains("a=b"),
        "{text}"
    );
}

#[tokio::test]
async fn what_cannot_be_read_or_had_is_let_go() {
    let (connection, mut browser) = played(Limits::default());
    let recorder = Recorder::start(&connection, Vec::new(), options());
    browser
        .say(
            "Fetch.requestPaused",
            json!({"requestId": "odd", "request": 7}),
        )
        .await;
    let (method, params) = browser.asked(json!({})).await;
    assert_eq!(
        (method.as_str(), &params["requestId"]),
        ("Fetch.continueResponse", &json!("odd"))
    );
    // A body that is none, of a length that is none, from an address that is none.
    let mut broken = paused("broken", "7.2", "-5");
    broken["request"]["url"] = json!("https://[");
    broken["request"]["postDataEntries"] = json!([{"bytes": "%%"}]);
    browser.say("Fetch.requestPaused", broken).await;
    let (method, _) = browser.asked(json!({"bufferedData": "%%"})).await;
    assert_eq!(method, "Network.streamResourceContent");
    browser.asked(json!({})).await;
    for event in [
        "responseReceived",
        "dataReceived",
        "requestWillBeSentExtraInfo",
        "responseReceivedExtraInfo",
    ] {
        browser
            .say(
                &format!("Network.{event}"),
                json!({"requestId": "7.2", "data": "%%", "headers": 3}),
            )
            .await;
        browser.say(&format!("Network.{event}"), json!([])).await;
    }
    browser
        .say("Network.loadingFinished", json!({"requestId": "7.2"}))
        .await;
    let (finished, _) = tokio::join!(recorder.finish(), browser.asked(json!({})));
    assert_eq!(finished.unwrap().0.responses, 1);
}

#[tokio::test]
async fn lost_events_let_all_go_and_begin_anew() {
    let limits = Limits {
        event_bytes: 2000,
        ..Limits::default()
    };
    let (connection, mut browser) = played(limits);
    let recorder = Recorder::start(&connection, Vec::new(), options());
    browser
        .say("Fetch.requestPaused", paused("one", "7.1", "0"))
        .await;
    assert_eq!(browser.asked(json!({})).await.0, "Fetch.continueResponse");
    let flood = json!({"requestId": "7.1", "data": "x".repeat(3000)});
    browser.say("Network.dataReceived", flood).await;
    for method in ["Fetch.disable", "Network.enable", "Fetch.enable"] {
        assert_eq!(browser.asked(json!({})).await.0, method);
    }
    browser
        .say("Fetch.requestPaused", paused("two", "7.2", "0"))
        .await;
    assert_eq!(browser.asked(json!({})).await.0, "Fetch.continueResponse");
    let (finished, _) = tokio::join!(recorder.finish(), browser.asked(json!({})));
    let (summary, bytes) = finished.unwrap();
    assert_eq!(summary.responses, 2);
    assert!(text(&bytes).contains("outcome: more traffic than could be recorded"));
}

#[tokio::test]
async fn each_hop_has_its_own_fields() {
    let (connection, mut browser) = played(Limits::default());
    let recorder = Recorder::start(&connection, Vec::new(), options());
    let sent =
        |n: u32| json!({"requestId": "7.1", "headers": {"X-Hop": n.to_string(), ":path": "/x"}});
    let came = |status: u16| {
        let cookies = json!({"Set-Cookie": "a=b\nc=d"});
        json!({"requestId": "7.1", "statusCode": status, "headers": cookies})
    };
    let mut first = paused("one", "7.1", "0");
    first["responseStatusCode"] = json!(302);
    first["responseHeaders"] = json!([{"name": "Location", "value": "/next"}]);
    first["request"]["url"] = json!("https://h/first");
    browser
        .say("Network.requestWillBeSentExtraInfo", sent(1))
        .await;
    browser
        .say("Network.responseReceivedExtraInfo", came(302))
        .await;
    browser.say("Fetch.requestPaused", first).await;
    assert_eq!(browser.asked(json!({})).await.0, "Fetch.continueResponse");
    // The page's process tells later than the browser's.
    browser
        .say("Network.requestWillBeSentExtraInfo", sent(2))
        .await;
    browser
        .say("Fetch.requestPaused", paused("two", "7.1", "0"))
        .await;
    assert_eq!(browser.asked(json!({})).await.0, "Fetch.continueResponse");
    let by = |protocol: &str| json!({"remoteIPAddress": "[2001:db8::1]", "protocol": protocol});
    let redirected = json!({"requestId": "7.1", "redirectResponse": by("h1st"), "request": {"url": "https://h/bild.png"}});
    browser.say("Network.requestWillBeSent", redirected).await;
    browser
        .say(
            "Network.responseReceived",
            json!({"requestId": "7.1", "response": by("h2nd")}),
        )
        .await;
    browser
        .say("Network.loadingFinished", json!({"requestId": "7.1"}))
        .await;
    let (finished, _) = tokio::join!(recorder.finish(), browser.asked(json!({})));
    let (summary, bytes) = finished.unwrap();
    assert_eq!((summary.responses, summary.headers_removed), (2, 2));
    let text = text(&bytes);
    let requests: Vec<&str> = text.split("WARC-Type: request").skip(1).collect();
    for (request, path, hop, protocol) in [
        (requests[0], "GET /first HTTP", "X-Hop: 1\r\n", "h1st"),
        (requests[1], "GET /bild.png HTTP", "X-Hop: 2\r\n", "h2nd"),
    ] {
        assert!(request.contains(path) && request.contains(hop), "{request}");
        assert!(
            request.contains(&format!("WARC-Protocol: {protocol}\r\n")),
            "{request}"
        );
    }
    assert!(text.contains("WARC-IP-Address: 2001:db8::1\r\n"));
}
