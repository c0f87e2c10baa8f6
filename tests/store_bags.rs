//! Bags as others see them: sealed, damaged in every way, judged by us and by stock tools.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use arkivd::record::{BagId, Digest};
use arkivd::store::{
    BagInfo, Commitment, Depth, Error, Fault, PublishedBag, StagedBag, Store, verify_bag,
};
use proptest::prelude::*;

fn bag_id(n: u64) -> BagId {
    // 2026-11-21T12:00:00Z and a counter.
    format!("01a1fdfa-4600-7000-8000-{n:012x}").parse().unwrap()
}

fn info() -> BagInfo {
    BagInfo::new([
        ("Source-Organization", "Tibro kommun"),
        ("External-Description", "Inlägg, hösten 2026"),
        ("Bagging-Date", "2026-11-21"),
    ])
    .unwrap()
}

fn archive() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path()).unwrap();
    (dir, store)
}

fn write(staged: &mut StagedBag, path: &str, bytes: &[u8]) {
    let mut file = staged.file(path).unwrap();
    file.write_all(bytes).unwrap();
    let stored = file.finish().unwrap();
    assert_eq!(stored.path, format!("data/{path}"));
    assert_eq!(stored.bytes, bytes.len() as u64);
    assert_eq!(stored.sha256, Digest::of(bytes));
}

fn publish(store: &Store, n: u64, files: &[(&str, &[u8])]) -> PublishedBag {
    let mut staged = store.stage(bag_id(n)).unwrap();
    for (path, bytes) in files {
        write(&mut staged, path, bytes);
    }
    staged.seal(&info(), [7; 32]).unwrap().publish().unwrap()
}

const FILES: &[(&str, &[u8])] = &[
    ("records.json", b"[]\n"),
    ("raw/0001-posts.json", b"{}"),
    ("media/a.jpg", &[0xff; 3000]),
    ("empty.txt", b""),
];

fn faults(store: &Store, bag: BagId, depth: Depth) -> Vec<Fault> {
    let mut all = Vec::new();
    store.verify(std::iter::once(bag), depth, 2, &mut |_, found| {
        all.extend(found)
    });
    all
}

#[test]
fn a_sealed_bag_is_where_it_should_be_and_sound() {
    let (dir, store) = archive();
    let published = publish(&store, 1, FILES);
    let home = dir.path().join("store/2026/11").join(bag_id(1).to_string());
    assert_eq!(published.path, home);
    assert_eq!((published.files, published.bytes), (4, 3005));
    assert_eq!(
        store.commitment(bag_id(1)).unwrap().digest(),
        published.commitment
    );
    assert_eq!(
        Digest::of(&fs::read(home.join("commitment.txt")).unwrap()),
        published.commitment
    );
    assert_eq!(
        store
            .bags()
            .unwrap()
            .map(Result::unwrap)
            .collect::<Vec<_>>(),
        [bag_id(1)]
    );
    assert!(store.staged().unwrap().is_empty());
    let report = verify_bag(&home.join("bag"), Depth::Full).unwrap();
    assert_eq!(report.faults, []);
    assert_eq!(report.commitment, Some(published.commitment));
    assert_eq!((report.files, report.bytes), (4, 3005));
    for file in ["commitment.txt", "bag/bagit.txt", "bag/data/media/a.jpg"] {
        let mode = fs::metadata(home.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o222, 0, "{file} can be written to");
        assert_eq!(mode & 0o007, 0, "{file} is open to all");
    }
    let mut text = String::new();
    std::io::Read::read_to_string(
        &mut store.open_file(bag_id(1), "data/records.json").unwrap(),
        &mut text,
    )
    .unwrap();
    assert_eq!(text, "[]\n");
    assert!(store.open_file(bag_id(1), "../commitment.txt").is_err());
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (_a, one) = archive();
    let (_b, two) = archive();
    let mut other_order = FILES.to_vec();
    other_order.reverse();
    assert_eq!(
        publish(&one, 1, FILES).commitment,
        publish(&two, 1, &other_order).commitment
    );
}

#[test]
fn an_exported_bag_is_judged_without_its_commitment() {
    let (dir, store) = archive();
    publish(&store, 1, FILES);
    let out = dir.path().join("utlämnad påse");
    copy(&store.path(bag_id(1)).join("bag"), &out);
    let report = verify_bag(&out, Depth::Full).unwrap();
    assert_eq!((report.faults, report.commitment), (vec![], None));
    let missing = verify_bag(&dir.path().join("nowhere"), Depth::Full).unwrap_err();
    assert!(missing.to_string().contains("nowhere"));
}

