//! A page's traffic as it is recorded by a real Chromium, read and replayed by the programs of others.

#![allow(clippy::unwrap_used)] // clippy excuses tests, not their helper functions

mod chromium;
mod reading;
mod site;

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
    options.proxy = Some(ready.proxy.address());
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

/// Its head comes, its body never ends: the page is shown, and the recording has what came.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_document_is_shown_and_recorded_as_far_as_it_came() {
    let Some(ready) = ready(site::start(), &[]).await else {
        return;
    };
    let recorded = record(&ready, "/endless", |_| ()).await;
    ready.close().await;
    let response = recorded.of("response", "/endless");
    assert_eq!(response.field("WARC-Truncated"), "time");
    let begins = site::answer("/endless").body;
    assert!(response.payload().starts_with(&begins));
    assert_eq!(response.payload().len() % begins.len(), 0);
}

/// A document too quick to be heard is had as text; what its head says is true of that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_in_another_coding_replays_right() {
    let Some(ready) = ready(site::start(), &[]).await else {
        return;
    };
    let recorded = record(&ready, "/latin", |_| ()).await;
    ready.close().await;
    let response = recorded.of("response", "/latin");
    let head = response.head().to_ascii_lowercase();
    let sent = "x-archive-orig-content-type: text/html; charset=iso-8859-1\r\n";
    let transcoded = head.contains(sent);
    if transcoded {
        let text = std::str::from_utf8(response.payload()).unwrap();
        assert!(text.ends_with("räksmörgås"), "{text}");
        assert!(
            head.contains("\r\ncontent-type: text/html; charset=utf-8\r\n"),
            "{head}"
        );
    } else {
        assert_eq!(response.payload(), site::answer("/latin").body);
        assert!(
            head.contains("\r\ncontent-type: text/html; charset=iso-8859-1\r\n"),
            "{head}"
        );
    }
    println!("transcoded: {transcoded}");
}

/// The page is whole though the recording may not be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_cut_the_recording_and_not_the_page() {
    let Some(ready) = ready(site::start(), &[]).await else {
        return;
    };
    let recorded = record(&ready, "/", |options| options.body_bytes = 100_000).await;
    for path in ["/large.bin", "/large.bin?again", "/chunked.txt"] {
        let response = recorded.of("response", path);
        assert_eq!(response.field("WARC-Truncated"), "length", "{path}");
        let body = site::answer(path).body;
        assert!(
            response.payload() == &body[..response.payload().len()],
            "{path}"
        );
        assert!(response.payload().len() <= 100_000);
    }
    assert!(
        recorded
            .of("response", "/blue.png")
            .field("WARC-Truncated")
            .is_empty()
    );
    ready.close().await;
    let Some(ready) = chromium::ready(site::start(), &[]).await else {
        return;
    };
    let recorded = record(&ready, "/", |options| options.total_bytes = 0).await;
    ready.close().await;
    for path in ["/", "/blue.png", "/large.bin"] {
        let response = recorded.of("response", path);
        assert_eq!(
            (response.field("WARC-Truncated"), response.payload()),
            ("length", [].as_slice())
        );
    }
}

/// Where nothing answers, the request is recorded, and what the browser said of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_is_told() {
    let Some(ready) = ready(site::start(), &[]).await else {
        return;
    };
    let recorded = record(&ready, "/lacking", |_| ()).await;
    ready.close().await;
    let broken = "http://inside.invalid/picture.png";
    let mut of_it = recorded
        .records
        .iter()
        .filter(|r| r.field("WARC-Target-URI") == broken);
    let request = of_it.next().unwrap();
    assert!(
        request.head().starts_with("GET /picture.png HTTP/1.1\r\n"),
        "{}",
        request.head()
    );
    let told = of_it.next().unwrap();
    assert_eq!(told.field("WARC-Type"), "metadata");
    assert_eq!(
        told.field("WARC-Concurrent-To"),
        request.field("WARC-Record-ID")
    );
    assert!(told.block.starts_with(b"outcome: net::ERR_"), "{told:?}");
}

