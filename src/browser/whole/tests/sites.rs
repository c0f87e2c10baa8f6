//! The pages the deeds are tested on, on loopback.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

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
                let target = asked.split(' ').nth(1).unwrap_or("/");
                let (path, query) = target.split_once('?').unwrap_or((target, ""));
                let (kind, body) = answer(path, query, port);
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all((head + &body).as_bytes()).await;
            });
        }
    });
    port
}

fn answer(path: &str, query: &str, port: u16) -> (&'static str, String) {
    let html = "text/html; charset=utf-8";
    let number = |key: &str| -> usize {
        let pairs = query.split('&').filter_map(|p| p.split_once('='));
        pairs
            .filter(|(k, _)| *k == key)
            .find_map(|(_, v)| v.parse().ok())
            .unwrap_or(0)
    };
    match path {
        "/bild.svg" => ("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='30'><rect width='40' height='30' fill='teal'/></svg>".to_owned()),
        "/flode" => (html, include_str!("flode.html").replace("ANTAL", &number("n").to_string())),
        "/poster" => (html, posts(number("fran"), number("till"))),
        "/samtycke" => (html, include_str!("samtycke.html").replace("PORT", &port.to_string())),
        "/ram" => (html, include_str!("ram.html").to_owned()),
        "/app" => (html, include_str!("app.html").to_owned()),
        "/virtuell" => (html, include_str!("virtuell.html").to_owned()),
        "/bort" => (html, include_str!("bort.html").to_owned()),
        "/inloggning" => (html, include_str!("inloggning.html").to_owned()),
        "/fast" => (html, include_str!("fast.html").to_owned()),
        _ => (html, "<!doctype html><html lang=sv><title>Räksmörgås</title><p>Hej från Räksmörgås".to_owned()),
    }
}

fn posts(from: usize, to: usize) -> String {
    (from..to)
        .map(|n| format!(
            "<article id=p{n}><h2>Inlägg {n}</h2><img src=/bild.svg?{n} loading=lazy width=40 height=30><p>Räksmörgås \
             <button type=button onclick=\"this.parentNode.classList.add('hel');this.remove()\">Visa mer</button></p>\
             <button onclick=\"window.gillat=1\">Gilla</button> <a href=/annan>Visa mer</a>\
             <form action=/annan><button>Visa fler</button></form><div style=height:300px></div></article>"
        ))
        .collect()
}
