//! Consent: asked for in the page or in a frame, declined where that can be done, else taken away.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::reader::{ANSWER, Reader, is_of_a_frame};
use super::{Told, World};
use crate::browser::Error;
use crate::record::ActionKind;

/// Until an overlay that was answered is gone.
const GOES: Duration = Duration::from_millis(2000);
/// Until a frame that asks has come.
const FRAME: Duration = Duration::from_millis(400);
const ROUNDS: u32 = 6;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Plan {
    rule: Option<String>,
    does: String,
    text: String,
    in_frame: bool,
    /// The whole page is the question: there is nothing behind it to show.
    page: bool,
}

/// What one look at one frame came to.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Nothing,
    Answered,
    /// It is there, and its answer is to be given in a frame.
    InFrame,
    /// It is there, and nothing helps.
    Stands(String),
}

impl Reader<'_, '_> {
    /// Looks in the page and its frames until nothing asks any more.
    pub(super) async fn consent(&mut self) -> Result<(), Error> {
        self.whole.consent_wall = None;
        let mut waited = 0;
        for _ in 0..ROUNDS {
            if self.left().is_zero() {
                break;
            }
            let in_frames = self.consent_in_frames().await?;
            match self.consent_in_page(waited >= 3).await? {
                Asked::Nothing if !in_frames => return Ok(()),
                Asked::Nothing => {}
                Asked::Answered => self.quiet(ANSWER).await,
                Asked::InFrame => {
                    waited += 1;
                    tokio::time::sleep(FRAME).await;
                }
                Asked::Stands(text) => {
                    self.whole.consent_wall = Some(text);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The same in the page alone, where frames were looked into before.
    pub(super) async fn consent_here(&mut self) -> Result<(), Error> {
        match self.consent_in_page(false).await? {
            Asked::Stands(text) => self.whole.consent_wall = Some(text),
            Asked::Answered => self.quiet(ANSWER).await,
            Asked::Nothing | Asked::InFrame => {}
        }
        Ok(())
    }

    /// True when one was answered.
    async fn consent_in_frames(&mut self) -> Result<bool, Error> {
        let mut answered = false;
        for world in self.frames().await? {
            match self.answer(&world, true, false).await {
                Ok(Asked::Answered) => answered = true,
                Ok(_) => {}
                Err(error) if is_of_a_frame(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(answered)
    }

    async fn consent_in_page(&mut self, waited: bool) -> Result<Asked, Error> {
        let Some(world) = self.world.clone() else {
            return Ok(Asked::Nothing);
        };
        match self.answer(&world, false, waited).await {
            Err(Error::Refused { message, .. }) => {
                self.fault("consent", &message);
                Ok(Asked::Nothing)
            }
            Err(Error::TimedOut { method, .. }) => {
                self.end_script(&method).await?;
                Ok(Asked::Nothing)
            }
            other => other,
        }
    }

    async fn answer(&mut self, world: &World, frame: bool, waited: bool) -> Result<Asked, Error> {
        let rules = self.look.rules;
        let asked = json!({"rules": rules.consent, "general": rules.general});
        let plan: Plan = match world.call("consent", &asked, Duration::ZERO).await? {
            Told::Yes(plan) => plan,
            Told::Left => return self.went(frame).await,
        };
        let Some(rule) = plan.rule.as_deref() else {
            return Ok(Asked::Nothing);
        };
        let kind = match plan.does.as_str() {
            "accept" => ActionKind::ConsentAccepted,
            _ => ActionKind::ConsentDeclined,
        };
        if plan.does != "hide" {
            let asked =
                json!({"does": plan.does, "general": rules.general, "wait": GOES.as_millis()});
            // An answer may take the page to where it was going: that it left is that it was taken.
            let gone = match world.call("answer", &asked, 3 * GOES).await {
                Ok(Told::Yes(gone)) => gone,
                Ok(Told::Left) => {
                    self.went(frame).await?;
                    true
                }
                Err(error) if frame && is_of_a_frame(&error) => true,
                Err(error) => return Err(error),
            };
            if gone {
                self.record(kind, Some(rule), 1, Some(&plan.text));
                return Ok(Asked::Answered);
            }
        }
        if frame {
            return Ok(Asked::Nothing);
        }
        if plan.page {
            // What was pressed may be on its way to the page.
            self.quiet(ANSWER).await;
            let nothing = json!({});
            let address = world.call::<String>("address", &nothing, Duration::ZERO);
            let left = matches!(address.await?, Told::Left);
            if plan.does != "hide" {
                self.record(kind, Some(rule), 1, Some(&plan.text));
            }
            return match left {
                true => self.went(frame).await,
                false => Ok(Asked::Stands(super::bounded(&plan.text, 200))),
            };
        }
        if plan.in_frame && !waited {
            return Ok(Asked::InFrame);
        }
        match world
            .call("dispel", &json!({"general": rules.general}), Duration::ZERO)
            .await?
        {
            Told::Yes(true) => {
                self.record(ActionKind::OverlayHidden, Some(rule), 1, Some(&plan.text));
                Ok(Asked::Answered)
            }
            Told::Yes(false) => Ok(Asked::Stands(super::bounded(&plan.text, 200))),
            Told::Left => self.went(frame).await,
        }
    }

    /// The document that was asked is no more; the page's next one is taken hold of.
    async fn went(&mut self, frame: bool) -> Result<Asked, Error> {
        if frame {
            return Ok(Asked::Nothing);
        }
        self.quiet(ANSWER).await;
        self.arrive().await?;
        Ok(Asked::Answered)
    }
}
