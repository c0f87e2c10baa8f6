//! Pages as the screen shows them, by the real Chromium: from the command to the bag, and each end by its name.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use flate2::read::MultiGzDecoder;
use serde_json::Value;
use support::hostile::{http, redirect, serve, serve_heads};
use support::judges::{have, have_browser, judge_bag, judge_schema};
use support::sites::DemoSite;
use support::{Archive, Capture, Output, files, read_json, run};

fn html(body: &str) -> Vec<u8> {
    let page = format!(
        "<!DOCTYPE html><html lang=sv><meta charset=utf-8><title>Räksmörgås</title><body>{body}</html>"
    );
    http("200 OK", "text/html; charset=utf-8", &page)
}

const LONG: &str = "<h1>Öppet hus</h1><p>Välkommen till kommunhuset. Här finns räksmörgåsar åt alla som kommer.</p>";

/// The bag of the page, judged by others.
#[track_caller]
fn judged(capture: &Capture) -> (std::path::PathBuf, Value) {
    let bag = capture.bag("page").expect("a bag with the page");
    judge_bag(&bag);
    let file = bag.join("data/capture.json");
    judge_schema(&file, "capture.schema.json");
    let told = read_json(&file);
    let parts =
        ["screen", "print"].map(|pdf| told["page"][pdf]["parts"].as_array().unwrap().clone());
    for part in parts.iter().flatten() {
        let pdf = bag.join(part["file"].as_str().unwrap());
        let flavours = part["level"].as_str().unwrap();
        for flavour in flavours.split(", ") {
            let flavour = match flavour {
                "PDF/UA-1" => "ua1".to_owned(),
                other => other.trim_start_matches("PDF/A-").to_owned(),
            };
            let checked = Command::new(env!("CARGO_BIN_EXE_arkivd"))
                .args(["pdf", "check", "--flavour", &flavour])
                .arg(&pdf)
                .output()
                .unwrap();
            assert!(checked.status.success(), "{}: {checked:?}", pdf.display());
        }
    }
    (bag, told["page"].clone())
}

#[track_caller]
fn judge_report(archive: &Archive, done: &Output) {
    let file = archive.beside("report.json");
    fs::write(&file, &done.stdout).unwrap();
    judge_schema(&file, "report.schema.json");
}

fn text_of(pdf: &Path) -> String {
    run(Command::new("pdftotext").arg(pdf).arg("-"))
        .expect(0)
        .stdout
}

#[test]
fn a_snapshot_takes_the_page_beside_the_records() {
    if !have_browser() || !have("pdftotext") {
        return;
    }
    let site = DemoSite::start();
    let archive = Archive::with_pages();
    site.register(&archive);
    let taken = archive.snapshot("webb");
    assert!(taken.bag("records").is_some(), "{:#}", taken.report);
    let (bag, page) = judged(&taken);
    assert_eq!(page["outcome"], "captured");
    assert_eq!(page["status"], 200);
    let title = page["title"].as_str().unwrap();
    assert_eq!(taken.report["page"]["title"], title);
    let data = bag.join("data");
    let text = fs::read_to_string(data.join("page.txt")).unwrap();
    let first = text.lines().find(|line| line.len() > 12).unwrap().trim();
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    assert!(
        plain(&text_of(&data.join("page-screen.pdf"))).contains(&plain(first)),
        "{first}"
    );
    // The page's bag is told as one that holds the posts that stand on it.
    let held_by_page = |record: &Value| {
        let shown = archive.data(&["record", "show", record["record"].as_str().unwrap()]);
        let versions = shown["history"].as_array().unwrap().clone();
        let mut held = versions.iter().flat_map(|v| v["held"].as_array().unwrap());
        held.any(|h| {
            h["file"] == "data/page.txt"
                && bag.ends_with(format!("{}/bag", h["bag"].as_str().unwrap()))
        })
    };
    let posts = archive.records(&["--kind", "post"]);
    assert!(posts.iter().any(held_by_page), "{text}");
    let mut traffic = String::new();
    let warc = fs::File::open(data.join("capture.warc.gz")).unwrap();
    let mut warc = MultiGzDecoder::new(warc);
    let mut bytes = Vec::new();
    warc.read_to_end(&mut bytes).unwrap();
    traffic.push_str(&String::from_utf8_lossy(&bytes));
    assert!(traffic.starts_with("WARC/1.1\r\n"));
    assert!(traffic.contains(&format!("WARC-Target-URI: {}", site.address)));
    // Again, and nothing new in its records: the page alone is sealed.
    let again = archive.snapshot("webb");
    assert_eq!((again.sealed(), again.outcome()), (1, "sealed"));
    assert_eq!(again.count("unchanged"), taken.count("new"));
    archive.run(&["verify"]).expect(0);
    let status = archive.run(&["status"]).expect(0);
    assert!(status.stdout.contains("webb"), "{status}");
    // Records alone, and nothing is as before but them.
    let records = archive.snapshot_with("webb", 0, &["--only", "records"]);
    assert_eq!((records.sealed(), records.outcome()), (0, "unchanged"));
    assert_eq!(records.report["page"], Value::Null);
}

