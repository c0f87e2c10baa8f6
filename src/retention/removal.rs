//! Removal: what forbidden content is, what a guideline demands before it may be deleted, and its clocks. Pure.
//!
//! To hide is never gated (COM-2): nothing here is asked before. To delete is gated by what the municipality's own text
//! demands, and by one thing for all: that it is saved.

mod category;
mod clock;
mod gate;

pub use category::{Categories, Category, CategoryKind, EMERGENCY, Rule};
pub use clock::{Deadline, ImyClock, deadline, imy_clock};
pub use gate::{Demand, Facts, Lack, Thing, before_closing, before_deletion, before_ending};
