//! The page as pictures, one below the other, each written before the next is taken.

use std::fs;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::Error;
use super::cdp::Session;
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

/// Takes `width` x `height` pixels of the page as it stands; `taken` says at each moment what there is.
///
/// # Errors
/// When the page gives no picture, or one that is not of the size asked for, or the folder cannot be written.
pub async fn take(
    page: &Session,
    folder: &Path,
    format: TileFormat,
    (width, height): (u32, u32),
    taken: &mut Tiles,
) -> Result<(), Error> {
    let each = (PIXELS / width.max(1)).max(256);
    while taken.height < height {
        let high = each.min(height - taken.height);
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
