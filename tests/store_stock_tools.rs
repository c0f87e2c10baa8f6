//! Bags as stock tools see them, and theirs as we see them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;
use std::process::Command;

use arkivd::store::{Depth, verify_bag};

#[path = "made/bag.rs"]
mod bag;

use bag::*;

#[test]
fn sha256sum_reads_the_manifests() {
    let (_dir, store) = archive();
    let bag = publish(&store, 1, FILES).path.join("bag");
    for manifest in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
        let Ok(run) = Command::new("sha256sum")
            .args(["--strict", "-c", manifest])
            .current_dir(&bag)
            .output()
        else {
            println!("SKIP: no sha256sum");
            return;
        };
        assert!(run.status.success(), "{run:?}");
    }
}

/// A Python that can `import bagit`, and the folder to run it in.
fn bagit_py() -> Option<String> {
    let python = std::env::var("ARKIVD_BAGIT_PYTHON").unwrap_or_else(|_| "python3".into());
    let found = Command::new(&python)
        .args(["-c", "import bagit"])
        .output()
        .is_ok_and(|o| o.status.success());
    if !found {
        println!("SKIP: no bagit-python (set ARKIVD_BAGIT_PYTHON to a Python that has it)");
    }
    found.then_some(python)
}

#[test]
fn bagit_python_judges_our_bags_sound_and_damaged_ones_not() {
    let Some(python) = bagit_py() else { return };
    let (_dir, store) = archive();
    let home = publish(&store, 1, FILES).path;
    let validate = || {
        Command::new(&python)
            .args(["-c", "import bagit, sys; bagit.Bag(sys.argv[1]).validate()"])
            .arg(home.join("bag"))
            .output()
            .unwrap()
    };
    let sound = validate();
    assert!(sound.status.success(), "{sound:?}");
    overwrite(home.join("bag/data/records.json"), b"[ ]");
    assert!(!validate().status.success());
}

#[test]
fn bags_that_bagit_python_made_are_judged_by_us() {
    let Some(python) = bagit_py() else { return };
    let dir = tempfile::tempdir().unwrap();
    let bag = dir.path().join("from elsewhere");
    fs::create_dir_all(bag.join("på djupet")).unwrap();
    // Not "50%25.txt": bagit-python leaves `%` as it is, where the RFC says to write %25.
    for name in ["å ä ö.txt", "100%.txt", "på djupet/två\nrader.txt"] {
        fs::write(bag.join(name), name).unwrap();
    }
    let made = Command::new(&python)
        .args([
            "-c",
            "import bagit, sys; bagit.make_bag(sys.argv[1], checksums=['sha256'])",
        ])
        .arg(&bag)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let report = verify_bag(&bag, Depth::Full).unwrap();
    println!(
        "{}",
        fs::read_to_string(bag.join("manifest-sha256.txt")).unwrap()
    );
    assert_eq!(report.faults, []);
    assert_eq!(report.files, 3);
    fs::write(bag.join("data/å ä ö.txt"), "changed").unwrap();
    let told: Vec<_> = verify_bag(&bag, Depth::Full)
        .unwrap()
        .faults
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        told.iter()
            .any(|t| t.starts_with("data/å ä ö.txt: changed")),
        "{told:#?}"
    );
}
