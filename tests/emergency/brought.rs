//! What people bring: nothing that stood at a blocked address, names it or leads there is taken in, by whichever way.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bytes::holding;
use crate::site::{Site, archive, emergency};
use crate::support::Archive;
use crate::support::brought::png;
use crate::support::daemon::{Daemon, events};

const PATIENCE: Duration = Duration::from_secs(300);

#[track_caller]
fn until<T>(what: &str, is: impl Fn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = is() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn picture(archive: &Archive, name: &str, seed: u8) -> PathBuf {
    let file = archive.beside(name);
    fs::write(&file, png(40, 30, seed)).unwrap();
    file
}

/// Brings a file, which must be refused for the emergency, and told without its address.
#[track_caller]
fn refused(archive: &Archive, file: &Path, more: &[&str], address: &str) {
    let bring = ["import", "blogg", file.to_str().unwrap()];
    let told = archive.run(&[&bring[..], more].concat());
    assert_ne!(told.code, Some(0), "{more:?}: {told}");
    let said = format!("{}{}", told.stdout, told.stderr);
    assert!(said.contains("emergency"), "{more:?}: {told}");
    assert!(!told.stderr.contains(address), "{more:?}: {told}");
    assert_eq!(archive.records(&["--account", "blogg"]).len(), 3);
}

#[test]
fn nothing_is_imported_that_names_or_shows_a_blocked_address() {
    let site = Site::start();
    let archive = archive(&site);
    let item = site.item();
    emergency(&archive, &item);
    let bare = item.strip_prefix("http://").unwrap();
    let shot = picture(&archive, "skärmbild.png", 1);
    let spelled = format!("{item}/?utm_source=tips");
    refused(&archive, &shot, &["--address", &item], bare);
    refused(&archive, &shot, &["--address", &spelled], bare);
    let words = format!("Det stod på <{item}>, sade hon.");
    refused(&archive, &shot, &["--text", &words], bare);
    let words = format!("se {bare}.");
    refused(&archive, &shot, &["--note", &words], bare);
    let beside = archive.beside("skärmbild.toml");
    for side in [
        format!("address = \"{item}\"\n"),
        format!("text = \"\"\"Skärmbild\nav {item}\"\"\"\n"),
    ] {
        fs::write(&beside, side).unwrap();
        refused(&archive, &shot, &[], bare);
    }
    fs::remove_file(&beside).unwrap();
    let page = archive.beside("sida.html");
    let medium = format!("{}bild-77.png", site.address);
    for body in [
        format!("<p>Nyheter</p><p><a href='{item}'>Läs mer</a></p>"),
        format!("<p>Nyheter</p><table><tr><td>{item}</td></tr></table>"),
        format!("<p>Nyheter</p><img src='{medium}'>"),
        format!("<link rel=canonical href='{item}'><p>Nyheter</p>"),
    ] {
        let whole = format!("<!DOCTYPE html><html><meta charset=utf-8><title>x</title>{body}");
        fs::write(&page, whole).unwrap();
        refused(&archive, &page, &[], bare);
    }
    let left = holding(&archive.path().join("staging"), &["skärmbild", "Nyheter"]);
    assert!(left.is_empty(), "{left:?}");
    // What is near it is taken, and itself once it was found lawful.
    let near = format!("{}vanlig-1", site.address);
    let bring = |file: &Path, address: &str| {
        let file = file.to_str().unwrap();
        archive
            .run(&["import", "blogg", file, "--address", address])
            .expect(0);
    };
    bring(&picture(&archive, "annan.png", 2), &near);
    let lift = ["removal", "emergency-lift", "1", "--reason", "Lagligt"];
    archive.run(&lift).expect(0);
    bring(&shot, &item);
}

/// The text of the answer to what was dropped under that name.
fn answer(folder: &Path, name: &str) -> Option<String> {
    let entries = fs::read_dir(folder).ok()?.map(|e| e.unwrap().path());
    let mut answers = entries.filter(|path| {
        let told = path.file_name().unwrap().to_string_lossy().into_owned();
        told.starts_with(name) && told.ends_with(".txt") && !told.ends_with(&format!("{name}.txt"))
    });
    fs::read_to_string(answers.next()?).ok()
}

#[test]
fn the_inbox_takes_nothing_of_it_and_a_tick_passes_it_by() {
    let site = Site::start();
    let archive = archive(&site);
    let item = site.item();
    archive.configure("\n[inbox]\nseconds = 1\n");
    let tick = |id: &str, what: &str| {
        let schedule = format!(
            "[[schedule]]\nid = \"{id}\"\nwhat = \"{what}\"\ncron = \"* * * * *\"\naccounts = \"all\"\nfull = true\n\
             requirement = \"TIB-4\"\nsource = \"riktlinjen s. 5\"\nquote = \"varje minut\"\nnote = \"prov\"\n"
        );
        fs::write(
            archive.path().join(format!("schedules/{id}.toml")),
            schedule,
        )
        .unwrap();
    };
    tick("jamt", "watch");
    tick("helt", "snapshot");
    let mut daemon = Daemon::start(&archive);
    let case = emergency(&archive, &item);
    assert_eq!(case["state"], "locked", "{case}");
    let before = (site.fetched(), site.asked());
    let unlawful = archive.path().join("inbox/otillåtet");
    let own = archive.path().join("inbox/blogg");
    fs::create_dir(&own).unwrap();
    let link = format!("[InternetShortcut]\r\nURL={item}\r\n");
    fs::write(unlawful.join("länk.url"), link).unwrap();
    // The side file names another address than the text does.
    let text = format!("Det stod så här på {item} i går kväll, ord för ord.");
    fs::write(unlawful.join("ord.txt"), text).unwrap();
    let other = format!("address = \"{}vanlig-1\"\n", site.address);
    fs::write(unlawful.join("ord.toml"), other).unwrap();
    fs::write(unlawful.join("bild.png"), png(40, 30, 3)).unwrap();
    let said = format!("note = \"Från {item}\"\n");
    fs::write(unlawful.join("bild.toml"), said).unwrap();
    fs::write(own.join("skärm.png"), png(40, 30, 4)).unwrap();
    let said = format!("text = \"Skärmbild av {item}\"\n");
    fs::write(own.join("skärm.toml"), said).unwrap();
    for name in ["länk.url", "ord", "bild"] {
        let told = until(name, || answer(&unlawful, name));
        assert!(told.contains("MISSTÄNKT BARNPORNOGRAFI"), "{name}: {told}");
    }
    let told = until("the answer to skärm.png", || {
        let root = archive.path().join("inbox");
        let all = crate::support::files(&root);
        let of = |p: &&PathBuf| {
            let name = p.file_name().unwrap().to_string_lossy();
            name.starts_with("skärm") && name.ends_with(".txt")
        };
        fs::read_to_string(all.iter().find(of)?).ok()
    });
    assert!(told.contains("barnpornografi"), "{told}");
    // Ticks come and go.
    until("two ticks", || (site.asked() >= before.1 + 2).then_some(()));
    assert_eq!(site.fetched(), before.0, "it was fetched");
    assert_eq!(archive.records(&["--account", "blogg"]).len(), 3);
    let all = archive.run(&["--json", "removal", "list"]).expect(0).data();
    assert_eq!(all["cases"].as_array().unwrap().len(), 1, "{all}");
    let events = events(&archive);
    let refused = events
        .iter()
        .filter(|(_, verb, _)| verb == "removal refused");
    assert_eq!(refused.count(), 3, "{events:?}");
    assert!(unlawful.join("länk.url").exists(), "it was moved");
    assert_eq!(daemon.end().0, Some(0));
    let shown: Value = archive.data(&["removal", "show", "1"]);
    assert_eq!(shown["emergency"]["state"], "locked", "{shown}");
}
