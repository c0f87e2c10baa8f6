//! A page's traffic as it is recorded by a real Chromium, read and replayed by the programs of others.

#![allow(clippy::unwrap_used)] // clippy excuses tests, not their helper functions

mod chromium;
mod ends;
mod login;
mod odd;
mod reading;
mod site;
#[path = "../support/mod.rs"]
mod support;

use std::fs::File;
use std::path::{Path, PathBuf};

use arkivd::browser::recorder::{Recorder, RecorderOptions};
use arkivd::record::WarcSummary;
use chromium::{Ready, evaluate, ready};
use reading::{Read, Replay, judge, records};
use site::Sent;

struct Recorded {
    file: PathBuf,
    summary: WarcSummary,
    records: Vec<Read>,
    site: String,
    _folder: tempfile::TempDir,
}

/// Records a visit to one address of the site.
async fn record(ready: &Ready, path: &str, set: impl FnOnce(&mut RecorderOptions)) -> Recorded {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("capture.warc.gz");
    let mut options = RecorderOptions::new("arkivd/test", chrono::Utc::now());
    options.folder = Some(folder.path().to_owned());
    options.proxy = Some(ready.proxy.reached());
    options.patience = chromium::PATIENCE;
    set(&mut options);
    let to = std::io::BufWriter::new(File::create(&file).unwrap());
    let recorder = Recorder::start(ready.browser.connection(), to, options);
    let page = ready.page().await;
    let site = format!("http://127.0.0.1:{}", ready.port);
    ready.open(&page, &format!("{site}{path}")).await;
    recorder.metadata(&format!("{site}{path}"), vec![("title", "klar".to_owned())]);
    let (summary, to) = recorder.finish().await.unwrap();
    to.into_inner().unwrap().sync_all().unwrap();
    judge(&file);
    Recorded {
        summary,
        records: records(&file),
        file,
        site,
        _folder: folder,
    }
}

impl Recorded {
    fn of(&self, kind: &str, path: &str) -> &Read {
        let target = format!("{}{path}", self.site);
        let mut found = self
            .records
            .iter()
            .filter(|r| r.field("WARC-Type") == kind && r.field("WARC-Target-URI") == target);
        let first = found.next();
        first.unwrap_or_else(|| panic!("no {kind} of {path}: {:#?}", self.told()))
    }

    fn told(&self) -> Vec<String> {
        let line = |r: &Read| {
            format!(
                "{} {} {} {}",
                r.field("WARC-Type"),
                r.field("WARC-Target-URI"),
                r.field("WARC-Truncated"),
                r.block.len()
            )
        };
        self.records.iter().map(line).collect()
    }
}

