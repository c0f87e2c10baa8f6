//! What the gate finds: a variant a clause, with what is wrong and where.

use std::fmt;

use lopdf::ObjectId;

use super::Level;

/// What this project's own checks find; what page_validation finds keeps its own words and rule ids.
///
/// Each variant is one row of docs/pdfa-clauses.md.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The data of a stream does not begin after `stream` and CR LF or LF, or does not end before an end-of-line.
    StreamEol { found: String },
    /// A stream is not as long as it says.
    StreamLength { declared: i64 },
    /// An operator that no version of PDF up to 1.7 defines, BX and EX or not.
    UnknownOperator { operator: String },
    /// `/N` of an ICC profile is not what the profile is made for.
    IccComponents { n: Option<i64>, space: String },
    /// A composite font without its CIDFont: what the CIDFont must say of its type is not there.
    CidFontType,
    /// The same, for the name of the font.
    CidFontName,
    /// A shown glyph is not as wide in the font program as in the font dictionary.
    GlyphWidth {
        cid: u16,
        program: i64,
        dictionary: i64,
    },
    /// CIDSet leaves out a CID that the font program holds.
    CidSet { cid: u16 },
    /// CIDSet names a CID that the font program does not hold.
    CidSetTooMuch { cid: u16 },
    /// CharSet leaves out a glyph that the font program holds.
    CharSet { glyph: String },
    /// A property in XMP that no predefined and no extension schema describes.
    UndescribedProperty { property: String },
    /// Content that is painted, and is neither an artifact nor in the structure tree.
    Untagged {
        content: &'static str,
        why: Untagged,
    },
    /// dc:title is there, but says nothing.
    EmptyTitle,
    /// A structure element without a type.
    NoStructureType,
    /// `/P` of a structure element is not the element that holds it.
    NotItsParent,
    /// Text is shown in something that is no font of any kind that PDF knows.
    FontType,
    /// A composite font without a CMap that turns its codes into CIDs.
    NoCMap,
    /// The language of the document is no text.
    Language,
    /// The bytes of an indirect object are not of the syntax of PDF, or it is not where the table says.
    Object { problem: &'static str },
    /// The cross-reference table is not written as the standard wants it.
    Xref { problem: &'static str },
    /// An operator has not its operands, or stands where it may not.
    Operator {
        operator: String,
        problem: &'static str,
    },
    /// Content that is no stream, or does not unpack.
    NoContent,
    /// A resource that an operator names is not there.
    NoResource { kind: &'static str, name: String },
    /// The data of a stream is not what its filter makes.
    Damaged { problem: &'static str },
    /// An entry of a dictionary is not there or not of its kind.
    Entry {
        dictionary: &'static str,
        key: &'static str,
        problem: &'static str,
    },
    /// The pages are not in a tree as PDF describes it.
    PageTree { problem: &'static str },
    /// A picture whose data does not fit what its dictionary says.
    Picture { problem: &'static str },
    /// An embedded font program that cannot be read as what it is.
    FontProgram { problem: &'static str },
    /// ToUnicode is no map of codes to characters.
    ToUnicode,
    /// A shown code that ToUnicode does not map to a character.
    NoUnicode { code: u16 },
    /// A shown code that ToUnicode maps to what is no character.
    BadUnicode { code: u16 },
}

/// Why content is not in the structure tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Untagged {
    /// It stands in no marked content with an MCID.
    Unmarked,
    /// The page or form has no StructParents, or it is no number.
    NoStructParents { mcid: i64 },
    /// ParentTree has no entry for the page or form.
    NotInParentTree { mcid: i64, key: i64 },
    /// The entry names no structure element for the MCID.
    NoElement { mcid: i64, key: i64 },
    /// The structure element is not in the structure tree, or does not hold the MCID.
    NotHeld { mcid: i64 },
}

impl fmt::Display for Untagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmarked => {
                f.write_str("it is neither an artifact nor in marked content with an MCID")
            }
            Self::NoStructParents { mcid } => write!(
                f,
                "it has MCID {mcid}, but no StructParents stand by its content"
            ),
            Self::NotInParentTree { mcid, key } => {
                write!(
                    f,
                    "it has MCID {mcid}, but ParentTree has no array for StructParents {key}"
                )
            }
            Self::NoElement { mcid, key } => write!(
                f,
                "it has MCID {mcid}, for which ParentTree names no structure element under {key}"
            ),
            Self::NotHeld { mcid } => write!(
                f,
                "the structure element that ParentTree names for MCID {mcid} does not hold it, or is not in the tree"
            ),
        }
    }
}

/// A row of the table: what the variant says, and its rule in each standard (veraPDF's clause and test number).
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The variant's name.
    pub name: &'static str,
    pub says: &'static str,
    /// ISO 19005-1.
    pub a1: Option<&'static str>,
    /// ISO 19005-2.
    pub a2: Option<&'static str>,
    /// ISO 14289-1.
    pub ua1: Option<&'static str>,
}

macro_rules! rows {
    ($($variant:ident: $says:literal, $a1:expr, $a2:expr, $ua1:expr;)*) => {
        /// All own checks, in the order of their variants.
        pub const ROWS: &[Row] = &[$(Row { name: stringify!($variant), says: $says, a1: $a1, a2: $a2, ua1: $ua1 },)*];

        impl Fault {
            /// Its row.
            fn row(&self) -> Row {
                match self {
                    $(Self::$variant { .. } => Row {
                        name: stringify!($variant), says: $says, a1: $a1, a2: $a2, ua1: $ua1,
                    },)*
                }
            }
        }
    };
}

rows! {
    StreamEol: "`stream` is followed by CR LF or LF alone, and `endstream` preceded by an end-of-line",
        Some("6.1.7:2"), Some("6.1.7.1:2"), None;
    StreamLength: "`Length` is the number of bytes between `stream` and `endstream`",
        Some("6.1.7:1"), Some("6.1.7.1:1"), None;
    UnknownOperator: "content streams hold only the operators that the PDF Reference defines, also between BX and EX",
        Some("6.2.10:1"), Some("6.2.2:1"), None;
    IccComponents: "`N` of an ICC profile is the number of components of the profile",
        Some("6.2.3.2:2"), Some("6.2.4.2:1"), None;
    CidFontType: "a composite font has a CIDFont, whose `Type` is Font",
        Some("6.3.2:1"), Some("6.2.11.2:1"), None;
    CidFontName: "a composite font has a CIDFont, which names its `BaseFont`",
        Some("6.3.2:3"), Some("6.2.11.2:3"), None;
    GlyphWidth: "each shown glyph, `.notdef` too, is as wide in the font dictionary as in the font program (± 1/1000 em)",
        Some("6.3.6:1"), Some("6.2.11.5:1"), Some("7.21.5:1");
    CidSet: "`CIDSet` names every CID that the font program holds",
        Some("6.3.5:3"), Some("6.2.11.4.2:2"), Some("7.21.4.2:2");
    CidSetTooMuch: "`CIDSet` names no CID that the font program does not hold",
        Some("6.3.5:3"), Some("6.2.11.4.2:2"), Some("7.21.4.2:2");
    CharSet: "`CharSet` names every glyph that the font program holds",
        None, Some("6.2.11.4.2:1"), Some("7.21.4.2:1");
    UndescribedProperty: "each property in XMP belongs to a predefined schema, or to an extension schema that the file describes",
        Some("6.7.9:2"), Some("6.6.2.3.1:1"), None;
    Untagged: "painted content is an artifact, or its MCID leads through ParentTree to a structure element that holds it",
        None, None, Some("7.1:3");
    EmptyTitle: "`dc:title` says something",
        None, None, Some("7.1:9");
    NoStructureType: "each structure element has a structure type",
        Some("6.8.3.4:1"), Some("6.7.3.4:1"), Some("7.1:5");
    NotItsParent: "`P` of each structure element is the element that holds it",
        None, None, Some("7.1:12");
    FontType: "each font that text is shown in is of a kind that PDF defines",
        Some("6.3.2:2"), Some("6.2.11.2:2"), Some("7.21.4.1:1");
    NoCMap: "a composite font has an `Encoding`: a predefined or an embedded CMap",
        Some("6.3.3.3:1"), Some("6.2.11.3.3:1"), Some("7.21.3.3:1");
    Language: "`Lang` of the document is a text",
        None, None, Some("7.2:34");
    Object: "each indirect object stands where the cross-reference table says, in the syntax of PDF, to its `endobj`",
        Some("6.1.8:1"), Some("6.1.9:1"), Some("6.1:0");
    Xref: "the entries of the cross-reference table have 20 bytes each, in the form of the standard",
        Some("6.1.4:2"), Some("6.1.4:2"), Some("6.1:0");
    Operator: "each operator has its operands; BT and ET, BMC and EMC, q and Q, BX and EX nest; paths are begun and painted",
        Some("6.2.10:0"), Some("6.2.2:0"), Some("6.1:0");
    NoContent: "the contents of pages, forms, patterns and glyphs are streams that unpack",
        Some("6.2.10:0"), Some("6.2.2:0"), Some("6.1:0");
    NoResource: "what an operator names is in the resources",
        Some("6.2.10:0"), Some("6.2.2:2"), Some("6.1:0");
    Damaged: "the data of a stream is what its filters make, and the filters are those of PDF",
        Some("6.1.10:0"), Some("6.1.7.2:1"), Some("6.1:0");
    Entry: "the entries of dictionaries are of the kinds that PDF gives them, and those it requires are there",
        Some("5.1:0"), Some("5.1:0"), Some("6.1:0");
    PageTree: "the page tree has pages, and all its nodes are of the form of PDF",
        Some("5.1:0"), Some("5.1:0"), Some("6.1:0");
    Picture: "the data of a picture is as its dictionary says",
        Some("6.2.4:0"), Some("6.2.8:0"), Some("6.1:0");
    FontProgram: "embedded font programs of shown text can be read, and hold the shown glyphs",
        Some("6.3.4:1"), Some("6.2.11.4.1:1"), Some("7.21.4.1:1");
    ToUnicode: "ToUnicode of composite fonts is a CMap of two-byte codes to UTF-16 (levels A and U)",
        Some("6.3.8:1"), Some("6.2.11.7.2:1"), Some("7.21.7:1");
    NoUnicode: "ToUnicode gives each shown code a character (levels A and U)",
        Some("6.3.8:1"), Some("6.2.11.7.2:1"), Some("7.21.7:1");
    BadUnicode: "ToUnicode maps no shown code to U+0000, U+FEFF or U+FFFE",
        None, Some("6.2.11.7.2:2"), Some("7.21.7:2");
}

impl Row {
    /// The rule's id at the level; none where the level has no such rule.
    pub fn clause(&self, level: Level) -> Option<String> {
        let rule = match level {
            Level::A1a | Level::A1b => self.a1,
            Level::A2a | Level::A2b | Level::A2u => self.a2,
            Level::Ua1 => self.ua1,
        };
        rule.map(|rule| format!("{}:{rule}", level.standard()))
    }
}

impl Fault {
    /// The rule's id at the level; none where the level has no such rule.
    pub fn clause(&self, level: Level) -> Option<String> {
        self.row().clause(level)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StreamEol { found } => write!(
                f,
                "the data of the stream is not set off by end-of-lines: {found}"
            ),
            Self::StreamLength { declared } => {
                write!(
                    f,
                    "the stream says that it has {declared} bytes, but endstream does not follow them"
                )
            }
            Self::UnknownOperator { operator } => {
                write!(f, "no version of PDF knows the operator {operator:?}")
            }
            Self::IccComponents { n: Some(n), space } => {
                write!(f, "the ICC profile is for {space:?}, but /N says {n}")
            }
            Self::IccComponents { n: None, space } => {
                write!(f, "the ICC profile is for {space:?}, but has no /N")
            }
            Self::CidFontType => f.write_str(
                "the composite font has no CIDFont with /Type /Font in /DescendantFonts",
            ),
            Self::CidFontName => f.write_str(
                "the composite font has no CIDFont with a /BaseFont in /DescendantFonts",
            ),
            Self::GlyphWidth {
                cid,
                program,
                dictionary,
            } => write!(
                f,
                "the glyph of CID {cid} is {program} wide in the font program, and {dictionary} in /W or /DW"
            ),
            Self::CidSet { cid } => write!(
                f,
                "the font program holds CID {cid}, which /CIDSet leaves out"
            ),
            Self::CidSetTooMuch { cid } => write!(
                f,
                "/CIDSet names CID {cid}, which the font program does not hold"
            ),
            Self::CharSet { glyph } => write!(
                f,
                "the font program holds the glyph {glyph:?}, which /CharSet leaves out"
            ),
            Self::UndescribedProperty { property } => {
                write!(
                    f,
                    "no schema of XMP and none in the file describes the property {property}"
                )
            }
            Self::Untagged { content, why } => {
                write!(f, "{content} is not in the structure tree: {why}")
            }
            Self::EmptyTitle => f.write_str("dc:title is empty"),
            Self::NoStructureType => f.write_str("the structure element has no structure type /S"),
            Self::NotItsParent => {
                f.write_str("/P is not the structure element that holds this one")
            }
            Self::FontType => {
                f.write_str("text is shown in a font of no kind that PDF knows: /Subtype")
            }
            Self::NoCMap => f.write_str("the composite font has no /Encoding"),
            Self::Language => f.write_str("/Lang of the document is no text"),
            Self::Object { problem } => {
                write!(f, "the object is not as PDF writes objects: {problem}")
            }
            Self::Xref { problem } => write!(f, "the cross-reference table is wrong: {problem}"),
            Self::Operator { operator, problem } => {
                write!(f, "the operator {operator:?} stands wrongly: {problem}")
            }
            Self::NoContent => f.write_str("the content is no stream that unpacks"),
            Self::NoResource { kind, name } => {
                write!(f, "the resources have no {kind} of the name {name:?}")
            }
            Self::Damaged { problem } => write!(f, "the data of the stream is damaged: {problem}"),
            Self::Entry {
                dictionary,
                key,
                problem,
            } => write!(f, "/{key} of {dictionary} {problem}"),
            Self::PageTree { problem } => write!(f, "the page tree is broken: {problem}"),
            Self::Picture { problem } => write!(f, "the picture is broken: {problem}"),
            Self::FontProgram { problem } => {
                write!(f, "the embedded font program is broken: {problem}")
            }
            Self::ToUnicode => f.write_str("/ToUnicode is no map of codes to characters"),
            Self::NoUnicode { code } => {
                write!(f, "/ToUnicode gives the shown code {code:04x} no character")
            }
            Self::BadUnicode { code } => write!(
                f,
                "/ToUnicode maps the shown code {code:04x} to U+0000, U+FEFF or U+FFFE"
            ),
        }
    }
}

/// One clause that a file breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// Found by the crate page_validation.
    Validator {
        /// Standard, clause and test number, as veraPDF counts them.
        clause: String,
        message: String,
        object: Option<String>,
    },
    /// Found by a check of our own.
    Own {
        clause: String,
        fault: Fault,
        object: Option<ObjectId>,
    },
}

impl Violation {
    /// The rule's id: standard, clause and test number, as veraPDF counts them.
    pub fn clause(&self) -> &str {
        match self {
            Self::Validator { clause, .. } | Self::Own { clause, .. } => clause,
        }
    }

    /// What is wrong.
    pub fn message(&self) -> String {
        match self {
            Self::Validator { message, .. } => message.clone(),
            Self::Own { fault, .. } => fault.to_string(),
        }
    }

    /// The object it was found in, number and generation, where that is told.
    pub fn object(&self) -> Option<String> {
        match self {
            Self::Validator { object, .. } => object.clone(),
            Self::Own { object, .. } => {
                object.map(|(number, generation)| format!("{number} {generation}"))
            }
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.clause(), self.message())?;
        match self {
            Self::Own {
                object: Some((number, generation)),
                ..
            } => write!(f, " (object {number} {generation})"),
            _ => Ok(()),
        }
    }
}
