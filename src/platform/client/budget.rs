//! The rate budget: what each origin said of its limits, and whether the next request fits within them.
//!
//! All readings of an origin share one budget, and requests under way count against it. A server's limit is known
//! from its first answer; before that nothing holds a request back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::super::reach::Origin;
use super::head::{header, retry_after};

/// A reset further away than this is no reset of a rate limit: a day, and an hour for the clocks.
const FURTHEST: Duration = Duration::from_secs(25 * 3600);

/// Resets are told in whole seconds, so that what is left of the last one is not known.
const ROUNDING: Duration = Duration::from_secs(1);

/// What the origins have said; shared by all readings of a client.
#[derive(Default)]
pub(super) struct Budget {
    origins: Mutex<HashMap<Origin, Allowance>>,
    answered: Notify,
}

/// What one origin allows.
#[derive(Debug, Default)]
struct Allowance {
    under_way: u64,
    window: Option<Window>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    /// Requests in each window, where told.
    limit: Option<u64>,
    remaining: u64,
    reset: Instant,
}

/// Why a request may not go yet.
#[derive(Debug, PartialEq, Eq)]
enum Wait {
    Until(Instant),
    /// One is under way that will tell what the new window allows.
    ForAnswer,
}

/// What an answer's head says of the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    limit: Option<u64>,
    remaining: u64,
    reset: Duration,
}

/// A request that was let through; it is under way until this is dropped.
pub(super) struct Permit {
    budget: Arc<Budget>,
    origin: Origin,
}

