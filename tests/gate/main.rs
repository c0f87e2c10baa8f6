//! The gate against veraPDF's corpus, against mutants that each break a clause, and against hostile bytes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod cff;
mod corpus;
mod hostile;
mod letter;
mod mutants;
#[path = "../pdfa/sample.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod sample;
mod samples;
mod tagged;
