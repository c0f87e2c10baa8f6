//! Brings a page to its whole: consent declined, scrolled to its end, opened where it shows more, its pictures there,
//! nothing moving, nothing fixed to the window.
//!
//! The scripts beside this file do the deeds, one file a deed, in a world of their own. What they wait for are signs
//! (the page grew, the network is quiet), and each wait has its end.

mod consent;
mod world;

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(super) use world::{Told, World};

use super::cdp::Session;
use super::rules::{Host, PageRules};
use super::{Error, PageLimits};
use crate::record::{Action, ActionKind, Gap, GapReason};

/// Waits until no request that came newly is under way, at most so long.
pub type Quiet<'a> =
    dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> + Send + Sync + 'a;

/// What is looked at, and how far.
pub struct Look<'a> {
    pub page: &'a Session,
    /// The sessions of its frames that have one of their own, as they are now.
    pub frames: &'a (dyn Fn() -> Vec<Session> + Send + Sync),
    pub rules: &'a PageRules,
    pub limits: &'a PageLimits,
    pub quiet: &'a Quiet<'a>,
    /// Looked at with a login: the platform's own menus are hidden.
    pub logged_in: bool,
    /// When the look began: what actions count from.
    pub begun: Instant,
}

/// How it went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whole {
    /// Names of the fields of [`PageLimits`] that ended it before the page did.
    pub limits: Vec<&'static str>,
    /// What still asked for consent over the page, by what it says.
    pub consent_wall: Option<String>,
    /// Posts that stand in the page, by the rule of its platform.
    pub posts: u64,
    /// Posts that were shown at some time: more than stand, where the page lets go of what is out of sight.
    pub posts_seen: u64,
    /// In CSS pixels.
    pub height: u32,
    pub width: u32,
    /// Pictures that did not come.
    pub pictures_waiting: u64,
    /// Times the page went to another document by itself.
    pub went_on: u32,
    /// Deeds that failed in the page, by name.
    pub faults: Vec<String>,
}

impl Whole {
    /// What is lacking, as the record says it.
    pub fn gaps(&self) -> Vec<Gap> {
        let gap = |what: &str, reason| Gap {
            what: what.to_owned(),
            reason,
        };
        let limits = self.limits.iter().map(|limit| {
            let limit = (*limit).to_owned();
            gap("page", GapReason::LimitReached { limit })
        });
        let mut gaps: Vec<Gap> = limits.collect();
        if self.consent_wall.is_some() {
            gaps.push(gap("page", GapReason::ConsentWall));
        }
        if self.lets_go() {
            let detail = format!(
                "the page shows {} posts at a time, of {} seen while scrolling",
                self.posts, self.posts_seen
            );
            gaps.push(gap("posts", GapReason::NotCaptured { detail }));
        }
        if self.pictures_waiting > 0 {
            let detail = format!("{} did not come in time", self.pictures_waiting);
            gaps.push(gap("pictures", GapReason::NotCaptured { detail }));
        }
        gaps.extend(self.faults.iter().map(|fault| {
            let detail = fault.clone();
            gap("page", GapReason::NotCaptured { detail })
        }));
        gaps
    }

    /// A post may be told from another by what changes in it: a few more seen than stand are no sign.
    fn lets_go(&self) -> bool {
        self.posts_seen > self.posts + (self.posts / 10).max(2)
    }
}

