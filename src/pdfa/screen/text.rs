//! The words of a picture, laid over it unseen, so that it can be searched and copied from.
//!
//! Each box is text in rendering mode 3 (ISO 32000-1, 9.3.6), stretched to the box's width. Each character has a code
//! of its own, and ToUnicode says which it is: what is copied is what was given, in any script. Text from right to
//! left stands as it is seen, left to right, since readers order it by place.

use std::collections::HashMap;
use std::io::{self, Write};
use std::ops::Range;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use lopdf::{Dictionary, Object};
use read_fonts::types::GlyphId;
use read_fonts::{FontRef, TableProvider as _, tables::cmap::Cmap, tables::hmtx::Hmtx};
use unicode_bidi::BidiInfo;

use super::glyphless::{ASCENT, DESCENT, UNITS, program};
use crate::pdfa::embed::{identity, widths_by_code};
use crate::pdfa::objects::Objects;
use crate::record::Digest;

/// Codes of one font.
const FONT_SIZE: usize = 60_000;
/// A string holds 65,535 bytes (ISO 19005-1, 6.1.12), two for a character.
const LONGEST_STRING: usize = 30_000;
/// How far a line may be stretched to its box, in percent. Letters that are squeezed further stand so close that
/// readers take them for one letter printed twice; reals reach 32,767 (ISO 19005-1, 6.1.12).
const STRETCH: Range<f64> = 50.0..32_000.0;
/// The smallest font size, and the smallest side of a box, in pixels.
pub const SMALLEST: f64 = 0.1;

/// The characters that a file shows, each with its code.
pub struct Letters {
    known: HashMap<char, u32>,
    letters: Vec<(char, u16)>,
    measures: Option<Measures>,
}

/// How wide letters are, so that a word within a line is found where it stands.
struct Measures {
    map: Cmap<'static>,
    widths: Hmtx<'static>,
    units: u32,
}

impl Measures {
    fn of(font: &'static [u8]) -> Option<Self> {
        let font = FontRef::new(font).ok()?;
        Some(Self {
            map: font.cmap().ok()?,
            widths: font.hmtx().ok()?,
            units: u32::from(font.head().ok()?.units_per_em()).max(1),
        })
    }

    fn width(&self, letter: char) -> Option<u16> {
        let glyph: GlyphId = self.map.map_codepoint(letter)?;
        let width = u32::from(self.widths.advance(glyph)?) * 1_000 / self.units;
        u16::try_from(width).ok()
    }
}

/// What a mark takes up that sits on the letter before it: readers order letters by where they stand, so it is
/// not nothing.
const MARK: u16 = 20;

impl Letters {
    pub fn new() -> Self {
        Self {
            known: HashMap::new(),
            letters: Vec::new(),
            measures: Measures::of(include_bytes!("../../../fonts/NotoSans-Regular.ttf")),
        }
    }

    /// Its code and its width in thousandths of an em.
    fn code(&mut self, letter: char) -> (u32, u16) {
        if let Some(code) = self.known.get(&letter) {
            let width = self.letters.get(*code as usize).map_or(UNITS, |l| l.1);
            return (*code, width);
        }
        let known = self.measures.as_ref().and_then(|m| m.width(letter));
        let width = match (known, letter) {
            (Some(width), _) => width.max(MARK),
            // Chinese, Japanese, Korean, emoji: about square.
            (None, '\u{1100}'..='\u{11ff}' | '\u{2600}'..='\u{27bf}' | '\u{2e80}'..='\u{d7ff}') => {
                UNITS
            }
            (None, '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}' | '\u{1f000}'..) => UNITS,
            (None, _) => UNITS * 11 / 20,
        };
        let code = u32::try_from(self.letters.len()).unwrap_or(u32::MAX);
        self.letters.push((letter, width));
        self.known.insert(letter, code);
        (code, width)
    }

    fn fonts(&self) -> impl Iterator<Item = String> + use<> {
        (0..self.letters.len().div_ceil(FONT_SIZE)).map(|i| format!("T{i}"))
    }

    /// Writes the fonts; the dictionary is what pages call them by.
    pub fn write<W: Write>(&self, objects: &mut Objects<W>) -> io::Result<Dictionary> {
        let mut names = Dictionary::new();
        for (name, letters) in self.fonts().zip(self.letters.chunks(FONT_SIZE)) {
            names.set(name, write_font(objects, letters)?);
        }
        Ok(names)
    }
}

/// The invisible text of one page, growing.
pub struct Layer {
    packed: ZlibEncoder<Vec<u8>>,
}

