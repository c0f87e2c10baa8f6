//! A screenshot that [`super::write_screen`] wrote, read again: what each page shows, and where its words stand.
//!
//! Only what that writes is read: anything else stops it, so that nothing is taken for a page that is not one.

use std::collections::HashMap;

use lopdf::content::Content;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream};

use super::shown::Strips;
use super::text::order_of_sight;
use crate::pdfa::{Error, PixelBox};

/// A part of a screenshot, opened.
pub struct ScreenFile {
    pdf: Document,
    pages: Vec<ObjectId>,
    fonts: HashMap<Vec<u8>, Font>,
    strips: Strips,
}

/// One page of it.
#[derive(Debug, Clone)]
pub struct ScreenPage {
    /// In pixels.
    pub width: u32,
    pub height: u32,
    /// In the order the browser told them.
    pub lines: Vec<ScreenLine>,
    strips: Vec<Strip>,
}

/// A line of text on it.
#[derive(Debug, Clone, Default)]
pub struct ScreenLine {
    /// As it is read, each letter with its place.
    pub letters: Vec<(char, Spot)>,
}

/// Where a letter stands: pixels from the left upper corner of its page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

/// A picture's place on a page: the row of its own that stands at the page's top, or before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strip {
    pub(super) image: ObjectId,
    /// Rows of the page above it; negative where it begins on an earlier page.
    pub(super) top: i64,
}

struct Font {
    /// By code.
    letters: HashMap<u16, char>,
    widths: HashMap<u16, f64>,
}

/// Letters that are laid into a narrower box than they may be squeezed to: the writer drew them smaller than they are.
const SQUEEZED: f64 = 50.001;
/// Pixels that such letters may be high.
const LARGE: f64 = 32.0;

fn foreign(problem: &'static str) -> Error {
    Error::NotAScreen { problem }
}

impl ScreenFile {
    /// # Errors
    /// What is no PDF, or none that [`super::write_screen`] wrote.
    pub fn open(bytes: &[u8]) -> Result<Self, Error> {
        let pdf = Document::load_mem(bytes).map_err(|_| foreign("it is no whole PDF"))?;
        let pages: Vec<ObjectId> = pdf.get_pages().into_values().collect();
        let mut file = Self {
            pdf,
            pages,
            fonts: HashMap::new(),
            strips: Strips::default(),
        };
        let pages = file.pages.clone();
        for page in pages {
            file.read_fonts(page)?;
        }
        Ok(file)
    }

    pub fn pages(&self) -> usize {
        self.pages.len()
    }

    /// The page at a place, from 0.
    ///
    /// # Errors
    /// A page that is not there, or not as it is written.
    pub fn page(&self, place: usize) -> Result<ScreenPage, Error> {
        let id = self.pages.get(place).ok_or(foreign("it lacks a page"))?;
        let unread = |_| foreign("a page cannot be read");
        let content = self.pdf.get_page_content(*id);
        let content = Content::decode(&content).map_err(unread)?;
        let mut reader = Reader::new(self.images(*id)?, &self.fonts);
        for operation in &content.operations {
            reader.take(&operation.operator, &operation.operands)?;
        }
        reader.finish()
    }

    /// Its pixels, without what stands in the boxes; encoded anew, as JPEG where a picture on it was one.
    ///
    /// # Errors
    /// A picture that cannot be read.
    pub fn picture(
        &mut self,
        page: &ScreenPage,
        boxes: &[PixelBox],
    ) -> Result<crate::pdfa::HandedPicture, Error> {
        let drawn = self.strips.drawn(&self.pdf, page.size(), &page.strips)?;
        drawn.handed(boxes)
    }

    /// The same as PNG, for who looks at it.
    ///
    /// # Errors
    /// As [`Self::picture`].
    pub fn png(&mut self, page: &ScreenPage, boxes: &[PixelBox]) -> Result<Vec<u8>, Error> {
        let drawn = self.strips.drawn(&self.pdf, page.size(), &page.strips)?;
        drawn.png(boxes)
    }

    fn resources(&self, page: ObjectId) -> Result<&Dictionary, Error> {
        let page = self.pdf.get_dictionary(page);
        let resources = page.and_then(|p| p.get(b"Resources"));
        let resources = resources.and_then(|r| self.pdf.dereference(r));
        let resources = resources.and_then(|(_, r)| r.as_dict());
        resources.map_err(|_| foreign("a page has no resources"))
    }

    fn images(&self, page: ObjectId) -> Result<HashMap<Vec<u8>, ObjectId>, Error> {
        let wrong = |_| foreign("a page has no pictures");
        let all = self.resources(page)?.get(b"XObject").map_err(wrong)?;
        let (_, all) = self.pdf.dereference(all).map_err(wrong)?;
        let each = all.as_dict().map_err(wrong)?.iter();
        each.map(|(name, object)| Ok((name.clone(), object.as_reference().map_err(wrong)?)))
            .collect()
    }

