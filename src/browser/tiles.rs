//! The page as pictures, one below the other, each written before the next is taken.

use std::fs;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::Error;
use super::cdp::Session;
use super::conditions::WINDOW;
use super::job::TileFormat;

/// Pixels of one tile: larger ones cost Chromium memory by their square, smaller ones time.
const PIXELS: u32 = 1280 * 4096;

/// A busy machine takes seconds for one.
const PATIENCE: Duration = Duration::from_secs(60);

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
    /// From where to where frames stand, in order: those of other sites are drawn only where the window shows them.
    pub frames: &'a [(u32, u32)],
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

/// How high the tile at `top` is, and whether the window must stand there.
fn next(top: u32, whole: &Whole<'_>) -> (u32, bool) {
    let (width, height) = whole.size;
    let left = height.saturating_sub(top);
    let high = (PIXELS / width.max(1)).max(256).min(left);
    let frame = whole.frames.iter().find(|(_, end)| *end > top);
    match frame {
        Some((begins, _)) if *begins <= top => (high.min(WINDOW.1), true),
        Some((begins, _)) => (high.min(begins - top), false),
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
        let whole = Whole {
            size,
            frames,
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
