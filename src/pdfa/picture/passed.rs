//! PNG whose image data stand in the file as they are, proven whole without a picture in memory.
//!
//! Grey and palettes carry their colours in a palette of the file, so that transparency and foreign colours touch
//! the palette alone.

use std::io::{Cursor, Read};

use moxcms::ColorProfile;

use super::colour::{Change, Profiles, change, guarded};
use super::decode::on_white;
use super::encoded::{ColourSpace, Encoded, Filter};
use super::{MAX_PASSED, gamma};
use crate::pdfa::png::{Colour, Data, Png, Proof};

/// Bytes of pixels that a PNG which passes through may have: 30,000 x 30,000 of eight bits.
const MAX_PIXEL_BYTES: u64 = 900_000_000;

/// What its chunks say of a PNG's colours and of what is transparent.
pub struct Facts<'a> {
    transparent: Option<&'a [u8]>,
    icc: Option<Vec<u8>>,
    profile: Option<ColorProfile>,
}

impl<'a> Facts<'a> {
    pub fn of(png: &'a Png) -> Self {
        let icc = gamma::embedded(png);
        Self {
            transparent: png.said(b"tRNS"),
            profile: match icc {
                Some(_) => None,
                None => guarded(|| gamma::declared(png)),
            },
            icc,
        }
    }

    pub fn change(&self, components: u8, profiles: &mut Profiles) -> Option<Change> {
        match (&self.icc, &self.profile) {
            (Some(icc), _) => profiles.change(icc, components),
            (None, Some(profile)) => {
                guarded(|| change(&gamma::grey_of(profile, components), components))
            }
            (None, None) => None,
        }
    }
}

/// A PNG that PDF/A-1 can hold as it is; `None` for one that must be decoded, whole or not.
pub fn pass(bytes: &[u8], png: &Png, profiles: &mut Profiles) -> Option<Encoded> {
    let pixels = png.row() * u64::from(png.height);
    if bytes.len() > MAX_PASSED || pixels > MAX_PIXEL_BYTES {
        return None;
    }
    let colour = colours(png, profiles)?;
    let data = image_data(bytes, png)?;
    let mut proof = Proof::new(png).ok()?;
    proof.take(&data, &mut |_| ()).ok()?;
    proof.done().ok()?;
    Some(encoded(png, colour, data))
}

/// The colours in which the image data can stand in the file as they are, on white and in sRGB; `None` for a PNG that
/// must be decoded.
pub fn colours(png: &Png, profiles: &mut Profiles) -> Option<ColourSpace> {
    if !png.holds() {
        return None;
    }
    let facts = Facts::of(png);
    Some(match png.colour {
        Colour::Rgb => {
            if facts.transparent.is_some() || facts.change(3, profiles).is_some() {
                return None;
            }
            ColourSpace::Rgb
        }
        Colour::Palette => {
            let mut palette = png.palette.clone()?;
            if let Some(change) = facts.change(3, profiles) {
                change.rgb(&mut palette);
            }
            let alphas = facts.transparent.unwrap_or_default();
            for (colour, alpha) in palette.chunks_exact_mut(3).zip(alphas) {
                let alpha = u32::from(*alpha);
                colour.iter_mut().for_each(|c| *c = on_white(*c, alpha));
            }
            // A row may name more colours than there are: they are shown black.
            palette.resize(3 << png.bits, 0);
            ColourSpace::Palette(palette)
        }
        _ => {
            let change = facts.change(1, profiles);
            match (change, facts.transparent) {
                (None, None) => ColourSpace::Grey,
                (change, transparent) => {
                    let key = transparent.and_then(|t| Some(u16::from_be_bytes(*t.first_chunk()?)));
                    let most = (1_u16 << png.bits) - 1;
                    let levels = (0..=most).flat_map(|n| {
                        let level = (u32::from(n) * 255 / u32::from(most)) as u8;
                        let level = match &change {
                            Some(change) => change.grey(level),
                            None => level,
                        };
                        [if key == Some(n) { 255 } else { level }; 3]
                    });
                    ColourSpace::Palette(levels.collect())
                }
            }
        }
    })
}

fn encoded(png: &Png, colour: ColourSpace, data: Vec<u8>) -> Encoded {
    Encoded {
        width: png.width,
        height: png.height,
        orientation: png.orientation,
        colour,
        bits: png.bits,
        filter: Filter::Png(png.components()),
        data,
    }
}

pub fn image_data(bytes: &[u8], png: &Png) -> Option<Vec<u8>> {
    let mut data = Vec::with_capacity(usize::try_from(png.data).ok()?.min(bytes.len()) + 1);
    let mut from = Data::of(Cursor::new(bytes)).ok()?;
    from.read_to_end(&mut data).ok()?;
    Some(data)
}

/// A PNG that was just written from grey or RGB.
pub fn written(bytes: &[u8]) -> Option<Encoded> {
    let png = Png::read(&mut Cursor::new(bytes)).ok()?;
    let colour = match png.colour {
        Colour::Grey => ColourSpace::Grey,
        Colour::Rgb => ColourSpace::Rgb,
        _ => return None,
    };
    let data = image_data(bytes, &png)?;
    Some(encoded(&png, colour, data))
}
