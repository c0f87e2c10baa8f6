//! The taking of a page that stands: held still, measured, read, pictured, printed.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::json;

use super::super::cdp::Session;
use super::super::whole::{Told, World};
use super::super::words::{self, Words};
use super::super::{Error, paper, tiles};
use super::ask;
use super::visit::{Stop, Visit, is_end, not_captured};
use crate::record::{Gap, GapReason};

/// Requests that never end, by name; a page may have thousands.
const STUCK: usize = 100;

/// For what is asked of a page that may have tens of thousands of elements.
const ASKED: Duration = Duration::from_secs(30);

impl Visit<'_> {
    /// Words, pictures and print of the page as it stands.
    pub(super) async fn look(&mut self, page: &Session) -> Result<(), Stop> {
        self.held(page).await?;
        self.size = self.measured(page).await?;
        let Some(open) = &self.open else {
            return Ok(());
        };
        let (frames, main) = (open.attach.frames(), open.frame.clone());
        let document = open.traffic.document().unwrap_or_default();
        let broken = document.failed.filter(|error| error != "net::ERR_ABORTED");
        self.gaps.extend(broken.map(|error| Gap {
            what: document.address,
            reason: GapReason::Unreachable { detail: error },
        }));
        let stuck = open.traffic.under_way().into_iter().map(|r| Gap {
            what: r.address,
            reason: GapReason::Stuck { seconds: r.seconds },
        });
        self.gaps.extend(stuck.take(STUCK));
        let refused = open.traffic.not_answered().into_iter().map(|r| Gap {
            what: r.address,
            reason: GapReason::Refused { status: r.status },
        });
        self.gaps.extend(refused);
        // A page that is about to lead elsewhere stays where it was judged.
        let _ = page.tell("Page.stopLoading", json!({})).await;
        match words::read(page, &frames, self.size).await {
            Ok(words) => self.words = Some(words),
            Err(error) if is_end(&error) => return Err(error.into()),
            Err(error) => {
                self.words = Some(Words::default());
                self.lacks("the page's words", &error);
            }
        }
        let whole = tiles::Whole {
            size: self.size,
            frames: self.words.as_ref().map_or(&[], |w| &w.frames),
            attached: &frames,
            main: &main,
            format: self.job.tiles,
        };
        let taking = tiles::take(page, self.folder, &whole, &mut self.tiles);
        if let Err(error) = taking.await {
            let keeps =
                self.tiles.count > 0 && !is_end(&error) && !matches!(error, Error::Write { .. });
            if !keeps {
                return Err(error.into());
            }
            self.lacks(
                &format!("the page below {} pixels", self.tiles.height),
                &error,
            );
        }
        self.printed(page).await?;
        self.kept_from(page).await
    }

    /// Where the page would have gone while it was looked at.
    async fn kept_from(&mut self, page: &Session) -> Result<(), Stop> {
        let kept: Vec<String> = match asked(page, "would").await {
            Ok(kept) => kept,
            Err(error) if is_end(&error) => return Err(error.into()),
            Err(_) => Vec::new(),
        };
        self.gaps
            .extend(kept.into_iter().take(8).map(|address| Gap {
                what: address,
                reason: not_captured("the page would have gone there, and was kept where it was"),
            }));
        Ok(())
    }

    async fn printed(&mut self, page: &Session) -> Result<(), Stop> {
        match paper::print(page, self.folder).await {
            Ok(()) => {}
            Err(error @ Error::Write { .. }) => return Err(error.into()),
            Err(error) => {
                self.lacks("the page's print", &error);
            }
        }
        self.printed = true;
        Ok(())
    }

    /// Stops what would change the page while it is taken: its scripts, in all its frames.
    async fn held(&self, page: &Session) -> Result<(), Error> {
        // Drawn wherever it is, in the page's own fonts, from its top.
        match asked::<bool>(page, "held").await {
            Err(Error::TimedOut { .. } | Error::Refused { .. }) | Ok(_) => {}
            Err(error) => return Err(error),
        }
        let frames = self.open.as_ref().map(|o| o.attach.frames());
        let frames = frames.unwrap_or_default();
        for session in std::iter::once(page).chain(frames.iter().map(|f| &f.session)) {
            let never = json!({"value": true});
            let _ = session
                .tell("Emulation.setScriptExecutionDisabled", never)
                .await;
        }
        Ok(())
    }

    /// The page's size as far as the limits let it be taken.
    async fn measured(&mut self, page: &Session) -> Result<(u32, u32), Error> {
        let (width, height) = ask::size(page).await?;
        let limits = &self.job.limits;
        for (name, is, most) in [
            ("width", width, limits.width),
            ("height", height, limits.height),
        ] {
            if is > most {
                self.gaps.push(Gap {
                    what: format!("the page's {name} of {is} pixels"),
                    reason: GapReason::LimitReached {
                        limit: format!("{name} = {most}"),
                    },
                });
            }
        }
        Ok((
            width.min(limits.width).max(1),
            height.min(limits.height).max(1),
        ))
    }
}

/// Asks in a world of our own, where nothing that is called is the page's.
async fn asked<T: DeserializeOwned + Default>(page: &Session, name: &str) -> Result<T, Error> {
    let worlds = World::of(page).await?;
    let Some(world) = worlds.first() else {
        return Ok(T::default());
    };
    match world.call(name, &json!({}), ASKED).await? {
        Told::Yes(told) => Ok(told),
        Told::Left => Ok(T::default()),
    }
}
