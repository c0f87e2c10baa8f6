//! A stream to the outside that counts its bytes and ends when it falls silent.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::unreached::{Account, Why};

/// Bytes of the whole capture, both ways, with their end.
#[derive(Debug)]
pub(super) struct Meter {
    pub(super) bytes: AtomicU64,
    pub(super) limit: u64,
    pub(super) silence: Duration,
    pub(super) account: Account,
}

pub(super) struct Metered<S> {
    stream: S,
    to: String,
    meter: Arc<Meter>,
    silence: Pin<Box<Sleep>>,
    heard: bool,
}

impl<S> Metered<S> {
    pub(super) fn new(stream: S, to: String, meter: Arc<Meter>) -> Self {
        let silence = Box::pin(tokio::time::sleep(meter.silence));
        Self {
            stream,
            to,
            meter,
            silence,
            heard: false,
        }
    }

    fn moved(&mut self, bytes: usize) -> io::Result<()> {
        self.silence
            .as_mut()
            .reset(Instant::now() + self.meter.silence);
        let bytes = bytes as u64;
        let before = self.meter.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) <= self.meter.limit {
            return Ok(());
        }
        let limit = self.meter.limit;
        self.meter.account.note(&self.to, Why::BytesLimit { limit });
        Err(io::Error::other("the capture's bytes are used up"))
    }

    /// Pending, unless it has been silent for too long.
    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        ready!(self.silence.as_mut().poll(context));
        let seconds = self.meter.silence.as_secs();
        // A connection kept open and no longer used was reached.
        if !self.heard {
            self.meter.account.note(&self.to, Why::TimedOut { seconds });
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Pending => self.wait(context),
            Poll::Ready(Ok(())) => {
                let bytes = buffer.filled().len() - before;
                self.heard |= bytes > 0;
                Poll::Ready(self.moved(bytes))
            }
            failed => failed,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Pending => self.wait(context),
            Poll::Ready(Ok(written)) => Poll::Ready(self.moved(written).map(|()| written)),
            failed => failed,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
