//! A bag without the records that are destroyed: filled from the old one, typeset anew, and sealed under an id of its
//! own. It keeps the capture's time, and no digest of what went.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufReader, Read as _, Write as _};

use serde::de::DeserializeOwned;
use url::Url;

use super::going::Going;
use crate::calendar::local_date;
use crate::catalog::{HeldBag, NewBag, coverage_without};
use crate::platform::{Gone, Without, without};
use crate::record::{
    Account, BagId, BagKind, CaptureFile, Change, MediumHeld, RECORDS_FORMAT, RecordId,
    RecordsFile, Software, Succeeds, json_fault,
};
use crate::store::{BagInfo, StagedBag};
use crate::workflow::comparison::Seen;
use crate::workflow::matching::Match;
use crate::workflow::staging::below_data;
use crate::workflow::typeset::{Setting, typeset};
use crate::workflow::{Archive, Error, Surroundings};

/// Whether anything of what goes is in a bag of records.
///
/// # Errors
/// When the bag cannot be read.
pub(in crate::workflow) fn tells_of(
    archive: &Archive,
    going: &Going<'_>,
    bag: BagId,
) -> Result<bool, Error> {
    let found = examine(archive, going, bag)?;
    Ok(found.gone > 0 || !found.answers.is_empty())
}

/// What is to become of a bag.
pub(super) enum Succession {
    /// Nothing of what goes is in it.
    Stays,
    /// Nothing would be left of it.
    Goes,
    By {
        bag: NewBag,
        places: HashMap<RecordId, (String, Option<u32>)>,
    },
}

/// Examines a bag of records, and fills and publishes its successor when it needs one.
///
/// # Errors
/// When the old bag cannot be read, or the new one cannot be written; then nothing is published.
pub(super) fn succeed(
    archive: &Archive,
    around: &Surroundings,
    going: &Going<'_>,
    old: &HeldBag,
) -> Result<Succession, Error> {
    let Examined {
        capture,
        records,
        answers,
        gone,
        kept,
    } = examine(archive, going, old.id)?;
    let source = Source {
        archive,
        bag: old.id,
    };
    if gone > 0 && kept == 0 {
        return Ok(Succession::Goes);
    }
    if gone == 0 && answers.is_empty() {
        return Ok(Succession::Stays);
    }
    let id = BagId((around.new_id)());
    let staged = archive.store().stage(id)?;
    let filling = Filling {
        around,
        going,
        source,
        old,
        capture,
        records,
        answers,
        gone,
    };
    filling.fill(archive, staged)
}

struct Examined {
    capture: CaptureFile,
    records: RecordsFile,
    /// What is left of answers that lose something.
    answers: HashMap<String, Without>,
    /// Records of it that go, and that stay.
    gone: u64,
    kept: usize,
}

fn examine(archive: &Archive, going: &Going<'_>, bag: BagId) -> Result<Examined, Error> {
    let source = Source { archive, bag };
    let capture: CaptureFile = source.json("data/capture.json")?;
    let records: RecordsFile = source.json("data/records.json")?;
    let door = capture.reason.door(capture.account.platform);
    let went = |id: &RecordId| going.records.contains(id);
    let gone = records.records.iter().filter(|r| went(&r.record)).count() as u64;
    let kept: Vec<_> = records
        .records
        .iter()
        .filter(|r| !went(&r.record))
        .collect();
    let mut answers = HashMap::new();
    let item = |name: &str| going.has_name(door, name);
    let address = |address: &str| going.addresses.contains(address);
    let lost = Gone {
        item: &item,
        address: &address,
    };
    for request in &capture.requests {
        let Some(file) = request.file.as_ref().filter(|f| f.starts_with("data/raw/")) else {
            continue;
        };
        let body = source.bytes(file)?;
        let extension = file.rsplit('.').next().unwrap_or_default();
        let at = request.address.parse::<Url>();
        let at = at.unwrap_or_else(|_| capture.account.address.clone());
        let left = match without(capture.account.platform, extension, &at, &body, &lost) {
            Without::Same if going.is_said_by(&String::from_utf8_lossy(&body)) => Without::Nothing,
            Without::Less { body, .. } if going.is_said_by(&String::from_utf8_lossy(&body)) => {
                Without::Nothing
            }
            left => left,
        };
        if left != Without::Same {
            answers.insert(file.clone(), left);
        }
    }
    let kept = kept.len();
    Ok(Examined {
        capture,
        records,
        answers,
        gone,
        kept,
    })
}

