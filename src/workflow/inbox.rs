//! Inbox: a folder of the archive where people put files. What stands still there is taken in, and moved to done/ or,
//! with the reason beside it, to failed/.

mod folder;
mod forget;
mod scan;
mod settle;
mod state;
mod under_way;
mod unlawful;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::block_in_place;

pub(super) use forget::forget;
pub use state::{InboxState, inbox_state};
pub use unlawful::{UnlawfulInbox, save_dropped};

use super::import_files::{About, Became, BroughtFile, Fault, Thing, import_files};
use super::{Archive, Error, Surroundings};
use crate::catalog::NewEvent;
use crate::record::AccountId;
use folder::{Folder, Stamp};
use under_way::{MOST_ENDS, UnderWay};

/// Files of one capture, and their bytes: bags of a size that people handle, and a daemon that ends in time.
const FILES_AT_ONCE: usize = 50;
const BYTES_AT_ONCE: u64 = 100_000_000;

/// Files by folder and name.
type Stamps = HashMap<(String, Vec<u8>), Stamp>;

/// The folder inbox/ between two looks at it.
pub struct Inbox {
    root: PathBuf,
    /// Files as the look before saw them.
    before: Stamps,
    /// Files that are settled and could not be moved.
    stuck: Stamps,
    under_way: UnderWay,
    /// True while the folder cannot be listed, which is told once.
    unread: bool,
    /// True while a full disk keeps files from being taken, which is told once.
    full: bool,
}

/// What a look came to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Emptied {
    /// Things that are records now.
    pub taken: usize,
    pub held: usize,
    pub failed: usize,
}

/// Files of one thing that have come to their end, with what is said of them.
struct Unit {
    folder: Arc<Folder>,
    /// Whose they are, where that is known.
    account: Option<AccountId>,
    files: Vec<Found>,
    sides: Vec<Found>,
    said: Result<About, Fault>,
}

/// A file in a folder.
#[derive(Clone)]
struct Found {
    name: Vec<u8>,
    stamp: Stamp,
}

impl Found {
    fn told(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }
}

impl Unit {
    fn bytes(&self) -> u64 {
        self.files.iter().map(|f| f.stamp.bytes).sum()
    }
}

impl Inbox {
    pub fn new(archive: &Path) -> Self {
        Self {
            root: archive.join("inbox"),
            before: HashMap::new(),
            stuck: HashMap::new(),
            under_way: UnderWay::of(archive),
            unread: false,
            full: false,
        }
    }

