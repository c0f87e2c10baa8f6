//! Records as they are handed out: what each said in all its versions, where the bytes of its media lie, whose it is,
//! and what a register says of it (OSL 5 kap. 2 §).

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::rc::Rc;

use chrono::{DateTime, Utc};
use url::Url;

use super::{Archive, Error, RemovalFault};
use crate::catalog::{self, DocumentNumber, MarkKind, OwnSide, RecordDetails, VersionRow, Writer};
use crate::pdfa::{Context, Entry, Mark, MediumState};
use crate::record::{
    Account, AccountId, BagId, Digest, GapReason, IMPORT_DOOR, Kind, MediumHeld, RecordId,
    RecordsFile,
};

/// A record with all that it is handed out with.
#[derive(Debug, Clone)]
pub struct Handling {
    pub details: RecordDetails,
    pub account: Account,
    /// As the platform last told it, else the account's id.
    pub account_name: String,
    /// True for what the municipality wrote itself.
    pub own: bool,
    /// The diarienummer that stand.
    pub registered: Vec<String>,
    /// The handlingsnummer within them.
    pub documents: Vec<DocumentNumber>,
    /// For each version, its media in their order.
    pub media: Vec<Vec<HandedMedium>>,
}

/// A medium of a record, as it is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandedMedium {
    Held(HeldFile),
    Missing(GapReason),
}

/// A file in a bag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldFile {
    pub bag: BagId,
    /// Path in the bag, `data/media/…`.
    pub path: String,
    pub bytes: u64,
    pub sha256: Digest,
    pub media_type: String,
}

/// What a register says of a record (OSL 5 kap. 2 §). What may be secret has a public form that leaves it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// True: it came in (inkommen), when it was posted to the account. False: it was made (upprättad), when it was
    /// published. Never the time of a capture.
    pub incoming: bool,
    pub at: Option<DateTime<Utc>>,
    /// Its diarienummer, else its id.
    pub designation: String,
    /// Its number within that case (handlingsnummer).
    pub document: Option<String>,
    /// From whom what came in, or to whom what was sent; empty: everyone.
    pub counterpart: Option<String>,
    /// Briefly what it concerns.
    pub subject: String,
    /// As they may be shown to anyone.
    pub public_counterpart: Option<String>,
    pub public_subject: String,
}

/// Letters of a subject.
const SUBJECT: usize = 90;

impl Handling {
    pub fn record(&self) -> RecordId {
        self.details.line.record
    }

    pub fn committee(&self) -> &str {
        &self.details.committee
    }

    /// True for what was never shown to all.
    pub fn is_restricted(&self) -> bool {
        self.details.line.visibility.is_restricted()
            || self
                .details
                .versions
                .iter()
                .any(|v| v.visibility.is_restricted())
    }

    /// "inlägg", "kommentar" ...
    pub fn kind(&self) -> &'static str {
        match self.details.line.kind {
            Kind::Post => "inlägg",
            Kind::Page => "sida",
            Kind::Comment => "kommentar",
            Kind::Message => "meddelande",
        }
    }

    pub fn newest(&self) -> Option<&VersionRow> {
        self.details.versions.last()
    }

    pub fn registration(&self) -> Registration {
        let line = &self.details.line;
        let restricted = self.is_restricted();
        let author = line.author.clone().filter(|_| !self.own);
        let title = line.title.clone().filter(|t| !t.trim().is_empty());
        let gist = || self.newest().map(|v| v.content.gist());
        let subject = briefly(&title.or_else(gist).unwrap_or_default());
        let plain = format!("{} på {}", capital(self.kind()), self.account_name);
        let number = self.registered.last();
        let mut documents = self.documents.iter();
        let document = documents.rfind(|d| Some(&d.registered) == number);
        Registration {
            incoming: !self.own,
            at: line.published,
            designation: number.map_or_else(|| self.record().to_string(), String::clone),
            document: document.map(|d| d.number.clone()),
            public_counterpart: author.clone().filter(|_| !restricted),
            counterpart: author,
            public_subject: match restricted || subject.is_empty() {
                true => plain.clone(),
                false => subject.clone(),
            },
            subject: match subject.is_empty() {
                true => plain,
                false => subject,
            },
        }
    }

    /// The version at a place as an entry for the typesetter; its media are named as [`HeldFile::name`] has it.
    pub fn entry(&self, version: usize, depth: usize, mark: Mark) -> Option<Entry> {
        let shown = self.details.versions.get(version)?;
        let media = self.media.get(version).map_or(&[][..], Vec::as_slice);
        Some(Entry {
            record: self.record(),
            depth,
            mark,
            kind: self.details.line.kind,
            permalink: self.details.permalink.clone(),
            published: self.details.line.published,
            edited: shown.edited,
            visibility: shown.visibility,
            content: shown.content.clone(),
            media: media.iter().map(HandedMedium::state).collect(),
        })
    }

    /// The newest version told in brief, above an answer that is handed out without it.
    pub fn context(&self) -> Context {
        let gist = self.newest().map(|v| v.content.gist());
        Context {
            title: self.details.line.title.clone(),
            author: self.details.line.author.clone(),
            published: self.details.line.published,
            permalink: self.details.permalink.clone(),
            text: gist.unwrap_or_default(),
        }
    }
}

