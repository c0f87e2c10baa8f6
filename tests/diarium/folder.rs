//! The watch folder: each start page of a scheduled snapshot comes there once, whole, under its own name.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use arkivd::calendar::local_date;
use chrono::{Datelike as _, Utc};

use crate::support::daemon::Daemon;
use crate::support::judges::{have_browser, sha256};
use crate::support::sites::DemoSite;
use crate::support::{Archive, files};

fn half_year() -> String {
    let day = local_date(Utc::now());
    format!("{}-H{}", day.year(), if day.month() <= 6 { 1 } else { 2 })
}

fn names(folder: &Path) -> Vec<String> {
    let name = |f: PathBuf| f.file_name().unwrap().to_str().unwrap().to_owned();
    let mut names: Vec<String> = files(folder).into_iter().map(name).collect();
    names.sort();
    names
}

/// An archive whose one account has a page by schedule, and a folder that is not there yet.
fn office(site: &DemoSite) -> (Archive, PathBuf) {
    let archive = Archive::with_pages();
    let folder = archive.beside("resurs");
    archive.configure(&format!(
        "\n[watch_folder]\npath = \"{}\"\n",
        folder.display()
    ));
    let address = format!("{}konto?n=3", site.address);
    archive.add_account("konto", "web", &address, &[]);
    (archive, folder)
}

#[test]
fn a_page_comes_when_the_share_is_there_and_never_over_another_file() {
    if !have_browser() {
        return;
    }
    let site = DemoSite::start();
    let (archive, folder) = office(&site);
    archive.run(&["export", "watch-folder"]).expect(0);
    archive.run(&["schedule", "run", "halvar-sida"]).expect(0);
    // The share is away: that is told, and nothing is lost.
    archive
        .run(&["export", "watch-folder"])
        .refuses(1, &["resurs"]);
    let status = archive.run(&["status"]);
    assert!(status.stdout.contains("1 start page waits"), "{status}");
    let doctor = archive.run(&["doctor"]);
    assert!(doctor.stdout.contains("watch folder"), "{doctor}");
    fs::create_dir(&folder).unwrap();
    let sent = archive.data(&["export", "watch-folder"]);
    let first = sent["sent"][0].as_str().unwrap().to_owned();
    assert!(
        first.starts_with(&format!("{}_web_", half_year())) && first.ends_with(".pdf"),
        "{first}"
    );
    let screen = archive
        .bags()
        .into_iter()
        .map(|b| b.join("data/page-screen.pdf"))
        .find(|f| f.exists())
        .unwrap();
    assert_eq!(sha256(&screen), sha256(&folder.join(&first)));
    assert_eq!(
        archive.data(&["export", "watch-folder"])["sent"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    // A second one in the half-year gets the day; a name that a stranger's file has is left alone.
    let day = local_date(Utc::now());
    let second = first.replace(".pdf", &format!("_{day}.pdf"));
    fs::write(folder.join(&second), "någon annans").unwrap();
    archive.run(&["schedule", "run", "halvar-sida"]).expect(0);
    let sent = archive.data(&["export", "watch-folder"]);
    let third = sent["sent"][0].as_str().unwrap();
    assert!(
        third.starts_with(&first.replace(".pdf", &format!("_{day}_"))),
        "{sent}"
    );
    assert_eq!(
        fs::read(folder.join(&second)).unwrap(),
        "någon annans".as_bytes()
    );
    assert_eq!(names(&folder).len(), 3, "{:?}", names(&folder));
    // The daemon does the same by itself.
    let mut daemon = Daemon::start(&archive);
    archive.run(&["schedule", "run", "halvar-sida"]).expect(0);
    daemon.wait_for(&["watch folder: sent"]);
    daemon.end();
    assert_eq!(names(&folder).len(), 4, "{:?}", names(&folder));
}

#[test]
fn a_damaged_page_holds_up_no_other() {
    if !have_browser() {
        return;
    }
    let site = DemoSite::start();
    let (archive, folder) = office(&site);
    archive.run(&["export", "watch-folder"]).expect(0);
    archive.run(&["schedule", "run", "halvar-sida"]).expect(0);
    let damaged = screens(&archive).remove(0);
    archive.run(&["schedule", "run", "halvar-sida"]).expect(0);
    assert_eq!(screens(&archive).len(), 2);
    fs::set_permissions(&damaged, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&damaged, "inte en sida").unwrap();
    fs::create_dir(&folder).unwrap();
    let bag = damaged.ancestors().nth(3).unwrap();
    let bag = bag.file_name().unwrap().to_str().unwrap();
    archive
        .run(&["export", "watch-folder"])
        .refuses(3, &[bag, "konto"]);
    assert_eq!(names(&folder).len(), 1, "the other went");
    let doctor = archive.run(&["doctor"]);
    assert!(doctor.stdout.contains("1 start page waits: "), "{doctor}");
    assert!(doctor.stdout.contains(bag), "{doctor}");
    let status = archive.run(&["status"]);
    assert!(status.stdout.contains(bag), "{status}");
}

fn screens(archive: &Archive) -> Vec<PathBuf> {
    let all = archive.bags().into_iter();
    all.map(|b| b.join("data/page-screen.pdf"))
        .filter(|f| f.exists())
        .collect()
}
