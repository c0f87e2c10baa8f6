//! Verifying bags over all cores: files are the unit of work, reports come in the order the bags were asked for.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::record::{BagId, Digest};

use super::archive::Store;
use super::fault::Fault;
use super::plan::{Plan, Target, hash_file, unreadable};
use super::{Error, io_error};

/// How much of a bag is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Presence, sizes (Payload-Oxum), tag manifest and commitment: reads the tags only.
    Quick,
    /// Every byte of every file.
    Full,
}

/// What a verification found in one bag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BagReport {
    /// None: the bag is as it was sealed, as far as the depth could tell.
    pub faults: Vec<Fault>,
    /// `c`, when a commitment lies beside the bag.
    pub commitment: Option<Digest>,
    /// Payload files on disk.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What a verification of many bags came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    pub bags: u64,
    pub files: u64,
    pub bytes: u64,
    pub faults: u64,
}

/// Measured: the SHA-256 of files in the page cache is fastest with pieces that stay in the second-level cache.
const PIECE: usize = 256 * 1024;

/// How many bags may be done before the one that is reported next: keeps memory flat.
const WINDOW: u64 = 256;

/// Verifies the bag in the folder `dir` (the one with bagit.txt), anywhere: an exported one too. A commitment is
/// judged if the folder is named `bag` and commitment.txt lies beside it.
///
/// # Errors
/// When there is no such folder. What is wrong with the bag is in the report.
pub fn verify_bag(dir: &Path, depth: Depth) -> Result<BagReport, Error> {
    std::fs::read_dir(dir).map_err(io_error("read the bag", dir))?;
    let target = Target {
        dir: dir.to_owned(),
        kept: false,
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut report = None;
    verify_all(
        std::iter::once(((), target)),
        depth,
        threads,
        &mut |(), found| report = Some(found),
    );
    Ok(report.unwrap_or_else(|| BagReport {
        faults: vec![Fault::MissingBag],
        commitment: None,
        files: 0,
        bytes: 0,
    }))
}

impl Store {
    /// Verifies published bags; `report` is called for each, on this thread, in the order of `bags`.
    pub fn verify(
        &self,
        bags: impl Iterator<Item = BagId> + Send,
        depth: Depth,
        threads: usize,
        report: &mut dyn FnMut(BagId, Vec<Fault>),
    ) -> Totals {
        let mut totals = Totals::default();
        let targets = bags.map(|bag| {
            let dir = self.path(bag).join("bag");
            (bag, Target { dir, kept: true })
        });
        verify_all(targets, depth, threads, &mut |bag, found| {
            totals.bags += 1;
            totals.files += found.files;
            totals.bytes += found.bytes;
            totals.faults += found.faults.len() as u64;
            report(bag, found.faults);
        });
        totals
    }
}

/// A bag whose files are being hashed. The last of its files to be done sends the report.
struct Work<T> {
    number: u64,
    name: T,
    dir: PathBuf,
    to_hash: Vec<(String, Digest)>,
    state: Mutex<WorkState>,
}

struct WorkState {
    report: BagReport,
    /// By the file's place in the manifest, so that the order does not depend on threads.
    found: BTreeMap<usize, Fault>,
    left: usize,
}

struct Queue<I, T> {
    bags: I,
    next: u64,
    reported: u64,
    exhausted: bool,
    /// Bags taken from `bags` whose files are not in `files` yet.
    planning: usize,
    files: VecDeque<(Arc<Work<T>>, usize)>,
}

enum Task<T> {
    Hash(Arc<Work<T>>, usize),
    Plan(u64, T, Target),
}

struct Shared<I, T> {
    queue: Mutex<Queue<I, T>>,
    changed: Condvar,
    depth: Depth,
}

type Done<T> = (u64, T, BagReport);

fn verify_all<T: Send + Sync + Clone>(
    bags: impl Iterator<Item = (T, Target)> + Send,
    depth: Depth,
    threads: usize,
    report: &mut dyn FnMut(T, BagReport),
) {
    let shared = Shared {
        queue: Mutex::new(Queue {
            bags,
            next: 0,
            reported: 0,
            exhausted: false,
            planning: 0,
            files: VecDeque::new(),
        }),
        changed: Condvar::new(),
        depth,
    };
    thread::scope(|scope| {
        let (done, reports) = channel();
        for _ in 0..threads.max(1) {
            let done = done.clone();
            scope.spawn(|| shared.work(done));
        }
        drop(done);
        shared.report_in_order(&reports, report);
    });
}

impl<T: Send + Sync + Clone, I: Iterator<Item = (T, Target)> + Send> Shared<I, T> {
    fn report_in_order(&self, reports: &Receiver<Done<T>>, report: &mut dyn FnMut(T, BagReport)) {
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        for (number, name, found) in reports {
            waiting.insert(number, (name, found));
            while let Some((name, found)) = waiting.remove(&next) {
                next += 1;
                report(name, found);
            }
            lock(&self.queue).reported = next;
            self.changed.notify_all();
        }
    }

    fn work(&self, done: Sender<Done<T>>) {
        let mut buffer = vec![0; PIECE];
        while let Some(task) = self.next_task() {
            match task {
                Task::Hash(work, index) => work.hash(index, &mut buffer, &done),
                Task::Plan(number, name, target) => {
                    self.plan(number, name, target, &mut buffer, &done);
                }
            }
        }
    }

    /// Files before new bags; waits while another thread plans a bag that may bring files.
    fn next_task(&self) -> Option<Task<T>> {
        let mut queue = lock(&self.queue);
        loop {
            if let Some((work, index)) = queue.files.pop_front() {
                return Some(Task::Hash(work, index));
            }
            if !queue.exhausted && queue.next < queue.reported + WINDOW {
                if let Some((name, target)) = queue.bags.next() {
                    let number = queue.next;
                    queue.next += 1;
                    queue.planning += 1;
                    return Some(Task::Plan(number, name, target));
                }
                queue.exhausted = true;
                self.changed.notify_all();
            }
            if queue.exhausted && queue.planning == 0 {
                return None;
            }
            queue = self
                .changed
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn plan(
        &self,
        number: u64,
        name: T,
        target: Target,
        buffer: &mut [u8],
        done: &Sender<Done<T>>,
    ) {
        let mut plan = Plan::of(&target, buffer);
        if self.depth == Depth::Quick {
            plan.to_hash.clear();
        }
        let report = BagReport {
            faults: plan.faults,
            commitment: plan.commitment,
            files: plan.files,
            bytes: plan.bytes,
        };
        let files = plan.to_hash.len();
        let mut queue = if files == 0 {
            // The receiver lives as long as the threads.
            let _ = done.send((number, name, report));
            lock(&self.queue)
        } else {
            let work = Arc::new(Work {
                number,
                name,
                dir: target.dir,
                to_hash: plan.to_hash,
                state: Mutex::new(WorkState {
                    report,
                    found: BTreeMap::new(),
                    left: files,
                }),
            });
            let mut queue = lock(&self.queue);
            queue
                .files
                .extend((0..files).map(|index| (Arc::clone(&work), index)));
            queue
        };
        queue.planning -= 1;
        drop(queue);
        self.changed.notify_all();
    }
}

impl<T: Clone> Work<T> {
    fn hash(&self, index: usize, buffer: &mut [u8], done: &Sender<Done<T>>) {
        let fault = self.to_hash.get(index).and_then(|(path, expected)| {
            match hash_file(&self.dir.join(path), buffer) {
                Ok(found) if found == *expected => None,
                Ok(found) => Some(Fault::Changed {
                    path: path.clone(),
                    expected: *expected,
                    found,
                }),
                Err(e) => Some(unreadable(path, &e)),
            }
        });
        let mut state = lock(&self.state);
        if let Some(fault) = fault {
            state.found.insert(index, fault);
        }
        state.left -= 1;
        if state.left == 0 {
            let mut report = state.report.clone();
            report
                .faults
                .extend(std::mem::take(&mut state.found).into_values());
            // The receiver lives as long as the threads.
            let _ = done.send((self.number, self.name.clone(), report));
        }
    }
}

/// A lock whose holder panicked is still sound here: every step under it is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
