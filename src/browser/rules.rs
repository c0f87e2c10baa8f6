//! The rules of archive-schema/page-rules.toml: how pages ask for consent, what shows more of them, what a login looks like.

mod check;

use serde::{Deserialize, Serialize};
use toml::Spanned;
use url::Url;

use super::Error;
use crate::record::PageOutcome;
use check::{is_host, line, named, paths, selectors, texts};

const OWN: &str = include_str!("../../archive-schema/page-rules.toml");

/// Rules that read well. They are data for the scripts of [`whole`](super::whole) and [`survey`](super::survey).
#[derive(Debug, Clone, Default)]
pub struct PageRules {
    pub(super) general: General,
    pub(super) consent: Vec<Consent>,
    pub(super) hosts: Vec<Host>,
    pub(super) instead: Vec<Instead>,
}

/// For any page.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct General {
    /// Texts of buttons that show more.
    pub more: Vec<String>,
    /// Words of buttons that are never pressed.
    pub never: Vec<String>,
    /// Selectors of an accordion's buttons.
    pub accordions: Vec<String>,
    pub posts: Vec<String>,
    /// Words of what asks for consent.
    pub consent: Vec<String>,
    pub decline: Vec<String>,
    pub accept: Vec<String>,
    pub login_paths: Vec<String>,
    pub login_hosts: Vec<String>,
    pub login_signs: Vec<String>,
    /// What a page is called that is there for logging in.
    pub login_texts: Vec<String>,
    /// Texts of buttons that lead on from the one field of such a page.
    pub login_buttons: Vec<String>,
    /// Texts of buttons for logging in by another service.
    pub login_with: Vec<String>,
    /// Texts of buttons that send something to log in by.
    pub login_sends: Vec<String>,
    pub consent_hosts: Vec<String>,
    pub consent_paths: Vec<String>,
}

/// One platform for consent.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Consent {
    pub name: String,
    pub signs: Vec<String>,
    pub decline: Vec<String>,
    pub settings: Vec<String>,
    pub off: Vec<String>,
    pub save: Vec<String>,
    pub hide: Vec<String>,
    pub in_frame: bool,
    /// Yes may be said where no other answer is offered.
    pub accept: bool,
}

/// One platform, by its hosts or by signs of its software.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Host {
    pub name: String,
    pub hosts: Vec<String>,
    pub signs: Vec<String>,
    pub posts: Vec<String>,
    pub press: Vec<String>,
    /// Links that a script of the page answers in the page: pressed too, and never followed.
    pub press_links: Vec<String>,
    pub more: Vec<String>,
    pub login_paths: Vec<String>,
    pub login_signs: Vec<String>,
    pub platform: Vec<String>,
    pub prompt: Vec<Prompt>,
    pub instead: Vec<Instead>,
}

/// What is shown in a page's stead: known by its signs, or by what it says where little else is shown.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Instead {
    #[serde(default)]
    pub name: String,
    pub outcome: PageOutcome,
    #[serde(default)]
    pub signs: Vec<String>,
    #[serde(default)]
    pub texts: Vec<String>,
    /// Texts that count only where next to nothing else is shown, no menu either.
    #[serde(default)]
    pub alone: Vec<String>,
}

/// What lies over the page and may be closed.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Prompt {
    pub overlay: Vec<String>,
    /// Only where it says one of these; any where there are none.
    pub says: Vec<String>,
    pub press: Vec<String>,
    pub press_texts: Vec<String>,
    /// Taken away where no button helps.
    pub hide: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    general: Option<Spanned<General>>,
    #[serde(default)]
    consent: Vec<Spanned<Consent>>,
    #[serde(default)]
    host: Vec<Spanned<Host>>,
    #[serde(default)]
    instead: Vec<Spanned<Instead>>,
}

impl PageRules {
    /// Those that come with arkivd.
    ///
    /// # Errors
    /// Never with a build that passed its tests.
    pub fn own() -> Result<Self, Error> {
        Self::read(OWN)
    }

