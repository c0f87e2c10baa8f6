//! The file under judgement: its objects by lopdf, and what the checks may spend on it.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::io::Read as _;

use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, Stream};

use super::repair::with_new_table;

/// What streams may come to, unpacked, over all own checks: as much as page_validation allows itself.
const MAX_UNPACKED: usize = 256 << 20;
const BOMB: &str = "streams of over 256 MiB unpacked";
/// References that lead to references, and objects within objects, at most.
pub const MAX_DEPTH: usize = 64;

/// Why the own checks could not be finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    Encrypted,
    Unreadable(String),
    /// More of something than any honest document has.
    TooMuch(&'static str),
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Encrypted => f.write_str("a password is needed"),
            Self::Unreadable(problem) => f.write_str(problem),
            Self::TooMuch(what) => write!(f, "too much for the gate: {what}"),
        }
    }
}

pub struct Subject<'a> {
    pub bytes: &'a [u8],
    pub doc: Document,
    /// True when its cross-reference table could not be read, and one was made.
    pub repaired: bool,
    unpacked: Cell<usize>,
    /// Where streams stand in memory that do not unpack to their end.
    damaged: RefCell<HashSet<usize>>,
}

impl<'a> Subject<'a> {
    pub fn open(bytes: &'a [u8]) -> Result<Self, Stop> {
        let options = LoadOptions::with_max_decompressed_size(MAX_UNPACKED / 4);
        let read = Document::load_mem_with_options(bytes, options.clone());
        let repaired = read.is_err();
        let doc = match read {
            Ok(doc) => doc,
            Err(why) => with_new_table(bytes)
                .and_then(|repaired| Document::load_mem_with_options(&repaired, options).ok())
                .ok_or_else(|| Stop::Unreadable(why.to_string()))?,
        };
        // lopdf takes the entry away when no password was needed.
        if doc.is_encrypted() {
            return Err(Stop::Encrypted);
        }
        Ok(Self {
            repaired,
            ..Self::of(doc, bytes)
        })
    }

