//! Where a line may end: UAX #14, and between words where they are written without spaces.

use icu_segmenter::LineSegmenter;
use icu_segmenter::options::LineBreakOptions;
use unicode_linebreak::{BreakOpportunity, linebreaks};

/// Bytes after which a line may or must end, in order.
pub fn breaks(text: &str) -> Vec<(usize, BreakOpportunity)> {
    let mut all = Vec::with_capacity(text.len() / 5);
    let mut start = 0;
    for (end, opportunity) in linebreaks(text) {
        if let Some(part) = text
            .get(start..end)
            .filter(|p| p.contains(is_written_together))
        {
            // Its models are in the program, and making it costs nothing.
            let segmenter = LineSegmenter::new_lstm(LineBreakOptions::default());
            let within = segmenter
                .segment_str(part)
                .filter(|at| (1..part.len()).contains(at));
            all.extend(within.map(|at| (start + at, BreakOpportunity::Allowed)));
        }
        all.push((end, opportunity));
        start = end;
    }
    all
}

/// Letters of Thai, Lao, Burmese and Khmer (line breaking class SA).
fn is_written_together(c: char) -> bool {
    matches!(c, '\u{e01}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{a9e0}'..='\u{a9ff}' | '\u{aa60}'..='\u{aa7f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thai_is_broken_between_words_and_swedish_at_spaces() {
        let words = |text: &str| {
            let mut from = 0;
            let mut words = Vec::new();
            for (end, _) in breaks(text) {
                words.push(text[from..end].to_owned());
                from = end;
            }
            words
        };
        // The model is not always right; these words it knows.
        assert_eq!(words("ภาษาไทยง่าย มาก")[..3], ["ภาษา", "ไทย", "ง่าย "]);
        assert_eq!(words("å ä\nö"), ["å ", "ä\n", "ö"]);
    }
}
