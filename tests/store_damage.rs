//! Bags damaged in every way: each damage is told, by name, and in order.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use arkivd::record::Digest;
use arkivd::store::{Commitment, Depth, Fault};
use proptest::prelude::*;

#[path = "made/bag.rs"]
mod bag;

use bag::*;

/// A change to a bag, and a word that the report must hold.
type Damage = (&'static str, fn(&Path), &'static str);

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
