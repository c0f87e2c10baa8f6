//! Parts of a text by its UTF-16 units, as scripts count.

/// Goes along a text: parts that follow each other cost no more than the text is long.
#[derive(Debug)]
pub(super) struct Letters<'a> {
    text: &'a str,
    /// Where the last part ended: byte and unit.
    at: (usize, u32),
}

impl<'a> Letters<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, at: (0, 0) }
    }

    /// `length` units from `start`, as far as there are; half a letter is all of it.
    pub(super) fn part(&mut self, start: u32, length: u32) -> &'a str {
        if start < self.at.1 {
            self.at = (0, 0);
        }
        self.go(start);
        let from = self.at.0;
        self.go(start.saturating_add(length));
        self.text.get(from..self.at.0).unwrap_or_default()
    }

    fn go(&mut self, to: u32) {
        let rest = self.text.get(self.at.0..).unwrap_or_default();
        for letter in rest.chars() {
            if self.at.1 >= to {
                return;
            }
            self.at.0 += letter.len_utf8();
            self.at.1 = self
                .at
                .1
                .saturating_add(if letter.len_utf16() == 2 { 2 } else { 1 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_by_units_in_any_order() {
        let mut letters = Letters::of("räk🦐smörgås");
        assert_eq!(letters.part(0, 3), "räk");
        assert_eq!(letters.part(3, 2), "🦐");
        assert_eq!(letters.part(5, 99), "smörgås");
        assert_eq!(letters.part(1, 1), "ä");
        assert_eq!(letters.part(99, 1), "");
        assert_eq!(letters.part(0, u32::MAX), "räk🦐smörgås");
    }
}
