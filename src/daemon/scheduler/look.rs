//! Looks: an account is watched between snapshots, by a schedule's tick or by its own pace.

use std::sync::Arc;

use tokio::task::block_in_place;

use super::super::Settings;
use super::Attempted;
use crate::catalog::{NewWatch, Settles};
use crate::record::Account;
use crate::workflow::{
    self, Archive, Due, Retry, WatchReport, WatchRequest, What, is_watched, tightest, told,
    watch_account,
};

/// One look between snapshots, by a schedule's tick or by the account's own pace.
pub(super) async fn attempt(
    archive: &Arc<Archive>,
    settings: &Settings,
    account: &Account,
    due: &Due,
) -> Result<Attempted, workflow::Error> {
    let credential = match settings.config.credential_of(account) {
        Ok(credential) => credential,
        Err(error) => {
            let problem = told(&error);
            block_in_place(|| note_failed(archive, settings, account, &problem))?;
            return Ok(Attempted::Failed {
                retry: Retry::Lasting,
                problem,
            });
        }
    };
    let request = WatchRequest {
        account: account.id.clone(),
        settles: (!due.look).then(|| Settles {
            schedule: due.schedule.clone(),
            counted_from: due.tick,
            backwards: false,
        }),
        pace: settings.config.watch.pace(),
        scheduled: is_watched(&settings.timetable, &account.id),
    };
    let report = watch_account(
        archive,
        &settings.client,
        credential.as_ref(),
        &request,
        &settings.around,
        &|_| {},
    )
    .await?;
    match report.error {
        None => Ok(Attempted::Watched(Box::new(report))),
        Some(problem) => Ok(Attempted::Failed {
            retry: report.retry.unwrap_or(Retry::Passing),
            problem,
        }),
    }
}

pub(super) fn log_done(due: &Due, report: &WatchReport) {
    let Some(capture) = &report.capture else {
        tracing::debug!(account = %due.account, schedule = due.schedule, seconds = report.seconds, "looked: nothing new");
        return;
    };
    let counts = capture.counts;
    tracing::info!(
        account = %due.account, schedule = due.schedule, capture = %capture.capture,
        new = counts.new, edited = counts.changed, not_seen = counts.not_seen,
        seconds = report.seconds, "looked: something has changed"
    );
    for noticed in &report.noticed {
        if let What::Removed { how, .. } | What::Hidden { how, .. } = &noticed.what {
            tracing::info!(account = %due.account, record = %noticed.record, how, "no longer public");
        }
    }
    for bag in &capture.bags {
        tracing::info!(account = %due.account, capture = %capture.capture, bag = %bag.bag, "bag sealed");
    }
}

/// A look that could not even begin: its next is that of any that fails for good.
fn note_failed(
    archive: &Archive,
    settings: &Settings,
    account: &Account,
    problem: &str,
) -> Result<(), workflow::Error> {
    let now = (settings.around.now)();
    let mut catalog = archive.catalog();
    let boosts = catalog.boosts(now)?;
    let boost = tightest(boosts.iter().filter(|b| b.account == account.id));
    let pace = settings.config.watch.pace();
    let watch = NewWatch {
        at: now,
        whole: false,
        read: now,
        lists: &[],
        next_look: pace.after_failure(now, Retry::Lasting, boost),
        memory: None,
        problem: Some(problem),
    };
    let actor = &settings.around.actor;
    Ok(catalog.note_watch(&account.id, &watch, &[], None, actor)?)
}
