//! The bundle for the diarium and the watch folder, by the command line, judged by bagit.py, jsonschema and poppler.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod bundle;
mod faults;
mod feed;
mod folder;
