//! What is hidden on the pages of screens: what the masks of the records hide, what withheld records say and who wrote
//! it, and the boxes that a person laid.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::opened::Opened;
use super::order::{Shown, ShownLine, ShownPage};
use super::words::Words;
use crate::catalog::{DisclosureBox, DisclosureDecision, DisclosureMask, PageCapture};
use crate::export::mask::{Masker, Phrases, Reading, What};
use crate::pdfa::PixelBox;
use crate::record::{BagId, Content};
use crate::workflow::disclosure::DisclosureCase;
use crate::workflow::disclosure::chosen::meaning;
use crate::workflow::disclosure::reason::Reasons;
use crate::workflow::{Archive, Error, Handlingar, HandoutFault};

/// What a person blackens on a screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ScreenBox {
    /// A part of a page, in pixels from its left upper corner.
    Area {
        page: u32,
        x: u32,
        y: u32,
        width: u32,
        height: u32,
    },
    /// Wherever the words stand on the chosen pages.
    Words(String),
}

impl ScreenBox {
    /// # Errors
    /// What the catalog keeps is no box.
    pub(super) fn of(kept: &DisclosureBox) -> Result<Self, Error> {
        serde_json::from_str(&kept.value).map_err(|source| Error::Json {
            what: format!("box {}", kept.number),
            source,
        })
    }
}

/// One reason to blacken something.
struct Hides {
    /// On the pages of one capture alone.
    bag: Option<BagId>,
    how: How,
    provision: String,
    reason: Option<String>,
}

enum How {
    Words(Masker),
    /// What a withheld record says, and who wrote it.
    Record(Phrases, Option<Masker>),
    Area(u32, PixelBox),
}

/// All that is hidden in one request.
pub(super) struct Hidden(Vec<Hides>);

impl Hidden {
    /// # Errors
    /// A mask or box that cannot be read; a record that cannot.
    pub(super) fn of(
        archive: &Archive,
        case: &DisclosureCase,
        masks: &[DisclosureMask],
        boxes: &[DisclosureBox],
    ) -> Result<Self, Error> {
        let reasons = Reasons::of(archive, masks, |record| case.readable(record))?;
        let told = |reason: &Option<String>| reason.as_deref().map(|reason| reasons.told(reason));
        let mut all = Vec::new();
        for mask in masks {
            let what = match meaning(mask)?.0 {
                What::Words { words, whole, .. } => What::Words {
                    words,
                    nth: None,
                    whole,
                },
                what @ (What::Pattern { .. } | What::Author) => what,
                What::Region { .. } | What::Medium { .. } => continue,
            };
            let details = match case.readable(mask.record) {
                Some(_) => Some(archive.catalog().record(mask.record)?),
                None if what == What::Author => continue,
                None => None,
            };
            let versions = details.iter().flat_map(|d| &d.versions);
            let contents: Vec<&Content> = versions.map(|v| &v.content).collect();
            let record = mask.record;
            let masker = Masker::of(&[what], &contents)
                .map_err(|source| HandoutFault::Mask { record, source })?;
            all.push(Hides {
                bag: None,
                how: How::Words(masker),
                provision: mask.provision.clone(),
                reason: told(&mask.reason),
            });
        }
        withheld(archive, case, masks, &told, &mut all)?;
        for kept in boxes {
            all.push(Hides {
                bag: Some(kept.bag),
                how: match ScreenBox::of(kept)? {
                    ScreenBox::Words(words) => How::Words(masker_of(&words)?),
                    ScreenBox::Area {
                        page,
                        x,
                        y,
                        width,
                        height,
                    } => How::Area(
                        page,
                        PixelBox {
                            x,
                            y,
                            width,
                            height,
                        },
                    ),
                },
                provision: kept.provision.clone(),
                reason: told(&kept.reason),
            });
        }
        Ok(Self(all))
    }

