//! Screenshots as PDF/A-1b: PNG or JPEG of any height over pages, with the words on them to be searched.
//!
//! The picture stands in the file as it came, once, and each page is a window onto it. It streams from input to output;
//! what is held is a buffer of rows, and the text.

mod anew;
mod glyphless;
mod part;
mod read;
mod run;
mod shown;
mod slices;
mod source;
mod text;
mod windows;

use std::io::{self, Read, Seek, Write};
use std::ops::Range;

use chrono::{DateTime, Utc};

use super::Error;
use super::picture::Profiles;
pub use read::{ScreenFile, ScreenLine, ScreenPage, Spot};
use run::Run;
use source::Source;

/// One picture; several, of the same width, are stacked to one screenshot.
pub struct Tile<R> {
    /// As errors call it.
    pub name: String,
    pub from: R,
}

/// Text and where it stands on the screenshot: pixels, from its left upper corner.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextBox {
    pub text: String,
    pub x: f64,
    pub y: f64,
    #[serde(rename = "w")]
    pub width: f64,
    #[serde(rename = "h")]
    pub height: f64,
}

/// How far a PNG that passes through is looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Its chunks are held against their checksums: it is whole as its writer made it. Pages are cut by height alone.
    Checksums,
    /// It is inflated too: its rows are all there, and pages end between lines. Takes most of the time.
    Rows,
}

/// What the file says about itself, and how large it may be.
#[derive(Debug, Clone)]
pub struct ScreenOptions {
    pub title: String,
    pub author: String,
    pub subject: String,
    /// Name and version of the program.
    pub software: String,
    pub created: DateTime<Utc>,
    pub look: Look,
    /// What a part may hold: the gate's memory goes by it (design, 4).
    pub max_pages: usize,
    pub max_bytes: u64,
    /// Each picture is a page of its own: they were pages already.
    pub page_each: bool,
}

impl ScreenOptions {
    pub fn new(title: &str, software: &str, created: DateTime<Utc>) -> Self {
        Self {
            title: title.to_owned(),
            author: software.to_owned(),
            subject: String::new(),
            software: software.to_owned(),
            created,
            look: Look::Rows,
            max_pages: 500,
            max_bytes: 24_000_000,
            page_each: false,
        }
    }
}

/// A picture that does not stand in the file as it came, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsWritten {
    /// It lets the ground through; it was laid on white (ISO 19005-1, 6.4).
    Flattened,
    /// They were not sRGB (ISO 19005-1, 6.2.3.3).
    Colours,
    /// It had 16 bits a colour.
    Deep,
    Interlaced,
    /// A PNG that is shown turned.
    Turned,
    /// CMYK, arithmetic coding, 12 bits: encoded anew, which loses what cannot be seen.
    OtherJpeg,
    /// It is larger than a part may be, and was cut.
    Cut,
}

impl AsWritten {
    /// As printed.
    pub fn words(self) -> &'static str {
        match self {
            Self::Flattened => "its transparency was laid on white",
            Self::Colours => "its colours were made sRGB",
            Self::Deep => "its 16 bits a colour became 8",
            Self::Interlaced => "its interlaced rows were put in order",
            Self::Turned => "it was turned",
            Self::OtherJpeg => "its kind of JPEG has no place in PDF/A, and was encoded anew",
            Self::Cut => "it is larger than a part may be, and was cut",
        }
    }
}

/// What was written.
pub struct Screenshot<W> {
    pub parts: Vec<ScreenPart<W>>,
    /// Of the whole, in pixels.
    pub width: u32,
    pub height: u64,
    /// Pictures that were not passed through, by name.
    pub encoded: Vec<(String, AsWritten)>,
    /// Boxes that lie on no page, have no text or number, or are lower or narrower than a tenth of a pixel.
    pub boxes_left_out: usize,
}

/// One file; it is whole when it is handed back.
pub struct ScreenPart<W> {
    pub out: W,
    /// Counted from 1.
    pub number: usize,
    pub pages: usize,
    pub bytes: u64,
}

/// Writes the pictures, one below the other, as PDF/A-1b: one file, or several where one would be larger than
/// `options` allow. `out` opens the file of a part: its number, counted from 1, and how many there are.
///
/// # Errors
/// No picture, one that cannot be read or is damaged, of another width than the first, or over the limits; an output
/// that fails. What was written until then is no whole file.
pub fn write_screen<R: Read + Seek, W: Write>(
    tiles: Vec<Tile<R>>,
    boxes: &[TextBox],
    options: &ScreenOptions,
    out: &mut dyn FnMut(usize, usize) -> io::Result<W>,
) -> Result<Screenshot<W>, Error> {
    if tiles.is_empty() || tiles.len() > MAX_TILES {
        return Err(Error::ScreenshotCount { tiles: tiles.len() });
    }
    let mut sources = Vec::with_capacity(tiles.len());
    let mut profiles = Profiles::default();
    for tile in tiles {
        sources.push(Source::open(tile, &mut profiles)?);
    }
    let (width, height) = measured(&sources)?;
    let texts = Texts::sorted(boxes, width, height);
    let scale = Scale::of(width);
    let estimate: u64 = sources
        .iter_mut()
        .map(Source::estimate)
        .fold(texts.bytes(&(0..height)), u64::saturating_add);
    let run = Run {
        options,
        scale: &scale,
        texts: &texts,
    };
    let of = if estimate <= options.max_bytes / 2 && height <= run.most_rows() {
        // One part, even should it come out twice as large as expected.
        1
    } else {
        run.count(&mut sources)?
    };
    let (parts, encoded) = run.write(&mut sources, of, out)?;
    Ok(Screenshot {
        parts,
        width,
        height,
        encoded,
        boxes_left_out: boxes.len() - texts.order.len(),
    })
}

