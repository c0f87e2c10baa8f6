//! The words of a capture's pages, and the boxes over what is found among them.
//!
//! What a browser tells of a page are pieces of lines. Words that are split over pieces, lines or pages are found all the
//! same: the pieces are read in the order they were told, joined where they touch, and once more by where they stand.

use std::ops::Range;

use crate::pdfa::{PixelBox, ScreenPage, Spot};

/// Pixels that a box is larger than its words.
const MARGIN: f64 = 4.0;
/// The same to the sides, of the height of the line: letters are placed by a font of our own, not by the page's.
const ASIDE: f64 = 0.6;
/// And of the way to the nearer end of the line, where they are at their place again.
const ASTRAY: f64 = 0.04;

/// A letter of a reading.
#[derive(Clone, Copy)]
struct Letter {
    /// From 1.
    page: u32,
    /// Among the lines of all pages.
    line: usize,
    spot: Spot,
    /// Where its line begins and ends.
    across: (f64, f64),
}

/// One way to read the pages.
struct Reading {
    text: String,
    /// With the place of each letter in the text, in bytes.
    letters: Vec<(usize, Letter)>,
}

/// The words of all pages.
pub(super) struct Words {
    sizes: Vec<(u32, u32)>,
    readings: Vec<Reading>,
}

/// What stands between two pieces of text.
enum Between {
    Always(char),
    /// Nothing, where they touch.
    AsSeen,
}

type Line = Vec<(char, Letter)>;

impl Words {
    /// All pages of a capture, in their order.
    pub(super) fn of(pages: &[ScreenPage]) -> Self {
        let mut lines: Vec<Line> = Vec::new();
        for (page, of) in (1..).zip(pages) {
            for line in &of.lines {
                let ends = line.letters.iter().map(|(_, spot)| (spot.left, spot.right));
                let across = ends.fold((f64::MAX, f64::MIN), |(l, r), (left, right)| {
                    (l.min(left), r.max(right))
                });
                let number = lines.len();
                let letter = |(c, spot): &(char, Spot)| {
                    let letter = Letter {
                        page,
                        line: number,
                        spot: *spot,
                        across,
                    };
                    (*c, letter)
                };
                lines.push(line.letters.iter().map(letter).collect());
            }
        }
        let mut readings = vec![
            Reading::of(&lines, &Between::Always('\n')),
            Reading::of(&lines, &Between::AsSeen),
        ];
        lines.sort_by(|one, two| place(one).total_cmp(&place(two)));
        readings.push(Reading::of(&in_rows(lines), &Between::AsSeen));
        Self {
            sizes: pages.iter().map(ScreenPage::size).collect(),
            readings,
        }
    }

    /// The ways to read them.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.readings.iter().map(|reading| reading.text.as_str())
    }

    /// What one page says.
    pub(super) fn of_page(&self, page: u32) -> String {
        let mut text = String::new();
        let mut last = None;
        let first = self.readings.first();
        for (at, letter) in first.iter().flat_map(|r| &r.letters) {
            if letter.page != page {
                continue;
            }
            if last.is_some_and(|line| line != letter.line) {
                text.push('\n');
            }
            last = Some(letter.line);
            let c = first.and_then(|r| r.text.get(*at..)?.chars().next());
            text.extend(c);
        }
        text
    }

    /// Boxes over what was found: for each of the texts, ranges in bytes.
    pub(super) fn boxes(&self, found: &[Vec<Range<usize>>]) -> Vec<(u32, PixelBox)> {
        let mut out = Vec::new();
        for (reading, ranges) in self.readings.iter().zip(found) {
            for range in ranges {
                let from = reading.letters.partition_point(|(at, _)| *at < range.start);
                let to = reading.letters.partition_point(|(at, _)| *at < range.end);
                let letters = reading.letters.get(from..to).unwrap_or_default();
                for piece in letters.chunk_by(|(_, a), (_, b)| a.line == b.line) {
                    out.extend(self.over(piece));
                }
            }
        }
        out.sort_by_key(|(page, area)| (*page, area.y, area.x, area.width, area.height));
        out.dedup();
        let inner = |one: &(u32, PixelBox)| {
            let mut others = out.iter().filter(|other| *other != one);
            others.any(|other| other.0 == one.0 && is_within(&one.1, &other.1))
        };
        out.iter().filter(|one| !inner(one)).copied().collect()
    }

    fn over(&self, letters: &[(usize, Letter)]) -> Option<(u32, PixelBox)> {
        let (_, first) = letters.first()?;
        let (width, height) = *self.sizes.get(first.page as usize - 1)?;
        let spots = || letters.iter().map(|(_, letter)| letter.spot);
        let left = spots().map(|s| s.left).fold(f64::MAX, f64::min);
        let right = spots().map(|s| s.right).fold(f64::MIN, f64::max);
        let top = spots().map(|s| s.top).fold(f64::MAX, f64::min);
        let bottom = spots().map(|s| s.bottom).fold(f64::MIN, f64::max);
        let (begin, end) = first.across;
        let aside = |x: f64| {
            let astray = (x - begin).min(end - x).max(0.0) * ASTRAY;
            MARGIN + ASIDE * (bottom - top).min(60.0) + astray
        };
        let x = (left - aside(left)).clamp(0.0, f64::from(width)).floor();
        let y = (top - MARGIN).clamp(0.0, f64::from(height)).floor();
        let across = (right + aside(right)).clamp(x, f64::from(width)).ceil() - x;
        let down = (bottom + MARGIN).clamp(y, f64::from(height)).ceil() - y;
        let area = PixelBox {
            x: x as u32,
            y: y as u32,
            width: across as u32,
            height: down as u32,
        };
        Some((first.page, area))
    }
}

