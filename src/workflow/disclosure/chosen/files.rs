//! Which files of a record its masks hide. A mask is laid on a file, known by its bytes and where it stood: another edit
//! of the record, or another picture at the same address, never moves it to another file.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::export::mask::{What, numbered};
use crate::pdfa::PixelBox;
use crate::record::Digest;
use crate::workflow::{HandedMedium, Handling};

/// The file that a mask was laid on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct LaidOn {
    pub(super) address: Url,
    /// `None`: the archive did not have the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<Digest>,
}

/// The files of a record, and what of them is masked.
#[derive(Debug, Default)]
pub(in super::super) struct Files {
    /// For each version, the numbers of its media.
    pub(in super::super) numbers: Vec<Vec<usize>>,
    known: HashMap<usize, LaidOn>,
    /// By number: the places of the masks, and what they blacken.
    boxes: HashMap<usize, Vec<(usize, PixelBox)>>,
    /// Left out whole: number and place of the mask.
    pub(in super::super) out: HashMap<usize, usize>,
    /// May have taken the place of a masked file in another version, and have no mask of their own.
    unseen: HashSet<usize>,
}

impl LaidOn {
    /// Where both files are known, their bytes tell; else the address does.
    fn is(&self, other: &Self) -> bool {
        match (&self.sha256, &other.sha256) {
            (Some(one), Some(two)) => one == two,
            _ => self.address == other.address,
        }
    }
}

impl Files {
    pub(super) fn of(handling: &Handling, masks: &[(&What, Option<&LaidOn>)]) -> Self {
        let all: Vec<Vec<(&Url, Option<Digest>)>> = handling
            .details
            .versions
            .iter()
            .enumerate()
            .map(|(version, of)| {
                let each = of.content.media.iter().enumerate();
                each.map(|(at, medium)| (&medium.address, held(handling, version, at)))
                    .collect()
            })
            .collect();
        let mut files = Self {
            numbers: numbered(&all),
            ..Self::default()
        };
        for (number, (address, sha256)) in files.numbers.iter().flatten().zip(all.iter().flatten())
        {
            files.known.entry(*number).or_insert_with(|| LaidOn {
                address: (*address).clone(),
                sha256: *sha256,
            });
        }
        for (place, (what, on)) in masks.iter().enumerate() {
            files.mask(place, what, *on);
        }
        for (what, on) in masks {
            if let (Some(_), Some(on)) = (what.medium(), on) {
                files.suspect(on);
            }
        }
        files
    }

    fn mask(&mut self, place: usize, what: &What, on: Option<&LaidOn>) {
        match (what, on) {
            (
                What::Region {
                    x,
                    y,
                    width,
                    height,
                    ..
                },
                Some(on),
            ) => {
                let area = PixelBox {
                    x: *x,
                    y: *y,
                    width: *width,
                    height: *height,
                };
                // Only in the picture that it was laid on.
                let same = |file: &LaidOn| on.sha256.is_some() && on.sha256 == file.sha256;
                for (number, _) in self.known.iter().filter(|(_, file)| same(file)) {
                    self.boxes.entry(*number).or_default().push((place, area));
                }
            }
            (What::Medium { .. }, Some(on)) => {
                let same = |file: &LaidOn| on.is(file) || on.address == file.address;
                for (number, _) in self.known.iter().filter(|(_, file)| same(file)) {
                    self.out.entry(*number).or_insert(place);
                }
            }
            // No one can tell which file was meant.
            (What::Region { .. } | What::Medium { .. }, None) => {
                for number in self.known.keys() {
                    self.out.entry(*number).or_insert(place);
                }
            }
            (What::Words { .. } | What::Author | What::Pattern { .. }, _) => {}
        }
    }

    /// Where a version has the masked file no more, or not yet, what only such versions have may show the same.
    fn suspect(&mut self, on: &LaidOn) {
        let has = |numbers: &&Vec<usize>| {
            let mut of = numbers.iter().filter_map(|n| self.known.get(n));
            of.any(|file| on.is(file))
        };
        let beside: HashSet<usize> = self.numbers.iter().filter(has).flatten().copied().collect();
        let masked = |n: &usize| self.boxes.contains_key(n) || self.out.contains_key(n);
        let others = self.known.keys();
        let unseen = others.filter(|n| !beside.contains(n) && !masked(n));
        self.unseen.extend(unseen.copied().collect::<Vec<_>>());
    }

    pub(in super::super) fn laid_on(&self, number: usize) -> Option<&LaidOn> {
        self.known.get(&number)
    }

    /// What is blackened in a picture, with the places of the masks.
    pub(in super::super) fn boxes(&self, number: usize) -> &[(usize, PixelBox)] {
        self.boxes.get(&number).map_or(&[], Vec::as_slice)
    }

    pub(in super::super) fn is_unseen(&self, number: usize) -> bool {
        self.unseen.contains(&number)
    }

    /// Files that are masked here and handed out whole there, each by the place of its mask here.
    pub(in super::super) fn open_in(&self, other: &Self) -> Vec<usize> {
        let is_open = |number: &usize| {
            other.boxes(*number).is_empty()
                && !other.out.contains_key(number)
                && !other.is_unseen(*number)
        };
        let open: HashSet<Digest> = other
            .known
            .iter()
            .filter(|(number, _)| is_open(number))
            .filter_map(|(_, file)| file.sha256)
            .collect();
        let is_there = |number: &usize| {
            let file = self.known.get(number).and_then(|file| file.sha256);
            file.is_some_and(|sha256| open.contains(&sha256))
        };
        let parts = self.boxes.iter().filter(|(number, _)| is_there(number));
        let whole = self.out.iter().filter(|(number, _)| is_there(number));
        parts
            .flat_map(|(_, boxes)| boxes.iter().map(|(place, _)| *place))
            .chain(whole.map(|(_, place)| *place))
            .collect()
    }
}

fn held(handling: &Handling, version: usize, at: usize) -> Option<Digest> {
    match handling.media.get(version).and_then(|m| m.get(at)) {
        Some(HandedMedium::Held(file)) => Some(file.sha256),
        _ => None,
    }
}