impl Layer {
    /// `before` are the operators that come first.
    pub fn begin(before: &str) -> io::Result<Self> {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::new(6));
        packed.write_all(before.as_bytes())?;
        Ok(Self { packed })
    }

    /// Lays the text into its box, line below line: `across` from the left edge of the page, `up` from its lower
    /// one, in pixels.
    pub fn text(
        &mut self,
        letters: &mut Letters,
        text: &str,
        across: Range<f64>,
        up: Range<f64>,
    ) -> io::Result<()> {
        let lines: Vec<&str> = lines(text).collect();
        let height = (up.end - up.start) / lines.len().max(1) as f64;
        for (n, line) in lines.iter().enumerate() {
            let top = up.end - n as f64 * height;
            self.line(letters, line, &across, top - height..top)?;
        }
        Ok(())
    }

    fn line(
        &mut self,
        letters: &mut Letters,
        text: &str,
        across: &Range<f64>,
        up: Range<f64>,
    ) -> io::Result<()> {
        let Some(words) = clean(text) else {
            return Ok(());
        };
        let seen = in_order_of_sight(&words);
        let codes: Vec<(u32, u16)> = seen.chars().map(|c| letters.code(c)).collect();
        let natural: f64 = codes.iter().map(|c| f64::from(c.1)).sum::<f64>() / f64::from(UNITS);
        let (height, width) = (up.end - up.start, across.end - across.start);
        // A paragraph whose lines nobody told apart is one line in small letters, in the middle of its box.
        let size = height.min(100.0 * width / (natural * STRETCH.start));
        let size = size.max(SMALLEST);
        let stretch = (100.0 * width / (natural * size)).clamp(0.01, STRETCH.end);
        let middle = (up.start + up.end) / 2.0;
        let baseline = middle - size / 2.0 - size * f64::from(DESCENT) / f64::from(UNITS);
        let out = &mut self.packed;
        writeln!(
            out,
            "BT 3 Tr {} Tz {} {} Td",
            number(stretch),
            number(across.start),
            number(baseline)
        )?;
        let mut font = None;
        let mut rest = codes.as_slice();
        while let Some((first, _)) = rest.first() {
            let of = first / FONT_SIZE as u32;
            if font != Some(of) {
                writeln!(out, "/T{of} {} Tf", number(size))?;
                font = Some(of);
            }
            let same = rest.iter().take(LONGEST_STRING);
            let same = same.take_while(|(code, _)| code / FONT_SIZE as u32 == of);
            let (now, later) = rest.split_at(same.count());
            out.write_all(b"<")?;
            for (code, _) in now {
                // CID 0 is .notdef.
                write!(out, "{:04X}", code % FONT_SIZE as u32 + 1)?;
            }
            out.write_all(b"> Tj\n")?;
            rest = later;
        }
        out.write_all(b"ET\n")
    }

    pub fn finish(mut self, after: &str) -> io::Result<Vec<u8>> {
        self.packed.write_all(after.as_bytes())?;
        self.packed.finish()
    }
}

/// A number as content streams write it: reals reach 32,767 (ISO 19005-1, 6.1.12), whole numbers further.
pub fn number(value: f64) -> String {
    if value.abs() > 32_000.0 {
        return format!("{value:.0}");
    }
    let text = format!("{value:.5}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" {
        "0".into()
    } else {
        short.into()
    }
}

/// The lines of a text, those between that are empty too.
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    let breaks = |c| {
        matches!(
            c,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    };
    let text = text.trim_matches(breaks);
    text.split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .flat_map(move |line| line.split(breaks))
}

/// One line of what can be copied; `None` when nothing of it can be seen.
pub fn clean(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            _ if c.is_whitespace() && (c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) => {
                out.push(' ');
            }
            // These have no place in ToUnicode (ISO 19005-2, 6.2.11.7.2) or in any text.
            '\u{feff}' | '\u{fdd0}'..='\u{fdef}' => {}
            _ if c.is_control() || u32::from(c) & 0xfffe == 0xfffe => {}
            c => out.push(c),
        }
    }
    out.chars().any(|c| !c.is_whitespace()).then_some(out)
}

/// The characters from left to right as they are seen.
fn in_order_of_sight(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let order = order_of_sight(text).into_iter();
    order.filter_map(|at| letters.get(at)).collect()
}

/// The places of a text's characters, from left to right as they are seen. Of a text that stands so, the order in which
/// it is read.
pub fn order_of_sight(text: &str) -> Vec<usize> {
    let info = BidiInfo::new(text, None);
    if !info.has_rtl() {
        return (0..text.chars().count()).collect();
    }
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let place = |byte: usize| starts.partition_point(|at| *at < byte);
    let mut out = Vec::with_capacity(starts.len());
    for paragraph in &info.paragraphs {
        let (levels, runs) = info.visual_runs(paragraph, paragraph.range.clone());
        for run in runs {
            let places = place(run.start)..place(run.end);
            match levels.get(run.start).is_some_and(|l| l.is_rtl()) {
                true => out.extend(places.rev()),
                false => out.extend(places),
            }
        }
    }
    out
}

