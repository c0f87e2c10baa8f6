//! The records that are handed out, thread by thread, each with its masks.

mod files;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use url::Url;

use self::files::Files;
pub(super) use self::files::LaidOn;
use super::HandoutFault;
use super::order::{Given, Order};
use crate::catalog::DisclosureMask;
use crate::export::mask::{Masker, What};
use crate::record::{Content, RecordId};
use crate::workflow::{Archive, Error, Handling, Handlingar};

/// A record that is handed out.
pub(super) struct Chosen {
    pub(super) handling: Handling,
    /// Below its thread's first record.
    pub(super) depth: usize,
    pub(super) masks: Vec<(DisclosureMask, What)>,
    pub(super) masker: Masker,
    pub(super) files: Files,
}

/// Records of one thread, as people read them.
pub(super) struct Group {
    pub(super) records: Vec<Chosen>,
    /// False where it begins with an answer.
    pub(super) whole: bool,
}

/// What a mask means, as the catalog keeps it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Kept {
    Laid { mask: What, on: LaidOn },
    Plain(What),
}

/// What a mask takes out, for who may read its record.
#[derive(Debug, Clone)]
pub struct Hidden {
    pub what: What,
    /// Of the file that it is laid on.
    pub address: Option<Url>,
}

/// # Errors
/// A mask that cannot be read.
pub fn hidden_by(mask: &DisclosureMask) -> Result<Hidden, Error> {
    let (what, on) = meaning(mask)?;
    let address = on.map(|on| on.address);
    Ok(Hidden { what, address })
}

pub(super) fn meaning(mask: &DisclosureMask) -> Result<(What, Option<LaidOn>), Error> {
    let kept = serde_json::from_str(&mask.value).map_err(|source| Error::Json {
        what: format!("mask {}", mask.number),
        source,
    })?;
    Ok(match kept {
        Kept::Laid { mask, on } => (mask, Some(on)),
        Kept::Plain(mask) => (mask, None),
    })
}

/// A mask as the catalog keeps it, with the file that it is laid on.
///
/// # Errors
/// None that can be thought of: it is plain data.
pub(super) fn kept(what: &What, on: Option<&LaidOn>) -> Result<String, Error> {
    let mask = what.clone();
    let kept = match on {
        Some(on) => Kept::Laid {
            mask,
            on: on.clone(),
        },
        None => Kept::Plain(mask),
    };
    serde_json::to_string(&kept).map_err(|source| Error::Json {
        what: "a mask".to_owned(),
        source,
    })
}

impl Group {
    pub(super) fn is_masked(&self) -> bool {
        self.records.iter().any(|c| c.masker.masks_anything())
    }
}

impl Chosen {
    /// # Errors
    /// When the record may not be read, or a mask cannot be laid.
    pub(super) fn read(
        from: &mut Handlingar<'_>,
        record: RecordId,
        versions: Option<u32>,
        masks: &[DisclosureMask],
    ) -> Result<Self, Error> {
        let mut handling = from.read(record)?;
        if let Some(most) = versions {
            let kept = handling
                .details
                .versions
                .iter()
                .filter(|v| v.number <= most)
                .count();
            handling.details.versions.truncate(kept);
            handling.media.truncate(kept);
        }
        let own = masks.iter().filter(|m| m.record == record);
        let masks: Vec<(DisclosureMask, (What, Option<LaidOn>))> = own
            .map(|m| Ok((m.clone(), meaning(m)?)))
            .collect::<Result<_, Error>>()?;
        let contents: Vec<&Content> = handling
            .details
            .versions
            .iter()
            .map(|v| &v.content)
            .collect();
        let whats: Vec<What> = masks.iter().map(|(_, (what, _))| what.clone()).collect();
        let mut masker = Masker::of(&whats, &contents)
            .map_err(|source| HandoutFault::Mask { record, source })?;
        let laid: Vec<_> = masks.iter().map(|(_, (w, on))| (w, on.as_ref())).collect();
        let files = Files::of(&handling, &laid);
        for (number, mask) in &files.out {
            masker.leave_out(*number, *mask);
        }
        Ok(Self {
            files,
            masker,
            masks: masks.into_iter().map(|(m, (what, _))| (m, what)).collect(),
            depth: 0,
            handling,
        })
    }

