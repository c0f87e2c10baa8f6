//! Any picture people post, in a typeset document: drawn right, or said why not, and never a file that does not conform.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod fuzz;
mod hostile;
mod jpeg;
mod made;
mod others;
#[path = "../pdfa/sample.rs"]
#[allow(dead_code)]
mod sample;
mod shown;
mod svg;

mod png;
