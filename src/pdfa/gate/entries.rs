//! The entries of dictionaries against the kinds that PDF gives them (ISO 32000-1): readers pass over an entry of
//! another kind, and each does something else then.

use lopdf::{Object, ObjectId};

use super::subject::{Subject, dictionary};
use super::violation::Fault;

/// What may stand in an entry.
pub enum Kind {
    OneOf(&'static [&'static str]),
    Name,
    Integer,
    /// A whole number from this one up.
    From(i64),
    Number,
    Boolean,
    Text,
    Array,
    /// Four numbers.
    Rectangle,
    Dictionary,
    /// A dictionary of `Type` Page.
    Page,
    Stream,
    DictionaryOrArray,
    NameOrArray,
    NameOrStream,
    StreamOrArray,
}

use Kind::*;

/// Key, whether it is required, and its kind.
pub type Rule = (&'static str, bool, Kind);

#[rustfmt::skip]
pub const TRAILER: &[Rule] = &[
    ("Size", true, From(1)), ("Root", true, Dictionary), ("Info", false, Dictionary), ("ID", false, Array),
];

#[rustfmt::skip]
pub const CATALOG: &[Rule] = &[
    ("Type", true, OneOf(&["Catalog"])), ("Version", false, Name), ("Pages", true, Dictionary),
    ("PageLabels", false, Dictionary), ("Names", false, Dictionary), ("Dests", false, Dictionary),
    ("ViewerPreferences", false, Dictionary), ("Outlines", false, Dictionary), ("Metadata", false, Stream),
    ("PageLayout", false, OneOf(&["SinglePage", "OneColumn", "TwoColumnLeft", "TwoColumnRight", "TwoPageLeft", "TwoPageRight"])),
    ("PageMode", false, OneOf(&["UseNone", "UseOutlines", "UseThumbs", "FullScreen", "UseOC", "UseAttachments"])),
    ("StructTreeRoot", false, Dictionary), ("MarkInfo", false, Dictionary), ("Lang", false, Text),
    ("OutputIntents", false, Array),
];

#[rustfmt::skip]
pub const INFO: &[Rule] = &[
    ("Title", false, Text), ("Author", false, Text), ("Subject", false, Text), ("Keywords", false, Text),
    ("Creator", false, Text), ("Producer", false, Text), ("CreationDate", false, Text), ("ModDate", false, Text),
];

#[rustfmt::skip]
pub const OUTPUT_INTENT: &[Rule] = &[
    ("Type", false, OneOf(&["OutputIntent"])), ("S", true, Name), ("OutputCondition", false, Text),
    ("OutputConditionIdentifier", true, Text), ("RegistryName", false, Text), ("Info", false, Text),
    ("DestOutputProfile", false, Stream),
];

#[rustfmt::skip]
pub const PAGE: &[Rule] = &[
    ("Type", true, OneOf(&["Page"])), ("Parent", true, Dictionary), ("Resources", false, Dictionary),
    ("MediaBox", false, Rectangle), ("CropBox", false, Rectangle), ("BleedBox", false, Rectangle),
    ("TrimBox", false, Rectangle), ("ArtBox", false, Rectangle), ("Contents", false, StreamOrArray),
    ("Rotate", false, Integer), ("Annots", false, Array), ("StructParents", false, From(0)),
    ("Tabs", false, Name), ("Group", false, Dictionary),
];

#[rustfmt::skip]
pub const ANNOTATION: &[Rule] = &[
    ("Type", false, OneOf(&["Annot"])), ("Subtype", true, Name), ("Rect", true, Rectangle), ("Contents", false, Text),
    ("P", false, Dictionary), ("NM", false, Text), ("M", false, Text), ("F", false, From(0)), ("AP", false, Dictionary),
    ("AS", false, Name), ("Border", false, Array), ("C", false, Array), ("StructParent", false, From(0)),
    ("A", false, Dictionary), ("H", false, Name), ("BS", false, Dictionary), ("QuadPoints", false, Array),
];

#[rustfmt::skip]
pub const OUTLINES: &[Rule] = &[
    ("Type", false, OneOf(&["Outlines"])), ("First", false, Dictionary), ("Last", false, Dictionary),
    ("Count", false, From(0)),
];

#[rustfmt::skip]
pub const OUTLINE_ITEM: &[Rule] = &[
    ("Title", true, Text), ("Parent", true, Dictionary), ("Prev", false, Dictionary), ("Next", false, Dictionary),
    ("First", false, Dictionary), ("Last", false, Dictionary), ("Count", false, Integer), ("A", false, Dictionary),
    ("SE", false, Dictionary), ("C", false, Array), ("F", false, From(0)),
];

#[rustfmt::skip]
pub const STRUCTURE_ROOT: &[Rule] = &[
    ("Type", true, OneOf(&["StructTreeRoot"])), ("IDTree", false, Dictionary), ("ParentTree", false, Dictionary),
    ("ParentTreeNextKey", false, From(0)), ("RoleMap", false, Dictionary), ("ClassMap", false, Dictionary),
];

#[rustfmt::skip]
pub const ELEMENT: &[Rule] = &[
    ("Type", false, OneOf(&["StructElem"])), ("ID", false, Text), ("Pg", false, Page), ("R", false, From(0)),
    ("T", false, Text), ("Lang", false, Text), ("Alt", false, Text), ("E", false, Text), ("ActualText", false, Text),
    ("A", false, DictionaryOrArray), ("C", false, NameOrArray),
];

#[rustfmt::skip]
pub const TABLE_ATTRIBUTES: &[Rule] = &[
    ("RowSpan", false, From(1)), ("ColSpan", false, From(1)), ("Headers", false, Array), ("Summary", false, Text),
    ("Scope", false, OneOf(&["Row", "Column", "Both"])),
];

#[rustfmt::skip]
pub const LAYOUT_ATTRIBUTES: &[Rule] = &[
    ("Placement", false, OneOf(&["Block", "Inline", "Before", "Start", "End"])),
    ("WritingMode", false, OneOf(&["LrTb", "RlTb", "TbRl"])), ("BBox", false, Rectangle),
    ("SpaceBefore", false, Number), ("SpaceAfter", false, Number), ("StartIndent", false, Number),
    ("EndIndent", false, Number), ("TextIndent", false, Number),
];

#[rustfmt::skip]
pub const LIST_ATTRIBUTES: &[Rule] = &[
    ("ListNumbering", false, OneOf(&["None", "Disc", "Circle", "Square", "Decimal", "UpperRoman", "LowerRoman",
        "UpperAlpha", "LowerAlpha"])),
];

#[rustfmt::skip]
pub const COMPOSITE_FONT: &[Rule] = &[
    ("BaseFont", true, Name), ("Encoding", true, NameOrStream), ("DescendantFonts", true, Array),
    ("ToUnicode", false, NameOrStream),
];

#[rustfmt::skip]
pub const CID_FONT: &[Rule] = &[
    ("Subtype", true, OneOf(&["CIDFontType0", "CIDFontType2"])), ("CIDSystemInfo", true, Dictionary),
    ("FontDescriptor", true, Dictionary), ("DW", false, Number), ("W", false, Array), ("DW2", false, Array),
    ("W2", false, Array), ("CIDToGIDMap", false, NameOrStream),
];

#[rustfmt::skip]
pub const CID_SYSTEM: &[Rule] = &[
    ("Registry", true, Text), ("Ordering", true, Text), ("Supplement", true, From(0)),
];

#[rustfmt::skip]
pub const FONT_DESCRIPTOR: &[Rule] = &[
    ("Type", false, OneOf(&["FontDescriptor"])), ("FontName", true, Name), ("FontFamily", false, Text),
    ("Flags", true, Integer), ("FontBBox", true, Rectangle), ("ItalicAngle", true, Number), ("Ascent", true, Number),
    ("Descent", true, Number), ("Leading", false, Number), ("CapHeight", false, Number), ("XHeight", false, Number),
    ("StemV", true, Number), ("StemH", false, Number), ("AvgWidth", false, Number), ("MaxWidth", false, Number),
    ("MissingWidth", false, Number), ("FontFile", false, Stream), ("FontFile2", false, Stream),
    ("FontFile3", false, Stream), ("CharSet", false, Text), ("CIDSet", false, Stream),
];

#[rustfmt::skip]
pub const IMAGE: &[Rule] = &[
    ("Type", false, OneOf(&["XObject"])), ("Width", true, From(1)), ("Height", true, From(1)),
    ("BitsPerComponent", false, From(1)), ("ColorSpace", false, NameOrArray), ("ImageMask", false, Boolean),
    ("Mask", false, StreamOrArray), ("SMask", false, Stream), ("Decode", false, Array), ("Interpolate", false, Boolean),
    ("Intent", false, Name), ("StructParent", false, From(0)),
];

#[rustfmt::skip]
pub const FORM: &[Rule] = &[
    ("Type", false, OneOf(&["XObject"])), ("BBox", true, Rectangle), ("Matrix", false, Array),
    ("Resources", false, Dictionary), ("Group", false, Dictionary), ("StructParents", false, From(0)),
    ("StructParent", false, From(0)),
];

/// Told where an entry is not there.
const MISSING: &str = "is required, and not there";

/// Holds a dictionary against its rules.
pub fn judge(
    subject: &Subject<'_>,
    dict: &lopdf::Dictionary,
    id: Option<ObjectId>,
    (name, rules): (&'static str, &'static [Rule]),
    faults: &mut Vec<(Option<ObjectId>, Fault)>,
) {
    for (key, required, kind) in rules {
        let problem = match subject.get(dict, key.as_bytes()) {
            // What is null is as if it were not there.
            None if *required => MISSING,
            Some(value) if !kind.fits(subject, value) => kind.told(),
            _ => continue,
        };
        let fault = Fault::Entry {
            dictionary: name,
            key,
            problem,
        };
        faults.push((id, fault));
    }
}

/// What the trailer and the catalog lead to at once.
pub fn check(subject: &Subject<'_>) -> Vec<(Option<ObjectId>, Fault)> {
    let mut faults = Vec::new();
    let trailer = &subject.doc.trailer;
    let empty = lopdf::Dictionary::new();
    let mut known = vec![("the trailer", trailer, TRAILER)];
    known.extend(subject.dict(trailer, b"Info").map(|d| ("Info", d, INFO)));
    if let Some(catalog) = subject.catalog() {
        known.push(("the catalog", catalog, CATALOG));
        let intents = subject.array(catalog, b"OutputIntents").unwrap_or_default();
        for intent in intents {
            let intent = subject.resolve(intent).and_then(dictionary);
            known.push(("an output intent", intent.unwrap_or(&empty), OUTPUT_INTENT));
        }
    }
    for (name, dict, rules) in known {
        judge(subject, dict, None, (name, rules), &mut faults);
    }
    faults
}

impl Kind {
    fn fits(&self, subject: &Subject<'_>, value: &Object) -> bool {
        let whole = || value.as_i64().ok();
        match self {
            OneOf(names) => value
                .as_name()
                .is_ok_and(|name| names.iter().any(|n| n.as_bytes() == name)),
            Name => value.as_name().is_ok(),
            Integer => whole().is_some(),
            From(least) => whole().is_some_and(|n| n >= *least),
            Number => subject.number(value).is_some(),
            Boolean => value.as_bool().is_ok(),
            Text => matches!(value, Object::String(..)),
            Array => value.as_array().is_ok(),
            Rectangle => value.as_array().is_ok_and(|sides| {
                sides.len() == 4 && sides.iter().all(|side| subject.number(side).is_some())
            }),
            Dictionary => matches!(value, Object::Dictionary(_)),
            Page => {
                matches!(value, Object::Dictionary(page) if subject.name(page, b"Type") == Some(b"Page"))
            }
            Stream => value.as_stream().is_ok(),
            DictionaryOrArray => dictionary(value).is_some() || value.as_array().is_ok(),
            NameOrArray => value.as_name().is_ok() || value.as_array().is_ok(),
            NameOrStream => value.as_name().is_ok() || value.as_stream().is_ok(),
            StreamOrArray => value.as_stream().is_ok() || value.as_array().is_ok(),
        }
    }

    fn told(&self) -> &'static str {
        match self {
            OneOf(_) => "is none of the names that it may be",
            Name => "is no name",
            Integer => "is no whole number",
            From(_) => "is no whole number that it may be",
            Number => "is no number",
            Boolean => "is neither true nor false",
            Text => "is no text",
            Array => "is no array",
            Rectangle => "is not four numbers",
            Dictionary => "is no dictionary",
            Page => "is no page",
            Stream => "is no stream",
            DictionaryOrArray => "is neither a dictionary nor an array",
            NameOrArray => "is neither a name nor an array",
            NameOrStream => "is neither a name nor a stream",
            StreamOrArray => "is neither a stream nor an array",
        }
    }
}
