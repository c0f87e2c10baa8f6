//! What is wrong from outside: the message names the object and the value, says what to do, and nothing half-written
//! is left. The platform room has its own tests of what a server can do wrong; here it goes through the command.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;
use support::hostile::{http, redirect, serve};
use support::judges::have;
use support::sites::DemoSite;
use support::{Archive, account, files, run};

/// Runs a command that must be refused, and sees that the archive is as it was.
#[track_caller]
fn refused(archive: &Archive, args: &[&str], code: i32, words: &[&str]) {
    let before = archive.state();
    archive.run(args).refuses(code, words);
    assert_eq!(archive.state(), before, "a refused command left something");
    archive.run(&["verify"]).expect(0);
}

/// Registers a server that answers badly, and takes a snapshot of it.
#[track_caller]
fn snapshot_refused(address: &str, words: &[&str]) {
    let archive = Archive::new();
    archive.add_account("webb", "wordpress", address, &[]);
    let mut all = vec!["webb"];
    all.extend(words);
    refused(&archive, &["snapshot", "webb"], 1, &all);
    assert!(
        files(&archive.path().join("store")).is_empty()
            && files(&archive.path().join("staging")).is_empty()
    );
}

#[test]
fn an_unknown_key_of_the_configuration() {
    let archive = Archive::new();
    let file = archive.path().join("arkivd.toml");
    let sound = fs::read_to_string(&file).unwrap();
    archive.configure("\n[netwrok]\nanswer_timeout_seconds = 3\n");
    archive
        .run(&["snapshot", "--all"])
        .refuses(1, &["arkivd.toml", "netwrok"]);
    fs::write(
        &file,
        format!("{sound}\n[credential.webb]\nuser = \"redaktor\"\npasword_file = \"/x\"\n"),
    )
    .unwrap();
    archive
        .run(&["snapshot", "--all"])
        .refuses(1, &["arkivd.toml", "pasword_file"]);
    fs::write(&file, format!("{sound}\nthis is no TOML\n")).unwrap();
    archive
        .run(&["snapshot", "--all"])
        .refuses(1, &["arkivd.toml"]);
    fs::write(&file, sound).unwrap();
    archive.run(&["verify"]).expect(0);
}

#[test]
fn an_account_that_cannot_be_registered() {
    let archive = Archive::new();
    let address = "https://blogg.tibro.example/";
    refused(
        &archive,
        &account("Webb Ett", "wordpress", address, &[]),
        2,
        &["Webb Ett"],
    );
    refused(
        &archive,
        &account("webb", "myspace", address, &[]),
        2,
        &["myspace"],
    );
    refused(
        &archive,
        &account("webb", "wordpress", "ftp://blogg.tibro.example/", &[]),
        1,
        &["webb", "ftp://blogg.tibro.example/"],
    );
    archive.add_account("webb", "wordpress", address, &[]);
    refused(
        &archive,
        &account("webb", "wordpress", address, &[]),
        1,
        &["webb"],
    );
    refused(
        &archive,
        &["account", "show", "finns-inte"],
        1,
        &["finns-inte"],
    );
    refused(
        &archive,
        &["account", "edit", "finns-inte", "--purpose", "x"],
        1,
        &["finns-inte"],
    );
    refused(&archive, &["snapshot", "finns-inte"], 1, &["finns-inte"]);
}

#[test]
fn a_password_file_that_others_can_read_or_that_is_not_there() {
    let address = serve(|_| http("200 OK", "application/json", "[]"));
    let archive = Archive::new();
    archive.add_credential("webb", "redaktor", "hemligt");
    archive.add_account("webb", "wordpress", &address, &["--credential", "webb"]);
    let file = archive.beside("webb.password");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    refused(
        &archive,
        &["snapshot", "webb"],
        1,
        &["webb.password", "644"],
    );
    fs::remove_file(&file).unwrap();
    refused(&archive, &["snapshot", "webb"], 1, &["webb.password"]);
    let other = account("annan", "wordpress", &address, &["--credential", "okand"]);
    refused(&archive, &other, 1, &["annan", "okand"]);
}