#[test]
fn each_end_has_its_name_and_a_login_page_is_never_sealed() {
    if !have_browser() {
        return;
    }
    let site = serve(|path| match path {
        "/borta" => http("404 Not Found", "text/html", "<h1>Sidan finns inte</h1>"),
        "/slut" => http("410 Gone", "text/html", "<h1>Borta</h1>"),
        "/konto" => redirect("/login"),
        "/login" => {
            html("<form><input name=u><input type=password name=p><button>Logga in</button></form>")
        }
        "/fil" => http("200 OK", "application/zip", "PK"),
        "/tom" => html("<div id=app></div>"),
        "/mjuk" => html("<h1>Sidan finns inte längre</h1><p>Den har tagits bort.</p>"),
        "/kontroll" => http(
            "403 Forbidden",
            "text/html",
            "<title>Just a moment...</title><p>Verify you are human",
        ),
        "/fraga" => html(
            "<h1>Innan du fortsätter</h1><p>Vi använder kakor (cookies) på den här webbplatsen.</p><button>Godkänn alla</button>",
        ),
        "/ram" => html("<iframe src=/login style='width:1100px;height:700px'></iframe>"),
        _ => html(LONG),
    });
    let archive = Archive::with_pages();
    archive.configure("\n[browser]\nretries = 0\n");
    archive.add_account("sida", "web", &site, &[]);
    archive.add_account("konto", "facebook", &format!("{site}konto"), &[]);
    let failed = |args: &[&str]| {
        let mut all = vec!["--json", "snapshot"];
        all.extend(args);
        let done = archive.run(&all).expect(1);
        judge_report(&archive, &done);
        let report = done.data()["captures"][0].clone();
        assert_eq!(report["outcome"], "failed", "{report:#}");
        assert_eq!(report["bags"], serde_json::json!([]), "{report:#}");
        report["page"]["outcome"].as_str().unwrap().to_owned()
    };
    for (path, outcome) in [
        ("borta", "not-found"),
        ("slut", "gone"),
        ("fil", "not-a-page"),
        ("tom", "empty-shell"),
        ("mjuk", "not-found"),
        ("kontroll", "captcha"),
        ("fraga", "consent-wall"),
        ("ram", "login-wall"),
    ] {
        assert_eq!(failed(&["--url", &format!("{site}{path}")]), outcome);
    }
    let closed = "http://127.0.0.1:9/";
    assert_eq!(
        failed(&["--url", closed, "--account", "sida"]),
        "unreachable"
    );
    assert_eq!(failed(&["konto"]), "login-wall");
    assert!(archive.bags().is_empty(), "nothing of it is sealed");
    let status = archive.run(&["status"]).expect(5);
    assert!(
        status.stdout.contains("account konto needs login"),
        "{status}"
    );
    assert!(
        !status.stdout.contains("page of sida"),
        "other addresses are not its own: {status}"
    );
    archive.run(&["verify"]).expect(0);
    archive
        .run(&["snapshot", "--url", "http://annat.example/"])
        .refuses(
            2,
            &["annat.example", "no registered account", "--account ID"],
        );
    archive
        .run(&["snapshot", "konto", "--only", "records"])
        .refuses(1, &["facebook", "--only page"]);
}

