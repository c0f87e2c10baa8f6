//! Who asks the page: takes hold of its document, follows it to the next, and keeps what was done.

use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Look, Told, Whole, World, bounded};
use crate::browser::Error;
use crate::browser::rules::Host;
use crate::record::{Action, ActionKind};

/// Until what was asked for must have come.
pub(super) const ANSWER: Duration = Duration::from_secs(8);
/// For ending a script of the page.
const ENDING: Duration = Duration::from_secs(5);
const FAULTS: usize = 8;
const FRAMES: usize = 64;
/// A page that goes on to other documents is followed so many times.
const DOCUMENTS: u32 = 5;

pub(super) struct Reader<'a, 'b> {
    pub look: &'a Look<'b>,
    pub actions: &'a mut Vec<Action>,
    pub deadline: Instant,
    pub whole: Whole,
    /// Of the page's main frame.
    pub world: Option<World>,
    pub hosts: Vec<&'a Host>,
    /// Selectors of posts.
    pub posts: Vec<String>,
    pub opened: u32,
    pub steps: u32,
    /// The page may not go to another document.
    staying: bool,
}

impl<'a, 'b> Reader<'a, 'b> {
    pub(super) fn new(look: &'a Look<'b>, actions: &'a mut Vec<Action>) -> Self {
        let seconds = Duration::from_secs(look.limits.reading_seconds);
        Self {
            look,
            actions,
            deadline: Instant::now() + seconds,
            whole: Whole::default(),
            world: None,
            hosts: Vec::new(),
            posts: Vec::new(),
            opened: 0,
            steps: 0,
            staying: false,
        }
    }

    pub(super) fn record(
        &mut self,
        what: ActionKind,
        rule: Option<&str>,
        count: u64,
        detail: Option<&str>,
    ) {
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

    pub(super) fn limit(&mut self, name: &'static str) {
        if !self.whole.limits.contains(&name) {
            self.whole.limits.push(name);
        }
    }

    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    pub(super) async fn quiet(&self, at_most: Duration) {
        (self.look.quiet)(at_most.min(self.left())).await;
    }

    /// Takes hold of the document that is there now, and says what platform it is of.
    pub(super) async fn arrive(&mut self) -> Result<(), Error> {
        self.world = self.worlds().await?.into_iter().next();
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
        self.shadows().await?;
        let _: Value = self.ask("steady", json!({}), Duration::ZERO).await?;
        self.stay(self.staying).await
    }

    /// From now on the page is kept where it is, or may go on again.
    pub(super) async fn stay(&mut self, on: bool) -> Result<(), Error> {
        self.staying = on;
        let _: bool = self.ask("stay", json!({"on": on}), Duration::ZERO).await?;
        if on {
            // A way back is taken without asking; where there is none, it leads nowhere.
            let reset = self
                .look
                .page
                .tell("Page.resetNavigationHistory", json!({}));
            reset.await?;
        }
        Ok(())
    }

    /// Asks the page's own script. A page that has gone on to another document is followed there, and has nothing to
    /// say to what was asked of the one before.
    pub(super) async fn ask<T>(
        &mut self,
        name: &str,
        arguments: Value,
        extra: Duration,
    ) -> Result<T, Error>
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
                    self.end_script(name).await?;
                }
                Err(Error::Refused { message, .. }) => {
                    self.fault(name, &message);
                    return Ok(T::default());
                }
                Err(Error::Malformed { source, .. }) => {
                    self.fault(name, &source.to_string());
                    return Ok(T::default());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// What stands in closed shadow roots is read like the rest; where that cannot be had, it is as it was.
    pub(super) async fn shadows(&mut self) -> Result<(), Error> {
        let Some(world) = self.world.clone() else {
            return Ok(());
        };
        match world.open_shadows().await {
            Err(Error::Refused { .. } | Error::TimedOut { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A deed that failed in the page is named; the rest goes on.
    pub(super) fn fault(&mut self, name: &str, said: &str) {
        if self.whole.faults.len() < FAULTS {
            let said = bounded(said, 200);
            self.whole.faults.push(format!("{name}: {said}"));
        }
    }

    /// Of all frames that live in the page's own session.
    pub(super) async fn worlds(&mut self) -> Result<Vec<World>, Error> {
        match World::of(self.look.page).await {
            Err(Error::TimedOut { method, .. }) => {
                self.end_script(&method).await?;
                World::of(self.look.page).await
            }
            other => other,
        }
    }

    /// Of the page's frames, in its own session and in theirs.
    pub(super) async fn frames(&mut self) -> Result<Vec<World>, Error> {
        let own = self.worlds().await?;
        let mut worlds: Vec<World> = own.into_iter().filter(|w| !w.main).collect();
        for session in (self.look.frames)().into_iter().take(FRAMES) {
            match World::of(&session).await {
                Ok(found) => worlds.extend(found),
                // A frame may go at any time: that is no fault.
                Err(error) if is_of_a_frame(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(worlds)
    }

    /// Ends what the page is doing; what it does next is its own affair.
    pub(super) async fn end_script(&mut self, instead_of: &str) -> Result<(), Error> {
        let method = "Runtime.terminateExecution";
        let ended = self.look.page.call_within(method, json!({}), ENDING);
        ended.await?;
        self.record(ActionKind::ScriptEnded, None, 1, Some(instead_of));
        Ok(())
    }
}

/// Errors that say no more than that a frame went away.
pub(super) fn is_of_a_frame(error: &Error) -> bool {
    matches!(
        error,
        Error::Detached { .. }
            | Error::Refused { .. }
            | Error::Crashed { .. }
            | Error::TimedOut { .. }
    )
}
