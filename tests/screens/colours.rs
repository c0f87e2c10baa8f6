//! Colours that are not sRGB are made so, as in posts.

use arkivd::pdfa::AsWritten;
use jpeg_encoder::{ColorType, Encoder};
use moxcms::ColorProfile;

use crate::made::*;
use crate::pictures::{good, only, options};
use crate::readers::{drawn, qpdf_agrees};

/// Whether the quarters are shown in these colours, and what is said of it.
fn check(bytes: Vec<u8>, wanted: [[u8; 3]; 4], far: u8, said: Option<AsWritten>, what: &str) {
    let screen = good(&[bytes], &[], &options());
    assert_eq!(screen.encoded.first().map(|e| e.1), said, "{what}");
    qpdf_agrees(&only(&screen).out);
    let Some(drawn) = drawn(&only(&screen).out, 1, SIDE, SIDE) else {
        return;
    };
    for (x, y) in [(16, 16), (48, 16), (16, 48), (48, 48)] {
        let (is, wanted) = (drawn.get_pixel(x, y).0, wanted[quarter(x, y)]);
        let near = is.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= far);
        assert!(near, "{what}: {is:?}, wanted {wanted:?}");
    }
}

fn rgb(x: u32, y: u32) -> Vec<u16> {
    QUARTERS[quarter(x, y)].map(u16::from).to_vec()
}

#[test]
fn a_png_is_made_srgb_whatever_says_its_colours() {
    let colours = Some(AsWritten::Colours);
    let p3 = iccp(&ColorProfile::new_display_p3().encode().unwrap());
    let wanted = QUARTERS.map(from_p3);
    let png = Png::new(2, 8).with(b"iCCP", p3.clone());
    check(png.written(rgb), wanted, 2, colours, "P3");
    let png = Png::new(2, 8).interlaced().with(b"iCCP", p3.clone());
    check(png.written(rgb), wanted, 2, colours, "P3 interlaced");
    let png = Png::new(2, 16).with(b"iCCP", p3.clone());
    let deep = |x, y| rgb(x, y).iter().map(|v| v * 257).collect();
    check(png.written(deep), wanted, 2, colours, "P3 deep");
    let png = Png::new(6, 8).with(b"iCCP", p3.clone());
    let clear = |x, y| {
        let mut pixel = rgb(x, y);
        pixel.push(if quarter(x, y) == 3 { 0 } else { 255 });
        pixel
    };
    let mut on_white = wanted;
    on_white[3] = [255; 3];
    check(png.written(clear), on_white, 2, colours, "P3 with alpha");
    let png = Png::new(3, 8)
        .with(b"iCCP", p3.clone())
        .with(b"PLTE", QUARTERS.concat());
    let index = |x, y| vec![quarter(x, y) as u16];
    check(png.written(index), wanted, 2, colours, "P3 palette");
    let numbers = Png::new(2, 8).with(b"cICP", [12, 13, 0, 1]);
    check(numbers.written(rgb), wanted, 2, colours, "P3 by numbers");
    let numbers = Png::new(2, 8)
        .interlaced()
        .with(b"cICP", [1, 13, 0, 1])
        .with(b"iCCP", p3);
    let said = Some(AsWritten::Interlaced);
    check(numbers.written(rgb), QUARTERS, 0, said, "numbers first");
    let linear = |colour| Png::new(colour, 8).with(b"gAMA", 100_000_u32.to_be_bytes());
    let level = |x, y| u16::from([0_u8, 55, 128, 255][quarter(x, y)]);
    let wanted = [[0; 3], [128; 3], [188; 3], [255; 3]];
    let bytes = linear(0).written(|x, y| vec![level(x, y)]);
    check(bytes, wanted, 1, colours, "linear grey");
    let bytes = linear(2).written(|x, y| vec![level(x, y); 3]);
    check(bytes, wanted, 2, colours, "linear");
    let bytes = linear(4).written(|x, y| vec![level(x, y), 255]);
    check(bytes, wanted, 1, colours, "linear grey with alpha");
    let srgb = iccp(&ColorProfile::new_srgb().encode().unwrap());
    let png = Png::new(2, 8).with(b"iCCP", srgb);
    check(png.written(rgb), QUARTERS, 0, None, "sRGB");
}

#[test]
fn a_changed_palette_leaves_the_image_data_as_they_are() {
    let p3 = iccp(&ColorProfile::new_display_p3().encode().unwrap());
    let png = Png::new(3, 8)
        .with(b"iCCP", p3)
        .with(b"PLTE", QUARTERS.concat());
    let raw: Vec<u8> = (0..SIDE)
        .flat_map(|y| std::iter::once(0).chain((0..SIDE).map(move |x| quarter(x, y) as u8)))
        .collect();
    let data = packed(&raw);
    let screen = good(&[png.around(&data)], &[], &options());
    let out = &only(&screen).out;
    assert!(out.windows(data.len()).any(|w| w == data));
}

#[test]
fn a_pixel_that_names_no_colour_of_the_palette_is_black() {
    let png = Png::new(3, 4).with(b"PLTE", [RED, GREEN].concat());
    let bytes = png.written(|x, y| vec![[0, 1, 5, 15][quarter(x, y)]]);
    check(bytes, [RED, GREEN, [0; 3], [0; 3]], 0, None, "palette");
}

fn jpeg(profile: Option<&ColorProfile>) -> Vec<u8> {
    let pixels: Vec<u8> = (0..SIDE * SIDE)
        .flat_map(|n| QUARTERS[quarter(n % SIDE, n / SIDE)])
        .collect();
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 95);
    if let Some(profile) = profile {
        let profile = profile.encode().unwrap();
        encoder.add_icc_profile(&profile).unwrap();
    }
    let side = SIDE as u16;
    encoder.encode(&pixels, side, side, ColorType::Rgb).unwrap();
    out
}

#[test]
fn a_jpeg_is_made_srgb() {
    let (p3, srgb) = (ColorProfile::new_display_p3(), ColorProfile::new_srgb());
    let said = Some(AsWritten::Colours);
    check(jpeg(Some(&p3)), QUARTERS.map(from_p3), 6, said, "P3");
    check(jpeg(Some(&srgb)), QUARTERS, 6, None, "sRGB");
}

#[test]
fn a_jpeg_that_lacks_its_end_marker_alone_passes_and_gets_it() {
    let whole = jpeg(None);
    let cut = whole[..whole.len() - 2].to_vec();
    let screen = good(std::slice::from_ref(&cut), &[], &options());
    assert!(only(&screen).out.windows(whole.len()).any(|w| w == whole));
    check(cut, QUARTERS, 6, None, "without its end");
}
