//! The section `[browser]` of arkivd.toml: pages as the screen shows them.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Config, Error, io_error};
use crate::browser::launch::User;
use crate::browser::proxy::Outer;
use crate::browser::remote::Way;
use crate::browser::rules::PageRules;
use crate::browser::{OutwardProxy, PageLimits, TileFormat};
use crate::workflow::{Pages, told};

/// The browser that captures pages as the screen shows them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Browser {
    /// False captures no pages at all.
    pub pages: bool,
    /// Its program; without it, chromium on the PATH.
    pub path: Option<PathBuf>,
    /// The socket of the browser's service; without it, the usual one if it is there, else a child of arkivd.
    pub service: Option<PathBuf>,
    /// Whom the browser runs as where arkivd runs as root; without it arkivd-browser, arkivd or nobody.
    pub user: Option<String>,
    /// True runs it without its sandbox: whoever takes over the browser by a page is then that user.
    pub without_sandbox: bool,
    pub tiles: TileFormat,
    /// Rules for pages, besides those that come with arkivd; in the archive's folder unless it says otherwise.
    pub rules: Option<PathBuf>,
    /// Keep the traffic of pages that are looked at with a login.
    pub traffic_when_logged_in: bool,
    /// New looks after what may pass by itself.
    pub retries: u32,
    pub limits: PageLimits,
}

impl Default for Browser {
    fn default() -> Self {
        Self {
            pages: true,
            path: None,
            service: None,
            user: None,
            without_sandbox: false,
            tiles: TileFormat::default(),
            rules: None,
            traffic_when_logged_in: false,
            retries: 2,
            limits: PageLimits::default(),
        }
    }
}

/// Where `arkivd-browser.socket` listens.
const SERVICE: &str = "/run/arkivd-browser/socket";

/// Whom a browser is started as by root, the first that the system knows.
const USERS: [&str; 3] = ["arkivd-browser", "arkivd", "nobody"];

impl Browser {
    pub(super) fn check(&self) -> Result<(), Error> {
        let limits = &self.limits;
        let fault = |key, value: u64, problem| {
            Err(Error::Browser {
                key,
                value: value.to_string(),
                problem,
            })
        };
        // The browser's service is ended after half an hour.
        if !(10..=1_500).contains(&limits.seconds) {
            return fault("limits.seconds", limits.seconds, "it must be 10 to 1500");
        }
        if !(320..=8_192).contains(&limits.width) {
            return fault(
                "limits.width",
                limits.width.into(),
                "it must be 320 to 8192",
            );
        }
        if !(1_000..=600_000).contains(&limits.height) {
            let value = limits.height.into();
            return fault("limits.height", value, "it must be 1000 to 600000");
        }
        if limits.memory_bytes < 256 << 20 {
            let value = limits.memory_bytes;
            return fault(
                "limits.memory_bytes",
                value,
                "it must be at least 268435456",
            );
        }
        if self.retries > 10 {
            return fault("retries", self.retries.into(), "it must be at most 10");
        }
        Ok(())
    }

    /// Whom the browser becomes, where this process is root.
    fn user(&self) -> Result<Option<User>, Error> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let found = match &self.user {
            Some(name) => uzers::get_user_by_name(name),
            None => USERS.iter().find_map(uzers::get_user_by_name),
        };
        let found = found.map(|user| User {
            uid: user.uid(),
            gid: user.primary_group_id(),
        });
        match found {
            Some(user) if user.uid != 0 => Ok(Some(user)),
            _ => Err(Error::Browser {
                key: "user",
                value: self.user.clone().unwrap_or_default(),
                problem: "it must be a user of the system other than root",
            }),
        }
    }
}

impl Config {
    /// The same for a command: what does not hold stops no more than the page.
    pub fn pages_or_fault(&self) -> Option<Result<Pages, String>> {
        self.pages().map_err(|error| told(&error)).transpose()
    }

    /// How pages are captured; `None` where none are.
    ///
    /// # Errors
    /// When the file of rules cannot be read, or the browser's user is not known.
    pub fn pages(&self) -> Result<Option<Pages>, Error> {
        let own = &self.browser;
        if !own.pages {
            return Ok(None);
        }
        if self
            .network
            .proxy
            .as_deref()
            .is_some_and(|p| Outer::read(p).is_err())
        {
            return Err(Error::Browser {
                key: "pages",
                value: "true".to_owned(),
                problem: "they go out by http://host:port or socks5h://host:port, and proxy under [network] is neither",
            });
        }
        let usual = Path::new(SERVICE);
        let way = match &own.service {
            Some(socket) => Way::Service(socket.clone()),
            None if usual.exists() => Way::Service(usual.to_owned()),
            None => Way::Child {
                // Not by its name: it may have been replaced meanwhile, or lie where the browser's user cannot look.
                program: PathBuf::from("/proc/self/exe"),
                user: own.user()?,
            },
        };
        let rules = match &own.rules {
            Some(file) => {
                let path = self.dir.join(file);
                let text = std::fs::read_to_string(&path).map_err(io_error(&path))?;
                PageRules::read(&text).map_err(|source| Error::Rules {
                    path: path.clone(),
                    source: Box::new(source),
                })?;
                Some(text)
            }
            None => None,
        };
        Ok(Some(Pages {
            way,
            program: own.path.clone(),
            sandbox: !own.without_sandbox,
            allow: self.network.allow.clone(),
            proxy: self.network.proxy.clone().map(OutwardProxy),
            limits: PageLimits {
                reading_seconds: own.limits.reading_seconds.min(own.limits.seconds),
                ..own.limits.clone()
            },
            tiles: own.tiles,
            rules,
            traffic_when_logged_in: own.traffic_when_logged_in,
            retries: own.retries,
        }))
    }
}
