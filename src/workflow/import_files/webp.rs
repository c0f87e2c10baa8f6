//! WebP, which has no place in PDF/A-1: made a PNG that nobody else sees.

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek as _};
use std::path::Path;

use super::Fault;
use super::pdfs::Outcome;
use crate::platform::import::FileKind;
use crate::workflow::io_error;

/// Pixels that are decoded.
const MOST_PIXELS: u64 = 40_000_000;

/// A WebP as a PNG that nobody else sees, or why that is not made.
pub(super) fn webp_as_png(path: &Path, kind: FileKind) -> Outcome<Result<File, String>> {
    use image::{ImageDecoder as _, ImageFormat, ImageReader, Limits};
    let damaged = |error: image::ImageError| Fault::Damaged {
        kind,
        detail: error.to_string(),
    };
    let file = File::open(path).map_err(io_error(path))?;
    let mut reader = ImageReader::with_format(BufReader::new(file), ImageFormat::WebP);
    let mut limits = Limits::default();
    limits.max_alloc = Some(4 * MOST_PIXELS + (64 << 20));
    reader.limits(limits);
    let decoder = match reader.into_decoder() {
        Ok(decoder) => decoder,
        Err(error) => return Ok(Err(damaged(error))),
    };
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        let told = format!("{width} x {height} pixels; such a picture may have {MOST_PIXELS}");
        return Ok(Ok(Err(told)));
    }
    let picture = match image::DynamicImage::from_decoder(decoder) {
        Ok(picture) => picture,
        Err(error) => return Ok(Err(damaged(error))),
    };
    let mut png = tempfile::tempfile().map_err(io_error(path))?;
    let mut to = BufWriter::new(&mut png);
    if let Err(error) = picture.write_to(&mut to, ImageFormat::Png) {
        return match full(&error) {
            Some(source) => Err(io_error(path)(source)),
            None => Ok(Err(damaged(error))),
        };
    }
    drop(to);
    png.rewind().map_err(io_error(path))?;
    Ok(Ok(Ok(png)))
}

/// The full disk under an error, if that is what it is.
pub(super) fn full(error: &(dyn std::error::Error + 'static)) -> Option<std::io::Error> {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    let mut under = Some(error);
    while let Some(error) = under {
        let kind = error
            .downcast_ref::<std::io::Error>()
            .map(std::io::Error::kind);
        if matches!(kind, Some(StorageFull | QuotaExceeded)) {
            return Some(StorageFull.into());
        }
        under = error.source();
    }
    None
}
