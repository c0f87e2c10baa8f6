//! The fonts that come with the binary: Noto Sans in four cuts and Noto Emoji (fonts/NOTICE.md).

use std::collections::HashMap;

use harfrust::{
    Buffer, BufferFlags, Direction, Font, GlyphId, Script, ShapeOptions, ShapePlan, ShaperFont,
};

use super::Error;

/// One font file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Face {
    Regular,
    Bold,
    Italic,
    BoldItalic,
    Emoji,
}

impl Face {
    pub const ALL: [Self; 5] = [
        Self::Regular,
        Self::Bold,
        Self::Italic,
        Self::BoldItalic,
        Self::Emoji,
    ];

    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::Regular => include_bytes!("../../fonts/NotoSans-Regular.ttf"),
            Self::Bold => include_bytes!("../../fonts/NotoSans-Bold.ttf"),
            Self::Italic => include_bytes!("../../fonts/NotoSans-Italic.ttf"),
            Self::BoldItalic => include_bytes!("../../fonts/NotoSans-BoldItalic.ttf"),
            Self::Emoji => include_bytes!("../../fonts/NotoEmoji-Regular.ttf"),
        }
    }

    /// PostScript name, as in the file's name table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Regular => "NotoSans-Regular",
            Self::Bold => "NotoSans-Bold",
            Self::Italic => "NotoSans-Italic",
            Self::BoldItalic => "NotoSans-BoldItalic",
            Self::Emoji => "NotoEmoji-Regular",
        }
    }

    /// The name content streams call it by.
    pub fn resource(self) -> &'static str {
        match self {
            Self::Regular => "T0",
            Self::Bold => "T1",
            Self::Italic => "T2",
            Self::BoldItalic => "T3",
            Self::Emoji => "T4",
        }
    }

    pub fn of(bold: bool, italic: bool) -> Self {
        match (bold, italic) {
            (false, false) => Self::Regular,
            (true, false) => Self::Bold,
            (false, true) => Self::Italic,
            (true, true) => Self::BoldItalic,
        }
    }
}

/// Measures of a face in thousandths of an em, for its FontDescriptor.
#[derive(Debug, Clone, Copy)]
pub struct Measures {
    pub ascent: i32,
    pub descent: i32,
    pub cap_height: i32,
    pub bounds: [i32; 4],
    pub italic_angle: i32,
}

/// A glyph as shaping placed it; all measures in thousandths of an em.
#[derive(Debug, Clone, Copy)]
pub struct Placed {
    pub gid: u16,
    pub advance: i32,
    pub dx: i32,
    pub dy: i32,
    /// Byte in the text where its cluster begins.
    pub cluster: u32,
}

struct Loaded {
    font: Font,
    upem: i32,
    plans: HashMap<Option<Script>, ShapePlan>,
}

/// All faces, ready to shape.
pub struct Fonts {
    faces: Vec<Loaded>,
    buffer: Option<Buffer>,
}

impl Fonts {
    pub fn new() -> Result<Self, Error> {
        let load = |face: Face| {
            let font = Font::new(face.bytes(), 0).ok_or(Error::Font {
                font: face.name(),
                problem: "is not a font".to_owned(),
            })?;
            Ok(Loaded {
                upem: i32::from(font.units_per_em()).max(1),
                font,
                plans: HashMap::new(),
            })
        };
        Ok(Self {
            faces: Face::ALL
                .into_iter()
                .map(load)
                .collect::<Result<_, Error>>()?,
            buffer: None,
        })
    }

    fn loaded(&self, face: Face) -> Option<&Loaded> {
        self.faces.get(face as usize)
    }

    pub fn covers(&self, face: Face, c: char) -> bool {
        self.loaded(face)
            .and_then(|f| f.font.charmap().map_unicode(c))
            .is_some_and(|g| g.to_u32() != 0)
    }

