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

/// The pages, drawn at a pixel a pixel and put together, are the picture.
#[track_caller]
pub fn assert_shows(bytes: &[u8], width: u32, image: &RgbImage) {
    let (dir, file) = in_file(bytes);
    let doc = lopdf::Document::load_mem(bytes).unwrap();
    let mut top = 0;
    for (number, id) in doc.get_pages() {
        let page = doc.get_dictionary(id).unwrap();
        let media = page.get(b"MediaBox").unwrap().as_array().unwrap();
        let scale = f64::from(media[2].as_float().unwrap()) / f64::from(width);
        let height = (f64::from(media[3].as_float().unwrap()) / scale).round() as u32;
        let out = dir.path().join("page");
        let words = [number.to_string(), width.to_string(), height.to_string()];
        let [number, across, down] = words.each_ref().map(String::as_str);
        let Some(done) = run(
            "pdftoppm",
            &[
                "-png",
                "-singlefile",
                "-f",
                number,
                "-l",
                number,
                "-scale-to-x",
                across,
                "-scale-to-y",
                down,
                file.to_str().unwrap(),
                out.to_str().unwrap(),
            ],
        ) else {
            return;
        };
        assert!(done.status.success(), "{done:?}");
        let drawn = image::open(out.with_extension("png")).unwrap().to_rgb8();
        assert_eq!(drawn.dimensions(), (width, height), "page {number}");
        for (x, y, pixel) in drawn.enumerate_pixels() {
            let from = image.get_pixel(x, top + y);
            assert_eq!(pixel, from, "page {number}, pixel {x}, {y}");
        }
        top += height;
    }
    assert_eq!(top, image.height());
}
