//! The data of streams against their filters, and of pictures against their dictionaries, as far as that is cheap:
//! no picture is unpacked.

use std::collections::HashSet;

use lopdf::{Dictionary, Object, ObjectId, Stream};

use super::entries::{FORM, IMAGE, judge};
use super::subject::Subject;
use super::violation::Fault;

/// Faults that are told of one file; more say nothing new.
const MAX_FAULTS: usize = 100;

/// ISO 32000-1, table 6; Crypt is judged by page_validation.
const FILTERS: &[&[u8]] = &[
    b"ASCIIHexDecode",
    b"ASCII85Decode",
    b"LZWDecode",
    b"FlateDecode",
    b"RunLengthDecode",
    b"CCITTFaxDecode",
    b"JBIG2Decode",
    b"DCTDecode",
    b"JPXDecode",
    b"Crypt",
];

/// All streams of the file; those that other checks unpacked and found damaged among them.
pub fn check(subject: &Subject<'_>) -> Vec<(Option<ObjectId>, Fault)> {
    let mut faults = Vec::new();
    let damaged: HashSet<usize> = subject.damaged();
    for (id, object) in &subject.doc.objects {
        let Object::Stream(stream) = object else {
            continue;
        };
        if faults.len() >= MAX_FAULTS {
            break;
        }
        let here = Some(*id);
        if let Some(problem) = filters(subject, stream) {
            faults.push((here, Fault::Damaged { problem }));
        } else if damaged.contains(&std::ptr::from_ref(stream).addr()) {
            let problem = "it does not unpack to its end";
            faults.push((here, Fault::Damaged { problem }));
        }
        let dict = &stream.dict;
        match subject.name(dict, b"Subtype") {
            Some(b"Image") => {
                judge(subject, dict, here, ("a picture", IMAGE), &mut faults);
                if let Some(problem) = picture(subject, stream) {
                    faults.push((here, Fault::Picture { problem }));
                }
            }
            Some(b"Form") => judge(subject, dict, here, ("a form", FORM), &mut faults),
            _ => {}
        }
    }
    faults
}

