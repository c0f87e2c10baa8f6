//! The masks of many records at once: what they hide must not stand in another record, nor where its links lead. Each text
//! is read once, whatever the number of masks.

use std::collections::HashMap;

use aho_corasick::AhoCorasick;
use url::Url;

use super::Masker;
use super::address::Address;
use super::find::{Sought, Ways, Where, merged};
use super::fold::{decoded, placed};
use super::said::{self, Said};
use crate::record::Content;

/// Letters and digits from which the last part of an address is known wherever it stands.
const TELLING: usize = 10;

/// What is told of a mask elsewhere than in its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Told {
    /// Whose mask, by its place in what was given to [`Together::of`].
    pub masker: usize,
    /// The mask, by its place in the record.
    pub mask: usize,
    /// False: only an address told it, and is taken out.
    pub open: bool,
}

/// The masks of the records of one disclosure, and the addresses where all is seen.
pub struct Together {
    is_empty: bool,
    sought: Vec<Hidden>,
    /// The ways to write them, and to which of them each belongs. `None`: too many to be looked for at once.
    needles: Option<AhoCorasick>,
    of: Vec<usize>,
}

struct Hidden {
    sought: Sought,
    /// Its masker and mask; an address has neither.
    of: Option<(usize, usize)>,
    /// False: in one place of the record alone.
    everywhere: bool,
}

