//! Gallring as the archive decides it: what is due, what holds it, who approves it; and what is never destroyed.

#![allow(clippy::unwrap_used)] // clippy excuses tests, not their helper functions

#[path = "../support/mod.rs"]
mod support;

mod decisions;
mod delivered;
mod executed;
mod holds;
mod office;
mod pages;
mod random;
mod shelf;
mod traces;
