//! One capture: a browser of its own looks at one page, and files and an account of it are what is left.
//!
//! In the folder, when the page is captured: `tile-0001.png` and on (or `.jpg`), `boxes.ndjson` (a line of text with
//! its place a line), `page.txt`, `print.pdf` where the browser printed it, and `capture.warc.gz` where the traffic was
//! recorded. When it is not, nothing.

mod arrive;
mod ask;
mod conclude;
mod take;
mod visit;

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::launch::{self, Browser, Launch, User};
use super::proxy::{self, Proxy};
use super::rules::PageRules;
use super::{Error, Job, conditions};
use crate::platform::Network;
use crate::record::{Page, PageOutcome};
use visit::Visit;

/// Looks at the page of `job` and writes what it shows into `folder`, which is there and empty.
///
/// However the look ends, it is told as the page's outcome, and no process and no folder of the browser is left.
///
/// # Errors
/// What is no outcome: the folder or the browser's own cannot be written, `job` does not read.
pub async fn capture(
    job: &Job,
    user: Option<User>,
    folder: &Path,
    now: &(dyn Fn() -> DateTime<Utc> + Send + Sync),
) -> Result<Page, Error> {
    let begun = Instant::now();
    let mut rules = PageRules::own()?;
    if let Some(more) = &job.rules {
        rules = rules.with(PageRules::read(more)?);
    }
    let mut page = blank(job, now());
    let time = Duration::from_secs(job.limits.seconds);
    let opened = tokio::time::timeout(time, open(job, user)).await;
    let (proxy, browser) = match opened {
        Ok(Ok(open)) => open,
        Ok(Err(Error::Folder { path, source })) => return Err(Error::Folder { path, source }),
        Ok(Err(error @ (Error::Allow(_) | Error::Listen(_)))) => return Err(error),
        Ok(Err(error)) => {
            page.outcome = match error {
                // Killed, or too slow: the next may do better.
                Error::EndedAtOnce { .. } | Error::TimedOut { .. } => PageOutcome::BrowserGone,
                _ => PageOutcome::NoBrowser,
            };
            let hint = error.hint().map(|hint| format!("; {hint}"));
            page.detail = Some(chain(&error) + &hint.unwrap_or_default());
            page.finished = now();
            return Ok(page);
        }
        Err(_) => {
            page.outcome = PageOutcome::TimedOut;
            page.detail = Some("the browser did not start".to_owned());
            page.finished = now();
            return Ok(page);
        }
    };
    browser.version().clone_into(&mut page.browser);
    let mut visit = Visit::new(job, &rules, folder, (page.started, begun), &proxy, &browser);
    let left = time.saturating_sub(begun.elapsed());
    let ended = tokio::time::timeout(left, visit.run()).await;
    let concluded = visit.conclude(ended.ok(), &mut page).await;
    let closed = browser.close().await;
    concluded?;
    closed?;
    page.finished = now();
    Ok(page)
}

async fn open(job: &Job, user: Option<User>) -> Result<(Proxy, Browser), Error> {
    let network = Network {
        allow: job.allow.clone(),
        proxy: job.proxy.clone().map(|p| p.0),
        ..Network::default()
    };
    let rules = proxy::Rules::new(&job.address, &network).map_err(Error::Allow)?;
    let runs_as = Launch::runs_as(user)?;
    let program = launch::find(job.program.as_deref())?;
    let proxy = Proxy::start(rules, proxy::Limits::default(), runs_as).await?;
    let mut launch = Launch::new(program, user, proxy.address());
    launch.memory = job.limits.memory_bytes;
    launch.sandbox = job.sandbox;
    launch.window = conditions::WINDOW;
    launch.patience = Duration::from_secs(job.limits.seconds).min(Duration::from_secs(60));
    let browser = launch.start().await?;
    Ok((proxy, browser))
}

fn blank(job: &Job, started: DateTime<Utc>) -> Page {
    Page {
        logged_in: !job.cookies.is_empty(),
        ..Page::begun(job.address.as_str(), started)
    }
}

/// An error with what it comes from.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        told.push_str(": ");
        told.push_str(&error.to_string());
        source = error.source();
    }
    told
}

#[cfg(test)]
mod tests;
