//! Posts with pictures to posts.pdf: CPU seconds and peak memory, gate included.
//!
//! - `cargo bench --bench posts_pdf`: 1,000 posts with 200 pictures. Target: under 1.5 CPU-seconds and 150 MB.
//! - `cargo bench --bench posts_pdf -- 100 1000 10000 100000`: cost in proportion, memory flat after the first part.
//! - `cargo bench --bench posts_pdf -- --peer PYTHON 1000`: beside WeasyPrint, which that Python has, on the same
//!   content. Target: 10 times faster.

#![allow(clippy::expect_used)]

#[path = "../tests/pdfa/sample.rs"]
#[allow(dead_code)]
mod sample;

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use arkivd::pdfa::{Options, Thread, Threads, check_all, typeset_posts};
use arkivd::record::MediumKind;
use rustix::time::{ClockId, clock_gettime};

const WORDS: &str = "kommunen invånarna snöröjning biblioteket öppettider skolan förskola badhuset \
    sammanträde kommunfullmäktige detaljplan samråd bygglov återvinning sopor cykelväg parkering \
    äldreomsorg hemtjänst evenemang konsert föreningsliv fritidsgård näringsliv och att det i en som \
    är av för med till den på har de inte om ett men vi kan ska från nu så här under även mer";

/// Different pictures on disk; each time one is shown it gets a comment of its own, so that it is a file of its own.
const PICTURES: usize = 200;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|a| a == "--test" || a == "--list") {
        return;
    }
    if let [first, folder, posts] = args.as_slice()
        && first == "--one"
    {
        return measure(Path::new(folder), posts.parse().expect("a number of posts"));
    }
    let folder = std::env::temp_dir().join(format!("arkivd-posts-pdf-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for pictures");
    for n in 0..PICTURES {
        std::fs::write(folder.join(format!("{n}.jpg")), jpeg(n)).expect("a picture on disk");
    }
    let python = args.iter().position(|a| a == "--peer");
    let python = python.and_then(|at| args.get(at + 1));
    let mut counts: Vec<usize> = args.iter().filter_map(|a| a.parse().ok()).collect();
    if counts.is_empty() {
        counts.push(1_000);
    }
    for posts in counts {
        let ours = in_child(&folder, posts);
        if let Some(python) = python {
            beside(python, &folder, posts, ours);
        }
    }
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}