    pub fn of(doc: Document, bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            doc,
            repaired: false,
            unpacked: Cell::new(0),
            damaged: RefCell::default(),
        }
    }

    /// Follows references; none for what is not there, null, or leads round in a circle.
    pub fn resolve<'d>(&'d self, object: &'d Object) -> Option<&'d Object> {
        let mut object = object;
        for _ in 0..MAX_DEPTH {
            match object {
                Object::Reference(id) => object = self.doc.objects.get(id)?,
                Object::Null => return None,
                other => return Some(other),
            }
        }
        None
    }

    pub fn get<'d>(&'d self, dict: &'d Dictionary, key: &[u8]) -> Option<&'d Object> {
        self.resolve(dict.get(key).ok()?)
    }

    /// A dictionary, or that of a stream.
    pub fn dict<'d>(&'d self, dict: &'d Dictionary, key: &[u8]) -> Option<&'d Dictionary> {
        dictionary(self.get(dict, key)?)
    }

    pub fn stream<'d>(&'d self, dict: &'d Dictionary, key: &[u8]) -> Option<&'d Stream> {
        self.get(dict, key)?.as_stream().ok()
    }

    pub fn array<'d>(&'d self, dict: &'d Dictionary, key: &[u8]) -> Option<&'d [Object]> {
        self.get(dict, key)?.as_array().ok().map(Vec::as_slice)
    }

    pub fn name<'d>(&'d self, dict: &'d Dictionary, key: &[u8]) -> Option<&'d [u8]> {
        self.get(dict, key)?.as_name().ok()
    }

    pub fn is_text(&self, dict: &Dictionary, key: &[u8]) -> bool {
        matches!(self.get(dict, key), Some(Object::String(..)))
    }

    pub fn integer(&self, dict: &Dictionary, key: &[u8]) -> Option<i64> {
        self.get(dict, key)?.as_i64().ok()
    }

    pub fn number(&self, object: &Object) -> Option<f64> {
        self.resolve(object)?.as_float().ok().map(f64::from)
    }

    /// The stream's data; none where it does not unpack.
    pub fn unpack(&self, stream: &Stream) -> Result<Option<Vec<u8>>, Stop> {
        let left = MAX_UNPACKED.saturating_sub(self.unpacked.get());
        let plain = stream.dict.get(b"DecodeParms").is_err();
        if plain && self.filters(&stream.dict) == [b"FlateDecode"] {
            match inflated(&stream.content, left) {
                Ok(data) if data.len() > left => return Err(Stop::TooMuch(BOMB)),
                Ok(data) => {
                    self.unpacked.set(self.unpacked.get() + data.len());
                    return Ok(Some(data));
                }
                // What others make of it is looked at all the same.
                Err(_) => self.damage(stream),
            }
        }
        match stream.get_plain_content_with_limit(left) {
            Ok(data) => {
                self.unpacked.set(self.unpacked.get() + data.len());
                Ok(Some(data))
            }
            Err(lopdf::Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded {
                ..
            })) => Err(Stop::TooMuch(BOMB)),
            Err(_) => {
                self.damage(stream);
                Ok(None)
            }
        }
    }

    fn damage(&self, stream: &Stream) {
        let place = std::ptr::from_ref(stream).addr();
        self.damaged.borrow_mut().insert(place);
    }

    /// Where the streams stand in memory that were unpacked, and found damaged.
    pub fn damaged(&self) -> HashSet<usize> {
        self.damaged.borrow().clone()
    }

    /// The names of a stream's filters, in their order; none where they are no names.
    pub fn filters<'d>(&'d self, dict: &'d Dictionary) -> Vec<&'d [u8]> {
        match self.get(dict, b"Filter") {
            Some(Object::Name(name)) => vec![name],
            Some(Object::Array(names)) => names
                .iter()
                .filter_map(|name| self.resolve(name)?.as_name().ok())
                .collect(),
            _ => Vec::new(),
        }
    }

    pub fn catalog(&self) -> Option<&Dictionary> {
        self.dict(&self.doc.trailer, b"Root")
    }

    /// The pages in order, each with the resources that hold for it.
    pub fn pages(&self) -> Vec<Page<'_>> {
        let mut pages = Vec::new();
        let mut seen = HashSet::new();
        let root = self.catalog().and_then(|c| c.get(b"Pages").ok());
        let mut open: Vec<(&Object, Option<&Dictionary>)> =
            root.map(|root| (root, None)).into_iter().collect();
        while let Some((object, inherited)) = open.pop() {
            let id = object.as_reference().ok();
            if id.is_some_and(|id| !seen.insert(id)) {
                continue;
            }
            let Some(dict) = self.resolve(object).and_then(dictionary) else {
                continue;
            };
            let resources = self.dict(dict, b"Resources").or(inherited);
            match self.array(dict, b"Kids") {
                // A direct kid cannot lead round in a circle: it is written inside its parent.
                Some(kids) => open.extend(kids.iter().rev().map(|kid| (kid, resources))),
                None => pages.push(Page {
                    id,
                    dict,
                    resources,
                }),
            }
        }
        pages
    }
}

/// The data with its checksum proven (RFC 1950); one byte more than the limit where there is more.
fn inflated(packed: &[u8], limit: usize) -> std::io::Result<Vec<u8>> {
    let mut data = Vec::with_capacity(limit.min(packed.len().saturating_mul(4)));
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    flate2::read::ZlibDecoder::new(packed)
        .take(most)
        .read_to_end(&mut data)?;
    Ok(data)
}

#[derive(Clone, Copy)]
pub struct Page<'d> {
    pub id: Option<ObjectId>,
    pub dict: &'d Dictionary,
    pub resources: Option<&'d Dictionary>,
}

/// A dictionary, or that of a stream.
pub fn dictionary(object: &Object) -> Option<&Dictionary> {
    match object {
        Object::Dictionary(dict) => Some(dict),
        Object::Stream(stream) => Some(&stream.dict),
        _ => None,
    }
}