fn contains(file: &Path, words: &str) -> bool {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let file = File::open(file).unwrap();
    flate2::read::MultiGzDecoder::new(file)
        .read_to_end(&mut bytes)
        .unwrap();
    bytes.windows(words.len()).any(|w| w == words.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_recorded_whole_and_replayed() {
    let port = site::start();
    let Some(ready) = ready(port, &[]).await else {
        return;
    };
    let recorded = record(&ready, "/", |_| ()).await;
    println!("{:#?}\n{:?}", recorded.told(), recorded.summary);
    ready.close().await;

    for path in [
        "/",
        "/c.css",
        "/s.js",
        "/blue.png",
        "/ground.png",
        "/slow.png",
        "/there.png",
        "/frame",
        "/inner.png",
        "/worker.js",
        "/by-worker",
        "/data.json",
        "/posted",
        "/chunked.txt",
    ] {
        let response = recorded.of("response", path);
        let reply = site::answer(path);
        assert_eq!(response.field("WARC-Truncated"), "", "{path}");
        assert!(response.payload() == reply.body, "{path}");
        let head = response.head();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(
            head.contains(&format!("\r\nContent-Length: {}\r\n", reply.body.len())),
            "{head}"
        );
        assert!(
            head.contains("X-Server: egen\r\n") || head.contains("x-server: egen\r\n"),
            "{head}"
        );
        if reply.sent == Sent::Gzip {
            assert!(
                head.contains("\r\nX-Archive-Orig-Content-Encoding: gzip\r\n"),
                "{head}"
            );
        }
        // As the proxy knows it; the browser sees the proxy alone.
        assert_eq!(response.field("WARC-IP-Address"), "127.0.0.1", "{path}");
        let request = recorded.of("request", path);
        assert_eq!(
            request.field("WARC-Concurrent-To"),
            response.field("WARC-Record-ID")
        );
        assert!(
            request.head().contains("User-Agent: "),
            "{}",
            request.head()
        );
    }
    // A redirect's body is given to nobody, and the record says so.
    let moved = recorded.of("response", "/moved.png");
    assert!(moved.head().starts_with("HTTP/1.1 302 Found\r\n"));
    assert_eq!(moved.field("WARC-Truncated"), "unspecified");
    let posted = recorded.of("request", "/posted");
    assert!(posted.head().starts_with("POST /posted HTTP/1.1\r\n"));
    assert_eq!(posted.payload(), "svar=räka".as_bytes());
    assert!(
        recorded
            .of("response", "/empty")
            .head()
            .starts_with("HTTP/1.1 204 No Content")
    );
    // The same payload stands once, be it large.
    let large = site::answer("/large.bin").body;
    let kinds = ["/large.bin", "/large.bin?again"].map(|path| {
        let target = format!("{}{path}", recorded.site);
        let of =
            |r: &&Read| r.field("WARC-Target-URI") == target && r.field("WARC-Type") != "request";
        recorded.records.iter().find(of).unwrap()
    });
    let response = kinds
        .iter()
        .find(|r| r.field("WARC-Type") == "response")
        .unwrap();
    assert!(response.payload() == large);
    assert!(kinds.iter().any(|r| r.field("WARC-Type") == "revisit"));
    // What never ends is as far as it came.
    for path in ["/events", "/never"] {
        let endless = recorded.of("response", path);
        assert_eq!(endless.field("WARC-Truncated"), "time", "{path}");
        assert!(
            endless.payload().starts_with(&site::answer(path).body),
            "{path}"
        );
    }
    let cut = recorded.of("response", "/cut.bin");
    assert_eq!(cut.field("WARC-Truncated"), "disconnect");
    assert!(cut.payload() == &site::answer("/cut.bin").body[..cut.payload().len()]);
    // No login is left, and it is said that there was one.
    assert!(!contains(&recorded.file, site::COOKIE));
    assert!(
        recorded.summary.headers_removed >= 10,
        "{:?}",
        recorded.summary
    );
    let info = recorded.records.first().unwrap();
    assert_eq!(info.field("WARC-Type"), "warcinfo");
    assert!(String::from_utf8_lossy(&info.block).contains("Set-Cookie"));
    assert_eq!(recorded.of("metadata", "/").block, b"title: klar\r\n");
    assert_eq!(recorded.summary.records, recorded.records.len() as u64);
    assert_eq!(recorded.summary.truncated, 4);
    replayed(&recorded).await;
}

/// pywb gives back the very bytes, and a browser sees the page with its pictures.
async fn replayed(recorded: &Recorded) {
    let Some(replay) = Replay::start(&recorded.file) else {
        return;
    };
    // reqwest wants one even for what is not encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    for path in [
        "/",
        "/c.css",
        "/blue.png",
        "/ground.png",
        "/moved.png",
        "/inner.png",
        "/large.bin",
        "/large.bin?again",
        "/data.json",
        "/by-worker",
    ] {
        let address = replay.address(&format!("{}{path}", recorded.site));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.get(&address).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {answer:?}");
        let bytes = answer.bytes().await.unwrap();
        let of = if path == "/moved.png" {
            "/there.png"
        } else {
            path
        };
        assert!(
            bytes == site::answer(of).body,
            "{path}: {} bytes",
            bytes.len()
        );
    }
    let Some(ready) = ready(replay.port, &[]).await else {
        return;
    };
    let page = ready.browser.page().await.unwrap();
    let address = replay.page(&format!("{}/", recorded.site));
    page.call("Page.navigate", serde_json::json!({"url": address}))
        .await
        .unwrap();
    let shown = "Promise.all([...document.images].map(i => i.decode()))
        .then(() => document.querySelector('h1').textContent + ' ' + [...document.images].map(i => i.naturalWidth))";
    let loaded = "new Promise(done => { const look = () => document.readyState == 'complete' ? done('') : setTimeout(look, 20); look(); })";
    evaluate(&page, loaded).await;
    assert_eq!(evaluate(&page, shown).await, "Räksmörgås 32,32,32");
    ready.close().await;
}
