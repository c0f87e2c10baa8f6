//! Bags for the store's tests to look at and to damage.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use arkivd::record::{BagId, Digest};
use arkivd::store::{BagInfo, Depth, Fault, PublishedBag, StagedBag, Store};

pub fn bag_id(n: u64) -> BagId {
    // 2026-11-21T12:00:00Z and a counter.
    format!("01a1fdfa-4600-7000-8000-{n:012x}").parse().unwrap()
}

pub fn info() -> BagInfo {
    BagInfo::new([
        ("Source-Organization", "Tibro kommun"),
        ("External-Description", "Inlägg, hösten 2026"),
        ("Bagging-Date", "2026-11-21"),
    ])
    .unwrap()
}

pub fn archive() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path()).unwrap();
    (dir, store)
}

pub fn write(staged: &mut StagedBag, path: &str, bytes: &[u8]) {
    let mut file = staged.file(path).unwrap();
    file.write_all(bytes).unwrap();
    let stored = file.finish().unwrap();
    assert_eq!(stored.path, format!("data/{path}"));
    assert_eq!(stored.bytes, bytes.len() as u64);
    assert_eq!(stored.sha256, Digest::of(bytes));
}

pub fn publish(store: &Store, n: u64, files: &[(&str, &[u8])]) -> PublishedBag {
    let mut staged = store.stage(bag_id(n)).unwrap();
    for (path, bytes) in files {
        write(&mut staged, path, bytes);
    }
    staged.seal(&info(), [7; 32]).unwrap().publish().unwrap()
}

pub const FILES: &[(&str, &[u8])] = &[
    ("records.json", b"[]\n"),
    ("raw/0001-posts.json", b"{}"),
    ("media/a.jpg", &[0xff; 3000]),
    ("empty.txt", b""),
];

pub fn faults(store: &Store, bag: BagId, depth: Depth) -> Vec<Fault> {
    let mut all = Vec::new();
    store.verify(std::iter::once(bag), depth, 2, &mut |_, found| {
        all.extend(found)
    });
    all
}

pub fn overwrite(path: PathBuf, bytes: &[u8]) {
    let _ = fs::remove_file(&path);
    fs::write(path, bytes).unwrap();
}

pub fn list(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

pub fn copy(from: &Path, to: &Path) {
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
