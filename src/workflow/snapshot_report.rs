//! What a snapshot came to, and how far it has come.

use std::path::PathBuf;

use super::Retry;
use crate::platform;
use crate::record::{
    AccountId, BagId, BagKind, CaptureId, Counts, Coverage, GapReason, Outcome, Page, PageOutcome,
};

/// How far a snapshot has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Other captures run, and it has to wait for its turn.
    Waiting,
    Reading(platform::Progress),
    Media {
        got: usize,
        of: usize,
    },
    /// Files that were brought are taken in.
    Files {
        done: usize,
        of: usize,
    },
    /// A browser is at the page.
    Page,
    Typesetting,
    Sealing,
}

/// What a snapshot came to.
#[derive(Debug, Clone)]
pub struct SnapshotReport {
    pub capture: CaptureId,
    pub account: AccountId,
    pub outcome: Outcome,
    pub bags: Vec<BagReport>,
    pub counts: Counts,
    pub coverage: Coverage,
    /// True when its records were read.
    pub read: bool,
    /// How the look at the page ended, if one was taken.
    pub page: Option<Page>,
    /// Why it failed, and what to do about it.
    pub error: Option<String>,
    pub hint: Option<String>,
    /// When trying again may help, if it failed.
    pub retry: Option<Retry>,
    /// What a person should know, and what is no gap.
    pub warnings: Vec<String>,
    pub seconds: f64,
}

/// A sealed bag of the capture.
#[derive(Debug, Clone)]
pub struct BagReport {
    pub bag: BagId,
    pub kind: BagKind,
    /// The bag's own folder.
    pub path: PathBuf,
    pub pdfs: Vec<PathBuf>,
    /// The level that each was sealed at.
    pub levels: Vec<String>,
    /// False when the bag lacks a PDF that it should have.
    pub whole: bool,
    pub text_only: bool,
}

impl SnapshotReport {
    /// True when something that was there was not captured, or a PDF was not sealed. A feed's window, or a watch's, is no fault.
    pub fn is_partial(&self) -> bool {
        let gap = self.coverage.rows.iter().any(|row| {
            row.missing
                .iter()
                .any(|g| !matches!(g.reason, GapReason::WindowOnly | GapReason::NewestOnly))
                || row.expected.is_some_and(|n| n != row.captured)
        });
        gap || self.outcome == Outcome::Empty || self.bags.iter().any(|b| !b.whole)
    }
}

/// Why there is no page, in one line.
pub(super) fn told_page(page: &Page) -> String {
    match &page.detail {
        Some(detail) => format!("page {}: {}: {detail}", page.address, page.outcome),
        None => format!("page {}: {}", page.address, page.outcome),
    }
}

/// What a person can do about a page that could not be captured.
pub(super) fn hint_page(page: &Page) -> Option<String> {
    Some(
        match page.outcome {
            PageOutcome::LoginWall if page.logged_in => {
                "its login is not taken any more: export fresh cookies: docs/handbok.md, Sidor som kräver inloggning"
            }
            PageOutcome::LoginWall => {
                "give the account a credential with cookies_file: docs/handbok.md, Sidor som kräver inloggning"
            }
            PageOutcome::NotFound | PageOutcome::Gone | PageOutcome::NameNotFound => {
                "check the address: arkivd account list"
            }
            PageOutcome::InsideNetwork => {
                "if the host may be reached, add it to allow under [network] in arkivd.toml"
            }
            PageOutcome::NotAPage => "the address must lead to a page that a browser shows",
            PageOutcome::NoBrowser => "arkivd doctor",
            PageOutcome::Captcha | PageOutcome::ConsentWall => "look at the page by hand, and keep a screenshot of it: arkivd pdf image",
            PageOutcome::TooManyRequests | PageOutcome::ServerError => "try again later",
            _ => return None,
        }
        .to_owned(),
    )
}