fn is_within(one: &PixelBox, other: &PixelBox) -> bool {
    one.x >= other.x
        && one.y >= other.y
        && one.x + one.width <= other.x + other.width
        && one.y + one.height <= other.y + other.height
}

/// The middle of its first letter, down all pages.
fn place(line: &Line) -> f64 {
    line.first().map_or(0.0, |(_, l)| {
        f64::from(l.page) * 1e9 + (l.spot.top + l.spot.bottom) / 2.0
    })
}

/// Lines that stand beside each other, from left to right.
fn in_rows(lines: Vec<Line>) -> Vec<Line> {
    let mut rows: Vec<Vec<Line>> = Vec::new();
    for line in lines {
        let near = |row: &Vec<Line>| {
            let (Some((_, a)), Some((_, b))) = (row.first().and_then(|l| l.first()), line.first())
            else {
                return false;
            };
            let high = (a.spot.bottom - a.spot.top).min(b.spot.bottom - b.spot.top);
            (place(row.first().unwrap_or(&line)) - place(&line)).abs() < high / 2.0
        };
        match rows.last_mut().filter(|row| near(row)) {
            Some(row) => row.push(line),
            None => rows.push(vec![line]),
        }
    }
    for row in &mut rows {
        row.sort_by(|one, two| {
            let left = |line: &Line| line.first().map_or(0.0, |(_, l)| l.spot.left);
            left(one).total_cmp(&left(two))
        });
    }
    rows.into_iter().flatten().collect()
}

impl Reading {
    fn of(lines: &[Line], between: &Between) -> Self {
        let mut reading = Self {
            text: String::new(),
            letters: Vec::new(),
        };
        let mut last: Option<Letter> = None;
        for line in lines {
            if let (Some(last), Some((_, first))) = (last, line.first()) {
                match between {
                    Between::Always(c) => reading.text.push(*c),
                    Between::AsSeen => reading.text.extend(parted(&last, first)),
                }
            }
            for (c, letter) in line {
                reading.letters.push((reading.text.len(), *letter));
                reading.text.push(*c);
            }
            last = line.last().map(|(_, letter)| *letter).or(last);
        }
        reading
    }
}

