//! Names and their addresses as a resolver of the test's gives them; nothing is asked on any network.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Mutex;

use super::*;

fn rules(own: &str, allow: &[&str]) -> Rules {
    let network = Network {
        allow: allow.iter().map(|a| (*a).to_owned()).collect(),
        ..Network::default()
    };
    Rules::new(&own.parse().unwrap(), &network).unwrap()
}

async fn addresses(rules: &Rules, target: Option<Target>) -> Result<Vec<SocketAddr>, Why> {
    match rules.way(&target.unwrap()).await? {
        Way::At(addresses) => Ok(addresses),
        Way::By(outer) => panic!("{outer:?}"),
    }
}

async fn http(rules: &Rules, address: &str) -> Result<Vec<SocketAddr>, Why> {
    addresses(rules, Target::http(address)).await
}

async fn tunnel(rules: &Rules, authority: &str) -> Result<Vec<SocketAddr>, Why> {
    addresses(rules, Target::tunnel(authority)).await
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
    assert_eq!(at_home.standing(&target, 443), Standing::Own);
}

/// Rules whose resolver gives these answers one after the other, and the last one for ever.
fn answering(own: &str, proxy: Option<&str>, answers: &[&[&str]]) -> Rules {
    let network = Network {
        proxy: proxy.map(str::to_owned),
        ..Network::default()
    };
    let mut rules = Rules::new(&own.parse().unwrap(), &network).unwrap();
    let answers: VecDeque<Vec<IpAddr>> = answers
        .iter()
        .map(|a| a.iter().map(|ip| ip.parse().unwrap()).collect())
        .collect();
    let answers = Mutex::new(answers);
    rules.resolver = Resolver::by(move |_| {
        let mut answers = answers.lock().unwrap();
        let last = answers.len() == 1;
        let answer = if last {
            answers[0].clone()
        } else {
            answers.pop_front().unwrap()
        };
        Box::pin(async move { Ok(answer) })
    });
    rules
}

const OWN: &str = "https://kommun.example/konto";

/// DNS rebinding: the name of a public account begins to lead inside.
#[tokio::test]
async fn a_public_account_stays_public() {
    let to = "kommun.example:443";
    let rules = answering(OWN, None, &[&["8.8.8.8"], &["8.8.8.8"], &["10.0.0.5"]]);
    assert_eq!(
        tunnel(&rules, to).await,
        Ok(vec!["8.8.8.8:443".parse().unwrap()])
    );
    assert_eq!(tunnel(&rules, to).await, Err(Why::Inside));
    // Both at once: only the one outside is its own.
    let rules = answering(OWN, None, &[&["10.0.0.5", "8.8.8.8", "::1"]]);
    assert_eq!(
        tunnel(&rules, to).await,
        Ok(vec!["8.8.8.8:443".parse().unwrap()])
    );
}

#[tokio::test]
async fn an_account_inside_stays_where_it_was() {
    let rules = answering(OWN, None, &[&["10.0.0.5"], &["10.0.0.6"], &["8.8.8.8"]]);
    for _ in 0..3 {
        let found = tunnel(&rules, "kommun.example:443").await;
        assert_eq!(found, Ok(vec!["10.0.0.5:443".parse().unwrap()]));
    }
    // Another port of the same host is no part of it.
    let rules = answering(OWN, None, &[&["10.0.0.5"]]);
    assert_eq!(
        tunnel(&rules, "kommun.example:8443").await,
        Err(Why::Inside)
    );
}

#[tokio::test]
async fn a_name_that_nobody_knew_may_be_known_later() {
    let rules = answering(OWN, None, &[&[], &["10.0.0.5"]]);
    assert_eq!(
        tunnel(&rules, "kommun.example:443").await,
        Err(Why::NotFound)
    );
    assert!(tunnel(&rules, "kommun.example:443").await.is_ok());
}

/// What goes by the municipality's own proxy is checked as far as it can be.
#[tokio::test]
async fn inside_is_refused_before_the_proxy_on_the_way_out_is_asked() {
    let proxy = Some("http://proxy.example:3128");
    let by = async |rules: &Rules, to: &str| {
        let target = Target::tunnel(to).unwrap();
        rules
            .way(&target)
            .await
            .map(|way| matches!(way, Way::By(_)))
    };
    let unknown = answering(OWN, proxy, &[&[]]);
    for inside in [
        "10.0.0.5:443",
        "[::1]:443",
        "intranet:443",
        "a.lan:443",
        "localhost:443",
        "x.internal.:80",
    ] {
        assert_eq!(by(&unknown, inside).await, Err(Why::Inside), "{inside}");
    }
    assert_eq!(by(&unknown, "elsewhere.example:443").await, Ok(true));
    assert_eq!(by(&unknown, "kommun.example:443").await, Ok(true));
    assert_eq!(
        by(&unknown, "update.googleapis.com:443").await,
        Err(Why::CallHome)
    );
    // Known here to lead inside, if only by one of its addresses.
    let known = answering(OWN, proxy, &[&["8.8.8.8", "10.0.0.5"]]);
    assert_eq!(by(&known, "elsewhere.example:443").await, Err(Why::Inside));
    let turned = answering(OWN, proxy, &[&["8.8.8.8"], &["8.8.8.8"], &["10.0.0.5"]]);
    assert_eq!(by(&turned, "kommun.example:443").await, Ok(true));
    assert_eq!(by(&turned, "kommun.example:443").await, Err(Why::Inside));
    // Loopback and the hosts of `allow` are reached without it.
    let here = answering("http://127.0.0.1:8000/", proxy, &[&[]]);
    assert_eq!(by(&here, "127.0.0.1:8000").await, Ok(false));
}

/// A resolver that says nothing does not hold up what the proxy can find.
#[tokio::test]
async fn a_silent_resolver_is_passed_by() {
    let mut rules = answering(OWN, Some("http://proxy.example"), &[&[]]);
    rules.resolver = Resolver::by(|_| Box::pin(std::future::pending()));
    let target = Target::tunnel("elsewhere.example:443").unwrap();
    assert!(matches!(rules.way(&target).await, Ok(Way::By(_))));
}
