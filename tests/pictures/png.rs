//! PNG of every kind.

use moxcms::ColorProfile;

use super::made::*;
use super::shown::{refused, shown, typeset, words};

/// Grey levels of the quarters.
const LEVELS: [u8; 4] = [0, 85, 170, 255];

fn grey(levels: [u8; 4]) -> [[u8; 3]; 4] {
    levels.map(|l| [l; 3])
}

fn check(png: Vec<u8>, wanted: [[u8; 3]; 4], what: &str) -> String {
    let shown = shown(&format!("{what}.png"), png);
    shown.assert_quarters(wanted, 1, what);
    shown.filter()
}

#[test]
fn grey_of_each_depth_interlaced_or_not() {
    for bits in [1, 2, 4, 8, 16_u8] {
        let most = ((1_u32 << bits) - 1) as u16;
        let level = |n: usize| (u32::from(LEVELS[n]) * u32::from(most) / 255) as u16;
        let wanted = match bits {
            1 => grey([0, 0, 0, 255]),
            _ => grey(LEVELS),
        };
        let png = Png::new(0, bits);
        let bytes = png.written(|x, y| vec![level(quarter(x, y))]);
        check(bytes, wanted, &format!("grey {bits}"));
        let bytes = png.interlaced().written(|x, y| vec![level(quarter(x, y))]);
        check(bytes, wanted, &format!("grey {bits} interlaced"));
    }
}

#[test]
fn colours_with_and_without_alpha_interlaced_or_not() {
    // Half seen through: on white.
    let half = QUARTERS.map(|c| c.map(|v| ((u32::from(v) * 128 + 255 * 127 + 127) / 255) as u8));
    for bits in [8, 16_u8] {
        for interlaced in [false, true] {
            let widen = |v: u8| {
                if bits == 16 {
                    u16::from(v) * 257
                } else {
                    u16::from(v)
                }
            };
            let new = |colour| {
                let png = Png::new(colour, bits);
                if interlaced { png.interlaced() } else { png }
            };
            let what = |kind: &str| format!("{kind} {bits} {interlaced}");
            let rgb = new(2).written(|x, y| QUARTERS[quarter(x, y)].map(widen).to_vec());
            check(rgb, QUARTERS, &what("rgb"));
            let rgba = new(6).written(|x, y| {
                let [r, g, b] = QUARTERS[quarter(x, y)];
                [r, g, b, 128].map(widen).to_vec()
            });
            check(rgba, half, &what("rgba"));
            let grey_alpha =
                new(4).written(|x, y| [LEVELS[quarter(x, y)], 128].map(widen).to_vec());
            let wanted = LEVELS.map(|v| ((u32::from(v) * 128 + 255 * 127 + 127) / 255) as u8);
            check(grey_alpha, grey(wanted), &what("grey and alpha"));
        }
    }
}

#[test]
fn palettes_of_each_depth_interlaced_or_not() {
    for bits in [1, 2, 4, 8_u8] {
        let count = 1_usize << bits;
        let place = |n: usize| (n * 37 + 1) % count;
        let mut palette = vec![9; 3 * count];
        for (n, colour) in QUARTERS.iter().enumerate() {
            palette[3 * place(n)..3 * place(n) + 3].copy_from_slice(colour);
        }
        let colour =
            |n: usize| <[u8; 3]>::try_from(&palette[3 * place(n)..3 * place(n) + 3]).unwrap();
        let wanted = [0, 1, 2, 3].map(colour);
        let png = Png::new(3, bits).with(b"PLTE", palette.clone());
        let pixel = |x, y| vec![place(quarter(x, y)) as u16];
        check(png.written(pixel), wanted, &format!("palette {bits}"));
        check(
            png.interlaced().written(pixel),
            wanted,
            &format!("palette {bits} interlaced"),
        );
    }
}

#[test]
fn transparent_colours_show_the_white_ground_and_the_data_stay() {
    let palette: Vec<u8> = QUARTERS.concat();
    let png = Png::new(3, 8)
        .with(b"PLTE", palette)
        .with(b"tRNS", [255, 0, 128]);
    let bytes = png.written(|x, y| vec![quarter(x, y) as u16]);
    let half = BLUE.map(|v| ((u32::from(v) * 128 + 255 * 127 + 127) / 255) as u8);
    let shown = shown("palett.png", bytes);
    shown.assert_quarters([RED, [255; 3], half, SAND], 1, "palette");
    assert_eq!(shown.number("BitsPerComponent"), 8);

    for bits in [2, 8_u8] {
        let level = |n: usize| u16::from(LEVELS[n] >> (8 - bits));
        let png = Png::new(0, bits).with(b"tRNS", level(1).to_be_bytes());
        let bytes = png.written(|x, y| vec![level(quarter(x, y))]);
        check(bytes, grey([0, 255, 170, 255]), &format!("grey key {bits}"));
    }
    let key: Vec<u8> = GREEN
        .iter()
        .flat_map(|v| u16::from(*v).to_be_bytes())
        .collect();
    let png = Png::new(2, 8).with(b"tRNS", key);
    let bytes = png.written(|x, y| QUARTERS[quarter(x, y)].map(u16::from).to_vec());
    check(bytes, [RED, [255; 3], BLUE, SAND], "rgb key");
}

