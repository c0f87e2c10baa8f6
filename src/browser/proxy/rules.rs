//! Where the browser may go: its own origin and the allowed hosts wherever they lie, all else only outside.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;
use url::{Host, Url};

use super::outer::Outer;
use super::resolver::Resolver;
use super::unreached::Why;
use crate::platform::Network;
use crate::platform::reach::{self, Origin};

/// For a name where another proxy resolves names as well: many networks know only their own.
const ASIDE: Duration = Duration::from_secs(2);

/// Hosts a fresh Chromium calls of itself, whatever its flags say: updates, lists, accounts, experiments.
/// A name stands for itself and all names under it.
const HOME: [&str; 24] = [
    "accounts.google.com",
    "android.clients.google.com",
    "chrome.google.com",
    "chromewebstore.google.com",
    "clients.google.com",
    "clients1.google.com",
    "clients2.google.com",
    "clients3.google.com",
    "clients4.google.com",
    "clients5.google.com",
    "clients6.google.com",
    "clients2.googleusercontent.com",
    "clientservices.googleapis.com",
    "content-autofill.googleapis.com",
    "dl.google.com",
    "gvt1.com",
    "mtalk.google.com",
    "optimizationguide-pa.googleapis.com",
    "safebrowsing.google.com",
    "safebrowsing.googleapis.com",
    "sb-ssl.google.com",
    "toolbarqueries.google.com",
    "tools.google.com",
    "update.googleapis.com",
];

/// What may be reached in one capture.
#[derive(Debug, Clone)]
pub struct Rules {
    own: Origin,
    allowed: Vec<(String, Option<u16>)>,
    outer: Option<Outer>,
    resolver: Resolver,
    /// Where the own origin lay when it was first resolved.
    lies: Arc<OnceCell<Lies>>,
}

/// Where the own origin lies, for as long as the capture lasts: a name that leads elsewhere later leads nowhere.
#[derive(Debug, Clone)]
enum Lies {
    Outside,
    /// At these addresses.
    Inside(Vec<SocketAddr>),
}

/// How a host is reached.
#[derive(Debug)]
pub(super) enum Way<'a> {
    /// At these addresses, each checked; never empty.
    At(Vec<SocketAddr>),
    /// By the municipality's own proxy, which resolves the name.
    By(&'a Outer),
}

/// Why a host may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Own,
    Allowed,
    /// As any, if it lies outside.
    Any,
}

/// Where one request wants to go.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// An absolute `http` address.
    Http(Url),
    /// CONNECT: a host with a port. It names no scheme, being TLS as well as WebSocket in clear;
    /// held as the `https` address of that host.
    Tunnel(Url),
}

impl Rules {
    /// The rules for the page at `address`, which a person gave or registered.
    ///
    /// # Errors
    /// When an entry of `allow` under `[network]` is no host, or `proxy` no proxy that pages can go out by.
    pub fn new(address: &Url, network: &Network) -> Result<Self, crate::platform::Error> {
        Ok(Self {
            own: Origin::of(address),
            allowed: network.allowed()?,
            outer: network.proxy.as_deref().map(Outer::read).transpose()?,
            resolver: Resolver::default(),
            lies: Arc::default(),
        })
    }

