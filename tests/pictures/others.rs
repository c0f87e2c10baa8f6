//! GIF, WebP, BMP, ICO, TIFF, and what is not drawn.

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, RgbImage, Rgba, RgbaImage};

use super::made::*;
use super::sample::{scene, written};
use super::shown::{Shown, refused, shown, typeset, words};

/// How alike two pictures are, in decibels.
pub fn psnr(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: f64 = a
        .iter()
        .zip(b.iter())
        .map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2))
        .sum();
    let mean = sum / a.len() as f64;
    10.0 * (255.0 * 255.0 / mean.max(1e-9)).log10()
}

/// A JPEG of inks as Adobe writes them, by the image crate's own reckoning.
pub fn inks(jpeg: &[u8]) -> RgbImage {
    image::load_from_memory(jpeg).unwrap().into_rgb8()
}

/// The picture's pixels as they stand in the file: its data are those of a PNG.
fn pixels(shown: &Shown) -> RgbImage {
    let space = shown.stream.dict.get(b"ColorSpace").unwrap();
    let mut png = match space {
        lopdf::Object::Array(space) => {
            let table = space[3].as_str().unwrap();
            Png::new(3, shown.number("BitsPerComponent") as u8).with(b"PLTE", table)
        }
        _ => Png::new(2, 8),
    };
    (png.width, png.height) = (shown.number("Width") as u32, shown.number("Height") as u32);
    let file = png.around(&shown.stream.content);
    image::load_from_memory(&file).unwrap().into_rgb8()
}

#[test]
fn formats_without_loss_stay_without_loss() {
    let scene = scene(300, 200, 5);
    for format in [ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP] {
        let shown = shown("bild.bin", written(scene.clone(), format));
        assert_eq!(shown.filter(), "FlateDecode", "{format:?}");
        assert!(pixels(&shown) == scene, "{format:?}");
    }
    for format in [
        ImageFormat::Bmp,
        ImageFormat::Tiff,
        ImageFormat::WebP,
        ImageFormat::Gif,
        ImageFormat::Ico,
    ] {
        let shown = shown("bild.bin", written(quarters_rgba(255), format));
        shown.assert_quarters(QUARTERS, 4, &format!("{format:?}"));
        assert_eq!(shown.filter(), "FlateDecode", "{format:?}");
    }
}

fn quarters_rgba(alpha: u8) -> RgbaImage {
    RgbaImage::from_fn(SIDE, SIDE, |x, y| {
        let [r, g, b] = QUARTERS[quarter(x, y)];
        Rgba([r, g, b, alpha])
    })
}

#[test]
fn few_colours_are_held_as_a_palette_and_nothing_is_lost() {
    for colours in [1, 2, 3, 5, 16, 17, 200, 256, 257_u32] {
        let picture = RgbaImage::from_fn(61, 13, |x, y| {
            let n = (x + 61 * y) % colours;
            Rgba([n as u8, (n >> 8) as u8, 200, 255])
        });
        let shown = shown("bild.webp", written(picture.clone(), ImageFormat::WebP));
        let palette = shown
            .stream
            .dict
            .get(b"ColorSpace")
            .unwrap()
            .as_array()
            .is_ok();
        assert_eq!(palette, colours <= 256, "{colours}");
        assert!(
            pixels(&shown) == DynamicImage::ImageRgba8(picture).into_rgb8(),
            "{colours}"
        );
    }
}

#[test]
fn alpha_lies_on_white() {
    let half = QUARTERS.map(|c| c.map(|v| ((u32::from(v) * 128 + 255 * 127 + 127) / 255) as u8));
    for format in [
        ImageFormat::WebP,
        ImageFormat::Tiff,
        ImageFormat::Ico,
        ImageFormat::Bmp,
    ] {
        let shown = shown("bild.bin", written(quarters_rgba(128), format));
        shown.assert_quarters(half, 1, &format!("{format:?}"));
    }
}

fn moving(frames: &[RgbaImage]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = GifEncoder::new(&mut out);
    for frame in frames {
        encoder.encode_frame(Frame::new(frame.clone())).unwrap();
    }
    drop(encoder);
    out
}

#[test]
fn a_moving_gif_shows_its_first_frame() {
    let first = quarters_rgba(255);
    let second = RgbaImage::from_pixel(SIDE, SIDE, Rgba([1, 2, 3, 255]));
    let both = moving(&[first.clone(), second]);
    shown("rorlig.gif", both.clone()).assert_quarters(QUARTERS, 6, "gif");
    let says = |bytes| {
        let (_, part) = typeset(&[("a.gif", bytes)]);
        words(&part).map(|words| words.contains("fler bilder än den första"))
    };
    assert_ne!(says(both), Some(false));
    assert_ne!(says(moving(&[first])), Some(true));
}

