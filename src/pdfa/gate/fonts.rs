//! Fonts that text is shown in, against their programs: widths, subsets, and what composite fonts are made of.

use std::borrow::Cow;
use std::collections::HashMap;

use lopdf::{Dictionary, Object, ObjectId};

use super::content::{Content, ShownFont};
use super::data::unpacked_length;
use super::entries::{CID_FONT, CID_SYSTEM, COMPOSITE_FONT, FONT_DESCRIPTOR, judge};
use super::program::{self, CidCff, TrueType};
use super::subject::{Stop, Subject, dictionary};
use super::unicode::ToUnicode;
use super::violation::Fault;
use super::{Level, Scope};

/// Entries of `/W` that are read, ranges counted by their length.
const MAX_WIDTHS: usize = 1 << 20;

pub struct Fonts {
    pub faults: Vec<(Option<ObjectId>, Fault, Scope)>,
    /// The CIDFonts of CFF whose shown glyphs were all measured and are as wide as they say.
    pub good_cff: Vec<ObjectId>,
}

impl Fonts {
    fn tell(&mut self, object: Option<ObjectId>, faults: impl IntoIterator<Item = Fault>) {
        let everywhere = faults.into_iter().map(|f| (object, f, Scope::All));
        self.faults.extend(everywhere);
    }

    fn judge(
        &mut self,
        subject: &Subject<'_>,
        dict: &Dictionary,
        object: Option<ObjectId>,
        rules: (&'static str, &'static [super::entries::Rule]),
    ) {
        let mut faults = Vec::new();
        judge(subject, dict, object, rules, &mut faults);
        for (object, fault) in faults {
            self.tell(object, [fault]);
        }
    }
}

pub fn check(
    subject: &Subject<'_>,
    content: &Content<'_>,
    levels: &[Level],
) -> Result<Fonts, Stop> {
    let mut found = Fonts {
        faults: Vec::new(),
        good_cff: Vec::new(),
    };
    let mut fonts: Vec<&ShownFont<'_>> = content.fonts.values().collect();
    fonts.sort_by_key(|f| f.id);
    for font in fonts {
        match subject.name(font.dict, b"Subtype") {
            Some(b"Type0") => composite(subject, font, levels, &mut found)?,
            Some(b"Type1" | b"MMType1") => {
                let fault = char_set(subject, font.dict)?;
                found.tell(font.id, fault);
            }
            Some(b"TrueType" | b"Type3") => {}
            _ => found.tell(font.id, [Fault::FontType]),
        }
    }
    Ok(found)
}

