//! Masks are laid and taken away. Each is tried at once: one that takes nothing out is refused.

use serde::Serialize;

use super::chosen::{Chosen, LaidOn, kept};
use super::reason::checked_reason;
use super::{DisclosureCase, DisclosureFault, HandoutFault};
use crate::catalog::{self, DisclosureMask, NewDisclosureMask};
use crate::export::mask::What;
use crate::pdfa::picture_size;
use crate::record::{MediumKind, RecordId};
use crate::retention::disclosure::Provision;
use crate::workflow::{Archive, Error, HandedMedium, Handlingar, Surroundings};

/// A mask that was laid.
#[derive(Debug, Clone)]
pub struct Laid {
    pub number: i64,
    pub provision: String,
    pub reason: Option<String>,
    /// Places that it takes out, over all versions.
    pub places: u64,
    /// Descriptions of a picture that is masked in part: they may tell what it hides.
    pub described: bool,
    /// The picture that is masked in part.
    pub picture: Option<PictureSize>,
}

/// A picture by its number, and its size in the pixels that regions are told in: those of the picture as it is handed
/// out, which a drawing (SVG) has more of than its file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PictureSize {
    pub medium: usize,
    pub width: u32,
    pub height: u32,
}

/// Lays a mask on a record of a request, in all its versions.
///
/// # Errors
/// A record that is not in the request; words that stand nowhere in it, a pattern that cannot be read, a medium or region that it does not have.
pub fn mask_record(
    archive: &Archive,
    case: &DisclosureCase,
    record: RecordId,
    what: &What,
    provision: &Provision,
    reason: Option<&str>,
    around: &Surroundings,
) -> Result<Laid, Error> {
    // Before anything of it is read: what an answer tells of its words is told of records of the request alone.
    let Some(of_it) = case.records.iter().find(|r| r.record == record) else {
        return Err(catalog::Error::NotInDisclosure {
            record,
            case: case.row.designation.clone(),
        }
        .into());
    };
    if of_it.gone {
        return Err(DisclosureFault::Gone {
            record,
            case: case.row.designation.clone(),
        }
        .into());
    }
    let reason = checked_reason(reason)?;
    let provision = provision.to_string();
    let read =
        |masks: &[DisclosureMask]| Chosen::read(&mut Handlingar::of(archive)?, record, None, masks);
    let (value, places, described, picture) = match what.medium() {
        Some(medium) => {
            let chosen = read(&[])?;
            let (on, picture) = try_medium(archive, &chosen, medium, what)?;
            let described = picture.is_some() && is_described(&chosen, medium);
            (kept(what, Some(on))?, 1, described, picture)
        }
        None => {
            let value = kept(what, None)?;
            let tried = DisclosureMask {
                number: 0,
                record,
                what: what.as_str().to_owned(),
                value: value.clone(),
                provision: provision.clone(),
                reason: None,
                at: (around.now)(),
                actor: String::new(),
            };
            let places = taken(&read(&[tried])?);
            (value, places, false, None)
        }
    };
    if places == 0 {
        return Err(HandoutFault::StandsNowhere { record }.into());
    }
    let new = NewDisclosureMask {
        record,
        what: what.as_str(),
        value: &value,
        provision: &provision,
        reason,
    };
    let numbers =
        archive
            .catalog()
            .mask_disclosure(&case.row, &[new], &around.actor, (around.now)())?;
    Ok(Laid {
        number: numbers.first().copied().unwrap_or_default(),
        provision,
        reason: reason.map(str::to_owned),
        places,
        described,
        picture,
    })
}

/// Takes a mask away. False when it was already.
///
/// # Errors
/// A number that no mask of the request has.
pub fn unmask_record(
    archive: &Archive,
    case: &DisclosureCase,
    number: i64,
    around: &Surroundings,
) -> Result<bool, Error> {
    Ok(archive
        .catalog()
        .unmask_disclosure(&case.row, number, &around.actor, (around.now)())?)
}

fn taken(chosen: &Chosen) -> u64 {
    let versions = chosen.handling.details.versions.iter().enumerate();
    let each = versions.map(|(at, version)| {
        let numbers = chosen.numbers(at);
        let taken = chosen.masker.masked(&version.content, numbers).taken;
        taken.values().sum::<u64>()
    });
    each.sum()
}

fn is_described(chosen: &Chosen, medium: usize) -> bool {
    places(chosen, medium).any(|(version, at)| {
        let medium = chosen
            .handling
            .details
            .versions
            .get(version)
            .and_then(|v| v.content.media.get(at));
        medium.is_some_and(|m| m.alt.is_some() || m.caption.is_some())
    })
}

/// Version and place of a medium by its number.
fn places(chosen: &Chosen, medium: usize) -> impl Iterator<Item = (usize, usize)> {
    let versions = chosen.files.numbers.iter().enumerate();
    versions.flat_map(move |(version, numbers)| {
        let of = numbers
            .iter()
            .enumerate()
            .filter(move |(_, n)| **n == medium);
        of.map(move |(at, _)| (version, at))
    })
}

/// The file that a mask would be laid on, and its size where the mask is a part of it.
fn try_medium<'c>(
    archive: &Archive,
    chosen: &'c Chosen,
    number: usize,
    what: &What,
) -> Result<(&'c LaidOn, Option<PictureSize>), Error> {
    let record = chosen.handling.record();
    let place = places(chosen, number).last();
    let (Some((version, at)), Some(on)) = (place, chosen.files.laid_on(number)) else {
        return Err(HandoutFault::NoMedium {
            record,
            medium: number,
            media: all_media(chosen),
        }
        .into());
    };
    let What::Region {
        x,
        y,
        width: across,
        height: down,
        ..
    } = *what
    else {
        return Ok((on, None));
    };
    let not = |problem: &str| HandoutFault::NotInPart {
        record,
        medium: number,
        problem: problem.to_owned(),
    };
    let medium = chosen
        .handling
        .details
        .versions
        .get(version)
        .and_then(|v| v.content.media.get(at));
    let held = chosen.handling.media.get(version).and_then(|m| m.get(at));
    let (Some(medium), Some(HandedMedium::Held(held))) = (medium, held) else {
        return Err(not("its file is not in the archive").into());
    };
    if medium.kind != MediumKind::Picture {
        return Err(not("only pictures can").into());
    }
    let (width, height) = picture_size(&held.read(archive)?).map_err(|why| not(&why))?;
    match x >= width || y >= height || across == 0 || down == 0 {
        true => Err(HandoutFault::OutsidePicture {
            medium: number,
            width,
            height,
        }
        .into()),
        false => {
            let size = PictureSize {
                medium: number,
                width,
                height,
            };
            Ok((on, Some(size)))
        }
    }
}

/// `1 picture https://…`, each once.
fn all_media(chosen: &Chosen) -> Vec<String> {
    let mut all = Vec::new();
    for (numbers, version) in chosen
        .files
        .numbers
        .iter()
        .zip(&chosen.handling.details.versions)
    {
        for (number, medium) in numbers.iter().zip(&version.content.media) {
            let kind = match medium.kind {
                MediumKind::Picture => "picture",
                MediumKind::Film => "film",
                MediumKind::Sound => "sound",
                MediumKind::Document => "document",
            };
            all.push((*number, format!("{number} {kind} {}", medium.address)));
        }
    }
    all.sort();
    all.dedup();
    all.into_iter().map(|(_, told)| told).collect()
}