#[test]
fn a_login_shows_the_page_and_is_found_nowhere() {
    if !have_browser() {
        return;
    }
    const SECRET: &str = "s3kr3t-kaka-93be";
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let asks = asked.clone();
    let site = serve_heads(move |path, head| {
        if path == "/grupp" {
            asks.lock().unwrap().push(chrono::Utc::now());
        }
        let in_ = head
            .lines()
            .any(|line| line.to_ascii_lowercase().starts_with("cookie:") && line.contains(SECRET));
        match (path, in_) {
            // Servers write a login into addresses.
            ("/grupp", true) => redirect(&format!("/grupp/hem?sid={SECRET}")),
            (path, true) if path.starts_with("/grupp/hem") => html(LONG),
            ("/grupp", false) => redirect("/login"),
            _ => html("<form><input type=password></form>"),
        }
    });
    let archive = Archive::with_pages();
    let file = archive.beside("cookies.txt");
    let host = "127.0.0.1";
    fs::write(
        &file,
        format!(
            "# Netscape HTTP Cookie File\n{host}\tFALSE\t/\tFALSE\t0\tsession\t{SECRET}\n\
             .annan.example\tTRUE\t/\tFALSE\t0\tandra\tandra-hemliga\n"
        ),
    )
    .unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    archive.configure(&format!(
        "\n[credential.grupp]\ncookies_file = \"{}\"\n",
        file.display()
    ));
    let address = format!("{site}grupp");
    archive.add_account("grupp", "facebook", &address, &["--credential", "grupp"]);
    let taken = archive.snapshot("grupp");
    let (bag, page) = judged(&taken);
    assert_eq!(page["logged_in"], true);
    assert_eq!(page["outcome"], "captured");
    assert!(
        !bag.join("data/capture.warc.gz").exists(),
        "no traffic of a login"
    );
    for file in files(archive.path()) {
        let bytes = fs::read(&file).unwrap();
        let found = bytes.windows(SECRET.len()).any(|w| w == SECRET.as_bytes());
        assert!(!found, "{}", file.display());
    }
    archive.configure("\n[browser]\ntraffic_when_logged_in = true\n");
    let (bag, page) = judged(&archive.snapshot("grupp"));
    assert!(
        page["warc"]["headers_removed"].as_u64().unwrap() > 0,
        "{page:#}"
    );
    let mut traffic = Vec::new();
    let warc = fs::File::open(bag.join("data/capture.warc.gz")).unwrap();
    MultiGzDecoder::new(warc).read_to_end(&mut traffic).unwrap();
    let traffic = String::from_utf8_lossy(&traffic);
    assert!(!traffic.contains(SECRET));
    // Nothing is recorded before it was asked for.
    let target = format!("WARC-Target-URI: {address}\r\n");
    let dates = traffic
        .split("WARC/1.1\r\n")
        .filter(|record| record.contains(&target));
    let dates = dates.filter(|record| record.contains("WARC-Type: response\r\n"));
    let dates: Vec<_> = dates
        .flat_map(|record| record.lines().find_map(|l| l.strip_prefix("WARC-Date: ")))
        .collect();
    let [date] = dates[..] else {
        panic!("{dates:?}")
    };
    let date = chrono::DateTime::parse_from_rfc3339(date).unwrap();
    let first = *asked.lock().unwrap().last().unwrap();
    assert!(
        date >= first - chrono::TimeDelta::milliseconds(200),
        "{date} before {first}"
    );
    fs::write(&file, "trasig").unwrap();
    archive
        .run(&["snapshot", "grupp"])
        .refuses(1, &["cookies.txt", "line 1", "7"]);
}

