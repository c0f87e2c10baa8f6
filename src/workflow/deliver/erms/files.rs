//! Which files of a bag are a record's, beside the document that it is typeset in: its media, and what people brought with
//! the PDF/A that was made of it.

use std::collections::HashMap;
use std::io::{self, BufReader};

use serde::Deserialize;
use url::Url;

use crate::export::erms::Appendix;
use crate::record::{BagId, Brought, MediumHeld, MediumKind, RecordId, SealedMedium};
use crate::store;
use crate::workflow::{Archive, Error};

/// The files of each record, in the order of the bags.
#[derive(Default)]
pub(super) struct RecordFiles(HashMap<RecordId, Vec<Appendix>>);

/// records.json, of what the records say no more than which media they show.
#[derive(Deserialize)]
struct Records {
    records: Vec<Shown>,
    media: Vec<SealedMedium>,
}

#[derive(Deserialize)]
struct Shown {
    record: RecordId,
    content: ShownContent,
}

#[derive(Deserialize)]
struct ShownContent {
    #[serde(default)]
    media: Vec<ShownMedium>,
}

#[derive(Deserialize)]
struct ShownMedium {
    address: Url,
    kind: MediumKind,
}

/// capture.json, of what was brought alone.
#[derive(Deserialize)]
struct Capture {
    #[serde(default)]
    brought: Vec<Brought>,
}

impl RecordFiles {
    /// Reads what a bag says of its files.
    ///
    /// # Errors
    /// When the bag cannot be read.
    pub(super) fn add(&mut self, archive: &Archive, bag: BagId) -> Result<(), Error> {
        let captured: Option<Capture> = read(archive, bag, "data/capture.json")?;
        for brought in captured.into_iter().flat_map(|c| c.brought) {
            for original in &brought.originals {
                let media_type = Some(original.media_type.as_str());
                self.put(brought.record, bag, &original.file, "original", media_type);
                let parts = original.pdf.parts.iter().map(|p| (&p.file, "PDF/A"));
                let cover = original.cover.iter().map(|file| (file, "försättsblad"));
                for (file, what) in parts.chain(cover) {
                    self.put(brought.record, bag, file, what, Some("application/pdf"));
                }
            }
        }
        let Some(Records { records, media }) = read(archive, bag, "data/records.json")? else {
            return Ok(());
        };
        let held: HashMap<&Url, (&str, &str)> = media
            .iter()
            .filter_map(|medium| match &medium.state {
                MediumHeld::Held {
                    file, media_type, ..
                } => Some((&medium.address, (file.as_str(), media_type.as_str()))),
                MediumHeld::Missing { .. } => None,
            })
            .collect();
        for shown in &records {
            for medium in &shown.content.media {
                if let Some((file, media_type)) = held.get(&medium.address) {
                    let what = match medium.kind {
                        MediumKind::Picture => "bild",
                        MediumKind::Film => "film",
                        MediumKind::Sound => "ljud",
                        MediumKind::Document => "dokument",
                    };
                    self.put(shown.record, bag, file, what, Some(media_type));
                }
            }
        }
        Ok(())
    }

    /// Adds a file, each once.
    fn put(&mut self, record: RecordId, bag: BagId, file: &str, what: &str, format: Option<&str>) {
        let path = format!("bags/{bag}/{file}");
        let files = self.0.entry(record).or_default();
        if files.iter().all(|f| f.path != path) {
            files.push(Appendix {
                name: file.rsplit('/').next().unwrap_or(file).to_owned(),
                path,
                description: Some(what.to_owned()),
                format: format.map(str::to_owned),
            });
        }
    }

    /// The files of a record, handed out once; those in `besides` are told already.
    pub(super) fn of(&mut self, record: RecordId, besides: &[Appendix]) -> Vec<Appendix> {
        let mut files = self.0.remove(&record).unwrap_or_default();
        files.retain(|f| besides.iter().all(|b| b.path != f.path));
        files
    }
}

/// `None` where the bag has no such file.
fn read<T: for<'de> Deserialize<'de>>(
    archive: &Archive,
    bag: BagId,
    path: &str,
) -> Result<Option<T>, Error> {
    let file = match archive.store().open_file(bag, path) {
        Err(store::Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            return Ok(None);
        }
        file => file?,
    };
    let read = serde_json::from_reader(BufReader::new(file));
    read.map(Some).map_err(|source| Error::Json {
        what: format!("{path} of bag {bag}"),
        source,
    })
}
