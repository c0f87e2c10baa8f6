//! An archive whose captures are of days that are over, what is delivered of it and what is destroyed.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::judges::judge_schema;
use crate::support::sites::DemoSite;
use crate::support::{Archive, Output, run};

pub const KS: &str = "Kommunstyrelsen";

/// The library that shows a program another time; None, with a word, where it is not installed.
fn faketime() -> Option<PathBuf> {
    let found = std::fs::read_dir("/usr/lib")
        .ok()?
        .flatten()
        .map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"))
        .find(|path| path.exists());
    if found.is_none() {
        println!("SKIP: libfaketime is not installed (Debian: faketime)");
    }
    found
}

/// An archive whose captures are of days that are over, since its commands run two days later.
pub struct Past {
    pub archive: Archive,
    library: PathBuf,
    pub day: String,
}

impl Past {
    pub fn of(archive: Archive) -> Option<Past> {
        let day = arkivd::calendar::local_date(chrono::Utc::now()).to_string();
        Some(Past {
            archive,
            library: faketime()?,
            day,
        })
    }

    pub fn run(&self, args: &[&str]) -> Output {
        let mut command = self.archive.command(args);
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME", "+2d");
        run(&mut command)
    }

    #[track_caller]
    pub fn data(&self, args: &[&str]) -> Value {
        let output = self.run(&[&["--json"], args].concat()).expect(0);
        let file = self.archive.beside("judged.json");
        std::fs::write(&file, &output.stdout).unwrap();
        judge_schema(&file, "report.schema.json");
        output.data()
    }

    pub fn deliver(&self, name: &str, more: &[&str]) -> (PathBuf, Output) {
        let out = self.archive.beside(name);
        let mut args = vec![
            "delivery",
            "--committee",
            KS,
            "--from",
            "2020-01-01",
            "--to",
            &self.day,
        ];
        args.extend(more);
        args.extend(["-o", out.to_str().unwrap()]);
        let output = self.run(&args);
        (out, output)
    }
}

/// Its site with one capture.
pub fn captured() -> Option<(DemoSite, Past)> {
    let site = DemoSite::start();
    let archive = Archive::new();
    site.register(&archive);
    archive.snapshot("webb");
    Some((site, Past::of(archive)?))
}

/// A gallring of those records by a decision of its own.
pub fn destroyed(past: &Past, records: &[String]) {
    let mut args = vec![
        "--json",
        "gallring",
        "propose",
        "--committee",
        KS,
        "--record",
    ];
    args.extend(records.iter().map(String::as_str));
    let proposed = past.run(&args).expect(0).data();
    let word = |key: &str| proposed[key].as_str().unwrap().to_owned();
    let (id, digest) = (word("id"), word("digest"));
    let inquiry = past.archive.beside("utredning.toml");
    std::fs::write(
        &inquiry,
        "rattskipning = \"Nej\"\nverksamhet = \"Nej\"\nforskning = \"Nej\"\nkulturarv = \"Nej\"\n",
    )
    .unwrap();
    past.run(&[
        "gallring",
        "approve",
        &id,
        "--digest",
        &digest,
        "--by",
        "Anna Ek",
        "--decision-by",
        KS,
        "--date",
        "2026-01-10",
        "--paragraph",
        "§ 7",
        "--reference",
        "KS 2026/7",
        "--inquiry",
        inquiry.to_str().unwrap(),
    ])
    .expect(0);
    let executed = past.run(&["gallring", "execute", &id]);
    assert!(matches!(executed.code, Some(0 | 5)), "{executed}");
}

pub fn ids(past: &Past) -> Vec<String> {
    let known = past.archive.records(&["--limit", "1000"]);
    let id = |r: &Value| r["record"].as_str().unwrap().to_owned();
    known.iter().map(id).collect()
}
