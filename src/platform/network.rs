//! The section `[network]` of arkivd.toml: limits and what may be reached.

use serde::Deserialize;
use url::Url;

use super::Error;

/// How arkivd goes out on the network. Every limit is per account unless it says otherwise.
#[derive(Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// Hosts inside the network that content may lead to, `host` or `host:port`.
    /// An account's own address needs no entry.
    pub allow: Vec<String>,
    /// An outbound proxy, `http://host:port` or `socks5h://host:port`. Loopback and the hosts of `allow`
    /// are reached without it. The proxy then resolves names, and which addresses they lead to rests with it.
    pub proxy: Option<String>,
    /// How arkivd presents itself; without it, its name and version.
    pub user_agent: Option<String>,
    /// Seconds until a connection must stand.
    pub connect_timeout_seconds: u64,
    /// Seconds without a single byte before an answer is given up.
    pub silence_timeout_seconds: u64,
    /// Seconds for one whole answer with its redirects, listings and media alike.
    pub answer_timeout_seconds: u64,
    /// Seconds for the whole listing of an account; media are timed one by one.
    pub capture_timeout_seconds: u64,
    /// Bytes of one answer, after content encodings are undone.
    pub max_answer_bytes: u64,
    /// Bytes of one medium, after content encodings are undone.
    pub max_medium_bytes: u64,
    /// Redirects followed for one answer.
    pub max_redirects: u32,
    /// Answers read in one listing.
    pub max_pages: u32,
    /// The longest wait in seconds that a server may ask for (Retry-After) and get.
    pub max_wait_seconds: u64,
    /// New tries after a broken connection, 429 or 5xx.
    pub retries: u32,
    /// Bluesky's AppView, which tells others' replies; empty: it is not asked. May lie inside the network.
    pub bluesky_appview: String,
    /// The directory of `did:plc` identities. May lie inside the network.
    pub plc_directory: String,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            proxy: None,
            user_agent: None,
            connect_timeout_seconds: 10,
            silence_timeout_seconds: 60,
            answer_timeout_seconds: 900,
            capture_timeout_seconds: 3600,
            max_answer_bytes: 64 << 20,
            max_medium_bytes: 2 << 30,
            max_redirects: 10,
            max_pages: 10_000,
            max_wait_seconds: 320,
            retries: 3,
            bluesky_appview: "https://public.api.bsky.app".to_owned(),
            plc_directory: "https://plc.directory".to_owned(),
        }
    }
}

impl Network {
    pub(super) fn check(&self) -> Result<(), Error> {
        let positive = [
            ("connect_timeout_seconds", self.connect_timeout_seconds),
            ("silence_timeout_seconds", self.silence_timeout_seconds),
            ("answer_timeout_seconds", self.answer_timeout_seconds),
            ("capture_timeout_seconds", self.capture_timeout_seconds),
            ("max_answer_bytes", self.max_answer_bytes),
            ("max_medium_bytes", self.max_medium_bytes),
            ("max_pages", u64::from(self.max_pages)),
        ];
        if let Some((key, _)) = positive.into_iter().find(|(_, value)| *value == 0) {
            return Err(fault(key, "0", "it must be more than 0"));
        }
        // A century of seconds still fits every clock; more would overflow some.
        let seconds = [
            ("connect_timeout_seconds", self.connect_timeout_seconds),
            ("silence_timeout_seconds", self.silence_timeout_seconds),
            ("answer_timeout_seconds", self.answer_timeout_seconds),
            ("capture_timeout_seconds", self.capture_timeout_seconds),
            ("max_wait_seconds", self.max_wait_seconds),
        ];
        if let Some((key, value)) = seconds.into_iter().find(|(_, s)| *s > 3_155_760_000) {
            return Err(fault(
                key,
                &value.to_string(),
                "it is longer than a hundred years",
            ));
        }
        self.appview()?;
        self.directory()?;
        Ok(())
    }

