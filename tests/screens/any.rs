//! Screenshots of any size and kind, with any text anywhere: what is written conforms.

use std::sync::OnceLock;

use arkivd::pdfa::{AsWritten, ScreenOptions};
use png::{BitDepth, ColorType};
use proptest::prelude::*;

use crate::pictures::{good, options, png_kind, text};
use crate::readers::qpdf_agrees;

/// How many: `PROPTEST_CASES`, or few.
fn cases() -> u32 {
    static CASES: OnceLock<u32> = OnceLock::new();
    *CASES
        .get_or_init(|| std::env::var("PROPTEST_CASES").map_or(24, |cases| cases.parse().unwrap()))
}

fn kind() -> impl Strategy<Value = (ColorType, BitDepth)> {
    use BitDepth::{Eight, Four, One, Sixteen, Two};
    use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    prop_oneof![
        (
            Just(Grayscale),
            prop_oneof![Just(One), Just(Two), Just(Four), Just(Eight), Just(Sixteen)]
        ),
        (
            Just(Indexed),
            prop_oneof![Just(One), Just(Two), Just(Four), Just(Eight)]
        ),
        (
            prop_oneof![Just(Rgb), Just(Rgba), Just(GrayscaleAlpha)],
            prop_oneof![Just(Eight), Just(Sixteen)]
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]
    #[test]
    fn any_screenshot_conforms(
        (colour, depth) in kind(),
        width in 1u32..300,
        heights in proptest::collection::vec(1u32..1_500, 1..4),
        boxes in proptest::collection::vec(
            (any::<String>(), -20.0..320.0, -20.0..4_600.0, -1.0..400.0, -1.0..90.0), 0..30),
        max_pages in 3usize..20,
        max_bytes in 220_000u64..900_000,
    ) {
        let files: Vec<Vec<u8>> = heights.iter().map(|h| png_kind(width, *h, colour, depth)).collect();
        let boxes: Vec<_> = boxes.iter().map(|(t, x, y, w, h)| text(t, *x, *y, *w, *h)).collect();
        let limits = ScreenOptions { max_pages, max_bytes, ..options() };
        let screen = good(&files, &boxes, &limits);
        let rows: u32 = heights.iter().sum();
        prop_assert_eq!((screen.width, screen.height), (width, rows.into()));
        prop_assert!(screen.parts.iter().all(|p| p.pages <= max_pages));
        let passes = screen.encoded.iter().all(|(_, why)| *why == AsWritten::Cut);
        let plain = matches!(colour, ColorType::Grayscale | ColorType::Indexed | ColorType::Rgb);
        prop_assert_eq!(passes, plain && depth != BitDepth::Sixteen);
        qpdf_agrees(&screen.parts[0].out);
    }
}
