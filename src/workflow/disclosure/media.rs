//! Media as they are handed out: pictures decoded, masked and encoded anew; other files whole or not at all.

use std::collections::{HashMap, HashSet};

use super::chosen::Chosen;
use super::order::{Form, Order};
use super::spool::Spool;
use crate::export::mask::SIGN;
use crate::pdfa::{MediumState, PixelBox, picture_anew};
use crate::record::{Block, Content, MediumKind, RecordId, Span};
use crate::workflow::{Archive, Error, HandedMedium, HeldFile};

/// A file that is handed out as it is, or a picture of the spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Handed {
    Picture { name: String },
    Whole { name: String, held: HeldFile },
}

/// A file that is not handed out, and why, as the requester is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LeftOut {
    pub(super) record: RecordId,
    pub(super) why: String,
    /// For how the copy is made, and not for what is masked: it can be seen on the spot.
    pub(super) technical: bool,
}

/// What stands for a medium in the document.
#[derive(Debug, Clone)]
enum Stands {
    As(MediumState),
    Words(String),
    /// The same, and its description stays: nothing of it is masked but words.
    Told(String),
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
            Some(HandedMedium::Held(_)) if chosen.files.is_unseen(number) => self.masked(
                record,
                format!(
                    "{} (nummer {number} i handlingen) lämnas inte ut: i en annan version är en fil maskerad som den kan ha ersatt \
                     eller ersatts av, och den är inte prövad för sig.",
                    named(kind)
                ),
            ),
            Some(HandedMedium::Held(held)) if kind == MediumKind::Picture => {
                self.picture(chosen, number, held, spool)?
            }
            Some(HandedMedium::Held(held)) => self.whole(chosen, kind, held),
            Some(HandedMedium::Missing(_)) | None if self.is_masked => {
                Stands::Words(format!("[{} finns inte i arkivet.]", named(kind)))
            }
            Some(HandedMedium::Missing(why)) => Stands::As(MediumState::Missing(why.clone())),
            None => Stands::Words(format!("[{} finns inte i arkivet.]", named(kind))),
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
                if picture.first_frame {
                    let open = !chosen.masker.masks_anything();
                    let only = "Bilden är rörlig. Bara den första av dess bildrutor är med";
                    self.left_out.push(LeftOut {
                        record,
                        why: match open {
                            true => format!("{only}."),
                            false => format!("{only}: i de andra kan inget maskeras."),
                        },
                        technical: open,
                    });
                }
                if boxes.is_empty() && chosen.masker.masks_anything() {
                    self.unmasked.push(record);
                }
                Ok(Stands::As(MediumState::Stored {
                    file: name,
                    bytes: kept.bytes,
                    sha256: kept.sha256,
                    media_type: kept.media_type.to_owned(),
                }))
            }
            // What it shows may be what is masked.
            Err(why) if chosen.masker.masks_anything() => Ok(self.masked(
                record,
                format!(
                    "Bilden lämnas inte ut: uppgifter i handlingen är maskerade, och i den kan de inte maskeras ({why})."
                ),
            )),
            Err(why) => Ok(match self.order.form {
                Form::OnTheSpot => self.not(
                    record,
                    format!("Bilden kan inte skrivas i dokumentet ({why}). Den visas för sig."),
                ),
                Form::Paper | Form::Digital => self.not(
                    record,
                    format!("Bilden kan inte lämnas ut i den här formen: {why}."),
                ),
            }),
        }
    }

    /// What is no picture cannot be masked here.
    fn whole(&mut self, chosen: &Chosen, kind: MediumKind, held: &HeldFile) -> Stands {
        let record = chosen.handling.record();
        let name = named(kind);
        if chosen.masker.masks_anything() && !self.order.attachments {
            return self.masked(record, format!("{name} lämnas inte ut: uppgifter i handlingen är maskerade, och i filen kan de inte maskeras."));
        }
        match self.order.form {
            Form::Paper => self.not(record, format!("{name} kan inte skrivas ut på papper.")),
            Form::OnTheSpot => self.not(record, format!("{name} visas för sig.")),
            Form::Digital => {
                self.count += 1;
                let name = format!(
                    "bilagor/{:04}_{}{}",
                    self.number,
                    self.count,
                    ending(&held.path)
                );
                self.handed.push(Handed::Whole {
                    name: name.clone(),
                    held: held.clone(),
                });
                Stands::As(MediumState::Stored {
                    file: name,
                    bytes: held.bytes,
                    sha256: held.sha256,
                    media_type: held.media_type.clone(),
                })
            }
        }
    }

    fn not(&mut self, record: RecordId, why: String) -> Stands {
        let words = format!("[{why}]");
        self.left_out.push(LeftOut {
            record,
            why,
            technical: true,
        });
        Stands::Told(words)
    }

    /// It may tell what is masked, and so may its description.
    fn masked(&mut self, record: RecordId, why: String) -> Stands {
        let words = format!("[{why}]");
        self.left_out.push(LeftOut {
            record,
            why,
            technical: false,
        });
        Stands::Words(words)
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

/// `.pdf`, where the file in the bag has such an ending.
fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name.rsplit_once('.') {
        Some((_, end))
            if (1..=5).contains(&end.len()) && end.chars().all(|c| c.is_ascii_alphanumeric()) =>
        {
            format!(".{}", end.to_ascii_lowercase())
        }
        _ => String::new(),
    }
}

fn no_room(source: std::io::Error) -> Error {
    Error::Io {
        path: std::env::temp_dir(),
        source,
    }
}

/// Puts words where a medium is not handed out, and gives the states of those that are.
fn set(content: &mut Content, stands: Vec<Stands>) -> Vec<MediumState> {
    let mut states = Vec::new();
    let mut now: HashMap<usize, usize> = HashMap::new();
    let mut words: HashMap<usize, String> = HashMap::new();
    let mut media = Vec::new();
    for (at, (medium, stands)) in content.media.drain(..).zip(stands).enumerate() {
        match stands {
            Stands::As(state) => {
                now.insert(at, media.len());
                media.push(medium);
                states.push(state);
            }
            Stands::Words(text) => {
                words.insert(at, text);
            }
            Stands::Told(text) => {
                let mut all = vec![text];
                all.extend(medium.caption.map(|caption| format!("Bildtext: {caption}")));
                all.extend(medium.alt.map(|alt| format!("Beskrivning: {alt}")));
                words.insert(at, all.join(" "));
            }
        }
    }
    content.media = media;
    let says = |text: String| Block::Paragraph {
        spans: vec![Span {
            italic: true,
            ..Span::plain(text)
        }],
    };
    for block in &mut content.body {
        let Block::Medium { medium } = block else {
            continue;
        };
        if let Some(place) = now.get(medium) {
            *medium = *place;
        } else {
            *block = says(words.remove(medium).unwrap_or_else(|| SIGN.to_owned()));
        }
    }
    let mut left: Vec<(usize, String)> = words.into_iter().collect();
    left.sort();
    content
        .body
        .extend(left.into_iter().map(|(_, text)| says(text)));
    states
}