    /// The way to a host, if it may be reached.
    pub(super) async fn way(&self, target: &Target) -> Result<Way<'_>, Why> {
        let url = target.url();
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(Why::NotAnAddress);
        };
        let standing = self.standing(target, port);
        if standing == Standing::Any {
            if is_home(&host) {
                return Err(Why::CallHome);
            }
            // The reserved name is refused unasked: what a resolver says of it is not to be relied on.
            if reach::is_loopback(url) {
                return Err(Why::Inside);
            }
        }
        match (&self.outer, standing) {
            (_, Standing::Allowed) => Ok(Way::At(self.resolver.find(&host, port).await?)),
            (Some(outer), Standing::Own) if !reach::is_loopback(url) => {
                self.by_outer_to_own(&host, port).await?;
                Ok(Way::By(outer))
            }
            (Some(outer), Standing::Any) => {
                if reach::is_literal_inside(url) || reach::is_name_inside(url) {
                    return Err(Why::Inside);
                }
                self.by_outer(&host, port).await?;
                Ok(Way::By(outer))
            }
            (_, Standing::Own) => match self.lies(&host, port).await? {
                Lies::Inside(addresses) => Ok(Way::At(addresses.clone())),
                Lies::Outside => outside(self.resolver.find(&host, port).await?).map(Way::At),
            },
            (None, Standing::Any) => outside(self.resolver.find(&host, port).await?).map(Way::At),
        }
    }

    /// Where the own origin lies; the first answer holds.
    async fn lies(&self, host: &Host<&str>, port: u16) -> Result<&Lies, Why> {
        let first = self.lies.get_or_try_init(|| async {
            let found = self.resolver.find(host, port).await?;
            // With one address outside it is a public host: those inside beside it are not its own.
            let all_inside = found.iter().all(|address| reach::is_inside(address.ip()));
            Ok(if all_inside {
                Lies::Inside(found)
            } else {
                Lies::Outside
            })
        });
        first.await
    }

    /// The proxy resolves for itself; what is known here to lead inside is refused all the same. A name that nobody
    /// here knows is left to the proxy.
    async fn by_outer(&self, host: &Host<&str>, port: u16) -> Result<(), Why> {
        let found = tokio::time::timeout(ASIDE, self.resolver.find(host, port)).await;
        let found = found.ok().and_then(Result::ok).unwrap_or_default();
        match found.iter().any(|address| reach::is_inside(address.ip())) {
            true => Err(Why::Inside),
            false => Ok(()),
        }
    }

    /// The same for the own origin, which may lie inside from the first.
    async fn by_outer_to_own(&self, host: &Host<&str>, port: u16) -> Result<(), Why> {
        match tokio::time::timeout(ASIDE, self.lies(host, port)).await {
            Ok(Ok(Lies::Outside)) => self.by_outer(host, port).await,
            Ok(Ok(Lies::Inside(_)) | Err(_)) | Err(_) => Ok(()),
        }
    }

    fn standing(&self, target: &Target, port: u16) -> Standing {
        let url = target.url();
        let is_allowed = self.allowed.iter().any(|(host, only)| {
            Some(host.as_str()) == url.host_str() && only.is_none_or(|p| p == port)
        });
        if is_allowed {
            return Standing::Allowed;
        }
        let own = match target {
            Target::Http(url) => Origin::of(url) == self.own,
            // The same listener under either scheme: nothing is reached that the page could not reach.
            Target::Tunnel(url) => {
                Origin::of(url) == self.own
                    || in_clear(url, port).is_some_and(|clear| Origin::of(&clear) == self.own)
            }
        };
        if own { Standing::Own } else { Standing::Any }
    }
}

/// Those that lie outside.
fn outside(found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Why> {
    let may = found.into_iter().filter(|a| !reach::is_inside(a.ip()));
    let may: Vec<SocketAddr> = may.collect();
    match may.is_empty() {
        true => Err(Why::Inside),
        false => Ok(may),
    }
}

/// The same host and port under `http`.
fn in_clear(url: &Url, port: u16) -> Option<Url> {
    Url::parse(&format!("http://{}:{port}/", url.host_str()?)).ok()
}

impl Target {
    /// From a request's target as the browser wrote it; the URL parser sees through odd spellings of addresses.
    pub(super) fn http(target: &str) -> Option<Self> {
        let mut url = Url::parse(target).ok()?;
        url.set_fragment(None);
        let plain = url.scheme() == "http" && url.has_host() && url.username().is_empty();
        (plain && url.password().is_none()).then_some(Self::Http(url))
    }

    /// From `host:port`; the port must stand there.
    pub(super) fn tunnel(authority: &str) -> Option<Self> {
        let (host, port) = authority.rsplit_once(':')?;
        port.parse::<u16>().ok().filter(|p| *p != 0)?;
        if host.contains(['/', '@', '?', '#', '\\']) {
            return None;
        }
        let url = Url::parse(&format!("https://{authority}/")).ok()?;
        url.has_host().then_some(Self::Tunnel(url))
    }

    pub(super) fn url(&self) -> &Url {
        match self {
            Self::Http(url) | Self::Tunnel(url) => url,
        }
    }

    /// `host:port`, for the account of what was not reached.
    pub(super) fn name(&self) -> String {
        let url = self.url();
        let port = url.port_or_known_default().unwrap_or_default();
        format!("{}:{port}", url.host_str().unwrap_or_default())
    }
}

fn is_home(host: &Host<&str>) -> bool {
    let Host::Domain(name) = host else {
        return false;
    };
    let name = name.trim_end_matches('.');
    HOME.iter().any(|home| {
        name.strip_suffix(home)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

#[cfg(test)]
mod tests;
