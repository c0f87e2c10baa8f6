//! What stock tools make of the files: poppler, qpdf, pdfium.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::RgbImage;

/// `None` without the tool.
pub fn run(program: &str, args: &[&str]) -> Option<Output> {
    let output = Command::new(program).args(args).output();
    if output.is_err() {
        println!("SKIP: no {program}");
    }
    output.ok()
}

pub fn in_file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.pdf");
    fs::write(&file, bytes).unwrap();
    if let Some(folder) = std::env::var_os("ARKIVD_KEEP") {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("a").replace("::", "-");
        fs::write(Path::new(&folder).join(format!("{name}.pdf")), bytes).unwrap();
    }
    (dir, file)
}

#[track_caller]
pub fn qpdf_agrees(bytes: &[u8]) {
    let (_dir, file) = in_file(bytes);
    if let Some(out) = run("qpdf", &["--check", file.to_str().unwrap()]) {
        assert!(out.status.success(), "{out:?}");
    }
}

/// Rows of the screenshot on each page.
pub fn page_heights(bytes: &[u8], width: u32) -> Vec<u32> {
    let doc = lopdf::Document::load_mem(bytes).unwrap();
    let heights = doc.get_pages().into_values().map(|id| {
        let page = doc.get_dictionary(id).unwrap();
        let media = page.get(b"MediaBox").unwrap().as_array().unwrap();
        let [across, down] = [2, 3].map(|i| f64::from(media[i].as_float().unwrap()));
        (down / across * f64::from(width)).round() as u32
    });
    heights.collect()
}

/// The page, counted from 1, as poppler draws it in so many pixels.
pub fn drawn(bytes: &[u8], page: usize, width: u32, height: u32) -> Option<RgbImage> {
    let (dir, file) = in_file(bytes);
    let out = dir.path().join("page");
    let words = [page.to_string(), width.to_string(), height.to_string()];
    let [page, width, height] = words.each_ref().map(String::as_str);
    let (file, to) = (file.to_str().unwrap(), out.to_str().unwrap());
    let place = [
        "-f",
        page,
        "-l",
        page,
        "-scale-to-x",
        width,
        "-scale-to-y",
        height,
    ];
    let args: Vec<&str> = ["-png", "-singlefile"]
        .into_iter()
        .chain(place)
        .chain([file, to])
        .collect();
    let done = run("pdftoppm", &args)?;
    assert!(done.status.success(), "{done:?}");
    Some(image::open(out.with_extension("png")).unwrap().to_rgb8())
}

/// The pages, drawn at a pixel a pixel and put together, are the picture.
#[track_caller]
pub fn assert_shows(bytes: &[u8], width: u32, image: &RgbImage) {
    let mut top = 0;
    for (i, height) in page_heights(bytes, width).into_iter().enumerate() {
        let Some(page) = drawn(bytes, i + 1, width, height) else {
            return;
        };
        assert_eq!(page.dimensions(), (width, height), "page {}", i + 1);
        for (x, y, pixel) in page.enumerate_pixels() {
            let from = image.get_pixel(x, top + y);
            assert_eq!(pixel, from, "page {}, pixel {x}, {y}", i + 1);
        }
        top += height;
    }
    assert_eq!(top, image.height());
}
