//! Import: what people bring, told by its bytes, and saved pages read as the platforms' own answers are.
//!
//! No script runs, nothing is fetched, and no disk is touched: bytes in, blocks and pictures out.

mod kind;
mod mhtml;
mod saved_page;

pub use kind::{FileKind, HEAD, NotTaken, kind_of};
pub use mhtml::read_mhtml;
pub use saved_page::{Enclosed, SavedPage, read_html};

/// Why a saved page could not be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PageFault {
    #[error("it has {tags} elements, and {most} are read")]
    TooManyElements { tags: usize, most: usize },
    #[error("it is no MHTML that can be read")]
    NotMhtml,
    #[error("it holds parts within parts, {parts} of them, and {most} are read")]
    TooDeep { parts: usize, most: usize },
    #[error("it is mail that holds other mail, and no saved page")]
    Mail,
    #[error("it shows text of {bytes} bytes, and {most} are read")]
    TooMuchText { bytes: usize, most: usize },
    #[error("it holds no page")]
    NoPage,
    #[error("it holds neither words nor pictures")]
    Empty,
}
