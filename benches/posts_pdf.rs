//! 1,000 posts with 200 pictures to posts.pdf, gate included: CPU seconds and peak memory.
//!
//! Target (issue 2): under 1.5 CPU-seconds and 150 MB, in release.

#![allow(clippy::expect_used)]

#[path = "../tests/pdfa/sample.rs"]
#[allow(dead_code)]
mod sample;

use std::io::Error;
use std::time::Instant;

use arkivd::pdfa::{Options, PostsDocument, Thread, check_all, typeset_posts};
use arkivd::record::MediumKind;

const WORDS: &str = "kommunen invånarna snöröjning biblioteket öppettider skolan förskola badhuset \
    sammanträde kommunfullmäktige detaljplan samråd bygglov återvinning sopor cykelväg parkering \
    äldreomsorg hemtjänst evenemang konsert föreningsliv fritidsgård näringsliv och att det i en som \
    är av för med till den på har de inte om ett men vi kan ska från nu så här under även mer";

fn main() {
    if std::env::args().any(|a| a == "--test" || a == "--list") {
        return;
    }
    let folder = std::env::temp_dir().join(format!("arkivd-posts-pdf-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for pictures");
    let (doc, total) = document(&folder);
    println!(
        "posts {}, pictures 200 of 600x400, {:.1} MB together",
        doc.threads.len(),
        total as f64 / 1e6
    );
    reset_peak();
    let before = cpu_seconds();
    let start = Instant::now();
    let mut gate = 0.0;
    let mut writing_peak: f64 = 0.0;
    println!("RSS at the start {:.0} MB", status("VmRSS:") / 1e3);
    let mut pages = 0;
    let mut bytes = 0;
    let made = typeset_posts(
        &doc,
        &Options::default(),
        &mut |file| std::fs::read(folder.join(file.rsplit('/').next().unwrap_or(file))),
        &mut |part| {
            let start = Instant::now();
            let before_gate = status("VmRSS:") / 1e3;
            writing_peak = writing_peak.max(status("VmHWM:") / 1e3);
            for (level, violations) in check_all(&part.bytes, part.levels).map_err(Error::other)? {
                assert!(violations.is_empty(), "{level} {violations:?}");
            }
            gate += start.elapsed().as_secs_f64();
            println!(
                "part {}: {:.1} MB; RSS before its gate {before_gate:.0} MB, peak so far {:.0} MB",
                part.number,
                part.bytes.len() as f64 / 1e6,
                status("VmHWM:") / 1e3
            );
            pages += part.pages;
            bytes += part.bytes.len();
            Ok(())
        },
    )
    .expect("typeset");
    let cpu = cpu_seconds() - before;
    println!(
        "{pages} pages in {} parts, {:.1} MB",
        made.parts,
        bytes as f64 / 1e6
    );
    println!(
        "CPU {cpu:.2} s (of it gate {gate:.2} s wall), wall {:.2} s, target 1.5 s: {}",
        start.elapsed().as_secs_f64(),
        if cpu < 1.5 { "met" } else { "MISSED" }
    );
    println!("peak RSS before the last gate {writing_peak:.0} MB");
    let peak = status("VmHWM:");
    println!(
        "peak RSS {:.0} MB, target 150 MB: {}",
        peak / 1e3,
        if peak < 150e3 { "met" } else { "MISSED" }
    );
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}

/// Posts of about 500 characters, every fifth with a picture, two comments each.
fn document(folder: &std::path::Path) -> (PostsDocument, u64) {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut seed = 1_u64;
    let mut next = move |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % n
    };
    let mut prose = |length: usize| {
        let mut text = String::new();
        while text.len() < length {
            text.push_str(words[next(words.len())]);
            text.push(if next(12) == 0 { ',' } else { ' ' });
        }
        text
    };
    let mut doc = sample::empty_document();
    let mut total = 0;
    for n in 0..1_000_u128 {
        let mut post = sample::entry(
            n,
            0,
            vec![sample::text(&prose(260)), sample::text(&prose(240))],
        );
        post.content.title = Some(prose(40));
        if n % 5 == 0 {
            let mut jpeg = Vec::new();
            let pixels = noisy(n as u32);
            image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 94)
                .encode_image(&pixels)
                .expect("a picture");
            total += jpeg.len() as u64;
            let name = format!("bild-{n}.jpg");
            std::fs::write(folder.join(&name), &jpeg).expect("a picture on disk");
            let mut files = sample::Files::new();
            sample::attach(
                &mut post,
                &mut files,
                &name,
                MediumKind::Picture,
                jpeg,
                Some("En bild"),
                None,
            );
        }
        let comments = (0..2).map(|c| {
            sample::entry(
                10_000 + n * 2 + c,
                1 + c as usize,
                vec![sample::text(&prose(120))],
            )
        });
        doc.threads.push(Thread {
            context: None,
            entries: std::iter::once(post).chain(comments).collect(),
        });
    }
    (doc, total)
}

/// A landscape with the grain of a photograph: about 140 kB as JPEG.
fn noisy(seed: u32) -> image::RgbImage {
    let mut state = seed.wrapping_mul(2_654_435_761).max(1);
    let mut pixels = sample::scene(600, 400, seed);
    for p in pixels.pixels_mut() {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        for (i, c) in p.0.iter_mut().enumerate() {
            *c = c.saturating_add((state >> (i * 8) & 0x0f) as u8);
        }
    }
    pixels
}

fn status(key: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    text.lines()
        .find_map(|l| l.strip_prefix(key)?.split_whitespace().next()?.parse().ok())
        .unwrap_or(0.0)
}

/// Forgets the memory that making the pictures took.
fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn cpu_seconds() -> f64 {
    // Nanoseconds on the processor; all work here is one thread's.
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = text
        .split_whitespace()
        .next()
        .and_then(|n| n.parse::<f64>().ok());
    nanoseconds.unwrap_or(f64::NAN) / 1e9
}
