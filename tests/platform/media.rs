//! Media: had whole, or a gap that says why.

use std::io;

use arkivd::platform::{Client, DownloadError, Network, download};
use arkivd::record::{Digest, GapReason, Platform};

use super::server::{Reply, Server};
use super::{account, network};

const WP: Platform = Platform::WordPress;

/// Downloads run on other threads too.
fn sent<F: Future + Send>(future: F) -> F {
    future
}

#[tokio::test]
async fn media_inside_are_a_gap_unless_allowed() {
    let inside = Server::start(|_| Reply::of("image/png", "bild")).await;
    let server = Server::quiet().await;
    let own = account(WP, &server.address);
    let address = format!("{}/b.png", inside.address).parse().unwrap();
    let mut out = Vec::new();
    let client = Client::new(&network()).unwrap();
    let refused = download(&client, &own, &address, &mut out).await;
    assert!(
        matches!(refused, Err(DownloadError::Gap(GapReason::InsideNetwork))),
        "{refused:?}"
    );
    assert!(inside.asked().is_empty() && out.is_empty());

    let limits = Network {
        allow: vec![format!("127.0.0.1:{}", inside.port())],
        ..network()
    };
    let client = Client::new(&limits).unwrap();
    let had = sent(download(&client, &own, &address, &mut out))
        .await
        .unwrap();
    assert_eq!((out.as_slice(), had.bytes), (&b"bild"[..], 4));
    assert_eq!(had.sha256, Digest::of(b"bild"));
    assert_eq!(had.media_type.as_deref(), Some("image/png"));
    assert_eq!(had.request.sha256, Some(had.sha256));
}

#[tokio::test]
async fn downloads_say_what_was_wrong() {
    let server = Server::start(|asked| match asked.target.as_str() {
        "/page.jpg" => Reply::html("<html>Logga in</html>"),
        "/page.html" => Reply::html("<html>dokument</html>"),
        "/empty.jpg" => Reply::of("image/jpeg", ""),
        "/ok.jpg" => Reply::of("image/jpeg", vec![7; 100_000]),
        "/broken.jpg" => Reply::Broken {
            announced: 100,
            body: vec![7; 10],
        },
        _ => Reply::not_found(),
    })
    .await;
    let client = Client::new(&network()).unwrap();
    let own = account(WP, &server.address);
    let get = async |name: &str| {
        let address = format!("{}/{name}", server.address).parse().unwrap();
        download(&client, &own, &address, &mut io::sink()).await
    };
    use DownloadError::Gap;
    assert_eq!(get("ok.jpg").await.unwrap().bytes, 100_000);
    assert!(get("page.html").await.is_ok());
    assert!(matches!(
        get("page.jpg").await,
        Err(Gap(GapReason::Malformed { .. }))
    ));
    assert!(matches!(
        get("empty.jpg").await,
        Err(Gap(GapReason::Malformed { .. }))
    ));
    assert!(matches!(
        get("nix.jpg").await,
        Err(Gap(GapReason::Refused { status: 404 }))
    ));
    assert!(matches!(
        get("broken.jpg").await,
        Err(Gap(GapReason::Unreachable { .. }))
    ));

    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let address = format!("{}/ok.jpg", server.address).parse().unwrap();
    let failed = download(&client, &own, &address, &mut Full).await;
    assert!(
        matches!(failed, Err(DownloadError::Write(e)) if e.kind() == io::ErrorKind::StorageFull)
    );
}
