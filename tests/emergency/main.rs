//! `removal emergency` end to end: what is suspected to be child abuse material is never fetched, nobody reads what
//! exists of it, and nothing of it is left once the police have said so. The words here are harmless stand-ins.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "../../examples/fake_mastodon.rs"]
mod fake_mastodon;
#[path = "../support/mod.rs"]
mod support;

mod brought;
mod bytes;
mod erased;
mod locked;
mod pages;
mod people;
mod platforms;
mod site;
