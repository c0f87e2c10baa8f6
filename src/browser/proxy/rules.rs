//! Where the browser may go: its own origin and the allowed hosts wherever they lie, all else only outside.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use super::unreached::Why;
use crate::platform::Network;
use crate::platform::reach::{self, Origin};

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
    /// When an entry of `allow` under `[network]` is no host.
    pub fn new(address: &Url, network: &Network) -> Result<Self, crate::platform::Error> {
        Ok(Self {
            own: Origin::of(address),
            allowed: network.allowed()?,
        })
    }

    /// The addresses to connect to, each checked; never empty.
    pub(super) async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, Why> {
        let url = target.url();
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(Why::NotAnAddress);
        };
        let anywhere = self.is_anywhere(target, port);
        if !anywhere {
            if is_home(&host) {
                return Err(Why::CallHome);
            }
            // The reserved name is refused unasked: what a resolver says of it is not to be relied on.
            if reach::is_loopback(url) {
                return Err(Why::Inside);
            }
        }
        let found: Vec<SocketAddr> = match host {
            Host::Ipv4(ip) => vec![(IpAddr::V4(ip), port).into()],
            Host::Ipv6(ip) => vec![(IpAddr::V6(ip), port).into()],
            Host::Domain(name) => tokio::net::lookup_host((name, port))
                .await
                .map_err(|_| Why::NotFound)?
                .collect(),
        };
        if found.is_empty() {
            return Err(Why::NotFound);
        }
        let may: Vec<SocketAddr> = found
            .into_iter()
            .filter(|address| anywhere || !reach::is_inside(address.ip()))
            .collect();
        match may.is_empty() {
            true => Err(Why::Inside),
            false => Ok(may),
        }
    }

    fn is_anywhere(&self, target: &Target, port: u16) -> bool {
        let url = target.url();
        let own = match target {
            Target::Http(url) => Origin::of(url) == self.own,
            // The same listener under either scheme: nothing is reached that the page could not reach.
            Target::Tunnel(url) => {
                Origin::of(url) == self.own
                    || in_clear(url, port).is_some_and(|clear| Origin::of(&clear) == self.own)
            }
        };
        own || self.allowed.iter().any(|(host, only)| {
            Some(host.as_str()) == url.host_str() && only.is_none_or(|p| p == port)
        })
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
mod tests {
    use super::*;

    fn rules(own: &str, allow: &[&str]) -> Rules {
        let network = Network {
            allow: allow.iter().map(|a| (*a).to_owned()).collect(),
            ..Network::default()
        };
        Rules::new(&own.parse().unwrap(), &network).unwrap()
    }

    async fn http(rules: &Rules, address: &str) -> Result<Vec<SocketAddr>, Why> {
        rules.addresses(&Target::http(address).unwrap()).await
    }

    async fn tunnel(rules: &Rules, authority: &str) -> Result<Vec<SocketAddr>, Why> {
        rules.addresses(&Target::tunnel(authority).unwrap()).await
    }

    #[tokio::test]
    async fn every_spelling_of_an_inside_address_is_seen_through() {
        let rules = rules("http://127.0.0.1:8000/", &[]);
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "017700000001",
            "127.0.0.1.",
            "0",
            "%31%32%37.0.0.1",
            "1②7.0.0.1",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "a.b.localhost.",
            "169.254.169.254",
            "2852039166",
            "168.63.129.16",
            "100.64.0.1",
            "10.0.0.1",
            "192.168.0.1",
            "[::]",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::127.0.0.1]",
            "[64:ff9b::127.0.0.1]",
            "[2002:7f00:1::]",
            "[2001:0:1::1]",
            "[fe80::1]",
            "[fec0::1]",
            "[fd00::1]",
            "[fd00:ec2::254]",
        ] {
            let to = format!("http://{host}:8001/");
            assert_eq!(http(&rules, &to).await, Err(Why::Inside), "{to}");
            let to = format!("{host}:8001");
            assert_eq!(tunnel(&rules, &to).await, Err(Why::Inside), "{to}");
        }
    }

    #[test]
    fn what_is_no_address_is_none() {
        for target in [
            "https://a.example/",
            "ftp://a.example/",
            "http://",
            "/path",
            "http://u:p@a.example/",
            "http://[fe80::1%25eth0]/",
            "http://[fe80::1%eth0]/",
            "http://1.2.3.4.5/",
        ] {
            assert!(Target::http(target).is_none(), "{target}");
        }
        for authority in [
            "a.example",
            "a.example:",
            "a.example:0",
            "a.example:99999",
            "[fe80::1%25lo]:80",
            "u@a.example:443",
            "a.example/x:443",
            "a\\b:443",
            ":443",
            "1.2.3.256:443",
        ] {
            assert!(Target::tunnel(authority).is_none(), "{authority}");
        }
    }

    #[tokio::test]
    async fn only_the_own_origin_and_the_allowed_lie_inside() {
        let rules = rules("http://127.0.0.1:8000/konto", &["10.0.0.5", "[::1]:8443"]);
        for (address, goes) in [
            ("http://127.0.0.1:8000/x", true),
            ("http://127.1:8000/x", true),
            ("http://127.0.0.1:8001/x", false),
            ("http://127.0.0.1/x", false),
            ("http://localhost:8000/x", false),
            ("http://10.0.0.5:1/", true),
            ("http://10.0.0.6/", false),
            ("http://[::1]:8443/", true),
            ("http://[::1]/", false),
        ] {
            assert_eq!(http(&rules, address).await.is_ok(), goes, "{address}");
        }
        assert!(tunnel(&rules, "127.0.0.1:8000").await.is_ok());
        assert!(tunnel(&rules, "127.0.0.1:443").await.is_err());
        let named = self::rules("http://localhost:8000/", &[]);
        assert!(http(&named, "http://localhost:8000/x").await.is_ok());
        for other in ["127.0.0.1:8000", "a.localhost:8000", "localhost.:8000"] {
            assert_eq!(tunnel(&named, other).await, Err(Why::Inside), "{other}");
        }
        let secure = self::rules("https://127.0.0.1:8000/", &[]);
        assert!(tunnel(&secure, "127.0.0.1:8000").await.is_ok());
        assert_eq!(
            http(&secure, "http://127.0.0.1:8000/").await,
            Err(Why::Inside)
        );
    }

    #[tokio::test]
    async fn public_addresses_pass_as_they_are() {
        let rules = rules("http://127.0.0.1:8000/", &[]);
        assert_eq!(
            tunnel(&rules, "8.8.8.8:443").await,
            Ok(vec!["8.8.8.8:443".parse().unwrap()])
        );
    }

    #[tokio::test]
    async fn calls_home_are_denied_unless_the_page_lives_there() {
        let usual = rules("https://kommun.example/", &[]);
        for to in [
            "update.googleapis.com:443",
            "clients2.google.com.:443",
            "r3---sn.gvt1.com:80",
        ] {
            assert_eq!(tunnel(&usual, to).await, Err(Why::CallHome), "{to}");
        }
        assert!(!is_home(&Host::Domain("notgvt1.com")));
        assert!(!is_home(&Host::Domain("www.google.com")));
        let at_home = rules("https://accounts.google.com/", &[]);
        let target = Target::tunnel("accounts.google.com:443").unwrap();
        assert!(at_home.is_anywhere(&target, 443));
    }
}
