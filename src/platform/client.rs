//! The client: one address asked and answered within every limit, each hop checked on its own.

mod budget;
mod cause;
mod head;
mod post;

use std::collections::HashSet;
use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use chrono::Utc;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Proxy, Response};
use rustls_platform_verifier::BuilderVerifierExt;
use url::Url;

use super::network::fault;
use super::reach::{self, NameInside, Origin, OutsideOnly};
use super::{Error, Network};
use crate::record::Request;
use budget::{Budget, Permit};
use cause::{find, innermost};
use head::{cleaned, redirect, retry_after};
pub(super) use head::{header, milliseconds};

/// Reaches the network; cheap to share, made once.
pub struct Client {
    /// For an account's own origin and the hosts of `allow`: no proxy, no filter.
    inside: reqwest::Client,
    /// For everything else: only public addresses, or the proxy.
    outside: reqwest::Client,
    allowed: Vec<(String, Option<u16>)>,
    budget: Arc<Budget>,
    pub(super) network: Network,
}

/// What the client may do for one answer.
#[derive(Clone)]
pub(super) struct Asking<'a> {
    /// The origin that may be reached wherever it lies.
    pub(super) own: &'a Origin,
    /// Sent only to `own`.
    pub(super) authorization: Option<HeaderValue>,
    pub(super) accept: &'static str,
    /// What the answer is only wanted for: `If-None-Match` and the like. Sent only to `own`.
    pub(super) conditions: HeaderMap,
}

/// An answer whose head is here and whose body is still to come.
pub(super) struct Opened {
    pub(super) response: Response,
    /// Where the redirects ended.
    pub(super) at: Url,
    pub(super) request: Request,
    pub(super) begun: Instant,
}

/// A whole answer.
pub(super) struct Answer {
    pub(super) at: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) request: Request,
}

/// What one try came to, where another may do better.
pub(super) enum Try {
    /// The error stands.
    Final(Error),
    /// The server is busy or broke off; `wait` is what it asked for.
    Again {
        error: Error,
        wait: Option<Duration>,
    },
}

impl Client {
    /// # Errors
    /// When a value of `[network]` does not hold, or the system's certificates cannot be used.
    pub fn new(network: &Network) -> Result<Self, Error> {
        network.check()?;
        let agent = HeaderValue::from_str(&network.agent()).map_err(|_| {
            fault(
                "user_agent",
                &network.agent(),
                "it cannot stand in a header",
            )
        })?;
        let tls = tls()?;
        let builder = || {
            reqwest::Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .referer(false)
                .user_agent(agent.clone())
                .connect_timeout(Duration::from_secs(network.connect_timeout_seconds))
                .read_timeout(Duration::from_secs(network.silence_timeout_seconds))
        };
        let outside = match &network.proxy {
            Some(address) => {
                let known = Url::parse(address)
                    .is_ok_and(|a| matches!(a.scheme(), "http" | "https" | "socks5" | "socks5h"));
                let proxy = Proxy::all(address).ok().filter(|_| known);
                let proxy = proxy.ok_or_else(|| {
                    fault(
                        "proxy",
                        address,
                        "it is not http://host:port or socks5h://host:port",
                    )
                })?;
                builder().proxy(proxy)
            }
            None => builder().dns_resolver(Arc::new(OutsideOnly)),
        };
        let build = |b: reqwest::ClientBuilder| b.build().map_err(|e| Error::Client(e.into()));
        Ok(Self {
            inside: build(builder())?,
            outside: build(outside)?,
            allowed: network.allowed()?,
            budget: Arc::default(),
            network: network.clone(),
        })
    }

    /// The inner client, for making what needs no network.
    pub(super) fn plain(&self) -> &reqwest::Client {
        &self.inside
    }

    fn is_allowed(&self, address: &Url) -> bool {
        let host = address.host_str().unwrap_or_default();
        self.allowed.iter().any(|(h, port)| {
            h == host && port.is_none_or(|p| Some(p) == address.port_or_known_default())
        })
    }

    /// Which inner client may go there; `None` when content leads inside.
    fn way_to(&self, address: &Url, own: &Origin) -> Option<&reqwest::Client> {
        let trusted = Origin::of(address) == *own;
        if self.is_allowed(address) {
            return Some(&self.inside);
        }
        match (trusted, self.network.proxy.is_some()) {
            (true, true) if !reach::is_loopback(address) => Some(&self.outside),
            (true, _) => Some(&self.inside),
            (false, proxied) => {
                let inside = reach::is_literal_inside(address)
                    || (proxied && reach::is_name_inside(address));
                (!inside).then_some(&self.outside)
            }
        }
    }

