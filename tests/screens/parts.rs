//! What is too large for one file becomes several, each whole.

use arkivd::pdfa::{AsWritten, ScreenOptions};
use image::{DynamicImage, RgbImage};

use crate::pictures::{good, options, png_of, screenshot, text};
use crate::readers::{drawn, page_heights, qpdf_agrees};

fn assert_all_shown(parts: &[arkivd::pdfa::ScreenPart<Vec<u8>>], image: &RgbImage) {
    let mut top = 0;
    for part in parts {
        qpdf_agrees(&part.out);
        let heights = page_heights(&part.out, image.width());
        assert_eq!(heights.len(), part.pages);
        for (i, height) in heights.into_iter().enumerate() {
            let Some(page) = drawn(&part.out, i + 1, image.width(), height) else {
                return;
            };
            for (x, y, pixel) in page.enumerate_pixels() {
                assert_eq!(pixel, image.get_pixel(x, top + y));
            }
            top += height;
        }
    }
    assert_eq!(top, image.height());
}

#[test]
fn a_picture_of_more_bytes_than_a_part_may_have_is_cut() {
    let image = screenshot(300, 5_000);
    let bytes = png_of(&DynamicImage::ImageRgb8(image.clone()));
    let limits = ScreenOptions {
        max_bytes: 400_000,
        max_pages: 6,
        ..options()
    };
    let boxes = [
        text("Först", 10.0, 10.0, 60.0, 12.0),
        text("Sist", 10.0, 4_980.0, 60.0, 12.0),
    ];
    let screen = good(std::slice::from_ref(&bytes), &boxes, &limits);
    assert_eq!(screen.encoded, [("tile 0".to_owned(), AsWritten::Cut)]);
    let count = screen.parts.len();
    assert!(count > 1);
    for (i, part) in screen.parts.iter().enumerate() {
        assert!(
            part.bytes <= 400_000 && part.pages <= 6,
            "{} bytes",
            part.bytes
        );
        let title = format!("(del {} av {count})", i + 1);
        assert!(String::from_utf8_lossy(&part.out).contains(&title));
    }
    assert_all_shown(&screen.parts, &image);
}

#[test]
fn pictures_go_to_the_next_part_whole() {
    let image = screenshot(300, 3_000);
    let tiles: Vec<Vec<u8>> = (0..6)
        .map(|i| {
            let tile = image::imageops::crop_imm(&image, 0, i * 500, 300, 500).to_image();
            png_of(&DynamicImage::ImageRgb8(tile))
        })
        .collect();
    let largest = tiles.iter().map(Vec::len).max().unwrap() as u64;
    let limits = ScreenOptions {
        max_bytes: 2 * largest + 220_000,
        ..options()
    };
    let screen = good(&tiles, &[], &limits);
    assert!(screen.encoded.is_empty());
    assert!(screen.parts.len() > 1);
    assert_all_shown(&screen.parts, &image);
}

#[test]
fn no_part_has_more_pages_than_it_may() {
    let image = image::GrayImage::from_fn(20, 30_000, |x, y| image::Luma([(x * y) as u8]));
    let limits = ScreenOptions {
        max_pages: 7,
        ..options()
    };
    let screen = good(&[png_of(&DynamicImage::ImageLuma8(image))], &[], &limits);
    assert!(screen.parts.len() >= 4);
    assert!(screen.parts.iter().all(|p| p.pages <= 7));
}
