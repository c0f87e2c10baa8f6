//! Disclosures end to end: a request, its clock, each record's review, the refusal in two steps, the end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod desk;
mod files;
mod forgotten;
mod life;
mod masks;
mod office;
mod others;
mod reasons;
mod refused;
mod scope;
mod whole;