impl Together {
    /// `addresses` show on the platform what is masked: of the records, of their pictures.
    pub fn of<'a>(maskers: &[&Masker], addresses: impl IntoIterator<Item = &'a str>) -> Self {
        let mut sought = Vec::new();
        for (at, masker) in maskers.iter().enumerate() {
            for (mask, one, nth) in &masker.sought {
                sought.push(Hidden {
                    sought: one.clone(),
                    of: Some((at, *mask)),
                    everywhere: nth.is_none(),
                });
            }
        }
        let mut known: Vec<String> = addresses.into_iter().flat_map(shows).collect();
        known.sort_unstable();
        known.dedup();
        let of_addresses = known
            .iter()
            .filter_map(|a| Sought::words(a, Where::Whole).ok());
        sought.extend(of_addresses.map(|sought| Hidden {
            sought,
            of: None,
            everywhere: true,
        }));
        let (mut texts, mut of) = (Vec::new(), Vec::new());
        for (at, hidden) in sought.iter().enumerate() {
            for needle in hidden.sought.needles() {
                texts.push(needle.text());
                of.push(at);
            }
        }
        let needles = AhoCorasick::new(&texts).ok();
        Self {
            is_empty: maskers.is_empty(),
            sought,
            needles,
            of,
        }
    }

    /// True where nothing is masked.
    pub fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// A line of text without what any record hides.
    pub fn line(&self, line: &str) -> String {
        let ways = Ways::of(line);
        let found = self.maybe(&ways).flat_map(|at| {
            let hidden = self.sought.get(at).filter(|h| h.everywhere);
            hidden.map(|h| ways.find(&h.sought)).unwrap_or_default()
        });
        said::without(line, &merged(found.collect()))
    }

    /// True where an address tells something that is masked, or leads to where it is seen.
    pub fn tells(&self, address: &Address) -> bool {
        !self.who_tells(address).is_empty()
    }

    /// Takes the addresses out of a version that tell what is masked, or show it; gives the masks that are told.
    pub fn take_addresses(&self, content: &mut Content) -> Vec<Told> {
        let mut told = Vec::new();
        let mut known: HashMap<String, bool> = HashMap::new();
        let mut said = Said::of(content);
        let shown = self.written_out(said.text());
        if !shown.is_empty() {
            let touched = said.cut(&shown);
            known.extend(touched.into_iter().map(|link| (link, true)));
            said.put(content);
        }
        let mut tells = |link: &str| {
            *known.entry(link.to_owned()).or_insert_with(|| {
                let who = self.who_tells(&Address::of(link));
                let masks = who.iter().filter_map(|at| self.sought.get(*at)?.of);
                told.extend(masks.map(|(masker, mask)| Told {
                    masker,
                    mask,
                    open: false,
                }));
                !who.is_empty()
            })
        };
        if let Some(author) = &mut content.author
            && author.address.as_deref().is_some_and(&mut tells)
        {
            author.address = None;
        }
        said::each_span(&mut content.body, &mut |span| {
            if span.link.as_deref().is_some_and(&mut tells) {
                span.link = None;
            }
        });
        once(told)
    }

    /// Masks whose words stand in what a version says.
    pub fn stand_in(&self, content: &Content) -> Vec<Told> {
        let mut texts = vec![Ways::of(Said::of(content).text())];
        texts.extend(content.author.as_ref().map(|a| Ways::of(&a.name)));
        let mut told = Vec::new();
        for ways in &texts {
            let found = self.maybe(ways).filter_map(|at| {
                let hidden = self.sought.get(at)?;
                let (masker, mask) = hidden.of?;
                let stands = !ways.find(&hidden.sought).is_empty();
                stands.then_some(Told {
                    masker,
                    mask,
                    open: true,
                })
            });
            told.extend(found);
        }
        once(told)
    }

    fn who_tells(&self, address: &Address) -> Vec<usize> {
        let mut all = Vec::new();
        for ways in address.ways() {
            all.extend(self.maybe(ways).filter(|at| {
                let hidden = self.sought.get(*at).filter(|h| h.everywhere);
                hidden.is_some_and(|h| !ways.find(&h.sought).is_empty())
            }));
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Where a text writes an address out that shows what is masked, each whole.
    fn written_out(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        let ways = Ways::of(text);
        let mut all = Vec::new();
        for at in self.maybe(&ways) {
            if let Some(address) = self.sought.get(at).filter(|h| h.of.is_none()) {
                let hits = ways.find(&address.sought).into_iter();
                all.extend(hits.map(|hit| whole(text, hit)));
            }
        }
        merged(all)
    }

    /// What may stand in a text: its letters do.
    fn maybe(&self, ways: &Ways) -> impl Iterator<Item = usize> {
        let mut is_there = vec![self.needles.is_none(); self.sought.len()];
        if let Some(needles) = &self.needles {
            for text in ways.texts() {
                for hit in needles.find_overlapping_iter(text) {
                    let of = self.of.get(hit.pattern().as_usize());
                    if let Some(is) = of.and_then(|at| is_there.get_mut(*at)) {
                        *is = true;
                    }
                }
            }
        }
        let sought = self.sought.iter().zip(is_there).enumerate();
        let maybe = sought.filter(|(_, (h, is))| *is || h.sought.needles().is_empty());
        maybe.map(|(at, _)| at).collect::<Vec<_>>().into_iter()
    }
}

fn once(mut told: Vec<Told>) -> Vec<Told> {
    told.sort_unstable();
    told.dedup();
    told
}

/// The address that stands around a place: as far as no space, quotation mark or bracket ends it.
fn whole(text: &str, hit: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '<' | '>' | '"' | '“' | '”' | '(' | ')' | '[' | ']')
    };
    let before = text.get(..hit.start).unwrap_or_default();
    let start = before.rfind(ends).map_or(0, |at| {
        at + before
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .map_or(1, char::len_utf8)
    });
    let after = text.get(hit.end..).unwrap_or_default();
    let word = after
        .get(..after.find(ends).unwrap_or(after.len()))
        .unwrap_or_default();
    let word = word.trim_end_matches(['.', ',', ';', ':', '!', '?']);
    start..hit.end + word.len()
}

/// What an address is known by: itself without scheme, `www.` and what tells the size of a picture, and its last part
/// where that is a number or a key.
fn shows(address: &str) -> Vec<String> {
    let Ok(url) = Url::parse(address) else {
        return Vec::new();
    };
    let Some(host) = url.host_str() else {
        return Vec::new();
    };
    let mut all = Vec::new();
    let read = |text: &str| -> String {
        let placed = placed(text);
        let read = decoded(&placed).unwrap_or(placed);
        read.into_iter().map(|(c, _)| c).collect()
    };
    let path = url.path().trim_end_matches('/');
    let (folder, file) = path.rsplit_once('/').unwrap_or_default();
    let name = stem(file);
    let rest = match name == file {
        true => &url[url::Position::AfterPath..],
        false => "",
    };
    // The start page shows more than what is masked.
    if !name.is_empty() || !rest.is_empty() {
        let host = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let host = host.trim_start_matches("www.");
        all.push(read(&format!("{host}{folder}/{name}{rest}")));
    }
    let is_key = name.chars().count() >= TELLING
        && name.contains(|c: char| c.is_ascii_digit())
        && name.chars().all(char::is_alphanumeric);
    if is_key {
        all.push(name.to_owned());
    }
    all
}

