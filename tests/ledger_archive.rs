//! The ledger as an auditor sees it: on disk, judged by us, by Python and by openssl; and after damage.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::convert::Infallible;
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::process::Command;

use arkivd::ledger::{Checkpoint, Error, Fault, Leaf, Ledger, append, root_of};
use arkivd::record::{BagId, Digest};
use arkivd::store::{BagInfo, Store};

const ORIGIN: &str = "arkivd.example/tibro-kommun";

/// Stands in for the catalog: leaves and stored hashes, in memory.
#[derive(Default, Clone)]
struct Catalog {
    entries: Vec<Vec<u8>>,
    hashes: Vec<[u8; 32]>,
}

impl Catalog {
    fn add(&mut self, leaves: &[Leaf]) {
        let entries: Vec<_> = leaves.iter().map(Leaf::entry).collect();
        let appended = append(self.size(), &entries, &|i| self.read(i)).unwrap();
        self.entries.extend(entries);
        for (index, hash) in appended.hashes {
            assert_eq!(index, self.hashes.len() as u64);
            self.hashes.push(hash);
        }
        assert_eq!(appended.size, self.size());
    }

    fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    fn read(&self, indexes: &[u64]) -> Result<Vec<[u8; 32]>, Infallible> {
        Ok(indexes
            .iter()
            .map(|i| self.hashes[usize::try_from(*i).unwrap()])
            .collect())
    }

    fn publish(&self, ledger: &Ledger, from: u64) -> Result<Checkpoint, Error> {
        let entries = |range: Range<u64>| {
            let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            Ok::<_, Infallible>(self.entries[range].to_vec())
        };
        ledger.publish(from, self.size(), &|i| self.read(i), &entries)
    }

    fn verify(&self, ledger: &Ledger) -> Vec<Fault> {
        ledger
            .verify(self.entries.iter().cloned().map(Ok::<_, Infallible>))
            .unwrap()
    }
}

fn capture(n: u64) -> Leaf {
    Leaf::Capture {
        c: Digest::of(&n.to_be_bytes()),
    }
}

fn tree(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(path).unwrap().map(|e| e.unwrap().path()));
        } else {
            let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
            found.push((name, fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn a_log_that_grows_leaf_by_leaf_is_the_one_written_at_once() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let growing = Ledger::create(a.path(), ORIGIN, [7; 32]).unwrap();
    let at_once = Ledger::create(b.path(), ORIGIN, [7; 32]).unwrap();
    let mut catalog = Catalog::default();
    assert_eq!(growing.checkpoint().unwrap(), None);
    assert_eq!(catalog.verify(&growing), []);
    assert_eq!(
        catalog.publish(&growing, 0).unwrap().root,
        root_of(&catalog.entries)
    );
    let mut from = 0;
    // Over two edges of tiles: 256 and 512.
    for step in [1, 1, 200, 53, 1, 1, 254, 1, 0, 8] {
        let leaves: Vec<_> = (catalog.size()..catalog.size() + step)
            .map(capture)
            .collect();
        catalog.add(&leaves);
        let checkpoint = catalog.publish(&growing, from).unwrap();
        from = checkpoint.size;
        assert_eq!(checkpoint.size, catalog.size());
        assert_eq!(checkpoint.root, root_of(&catalog.entries));
        assert_eq!(growing.checkpoint().unwrap(), Some(checkpoint));
        assert_eq!(catalog.verify(&growing), [], "{} leaves", catalog.size());
        let on_disk: Vec<_> = growing.entries().unwrap().map(Result::unwrap).collect();
        assert_eq!(on_disk, catalog.entries);
        assert_eq!(growing.verify(growing.entries().unwrap()).unwrap(), []);
    }
    assert_eq!(catalog.size(), 520);
    let one = catalog.publish(&at_once, 0).unwrap();
    assert_eq!(growing.checkpoint().unwrap(), Some(one));
    assert_eq!(catalog.verify(&at_once), []);
    assert!(a.path().join("ledger/tile/0/001").exists());
    assert!(
        !a.path().join("ledger/tile/0/001.p").exists(),
        "its full tile is there"
    );
    assert!(a.path().join("ledger/tile/1/000.p/2").exists());

    let before = tree(&b.path().join("ledger"));
    catalog.publish(&at_once, 0).unwrap();
    catalog.publish(&at_once, 520).unwrap();
    assert_eq!(tree(&b.path().join("ledger")), before);
}

#[test]
fn a_lost_ledger_folder_is_rebuilt_from_the_catalog() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path(), ORIGIN, [7; 32]).unwrap();
    let mut catalog = Catalog::default();
    catalog.add(&(0..300).map(capture).collect::<Vec<_>>());
    catalog.publish(&ledger, 0).unwrap();
    let before = tree(&dir.path().join("ledger"));
    fs::remove_dir_all(dir.path().join("ledger/tile")).unwrap();
    fs::remove_file(dir.path().join("ledger/checkpoint")).unwrap();
    assert_eq!(
        catalog.verify(&ledger),
        [Fault::NoCheckpoint { leaves: 300 }]
    );
    // Whoever asks believes that 300 were published; the missing checkpoint says otherwise.
    catalog.publish(&ledger, 300).unwrap();
    assert_eq!(tree(&dir.path().join("ledger")), before);
}

