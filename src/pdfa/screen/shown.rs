//! The pixels that a page of a screenshot shows, from the pictures in the file.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use image::{DynamicImage, RgbImage};
use lopdf::{Document, Object, ObjectId, Stream};

use super::read::{Strip, image};
use crate::pdfa::picture::{HandedPicture, PixelBox, Profiles, blackened, decode_jpeg};
use crate::pdfa::{Error, jpeg};

/// Pixels that a page may have.
const MAX_PIXELS: u64 = 40_000_000;
/// Bytes of a page without loss: one that takes more is a photograph, and is made a JPEG.
const MAX_LOSSLESS: usize = 12 << 20;

/// The pictures of a file; the JPEG that was decoded last is kept for the page after.
#[derive(Default)]
pub(super) struct Strips {
    last: Option<(ObjectId, Rc<RgbImage>)>,
}

/// A page's pixels.
pub(super) struct Drawn {
    image: RgbImage,
    lossy: bool,
}

fn fault(problem: impl Into<String>) -> Error {
    Error::ScreenPicture {
        problem: problem.into(),
    }
}

impl Strips {
    pub(super) fn drawn(
        &mut self,
        pdf: &Document,
        (width, height): (u32, u32),
        strips: &[Strip],
    ) -> Result<Drawn, Error> {
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(fault("it has too many pixels"));
        }
        let mut page = RgbImage::from_pixel(width, height, image::Rgb([255; 3]));
        let mut lossy = false;
        for strip in strips {
            let stream = image(pdf, strip.image)?;
            let from = u32::try_from(-strip.top.min(0)).unwrap_or(u32::MAX);
            let at = u32::try_from(strip.top.max(0)).unwrap_or(u32::MAX);
            let rows = height.saturating_sub(at);
            let filter = stream.dict.get(b"Filter").and_then(Object::as_name);
            match filter.map_err(|_| fault("it has no filter"))? {
                b"DCTDecode" => {
                    lossy = true;
                    let whole = self.jpeg(strip.image, stream)?;
                    let each = whole.rows().skip(from as usize).take(rows as usize);
                    for (y, row) in (at..).zip(each) {
                        for (x, pixel) in (0..width).zip(row) {
                            page.put_pixel(x, y, *pixel);
                        }
                    }
                }
                _ => png(stream, from, rows, |y, row| {
                    for (x, pixel) in (0..width).zip(row.as_chunks::<3>().0) {
                        page.put_pixel(x, at + y, image::Rgb(*pixel));
                    }
                })?,
            }
        }
        Ok(Drawn { image: page, lossy })
    }

    fn jpeg(&mut self, id: ObjectId, stream: &Stream) -> Result<Rc<RgbImage>, Error> {
        if let Some((last, image)) = &self.last
            && *last == id
        {
            return Ok(Rc::clone(image));
        }
        let read = || {
            let jpeg = jpeg::read(&stream.content).ok_or_else(|| fault("it is damaged"))?;
            decode_jpeg(&stream.content, &jpeg, &mut Profiles::default()).map_err(fault)
        };
        let image = catch_unwind(AssertUnwindSafe(read));
        let image = image.unwrap_or_else(|_| Err(fault("it is damaged")))?;
        let image = Rc::new(image.into_rgb8());
        self.last = Some((id, Rc::clone(&image)));
        Ok(image)
    }
}

/// Rows of a picture that stands as PNG's image data, from one on, with their numbers from there.
fn png(
    stream: &Stream,
    from: u32,
    rows: u32,
    mut each: impl FnMut(u32, &[u8]),
) -> Result<(), Error> {
    let damaged = |_| fault("it is damaged");
    let file = png_file(stream).ok_or_else(|| fault("it is of no known kind"))?;
    let mut decoder = ::png::Decoder::new(Cursor::new(file));
    decoder.set_transformations(::png::Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(damaged)?;
    let (colour, _) = reader.output_color_type();
    let width = reader.output_line_size(reader.info().width);
    let mut row = vec![0; width.ok_or_else(|| fault("it is too wide"))?];
    let mut rgb = Vec::new();
    let last = u64::from(from) + u64::from(rows);
    for number in 0..last {
        if reader.read_row(&mut row).map_err(damaged)?.is_none() {
            break;
        }
        let Ok(y) = u32::try_from(number.saturating_sub(u64::from(from))) else {
            break;
        };
        if number < u64::from(from) {
            continue;
        }
        match colour {
            ::png::ColorType::Grayscale => {
                rgb.clear();
                rgb.extend(row.iter().flat_map(|grey| [*grey; 3]));
                each(y, &rgb);
            }
            ::png::ColorType::Rgb => each(y, &row),
            _ => return Err(fault("it is of no known kind")),
        }
    }
    Ok(())
}

/// The picture as a PNG file: Flate with PNG's row filters is what that holds (PNG, 10).
fn png_file(stream: &Stream) -> Option<Vec<u8>> {
    let number = |name: &[u8]| stream.dict.get(name).and_then(Object::as_i64).ok();
    let (mut kind, mut palette) = (0, None);
    match stream.dict.get(b"ColorSpace").ok()? {
        Object::Name(name) if name == b"DeviceGray" => {}
        Object::Name(name) if name == b"DeviceRGB" => kind = 2,
        Object::Array(all) => {
            kind = 3;
            palette = Some(all.get(3)?.as_str().ok()?);
        }
        _ => return None,
    }
    let mut header = Vec::new();
    header.extend(u32::try_from(number(b"Width")?).ok()?.to_be_bytes());
    header.extend(u32::try_from(number(b"Height")?).ok()?.to_be_bytes());
    header.extend([
        u8::try_from(number(b"BitsPerComponent")?).ok()?,
        kind,
        0,
        0,
        0,
    ]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |name: &[u8; 4], data: &[u8]| {
        out.extend((data.len() as u32).to_be_bytes());
        out.extend(name);
        out.extend(data);
        let mut crc = flate2::Crc::new();
        crc.update(name);
        crc.update(data);
        out.extend(crc.sum().to_be_bytes());
    };
    chunk(b"IHDR", &header);
    if let Some(palette) = palette {
        chunk(b"PLTE", palette);
    }
    chunk(b"IDAT", &stream.content);
    chunk(b"IEND", &[]);
    Some(out)
}

impl Drawn {
    pub(super) fn handed(self, boxes: &[PixelBox]) -> Result<HandedPicture, Error> {
        let image = DynamicImage::ImageRgb8(self.image);
        if !self.lossy {
            let whole = blackened(image.clone(), boxes, false).map_err(fault)?;
            if whole.bytes.len() <= MAX_LOSSLESS {
                return Ok(whole);
            }
        }
        blackened(image, boxes, true).map_err(fault)
    }

    pub(super) fn png(self, boxes: &[PixelBox]) -> Result<Vec<u8>, Error> {
        let image = DynamicImage::ImageRgb8(self.image);
        match blackened(image, boxes, false) {
            Ok(picture) => Ok(picture.bytes),
            Err(problem) => Err(fault(problem)),
        }
    }
}