#[test]
fn profiles_that_are_not_srgb_are_made_so_and_bad_ones_count_for_nothing() {
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    let wanted = QUARTERS.map(from_p3);
    assert!(wanted[1][0].abs_diff(GREEN[0]) > 10, "the profiles differ");
    let rgb = |x, y| QUARTERS[quarter(x, y)].map(u16::from).to_vec();
    let near =
        |png: Vec<u8>, wanted, what: &str| shown("p.png", png).assert_quarters(wanted, 2, what);
    near(
        Png::new(2, 8).with(b"iCCP", iccp(&p3)).written(rgb),
        wanted,
        "P3 rgb",
    );
    let palette = Png::new(3, 8)
        .with(b"iCCP", iccp(&p3))
        .with(b"PLTE", QUARTERS.concat());
    near(
        palette.written(|x, y| vec![quarter(x, y) as u16]),
        wanted,
        "P3 palette",
    );
    near(
        Png::new(2, 8).with(b"cICP", [12, 13, 0, 1]).written(rgb),
        wanted,
        "P3 by numbers",
    );
    let srgb = ColorProfile::new_srgb().encode().unwrap();
    near(
        Png::new(2, 8).with(b"iCCP", iccp(&srgb)).written(rgb),
        QUARTERS,
        "sRGB",
    );
    for bad in [&p3[..200], &[0; 300], b""] {
        near(
            Png::new(2, 8).with(b"iCCP", iccp(bad)).written(rgb),
            QUARTERS,
            "bad profile",
        );
    }
    // Colours of three numbers for a picture of one.
    let grey_levels = |x, y| vec![u16::from(LEVELS[quarter(x, y)])];
    near(
        Png::new(0, 8).with(b"iCCP", iccp(&p3)).written(grey_levels),
        grey(LEVELS),
        "mismatch",
    );
}

#[test]
fn gamma_and_chromaticities_count_where_no_profile_does() {
    let linear = Png::new(0, 8).with(b"gAMA", 100_000_u32.to_be_bytes());
    let bytes = linear.written(|x, y| vec![u16::from([0_u8, 55, 128, 255][quarter(x, y)])]);
    // Linear light 55/255 and 128/255 in sRGB.
    shown("linear.png", bytes).assert_quarters(grey([0, 128, 188, 255]), 1, "linear grey");
    let linear = Png::new(2, 8).with(b"gAMA", 100_000_u32.to_be_bytes());
    let bytes = linear.written(|x, y| vec![u16::from([0_u8, 55, 128, 255][quarter(x, y)]); 3]);
    shown("linear.png", bytes).assert_quarters(grey([0, 128, 188, 255]), 2, "linear rgb");
    let rgb = |x, y| QUARTERS[quarter(x, y)].map(u16::from).to_vec();
    let usual = Png::new(2, 8).with(b"gAMA", 45_455_u32.to_be_bytes());
    shown("vanlig.png", usual.written(rgb)).assert_quarters(QUARTERS, 1, "usual gamma");
    let p3 = [
        31_270_u32, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000,
    ];
    let p3: Vec<u8> = p3.iter().flat_map(|v| v.to_be_bytes()).collect();
    let bytes = Png::new(2, 8).with(b"cHRM", p3).written(rgb);
    shown("p3.png", bytes).assert_quarters(QUARTERS.map(from_p3), 2, "chromaticities");
}

#[test]
fn sixteen_bits_round_to_the_nearest_of_eight() {
    // 128 is 32,896; the numbers around the middle to the next tell rounding from cutting.
    let samples = [32_896 + 128, 32_896 + 129, 32_896 - 128, 32_896 - 129];
    let bytes = Png::new(0, 16).written(|x, y| vec![samples[quarter(x, y)]]);
    check(bytes, grey([128, 129, 128, 127]), "sixteen");
}

#[test]
fn the_smallest_picture_and_a_turned_one_are_drawn() {
    let mut small = Png::new(2, 8);
    (small.width, small.height) = (1, 1);
    let shown_small = shown(
        "liten.png",
        small.written(|_, _| RED.map(u16::from).to_vec()),
    );
    assert_eq!(
        (shown_small.number("Width"), shown_small.number("Height")),
        (1, 1)
    );
    let turned = Png::new(2, 8).with(b"eXIf", exif(6));
    let bytes = turned.written(|x, y| QUARTERS[quarter(x, y)].map(u16::from).to_vec());
    shown("vriden.png", bytes).assert_quarters([BLUE, RED, SAND, GREEN], 1, "turned");
}

