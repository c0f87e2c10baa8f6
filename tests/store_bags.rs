//! The life of a bag: staged, sealed, published, exported, set aside, dropped.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use arkivd::record::Digest;
use arkivd::store::{Depth, Error, verify_bag};

#[path = "made/bag.rs"]
mod bag;

use bag::*;

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
