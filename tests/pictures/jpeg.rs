//! JPEG of every kind.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use moxcms::ColorProfile;

use super::made::*;
use super::shown::{Shown, refused, shown};

/// The quarters, or their inks, as JPEG.
fn written(colours: ColorType, setting: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let inks = matches!(colours, ColorType::Cmyk | ColorType::CmykAsYcck);
    let pixels: Vec<u8> = (0..SIDE * SIDE)
        .flat_map(|n| {
            let [r, g, b] = QUARTERS[quarter(n % SIDE, n / SIDE)];
            match colours {
                ColorType::Luma => vec![g],
                _ if inks => vec![255 - r, 255 - g, 255 - b, 0],
                _ => vec![r, g, b],
            }
        })
        .collect();
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 95);
    setting(&mut encoder);
    encoder
        .encode(&pixels, SIDE as u16, SIDE as u16, colours)
        .unwrap();
    out
}

fn rgb() -> Vec<u8> {
    written(ColorType::Rgb, |_| ())
}

fn check(bytes: Vec<u8>, wanted: [[u8; 3]; 4], what: &str) -> Shown {
    let shown = shown("bild.jpg", bytes);
    shown.assert_quarters(wanted, 6, what);
    shown
}

#[test]
fn what_every_reader_takes_passes_through() {
    let grey = QUARTERS.map(|c| [c[1]; 3]);
    for progressive in [false, true] {
        for factor in [
            SamplingFactor::F_1_1,
            SamplingFactor::F_2_2,
            SamplingFactor::F_2_1,
        ] {
            for restart in [0, 3] {
                let set = |e: &mut Encoder<&mut Vec<u8>>| {
                    e.set_progressive(progressive);
                    e.set_sampling_factor(factor);
                    if restart > 0 {
                        e.set_restart_interval(restart);
                    }
                };
                let what = format!("{progressive} {factor:?} {restart}");
                let bytes = written(ColorType::Rgb, set);
                assert_eq!(
                    check(bytes.clone(), QUARTERS, &what).stream.content,
                    bytes,
                    "{what}"
                );
                let bytes = written(ColorType::Luma, set);
                assert_eq!(
                    check(bytes.clone(), grey, &what).stream.content,
                    bytes,
                    "{what}"
                );
            }
        }
    }
}

#[test]
fn what_follows_the_picture_is_left_out_and_a_lost_end_is_mended() {
    let bytes = rgb();
    let mut longer = bytes.clone();
    longer.extend(b"\xff\xd8 a film, or a second picture \xff\xd9");
    assert_eq!(check(longer, QUARTERS, "longer").stream.content, bytes);
    let shorter = bytes[..bytes.len() - 2].to_vec();
    assert_eq!(check(shorter, QUARTERS, "no end").stream.content, bytes);
}

#[test]
fn each_of_the_cameras_eight_positions_stands_upright() {
    let [a, b, c, d] = QUARTERS;
    // What stands in the data for the picture to be seen as a b / c d (TIFF 6.0, Orientation).
    let positions = [
        [a, b, c, d],
        [b, a, d, c],
        [d, c, b, a],
        [c, d, a, b],
        [a, c, b, d],
        [c, a, d, b],
        [d, b, c, a],
        [b, d, a, c],
    ];
    for (orientation, seen) in (1..).zip(positions) {
        let mut body = b"Exif\0\0".to_vec();
        body.extend(exif(orientation));
        check(
            with_segment(&rgb(), 0xe1, &body),
            seen,
            &format!("position {orientation}"),
        );
    }
}

#[test]
fn inks_are_shown_with_and_without_adobes_marker() {
    let plain = written(ColorType::Cmyk, |_| ());
    let marked = plain.windows(5).any(|w| w == b"Adobe");
    let ycck = written(ColorType::CmykAsYcck, |_| ());
    assert!(ycck.windows(5).any(|w| w == b"Adobe"));
    let shown = check(ycck, QUARTERS, "YCCK");
    assert_eq!(
        shown
            .stream
            .dict
            .get(b"ColorSpace")
            .unwrap()
            .as_name()
            .unwrap(),
        b"DeviceRGB"
    );
    if marked {
        check(plain.clone(), QUARTERS, "CMYK with the marker");
    }
    // Without the marker the numbers are inks as they are: the same data, inverted.
    let turned: Vec<u8> = (0..SIDE * SIDE)
        .flat_map(|n| {
            let [r, g, b] = QUARTERS[quarter(n % SIDE, n / SIDE)];
            // The encoder inverts what it is given, as Adobe does.
            [r, g, b, 255]
        })
        .collect();
    let mut out = Vec::new();
    let encoder = Encoder::new(&mut out, 95);
    encoder
        .encode(&turned, SIDE as u16, SIDE as u16, ColorType::Cmyk)
        .unwrap();
    let bare = without(&out, 0xee);
    assert!(!bare.windows(5).any(|w| w == b"Adobe"));
    check(bare, QUARTERS, "CMYK without the marker");
}

