//! What a page looks like, for who judges whether it is the account or something shown in its stead.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::Error;
use super::cdp::Session;
use super::rules::PageRules;
use super::whole::{Told, World};

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
    pub elements: u64,
    /// Pictures, drawings and videos of at least 16 pixels.
    pub pictures: u64,
    /// Frames and embedded things that can be seen.
    pub frames: u64,
    /// Password fields that can be seen.
    pub password_fields: u64,
    /// One of them is what the page is about: little is shown but its form, or a dialog with it lies over the rest.
    pub password_asked: bool,
    /// The selector of the host's rules that tells of a login.
    pub login_sign: Option<String>,
    /// The address is one that visitors are sent to for logging in.
    #[serde(skip)]
    pub login_address: bool,
    /// The selector or the words that tell of a captcha, where little else is shown: one in a form of a page with
    /// text of its own asks nothing of who reads.
    pub captcha: Option<String>,
    /// Posts of the host's rules; `None` where no rule says what a post is.
    pub posts: Option<u64>,
    /// The platform, by the name of its rule.
    pub platform: Option<String>,
    /// What an element over the middle of the window says of consent.
    pub consent_wall: Option<String>,
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
        let address: Told<String> = world.call("address", &json!({}), Duration::ZERO).await?;
        let address = match address {
            Told::Yes(address) => Url::parse(&address).ok(),
            Told::Left => continue,
        };
        let hosts = address.as_ref().map(|a| rules.hosts_for(a));
        let asked = json!({"hosts": hosts.unwrap_or_default(), "general": rules.general});
        match world
            .call("survey", &asked, Duration::from_secs(20))
            .await?
        {
            Told::Yes(survey) => {
                return Ok(Survey {
                    login_address: address.is_some_and(|a| rules.is_login(&a)),
                    ..survey
                });
            }
            Told::Left => {}
        }
    }
    Err(Error::Detached {
        method: "survey".to_owned(),
    })
}
