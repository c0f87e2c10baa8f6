//! Messages of the pipe: JSON that ends with a NUL, none kept that is longer than the limit, and large ones that may be
//! in a file.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::body::{HEAD, Spool, Spooled};

const CHUNK: usize = 256 << 10;

/// Longer ones go to a file if they may.
const HELD: usize = 2 << 20;

pub(super) enum Frame<'a> {
    Whole(&'a [u8]),
    /// The first bytes of one longer than the limit; the rest was passed over.
    Cut(Vec<u8>),
    /// The first bytes of one that went to a file, and what became of it.
    Spooled(Vec<u8>, Spooled),
}

pub(super) struct Frames<R> {
    from: R,
    buffer: Vec<u8>,
    /// Where the message handed out last ends.
    used: usize,
    /// Up to here no NUL.
    searched: usize,
    /// The head of the message that is being passed over.
    cut: Option<Vec<u8>>,
    /// Where the message goes that comes now.
    spool: Option<Spool>,
    limit: usize,
}

impl<R: AsyncRead + Unpin> Frames<R> {
    pub(super) fn new(from: R, limit: usize) -> Self {
        Self {
            from,
            buffer: Vec::new(),
            used: 0,
            searched: 0,
            cut: None,
            spool: None,
            limit,
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// The next message; `None` at the end, where an unfinished one is worth nothing. `spools` says by a message's first
    /// bytes whether it may go to a file, and how much of it.
    ///
    /// # Errors
    /// When the pipe cannot be read.
    pub(super) async fn next(
        &mut self,
        spools: impl Fn(&[u8]) -> Option<usize>,
    ) -> io::Result<Option<Frame<'_>>> {
        self.buffer.drain(..self.used);
        (self.used, self.searched) = (0, 0);
        // Memory of one large message is not kept for the small ones.
        if self.buffer.capacity() > 8 * CHUNK && self.buffer.len() < CHUNK {
            self.buffer.shrink_to(2 * CHUNK);
        }
        loop {
            let fresh = self.buffer.get(self.searched..).unwrap_or_default();
            if let Some(more) = fresh.iter().position(|byte| *byte == 0) {
                let end = self.searched + more;
                self.used = end + 1;
                let last = self.buffer.get(..end).unwrap_or_default();
                if let Some(head) = self.cut.take() {
                    return Ok(Some(Frame::Cut(head)));
                }
                if let Some(mut spool) = self.spool.take() {
                    spool.add(last);
                    let (head, spooled) = spool.finish();
                    return Ok(Some(Frame::Spooled(head, spooled)));
                }
                return Ok(Some(match end > self.limit {
                    true => Frame::Cut(head(last)),
                    false => Frame::Whole(last),
                }));
            }
            self.searched = self.buffer.len();
            let passes = self.cut.is_some() || self.spool.is_some();
            if self.searched > HELD && !passes {
                let head = head(&self.buffer);
                self.spool = spools(&head).map(|limit| Spool::new(head, limit));
            }
            if let Some(spool) = &mut self.spool {
                spool.add(&self.buffer);
                self.forget();
            } else if self.searched > self.limit || self.cut.is_some() {
                self.cut.get_or_insert_with(|| head(&self.buffer));
                self.forget();
            }
            self.buffer.reserve(CHUNK);
            if self.from.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    fn forget(&mut self) {
        self.buffer.clear();
        self.searched = 0;
    }

    /// The whole message that was handed out last, without its NUL.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let rest = self.buffer.split_off(self.used.min(self.buffer.len()));
        let mut whole = std::mem::replace(&mut self.buffer, rest);
        whole.truncate(self.used.saturating_sub(1));
        self.used = 0;
        whole
    }
}

fn head(message: &[u8]) -> Vec<u8> {
    message.get(..HEAD).unwrap_or(message).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(bytes: &[u8], limit: usize) -> Vec<(bool, Vec<u8>)> {
        let mut frames = Frames::new(bytes, limit);
        let mut found = Vec::new();
        while let Some(frame) = frames.next(|_| None).await.unwrap() {
            found.push(match frame {
                Frame::Whole(b) => (true, b.to_vec()),
                Frame::Cut(b) => (false, b),
                Frame::Spooled(..) => panic!("none may go to a file"),
            });
        }
        found
    }

    #[tokio::test]
    async fn messages_end_at_nul_and_an_unfinished_one_is_none() {
        assert_eq!(
            all(b"{}\0{\"a\":1}\0rest", 100).await,
            [(true, b"{}".to_vec()), (true, b"{\"a\":1}".to_vec())]
        );
        assert!(all(b"", 100).await.is_empty());
    }

    #[tokio::test]
    async fn one_too_long_is_passed_over_and_the_next_is_whole() {
        for length in [600, CHUNK, 5 * CHUNK + 17] {
            let mut bytes = b"{\"id\":7,".to_vec();
            bytes.resize(length, b'x');
            bytes.extend_from_slice(b"\0{}\0");
            let found = all(&bytes, 550).await;
            assert_eq!(found.len(), 2, "{length}");
            assert!(!found[0].0 && found[0].1.starts_with(b"{\"id\":7,x"));
            assert!(found[0].1.len() <= HEAD);
            assert_eq!(found[1], (true, b"{}".to_vec()));
        }
    }

    /// Hands out a message that never ends, and sees how much of it is held.
    #[tokio::test]
    async fn a_message_without_end_takes_no_memory() {
        let (mut to, from) = tokio::io::duplex(CHUNK);
        let writing = tokio::spawn(async move {
            use tokio::io::AsyncWriteExt as _;
            let block = vec![b'x'; CHUNK];
            for _ in 0..200 {
                to.write_all(&block).await.unwrap();
            }
        });
        let mut frames = Frames::new(from, 1 << 20);
        assert!(frames.next(|_| None).await.unwrap().is_none());
        writing.await.unwrap();
        assert!(
            frames.buffer.capacity() < 8 << 20,
            "{}",
            frames.buffer.capacity()
        );
    }

    #[tokio::test]
    async fn a_large_one_that_may_goes_to_a_file_whole() {
        use std::io::Read as _;
        let long = vec![b'x'; HELD + 3 * CHUNK + 17];
        let bytes = [b"{\"id\":7,", &long[..], b"\0{}\0", &long[..], b"\0"].concat();
        let piped = || {
            let (mut to, from) = tokio::io::duplex(CHUNK);
            let bytes = bytes.clone();
            tokio::spawn(async move {
                use tokio::io::AsyncWriteExt as _;
                let _ = to.write_all(&bytes).await;
            });
            Frames::new(from, HELD + CHUNK)
        };
        let mut frames = piped();
        let spools = |head: &[u8]| head.starts_with(b"{").then_some(1 << 30);
        let Some(Frame::Spooled(head, Spooled::Whole(mut file, size))) =
            frames.next(spools).await.unwrap()
        else {
            panic!("it is not in a file");
        };
        let mut found = Vec::new();
        file.read_to_end(&mut found).unwrap();
        assert_eq!(head.len(), HEAD);
        assert_eq!(size, 8 + long.len());
        assert!(found.starts_with(b"{\"id\":7,x") && found.len() == size);
        assert!(matches!(
            frames.next(spools).await,
            Ok(Some(Frame::Whole(b"{}")))
        ));
        assert_eq!(frames.take(), b"{}");
        assert!(matches!(frames.next(spools).await, Ok(Some(Frame::Cut(_)))));
        let mut frames = piped();
        let found = frames.next(|_| Some(HELD)).await.unwrap();
        assert!(matches!(found, Some(Frame::Spooled(_, Spooled::Cut(HELD)))));
    }
}
