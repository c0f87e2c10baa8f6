//! With another proxy on the way out, played by the test: what it is asked, and what the browser sees of it.

use tokio::io::AsyncBufReadExt as _;
use tokio::sync::mpsc;

use super::*;

/// A proxy that leads every tunnel to the port `to` here, and answers every request in clear with `answer`.
async fn outward(to: u16, answer: &'static str) -> (u16, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut stream = tokio::io::BufReader::new(stream);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).await.unwrap() > 0
                {
                }
                let tunnel = head.starts_with("CONNECT ") && answer == HELLO;
                let _ = tell.send(head);
                if !tunnel {
                    let _ = stream.write_all(answer.as_bytes()).await;
                    return;
                }
                stream
                    .write_all(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")
                    .await
                    .unwrap();
                let mut site = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut site).await;
            });
        }
    });
    (port, told)
}

async fn by(own: &str, outward: &str) -> Proxy {
    let network = Network {
        proxy: Some(outward.to_owned()),
        ..Network::default()
    };
    let rules = Rules::new(&own.parse().unwrap(), &network).unwrap();
    Proxy::start(rules, Limits::default(), super::own())
        .await
        .unwrap()
}

const CONNECT: &str = "CONNECT konto.invalid:443 HTTP/1.1\r\nHost: konto.invalid:443\r\nProxy-Authorization: own\r\n\r\n";

async fn tunnelled(proxy: &Proxy) -> String {
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    stream.write_all(CONNECT.as_bytes()).await.unwrap();
    let mut head = [0; 19];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK\r\n\r\n");
    stream
        .write_all(get("/tunnelled").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn pages_go_out_by_the_municipalitys_own_proxy() {
    let (site, mut reached) = site(HELLO).await;
    let (port, mut told) = outward(site, HELLO).await;
    let proxy = by(
        "https://konto.invalid/",
        &format!("http://anna:hemligt@127.0.0.1:{port}"),
    )
    .await;
    assert!(tunnelled(&proxy).await.ends_with("hello"));
    let asked = told.recv().await.unwrap();
    assert_eq!(
        asked,
        "CONNECT konto.invalid:443 HTTP/1.1\r\nHost: konto.invalid:443\r\n\
         Proxy-Authorization: Basic YW5uYTpoZW1saWd0\r\n\r\n"
    );
    // Whom the other proxy connected to is not known.
    assert_eq!(proxy.reached().server_of("https://konto.invalid/"), None);
    let seen = reached.recv().await.unwrap();
    assert!(
        seen.starts_with("GET /tunnelled ") && !seen.contains("Proxy"),
        "{seen}"
    );

    let answer = ask(&proxy, &get("http://bilder.invalid/a?b=c")).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 Fine\r\n") && answer.ends_with("hello"),
        "{answer}"
    );
    let asked = told.recv().await.unwrap();
    assert!(
        asked.starts_with("GET http://bilder.invalid/a?b=c HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(
        asked.to_lowercase().contains("host: bilder.invalid\r\n"),
        "{asked}"
    );
    assert!(asked.contains("Basic YW5uYTpoZW1saWd0"), "{asked}");
    assert!(proxy.unreached().is_empty(), "{:?}", proxy.unreached());

    // What lies inside is not asked of it.
    for inside in [
        "http://10.0.0.1/",
        "http://intranet/",
        "http://127.0.0.1:1/",
    ] {
        assert_eq!(ask(&proxy, &get(inside)).await, "", "{inside}");
    }
    assert!(told.try_recv().is_err());
}

#[tokio::test]
async fn what_is_here_is_reached_without_it() {
    let (site, _reached) = site(HELLO).await;
    let proxy = by(&format!("http://127.0.0.1:{site}/"), "http://127.0.0.1:1").await;
    let address = format!("http://127.0.0.1:{site}/");
    assert!(ask(&proxy, &get(&address)).await.ends_with("hello"));
    assert_eq!(
        proxy.reached().server_of(&address),
        Some("127.0.0.1".parse().unwrap())
    );
}

#[tokio::test]
async fn its_refusal_is_no_answer_of_the_site() {
    const LOGIN: &str = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\
        Content-Length: 5\r\n\r\nlogin";
    let (port, _told) = outward(1, LOGIN).await;
    let proxy = by(
        "https://konto.invalid/",
        &format!("http://127.0.0.1:{port}"),
    )
    .await;
    assert_eq!(ask(&proxy, &get("http://konto.invalid/")).await, "");
    let answer = ask(&proxy, CONNECT).await;
    assert!(
        answer.starts_with("HTTP/1.1 502 ") && !answer.contains("Basic"),
        "{answer}"
    );
    for row in proxy.unreached() {
        let Why::Connection { detail } = &row.why else {
            panic!("{row:?}")
        };
        assert!(
            detail.contains("407") && detail.contains("proxy on the way out"),
            "{row:?}"
        );
    }
    assert_eq!(proxy.unreached().len(), 2);
}

#[tokio::test]
async fn a_socks_proxy_is_given_name_and_login() {
    let (site, _reached) = site(HELLO).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let socks = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        for (length, answer) in [
            (4, &[5, 2][..]),
            (14, &[1, 0]),
            (20, &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
        ] {
            let mut bytes = vec![0; length];
            stream.read_exact(&mut bytes).await.unwrap();
            heard.push(bytes);
            stream.write_all(answer).await.unwrap();
        }
        let mut site = TcpStream::connect(("127.0.0.1", site)).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut site).await;
        heard
    });
    let proxy = by(
        "https://konto.invalid/",
        &format!("socks5h://anna:hemligt@127.0.0.1:{port}"),
    )
    .await;
    assert!(tunnelled(&proxy).await.ends_with("hello"));
    drop(proxy);
    let heard = socks.await.unwrap();
    assert_eq!(heard[1], b"\x01\x04anna\x07hemligt");
    assert_eq!(heard[2], b"\x05\x01\x00\x03\x0dkonto.invalid\x01\xbb");
}
