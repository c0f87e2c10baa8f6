//! What may wait at one time: so much in memory, the rest on disk, and so much of that.
//!
//! A page asks for as much at once as it likes, and what it gets waits here until it is whole and written. Each thing
//! that waits has its place, and gives it back when it is dropped; what finds none is not recorded, and that is said.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::warc::{Body, Error};

/// KiB of bodies in memory.
const BODIES: usize = 16 << 10;

/// KiB of bodies that the browser is asked for whole, as they come over its pipe.
const ANSWERS: usize = 24 << 10;

/// KiB of the heads of what is under way, and of requests that have no answer yet.
const HEADS: usize = 8 << 10;
const ASKED: usize = 4 << 10;

/// KiB of one body that stays in memory; a longer one goes to disk.
const BODY: u32 = 256;

/// Bodies on disk, each an open file.
const FILES: usize = 192;

/// For a place to become free while the page waits.
const BUSY: Duration = Duration::from_secs(2);

/// Bytes with their place.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) body: Body,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// So many KiB of memory.
    Memory(OwnedSemaphorePermit),
    Disk {
        _file: OwnedSemaphorePermit,
    },
    /// For nothing, or what has its room elsewhere.
    None,
}

#[derive(Debug)]
pub(super) struct Room {
    bodies: Arc<Semaphore>,
    files: Arc<Semaphore>,
    answers: Arc<Semaphore>,
    heads: Arc<Semaphore>,
    asked: Arc<Semaphore>,
    folder: Option<PathBuf>,
}

impl Room {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        let of = |places| Arc::new(Semaphore::new(places));
        Self {
            bodies: of(BODIES),
            files: of(FILES),
            answers: of(ANSWERS),
            heads: of(HEADS),
            asked: of(ASKED),
            folder,
        }
    }

    /// For a body of any length, if there is a place now.
    pub(super) fn now(&self) -> Option<Held> {
        self.in_memory().or_else(|| {
            let file = Arc::clone(&self.files).try_acquire_owned().ok()?;
            Some(self.on_disk(file))
        })
    }

    /// The same, if there is one soon.
    pub(super) async fn soon(&self) -> Option<Held> {
        if let Some(held) = self.now() {
            return Some(held);
        }
        let waiting = Arc::clone(&self.files).acquire_owned();
        let file = tokio::time::timeout(BUSY, waiting).await.ok()?.ok()?;
        Some(self.on_disk(file))
    }

    /// For an answer of about so many bytes, while it comes and is taken in; one that is larger than all waits for all.
    pub(super) async fn answer(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        let places = kib(bytes).min(ANSWERS as u32);
        let waiting = Arc::clone(&self.answers).acquire_many_owned(places);
        tokio::time::timeout(BUSY, waiting).await.ok()?.ok()
    }

    /// For the head of an answer of so many bytes.
    pub(super) fn head(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let places = kib(bytes as u64).saturating_add(1);
        Arc::clone(&self.heads).try_acquire_many_owned(places).ok()
    }

    /// The same for a request that waits for its answer.
    pub(super) fn asked(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let places = kib(bytes as u64).saturating_add(1);
        Arc::clone(&self.asked).try_acquire_many_owned(places).ok()
    }

    fn in_memory(&self) -> Option<Held> {
        let place = Arc::clone(&self.bodies).try_acquire_many_owned(BODY);
        let body = self.folder.as_deref();
        Some(Held {
            place: Place::Memory(place.ok()?),
            body: body.map_or_else(Body::default, Body::kept_in),
        })
    }

    fn on_disk(&self, file: OwnedSemaphorePermit) -> Held {
        Held {
            place: Place::Disk { _file: file },
            body: Body::on_disk(self.folder.as_deref()),
        }
    }
}

impl Held {
    /// Of nothing.
    pub(super) fn empty() -> Self {
        Self {
            body: Body::default(),
            place: Place::None,
        }
    }

    /// These few bytes, whose room is that of what they belong to.
    pub(super) fn few(bytes: &[u8]) -> Result<Self, Error> {
        let body = Body::whole(bytes)?;
        let place = Place::None;
        Ok(Self { body, place })
    }

    /// No more comes: what it does not need of its place is given back.
    pub(super) fn settle(&mut self) {
        if let Place::Memory(place) = &mut self.place {
            let needed = kib(self.body.length()) as usize;
            drop(place.split(place.num_permits().saturating_sub(needed)));
        }
    }

    /// The same bytes after these.
    pub(super) fn after(self, first: &[u8]) -> Result<Self, Error> {
        let Self { mut body, place } = self;
        let mut whole = body.fresh();
        whole.push(first)?;
        body.read(|piece| whole.push(piece))?;
        Ok(Self { body: whole, place })
    }
}

fn kib(bytes: u64) -> u32 {
    u32::try_from(bytes >> 10)
        .unwrap_or(u32::MAX - 1)
        .saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn places_have_an_end_and_come_back() {
        let room = Room::new(None);
        let mut held: Vec<Held> = std::iter::from_fn(|| room.now()).collect();
        assert_eq!(held.len(), BODIES / BODY as usize + FILES);
        for small in held.iter_mut().take(2) {
            small.body.push(&[7; 3000]).unwrap();
            small.settle();
        }
        let in_memory = room.now().unwrap();
        assert!(matches!(in_memory.place, Place::Memory(_)));
        assert!(room.now().is_none());
        drop((held, in_memory));
        assert!(room.soon().await.is_some());
        // One too large for all has all, and the next none.
        let all = room.answer(1 << 40).await;
        assert!(all.is_some());
        assert!(room.answer(1).await.is_none());
    }

    #[test]
    fn bytes_may_come_after_others() {
        for length in [0, 5, 300_000] {
            let room = Room::new(None);
            let mut held = room.now().unwrap();
            held.body.push(&vec![b'b'; length]).unwrap();
            let mut whole = held.after(b"a").unwrap();
            let mut bytes = Vec::new();
            let read = whole.body.read(|piece| {
                bytes.extend_from_slice(piece);
                Ok(())
            });
            read.unwrap();
            assert_eq!(bytes.len(), length + 1);
            assert!(bytes.starts_with(b"a") && !bytes[1..].contains(&b'a'));
        }
    }
}