/// A page's resources name each picture on it; a dictionary holds 4,095 entries (ISO 19005-1, 6.1.12).
const MAX_TILES: usize = 4_000;

fn measured<R>(sources: &[Source<R>]) -> Result<(u32, u64), Error> {
    let width = sources.first().map_or(0, |s| s.width);
    let mut height = 0;
    for source in sources {
        if source.width != width {
            return Err(Error::ScreenshotWidth {
                file: source.name.clone(),
                width: source.width,
                first: width,
            });
        }
        height += u64::from(source.height);
    }
    let last = sources.last().map(|s| s.name.clone()).unwrap_or_default();
    if height > source::MAX_HEIGHT {
        return Err(Error::ScreenshotTooLarge {
            file: last,
            problem: format!(
                "{height} rows together; the limit is {}",
                source::MAX_HEIGHT
            ),
        });
    }
    Ok((width, height))
}

/// How large a pixel is on paper.
#[derive(Clone, Copy)]
pub struct Scale {
    /// Points a pixel, with four decimals: so that the page's size is written exactly.
    points: f64,
    width: u32,
}

impl Scale {
    /// The screenshot is as wide as A4, and a pixel no larger than on a screen of 96 dpi.
    fn of(width: u32) -> Self {
        const A4_WIDTH: f64 = 595.276;
        let points = (A4_WIDTH / f64::from(width.max(1))).min(0.75);
        Self {
            points: ((points * 1e4).floor() / 1e4).max(1e-4),
            width,
        }
    }

    /// Rows that fill a page of A4.
    fn tallest(&self) -> u64 {
        (841.89 / self.points).floor().max(1.0) as u64
    }

    /// Width and height of the page; three points at least (ISO 32000-1, annex C).
    fn page(&self, rows: u64) -> [f64; 2] {
        [
            (f64::from(self.width) * self.points).max(3.0),
            (rows as f64 * self.points).max(3.0),
        ]
    }

    fn written(&self) -> String {
        let text = format!("{:.4}", self.points);
        text.trim_end_matches('0').to_owned()
    }
}

/// The boxes that can be laid over the screenshot.
struct Texts<'a> {
    boxes: &'a [TextBox],
    /// Row of the middle and place among the boxes, from above.
    order: Vec<(u64, usize)>,
    /// Before each of them, what those above it add to the file, estimated.
    costs: Vec<u64>,
}

impl<'a> Texts<'a> {
    fn sorted(boxes: &'a [TextBox], width: u32, height: u64) -> Self {
        let (right, bottom) = (f64::from(width), height as f64);
        let fits = |b: &TextBox| {
            let (across, middle) = (b.x + b.width / 2.0, b.y + b.height / 2.0);
            let inside = (0.0..right).contains(&across) && (0.0..bottom).contains(&middle);
            let large = b.width >= text::SMALLEST && b.height >= text::SMALLEST;
            let sized = large && b.width <= right && b.height <= bottom;
            (inside && sized && text::clean(&b.text).is_some()).then_some(middle as u64)
        };
        let mut order: Vec<(u64, usize)> = boxes
            .iter()
            .enumerate()
            .filter_map(|(i, b)| Some((fits(b)?, i)))
            .collect();
        order.sort_unstable();
        let mut costs = vec![0];
        let mut sum = 0;
        for (_, i) in &order {
            let text = boxes.get(*i).map_or("", |b| &b.text);
            sum += 24 * text::lines(text).count() as u64 + text.len() as u64;
            costs.push(sum);
        }
        Self {
            boxes,
            order,
            costs,
        }
    }

    fn places(&self, rows: &Range<u64>) -> Range<usize> {
        let at = |row: u64| self.order.partition_point(|o| o.0 < row);
        at(rows.start)..at(rows.end)
    }

    /// Bytes that the text on these rows adds to the file, estimated.
    fn bytes(&self, rows: &Range<u64>) -> u64 {
        let places = self.places(rows);
        let before = |i: usize| self.costs.get(i).copied().unwrap_or_default();
        before(places.end) - before(places.start)
    }

    /// Those on these rows, in the order they were given: readers copy in that order.
    fn on(&self, rows: &Range<u64>) -> Vec<&'a TextBox> {
        let some = self.order.get(self.places(rows)).unwrap_or_default();
        let mut places: Vec<usize> = some.iter().map(|o| o.1).collect();
        places.sort_unstable();
        places.iter().filter_map(|i| self.boxes.get(*i)).collect()
    }
}
