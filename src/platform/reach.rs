//! What may be reached: an account's own origin wherever it lies, all else only outside the network.
//!
//! Content is hostile (design, invariant 6 and 7): a redirect or a picture's address may point at a service
//! that trusts whoever is inside. Literal addresses are checked here; names are resolved here and only
//! addresses that passed are handed on, so the address checked is the address used.
//! The browser's proxy asks the same questions here, so that there is one answer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Scheme, host and port (RFC 6454).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

impl Origin {
    pub(crate) fn of(address: &Url) -> Self {
        Self {
            scheme: address.scheme().to_owned(),
            host: address.host_str().unwrap_or_default().to_owned(),
            port: address.port_or_known_default(),
        }
    }
}

/// True when the host is this machine, written as a literal or as the reserved name (RFC 6761).
pub(crate) fn is_loopback(address: &Url) -> bool {
    match address.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => is_localhost(name),
        None => false,
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
}

/// True when the host is written as an address that content may not lead to.
pub(crate) fn is_literal_inside(address: &Url) -> bool {
    match address.host() {
        Some(Host::Ipv4(ip)) => is_inside(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => is_inside(IpAddr::V6(ip)),
        _ => false,
    }
}

/// True for names that only mean something inside a network; asked only where a proxy does the resolving.
pub(crate) fn is_name_inside(address: &Url) -> bool {
    const INSIDE: [&str; 7] = [
        "local",
        "internal",
        "intranet",
        "lan",
        "corp",
        "home.arpa",
        "localdomain",
    ];
    let Some(Host::Domain(name)) = address.host() else {
        return false;
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let ends = |suffix: &&str| {
        name.strip_suffix(*suffix)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    is_localhost(&name) || !name.contains('.') || INSIDE.iter().any(ends)
}

/// True for every address that is not a public unicast one (IANA special-purpose registries, RFC 6890).
pub(crate) fn is_inside(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_inside_v4(ip),
        IpAddr::V6(ip) => is_inside_v6(ip),
    }
}

fn is_inside_v4(ip: Ipv4Addr) -> bool {
    match ip.octets() {
        [0 | 10 | 127, ..] => true,
        [100, b, ..] => (64..128).contains(&b), // shared address space, RFC 6598
        [169, 254, ..] => true,                 // link-local, and clouds' metadata
        [172, b, ..] => (16..32).contains(&b),
        [192, 0, 0 | 2, _] => true, // protocol assignments, documentation
        [192, 88, 99, _] => true,   // 6to4 relays
        [192, 168, ..] => true,
        [198, 18 | 19, ..] => true, // benchmarks
        [198, 51, 100, _] => true,  // documentation
        [203, 0, 113, _] => true,   // documentation
        [168, 63, 129, 16] => true, // a cloud's metadata on a public address
        [a, ..] => a >= 224,        // multicast, reserved, broadcast
    }
}

fn is_inside_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = ip.segments();
    match [a, b, c, d, e, f] {
        // Addresses that carry an IPv4 one: mapped, compatible, translated (RFC 6052).
        [0, 0, 0, 0, 0, 0xffff] | [0, 0, 0, 0, 0, 0] | [0, 0, 0, 0, 0xffff, 0] => true,
        [0x64, 0xff9b, 0, 0, 0, 0] => {
            let [[g1, g2], [h1, h2]] = [g.to_be_bytes(), h.to_be_bytes()];
            is_inside_v4(Ipv4Addr::new(g1, g2, h1, h2))
        }
        // Tunnels (6to4, Teredo) and everything that is not global unicast, with its exceptions.
        _ => {
            a & 0xe000 != 0x2000
                || a == 0x2002
                || (a == 0x2001 && b < 0x200)
                || (a == 0x2001 && b == 0xdb8)
                || (a == 0x3fff && b < 0x1000)
        }
    }
}

/// The refusal of a name that leads only inside; it travels in the client's error.
#[derive(Debug, thiserror::Error)]
#[error("{0} leads to an address inside the network")]
pub(super) struct NameInside(String);

/// Resolves by the system and hands on only addresses outside.
pub(super) struct OutsideOnly;

impl Resolve for OutsideOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let none_at_all = found.is_empty();
            let outside: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| !is_inside(address.ip()))
                .collect();
            if outside.is_empty() && !none_at_all {
                return Err(NameInside(name.as_str().to_owned()).into());
            }
            Ok(Box::new(outside.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(address: &str) -> bool {
        is_inside(address.parse().unwrap())
    }

    #[test]
    fn nothing_special_passes_for_public() {
        for address in [
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.9",
            "198.18.0.1",
            "198.19.255.1",
            "192.88.99.1",
            "168.63.129.16",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::1",
            "2001:0:1::1",
            "2001:db8::1",
            "2001:2::1",
            "2001:20::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "3fff::1",
            "5f00::1",
            "::ffff:0:7f00:1",
        ] {
            assert!(inside(address), "{address}");
        }
    }

    #[test]
    fn public_addresses_pass() {
        for address in [
            "8.8.8.8",
            "172.15.255.255",
            "172.32.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "192.169.0.1",
            "169.253.1.1",
            "198.17.0.1",
            "223.255.255.1",
            "2a00:1450::1",
            "2001:4860::8888",
            "64:ff9b::808:808",
            "2600::1",
        ] {
            assert!(!inside(address), "{address}");
        }
    }

    /// The registries as they are written, one network a line; the check itself has another form.
    const NETWORKS: [&str; 18] = [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "255.255.255.255/32",
        "239.0.0.0/8",
    ];

    fn in_network(ip: Ipv4Addr, network: &str) -> bool {
        let (base, length) = network.split_once('/').unwrap();
        let base: Ipv4Addr = base.parse().unwrap();
        let shift = 32 - length.parse::<u32>().unwrap();
        u32::from(ip) >> shift == u32::from(base) >> shift
    }

    proptest::proptest! {
        /// Most addresses are public, so each network is also asked for addresses of its own and their neighbours.
        #[test]
        fn the_check_is_the_registries_and_no_ipv6_form_is_a_way_around(
            any: u32,
            network in 0..NETWORKS.len(),
            near in -3i64..3,
            low: u32,
            flags: u16,
        ) {
            let (base, length) = NETWORKS[network].split_once('/').unwrap();
            let base = u32::from(base.parse::<Ipv4Addr>().unwrap());
            let size = 1i64 << (32 - length.parse::<u32>().unwrap());
            let edge = |offset: i64| (i64::from(base) + offset) as u32;
            let within = edge(i64::from(low) % size);
            for number in [any, within, edge(near), edge(size + near)] {
                let ip = Ipv4Addr::from(number);
                let expected = NETWORKS.iter().any(|n| in_network(ip, n));
                proptest::prop_assert_eq!(is_inside(ip.into()), expected, "{}", ip);
                let [g, h] = [(number >> 16) as u16, number as u16];
                let never = [
                    Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, g, h),
                    Ipv6Addr::new(0, 0, 0, 0, 0, 0, g, h),
                    Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, g, h),
                    Ipv6Addr::new(0x2002, g, h, flags, 0, 0, 0, 1),
                    Ipv6Addr::new(0x2001, 0, flags, flags, flags, flags, !g, !h),
                    Ipv6Addr::new(0x64, 0xff9b, 1, flags, 0, 0, g, h),
                    Ipv6Addr::new(0xfc00 | flags & 0x1ff, g, h, 0, 0, 0, 0, 1),
                    Ipv6Addr::new(0xfe80 | flags & 0x7f, 0, 0, 0, g, h, 0, 1),
                    Ipv6Addr::new(0xff00 | flags & 0xff, 0, 0, 0, 0, 0, g, h),
                ];
                for ip in never {
                    proptest::prop_assert!(is_inside(ip.into()), "{}", ip);
                }
                let translated = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, g, h);
                proptest::prop_assert_eq!(is_inside(translated.into()), expected, "{}", translated);
            }
        }
    }

    #[test]
    fn odd_spellings_of_loopback_are_seen_through() {
        for address in [
            "http://2130706433/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://017700000001/",
            "http://[::1]/",
            "http://[::ffff:7f00:1]/",
        ] {
            assert!(is_literal_inside(&address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn inside_names_are_known_where_a_proxy_resolves() {
        for (address, expected) in [
            ("http://localhost/", true),
            ("http://a.localhost./", true),
            ("http://skrivare/", true),
            ("http://wiki.intranet/", true),
            ("http://tibro.example/", false),
            ("http://mylocal/", true),
            ("http://glocal.example/", false),
        ] {
            assert_eq!(
                is_name_inside(&address.parse().unwrap()),
                expected,
                "{address}"
            );
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_loopback_is_refused_by_the_resolver() {
        let error = OutsideOnly
            .resolve("localhost".parse().unwrap())
            .await
            .err()
            .unwrap();
        assert!(error.downcast_ref::<NameInside>().is_some(), "{error}");
    }
}
