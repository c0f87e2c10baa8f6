//! Screenshots as their readers meet them: PDF/A-1b, every pixel as it was, and the words found where they stand.

#![allow(clippy::unwrap_used)]

mod pictures;
mod readers;
mod words;

use arkivd::pdfa::AsWritten;
use image::DynamicImage;
use pictures::{good, jpeg_of, only, options, png_kind, png_of, screenshot};
use png::{BitDepth, ColorType};
use readers::{assert_shows, qpdf_agrees};

#[test]
fn a_long_screenshot_is_shown_to_the_pixel() {
    let image = screenshot(1_280, 15_000);
    let bytes = png_of(&DynamicImage::ImageRgb8(image.clone()));
    let screen = good(std::slice::from_ref(&bytes), &[], &options());
    assert!(screen.encoded.is_empty());
    let part = only(&screen);
    assert!((9..=11).contains(&part.pages), "{} pages", part.pages);
    assert!(part.out.len() < bytes.len() + 20_000);
    qpdf_agrees(&part.out);
    assert_shows(&part.out, 1_280, &image);
}

#[test]
fn every_kind_of_png_is_shown() {
    use BitDepth::{Eight, Four, One, Sixteen, Two};
    use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    for (colour, depth, passes) in [
        (Grayscale, One, true),
        (Grayscale, Two, true),
        (Grayscale, Four, true),
        (Grayscale, Eight, true),
        (Grayscale, Sixteen, false),
        (Rgb, Eight, true),
        (Rgb, Sixteen, false),
        (Indexed, One, true),
        (Indexed, Two, true),
        (Indexed, Four, true),
        (Indexed, Eight, true),
        (GrayscaleAlpha, Eight, false),
        (GrayscaleAlpha, Sixteen, false),
        (Rgba, Eight, false),
        (Rgba, Sixteen, false),
    ] {
        let bytes = png_kind(101, 1_500, colour, depth);
        let screen = good(std::slice::from_ref(&bytes), &[], &options());
        assert_eq!(screen.encoded.is_empty(), passes, "{colour:?} {depth:?}");
        let part = only(&screen);
        assert_eq!(part.pages, 2);
        qpdf_agrees(&part.out);
    }
}

#[test]
fn words_are_there() {
    let image = DynamicImage::ImageRgb8(screenshot(400, 300));
    let boxes = [pictures::text(
        "Åsa Öberg 😀 العربية",
        20.0,
        30.0,
        120.0,
        18.0,
    )];
    let screen = good(&[png_of(&image)], &boxes, &options());
    assert_eq!(screen.boxes_left_out, 0);
    let jpeg = good(&[jpeg_of(&image)], &boxes, &options());
    assert_eq!(jpeg.encoded, Vec::<(String, AsWritten)>::new());
}
