//! The inbox, looked at again and again while the daemon runs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::Settings;
use crate::commands::Caller;
use crate::workflow::{self, Archive, Emptied, Inbox};

/// Looks until the daemon ends.
///
/// # Errors
/// Those of the archive itself, other than a full disk.
pub(super) async fn watch(
    archive: Arc<Archive>,
    settings: watch::Receiver<Arc<Settings>>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), workflow::Error> {
    let mut inbox = Inbox::new(archive.paths().archive());
    while !*stop.borrow() {
        let now = Arc::clone(&settings.borrow());
        let wants = &now.config.inbox;
        if wants.watch {
            let persons = &now.config.persons;
            let who = |uid| Caller::owner(uid, persons);
            let done = inbox.empty(&archive, &now.around, &who, &mut stop).await?;
            if done != Emptied::default() {
                let Emptied {
                    taken,
                    held,
                    failed,
                } = done;
                tracing::info!(taken, held, failed, "inbox: emptied");
            }
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            () = sleep(Duration::from_secs(wants.seconds)) => {}
        }
    }
    Ok(())
}
