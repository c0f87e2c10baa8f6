//! The codes that are shown in a font.

/// A set of two-byte codes.
#[derive(Debug, Default)]
pub struct Codes(Vec<u64>);

impl Codes {
    pub fn insert(&mut self, code: u16) {
        let word = usize::from(code / 64);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (code % 64);
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = u16> + Clone + '_ {
        (0..=u16::MAX).take(self.0.len() * 64).filter(|code| {
            self.0
                .get(usize::from(code / 64))
                .is_some_and(|bits| bits >> (code % 64) & 1 == 1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_gives_back_what_was_put_in() {
        let mut codes = Codes::default();
        for code in [65_535, 0, 63, 64, 64] {
            codes.insert(code);
        }
        assert_eq!(codes.iter().collect::<Vec<_>>(), [0, 63, 64, 65_535]);
    }
}
