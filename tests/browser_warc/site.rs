//! A site on loopback with all that a recording meets: codings, redirects, frames, workers, what never ends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

pub const COOKIE: &str = "hemlig-session-4711";

const PAGE: &str = "<!doctype html><meta charset=utf-8><title>laddar</title><link rel=stylesheet href=/c.css>\
<h1>Räksmörgås</h1><img src=/blue.png><img src=/moved.png><img src=/slow.png>\
<script>window.framed = new Promise(done => addEventListener('message', done))</script><iframe src=/frame></iframe>\
<script src=/s.js></script>";

const SCRIPT: &str = "
const read = (path, how) => fetch(path, how).then(r => r.arrayBuffer());
const pictures = [...document.images].map(i => i.decode());
new EventSource('/events');
fetch('/never');
const worker = new Promise(done => { new Worker('/worker.js').onmessage = done; });
Promise.all([read('/data.json'), read('/large.bin'), read('/large.bin?again'), read('/posted', {method: 'POST', body: 'svar=räka'}),
  read('/empty'), read('/cut.bin').catch(() => 0), read('/chunked.txt'), worker, document.fonts.ready, ...pictures,
  window.framed])
  .then(() => document.title = 'klar', e => document.title = 'fel ' + e);";

/// As someone sees it who is logged in.
const MINE: &str = "<!doctype html><meta charset=utf-8><title>laddar</title><p id=hemlig-session-4711>Mina sidor<script>
fetch('/api?access_token=EAABsbCS1234&x=1').then(r => r.json())
  .then(() => fetch('/posted', {method: 'POST', body: 'user=anna&losen=tomte' + 'verkstad'}))
  .then(() => document.title = 'klar', e => document.title = 'fel ' + e);
</script>";

pub const API: &str = "/api?access_token=EAABsbCS1234&x=1";

const ODD: &str = "<!doctype html><title>laddar</title><style>@import '/imported.css';</style>\
<link rel=preload as=fetch crossorigin href=/early.txt><video src=/film.mp4 preload=auto></video>\
<picture><source srcset='/drawing.svg 1x'><img></picture><script type=module src=/module.js></script><script>
const sync = new XMLHttpRequest();
sync.open('GET', '/sync.txt', false);
sync.send();
navigator.sendBeacon('/beacon', 'x');
const blob = new Blob([`fetch('${location.origin}/from-blob').then(() => postMessage(1))`]);
const waiting = new Set();
const until = (name, start) => { waiting.add(name); return new Promise(start).then(() => {
  waiting.delete(name);
  document.title = waiting.size ? 'laddar ' + [...waiting] : sync.responseText == '/sync.txt' && window.part ? 'klar' : 'fel';
}); };
until('worker', done => { new Worker(URL.createObjectURL(blob)).onmessage = done; });
until('shared', done => { new SharedWorker('/shared.js').port.onmessage = done; });
until('film', done => { const film = document.querySelector('video'); film.error ? done() : film.onerror = done; });
until('early', done => fetch('/early.txt').then(done));
until('load', done => addEventListener('load', done));
</script>";

pub struct Reply {
    pub status: &'static str,
    pub fields: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    pub sent: Sent,
}

/// How a body goes out.
#[derive(Clone, Copy, PartialEq)]
pub enum Sent {
    WithLength,
    Chunked,
    Gzip,
    /// Half of it.
    Cut,
    /// Again and again.
    Forever,
}

fn reply(media_type: &str, body: impl Into<Vec<u8>>) -> Reply {
    Reply {
        status: "200 OK",
        fields: vec![("Content-Type", media_type.to_owned())],
        body: body.into(),
        sent: Sent::WithLength,
    }
}

/// A picture in one colour.
fn picture(colour: [u8; 3]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 32, 32);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&colour.repeat(32 * 32)).unwrap();
    writer.finish().unwrap();
    bytes
}

/// Bytes that no compressor makes smaller.
pub fn noise(length: usize) -> Vec<u8> {
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 32) as u8
    };
    (0..length).map(|_| next()).collect()
}