    /// Reads a file of rules.
    ///
    /// # Errors
    /// [`Error::Rules`] with the line, the key and the value that are wrong.
    pub fn read(text: &str) -> Result<Self, Error> {
        let file: File = toml::from_str(text).map_err(|e| Error::Rules {
            line: e.span().map_or(0, |span| line(text, span.start)),
            problem: e.message().to_owned(),
        })?;
        let wrong = |at: usize, problem: String| Error::Rules {
            line: line(text, at),
            problem,
        };
        if let Some(general) = &file.general {
            let at = general.span().start;
            general
                .get_ref()
                .check()
                .map_err(|p| wrong(at, format!("[general]: {p}")))?;
        }
        for rule in &file.consent {
            let name = &rule.get_ref().name;
            let named = |p| wrong(rule.span().start, format!("[[consent]] {name:?}: {p}"));
            rule.get_ref().check().map_err(named)?;
        }
        for rule in &file.host {
            let name = &rule.get_ref().name;
            let named = |p| wrong(rule.span().start, format!("[[host]] {name:?}: {p}"));
            rule.get_ref().check().map_err(named)?;
        }
        for rule in &file.instead {
            let name = &rule.get_ref().name;
            let fault = |p| wrong(rule.span().start, format!("[[instead]] {name:?}: {p}"));
            named(name).map_err(fault)?;
            rule.get_ref().check().map_err(fault)?;
        }
        Ok(Self {
            general: file.general.map(Spanned::into_inner).unwrap_or_default(),
            consent: file.consent.into_iter().map(Spanned::into_inner).collect(),
            hosts: file.host.into_iter().map(Spanned::into_inner).collect(),
            instead: file.instead.into_iter().map(Spanned::into_inner).collect(),
        })
    }

    /// These, and `more`: its rules come first and replace those of their name; its general lists are added.
    pub fn with(mut self, more: Self) -> Self {
        let Self {
            general,
            consent,
            hosts,
            instead,
        } = more;
        self.general.extend(general);
        self.consent
            .retain(|old| consent.iter().all(|new| new.name != old.name));
        self.consent.splice(0..0, consent);
        self.hosts
            .retain(|old| hosts.iter().all(|new| new.name != old.name));
        self.hosts.splice(0..0, hosts);
        self.instead
            .retain(|old| instead.iter().all(|new| new.name != old.name));
        self.instead.splice(0..0, instead);
        self
    }

    /// The platforms that an address belongs to, or may: those known only by signs in the page are among them.
    pub(super) fn hosts_for(&self, address: &Url) -> Vec<&Host> {
        let host = address.host_str().unwrap_or_default();
        let of = |rule: &&Host| rule.hosts.is_empty() || rule.is_for(host);
        self.hosts.iter().filter(of).collect()
    }

    /// True when visitors are sent to such an address to log in, by what the rules say of its host and of any.
    ///
    /// Known by the path alone: a page on a host of no rule may be called `/login` and be meant so.
    pub fn is_login(&self, address: &Url) -> bool {
        let host = address.host_str().unwrap_or_default();
        let of_hosts = self.hosts.iter().filter(|rule| rule.is_for(host));
        let patterns = of_hosts.flat_map(|rule| &rule.login_paths);
        let patterns = patterns.chain(&self.general.login_paths);
        is_sent_to(address, &self.general.login_hosts, patterns)
    }

    /// True when visitors are sent to such an address to answer about consent.
    pub fn is_consent(&self, address: &Url) -> bool {
        let General {
            consent_hosts,
            consent_paths,
            ..
        } = &self.general;
        is_sent_to(address, consent_hosts, consent_paths.iter())
    }
}

fn is_sent_to<'a>(
    address: &Url,
    hosts: &[String],
    mut paths: impl Iterator<Item = &'a String>,
) -> bool {
    let host = address.host_str().unwrap_or_default();
    let path = address.path().trim_end_matches('/').to_ascii_lowercase();
    // `/consent/*` is meant of `/consent/` too.
    let below = format!("{path}/");
    let first = host.split('.').next().unwrap_or_default();
    (host.contains('.') && hosts.iter().any(|name| name == first))
        || paths.any(|pattern| {
            let pattern = pattern.to_ascii_lowercase();
            matches(&pattern, &path) || (pattern.ends_with("/*") && matches(&pattern, &below))
        })
}

impl Host {
    fn is_for(&self, host: &str) -> bool {
        self.hosts.iter().any(|of| {
            host.strip_suffix(of.as_str())
                .is_some_and(|under| under.is_empty() || under.ends_with('.'))
        })
    }

