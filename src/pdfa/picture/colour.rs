//! Colours that are not sRGB made so: the file's output intent is sRGB, and its pictures are DeviceRGB or DeviceGray.
//!
//! A profile that cannot be read, or is for other colours than the picture has, counts for nothing, as in browsers.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

use crate::record::Digest;

/// A profile that changes colours by no more than this is sRGB under another name.
const SAME: u8 = 3;
/// Larger profiles count for nothing.
const MAX_PROFILE: usize = 4 << 20;
/// Profiles that are kept: what a change needs is some hundred kilobytes.
const KEPT: usize = 64;

/// How colours become sRGB.
#[derive(Clone)]
pub enum Change {
    Rgb(Arc<Transform8BitExecutor>),
    /// Inks, where 255 is full.
    Inks(Arc<Transform8BitExecutor>),
    Grey(Box<[u8; 256]>),
}

/// The profiles met so far: a camera's is in each of its pictures.
#[derive(Default)]
pub struct Profiles(HashMap<(Digest, u8), Option<Change>>);

impl Profiles {
    /// What an ICC profile asks for in a picture of so many colours; `None` when nothing is to be done.
    pub fn change(&mut self, icc: &[u8], components: u8) -> Option<Change> {
        if icc.len() > MAX_PROFILE {
            return None;
        }
        let key = (Digest::of(icc), components);
        if self.0.len() >= KEPT && !self.0.contains_key(&key) {
            self.0.clear();
        }
        let known = self.0.entry(key);
        known
            .or_insert_with(|| {
                guarded(|| change(&ColorProfile::new_from_slice(icc).ok()?, components))
            })
            .clone()
    }
}

/// Reading a profile is others' work on hostile bytes: one on which it stumbles counts for nothing.
pub fn guarded<T>(read: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or(None)
}

/// What a profile asks for in a picture of so many colours; `None` when nothing is to be done.
pub fn change(profile: &ColorProfile, components: u8) -> Option<Change> {
    let srgb = ColorProfile::new_srgb();
    let to_srgb = |layout| {
        profile
            .create_transform_8bit(layout, &srgb, Layout::Rgb, TransformOptions::default())
            .ok()
    };
    match (profile.color_space, components) {
        (DataColorSpace::Rgb, 3) => {
            let transform = to_srgb(Layout::Rgb)?;
            let steps = [0_u8, 32, 64, 96, 128, 160, 192, 224, 255];
            let mut grid = Vec::with_capacity(3 * 729);
            for r in steps {
                for g in steps {
                    for b in steps {
                        grid.extend([r, g, b]);
                    }
                }
            }
            let mut seen = vec![0; grid.len()];
            transform.transform(&grid, &mut seen).ok()?;
            let same = grid.iter().zip(&seen).all(|(a, b)| a.abs_diff(*b) <= SAME);
            (!same).then_some(Change::Rgb(transform))
        }
        (DataColorSpace::Gray, 1) => {
            let transform = to_srgb(Layout::Gray)?;
            let levels: Vec<u8> = (0..=255).collect();
            let mut seen = [0; 3 * 256];
            transform.transform(&levels, &mut seen).ok()?;
            let mut table = Box::new([0; 256]);
            for (to, rgb) in table.iter_mut().zip(seen.chunks_exact(3)) {
                *to = rgb.get(1).copied()?;
            }
            let same = levels
                .iter()
                .zip(table.iter())
                .all(|(a, b)| a.abs_diff(*b) <= SAME);
            (!same).then_some(Change::Grey(table))
        }
        (DataColorSpace::Cmyk, 4) => Some(Change::Inks(to_srgb(Layout::Rgba)?)),
        _ => None,
    }
}

impl Change {
    /// Changes pixels of red, green and blue in place, a stretch at a time.
    pub fn rgb(&self, pixels: &mut [u8]) {
        let Self::Rgb(transform) = self else { return };
        let mut from = [0; 3 * 4_096];
        for stretch in pixels.chunks_mut(from.len()) {
            let Some(from) = from.get_mut(..stretch.len()) else {
                return;
            };
            from.copy_from_slice(stretch);
            // Lengths fit, which is all that it could object to.
            let _ = transform.transform(from, stretch);
        }
    }

    /// Changes pixels of one or three colours in place.
    pub fn pixels(&self, pixels: &mut [u8], colours: usize) {
        match colours {
            1 => pixels.iter_mut().for_each(|v| *v = self.grey(*v)),
            _ => self.rgb(pixels),
        }
    }

    pub fn grey(&self, level: u8) -> u8 {
        match self {
            Self::Grey(table) => table[usize::from(level)],
            _ => level,
        }
    }
}

/// Inks (255 is full) as red, green and blue; without a profile as browsers and readers do it.
pub fn of_inks(inks: &[u8], change: Option<&Change>) -> Vec<u8> {
    let mut out = vec![0; inks.len() / 4 * 3];
    if let Some(Change::Inks(transform)) = change {
        let whole = inks.get(..inks.len() / 4 * 4).unwrap_or_default();
        if transform.transform(whole, &mut out).is_ok() {
            return out;
        }
    }
    for (from, to) in inks.chunks_exact(4).zip(out.chunks_exact_mut(3)) {
        let [c, m, y, k] = [0, 1, 2, 3].map(|i| 255 - u32::from(from[i]));
        for (to, ink) in to.iter_mut().zip([c, m, y]) {
            *to = ((ink * k + 127) / 255) as u8;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_profiles_few_are_kept() {
        let mut profiles = Profiles::default();
        for n in 0..200_u8 {
            assert!(profiles.change(&[n], 3).is_none());
            assert!(profiles.0.len() <= KEPT);
        }
        assert!(!profiles.0.is_empty());
    }
}