pub fn answer(path: &str) -> Reply {
    let how = |mut reply: Reply, sent| {
        reply.sent = sent;
        reply
    };
    match path {
        "/" => {
            let mut page = how(reply("text/html; charset=utf-8", PAGE), Sent::Chunked);
            page.fields
                .push(("Set-Cookie", format!("sid={COOKIE}; Path=/")));
            page.fields.push(("Set-Cookie", format!("två={COOKIE}")));
            page
        }
        "/c.css" => {
            let css = "body { background: url(/ground.png) } @font-face { font-family: x; src: url(/f.woff2) }\n";
            how(reply("text/css", css.repeat(50)), Sent::Gzip)
        }
        "/s.js" => reply("text/javascript; charset=utf-8", SCRIPT),
        "/blue.png" => reply("image/png", picture([0, 0, 255])),
        "/ground.png" => how(reply("image/png", picture([200, 255, 200])), Sent::Chunked),
        "/slow.png" => reply("image/png", picture([255, 0, 0])),
        "/moved.png" => {
            let mut moved = reply("text/html", "<p>Flyttad");
            moved.status = "302 Found";
            moved.fields.push(("Location", "/there.png".to_owned()));
            moved
        }
        "/there.png" => reply("image/png", picture([255, 255, 0])),
        "/frame" => how(
            reply(
                "text/html",
                "<p>Ram<img src=/inner.png onload=\"parent.postMessage(1, '*')\">",
            ),
            Sent::Chunked,
        ),
        "/inner.png" => reply("image/png", picture([9, 9, 9])),
        "/worker.js" => reply(
            "text/javascript",
            "fetch('/by-worker').then(() => postMessage(1))",
        ),
        "/by-worker" => how(reply("text/plain", "från arbetaren"), Sent::Chunked),
        "/data.json" => how(
            reply("application/json", "{\"inlägg\":[1,2,3]}"),
            Sent::Gzip,
        ),
        "/large.bin" | "/large.bin?again" => reply("application/octet-stream", noise(3 << 20)),
        "/posted" => reply("application/json", "{\"ok\":true}"),
        "/chunked.txt" => how(reply("text/plain", "x".repeat(200_000)), Sent::Chunked),
        "/cut.bin" => how(reply("application/octet-stream", noise(1000)), Sent::Cut),
        "/empty" => {
            let mut empty = reply("text/plain", "");
            empty.status = "204 No Content";
            empty
        }
        "/events" => how(reply("text/event-stream", "data: x\n\n"), Sent::Forever),
        "/never" => how(reply("text/plain", "aldrig "), Sent::Forever),
        "/latin" => how(
            reply(
                "text/html; charset=iso-8859-1",
                b"<title>klar</title>r\xe4ksm\xf6rg\xe5s".as_slice(),
            ),
            Sent::Chunked,
        ),
        "/endless" => how(
            reply("text/html; charset=utf-8", "<title>klar</title><p>mera "),
            Sent::Forever,
        ),
        "/odd" => how(reply("text/html; charset=utf-8", ODD), Sent::Chunked),
        "/imported.css" => how(reply("text/css", "h1 { color: red }"), Sent::Chunked),
        "/module.js" => how(
            reply("text/javascript", "import '/part.js'; window.part = 1"),
            Sent::Chunked,
        ),
        "/part.js" => reply("text/javascript", "export const part = 1"),
        "/shared.js" => how(
            reply(
                "text/javascript",
                "onconnect = e => e.ports[0].postMessage(1)",
            ),
            Sent::Chunked,
        ),
        "/sync.txt" | "/early.txt" | "/from-blob" => how(reply("text/plain", path), Sent::Chunked),
        "/drawing.svg" => reply(
            "image/svg+xml",
            "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9'/></svg>",
        ),
        "/film.mp4" => {
            let mut part = reply("video/mp4", noise(70_000));
            part.status = "206 Partial Content";
            part.fields
                .push(("Content-Range", "bytes 0-69999/70000".to_owned()));
            part
        }
        "/mine" => how(reply("text/html; charset=utf-8", MINE), Sent::Chunked),
        API => {
            let json = "{\"csrf_token\": \"abcdefgh1234\", \"min\": \"hemlig-session-4711\", \"namn\": \"räka\"}";
            how(reply("application/json", json), Sent::Gzip)
        }
        "/beacon" => reply("text/plain", ""),
        "/led" => reply(
            "text/html",
            "<title>laddar</title><script>location = 'http://localhost:PORT/outer'</script>",
        ),
        "/outer" => how(
            reply(
                "text/html",
                "<title>laddar</title><script>setTimeout(() => location = 'http://127.0.0.1:PORT/framing')</script>",
            ),
            Sent::Chunked,
        ),
        "/framing" => how(
            reply(
                "text/html",
                "<!doctype html><title>laddar</title><script>onmessage = () => document.title = 'klar'</script>\
                 <iframe src=http://localhost:PORT/frame></iframe>",
            ),
            Sent::Chunked,
        ),
        "/lacking" => reply(
            "text/html",
            "<title>laddar</title><img src=http://inside.invalid/picture.png onerror=\"document.title = 'klar'\">",
        ),
        _ => {
            let mut none = reply("text/html; charset=utf-8", "<title>klar</title>Finns inte");
            none.status = "404 Not Found";
            none
        }
    }
}

/// A page with the site's own port in its links.
pub fn ported(body: Vec<u8>, port: u16) -> Vec<u8> {
    match String::from_utf8(body) {
        Ok(text) => text.replace("PORT", &port.to_string()).into_bytes(),
        Err(other) => other.into_bytes(),
    }
}

/// Listens until the test's process ends.
pub fn start() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || drop(serve(stream, port)));
        }
    });
    port
}

fn serve(mut stream: TcpStream, port: u16) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    reader.read_exact(&mut vec![0; length])?;
    let path = first.split(' ').nth(1).unwrap_or("/");
    let Reply {
        status,
        fields,
        mut body,
        sent,
    } = answer(path);
    body = ported(body, port);
    // The stylesheet holds up the scripts after it, so that what came before them is over when they run.
    if ["/slow.png", "/imported.css"].contains(&path) {
        std::thread::sleep(Duration::from_millis(300));
    }
    let mut head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nX-Server: egen\r\n");
    for (name, value) in fields {
        head += &format!("{name}: {value}\r\n");
    }
    if sent == Sent::Gzip {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&body)?;
        body = gzip.finish()?;
        head += "Content-Encoding: gzip\r\n";
    }
    if matches!(sent, Sent::WithLength | Sent::Gzip | Sent::Cut) && !status.starts_with("204") {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    if sent == Sent::Chunked {
        head += "Transfer-Encoding: chunked\r\n";
    }
    stream.write_all((head + "\r\n").as_bytes())?;
    match sent {
        Sent::WithLength | Sent::Gzip => stream.write_all(&body),
        Sent::Cut => stream.write_all(&body[..body.len() / 2]),
        Sent::Chunked => {
            for chunk in body.chunks(50_000) {
                write!(stream, "{:x}\r\n", chunk.len())?;
                stream.write_all(chunk)?;
                stream.write_all(b"\r\n")?;
            }
            stream.write_all(b"0\r\n\r\n")
        }
        Sent::Forever => loop {
            stream.write_all(&body)?;
            stream.flush()?;
            std::thread::sleep(Duration::from_millis(100));
        },
    }
}
