//! An archive of one feed that changes, and a request for its records.

use std::collections::HashMap;
use std::io::{Cursor, Read as _};
use std::sync::{Arc, Mutex};

use image::{ImageFormat, Rgb, RgbImage};
use serde_json::Value;

use super::support::hostile::{http, serve};
use super::support::{Archive, Output, lines};

/// A site: what its feed's items are, and its pictures, by colour.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// Title, author and body.
    pub items: Vec<(&'static str, &'static str, String)>,
    pub pictures: HashMap<&'static str, [u8; 3]>,
}

pub struct Asked {
    pub archive: Archive,
    site: Arc<Mutex<Site>>,
    pub case: String,
    /// In the order of their days.
    pub ids: Vec<String>,
}

fn feed(site: &Site) -> String {
    let items = site.items.iter().enumerate();
    let items: String = items
        .map(|(n, (title, author, body))| {
            format!(
                "<item><title>{title}</title><link>http://x.example/{n}</link><guid>g{n}</guid><pubDate>Fri, {:02} Nov 2026 08:15:00 +0100</pubDate>
                 <dc:creator>{author}</dc:creator><content:encoded><![CDATA[{body}]]></content:encoded></item>",
                n + 1
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">
         <channel><title>Tibro</title><link>http://x.example/</link><description>d</description>{items}</channel></rss>"
    )
}

fn picture(colour: [u8; 3]) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let image = RgbImage::from_pixel(80, 60, Rgb(colour));
    image.write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

impl Asked {
    pub fn of(site: impl Fn(&str) -> Site) -> Self {
        let held = Arc::new(Mutex::new(Site::default()));
        let inner = Arc::clone(&held);
        let address = serve(move |path| {
            let site = inner.lock().unwrap().clone();
            match site.pictures.get(path.trim_start_matches('/')) {
                Some(colour) => {
                    let bytes = picture(*colour);
                    let head = format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                        bytes.len()
                    );
                    [head.into_bytes(), bytes].concat()
                }
                None => http("200 OK", "application/rss+xml", &feed(&site)),
            }
        });
        *held.lock().unwrap() = site(&address);
        let archive = Archive::new();
        archive.add_account("blogg", "feed", &format!("{address}feed.xml"), &[]);
        archive.snapshot("blogg");
        let mut records = lines(&archive.run(&["--json", "record", "list"]).expect(0));
        records.sort_by_key(|r| r["published"].as_str().unwrap().to_owned());
        let ids: Vec<String> = records
            .iter()
            .map(|r| r["record"].as_str().unwrap().to_owned())
            .collect();
        let shown = archive.data(&["account", "show", "blogg"]);
        let committee = shown["account"]["committee"]
            .as_str()
            .unwrap_or("Kommunstyrelsen");
        let open = ["disclosure", "open", "--scope", "allt", "--committee"];
        let mut open = open.to_vec();
        open.push(committee);
        open.extend(ids.iter().map(String::as_str));
        let case = archive.data(&open)["designation"].as_str().unwrap().into();
        Self {
            archive,
            site: held,
            case,
            ids,
        }
    }

    /// The site changes, and is captured.
    pub fn then(&self, change: impl FnOnce(&mut Site)) {
        change(&mut self.site.lock().unwrap());
        self.archive.snapshot("blogg");
    }

    pub fn mask(&self, record: usize, what: &[&str]) -> Output {
        let mut args = vec![
            "--json",
            "disclosure",
            "mask",
            &self.case,
            &self.ids[record],
        ];
        args.extend(what);
        args.extend(["--osl", "21:7"]);
        self.archive.run(&args)
    }

    pub fn release(&self, record: usize) {
        let id = &self.ids[record];
        self.archive
            .run(&["disclosure", "review", &self.case, id, "--release"])
            .expect(0);
    }

    /// Hands out, and once more with the same bytes; gives the file, and what the command told.
    pub fn deliver(&self, name: &str, more: &[&str]) -> (Vec<u8>, Value) {
        let to = self.archive.beside(name).display().to_string();
        let form = if name.ends_with("zip") {
            "digitalt"
        } else {
            "papper"
        };
        let mut args = vec![
            "disclosure",
            "deliver",
            &self.case,
            "--form",
            form,
            "-o",
            &to,
        ];
        args.extend(more);
        let done = self.archive.data(&args);
        let again = self.archive.beside(&format!("igen-{name}"));
        let again = again.display().to_string();
        let export = done["export"].as_str().unwrap();
        let args = [
            "disclosure",
            "deliver",
            &self.case,
            "--again",
            export,
            "-o",
            &again,
        ];
        self.archive.run(&args).expect(0);
        let bytes = std::fs::read(&to).unwrap();
        assert_eq!(std::fs::read(&again).unwrap(), bytes, "the same export");
        (bytes, done)
    }
}

/// Of each picture in a ZIP: its first and its last pixel.
pub fn pictures(zip: &[u8]) -> Vec<([u8; 3], [u8; 3])> {
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut all = Vec::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).unwrap();
        if entry.name().unwrap().contains("/bilder/") {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            let shown = image::load_from_memory(&bytes).unwrap().into_rgb8();
            all.push((shown.get_pixel(0, 0).0, shown.get_pixel(79, 59).0));
        }
    }
    all.sort_unstable();
    all
}