/// What is read with a password and what is looked at with cookies do not hold each other up.
#[test]
fn a_login_that_cannot_be_read_stops_its_page_alone() {
    let site = DemoSite::start();
    let archive = Archive::with_pages();
    site.register(&archive);
    let cookies = archive.beside("cookies.txt");
    fs::write(&cookies, "127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tkaka\n").unwrap();
    fs::set_permissions(&cookies, fs::Permissions::from_mode(0o600)).unwrap();
    let lines = format!(
        "\n[credential.webb]\ncookies_file = \"{}\"\n",
        cookies.display()
    );
    archive.configure(&lines);
    archive
        .run(&["account", "edit", "webb", "--credential", "webb"])
        .expect(0);
    fs::remove_file(&cookies).unwrap();
    archive
        .run(&["snapshot", "webb", "--only", "page"])
        .refuses(1, &["credential webb", "cookies.txt"]);
    let taken = archive.snapshot_with("webb", 3, &[]);
    assert!(taken.bag("records").is_some() && taken.bag("page").is_none());
    let rows = taken.report["coverage"].as_array().unwrap();
    let row = rows.iter().find(|r| r["what"] == "screen").unwrap();
    assert_eq!(row["missing"][0]["outcome"], "login-wall", "{row:#}");
    let status = archive.run(&["status"]).expect(5);
    assert!(status.stdout.contains("needs login"), "{status}");
    archive.configure("\n[browser]\npages = false\n");
    let status = archive.run(&["status"]);
    assert!(
        !status.stdout.contains("needs login"),
        "no page is wanted any more: {status}"
    );
    archive
        .run(&["snapshot", "webb", "--only", "records"])
        .expect(0);
}

#[test]
fn a_folder_that_is_no_archive_and_one_that_is_one_already() {
    let archive = Archive::new();
    let nowhere = archive.beside("ingenstans");
    let other = |folder: &str, args: &[&str]| {
        run(Command::new(env!("CARGO_BIN_EXE_arkivd"))
            .env_remove("ARKIVD_ARCHIVE")
            .args(["--archive", folder])
            .args(args))
    };
    other(nowhere.to_str().unwrap(), &["status"]).refuses(1, &["ingenstans"]);
    other(nowhere.to_str().unwrap(), &["snapshot", "--all"]).refuses(1, &["ingenstans"]);
    assert!(!nowhere.exists());

    let init = |folder: &str, profile: &str| {
        run(Command::new(env!("CARGO_BIN_EXE_arkivd")).args([
            "init",
            folder,
            "--organisation",
            "Tibro kommun",
            "--profile",
            profile,
        ]))
    };
    let before = archive.state();
    init(archive.path().to_str().unwrap(), "tibro").refuses(1, &["arkiv"]);
    assert_eq!(archive.state(), before);
    init(nowhere.to_str().unwrap(), "atlantis").refuses(2, &["atlantis"]);
    assert!(!nowhere.exists());
}

#[test]
fn an_archive_of_a_newer_format() {
    if !have("python3") {
        return;
    }
    let archive = Archive::new();
    let catalog = archive.path().join("catalog.sqlite");
    let script = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('PRAGMA user_version = 99'); db.commit(); db.close()";
    run(Command::new("python3").args(["-c", script]).arg(&catalog)).expect(0);
    let before = fs::read(&catalog).unwrap();
    for args in [
        &["status"][..],
        &["snapshot", "--all"],
        &["record", "list"],
        &["verify"],
    ] {
        archive.run(args).refuses(1, &["catalog.sqlite", "99"]);
    }
    assert_eq!(
        fs::read(&catalog).unwrap(),
        before,
        "a newer catalog is not touched"
    );
}

#[test]
fn a_second_writer_waits_for_nobody_and_readers_go_on() {
    let (reached, is_reached) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let gate = std::sync::Mutex::new((reached, may_go_on));
    // The first writer holds the archive while its site has not answered.
    let address = serve(move |_| {
        let gate = gate.lock().unwrap();
        let _ = gate.0.send(());
        let _ = gate.1.recv();
        http("500 Internal Server Error", "text/plain", "")
    });
    let archive = Archive::new();
    archive.add_account("webb", "wordpress", &address, &[]);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| archive.run(&["snapshot", "webb"]));
        // Far more than it needs: a command that never asks must not hang the test.
        is_reached
            .recv_timeout(Duration::from_secs(60))
            .expect("the first writer asks its site");
        refused_while_held(&archive);
        drop(go_on);
        first.join().unwrap().refuses(1, &["webb", "500"]);
    });
    archive.add_account("annan", "wordpress", &address, &[]);
}

#[track_caller]
fn refused_while_held(archive: &Archive) {
    let before = archive.state();
    for args in [
        &["snapshot", "webb"][..],
        &account("annan", "wordpress", "https://a.example/", &[]),
        &["account", "edit", "webb", "--purpose", "x"],
    ] {
        archive.run(args).refuses(6, &["arkiv"]);
    }
    assert_eq!(archive.state(), before);
    // 5: the account has never been captured.
    archive.run(&["status"]).expect(5);
    archive.run(&["verify"]).expect(0);
}

