//! Servers that refuse, stall, loop, lie, flood, or lead inside: each ends in its own error, and nowhere else.

use std::io;
use std::time::{Duration, Instant};

use arkivd::platform::{Client, DownloadError, Error, Network, download};
use arkivd::record::{GapReason, Platform};
use tokio::net::TcpListener;

use super::server::{Asked, Reply, Server, gzip_bomb};
use super::{account, fetch, fetch_with, network, refusal, refusal_with};

const WP: Platform = Platform::WordPress;

/// A site whose REST interface gives that for its list of posts.
pub fn wordpress(asked: &Asked, posts: impl FnOnce() -> Reply) -> Reply {
    if asked.target.starts_with("/wp-json/wp/v2/posts") {
        posts()
    } else if asked.target.starts_with("/wp-json/wp/v2/") {
        Reply::json("[]").header("X-WP-Total", "0")
    } else if asked.target.starts_with("/wp-json/") {
        Reply::json(r#"{"name":"Prov","namespaces":["wp/v2"]}"#)
    } else {
        Reply::html("<html><link rel='https://api.w.org/' href='/wp-json/'></html>")
    }
}

#[tokio::test]
async fn a_refused_connection_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = refusal(WP, &address).await;
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_named() {
    let error = refusal(WP, "http://finns-inte.invalid/").await;
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
}

#[tokio::test]
async fn a_silent_server_times_out() {
    let server = Server::start(|_| Reply::Silence).await;
    let limits = Network {
        answer_timeout_seconds: 1,
        ..network()
    };
    let error = refusal_with(limits, WP, &server.address).await;
    assert!(
        matches!(error, Error::TimedOut { seconds: 1, .. }),
        "{error:?}"
    );
    let limits = Network {
        silence_timeout_seconds: 1,
        ..network()
    };
    let error = refusal_with(limits, WP, &server.address).await;
    assert!(
        matches!(error, Error::TimedOut { seconds: 1, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_whole_listing_has_its_time() {
    let server = Server::start(|asked| wordpress(asked, || Reply::Silence)).await;
    let limits = Network {
        capture_timeout_seconds: 1,
        ..network()
    };
    let error = refusal_with(limits, WP, &server.address).await;
    assert!(
        matches!(error, Error::ListingTimedOut { seconds: 1, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn redirects_in_a_loop_or_without_end_stop() {
    let server = Server::start(|asked| match asked.target.as_str() {
        "/" => Reply::redirect("/b"),
        "/b" => Reply::redirect("/"),
        other => Reply::redirect(format!("{other}x")),
    })
    .await;
    let error = refusal(WP, &server.address).await;
    assert!(matches!(error, Error::RedirectLoop { .. }), "{error:?}");
    let error = refusal(WP, &format!("{}/c", server.address)).await;
    assert!(
        matches!(error, Error::TooManyRedirects { limit: 10, .. }),
        "{error:?}"
    );
    assert_eq!(server.asked().len(), 2 + 11);
}

#[tokio::test]
async fn redirects_to_other_schemes_stop() {
    for to in [
        "file:///etc/passwd",
        "ftp://a.example/",
        "javascript:x",
        "http://",
    ] {
        let server = Server::start(move |_| Reply::redirect(to)).await;
        let error = refusal(WP, &server.address).await;
        assert!(
            matches!(error, Error::RedirectNowhere { .. }),
            "{to}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_redirect_into_the_network_is_refused_and_nobody_there_is_asked() {
    let quiet = Server::quiet().await;
    let port = quiet.port().to_owned();
    for to in [
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://10.0.0.1/".to_owned(),
        quiet.address.clone(),
        format!("http://localhost:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("https://127.0.0.1:{port}/"),
    ] {
        let leads = to.clone();
        let server = Server::start(move |_| Reply::redirect(leads.clone())).await;
        let error = refusal(WP, &server.address).await;
        assert!(
            matches!(error, Error::InsideNetwork { .. }),
            "{to}: {error:?}"
        );
        assert_eq!(server.asked().len(), 1);
    }
    assert!(quiet.asked().is_empty());
}

#[tokio::test]
async fn a_rest_interface_told_to_lie_inside_is_refused() {
    let quiet = Server::quiet().await;
    let root = format!("{}/wp-json/", quiet.address);
    let server = Server::start(move |_| {
        Reply::html("").header("Link", format!("<{root}>; rel=\"https://api.w.org/\""))
    })
    .await;
    let error = fetch(WP, &server.address).await.unwrap_err();
    assert!(matches!(error, Error::InsideNetwork { .. }), "{error:?}");
    assert!(quiet.asked().is_empty());
}

#[tokio::test]
async fn what_is_no_rest_interface_is_said_to_be_none() {
    let pages = Server::start(|_| Reply::html("<html>Välkommen</html>")).await;
    let error = refusal(WP, &pages.address).await;
    assert!(matches!(error, Error::NoRestInterface { .. }), "{error:?}");
    let nothing = Server::quiet().await;
    let error = refusal(WP, &nothing.address).await;
    assert!(
        matches!(error, Error::Status { status: 404, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_list_that_is_none_is_named_for_what_it_is() {
    let html = || Reply::html("<!doctype html><title>Logga in</title>");
    let server = Server::start(move |asked| wordpress(asked, html)).await;
    let error = refusal(WP, &server.address).await;
    assert!(matches!(error, Error::NotJson { .. }), "{error:?}");
    assert!(error.to_string().contains("web page"), "{error}");

    let cut = || Reply::json(r#"[{"id": 1, "title": {"rendered": "Sn"#);
    let server = Server::start(move |asked| wordpress(asked, cut)).await;
    let error = refusal(WP, &server.address).await;
    assert!(matches!(error, Error::MalformedJson { .. }), "{error:?}");

    let picture = || Reply::of("image/png", b"\x89PNG\r\n".to_vec());
    let server = Server::start(move |asked| wordpress(asked, picture)).await;
    let error = refusal(WP, &server.address).await;
    assert!(
        matches!(&error, Error::NotJson { found, .. } if found == "image/png"),
        "{error:?}"
    );

    let object = || Reply::json(r#"{"posts": []}"#);
    let server = Server::start(move |asked| wordpress(asked, object)).await;
    let error = refusal(WP, &server.address).await;
    assert!(matches!(error, Error::WrongType { .. }), "{error:?}");

    let deep = || Reply::json("[".repeat(1_000_000));
    let server = Server::start(move |asked| wordpress(asked, deep)).await;
    let error = refusal(WP, &server.address).await;
    assert!(matches!(error, Error::MalformedJson { .. }), "{error:?}");
}

#[tokio::test]
async fn a_body_without_end_stops_at_the_limit() {
    let server = Server::start(|_| Reply::Endless).await;
    let error = refusal(WP, &server.address).await;
    let limit = network().max_answer_bytes;
    assert!(
        matches!(error, Error::TooLarge { limit: l, .. } if l == limit),
        "{error:?}"
    );
    // What the sockets buffer comes on top.
    assert!(
        server.sent() < limit + (32 << 20),
        "{} bytes",
        server.sent()
    );

    let mut out = Vec::new();
    let client = Client::new(&network()).unwrap();
    let address = server.address.parse().unwrap();
    let own = account(WP, &server.address);
    let refused = download(&client, &own, &address, &mut out).await;
    assert!(
        matches!(refused, Err(DownloadError::Gap(GapReason::TooLarge { .. }))),
        "{refused:?}"
    );
    assert!(out.len() as u64 <= network().max_medium_bytes);
}

#[tokio::test]
async fn a_body_that_announces_too_much_is_not_read() {
    let server = Server::start(|_| Reply::Broken {
        announced: 10_000_000_000,
        body: vec![b' '; 100],
    })
    .await;
    let error = refusal(WP, &server.address).await;
    assert!(matches!(error, Error::TooLarge { .. }), "{error:?}");
}

#[tokio::test]
async fn a_gzip_bomb_is_counted_as_it_unfolds() {
    let bomb = gzip_bomb(600_000);
    let server =
        Server::start(move |_| Reply::json(bomb.clone()).header("Content-Encoding", "gzip")).await;
    let error = refusal(WP, &server.address).await;
    assert!(matches!(error, Error::TooLarge { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_asks_to_wait_gets_its_wait() {
    let server = Server::start(|asked| {
        if asked.earlier == 0 {
            Reply::status(429, "text/plain", "").header("Retry-After", "1")
        } else {
            wordpress(asked, || Reply::json("[]").header("X-WP-Total", "0"))
        }
    })
    .await;
    let limits = Network {
        retries: 1,
        ..network()
    };
    let begun = Instant::now();
    let (fetched, _) = fetch_with(limits.clone(), account(WP, &server.address), None).await;
    assert!(fetched.unwrap().coverage.is_complete());
    assert!(begun.elapsed() >= Duration::from_secs(1));

    let server =
        Server::start(|_| Reply::status(429, "text/plain", "").header("Retry-After", "3600")).await;
    let error = refusal_with(limits, WP, &server.address).await;
    assert!(
        matches!(
            error,
            Error::Throttled {
                seconds: 3600,
                limit: 2,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn faults_that_pass_are_tried_again() {
    let server = Server::start(|asked| match asked.earlier {
        0 => Reply::status(503, "text/plain", "").header("Retry-After", "0"),
        1 => Reply::Broken {
            announced: 100,
            body: b"{".to_vec(),
        },
        _ => wordpress(asked, || Reply::json("[]").header("X-WP-Total", "0")),
    })
    .await;
    let limits = Network {
        retries: 3,
        ..network()
    };
    let (fetched, _) = fetch_with(limits, account(WP, &server.address), None).await;
    assert!(fetched.is_ok(), "{fetched:?}");
    let error = refusal(
        WP,
        &Server::start(|_| Reply::status(500, "text/plain", ""))
            .await
            .address,
    )
    .await;
    assert!(
        matches!(error, Error::Status { status: 500, .. }),
        "{error:?}"
    );
    let broken = Server::start(|_| Reply::Broken {
        announced: 9,
        body: vec![],
    })
    .await;
    let error = refusal(WP, &broken.address).await;
    assert!(matches!(error, Error::Broken { .. }), "{error:?}");
}

#[tokio::test]
async fn a_plain_server_behind_https_is_a_tls_error() {
    let server = Server::quiet().await;
    let error = refusal(WP, &server.address.replace("http:", "https:")).await;
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_cannot_be_kept_ends_the_fetch() {
    let server = Server::start(|asked| wordpress(asked, || Reply::json("[]"))).await;
    let client = Client::new(&network()).unwrap();
    let own = account(WP, &server.address);
    let full = &mut |_| Err(io::ErrorKind::StorageFull.into());
    let fetched = arkivd::platform::fetch(&client, &own, None, full, &|_| {}).await;
    assert!(matches!(fetched, Err(Error::Keep { .. })), "{fetched:?}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_proxy_is_used_for_what_lies_outside_and_not_for_loopback() {
    let proxy = Server::start(|asked| {
        let inner = asked.target.strip_prefix("http://blogg.tibro.example");
        let inner = Asked {
            target: inner.unwrap_or("/nix").to_owned(),
            ..asked.clone()
        };
        wordpress(&inner, || Reply::json("[]").header("X-WP-Total", "0"))
    })
    .await;
    let limits = Network {
        proxy: Some(proxy.address.clone()),
        ..network()
    };
    let (fetched, _) = fetch_with(
        limits.clone(),
        account(WP, "http://blogg.tibro.example/"),
        None,
    )
    .await;
    assert!(fetched.is_ok(), "{fetched:?}");
    let through = proxy.asked().len();
    assert!(through > 0);

    let direct = Server::start(|asked| wordpress(asked, || Reply::json("[]"))).await;
    let (fetched, _) = fetch_with(limits.clone(), account(WP, &direct.address), None).await;
    assert!(fetched.is_ok(), "{fetched:?}");
    assert_eq!(proxy.asked().len(), through);

    // What only means something inside is refused by name, as the proxy would resolve it.
    let inside = Server::start(|_| Reply::redirect("http://localhost:1/")).await;
    let error = refusal_with(limits, WP, &inside.address).await;
    assert!(matches!(error, Error::InsideNetwork { .. }), "{error:?}");
}
