//! The page as pictures, one below the other, each written before the next is taken.

use std::fs;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::Error;
use super::attach::Frame;
use super::cdp::Session;
use super::conditions::WINDOW;
use super::job::TileFormat;
use super::words::Shown;

/// Pixels of one tile: larger ones cost Chromium memory by their square, smaller ones time.
const PIXELS: u32 = 1280 * 4096;

/// A busy machine takes seconds for one.
const PATIENCE: Duration = Duration::from_secs(60);

/// A frame that draws nothing within this is taken as it is.
const DRAWN: Duration = Duration::from_secs(3);

/// What of the page stands in files so far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tiles {
    pub count: u32,
    /// Pixels from the page's top.
    pub height: u32,
}

/// What is taken, and how.
pub struct Whole<'a> {
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Where frames stand, in order: those of other sites are drawn only where the window shows them.
    pub frames: &'a [Shown],
    /// Those that have a session.
    pub attached: &'a [Frame],
    /// The id of the page's main frame.
    pub main: &'a str,
    pub format: TileFormat,
}

/// Takes the page as it stands; `taken` says at each moment what there is.
///
/// # Errors
/// When the page gives no picture, or one that is not of the size asked for, or the folder cannot be written.
pub async fn take(
    page: &Session,
    folder: &Path,
    whole: &Whole<'_>,
    taken: &mut Tiles,
) -> Result<(), Error> {
    let format = whole.format;
    let (width, height) = whole.size;
    let mut scrolled = false;
    while taken.height < height {
        let (high, in_window) = next(taken.height, whole);
        if in_window || scrolled {
            let y = if in_window { taken.height } else { 0 };
            let to = format!("scrollTo({{top: {y}, left: 0, behavior: 'instant'}})");
            page.call("Runtime.evaluate", json!({"expression": to}))
                .await?;
            scrolled = in_window;
        }
        if in_window {
            drawn(page, whole, taken.height).await?;
        }
        let clip = json!({"x": 0, "y": taken.height, "width": width, "height": high, "scale": 1});
        let mut params = json!({"captureBeyondViewport": true, "clip": clip});
        let name = match format {
            TileFormat::Png => "png",
            TileFormat::Jpeg => {
                params["quality"] = json!(85);
                "jpeg"
            }
        };
        params["format"] = json!(name);
        let path = folder.join(file_name(taken.count + 1, format));
        let method = "Page.captureScreenshot";
        let answer = page.call_within(method, params, PATIENCE).await?;
        write(&path, answer, format, (width, high)).await?;
        taken.count += 1;
        taken.height += high;
    }
    Ok(())
}

/// Waits until the window at `top` shows its frames.
async fn drawn(page: &Session, whole: &Whole<'_>, top: u32) -> Result<(), Error> {
    draws(page, whole.main).await?;
    let bottom = top.saturating_add(WINDOW.1);
    for shown in whole.frames {
        let in_window = shown.top < bottom && shown.bottom > top;
        let away = shown.away.as_ref().filter(|_| in_window);
        let frame = away.and_then(|id| whole.attached.iter().find(|f| f.id == *id));
        if let Some(frame) = frame {
            match draws(&frame.session, &frame.id).await {
                // A frame that went, or crashed, is shown as it is.
                Err(error) if error.is_end() => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
    }
    Ok(())
}

/// Waits for two frames of the picture: the first has begun before it was asked. In a world of our own, as the
/// page's may run no scripts any more.
async fn draws(session: &Session, frame: &str) -> Result<(), Error> {
    let world = json!({"frameId": frame});
    let world = session
        .call_within("Page.createIsolatedWorld", world, DRAWN)
        .await;
    let context = match &world {
        Ok(world) => world.get("executionContextId"),
        Err(Error::TimedOut { .. } | Error::Refused { .. }) => None,
        Err(_) => return world.map(|_| ()),
    };
    let Some(context) = context else {
        return Ok(());
    };
    let twice = "new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))";
    let asked = json!({"expression": twice, "awaitPromise": true, "contextId": context});
    match session.call_within("Runtime.evaluate", asked, DRAWN).await {
        Err(Error::TimedOut { .. } | Error::Refused { .. }) | Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

/// How high the tile at `top` is, and whether the window must stand there.
fn next(top: u32, whole: &Whole<'_>) -> (u32, bool) {
    let (width, height) = whole.size;
    let left = height.saturating_sub(top);
    let high = (PIXELS / width.max(1)).max(256).min(left);
    let frame = whole.frames.iter().find(|shown| shown.bottom > top);
    match frame.map(|shown| shown.top.saturating_sub(top)) {
        Some(0) => (high.min(WINDOW.1), true),
        Some(until) => (high.min(until), false),
        None => (high, false),
    }
}

/// `tile-0001.png`.
pub fn file_name(number: u32, format: TileFormat) -> String {
    let ending = match format {
        TileFormat::Png => "png",
        TileFormat::Jpeg => "jpg",
    };
    format!("tile-{number:04}.{ending}")
}

async fn write(
    path: &Path,
    mut answer: Value,
    format: TileFormat,
    size: (u32, u32),
) -> Result<(), Error> {
    let lacking = |what| Error::Lacking {
        method: "Page.captureScreenshot".to_owned(),
        what,
    };
    let Some(Value::String(data)) = answer.get_mut("data").map(Value::take) else {
        return Err(lacking("the picture"));
    };
    let path = path.to_owned();
    // Some MB: not on the threads that hear the browser.
    let written = tokio::task::spawn_blocking(move || {
        let bytes = BASE64_STANDARD
            .decode(data)
            .map_err(|_| lacking("a picture that can be read"))?;
        if format == TileFormat::Png && png_size(&bytes) != Some(size) {
            return Err(lacking("a picture of the size asked for"));
        }
        fs::write(&path, bytes).map_err(|source| Error::Write { path, source })
    });
    written
        .await
        .unwrap_or_else(|_| Err(lacking("a picture that can be read")))
}

/// Width and height, where its first chunk says them.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| {
        let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(four))
    };
    Some((number(16)?, number(20)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(size: (u32, u32), frames: &[(u32, u32)]) -> Vec<(u32, u32, bool)> {
        let shown = |(top, bottom): &(u32, u32)| Shown {
            top: *top,
            bottom: *bottom,
            away: None,
        };
        let frames: Vec<Shown> = frames.iter().map(shown).collect();
        let whole = Whole {
            size,
            frames: &frames,
            attached: &[],
            main: "",
            format: TileFormat::Png,
        };
        let mut top = 0;
        let mut tiles = Vec::new();
        while top < size.1 {
            let (high, in_window) = next(top, &whole);
            tiles.push((top, high, in_window));
            top += high;
        }
        tiles
    }

    #[test]
    fn tiles_are_large_and_frames_are_taken_where_the_window_stands() {
        assert_eq!(
            plan((1280, 9000), &[]),
            [(0, 4096, false), (4096, 4096, false), (8192, 808, false)]
        );
        assert_eq!(
            plan((1280, 6000), &[(500, 700), (650, 2000), (5990, 7000)]),
            [
                (0, 500, false),
                (500, 900, true),
                (1400, 900, true),
                (2300, 3690, false),
                (5990, 10, true)
            ]
        );
        assert_eq!(
            plan((2560, 3000), &[]),
            [(0, 2048, false), (2048, 952, false)]
        );
        assert_eq!(plan((1280, 100), &[(0, 50)]), [(0, 100, true)]);
    }
}
