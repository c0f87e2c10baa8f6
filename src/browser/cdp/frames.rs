//! Messages of the pipe: JSON that ends with a NUL, none kept that is longer than the limit.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Of a message too long so much is kept, enough to see what it answers.
const HEAD: usize = 512;

const CHUNK: usize = 256 << 10;

pub(super) enum Frame<'a> {
    Whole(&'a [u8]),
    /// The first bytes of one longer than the limit; the rest was passed over.
    Cut(&'a [u8]),
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
            limit,
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// The next message; `None` at the end, where an unfinished one is worth nothing.
    ///
    /// # Errors
    /// When the pipe cannot be read.
    pub(super) async fn next(&mut self) -> io::Result<Option<Frame<'_>>> {
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
                if let Some(head) = self.cut.take() {
                    self.buffer.splice(..end, head);
                    // Only the head stands before the NUL now.
                    let end = self.buffer.iter().position(|byte| *byte == 0);
                    let end = end.unwrap_or_default();
                    self.used = end + 1;
                    return Ok(Some(Frame::Cut(self.buffer.get(..end).unwrap_or_default())));
                }
                let whole = self.buffer.get(..end).unwrap_or_default();
                return Ok(Some(match end > self.limit {
                    true => Frame::Cut(whole.get(..HEAD).unwrap_or(whole)),
                    false => Frame::Whole(whole),
                }));
            }
            self.searched = self.buffer.len();
            if self.searched > self.limit || self.cut.is_some() {
                let head = self.buffer.get(..HEAD).unwrap_or(&self.buffer).to_vec();
                self.cut.get_or_insert(head);
                self.buffer.clear();
                self.searched = 0;
            }
            self.buffer.reserve(CHUNK);
            if self.from.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(bytes: &[u8], limit: usize) -> Vec<(bool, Vec<u8>)> {
        let mut frames = Frames::new(bytes, limit);
        let mut found = Vec::new();
        while let Some(frame) = frames.next().await.unwrap() {
            found.push(match frame {
                Frame::Whole(b) => (true, b.to_vec()),
                Frame::Cut(b) => (false, b.to_vec()),
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
        assert!(frames.next().await.unwrap().is_none());
        writing.await.unwrap();
        assert!(
            frames.buffer.capacity() < 8 << 20,
            "{}",
            frames.buffer.capacity()
        );
    }
}
