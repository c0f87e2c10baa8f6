//! What of a bag can be judged without reading its payload, and which files are left to hash.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::record::Digest;

use super::archive::open_to_read;
use super::bag_info::oxum;
use super::fault::Fault;
use super::{BagInfo, Commitment, FORMAT, manifest};

const BAGIT: &str = "bagit.txt";
const INFO: &str = "bag-info.txt";
const MANIFEST: &str = "manifest-sha256.txt";
const TAGMANIFEST: &str = "tagmanifest-sha256.txt";

/// A tag file is text for people; a larger one is not read into memory.
const LARGEST_TAG: u64 = 64 << 20;

/// Where a bag lies.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// The folder with bagit.txt.
    pub(super) dir: PathBuf,
    /// In the store: then the commitment and Arkivd-Format must be there, and nothing else beside the bag.
    pub(super) kept: bool,
}

/// The cheap half of a verification.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) faults: Vec<Fault>,
    /// Payload files that a manifest names and the disk has, by path.
    pub(super) to_hash: Vec<(String, Digest)>,
    pub(super) commitment: Option<Digest>,
    /// Payload files on disk, and their bytes.
    pub(super) files: u64,
    pub(super) bytes: u64,
}

impl Plan {
    pub(super) fn of(target: &Target, buffer: &mut [u8]) -> Self {
        let mut plan = Self::default();
        let dir = &target.dir;
        if !fs::symlink_metadata(dir).is_ok_and(|found| found.is_dir()) {
            plan.faults.push(Fault::MissingBag);
            return plan;
        }
        let bagit = plan.tag(dir, BAGIT);
        let info_bytes = plan.tag(dir, INFO);
        let payload_manifest = plan.tag(dir, MANIFEST);
        let tag_manifest = plan.tag(dir, TAGMANIFEST);

        let info = plan.judge_info(info_bytes.as_deref());
        if let Some(newer) = info.as_ref().and_then(newer_format) {
            plan.faults = vec![newer];
            return plan;
        }
        if target.kept
            && let Some(info) = &info
            && info.get(BagInfo::FORMAT_FIELD).is_none()
        {
            plan.faults.push(Fault::MissingTag {
                tag: format!("{INFO}: {}", BagInfo::FORMAT_FIELD),
            });
        }
        if let Some(bytes) = &bagit {
            plan.judge_declaration(bytes);
        }
        let known = [
            (BAGIT, bagit.as_deref()),
            (INFO, info_bytes.as_deref()),
            (MANIFEST, payload_manifest.as_deref()),
        ];
        plan.judge_tags(dir, &known, tag_manifest.as_deref(), buffer);
        plan.judge_commitment(target, tag_manifest.as_deref());

        let mut on_disk = plan.walk(dir);
        plan.files = on_disk.len() as u64;
        plan.bytes = on_disk.values().sum();
        plan.judge_oxum(info.as_ref());
        if let Some(bytes) = payload_manifest {
            let (named, bad_lines) = manifest::parse(MANIFEST, &bytes);
            plan.faults.extend(bad_lines);
            for (path, digest) in named {
                if on_disk.remove(&path).is_some() {
                    plan.to_hash.push((path, digest));
                } else if path.starts_with("data/") {
                    plan.faults.push(Fault::MissingFile { path });
                } else {
                    plan.faults.push(Fault::UnsafePath { path });
                }
            }
            plan.faults
                .extend(on_disk.into_keys().map(|path| Fault::ExtraFile { path }));
        }
        plan
    }

