//! Screenshots as their readers meet them: PDF/A-1b, every pixel as it was, and the words found where they stand.

#![allow(clippy::unwrap_used)]

mod any;
mod broken;
mod colours;
mod kinds;
#[allow(dead_code)]
#[path = "../pictures/made.rs"]
mod made;
mod parts;
mod pictures;
mod readers;
mod words;

use image::DynamicImage;
use pictures::{good, only, options, png_of, screenshot};
use readers::{assert_shows, page_heights, qpdf_agrees};

#[test]
fn a_long_screenshot_is_shown_to_the_pixel() {
    let image = screenshot(640, 9_000);
    let bytes = png_of(&DynamicImage::ImageRgb8(image.clone()));
    let screen = good(std::slice::from_ref(&bytes), &[], &options());
    assert!(screen.encoded.is_empty());
    let part = only(&screen);
    assert!((9..=11).contains(&part.pages), "{} pages", part.pages);
    assert!(part.out.len() < bytes.len() + 20_000);
    qpdf_agrees(&part.out);
    assert_shows(&part.out, 640, &image);
}

#[test]
fn pages_end_between_lines() {
    let image = screenshot(320, 6_000);
    let screen = good(
        &[png_of(&DynamicImage::ImageRgb8(image.clone()))],
        &[],
        &options(),
    );
    let mut row = 0;
    let heights = page_heights(&only(&screen).out, 320);
    for height in &heights[..heights.len() - 1] {
        row += height;
        let white = |y: u32| (0..320).all(|x| image.get_pixel(x, y).0 == [255; 3]);
        assert!(white(row - 1) && white(row), "cut at row {row}");
    }
}

#[test]
fn the_largest_and_the_smallest_are_documents_too() {
    for (width, height, pages) in [
        (1, 1, 1),
        (2, 9_000, 9),
        (200, 60_000, 54),
        (30_000, 40, 1),
        (1_280, 1_811, 2),
    ] {
        let image = image::GrayImage::from_fn(width, height, |x, y| {
            image::Luma([if (x + y) % 7 == 0 { 0 } else { 255 }])
        });
        let screen = good(&[png_of(&DynamicImage::ImageLuma8(image))], &[], &options());
        let part = only(&screen);
        let slack = pages / 5 + 1;
        assert!(
            (pages..=pages + slack).contains(&part.pages),
            "{width}x{height}: {} pages",
            part.pages
        );
        qpdf_agrees(&part.out);
    }
}

#[test]
fn the_same_screenshot_gives_the_same_bytes_and_another_another_identifier() {
    let one = png_of(&DynamicImage::ImageRgb8(screenshot(50, 60)));
    let other = png_of(&DynamicImage::ImageRgb8(screenshot(50, 61)));
    let made = |bytes: &Vec<u8>| {
        good(std::slice::from_ref(bytes), &[], &options())
            .parts
            .remove(0)
            .out
    };
    assert_eq!(made(&one), made(&one));
    let id = |bytes: &[u8]| {
        let doc = lopdf::Document::load_mem(bytes).unwrap();
        doc.trailer.get(b"ID").unwrap().as_array().unwrap()[0].clone()
    };
    assert_ne!(id(&made(&one)), id(&made(&other)));
}

#[test]
fn pictures_of_one_width_are_stacked() {
    let image = screenshot(400, 3_000);
    let tiles: Vec<Vec<u8>> = [(0, 1_000), (1_000, 700), (1_700, 1_300)]
        .iter()
        .map(|(top, height)| {
            let tile = image::imageops::crop_imm(&image, 0, *top, 400, *height);
            png_of(&DynamicImage::ImageRgb8(tile.to_image()))
        })
        .collect();
    let screen = good(&tiles, &[], &options());
    assert_eq!((screen.width, screen.height), (400, 3_000));
    qpdf_agrees(&only(&screen).out);
    assert_shows(&only(&screen).out, 400, &image);
}

#[test]
fn what_the_file_says_of_itself_is_what_was_given() {
    let screen = good(
        &[png_of(&DynamicImage::ImageRgb8(screenshot(50, 60)))],
        &[],
        &options(),
    );
    let bytes = &only(&screen).out;
    let doc = lopdf::Document::load_mem(bytes).unwrap();
    let catalog = doc.catalog().unwrap();
    let viewer = catalog
        .get(b"ViewerPreferences")
        .unwrap()
        .as_dict()
        .unwrap();
    assert!(viewer.get(b"DisplayDocTitle").unwrap().as_bool().unwrap());
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"sv-SE");
    let text = String::from_utf8_lossy(bytes);
    assert!(
        text.contains("<rdf:li xml:lang=\"x-default\">Tibro kommun på skärmen – 2026</rdf:li>")
    );
}
