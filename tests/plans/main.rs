//! Dokumenthanteringsplaner: the file and its faults, the profiles' templates and what they come to, the commands.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod commands;
mod faults;
mod golden;
mod same;
mod served;
