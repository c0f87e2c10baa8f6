//! What cannot stand in the file as it is: decoded, laid on white, and packed anew.

use std::io::{Read, Seek, SeekFrom, Write};

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat};

use super::part::{Coding, Shape};
use super::run::Writing;
use super::slices::{Slice, Slicer, on_white};
use super::source::Source;
use crate::pdfa::Error;
use crate::pdfa::picture::ColourSpace;

/// Pages that one slice may fill.
const SLICE_PAGES: u64 = 16;

impl<W: Write> Writing<'_, W> {
    fn slice(&mut self, slice: &Slice, width: u32, step: usize) -> Result<(), Error> {
        let rows = slice.same.len() as u64;
        let shape = Shape {
            width,
            height: u32::try_from(rows).unwrap_or(u32::MAX),
            bits: 8,
            colour: colours(step),
            orientation: Orientation::NoTransforms,
            rows,
        };
        let unwritten = self.unwritten();
        self.part_for(slice.data.len() as u64, rows)?
            .picture(shape, Coding::Png, &slice.data)
            .map_err(unwritten)?;
        slice.same.iter().for_each(|same| self.rows.push(*same));
        Ok(())
    }

    fn slicer(&self, step: usize) -> Slicer {
        let tallest = self.run.scale.tallest().saturating_mul(SLICE_PAGES);
        Slicer::new(step, tallest.min(self.run.most_rows()))
    }

    /// Decodes row by row, makes the rows sRGB on white, and packs the rows anew.
    pub fn by_rows<R: Read + Seek>(&mut self, source: &mut Source<R>) -> Result<(), Error> {
        let change = source.change(&mut self.profiles)?;
        let broken = |_| Error::BrokenScreenshot {
            file: source.name.clone(),
        };
        let unread = |error| Error::Load {
            file: source.name.clone(),
            source: error,
        };
        source.from.seek(SeekFrom::Start(0)).map_err(unread)?;
        let mut options = ::png::DecodeOptions::default();
        options.set_ignore_adler32(false);
        options.set_ignore_text_chunk(true);
        options.set_ignore_iccp_chunk(true);
        let mut decoder = ::png::Decoder::new_with_options(&mut source.from, options);
        decoder
            .set_transformations(::png::Transformations::EXPAND | ::png::Transformations::STRIP_16);
        let mut reader = decoder.read_info().map_err(broken)?;
        let (colour, _) = reader.output_color_type();
        let (samples, step) = match colour {
            ::png::ColorType::GrayscaleAlpha => (2, 1),
            ::png::ColorType::Rgb => (3, 3),
            ::png::ColorType::Rgba => (4, 3),
            ::png::ColorType::Grayscale | ::png::ColorType::Indexed => (1, 1),
        };
        let width = source.width;
        let mut row = vec![0; width as usize * samples];
        let mut opaque = Vec::with_capacity(width as usize * step);
        let mut slicer = self.slicer(step);
        while reader.read_row(&mut row).map_err(broken)?.is_some() {
            opaque.clear();
            for pixel in row.chunks_exact(samples) {
                opaque.extend(pixel.iter().take(step));
            }
            if let Some(change) = &change {
                change.pixels(&mut opaque, step);
            }
            if samples > step {
                let alphas = row.iter().skip(step).step_by(samples);
                for (pixel, alpha) in opaque.chunks_exact_mut(step).zip(alphas) {
                    pixel.iter_mut().for_each(|c| *c = on_white(*c, *alpha));
                }
            }
            if let Some(slice) = slicer.row(&opaque).map_err(self.unwritten())? {
                self.slice(&slice, width, step)?;
            }
        }
        match slicer.finish().map_err(self.unwritten())? {
            Some(slice) => self.slice(&slice, width, step),
            None => Ok(()),
        }
    }

    /// Decodes it in one.
    pub fn whole<R: Read + Seek>(
        &mut self,
        source: &mut Source<R>,
        format: ImageFormat,
    ) -> Result<(), Error> {
        let image = source.decoded(format, &mut self.profiles)?;
        let (width, height) = (image.width(), image.height());
        let grey = matches!(image, DynamicImage::ImageLuma8(_));
        if format == ImageFormat::Jpeg {
            let mut data = Vec::new();
            JpegEncoder::new_with_quality(&mut data, 93)
                .encode_image(&image)
                .map_err(|_| Error::BrokenScreenshot {
                    file: source.name.clone(),
                })?;
            let shape = Shape {
                width,
                height,
                bits: 8,
                colour: colours(if grey { 1 } else { 3 }),
                orientation: Orientation::NoTransforms,
                rows: u64::from(height),
            };
            return self.place(shape, Coding::Jpeg, &data);
        }
        let step = if grey { 1 } else { 3 };
        let mut slicer = self.slicer(step);
        for row in image.as_bytes().chunks(width as usize * step) {
            if let Some(slice) = slicer.row(row).map_err(self.unwritten())? {
                self.slice(&slice, width, step)?;
            }
        }
        match slicer.finish().map_err(self.unwritten())? {
            Some(slice) => self.slice(&slice, width, step),
            None => Ok(()),
        }
    }
}

fn colours(step: usize) -> ColourSpace {
    match step {
        1 => ColourSpace::Grey,
        _ => ColourSpace::Rgb,
    }
}