#[test]
fn a_published_promise_is_never_broken() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path(), ORIGIN, [7; 32]).unwrap();
    let mut catalog = Catalog::default();
    catalog.add(&(0..10).map(capture).collect::<Vec<_>>());
    let old = catalog.clone();
    catalog.add(&[capture(10)]);
    catalog.publish(&ledger, 0).unwrap();
    let before = tree(&dir.path().join("ledger"));
    assert!(matches!(
        old.publish(&ledger, 0),
        Err(Error::Shrinks {
            published: 11,
            asked: 10
        })
    ));
    let mut other = Catalog::default();
    other.add(&(100..120).map(capture).collect::<Vec<_>>());
    assert!(matches!(
        other.publish(&ledger, 0),
        Err(Error::Forked { size: 11, .. })
    ));
    let reader = Ledger::open_to_verify(dir.path()).unwrap();
    assert!(matches!(catalog.publish(&reader, 0), Err(Error::NoKey)));
    assert_eq!(tree(&dir.path().join("ledger")), before);
    assert_eq!(catalog.verify(&reader), []);
    assert_eq!(
        old.verify(&reader),
        [Fault::Size {
            checkpoint: 11,
            leaves: 10
        }]
    );
    assert!(
        other
            .verify(&reader)
            .iter()
            .any(|f| matches!(f, Fault::Root { size: 11, .. }))
    );
}

#[test]
fn each_damaged_file_of_the_ledger_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path(), ORIGIN, [7; 32]).unwrap();
    let mut catalog = Catalog::default();
    catalog.add(&(0..300).map(capture).collect::<Vec<_>>());
    catalog.publish(&ledger, 0).unwrap();
    let files = tree(&dir.path().join("ledger"));
    let mut judged = 0;
    for (name, bytes) in files.iter().filter(|(name, _)| !name.starts_with("log.")) {
        let path = dir.path().join("ledger").join(name);
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 1;
        for damaged in [&flipped, &bytes[..bytes.len() - 1].to_vec()] {
            fs::write(&path, damaged).unwrap();
            let told: Vec<_> = catalog
                .verify(&ledger)
                .iter()
                .map(ToString::to_string)
                .collect();
            assert!(
                told.iter()
                    .any(|t| t.starts_with(&format!("ledger/{name}: "))),
                "{name}: {told:#?}"
            );
        }
        fs::remove_file(&path).unwrap();
        let told: Vec<_> = catalog
            .verify(&ledger)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(told.len(), 1, "{told:#?}");
        assert!(
            told[0].starts_with(&format!("ledger/{name}: missing")),
            "{told:#?}"
        );
        fs::write(&path, bytes).unwrap();
        judged += 1;
    }
    // Two bundles, two tiles of level 0, one of level 1, the checkpoint.
    assert_eq!(judged, 6);
    assert_eq!(catalog.verify(&ledger), []);
    fs::remove_file(dir.path().join("ledger/tile/entries/000")).unwrap();
    let read: Vec<_> = ledger.entries().unwrap().collect();
    assert!(
        matches!(read.as_slice(), [Err(Error::Io { .. })]),
        "{read:?}"
    );
}

