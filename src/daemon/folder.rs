//! The watch folder, kept up while the daemon runs.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::sleep;

use super::Settings;
use crate::workflow::{self, Archive, HeldUp, Sent, send_to_watch_folder};

/// Between two looks at what is to be sent: a question to the catalog.
const PAUSE: Duration = Duration::from_secs(5);
/// After a try that failed.
const LONG_PAUSE: Duration = Duration::from_secs(30);

/// Sends until the daemon ends. A share that hangs holds neither the daemon nor its end.
///
/// # Errors
/// Those of the archive itself, other than a full disk.
pub(super) async fn watch(
    archive: Arc<Archive>,
    settings: watch::Receiver<Arc<Settings>>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), workflow::Error> {
    let mut told = None;
    let held_up = Arc::new(HeldUp::default());
    while !*stop.borrow() {
        let mut pause = PAUSE;
        let now = Arc::clone(&settings.borrow());
        if let Some(path) = now.config.watch_folder.path.clone() {
            let (archive, around) = (Arc::clone(&archive), now.around.clone());
            let held_up = Arc::clone(&held_up);
            let (done, sending) = oneshot::channel();
            // No task of the runtime: that would wait for it at its end.
            let send = move || {
                let _ = done.send(send_to_watch_folder(
                    &archive, &path, None, &held_up, &around,
                ));
            };
            thread::spawn(send);
            let sent = tokio::select! {
                sent = sending => sent,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            match sent {
                Ok(Ok(sent)) => {
                    log(&sent, &mut told);
                    if sent.problem.is_some() {
                        pause = LONG_PAUSE;
                    }
                }
                Ok(Err(error)) if error.needs_start_up() => return Err(error),
                Ok(Err(error)) => {
                    tracing::error!(error = workflow::told(&error), "watch folder");
                    pause = LONG_PAUSE;
                }
                Err(_) => {
                    tracing::error!(
                        "watch folder: a fault in arkivd itself ended it, please report it"
                    );
                    pause = LONG_PAUSE;
                }
            }
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            () = sleep(pause) => {}
        }
    }
    Ok(())
}

/// Each problem once, until it is another.
fn log(sent: &Sent, told: &mut Option<String>) {
    for file in &sent.files {
        tracing::info!(file, "watch folder: sent");
    }
    if *told != sent.problem {
        match &sent.problem {
            Some(problem) => {
                tracing::warn!(
                    problem,
                    waiting = sent.waiting,
                    "watch folder: not all is sent"
                );
            }
            None => tracing::info!("watch folder: all is sent"),
        }
        told.clone_from(&sent.problem);
    }
}
