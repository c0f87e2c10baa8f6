//! What stands in dictionaries and has no place in PDF/A, wherever it stands.

use lopdf::{Dictionary, Object};

use super::{Change, Print};

/// Actions of their own accord, things behind the page, and other files: PDF/A-2 forbids them, or nothing of a print
/// is in them (ISO 19005-2, 6.1.11, 6.2.5, 6.2.8, 6.2.9, 6.5.2, 6.9).
const FORBIDDEN: [&[u8]; 18] = [
    b"AA",
    b"AF",
    b"Alternates",
    b"BG",
    b"BG2",
    b"EF",
    b"HTO",
    b"HTP",
    b"Interpolate",
    b"Metadata",
    b"OC",
    b"OPI",
    b"PieceInfo",
    b"PresSteps",
    b"Subtype2",
    b"TR2",
    b"UCR",
    b"UCR2",
];
/// Bytes of a string (6.1.13); a page may have addresses and alternate texts of any length.
const MAX_STRING: usize = 32_000;
/// Bytes of a name (6.1.13); a font of the page's own may have any.
const MAX_NAME: usize = 120;

impl Print<'_> {
    pub(super) fn clean_resources(&mut self) {
        let mut cut = 0;
        for object in self.subject.doc.objects.values_mut() {
            clean(object, &mut cut);
        }
        self.told(Change::CutText, cut);
    }
}

/// Objects within objects are as deep as lopdf reads them.
fn clean(object: &mut Object, cut: &mut usize) {
    match object {
        Object::Array(items) => items.iter_mut().for_each(|item| clean(item, cut)),
        Object::Dictionary(dict) => clean_dictionary(dict, cut),
        Object::Stream(stream) => clean_dictionary(&mut stream.dict, cut),
        Object::String(text, _) if text.len() > MAX_STRING => {
            *cut += 1;
            shorten(text);
        }
        Object::Real(number) if !number.is_finite() => *object = 0.into(),
        _ => {}
    }
}

fn clean_dictionary(dict: &mut Dictionary, cut: &mut usize) {
    for key in FORBIDDEN {
        dict.remove(key);
    }
    let name = |dict: &Dictionary, key| {
        dict.get(key)
            .and_then(Object::as_name)
            .ok()
            .map(<[u8]>::to_vec)
    };
    // A soft mask may have a transfer function, a graphics state may not (6.2.5).
    if !matches!(name(dict, b"S").as_deref(), Some(b"Alpha" | b"Luminosity")) {
        dict.remove(b"TR");
    }
    if name(dict, b"Subtype").as_deref() == Some(b"Form") {
        dict.remove(b"Ref");
        dict.remove(b"PS");
    }
    for key in [&b"BaseFont"[..], b"FontName"] {
        if let Ok(Object::Name(name)) = dict.get_mut(key) {
            regular_name(name);
        }
    }
    for (_, value) in dict.iter_mut() {
        clean(value, cut);
    }
}

/// Cut so that no character is cut in two.
fn shorten(text: &mut Vec<u8>) {
    let mut end = MAX_STRING;
    if text.starts_with(&[0xfe, 0xff]) {
        let high = |byte: Option<&u8>| byte.is_some_and(|b| (0xd8..0xdc).contains(b));
        if high(text.get(end - 2)) {
            end -= 2;
        }
    } else if text.starts_with(&[0xef, 0xbb, 0xbf]) {
        while end > 0 && text.get(end).is_some_and(|b| (0x80..0xc0).contains(b)) {
            end -= 1;
        }
    }
    text.truncate(end);
}

/// The names of one font change alike wherever they stand.
fn regular_name(name: &mut Vec<u8>) {
    name.truncate(MAX_NAME);
    for byte in name {
        if !byte.is_ascii_graphic() {
            *byte = b'_';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        let mut emoji = vec![0xfe, 0xff, 0, b'a'];
        while emoji.len() < 40_000 {
            emoji.extend([0xd8, 0x3d, 0xde, 0x00]);
        }
        let mut utf8 = "\u{feff}a".to_owned() + &"😀".repeat(9_000);
        let mut object = Object::Array(vec![
            Object::String(emoji, lopdf::StringFormat::Hexadecimal),
            Object::string_literal(std::mem::take(&mut utf8)),
            Object::string_literal("a".repeat(32_000)),
        ]);
        let mut cut = 0;
        clean(&mut object, &mut cut);
        assert_eq!(cut, 2);
        for text in object.as_array().unwrap() {
            assert!(text.as_str().unwrap().len() <= MAX_STRING);
            let read = lopdf::decode_text_string(text).unwrap();
            assert!(!read.contains('\u{fffd}'));
        }
    }

    #[test]
    fn what_is_forbidden_goes_and_masks_stay() {
        let mut object = Object::Dictionary(Dictionary::from_iter([
            ("TR", Object::from("Identity")),
            ("BM", "Multiply".into()),
            (
                "SMask",
                Dictionary::from_iter([("S", Object::from("Alpha")), ("TR", "Identity".into())])
                    .into(),
            ),
            ("BaseFont", Object::Name([b'x'; 300].to_vec())),
        ]));
        clean(&mut object, &mut 0);
        let dict = object.as_dict().unwrap();
        assert!(!dict.has(b"TR") && dict.has(b"BM"));
        assert!(dict.get(b"SMask").unwrap().as_dict().unwrap().has(b"TR"));
        assert_eq!(dict.get(b"BaseFont").unwrap().as_name().unwrap().len(), 120);
    }
}
