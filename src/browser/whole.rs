//! Brings a page to its whole: consent declined, scrolled to its end, opened where it shows more, its pictures there,
//! nothing moving, nothing fixed to the window.
//!
//! The scripts beside this file do the deeds, one file a deed, in a world of their own. What they wait for are signs
//! (the page grew, the network is quiet), and each wait has its end.

mod consent;
mod reader;
mod reading;
mod settle;
mod world;

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use reader::Reader;
pub(super) use world::{FIRST, NAME, Told, World};

use super::cdp::Session;
use super::rules::PageRules;
use super::{Error, PageLimits};
use crate::record::{Action, Gap, GapReason};

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
    /// Texts that the page took away while it was scrolled and that did not come again.
    pub lost: u64,
    /// Boxes that scroll inside the page and were left as they are.
    pub left_closed: u64,
    /// Buttons that should show more, and bring nothing however often they are pressed.
    pub failed: Vec<String>,
    /// Times the page went to another document by itself.
    pub went_on: u32,
    /// Deeds that failed in the page, by name, and what the page still said at its end.
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
        if self.loses() && !self.lets_go() {
            let detail = format!("{} were taken away again while scrolling", self.lost);
            gaps.push(gap("texts", GapReason::NotCaptured { detail }));
        }
        if self.left_closed > 0 {
            let detail = format!(
                "{} were left closed: the time was over, or they are too wide",
                self.left_closed
            );
            gaps.push(gap("boxes that scroll", GapReason::NotCaptured { detail }));
        }
        gaps.extend(self.failed.iter().map(|name| {
            let detail = format!("\"{name}\" was pressed again and again and brings nothing");
            gap(
                "what a button should show",
                GapReason::NotCaptured { detail },
            )
        }));
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

    /// One or two may be what a page changes of itself.
    fn loses(&self) -> bool {
        self.lost > 2
    }

    /// A post may be told from another by what changes in it: a few more seen than stand are no sign.
    fn lets_go(&self) -> bool {
        self.posts_seen > self.posts + (self.posts / 10).max(2)
    }
}

/// Does it all; what was done is added to `actions`.
///
/// # Errors
/// When the page crashes or answers no more, the browser ends or the page is closed: what was done until then stands.
pub async fn bring_to_whole(look: &Look<'_>, actions: &mut Vec<Action>) -> Result<Whole, Error> {
    let mut reader = Reader::new(look, actions);
    reader.arrive().await?;
    reader.consent().await?;
    reader.stay(true).await?;
    reader.prompts().await?;
    reader.read_on().await?;
    // An answer may load the page anew.
    reader.stay(false).await?;
    reader.consent().await?;
    reader.stay(true).await?;
    reader.prompts().await?;
    reader.settle().await?;
    Ok(reader.whole)
}

fn bounded(text: &str, most: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(most)
        .collect()
}

#[cfg(test)]
mod tests;
