//! The pages the browser is tested with, on loopback.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Pages by their path, on loopback.
pub(super) async fn site() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = Vec::new();
                while !asked.ends_with(b"\r\n\r\n") {
                    if stream.read_buf(&mut asked).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                let asked = String::from_utf8_lossy(&asked).into_owned();
                let path = asked.split(' ').nth(1).unwrap_or("/");
                let body = match path.split_once("?inside=") {
                    Some((_, port)) => hostile(port),
                    None => "<!doctype html><title>Räksmörgås</title><p>Hej".to_owned(),
                };
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all((head + &body).as_bytes()).await;
            });
        }
    });
    port
}

/// What nobody speaks to, by TCP and by UDP, with its port: below those the kernel hands out, so that no other test's
/// connection to a port that was free a moment ago lands here.
pub(super) fn silent() -> (std::net::TcpListener, std::net::UdpSocket, u16) {
    let first = 20_000 + (std::process::id() % 10_000) as u16;
    for port in (first..32_000).chain(20_000..first) {
        let here = ("127.0.0.1", port);
        if let (Ok(stream), Ok(datagrams)) = (
            std::net::TcpListener::bind(here),
            std::net::UdpSocket::bind(here),
        ) {
            stream.set_nonblocking(true).unwrap();
            datagrams.set_nonblocking(true).unwrap();
            return (stream, datagrams, port);
        }
    }
    panic!("no port is free below the ephemeral ones")
}

/// A page that tries to reach a port inside by every means, and says in its title when it has tried.
fn hostile(port: &str) -> String {
    format!(
        "<!doctype html><title>tries</title><link rel=preconnect href=http://127.0.0.1:{port}>\
         <link rel=dns-prefetch href=//localhost:{port}><link rel=prefetch href=http://127.0.0.1:{port}/p>\
         <link rel=stylesheet href=http://localhost:{port}/c.css><img src=http://127.0.0.1:{port}/i.png>\
         <img src=http://[::1]:{port}/i.png><img src=https://127.0.0.1:{port}/i.png>\
         <iframe src=http://127.0.0.1:{port}/f></iframe><script>\
         let ends = [];\
         for (const u of ['http://127.0.0.1:{port}/x', 'https://localhost:{port}/x', 'http://0.0.0.0:{port}/'])\
           ends.push(fetch(u, {{mode: 'no-cors'}}).catch(() => 0));\
         for (const u of ['ws://127.0.0.1:{port}/', 'wss://127.0.0.1:{port}/'])\
           ends.push(new Promise(done => {{ let w = new WebSocket(u); w.onerror = w.onclose = w.onopen = done; }}));\
         navigator.sendBeacon('http://127.0.0.1:{port}/b', 'x');\
         new EventSource('http://127.0.0.1:{port}/e');\
         let peer = new RTCPeerConnection({{iceServers: [{{urls: ['stun:127.0.0.1:{port}', \
           'turn:127.0.0.1:{port}?transport=tcp'], username: 'a', credential: 'b'}}]}});\
         peer.createDataChannel('x'); peer.createOffer().then(o => peer.setLocalDescription(o));\
         ends.push(new Promise(done => setTimeout(done, 1500)));\
         let late = new Promise(done => setTimeout(done, 10000));\
         Promise.race([Promise.all(ends), late]).then(() => document.title = 'tried');</script>"
    )
}
