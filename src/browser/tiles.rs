//! The page as pictures, one below the other, each written before the next is taken.

mod view;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;

use super::Error;
use super::attach::Frame;
use super::cdp::{Base64, Session};
use super::conditions::WINDOW;
use super::job::TileFormat;
use super::words::Shown;
pub(super) use view::View;

/// Pixels of one tile. Larger ones cost memory, smaller ones time: 57,000 pixels took 5.1 s by 4096, and 4.0 s by these.
const PIXELS: u32 = 1280 * 8192;

/// A busy machine takes seconds for one.
const PATIENCE: Duration = Duration::from_secs(60);

/// A picture of more than the window has the whole page laid out anew, and once more after it: where that takes so
/// long, the rest is taken where the window stands.
const SLOW: Duration = Duration::from_secs(4);

/// What takes longer than this is not waited for where the window can stand there instead.
const LAID_OUT: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
struct Shot {
    data: Base64,
}

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
    pictures(page, folder, whole, taken, SLOW).await
}

async fn pictures(
    page: &Session,
    folder: &Path,
    whole: &Whole<'_>,
    taken: &mut Tiles,
    patient: Duration,
) -> Result<(), Error> {
    let format = whole.format;
    let (width, height) = whole.size;
    let view = View::of(page, whole.main).await?;
    let (mut scrolled, mut slow) = (false, false);
    while taken.height < height {
        let (high, in_window) = next(taken.height, whole, slow);
        let mut beyond = true;
        if in_window || scrolled {
            let y = if in_window { taken.height } else { 0 };
            let seen = view.stand(y).await?;
            scrolled = in_window;
            if in_window {
                drawn(&view, whole, y).await?;
                beyond = !seen.is_some_and(|seen| seen.holds((y, y + high), width));
            }
        }
        let clip = json!({"x": 0, "y": taken.height, "width": width, "height": high, "scale": 1});
        let mut params = json!({"captureBeyondViewport": beyond, "clip": clip});
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
        let begun = Instant::now();
        let may_stand = beyond && !slow && width <= WINDOW.0;
        let time = if may_stand { LAID_OUT } else { PATIENCE };
        let shot = match page.fetch(method, params, time, None).await {
            Ok((shot, _)) => shot,
            // So many elements that not one comes: the window alone costs next to nothing.
            Err(Error::TimedOut { .. }) if may_stand => {
                slow = true;
                continue;
            }
            Err(error) => return Err(error),
        };
        slow |= begun.elapsed() > patient;
        write(path, shot, format, (width, high)).await?;
        taken.count += 1;
        taken.height += high;
    }
    Ok(())
}

/// Waits until the window at `top` shows its frames.
async fn drawn(view: &View, whole: &Whole<'_>, top: u32) -> Result<(), Error> {
    view.draws().await?;
    let bottom = top.saturating_add(WINDOW.1);
    for shown in whole.frames {
        let in_window = shown.top < bottom && shown.bottom > top;
        let away = shown.away.as_ref().filter(|_| in_window);
        let frame = away.and_then(|id| whole.attached.iter().find(|f| f.id == *id));
        if let Some(frame) = frame {
            let draws = async { View::of(&frame.session, &frame.id).await?.draws().await };
            match draws.await {
                // A frame that went, or crashed, is shown as it is.
                Err(error) if error.is_end() => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
    }
    Ok(())
}

/// How high the tile at `top` is, and whether the window must stand there.
fn next(top: u32, whole: &Whole<'_>, slow: bool) -> (u32, bool) {
    let (width, height) = whole.size;
    let left = height.saturating_sub(top);
    if slow && width <= WINDOW.0 {
        return (left.min(WINDOW.1), true);
    }
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
    path: PathBuf,
    shot: Shot,
    format: TileFormat,
    size: (u32, u32),
) -> Result<(), Error> {
    let lacking = |what| Error::Lacking {
        method: "Page.captureScreenshot".to_owned(),
        what,
    };
    let bytes = shot.data.0;
    if format == TileFormat::Png && png_size(&bytes) != Some(size) {
        return Err(lacking("a picture of the size asked for"));
    }
    // Some MB: not on the threads that hear the browser.
    let written = tokio::task::spawn_blocking(move || {
        fs::write(&path, bytes).map_err(|source| Error::Write { path, source })
    });
    written
        .await
        .unwrap_or_else(|_| Err(lacking("a picture that can be written")))
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
mod tests;
