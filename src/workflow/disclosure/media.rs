//! Media as they are handed out: pictures decoded, masked and encoded anew; other files whole or not at all.

mod stand_in;
mod whole;

use std::collections::{HashMap, HashSet};

use self::stand_in::{Stands, set};
pub(super) use self::whole::Pages;
use super::chosen::Chosen;
use super::order::Order;
use super::spool::Spool;
use crate::pdfa::{MediumState, PixelBox, picture_anew};
use crate::record::{Content, MediumKind, RecordId};
use crate::workflow::{Archive, Error, HandedMedium, HeldFile};

/// A file that is handed out as it is, or a picture of the spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Handed {
    Picture {
        name: String,
    },
    Whole {
        record: RecordId,
        name: String,
        held: HeldFile,
        pages: Pages,
    },
}

/// A file that is not handed out, and why, as the requester is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LeftOut {
    pub(super) record: RecordId,
    pub(super) why: String,
    /// For how the copy is made, and not for what is masked: it can be seen on the spot.
    pub(super) technical: bool,
}

/// The media of one document.
pub(super) struct Media<'a> {
    archive: &'a Archive,
    order: &'a Order,
    /// The document's number.
    number: usize,
    /// Something is masked in the disclosure: why a file is missing may tell an address.
    is_masked: bool,
    known: HashMap<(RecordId, usize), Stands>,
    count: usize,
    pub(super) handed: Vec<Handed>,
    pub(super) left_out: Vec<LeftOut>,
    /// Pictures of masked records without a mask of their own: a person should have looked at them.
    pub(super) unmasked: Vec<RecordId>,
    /// Places of masks that blackened something.
    pub(super) blackened: HashSet<(RecordId, usize)>,
}

impl<'a> Media<'a> {
    pub(super) fn of(
        archive: &'a Archive,
        order: &'a Order,
        number: usize,
        is_masked: bool,
    ) -> Self {
        Self {
            archive,
            order,
            number,
            is_masked,
            known: HashMap::new(),
            count: 0,
            handed: Vec::new(),
            left_out: Vec::new(),
            unmasked: Vec::new(),
            blackened: HashSet::new(),
        }
    }

    /// Gives the content of a version its media as they are handed out; `places` are where they stood in the version.
    ///
    /// # Errors
    /// A file that is missing or damaged; a disk that is full.
    pub(super) fn put(
        &mut self,
        chosen: &Chosen,
        version: usize,
        places: &[usize],
        content: &mut Content,
        spool: &mut Spool,
    ) -> Result<Vec<MediumState>, Error> {
        let mut stands = Vec::with_capacity(places.len());
        for (at, place) in places.iter().enumerate() {
            let kind = content
                .media
                .get(at)
                .map_or(MediumKind::Document, |m| m.kind);
            stands.push(self.stands(chosen, version, *place, kind, spool)?);
        }
        Ok(set(content, stands))
    }

    fn stands(
        &mut self,
        chosen: &Chosen,
        version: usize,
        place: usize,
        kind: MediumKind,
        spool: &mut Spool,
    ) -> Result<Stands, Error> {
        let record = chosen.handling.record();
        let numbers = chosen.numbers(version);
        let number = numbers.get(place).copied().unwrap_or_default();
        if let Some(known) = self.known.get(&(record, number)) {
            return Ok(known.clone());
        }
        let state = chosen
            .handling
            .media
            .get(version)
            .and_then(|m| m.get(place));
        let stands = match state {
            // Its words may tell of the file that is masked, as the file may show it.
            Some(HandedMedium::Held(_)) if chosen.files.is_unseen(number) => {
                let why = format!(
                    "{} (nummer {number} i handlingen) lämnas inte ut: i en annan version är en fil maskerad som den kan ha ersatt \
                     eller ersatts av, och den är inte prövad för sig.",
                    named(kind)
                );
                let told = self.not(LeftOut {
                    record,
                    why,
                    technical: false,
                });
                Stands::Sign(told)
            }
            Some(HandedMedium::Held(held)) if kind == MediumKind::Picture => {
                self.picture(chosen, number, held, spool)?
            }
            Some(HandedMedium::Held(held)) => match self.whole(chosen, kind, held)? {
                Ok(name) => Stands::As(
                    MediumState::Stored {
                        file: name,
                        bytes: held.bytes,
                        sha256: held.sha256,
                        media_type: held.media_type.clone(),
                    },
                    None,
                ),
                Err(left) => Stands::Words(self.not(left)),
            },
            Some(HandedMedium::Missing(why)) if !self.is_masked => {
                Stands::As(MediumState::Missing(why.clone()), None)
            }
            Some(HandedMedium::Missing(_)) | None => {
                Stands::Words(format!("[{} finns inte i arkivet.]", named(kind)))
            }
        };
        self.known.insert((record, number), stands.clone());
        Ok(stands)
    }

    fn picture(
        &mut self,
        chosen: &Chosen,
        number: usize,
        held: &HeldFile,
        spool: &mut Spool,
    ) -> Result<Stands, Error> {
        let record = chosen.handling.record();
        let bytes = held.read(self.archive)?;
        let masks = chosen.files.boxes(number);
        let boxes: Vec<PixelBox> = masks.iter().map(|(_, area)| *area).collect();
        match picture_anew(&bytes, &boxes) {
            Ok(picture) => {
                self.count += 1;
                let name = format!(
                    "bilder/{:04}_{}.{}",
                    self.number, self.count, picture.extension
                );
                let kept = spool
                    .keep(&name, &picture.bytes, picture.media_type)
                    .map_err(no_room)?;
                self.handed.push(Handed::Picture { name: name.clone() });
                self.blackened
                    .extend(masks.iter().map(|(place, _)| (record, *place)));
                let told = match picture.first_frame {
                    true => Some(self.other_frames(chosen, held)?),
                    false => None,
                };
                if boxes.is_empty() && chosen.masker.masks_anything() {
                    self.unmasked.push(record);
                }
                let state = MediumState::Stored {
                    file: name,
                    bytes: kept.bytes,
                    sha256: kept.sha256,
                    media_type: kept.media_type.to_owned(),
                };
                Ok(Stands::As(state, told))
            }
            Err(why) => self.undrawn(chosen, held, &why),
        }
    }

    /// Tells of a file that is not handed out; gives what stands in its place.
    fn not(&mut self, left: LeftOut) -> String {
        let words = format!("[{}]", left.why);
        self.left_out.push(left);
        words
    }
}

fn named(kind: MediumKind) -> &'static str {
    match kind {
        MediumKind::Picture => "Bilden",
        MediumKind::Film => "Filmen",
        MediumKind::Sound => "Ljudet",
        MediumKind::Document => "Dokumentet",
    }
}

fn no_room(source: std::io::Error) -> Error {
    Error::Io {
        path: std::env::temp_dir(),
        source,
    }
}
