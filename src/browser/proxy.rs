//! The filtering proxy: the browser's only way out.
//!
//! Chromium is told to send everything here, loopback too. Each host is resolved, checked and connected to by
//! the address that was checked, so a name cannot change its mind in between. Redirects, WebSocket, preconnect
//! and the browser's own calls all come this way; WebRTC is held to it by a flag of the browser.
//!
//! A request in clear that is refused gets no answer but a closed connection: an answer of ours could be taken
//! for the site's. CONNECT is refused by status, which no page sees.
//!
//! Where the municipality has a proxy of its own on the way out ([`Outer`]), what leads outside goes through that
//! one: by CONNECT, in clear by the whole address. The browser knows nothing of it. It resolves the names, as in many
//! networks nobody else can; names and addresses that are known here to lie inside are refused before it is asked.
//! A name unknown here that the municipality's proxy finds inside is that proxy's to refuse.

mod heads;
mod metered;
mod outer;
mod outside;
mod peer;
mod reached;
mod resolver;
mod rules;
mod unreached;

use std::fmt;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http_body_util::{Either, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use heads::{rewritten, strip};
use metered::Meter;
pub use outer::Outer;
use outside::{Outside, To};
pub use reached::Reached;
pub use rules::Rules;
use rules::Target;
use unreached::Account;
pub use unreached::{Unreached, Why};

use super::Error;

/// What one capture may use of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections from the browser at one time.
    pub connections: usize,
    /// Bytes of one request's or answer's head.
    pub head_bytes: usize,
    /// Until a request's head is here.
    pub head: Duration,
    /// Until a connection stands, names resolved.
    pub connect: Duration,
    /// Without a byte either way.
    pub silence: Duration,
    /// Bytes both ways, all connections together.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            head_bytes: 256 << 10,
            head: Duration::from_secs(20),
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(120),
            bytes: 2 << 30,
        }
    }
}

/// A proxy that listens on loopback for one user's connections, until it is dropped.
///
/// Every connection ends with it.
#[derive(Debug)]
pub struct Proxy {
    reached: Reached,
    meter: Arc<Meter>,
    _ends: watch::Sender<()>,
}

/// What the tasks share.
struct Door {
    rules: Rules,
    limits: Limits,
    user: u32,
    meter: Arc<Meter>,
    reached: Reached,
    places: Arc<Semaphore>,
    ends: watch::Receiver<()>,
}

/// The end of a connection that gets no answer.
#[derive(Debug)]
struct NoAnswer;

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the proxy gives no answer")
    }
}

impl std::error::Error for NoAnswer {}

type Answer = Response<Either<Incoming, Empty<Bytes>>>;

impl Proxy {
    /// Listens on a free port of 127.0.0.1 for the browser that runs as `user`.
    ///
    /// # Errors
    /// When no socket can be had.
    pub async fn start(rules: Rules, limits: Limits, user: u32) -> Result<Self, Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(Error::Listen)?;
        let address = listener.local_addr().map_err(Error::Listen)?;
        let (_ends, ends) = watch::channel(());
        let meter = Arc::new(Meter {
            bytes: AtomicU64::new(0),
            limit: limits.bytes,
            silence: limits.silence,
            account: Account::default(),
        });
        let reached = Reached::by(address);
        let door = Arc::new(Door {
            rules,
            user,
            reached: reached.clone(),
            meter: Arc::clone(&meter),
            places: Arc::new(Semaphore::new(limits.connections)),
            limits,
            ends,
        });
        door.run(accept(listener, Arc::clone(&door)));
        Ok(Self {
            reached,
            meter,
            _ends,
        })
    }

    /// Where the browser finds it.
    pub fn address(&self) -> SocketAddr {
        self.reached.proxy()
    }

    /// Which servers it has connected the browser with, as it goes on.
    pub fn reached(&self) -> Reached {
        self.reached.clone()
    }

    /// What the browser asked for and did not reach, so far.
    pub fn unreached(&self) -> Vec<Unreached> {
        self.meter.account.told()
    }

    /// Bytes to and from the outside, so far.
    pub fn bytes(&self) -> u64 {
        self.meter.bytes.load(Ordering::Relaxed)
    }
}

