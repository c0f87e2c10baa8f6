//! Every kind of PNG and JPEG: what passes stands in the file as it was, the rest is encoded anew and said.

use arkivd::pdfa::AsWritten;
use image::{DynamicImage, GrayImage, Rgb, RgbImage, Rgba, RgbaImage};
use png::{BitDepth, ColorType};

use crate::pictures::{good, jpeg_of, only, options, png_kind, png_of, screenshot};
use crate::readers::{assert_shows, drawn, qpdf_agrees};

#[test]
fn every_kind_of_png_is_shown_as_its_decoder_shows_it() {
    use AsWritten::{Deep, Flattened};
    use BitDepth::{Eight, Four, One, Sixteen, Two};
    use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    for (colour, depth, expected) in [
        (Grayscale, One, None),
        (Grayscale, Two, None),
        (Grayscale, Four, None),
        (Grayscale, Eight, None),
        (Grayscale, Sixteen, Some(Deep)),
        (Rgb, Eight, None),
        (Rgb, Sixteen, Some(Deep)),
        (Indexed, One, None),
        (Indexed, Two, None),
        (Indexed, Four, None),
        (Indexed, Eight, None),
        (GrayscaleAlpha, Eight, Some(Flattened)),
        (GrayscaleAlpha, Sixteen, Some(Deep)),
        (Rgba, Eight, Some(Flattened)),
        (Rgba, Sixteen, Some(Deep)),
    ] {
        let bytes = png_kind(101, 1_300, colour, depth);
        let screen = good(std::slice::from_ref(&bytes), &[], &options());
        let why = screen.encoded.first().map(|e| e.1);
        assert_eq!(why, expected, "{colour:?} {depth:?}");
        let part = only(&screen);
        assert_eq!(part.pages, 2);
        qpdf_agrees(&part.out);
        if depth != Sixteen {
            let whole = image::load_from_memory(&bytes).unwrap();
            assert_shows(&part.out, 101, &on_white(&whole));
        }
    }
}

fn on_white(image: &DynamicImage) -> RgbImage {
    let pixels = image.to_rgba8();
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [r, g, b, a] = pixels.get_pixel(x, y).0.map(u32::from);
        Rgb([r, g, b].map(|c| ((c * a + 255 * (255 - a) + 127) / 255) as u8))
    })
}

#[test]
fn an_interlaced_picture_is_put_in_order() {
    let bytes = include_bytes!("interlaced.png").to_vec();
    let whole = image::load_from_memory(&bytes).unwrap().to_rgb8();
    let screen = good(std::slice::from_ref(&bytes), &[], &options());
    assert_eq!(screen.encoded[0].1, AsWritten::Interlaced);
    assert_shows(&only(&screen).out, whole.width(), &whole);
}

#[test]
fn a_transparent_entry_of_a_palette_is_white() {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
    encoder.set_color(ColorType::Indexed);
    encoder.set_palette(vec![9, 9, 9, 200, 0, 0]);
    encoder.set_trns(vec![0]);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[0, 1]).unwrap();
    writer.finish().unwrap();
    let screen = good(std::slice::from_ref(&bytes), &[], &options());
    assert_eq!(screen.encoded[0].1, AsWritten::Flattened);
    let Some(drawn) = drawn(&only(&screen).out, 1, 4, 4) else {
        return;
    };
    // A page has three points at least: the picture stands in its corner, a point and a half wide.
    assert_eq!(drawn.get_pixel(0, 0).0, [255; 3]);
    assert_eq!(drawn.get_pixel(1, 0).0, [200, 0, 0]);
}

