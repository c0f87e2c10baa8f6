//! Text in the order that the eye reads it, where characters of direction turn it: U+202E before "annA" shows Anna.

use unicode_bidi::BidiInfo;

use super::fold::{Placed, is_accent};

/// The text in that order, without those characters. `None` where there are none.
pub(super) fn visual(text: &[Placed]) -> Option<Vec<Placed>> {
    if !text.iter().any(|(c, _)| turns(*c)) {
        return None;
    }
    let (mut logical, mut starts) = (String::new(), Vec::with_capacity(text.len()));
    for (c, _) in text {
        starts.push(logical.len());
        logical.push(*c);
    }
    let info = BidiInfo::new(&logical, None);
    let mut out = Vec::with_capacity(text.len());
    for paragraph in &info.paragraphs {
        let (levels, runs) = info.visual_runs(paragraph, paragraph.range.clone());
        for run in runs {
            let from = starts.partition_point(|at| *at < run.start);
            let to = starts.partition_point(|at| *at < run.end);
            let part = text.get(from..to).unwrap_or_default();
            match levels.get(run.start).is_some_and(|level| level.is_rtl()) {
                true => turned(part, &mut out),
                false => out.extend_from_slice(part),
            }
        }
    }
    out.retain(|(c, _)| !turns(*c));
    Some(out)
}

/// From right to left, each accent still after its letter.
fn turned(text: &[Placed], out: &mut Vec<Placed>) {
    let mut end = text.len();
    for at in (0..text.len()).rev() {
        let is_joined = text.get(at).is_some_and(|(c, _)| is_accent(*c));
        if !is_joined || at == 0 {
            out.extend_from_slice(text.get(at..end).unwrap_or_default());
            end = at;
        }
    }
}

/// Embeddings, overrides, isolates and their ends (UAX 9, section 2).
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::super::fold::placed;
    use super::*;

    #[test]
    fn a_word_that_is_written_backwards_is_read_as_it_is_seen() {
        let seen = |text: &str| -> Option<String> {
            let read = visual(&placed(text))?;
            Some(read.into_iter().map(|(c, _)| c).collect())
        };
        assert_eq!(
            seen("Hej \u{202e}nosso\u{308}j annA\u{202c}, du\n\u{202e}ba").as_deref(),
            Some("Hej Anna jo\u{308}sson, du\nab")
        );
        assert_eq!(seen("Hej Anna"), None);
        let text = "x\u{202e}ba";
        let places = visual(&placed(text)).unwrap();
        assert_eq!(text.get(places[1].1.clone()), Some("a"));
    }
}