/// CPU seconds to write, and to write and judge. A process of its own, so that peak memory is of this run alone.
fn in_child(folder: &Path, posts: usize) -> [f64; 2] {
    let this = std::env::current_exe().expect("this program");
    let mut command = Command::new(this);
    command.arg("--one").arg(folder).arg(posts.to_string());
    // As in the service's unit: freed memory goes back.
    let output = command
        .env("MALLOC_ARENA_MAX", "2")
        .output()
        .expect("the child runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let (told, numbers) = told
        .trim_end()
        .rsplit_once('\n')
        .expect("lines from the child");
    println!("{told}");
    let mut numbers = numbers.split(' ').map(|n| n.parse().expect("a number"));
    [(); 2].map(|()| numbers.next().expect("two numbers"))
}

fn measure(folder: &Path, posts: usize) {
    let doc = sample::document_of(Made::of(folder, posts));
    let (before, start) = (cpu_seconds(), Instant::now());
    let at_start = status("VmRSS:");
    let (mut gate, mut bytes, mut pages) = (0.0, 0, 0);
    let mut peaks = Vec::new();
    let made = typeset_posts(
        &doc,
        &Options::default(),
        &mut |file| picture(folder, file),
        &mut |part| {
            let before = cpu_seconds();
            let judged = check_all(&part.bytes, part.levels).map_err(io::Error::other)?;
            for (level, violations) in judged {
                assert!(violations.is_empty(), "{level} {violations:?}");
            }
            gate += cpu_seconds() - before;
            pages += part.pages;
            bytes += part.bytes.len();
            peaks.push(status("VmHWM:"));
            Ok(())
        },
    )
    .expect("typeset");
    let cpu = cpu_seconds() - before - doc.threads.making.get();
    println!(
        "{posts} posts, {} pictures: {} parts, {pages} pages, {:.1} MB",
        posts.div_ceil(5),
        made.parts,
        bytes as f64 / 1e6
    );
    println!(
        "  CPU {cpu:.2} s, {:.2} ms a post (writing {:.2} s, gate {gate:.2} s), wall {:.2} s",
        cpu * 1e3 / posts as f64,
        cpu - gate,
        start.elapsed().as_secs_f64(),
    );
    println!(
        "  peak memory {:.0} MB (at the start {at_start:.0}, after the first part {:.0})",
        status("VmHWM:"),
        peaks.first().copied().unwrap_or_default()
    );
    print!("{} {cpu}", cpu - gate);
}

/// WeasyPrint on the same content as HTML, tagged and as PDF/UA-1.
fn beside(python: &str, folder: &Path, posts: usize, [writing, with_gate]: [f64; 2]) {
    const PEER: &str = "import resource, sys, weasyprint\n\
        weasyprint.HTML(sys.argv[1]).write_pdf(sys.argv[2], pdf_variant='pdf/ua-1')\n\
        used = resource.getrusage(resource.RUSAGE_SELF)\n\
        print(weasyprint.__version__, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)";
    let (html, pdf) = (folder.join("posts.html"), folder.join("peer.pdf"));
    std::fs::write(&html, page(folder, posts)).expect("the page on disk");
    let output = Command::new(python)
        .args(["-c", PEER])
        .args([&html, &pdf])
        .output();
    let output = output.expect("the peer's Python runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let words: Vec<&str> = told.split_whitespace().collect();
    let [version, cpu, memory] = words.as_slice() else {
        println!("  no peer: {}", String::from_utf8_lossy(&output.stderr));
        return;
    };
    let cpu: f64 = cpu.parse().expect("seconds");
    println!(
        "  WeasyPrint {version}: CPU {cpu:.2} s, {memory} MB, {:.1} MB file",
        std::fs::metadata(&pdf).map_or(0, |m| m.len()) as f64 / 1e6
    );
    println!(
        "  ratio {:.1} to write, {:.1} with the gate, which the peer has none of (target 10)",
        cpu / writing,
        cpu / with_gate
    );
}

/// Posts of about 500 characters, every fifth with a picture, two comments each; made when asked for.
struct Made {
    folder: PathBuf,
    posts: usize,
    /// CPU seconds that making them took: no part of typesetting.
    making: Cell<f64>,
}

impl Made {
    fn of(folder: &Path, posts: usize) -> Self {
        Self {
            folder: folder.to_owned(),
            posts,
            making: Cell::new(0.0),
        }
    }
}

impl Threads for Made {
    fn count(&self) -> usize {
        self.posts
    }

    fn thread(&self, place: usize) -> Cow<'_, Thread> {
        let before = cpu_seconds();
        let mut prose = Prose::of(place);
        let n = place as u128;
        let body = vec![
            sample::text(&prose.text(260)),
            sample::text(&prose.text(240)),
        ];
        let mut post = sample::entry(n, 0, body);
        post.content.title = Some(prose.text(40));
        if place.is_multiple_of(5) {
            let name = format!("bild-{place}.jpg");
            let bytes = picture(&self.folder, &name).expect("a picture");
            let mut files = sample::Files::new();
            sample::attach(
                &mut post,
                &mut files,
                &name,
                MediumKind::Picture,
                bytes,
                Some("En bild"),
                None,
            );
        }
        let comments = (0..2).map(|c| {
            let body = vec![sample::text(&prose.text(120))];
            sample::entry(10_000_000 + n * 2 + c, 1 + c as usize, body)
        });
        let thread = Thread {
            context: None,
            entries: std::iter::once(post).chain(comments).collect(),
        };
        self.making.set(self.making.get() + cpu_seconds() - before);
        Cow::Owned(thread)
    }
}

/// The same words for the same post.
struct Prose(u64);

impl Prose {
    fn of(place: usize) -> Self {
        Self((place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % n
    }

    fn text(&mut self, length: usize) -> String {
        let words: Vec<&str> = WORDS.split_whitespace().collect();
        let mut text = String::new();
        while text.len() < length {
            text.push_str(words[self.next(words.len())]);
            text.push(if self.next(12) == 0 { ',' } else { ' ' });
        }
        text
    }
}

/// The content as a page for the peer.
fn page(folder: &Path, posts: usize) -> String {
    let doc = Made::of(folder, posts);
    let mut out = String::from(
        "<!doctype html><html lang=sv><title>Tibrobloggen</title>\
         <style>body{font:10pt 'Noto Sans'}img{width:100%}article article{margin-left:2em}</style>\
         <h1>Tibrobloggen</h1>",
    );
    for place in 0..posts {
        let thread = doc.thread(place);
        for entry in &thread.entries {
            let title = entry.content.title.as_deref().unwrap_or("Kommentar");
            let level = if entry.depth == 0 { 2 } else { 3 };
            let _ = write!(out, "<article><h{level}>{title}</h{level}>");
            if let Some(link) = &entry.permalink {
                let _ = write!(out, "<p><a href=\"{link}\">{link}</a>");
            }
            for words in entry.content.plain_text().split("\n\n") {
                let _ = write!(out, "<p>{words}");
            }
            if !entry.media.is_empty() {
                let name = format!("shown-{place}.jpg");
                let bytes = picture(folder, &format!("bild-{place}.jpg")).expect("a picture");
                std::fs::write(folder.join(&name), bytes).expect("a picture on disk");
                let _ = write!(out, "<img alt=\"En bild\" src=\"{name}\">");
            }
        }
        out.push_str("</article></article></article>");
    }
    out
}

/// The picture that stands for `…bild-N.jpg`: one of those on disk, with its name in a comment.
fn picture(folder: &Path, file: &str) -> io::Result<Vec<u8>> {
    let name = file.rsplit('/').next().unwrap_or(file);
    let number = name.trim_start_matches("bild-").trim_end_matches(".jpg");
    let number: usize = number.parse().map_err(io::Error::other)?;
    let bytes = std::fs::read(folder.join(format!("{}.jpg", number % PICTURES)))?;
    let comment = [&[0xff, 0xfe, 0, 2 + name.len() as u8], name.as_bytes()].concat();
    Ok([&bytes[..2], &comment, &bytes[2..]].concat())
}

/// A landscape with the grain of a photograph: about 140 kB as JPEG.
fn jpeg(seed: usize) -> Vec<u8> {
    let mut state = (seed as u32).wrapping_mul(2_654_435_761).max(1);
    let mut pixels = sample::scene(600, 400, seed as u32);
    for p in pixels.pixels_mut() {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        for (i, c) in p.0.iter_mut().enumerate() {
            *c = c.saturating_add((state >> (i * 8) & 0x0f) as u8);
        }
    }
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 94)
        .encode_image(&pixels)
        .expect("a picture");
    jpeg
}

/// Megabytes.
fn status(key: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes: Option<f64> = text
        .lines()
        .find_map(|l| l.strip_prefix(key)?.split_whitespace().next()?.parse().ok());
    kilobytes.unwrap_or_default() / 1e3
}

/// Of all threads.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