impl HandedMedium {
    fn state(&self) -> MediumState {
        match self {
            Self::Held(file) => MediumState::Stored {
                file: file.name(),
                bytes: file.bytes,
                sha256: file.sha256,
                media_type: file.media_type.clone(),
            },
            Self::Missing(why) => MediumState::Missing(why.clone()),
        }
    }
}

impl HeldFile {
    /// One name for it over all bags: `<bag>/data/media/…`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.bag, self.path)
    }

    /// Opens it to be streamed; who reads it holds its digest against [`HeldFile::sha256`].
    ///
    /// # Errors
    /// When it is missing or cannot be read.
    pub fn open(&self, archive: &Archive) -> Result<File, Error> {
        Ok(archive.store().open_file(self.bag, &self.path)?)
    }

    /// Its bytes, which are the ones that were sealed.
    ///
    /// # Errors
    /// [`Error::DamagedFile`]; when it is missing or cannot be read.
    pub fn read(&self, archive: &Archive) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.open(archive)?
            .take(self.bytes.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|source| self.failed(archive, source))?;
        match Digest::of(&bytes) == self.sha256 {
            true => Ok(bytes),
            false => Err(Error::DamagedFile {
                bag: self.bag,
                path: self.path.clone(),
            }),
        }
    }

    pub(super) fn failed(&self, archive: &Archive, source: io::Error) -> Error {
        Error::Io {
            path: archive.store().path(self.bag).join("bag").join(&self.path),
            source,
        }
    }
}

/// Reads records one after the other; what many share is read once.
pub struct Handlingar<'a> {
    archive: &'a Archive,
    sides: HashMap<String, OwnSide>,
    accounts: HashMap<AccountId, (Account, String)>,
    media: HashMap<BagId, Rc<HashMap<Url, MediumHeld>>>,
    addresses: HashMap<BagId, HashMap<RecordId, String>>,
}

impl<'a> Handlingar<'a> {
    /// # Errors
    /// Those of the catalog.
    pub fn of(archive: &'a Archive) -> Result<Self, Error> {
        let sides = archive.catalog().own_sides()?;
        Ok(Self {
            archive,
            sides,
            accounts: HashMap::new(),
            media: HashMap::new(),
            addresses: HashMap::new(),
        })
    }

    /// A record with all its versions.
    ///
    /// # Errors
    /// When it is not in the archive, was destroyed, or is locked by an emergency; when a bag cannot be read.
    pub fn read(&mut self, id: RecordId) -> Result<Handling, Error> {
        let (details, marks, documents) = {
            let catalog = self.archive.catalog();
            let marks = catalog.marks(id)?;
            (catalog.record(id)?, marks, catalog.document_numbers(id)?)
        };
        let (account, account_name) = self.account(&details.line.account)?;
        let own = self.is_own(&details)?;
        let mut media = Vec::with_capacity(details.versions.len());
        for version in &details.versions {
            media.push(self.media_of(version)?);
        }
        let numbers = marks.into_iter().filter(|m| m.what == MarkKind::Registered);
        Ok(Handling {
            own,
            account,
            account_name,
            registered: numbers.filter_map(|m| m.value).collect(),
            documents,
            media,
            details,
        })
    }

    fn account(&mut self, id: &AccountId) -> Result<(Account, String), Error> {
        if let Some(known) = self.accounts.get(id) {
            return Ok(known.clone());
        }
        let (account, name) = {
            let catalog = self.archive.catalog();
            (catalog.account(id)?, catalog.account_name(id)?)
        };
        let account = account.ok_or_else(|| catalog::Error::NoAccount(id.clone()))?;
        let known = (account, name.unwrap_or_else(|| id.to_string()));
        self.accounts.insert(id.clone(), known.clone());
        Ok(known)
    }