    /// The bytes of a tag file that every bag has.
    fn tag(&mut self, dir: &Path, name: &str) -> Option<Vec<u8>> {
        match read_limited(&dir.join(name)) {
            Ok(bytes) => Some(bytes),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                self.faults.push(Fault::MissingTag {
                    tag: name.to_owned(),
                });
                None
            }
            Err(e) => {
                self.faults.push(unreadable(name, &e));
                None
            }
        }
    }

    fn judge_info(&mut self, bytes: Option<&[u8]>) -> Option<BagInfo> {
        BagInfo::parse(bytes?)
            .map_err(|problem| {
                self.faults.push(Fault::BadBagit {
                    path: INFO.to_owned(),
                    problem,
                });
            })
            .ok()
    }

    /// RFC 8493 section 2.1.1: two lines, in that order. 0.97 is the same on disk and still widely written.
    fn judge_declaration(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<_> = text.lines().collect();
        let sound = matches!(
            lines.as_slice(),
            [
                "BagIt-Version: 1.0" | "BagIt-Version: 0.97",
                "Tag-File-Character-Encoding: UTF-8",
            ]
        );
        if !sound {
            self.faults.push(Fault::BadBagit {
                path: BAGIT.to_owned(),
                problem: format!(
                    "it does not declare BagIt 1.0 in UTF-8: {:?}",
                    text.chars().take(120).collect::<String>()
                ),
            });
        }
    }

    /// The tag manifest against the tag files: `known` are those whose bytes are in memory already.
    fn judge_tags(
        &mut self,
        dir: &Path,
        known: &[(&str, Option<&[u8]>)],
        tag_manifest: Option<&[u8]>,
        buffer: &mut [u8],
    ) {
        let Some(tag_manifest) = tag_manifest else {
            return;
        };
        let (mut named, bad_lines) = manifest::parse(TAGMANIFEST, tag_manifest);
        self.faults.extend(bad_lines);
        for (name, bytes) in known {
            match (named.remove(*name), bytes) {
                (Some(expected), Some(bytes)) => {
                    self.compare(name, expected, Digest::of(bytes));
                }
                (None, Some(_)) => self.faults.push(Fault::MissingTag {
                    tag: format!("{TAGMANIFEST}: {name}"),
                }),
                // A missing file has been told.
                (_, None) => {}
            }
        }
        self.judge_other_tags(dir, named, buffer);
    }

    /// Tag files beyond the four that every bag has: allowed in a bag from elsewhere, if the tag manifest holds them.
    fn judge_other_tags(&mut self, dir: &Path, named: BTreeMap<String, Digest>, buffer: &mut [u8]) {
        let mut on_disk = BTreeMap::new();
        match fs::read_dir(dir) {
            Ok(entries) => {
                for entry in entries {
                    match entry {
                        Ok(entry) if entry.file_name() == "data" => {}
                        Ok(entry) => self.enter(dir, &entry.path(), &mut on_disk),
                        Err(e) => self.faults.push(unreadable(".", &e)),
                    }
                }
            }
            Err(e) => self.faults.push(unreadable(".", &e)),
        }
        for name in [BAGIT, INFO, MANIFEST, TAGMANIFEST] {
            on_disk.remove(name);
        }
        for path in on_disk.keys() {
            // Left unread, they would let a file pass that they say is wrong.
            if path == "fetch.txt"
                || (!path.contains('/')
                    && (path.starts_with("manifest-") || path.starts_with("tagmanifest-")))
            {
                self.faults.push(Fault::BadBagit {
                    path: path.clone(),
                    problem: "arkivd judges whole bags by SHA-256 alone and does not read it"
                        .to_owned(),
                });
            }
        }
        for (path, expected) in named {
            if on_disk.remove(&path).is_none() {
                self.faults.push(Fault::MissingFile { path });
                continue;
            }
            match hash_file(&dir.join(&path), buffer) {
                Ok(found) => self.compare(&path, expected, found),
                Err(e) => self.faults.push(unreadable(&path, &e)),
            }
        }
        self.faults
            .extend(on_disk.into_keys().map(|path| Fault::ExtraFile { path }));
    }

    fn judge_commitment(&mut self, target: &Target, tag_manifest: Option<&[u8]>) {
        let beside = target
            .dir
            .parent()
            .map(|around| around.join(Commitment::FILE));
        let in_its_folder = target.kept || target.dir.file_name().is_some_and(|name| name == "bag");
        let Some(path) = beside.filter(|_| in_its_folder) else {
            return;
        };
        match read_limited(&path) {
            Ok(bytes) => {
                let parsed = std::str::from_utf8(&bytes)
                    .map_err(|_| "it is not UTF-8")
                    .and_then(Commitment::parse);
                match (parsed, tag_manifest.map(Digest::of)) {
                    (Ok(commitment), found) => {
                        self.commitment = Some(commitment.digest());
                        if let Some(found) = found
                            && found != commitment.tagmanifest
                        {
                            self.faults.push(Fault::CommitmentMismatch {
                                expected: commitment.tagmanifest,
                                found,
                            });
                        }
                    }
                    (Err(problem), _) => self.faults.push(Fault::BadCommitment { problem }),
                }
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                if target.kept {
                    self.faults.push(Fault::MissingTag {
                        tag: "../commitment.txt".to_owned(),
                    });
                }
            }
            Err(e) => self.faults.push(unreadable("../commitment.txt", &e)),
        }
        if target.kept {
            self.judge_surroundings(&target.dir);
        }
    }

    /// Nothing stands beside a kept bag but its commitment.
    fn judge_surroundings(&mut self, dir: &Path) {
        let Some(Ok(entries)) = dir.parent().map(fs::read_dir) else {
            return;
        };
        let mut extra: Vec<_> = entries
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .filter(|name| name != "bag" && name != Commitment::FILE)
            .collect();
        extra.sort();
        self.faults
            .extend(extra.into_iter().map(|name| Fault::ExtraFile {
                path: format!("../{name}"),
            }));
    }

    fn judge_oxum(&mut self, info: Option<&BagInfo>) {
        let Some(info) = info else { return };
        let found = oxum(self.bytes, self.files);
        match info.get(BagInfo::OXUM) {
            Some(expected) if expected == found => {}
            Some(expected) => self.faults.push(Fault::Oxum {
                expected: expected.to_owned(),
                found,
            }),
            None => self.faults.push(Fault::MissingTag {
                tag: format!("{INFO}: {}", BagInfo::OXUM),
            }),
        }
    }

    /// Every regular file below `data`, with its length.
    fn walk(&mut self, dir: &Path) -> BTreeMap<String, u64> {
        let mut files = BTreeMap::new();
        let data = dir.join("data");
        match fs::symlink_metadata(&data) {
            Ok(found) if found.is_dir() => self.enter(dir, &data, &mut files),
            Ok(_) => self.faults.push(Fault::NotAFile {
                path: "data".to_owned(),
            }),
            Err(_) => self.faults.push(Fault::MissingTag {
                tag: "data/".to_owned(),
            }),
        }
        files
    }

    /// Adds the file, or every file below the folder; never through a link.
    fn enter(&mut self, dir: &Path, start: &Path, files: &mut BTreeMap<String, u64>) {
        let mut waiting = vec![start.to_owned()];
        while let Some(path) = waiting.pop() {
            let relative = path.strip_prefix(dir).unwrap_or(&path);
            let Some(name) = relative.to_str().map(str::to_owned) else {
                self.faults.push(Fault::UnsafePath {
                    path: relative.to_string_lossy().into_owned(),
                });
                continue;
            };
            let found = fs::symlink_metadata(&path).and_then(|found| {
                if found.is_dir() {
                    for entry in fs::read_dir(&path)? {
                        waiting.push(entry?.path());
                    }
                }
                Ok(found)
            });
            match found {
                Ok(found) if found.is_dir() => {}
                Ok(found) if found.is_file() => {
                    files.insert(name, found.len());
                }
                Ok(_) => self.faults.push(Fault::NotAFile { path: name }),
                Err(e) => self.faults.push(unreadable(&name, &e)),
            }
        }
    }

    fn compare(&mut self, path: &str, expected: Digest, found: Digest) {
        if expected != found {
            self.faults.push(Fault::Changed {
                path: path.to_owned(),
                expected,
                found,
            });
        }
    }
}

