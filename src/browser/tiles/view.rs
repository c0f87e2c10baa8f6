//! The window on a page: where it stands, and what it has drawn. Asked in a world of our own: the page's may run no
//! scripts any more, and may have put anything in the place of what is called.

use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::Error;
use crate::browser::cdp::Session;

/// A frame that draws nothing within this is taken as it is.
const DRAWN: Duration = Duration::from_secs(3);

/// For moving the window; half a million elements take seconds on a busy machine.
const MOVED: Duration = Duration::from_secs(30);

/// One frame's window; without a world, where it lets nobody have one.
pub(in crate::browser) struct View {
    session: Session,
    context: Option<i64>,
}

/// Where a window stands, in pixels of the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seen {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Seen {
    /// True when it shows all between `top` and `bottom`, so wide.
    pub(super) fn holds(self, (top, bottom): (u32, u32), width: u32) -> bool {
        self.x <= 0.0
            && f64::from(width) <= self.width
            && f64::from(top) >= self.y
            && f64::from(bottom) <= self.y + self.height
    }
}

impl View {
    /// Of a frame by its id.
    pub(in crate::browser) async fn of(session: &Session, frame: &str) -> Result<Self, Error> {
        let asked = json!({"frameId": frame, "worldName": "arkivd-view"});
        let world = session
            .call_within("Page.createIsolatedWorld", asked, DRAWN)
            .await;
        let context = match world {
            Ok(world) => world.get("executionContextId").and_then(Value::as_i64),
            Err(Error::TimedOut { .. } | Error::Refused { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(Self {
            session: session.clone(),
            context,
        })
    }

    /// Moves the window there, as far as the page lets it, and says where it stands then.
    pub(super) async fn stand(&self, y: u32) -> Result<Option<Seen>, Error> {
        let to = format!(
            "scrollTo({{top: {y}, left: 0, behavior: 'instant'}}); [scrollX, scrollY, innerWidth, innerHeight]"
        );
        let told = self.evaluate(&to, MOVED).await?;
        let told: Option<[f64; 4]> = told.and_then(|told| serde_json::from_value(told).ok());
        Ok(told.map(|[x, y, width, height]| Seen {
            x,
            y,
            width,
            height,
        }))
    }

    /// Waits for two frames of the picture: the first has begun before it was asked.
    pub(super) async fn draws(&self) -> Result<(), Error> {
        let twice = "new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))";
        self.evaluate(twice, DRAWN).await.map(|_| ())
    }

    /// `None` where nothing was told.
    pub(in crate::browser) async fn evaluate(
        &self,
        expression: &str,
        time: Duration,
    ) -> Result<Option<Value>, Error> {
        let Some(context) = self.context else {
            return Ok(None);
        };
        let asked = json!({
            "expression": expression, "contextId": context, "awaitPromise": true, "returnByValue": true,
        });
        match self
            .session
            .call_within("Runtime.evaluate", asked, time)
            .await
        {
            Ok(told) => Ok(told.pointer("/result/value").cloned()),
            Err(Error::TimedOut { .. } | Error::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_what_it_shows_whole() {
        let seen = Seen {
            x: 0.0,
            y: 900.0,
            width: 1280.0,
            height: 900.0,
        };
        assert!(seen.holds((900, 1800), 1280));
        assert!(seen.holds((1000, 1100), 800));
        for (rows, width) in [((0, 900), 1280), ((900, 1801), 1280), ((900, 1800), 1281)] {
            assert!(!seen.holds(rows, width), "{rows:?} {width}");
        }
        assert!(!Seen { x: 5.0, ..seen }.holds((900, 1800), 1280));
    }
}
