//! A record or a thread on its own, as it is handed out: a head with facts, the records, pictures of a page each, then
//! chapters about them.

use super::compose::Composer;
use super::parts::typeset;
use super::source::{PartOf, Running, Section, Source};
use super::swedish;
use super::xmp::Metadata;
use super::{Error, Options, Part, Plate, Report, Threads, Typeset};
use crate::calendar::local_time;
use crate::record::BagKind;

/// A document of records that are handed out.
#[derive(Debug, Clone)]
pub struct Handling<T: ?Sized> {
    /// Whose it is, its title, the facts at its top, and the chapters after the records.
    pub report: Report,
    /// True where the records were never shown to all: each page says so.
    pub restricted: bool,
    /// Pictures of a page each, between the records and the chapters.
    pub plates: Vec<Plate>,
    pub threads: T,
}

/// Typesets records as one or more PDF/A files and hands each on as soon as it is written. `load` gives the bytes of a
/// medium by the name that its entry has for it.
///
/// # Errors
/// A picture that cannot be loaded, or that changed meanwhile; a part that cannot be written or handed on.
pub fn typeset_handling(
    doc: &Handling<dyn Threads + '_>,
    options: &Options,
    load: &mut dyn FnMut(&str) -> std::io::Result<Vec<u8>>,
    emit: &mut dyn FnMut(Part) -> std::io::Result<()>,
) -> Result<Typeset, Error> {
    typeset(&Handed(doc), options, load, emit)
}

struct Handed<'a>(&'a Handling<dyn Threads + 'a>);

impl Source for Handed<'_> {
    fn running(&self) -> Running {
        let report = &self.0.report;
        let made = local_time(report.made).replace(' ', "\u{a0}");
        Running {
            foot: format!("Framställd {made}"),
            restricted: self
                .0
                .restricted
                .then(|| swedish::restricted(BagKind::RecordsRestricted))
                .flatten()
                .map(|(words, _)| words),
            ..report.running()
        }
    }

    fn metadata(&self, part: PartOf) -> Metadata {
        self.0.report.metadata(part)
    }

    fn cover(&self, part: PartOf, composer: &mut Composer<'_>) -> Result<(), Error> {
        self.0.report.cover(part, composer)
    }

    fn count(&self) -> usize {
        self.0.threads.count() + self.0.plates.len() + self.0.report.count()
    }

    fn section(&self, place: usize) -> Section<'_> {
        let threads = self.0.threads.count();
        match place.checked_sub(threads) {
            None => Section::Thread(self.0.threads.thread(place)),
            Some(after) => match self.0.plates.get(after) {
                Some(plate) => Section::Plate(plate),
                None => {
                    let chapter = after.saturating_sub(self.0.plates.len());
                    self.0.report.section(chapter)
                }
            },
        }
    }

    fn listed(&self) -> usize {
        self.count()
    }
}