#[test]
fn a_leaf_that_is_none_is_named_by_its_index() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path(), ORIGIN, [7; 32]).unwrap();
    let mut catalog = Catalog::default();
    catalog.add(&[
        capture(0),
        Leaf::Dispose {
            d: Digest::of(b"d"),
            n: 1,
        },
    ]);
    catalog.publish(&ledger, 0).unwrap();
    let told: Vec<_> = catalog
        .verify(&ledger)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        ["ledger: leaf 1: it names leaf 1, which does not come before it"]
    );
}

/// An archive with four bags: one disposed of, one succeeded by the last.
fn archive(dir: &Path) -> (Catalog, Vec<BagId>) {
    let store = Store::create(dir).unwrap();
    let ledger = Ledger::create(dir, ORIGIN, [7; 32]).unwrap();
    let mut catalog = Catalog::default();
    let bags: Vec<BagId> = (0..4)
        .map(|n| format!("01a1fdfa-4600-7000-8000-{n:012x}").parse().unwrap())
        .collect();
    let mut commitments = Vec::new();
    for (bag, salt) in bags.iter().zip(1..) {
        let mut staged = store.stage(*bag).unwrap();
        let mut file = staged.file("records.json").unwrap();
        write!(file, "[{salt}]").unwrap();
        file.finish().unwrap();
        let info = BagInfo::new([("Source-Organization", "Tibro kommun")]).unwrap();
        let published = staged.seal(&info, [salt; 32]).unwrap().publish().unwrap();
        commitments.push(published.commitment);
    }
    for c in &commitments[..3] {
        catalog.add(&[Leaf::Capture { c: *c }]);
    }
    catalog.add(&[
        Leaf::Dispose {
            d: Digest::of(b"decision"),
            n: 0,
        },
        Leaf::Succeed {
            c: commitments[3],
            n: 1,
        },
    ]);
    catalog.publish(&ledger, 0).unwrap();
    for ended in [bags[0], bags[1]] {
        fs::remove_dir_all(store.path(ended)).unwrap();
    }
    (catalog, bags)
}

fn python(dir: &Path) -> Option<(bool, String)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify_ledger.py");
    let Ok(run) = Command::new("python3").arg(script).arg(dir).output() else {
        println!("SKIP: no python3");
        return None;
    };
    let told =
        String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    Some((run.status.success(), told))
}

