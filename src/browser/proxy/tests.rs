//! Real sockets on loopback; what lies inside has a listener that must stay silent.

use std::io::Write as _;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::platform::Network;

mod outward;

/// A listener that nobody may ever reach.
struct Silent(std::net::TcpListener);

impl Silent {
    fn new() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    fn assert_silent(&self) {
        let error = self.0.accept().err().map(|e| e.kind());
        assert_eq!(error, Some(std::io::ErrorKind::WouldBlock));
    }
}

/// A site that answers every connection with `answer` and hands out what it was asked.
async fn site(answer: &'static str) -> (u16, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut asked = Vec::new();
                while !asked.ends_with(b"\r\n\r\n")
                    && stream.read_buf(&mut asked).await.unwrap() > 0
                {}
                let _ = tell.send(String::from_utf8(asked).unwrap());
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    (port, told)
}

const HELLO: &str =
    "HTTP/1.1 200 Fine\r\ncontent-length: 5\r\nX-KeptCase: a\r\nAlt-Svc: h3=\":443\"\r\n\r\nhello";

fn own() -> u32 {
    rustix::process::geteuid().as_raw()
}

async fn proxy(port: u16, limits: Limits) -> Proxy {
    let address = format!("http://127.0.0.1:{port}/konto").parse().unwrap();
    let rules = Rules::new(&address, &Network::default()).unwrap();
    Proxy::start(rules, limits, own()).await.unwrap()
}

async fn ask(proxy: &Proxy, request: &str) -> String {
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    // A proxy that refuses may have closed already.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(address: &str) -> String {
    format!("GET {address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
}

#[tokio::test]
async fn the_own_origin_is_reached_and_sees_nothing_of_the_proxy() {
    let (port, mut told) = site(HELLO).await;
    let proxy = proxy(port, Limits::default()).await;
    let request = format!(
        "GET http://127.1:{port}/a?b=c HTTP/1.1\r\nHost: elsewhere\r\nProxy-Authorization: x\r\nProxy-Connection: keep-alive\r\n\
         Connection: upgrade, x-hop, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nX-Hop: 1\r\nX-Kept: 2\r\n\r\n"
    );
    let answer = ask(&proxy, &request).await;
    assert!(answer.starts_with("HTTP/1.1 200 Fine\r\n"), "{answer}");
    assert!(answer.contains("X-KeptCase: a\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nhello"), "{answer}");
    assert!(!answer.to_lowercase().contains("alt-svc"), "{answer}");
    let asked = told.recv().await.unwrap().to_lowercase();
    assert!(asked.starts_with("get /a?b=c http/1.1\r\n"), "{asked}");
    assert!(
        asked.contains(&format!("host: 127.0.0.1:{port}\r\n")),
        "{asked}"
    );
    assert!(asked.contains("x-kept: 2") && asked.contains("connection: close"));
    for gone in ["proxy", "upgrade", "http2", "x-hop", "elsewhere"] {
        assert!(!asked.contains(gone), "{gone} in {asked}");
    }
    assert!(proxy.unreached().is_empty());
    assert!(proxy.bytes() > 100);
}

#[tokio::test]
async fn inside_nothing_is_reached_by_any_means() {
    let (port, _told) = site(HELLO).await;
    let silent = Silent::new();
    let to = silent.port();
    let proxy = proxy(port, Limits::default()).await;
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "017700000001",
        "localhost",
        "localhost.",
        "a.localhost",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "[::]",
        "127.0.0.1.",
    ] {
        let answer = ask(&proxy, &get(&format!("http://{host}:{to}/"))).await;
        assert_eq!(answer, "", "{host}");
        let answer = ask(
            &proxy,
            &format!("CONNECT {host}:{to} HTTP/1.1\r\nHost: x\r\n\r\n"),
        )
        .await;
        // What hyper itself takes for no authority it answers with 400.
        assert!(answer.starts_with("HTTP/1.1 40"), "{host}: {answer}");
    }
    // Names of other schemes, hosts in the Host header alone, credentials, and one's own address.
    for request in [
        get(&format!("https://127.0.0.1:{to}/")),
        get(&format!("ftp://127.0.0.1:{to}/")),
        get(&format!("http://127.0.0.1:{port}@127.0.0.1:{to}/")),
        format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{to}\r\nConnection: close\r\n\r\n"),
        get(&format!("http://{}/", proxy.address())),
    ] {
        let answer = ask(&proxy, &request).await;
        assert!(!answer.contains(" 200 "), "{request}: {answer}");
    }
    silent.assert_silent();
    let told = proxy.unreached();
    let row = told
        .iter()
        .find(|u| u.to == format!("127.0.0.1:{to}"))
        .unwrap();
    assert_eq!(row.why, Why::Inside);
    assert!(row.times >= 10, "{row:?}");
    assert!(told.iter().any(|u| u.to == proxy.address().to_string()));
}

#[tokio::test]
async fn a_redirect_inside_is_handed_on_and_ends_there() {
    const AWAY: &str =
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let (port, _told) = site(AWAY).await;
    let proxy = proxy(port, Limits::default()).await;
    let answer = ask(&proxy, &get(&format!("http://127.0.0.1:{port}/"))).await;
    assert!(answer.contains("location: http://127.0.0.1:1/"), "{answer}");
    assert_eq!(ask(&proxy, &get("http://127.0.0.1:1/")).await, "");
}