impl Budget {
    /// Lets a request to the origin through, waiting at most `longest` for its next window.
    ///
    /// # Errors
    /// How long the wait would be, when it is more than that.
    pub(super) async fn admit(
        self: &Arc<Self>,
        origin: &Origin,
        longest: Duration,
    ) -> Result<Permit, Duration> {
        loop {
            let answered = self.answered.notified();
            tokio::pin!(answered);
            answered.as_mut().enable();
            let now = Instant::now();
            let taken = {
                let mut origins = self.lock();
                origins.entry(origin.clone()).or_default().take(now)
            };
            match taken {
                Ok(()) => {
                    return Ok(Permit {
                        budget: Arc::clone(self),
                        origin: origin.clone(),
                    });
                }
                Err(Wait::ForAnswer) => answered.await,
                Err(Wait::Until(reset)) => {
                    let wait = reset.duration_since(now);
                    if wait > longest {
                        return Err(wait);
                    }
                    tokio::time::sleep_until(reset).await;
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Origin, Allowance>> {
        self.origins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Notes what the answer's head says. After 429, how long until the next window, where it is told.
    pub(super) fn heard(&self, status: u16, headers: &HeaderMap) -> Option<Duration> {
        let told = told(status, headers, Utc::now())?;
        let mut origins = self.budget.lock();
        let allowance = origins.entry(self.origin.clone()).or_default();
        allowance.hear(told, Instant::now());
        (status == 429).then_some(told.reset)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut origins = self.budget.lock();
        if let Some(allowance) = origins.get_mut(&self.origin) {
            allowance.under_way = allowance.under_way.saturating_sub(1);
            let past = |window: Window| window.limit.is_none() && window.reset <= Instant::now();
            if allowance.under_way == 0 && allowance.window.is_none_or(past) {
                origins.remove(&self.origin);
            }
        }
        drop(origins);
        self.budget.answered.notify_waiters();
    }
}

impl Allowance {
    /// Counts one request in, or says what it has to wait for.
    fn take(&mut self, now: Instant) -> Result<(), Wait> {
        if let Some(window) = &mut self.window {
            if window.reset <= now {
                // A new window: what was told of the size of the last holds for it; else one request goes ahead to ask.
                let Some(limit) = window.limit else {
                    if self.under_way > 0 {
                        return Err(Wait::ForAnswer);
                    }
                    self.under_way = 1;
                    return Ok(());
                };
                let fresh = limit.saturating_sub(self.under_way);
                if fresh == 0 {
                    return Err(Wait::ForAnswer);
                }
                self.under_way += 1;
                return Ok(());
            }
            if window.remaining == 0 {
                return Err(Wait::Until(window.reset));
            }
            window.remaining -= 1;
        }
        self.under_way += 1;
        Ok(())
    }

    /// Within a window the lower number stands: answers may come in another order than their requests went.
    fn hear(&mut self, told: Told, now: Instant) {
        // This request itself is counted by the server; the others under way may not be.
        let others = self.under_way.saturating_sub(1);
        let remaining = told.remaining.saturating_sub(others);
        let reset = now + told.reset;
        match &mut self.window {
            Some(window) if window.reset > now => {
                window.remaining = window.remaining.min(remaining);
                window.limit = told.limit.or(window.limit);
            }
            window => {
                *window = Some(Window {
                    limit: told.limit,
                    remaining,
                    reset,
                });
            }
        }
    }
}

/// Reads `RateLimit-*` (IETF drafts and their forerunners), the drafts' single `RateLimit`, `X-RateLimit-*` and,
/// after 429, `Retry-After`. What is absurd is not told.
fn told(status: u16, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Told> {
    // The server's own clock, where it tells it: ours may be another.
    let now = header(headers, DATE.as_str())
        .and_then(|date| DateTime::parse_from_rfc2822(date.trim()).ok())
        .map_or(now, |date| date.to_utc());
    let separate = ["ratelimit-", "x-ratelimit-", "x-rate-limit-"]
        .iter()
        .find_map(|prefix| {
            let text = |name: &str| header(headers, &format!("{prefix}{name}"));
            Some(Told {
                limit: text("limit").and_then(|text| count(&text)),
                remaining: count(&text("remaining")?)?,
                reset: reset(&text("reset")?, now)?,
            })
        });
    let told = separate.or_else(|| {
        let text = header(headers, "ratelimit")?;
        let policy = header(headers, "ratelimit-policy").unwrap_or_default();
        Some(Told {
            limit: part(&text, &["limit"])
                .or_else(|| part(&policy, &["q"]))
                .and_then(count),
            remaining: part(&text, &["r", "remaining"]).and_then(count)?,
            reset: part(&text, &["t", "reset"]).and_then(|text| reset(text, now))?,
        })
    });
    let mut told = told.filter(|told| told.reset <= FURTHEST);
    if status == 429 {
        let wait = retry_after(headers, now).filter(|wait| *wait <= FURTHEST);
        let reset = wait.map(|wait| wait + ROUNDING);
        let reset = reset.max(told.map(|told| told.reset));
        told = reset.map(|reset| Told {
            limit: told.and_then(|told| told.limit),
            remaining: 0,
            reset,
        });
    }
    // A limit of nothing would close the origin for good.
    told.map(|told| {
        let limit = told.limit.filter(|limit| *limit > 0);
        Told {
            limit,
            remaining: limit.map_or(told.remaining, |limit| told.remaining.min(limit)),
            ..told
        }
    })
}

/// `100`, also as `100, 100;w=60` or `99.0`; below nothing is nothing.
fn count(text: &str) -> Option<u64> {
    let first = text.split([',', ';', '.']).next()?.trim();
    match first.parse::<i64>() {
        Ok(number) => Some(u64::try_from(number).unwrap_or(0)),
        Err(_) => first.parse().ok(),
    }
}

/// `r` of `"default";r=50;t=30`, or `remaining` of `limit=100, remaining=50, reset=5`.
fn part<'t>(text: &'t str, names: &[&str]) -> Option<&'t str> {
    text.split([',', ';']).find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        names.contains(&name.trim()).then(|| value.trim())
    })
}

/// How long until the window ends: told as seconds from now, as seconds or milliseconds of the epoch, or as a time.
fn reset(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    const EPOCH: i64 = 1_000_000_000;
    let text = text.trim();
    let number = text.split('.').next().and_then(|n| n.parse::<i64>().ok());
    let until = match number {
        Some(seconds) if seconds < 0 => return None,
        Some(seconds) if seconds < EPOCH => {
            return Some(Duration::from_secs(seconds.unsigned_abs()).saturating_add(ROUNDING));
        }
        Some(seconds) if seconds < EPOCH * 1000 => DateTime::from_timestamp(seconds, 0)?,
        Some(milliseconds) => DateTime::from_timestamp_millis(milliseconds)?,
        None => DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_rfc2822(text))
            .ok()?
            .to_utc(),
    };
    let wait = until.signed_duration_since(now).to_std().ok()?;
    Some(wait.saturating_add(ROUNDING))
}

#[cfg(test)]
mod tests;