/// Loaded by other means than tags: each is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_loads_it_is_recorded() {
    let Some(ready) = ready(site::start(), &[]).await else {
        return;
    };
    let begun = std::time::Instant::now();
    let recorded = record(&ready, "/odd", |_| ()).await;
    println!("{} ms {:#?}", begun.elapsed().as_millis(), recorded.told());
    ready.close().await;
    for path in [
        "/odd",
        "/imported.css",
        "/module.js",
        "/part.js",
        "/shared.js",
        "/sync.txt",
        "/early.txt",
        "/from-blob",
        "/drawing.svg",
        "/film.mp4",
    ] {
        let response = recorded.of("response", path);
        assert_eq!(response.field("WARC-Truncated"), "", "{path}");
        assert!(response.payload() == site::answer(path).body, "{path}");
    }
    let film = recorded.of("response", "/film.mp4");
    assert!(
        film.head().starts_with("HTTP/1.1 206 Partial Content\r\n"),
        "{}",
        film.head()
    );
}

/// A page of one site with a frame of another, come to from a third: each in a process of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_of_other_sites_are_recorded_once() {
    let Some(ready) = ready(site::start(), &[]).await else {
        return;
    };
    let other = format!("http://localhost:{}", ready.port);
    let recorded = record(&ready, "/led", |_| ()).await;
    ready.close().await;
    println!("{:#?}", recorded.told());
    for path in ["/outer", "/frame", "/inner.png"] {
        let target = format!("{other}{path}");
        let mut found = recorded
            .records
            .iter()
            .filter(|r| r.field("WARC-Type") == "response" && r.field("WARC-Target-URI") == target);
        let response = found.next().unwrap();
        assert_eq!(response.field("WARC-Truncated"), "", "{path}");
        let mut body = site::answer(path).body;
        if path == "/outer" {
            body = site::ported(body, ready_port(&other));
        }
        assert!(response.payload() == body, "{path}");
        assert!(found.next().is_none(), "{path}");
    }
    let framing = recorded.of("response", "/framing");
    assert!(framing.payload().starts_with(b"<!doctype html>"));
}

fn ready_port(address: &str) -> u16 {
    address.rsplit(':').next().unwrap().parse().unwrap()
}

/// A disk that is full after some bytes.
struct Full(usize);

impl std::io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.0.checked_sub(bytes.len()) {
            Some(left) => self.0 = left,
            None => return Err(std::io::ErrorKind::StorageFull.into()),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_the_recording_and_not_the_page() {
    let Some(ready) = ready(site::start(), &[]).await else {
        return;
    };
    let options = RecorderOptions::new("arkivd/test", chrono::Utc::now());
    let recorder = Recorder::start(ready.browser.connection(), Full(2000), options);
    let page = ready.page().await;
    ready
        .open(&page, &format!("http://127.0.0.1:{}/", ready.port))
        .await;
    let error = recorder.finish().await.err().unwrap();
    assert_eq!(error.to_string(), "the recording of the traffic");
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "the WARC file cannot be written");
    ready.close().await;
}

/// Dropped or finished in the midst, it holds nothing up; a browser that is gone ends it too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_at_any_time() {
    let Some(ready) = ready(site::start(), &[]).await else {
        return;
    };
    let options = || RecorderOptions::new("arkivd/test", chrono::Utc::now());
    let recorder = Recorder::start(ready.browser.connection(), Vec::new(), options());
    let page = ready.page().await;
    let address = format!("http://127.0.0.1:{}/", ready.port);
    let opening = page.call("Page.navigate", serde_json::json!({"url": address}));
    let (opened, finished) = tokio::join!(opening, recorder.finish());
    opened.unwrap();
    let (summary, bytes) = finished.unwrap();
    assert!(summary.records >= 1 && !bytes.is_empty());
    ready.open(&page, &address).await;
    ready.close().await;
    let Some(ready) = chromium::ready(site::start(), &[]).await else {
        return;
    };
    let recorder = Recorder::start(ready.browser.connection(), Vec::new(), options());
    let page = ready.page().await;
    let address = format!("http://127.0.0.1:{}/", ready.port);
    ready.open(&page, &address).await;
    ready.close().await;
    let begun = std::time::Instant::now();
    let (summary, _) = recorder.finish().await.unwrap();
    println!("{summary:?} after {} ms", begun.elapsed().as_millis());
    assert!(begun.elapsed() < chromium::PATIENCE / 4);
}
