//! As much of HTTP/1.1 as a browser and arkivd need: GET and HEAD, one connection for many requests.

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use super::site::Site;
use super::{account, feeds, hostile, pages, pictures, rest};

/// A request's head is larger than this only by mistake.
const LONGEST_HEAD: usize = 16 * 1024;

pub struct Request {
    pub path: String,
    pub query: Vec<(String, String)>,
    pub authorization: Option<String>,
}

impl Request {
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().rev().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

pub struct Response {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Cow<'static, [u8]>,
    pub pace: Pace,
}

/// When the body comes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    AtOnce,
    After(Duration),
    /// A little at a time, and never the end.
    Endless,
}

impl Response {
    pub fn new(media_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: vec![("Content-Type", media_type.to_owned())],
            body: Cow::Owned(body.into()),
            pace: Pace::AtOnce,
        }
    }

    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

pub async fn converse(mut stream: TcpStream, site: &Site) -> io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        let Some(end) = head_end(&buffer) else {
            if buffer.len() > LONGEST_HEAD || stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
            continue;
        };
        let head: Vec<u8> = buffer.drain(..end).collect();
        let head = String::from_utf8_lossy(&head);
        let method = head.split(' ').next().unwrap_or_default();
        let response = match (method, request(&head)) {
            ("GET" | "HEAD", Some(request)) => answer(site, &request),
            (_, None) => Response::new("text/plain", "bad request").status(400),
            _ => Response::new("text/plain", "only GET and HEAD").status(405),
        };
        write(&mut stream, &response, method == "HEAD").await?;
        if wants_to_close(&head) {
            return Ok(());
        }
    }
}

fn wants_to_close(head: &str) -> bool {
    let http_1_0 = head
        .lines()
        .next()
        .is_some_and(|line| line.ends_with("HTTP/1.0"));
    let connection = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("connection")
            .then(|| value.trim().to_ascii_lowercase())
    });
    match connection.as_deref() {
        Some("close") => true,
        Some("keep-alive") => false,
        _ => http_1_0,
    }
}

fn head_end(buffer: &[u8]) -> Option<usize> {
    let at = buffer.windows(4).position(|w| w == b"\r\n\r\n")?;
    Some(at + 4)
}

fn request(head: &str) -> Option<Request> {
    let mut lines = head.lines();
    let target = lines.next()?.split(' ').nth(1)?;
    let address = Url::parse("http://localhost/").ok()?.join(target).ok()?;
    let authorization = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("authorization")
            .then(|| value.trim().to_owned())
    });
    Some(Request {
        path: address.path().to_owned(),
        query: address.query_pairs().into_owned().collect(),
        authorization,
    })
}

fn answer(site: &Site, request: &Request) -> Response {
    if let Some(route) = request.parameter("rest_route") {
        return rest::answer(site, route, request);
    }
    if let Some(route) = request.path.strip_prefix("/wp-json") {
        return rest::answer(site, route, request);
    }
    if let Some(file) = request.path.strip_prefix("/wp-content/uploads/") {
        return pictures::answer(site, file);
    }
    if let Some(path) = request.path.strip_prefix("/konto") {
        return account::answer(site, path, request);
    }
    if let Some(path) = request.path.strip_prefix("/fientlig") {
        return hostile::answer(site, path, request);
    }
    let feed = match request.path.trim_end_matches('/') {
        "/feed" | "/feed/rss2" => Some("rss2"),
        "/feed/atom" => Some("atom"),
        _ => request.parameter("feed"),
    };
    match feed {
        Some(kind) => feeds::answer(site, kind, request),
        None => pages::answer(site, request),
    }
}

async fn write(stream: &mut TcpStream, response: &Response, head_only: bool) -> io::Result<()> {
    let reason = match response.status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        410 => "Gone",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Error",
    };
    let mut out = format!("HTTP/1.1 {} {reason}\r\n", response.status);
    for (name, value) in &response.headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    if response.pace == Pace::Endless && !head_only {
        out.push_str("\r\n");
        stream.write_all(out.as_bytes()).await?;
        return drip(stream, &response.body).await;
    }
    if let Pace::After(time) = response.pace {
        tokio::time::sleep(time).await;
    }
    out.push_str(&format!("Content-Length: {}\r\n\r\n", response.body.len()));
    let mut out = out.into_bytes();
    if !head_only {
        out.extend_from_slice(&response.body);
    }
    stream.write_all(&out).await
}

/// The body over and over, until the visitor has had enough.
async fn drip(stream: &mut TcpStream, body: &[u8]) -> io::Result<()> {
    loop {
        stream.write_all(body).await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
