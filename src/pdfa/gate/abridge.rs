//! The file without the data of its pictures, for page_validation: it looks at their dictionaries alone, but walks
//! through every byte several times and copies them all.
//!
//! Objects, their order and their words stay. What changes is `/Length` of the cut streams, and the offsets behind them.

use std::collections::HashSet;
use std::ops::Range;

use lopdf::{Dictionary, Object, ObjectId};

use super::lexer::{Lexer, Token};
use super::repair::pass_trailer;
use super::streams::Measured;
use super::subject::{Subject, dictionary};

/// Shorter data is left as it is.
const WORTH_CUTTING: usize = 1024;
/// What is left of the data.
const KEPT: usize = 16;

/// None where nothing can be cut, or where the file has anything that hangs on its length or its layout.
pub fn without_pictures(subject: &Subject<'_>, streams: &[Measured]) -> Option<Vec<u8>> {
    if subject.repaired || !subject.bytes.starts_with(b"%PDF-") {
        return None;
    }
    let table = Table::read(subject.bytes)?;
    let pictures = pictures(subject)?;
    let mut cuts: Vec<&Measured> = streams
        .iter()
        .filter(|s| pictures.contains(&s.id) && s.data.end < table.at)
        .collect();
    cuts.sort_by_key(|s| s.data.start);
    let apart = cuts
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if a.data.end <= b.digits.start));
    if cuts.is_empty() || !apart {
        return None;
    }
    let bytes = subject.bytes;
    let cut: usize = cuts.iter().map(|s| s.data.len() - KEPT).sum();
    let mut out = Vec::with_capacity(bytes.len().saturating_sub(cut));
    let mut copied = 0;
    for stream in &cuts {
        out.extend(bytes.get(copied..stream.digits.start)?);
        // As many digits as before, so that nothing else moves.
        out.extend(format!("{KEPT:0width$}", width = stream.digits.len()).bytes());
        out.extend(bytes.get(stream.digits.end..stream.data.start + KEPT)?);
        copied = stream.data.end;
    }
    out.extend(bytes.get(copied..table.at)?);
    // Bytes gone up to the end of each cut.
    let gone: Vec<usize> = cuts
        .iter()
        .scan(0, |sum, s| {
            *sum += s.data.len() - KEPT;
            Some(*sum)
        })
        .collect();
    let moved = |offset: usize| {
        let before = cuts.partition_point(|s| s.data.end <= offset);
        let gone = before.checked_sub(1).and_then(|last| gone.get(last));
        offset - gone.copied().unwrap_or_default()
    };
    let start = out.len();
    copied = table.at;
    for (place, offset) in &table.entries {
        out.extend(bytes.get(copied..place.start)?);
        out.extend(format!("{:010}", moved(*offset)).bytes());
        copied = place.end;
    }
    out.extend(bytes.get(copied..table.start.start)?);
    out.extend(start.to_string().bytes());
    out.extend(bytes.get(table.start.end..)?);
    Some(out)
}

/// The one cross-reference table of a file that was never updated.
struct Table {
    at: usize,
    /// The digits of the offset of each object in use, and what they say.
    entries: Vec<(Range<usize>, usize)>,
    /// The digits behind the last `startxref`.
    start: Range<usize>,
}

