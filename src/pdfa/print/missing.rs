//! Letters that no font has: browsers show the glyph `.notdef` of some font, mostly a box, which PDF/A forbids
//! (ISO 19005-2, 6.2.11.8). A Type 3 font draws the same in its place, and says that the letter is not known.

use std::cell::Cell;
use std::fmt::Write as _;

use lopdf::{Dictionary, Document, Object, ObjectId, Stream};
use read_fonts::tables::glyf::{CurvePoint, Glyph};
use read_fonts::types::GlyphId;
use read_fonts::{FontRef, TableProvider as _};

use super::Print;
use crate::pdfa::file::{Pad, compressed};

/// Stands in for one font.
pub struct Substitute {
    /// In resources.
    pub name: String,
    /// Codes are glyphs of this map; without it they are glyphs themselves.
    glyphs: Option<Vec<u8>>,
    /// The path of the missing glyph, and its width, in units of the font.
    path: String,
    width: f64,
    units: f64,
    bounds: [f64; 4],
    written: Cell<Option<ObjectId>>,
}

impl Substitute {
    /// Whether the font has no letter for this code.
    pub fn lacks(&self, code: &[u8]) -> bool {
        let [high, low] = code else { return false };
        match &self.glyphs {
            None => [*high, *low] == [0, 0],
            Some(map) => {
                let at = 2 * usize::from(u16::from_be_bytes([*high, *low]));
                map.get(at..at + 2).is_none_or(|glyph| glyph == [0, 0])
            }
        }
    }

    /// The font in the file.
    pub fn object(&self, doc: &mut Document) -> ObjectId {
        if let Some(id) = self.written.get() {
            return id;
        }
        let [left, bottom, right, top] = self.bounds;
        let drawn = format!(
            "{} 0 {left} {bottom} {right} {top} d1\n{}",
            self.width, self.path
        );
        let glyph = doc.add_object(Stream::new(Dictionary::new(), drawn.into_bytes()));
        let text = "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Missing def\n\
            /CMapType 2 def\n1 begincodespacerange\n<00> <FF>\nendcodespacerange\n1 beginbfchar\n<01> <FFFD>\n\
            endbfchar\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend";
        let text = compressed(Dictionary::new(), text.as_bytes().to_vec(), Pad::LineFeed);
        let text = doc.add_object(text);
        let numbers = |all: &[f64]| Object::Array(all.iter().map(|n| (*n as f32).into()).collect());
        let scale = 1.0 / self.units;
        let font = Dictionary::from_iter([
            ("Type", Object::from("Font")),
            ("Subtype", "Type3".into()),
            ("FontBBox", numbers(&self.bounds)),
            ("FontMatrix", numbers(&[scale, 0.0, 0.0, scale, 0.0, 0.0])),
            (
                "CharProcs",
                Dictionary::from_iter([("box", Object::from(glyph))]).into(),
            ),
            (
                "Encoding",
                Dictionary::from_iter([
                    ("Type", Object::from("Encoding")),
                    ("Differences", Object::Array(vec![1.into(), "box".into()])),
                ])
                .into(),
            ),
            ("FirstChar", 1.into()),
            ("LastChar", 1.into()),
            ("Widths", numbers(&[self.width])),
            ("Resources", Dictionary::new().into()),
            ("ToUnicode", text.into()),
        ]);
        let id = doc.add_object(font);
        self.written.set(Some(id));
        id
    }
}

impl Print<'_> {
    /// For a composite font of TrueType, as browsers write them.
    pub(super) fn substitute(&self, id: ObjectId) -> Option<Substitute> {
        let subject = &self.subject;
        let font = subject.doc.get_dictionary(id).ok()?;
        let encoding = subject.name(font, b"Encoding");
        if !matches!(encoding, Some(b"Identity-H" | b"Identity-V")) {
            return None;
        }
        let descendants = subject.array(font, b"DescendantFonts")?;
        let cid_font = subject.resolve(descendants.first()?)?.as_dict().ok()?;
        if subject.name(cid_font, b"Subtype") != Some(b"CIDFontType2") {
            return None;
        }
        let glyphs = match subject.get(cid_font, b"CIDToGIDMap") {
            Some(Object::Stream(map)) => Some(subject.unpack(map).ok()??),
            _ => None,
        };
        let descriptor = subject.dict(cid_font, b"FontDescriptor")?;
        let program = subject.stream(descriptor, b"FontFile2")?;
        let data = subject.unpack(program).ok()??;
        let face = FontRef::new(&data).ok()?;
        let units = face.head().ok()?.units_per_em();
        let width = face.hmtx().ok()?.advance(GlyphId::new(0))?;
        let outline = outline(&face).unwrap_or_default();
        Some(Substitute {
            name: format!("ArkivdMissing{}", id.0),
            glyphs,
            path: outline.path,
            width: f64::from(width),
            units: f64::from(units.max(1)),
            bounds: outline.bounds,
            written: Cell::new(None),
        })
    }
}

#[derive(Default)]
struct Outline {
    path: String,
    bounds: [f64; 4],
}

/// The path of the font's first glyph; none for one that is blank, or made of others.
fn outline(face: &FontRef<'_>) -> Option<Outline> {
    let (glyf, loca) = (face.glyf().ok()?, face.loca(None).ok()?);
    let Glyph::Simple(glyph) = loca.get_glyf(GlyphId::new(0), &glyf).ok()?? else {
        return None;
    };
    let points: Vec<CurvePoint> = glyph.points().collect();
    let mut path = String::new();
    let mut start = 0;
    for end in glyph.end_pts_of_contours() {
        let end = usize::from(end.get()) + 1;
        contour(points.get(start..end)?, &mut path);
        start = end;
    }
    path.push('f');
    let bounds = [glyph.x_min(), glyph.y_min(), glyph.x_max(), glyph.y_max()];
    Some(Outline {
        path,
        bounds: bounds.map(f64::from),
    })
}

type Point = (f64, f64);

fn contour(points: &[CurvePoint], path: &mut String) {
    let at = |p: &CurvePoint| (f64::from(p.x), f64::from(p.y));
    let middle = |a: Point, b: Point| (f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1));
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return;
    };
    let begin = match (first.on_curve, last.on_curve) {
        (true, _) => at(first),
        (false, true) => at(last),
        (false, false) => middle(at(first), at(last)),
    };
    let _ = writeln!(path, "{} {} m", begin.0, begin.1);
    let mut here = begin;
    let mut control: Option<Point> = None;
    for point in points.iter().skip(usize::from(first.on_curve)) {
        let point_at = at(point);
        match (point.on_curve, control.take()) {
            (true, by) => here = stroke(path, here, by, point_at),
            (false, by) => {
                if let Some(by) = by {
                    here = stroke(path, here, Some(by), middle(by, point_at));
                }
                control = Some(point_at);
            }
        }
    }
    stroke(path, here, control, begin);
    path.push_str("h\n");
}

/// A line, or a curve: TrueType's have one control point, PDF's two.
fn stroke(path: &mut String, from: Point, control: Option<Point>, to: Point) -> Point {
    let _ = match control {
        None => writeln!(path, "{} {} l", to.0, to.1),
        Some((x, y)) => {
            let third = |end: f64, by: f64| end + (by - end) * 2.0 / 3.0;
            let (x1, y1, x2, y2) = (
                third(from.0, x),
                third(from.1, y),
                third(to.0, x),
                third(to.1, y),
            );
            writeln!(path, "{x1:.2} {y1:.2} {x2:.2} {y2:.2} {} {} c", to.0, to.1)
        }
    };
    to
}
