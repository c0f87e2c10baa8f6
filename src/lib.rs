//! arkivd keeps what a Swedish municipality's social media hold: allmänna handlingar, as PDF/A with hash manifests.
//!
//! # The rooms, lowest first; each uses only those before it
//! - [`record`]: plain values
//! - [`calendar`]: Swedish time, and cron lines by it
//! - [`policy`]: what a municipality's guideline demands
//! - [`retention`]: what a committee's plan says of its records: kept, or destroyed when and by which decision
//! - [`platform`]: answers from the network become items and coverage
//! - [`warc`]: what went over the network, as WARC 1.1
//! - [`browser`]: pages as people see them, by Chromium
//! - [`pdfa`]: records typeset as PDF/A, and the gate that judges them
//! - [`store`]: bags on disk, the only writer of archive files
//! - [`ledger`]: the Merkle log, its checkpoint and signature
//! - [`catalog`]: SQLite, which owns all SQL
//! - [`export`]: bundles that leave the archive
//! - [`workflow`]: the stories, each from first step to last
//! - [`daemon`], [`commands`] and [`config`]: arguments in, one story, report out
pub mod browser;
pub mod calendar;
pub mod catalog;
pub mod commands;
pub mod config;
pub mod daemon;
pub mod export;
pub mod ledger;
pub mod pdfa;
pub mod platform;
pub mod policy;
pub mod record;
pub mod retention;
pub mod store;
pub mod warc;
pub mod workflow;