impl Table {
    fn read(bytes: &[u8]) -> Option<Self> {
        let keyword = b"startxref";
        let from = bytes.len().saturating_sub(64);
        let tail = bytes.get(from..)?;
        let found = tail.windows(keyword.len()).rposition(|w| w == keyword)?;
        let mut lexer = Lexer::from(bytes, from + found + keyword.len());
        let Token::Number(_) = lexer.next()? else {
            return None;
        };
        let end = lexer.at();
        let digits = bytes.get(..end)?.iter().rev();
        let start = end - digits.take_while(|b| b.is_ascii_digit()).count()..end;
        let at = number(bytes.get(start.clone())?)?;
        let mut lexer = Lexer::from(bytes, at);
        (lexer.next()? == Token::Word(b"xref")).then_some(())?;
        let mut entries = Vec::new();
        loop {
            match lexer.next()? {
                Token::Number(_) => {}
                Token::Word(b"trailer") => break,
                _ => return None,
            }
            let Token::Number(count) = lexer.next()? else {
                return None;
            };
            let line = bytes.get(lexer.at()..)?.iter().position(|b| *b == b'\n')?;
            let first = lexer.at() + line + 1;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            // a count that is none leads past the end of the file
            let count = count as usize;
            let after = first.checked_add(count.checked_mul(20)?)?;
            for (i, entry) in bytes.get(first..after)?.chunks(20).enumerate() {
                let place = first + i * 20..first + i * 20 + 10;
                let offset = number(entry.get(..10)?)?;
                match entry.get(17)? {
                    b'n' if offset < at => entries.push((place, offset)),
                    b'f' => {}
                    _ => return None,
                }
            }
            lexer = Lexer::from(bytes, after);
        }
        pass_trailer(&mut lexer)?;
        Some(Self { at, entries, start })
    }
}

fn number(digits: &[u8]) -> Option<usize> {
    let all = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    all.then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
}

/// Where an object is referred to.
#[derive(Default)]
struct Uses {
    /// As a dictionary of XObjects.
    resources: HashSet<ObjectId>,
    /// From the top of a dictionary that is an object of its own.
    inside: Vec<(ObjectId, ObjectId)>,
    /// Otherwise than as a picture.
    elsewhere: HashSet<ObjectId>,
}

/// The pictures whose data nothing but a picture's reader looks at; none where the file says how long it is.
fn pictures(subject: &Subject<'_>) -> Option<HashSet<ObjectId>> {
    let mut uses = Uses::default();
    for (id, object) in &subject.doc.objects {
        uses.read(object, *id)?;
    }
    for (_, object) in &subject.doc.trailer {
        uses.read(object, (0, 0))?;
    }
    let resources =
        |owner: &ObjectId| uses.resources.contains(owner) && !uses.elsewhere.contains(owner);
    let not_drawn: HashSet<ObjectId> = uses
        .inside
        .iter()
        .filter(|(_, owner)| !resources(owner))
        .map(|(used, _)| *used)
        .collect();
    let drawn = |id: &ObjectId| !uses.elsewhere.contains(id) && !not_drawn.contains(id);
    let objects = subject.doc.objects.iter();
    let pictures = objects.filter(|(id, object)| is_picture(object) && drawn(id));
    Some(pictures.map(|(id, _)| *id).collect())
}

/// Of a kind whose data page_validation does not read: it reads JPEG 2000.
fn is_picture(object: &Object) -> bool {
    object.as_stream().is_ok_and(|stream| {
        let name = |key| stream.dict.get(key).and_then(Object::as_name).ok();
        stream.content.len() > WORTH_CUTTING
            && name(b"Subtype") == Some(b"Image")
            && matches!(name(b"Filter"), Some(b"DCTDecode" | b"FlateDecode"))
    })
}

impl Uses {
    /// None where the file is signed or linearized.
    fn read(&mut self, object: &Object, id: ObjectId) -> Option<()> {
        let mut open: Vec<&Object> = Vec::new();
        match dictionary(object) {
            Some(dict) => self.dictionary(dict, Some(id), &mut open)?,
            None => open.push(object),
        }
        while let Some(object) = open.pop() {
            match object {
                Object::Reference(used) => {
                    self.elsewhere.insert(*used);
                }
                Object::Array(items) => open.extend(items),
                Object::Dictionary(dict) => self.dictionary(dict, None, &mut open)?,
                Object::Stream(stream) => self.dictionary(&stream.dict, None, &mut open)?,
                _ => {}
            }
        }
        Some(())
    }