    /// Takes in what has come to its end since the look before. `who` names the user of that number. Ends early when
    /// `stop` says so; what was begun is then finished or left.
    ///
    /// # Errors
    /// Those of the archive, other than a full disk.
    pub async fn empty(
        &mut self,
        archive: &Arc<Archive>,
        around: &Surroundings,
        who: &(dyn Fn(u32) -> String + Send + Sync),
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Emptied, Error> {
        let mut done = Emptied::default();
        let mut units = block_in_place(|| self.look(archive, around))?;
        // What may end us comes last, and alone.
        units.sort_by_key(|unit| self.under_way.ends(unit) > 0);
        let mut units = VecDeque::from(units);
        // A fault of ours in a batch is looked for in each of its things alone.
        let mut alone = 0_usize;
        while !units.is_empty() && !*stop.borrow() {
            let most = if alone > 0 { 1 } else { FILES_AT_ONCE };
            let batch = next_batch(&mut units, most, |unit| self.under_way.ends(unit) > 0);
            if let [unit] = batch.as_slice()
                && let ends @ MOST_ENDS.. = self.under_way.ends(unit)
            {
                let fault = Fault::Ended(ends);
                block_in_place(|| {
                    self.refuse(unit, &fault, archive, around, who, &mut done)?;
                    self.under_way.forget(&batch);
                    Ok::<_, Error>(())
                })?;
                continue;
            }
            alone = alone.saturating_sub(batch.len());
            let Some(account) = batch.first().and_then(|u| u.account.clone()) else {
                block_in_place(|| self.refuse_all(batch, archive, around, who, &mut done))?;
                continue;
            };
            let (things, batch) =
                block_in_place(|| self.opened(batch, archive, around, who, &mut done))?;
            if things.is_empty() {
                continue;
            }
            block_in_place(|| self.under_way.begin(&batch));
            let (on, with) = (Arc::clone(archive), around.clone());
            let mut task =
                tokio::spawn(
                    async move { import_files(&on, &account, things, &with, &|_| {}).await },
                );
            let imported = tokio::select! {
                imported = &mut task => imported,
                () = ending(stop) => {
                    // A person ends us, and no file.
                    self.under_way.end();
                    task.abort();
                    task.await
                }
            };
            block_in_place(|| self.under_way.end());
            match imported {
                Ok(Ok(report)) => {
                    self.full = false;
                    tracing::info!(
                        account = %report.account, capture = report.capture.map(tracing::field::display),
                        things = batch.len(), seconds = report.seconds, "inbox: taken in"
                    );
                    block_in_place(|| {
                        self.under_way.forget(&batch);
                        self.settle(batch, report.became, archive, around, who, &mut done)
                    })?;
                }
                Ok(Err(error)) if error.is_full() => {
                    if !self.full {
                        tracing::error!(
                            "the disk is full: files stay in the inbox until there is room"
                        );
                    }
                    self.full = true;
                    break;
                }
                Ok(Err(error)) => return Err(error),
                Err(gone) if gone.is_cancelled() => break,
                Err(_) if batch.len() > 1 => {
                    alone = batch.len();
                    for unit in batch.into_iter().rev() {
                        units.push_front(unit);
                    }
                }
                Err(_) => {
                    tracing::error!(
                        "a fault in arkivd itself: a file of the inbox was not taken in"
                    );
                    let became = vec![Became::Refused(Fault::Ours)];
                    block_in_place(|| self.settle(batch, became, archive, around, who, &mut done))?;
                }
            }
        }
        Ok(done)
    }

    /// Opens the files of a batch; those that cannot be opened have failed.
    fn opened(
        &mut self,
        batch: Vec<Unit>,
        archive: &Archive,
        around: &Surroundings,
        who: &dyn Fn(u32) -> String,
        done: &mut Emptied,
    ) -> Result<(Vec<Thing>, Vec<Unit>), Error> {
        let mut things = Vec::new();
        let mut kept = Vec::new();
        for mut unit in batch {
            let said = std::mem::replace(&mut unit.said, Ok(About::default()));
            let thing = said.and_then(|about| {
                let files = unit.files.iter().map(|found| {
                    Ok(BroughtFile {
                        name: found.told(),
                        file: unit.folder.open(found).map_err(Fault::Unreadable)?,
                    })
                });
                Ok(Thing {
                    files: files.collect::<Result<_, Fault>>()?,
                    about,
                    by: unit
                        .files
                        .first()
                        .map_or_else(String::new, |f| who(f.stamp.owner)),
                })
            });
            match thing {
                Ok(thing) => {
                    things.push(thing);
                    kept.push(unit);
                }
                // It went meanwhile: taken back by who put it there.
                Err(Fault::Unreadable(error)) if error.kind() == io::ErrorKind::NotFound => {}
                Err(fault) => self.refuse(&unit, &fault, archive, around, who, done)?,
            }
        }
        Ok((things, kept))
    }

    /// What has no account is taken by none.
    fn refuse_all(
        &mut self,
        batch: Vec<Unit>,
        archive: &Archive,
        around: &Surroundings,
        who: &dyn Fn(u32) -> String,
        done: &mut Emptied,
    ) -> Result<(), Error> {
        for mut unit in batch {
            let said = std::mem::replace(&mut unit.said, Ok(About::default()));
            let fault = said.err().unwrap_or(Fault::NoAccount);
            self.refuse(&unit, &fault, archive, around, who, done)?;
        }
        Ok(())
    }

    /// Moves each to where it belongs, now that what was taken is durable.
    fn settle(
        &mut self,
        batch: Vec<Unit>,
        became: Vec<Became>,
        archive: &Archive,
        around: &Surroundings,
        who: &dyn Fn(u32) -> String,
        done: &mut Emptied,
    ) -> Result<(), Error> {
        for (unit, became) in batch.into_iter().zip(became) {
            match became {
                Became::Refused(fault) if fault.passes() => {}
                Became::Refused(fault) => self.refuse(&unit, &fault, archive, around, who, done)?,
                Became::Record { .. } | Became::Held { .. } => {
                    match became {
                        Became::Held { remarks, .. } => {
                            done.held += 1;
                            if !remarks.is_empty() {
                                tracing::warn!(
                                    "inbox: what is held already was brought again: what is said of it now is not noted"
                                );
                            }
                        }
                        _ => done.taken += 1,
                    }
                    let moved = settle::to_done(&self.root, &unit, (around.now)());
                    self.stuck_if(&unit, moved);
                }
            }
        }
        settle::sync(&self.root);
        Ok(())
    }

    /// To failed/, with the reason beside it, and an event.
    fn refuse(
        &mut self,
        unit: &Unit,
        fault: &Fault,
        archive: &Archive,
        around: &Surroundings,
        who: &dyn Fn(u32) -> String,
        done: &mut Emptied,
    ) -> Result<(), Error> {
        let moved = settle::to_failed(&self.root, unit, fault, (around.now)());
        if !self.stuck_if(unit, moved) {
            return Ok(());
        }
        done.failed += 1;
        let all = unit.files.iter().chain(&unit.sides);
        let names: Vec<String> = all.clone().map(Found::told).collect();
        let owner = all.map(|f| f.stamp.owner).next();
        let after = serde_json::json!({ "account": unit.account, "files": names, "refused": super::told(fault) });
        let written = archive.catalog().add_event(&NewEvent {
            at: (around.now)(),
            actor: &owner.map_or_else(|| around.actor.clone(), who),
            verb: "import refused",
            object: unit.account.as_ref().map_or("inbox", AccountId::as_str),
            before: None,
            after: Some(&after.to_string()),
        });
        match written {
            Err(error) if error.is_full() => Ok(()),
            written => Ok(written?),
        }
    }

    /// True when it was moved. What cannot be is left, and not taken again.
    fn stuck_if(&mut self, unit: &Unit, moved: io::Result<()>) -> bool {
        let Err(error) = moved else {
            return true;
        };
        let folder = &unit.folder.name;
        tracing::error!(folder, %error, "inbox: files could not be moved: may the archive's user write in the folder?");
        for found in unit.files.iter().chain(&unit.sides) {
            let key = (folder.clone(), found.name.clone());
            self.stuck.insert(key, found.stamp);
        }
        false
    }
}

/// Comes when the daemon ends.
async fn ending(stop: &mut watch::Receiver<bool>) {
    // Whose sender is gone has ended too.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// The first things of one account, as many as one capture holds.
fn next_batch(units: &mut VecDeque<Unit>, most: usize, alone: impl Fn(&Unit) -> bool) -> Vec<Unit> {
    let mut batch: Vec<Unit> = Vec::new();
    let (mut files, mut bytes) = (0, 0);
    while let Some(next) = units.front() {
        files += next.files.len();
        bytes += next.bytes();
        let other = batch
            .first()
            .is_some_and(|first| first.account != next.account);
        let other = other || alone(next) || batch.first().is_some_and(&alone);
        if !batch.is_empty() && (other || files > most || bytes > BYTES_AT_ONCE) {
            break;
        }
        batch.extend(units.pop_front());
    }
    batch
}

impl Inbox {
    fn look(&mut self, archive: &Archive, around: &Surroundings) -> Result<Vec<Unit>, Error> {
        let accounts = archive.catalog().accounts()?;
        let known: Vec<AccountId> = accounts.into_iter().map(|a| a.id).collect();
        match scan::scan(
            &self.root,
            &known,
            &self.before,
            &self.stuck,
            (around.now)(),
        ) {
            Ok(seen) => {
                self.unread = false;
                self.before = seen.stamps;
                self.under_way.keep(&self.before);
                self.stuck
                    .retain(|key, stamp| self.before.get(key) == Some(stamp));
                Ok(seen.ready)
            }
            // Without the folder there is nothing to take.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            // A link in its place, a network folder that went: the rest of the daemon's work goes on.
            Err(error) => {
                if !self.unread {
                    tracing::error!(%error, "the inbox cannot be read: it is looked at again later");
                }
                self.unread = true;
                Ok(Vec::new())
            }
        }
    }
}