    /// Where the platform shows it: itself, and its media if it has masks.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &str> {
        let versions = self.handling.details.versions.iter();
        let media = versions
            .flat_map(|v| &v.content.media)
            .map(|m| m.address.as_str());
        let media = media.filter(|_| self.masker.masks_anything());
        self.handling
            .details
            .permalink
            .as_deref()
            .into_iter()
            .chain(media)
    }

    /// The numbers of a version's media.
    pub(super) fn numbers(&self, version: usize) -> &[usize] {
        self.files.numbers.get(version).map_or(&[], Vec::as_slice)
    }
}

/// Records that are not handed out and have masks.
///
/// # Errors
/// A bag that cannot be read.
pub(super) fn hidden(
    archive: &Archive,
    order: &Order,
    masks: &[DisclosureMask],
) -> Result<Vec<Chosen>, Error> {
    let mut from = Handlingar::of(archive)?;
    let each = order.hidden.iter().map(|of| {
        let own = own_masks(of, masks);
        Chosen::read(&mut from, of.record, Some(of.version), &own)
    });
    each.collect()
}

fn own_masks(of: &Given, masks: &[DisclosureMask]) -> Vec<DisclosureMask> {
    let own = masks.iter().filter(|m| of.masks.contains(&m.number));
    own.cloned().collect()
}

/// All that is handed out, the oldest thread first.
///
/// # Errors
/// A record of another committee; one that was destroyed or is locked; a bag that cannot be read.
pub(super) fn groups(
    archive: &Archive,
    order: &Order,
    masks: &[DisclosureMask],
) -> Result<Vec<Group>, Error> {
    let mut from = Handlingar::of(archive)?;
    let mut all: HashMap<RecordId, Chosen> = HashMap::new();
    let mut tops: BTreeMap<RecordId, Vec<RecordId>> = BTreeMap::new();
    let mut known: HashMap<RecordId, RecordId> = HashMap::new();
    for given in &order.given {
        let own = own_masks(given, masks);
        let chosen = Chosen::read(&mut from, given.record, Some(given.version), &own)?;
        if chosen.handling.committee() != order.committee {
            return Err(crate::catalog::Error::OthersRecord {
                record: given.record,
                committee: chosen.handling.committee().to_owned(),
            }
            .into());
        }
        let top = top_of(
            archive,
            given.record,
            chosen.handling.details.parent,
            &mut known,
        );
        tops.entry(top).or_default().push(given.record);
        all.insert(given.record, chosen);
    }
    let mut groups = Vec::new();
    for (top, members) in tops {
        let thread = archive.catalog().thread(top)?;
        let mut records = Vec::new();
        let mut whole = false;
        for (record, depth) in thread {
            if let Some(mut chosen) = all.remove(&record) {
                chosen.depth = depth;
                whole |= record == top;
                records.push(chosen);
            }
        }
        // A ring of answers has no first.
        for record in members {
            records.extend(all.remove(&record));
        }
        groups.push(Group { records, whole });
    }
    groups.sort_by_key(|group| {
        let first = group.records.first();
        first.map(|c| (c.handling.details.line.published, c.handling.record()))
    });
    Ok(groups)
}

/// The first record of its thread, as far up as the archive has it.
fn top_of(
    archive: &Archive,
    record: RecordId,
    parent: Option<RecordId>,
    known: &mut HashMap<RecordId, RecordId>,
) -> RecordId {
    let mut path = vec![record];
    let mut above = parent;
    let mut top = record;
    while let Some(next) = above {
        if let Some(found) = known.get(&next) {
            top = *found;
            break;
        }
        let details = archive.catalog().record(next);
        match details {
            Ok(details) if !path.contains(&next) => {
                path.push(next);
                top = next;
                above = details.parent;
            }
            _ => break,
        }
    }
    for one in path {
        known.insert(one, top);
    }
    top
}
