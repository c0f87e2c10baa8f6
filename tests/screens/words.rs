//! The words laid over the picture, as readers copy and find them.

use arkivd::pdfa::{Level, TextBox, check};
use image::DynamicImage;

use crate::pictures::{good, only, options, png_of, screenshot, text};
use crate::readers::in_file;

const WORDS: &[&str] = &[
    "Åsa",
    "Öberg",
    "kommunfullmäktige",
    "öö",
    "Sääsuoja",
    "Čáhcesuolu",
    "Ελληνικά",
    "Привіт",
    "العربية",
    "السلام",
    "فارسی",
    "שלום",
    "שָׁלוֹם",
    "ไทย",
    "中文",
    "日本語",
    "한국어",
    "हिन्दी",
    "ትግርኛ",
    "😀",
    "👩‍🚒",
    "👨‍👩‍👧",
    "🇸🇪",
    "e\u{301}",
    "𝐟𝐚𝐧𝐜𝐲",
    "a(b)c",
    "(שלום)",
    "12%",
    "ffi",
    "x",
    "مَرْحَبًا",
];

#[test]
fn dump() {
    let image = DynamicImage::ImageRgb8(screenshot(800, 1_200));
    let boxes: Vec<TextBox> = WORDS
        .iter()
        .enumerate()
        .map(|(i, w)| {
            text(
                w,
                20.0 + (i % 3) as f64 * 250.0,
                30.0 + (i / 3) as f64 * 60.0,
                100.0,
                18.0,
            )
        })
        .collect();
    let screen = good(&[png_of(&image)], &boxes, &options());
    let _ = in_file(&only(&screen).out);
    let _ = (check, Level::A1b);
}
