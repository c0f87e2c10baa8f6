//! What crosses between arkivd and the process that has the browser: a job there; files and what became of it back.
//!
//! A frame is a byte for its kind, four for its length (big-endian), and the payload. Either side ends a talk that does
//! not keep to this.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::Error;

/// Bytes of one frame's payload.
const MOST: usize = 16 << 20;

/// Bytes of a file in one frame.
pub(super) const BLOCK: usize = 256 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The job, as JSON.
    Job,
    /// The name of a file that begins.
    File,
    /// The next bytes of it.
    Data,
    /// What became of the job, as JSON: the end.
    Page,
    /// Why there is none, in words: the end.
    Failed,
}

impl Kind {
    const ALL: [(Self, u8); 5] = [
        (Self::Job, b'j'),
        (Self::File, b'f'),
        (Self::Data, b'd'),
        (Self::Page, b'p'),
        (Self::Failed, b'x'),
    ];

    fn byte(self) -> u8 {
        Self::ALL
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or(0, |(_, byte)| *byte)
    }

    fn of(byte: u8) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, b)| *b == byte)
            .map(|(kind, _)| *kind)
    }
}

pub(super) async fn send(
    to: &mut (impl AsyncWrite + Unpin),
    kind: Kind,
    payload: &[u8],
) -> Result<(), Error> {
    let length = u32::try_from(payload.len())
        .ok()
        .filter(|_| payload.len() <= MOST)
        .ok_or(Error::Talk {
            problem: "a frame is too long",
        })?;
    to.write_u8(kind.byte()).await.map_err(Error::Wire)?;
    to.write_u32(length).await.map_err(Error::Wire)?;
    to.write_all(payload).await.map_err(Error::Wire)?;
    to.flush().await.map_err(Error::Wire)
}

pub(super) async fn send_json(
    to: &mut (impl AsyncWrite + Unpin),
    kind: Kind,
    value: &impl Serialize,
) -> Result<(), Error> {
    let json = serde_json::to_vec(value).map_err(Error::Json)?;
    send(to, kind, &json).await
}

/// The next frame; `None` when the other side has ended between two.
pub(super) async fn receive(
    from: &mut (impl AsyncRead + Unpin),
) -> Result<Option<(Kind, Vec<u8>)>, Error> {
    let kind = match from.read_u8().await {
        Ok(byte) => Kind::of(byte).ok_or(Error::Talk {
            problem: "a frame is of no known kind",
        })?,
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(e) => return Err(Error::Wire(e)),
    };
    let length = from.read_u32().await.map_err(Error::Wire)? as usize;
    if length > MOST {
        return Err(Error::Talk {
            problem: "a frame is too long",
        });
    }
    // Grown as it comes: a length alone takes no memory.
    let mut payload = Vec::new();
    let read = from
        .take(length as u64)
        .read_to_end(&mut payload)
        .await
        .map_err(Error::Wire)?;
    match read == length {
        true => Ok(Some((kind, payload))),
        false => Err(Error::Wire(io::ErrorKind::UnexpectedEof.into())),
    }
}

pub(super) fn read_json<T: DeserializeOwned>(payload: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(payload).map_err(Error::Json)
}
