//! Where a text says what a query asks for, and a piece of it that shows so.

use std::ops::Range;

use super::{Column, Leaf, Node, Query};
use crate::retention::words::{for_each_sought, is_of_words};

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    folded: String,
    mark: Option<u8>,
    /// Bytes of the text that it is.
    range: Range<usize>,
}

/// What a version of a record, or a page, says.
#[derive(Debug, Default)]
pub struct Said {
    columns: [Vec<Word>; 3],
}

/// A piece of a text with what was found in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snippet {
    pub text: String,
    /// Bytes of it that are hits, in their order, apart from each other.
    pub hits: Vec<Range<usize>>,
    /// Whether the text goes on before it, and after it.
    pub cut: (bool, bool),
}

impl Said {
    /// Exactly as the index has it.
    pub fn of(title: &str, text: &str, author: &str) -> Self {
        Self {
            columns: [title, text, author].map(|text| {
                let mut words = Vec::new();
                for_each_sought(text, |mark, word| {
                    words.push(Word {
                        folded: word.to_owned(),
                        mark,
                        range: 0..0,
                    });
                });
                words
            }),
        }
    }

    fn of_column(&self, column: Column) -> &[Word] {
        match column {
            Column::Title => &self.columns[0],
            Column::Text => &self.columns[1],
            Column::Author => &self.columns[2],
        }
    }
}

impl Query {
    /// Whether it is what is asked for.
    pub fn fits(&self, said: &Said) -> bool {
        self.root.fits(said)
    }

    /// The bytes of a text in that column that are asked for: in their order, apart from each other.
    pub fn hits(&self, column: Column, text: &str) -> Vec<Range<usize>> {
        let words = with_ranges(text);
        let mut hits: Vec<Range<usize>> = Vec::new();
        self.root.for_each_leaf(false, &mut |leaf| {
            if leaf.column.is_none_or(|only| only == column) {
                let found = leaf.found(&words).filter_map(|at| words.get(at));
                let ranges = found.map(|words| (words.first(), words.last()));
                hits.extend(
                    ranges.filter_map(|(first, last)| Some(first?.range.start..last?.range.end)),
                );
            }
        });
        hits.sort_by_key(|hit| (hit.start, hit.end));
        hits.dedup_by(|next, before| {
            let overlaps = next.start < before.end;
            if overlaps {
                before.end = before.end.max(next.end);
            }
            overlaps
        });
        hits
    }
}

impl Node {
    fn fits(&self, said: &Said) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.fits(said)),
            Self::Any(nodes) => nodes.iter().any(|node| node.fits(said)),
            Self::Not(node) => !node.fits(said),
            Self::Leaf(leaf) => leaf.fits(said),
        }
    }
}

impl Leaf {
    /// True when the mark with its word says all that is asked for.
    pub fn is_mark_alone(&self) -> bool {
        self.mark.is_some() && self.words.len() == 1 && self.column.is_none()
    }

    fn fits(&self, said: &Said) -> bool {
        let marked = self.mark.is_none_or(|mark| {
            let first = self.words.first().map(String::as_str).unwrap_or_default();
            let begins = self.begins && self.words.len() == 1;
            said.columns.iter().flatten().any(|word| {
                word.mark == Some(mark)
                    && (word.folded == first || begins && word.folded.starts_with(first))
            })
        });
        marked
            && (self.is_mark_alone()
                || Column::ALL
                    .into_iter()
                    .filter(|column| self.column.is_none_or(|only| only == *column))
                    .any(|column| self.occurs(said.of_column(column))))
    }

    fn occurs(&self, words: &[Word]) -> bool {
        words
            .windows(self.words.len())
            .any(|there| self.is(there, false))
    }

    /// Each place where it stands, marks too.
    fn found(&self, words: &[Word]) -> impl Iterator<Item = Range<usize>> {
        let length = self.words.len();
        let windows = words.windows(length).enumerate();
        windows
            .filter(|(_, there)| self.is(there, true))
            .map(move |(at, _)| at..at + length)
    }

    fn is(&self, there: &[Word], with_mark: bool) -> bool {
        let last = self.words.len().saturating_sub(1);
        let same = self.words.iter().zip(there).enumerate();
        let mut same = same.map(|(at, (asked, word))| match self.begins && at == last {
            true => word.folded.starts_with(asked.as_str()),
            false => word.folded == *asked,
        });
        same.all(|same| same)
            && (!with_mark
                || self.mark.is_none()
                || there.first().is_some_and(|first| first.mark == self.mark))
    }
}

/// The words of a text with where they stand. A letter that stands for several words is in all of them.
fn with_ranges(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut before = None;
    let mut begin = 0;
    while let Some(rest) = text.get(begin..).filter(|rest| !rest.is_empty()) {
        let of_words = rest.starts_with(is_of_words);
        let end = match of_words {
            true => rest.find(|c| !is_of_words(c)),
            false => rest.chars().next().map(char::len_utf8),
        };
        let end = begin + end.unwrap_or(rest.len());
        let piece = text.get(begin..end).unwrap_or_default();
        for_each_sought(piece, |_, word| {
            words.push(Word {
                folded: word.to_owned(),
                mark: before.filter(|_| of_words),
                range: begin..end,
            });
        });
        before = match piece {
            "#" | "＃" => Some(b'#'),
            "@" | "＠" => Some(b'@'),
            _ => None,
        };
        begin = end;
    }
    words
}