fn newer_format(info: &BagInfo) -> Option<Fault> {
    let found = info.get(BagInfo::FORMAT_FIELD)?;
    let known = found
        .parse::<u32>()
        .is_ok_and(|n| (1..=FORMAT).contains(&n));
    (!known).then(|| Fault::NewerFormat {
        found: found.to_owned(),
        newest: FORMAT,
    })
}

pub(super) fn unreadable(path: &str, error: &io::Error) -> Fault {
    Fault::Unreadable {
        path: path.to_owned(),
        error: error.to_string(),
    }
}

fn read_limited(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_to_read(path)?
        .take(LARGEST_TAG + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_TAG {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "larger than the 64 MiB a tag file may have",
        ));
    }
    Ok(bytes)
}

/// The SHA-256 of a file, read in pieces as large as the buffer.
pub(super) fn hash_file(path: &Path, buffer: &mut [u8]) -> io::Result<Digest> {
    use sha2::{Digest as _, Sha256};
    let mut file = open_to_read(path)?;
    let mut sha256 = Sha256::new();
    loop {
        match file.read(buffer) {
            Ok(0) => return Ok(Digest(sha256.finalize().into())),
            Ok(n) => sha256.update(buffer.get(..n).unwrap_or_default()),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_paths_of_the_manifest_are_never_opened_outside_data() {
        let dir = tempfile::tempdir().unwrap();
        let bag = dir.path().join("x");
        fs::create_dir_all(bag.join("data")).unwrap();
        fs::write(dir.path().join("secret"), "s").unwrap();
        let digest = Digest::of(b"s");
        fs::write(
            bag.join(MANIFEST),
            format!("{digest}  ../secret\n{digest}  bagit.txt\n"),
        )
        .unwrap();
        let target = Target {
            dir: bag,
            kept: false,
        };
        let plan = Plan::of(&target, &mut [0; 1024]);
        assert!(plan.to_hash.is_empty());
        for path in ["../secret", "bagit.txt"] {
            assert!(
                plan.faults
                    .contains(&Fault::UnsafePath { path: path.into() })
            );
        }
    }
}