    /// Asks, follows redirects within the rules, and returns when the last answer's head is here.
    ///
    /// # Errors
    /// [`Try::Again`] for 429, 5xx and broken connections; any other status is for the caller to judge.
    pub(super) async fn open(&self, address: &Url, asking: &Asking<'_>) -> Result<Opened, Try> {
        let begun = Instant::now();
        let mut at = cleaned(address);
        let asked = at.to_string();
        let mut request = Request {
            address: asked.clone(),
            redirects: Vec::new(),
            status: 0,
            started: Utc::now(),
            milliseconds: 0,
            media_type: None,
            bytes: 0,
            sha256: None,
            file: None,
            credential_values_replaced: 0,
            with_credential: false,
        };
        let mut seen = HashSet::from([at.clone()]);
        loop {
            let Some(client) = self.way_to(&at, asking.own) else {
                return Err(Try::Final(Error::InsideNetwork {
                    address: asked,
                    to: at.into(),
                }));
            };
            let permit = self.admit(&asked, &at).await.map_err(Try::Final)?;
            let mut sending = client.get(at.clone()).header("accept", asking.accept);
            if !asking.conditions.is_empty() && Origin::of(&at) == *asking.own {
                sending = sending.headers(asking.conditions.clone());
            }
            let secret = asking.authorization.as_ref();
            let secret = secret.filter(|_| Origin::of(&at) == *asking.own);
            request.with_credential = secret.is_some();
            if let Some(value) = secret {
                sending = sending.header(AUTHORIZATION, value.clone());
            }
            let response = match sending.send().await {
                Ok(response) => response,
                Err(source) => return Err(self.failure(&asked, &at, source)),
            };
            request.status = response.status().as_u16();
            let told = permit.heard(request.status, response.headers());
            drop(permit);
            request.milliseconds = milliseconds(begun);
            if let Some(to) = redirect(&response) {
                let next = at
                    .join(&to)
                    .ok()
                    .filter(|next| matches!(next.scheme(), "http" | "https") && next.has_host());
                let Some(mut next) = next else {
                    return Err(Try::Final(Error::RedirectNowhere { address: asked, to }));
                };
                next = cleaned(&next);
                if request.redirects.len() >= self.network.max_redirects as usize {
                    return Err(Try::Final(Error::TooManyRedirects {
                        address: asked,
                        limit: self.network.max_redirects,
                    }));
                }
                if !seen.insert(next.clone()) {
                    return Err(Try::Final(Error::RedirectLoop {
                        address: asked,
                        to: next.into(),
                    }));
                }
                request.redirects.push(next.to_string());
                at = next;
                continue;
            }
            if matches!(request.status, 429 | 500..) {
                let wait = retry_after(response.headers(), Utc::now()).or(told);
                return Err(Try::Again {
                    error: self.busy(asked, request.status, wait),
                    wait,
                });
            }
            request.media_type = header(response.headers(), CONTENT_TYPE.as_str());
            return Ok(Opened {
                response,
                at,
                request,
                begun,
            });
        }
    }

    /// Asks and reads the whole body into memory, at most `max_answer_bytes`.
    pub(super) async fn ask(&self, address: &Url, asking: &Asking<'_>) -> Result<Answer, Try> {
        let limit = self.network.max_answer_bytes;
        let mut opened = self.open(address, asking).await?;
        let headers = opened.response.headers().clone();
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk(&mut opened, limit, body.len() as u64).await? {
            body.extend_from_slice(&chunk);
        }
        let mut request = opened.request;
        request.milliseconds = milliseconds(opened.begun);
        request.bytes = body.len() as u64;
        Ok(Answer {
            at: opened.at,
            headers,
            body,
            request,
        })
    }

    /// The next piece of the body, counted after content encodings are undone.
    pub(super) async fn chunk(
        &self,
        opened: &mut Opened,
        limit: u64,
        before: u64,
    ) -> Result<Option<impl Deref<Target = [u8]> + use<>>, Try> {
        let asked = &opened.request.address;
        let too_large = || {
            Try::Final(Error::TooLarge {
                address: asked.clone(),
                limit,
            })
        };
        let announced = header(opened.response.headers(), CONTENT_LENGTH.as_str());
        if announced.is_some_and(|n| n.parse().is_ok_and(|n: u64| n > limit)) {
            return Err(too_large());
        }
        match opened.response.chunk().await {
            Ok(Some(chunk)) if before + chunk.len() as u64 > limit => Err(too_large()),
            Ok(chunk) => Ok(chunk),
            Err(source) => Err(self.failure(asked, &opened.at, source)),
        }
    }