    fn dictionary<'d>(
        &mut self,
        dict: &'d Dictionary,
        owner: Option<ObjectId>,
        open: &mut Vec<&'d Object>,
    ) -> Option<()> {
        for (key, value) in dict {
            match (&key[..], value) {
                (b"ByteRange" | b"Linearized", _) => return None,
                (b"XObject", Object::Reference(used)) => {
                    self.resources.insert(*used);
                }
                (b"XObject", Object::Dictionary(named)) => {
                    let nested = named.iter().map(|(_, value)| value);
                    open.extend(nested.filter(|value| value.as_reference().is_err()));
                }
                (b"SMask" | b"Mask", Object::Reference(_)) => {}
                (_, Object::Reference(used)) => match owner {
                    Some(owner) => self.inside.push((*used, owner)),
                    None => {
                        self.elsewhere.insert(*used);
                    }
                },
                (_, value) => open.push(value),
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::streams;
    use super::*;
    use lopdf::xref::XrefType;
    use lopdf::{Document, Stream, dictionary};

    /// A page that draws a picture of 5,000 bytes, after `change` of the catalog.
    fn drawn(change: impl FnOnce(&mut Dictionary, ObjectId)) -> Vec<u8> {
        let mut doc = Document::with_version("1.4");
        let picture = dictionary! { "Subtype" => "Image", "Filter" => "DCTDecode" };
        let picture = doc.add_object(Stream::new(picture, vec![0xd8; 5000]));
        let pages = doc.new_object_id();
        let drawn = dictionary! { "XObject" => dictionary! { "A" => picture } };
        let page = doc
            .add_object(dictionary! { "Type" => "Page", "Parent" => pages, "Resources" => drawn });
        let kids = vec![page.into()];
        let tree = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => 1 };
        doc.objects.insert(pages, tree.into());
        let mut catalog = dictionary! { "Type" => "Catalog", "Pages" => pages };
        change(&mut catalog, picture);
        let catalog = doc.add_object(catalog);
        doc.trailer.set("Root", catalog);
        doc.reference_table.cross_reference_type = XrefType::CrossReferenceTable;
        let mut bytes = Vec::new();
        doc.save_to(&mut bytes).unwrap();
        bytes
    }

    fn abridged(bytes: &[u8]) -> Option<Vec<u8>> {
        let subject = Subject::open(bytes).unwrap();
        without_pictures(&subject, &streams::check(&subject).measured)
    }

    #[test]
    fn all_but_the_data_of_pictures_stays() {
        let whole = drawn(|_, _| {});
        let short = abridged(&whole).unwrap();
        // Beside the data, the offset at the end has fewer digits.
        assert!((whole.len() - short.len()).abs_diff(5000 - KEPT) < 3);
        let [mut whole, mut short] = [whole, short].map(|b| Document::load_mem(&b).unwrap());
        for doc in [&mut whole, &mut short] {
            for object in doc.objects.values_mut() {
                if let Object::Stream(stream) = object {
                    stream.set_content(stream.content.get(..KEPT).unwrap().to_vec());
                    stream.start_position = None;
                }
            }
        }
        assert_eq!(whole.objects, short.objects);
        assert!(streams::check(&Subject::of(short, b"")).faults.is_empty());
    }

    #[test]
    fn what_is_more_than_a_picture_stays_whole() {
        assert_eq!(
            abridged(&drawn(|c, picture| c.set("Metadata", picture))),
            None
        );
        let signed = dictionary! { "ByteRange" => vec![0.into(), 9.into()] };
        assert_eq!(abridged(&drawn(|c, _| c.set("A", signed))), None);
        let mut updated = drawn(|_, _| {});
        let at = updated.windows(8).rposition(|w| w == b"trailer\n").unwrap() + 10;
        updated.splice(at..at, *b"/Prev 9 ");
        let subject = Subject::of(Document::load_mem(&drawn(|_, _| {})).unwrap(), &updated);
        let measured = streams::check(&subject).measured;
        assert_eq!(without_pictures(&subject, &measured), None);
    }
}