#[test]
fn what_cannot_be_sealed_is_refused_by_name_and_leaves_nothing() {
    let (_dir, store) = archive();
    let staged = store.stage(bag_id(1)).unwrap();
    assert!(matches!(store.stage(bag_id(1)), Err(Error::Exists(_))));
    assert!(matches!(
        staged.seal(&info(), [0; 32]),
        Err(Error::Empty(_))
    ));

    let mut staged = store.stage(bag_id(1)).unwrap();
    write(&mut staged, "good.json", b"1");
    drop(staged.file("posts.pdf").unwrap());
    assert!(matches!(staged.file("next"), Err(Error::Unfinished { .. })));
    let refused = staged.seal(&info(), [0; 32]).unwrap_err().to_string();
    assert!(refused.contains("data/posts.pdf"), "{refused}");
    assert!(store.staged().unwrap().is_empty());

    let mut staged = store.stage(bag_id(1)).unwrap();
    write(&mut staged, "a.json", b"1");
    for taken in ["a.json", "A.JSON"] {
        assert!(matches!(staged.file(taken), Err(Error::PayloadPath { .. })));
    }
    assert!(staged.file("../../x").is_err());
    assert_eq!(staged.files().len(), 1);
    staged.seal(&info(), [0; 32]).unwrap().publish().unwrap();
    assert!(matches!(store.stage(bag_id(1)), Err(Error::Exists(_))));
}

#[test]
fn a_file_that_failed_its_gate_is_taken_out_again() {
    let (_dir, store) = archive();
    let mut staged = store.stage(bag_id(1)).unwrap();
    write(&mut staged, "keep.json", b"keep");
    write(&mut staged, "pdf/deep/posts.pdf", b"bad pdf");
    assert_eq!(staged.read("pdf/deep/posts.pdf").unwrap(), b"bad pdf");
    staged.remove("pdf/deep/posts.pdf").unwrap();
    assert!(staged.read("pdf/deep/posts.pdf").is_err());
    assert!(staged.remove("pdf/deep/posts.pdf").is_err());
    drop(staged.file("half.pdf").unwrap());
    staged.remove("half.pdf").unwrap();
    write(&mut staged, "half.pdf", b"good pdf");
    let published = staged.seal(&info(), [0; 32]).unwrap().publish().unwrap();
    assert_eq!(published.files, 2);
    let data = published.path.join("bag/data");
    assert_eq!(fs::read_dir(data).unwrap().count(), 2);
    assert_eq!(faults(&store, bag_id(1), Depth::Full), []);
}

#[test]
fn a_dropped_or_discarded_bag_is_gone() {
    let (_dir, store) = archive();
    let mut staged = store.stage(bag_id(1)).unwrap();
    write(&mut staged, "a", b"1");
    drop(staged);
    let mut staged = store.stage(bag_id(1)).unwrap();
    write(&mut staged, "a", b"1");
    staged.discard().unwrap();
    let mut staged = store.stage(bag_id(1)).unwrap();
    write(&mut staged, "a", b"1");
    drop(staged.seal(&info(), [0; 32]).unwrap());
    assert!(store.staged().unwrap().is_empty());
    assert_eq!(store.bags().unwrap().count(), 0);
}

#[test]
fn a_published_bag_is_never_replaced() {
    let (_dir, store) = archive();
    let mut late = store.stage(bag_id(1)).unwrap();
    write(&mut late, "a", b"late");
    let late = late.seal(&info(), [0; 32]).unwrap();
    // Another process published it in between.
    fs::create_dir_all(store.path(bag_id(1))).unwrap();
    fs::write(store.path(bag_id(1)).join("first"), "1").unwrap();
    assert!(matches!(late.publish(), Err(Error::Exists(_))));
    assert!(store.path(bag_id(1)).join("first").exists());
    assert!(store.staged().unwrap().is_empty());
}

#[test]
fn a_quarantined_bag_keeps_its_reason_and_its_predecessor() {
    let (dir, store) = archive();
    for _ in 0..2 {
        publish(&store, 1, FILES);
        let to = store
            .quarantine(bag_id(1), "data/posts.pdf: changed")
            .unwrap();
        assert!(to.join("bag/bagit.txt").exists());
        assert_eq!(store.bags().unwrap().count(), 0);
    }
    let names: Vec<_> = list(&dir.path().join("quarantine"));
    let id = bag_id(1);
    assert_eq!(
        names,
        [
            format!("{id}"),
            format!("{id}-2"),
            format!("{id}-2.reason.txt"),
            format!("{id}.reason.txt")
        ]
    );
    let reason = dir.path().join(format!("quarantine/{id}.reason.txt"));
    assert_eq!(
        fs::read_to_string(reason).unwrap(),
        "data/posts.pdf: changed\n"
    );
    assert!(store.quarantine(id, "again").is_err());
}

