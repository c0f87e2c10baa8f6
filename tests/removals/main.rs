//! Removals end to end: cases, the gate of each municipality, the clocks, the police package, inbox/otillåtet.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod again;
mod by_plan;
mod dropped;
mod life;
mod looked;
mod people;
mod saving;
mod shared;
mod site;