impl Door {
    /// A task that ends with the proxy.
    fn run(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut ends = self.ends.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = ends.changed() => {}
                () = work => {}
            }
        });
    }

    fn note(&self, to: &str, why: Why) {
        self.meter.account.note(to, why);
    }

    async fn tunnel(self: &Arc<Self>, request: Request<Incoming>) -> Answer {
        let written = request.uri().to_string();
        let Some(target) = Target::tunnel(&written) else {
            self.note(&written, Why::NotAnAddress);
            return short(StatusCode::BAD_REQUEST);
        };
        let Outside { mut stream, .. } = match self.connect(&target, To::Tunnel).await {
            Ok(outside) => outside,
            Err(why) => {
                let status = match why {
                    Why::Inside | Why::CallHome => StatusCode::FORBIDDEN,
                    _ => StatusCode::BAD_GATEWAY,
                };
                self.note(&target.name(), why);
                return short(status);
            }
        };
        self.run(async move {
            if let Ok(browser) = hyper::upgrade::on(request).await {
                // Either side may break off at any time; the browser sees it as it happens.
                let mut browser = TokioIo::new(browser);
                let _ = tokio::io::copy_bidirectional(&mut browser, &mut stream).await;
            }
        });
        short(StatusCode::OK)
    }

    async fn forward(self: &Arc<Self>, request: Request<Incoming>) -> Result<Answer, NoAnswer> {
        let written = request.uri().to_string();
        let Some(target) = Target::http(&written) else {
            self.note(&written, Why::NotAnAddress);
            return Err(NoAnswer);
        };
        let answered = self.exchange(&target, request).await;
        answered.map_err(|why| {
            self.note(&target.name(), why);
            NoAnswer
        })
    }

    async fn exchange(&self, target: &Target, request: Request<Incoming>) -> Result<Answer, Why> {
        let broken = |e: hyper::Error| Why::Broken {
            detail: e.to_string(),
        };
        let mut request = rewritten(target, request).ok_or(Why::NotAnAddress)?;
        let Outside { stream, asked } = self.connect(target, To::Ask).await?;
        if let Some(outer) = &asked {
            *request.uri_mut() = target
                .url()
                .as_str()
                .parse()
                .map_err(|_| Why::NotAnAddress)?;
            if let Some(value) = outer.authorization() {
                request
                    .headers_mut()
                    .insert(header::PROXY_AUTHORIZATION, value);
            }
        }
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_buf_size(self.limits.head_bytes)
            .preserve_header_case(true)
            // As browsers forgive them.
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(broken)?;
        self.run(async move {
            // Its fault comes out at the answer or its body.
            let _ = connection.await;
        });
        let mut answer = sender.send_request(request).await.map_err(broken)?;
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            let detail = "it changes the protocol, which was not asked for".to_owned();
            return Err(Why::Broken { detail });
        }
        if asked.is_some() && answer.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            let detail = "the proxy on the way out asks for a login (407)".to_owned();
            return Err(Why::Connection { detail });
        }
        strip(answer.headers_mut());
        Ok(answer.map(Either::Left))
    }
}

async fn accept(listener: TcpListener, door: Arc<Door>) {
    loop {
        let Ok((mut stream, peer)) = listener.accept().await else {
            // Out of descriptors: some come back when connections end.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Ok(place) = Arc::clone(&door.places).try_acquire_owned() else {
            let limit = door.limits.connections as u64;
            door.note("browser", Why::ConnectionsLimit { limit });
            continue;
        };
        let inner = Arc::clone(&door);
        door.run(async move {
            let _place = place;
            match inner.whose(&stream, peer) {
                Whose::Browser => {}
                // Opened in advance and closed again, or asking when the browser ended: it has no owner any more, and is
                // given nothing.
                Whose::Nobody if is_closed(&mut stream).await => return,
                Whose::Nobody | Whose::Other => {
                    inner.note(&peer.to_string(), Why::OtherUser);
                    return;
                }
            }
            let _ = stream.set_nodelay(true);
            serve(stream, inner).await;
        });
    }
}

impl Door {
    fn whose(&self, stream: &TcpStream, peer: SocketAddr) -> Whose {
        let (SocketAddr::V4(peer), Ok(SocketAddr::V4(here))) = (peer, stream.local_addr()) else {
            return Whose::Other;
        };
        match peer::user_of(peer, here) {
            Ok(Some(user)) if user == self.user => Whose::Browser,
            Ok(None) => Whose::Nobody,
            Ok(Some(_)) | Err(_) => Whose::Other,
        }
    }
}

/// Who is at the other end of a connection; only the browser is let in.
enum Whose {
    Browser,
    /// The kernel has no row of it.
    Nobody,
    /// Or the table cannot be read: what cannot be checked is another's.
    Other,
}

/// True when the other end sends nothing more, whatever it sent before.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut room = [0; 4096];
    let ended = async { while !matches!(stream.read(&mut room).await, Ok(0) | Err(_)) {} };
    tokio::time::timeout(Duration::from_secs(1), ended)
        .await
        .is_ok()
}

async fn serve(stream: TcpStream, door: Arc<Door>) {
    let serving = service_fn(|request: Request<Incoming>| {
        let door = Arc::clone(&door);
        async move {
            match *request.method() {
                Method::CONNECT => Ok(door.tunnel(request).await),
                _ => door.forward(request).await,
            }
        }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(door.limits.head)
        .max_buf_size(door.limits.head_bytes)
        .auto_date_header(false)
        // The record shows heads as they were written.
        .preserve_header_case(true)
        .serve_connection(TokioIo::new(stream), serving)
        .with_upgrades()
        .await;
    // A connection that ends early is the browser's, or ours to give no answer: both are told elsewhere.
    drop(served);
}

fn short(status: StatusCode) -> Answer {
    let mut answer = Response::new(Either::Right(Empty::new()));
    *answer.status_mut() = status;
    if !status.is_success() {
        let close = HeaderValue::from_static("close");
        answer.headers_mut().insert(header::CONNECTION, close);
    }
    answer
}

#[cfg(test)]
mod tests;
