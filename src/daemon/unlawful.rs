//! inbox/otillåtet/, looked at again and again while the daemon runs. Cases open at once; saving goes on beside.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinSet, block_in_place};
use tokio::time::sleep;

use super::Settings;
use crate::commands::Caller;
use crate::workflow::{self, Archive, Means, UnlawfulInbox, save_dropped, told};

/// Cases whose things are saved at the same time.
const AT_ONCE: usize = 2;

/// Looks until the daemon ends.
///
/// # Errors
/// Those that only a start-up mends.
pub(super) async fn watch(
    archive: Arc<Archive>,
    settings: watch::Receiver<Arc<Settings>>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), workflow::Error> {
    let mut inbox = UnlawfulInbox::new(archive.paths().archive());
    let mut queue = VecDeque::from(block_in_place(|| inbox.unfinished(&archive))?);
    let mut saving: HashSet<u64> = HashSet::new();
    let mut tasks: JoinSet<(u64, Result<(), workflow::Error>)> = JoinSet::new();
    while !*stop.borrow() {
        let now = Arc::clone(&settings.borrow());
        let wants = &now.config.inbox;
        if wants.watch {
            let opened = block_in_place(|| {
                let who = |uid| Caller::owner(uid, &now.config.persons);
                let removal = now.config.removal.settings(&now.config.watch);
                inbox.look(&archive, &removal, &now.around, &who)
            });
            queue.extend(passed(opened)?.unwrap_or_default());
            while saving.len() < AT_ONCE
                && let Some(case) = queue.pop_front()
            {
                saving.insert(case);
                tasks.spawn(save(Arc::clone(&archive), Arc::clone(&now), case));
            }
            let busy: HashSet<u64> = saving.iter().chain(&queue).copied().collect();
            passed(block_in_place(|| {
                inbox.answer(&archive, &busy, &now.around)
            }))?;
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            Some(ended) = tasks.join_next() => {
                let Ok((case, ended)) = ended else {
                    // A fault of ours in one case holds up no other.
                    tracing::error!("a fault in arkivd itself: a removal case was not saved");
                    saving.clear();
                    continue;
                };
                saving.remove(&case);
                passed(ended)?;
            }
            () = sleep(Duration::from_secs(wants.seconds)) => {}
        }
    }
    // What was begun is left as it was: the next start goes on.
    tasks.shutdown().await;
    Ok(())
}

/// What a look came to; what may pass by itself is told, and tried again.
fn passed<T>(came_to: Result<T, workflow::Error>) -> Result<Option<T>, workflow::Error> {
    match came_to {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.needs_start_up() => Err(error),
        Err(error) => {
            tracing::error!(error = told(&error), "inbox/otillåtet");
            Ok(None)
        }
    }
}

async fn save(
    archive: Arc<Archive>,
    settings: Arc<Settings>,
    case: u64,
) -> (u64, Result<(), workflow::Error>) {
    let config = &settings.config;
    let means = Means {
        client: &settings.client,
        credential: &|account| config.credential_of(account).map_err(|e| told(&e)),
        login: &|account, page| config.login_of(account, page).map_err(|e| told(&e)),
        pace: config.watch.pace(),
    };
    let saved = save_dropped(&archive, case, means, &settings.around).await;
    (case, saved)
}
