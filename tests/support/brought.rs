//! Files as people bring them.

use image::{DynamicImage, ImageFormat, RgbImage};
use lopdf::{Document, Object, Stream, dictionary};
use serde_json::Value;
use std::io::Cursor;

fn picture(width: u32, height: u32, seed: u8, format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let byte = |n: u32| u8::try_from(n % 256).unwrap();
        image::Rgb([byte(x * 3), byte(y), seed])
    });
    let mut out = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture)
        .write_to(&mut out, format)
        .unwrap();
    out.into_inner()
}

pub fn png(width: u32, height: u32, seed: u8) -> Vec<u8> {
    picture(width, height, seed, ImageFormat::Png)
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    picture(width, height, 7, ImageFormat::Jpeg)
}

pub fn webp(width: u32, height: u32) -> Vec<u8> {
    picture(width, height, 9, ImageFormat::WebP)
}

/// A PDF with a font that it does not hold: no PDF/A can be made of it.
pub fn pdf() -> Vec<u8> {
    let mut doc = Document::with_version("1.4");
    let font = doc.add_object(
        dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" },
    );
    let words = b"BT /F1 24 Tf 100 600 Td (Hej) Tj ET".to_vec();
    let content = doc.add_object(Stream::new(dictionary! {}, words));
    let pages = doc.new_object_id();
    let page = doc.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => content,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
    });
    let kids: Vec<Object> = vec![page.into()];
    doc.objects.insert(
        pages,
        Object::Dictionary(dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => 1 }),
    );
    let catalog = doc.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    doc.trailer.set("Root", catalog);
    let mut out = Vec::new();
    doc.save_to(&mut out).unwrap();
    out
}

/// A page as Chromium saves it in one file.
pub const MHTML: &str = "From: <Saved by Blink>\r\n\
Snapshot-Content-Location: https://blogg.example/a\r\n\
Subject: hej\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/related; type=\"text/html\"; boundary=\"--B--\"\r\n\r\n\r\n\
----B--\r\n\
Content-Type: text/html\r\n\
Content-Transfer-Encoding: quoted-printable\r\n\
Content-Location: https://blogg.example/a\r\n\r\n\
<!DOCTYPE html><html><head><title>Vinter</title></head><body><p>Sn=C3=B6 och =\r\n\
is</p><img src=3D\"https://blogg.example/b.gif\" alt=3D\"En punkt\"></body></html>\r\n\
----B--\r\n\
Content-Type: image/gif\r\n\
Content-Transfer-Encoding: base64\r\n\
Content-Location: https://blogg.example/b.gif\r\n\r\n\
R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7\r\n\
----B----\r\n";

/// The PDFs of a capture.json, from `data/`: the records typeset, and what was made of originals.
pub fn pdfs(capture: &Value) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut add = |parts: &Value| {
        let parts = parts.as_array().into_iter().flatten();
        out.extend(parts.map(|p| p["file"].as_str().unwrap().to_owned()));
    };
    add(&capture["posts_pdf"]["parts"]);
    let originals = capture["brought"].as_array().into_iter().flatten();
    let originals: Vec<&Value> = originals
        .flat_map(|b| b["originals"].as_array().unwrap())
        .collect();
    for original in &originals {
        add(&original["pdf"]["parts"]);
    }
    out.extend(
        originals
            .iter()
            .filter_map(|o| o["cover"].as_str())
            .map(str::to_owned),
    );
    out
}
