//! Packages for e-archives, judged by outside programs: xmllint, schematron and eark-validator.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod delivery;
mod erms;
mod oracles;
mod past;
mod records;
mod sip;
