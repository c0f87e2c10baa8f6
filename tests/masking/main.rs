//! Masking is proved: whatever is handed out is opened to its last byte, and searched for what was masked.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod any;
mod asked;
mod bundle;
mod moved;
mod page;
mod refused;
mod screens;
mod search;
mod spelt;
mod written;