    /// Tries until an answer stands, within the time for one whole answer each.
    pub(super) async fn persist<T, F>(
        &self,
        address: &Url,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Try>>,
    {
        let seconds = self.network.answer_timeout_seconds;
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(500))
            .with_max_times(self.network.retries as usize);
        let timed = || {
            let answer = tokio::time::timeout(Duration::from_secs(seconds), attempt());
            async move {
                answer.await.unwrap_or_else(|_| {
                    let address = cleaned(address).into();
                    Err(Try::Final(Error::TimedOut { address, seconds }))
                })
            }
        };
        timed
            .retry(pauses)
            .sleep(tokio::time::sleep)
            .when(|tried| matches!(tried, Try::Again { .. }))
            .adjust(|tried, pause| match tried {
                Try::Again {
                    wait: Some(wait), ..
                } => pause.filter(|_| !self.too_long(*wait)).map(|_| *wait),
                _ => pause,
            })
            .await
            .map_err(|tried| match tried {
                Try::Final(error) | Try::Again { error, .. } => error,
            })
    }

    /// Waits until a request fits within what the origin allows.
    async fn admit(&self, asked: &str, at: &Url) -> Result<Permit, Error> {
        let longest = self.network.max_wait_seconds;
        // A wait is part of its answer's time.
        let longest = longest.min(self.network.answer_timeout_seconds);
        let (origin, longest) = (Origin::of(at), Duration::from_secs(longest));
        self.budget
            .admit(&origin, longest)
            .await
            .map_err(|wait| Error::Throttled {
                address: asked.to_owned(),
                seconds: wait.as_secs().max(1),
                limit: self.network.max_wait_seconds,
            })
    }

    /// True when `wait` is more than a server gets.
    fn too_long(&self, wait: Duration) -> bool {
        wait > Duration::from_secs(self.network.max_wait_seconds)
    }

    fn busy(&self, address: String, status: u16, wait: Option<Duration>) -> Error {
        match wait {
            Some(wait) if status == 429 || self.too_long(wait) => Error::Throttled {
                address,
                seconds: wait.as_secs(),
                limit: self.network.max_wait_seconds,
            },
            _ => Error::Status { address, status },
        }
    }

    fn failure(&self, asked: &str, at: &Url, source: reqwest::Error) -> Try {
        let address = asked.to_owned();
        if find::<NameInside>(&source).is_some() {
            return Try::Final(Error::InsideNetwork {
                address,
                to: at.to_string(),
            });
        }
        let detail = innermost(&source);
        let tls = find::<rustls::Error>(&source).is_some();
        let (connecting, timed_out) = (source.is_connect(), source.is_timeout());
        let source = source.without_url();
        if tls {
            Try::Final(Error::Tls {
                address,
                detail,
                source,
            })
        } else if timed_out {
            let seconds = if connecting {
                self.network.connect_timeout_seconds
            } else {
                self.network.silence_timeout_seconds
            };
            Try::Final(Error::TimedOut { address, seconds })
        } else if connecting {
            Try::Final(Error::Connect {
                address,
                detail,
                source,
            })
        } else {
            let error = Error::Broken {
                address,
                detail,
                source,
            };
            Try::Again { error, wait: None }
        }
    }
}

fn tls() -> Result<rustls::ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versioned = || {
        rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|e| Error::Client(e.into()))
    };
    let mut config = match versioned()?.with_platform_verifier() {
        Ok(verified) => verified.with_no_client_auth(),
        // Without a single certificate authority on the machine http still works, and https says what is wrong.
        Err(_) => versioned()?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_origin_and_the_allowed_lie_inside() {
        let network = Network {
            allow: vec!["10.0.0.5".into(), "10.0.0.6:8080".into()],
            ..Network::default()
        };
        let client = Client::new(&network).unwrap();
        let own = Origin::of(&"http://127.0.0.1:8000/".parse().unwrap());
        for (address, goes) in [
            ("http://127.0.0.1:8000/x", true),
            ("http://127.0.0.1:8001/x", false),
            ("https://127.0.0.1:8000/x", false),
            ("http://10.0.0.5/x", true),
            ("https://10.0.0.5:9/x", true),
            ("http://10.0.0.6:8080/x", true),
            ("http://10.0.0.6/x", false),
            ("https://tibro.example/", true),
        ] {
            let way = client.way_to(&address.parse().unwrap(), &own);
            assert_eq!(way.is_some(), goes, "{address}");
        }
    }

    #[test]
    fn a_proxy_of_an_unknown_kind_is_refused_by_name() {
        let network = Network {
            proxy: Some("gopher://a:1".into()),
            ..Network::default()
        };
        let message = Client::new(&network).err().unwrap().to_string();
        assert!(
            message.contains("proxy") && message.contains("gopher"),
            "{message}"
        );
    }
}
