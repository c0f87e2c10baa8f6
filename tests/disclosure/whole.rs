//! What is handed out is whole: files of released records go out in the form that holds them, and what a form does not
//! hold is told, noted, and keeps the request open.

use std::io::Read as _;
use std::process::Command;

use image::codecs::gif::GifEncoder;
use image::{Frame, Rgba, RgbaImage};
use serde_json::Value;

use crate::desk::KS;
use crate::support::hostile::{http, serve};
use crate::support::judges::judge_schema;
use crate::support::{Archive, Output, brought};

const U: &str = "U-2026-0001";

/// An archive of one feed, and a request for all its records.
struct Asked {
    archive: Archive,
    /// In the order of their days.
    ids: Vec<String>,
}

impl Asked {
    /// `items` are the bodies of posts; `{site}` in them is where `files` lie.
    fn of(items: &[&str], files: Vec<(&'static str, &'static str, Vec<u8>)>) -> Self {
        let bodies: Vec<String> = items.iter().map(|b| (*b).to_owned()).collect();
        let site = serve(move |path| {
            let name = path.trim_start_matches('/');
            match files.iter().find(|(file, ..)| *file == name) {
                Some((_, media_type, bytes)) => {
                    let head = format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                        bytes.len()
                    );
                    [head.into_bytes(), bytes.clone()].concat()
                }
                None => {
                    let base = path.trim_start_matches("/feed/").replace('_', "/");
                    http("200 OK", "application/rss+xml", &feed(&bodies, &base))
                }
            }
        });
        let archive = Archive::new();
        let named = site.replace('/', "_");
        archive.add_account("blogg", "feed", &format!("{site}feed/{named}"), &[]);
        archive.snapshot("blogg");
        let mut records = archive.records(&["--account", "blogg"]);
        records.sort_by_key(|r| r["published"].as_str().unwrap().to_owned());
        let id = |r: &Value| r["record"].as_str().unwrap().to_owned();
        let asked = Self {
            archive,
            ids: records.iter().map(id).collect(),
        };
        let mut open = vec!["open", "--committee", KS, "--scope", "allt"];
        open.extend(asked.ids.iter().map(String::as_str));
        asked.done(&open);
        asked
    }

    fn run(&self, args: &[&str]) -> Output {
        self.archive.run(&[&["disclosure"], args].concat())
    }

    /// A command that must end well; its report is judged.
    #[track_caller]
    fn done(&self, args: &[&str]) -> Value {
        let output = self
            .archive
            .run(&[&["--json", "disclosure"], args].concat());
        let output = output.expect(0);
        let file = self.archive.beside("judged.json");
        std::fs::write(&file, &output.stdout).unwrap();
        judge_schema(&file, "report.schema.json");
        output.data()
    }

    fn release_all(&self) {
        self.done(&["review", U, "--rest", "--release"]);
    }

    fn out(&self, name: &str) -> String {
        self.archive.beside(name).display().to_string()
    }

    /// Hands out, and once more with the same bytes; gives what the command told.
    #[track_caller]
    fn deliver(&self, form: &str, name: &str) -> Value {
        let done = self.done(&["deliver", U, "--form", form, "-o", &self.out(name)]);
        let again = self.out(&format!("igen-{name}"));
        let export = done["export"].as_str().unwrap();
        self.done(&["deliver", U, "--again", export, "-o", &again]);
        let bytes = |path: &str| std::fs::read(path).unwrap();
        assert!(bytes(&again) == bytes(&self.out(name)), "the same export");
        done
    }

    fn lacks(&self) -> String {
        self.done(&["show", U])["lacks"].to_string()
    }
}

/// A body ends with the enclosure of its post, if it has one.
fn feed(bodies: &[String], site: &str) -> String {
    let items: String = bodies
        .iter()
        .enumerate()
        .map(|(n, body)| {
            let body = body.replace("{site}", site);
            let (text, enclosure) = body.split_at(body.find("<enclosure").unwrap_or(body.len()));
            format!(
                "<item><title>Inlägg {n}</title><guid>g{n}</guid><pubDate>Fri, {:02} Nov 2026 08:15:00 +0100</pubDate>
                 <content:encoded><![CDATA[{text}]]></content:encoded>{enclosure}</item>",
                n + 1,
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">
         <channel><title>Tibro</title><link>http://x.example/</link><description>d</description>{items}</channel></rss>"
    )
}

/// The names in a ZIP, below its folder, with what they hold.
fn entries(zip: &str) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(zip).unwrap()).unwrap();
    let mut all = Vec::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).unwrap();
        let name = entry.name().unwrap().into_owned();
        let name = name.split_once('/').unwrap().1.to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        all.push((name, bytes));
    }
    all
}

fn beside(zip: &str) -> Vec<Vec<u8>> {
    let files = entries(zip).into_iter();
    let files = files.filter(|(name, _)| name.starts_with("bilagor/"));
    files.map(|(_, bytes)| bytes).collect()
}

