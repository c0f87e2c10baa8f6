//! Pictures of every kind, as test material.

use std::io::Cursor;

use arkivd::pdfa::{Error, Level};
use arkivd::pdfa::{ScreenOptions, ScreenPart, Screenshot, TextBox, Tile, check, write_screen};
use chrono::DateTime;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use png::{BitDepth, ColorType};

/// Looks like a page: lines of marks with gaps between them, and a picture of noise here and there.
pub fn screenshot(width: u32, height: u32) -> RgbImage {
    let mut state = 7u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    RgbImage::from_fn(width, height, |x, y| {
        let dot = noise();
        let line = y % 24;
        if y / 24 % 40 > 36 {
            Rgb([dot, x as u8, y as u8])
        } else if (6..18).contains(&line) && x > 4 && dot > 128 {
            Rgb([20, 24, 30])
        } else {
            Rgb([255, 255, 255])
        }
    })
}

pub fn png_of(image: &DynamicImage) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

pub fn jpeg_of(image: &DynamicImage) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, ImageFormat::Jpeg).unwrap();
    out.into_inner()
}

/// A PNG of any kind that the format knows, not interlaced.
pub fn png_kind(width: u32, height: u32, colour: ColorType, depth: BitDepth) -> Vec<u8> {
    let samples = u64::from(width) * colour.samples() as u64;
    let row = (samples * depth as u64).div_ceil(8) as usize;
    let mut data = Vec::with_capacity(row * height as usize);
    for y in 0..height as usize {
        let plain = y % 9 < 5;
        data.extend((0..row).map(|x| if plain { 0x11 } else { (x * 37 + y * 11) as u8 }));
    }
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    if colour == ColorType::Indexed {
        let entries = 1usize << (depth as u8);
        encoder.set_palette(
            (0..entries * 3)
                .map(|i| (i * 29) as u8)
                .collect::<Vec<u8>>(),
        );
    }
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&data).unwrap();
    writer.finish().unwrap();
    out
}

pub fn options() -> ScreenOptions {
    let at = DateTime::from_timestamp(1_770_000_000, 0).unwrap();
    ScreenOptions::new("Tibro kommun på skärmen – 2026", "arkivd 0.1.0", at)
}

pub fn tiles(files: &[Vec<u8>]) -> Vec<Tile<Cursor<&[u8]>>> {
    files
        .iter()
        .enumerate()
        .map(|(i, bytes)| Tile {
            name: format!("tile {i}"),
            from: Cursor::new(bytes.as_slice()),
        })
        .collect()
}

pub fn written(
    files: &[Vec<u8>],
    boxes: &[TextBox],
    options: &ScreenOptions,
) -> Result<Screenshot<Vec<u8>>, Error> {
    write_screen(tiles(files), boxes, options, &mut |_, _| Ok(Vec::new()))
}

/// Written, and every part of it conforms.
#[track_caller]
pub fn good(files: &[Vec<u8>], boxes: &[TextBox], options: &ScreenOptions) -> Screenshot<Vec<u8>> {
    let screen = written(files, boxes, options).unwrap();
    for part in &screen.parts {
        assert_eq!(part.bytes, part.out.len() as u64);
        let violations = check(&part.out, Level::A1b).unwrap();
        assert!(
            violations.is_empty(),
            "part {}: {violations:?}",
            part.number
        );
    }
    screen
}

pub fn text(text: &str, x: f64, y: f64, width: f64, height: f64) -> TextBox {
    TextBox {
        text: text.to_owned(),
        x,
        y,
        width,
        height,
    }
}

pub fn only(screen: &Screenshot<Vec<u8>>) -> &ScreenPart<Vec<u8>> {
    assert_eq!(screen.parts.len(), 1);
    &screen.parts[0]
}
