//! What is no whole picture is refused by name, and nothing makes the writer stumble.

use std::io::Write as _;

use arkivd::pdfa::{Error, Look, ScreenOptions, TextBox};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::DynamicImage;

use crate::pictures::{good, jpeg_of, options, png_of, screenshot, text, written};

fn refused(files: &[Vec<u8>]) -> String {
    match written(files, &[], &options()) {
        Ok(_) => panic!("it was taken"),
        Err(error) => {
            let mut told = error.to_string();
            let mut source = std::error::Error::source(&error);
            while let Some(error) = source {
                told.push_str(&format!(": {error}"));
                source = error.source();
            }
            told
        }
    }
}

#[test]
fn a_picture_that_is_cut_off_is_refused_wherever_it_is_cut() {
    let image = DynamicImage::ImageRgb8(screenshot(60, 90));
    let (png, jpeg) = (png_of(&image), jpeg_of(&image));
    let alpha = png_of(&DynamicImage::ImageRgba8(image.to_rgba8()));
    for bytes in [png, jpeg, alpha] {
        // Where the end marker of a JPEG alone is cut, the picture is there.
        for cut in (0..bytes.len() - 2).step_by(7).chain([bytes.len() - 3]) {
            let told = refused(&[bytes[..cut].to_vec()]);
            assert!(told.contains("tile 0"), "{cut}: {told}");
        }
    }
}

fn png(width: u32, height: u32, data: &[u8]) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], body: &[u8]| {
        out.extend_from_slice(&(body.len() as u32).to_be_bytes());
        let mut crc = flate2::Crc::new();
        crc.update(kind);
        crc.update(body);
        out.extend_from_slice(kind);
        out.extend_from_slice(body);
        out.extend_from_slice(&crc.sum().to_be_bytes());
    };
    let mut header = Vec::new();
    header.extend_from_slice(&width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(&[8, 0, 0, 0, 0]);
    chunk(b"IHDR", &header);
    chunk(b"IDAT", data);
    chunk(b"IEND", b"");
    out
}

fn packed(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn each_way_to_be_no_picture_is_told() {
    let good_rows = packed(&[0; 12]);
    for (bytes, expected) in [
        (Vec::new(), "neither a PNG nor a JPEG"),
        (b"GIF89a..........".to_vec(), "neither a PNG nor a JPEG"),
        (png(3, 3, &packed(&[0; 11])), "row 3"),
        (png(3, 3, &packed(&[0; 13])), "row"),
        (
            png(3, 3, &packed(&[0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0])),
            "row 2",
        ),
        (png(3, 3, &good_rows[..good_rows.len() - 1]), "row"),
        (png(3, 3, b""), "row 1"),
        (png(0, 3, &good_rows), "IHDR"),
        (png(u32::MAX, 3, &good_rows), "IHDR"),
        (png(100_000_000, 3, &good_rows), "longer than the limit"),
        (png(3, 900_000_000, &good_rows), "too large"),
    ] {
        let told = refused(&[bytes]);
        assert!(told.contains(expected), "{told}");
    }
    // A picture that is whole, with a checksum ending in every way.
    for value in 0..=255 {
        good(
            &[png(
                3,
                3,
                &packed(&[0, 1, 2, 3, 0, 4, 5, value, 0, 7, 8, value]),
            )],
            &[],
            &options(),
        );
    }
}

#[test]
fn a_bomb_is_stopped_before_it_is_inflated_whole() {
    let zeros = packed(&vec![0; 40 << 20]);
    assert!(zeros.len() < 100_000);
    assert!(refused(&[png(3, 3, &zeros)]).contains("row 4"));
}

#[test]
fn checksums_alone_tell_what_was_altered_and_what_was_cut() {
    let quick = ScreenOptions {
        look: Look::Checksums,
        ..options()
    };
    let whole = png_of(&DynamicImage::ImageRgb8(screenshot(60, 2_000)));
    let screen = good(std::slice::from_ref(&whole), &[], &quick);
    assert_eq!(screen.parts[0].pages, 2);
    let data = whole.windows(4).position(|w| w == b"IDAT").unwrap() + 4;
    let end = whole.windows(4).position(|w| w == b"IEND").unwrap();
    for at in (data..end - 8).step_by(997) {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        assert!(written(&[altered], &[], &quick).is_err(), "{at}");
        assert!(
            written(&[whole[..at].to_vec()], &[], &quick).is_err(),
            "{at}"
        );
    }
}

#[test]
fn no_picture_and_other_widths_are_refused() {
    assert!(matches!(
        written(&[], &[], &options()),
        Err(Error::ScreenshotCount { tiles: 0 })
    ));
    let wide = png_of(&DynamicImage::new_rgb8(30, 20));
    let narrow = png_of(&DynamicImage::new_rgb8(29, 20));
    let told = refused(&[wide, narrow]);
    assert!(
        told.contains("tile 1 is 29 pixels wide, and the first picture 30"),
        "{told}"
    );
}

#[test]
fn an_output_that_is_full_is_told() {
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(bytes.len())
                .ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let bytes = png_of(&DynamicImage::ImageRgb8(screenshot(200, 900)));
    for room in [0, 7_000, 70_000] {
        let tiles = crate::pictures::tiles(std::slice::from_ref(&bytes));
        let result = arkivd::pdfa::write_screen(tiles, &[], &options(), &mut |_, _| Ok(Full(room)));
        assert!(
            matches!(result, Err(Error::Write { part: 1, .. })),
            "{room}"
        );
    }
}

#[test]
fn bad_boxes_are_left_out_and_counted() {
    let picture = png_of(&DynamicImage::ImageRgb8(screenshot(100, 100)));
    let (nan, far) = (f64::NAN, f64::INFINITY);
    let bad: Vec<TextBox> = [
        ("a", nan, 1.0, 1.0, 1.0),
        ("a", 1.0, far, 1.0, 1.0),
        ("a", 1.0, 1.0, -1.0, 1.0),
        ("a", 1.0, 1.0, 1.0, 0.0),
        ("a", 1.0, 1.0, far, 1.0),
        ("i", 0.0, 10.0, 90.0, 0.0001),
        ("i", 10.0, 10.0, 0.09, 12.0),
        ("a", 1.0, 1.0, 1.0, nan),
        ("a", -50.0, 1.0, 20.0, 9.0),
        ("a", 1.0, 1e300, 20.0, 9.0),
        ("a", 101.0, 1.0, 20.0, 9.0),
        ("a", -1e300, 1.0, 2e300, 9.0),
        ("", 1.0, 1.0, 20.0, 9.0),
        (" \u{0}\u{feff}\n", 1.0, 1.0, 20.0, 9.0),
    ]
    .iter()
    .map(|(words, x, y, w, h)| text(words, *x, *y, *w, *h))
    .collect();
    let screen = good(&[picture], &bad, &options());
    assert_eq!(screen.boxes_left_out, bad.len());
}
