//! Packages for e-archives: E-ARK SIP 2.1, which FGS Paketstruktur 2.0 is (<https://earksip.dilcis.eu>). METS at the root
//! and for the representation, PREMIS 3, EAD3, an ERMS document beside the files it tells of. Streamed: what is told of
//! each file waits in temporary files until the last is in.

mod ead;
mod mets;
mod premis;
mod schemas;
mod spool;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};

use self::mets::{FileEntry, Group, Mets};
use self::premis::Premis;
use self::spool::Spool;
use super::bag::contents;
use super::erms::ErmsVersion;
use super::{Error, Package, Packed, io_error};
use crate::record::{Digest, Software};

/// What a package tells of itself. The same values and files give the same bytes.
#[derive(Debug, Clone)]
pub struct SipFacts {
    /// The package's own id; its root folder has this name.
    pub id: String,
    pub title: String,
    /// What it is, in words.
    pub description: String,
    pub organisation: String,
    /// Its organisationsnummer, ten digits, where it is known.
    pub organisation_number: Option<String>,
    /// The archive's creator (arkivbildare).
    pub committee: String,
    /// The archive that is to keep it, where it is known.
    pub receiver: Option<String>,
    /// The number of the agreement on the delivery (överenskommelse).
    pub agreement: Option<String>,
    /// The first and the last day it is about, Swedish ones.
    pub period: Option<(NaiveDate, NaiveDate)>,
    pub made: DateTime<Utc>,
    pub software: Software,
    pub erms: ErmsVersion,
    /// What happened to its files, for PREMIS; all at [`SipFacts::made`].
    pub events: Vec<SipEvent>,
}

/// Something that was done with the files, as PREMIS tells it.
#[derive(Debug, Clone)]
pub struct SipEvent {
    /// From the vocabulary of preservation events, as `fixity check`.
    pub kind: String,
    pub detail: String,
}

/// The representation's folder below the root.
const REPRESENTATION: &str = "representations/rep1";

/// A package under way. Files may come in any order; [`Sip::finish`] writes what tells of them.
pub struct Sip<'a> {
    package: &'a mut Package,
    facts: &'a SipFacts,
    data: Group,
    objects: Spool,
    documents: Vec<FileEntry>,
    count: u64,
}

impl<'a> Sip<'a> {
    /// # Errors
    /// When no temporary file can be made.
    pub fn begin(package: &'a mut Package, facts: &'a SipFacts) -> Result<Self, Error> {
        Ok(Self {
            package,
            facts,
            data: Group::begin("rep1").map_err(spool_error)?,
            objects: Spool::begin().map_err(spool_error)?,
            documents: Vec::new(),
            count: 0,
        })
    }

    /// Adds a file below `representations/rep1/data/`, as it is read; `path` has `/` between folders.
    ///
    /// # Errors
    /// As [`Package::add`].
    pub fn data(
        &mut self,
        path: &str,
        media_type: &str,
        size: Option<u64>,
        from: &mut dyn Read,
    ) -> Result<Packed, Error> {
        let name = self.inside(&format!("{REPRESENTATION}/data/{path}"));
        let packed = self.package.add(&name, size, from)?;
        self.count += 1;
        let entry = FileEntry {
            path: format!("data/{path}"),
            media_type: media_type.to_owned(),
            bytes: packed.bytes,
            sha256: packed.sha256,
        };
        self.data
            .add(self.count, &entry, self.facts.made)
            .and_then(|()| premis::object(&mut self.objects, self.count, &entry))
            .map_err(spool_error)?;
        Ok(packed)
    }

    /// Adds a folder of the disk with all below it, such as a bag, at that path; `media_type` tells of a path in it.
    ///
    /// # Errors
    /// What is neither file nor folder in it; as [`Package::add`].
    pub fn folder(
        &mut self,
        folder: &Path,
        path: &str,
        media_type: &dyn Fn(&str) -> String,
    ) -> Result<(), Error> {
        for (inside, is_dir) in contents(folder)? {
            if is_dir {
                continue;
            }
            let from = folder.join(&inside);
            let mut file = File::open(&from).map_err(io_error(&from))?;
            let size = file.metadata().map_err(io_error(&from))?.len();
            let inside = inside.to_string_lossy();
            let kind = media_type(&inside);
            self.data(&format!("{path}/{inside}"), &kind, Some(size), &mut file)?;
        }
        Ok(())
    }