/// A change to a bag, and a word that the report must hold.
type Damage = (&'static str, fn(&Path), &'static str);

fn overwrite(path: PathBuf, bytes: &[u8]) {
    let _ = fs::remove_file(&path);
    fs::write(path, bytes).unwrap();
}

#[test]
fn every_damage_is_told_quickly_where_it_can_be() {
    // The path is that of the folder around the bag.
    let damages: &[Damage] = &[
        (
            "missing file",
            |d| fs::remove_file(d.join("bag/data/media/a.jpg")).unwrap(),
            "data/media/a.jpg: missing",
        ),
        (
            "extra file",
            |d| overwrite(d.join("bag/data/x"), b"x"),
            "data/x: extra",
        ),
        (
            "longer file",
            |d| overwrite(d.join("bag/data/empty.txt"), b"x"),
            "Payload-Oxum should be 3005.4 and is 3006.4",
        ),
        (
            "extra tag",
            |d| overwrite(d.join("bag/notes.txt"), b"x"),
            "notes.txt: extra",
        ),
        (
            "fetch",
            |d| overwrite(d.join("bag/fetch.txt"), b"x"),
            "fetch.txt: extra",
        ),
        (
            "second manifest",
            |d| overwrite(d.join("bag/manifest-md5.txt"), b"x"),
            "manifest-md5.txt: ",
        ),
        (
            "beside the bag",
            |d| overwrite(d.join("x"), b"x"),
            "../x: extra",
        ),
        (
            "no commitment",
            |d| fs::remove_file(d.join("commitment.txt")).unwrap(),
            "../commitment.txt: missing",
        ),
        (
            "torn commitment",
            |d| overwrite(d.join("commitment.txt"), b"arkivd/comm"),
            "../commitment.txt: its first line",
        ),
        (
            "another commitment",
            |d| {
                let other = Commitment {
                    salt: [0; 32],
                    tagmanifest: Digest::of(b""),
                };
                overwrite(d.join("commitment.txt"), other.text().as_bytes());
            },
            "the commitment is for e3b0c442",
        ),
        (
            "no manifest",
            |d| fs::remove_file(d.join("bag/manifest-sha256.txt")).unwrap(),
            "manifest-sha256.txt: missing",
        ),
        (
            "no tag manifest",
            |d| fs::remove_file(d.join("bag/tagmanifest-sha256.txt")).unwrap(),
            "tagmanifest-sha256.txt: missing",
        ),
        (
            "truncated manifest",
            |d| {
                let path = d.join("bag/manifest-sha256.txt");
                let bytes = fs::read(&path).unwrap();
                overwrite(path, &bytes[..bytes.len() - 20]);
            },
            "manifest-sha256.txt: changed",
        ),
        (
            "bagit.txt",
            |d| overwrite(d.join("bag/bagit.txt"), b"BagIt-Version: 2.0\n"),
            "bagit.txt: it does not declare",
        ),
        (
            "bag-info.txt",
            |d| overwrite(d.join("bag/bag-info.txt"), b"nonsense"),
            "bag-info.txt: line 1",
        ),
        (
            "newer format",
            |d| overwrite(d.join("bag/bag-info.txt"), b"Arkivd-Format: 2\n"),
            "Arkivd-Format 2 is newer than 1",
        ),
        (
            "a link",
            |d| {
                fs::remove_file(d.join("bag/data/records.json")).unwrap();
                std::os::unix::fs::symlink("/etc/hostname", d.join("bag/data/records.json"))
                    .unwrap();
            },
            "data/records.json: neither a file nor a folder",
        ),
        (
            "a linked folder",
            |d| {
                fs::rename(d.join("bag/data/media"), d.join("bag/data/m")).unwrap();
                std::os::unix::fs::symlink("m", d.join("bag/data/media")).unwrap();
            },
            "data/media: neither a file nor a folder",
        ),
        (
            "no bag",
            |d| fs::remove_dir_all(d.join("bag")).unwrap(),
            "the bag's folder is missing",
        ),
        (
            "no data",
            |d| fs::remove_dir_all(d.join("bag/data")).unwrap(),
            "data/: missing",
        ),
    ];
    for (what, damage, expected) in damages {
        let (_dir, store) = archive();
        let published = publish(&store, 1, FILES);
        damage(&published.path);
        for depth in [Depth::Quick, Depth::Full] {
            let told: Vec<_> = faults(&store, bag_id(1), depth)
                .iter()
                .map(ToString::to_string)
                .collect();
            assert!(
                told.iter().any(|t| t.contains(expected)),
                "{what}: {told:#?}"
            );
        }
    }
}