fn composite(
    subject: &Subject<'_>,
    font: &ShownFont<'_>,
    levels: &[Level],
    found: &mut Fonts,
) -> Result<(), Stop> {
    if !matches!(
        subject.get(font.dict, b"Encoding"),
        Some(Object::Name(_) | Object::Stream(_))
    ) {
        found.tell(font.id, [Fault::NoCMap]);
    }
    found.judge(
        subject,
        font.dict,
        font.id,
        ("a composite font", COMPOSITE_FONT),
    );
    to_unicode(subject, font, levels, found)?;
    let descendant = subject
        .array(font.dict, b"DescendantFonts")
        .and_then(<[Object]>::first);
    let Some(cid_font) = descendant
        .and_then(|d| subject.resolve(d))
        .and_then(dictionary)
    else {
        found.tell(font.id, [Fault::CidFontType, Fault::CidFontName]);
        return Ok(());
    };
    let id = descendant.and_then(|d| d.as_reference().ok());
    found.judge(subject, cid_font, id, ("a CIDFont", CID_FONT));
    if let Some(system) = subject.dict(cid_font, b"CIDSystemInfo") {
        found.judge(subject, system, id, ("CIDSystemInfo", CID_SYSTEM));
    }
    let Some(descriptor) = subject.dict(cid_font, b"FontDescriptor") else {
        return Ok(());
    };
    let rules = ("a font descriptor", FONT_DESCRIPTOR);
    found.judge(subject, descriptor, id, rules);
    let is_cff = subject.name(cid_font, b"Subtype") == Some(b"CIDFontType0");
    let program = match is_cff {
        true => subject.stream(descriptor, b"FontFile3"),
        false => subject.stream(descriptor, b"FontFile2"),
    };
    let Some(program) = program else {
        return Ok(());
    };
    if is_cff && subject.name(&program.dict, b"Subtype") != Some(b"CIDFontType0C") {
        return Ok(());
    }
    let Some(data) = subject.unpack(program)? else {
        return Ok(());
    };
    if !is_cff {
        found.tell(id, unpacked_length(subject, &program.dict, &data));
    }
    let broken = |problem| Fault::FontProgram { problem };
    let Some(face) = Face::read(subject, cid_font, &data, is_cff)? else {
        if subject.get(cid_font, b"CIDToGIDMap").is_some() || is_cff {
            found.tell(id, [broken("its tables cannot be read")]);
        }
        return Ok(());
    };
    let widths = Widths::read(subject, cid_font);
    if !widths.all_read {
        let fault = Fault::Entry {
            dictionary: "a CIDFont",
            key: "W",
            problem: "is not of CIDs and widths",
        };
        found.tell(id, [fault]);
    }
    if let Some(lost) = font.codes.iter().find(|cid| !face.draws(*cid, &data)) {
        let problem = match lost {
            0 => "the glyph of CID 0 cannot be read",
            _ => "a shown glyph is not in it, or cannot be read",
        };
        found.tell(id, [broken(problem)]);
    }
    let mut all_good = true;
    for cid in font.codes.iter() {
        let Some(program) = face.width(cid) else {
            all_good = false;
            continue;
        };
        let dictionary = widths.of(cid);
        if (program - dictionary).abs() > 1.0 {
            all_good = false;
            #[allow(clippy::cast_possible_truncation)] // widths are told in whole thousandths
            let fault = Fault::GlyphWidth {
                cid,
                program: program.round() as i64,
                dictionary: dictionary.round() as i64,
            };
            found.tell(id.or(font.id), [fault]);
            break;
        }
    }
    if is_cff && all_good {
        found.good_cff.extend(id);
    }
    let Some(set) = subject.stream(descriptor, b"CIDSet") else {
        return Ok(());
    };
    let Some(set) = subject.unpack(set)? else {
        return Ok(());
    };
    let is_subset = is_subset(subject.name(cid_font, b"BaseFont").unwrap_or_default());
    for level in levels {
        let fault = cid_set(&set, &face, *level, is_subset);
        let here = fault.map(|f| (id.or(font.id), f, Scope::One(*level)));
        found.faults.extend(here);
    }
    Ok(())
}

/// ToUnicode, where the levels ask for it. Codes that are CIDs are looked up; of others page_validation takes care.
fn to_unicode(
    subject: &Subject<'_>,
    font: &ShownFont<'_>,
    levels: &[Level],
    found: &mut Fonts,
) -> Result<(), Stop> {
    let asking = || {
        let asks = |level: &&Level| level.is_tagged() || **level == Level::A2u;
        levels.iter().filter(asks)
    };
    let Some(map) = subject.stream(font.dict, b"ToUnicode") else {
        // The CIDs of Adobe's collections are known to readers; those of a font's own are not.
        let own = is_own_collection(subject, font.dict);
        if let Some(code) = font.codes.iter().next().filter(|_| own) {
            let fault = Fault::NoUnicode { code };
            let told = asking().map(|l| (font.id, fault.clone(), Scope::One(*l)));
            found.faults.extend(told);
        }
        return Ok(());
    };
    let Some(data) = subject.unpack(map)? else {
        return Ok(());
    };
    let read = ToUnicode::read(&data);
    let mut faults = Vec::new();
    match &read {
        None if font.codes.iter().next().is_some() => faults.push(Fault::ToUnicode),
        None => {}
        Some(map) => {
            let mut codes = font.codes.iter();
            let unmapped = codes.clone().find(|code| !map.has(*code));
            faults.extend(unmapped.map(|code| Fault::NoUnicode { code }));
            let bad = codes.find(|code| map.is_bad(*code));
            faults.extend(bad.map(|code| Fault::BadUnicode { code }));
        }
    }
    for level in asking() {
        let here = faults.iter().cloned();
        let here = here.map(|fault| (font.id, fault, Scope::One(*level)));
        found.faults.extend(here);
    }
    Ok(())
}

/// Whether the CIDs are of the collection Adobe-Identity.
fn is_own_collection(subject: &Subject<'_>, font: &Dictionary) -> bool {
    let system = subject
        .array(font, b"DescendantFonts")
        .and_then(|fonts| subject.resolve(fonts.first()?).and_then(dictionary))
        .and_then(|cid_font| subject.dict(cid_font, b"CIDSystemInfo"));
    let ordering = system.and_then(|system| subject.get(system, b"Ordering"));
    matches!(ordering, Some(Object::String(name, _)) if name == b"Identity")
}