    fn is_own(&self, details: &RecordDetails) -> Result<bool, Error> {
        let Some(side) = self.sides.get(details.line.account.as_str()) else {
            return Ok(false);
        };
        let newest = details.versions.last();
        let content = newest.map_or_else(
            || Ok("{}".to_owned()),
            |v| serde_json::to_string(&v.content),
        );
        let content = content.map_err(|source| Error::Json {
            what: format!("record {}", details.line.record),
            source,
        })?;
        Ok(side.wrote(&Writer {
            kind: details.line.kind,
            told_by_platform: details.native.iter().any(|(door, _)| door != IMPORT_DOOR),
            answers: details.parent.is_some(),
            author: details.line.author.as_deref(),
            content: &content,
        })?)
    }

    /// Where the media of a version lie: in the first of its bags that holds them.
    fn media_of(&mut self, version: &VersionRow) -> Result<Vec<HandedMedium>, Error> {
        let mut found: Vec<HandedMedium> = Vec::new();
        if version.content.media.is_empty() {
            return Ok(found);
        }
        let mut bags: Vec<BagId> = version.held.iter().map(|(bag, ..)| *bag).collect();
        bags.dedup();
        let mut locked = None;
        let mut held = Vec::new();
        for bag in bags {
            match self.archive.catalog().bag_lock(bag)? {
                Some(lock) => locked = Some((bag, lock.case)),
                None => held.push(bag),
            }
        }
        if let (true, Some((bag, case))) = (held.is_empty(), locked) {
            return Err(RemovalFault::BagLocked { bag, case }.into());
        }
        for medium in &version.content.media {
            let mut state = HandedMedium::Missing(GapReason::LimitReached {
                limit: "media of one capture".to_owned(),
            });
            for bag in &held {
                match self.index_of(*bag)?.get(&medium.address) {
                    Some(MediumHeld::Held {
                        file,
                        bytes,
                        sha256,
                        media_type,
                    }) => {
                        state = HandedMedium::Held(HeldFile {
                            bag: *bag,
                            path: file.clone(),
                            bytes: *bytes,
                            sha256: *sha256,
                            media_type: media_type.clone(),
                        });
                        break;
                    }
                    Some(MediumHeld::Missing { missing }) => {
                        state = HandedMedium::Missing(missing.clone());
                    }
                    None => {}
                }
            }
            found.push(state);
        }
        Ok(found)
    }

    /// The media of a bag by address.
    fn index_of(&mut self, bag: BagId) -> Result<Rc<HashMap<Url, MediumHeld>>, Error> {
        match self.media.entry(bag) {
            Slot::Occupied(known) => Ok(Rc::clone(known.get())),
            Slot::Vacant(room) => {
                let records = records_of(self.archive, bag)?;
                let media = records.media.into_iter().map(|m| (m.address, m.state));
                Ok(Rc::clone(room.insert(Rc::new(media.collect()))))
            }
        }
    }

    /// The address that a record had when a bag was sealed.
    ///
    /// # Errors
    /// When the bag cannot be read.
    pub(super) fn address_in(
        &mut self,
        bag: BagId,
        record: RecordId,
    ) -> Result<Option<&str>, Error> {
        let known = match self.addresses.entry(bag) {
            Slot::Occupied(known) => known.into_mut(),
            Slot::Vacant(room) => {
                let records = records_of(self.archive, bag)?.records.into_iter();
                room.insert(
                    records
                        .filter_map(|r| Some((r.record, r.item.permalink?)))
                        .collect(),
                )
            }
        };
        Ok(known.get(&record).map(String::as_str))
    }
}

fn records_of(archive: &Archive, bag: BagId) -> Result<RecordsFile, Error> {
    let file = archive.store().open_file(bag, "data/records.json")?;
    serde_json::from_reader(BufReader::new(file)).map_err(|source| Error::Json {
        what: format!("data/records.json of bag {bag}"),
        source,
    })
}

/// The first words of a text, whole ones, on one line.
fn briefly(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SUBJECT) {
        None => line,
        Some((cut, _)) => {
            let short = line.get(..cut).unwrap_or_default();
            let whole = short.rfind(' ').and_then(|space| short.get(..space));
            format!("{} …", whole.unwrap_or(short))
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_short_and_of_whole_words() {
        assert_eq!(briefly("  Snön\när sen "), "Snön är sen");
        let long = briefly(&"åäö ".repeat(100));
        assert!(long.ends_with("åäö …") && long.chars().count() <= SUBJECT + 2);
        assert_eq!(briefly(&"x".repeat(200)).chars().count(), SUBJECT + 2);
        assert_eq!(capital("åtgärd"), "Åtgärd");
    }
}
