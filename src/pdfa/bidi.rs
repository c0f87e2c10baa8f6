//! Text from right to left: levels of a paragraph and the order of a line (UAX #9).

use unicode_bidi::{BidiInfo, Level};

/// Which way each byte of a text runs; nothing is kept for text that runs left to right alone.
pub struct Directions<'a> {
    info: Option<BidiInfo<'a>>,
}

impl<'a> Directions<'a> {
    pub fn of(text: &'a str) -> Self {
        let info = text
            .chars()
            .any(may_run_leftwards)
            .then(|| BidiInfo::new(text, None));
        Self {
            info: info.filter(BidiInfo::has_rtl),
        }
    }

    /// The level at a byte: odd runs from right to left.
    pub fn level(&self, at: usize) -> u8 {
        let level = self.info.as_ref().and_then(|i| i.levels.get(at));
        level.map_or(0, Level::number)
    }

    /// The level of the paragraph that holds the byte.
    pub fn base(&self, at: usize) -> u8 {
        let paragraphs = self.info.as_ref().map_or(&[][..], |i| &i.paragraphs);
        let after = paragraphs.partition_point(|p| p.range.start <= at);
        let paragraph = after.checked_sub(1).and_then(|i| paragraphs.get(i));
        paragraph.map_or(0, |p| p.level.number())
    }

    /// Where the run of one level that begins at `from` ends, not beyond `to`.
    pub fn run_end(&self, from: usize, to: usize) -> usize {
        let Some(info) = &self.info else { return to };
        let levels = info.levels.get(from..to).unwrap_or(&[]);
        let first = levels.first();
        let same = levels.iter().take_while(|l| Some(*l) == first).count();
        from + same
    }
}

/// Puts what has levels into the order it stands in on the line, left to right (rule L2).
pub fn visual_order<T>(items: &mut [T], level: impl Fn(&T) -> u8) {
    let highest = items.iter().map(&level).max().unwrap_or(0);
    for least in (1..=highest).rev() {
        let mut at = 0;
        while at < items.len() {
            let here = items.get(at..).unwrap_or(&[]);
            let run = here.iter().take_while(|i| level(i) >= least).count();
            if let Some(run) = items.get_mut(at..at + run) {
                run.reverse();
            }
            at += run.max(1);
        }
    }
}

/// Letters of scripts from right to left, and the marks that turn direction.
fn may_run_leftwards(c: char) -> bool {
    matches!(c,
        '\u{590}'..='\u{8ff}' | '\u{200f}' | '\u{202b}' | '\u{202e}' | '\u{2067}' | '\u{fb1d}'..='\u{fdff}'
        | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_put_in_the_order_it_is_seen_in() {
        let mut items = vec![('a', 0), ('b', 1), ('c', 2), ('d', 2), ('e', 1), ('f', 0)];
        visual_order(&mut items, |i| i.1);
        let seen: String = items.iter().map(|i| i.0).collect();
        assert_eq!(seen, "aecdbf");
    }

    #[test]
    fn a_paragraph_runs_as_its_first_letter_does() {
        let text = "אבג abc\nabc אבג";
        let directions = Directions::of(text);
        assert_eq!((directions.base(0), directions.level(0)), (1, 1));
        let latin = text.find("abc").unwrap();
        assert_eq!(directions.level(latin), 2);
        assert_eq!(directions.run_end(0, text.len()), latin);
        let second = text.find('\n').unwrap() + 1;
        assert_eq!((directions.base(second), directions.level(second)), (0, 0));
        assert_eq!(Directions::of("åäö").run_end(0, 6), 6);
    }
}
