//! Where a recording ends before the page does: limits, a full disk, no answer, a browser that is gone.

use arkivd::browser::recorder::{Recorder, RecorderOptions};

use crate::chromium::{self, ready};
use crate::{record, site};

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
