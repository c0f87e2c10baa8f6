//! Warc: what went over the network, as WARC 1.1 (ISO 28500:2017).
//!
//! A [`Writer`] puts one [`Record`] after the other, each a gzip member of its own, so that a reader can begin at
//! any of them. Each carries the SHA-256 of its block, and of its payload where it has one. A [`Body`] that is
//! large waits on disk until its record is written: memory stays flat.
//!
//! [`http`] makes the heads of the HTTP messages in it: logins are taken out and counted, and what the head says
//! of the body is true of the body that is kept. The format is so small that the crate `warc` would save nothing:
//! it wants each block whole in memory and sets no digests.

mod body;
pub mod http;
mod record;
mod writer;

pub use body::{Body, Digest};
pub use record::{Kind, Record, Refers, Truncated};
pub use writer::Writer;

use std::io;

/// Why a recording could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the WARC file cannot be written")]
    Write(#[source] io::Error),
    #[error("a body that waits for its WARC record cannot be kept on disk")]
    Spool(#[source] io::Error),
}