#[test]
fn a_moving_png_shows_its_first_picture() {
    let control = [0, 0, 0, 2, 0, 0, 0, 0];
    let moving = Png::new(2, 8).with(b"acTL", control);
    let bytes = moving.written(|x, y| QUARTERS[quarter(x, y)].map(u16::from).to_vec());
    check(bytes.clone(), QUARTERS, "moving");
    let says = |bytes| {
        let (_, part) = typeset(&[("a.png", bytes)]);
        words(&part).map(|words| words.contains("fler bilder än den första"))
    };
    assert_ne!(says(bytes), Some(false));
    let one = Png::new(2, 8).with(b"acTL", [0, 0, 0, 1, 0, 0, 0, 0]);
    let one = one.written(|x, y| QUARTERS[quarter(x, y)].map(u16::from).to_vec());
    assert_ne!(says(one), Some(true));
    let still = Png::new(2, 8).written(|x, y| QUARTERS[quarter(x, y)].map(u16::from).to_vec());
    let mut late = still[..still.len() - 12].to_vec();
    chunk(&mut late, b"acTL", &control);
    chunk(&mut late, b"IEND", &[]);
    assert_ne!(says(late), Some(true));
}

#[test]
fn a_pixel_that_names_no_colour_of_the_palette_is_black() {
    let png = Png::new(3, 4).with(b"PLTE", [RED, GREEN].concat());
    let bytes = png.written(|x, y| vec![[0, 1, 5, 15][quarter(x, y)]]);
    check(bytes, [RED, GREEN, [0; 3], [0; 3]], "palette");
}

#[test]
fn numbers_go_before_a_profile_in_what_is_decoded_too() {
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    let png = Png::new(2, 8)
        .interlaced()
        .with(b"cICP", [1, 13, 0, 1])
        .with(b"iCCP", iccp(&p3));
    let bytes = png.written(|x, y| QUARTERS[quarter(x, y)].map(u16::from).to_vec());
    shown("a.png", bytes).assert_quarters(QUARTERS, 1, "numbers first");
}

#[test]
fn data_that_end_in_a_carriage_return_are_not_changed() {
    let mut met = 0;
    for n in 0..2_000_u32 {
        let raw: Vec<u8> = (0..2)
            .flat_map(|row| [0, (n >> 8) as u8, n as u8, 2 * row])
            .collect();
        let data = packed(&raw);
        if data.last() != Some(&b'\r') {
            continue;
        }
        met += 1;
        let mut png = Png::new(0, 8);
        (png.width, png.height) = (3, 2);
        let shown = shown("cr.png", png.around(&data));
        assert_eq!((shown.number("Width"), shown.number("Height")), (3, 2));
        assert!(shown.stream.content.starts_with(&data));
        if met == 3 {
            break;
        }
    }
    assert_eq!(met, 3, "the case was met");
}

#[test]
fn thirty_thousand_by_thirty_thousand_passes_or_is_told() {
    let mut large = Png::new(0, 1);
    (large.width, large.height) = (30_000, 30_000);
    let bytes = large.around(&packed_zeros(30_000 * (1 + 3_750)));
    assert!(bytes.len() < 200_000);
    let (told, part) = typeset(&[("stor.png", bytes)]);
    assert_eq!(told.pictures_not_drawn, []);
    super::shown::assert_sound(&part);

    let mut large = Png::new(2, 8);
    (large.width, large.height) = (30_000, 30_000);
    let why = refused("stor.png", large.around(&packed_zeros(1 << 20)));
    assert!(why.contains("bildpunkter"), "{why}");
    // As large as it says, but not whole: one row is missing, one filter is none, one byte is changed.
    let mut large = Png::new(0, 1);
    (large.width, large.height) = (30_000, 30_000);
    refused(
        "kort.png",
        large.around(&packed_zeros(29_999 * (1 + 3_750))),
    );
}

#[test]
fn damaged_data_are_told() {
    let png = Png::new(2, 8);
    let bytes = png.written(|x, y| QUARTERS[quarter(x, y)].map(u16::from).to_vec());
    for cut in [bytes.len() - 13, bytes.len() - 40, 60, 30, 9] {
        let why = refused("kapad.png", bytes[..cut].to_vec());
        assert!(why.contains("skadad"), "{why}");
    }
    let rows: Vec<u8> = (0..64)
        .flat_map(|_| [&[9_u8][..], &[0; 192]].concat())
        .collect();
    let why = refused("filter.png", png.around(&packed(&rows)));
    assert!(why.contains("skadad"), "{why}");
}
