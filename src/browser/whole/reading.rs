//! Reading to the end: scrolling, waiting for what that brings, and opening what shows more.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Told;
use super::World;
use super::reader::{ANSWER, Reader, is_of_a_frame};
use crate::browser::Error;
use crate::record::ActionKind;

/// For one call that scrolls: the browser answers between them.
const STRETCH: Duration = Duration::from_millis(700);
/// After the network is quiet, until what came is in the page.
pub(super) const SETTLE: Duration = Duration::from_millis(250);
/// What a page draws later than its answer came is waited for so long, where it would end.
const LATE: Duration = Duration::from_millis(1300);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Measure {
    pub steps: u32,
    pub eager: u64,
    pub at: f64,
    pub height: f64,
    pub width: f64,
    pub posts: u64,
    pub known: u64,
    pub end: bool,
    /// Its width and height.
    pub window: (f64, f64),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Inside {
    steps: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pressed {
    pressed: Vec<PressedBy>,
    left: u64,
    /// Buttons that bring nothing however often they are pressed.
    failed: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PressedBy {
    rule: String,
    count: u64,
    text: String,
}

impl Reader<'_, '_> {
    /// Scrolls to the end and opens what shows more, until nothing is left of either or a limit ends it.
    pub(super) async fn read_on(&mut self) -> Result<(), Error> {
        let limits = self.look.limits;
        let (mut still, mut waited) = (0, false);
        loop {
            if self.left().is_zero() {
                self.limit("reading_seconds");
                break;
            }
            let asked = json!({
                "ms": STRETCH.as_millis().min(self.left().as_millis()), "share": 0.9,
                "steps": limits.steps.saturating_sub(self.steps), "height": limits.height,
                "posts": self.posts, "most": limits.posts,
            });
            let told: Measure = self.ask("scroll", asked, STRETCH).await?;
            self.steps = self.steps.saturating_add(told.steps);
            self.record(ActionKind::Scrolled, None, told.steps.into(), None);
            self.record(ActionKind::LazyLoaded, None, told.eager, None);
            self.whole.posts_seen = self.whole.posts_seen.max(told.known);
            let at_limit = self.limits_hit(&told);
            let pressed = self.expand().await?;
            if at_limit {
                break;
            }
            if !told.end && told.steps > 0 {
                still = 0;
                continue;
            }
            if self.grown(&told).await? || pressed > 0 {
                still = 0;
                continue;
            }
            if self.inside().await? {
                self.quiet(ANSWER).await;
                still = 0;
                continue;
            }
            still += 1;
            if still > 1 {
                // A page that grows of itself without end is waited for once.
                let first = !std::mem::replace(&mut waited, true);
                let more = first || self.ask("loads", json!({}), Duration::ZERO).await?;
                if more && self.late(&told).await? {
                    still = 0;
                    continue;
                }
                break;
            }
            self.shadows().await?;
            self.stay(false).await?;
            self.consent_here().await?;
            self.stay(true).await?;
            self.prompts().await?;
            if self.expand_in_frames().await? > 0 {
                self.quiet(ANSWER).await;
            }
            let _: bool = self.ask("nudge", json!({}), Duration::ZERO).await?;
        }
        self.taller_frames().await
    }

    /// Waits for what comes later than its answer; longer where the page says that it loads. True if the page has grown.
    async fn late(&mut self, since: &Measure) -> Result<bool, Error> {
        let asked = |ms: Duration| json!({"height": since.height, "known": since.known, "posts": self.posts, "ms": ms.as_millis()});
        let wait = LATE.min(self.left());
        let (short, longer) = (asked(wait), asked(ANSWER.min(self.left())));
        if self.ask("grown", short, wait).await? {
            return Ok(true);
        }
        if !self.ask("loads", json!({}), Duration::ZERO).await? {
            return Ok(false);
        }
        if self.ask("grown", longer, ANSWER).await? {
            return Ok(true);
        }
        if self.ask("loads", json!({}), Duration::ZERO).await? {
            self.fault("end", "the page still says that it loads more");
        }
        Ok(false)
    }

    /// Frames that scroll in themselves are made as tall as what they hold, the innermost first.
    async fn taller_frames(&mut self) -> Result<(), Error> {
        let frames = self.frames().await?;
        let mut cut = 0;
        for inner in frames.iter().rev() {
            let Some(page) = self.world.clone() else {
                break;
            };
            let height: f64 = match inner.call("tall", &json!({}), Duration::ZERO).await {
                Ok(Told::Yes(height)) => height,
                Ok(Told::Left) => continue,
                Err(error) if is_of_a_frame(&error) => continue,
                Err(error) => return Err(error),
            };
            if height <= 0.0 {
                continue;
            }
            match self.taller(&page, &frames, inner, height).await?.as_deref() {
                Some("yes") => self.record(ActionKind::Unfixed, Some("frame"), 1, None),
                Some("no") => {}
                _ => cut += 1,
            }
        }
        if cut > 0 {
            let said = format!("{cut} scroll in themselves and are cut off at their boxes");
            self.fault("frames", &said);
        }
        Ok(())
    }

    /// Asked of the document that holds it, which only its own session knows.
    async fn taller(
        &self,
        page: &World,
        frames: &[World],
        inner: &World,
        height: f64,
    ) -> Result<Option<String>, Error> {
        for holder in std::iter::once(page).chain(frames) {
            match holder.taller(inner, height).await {
                Ok(None) => {}
                Ok(said) => return Ok(said),
                Err(error) if is_of_a_frame(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Scrolls what scrolls inside the page; true if anything did.
    async fn inside(&mut self) -> Result<bool, Error> {
        let limits = self.look.limits;
        let time = (3 * STRETCH).min(self.left());
        let asked =
            json!({"ms": time.as_millis(), "steps": limits.steps.saturating_sub(self.steps)});
        let told: Inside = self.ask("inside", asked, time).await?;
        self.steps = self.steps.saturating_add(told.steps);
        self.record(ActionKind::Scrolled, None, told.steps.into(), None);
        Ok(told.steps > 0)
    }

    fn limits_hit(&mut self, told: &Measure) -> bool {
        let limits = self.look.limits;
        if self.steps >= limits.steps && !told.end {
            self.limit("steps");
        }
        if told.posts >= u64::from(limits.posts) {
            self.limit("posts");
        }
        if told.at >= f64::from(limits.height) && told.height > f64::from(limits.height) {
            self.limit("height");
        }
        // Scrolling goes on where no more buttons may be pressed.
        self.whole.limits.iter().any(|l| *l != "expansions")
    }

    /// Waits until the page has grown since it was measured, or the network has been quiet and it has not.
    async fn grown(&mut self, since: &Measure) -> Result<bool, Error> {
        let wait = ANSWER.min(self.left());
        let asked = |ms: Duration| json!({"height": since.height, "known": since.known, "posts": self.posts, "ms": ms.as_millis()});
        let (long, short) = (asked(wait), asked(SETTLE));
        let quiet = (self.look.quiet)(wait);
        tokio::select! {
            biased;
            grown = self.ask("grown", long, wait) => return grown,
            () = quiet => {}
        }
        self.ask("grown", short, SETTLE).await
    }

    /// Presses what shows more, once over the page as it is; says how many.
    async fn expand(&mut self) -> Result<u64, Error> {
        let asked = self.to_expand();
        let told: Pressed = self.ask("expand", asked, STRETCH).await?;
        Ok(self.expanded(&told))
    }

    /// The same in its frames, with what a frame may have of its own.
    async fn expand_in_frames(&mut self) -> Result<u64, Error> {
        let mut all = 0;
        for world in self.frames().await? {
            let asked = self.to_expand();
            match world.call::<Pressed>("expand", &asked, STRETCH).await {
                Ok(Told::Yes(told)) => all += self.expanded(&told),
                Ok(Told::Left) => {}
                Err(error) if is_of_a_frame(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    fn to_expand(&self) -> Value {
        let limits = self.look.limits;
        json!({
            "hosts": self.hosts, "general": self.look.rules.general, "height": limits.height,
            "most": limits.expansions.saturating_sub(self.opened), "ms": STRETCH.as_millis(),
        })
    }

    fn expanded(&mut self, told: &Pressed) -> u64 {
        let mut all = 0_u64;
        for by in told.pressed.iter().take(64) {
            let (rule, text) = (Some(by.rule.as_str()), Some(by.text.as_str()));
            self.record(ActionKind::Expanded, rule, by.count, text);
            all = all.saturating_add(by.count);
        }
        for name in &told.failed {
            let name = super::bounded(name, 80);
            if !self.whole.failed.contains(&name) && self.whole.failed.len() < 8 {
                self.whole.failed.push(name);
            }
        }
        let pressed = u32::try_from(all).unwrap_or(u32::MAX);
        self.opened = self.opened.saturating_add(pressed);
        if told.left > 0 && self.opened >= self.look.limits.expansions {
            self.limit("expansions");
        }
        all
    }
}