    fn check(&self) -> Result<(), String> {
        named(&self.name)?;
        if self.hosts.is_empty() && self.signs.is_empty() {
            return Err("neither hosts nor signs: it would never apply".to_owned());
        }
        if let Some(host) = self.hosts.iter().find(|h| !is_host(h)) {
            return Err(format!("hosts: {host:?} is no host name"));
        }
        paths("login_paths", &self.login_paths)?;
        texts("more", &self.more)?;
        for one in &self.instead {
            one.check().map_err(|p| format!("instead: {p}"))?;
        }
        selectors("signs", &self.signs)?;
        selectors("posts", &self.posts)?;
        selectors("press", &self.press)?;
        selectors("press_links", &self.press_links)?;
        selectors("login_signs", &self.login_signs)?;
        selectors("platform", &self.platform)?;
        for prompt in &self.prompt {
            if prompt.overlay.is_empty() {
                return Err("prompt: overlay is missing".to_owned());
            }
            if prompt.press.is_empty() && prompt.press_texts.is_empty() && !prompt.hide {
                return Err("prompt: nothing to press, and hide is not true".to_owned());
            }
            selectors("prompt.overlay", &prompt.overlay)?;
            selectors("prompt.press", &prompt.press)?;
            texts("prompt.says", &prompt.says)?;
            texts("prompt.press_texts", &prompt.press_texts)?;
        }
        Ok(())
    }
}

impl Instead {
    fn check(&self) -> Result<(), String> {
        if !is_shown(self.outcome) {
            let outcome = self.outcome;
            return Err(format!("outcome: {outcome} is none that a page can show"));
        }
        if self.signs.is_empty() && self.texts.is_empty() && self.alone.is_empty() {
            return Err("neither signs nor texts: it would never apply".to_owned());
        }
        selectors("signs", &self.signs)?;
        texts("alone", &self.alone)?;
        texts("texts", &self.texts)
    }
}

/// Outcomes that a server or a script can show as a page of their own.
fn is_shown(outcome: PageOutcome) -> bool {
    matches!(
        outcome,
        PageOutcome::NotFound
            | PageOutcome::Gone
            | PageOutcome::TooManyRequests
            | PageOutcome::ServerError
            | PageOutcome::Refused
            | PageOutcome::LoginWall
            | PageOutcome::ConsentWall
            | PageOutcome::Captcha
            | PageOutcome::EmptyShell
    )
}

impl Consent {
    fn check(&self) -> Result<(), String> {
        named(&self.name)?;
        if self.signs.is_empty() {
            return Err("signs are missing: it would never apply".to_owned());
        }
        let lists = [
            ("signs", &self.signs),
            ("decline", &self.decline),
            ("settings", &self.settings),
            ("off", &self.off),
            ("save", &self.save),
            ("hide", &self.hide),
        ];
        lists
            .into_iter()
            .try_for_each(|(key, list)| selectors(key, list))
    }
}

impl General {
    fn check(&self) -> Result<(), String> {
        paths("login_paths", &self.login_paths)?;
        paths("consent_paths", &self.consent_paths)?;
        let lists = [
            ("accordions", &self.accordions),
            ("posts", &self.posts),
            ("login_signs", &self.login_signs),
        ];
        lists
            .into_iter()
            .try_for_each(|(key, list)| selectors(key, list))?;
        let lists = [
            ("more", &self.more),
            ("never", &self.never),
            ("consent", &self.consent),
            ("decline", &self.decline),
            ("accept", &self.accept),
            ("login_texts", &self.login_texts),
            ("login_buttons", &self.login_buttons),
            ("login_with", &self.login_with),
            ("login_sends", &self.login_sends),
        ];
        lists
            .into_iter()
            .try_for_each(|(key, list)| texts(key, list))
    }

    fn extend(&mut self, more: Self) {
        self.more.extend(more.more);
        self.never.extend(more.never);
        self.accordions.extend(more.accordions);
        self.posts.extend(more.posts);
        self.consent.extend(more.consent);
        self.decline.extend(more.decline);
        self.accept.extend(more.accept);
        self.login_paths.extend(more.login_paths);
        self.login_hosts.extend(more.login_hosts);
        self.login_signs.extend(more.login_signs);
        self.login_texts.extend(more.login_texts);
        self.login_buttons.extend(more.login_buttons);
        self.login_with.extend(more.login_with);
        self.login_sends.extend(more.login_sends);
        self.consent_hosts.extend(more.consent_hosts);
        self.consent_paths.extend(more.consent_paths);
    }
}

/// `*` stands for anything, the rest for itself.
fn matches(pattern: &str, path: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else {
        return path == pattern.trim_end_matches('/');
    };
    path.strip_prefix(before).is_some_and(|rest| {
        let mut starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
        starts.any(|at| rest.get(at..).is_some_and(|rest| matches(after, rest)))
    })
}

#[cfg(test)]
mod tests;