/// What parts a letter from the next of another piece.
fn parted(last: &Letter, next: &Letter) -> Option<char> {
    let (a, b) = (&last.spot, &next.spot);
    let high = (a.bottom - a.top).min(b.bottom - b.top);
    let level = ((a.top + a.bottom) - (b.top + b.bottom)).abs() / 2.0 < high / 2.0;
    let gap = b.left - a.right;
    match (last.page == next.page && level, gap.abs() < high * 0.15) {
        (false, _) => Some('\n'),
        (true, true) => None,
        (true, false) => Some(' '),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::mask::{Masker, Reading as Text, What};
    use crate::pdfa::{ScreenFile, ScreenOptions, TextBox, Tile, write_screen};
    use std::io::Cursor;

    const HIGH: u32 = 3_000;

    fn page(boxes: &[(&str, f64, f64, f64)]) -> Vec<ScreenPage> {
        let mut png = Vec::new();
        let image = image::RgbImage::from_pixel(800, HIGH, image::Rgb([250; 3]));
        image
            .write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png)
            .unwrap();
        let boxes: Vec<TextBox> = boxes
            .iter()
            .map(|(text, x, y, width)| TextBox {
                text: (*text).to_owned(),
                x: *x,
                y: *y,
                width: *width,
                height: 20.0,
            })
            .collect();
        let tile = Tile {
            name: "a".into(),
            from: Cursor::new(png),
        };
        let options = ScreenOptions::new("T", "arkivd", "2026-11-22T10:00:00Z".parse().unwrap());
        let mut bytes = Vec::new();
        write_screen(vec![tile], &boxes, &options, &mut |_, _| Ok(Vec::new()))
            .unwrap()
            .parts
            .into_iter()
            .for_each(|part| bytes = part.out);
        let file = ScreenFile::open(&bytes).unwrap();
        (0..file.pages()).map(|n| file.page(n).unwrap()).collect()
    }

    fn boxes(pages: &[ScreenPage], words: &str) -> Vec<(u32, PixelBox)> {
        let what = What::Words {
            words: words.into(),
            nth: None,
            whole: false,
        };
        let masker = Masker::of(&[what], &[]).unwrap();
        let words = Words::of(pages);
        let found: Vec<_> = words
            .texts()
            .map(|text| masker.places(&Text::of(text)))
            .collect();
        words.boxes(&found)
    }

    fn covers(boxes: &[(u32, PixelBox)], page: u32, x: u32, y: u32) -> bool {
        boxes.iter().any(|(of, b)| {
            *of == page && (b.x..b.x + b.width).contains(&x) && (b.y..b.y + b.height).contains(&y)
        })
    }

    #[test]
    fn words_are_boxed_where_they_stand() {
        let pages = page(&[("Så sade Anna Ek igår", 100.0, 50.0, 200.0)]);
        let found = boxes(&pages, "anna ek");
        assert_eq!(found.len(), 1, "{found:?}");
        for x in [180, 200, 230] {
            assert!(covers(&found, 1, x, 60), "{x}: {found:?}");
        }
        assert!(
            !covers(&found, 1, 110, 60) && !covers(&found, 1, 295, 60),
            "{found:?}"
        );
        assert!(boxes(&pages, "Bo").is_empty());
    }

    #[test]
    fn words_split_over_pieces_lines_and_order_are_boxed_whole() {
        for told in [
            // Beside each other, one word in two pieces, and below each other.
            [("Anna", 100.0, 50.0, 40.0), ("Ek", 145.0, 50.0, 20.0)],
            [("An", 100.0, 50.0, 20.0), ("na Ek", 120.0, 50.0, 45.0)],
            [("Anna", 700.0, 50.0, 40.0), ("Ek", 20.0, 80.0, 20.0)],
            // As it is seen, not as it was told.
            [("Ek", 145.0, 50.0, 20.0), ("Anna", 100.0, 52.0, 40.0)],
            [
                ("An\u{ad}na", 100.0, 50.0, 40.0),
                ("E\u{200b}k", 145.0, 50.0, 20.0),
            ],
            [("ANNA", 100.0, 50.0, 40.0), ("EK,", 145.0, 50.0, 20.0)],
        ] {
            let pages = page(&told);
            let found = boxes(&pages, "Anna Ek");
            for (_, x, y, w) in told {
                let (x, y) = ((x + w / 2.0) as u32, (y + 10.0) as u32);
                assert!(covers(&found, 1, x, y), "{told:?}: {found:?}");
            }
        }
    }

    #[test]
    fn words_over_two_pages_and_on_a_later_one_are_boxed_there() {
        let pages = page(&[("Bo Ek", 10.0, 40.0, 60.0)]);
        assert!(pages.len() > 1);
        let top = f64::from(pages[0].height);
        let pages = page(&[
            ("Bo", 10.0, top - 25.0, 30.0),
            ("Ek", 10.0, top + 5.0, 30.0),
        ]);
        let found = boxes(&pages, "Bo Ek");
        assert!(covers(&found, 1, 20, pages[0].height - 15), "{found:?}");
        assert!(covers(&found, 2, 20, 15), "{found:?}");
    }

    #[test]
    fn what_is_read_from_right_to_left_is_found() {
        let pages = page(&[("a שלום b", 100.0, 50.0, 100.0)]);
        assert!(!boxes(&pages, "שלום").is_empty());
    }

    #[test]
    fn a_line_that_was_squeezed_is_boxed_as_wide_and_as_high_as_it_may_be() {
        let long = "Här står många ord om Anna Ek och mycket annat i en enda ruta som ingen delade upp i rader";
        let pages = page(&[(long, 100.0, 400.0, 60.0)]);
        let found = boxes(&pages, "Anna Ek");
        assert!(
            covers(&found, 1, 102, 390) && covers(&found, 1, 158, 430),
            "{found:?}"
        );
    }
}