#[test]
fn a_moving_webp_shows_its_first_frame() {
    // A container around two pictures of one frame each (WebP container specification).
    let frame = |picture: RgbaImage| {
        let file = written(picture, ImageFormat::WebP);
        let mut body = vec![0; 6];
        body.extend(&(SIDE - 1).to_le_bytes()[..3]);
        body.extend(&(SIDE - 1).to_le_bytes()[..3]);
        body.extend([100, 0, 0, 0]);
        body.extend(&file[12..]);
        let mut out = b"ANMF".to_vec();
        out.extend((body.len() as u32).to_le_bytes());
        out.extend(body);
        out
    };
    let mut body = b"WEBPVP8X\x0a\0\0\0\x02\0\0\0".to_vec();
    body.extend(&(SIDE - 1).to_le_bytes()[..3]);
    body.extend(&(SIDE - 1).to_le_bytes()[..3]);
    body.extend(b"ANIM\x06\0\0\0\xff\xff\xff\xff\0\0");
    body.extend(frame(quarters_rgba(255)));
    body.extend(frame(RgbaImage::from_pixel(
        SIDE,
        SIDE,
        Rgba([1, 2, 3, 255]),
    )));
    let mut file = b"RIFF".to_vec();
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(body);
    let shown = shown("rorlig.webp", file);
    shown.assert_quarters(QUARTERS, 1, "webp");
    assert_eq!(shown.filter(), "FlateDecode");
}

#[test]
fn formats_that_are_not_drawn_are_named() {
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic and more".to_vec();
    let why = refused("bild.heic", heic);
    assert_eq!(why, "formatet HEIC kan inte återges i dokumentet");
    let avif = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf".to_vec();
    assert_eq!(
        refused("bild.avif", avif),
        "formatet AVIF kan inte återges i dokumentet"
    );
    assert_eq!(refused("tom.png", Vec::new()), "filen är tom");
    let why = refused("sida.png", b"<!doctype html><p>Inte funnen".to_vec());
    assert_eq!(why, "bildformatet kan inte återges i dokumentet");
}

#[test]
fn more_pixels_than_print_shows_are_left_out_and_the_picture_is_the_same() {
    let large = DynamicImage::ImageRgb8(scene(3_000, 1_500, 7));
    let shown = shown("stor.bmp", written(large, ImageFormat::Bmp));
    assert_eq!(shown.number("Width"), 1_900);
    assert_eq!(shown.number("Height"), 950);
}

/// A TIFF of the quarters in inks (TIFF 6.0, section 16), with a profile or without.
fn inked(profile: Option<&[u8]>) -> Vec<u8> {
    let inks: Vec<u8> = (0..SIDE * SIDE)
        .flat_map(|n| {
            let [r, g, b] = QUARTERS[quarter(n % SIDE, n / SIDE)];
            [255 - r, 255 - g, 255 - b, 0]
        })
        .collect();
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    let entries = 9 + u16::from(profile.is_some());
    let behind = 8 + 2 + 12 * u32::from(entries) + 4;
    let data = behind + 8;
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        let mut bytes = Vec::new();
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
        bytes
    };
    let length = inks.len() as u32;
    let mut directory = vec![
        entry(256, 4, 1, SIDE),
        entry(257, 4, 1, SIDE),
        entry(258, 3, 4, behind),
        entry(259, 3, 1, 1),
        entry(262, 3, 1, 5),
        entry(273, 4, 1, data),
        entry(277, 3, 1, 4),
        entry(278, 4, 1, SIDE),
        entry(279, 4, 1, length),
    ];
    if let Some(profile) = profile {
        directory.push(entry(34_675, 7, profile.len() as u32, data + length));
    }
    out.extend(entries.to_le_bytes());
    out.extend(directory.concat());
    out.extend([0; 4]);
    out.extend([8, 0].repeat(4));
    out.extend(inks);
    out.extend(profile.unwrap_or_default());
    out
}

#[test]
fn inks_of_a_tiff_are_shown_and_with_a_profile_refused() {
    shown("tryck.tif", inked(None)).assert_quarters(QUARTERS, 4, "inks");
    let why = refused("tryck.tif", inked(Some(&[7; 300])));
    assert!(why.contains("CMYK med en färgprofil"), "{why}");
}