/// The program of a CIDFont, addressed by CID.
enum Face<'a> {
    TrueType(TrueType, Glyphs),
    Cff(Box<CidCff<'a>>),
}

/// CIDToGIDMap.
enum Glyphs {
    Identity,
    Map(Vec<u8>),
}

impl<'a> Face<'a> {
    fn read(
        subject: &Subject<'_>,
        cid_font: &Dictionary,
        data: &'a [u8],
        is_cff: bool,
    ) -> Result<Option<Self>, Stop> {
        if is_cff {
            return Ok(CidCff::read(data).map(Box::new).map(Self::Cff));
        }
        let glyphs = match subject.get(cid_font, b"CIDToGIDMap") {
            Some(Object::Stream(map)) => match subject.unpack(map)? {
                Some(map) => Glyphs::Map(map),
                None => return Ok(None),
            },
            Some(Object::Name(name)) if name == b"Identity" => Glyphs::Identity,
            // Its absence is found by page_validation.
            _ => return Ok(None),
        };
        Ok(TrueType::read(data).map(|program| Self::TrueType(program, glyphs)))
    }

    /// Whether the glyph is there, and its outline can be read.
    fn draws(&self, cid: u16, data: &[u8]) -> bool {
        match self {
            Self::TrueType(program, glyphs) => glyphs
                .of(cid)
                .is_some_and(|glyph| program.draws(glyph, data)),
            Self::Cff(program) => program.width(cid).is_some(),
        }
    }

    fn width(&self, cid: u16) -> Option<f64> {
        match self {
            Self::TrueType(program, glyphs) => program.width(glyphs.of(cid)?),
            Self::Cff(program) => program.width(cid),
        }
    }

    /// The CIDs that the program holds, CID 0 left out, and where `drawn`, those that draw nothing.
    fn cids(&self, drawn: bool) -> Vec<u16> {
        let mut cids: Vec<u16> = match self {
            Self::TrueType(program, glyphs) => {
                let count = match glyphs {
                    Glyphs::Identity => usize::from(program.glyphs()),
                    Glyphs::Map(map) => map.len() / 2,
                };
                let is_held = |cid: &u16| {
                    glyphs.of(*cid).is_some_and(|g| {
                        g != 0 && g < program.glyphs() && !(drawn && program.is_blank(g))
                    })
                };
                (0..=u16::MAX).take(count).skip(1).filter(is_held).collect()
            }
            Self::Cff(program) => program.cids().filter(|cid| *cid != 0).collect(),
        };
        cids.sort_unstable();
        cids
    }
}

impl Glyphs {
    fn of(&self, cid: u16) -> Option<u16> {
        match self {
            Self::Identity => Some(cid),
            Self::Map(map) => {
                let at = usize::from(cid) * 2;
                Some(u16::from_be_bytes(map.get(at..at + 2)?.try_into().ok()?))
            }
        }
    }
}

/// `/W` and `/DW` (ISO 32000-1, 9.7.4.3).
struct Widths {
    default: f64,
    stated: HashMap<u16, f64>,
    all_read: bool,
}

impl Widths {
    fn read(subject: &Subject<'_>, cid_font: &Dictionary) -> Self {
        let default = cid_font.get(b"DW").ok().and_then(|w| subject.number(w));
        let mut widths = Self {
            default: default.unwrap_or(1000.0),
            stated: HashMap::new(),
            all_read: true,
        };
        let stated = subject.array(cid_font, b"W").unwrap_or_default();
        // What stands behind a fault in /W is not read by others either.
        widths.all_read = widths.read_all(subject, stated).is_some();
        widths
    }

    fn read_all(&mut self, subject: &Subject<'_>, mut rest: &[Object]) -> Option<()> {
        let mut left = MAX_WIDTHS;
        let cid = |o: &Object| {
            let n = subject.resolve(o)?.as_i64().ok()?;
            u16::try_from(n).ok()
        };
        while let [first, next, after @ ..] = rest {
            let first = cid(first)?;
            let run: Cow<'_, [f64]> = match subject.resolve(next)? {
                Object::Array(each) => {
                    rest = after;
                    each.iter()
                        .map(|w| subject.number(w))
                        .collect::<Option<Vec<f64>>>()?
                        .into()
                }
                _ => {
                    let last = cid(next)?;
                    let (width, after) = after.split_first()?;
                    rest = after;
                    let count = usize::from(last.checked_sub(first)?) + 1;
                    vec![subject.number(width)?; count].into()
                }
            };
            left = left.checked_sub(run.len())?;
            for (cid, width) in (first..=u16::MAX).zip(run.iter()) {
                self.stated.entry(cid).or_insert(*width);
            }
        }
        rest.is_empty().then_some(())
    }

    fn of(&self, cid: u16) -> f64 {
        self.stated.get(&cid).copied().unwrap_or(self.default)
    }
}