    /// The entries of `allow`, host in the form URLs have it.
    pub(crate) fn allowed(&self) -> Result<Vec<(String, Option<u16>)>, Error> {
        self.allow
            .iter()
            .map(|entry| {
                let bad = || fault("allow", entry, "it is not a host or host:port");
                if entry.contains(['/', '@', '?', '#']) {
                    return Err(bad());
                }
                // The port is read apart, as the parser drops the scheme's own.
                let port = match entry.rsplit_once(':') {
                    Some((_, port)) if !port.ends_with(']') => {
                        Some(port.parse().map_err(|_| bad())?)
                    }
                    _ => None,
                };
                let parsed = Url::parse(&format!("http://{entry}/")).map_err(|_| bad())?;
                let host = parsed.host_str().ok_or_else(bad)?;
                Ok((host.to_owned(), port))
            })
            .collect()
    }

    /// Bluesky's AppView; `None` where it is turned off.
    pub(super) fn appview(&self) -> Result<Option<Url>, Error> {
        if self.bluesky_appview.is_empty() {
            return Ok(None);
        }
        service("bluesky_appview", &self.bluesky_appview).map(Some)
    }

    pub(super) fn directory(&self) -> Result<Url, Error> {
        service("plc_directory", &self.plc_directory)
    }

    pub(super) fn agent(&self) -> String {
        self.user_agent.clone().unwrap_or_else(|| {
            concat!(
                "arkivd/",
                env!("CARGO_PKG_VERSION"),
                " (archiving of public records)"
            )
            .to_owned()
        })
    }
}

/// The address of a service: scheme, host and port, and a path at most.
fn service(key: &'static str, value: &str) -> Result<Url, Error> {
    let parsed = Url::parse(value).ok().filter(|address| {
        matches!(address.scheme(), "http" | "https")
            && address.has_host()
            && address.username().is_empty()
            && address.password().is_none()
            && address.query().is_none()
            && address.fragment().is_none()
    });
    parsed.ok_or_else(|| fault(key, value, "it is not an address as https://host"))
}

pub(super) fn fault(key: &'static str, value: &str, problem: &str) -> Error {
    Error::Configuration {
        key,
        value: value.to_owned(),
        problem: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_section_is_the_default_and_an_unknown_key_is_refused() {
        assert_eq!(toml::from_str::<Network>("").unwrap(), Network::default());
        let error = toml::from_str::<Network>("max_page = 3").unwrap_err();
        assert!(error.to_string().contains("max_page"), "{error}");
    }

    #[test]
    fn allowed_hosts_are_read_with_and_without_port() {
        let network = Network {
            allow: [
                "Bilder.kommun.example",
                "10.1.2.3:80",
                "[fd00::1]:8443",
                "[::1]",
            ]
            .map(String::from)
            .to_vec(),
            ..Network::default()
        };
        assert_eq!(
            network.allowed().unwrap(),
            [
                ("bilder.kommun.example".to_owned(), None),
                ("10.1.2.3".to_owned(), Some(80)),
                ("[fd00::1]".to_owned(), Some(8443)),
                ("[::1]".to_owned(), None),
            ]
        );
        for bad in ["http://a", "a/b", "", "a:99999", "a b"] {
            let network = Network {
                allow: vec![bad.to_owned()],
                ..Network::default()
            };
            assert!(network.allowed().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_appview_may_be_turned_off_and_the_directory_may_not() {
        let with = |appview: &str, directory: &str| Network {
            bluesky_appview: appview.to_owned(),
            plc_directory: directory.to_owned(),
            ..Network::default()
        };
        assert!(with("", "https://plc.example").check().is_ok());
        for (appview, directory, key) in [
            (
                "public.api.bsky.app",
                "https://plc.example",
                "bluesky_appview",
            ),
            (
                "https://a.example/?x=1",
                "https://plc.example",
                "bluesky_appview",
            ),
            ("", "", "plc_directory"),
            ("", "https://me:hemligt@plc.example", "plc_directory"),
        ] {
            let message = with(appview, directory).check().unwrap_err().to_string();
            assert!(message.contains(key), "{message}");
        }
    }

    #[test]
    fn a_limit_of_nothing_is_refused_by_name() {
        let network = Network {
            max_answer_bytes: 0,
            ..Network::default()
        };
        let message = network.check().unwrap_err().to_string();
        assert!(message.contains("max_answer_bytes"), "{message}");
    }
}