    /// The width the file itself gives a glyph, in thousandths of an em.
    pub fn width(&self, face: Face, gid: u16) -> i32 {
        self.loaded(face).map_or(0, |f| {
            let units = f.font.glyph_metrics().h_advance(GlyphId::from(gid)) as i32;
            thousandths(units, f.upem)
        })
    }

    pub fn measures(&self, face: Face) -> Measures {
        let Some(f) = self.loaded(face) else {
            return Measures {
                ascent: 1000,
                descent: -200,
                cap_height: 700,
                bounds: [0, -200, 1000, 1000],
                italic_angle: 0,
            };
        };
        let m = f.font.metrics().scaled_f32(1000.0);
        let line = m.hhea_line();
        let box_ = m.bounds();
        Measures {
            ascent: line.map_or(1000, |l| l.ascender as i32),
            descent: line.map_or(-200, |l| l.descender as i32),
            cap_height: m.cap_height().map_or(714, |h| h as i32),
            bounds: [
                box_.x_min as i32,
                box_.y_min as i32,
                box_.x_max as i32,
                box_.y_max as i32,
            ],
            italic_angle: if matches!(face, Face::Italic | Face::BoldItalic) {
                -12
            } else {
                0
            },
        }
    }

    /// Shapes one run of one face, left to right; `offset` is added to each cluster.
    pub fn shape(&mut self, face: Face, text: &str, offset: usize, out: &mut Vec<Placed>) {
        let mut buffer = self.buffer.take().unwrap_or_default();
        buffer.clear();
        buffer.set_flags(BufferFlags::REMOVE_DEFAULT_IGNORABLES);
        for (at, c) in text.char_indices() {
            buffer.push(u32::from(c), u32::try_from(offset + at).unwrap_or(u32::MAX));
        }
        buffer.guess_segment_properties();
        buffer.set_direction(Direction::LeftToRight);
        if let Some(f) = self.faces.get_mut(face as usize) {
            let script = buffer.script();
            let plan = f.plans.entry(script).or_insert_with(|| {
                ShapePlan::new(&f.font, Direction::LeftToRight, script, None, &[])
            });
            let shaper = ShaperFont::new(&f.font);
            if harfrust::shape(&shaper, &mut buffer, ShapeOptions::new().plan(Some(plan))).is_ok() {
                let glyphs = buffer.glyph_infos().iter().zip(buffer.glyph_positions());
                out.extend(glyphs.map(|(info, at)| Placed {
                    gid: u16::try_from(info.glyph_id).unwrap_or(0),
                    advance: thousandths(at.x_advance, f.upem),
                    dx: thousandths(at.x_offset, f.upem),
                    dy: thousandths(at.y_offset, f.upem),
                    cluster: info.cluster,
                }));
            }
        }
        self.buffer = Some(buffer);
    }
}

/// The letters of the text that a face lacks, by the face's name; emoji are not asked of the faces of text.
///
/// # Errors
/// When a face is not a font.
pub fn missing_letters(text: &str) -> Result<Vec<(&'static str, char)>, Error> {
    let fonts = Fonts::new()?;
    let faces = Face::ALL.into_iter().filter(|face| *face != Face::Emoji);
    let missing = faces.flat_map(|face| {
        let lacks = text.chars().filter(|c| !fonts.covers(face, *c));
        lacks.map(|c| (face.name(), c)).collect::<Vec<_>>()
    });
    Ok(missing.collect())
}

fn thousandths(units: i32, upem: i32) -> i32 {
    if upem == 1000 {
        units
    } else {
        (f64::from(units) * 1000.0 / f64::from(upem)).round() as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_no_face_has_are_named() {
        assert_eq!(missing_letters("ÅÄÖ åäö").unwrap(), []);
        let missing = missing_letters("a\u{10ffff}").unwrap();
        assert_eq!(missing.len(), 4, "once a face");
        assert_eq!(missing[0], ("NotoSans-Regular", '\u{10ffff}'));
    }
}