/// The words of each page; `None` without the tool.
fn pages(pdf: &[u8]) -> Option<Vec<String>> {
    let file = std::env::temp_dir().join(format!("arkivd-whole-{}.pdf", uuid::Uuid::now_v7()));
    std::fs::write(&file, pdf).unwrap();
    let read = Command::new("pdftotext").arg(&file).arg("-").output();
    std::fs::remove_file(&file).unwrap();
    let Ok(read) = read else {
        println!("SKIP: no pdftotext");
        return None;
    };
    let text = String::from_utf8(read.stdout).unwrap();
    let words = |page: &str| page.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(
        text.trim_end_matches('\u{c}')
            .split('\u{c}')
            .map(words)
            .collect(),
    )
}

fn words(pdf: &[u8]) -> Option<String> {
    pages(pdf).map(|pages| pages.join(" "))
}

fn moving() -> Vec<u8> {
    let mut out = Vec::new();
    let mut gif = GifEncoder::new(&mut out);
    for shade in [0, 255] {
        let image = RgbaImage::from_pixel(40, 30, Rgba([shade, 0, 90, 255]));
        gif.encode_frame(Frame::new(image)).unwrap();
    }
    drop(gif);
    out
}

/// One that nothing here can draw.
fn avif() -> Vec<u8> {
    b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf".to_vec()
}

#[test]
fn documents_are_printed_beside_the_records() {
    let broken = b"%PDF-1.4\nthis is none".to_vec();
    let asked = Asked::of(
        &[
            "<p>Protokollet</p><enclosure url=\"{site}p.pdf\" type=\"application/pdf\" length=\"9\"/>",
            "<p>Kartan</p><enclosure url=\"{site}k.pdf\" type=\"application/pdf\" length=\"9\"/>",
        ],
        vec![
            ("p.pdf", "application/pdf", brought::pdf()),
            ("k.pdf", "application/pdf", broken.clone()),
        ],
    );
    asked.release_all();
    let deliver =
        |form: &str, name: &str| asked.run(&["deliver", U, "--form", form, "-o", &asked.out(name)]);
    deliver("papper", "a.pdf").refuses(1, &[U, "a.pdf", "-o utlämnande.zip"]);
    assert!(!asked.archive.beside("a.pdf").exists());
    deliver("papper", "a.txt").refuses(1, &["a.txt", ".pdf or .zip"]);
    let done = asked.deliver("papper", "a.zip");
    assert_eq!(done["not_given"], serde_json::json!([]));
    assert!(
        done["remarks"].to_string().contains("\"count-by-hand\""),
        "{done}"
    );
    // Two short records below the cover, and the page of the document that can be counted.
    assert_eq!(done["pages"], 2, "{done}");
    let files = entries(&asked.out("a.zip"));
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["handlingar.pdf", "bilagor/0001_1.pdf", "bilagor/0002_1.pdf"]
    );
    assert!(files[1].1 == brought::pdf() && files[2].1 == broken);
    if let Some(text) = words(&files[0].1) {
        for told in ["0001_1.pdf 1", "0002_1.pdf räknas för hand"] {
            assert!(text.contains(told), "{told}: {text}");
        }
        assert!(!text.contains("skrivas ut"), "{text}");
    }
    let export = done["export"].as_str().unwrap();
    asked
        .run(&["deliver", U, "--again", export, "-o", &asked.out("b.pdf")])
        .refuses(1, &["b.pdf", ".zip"]);
    asked.done(&["close", U]);
}