fn filters(subject: &Subject<'_>, stream: &Stream) -> Option<&'static str> {
    let known = |name: &Object| name.as_name().is_ok_and(|n| FILTERS.contains(&n));
    let good = match subject.get(&stream.dict, b"Filter") {
        None => return None,
        Some(Object::Array(names)) => names
            .iter()
            .all(|name| subject.resolve(name).is_some_and(known)),
        Some(name) => known(name),
    };
    if !good {
        return Some("PDF knows no such filter");
    }
    // RFC 1950: deflate, and the sum of the two bytes is a multiple of 31.
    let first = subject.filters(&stream.dict).first().copied();
    let flate = |data: &[u8]| match data {
        [method, flags, ..] => {
            method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0
        }
        _ => false,
    };
    (first == Some(b"FlateDecode") && !flate(&stream.content)).then_some("it is no Flate stream")
}

fn picture(subject: &Subject<'_>, stream: &Stream) -> Option<&'static str> {
    let dict = &stream.dict;
    let filters = subject.filters(dict);
    let is_mask = matches!(subject.get(dict, b"ImageMask"), Some(Object::Boolean(true)));
    let own = |name: &[u8]| filters.last() == Some(&name);
    let bits = subject.integer(dict, b"BitsPerComponent");
    if own(b"JPXDecode") {
        return None;
    }
    if !is_mask && subject.get(dict, b"ColorSpace").is_none() {
        return Some("it has no /ColorSpace");
    }
    let compressed = own(b"CCITTFaxDecode") || own(b"JBIG2Decode") || own(b"DCTDecode");
    let good_bits = match bits {
        None => is_mask || compressed,
        Some(bits) => matches!(bits, 1 | 2 | 4 | 8 | 16) && (!is_mask || bits == 1),
    };
    if !good_bits {
        return Some("it cannot have so many /BitsPerComponent");
    }
    let components = subject
        .get(dict, b"ColorSpace")
        .and_then(|space| components(subject, space));
    if let (Some(Object::Array(mask)), Some(n)) = (subject.get(dict, b"Mask"), components) {
        let whole = |part: &Object| subject.resolve(part).is_some_and(|p| p.as_i64().is_ok());
        if mask.len() != 2 * n || !mask.iter().all(whole) {
            return Some("/Mask has not two numbers for each component");
        }
    }
    if let (Some(decode), Some(n)) = (subject.array(dict, b"Decode"), components)
        && (decode.len() != 2 * n || !decode.iter().all(|d| subject.number(d).is_some()))
    {
        return Some("/Decode has not two numbers for each component");
    }
    if let Some(problem) = subject
        .array(dict, b"ColorSpace")
        .and_then(|space| palette(subject, space))
    {
        return Some(problem);
    }
    let (width, height) = (
        subject.integer(dict, b"Width")?,
        subject.integer(dict, b"Height")?,
    );
    match filters.as_slice() {
        [] => {
            let row = (width.checked_mul(bits.unwrap_or(1))?)
                .checked_mul(i64::try_from(components.unwrap_or(1)).ok()?)?;
            let needed = (row.checked_add(7)? / 8).checked_mul(height)?;
            let there = i64::try_from(stream.content.len()).ok()?;
            (there < needed).then_some("it has less data than its size needs")
        }
        [b"DCTDecode"] => match jpeg_size(&stream.content) {
            None => Some("its data is no JPEG"),
            Some((w, h)) if (i64::from(w), i64::from(h)) != (width, height) => {
                Some("its data is of another size")
            }
            Some(_) => None,
        },
        _ => None,
    }
}

/// None for what is not known.
fn components(subject: &Subject<'_>, space: &Object) -> Option<usize> {
    let named = |name: &[u8]| match name {
        b"DeviceGray" | b"CalGray" | b"Indexed" | b"Separation" => Some(1),
        b"DeviceRGB" | b"CalRGB" | b"Lab" => Some(3),
        b"DeviceCMYK" => Some(4),
        _ => None,
    };
    match subject.resolve(space)? {
        Object::Name(name) => named(name),
        Object::Array(parts) => {
            let [kind, rest @ ..] = parts.as_slice() else {
                return None;
            };
            match subject.resolve(kind)?.as_name().ok()? {
                b"ICCBased" => {
                    let profile = subject.resolve(rest.first()?)?.as_stream().ok()?;
                    usize::try_from(subject.integer(&profile.dict, b"N")?).ok()
                }
                b"DeviceN" => Some(subject.resolve(rest.first()?)?.as_array().ok()?.len()),
                kind => named(kind),
            }
        }
        _ => None,
    }
}

/// ISO 32000-1, 8.6.6.3.
fn palette(subject: &Subject<'_>, space: &[Object]) -> Option<&'static str> {
    let [kind, rest @ ..] = space else {
        return Some("its /ColorSpace is empty");
    };
    if subject.resolve(kind)?.as_name().ok()? != b"Indexed" {
        return None;
    }
    let [base, last, table] = rest else {
        return Some("its palette has not three parts");
    };
    let Some(last) = subject
        .resolve(last)
        .and_then(|n| n.as_i64().ok())
        .and_then(|n| u8::try_from(n).ok())
    else {
        return Some("its palette does not say how many colours it has");
    };
    let held = match subject.resolve(table) {
        Some(Object::String(table, _)) => table.len(),
        Some(Object::Stream(table)) if table.dict.get(b"Filter").is_err() => table.content.len(),
        Some(Object::Stream(_)) => return None,
        _ => return Some("its palette has no colours"),
    };
    let needed = (usize::from(last) + 1) * components(subject, base)?;
    (held < needed).then_some("its palette has fewer colours than it says")
}

/// Width and height of a JPEG (ITU-T T.81, B.2.2); none where its segments do not lead to them.
fn jpeg_size(data: &[u8]) -> Option<(u16, u16)> {
    let mut rest = data.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let [0xff, marker, after @ ..] = rest else {
            return None;
        };
        match marker {
            // Fill bytes, and markers without a length.
            0xff => {
                rest = rest.get(1..)?;
                continue;
            }
            0x01 | 0xd0..=0xd7 => {
                rest = after;
                continue;
            }
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let [_, _, _, h1, h2, w1, w2, ..] = after else {
                    return None;
                };
                let sides = (
                    u16::from_be_bytes([*w1, *w2]),
                    u16::from_be_bytes([*h1, *h2]),
                );
                return Some(sides);
            }
            0xd9 | 0xda => return None,
            _ => {}
        }
        let [high, low, ..] = after else { return None };
        rest = after.get(usize::from(u16::from_be_bytes([*high, *low])).max(2)..)?;
    }
}

/// What `/Length1` of an embedded TrueType program says (ISO 32000-1, table 127).
pub fn unpacked_length(subject: &Subject<'_>, dict: &Dictionary, data: &[u8]) -> Option<Fault> {
    let said = subject.integer(dict, b"Length1");
    let fits = said.and_then(|n| usize::try_from(n).ok()) == Some(data.len());
    (!fits).then_some(Fault::FontProgram {
        problem: "/Length1 is not how long it is",
    })
}