fn write_font<W: Write>(objects: &mut Objects<W>, letters: &[(char, u16)]) -> io::Result<Object> {
    let mut widths = vec![0];
    widths.extend(letters.iter().map(|l| l.1));
    let program = program(&widths);
    let tag = Digest::of(&program).0;
    let tag: String = tag
        .iter()
        .take(6)
        .map(|b| char::from(b'A' + b % 26))
        .collect();
    let name = format!("{tag}+Osynlig");
    let length = Object::Integer(program.len() as i64);
    let file = packed(
        objects,
        Dictionary::from_iter([("Length1", length)]),
        &program,
    )?;
    let mut bits = vec![0xff_u8; widths.len() / 8];
    if widths.len() % 8 > 0 {
        bits.push(!(0xff >> (widths.len() % 8)));
    }
    let set = packed(objects, Dictionary::new(), &bits)?;
    let bounds = [0, i64::from(DESCENT), i64::from(UNITS), i64::from(ASCENT)];
    let descriptor = objects.add(Dictionary::from_iter([
        ("Type", "FontDescriptor".into()),
        ("FontName", name.as_str().into()),
        ("Flags", 4.into()),
        ("FontBBox", bounds.map(Object::Integer).to_vec().into()),
        ("ItalicAngle", 0.into()),
        ("Ascent", i64::from(ASCENT).into()),
        ("Descent", i64::from(DESCENT).into()),
        ("CapHeight", i64::from(ASCENT).into()),
        ("StemV", 80.into()),
        ("FontFile2", file),
        ("CIDSet", set),
    ]))?;
    let by_code = widths_by_code(widths.iter().map(|w| i64::from(*w)));
    let descendant = objects.add(Dictionary::from_iter([
        ("Type", "Font".into()),
        ("Subtype", "CIDFontType2".into()),
        ("BaseFont", name.as_str().into()),
        ("CIDSystemInfo", identity().into()),
        ("FontDescriptor", descriptor),
        ("DW", i64::from(UNITS).into()),
        ("W", by_code.into()),
        ("CIDToGIDMap", "Identity".into()),
    ]))?;
    let unicode = packed(objects, Dictionary::new(), to_unicode(letters).as_bytes())?;
    objects.add(Dictionary::from_iter([
        ("Type", "Font".into()),
        ("Subtype", "Type0".into()),
        ("BaseFont", name.as_str().into()),
        ("Encoding", "Identity-H".into()),
        ("DescendantFonts", vec![descendant].into()),
        ("ToUnicode", unicode),
    ]))
}

/// A Flate stream.
pub fn packed<W: Write>(
    objects: &mut Objects<W>,
    mut dict: Dictionary,
    data: &[u8],
) -> io::Result<Object> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(data)?;
    dict.set("Filter", "FlateDecode");
    objects.add_stream(dict, &encoder.finish()?)
}

fn to_unicode(letters: &[(char, u16)]) -> String {
    use std::fmt::Write as _;
    let mut out = String::from(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
         /CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n\
         /CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n\
         1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
    );
    for (i, some) in letters.chunks(100).enumerate() {
        let _ = writeln!(out, "{} beginbfchar", some.len());
        for (j, (letter, _)) in some.iter().enumerate() {
            let _ = write!(out, "<{:04X}> <", i * 100 + j + 1);
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "{unit:04X}");
            }
            out.push_str(">\n");
        }
        out.push_str("endbfchar\n");
    }
    out.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_right_to_left_stands_as_it_is_seen() {
        assert_eq!(in_order_of_sight("abc"), "abc");
        assert_eq!(in_order_of_sight("שלום"), "םולש");
        assert_eq!(in_order_of_sight("a שלום b"), "a םולש b");
        assert_eq!(in_order_of_sight("של 12"), "12 לש");
    }

    #[test]
    fn what_no_reader_can_copy_is_left_out() {
        assert_eq!(clean("a\tb\u{0}\u{feff}\u{ffff}\nc").unwrap(), "a b c");
        assert_eq!(clean(" \u{a0}\n\u{7}"), None);
    }

    #[test]
    fn lines_are_told_apart() {
        let seen: Vec<&str> = lines("\na\r\nb\rc\n\nd\u{2028}e\n").collect();
        assert_eq!(seen, ["a", "b", "c", "", "d", "e"]);
        assert_eq!(lines("a b").count(), 1);
    }

    #[test]
    fn numbers_keep_to_what_pdf_can_hold() {
        assert_eq!(number(0.5), "0.5");
        assert_eq!(number(-0.000_001), "0");
        assert_eq!(number(100.0), "100");
        assert_eq!(number(40_000.25), "40000");
    }
}