/// The old bag's files.
#[derive(Clone, Copy)]
struct Source<'a> {
    archive: &'a Archive,
    bag: BagId,
}

impl Source<'_> {
    fn open(&self, path: &str) -> Result<std::fs::File, Error> {
        Ok(self.archive.store().open_file(self.bag, path)?)
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.open(path)?
            .read_to_end(&mut bytes)
            .map_err(|source| self.failed(path, source))?;
        Ok(bytes)
    }

    fn json<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        serde_json::from_reader(BufReader::new(self.open(path)?))
            .map_err(|e| self.failed(path, io::Error::other(json_fault(&e))))
    }

    fn failed(&self, path: &str, source: io::Error) -> Error {
        Error::Io {
            path: self.archive.store().path(self.bag).join("bag").join(path),
            source,
        }
    }
}

/// A successor in the making.
struct Filling<'a> {
    around: &'a Surroundings,
    going: &'a Going<'a>,
    source: Source<'a>,
    old: &'a HeldBag,
    capture: CaptureFile,
    records: RecordsFile,
    /// What is left of answers that lose something.
    answers: HashMap<String, Without>,
    gone: u64,
}

impl Filling<'_> {
    fn fill(mut self, archive: &Archive, mut staged: StagedBag) -> Result<Succession, Error> {
        let id = staged.bag();
        let on = (self.around.now)();
        let left_out = self.files_that_go();
        let mut changed: Vec<String> = Vec::new();
        let mut dropped: Vec<String> = Vec::new();
        for path in archive.store().payload(self.old.id)? {
            if left_out.contains(&path) {
                continue;
            }
            match self.answers.get(&path) {
                Some(Without::Less { body, .. }) => {
                    let stored = staged.write(below_data(&path), body)?;
                    for request in self.capture.requests.iter_mut() {
                        if request.file.as_ref() == Some(&path) {
                            request.sha256 = Some(stored.sha256);
                            request.bytes = stored.bytes;
                        }
                    }
                    changed.push(path);
                }
                Some(Without::Nothing) => dropped.push(path),
                Some(Without::Same) | None => self.copy(&path, &mut staged)?,
            }
        }
        let succeeds = Succeeds {
            leaf: self.old.leaf,
            gallring: self.going.gallring,
            on,
            records: self.gone,
            changed,
            left_out: dropped.clone(),
        };
        let went = |id: &RecordId| self.going.records.contains(id);
        self.records.records.retain(|r| !went(&r.record));
        let used: HashSet<&Url> = self
            .records
            .records
            .iter()
            .flat_map(|r| r.item.content.media.iter().map(|m| &m.address))
            .collect();
        self.records.media.retain(|m| used.contains(&m.address));
        RECORDS_FORMAT.clone_into(&mut self.records.arkivd);
        self.records.bag = id;
        let records_json = staged.write_json("records.json", &self.records)?;
        let told = |text: &str| self.going.is_told_by(text);
        coverage_without(&mut self.capture.coverage, &told)?;
        self.capture.brought.retain(|b| !went(&b.record));
        self.capture.requests.retain(|request| {
            let kept = |file: &String| !left_out.contains(file) && !dropped.contains(file);
            match &request.file {
                Some(file) => kept(file),
                None => !told(&request.address),
            }
        });
        let media: HashMap<Url, MediumHeld> = self
            .records
            .media
            .iter()
            .map(|m| (m.address.clone(), m.state.clone()))
            .collect();
        let account = self.account();
        let seen = self.seen();
        let first = self.capture.since.is_none() && seen.iter().all(|s| s.change == Change::New);
        let set = typeset(
            &mut staged,
            &Setting {
                organisation: &self.capture.organisation,
                account: &account,
                account_name: self.capture.account.name.as_deref(),
                kind: self.capture.kind,
                reason: self.capture.reason,
                taken: self.capture.started,
                capture: self.capture.capture,
                since: self.capture.since,
                first,
                coverage: &self.capture.coverage,
                records_json: &records_json,
                seen: &seen,
                media: &media,
                second_gate: self.around.second_gate.as_ref(),
                destroyed: (self.gone > 0).then(|| (self.gone, local_date(on))),
            },
        )?;
        self.capture.bag = id;
        self.capture.software = Software::this();
        self.capture.posts_pdf = Some(set.posts_pdf.clone());
        self.capture.succeeds = Some(succeeds);
        staged.write_json("capture.json", &self.capture)?;
        let salt = (self.around.salt)().map_err(Error::Salt)?;
        let published = staged.seal(&self.info(id, on)?, salt)?.publish()?;
        let places = self.records.records.iter().map(|r| {
            let place = set.places.get(&r.record);
            let place = place.map(|(file, page)| (file.clone(), Some(*page)));
            (
                r.record,
                place.unwrap_or_else(|| ("data/records.json".to_owned(), None)),
            )
        });
        Ok(Succession::By {
            places: places.collect(),
            bag: NewBag {
                id,
                kind: self.capture.kind,
                commitment: published.commitment,
                bytes: published.bytes,
                files: published.files,
                pdf: self.capture.level(),
            },
        })
    }

    /// Files of the old bag that are made anew, or that only what goes needs.
    fn files_that_go(&self) -> HashSet<String> {
        let went = |id: &RecordId| self.going.records.contains(id);
        let mut files: HashSet<String> = ["data/capture.json", "data/records.json"]
            .map(str::to_owned)
            .into();
        let parts = self.capture.posts_pdf.iter().flat_map(|pdf| &pdf.parts);
        files.extend(parts.map(|part| part.file.clone()));
        let used: HashSet<&Url> = self
            .records
            .records
            .iter()
            .filter(|r| !went(&r.record))
            .flat_map(|r| r.item.content.media.iter().map(|m| &m.address))
            .collect();
        let mut needed = HashSet::new();
        for medium in &self.records.media {
            if let MediumHeld::Held { file, .. } = &medium.state {
                match used.contains(&medium.address) {
                    true => needed.insert(file.clone()),
                    false => files.insert(file.clone()),
                };
            }
        }
        for brought in &self.capture.brought {
            for original in &brought.originals {
                let pdfs = original.pdf.parts.iter().map(|part| &part.file);
                let of_it = [&original.file].into_iter().chain(pdfs);
                let of_it = of_it.chain(&original.cover).cloned();
                match went(&brought.record) {
                    true => files.extend(of_it),
                    false => needed.extend(of_it),
                }
            }
        }
        files.retain(|file| !needed.contains(file));
        files
    }

    fn copy(&self, path: &str, staged: &mut StagedBag) -> Result<(), Error> {
        let mut from = self.source.open(path)?;
        let mut to = staged.file(below_data(path))?;
        io::copy(&mut from, &mut to)
            .and_then(|_| to.flush())
            .map_err(|source| self.source.failed(path, source))?;
        to.finish()?;
        Ok(())
    }

    /// As the register had it then.
    fn account(&self) -> Account {
        let sealed = &self.capture.account;
        Account {
            id: sealed.id.clone(),
            platform: sealed.platform,
            address: sealed.address.clone(),
            committee: sealed.committee.clone(),
            purpose: sealed.purpose.clone(),
            audience: sealed.audience.clone(),
            responsible: Vec::new(),
            substitute: None,
            credential: None,
            parent: None,
        }
    }

    fn seen(&self) -> Vec<Seen> {
        let records = self.records.records.iter();
        records
            .map(|r| Seen {
                item: r.item.clone(),
                record: r.record,
                matched: Match::None,
                digest: r.content_sha256,
                version: r.version,
                change: r.change,
                picked: true,
                retry: false,
            })
            .collect()
    }

    fn info(
        &self,
        bag: BagId,
        on: chrono::DateTime<chrono::Utc>,
    ) -> Result<BagInfo, crate::store::Error> {
        let account = &self.capture.account;
        let kind: BagKind = self.capture.kind;
        let software = Software::this();
        BagInfo::new([
            ("Source-Organization", self.capture.organisation.clone()),
            (
                "External-Description",
                format!(
                    "{}, {}: {} {}, {}, after gallring {}",
                    account.committee,
                    account.id,
                    account.address,
                    kind,
                    crate::calendar::local_time(self.capture.started),
                    self.going.gallring,
                ),
            ),
            ("External-Identifier", bag.to_string()),
            ("Bag-Group-Identifier", self.capture.capture.to_string()),
            ("Bagging-Date", local_date(on).to_string()),
            (
                "Bag-Software-Agent",
                format!("{} {}", software.name, software.version),
            ),
        ])
    }
}
