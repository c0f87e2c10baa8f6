//! Files made to break their readers: bounded in time and memory, each in a process of its own.

use std::process::Command;
use std::time::Instant;

use super::made::*;
use super::shown::{assert_sound, typeset};

const NAME: &str = "ARKIVD_TEST_BOMB";
/// Of the whole process, with its test pictures.
const MEMORY_KB: u64 = 512 << 10;

type Make = Box<dyn Fn() -> Vec<u8>>;

/// Each is made only in the process that meets it.
fn bombs() -> Vec<(&'static str, Make)> {
    let png = |colour, bits, width: u32, height: u32, bytes: u64| -> Make {
        Box::new(move || {
            let mut png = Png::new(colour, bits);
            (png.width, png.height) = (width, height);
            png.around(&packed_zeros(bytes))
        })
    };
    let mut out: Vec<(&'static str, Make)> = super::svg::BOMBS
        .iter()
        .map(|name| (*name, Box::new(move || super::svg::bomb(name)) as Make))
        .collect();
    out.push(("rgb", png(2, 8, 30_000, 30_000, 1 << 28)));
    out.push(("sixteen", png(6, 16, 30_000, 30_000, 1 << 28)));
    out.push(("row", png(2, 8, 0x7fff_ffff, 1, 1 << 26)));
    out.push(("grey", png(0, 8, 30_000, 30_000, 30_000 * 30_001)));
    out.push(("bits", png(0, 1, 30_000, 30_000, 30_000 * 3_751)));
    out.push(("largest", png(6, 8, 6_300, 6_300, 6_300 * 25_201)));
    out.push(("profile", Box::new(profile)));
    out.push(("gif", Box::new(gif)));
    out.push(("jpeg", Box::new(jpeg)));
    out.push(("heavy", Box::new(heavy)));
    out.push(("tiff", Box::new(tiff)));
    out
}

fn profile() -> Vec<u8> {
    let mut body = b"profil\0\0".to_vec();
    body.extend(packed_zeros(1 << 28));
    Png::new(2, 8)
        .with(b"iCCP", body)
        .written(|_, _| vec![9, 9, 9])
}

/// It says that it is as large as can be.
fn gif() -> Vec<u8> {
    let mut gif = b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    gif.extend(b",\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x4c\x01\0;");
    gif
}

/// The same.
fn jpeg() -> Vec<u8> {
    let mut jpeg = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 50);
    encoder.set_progressive(true);
    let grey = vec![128; 64 * 64];
    encoder
        .encode(&grey, 64, 64, jpeg_encoder::ColorType::Luma)
        .unwrap();
    let frame = segment(&jpeg, 0xc2);
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    jpeg
}

/// As many pixels as are decoded, in progressive inks, which take the most memory.
fn heavy() -> Vec<u8> {
    let (width, height) = (5_400_u16, 5_400_u16);
    let pixels = vec![90; 4 * usize::from(width) * usize::from(height)];
    let mut jpeg = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 90);
    encoder.set_progressive(true);
    encoder
        .encode(&pixels, width, height, jpeg_encoder::ColorType::CmykAsYcck)
        .unwrap();
    jpeg
}

fn tiff() -> Vec<u8> {
    let mut tiff = super::sample::written(quarters(), image::ImageFormat::Tiff);
    for n in 0..tiff.len().saturating_sub(12) {
        // Width and height of the first directory.
        if matches!(tiff[n..n + 4], [0 | 1, 1, 4, 0]) {
            tiff[n + 8..n + 12].copy_from_slice(&60_000_u32.to_le_bytes());
        }
    }
    tiff
}

#[test]
fn bombs_are_bounded_in_time_and_memory() {
    if let Ok(name) = std::env::var(NAME) {
        return one(&name);
    }
    let mut failures = Vec::new();
    for (name, _) in bombs() {
        let out = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "hostile::bombs_are_bounded_in_time_and_memory",
                "--nocapture",
            ])
            .env(NAME, name)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        println!(
            "{}",
            said.lines()
                .find(|l| l.contains("told:"))
                .unwrap_or("nothing")
        );
        if !out.status.success() {
            failures.push(format!(
                "{name}: {said}{}",
                String::from_utf8_lossy(&out.stderr)
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn status(key: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|l| l.strip_prefix(key)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

fn one(name: &str) {
    let (_, make) = bombs().into_iter().find(|(n, _)| *n == name).unwrap();
    let bytes = make();
    // What making the picture took is not counted.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = status("VmHWM:");
    let began = Instant::now();
    let (told, part) = typeset(&[("bomb.bin", bytes)]);
    let seconds = began.elapsed().as_secs_f64();
    let peak = status("VmHWM:");
    println!(
        "told: {name}: {seconds:.2} s, {} MB (before {} MB), {:?}",
        peak >> 10,
        before >> 10,
        told.pictures_not_drawn.first().map(|n| &n.1)
    );
    assert_sound(&part);
    assert!(peak < MEMORY_KB, "{name}: {peak} kB");
    // Some seconds where it is built for speed; this build, and a busy machine, take their time.
    assert!(seconds < 40.0, "{name}: {seconds} s");
}
