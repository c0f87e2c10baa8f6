//! A CFF font of Chinese characters, whose widths page_validation misreads: no false alarm, and a wrong width is found.

use arkivd::pdfa::{Level, Violation, check};
use lopdf::{Object, Stream, dictionary};
use page_validation::{ValidationOptions, ValidationProfile, validate_pdf_bytes};
use read_fonts::types::Tag;
use read_fonts::{FontRef, TableProvider as _};
use subsetter::GlyphRemapper;

use super::samples::{self, append, page_dict};

const FONT: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";
const TEXT: &str = "漢字中国語日本人大小山川東京";

/// What is typeset, with the text in the font behind it; `wrong` is added to the width of the last glyph.
fn with_cff(level: Level, wrong: i64) -> Option<Vec<u8>> {
    let Ok(collection) = std::fs::read(FONT) else {
        println!("SKIP: no {FONT} (apt install fonts-noto-cjk)");
        return None;
    };
    let font = FontRef::from_index(&collection, 0).unwrap();
    let cmap = font.cmap().unwrap();
    let mut remapper = GlyphRemapper::new();
    let glyphs: Vec<(u16, char)> = TEXT
        .chars()
        .map(|c| {
            let glyph = cmap.map_codepoint(c).unwrap().to_u32();
            (remapper.remap(u16::try_from(glyph).unwrap()), c)
        })
        .collect();
    let subset = subsetter::subset(&collection, 0, &remapper).unwrap();
    // Each of these characters is one em wide.
    let program = match FontRef::new(&subset) {
        Ok(font) => font
            .table_data(Tag::new(b"CFF "))
            .unwrap()
            .as_bytes()
            .to_vec(),
        Err(_) => subset,
    };
    let mut doc = samples::at(level, &samples::typeset());
    let font_file = doc.add_object(Stream::new(
        dictionary! { "Subtype" => "CIDFontType0C" },
        program,
    ));
    let all = vec![0xff_u8 << (8 - (glyphs.len() + 1 - 8))];
    let set = doc.add_object(Stream::new(dictionary! {}, [vec![0xff], all].concat()));
    let descriptor = doc.add_object(dictionary! {
        "Type" => "FontDescriptor", "FontName" => "ABCDEF+NotoSansCJK", "Flags" => 4, "ItalicAngle" => 0,
        "FontBBox" => vec![0.into(), (-300).into(), 1000.into(), 1000.into()], "Ascent" => 880, "Descent" => -120,
        "CapHeight" => 733, "StemV" => 80, "FontFile3" => font_file, "CIDSet" => set,
    });
    let mut widths: Vec<Object> = vec![1000.into(); glyphs.len()];
    *widths.last_mut().unwrap() = (1000 + wrong).into();
    let system = dictionary! {
        "Registry" => Object::string_literal("Adobe"), "Ordering" => Object::string_literal("Identity"), "Supplement" => 0,
    };
    let cid_font = doc.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "CIDFontType0", "BaseFont" => "ABCDEF+NotoSansCJK", "CIDSystemInfo" => system,
        "FontDescriptor" => descriptor, "W" => vec![1.into(), widths.into()],
    });
    let font = doc.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "ABCDEF+NotoSansCJK-Identity-H", "Encoding" => "Identity-H",
        "DescendantFonts" => vec![cid_font.into()],
    });
    let resources = page_dict(&mut doc, 0).get(b"Resources").unwrap().clone();
    let fonts = resources
        .as_dict()
        .unwrap()
        .get(b"Font")
        .unwrap()
        .as_reference()
        .unwrap();
    doc.get_dictionary_mut(fonts).unwrap().set("CJK", font);
    let codes: String = glyphs.iter().map(|(cid, _)| format!("{cid:04X}")).collect();
    append(
        &mut doc,
        0,
        format!("BT /CJK 12 Tf 1 0 0 1 72 20 Tm <{codes}> Tj ET").as_bytes(),
    );
    Some(samples::saved(&mut doc))
}

#[test]
fn widths_of_cff_are_measured_by_the_gate_itself() {
    for (level, profile) in [
        (Level::A1b, ValidationProfile::PdfA1b),
        (Level::A2b, ValidationProfile::PdfA2b),
    ] {
        let Some(good) = with_cff(level, 0) else {
            return;
        };
        let alone = ValidationOptions::default().profile(profile);
        let alarms = validate_pdf_bytes(&good, &alone).unwrap().failures;
        assert!(
            !alarms.is_empty(),
            "page_validation reads the widths now: the overrule can go"
        );
        assert_eq!(check(&good, level).unwrap(), [], "{level}, {alarms:?}");
    }
}

#[test]
fn a_wrong_width_of_cff_is_found() {
    for (level, rule) in [(Level::A1b, "6.3.6:1"), (Level::A2b, "6.2.11.5:1")] {
        let Some(bad) = with_cff(level, 30) else {
            return;
        };
        let found = check(&bad, level).unwrap();
        let clauses: Vec<&str> = found.iter().map(Violation::clause).collect();
        assert!(
            clauses.len() == 1 && clauses[0].ends_with(rule),
            "{found:?}"
        );
    }
}
