//! One file of a screenshot: pictures as they come, then the pages that show them.

use std::io::{self, Write};
use std::ops::Range;

use image::metadata::Orientation;
use lopdf::{Dictionary, Object};

use super::text::{Layer, Letters, number, packed};
use super::{Scale, TextBox, Texts};
use crate::pdfa::intent::{SRGB, output_intent};
use crate::pdfa::objects::Objects;
use crate::pdfa::picture::{ColourSpace, Filter, dictionary};
use crate::pdfa::xmp::Metadata;

/// A picture in the file, and the rows of the screenshot that it shows.
struct Strip {
    id: Object,
    rows: Range<u64>,
    orientation: Orientation,
}

/// A file that is being written.
pub struct Part<W: Write> {
    objects: Objects<W>,
    pages_root: Object,
    strips: Vec<Strip>,
    pub rows: Range<u64>,
}

/// The shape and colours of a picture, as its dictionary says them.
pub struct Shape {
    pub width: u32,
    pub height: u32,
    pub bits: u8,
    pub colour: ColourSpace,
    pub orientation: Orientation,
    /// As shown, in rows of the screenshot.
    pub rows: u64,
}

#[derive(Clone, Copy)]
pub enum Coding {
    Jpeg,
    /// Flate with PNG's row filters.
    Png,
}

impl Shape {
    fn dictionary(self, coding: Coding) -> Dictionary {
        let filter = match coding {
            Coding::Jpeg => Filter::Dct { named_rgb: false },
            Coding::Png => Filter::Png(match self.colour {
                ColourSpace::Rgb => 3,
                ColourSpace::Grey | ColourSpace::Palette(_) => 1,
            }),
        };
        dictionary(self.width, self.height, self.bits, self.colour, filter)
    }
}

/// What stands on the pages beside the pictures.
pub struct Pages<'a> {
    pub scale: Scale,
    pub windows: &'a [Range<u64>],
    pub texts: &'a Texts<'a>,
}

impl<W: Write> Part<W> {
    /// Begins with the row `top` of the screenshot.
    pub fn begin(out: W, top: u64) -> io::Result<Self> {
        let mut objects = Objects::begin(out, "1.4")?;
        let pages_root = objects.reserve();
        Ok(Self {
            objects,
            pages_root,
            strips: Vec::new(),
            rows: top..top,
        })
    }

    pub fn is_empty(&self) -> bool {
        self.strips.is_empty()
    }

    /// The rows of each picture.
    pub fn pictures(&self) -> Vec<Range<u64>> {
        self.strips.iter().map(|strip| strip.rows.clone()).collect()
    }

    /// Begins a picture below those before; its bytes follow by [`Part::bytes`].
    pub fn open_picture(&mut self, shape: Shape, coding: Coding, length: u64) -> io::Result<()> {
        let rows = self.rows.end..self.rows.end + shape.rows;
        self.rows.end = rows.end;
        let orientation = shape.orientation;
        let id = self.objects.open_stream(shape.dictionary(coding), length)?;
        self.strips.push(Strip {
            id,
            rows,
            orientation,
        });
        Ok(())
    }

    pub fn bytes(&mut self, data: &[u8]) -> io::Result<()> {
        self.objects.stream_bytes(data)
    }

    pub fn close_picture(&mut self, last: Option<u8>) -> io::Result<()> {
        self.objects.close_stream(last)
    }

    pub fn picture(&mut self, shape: Shape, coding: Coding, data: &[u8]) -> io::Result<()> {
        self.open_picture(shape, coding, data.len() as u64)?;
        self.bytes(data)?;
        self.close_picture(data.last().copied())
    }

    /// Writes the pages and what makes it PDF/A; gives back the output and its size.
    pub fn finish(mut self, pages: &Pages<'_>, metadata: &Metadata) -> io::Result<(W, u64)> {
        let mut letters = Letters::new();
        let has_text = pages.windows.iter().any(|w| pages.texts.bytes(w) > 0);
        let fonts = has_text.then(|| self.objects.reserve());
        let mut kids = Vec::with_capacity(pages.windows.len());
        for window in pages.windows {
            let texts = pages.texts.on(window);
            kids.push(self.page(&pages.scale, window, &texts, &mut letters, fonts.as_ref())?);
        }
        if let Some(fonts) = fonts {
            let names = letters.write(&mut self.objects)?;
            self.objects.put(&fonts, &names.into())?;
        }
        let count = kids.len() as i64;
        let root = Dictionary::from_iter([
            ("Type", "Pages".into()),
            ("Kids", Object::Array(kids)),
            ("Count", count.into()),
        ]);
        self.objects.put(&self.pages_root, &root.into())?;
        let info = self.objects.add(metadata.info())?;
        let catalog = self.catalog(metadata)?;
        self.objects.finish(&catalog, &info)
    }

    /// Gives back the output, with no whole file in it, and the size of what was counted.
    pub fn abandon(self) -> io::Result<(W, u64)> {
        self.objects.abandon()
    }