#[test]
fn a_changed_file_of_the_same_size_is_told_by_the_full_depth_only() {
    let (_dir, store) = archive();
    let published = publish(&store, 1, FILES);
    overwrite(published.path.join("bag/data/records.json"), b"[ ]");
    assert_eq!(faults(&store, bag_id(1), Depth::Quick), []);
    assert_eq!(
        faults(&store, bag_id(1), Depth::Full),
        [Fault::Changed {
            path: "data/records.json".into(),
            expected: Digest::of(b"[]\n"),
            found: Digest::of(b"[ ]"),
        }]
    );
}

#[test]
fn many_bags_are_reported_in_the_order_they_were_asked_for() {
    let (_dir, store) = archive();
    let count = 300;
    for n in 0..count {
        publish(&store, n, &[("a", &[b'a'; 64])]);
    }
    for n in [3, 77, 299] {
        overwrite(store.path(bag_id(n)).join("bag/data/a"), &[b'b'; 64]);
    }
    for threads in [1, 2, 7] {
        let (mut order, mut bad) = (Vec::new(), Vec::new());
        let totals = store.verify(
            (0..count).rev().map(bag_id),
            Depth::Full,
            threads,
            &mut |bag, found| {
                if !found.is_empty() {
                    bad.push(bag);
                }
                order.push(bag);
            },
        );
        assert!(order.iter().copied().eq((0..count).rev().map(bag_id)));
        assert_eq!(bad, [299, 77, 3].map(bag_id));
        assert_eq!(
            (totals.bags, totals.files, totals.bytes, totals.faults),
            (count, count, 64 * count, 3)
        );
    }
}

fn payload() -> impl Strategy<Value = BTreeMap<String, Vec<u8>>> {
    let path = "[a-z0-9_]{1,8}(/[a-z0-9_]{1,8}){0,3}\\.[a-z0]{1,3}";
    prop::collection::btree_map(path, prop::collection::vec(any::<u8>(), 0..300), 1..12)
        .prop_filter("no device names", |files| {
            files.keys().all(|p| {
                p.split('/').all(|n| {
                    let stem = n.split('.').next().unwrap();
                    !["con", "prn", "aux", "nul"].contains(&stem)
                        && !stem.starts_with("com")
                        && !stem.starts_with("lpt")
                })
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_sealed_is_sound_and_any_change_is_told(
        files in payload(), pick in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), bit in 0..8_u8,
    ) {
        let (_dir, store) = archive();
        let listed: Vec<(&str, &[u8])> = files.iter().map(|(p, b)| (p.as_str(), b.as_slice())).collect();
        let home = publish(&store, 1, &listed).path;
        prop_assert_eq!(faults(&store, bag_id(1), Depth::Full), []);

        let mut all = Vec::new();
        walk(&home, &mut all);
        let victim = pick.get(&all);
        let relative = victim.strip_prefix(&home).unwrap().to_str().unwrap();
        let named = relative.strip_prefix("bag/").map_or_else(|| format!("../{relative}"), str::to_owned);
        let before = fs::read(victim).unwrap();

        let told = |what: &str| -> Result<(), TestCaseError> {
            let found: Vec<_> = faults(&store, bag_id(1), Depth::Full).iter().map(ToString::to_string).collect();
            // A change to a file of promises shows as a broken promise; which one, the flipped bit decides.
            let promise = relative == "commitment.txt" || relative == "bag/tagmanifest-sha256.txt";
            prop_assert!(
                if promise { !found.is_empty() } else { found.iter().any(|f| f.contains(&named)) },
                "{} of {}: {:#?}", what, named, found
            );
            Ok(())
        };
        if !before.is_empty() {
            let mut flipped = before.clone();
            let index = at.index(flipped.len());
            flipped[index] ^= 1 << bit;
            overwrite(victim.clone(), &flipped);
            // The salt is free: another salt makes another commitment, which the ledger's leaf does not open.
            if relative == "commitment.txt" {
                let read = store.commitment(bag_id(1)).map(|c| c.digest());
                prop_assert!(read.is_err() || read.unwrap() != Digest::of(&before));
            } else {
                told("a flipped bit")?;
            }
            overwrite(victim.clone(), &before[..before.len() - 1]);
            told("a lost byte")?;
        }
        let mut longer = before.clone();
        longer.push(b'\n');
        overwrite(victim.clone(), &longer);
        told("an added byte")?;
        fs::remove_file(victim).unwrap();
        told("the loss")?;
        overwrite(victim.clone(), &before);
        prop_assert_eq!(faults(&store, bag_id(1), Depth::Full), []);
    }
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    for name in list(dir) {
        let path = dir.join(name);
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

fn list(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for name in list(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

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
