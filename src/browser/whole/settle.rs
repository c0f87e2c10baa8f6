//! What is done around the reading: prompts closed before it; pictures in, movement ended and all unfixed after it.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::reader::{ANSWER, Reader};
use super::reading::{Measure, SETTLE};
use crate::browser::Error;
use crate::browser::rules::Host;
use crate::record::ActionKind;

/// For pictures still on their way at the end.
const PICTURES: Duration = Duration::from_secs(5);
/// A window of more pixels costs more memory than what it shows is worth.
const TALLEST: u32 = 30_000;
/// For opening what scrolls inside the page.
const OPENING: Duration = Duration::from_secs(4);
/// Times that a taller window may bring more posts.
const ROUNDS: u32 = 5;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Closed {
    rule: String,
    hidden: bool,
    text: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Opened {
    opened: u64,
    left: u64,
}

impl<'a> Reader<'a, '_> {
    /// Closes what lies over the page and may be closed.
    pub(super) async fn prompts(&mut self) -> Result<(), Error> {
        let of = |h: &&'a Host| {
            let name = h.name.clone();
            h.prompt.iter().map(move |prompt| {
                let mut prompt = serde_json::to_value(prompt).unwrap_or_default();
                if let Some(fields) = prompt.as_object_mut() {
                    fields.insert("rule".to_owned(), Value::String(name.clone()));
                }
                prompt
            })
        };
        let prompts: Vec<Value> = self.hosts.iter().flat_map(of).collect();
        if prompts.is_empty() {
            return Ok(());
        }
        let asked = json!({"prompts": prompts, "wait": 800});
        let closed: Vec<Closed> = self.ask("prompts", asked, Duration::from_secs(10)).await?;
        for one in closed.iter().take(64) {
            let detail = match one.hidden {
                true => format!("hidden: {}", one.text),
                false => format!("closed: {}", one.text),
            };
            self.record(ActionKind::OverlayHidden, Some(&one.rule), 1, Some(&detail));
        }
        Ok(())
    }

    /// Pictures in, back to the top, all movement ended, all that was fixed unfixed.
    pub(super) async fn settle(&mut self) -> Result<(), Error> {
        self.heighten().await?;
        self.shadows().await?;
        let filled: u64 = self.ask("filled", json!({}), Duration::ZERO).await?;
        self.record(ActionKind::LazyLoaded, Some("general"), filled, None);
        self.pictures().await?;
        let _: bool = self.ask("top", json!({}), Duration::ZERO).await?;
        let stopped: u64 = self.ask("still", json!({}), Duration::ZERO).await?;
        self.record(ActionKind::AnimationStopped, None, stopped, None);
        let revealed: u64 = self.ask("revealed", json!({}), Duration::ZERO).await?;
        self.record(ActionKind::AnimationStopped, Some("fades"), revealed, None);
        if self.look.logged_in {
            for (name, selectors) in self.platform_menus() {
                let asked = json!({"selectors": selectors});
                let hidden: u64 = self.ask("conceal", asked, Duration::ZERO).await?;
                self.record(ActionKind::ElementHidden, Some(&name), hidden, None);
            }
        }
        let asked = json!({"ms": OPENING.as_millis()});
        let told: Opened = self.ask("opened", asked, 2 * OPENING).await?;
        self.record(ActionKind::Unfixed, Some("scroller"), told.opened, None);
        self.whole.left_closed = told.left;
        // Scripts of the page may answer the first by fixing anew.
        for _ in 0..2 {
            let unfixed: u64 = self.ask("unfix", json!({}), Duration::ZERO).await?;
            self.record(ActionKind::Unfixed, None, unfixed, None);
            let _: bool = self.ask("top", json!({}), Duration::ZERO).await?;
        }
        self.whole.lost = self.ask("lost", json!({}), Duration::ZERO).await?;
        let last = self.measured().await?;
        self.whole.height = pixels(last.height);
        self.whole.width = pixels(last.width);
        Ok(())
    }

    async fn measured(&mut self) -> Result<Measure, Error> {
        let asked = json!({"posts": self.posts});
        let now: Measure = self.ask("measure", asked, Duration::ZERO).await?;
        self.whole.posts = now.posts;
        self.whole.posts_seen = self.whole.posts_seen.max(now.known);
        Ok(now)
    }

    /// A list that holds only the posts in sight holds them all in a window as tall as the page. What fills the window
    /// whatever it measures grows with it: then the window is as it was.
    async fn heighten(&mut self) -> Result<(), Error> {
        let before = self.measured().await?;
        let lost: u64 = self.ask("lost", json!({}), Duration::ZERO).await?;
        self.whole.lost = lost;
        if !self.whole.lets_go() && !self.whole.loses() {
            return Ok(());
        }
        let _: bool = self.ask("top", json!({}), Duration::ZERO).await?;
        let (width, height) = (pixels(before.window.0), pixels(before.window.1));
        let most = self.look.limits.height.min(TALLEST);
        let tall = pixels(before.height).saturating_add(height).min(most);
        self.window(width, tall).await?;
        let mut now = (before.posts, lost);
        for _ in 0..ROUNDS {
            self.quiet(ANSWER).await;
            tokio::time::sleep(SETTLE).await;
            let found = self.measured().await?.posts;
            let away: u64 = self.ask("lost", json!({}), Duration::ZERO).await?;
            if found <= now.0 && away >= now.1 {
                break;
            }
            now = (found, away);
        }
        let after = self.measured().await?;
        let still: u64 = self.ask("lost", json!({}), Duration::ZERO).await?;
        let more = after.posts > before.posts || (after.posts == before.posts && still < lost / 2);
        if more && after.height <= before.height.max(tall.into()) * 1.3 {
            let detail = format!("{tall} pixels tall, so that a list holds its posts");
            self.record(ActionKind::Unfixed, Some("window"), 1, Some(&detail));
            return Ok(());
        }
        self.window(width, height).await?;
        tokio::time::sleep(SETTLE).await;
        Ok(())
    }

    async fn window(&self, width: u32, height: u32) -> Result<(), Error> {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        let method = "Emulation.setDeviceMetricsOverride";
        self.look.page.call(method, metrics).await?;
        Ok(())
    }

    fn platform_menus(&self) -> Vec<(String, Vec<String>)> {
        let of = |h: &&Host| (h.name.clone(), h.platform.clone());
        let named = self.hosts.iter().map(of);
        named.filter(|(_, list)| !list.is_empty()).collect()
    }

    /// Waits for pictures; once the network is quiet, those that are not there are stuck.
    async fn pictures(&mut self) -> Result<(), Error> {
        let asked = |ms: Duration| json!({"ms": ms.as_millis()});
        let quiet = (self.look.quiet)(PICTURES);
        let waiting: u64 = tokio::select! {
            biased;
            waiting = self.ask("pictures", asked(PICTURES), PICTURES) => waiting?,
            () = quiet => self.ask("pictures", asked(SETTLE), SETTLE).await?,
        };
        self.whole.pictures_waiting = waiting;
        Ok(())
    }
}

/// Whatever a page says of its size becomes a size.
fn pixels(of: f64) -> u32 {
    let of = of.clamp(0.0, f64::from(u32::MAX));
    of as u32
}
