//! Files made to break their readers: bounded in time and memory, each in a process of its own.

use std::process::Command;
use std::time::Instant;

use super::made::*;
use super::shown::{assert_sound, typeset};

const NAME: &str = "ARKIVD_TEST_BOMB";
/// Of the whole process, with its test pictures.
const MEMORY_KB: u64 = 512 << 10;

fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let png = |colour, bits, width: u32, height: u32, bytes: u64| {
        let mut png = Png::new(colour, bits);
        (png.width, png.height) = (width, height);
        png.around(&packed_zeros(bytes))
    };
    let mut out = super::svg::bombs();
    out.push(("rgb", png(2, 8, 30_000, 30_000, 1 << 30)));
    out.push(("sixteen", png(6, 16, 30_000, 30_000, 1 << 30)));
    out.push(("row", png(2, 8, 0x7fff_ffff, 1, 1 << 28)));
    out.push(("grey", png(0, 8, 30_000, 30_000, 30_000 * 30_001)));
    out.push(("bits", png(0, 1, 30_000, 30_000, 30_000 * 3_751)));
    out.push(("largest", png(6, 8, 6_300, 6_300, 6_300 * 25_201)));
    out.push(("profile", {
        let mut body = b"profil\0\0".to_vec();
        body.extend(packed_zeros(1 << 30));
        Png::new(2, 8)
            .with(b"iCCP", body)
            .written(|_, _| vec![9, 9, 9])
    }));
    // A GIF and a JPEG that say they are as large as can be.
    let mut gif = b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    gif.extend(b",\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x4c\x01\0;");
    out.push(("gif", gif));
    let mut jpeg = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 50);
    encoder.set_progressive(true);
    let grey = vec![128; 64 * 64];
    encoder
        .encode(&grey, 64, 64, jpeg_encoder::ColorType::Luma)
        .unwrap();
    let frame = segment(&jpeg, 0xc2);
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    out.push(("jpeg", jpeg));
    let mut many = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut many, 95);
    encoder.set_progressive(true);
    let ink = super::sample::scene(5_400, 5_400, 1);
    encoder
        .encode(&ink, 5_400, 5_400, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    many.truncate(many.len() - 2);
    many.extend(vec![0; 13_000_000]);
    many.extend([0xff, 0xd9]);
    out.push(("heavy", many));
    out.push(("tiff", {
        let mut tiff = super::sample::written(quarters(), image::ImageFormat::Tiff);
        for n in 0..tiff.len().saturating_sub(12) {
            // Width and height of the first directory.
            if matches!(tiff[n..n + 4], [0, 1, 4, 0] | [1, 1, 4, 0]) {
                tiff[n + 8..n + 12].copy_from_slice(&60_000_u32.to_le_bytes());
            }
        }
        tiff
    }));
    out
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
    let (_, bytes) = bombs().into_iter().find(|(n, _)| *n == name).unwrap();
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
