//! PDF/A: records typeset as a document for people, and the gate that judges every PDF before it is sealed.
//!
//! [`typeset_posts`] turns posts and comments into one or more PDF/A files, [`write_screen`] screenshots; [`check`] holds a file against the
//! level it declares. printpdf writes pages and operators; lopdf writes fonts, pictures, metadata and the file.
//! Nothing here reads a disk or a clock, save the folders of fonts it is told: pictures come through a function,
//! times stand in the document. The same document, pictures, fonts and build give the same bytes.

mod account;
mod bidi;
mod blocks;
mod bookmarks;
mod breaks;
mod canvas;
mod compose;
mod contents;
mod cover;
mod embed;
mod emoji;
mod entry;
mod evidence;
mod fallback;
mod file;
mod flow;
mod fonts;
mod gate;
mod handling;
mod intent;
mod jpeg;
mod language;
mod lists;
mod media;
mod objects;
mod paragraph;
mod parts;
mod picture;
mod plate;
mod png;
mod posts;
mod print;
mod report;
mod screen;
mod sfnt;
mod shape;
mod source;
mod spans;
mod structure;
mod swedish;
mod system_fonts;
mod table;
mod tags;
mod totals;
mod xmp;

pub use account::typeset_posts;
pub use evidence::{CoverSetting, Evidence, Told, evidence_cover};
pub use fallback::{DEBIAN_FOLDERS, missing_packages};
pub use fonts::{FontUsed, missing_letters};
pub use gate::{
    Fault, Level, MAX_BYTES, Untagged, Violation, check, check_all, check_others, clause_table,
    declared, page_count,
};
pub use handling::{Handling, typeset_handling};
pub use picture::{HandedPicture, PixelBox, picture_anew, picture_size};
pub use plate::Plate;
pub use png::Fault as PngFault;
pub use posts::{
    Context, Entry, Mark, MediumState, Options, Part, PostsDocument, Thread, Threads, Typeset,
};
pub use print::{
    Change, PRINT_LEVELS, PrintLimits, PrintOptions, Printed, Reason, conform,
    memory as print_memory,
};
pub use report::{Chapter, Report, typeset_report};
pub use screen::{
    AsWritten, Look, ScreenFile, ScreenLine, ScreenOptions, ScreenPage, ScreenPart, Screenshot,
    Spot, TextBox, Tile, write_screen,
};
pub use system_fonts::SystemFonts;

/// What stops a document from being written or judged.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("picture {file} could not be read")]
    Load {
        file: String,
        #[source]
        source: std::io::Error,
    },
    #[error("picture {file} changed while the document was written")]
    PictureChanged { file: String },
    #[error("font {font}: {problem}")]
    Font { font: String, problem: String },
    #[error("part {part} could not be written")]
    Write {
        part: usize,
        #[source]
        source: std::io::Error,
    },
    #[error("part {part} could not be handed on")]
    Emit {
        part: usize,
        #[source]
        source: std::io::Error,
    },
    #[error("the document could not be laid out in the same way twice: part {part}")]
    Unstable { part: usize },
    #[error("{file} is damaged")]
    Png {
        file: String,
        #[source]
        source: PngFault,
    },
    #[error("{file} is neither a PNG nor a JPEG")]
    NoScreenshot { file: String },
    #[error("the screenshot is none that is written here: {problem}")]
    NotAScreen { problem: &'static str },
    #[error("a picture of the screenshot cannot be shown: {problem}")]
    ScreenPicture { problem: String },
    #[error("{file} is damaged or cut off")]
    BrokenScreenshot { file: String },
    #[error("{file} is too large: {problem}")]
    ScreenshotTooLarge { file: String, problem: String },
    #[error("{file} is {width} pixels wide, and the first picture {first}")]
    ScreenshotWidth {
        file: String,
        width: u32,
        first: u32,
    },
    #[error("a screenshot is made of 1 to 4,000 pictures, not of {tiles}")]
    ScreenshotCount { tiles: usize },
    #[error("the file is no PDF: %PDF- is not within its first 1,024 bytes")]
    NoPdf,
    #[error("the file is cut off: its cross-reference table is not at its end")]
    Truncated,
    #[error("the file is encrypted, and cannot be read without its password")]
    Encrypted,
    #[error("the file cannot be read: {0}")]
    Broken(String),
    #[error("the file has {bytes} bytes; the gate reads at most {MAX_BYTES}")]
    TooLarge { bytes: u64 },
    #[error("the print has {count} {what}; it may have {limit}")]
    PrintTooLarge {
        what: &'static str,
        count: u64,
        limit: u64,
    },
    #[error("the print reaches no level of PDF/A: {}", reasons.last().map_or_else(String::new, ToString::to_string))]
    NoLevel { reasons: Vec<Reason> },
    #[error("the file cannot be judged as {level}: {problem}")]
    Unreadable { level: Level, problem: String },
}