#[test]
fn red_green_and_blue_by_name_alone_are_told_to_the_reader() {
    // Three components named R, G and B, and no marker that says what they are: as numbers they are not YCbCr.
    let pixels: Vec<u8> = (0..SIDE * SIDE)
        .flat_map(|n| QUARTERS[quarter(n % SIDE, n / SIDE)])
        .collect();
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 95);
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    // Taken as YCbCr already, so that no conversion comes between.
    encoder
        .encode(&pixels, SIDE as u16, SIDE as u16, ColorType::Ycbcr)
        .unwrap();
    let mut bytes = without(&without(&out, 0xe0), 0xee);
    for marker in [0xc0, 0xda] {
        let at = segment(&bytes, marker);
        let (first, step) = if marker == 0xc0 {
            (at + 10, 3)
        } else {
            (at + 5, 2)
        };
        for (n, name) in b"RGB".iter().enumerate() {
            bytes[first + n * step] = *name;
        }
    }
    check(bytes, QUARTERS, "named");
}

#[test]
fn profiles_that_are_not_srgb_are_made_so_and_bad_ones_count_for_nothing() {
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    let with = |profile: &[u8]| written(ColorType::Rgb, |e| e.add_icc_profile(profile).unwrap());
    check(with(&p3), QUARTERS.map(from_p3), "P3");
    let srgb = ColorProfile::new_srgb().encode().unwrap();
    let bytes = with(&srgb);
    assert_eq!(check(bytes.clone(), QUARTERS, "sRGB").stream.content, bytes);
    check(with(&p3[..150]), QUARTERS, "cut profile");
    // Of two pieces, the second is missing; and a profile of one colour for a picture of three.
    let mut half = b"ICC_PROFILE\0\x01\x02".to_vec();
    half.extend(&p3);
    check(
        with_segment(&rgb(), 0xe2, &half),
        QUARTERS,
        "half a profile",
    );
    let grey = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    check(with(&grey), QUARTERS, "mismatch");
}

#[test]
fn what_cannot_be_decoded_is_told_and_why() {
    let bytes = rgb();
    let frame = segment(&bytes, 0xc0);
    let mut arithmetic = bytes.clone();
    arithmetic[frame + 1] = 0xc9;
    let why = refused("aritmetisk.jpg", arithmetic);
    assert!(why.contains("aritmetiskt"), "{why}");
    let mut twelve = bytes.clone();
    twelve[frame + 1] = 0xc1;
    twelve[frame + 4] = 12;
    let why = refused("tolv.jpg", twelve);
    assert!(why.contains("12 bitar"), "{why}");
    let mut lossless = bytes.clone();
    lossless[frame + 1] = 0xc3;
    refused("forlustfri.jpg", lossless);
}

#[test]
fn a_picture_cut_in_its_data_is_told() {
    for bytes in [rgb(), written(ColorType::Rgb, |e| e.set_progressive(true))] {
        let data = segment(&bytes, 0xda) + 14;
        for cut in [data + 20, (data + bytes.len()) / 2, bytes.len() - 12] {
            let why = refused("kapad.jpg", bytes[..cut].to_vec());
            assert!(why.contains("avbruten"), "{why}");
            // The same with an end marker put behind.
            let mut ended = bytes[..cut].to_vec();
            ended.extend([0xff, 0xd9]);
            refused("kapad.jpg", ended);
        }
    }
}

#[test]
fn data_that_make_no_sense_do_not_reach_a_reader() {
    let bytes = rgb();
    let data = segment(&bytes, 0xda) + 14;
    let mut corrupt = bytes.clone();
    for byte in &mut corrupt[data + 30..data + 60] {
        *byte = 0xfe;
    }
    let (told, part) = super::shown::typeset(&[("trasig.jpg", corrupt.clone())]);
    super::shown::assert_sound(&part);
    if told.pictures_not_drawn.is_empty() {
        // Written anew from what can be seen of it.
        assert_ne!(shown("trasig.jpg", corrupt.clone()).stream.content, corrupt);
    }
}

/// Over a threshold of loss that no eye sees.
#[test]
fn what_is_encoded_anew_looks_the_same() {
    let scene = super::sample::scene(900, 600, 3);
    let mut inks = Vec::new();
    for pixel in scene.pixels() {
        inks.extend(pixel.0.map(|c| 255 - c));
        inks.push(0);
    }
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, 90)
        .encode(&inks, 900, 600, ColorType::CmykAsYcck)
        .unwrap();
    let source = super::others::inks(&bytes);
    let shown = shown("tryck.jpg", bytes);
    let out = image::load_from_memory(&shown.stream.content)
        .unwrap()
        .into_rgb8();
    let psnr = super::others::psnr(&source, &out);
    println!("CMYK JPEG encoded anew: {psnr:.1} dB");
    assert!(psnr > 40.0, "{psnr}");
}