impl Snippet {
    /// At most about `length` characters of the text, on one line, with the first hit near their beginning.
    pub fn of(text: &str, hits: &[Range<usize>], length: usize) -> Self {
        let first = hits.first().map_or(0, |hit| hit.start);
        let before = text.get(..first).unwrap_or_default();
        let lead: usize = before
            .chars()
            .rev()
            .take(length / 4)
            .map(char::len_utf8)
            .sum();
        let fits = text.chars().nth(length).is_none();
        let mut begin = if fits { 0 } else { first - lead };
        if begin > 0 {
            // Not in the middle of a word, where one ends soon.
            let space = text
                .get(begin..first)
                .and_then(|lead| lead.find(char::is_whitespace));
            begin += space.map_or(0, |space| space + 1);
            while !text.is_char_boundary(begin) {
                begin += 1;
            }
        }
        let rest = text.get(begin..).unwrap_or_default();
        let mut snippet = Self {
            cut: (begin > 0, false),
            ..Self::default()
        };
        let mut hits = hits.iter().skip_while(|hit| hit.end <= begin).peekable();
        let mut open: Option<usize> = None;
        let mut count = 0;
        for (at, c) in rest.char_indices().map(|(at, c)| (begin + at, c)) {
            if let Some(hit) = hits.peek() {
                if at >= hit.end {
                    if let Some(from) = open.take() {
                        snippet.hits.push(from..snippet.text.len());
                    }
                    hits.next();
                }
                if open.is_none() && hits.peek().is_some_and(|hit| hit.contains(&at)) {
                    open = Some(snippet.text.len());
                }
            }
            if count >= length && (open.is_none() || count >= 2 * length) {
                snippet.cut.1 = true;
                break;
            }
            let c = if c.is_whitespace() || c.is_control() {
                ' '
            } else {
                c
            };
            if c == ' ' && (snippet.text.is_empty() || snippet.text.ends_with(' ')) {
                continue;
            }
            snippet.text.push(c);
            count += 1;
        }
        if let Some(from) = open {
            snippet.hits.push(from..snippet.text.len());
        }
        let whole = snippet.text.trim_end().len();
        snippet.text.truncate(whole);
        for hit in &mut snippet.hits {
            hit.end = hit.end.min(whole);
        }
        snippet.hits.retain(|hit| hit.start < hit.end);
        snippet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(query: &str, text: &str) -> Vec<String> {
        let hits = Query::parse(query).unwrap().hits(Column::Text, text);
        hits.into_iter().map(|hit| text[hit].to_owned()).collect()
    }

    fn fits(query: &str, text: &str) -> bool {
        Query::parse(query)
            .unwrap()
            .fits(&Said::of("", text, "Anna Ek"))
    }

    #[test]
    fn hits_stand_where_a_person_sees_them() {
        assert_eq!(
            hits("snö*", "SNÖRÖJNING, sno och snö"),
            ["SNÖRÖJNING", "snö"]
        );
        assert_eq!(
            hits("\"brand station\"", "Brand-\nstation!"),
            ["Brand-\nstation"]
        );
        assert_eq!(
            hits("brandstation", "en brand\u{ad}station"),
            ["brand\u{ad}station"]
        );
        assert_eq!(hits("ört", "o\u{308}rt"), ["o\u{308}rt"]);
        assert_eq!(hits("#snö", "snö #snö"), ["snö"]);
        assert_eq!(hits("snö -is OR regn", "snö is regn"), ["snö", "regn"]);
        assert_eq!(hits("author:snö is", "snö is"), ["is"]);
        assert_eq!(hits("\"a b\" \"b c\"", "a b c"), ["a b c"]);
        assert_eq!(hits("§ 12", "12 § BrB"), ["12", "§"]);
    }

    #[test]
    fn what_is_asked_for_fits() {
        assert!(fits("får", "Får det?") && !fits("får", "far fär"));
        assert!(fits("snö anna", "snö"), "words in different columns");
        assert!(!fits("\"snö anna\"", "snö"), "a phrase stands in one");
        assert!(!fits("text:anna", "snö") && fits("author:anna", "snö"));
        assert!(fits("@bo", "hej @bo") && !fits("@bo", "hej bo"));
        assert!(fits("bo@vara.se", "skriv till bo@vara.se."));
        assert!(fits("snö -(is regn)", "snö is") && !fits("snö -(is regn)", "snö regn is"));
        assert!(fits("2026-11-21", "den 2026-11-21") && fits("❤", "tack ❤\u{fe0f}"));
    }

    #[test]
    fn a_snippet_shows_the_first_hit_and_what_stands_around_it() {
        let text = format!(
            "{}snö och is\n\n {}",
            "inledning ".repeat(50),
            "och mer ".repeat(50)
        );
        let query = Query::parse("snö is").unwrap();
        let snippet = Snippet::of(&text, &query.hits(Column::Text, &text), 60);
        let shown: Vec<&str> = snippet
            .hits
            .iter()
            .map(|hit| &snippet.text[hit.clone()])
            .collect();
        assert_eq!(shown, ["snö", "is"], "{snippet:?}");
        assert_eq!(snippet.cut, (true, true));
        assert!(snippet.text.starts_with("inledning ") && snippet.text.chars().count() <= 60);
        let whole = Snippet::of("bara snö", &query.hits(Column::Text, "bara snö"), 60);
        assert_eq!(
            (whole.text.as_str(), whole.cut),
            ("bara snö", (false, false))
        );
        assert_eq!(Snippet::of("", &[], 60), Snippet::default());
    }

    proptest::proptest! {
        #[test]
        fn snippets_keep_to_their_text(text in "\\PC{0,80}", words in "[a-cåö#]{1,3}( [a-c]{1,2})?", length in 1usize..40) {
            if let Ok(query) = Query::parse(&words) {
                let hits = query.hits(Column::Text, &text);
                let snippet = Snippet::of(&text, &hits, length);
                for hit in &snippet.hits {
                    proptest::prop_assert!(snippet.text.get(hit.clone()).is_some());
                }
            }
        }
    }
}
