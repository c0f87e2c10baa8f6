//! Gallring: what was decided to go goes, and nothing else (design, section 3).

mod execute;
mod protocol;
mod successor;
mod telltale;
mod tombstone;

pub(super) use execute::resume;
pub use execute::{GallringReport, execute_gallring};
pub(super) use protocol::DOCUMENT_FILE;
pub(super) use tombstone::Tombstones;