    fn read_fonts(&mut self, page: ObjectId) -> Result<(), Error> {
        let Ok(fonts) = self.resources(page)?.get(b"Font") else {
            return Ok(());
        };
        let wrong = |_| foreign("a font cannot be read");
        let (_, fonts) = self.pdf.dereference(fonts).map_err(wrong)?;
        let mut read = Vec::new();
        for (name, font) in fonts.as_dict().map_err(wrong)?.iter() {
            if !self.fonts.contains_key(name) {
                let (_, font) = self.pdf.dereference(font).map_err(wrong)?;
                read.push((name.clone(), self.font(font.as_dict().map_err(wrong)?)?));
            }
        }
        self.fonts.extend(read);
        Ok(())
    }

    fn font(&self, font: &Dictionary) -> Result<Font, Error> {
        let wrong = |_| foreign("a font cannot be read");
        let of = |dict: &Dictionary, name: &[u8]| {
            let found = dict.get(name).and_then(|o| self.pdf.dereference(o));
            found.map(|(_, o)| o.clone()).map_err(wrong)
        };
        let unicode = of(font, b"ToUnicode")?;
        let unicode = unicode.as_stream().map_err(wrong)?;
        let unicode = unicode.decompressed_content().map_err(wrong)?;
        let descendant = of(font, b"DescendantFonts")?;
        let descendant = descendant.as_array().map_err(wrong)?.first().cloned();
        let descendant = descendant.ok_or(foreign("a font cannot be read"))?;
        let (_, descendant) = self.pdf.dereference(&descendant).map_err(wrong)?;
        let widths = of(descendant.as_dict().map_err(wrong)?, b"W")?;
        Ok(Font {
            letters: letters(&String::from_utf8_lossy(&unicode)),
            widths: self.widths(widths.as_array().map_err(wrong)?)?,
        })
    }

    /// `[1 [500 600] 3 4 250]` (ISO 32000-1, 9.7.4.3).
    fn widths(&self, array: &[Object]) -> Result<HashMap<u16, f64>, Error> {
        let wrong = foreign("a font has no widths");
        let mut all = HashMap::new();
        let mut rest = array;
        while let [first, second, more @ ..] = rest {
            let Ok(from) = first.as_i64() else {
                return Err(wrong);
            };
            let (_, second) = self
                .pdf
                .dereference(second)
                .map_err(|_| foreign("a font has no widths"))?;
            if let Ok(each) = second.as_array() {
                for (code, width) in (from..).zip(each) {
                    all.insert(code as u16, f64::from(width.as_float().unwrap_or_default()));
                }
                rest = more;
            } else if let (Ok(to), Some((width, more))) = (second.as_i64(), more.split_first()) {
                let width = f64::from(width.as_float().unwrap_or_default());
                for code in from..=to.min(i64::from(u16::MAX)) {
                    all.insert(code as u16, width);
                }
                rest = more;
            } else {
                return Err(wrong);
            }
        }
        Ok(all)
    }
}

impl ScreenPage {
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }
}

/// `<0001> <0041>` of a ToUnicode table.
fn letters(table: &str) -> HashMap<u16, char> {
    let hex = |text: &str| {
        let text = text.strip_prefix('<')?.strip_suffix('>')?;
        let units = text.as_bytes().chunks(4);
        let units = units.map(|four| u16::from_str_radix(std::str::from_utf8(four).ok()?, 16).ok());
        units.collect::<Option<Vec<u16>>>()
    };
    let pair = |line: &str| {
        let (code, letter) = line.split_once(' ')?;
        let code = *hex(code)?.first()?;
        let letter = char::decode_utf16(hex(letter)?).next()?.ok()?;
        Some((code, letter))
    };
    table.lines().filter_map(pair).collect()
}

type Matrix = [f64; 6];

fn times(a: &Matrix, b: &Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

/// Reads the operators of a page. The first matrix is the scale of a pixel: what stands within it is in pixels.
struct Reader<'a> {
    images: HashMap<Vec<u8>, ObjectId>,
    fonts: &'a HashMap<Vec<u8>, Font>,
    /// Within the scale; `None` before it is set.
    matrix: Option<Matrix>,
    kept: Vec<Option<Matrix>>,
    size: Option<(u32, u32)>,
    strips: Vec<Strip>,
    lines: Vec<ScreenLine>,
    font: Option<&'a Font>,
    points: f64,
    stretch: f64,
    x: f64,
    baseline: f64,
    /// Letters of the line under way, as they are seen.
    seen: Vec<(char, Spot)>,
}

impl<'a> Reader<'a> {
    fn new(images: HashMap<Vec<u8>, ObjectId>, fonts: &'a HashMap<Vec<u8>, Font>) -> Self {
        Self {
            images,
            fonts,
            matrix: None,
            kept: Vec::new(),
            size: None,
            strips: Vec::new(),
            lines: Vec::new(),
            font: None,
            points: 0.0,
            stretch: 100.0,
            x: 0.0,
            baseline: 0.0,
            seen: Vec::new(),
        }
    }

