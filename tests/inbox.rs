//! The inbox: what is put there while the daemon runs becomes records, once, whatever ends the daemon between.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use support::brought::png;
use support::daemon::{Daemon, events};
use support::judges::{judge_bag, judge_schema};
use support::{Archive, read_json};

/// Nothing a test waits for takes as long.
const PATIENCE: Duration = Duration::from_secs(300);

fn archive() -> Archive {
    let archive = Archive::new();
    archive.configure("[inbox]\nseconds = 1\n");
    archive.add_account("fb", "facebook", "https://www.facebook.com/tibro", &[]);
    fs::create_dir(inbox(&archive).join("fb")).unwrap();
    archive
}

fn inbox(archive: &Archive) -> PathBuf {
    archive.path().join("inbox")
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// What was taken, by name.
fn done(archive: &Archive) -> Vec<String> {
    let folder = inbox(archive).join("done");
    names(&folder)
        .iter()
        .flat_map(|month| names(&folder.join(month)))
        .collect()
}

#[track_caller]
fn until(what: &str, is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn init_says_what_the_folder_is_for() {
    let archive = Archive::new();
    let text = fs::read_to_string(inbox(&archive).join("LÄSMIG.txt")).unwrap();
    assert!(
        text.contains("skarmbild.toml") && text.contains("failed/"),
        "{text}"
    );
}

#[test]
fn files_become_records_and_leave_the_inbox() {
    let archive = archive();
    let inbox = inbox(&archive);
    let fb = inbox.join("fb");
    let put = |path: PathBuf, bytes: &[u8]| fs::write(path, bytes).unwrap();
    put(fb.join("Åsas bild 😀.png"), &png(30, 30, 1));
    put(
        fb.join(OsStr::from_bytes(b"gammal\xe5.png")),
        &png(30, 30, 2),
    );
    put(fb.join("CON"), &png(30, 30, 3));
    put(fb.join(format!("{}.png", "l".repeat(251))), &png(30, 30, 4));
    put(inbox.join("lös.png"), &png(30, 30, 5));
    put(
        inbox.join("lös.toml"),
        b"account = \"fb\"\nkind = \"kommentar\"\nauthor = \"Hemlig Person\"\n",
    );
    for n in 0..3 {
        put(fb.join(format!("del{n}.png")), &png(30, 30, 10 + n));
    }
    put(
        fb.join("samtal.toml"),
        b"kind = \"meddelande\"\nfiles = [\"del2.png\", \"del0.png\", \"del1.png\"]\n",
    );
    // A name that is taken in done/, and the same picture twice.
    put(fb.join("kopia.png"), &png(30, 30, 1));
    // What is left alone.
    put(fb.join("halv.png.part"), b"x");
    put(fb.join(".dold.png"), &png(30, 30, 6));
    std::os::unix::fs::symlink("/etc/hostname", fb.join("länk.png")).unwrap();
    fs::create_dir(fb.join("djupare")).unwrap();
    put(fb.join("djupare/inne.png"), &png(30, 30, 7));
    fs::create_dir(inbox.join("felstavat")).unwrap();
    put(inbox.join("felstavat/x.png"), &png(30, 30, 9));

    let mut daemon = Daemon::start(&archive);
    until("the inbox", || done(&archive).len() == 11);
    assert_eq!(
        names(&fb),
        [".dold.png", "djupare", "halv.png.part", "länk.png"]
    );
    assert!(inbox.join("otillåtet/LÄSMIG.txt").exists() && inbox.join("LÄSMIG.txt").exists());
    let taken = done(&archive);
    assert!(
        taken.iter().any(|n| n == "CON") && taken.iter().any(|n| n == "lös.toml"),
        "{taken:?}"
    );

    // Another file of a name that was used, and one that somebody is writing.
    put(fb.join("CON"), &png(30, 30, 20));
    let whole = png(200, 200, 21);
    let mut slow = fs::File::create(fb.join("växer.png")).unwrap();
    let begun = Instant::now();
    for piece in whole.chunks(whole.len().div_ceil(8)) {
        slow.write_all(piece).unwrap();
        std::thread::sleep(Duration::from_millis(500));
    }
    assert!(begun.elapsed() > Duration::from_secs(3));
    drop(slow);
    until("the second CON", || {
        done(&archive).iter().any(|n| n == "CON (2)")
    });
    until("the slow one", || {
        done(&archive).iter().any(|n| n == "växer.png")
    });
    assert!(
        !inbox.join("failed").exists(),
        "{:?}",
        names(&inbox.join("failed"))
    );

    let status = archive.run(&["status"]).expect(5);
    assert!(
        status.stdout.contains("inbox/felstavat") && !status.stdout.contains("otillåtet"),
        "{status}"
    );
    assert_eq!(daemon.end().0, Some(0));
    let log = daemon.said.join("\n");
    assert!(!log.contains("Hemlig") && !log.contains("Åsas"), "{log}");
    // Four in the folder, the loose one, the conversation, and two later; the copy is none.
    assert_eq!(archive.records(&[]).len(), 8);
    assert_eq!(archive.records(&["--kind", "message"]).len(), 1);
    for bag in archive.bags() {
        judge_bag(&bag);
        judge_schema(&bag.join("data/records.json"), "records.schema.json");
        judge_schema(&bag.join("data/capture.json"), "capture.schema.json");
        let capture = read_json(&bag.join("data/capture.json"));
        if capture["kind"] == "records-restricted" {
            let originals = capture["brought"][0]["originals"].as_array().unwrap();
            let order: Vec<&str> = originals
                .iter()
                .map(|o| o["name"].as_str().unwrap())
                .collect();
            assert_eq!(order, ["del2.png", "del0.png", "del1.png"]);
        }
    }
    let told = events(&archive);
    assert_eq!(
        told.iter().filter(|(_, verb, _)| verb == "import").count(),
        10,
        "an event a file"
    );
    archive.run(&["verify"]).expect(0);
}

#[test]
fn what_cannot_be_taken_lies_in_failed_with_its_reason() {
    let archive = archive();
    let inbox = inbox(&archive);
    let fb = inbox.join("fb");
    let whole = png(60, 60, 1);
    fs::write(fb.join("kapad.png"), &whole[..whole.len() / 2]).unwrap();
    fs::write(fb.join("fel.png"), png(60, 60, 2)).unwrap();
    fs::write(fb.join("fel.toml"), "autor = \"x\"\n").unwrap();
    fs::write(inbox.join("okänt.png"), png(60, 60, 3)).unwrap();
    fs::write(inbox.join("okänt.png.toml"), "account = \"insta\"\n").unwrap();
    fs::write(fb.join("hel.png"), png(60, 60, 4)).unwrap();
    let mut daemon = Daemon::start(&archive);
    let failed = inbox.join("failed");
    until("the failed", || {
        names(&failed)
            .iter()
            .filter(|n| n.ends_with(".orsak.txt"))
            .count()
            == 3
    });
    until("the good", || done(&archive) == ["hel.png"]);
    let reason = |name: &str| fs::read_to_string(failed.join(format!("{name}.orsak.txt"))).unwrap();
    assert!(
        reason("kapad.png").contains("skadad eller avbruten"),
        "{}",
        reason("kapad.png")
    );
    assert!(reason("fel.png").contains("fel.toml:1:1") && reason("fel.png").contains("author"));
    assert!(reason("okänt.png").contains("insta"));
    for file in [
        "kapad.png",
        "fel.png",
        "fel.toml",
        "okänt.png",
        "okänt.png.toml",
    ] {
        assert!(failed.join(file).exists(), "{file}");
    }
    let status = archive.run(&["status"]).expect(5);
    assert!(status.stdout.contains("3 failed"), "{status}");
    assert_eq!(
        archive.run(&["--json", "status"]).expect(5).data()["inbox"]["failed"],
        3
    );
    let told = events(&archive);
    assert_eq!(
        told.iter()
            .filter(|(_, verb, _)| verb == "import refused")
            .count(),
        3
    );
    assert_eq!(daemon.end().0, Some(0));
}

#[test]
fn a_group_waits_for_all_its_files() {
    let archive = archive();
    let fb = inbox(&archive).join("fb");
    fs::write(fb.join("samtal.toml"), "files = [\"a.png\", \"b.png\"]\n").unwrap();
    fs::write(fb.join("a.png"), png(20, 20, 1)).unwrap();
    fs::write(fb.join("ensam.png"), png(20, 20, 3)).unwrap();
    let mut daemon = Daemon::start(&archive);
    until("the one alone", || done(&archive) == ["ensam.png"]);
    assert_eq!(names(&fb), ["a.png", "samtal.toml"]);
    fs::write(fb.join("b.png"), png(20, 20, 2)).unwrap();
    until("the group", || done(&archive).len() == 4);
    assert_eq!(daemon.end().0, Some(0));
    assert_eq!(archive.records(&[]).len(), 2);
}

#[test]
fn a_crash_on_the_way_leads_to_one_record() {
    for point in [
        "store::publish::synced",
        "workflow::committed",
        "store::seal::written",
    ] {
        let archive = archive();
        let fb = inbox(&archive).join("fb");
        fs::write(fb.join("bild.png"), png(40, 40, 1)).unwrap();
        fs::write(fb.join("dold.png"), png(40, 40, 2)).unwrap();
        fs::write(fb.join("dold.toml"), "restricted = true\n").unwrap();
        let mut command = archive.command(&["run"]);
        command.env("ARKIVD_CRASH_AT", point);
        let mut daemon = Daemon::start_with(&mut command);
        assert_eq!(daemon.ended(), None, "{point}: ended by a signal");
        assert!(
            fb.join("bild.png").exists(),
            "{point}: not moved before it is durable"
        );
        let mut daemon = Daemon::start(&archive);
        until(point, || done(&archive).len() == 3);
        assert_eq!(daemon.end().0, Some(0));
        assert_eq!(archive.records(&[]).len(), 2, "{point}");
        for bag in archive.bags() {
            judge_bag(&bag);
        }
        archive.run(&["verify"]).expect(0);
    }
}

#[test]
fn three_hundred_files_at_once_are_a_few_bags() {
    let archive = archive();
    let fb = inbox(&archive).join("fb");
    for n in 0..300_u32 {
        fs::write(fb.join(format!("bild{n:03}.png")), png(8 + n, 8, 1)).unwrap();
    }
    let mut daemon = Daemon::start(&archive);
    daemon.wait_for(&["inbox: taken in"]);
    // Other commands are not held up by the rest.
    let begun = Instant::now();
    archive
        .run(&["account", "edit", "fb", "--purpose", "dialog"])
        .expect(0);
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    until("all", || done(&archive).len() == 300);
    assert_eq!(daemon.end().0, Some(0));
    assert_eq!(archive.records(&[]).len(), 300);
    assert!(
        (6..=12).contains(&archive.bags().len()),
        "{}",
        archive.bags().len()
    );
    archive.run(&["verify"]).expect(0);
}

/// A side file that is still being written, whatever it says so far.
fn growing(path: PathBuf, text: &'static str) -> std::thread::JoinHandle<()> {
    let mut file = fs::File::create(path).unwrap();
    std::thread::spawn(move || {
        for piece in text.as_bytes().chunks(text.len().div_ceil(8)) {
            file.write_all(piece).unwrap();
            std::thread::sleep(Duration::from_millis(600));
        }
    })
}

fn restricted_originals(archive: &Archive) -> Vec<String> {
    let mut names = Vec::new();
    for bag in archive.bags() {
        let capture = read_json(&bag.join("data/capture.json"));
        if capture["kind"] != "records-restricted" {
            continue;
        }
        for brought in capture["brought"].as_array().unwrap() {
            let originals = brought["originals"].as_array().unwrap();
            names.extend(
                originals
                    .iter()
                    .map(|o| o["name"].as_str().unwrap().to_owned()),
            );
        }
    }
    names.sort();
    names
}

#[test]
fn what_a_side_file_may_close_is_never_taken_as_public() {
    let archive = archive();
    let fb = inbox(&archive).join("fb");
    let closed = fb.join("begränsat");
    fs::create_dir(&closed).unwrap();
    for (n, name) in ["a.png", "b.png", "c.png", "ensam.png"].iter().enumerate() {
        fs::write(fb.join(name), png(20 + n as u32, 20, 1)).unwrap();
    }
    fs::write(closed.join("hemlig.png"), png(20, 20, 10)).unwrap();
    fs::write(closed.join("öppen.png"), png(20, 20, 11)).unwrap();
    fs::write(closed.join("öppen.toml"), "restricted = false\n").unwrap();
    // A mistake in a side file lets nothing that it names out.
    fs::write(
        fb.join("fel.toml"),
        "restricted = ja\nfiles = [\"c.png\"]\n",
    )
    .unwrap();
    let side = growing(
        fb.join("samtal.toml"),
        "# Det här skrivs långsamt, rad för rad.\nkind = \"meddelande\"\nfiles = [\"a.png\", \"b.png\"]\n",
    );
    let mut daemon = Daemon::start(&archive);
    until("all", || done(&archive).len() == 7);
    side.join().unwrap();
    until("the wrong", || {
        inbox(&archive).join("failed/c.png.orsak.txt").exists()
    });
    assert!(inbox(&archive).join("failed/fel.toml").exists());
    assert_eq!(daemon.end().0, Some(0));
    assert_eq!(
        restricted_originals(&archive),
        ["a.png", "b.png", "hemlig.png"]
    );
    assert_eq!(archive.records(&[]).len(), 4);
}

#[test]
fn what_is_public_already_is_not_closed_in_silence() {
    let archive = archive();
    let fb = inbox(&archive).join("fb");
    fs::write(fb.join("bild.png"), png(20, 20, 1)).unwrap();
    let mut daemon = Daemon::start(&archive);
    until("the first", || done(&archive).len() == 1);
    fs::write(fb.join("igen.toml"), "restricted = true\n").unwrap();
    fs::write(fb.join("igen.png"), png(20, 20, 1)).unwrap();
    let reason = inbox(&archive).join("failed/igen.png.orsak.txt");
    until("the second", || reason.exists());
    let reason = fs::read_to_string(reason).unwrap();
    assert!(
        reason.contains("finns redan i arkivet, som öppen"),
        "{reason}"
    );
    assert_eq!(daemon.end().0, Some(0));
    assert_eq!(archive.records(&[]).len(), 1);
}

#[test]
fn a_file_that_ends_the_daemon_twice_is_set_aside() {
    let archive = archive();
    let fb = inbox(&archive).join("fb");
    fs::write(fb.join("ond.png"), png(40, 40, 1)).unwrap();
    fs::write(fb.join("god.png"), png(40, 40, 2)).unwrap();
    let start = |passes: u32| {
        let mut command = archive.command(&["run"]);
        command.env("ARKIVD_CRASH_AT", format!("store::seal::written+{passes}"));
        Daemon::start_with(&mut command).ended()
    };
    // Both are under way, and each is tried alone when it starts again: the first passes, the second ends it.
    assert_eq!(start(0), None, "ended by a signal");
    assert!(archive.path().join("inbox.under-way").exists());
    assert_eq!(start(1), None, "ended by a signal");
    assert_eq!(done(&archive), ["god.png"]);
    let mut daemon = Daemon::start(&archive);
    let reason = inbox(&archive).join("failed/ond.png.orsak.txt");
    until("what ended it", || reason.exists());
    assert!(fs::read_to_string(reason).unwrap().contains("2 gånger"));
    // The same name is no fault of the next file.
    fs::write(fb.join("ond.png"), png(40, 40, 3)).unwrap();
    until("the next", || done(&archive).len() == 2);
    assert_eq!(daemon.end().0, Some(0));
    assert!(!archive.path().join("inbox.under-way").exists());
}

#[test]
fn hostile_mail_leaves_the_daemon_alive() {
    let archive = archive();
    let fb = inbox(&archive).join("fb");
    let mut mail = b"MIME-Version: 1.0\r\n".to_vec();
    mail.extend(b"Content-Type: message/rfc822\r\n\r\n".repeat(50_000));
    mail.extend(b"Content-Type: text/html\r\n\r\n<p>hej</p>");
    fs::write(fb.join("ond.mht"), mail).unwrap();
    let mut daemon = Daemon::start(&archive);
    until("the reason", || {
        inbox(&archive).join("failed/ond.mht.orsak.txt").exists()
    });
    assert_eq!(daemon.end().0, Some(0));
}

#[test]
fn an_inbox_that_cannot_be_read_is_told_and_looked_at_again() {
    let archive = archive();
    let (inbox, away) = (inbox(&archive), archive.beside("inkorg"));
    fs::rename(&inbox, &away).unwrap();
    std::os::unix::fs::symlink(&away, &inbox).unwrap();
    let mut daemon = Daemon::start(&archive);
    // Two looks and more: it is told at the first.
    std::thread::sleep(Duration::from_millis(2_500));
    let status = archive.run(&["status"]).expect(5);
    assert!(
        status.stdout.contains("the inbox cannot be read"),
        "{status}"
    );
    fs::write(away.join("fb/bild.png"), png(20, 20, 1)).unwrap();
    fs::remove_file(&inbox).unwrap();
    fs::rename(&away, &inbox).unwrap();
    until("the picture", || done(&archive) == ["bild.png"]);
    assert_eq!(daemon.end().0, Some(0));
    let told = daemon.said.iter().filter(|l| l.contains("cannot be read"));
    assert_eq!(told.count(), 1, "told once");
}
