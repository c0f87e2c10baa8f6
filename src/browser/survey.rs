//! What a page looks like, for who judges whether it is the account or something shown in its stead.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::Error;
use super::cdp::Session;
use super::conditions::WINDOW;
use super::rules::PageRules;
use super::whole::{Told, World};
use crate::record::PageOutcome;

/// Of what a page is about: below it, a form or a word may be what all of it is there for.
const SMALL: u64 = 1500;
/// A frame of a smaller share of the window is a part of its page, and not what is shown in its stead.
const CONSIDERABLE: f64 = 0.2;
/// Frames that are looked into.
const FRAMES: usize = 16;
/// All of them together.
const TIME: Duration = Duration::from_secs(20);

/// What is shown in the page's stead, by a rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Shown {
    pub outcome: PageOutcome,
    /// The words, or the selector of what is seen.
    pub said: String,
}

/// As the page says of itself: nothing of it is to be trusted, all of it is bounded.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Survey {
    pub address: String,
    pub title: String,
    /// As the document says it; empty where it does not.
    pub language: String,
    /// Characters that can be seen.
    pub text: u64,
    /// The same without menus, head and foot, which stand on all pages of a site.
    pub core: u64,
    pub elements: u64,
    /// Pictures, drawings and videos of at least 16 pixels.
    pub pictures: u64,
    /// Frames and embedded things that can be seen.
    pub frames: u64,
    /// Their widths and heights, of the first.
    pub boxes: Vec<(f64, f64)>,
    /// Of what it is shown in.
    pub window: (f64, f64),
    /// Password fields that can be seen.
    pub password_fields: u64,
    /// One of them is what the page is about: little is shown but its form, or a dialog with it lies over the rest.
    pub password_asked: bool,
    /// The selector of the host's rules that tells of a login.
    pub login_sign: Option<String>,
    /// The button of a page that asks who logs in, or that offers nothing but ways of logging in and says so.
    pub login_asked: Option<String>,
    /// The same where it does not say so: a page one was led to may be such.
    pub login_offered: Option<String>,
    /// The address is one that visitors are sent to for logging in.
    #[serde(skip)]
    pub login_address: bool,
    /// The selector or the words that tell of a captcha, where little else is shown: one in a form of a page asks
    /// nothing of who reads.
    pub captcha: Option<String>,
    /// Anything else that a rule knows as shown in a page's stead.
    pub instead: Option<Shown>,
    /// It says that more is on its way.
    pub loading: bool,
    /// Posts of the host's rules; `None` where no rule says what a post is.
    pub posts: Option<u64>,
    /// Posts of the host's rules, else what any page marks as such and has words in; those that can be seen.
    pub articles: u64,
    /// The platform, by the name of its rule.
    pub platform: Option<String>,
    /// What an element over the middle of the window says of consent.
    pub consent_wall: Option<String>,
    /// What the page says where all of it is a question of consent.
    pub consent_page: Option<String>,
    /// The address is one that visitors are sent to for answering about consent.
    #[serde(skip)]
    pub consent_address: bool,
    pub width: u32,
    pub height: u32,
}

/// Looks at the page as it is now.
///
/// # Errors
/// When it does not answer; see [`Session::call`].
pub async fn survey(page: &Session, rules: &PageRules) -> Result<Survey, Error> {
    for _ in 0..3 {
        let worlds = World::of(page).await?;
        let Some(world) = worlds.first() else {
            break;
        };
        if let Told::Yes(survey) = of(world, rules).await? {
            return Ok(survey);
        }
    }
    Err(Error::Detached {
        method: "survey".to_owned(),
    })
}

async fn of(world: &World, rules: &PageRules) -> Result<Told<Survey>, Error> {
    let address: Told<String> = world.call("address", &json!({}), Duration::ZERO).await?;
    let Told::Yes(address) = address else {
        return Ok(Told::Left);
    };
    let address = Url::parse(&address).ok();
    let hosts = address.as_ref().map(|a| rules.hosts_for(a));
    let asked = json!({
        "hosts": hosts.unwrap_or_default(), "general": rules.general, "instead": rules.instead,
    });
    let told = world.call("survey", &asked, Duration::from_secs(20));
    let Told::Yes(survey) = told.await? else {
        return Ok(Told::Left);
    };
    let is = |sent: fn(&PageRules, &Url) -> bool| address.as_ref().is_some_and(|a| sent(rules, a));
    Ok(Told::Yes(Survey {
        login_address: is(PageRules::is_login),
        consent_address: is(PageRules::is_consent),
        ..survey
    }))
}

/// Looks into the frames of a page that shows little itself: what fills the window is what the page is about.
///
/// # Errors
/// When the browser is gone. A frame that does not answer is a part of the page, as one that was not looked into.
pub async fn frames(
    survey: &mut Survey,
    page: &Session,
    sessions: &[Session],
    rules: &PageRules,
) -> Result<(), Error> {
    if survey.core >= SMALL || survey.articles > 0 || survey.boxes.is_empty() {
        return Ok(());
    }
    let looking = async {
        let mut seen = 0;
        for session in std::iter::once(page).chain(sessions) {
            let worlds = known(World::of(session).await)?.unwrap_or_default();
            let own = usize::from(session.id() == page.id());
            for world in worlds.iter().skip(own) {
                if let Some(Told::Yes(inner)) = known(of(world, rules).await)? {
                    survey.take(inner);
                }
                seen += 1;
                if seen >= FRAMES {
                    return Ok(());
                }
            }
        }
        Ok(())
    };
    tokio::time::timeout(TIME, looking).await.unwrap_or(Ok(()))
}

fn known<T>(told: Result<T, Error>) -> Result<Option<T>, Error> {
    match told {
        Ok(told) => Ok(Some(told)),
        Err(error) if error.is_end() => Err(error),
        Err(_) => Ok(None),
    }
}

impl Survey {
    /// What a frame shows, where it is one of those that are seen and not small.
    fn take(&mut self, frame: Self) {
        let (width, height) = frame.window;
        let near = |(w, h): &(f64, f64)| (w - width).abs() <= 2.0 && (h - height).abs() <= 2.0;
        let window = f64::from(WINDOW.0) * f64::from(WINDOW.1);
        if width * height < CONSIDERABLE * window || !self.boxes.iter().any(near) {
            return;
        }
        let failed = !frame.address.starts_with("http") && !frame.address.starts_with("about:");
        if failed || (frame.text == 0 && frame.pictures == 0 && frame.frames == 0) {
            self.frames = self.frames.saturating_sub(1);
            return;
        }
        self.boxes.extend(frame.boxes);
        self.text = self.text.saturating_add(frame.text);
        self.pictures = self.pictures.saturating_add(frame.pictures);
        self.articles = self.articles.saturating_add(frame.articles);
        self.password_fields = self.password_fields.saturating_add(frame.password_fields);
        self.password_asked |= frame.password_asked;
        let small = self.core < SMALL / 2;
        let take = |of: &mut Option<String>, frame: Option<String>| {
            if of.is_none() && small {
                *of = frame;
            }
        };
        take(&mut self.login_sign, frame.login_sign);
        take(&mut self.login_asked, frame.login_asked);
        take(&mut self.captcha, frame.captcha);
        if self.instead.is_none() && self.core < SMALL / 10 {
            self.instead = frame.instead;
        }
    }
}

#[cfg(test)]
mod tests;