#[test]
fn an_independent_verifier_agrees_and_sees_each_damage() {
    type Damage = (fn(&Path, &Store, &[BagId]), &'static str);
    let damages: &[Damage] = &[
        (
            |_, store, bags| fs::remove_dir_all(store.path(bags[2])).unwrap(),
            "FAIL leaf 2: no bag opens",
        ),
        (
            |_, store, bags| {
                let path = store.path(bags[2]).join("bag/manifest-sha256.txt");
                fs::remove_file(&path).unwrap();
                fs::write(path, "").unwrap();
            },
            "manifest-sha256.txt is not the one in the tag manifest",
        ),
        (
            |_, store, bags| {
                let path = store.path(bags[2]).join("commitment.txt");
                let text = fs::read_to_string(&path).unwrap().replace("0303", "0304");
                fs::remove_file(&path).unwrap();
                fs::write(path, text).unwrap();
            },
            "no leaf has its commitment",
        ),
        (
            |dir, _, _| {
                let path = dir.join("ledger/tile/entries/000.p/5");
                let mut bytes = fs::read(&path).unwrap();
                let at = bytes.windows(7).position(|w| w == b"dispose").unwrap() - 10;
                bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
                fs::write(path, bytes).unwrap();
            },
            "FAIL root of 5 leaves is",
        ),
        (
            |dir, _, _| {
                let path = dir.join("ledger/checkpoint");
                let text = fs::read_to_string(&path)
                    .unwrap()
                    .replacen("\n5\n", "\n4\n", 1);
                fs::write(path, text).unwrap();
            },
            "FAIL FileNotFoundError",
        ),
        (
            |dir, _, _| fs::remove_file(dir.join("ledger/tile/entries/000.p/5")).unwrap(),
            "FAIL FileNotFoundError",
        ),
    ];
    let dir = tempfile::tempdir().unwrap();
    let (catalog, bags) = archive(dir.path());
    let Some((sound, told)) = python(dir.path()) else {
        return;
    };
    assert!(
        sound && told.contains("OK 2 bags") && told.contains("OK root"),
        "{told}"
    );
    assert_eq!(catalog.verify(&Ledger::open(dir.path()).unwrap()), []);
    fs::create_dir(dir.path().join("store/2026/11").join(bags[0].to_string())).unwrap();
    assert!(!python(dir.path()).unwrap().0);
    for (damage, expected) in damages {
        let dir = tempfile::tempdir().unwrap();
        let (_, bags) = archive(dir.path());
        damage(dir.path(), &Store::open(dir.path()).unwrap(), &bags);
        let (sound, told) = python(dir.path()).unwrap();
        assert!(!sound && told.contains(expected), "{expected}: {told}");
    }
}

#[test]
fn the_python_verifier_reads_more_than_one_bundle() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("store")).unwrap();
    let ledger = Ledger::create(dir.path(), ORIGIN, [7; 32]).unwrap();
    let mut catalog = Catalog::default();
    catalog.add(&(0..700).map(capture).collect::<Vec<_>>());
    catalog.publish(&ledger, 0).unwrap();
    let Some((sound, told)) = python(dir.path()) else {
        return;
    };
    assert!(!sound && told.contains("OK root"), "{told}");
    assert_eq!(told.matches("no bag opens").count(), 700);
}

#[test]
fn openssl_verifies_the_checkpoint_and_reads_the_key() {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    if Command::new("openssl").arg("version").output().is_err() {
        println!("SKIP: no openssl");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    archive(dir.path());
    let note = fs::read_to_string(dir.path().join("ledger/checkpoint")).unwrap();
    let (text, signature) = note.split_once("\n\n— ").unwrap();
    let bytes = BASE64_STANDARD
        .decode(signature.trim().split_once(' ').unwrap().1)
        .unwrap();
    fs::write(dir.path().join("sig"), &bytes[4..]).unwrap();
    let verify = |text: String| {
        fs::write(dir.path().join("text"), text).unwrap();
        Command::new("openssl")
            .args([
                "pkeyutl",
                "-verify",
                "-pubin",
                "-inkey",
                "ledger/log.pem",
                "-rawin",
                "-in",
                "text",
                "-sigfile",
                "sig",
            ])
            .current_dir(dir.path())
            .output()
            .unwrap()
    };
    let sound = verify(format!("{text}\n"));
    assert!(sound.status.success(), "{sound:?}");
    assert!(
        !verify(format!("{text}\n").replace("\n5\n", "\n6\n"))
            .status
            .success()
    );
    let public = Command::new("openssl")
        .args(["pkey", "-in", "keys/ledger.key", "-pubout"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(public.status.success(), "{public:?}");
    assert_eq!(
        public.stdout,
        fs::read(dir.path().join("ledger/log.pem")).unwrap()
    );
}