#[test]
fn a_jpeg_stands_in_the_file_as_it_was() {
    let image = screenshot(300, 2_000);
    let grey = DynamicImage::ImageRgb8(image.clone()).to_luma8();
    for image in [
        DynamicImage::ImageRgb8(image),
        DynamicImage::ImageLuma8(grey),
    ] {
        let mut bytes = jpeg_of(&image);
        let screen = good(std::slice::from_ref(&bytes), &[], &options());
        let part = only(&screen);
        assert!(screen.encoded.is_empty() && part.pages == 2);
        assert!(part.out.windows(bytes.len()).any(|w| w == bytes));
        qpdf_agrees(&part.out);
        // What stands behind its end is no part of it.
        bytes.extend_from_slice(b"secret");
        let screen = good(std::slice::from_ref(&bytes), &[], &options());
        assert!(!only(&screen).out.windows(6).any(|w| w == b"secret"));
    }
}

#[test]
fn a_jpeg_is_turned_the_way_it_was_held() {
    // Red on the left, blue on the right.
    let image = RgbImage::from_fn(96, 48, |x, _| {
        Rgb(if x < 48 { [255, 0, 0] } else { [0, 0, 255] })
    });
    let plain = jpeg_of(&DynamicImage::ImageRgb8(image));
    for (orientation, size, red, blue) in [
        (1, (96, 48), (10, 24), (86, 24)),
        (2, (96, 48), (86, 24), (10, 24)),
        (3, (96, 48), (86, 24), (10, 24)),
        (4, (96, 48), (10, 24), (86, 24)),
        (5, (48, 96), (24, 10), (24, 86)),
        (6, (48, 96), (24, 10), (24, 86)),
        (7, (48, 96), (24, 86), (24, 10)),
        (8, (48, 96), (24, 86), (24, 10)),
    ] {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe1, 0, 34];
        bytes.extend_from_slice(b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0");
        bytes.push(orientation);
        bytes.extend_from_slice(&[0; 6]);
        bytes.extend_from_slice(&plain[2..]);
        let screen = good(&[bytes], &[], &options());
        assert_eq!((screen.width, screen.height as u32), size);
        assert!(screen.encoded.is_empty());
        let Some(drawn) = drawn(&only(&screen).out, 1, size.0, size.1) else {
            return;
        };
        let reddish = |(x, y)| drawn.get_pixel(x, y).0[0] > 200;
        assert!(reddish(red) && !reddish(blue), "orientation {orientation}");
    }
}

#[test]
fn a_cmyk_jpeg_is_encoded_anew() {
    let bytes = include_bytes!("cmyk.jpg").to_vec();
    let screen = good(&[bytes], &[], &options());
    assert_eq!(screen.encoded[0].1, AsWritten::OtherJpeg);
    let part = only(&screen);
    qpdf_agrees(&part.out);
    let Some(drawn) = drawn(&part.out, 1, screen.width, screen.height as u32) else {
        return;
    };
    let [red, green, blue] = drawn.get_pixel(16, 16).0;
    assert!(red > 180 && green < 90 && blue < 90, "{red} {green} {blue}");
}

#[test]
fn transparency_is_laid_on_white_and_the_pixels_stay() {
    let image = RgbaImage::from_fn(200, 3_000, |x, y| {
        Rgba([x as u8, y as u8, 90, (x ^ y) as u8])
    });
    let flat = on_white(&DynamicImage::ImageRgba8(image.clone()));
    let bytes = png_of(&DynamicImage::ImageRgba8(image));
    let screen = good(&[bytes], &[], &options());
    assert_eq!(
        screen.encoded,
        [("tile 0".to_owned(), AsWritten::Flattened)]
    );
    assert_shows(&only(&screen).out, 200, &flat);
}

#[test]
fn grey_stays_grey() {
    let image = GrayImage::from_fn(64, 64, |x, y| image::Luma([(x * 4) as u8 ^ y as u8]));
    let screen = good(
        &[png_of(&DynamicImage::ImageLuma8(image.clone()))],
        &[],
        &options(),
    );
    let part = only(&screen);
    let wide = DynamicImage::ImageLuma8(image).to_rgb8();
    assert_shows(&part.out, 64, &wide);
}
