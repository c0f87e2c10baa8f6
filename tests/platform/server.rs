//! A small server on loopback that answers as a test tells it to, and remembers who asked.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone, Debug)]
pub struct Asked {
    /// Path and query as they stood in the request, or the absolute address when asked as a proxy.
    pub target: String,
    pub authorization: Option<String>,
    /// How many requests came before.
    pub earlier: usize,
}

pub enum Reply {
    Whole {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// The head and the beginning of a body of that announced length; then the connection breaks.
    Broken { announced: usize, body: Vec<u8> },
    /// Nothing, and the connection stays.
    Silence,
    /// A body without end.
    Endless,
}

impl Reply {
    pub fn of(media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::status(200, media_type, body)
    }

    pub fn status(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::Whole {
            status,
            headers: vec![("Content-Type", media_type.to_owned())],
            body: body.into(),
        }
    }

    pub fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::of("application/json", body)
    }

    pub fn html(body: impl Into<Vec<u8>>) -> Self {
        Self::of("text/html; charset=utf-8", body)
    }

    pub fn not_found() -> Self {
        Self::status(404, "text/html", "<html>nix</html>")
    }

    pub fn redirect(to: impl Into<String>) -> Self {
        Self::status(302, "text/plain", "").header("Location", to)
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Self::Whole { headers, .. } = &mut self {
            headers.push((name, value.into()));
        }
        self
    }
}

pub struct Server {
    /// `http://127.0.0.1:PORT`, without a slash at its end.
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    sent: Arc<AtomicU64>,
}

impl Server {
    pub async fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            asked: Arc::default(),
            sent: Arc::default(),
        };
        let (asked, sent) = (Arc::clone(&server.asked), Arc::clone(&server.sent));
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (asked, sent) = (Arc::clone(&asked), Arc::clone(&sent));
                let answer = Arc::clone(&answer);
                tokio::spawn(async move { converse(stream, &asked, &sent, &*answer).await });
            }
        });
        server
    }

    /// A server that must never be reached.
    pub async fn quiet() -> Self {
        Self::start(|_| Reply::not_found()).await
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub fn port(&self) -> &str {
        self.address.rsplit(':').next().unwrap()
    }
}

async fn converse(
    mut stream: TcpStream,
    asked: &Mutex<Vec<Asked>>,
    sent: &AtomicU64,
    answer: &(dyn Fn(&Asked) -> Reply + Send + Sync),
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            // A TLS handshake: a server that knows none answers in plain text.
            Ok(0x16) if head.is_empty() => break,
            Ok(byte) => head.push(byte),
            // Whoever connects has reached us, also without a word.
            Err(_) => break,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let authorization = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("authorization")
            .then(|| value.to_owned())
    });
    let one = {
        let mut all = asked.lock().unwrap();
        let one = Asked {
            target: head.split(' ').nth(1).unwrap_or_default().to_owned(),
            authorization,
            earlier: all.len(),
        };
        all.push(one.clone());
        one
    };
    let written = match answer(&one) {
        Reply::Silence => std::future::pending().await,
        Reply::Endless => {
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n[";
            let mut result = stream.write_all(head.as_bytes()).await;
            let block = [b' '; 64 * 1024];
            while result.is_ok() {
                sent.fetch_add(block.len() as u64, Ordering::Relaxed);
                result = stream.write_all(&block).await;
            }
            result
        }
        Reply::Broken { announced, body } => {
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {announced}\r\n\r\n"
            );
            stream.write_all(&[head.as_bytes(), &body].concat()).await
        }
        Reply::Whole {
            status,
            headers,
            body,
        } => {
            let mut out = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n");
            for (name, value) in headers {
                out.push_str(&format!("{name}: {value}\r\n"));
            }
            out.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
            stream.write_all(&[out.as_bytes(), &body].concat()).await
        }
    };
    if written.is_ok() {
        let _ = stream.shutdown().await;
    }
}

/// A gzip stream of about 158 times its length in zero bytes (RFC 1951: fixed codes, matches of 258).
pub fn gzip_bomb(length: usize) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    let (mut bits, mut count) = (0_u32, 0);
    let mut push = |value: u32, width: u32, out: &mut Vec<u8>| {
        bits |= value << count;
        count += width;
        while count >= 8 {
            out.push(bits as u8);
            bits >>= 8;
            count -= 8;
        }
    };
    let huffman = |code: u32, width: u32| code.reverse_bits() >> (32 - width);
    push(0b011, 3, &mut out); // the last block, fixed codes
    push(huffman(0b0011_0000, 8), 8, &mut out); // the byte 0
    while out.len() < length {
        push(huffman(0b1100_0101, 8), 8, &mut out); // length 258
        push(0, 5, &mut out); // distance 1
    }
    out
}