/// `bild-1024x768.png`, `bild-scaled.jpg` and `bild.png` show the same; of a program, what it is asked for tells.
fn stem(name: &str) -> &str {
    let is_ending = |end: &str| {
        (2..=5).contains(&end.len())
            && end.chars().all(|c| c.is_ascii_alphanumeric())
            && !matches!(end, "php" | "asp" | "aspx" | "cgi" | "jsp")
    };
    let Some((name, _)) = name.rsplit_once('.').filter(|(_, end)| is_ending(end)) else {
        return name;
    };
    let is_size = |end: &str| {
        let sides = end.split_once('x');
        let is_number = |n: &str| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit());
        end == "scaled" || sides.is_some_and(|(x, y)| is_number(x) && is_number(y))
    };
    match name.rsplit_once('-') {
        Some((name, end)) if is_size(end) => name,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::super::What;
    use super::*;
    use crate::record::{Block, Span};

    #[test]
    fn addresses_are_known_by_what_shows_the_same() {
        assert_eq!(
            shows("https://www.x.example/2026/%C3%A5-bild-1024x768.png?w=3"),
            ["x.example/2026/å-bild"]
        );
        assert_eq!(
            shows("http://x.example:81/index.php?p=4#comment-2"),
            ["x.example:81/index.php?p=4#comment-2"]
        );
        assert_eq!(
            shows("https://bsky.example/post/3kabc123defgh"),
            ["bsky.example/post/3kabc123defgh", "3kabc123defgh"]
        );
        assert!(shows("https://x.example/").is_empty() && shows("x").is_empty());
    }

    #[test]
    fn addresses_that_are_written_out_go_whole() {
        let together = Together::of(
            &[],
            [
                "http://x.example/?p=4#comment-2",
                "https://x.example/b/bild.png",
            ],
        );
        let text = "Se (http://x.example/?p=4#comment-2), www.x.example/b/bild-300x200.png. Och x.example/?p=41, x.example/b";
        let mut content = Content {
            body: vec![Block::Paragraph {
                spans: vec![Span::plain(text)],
            }],
            ..Content::default()
        };
        assert!(together.take_addresses(&mut content).is_empty());
        let left = Said::of(&content);
        assert_eq!(
            left.text(),
            "Se ([maskat]. Och x.example/?p=41, x.example/b"
        );
    }

    #[test]
    fn masks_of_many_are_found_in_another() {
        let words = |words: &str| What::Words {
            words: words.to_owned(),
            nth: None,
            whole: false,
        };
        let of = |all: &[What]| Masker::of(all, &[]).unwrap();
        let pattern = What::Pattern {
            pattern: r"\d{6}-\d{4}".to_owned(),
        };
        let (one, two) = (of(&[words("Anna Ek"), words("Storgatan")]), of(&[pattern]));
        let together = Together::of(&[&one, &two], []);
        let mut content = Content {
            title: Some("På storgatan bor 800101-1234".to_owned()),
            body: vec![Block::Paragraph {
                spans: vec![Span {
                    link: Some("https://x.example/anna-ek".to_owned()),
                    ..Span::plain("här")
                }],
            }],
            ..Content::default()
        };
        let told = |told: Vec<Told>| -> Vec<(usize, usize, bool)> {
            told.iter().map(|t| (t.masker, t.mask, t.open)).collect()
        };
        assert_eq!(told(together.take_addresses(&mut content)), [(0, 0, false)]);
        assert_eq!(
            told(together.stand_in(&content)),
            [(0, 1, true), (1, 0, true)]
        );
        assert_eq!(
            together.line("Anna Ek, som är 800101-1234"),
            "[maskat], som är [maskat]"
        );
    }
}
