//! A feed with titles that no file system and no spreadsheet likes, and bundles of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::brought::jpeg;
use crate::support::hostile::serve;
use crate::support::{Archive, files, run};

pub const TITLES: [&str; 6] = [
    "CON",
    "=1+1",
    "Fest 🎉 i parken...",
    "../../etc/passwd",
    "@kalle varför är det så här",
    "Snön röjs sent",
];

fn feed() -> String {
    let items: String = TITLES
        .iter()
        .enumerate()
        .map(|(n, title)| {
            let picture = match n {
                5 => "&lt;p&gt;Se bilden&lt;/p&gt;&lt;img src='/bild.jpg' alt='en plog'&gt;",
                _ => "Ordet i texten",
            };
            format!(
                "<entry><id>urn:x:{n}</id><link href='/{n}'/><title>{title}</title><updated>2026-11-0{0}T10:00:00Z</updated>\
                 <published>2026-11-0{0}T10:00:00Z</published><author><name>Bo Ek</name></author>\
                 <content type='html'>{picture}</content></entry>",
                n + 1
            )
        })
        .collect();
    format!(
        "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><id>urn:x</id><title>Nyheter</title>\
         <updated>2026-11-21T10:00:00Z</updated>{items}</feed>"
    )
}

fn answer(path: &str) -> Vec<u8> {
    let (kind, body) = match path {
        "/bild.jpg" => ("image/jpeg", jpeg(40, 30)),
        _ => ("application/atom+xml", feed().into_bytes()),
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}

/// An archive that has taken it, and its records by title.
pub fn archive() -> (Archive, Vec<String>) {
    let archive = Archive::new();
    let address = serve(answer);
    archive.add_account("flode", "feed", &format!("{address}feed.xml"), &[]);
    archive.snapshot("flode");
    let records = archive.records(&[]);
    let of = |title: &&str| {
        let found = records.iter().find(|r| r["title"] == **title);
        found.unwrap_or_else(|| panic!("{title}: {records:?}"))["record"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let ids = TITLES.iter().map(of).collect();
    (archive, ids)
}

/// Makes a bundle of all records; gives its report and its file.
pub fn bundle(archive: &Archive, records: &[String], name: &str) -> (Value, PathBuf) {
    let out = archive.beside(name);
    let mut args = vec![
        "export",
        "diarium",
        "--case",
        "KS 2026/123",
        "-o",
        out.to_str().unwrap(),
    ];
    args.extend(records.iter().map(String::as_str));
    (archive.data(&args), out)
}

/// Unpacks a bundle beside itself; gives the bag.
pub fn unpacked(zip: &Path) -> PathBuf {
    let folder = zip.with_extension("d");
    fs::create_dir(&folder).unwrap();
    run(std::process::Command::new("unzip")
        .arg("-q")
        .arg(zip)
        .arg("-d")
        .arg(&folder))
    .expect(0);
    let bagit = files(&folder)
        .into_iter()
        .find(|f| f.ends_with("bagit.txt"))
        .unwrap();
    bagit.parent().unwrap().to_owned()
}