    /// The chosen pages of a capture with all that is black on them.
    pub(super) fn shown(
        &self,
        bag: BagId,
        capture: &PageCapture,
        opened: &Opened<'_>,
        pages: &[u32],
    ) -> Shown {
        let words = Words::of(&opened.pages);
        let readings: Vec<Reading> = words.texts().map(Reading::of).collect();
        let mut black: BTreeMap<u32, Vec<(usize, PixelBox)>> = BTreeMap::new();
        for (at, hides) in self.0.iter().enumerate() {
            if hides.bag.is_some_and(|of| of != bag) {
                continue;
            }
            for (page, area) in found(&hides.how, &words, &readings) {
                black.entry(page).or_default().push((at, area));
            }
        }
        let page = |page: &u32| {
            let areas = black.remove(page).unwrap_or_default();
            let mut places: BTreeMap<usize, u64> = BTreeMap::new();
            for (at, _) in &areas {
                *places.entry(*at).or_default() += 1;
            }
            let line = |(at, places): (usize, u64)| {
                let hides = self.0.get(at)?;
                Some(ShownLine {
                    places,
                    provision: hides.provision.clone(),
                    reason: hides.reason.clone(),
                })
            };
            ShownPage {
                page: *page,
                boxes: areas
                    .iter()
                    .map(|(_, b)| [b.x, b.y, b.width, b.height])
                    .collect(),
                lines: places.into_iter().filter_map(line).collect(),
            }
        };
        Shown {
            bag,
            at: capture.at,
            of: opened.count(),
            pages: pages.iter().map(page).collect(),
        }
    }
}

/// # Errors
/// Words without a letter.
pub(super) fn masker_of(words: &str) -> Result<Masker, Error> {
    let what = What::Words {
        words: words.to_owned(),
        nth: None,
        whole: false,
    };
    Masker::of(&[what], &[]).map_err(|source| HandoutFault::ScreenWords { source }.into())
}

fn found(how: &How, words: &Words, readings: &[Reading]) -> Vec<(u32, PixelBox)> {
    let masked = |masker: &Masker| {
        let ranges: Vec<_> = readings.iter().map(|text| masker.places(text)).collect();
        words.boxes(&ranges)
    };
    match how {
        How::Words(masker) => masked(masker),
        How::Area(page, area) => vec![(*page, *area)],
        How::Record(phrases, author) => {
            let ranges: Vec<_> = words.texts().map(|text| phrases.shared(text)).collect();
            let mut all = words.boxes(&ranges);
            all.extend(author.iter().flat_map(masked));
            all
        }
    }
}

/// What withheld records say, in any version, and who wrote it; not who is named in what is handed out anyway, nor the
/// account.
fn withheld(
    archive: &Archive,
    case: &DisclosureCase,
    masks: &[DisclosureMask],
    told: &dyn Fn(&Option<String>) -> Option<String>,
    all: &mut Vec<Hides>,
) -> Result<(), Error> {
    let of = |what: &dyn Fn(DisclosureDecision) -> bool| {
        let stand = case.records.iter().filter(|r| !r.gone);
        stand
            .filter(|r| r.decided().is_some_and(what))
            .collect::<Vec<_>>()
    };
    let secret = of(&|what| what == DisclosureDecision::Withhold);
    if secret.is_empty() {
        return Ok(());
    }
    let mut open: HashSet<String> = HashSet::new();
    for given in of(&DisclosureDecision::is_given) {
        let by = |m: &&DisclosureMask| m.record == given.record && m.what == "author";
        if !masks.iter().any(|m| by(&m)) {
            let line = archive.catalog().record(given.record)?.line;
            open.extend(line.author.map(|name| name.trim().to_lowercase()));
        }
    }
    let mut from = Handlingar::of(archive)?;
    for record in secret {
        let handling = from.read(record.record)?;
        let mut phrases = Phrases::default();
        let versions: Vec<&Content> = handling
            .details
            .versions
            .iter()
            .map(|v| &v.content)
            .collect();
        for content in &versions {
            let descriptions = content.media.iter().flat_map(|m| [&m.alt, &m.caption]);
            descriptions.flatten().for_each(|text| phrases.add(text));
            content.title.iter().for_each(|text| phrases.add(text));
            phrases.add(&content.plain_text());
        }
        let account = handling.account_name.trim().to_lowercase();
        let named = |c: &&Content| {
            let name = c.author.as_ref().map(|a| a.name.trim().to_lowercase());
            name.is_some_and(|name| name != account && !open.contains(&name))
        };
        let author = match versions.iter().any(named) {
            true => Masker::of(&[What::Author], &versions).ok(),
            false => None,
        };
        all.push(Hides {
            bag: None,
            how: How::Record(phrases, author),
            provision: record.provision.clone().unwrap_or_default(),
            reason: told(&record.reason),
        });
    }
    Ok(())
}
