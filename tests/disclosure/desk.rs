//! An archive with two committees' accounts, and a request in it.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::support::hostile::{http, serve};
use crate::support::judges::judge_schema;
use crate::support::{Archive, Output, brought};

pub const KS: &str = "Kommunstyrelsen";
pub const BN: &str = "Barnnämnden";

/// Three posts, the last of which can be edited.
pub struct Desk {
    pub archive: Archive,
    pub edited: Arc<AtomicBool>,
}

fn feed(edited: bool) -> Vec<u8> {
    let last = match edited {
        true => "Snöröjningen är klar, ring Eva Ek hemma",
        false => "Snöröjningen är klar",
    };
    let titles = ["Snöröjningen börjar", "Badet öppnar", last];
    let items: Vec<String> = titles
        .iter()
        .enumerate()
        .map(|(n, title)| {
            format!(
                "<item><guid>http://a.example/{n}</guid><title>Nr {n}</title>
                 <pubDate>Tue, 0{} Sep 2026 10:00:00 GMT</pubDate><description>{title}</description></item>",
                n + 1
            )
        })
        .collect();
    let text = format!(
        "<?xml version='1.0'?><rss version='2.0'><channel><title>Nyheter</title><link>http://a.example/</link>
         <description>x</description>{}</channel></rss>",
        items.concat()
    );
    http("200 OK", "application/rss+xml", &text)
}

impl Desk {
    pub fn new() -> Self {
        let edited = Arc::new(AtomicBool::new(false));
        let shown = Arc::clone(&edited);
        let site = serve(move |_| feed(shown.load(Ordering::SeqCst)));
        let archive = Archive::new();
        archive.configure("\n[network]\nretries = 0\n");
        archive.add_account("blogg", "feed", &site, &[]);
        let school = format!("{site}skola");
        archive.add_account("skola", "feed", &school, &[]);
        archive
            .run(&["account", "edit", "skola", "--committee", BN])
            .expect(0);
        let desk = Self { archive, edited };
        desk.archive.snapshot("blogg");
        desk.archive.snapshot("skola");
        desk
    }

    /// With a private message to the committee, whose record it gives.
    pub fn with_message() -> (Self, String) {
        let desk = Self::new();
        let picture = desk.archive.beside("meddelande.png");
        fs::write(&picture, brought::png(20, 20, 1)).unwrap();
        desk.archive
            .run(&[
                "import",
                "blogg",
                picture.to_str().unwrap(),
                "--kind",
                "message",
                "--author",
                "Eva Ek",
                "--text",
                "Snöröjningen gör mig sjuk",
                "--time",
                "2026-09-10",
            ])
            .expect(0);
        let message = desk.records("blogg", "message");
        (desk, message.first().unwrap().clone())
    }

    pub fn records(&self, account: &str, kind: &str) -> Vec<String> {
        let found = self
            .archive
            .records(&["--account", account, "--kind", kind]);
        let id = |r: &Value| r["record"].as_str().unwrap().to_owned();
        found.iter().map(id).collect()
    }

    /// Opens a request for what tells of snow.
    pub fn open(&self, more: &[&str]) -> Value {
        let mut args = vec![
            "open",
            "--committee",
            KS,
            "--scope",
            "Allt om snöröjningen",
            "--words",
            "snöröjning*",
        ];
        args.extend(more);
        self.done(&args)
    }

    /// A `disclosure` command that must end well; its report is judged.
    #[track_caller]
    pub fn done(&self, args: &[&str]) -> Value {
        self.judged(0, args).data()
    }

    #[track_caller]
    pub fn judged(&self, code: i32, args: &[&str]) -> Output {
        let output = self.run(&[&["--json"], args].concat());
        let output = output.expect(code);
        let file = self.archive.beside("judged.json");
        fs::write(&file, &output.stdout).unwrap();
        judge_schema(&file, "report.schema.json");
        output
    }

    /// As people run it: `--json` first, if at all.
    pub fn run(&self, args: &[&str]) -> Output {
        let (json, rest) = match args {
            ["--json", rest @ ..] => (&["--json"][..], rest),
            rest => (&[][..], rest),
        };
        self.archive.run(&[json, &["disclosure"], rest].concat())
    }

    /// With who decides and where is appealed.
    pub fn configured(&self) {
        self.archive.configure(
            "\n[disclosure]\nappeal_court = \"Kammarrätten i Göteborg\"\n[[disclosure.delegate]]\nname = \"Anna Ek\"\n\
             delegation = \"kommunstyrelsens delegationsordning § 4.2\"\ncommittee = \"Kommunstyrelsen\"\n",
        );
    }
}

pub fn about(case: &Value) -> Vec<String> {
    let all = case["about"].as_array().unwrap();
    all.iter()
        .map(|r| r["record"].as_str().unwrap().to_owned())
        .collect()
}

pub fn today() -> String {
    arkivd::calendar::local_date(chrono::Utc::now()).to_string()
}
