//! The documents of a bundle, several at a time: each at the highest level that the gate lets it have (invariant 4).

use std::io;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::held::Held;
use crate::pdfa::{self, Options, Part, SystemFonts, Thread};
use crate::workflow::{Archive, Error};

/// A document with what is to be typeset.
pub(super) type Page = (Held, pdfa::Handling<Vec<Thread>>);

/// Threads at most: beyond that the disk and the memory are what it waits for.
const MOST: usize = 4;

/// What typesetting all documents of a bundle shares.
#[derive(Default)]
pub(super) struct Setting {
    fonts: Arc<SystemFonts>,
    /// CPU time that it took so far, in microseconds.
    spent: AtomicU64,
}

impl Setting {
    /// CPU time that typesetting took.
    pub(super) fn spent(&self) -> Duration {
        Duration::from_micros(self.spent.load(Ordering::Relaxed))
    }
}

/// Typesets them, and gives the parts of each in the same order.
///
/// # Errors
/// The first, in order, that could not be typeset.
pub(super) fn typeset_all(
    archive: &Archive,
    pages: &[Page],
    setting: &Setting,
) -> Result<Vec<Vec<Part>>, Error> {
    type Done = Mutex<Option<Result<Vec<Part>, Error>>>;
    let next = AtomicUsize::new(0);
    let done: Vec<Done> = pages.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let (Some(page), Some(room)) = (pages.get(at), done.get(at)) else {
                break;
            };
            let typeset = typeset_one(archive, page, &setting.fonts);
            if let Ok(mut room) = room.lock() {
                *room = Some(typeset);
            }
        }
    };
    let before = cpu();
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.min(MOST).min(pages.len());
    // None of it here: what stays of each document would lie scattered between what typesetting took and gave back, and
    // the allocator returns nothing of such a heap (15 kB a document, measured).
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let spent = cpu().saturating_sub(before);
    setting.spent.fetch_add(spent, Ordering::Relaxed);
    done.into_iter()
        .map(|room| {
            let typeset = room.into_inner().ok().flatten();
            typeset.unwrap_or_else(|| {
                Err(Error::Document(pdfa::Error::Write {
                    part: 0,
                    source: io::Error::other("the typesetter ended in the middle"),
                }))
            })
        })
        .collect()
}

/// CPU time of this process, in microseconds: the readers of PDF have threads of their own.
fn cpu() -> u64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let micros = time.tv_sec * 1_000_000 + time.tv_nsec / 1_000;
    u64::try_from(micros).unwrap_or_default()
}

fn typeset_one(
    archive: &Archive,
    (held, document): &Page,
    fonts: &Arc<SystemFonts>,
) -> Result<Vec<Part>, Error> {
    let mut refused = Vec::new();
    let mut last = None;
    for (pictures, tagged) in [(true, true), (true, false), (false, true), (false, false)] {
        let options = Options {
            tagged,
            pictures,
            system_fonts: Arc::clone(fonts),
            ..Options::default()
        };
        let mut parts: Vec<Part> = Vec::new();
        // Why a file of a bag could not be had: not for the typesetter to get over.
        let mut unread = None;
        let set = pdfa::typeset_handling(
            document,
            &options,
            &mut |name| {
                let file = held.named(name).ok_or(io::ErrorKind::NotFound)?;
                file.read(archive).map_err(|error| {
                    let told = io::Error::other(error.to_string());
                    unread = Some(error);
                    told
                })
            },
            &mut |part| {
                parts.push(part);
                Ok(())
            },
        );
        if let Some(error) = unread {
            return Err(error);
        }
        if let Err(error) = set {
            last = Some(error);
            continue;
        }
        let mut found = Vec::new();
        for part in &parts {
            let judged = pdfa::check_all(&part.bytes, part.levels).map_err(Error::Document)?;
            found.extend(judged.into_iter().flat_map(|(_, found)| found));
        }
        if found.is_empty() && !parts.is_empty() {
            return Ok(parts);
        }
        refused.extend(found);
    }
    Err(match last {
        Some(error) if refused.is_empty() => Error::Document(error),
        _ => Error::DocumentRefused(refused),
    })
}
