//! What one capture is to do: all that crosses to the process that does it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

/// One look at one page. It says nothing of the archive, which the browser's process does not know.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Given by a person or registered: its origin may be reached wherever it lies.
    pub address: Url,
    /// Chromium; without it, where the system has it.
    pub program: Option<PathBuf>,
    /// Hosts inside the network that pages may lead to.
    pub allow: Vec<String>,
    /// The municipality's own proxy on the way out, with its login.
    #[serde(default)]
    pub proxy: Option<OutwardProxy>,
    pub limits: PageLimits,
    pub tiles: TileFormat,
    /// Rules besides those that come with arkivd, as page-rules.toml has them.
    pub rules: Option<String>,
    /// A login of the municipality's; empty for what anyone sees. Never printed, never written.
    pub cookies: Vec<Cookie>,
    /// Record the traffic.
    pub warc: bool,
    /// False only where the configuration says in so many words that the browser runs without its sandbox.
    pub sandbox: bool,
}

/// As `proxy` under `[network]` has it. Never printed, for it may hold a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OutwardProxy(pub String);

impl std::fmt::Debug for OutwardProxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OutwardProxy(..)")
    }
}

/// How far one capture goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PageLimits {
    /// Seconds for the whole.
    pub seconds: u64,
    /// Seconds of them for scrolling and opening.
    pub reading_seconds: u64,
    /// Scrolls.
    pub steps: u32,
    /// Posts, where a rule says what a post is.
    pub posts: u32,
    /// Height and width in CSS pixels.
    pub height: u32,
    pub width: u32,
    /// Buttons pressed to show more.
    pub expansions: u32,
    /// Bytes of one body in the recording of the traffic, and of all.
    pub body_bytes: u64,
    pub warc_bytes: u64,
    /// Bytes of memory for each of the browser's processes.
    pub memory_bytes: u64,
}

impl Default for PageLimits {
    fn default() -> Self {
        Self {
            seconds: 300,
            reading_seconds: 120,
            steps: 1_000,
            posts: 1_000,
            height: 400_000,
            width: 2_560,
            expansions: 2_000,
            body_bytes: 64 << 20,
            warc_bytes: 1 << 30,
            memory_bytes: 4 << 30,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TileFormat {
    /// Each pixel as it was shown.
    #[default]
    Png,
    /// Smaller, and not quite.
    Jpeg,
}

/// A cookie of a login.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cookie {
    pub name: String,
    pub value: String,
    /// `.example.se` for all hosts under it, `example.se` for that host alone.
    pub domain: String,
    pub path: String,
    pub secure: bool,
    pub http_only: bool,
    /// Seconds since 1970; `None` for a session's.
    pub expires: Option<i64>,
}

impl std::fmt::Debug for Cookie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cookie({} of {}, ..)", self.name, self.domain)
    }
}
