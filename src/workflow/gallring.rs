//! Gallring: what was decided to go goes, and nothing else (design, section 3).

mod execute;
mod protocol;
mod successor;
mod telltale;
mod tombstone;

pub use execute::{GallringReport, execute_gallring};
pub(super) use execute::resume;
pub(super) use tombstone::Tombstones;
