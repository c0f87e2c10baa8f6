//! The bundle for the diarium and the watch folder, by the command line, judged by bagit.py, jsonschema and xmllint.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(dead_code, reason = "the shelf has more than this needs")]

#[path = "../gallring/office.rs"]
mod office;
#[path = "../gallring/shelf.rs"]
mod shelf;
#[path = "../support/mod.rs"]
mod support;

mod bundle;
mod faults;
mod feed;
mod folder;
mod told;
