//! Drawings in SVG, drawn by resvg as sharp as print shows them, on white, with the program's own fonts.
//!
//! Nothing outside the file is read: no other file, no address, no font of the machine. What a drawing may cost is
//! reckoned before it is read (`source`) and before it is drawn (`cost`), not by a clock: the same drawing gives
//! the same picture on each machine.

mod cost;
mod source;

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use image::{DynamicImage, RgbImage};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, ImageHrefResolver, ImageKind, Options, Tree, fontdb};

use super::NotDrawn;
use super::anew::{MAX_HEIGHT, MAX_WIDTH};
use super::decode::BROKEN;
use super::kind::{Kind, kind};
use crate::pdfa::fonts::BUILT_IN;

/// Print shows 300 dots where a drawing has 96 (CSS Values, 5.2).
const SHARPER: f32 = 300.0 / 96.0;
/// Bytes of a drawing, unpacked.
pub const MAX_BYTES: usize = 4 << 20;
/// Pixels of all pictures within a drawing together.
const MAX_INNER: u64 = 16_000_000;
/// Drawings are groups within groups; how deep they may be fits in this.
const STACK: usize = 64 << 20;

const ENCODED: &str =
    "teckningen (SVG) har en annan teckenkodning än UTF-8, vilket inte kan återges";

/// A drawing's pixels, and the size it says it has.
pub struct Drawn {
    pub image: DynamicImage,
    pub width: u32,
    pub height: u32,
}

pub fn too_costly() -> NotDrawn {
    "teckningen (SVG) kräver orimligt mycket arbete att visa".to_owned()
}

/// Unpacks an SVG in gzip, within limits.
pub fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, NotDrawn> {
    let mut out = Vec::new();
    let limit = MAX_BYTES as u64 + 1;
    let read = flate2::read::GzDecoder::new(bytes)
        .take(limit)
        .read_to_end(&mut out);
    if kind(&out) != Kind::Svg {
        return Err("bildformatet kan inte återges i dokumentet".to_owned());
    }
    read.map_err(|_| BROKEN)?;
    Ok(out)
}

pub fn render(bytes: &[u8]) -> Result<Drawn, NotDrawn> {
    if bytes.len() > MAX_BYTES {
        return Err(too_costly());
    }
    let text = std::str::from_utf8(bytes).map_err(|e| match e.error_len() {
        // It ends within a letter.
        None => BROKEN,
        Some(_) => ENCODED,
    })?;
    // A stack of its own: how deep a drawing goes does not depend on whose thread this is.
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || draw(text))
            .map_err(|_| "datorn kunde inte starta en tråd för teckningen".to_owned())?;
        worker.join().unwrap_or_else(|_| Err(BROKEN.to_owned()))
    })
}

fn draw(text: &str) -> Result<Drawn, NotDrawn> {
    source::check(text)?;
    let tree = Tree::from_str(text, &options()).map_err(|e| match e {
        usvg::Error::ElementsLimitReached => too_costly(),
        _ => BROKEN.to_owned(),
    })?;
    if !tree.root().has_children() {
        return Err("teckningen (SVG) är tom".to_owned());
    }
    let (w, h) = (tree.size().width(), tree.size().height());
    let most = |scale: f32| scale.min(MAX_WIDTH as f32 / w).min(MAX_HEIGHT as f32 / h);
    let shown = most(1.0);
    let pixels = |scale: f32| {
        let side = |length: f32, most: u32| ((length * scale).round() as u32).clamp(1, most);
        (side(w, MAX_WIDTH), side(h, MAX_HEIGHT))
    };
    // Where the sharpest picture asks for too much work, one as sharp as a screen will do.
    let scale = [most(SHARPER), shown]
        .into_iter()
        .find(|scale| cost::affordable(&tree, *scale, pixels(*scale)))
        .ok_or_else(too_costly)?;
    let (width, height) = pixels(scale);
    let mut canvas = Pixmap::new(width, height).ok_or(BROKEN)?;
    canvas.fill(resvg::tiny_skia::Color::WHITE);
    let fit = Transform::from_scale(width as f32 / w, height as f32 / h);
    resvg::render(&tree, fit, &mut canvas.as_mut());
    let opaque = canvas.data().chunks_exact(4).flat_map(|p| p.iter().take(3));
    let image = RgbImage::from_raw(width, height, opaque.copied().collect());
    let (width, height) = pixels(shown);
    Ok(Drawn {
        image: DynamicImage::ImageRgb8(image.ok_or(BROKEN)?),
        width,
        height,
    })
}

fn options() -> Options<'static> {
    Options {
        font_family: "Noto Sans".to_owned(),
        languages: vec!["sv".to_owned(), "en".to_owned()],
        fontdb: fonts(),
        image_href_resolver: closed(),
        ..Options::default()
    }
}

fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let load = || {
        let mut fonts = fontdb::Database::new();
        for (_, bytes) in &BUILT_IN {
            fonts.load_font_source(fontdb::Source::Binary(Arc::new(*bytes)));
        }
        fonts.set_serif_family("Noto Sans");
        fonts.set_sans_serif_family("Noto Sans");
        fonts.set_monospace_family("Noto Sans");
        fonts.set_cursive_family("Noto Sans");
        fonts.set_fantasy_family("Noto Sans");
        Arc::new(fonts)
    };
    FONTS.get_or_init(load).clone()
}

/// Pictures within the file are drawn, if they are small; nothing else is looked at.
fn closed() -> ImageHrefResolver<'static> {
    let met = AtomicU64::new(0);
    ImageHrefResolver {
        resolve_data: Box::new(move |_, data, _| {
            let size = image::ImageReader::new(std::io::Cursor::new(data.as_slice()))
                .with_guessed_format()
                .ok()?
                .into_dimensions()
                .ok()?;
            let pixels = u64::from(size.0) * u64::from(size.1);
            if met.fetch_add(pixels, Ordering::Relaxed) + pixels > MAX_INNER {
                return None;
            }
            match kind(&data) {
                Kind::Jpeg => Some(ImageKind::JPEG(data)),
                Kind::Png => Some(ImageKind::PNG(data)),
                Kind::Gif => Some(ImageKind::GIF(data)),
                Kind::WebP => Some(ImageKind::WEBP(data)),
                _ => None,
            }
        }),
        resolve_string: Box::new(|_, _| None),
    }
}