/// For one call that scrolls: the browser answers between them.
const STRETCH: Duration = Duration::from_millis(700);
/// Until what was asked for by scrolling must have come.
const ANSWER: Duration = Duration::from_secs(8);
/// After the network is quiet, until what came is in the page.
const SETTLE: Duration = Duration::from_millis(250);
/// For pictures still on their way at the end.
const PICTURES: Duration = Duration::from_secs(5);
const FAULTS: usize = 8;
/// A page that goes on to other documents is followed so many times.
const DOCUMENTS: u32 = 5;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Measure {
    steps: u32,
    eager: u64,
    at: f64,
    height: f64,
    width: f64,
    posts: u64,
    known: u64,
    end: bool,
    inner: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pressed {
    pressed: Vec<PressedBy>,
    left: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PressedBy {
    rule: String,
    count: u64,
    text: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Closed {
    rule: String,
    hidden: bool,
    text: String,
}

/// Does it all; what was done is added to `actions`.
///
/// # Errors
/// When the page crashes or answers no more, the browser ends or the page is closed: what was done until then stands.
pub async fn bring_to_whole(look: &Look<'_>, actions: &mut Vec<Action>) -> Result<Whole, Error> {
    let seconds = Duration::from_secs(look.limits.reading_seconds);
    let mut reader = Reader {
        look,
        actions,
        deadline: Instant::now() + seconds,
        whole: Whole::default(),
        world: None,
        hosts: Vec::new(),
        posts: Vec::new(),
        opened: 0,
        steps: 0,
    };
    reader.arrive().await?;
    reader.consent().await?;
    reader.prompts().await?;
    reader.read_on().await?;
    reader.consent().await?;
    reader.prompts().await?;
    reader.settle().await?;
    Ok(reader.whole)
}

struct Reader<'a, 'b> {
    look: &'a Look<'b>,
    actions: &'a mut Vec<Action>,
    deadline: Instant,
    whole: Whole,
    /// Of the page's main frame.
    world: Option<World>,
    hosts: Vec<&'a Host>,
    /// Selectors of posts.
    posts: Vec<String>,
    opened: u32,
    steps: u32,
}

impl<'a> Reader<'a, '_> {
    fn record(&mut self, what: ActionKind, rule: Option<&str>, count: u64, detail: Option<&str>) {
        if count == 0 {
            return;
        }
        let rule = rule.map(|r| bounded(r, 80));
        let same = |a: &&mut Action| a.what == what && a.rule == rule;
        if let Some(action) = self.actions.iter_mut().find(same) {
            action.count = action.count.saturating_add(count);
            return;
        }
        let at = self.look.begun.elapsed().as_millis();
        self.actions.push(Action {
            at: u64::try_from(at).unwrap_or(u64::MAX),
            what,
            rule,
            count,
            detail: detail.map(|d| bounded(d, 120)).filter(|d| !d.is_empty()),
        });
    }

    fn limit(&mut self, name: &'static str) {
        if !self.whole.limits.contains(&name) {
            self.whole.limits.push(name);
        }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    async fn quiet(&self, at_most: Duration) {
        (self.look.quiet)(at_most.min(self.left())).await;
    }

    /// Takes hold of the document that is there now, and says what platform it is of.
    async fn arrive(&mut self) -> Result<(), Error> {
        self.world = World::of(self.look.page).await?.into_iter().next();
        let rules = self.look.rules;
        let address: String = self.ask("address", json!({}), Duration::ZERO).await?;
        let Ok(address) = address.parse() else {
            return Ok(());
        };
        let may: Vec<&'a Host> = rules.hosts_for(&address);
        let by_sign: Vec<&Host> = may.iter().copied().filter(|h| h.hosts.is_empty()).collect();
        let asked = json!({"hosts": by_sign});
        let here: Vec<String> = self.ask("here", asked, Duration::ZERO).await?;
        let is_here = |h: &&Host| !h.hosts.is_empty() || here.contains(&h.name);
        self.hosts = may.into_iter().filter(is_here).collect();
        let of_hosts = self.hosts.iter().flat_map(|h| &h.posts);
        self.posts = of_hosts.chain(&rules.general.posts).cloned().collect();
        let _: Value = self.ask("steady", json!({}), Duration::ZERO).await?;
        Ok(())
    }

    /// Asks the page's own script. A page that has gone on to another document is followed there, and has nothing to
    /// say to what was asked of the one before.
    async fn ask<T>(&mut self, name: &str, arguments: Value, extra: Duration) -> Result<T, Error>
    where
        T: DeserializeOwned + Default,
    {
        let mut ended = false;
        loop {
            let Some(world) = self.world.clone() else {
                return Ok(T::default());
            };
            match world.call(name, &arguments, extra).await {
                Ok(Told::Yes(told)) => return Ok(told),
                Ok(Told::Left) => {
                    self.world = None;
                    self.whole.went_on += 1;
                    if self.whole.went_on <= DOCUMENTS {
                        self.quiet(ANSWER).await;
                        Box::pin(self.arrive()).await?;
                    }
                    return Ok(T::default());
                }
                // The page's own script does not end: it is ended, once, and asked again.
                Err(Error::TimedOut { .. }) if !ended => {
                    ended = true;
                    let method = "Runtime.terminateExecution";
                    self.look.page.call(method, json!({})).await?;
                    self.record(ActionKind::ScriptEnded, None, 1, Some(name));
                }
                Err(Error::Refused { message, .. }) => {
                    if self.whole.faults.len() < FAULTS {
                        let message = bounded(&message, 200);
                        self.whole.faults.push(format!("{name}: {message}"));
                    }
                    return Ok(T::default());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Scrolls to the end and opens what shows more, until nothing is left of either or a limit ends it.
    async fn read_on(&mut self) -> Result<(), Error> {
        let limits = self.look.limits;
        let mut still = 0;
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
            still += 1;
            if still > 1 {
                break;
            }
            self.consent_here().await?;
            self.prompts().await?;
            let _: bool = self.ask("nudge", json!({}), Duration::ZERO).await?;
        }
        Ok(())
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
        let limits = self.look.limits;
        let most = limits.expansions.saturating_sub(self.opened);
        let asked = json!({
            "hosts": self.hosts, "general": self.look.rules.general, "height": limits.height,
            "most": most, "ms": STRETCH.as_millis(),
        });
        let told: Pressed = self.ask("expand", asked, STRETCH).await?;
        let mut all = 0;
        for by in told.pressed.iter().take(64) {
            self.record(
                ActionKind::Expanded,
                Some(&by.rule),
                by.count,
                Some(&by.text),
            );
            all += by.count;
        }
        let all32 = u32::try_from(all).unwrap_or(u32::MAX);
        self.opened = self.opened.saturating_add(all32);
        if told.left > 0 && self.opened >= limits.expansions {
            self.limit("expansions");
        }
        Ok(all)
    }

    /// Closes what lies over the page and may be closed.
    async fn prompts(&mut self) -> Result<(), Error> {
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
    async fn settle(&mut self) -> Result<(), Error> {
        let filled: u64 = self.ask("filled", json!({}), Duration::ZERO).await?;
        self.record(ActionKind::LazyLoaded, Some("general"), filled, None);
        self.pictures().await?;
        let _: bool = self.ask("top", json!({}), Duration::ZERO).await?;
        let stopped: u64 = self.ask("still", json!({}), Duration::ZERO).await?;
        self.record(ActionKind::AnimationStopped, None, stopped, None);
        if self.look.logged_in {
            for (name, selectors) in self.platform_menus() {
                let asked = json!({"selectors": selectors});
                let hidden: u64 = self.ask("conceal", asked, Duration::ZERO).await?;
                self.record(ActionKind::ElementHidden, Some(&name), hidden, None);
            }
        }
        let opened: u64 = self.ask("opened", json!({}), Duration::ZERO).await?;
        self.record(ActionKind::Unfixed, Some("scroller"), opened, None);
        // Scripts of the page may answer the first by fixing anew.
        for _ in 0..2 {
            let unfixed: u64 = self.ask("unfix", json!({}), Duration::ZERO).await?;
            self.record(ActionKind::Unfixed, None, unfixed, None);
            let _: bool = self.ask("top", json!({}), Duration::ZERO).await?;
        }
        let asked = json!({"posts": self.posts});
        let last: Measure = self.ask("measure", asked, Duration::ZERO).await?;
        self.whole.posts = last.posts;
        self.whole.posts_seen = self.whole.posts_seen.max(last.known);
        self.whole.height = pixels(last.height);
        self.whole.width = pixels(last.width);
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

fn bounded(text: &str, most: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(most)
        .collect()
}

/// Whatever a page says of its size becomes a size.
fn pixels(of: f64) -> u32 {
    let of = of.clamp(0.0, f64::from(u32::MAX));
    of as u32
}

#[cfg(test)]
mod tests;