/// As WebSocket goes, in clear as well as in TLS.
#[tokio::test]
async fn a_tunnel_carries_bytes_both_ways_until_the_proxy_is_dropped() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (mut from, mut to) = stream.split();
        let _ = tokio::io::copy(&mut from, &mut to).await;
    });
    let proxy = proxy(port, Limits::default()).await;
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    let request = format!("CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = vec![0; 19];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(head, b"HTTP/1.1 200 OK\r\n\r\n");
    for n in 0..3u8 {
        stream.write_all(&[n; 100]).await.unwrap();
        let mut back = [9; 100];
        stream.read_exact(&mut back).await.unwrap();
        assert_eq!(back, [n; 100]);
    }
    assert_eq!(proxy.bytes(), 600);
    drop(proxy);
    // Closed or reset, as the kernel has it; what counts is that it ends.
    assert!(!matches!(stream.read(&mut [0; 10]).await, Ok(1..)));
}

#[tokio::test]
async fn another_users_program_is_let_in_to_nothing() {
    let (port, mut told) = site(HELLO).await;
    let address = format!("http://127.0.0.1:{port}/").parse().unwrap();
    let rules = Rules::new(&address, &Network::default()).unwrap();
    let proxy = Proxy::start(rules, Limits::default(), own() + 1)
        .await
        .unwrap();
    assert_eq!(
        ask(&proxy, &get(&format!("http://127.0.0.1:{port}/"))).await,
        ""
    );
    assert!(told.try_recv().is_err());
    assert_eq!(proxy.unreached()[0].why, Why::OtherUser);
}

/// A browser opens connections in advance, and closes some before they are looked at: then they have no owner.
#[tokio::test]
async fn what_is_closed_before_it_is_looked_at_is_no_ones() {
    let (port, _told) = site(HELLO).await;
    let address = format!("http://127.0.0.1:{port}/");
    let rules = Rules::new(&address.parse().unwrap(), &Network::default()).unwrap();
    let proxy = Proxy::start(rules, Limits::default(), own()).await.unwrap();
    drop(std::net::TcpStream::connect(proxy.address()).unwrap());
    // One that is ended has asked already.
    let mut asked = std::net::TcpStream::connect(proxy.address()).unwrap();
    asked.write_all(get(&address).as_bytes()).unwrap();
    drop(asked);
    assert!(ask(&proxy, &get(&address)).await.contains("200 Fine"));
    assert!(proxy.unreached().is_empty(), "{:?}", proxy.unreached());
}

#[tokio::test]
async fn limits_end_what_is_too_much_and_say_so() {
    let (port, _told) = site(HELLO).await;
    let address = format!("http://127.0.0.1:{port}/");

    let bytes = proxy(
        port,
        Limits {
            bytes: 60,
            ..Limits::default()
        },
    )
    .await;
    let answer = ask(&bytes, &get(&address)).await;
    assert!(!answer.contains("hello"), "{answer}");
    assert_eq!(ask(&bytes, &get(&address)).await, "");
    let told = bytes.unreached();
    assert!(
        told.iter().any(|u| u.why == Why::BytesLimit { limit: 60 }),
        "{told:?}"
    );

    let head = proxy(
        port,
        Limits {
            head_bytes: 8192,
            ..Limits::default()
        },
    )
    .await;
    let long = format!(
        "GET {address} HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
        "x".repeat(9000)
    );
    let answer = ask(&head, &long).await;
    assert!(!answer.contains(" 200 "), "{answer}");

    let one = proxy(
        port,
        Limits {
            connections: 1,
            ..Limits::default()
        },
    )
    .await;
    let mut first = TcpStream::connect(one.address()).await.unwrap();
    first
        .write_all(format!("GET {address} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes())
        .await
        .unwrap();
    first.read_exact(&mut [0; 40]).await.unwrap();
    assert_eq!(ask(&one, &get(&address)).await, "");
    assert_eq!(one.unreached()[0].why, Why::ConnectionsLimit { limit: 1 });
}

#[tokio::test]
async fn a_silent_server_and_a_silent_browser_are_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let limits = Limits {
        silence: Duration::from_millis(100),
        head: Duration::from_millis(100),
        ..Limits::default()
    };
    let proxy = proxy(port, limits).await;
    assert_eq!(
        ask(&proxy, &get(&format!("http://127.0.0.1:{port}/"))).await,
        ""
    );
    assert!(
        proxy
            .unreached()
            .iter()
            .any(|u| u.why == Why::TimedOut { seconds: 0 })
    );
    // A head that never ends.
    let answer = ask(&proxy, "GET http://a").await;
    assert!(!answer.contains(" 200 "), "{answer}");
}

#[tokio::test]
async fn what_cannot_be_reached_is_told_with_its_reason() {
    let free = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let proxy = proxy(free, Limits::default()).await;
    assert_eq!(
        ask(&proxy, &get(&format!("http://127.0.0.1:{free}/"))).await,
        ""
    );
    let answer = ask(
        &proxy,
        "CONNECT nowhere.invalid:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    let answer = ask(
        &proxy,
        "CONNECT update.googleapis.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    let told = proxy.unreached();
    let why = |to: &str| &told.iter().find(|u| u.to.starts_with(to)).unwrap().why;
    assert!(matches!(why("127.0.0.1:"), Why::Connection { detail } if detail.contains("refused")));
    assert_eq!(*why("nowhere.invalid:443"), Why::NotFound);
    assert_eq!(*why("update.googleapis.com:443"), Why::CallHome);
}