    fn take(&mut self, operator: &str, operands: &[Object]) -> Result<(), Error> {
        let number = |at: usize| {
            let value = operands.get(at).and_then(|o| o.as_float().ok());
            value
                .map(f64::from)
                .ok_or(foreign("an operator lacks a number"))
        };
        match operator {
            "q" => self.kept.push(self.matrix),
            "Q" => self.matrix = self.kept.pop().flatten(),
            "cm" => {
                let mut of = [0.0; 6];
                for (at, value) in of.iter_mut().enumerate() {
                    *value = number(at)?;
                }
                self.matrix = Some(match &self.matrix {
                    None => [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
                    Some(matrix) => times(&of, matrix),
                });
            }
            "re" => {
                let (width, height) = (number(2)?, number(3)?);
                if number(0)? != 0.0 || number(1)? != 0.0 || width < 1.0 || height < 1.0 {
                    return Err(foreign("a page has no window"));
                }
                self.size = Some((width as u32, height as u32));
            }
            "Do" => self.draw(operands)?,
            "BT" => self.seen.clear(),
            "Tz" => self.stretch = number(0)?,
            "Td" => (self.x, self.baseline) = (number(0)?, number(1)?),
            "Tf" => {
                let name = operands.first().and_then(|o| o.as_name().ok());
                let font = name.and_then(|name| self.fonts.get(name));
                self.font = Some(font.ok_or(foreign("a font is missing"))?);
                self.points = number(1)?;
            }
            "Tj" => self.text(operands)?,
            "ET" => self.line(),
            "W" | "n" | "Tr" => {}
            _ => return Err(foreign("a page has an operator that none is written with")),
        }
        Ok(())
    }

    fn draw(&mut self, operands: &[Object]) -> Result<(), Error> {
        let name = operands.first().and_then(|o| o.as_name().ok());
        let image = name.and_then(|name| self.images.get(name)).copied();
        let (Some(image), Some((_, height)), Some(m)) = (image, self.size, self.matrix) else {
            return Err(foreign("a picture is missing"));
        };
        // The higher of its corners.
        let top = m[5] + m[1].max(0.0) + m[3].max(0.0);
        self.strips.push(Strip {
            image,
            top: (f64::from(height) - top).round() as i64,
        });
        Ok(())
    }

    fn text(&mut self, operands: &[Object]) -> Result<(), Error> {
        let codes = operands.first().and_then(|o| o.as_str().ok());
        let (Some(codes), Some(font), Some((_, height))) = (codes, self.font, self.size) else {
            return Err(foreign("a text has no font"));
        };
        let (up, down) = match self.stretch <= SQUEEZED {
            // How high its box was is not told: as high as lines of large letters, which the words would fill.
            true => {
                let tall = 1.2 * LARGE * LARGE * 2.0 / self.points.max(0.1);
                (
                    tall / 2.0 + 0.3 * self.points,
                    tall / 2.0 - 0.3 * self.points,
                )
            }
            false => (0.8 * self.points, 0.2 * self.points),
        };
        let base = f64::from(height) - self.baseline;
        for code in codes.chunks_exact(2) {
            let code = u16::from_be_bytes([code[0], code[1]]);
            let width = font.widths.get(&code).copied().unwrap_or(1_000.0);
            let width = width / 1_000.0 * self.points * self.stretch / 100.0;
            let letter = font.letters.get(&code).copied();
            let letter = letter.ok_or(foreign("a letter is not known"))?;
            let spot = Spot {
                left: self.x,
                right: self.x + width,
                top: base - up,
                bottom: base + down,
            };
            self.seen.push((letter, spot));
            self.x += width;
        }
        Ok(())
    }

    /// Text from right to left was written as it is seen.
    fn line(&mut self) {
        let mut seen = std::mem::take(&mut self.seen);
        let (Some((_, first)), Some((_, last))) = (seen.first().copied(), seen.last()) else {
            return;
        };
        if self.stretch <= SQUEEZED {
            let right = last.right;
            seen.iter_mut()
                .for_each(|(_, spot)| (spot.left, spot.right) = (first.left, right));
        }
        let text: String = seen.iter().map(|(letter, _)| *letter).collect();
        let order = order_of_sight(&text);
        let letters = order.iter().filter_map(|at| seen.get(*at).copied());
        self.lines.push(ScreenLine {
            letters: letters.collect(),
        });
    }

    fn finish(self) -> Result<ScreenPage, Error> {
        let (width, height) = self.size.ok_or(foreign("a page has no window"))?;
        Ok(ScreenPage {
            width,
            height,
            lines: self.lines,
            strips: self.strips,
        })
    }
}

pub(super) fn image(pdf: &Document, id: ObjectId) -> Result<&Stream, Error> {
    let found = pdf.get_object(id).and_then(Object::as_stream);
    found.map_err(|_| foreign("a picture is missing"))
}