    fn page(
        &mut self,
        scale: &Scale,
        window: &Range<u64>,
        texts: &[&TextBox],
        letters: &mut Letters,
        fonts: Option<&Object>,
    ) -> io::Result<Object> {
        let height = window.end - window.start;
        let [page_width, page_height] = scale.page(height);
        // A page has three points at least; a smaller picture stands in its corner.
        let lift = (page_height - height as f64 * scale.points).max(0.0);
        let mut before = format!(
            "q\n{s} 0 0 {s} 0 {} cm\nq\n0 0 {} {height} re W n\n",
            number(lift),
            scale.width,
            s = scale.written(),
        );
        let mut shown = Dictionary::new();
        let first = self.strips.partition_point(|s| s.rows.end <= window.start);
        let on_page = self.strips.iter().enumerate().skip(first);
        for (i, strip) in on_page.take_while(|(_, s)| s.rows.start < window.end) {
            let name = format!("P{i}");
            // Rows count downwards, the page's y upwards; below the window it is negative.
            let bottom = i128::from(window.end) - i128::from(strip.rows.end);
            let tall = strip.rows.end - strip.rows.start;
            let within = format!(
                "{:.11} 0 0 {:.11} {EDGE} {EDGE} cm",
                inset(scale.width.into()),
                inset(tall)
            );
            let matrix = placed(strip.orientation, scale.width.into(), tall);
            before.push_str(&format!(
                "q\n1 0 0 1 0 {bottom} cm\n{within}\n{matrix} cm\n/{name} Do\nQ\n"
            ));
            shown.set(name, strip.id.clone());
        }
        before.push_str("Q\n");
        let mut layer = Layer::begin(&before)?;
        for text in texts {
            // What lies beyond the page is cut off the box: readers pass over text that stands there.
            let across = text.x.max(0.0)..(text.x + text.width).min(scale.width.into());
            let (top, end) = (window.start as f64, window.end as f64);
            let down = text.y.max(top)..(text.y + text.height).min(end);
            layer.text(
                letters,
                &text.text,
                across,
                end - down.end..end - down.start,
            )?;
        }
        let content = layer.finish("Q\n")?;
        let filter = Dictionary::from_iter([("Filter", Object::from("FlateDecode"))]);
        let content = self.objects.add_stream(filter, &content)?;
        let mut resources = Dictionary::from_iter([("XObject", Object::Dictionary(shown))]);
        if let (false, Some(fonts)) = (texts.is_empty(), fonts) {
            resources.set("Font", fonts.clone());
        }
        let box_of = [0.0, 0.0, page_width, page_height].map(|v| Object::Real(v as f32));
        self.objects.add(Dictionary::from_iter([
            ("Type", Object::from("Page")),
            ("Parent", self.pages_root.clone()),
            ("MediaBox", Object::Array(box_of.to_vec())),
            ("Resources", resources.into()),
            ("Contents", content),
        ]))
    }

    fn catalog(&mut self, metadata: &Metadata) -> io::Result<Object> {
        let components = Dictionary::from_iter([("N", Object::from(3))]);
        let profile = packed(&mut self.objects, components, SRGB)?;
        let intent = self.objects.add(output_intent(profile))?;
        let kind = Dictionary::from_iter([
            ("Type", Object::from("Metadata")),
            ("Subtype", "XML".into()),
        ]);
        let xmp = self.objects.add_stream(kind, &metadata.xmp())?;
        let shows_title = Dictionary::from_iter([("DisplayDocTitle", Object::from(true))]);
        self.objects.add(Dictionary::from_iter([
            ("Type", Object::from("Catalog")),
            ("Pages", self.pages_root.clone()),
            ("Metadata", xmp),
            ("OutputIntents", Object::Array(vec![intent])),
            ("Lang", Object::string_literal("sv-SE")),
            ("ViewerPreferences", shows_title.into()),
            ("PageMode", "UseNone".into()),
        ]))
    }

    /// Counts bytes that a later run will write.
    pub fn skip(&mut self, bytes: u64) {
        self.objects.skip(bytes);
    }

    /// Bytes so far.
    pub fn written(&self) -> u64 {
        self.objects.written()
    }
}

/// Poppler draws a picture whose edge lies on that of a pixel a pixel too large, and blurs it: pictures end this
/// part of a pixel before.
const EDGE: f64 = 0.001;

fn inset(pixels: u64) -> f64 {
    1.0 - 2.0 * EDGE / pixels as f64
}

/// The matrix that lays a picture into its place, turned the way the camera was held.
fn placed(turned: Orientation, w: u64, h: u64) -> String {
    use Orientation as O;
    let (w, h) = (i128::from(w), i128::from(h));
    let m = match turned {
        O::NoTransforms => [w, 0, 0, h, 0, 0],
        O::FlipHorizontal => [-w, 0, 0, h, w, 0],
        O::Rotate180 => [-w, 0, 0, -h, w, h],
        O::FlipVertical => [w, 0, 0, -h, 0, h],
        O::Rotate90FlipH => [0, -h, -w, 0, w, h],
        O::Rotate90 => [0, -h, w, 0, 0, h],
        O::Rotate270FlipH => [0, h, w, 0, 0, 0],
        O::Rotate270 => [0, h, -w, 0, w, 0],
    };
    m.map(|v| v.to_string()).join(" ")
}