/// ISO 19005-1, 6.3.5 asks it of subsets, and veraPDF of their glyphs that draw something; ISO 19005-2, 6.2.11.4.2 and ISO 14289-1, 7.21.4.2 of each CIDSet there is.
fn cid_set(set: &[u8], face: &Face<'_>, level: Level, is_subset: bool) -> Option<Fault> {
    let part_1 = matches!(level, Level::A1a | Level::A1b);
    if part_1 && !is_subset {
        return None;
    }
    let names = |cid: u16| {
        let byte = set.get(usize::from(cid / 8)).copied().unwrap_or(0);
        byte & (0x80 >> (cid % 8)) != 0
    };
    let left_out = face.cids(part_1).into_iter().find(|cid| !names(*cid));
    let too_much = || {
        let held: std::collections::HashSet<u16> = face.cids(false).into_iter().collect();
        let mut all = (1..=u16::MAX).take(set.len() * 8);
        all.find(|cid| names(*cid) && !held.contains(cid))
    };
    match left_out {
        Some(cid) => Some(Fault::CidSet { cid }),
        None => too_much().map(|cid| Fault::CidSetTooMuch { cid }),
    }
}

/// CharSet of a subset of a Type 1 font.
fn char_set(subject: &Subject<'_>, font: &Dictionary) -> Result<Option<Fault>, Stop> {
    let named = subject.name(font, b"BaseFont").unwrap_or_default();
    let Some(descriptor) = subject
        .dict(font, b"FontDescriptor")
        .filter(|_| is_subset(named))
    else {
        return Ok(None);
    };
    let Some(Object::String(listed, _)) = subject.get(descriptor, b"CharSet") else {
        return Ok(None);
    };
    let names = match (
        subject.stream(descriptor, b"FontFile"),
        subject.stream(descriptor, b"FontFile3"),
    ) {
        (Some(program), _) => subject
            .unpack(program)?
            .and_then(|d| program::type1_names(&d)),
        (None, Some(program)) if subject.name(&program.dict, b"Subtype") == Some(b"Type1C") => {
            subject
                .unpack(program)?
                .and_then(|d| program::cff_names(&d))
        }
        _ => None,
    };
    let listed: std::collections::HashSet<&[u8]> = listed
        .split(|b| *b == b'/')
        .map(<[u8]>::trim_ascii)
        .collect();
    let left_out = names
        .unwrap_or_default()
        .into_iter()
        .find(|name| !listed.contains(name.as_bytes()));
    Ok(left_out.map(|glyph| Fault::CharSet { glyph }))
}

/// `ABCDEF+Name` (ISO 32000-1, 9.6.4).
fn is_subset(name: &[u8]) -> bool {
    name.len() > 7 && name.get(6) == Some(&b'+') && name.iter().take(6).all(u8::is_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lopdf::Document;

    #[test]
    fn widths_are_read_in_both_forms() {
        let subject = Subject::of(Document::new(), b"");
        let w = vec![
            3.into(),
            vec![500.into(), 600.into()].into(),
            7.into(),
            9.into(),
            250.into(),
        ];
        let font = Dictionary::from_iter([("W", Object::Array(w)), ("DW", 42.into())]);
        let widths = Widths::read(&subject, &font);
        let told = [3, 4, 5, 7, 9, 10].map(|cid| widths.of(cid));
        assert_eq!(told, [500.0, 600.0, 42.0, 250.0, 250.0, 42.0]);
        let broken = Dictionary::from_iter([("W", Object::Array(vec![9.into(), 3.into()]))]);
        let widths = Widths::read(&subject, &broken);
        assert_eq!(widths.of(3), 1000.0);
    }

    #[test]
    fn a_subset_is_known_by_its_name() {
        assert!(is_subset(b"ABCDEF+Noto"));
        assert!(!is_subset(b"ABCDE+Noto") && !is_subset(b"ABCDEF+") && !is_subset(b"abcdef+Noto"));
    }
}