#[test]
fn an_address_that_refuses() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    snapshot_refused(&format!("http://{free}/"), &[&free.to_string()]);
}

#[test]
fn a_web_page_where_json_is_expected() {
    let address = serve(|_| {
        http(
            "200 OK",
            "text/html",
            "<html><form action='/login'>Logga in</form></html>",
        )
    });
    snapshot_refused(&address, &[address.trim_end_matches('/')]);
}

#[test]
fn json_that_ends_too_early_or_is_of_another_kind() {
    let root = r#"{"name":"Tibro","namespaces":["wp/v2"],"routes":{}}"#;
    for body in [
        r#"[{"id":1,"title":{"rend"#,
        r#"{"posts":"none"}"#,
        r#"[{"id":"ett"}]"#,
        "null",
    ] {
        let address = serve(move |path| {
            http(
                "200 OK",
                "application/json; charset=utf-8",
                if path.contains("/posts") || path.contains("%2Fposts") {
                    body
                } else {
                    root
                },
            )
        });
        snapshot_refused(&address, &[address.trim_end_matches('/')]);
    }
}

#[test]
fn a_redirect_in_a_loop_and_one_into_the_network() {
    let address = serve(redirect_to_itself);
    snapshot_refused(&address, &[address.trim_end_matches('/'), "redirect"]);
    // Another origin on loopback, which nobody registered.
    let inside = serve(|_| http("200 OK", "application/json", "[]"));
    let to = inside.clone();
    let address = serve(move |_| redirect(&to));
    snapshot_refused(
        &address,
        &[address.trim_end_matches('/'), inside.trim_end_matches('/')],
    );
}

fn redirect_to_itself(path: &str) -> Vec<u8> {
    redirect(path)
}

/// A disk of 16 MB that the site's pictures do not fit on, in a mount namespace of its own.
#[test]
fn a_full_disk() {
    if !have("unshare") {
        return;
    }
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        // Without root a user namespace may do.
        let flags = if rustix::process::geteuid().is_root() {
            "-m"
        } else {
            "-Urm"
        };
        command.args([flags, "sh", "-euc", script]);
        command
    };
    let folder = tempfile::tempdir().unwrap();
    let probe = run(unshare("mount -t tmpfs -o size=16m tmpfs \"$0\"").arg(folder.path()));
    if probe.code != Some(0) {
        println!(
            "SKIP: no mount namespace can be made here: {}",
            probe.stderr.trim()
        );
        return;
    }
    let site = DemoSite::start();
    // Exit codes go to stdout, a line each; what the commands say goes to stderr.
    let script = r#"
        mount -t tmpfs -o size=16m tmpfs "$0"; cd "$0"
        say() { code=0; "$@" >&2 || code=$?; echo "$code"; }
        "$1" init arkiv --organisation 'Tibro kommun' --profile tibro >&2
        export ARKIVD_ARCHIVE="$PWD/arkiv"
        "$1" account add webb --platform wordpress --address "$2" --committee Kommunstyrelsen --purpose p --audience a \
            --responsible 'Åsa Öberg' --responsible 'Björn Åkesson' --substitute 'Märta Ek' >&2
        "$1" account add rss --platform feed --address "${2%/}/feed/" --committee Kommunstyrelsen --purpose p --audience a \
            --responsible 'Åsa Öberg' --responsible 'Björn Åkesson' --substitute 'Märta Ek' >&2
        dd if=/dev/zero of=filler bs=4k count=$(($(stat -f -c %a .) - 20)) 2>/dev/null
        say "$1" snapshot webb
        find arkiv/store arkiv/staging -type f | wc -l
        rm filler
        say "$1" verify
        find arkiv/staging -type f | wc -l
        dd if=/dev/urandom of=filler bs=4k count=64 2>/dev/null
        say "$1" snapshot rss
        say "$1" verify
    "#;
    let output = run(unshare(script)
        .arg(folder.path())
        .arg(env!("CARGO_BIN_EXE_arkivd"))
        .arg(&site.address));
    let said: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(said[0], "1", "a full disk is a failure: {output}");
    assert!(
        output.stderr.contains("hint:") && output.stderr.contains("No space left"),
        "{output}"
    );
    assert_eq!(said[1], "0", "nothing half-written stays: {output}");
    assert_eq!(said[2], "0", "the archive is whole: {output}");
    assert!(
        matches!(said[4], "0" | "3"),
        "with room again it goes on: {output}"
    );
    assert_eq!(said[5], "0", "{output}");
}