    /// Adds the ERMS document, which `write` writes: `representations/rep1/data/erms.xml`. Paths in it are from there.
    ///
    /// # Errors
    /// What `write` gives, and as [`Package::add`].
    pub fn erms<T, E: From<Error>>(
        &mut self,
        write: impl FnOnce(&mut dyn io::Write) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut spool = Spool::begin().map_err(spool_error)?;
        let told = write(&mut spool)?;
        let mut reader = spool.read().map_err(spool_error)?;
        self.data("erms.xml", "application/xml", None, &mut reader)?;
        Ok(told)
    }

    /// Adds a document about the package: `documentation/NAME`. One is needed.
    ///
    /// # Errors
    /// As [`Package::add`].
    pub fn documentation(
        &mut self,
        name: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Packed, Error> {
        let path = format!("documentation/{name}");
        let entry = small(self.package, self.facts, &path, media_type, bytes)?;
        let packed = Packed {
            name: entry.path.clone(),
            bytes: entry.bytes,
            sha256: entry.sha256,
        };
        self.documents.push(entry);
        Ok(packed)
    }

    /// Writes schemas, PREMIS, EAD and METS.
    ///
    /// # Errors
    /// As [`Package::add`].
    pub fn finish(self) -> Result<(), Error> {
        let Self {
            package,
            facts,
            data,
            objects,
            documents,
            ..
        } = self;
        let mut schemas = Vec::new();
        for (name, text) in schemas::of(facts.erms) {
            let path = format!("schemas/{name}");
            let kind = if name.ends_with(".md") {
                "text/markdown"
            } else {
                "application/xml"
            };
            schemas.push(small(package, facts, &path, kind, text)?);
        }
        let premis = Premis { facts };
        let (head, tail) = premis.representation().map_err(spool_error)?;
        let objects = objects.read().map_err(spool_error)?;
        let mut told = head.as_slice().chain(objects).chain(tail.as_slice());
        let path = "metadata/preservation/premis.xml";
        let name = format!("{}/{REPRESENTATION}/{path}", facts.id);
        let of_files = FileEntry::xml(path, &package.add(&name, None, &mut told)?);

        let mets = Mets { facts };
        let (head, tail) = mets.representation(&of_files).map_err(spool_error)?;
        let files = data.finish().map_err(spool_error)?;
        let mut told = head.as_slice().chain(files).chain(tail.as_slice());
        let path = format!("{REPRESENTATION}/METS.xml");
        let name = format!("{}/{path}", facts.id);
        let representation = FileEntry::xml(&path, &package.add(&name, None, &mut told)?);

        let mut told = |path: &str, text: io::Result<Vec<u8>>| {
            let text = text.map_err(spool_error)?;
            small(package, facts, path, "application/xml", &text)
        };
        let premis = told("metadata/preservation/premis.xml", premis.package())?;
        let ead = told("metadata/descriptive/ead.xml", ead::write(facts))?;
        let parts = mets::Parts {
            premis: &premis,
            ead: &ead,
            documents: &documents,
            schemas: &schemas,
            representation: &representation,
        };
        told("METS.xml", mets.package(&parts))?;
        Ok(())
    }

    fn inside(&self, path: &str) -> String {
        format!("{}/{path}", self.facts.id)
    }
}

fn small(
    package: &mut Package,
    facts: &SipFacts,
    path: &str,
    media_type: &str,
    bytes: &[u8],
) -> Result<FileEntry, Error> {
    let packed = package.add_bytes(&format!("{}/{path}", facts.id), bytes)?;
    Ok(FileEntry {
        path: path.to_owned(),
        media_type: media_type.to_owned(),
        bytes: packed.bytes,
        sha256: packed.sha256,
    })
}

impl FileEntry {
    fn xml(path: &str, packed: &Packed) -> Self {
        Self {
            path: path.to_owned(),
            media_type: "application/xml".to_owned(),
            bytes: packed.bytes,
            sha256: packed.sha256,
        }
    }
}

/// A path as a relative URI reference. Letters of any script stand as they are (an IRI, which `xs:anyURI` takes); what
/// would end or break the reference is escaped (RFC 3986, 2.1).
fn reference(path: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        let plain = c.is_ascii_alphanumeric() || "-._~/!$&'()*+,;=@".contains(c);
        if plain || (!c.is_ascii() && c.is_alphanumeric()) {
            out.push(c);
        } else {
            let mut room = [0; 4];
            for byte in c.encode_utf8(&mut room).bytes() {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn hex(digest: Digest) -> String {
    digest.to_string()
}

fn spool_error(source: io::Error) -> Error {
    Error::Io {
        path: std::env::temp_dir(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_reference() {
        assert_eq!(
            reference("data/0001_Snön (1).pdf"),
            "data/0001_Snön%20(1).pdf"
        );
        assert_eq!(reference("a%b#c?d\u{1f600}"), "a%25b%23c%3Fd%F0%9F%98%80");
    }
}