#[test]
fn a_film_on_paper_is_told_and_waited_for() {
    let film = b"\0\0\0\x18ftypmp42 a film".to_vec();
    let asked = Asked::of(
        &[
            "<p>Så här</p><figure><video src=\"{site}f.mp4\"></video><figcaption>Så plogas Storgatan</figcaption></figure>",
        ],
        vec![("f.mp4", "video/mp4", film.clone())],
    );
    asked.release_all();
    let done = asked.deliver("papper", "a.pdf");
    assert_eq!(
        done["not_given"],
        serde_json::json!([asked.ids[0]]),
        "{done}"
    );
    if let Some(text) = words(&std::fs::read(asked.out("a.pdf")).unwrap()) {
        for told in [
            "Filmen kan inte skrivas ut på papper. Filen visas på stället eller lämnas digitalt.",
            "Text till filen: Så plogas Storgatan",
            "Inga handlingar hålls inne. 1 fil är inte med, eller bara delvis.",
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
    }
    const LACK: &str = "without a file that the form does not hold";
    assert!(asked.lacks().contains(LACK), "{}", asked.lacks());
    let shown = asked.run(&["show", U]).expect(0);
    assert!(
        shown.stdout.contains("papper 1 page 0,00 kr")
            && shown.stdout.contains("1 record without a file"),
        "{shown}"
    );
    asked.run(&["close", U]).refuses(1, &[LACK]);
    // The same film as a file: then all was given.
    let done = asked.deliver("digitalt", "b.zip");
    assert_eq!(done["not_given"], serde_json::json!([]));
    assert_eq!(beside(&asked.out("b.zip")), [film]);
    assert!(!asked.lacks().contains(LACK), "{}", asked.lacks());
}

#[test]
fn pictures_that_are_not_drawn_whole_go_out_as_files_of_unmasked_records() {
    let body = "<p>Bilder av Karl Qvist</p><img src=\"{site}a.avif\" alt=\"Karl på isen\"><img src=\"{site}b.gif\">";
    let asked = Asked::of(
        &[body],
        vec![
            ("a.avif", "image/avif", avif()),
            ("b.gif", "image/gif", moving()),
        ],
    );
    asked.release_all();
    let done = asked.deliver("digitalt", "a.zip");
    assert_eq!(done["not_given"], serde_json::json!([]), "{done}");
    assert_eq!(beside(&asked.out("a.zip")), [avif(), moving()]);
    let files = entries(&asked.out("a.zip"));
    let document = |files: &[(String, Vec<u8>)]| {
        let found = files
            .iter()
            .find(|(name, _)| name.starts_with("handlingar/"));
        words(&found.unwrap().1)
    };
    if let Some(text) = document(&files) {
        for told in [
            "bilagor/0001_1.avif",
            "Bildbeskrivning: Karl på isen",
            ".gif.]",
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
    }
    let done = asked.deliver("papper", "a.pdf");
    assert_eq!(
        done["not_given"],
        serde_json::json!([asked.ids[0]]),
        "{done}"
    );
    // Masked, neither file goes out, and the description without what is masked.
    asked.done(&["mask", U, &asked.ids[0], "--words", "Karl", "--osl", "21:7"]);
    let done = asked.deliver("digitalt", "b.zip");
    assert!(beside(&asked.out("b.zip")).is_empty(), "{done}");
    assert_eq!(
        done["not_given"],
        serde_json::json!([]),
        "they are refused: {done}"
    );
    let left = done["remarks"].as_array().unwrap().iter();
    assert_eq!(
        left.filter(|r| r["what"] == "left-out").count(),
        2,
        "{done}"
    );
    if let Some(text) = document(&entries(&asked.out("b.zip"))) {
        assert!(text.contains("Bildbeskrivning: [maskat] på isen"), "{text}");
    }
}

#[test]
fn the_cover_and_what_is_listed_cost_nothing() {
    let long = format!("<p>Handlingens ord. {}</p>", "Och mer. ".repeat(700));
    let bodies: Vec<&str> = std::iter::repeat_n("<p>Handlingens ord.</p>", 14)
        .chain(std::iter::repeat_n(long.as_str(), 2))
        .collect();
    let asked = Asked::of(&bodies, Vec::new());
    asked.release_all();
    let pdf = asked.deliver("papper", "a.pdf");
    let Some(pages) = pages(&std::fs::read(asked.out("a.pdf")).unwrap()) else {
        return;
    };
    let is_record = |p: &&String| p.contains("Handlingens ord") || p.contains("Och mer.");
    let records = pages.iter().filter(is_record).count();
    assert!(
        records > 3 && records < pages.len() - 1,
        "cover and lists have pages of their own: {records} of {}",
        pages.len()
    );
    assert_eq!(pdf["pages"], records, "{pages:#?}");
    let zip = asked.deliver("digitalt", "a.zip");
    let documents = entries(&asked.out("a.zip")).into_iter();
    let documents = documents.filter(|(name, _)| name.starts_with("handlingar/"));
    let records: usize = documents
        .map(|(_, bytes)| {
            self::pages(&bytes)
                .unwrap()
                .iter()
                .filter(is_record)
                .count()
        })
        .sum();
    assert_eq!(zip["pages"], records);
}

#[test]
fn a_region_tells_how_large_the_picture_is() {
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='100' height='50'><rect width='100' height='50'/></svg>";
    let asked = Asked::of(
        &["<img src=\"{site}a.svg\"><img src=\"{site}b.png\">"],
        vec![
            ("a.svg", "image/svg+xml", svg.as_bytes().to_vec()),
            ("b.png", "image/png", brought::png(80, 60, 1)),
        ],
    );
    let mask = |region: &str| {
        asked.done(&[
            "mask",
            U,
            &asked.ids[0],
            "--region",
            region,
            "--osl",
            "21:7",
        ])
    };
    let told = mask("1:0,0,5,5");
    // A drawing is handed out in more pixels than its file says.
    let size = |key: &str| told["picture"][key].as_u64().unwrap();
    assert_eq!(
        (size("medium"), size("width") / size("height")),
        (1, 2),
        "{told}"
    );
    assert!(size("width") > 100, "{told}");
    assert_eq!(
        mask("2:0,0,5,5")["picture"],
        serde_json::json!({ "medium": 2, "width": 80, "height": 60 })
    );
    let said = asked.run(&[
        "mask",
        U,
        &asked.ids[0],
        "--region",
        "2:9,9,5,5",
        "--osl",
        "21:7",
    ]);
    assert!(
        said.expect(0)
            .stdout
            .contains("picture 2 is 80 x 60 pixels")
    );
    let words = asked.done(&["mask", U, &asked.ids[0], "--medium", "1", "--osl", "21:7"]);
    assert!(words["picture"].is_null());
}