#[test]
fn without_a_browser_the_records_are_taken_and_the_page_is_told() {
    let site = DemoSite::start();
    let archive = Archive::with_pages();
    archive.configure("\n[browser]\npath = \"/opt/ingen/chromium\"\nretries = 0\n");
    site.register(&archive);
    let taken = archive.snapshot_with("webb", 3, &[]);
    assert_eq!(taken.outcome(), "sealed");
    assert!(taken.bag("records").is_some() && taken.bag("page").is_none());
    let rows = taken.report["coverage"].as_array().unwrap();
    let row = rows.iter().find(|r| r["what"] == "screen").unwrap();
    assert_eq!(row["captured"], 0, "{row:#}");
    assert_eq!(row["missing"][0]["outcome"], "no-browser", "{row:#}");
    let status = archive.run(&["status"]).expect(5);
    assert!(status.stdout.contains("no-browser"), "{status}");
    let doctor = archive.run(&["doctor"]).expect(5);
    assert!(doctor.stdout.contains("/opt/ingen/chromium"), "{doctor}");
}

/// Every means of facts that a page has to reach another server: none reaches one inside, all of them are tried for real,
/// as what `allow` names is reached.
#[test]
fn nothing_inside_the_network_is_reached_through_a_page() {
    if !have_browser() {
        return;
    }
    let site = DemoSite::start();
    let inside = TcpListener::bind("127.0.0.1:0").unwrap();
    inside.set_nonblocking(true).unwrap();
    let port = inside.local_addr().unwrap().port();
    let packets = UdpSocket::bind(("127.0.0.1", port)).unwrap();
    packets.set_nonblocking(true).unwrap();
    let archive = Archive::with_pages();
    archive.configure("\n[browser]\nretries = 0\n");
    archive.add_account("sida", "web", &site.address, &[]);
    let taken = |host: &str| {
        let url = format!("{}fientlig/inifran?till={host}:{port}", site.address);
        let done = archive.run(&["--json", "snapshot", "--url", &url]);
        let capture = done.data()["captures"][0].clone();
        // Their gaps are of kinds that few others have.
        let bag = Path::new(capture["bags"][0]["path"].as_str().unwrap());
        judge_schema(&bag.join("data/capture.json"), "capture.schema.json");
        judge_report(&archive, &done);
        capture["coverage"].to_string()
    };
    for host in ["127.0.0.1", "localhost"] {
        let told = taken(host);
        assert!(told.contains("inside-network"), "{told}");
        let reached = inside.accept().map_err(|e| e.kind());
        assert_eq!(reached.unwrap_err(), ErrorKind::WouldBlock, "{host}");
        let sent = packets.recv(&mut [0; 16]).map_err(|e| e.kind());
        assert_eq!(sent.unwrap_err(), ErrorKind::WouldBlock, "{host}");
    }
    archive.configure(&format!(
        "\n[network]\nallow = [\"127.0.0.1:{port}\"]\nsilence_timeout_seconds = 5\n"
    ));
    taken("127.0.0.1");
    assert!(inside.accept().is_ok(), "what is allowed is reached");
}

#[test]
fn a_crash_between_bag_and_row_leaves_the_page_to_be_adopted() {
    if !have_browser() {
        return;
    }
    let site = serve(|_| html(LONG));
    let archive = Archive::with_pages();
    archive.add_account("sida", "web", &site, &[]);
    let crashed = archive
        .command(&["snapshot", "sida"])
        .env("ARKIVD_CRASH_AT", "store::publish::synced")
        .output()
        .unwrap();
    assert!(!crashed.status.success());
    assert_eq!(archive.bags().len(), 1, "{crashed:?}");
    archive.run(&["verify"]).expect(5);
    // The next command that writes repairs.
    let again = archive.snapshot("sida");
    assert_eq!(again.sealed(), 1);
    archive.run(&["verify"]).expect(0);
    let account = archive.data(&["account", "show", "sida"]);
    assert_eq!(account["bags"], 2, "{account:#}");
    let left = files(&archive.path().join("staging"));
    assert!(left.is_empty(), "{left:?}");
}
