//! What crosses the socket: one request with its descriptors, then frames until the exit code.
//!
//! A request is its length, four bytes big-endian, with JSON after it; descriptors travel with its first byte. A frame is
//! a byte for its kind, four for its length, and the payload. Either side ends a talk that does not keep to this.

use std::io::{self, IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

/// A command for the daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    /// The client's version: both sides must be of one, as they share the command line's definition.
    pub(crate) version: String,
    /// The command line, program name first.
    #[serde(deserialize_with = "words")]
    pub(crate) argv: Vec<String>,
    /// Whether the client's stderr is a terminal.
    pub(crate) terminal: bool,
    /// What each descriptor is that comes with it, as the command line names it. A client of another version, which is to be
    /// told so, may not send it.
    #[serde(default, deserialize_with = "words")]
    pub(crate) names: Vec<String>,
}

impl Request {
    /// The most bytes of a request.
    pub(crate) const MOST: usize = 1 << 20;
    /// The most words of a command line: a word of one letter takes a hundred times as much memory as it has bytes.
    pub(crate) const MOST_WORDS: usize = 10_000;
    /// The most descriptors that come with it.
    pub(crate) const MOST_FILES: usize = 64;
}

/// The words of a command line; what is beyond the most is not read.
fn words<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    struct Words;
    impl<'de> Visitor<'de> for Words {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "at most {} words", Request::MOST_WORDS)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
            let mut words = Vec::new();
            while let Some(word) = from.next_element()? {
                if words.len() == Request::MOST_WORDS {
                    return Err(A::Error::invalid_length(words.len() + 1, &self));
                }
                words.push(word);
            }
            Ok(words)
        }
    }
    from.deserialize_seq(Words)
}

/// A part of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    /// For the client's stdout.
    Out(Vec<u8>),
    /// For the client's stderr.
    Err(Vec<u8>),
    /// How far the command has come, as JSON.
    Progress(Vec<u8>),
    /// The command's exit code; the last frame.
    Exit(u8),
}

/// What the other side sent is not of this protocol, or did not come.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the request is of {0} bytes, and {most} are allowed", most = Request::MOST)]
    TooLarge(usize),
    #[error("the command line has {0} words, and {most} are allowed", most = Request::MOST_WORDS)]
    ManyWords(usize),
    #[error("{0} files came with the request, and {most} are allowed", most = Request::MOST_FILES)]
    ManyFiles(usize),
    #[error("the request is not understood: {0}")]
    NotARequest(#[from] serde_json::Error),
    #[error("the answer has a frame of kind {0}, which is not known")]
    UnknownFrame(u8),
    #[error("the answer has a frame of {0} bytes, and {most} are allowed", most = Frame::MOST)]
    LongFrame(usize),
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Frame {
    /// The most bytes of a payload.
    pub(crate) const MOST: usize = 64 << 10;

    /// Kind, length and payload.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let code;
        let (kind, payload): (u8, &[u8]) = match self {
            Self::Out(bytes) => (b'o', bytes),
            Self::Err(bytes) => (b'e', bytes),
            Self::Progress(bytes) => (b'p', bytes),
            Self::Exit(exit) => {
                code = [*exit];
                (b'x', &code)
            }
        };
        let mut bytes = Vec::with_capacity(5 + payload.len());
        bytes.push(kind);
        bytes.extend(length(payload));
        bytes.extend(payload);
        bytes
    }

    /// # Errors
    /// When the other side is gone, or sends what is no frame.
    pub(crate) fn read(from: &mut impl Read) -> Result<Self, Fault> {
        let mut head = [0; 5];
        from.read_exact(&mut head)?;
        let [kind, length @ ..] = head;
        let length = u32::from_be_bytes(length) as usize;
        if length > Self::MOST {
            return Err(Fault::LongFrame(length));
        }
        let mut payload = vec![0; length];
        from.read_exact(&mut payload)?;
        match (kind, payload.as_slice()) {
            (b'o', _) => Ok(Self::Out(payload)),
            (b'e', _) => Ok(Self::Err(payload)),
            (b'p', _) => Ok(Self::Progress(payload)),
            (b'x', [code]) => Ok(Self::Exit(*code)),
            _ => Err(Fault::UnknownFrame(kind)),
        }
    }
}

fn length(payload: &[u8]) -> [u8; 4] {
    u32::try_from(payload.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes()
}

/// Sends a request with its descriptors. The stream blocks.
///
/// # Errors
/// When it is too large or the other side is gone.
pub(crate) fn send_request<S: AsFd + Write>(
    to: &mut S,
    request: &Request,
    files: &[BorrowedFd<'_>],
) -> Result<(), Fault> {
    if request.argv.len() > Request::MOST_WORDS {
        return Err(Fault::ManyWords(request.argv.len()));
    }
    let json = serde_json::to_vec(request)?;
    if json.len() > Request::MOST {
        return Err(Fault::TooLarge(json.len()));
    }
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(Request::MOST_FILES))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !files.is_empty() && !control.push(SendAncillaryMessage::ScmRights(files)) {
        return Err(io::Error::other("too many files for one request").into());
    }
    let head = length(&json);
    let sent = sendmsg(
        to.as_fd(),
        &[IoSlice::new(&head)],
        &mut control,
        SendFlags::NOSIGNAL,
    )
    .map_err(io::Error::from)?;
    to.write_all(&head[sent..])?;
    to.write_all(&json)?;
    Ok(())
}

/// Takes what has come of a request's head, up to `head.len()` bytes, with its descriptors. 0 is the end.
///
/// # Errors
/// Those of the socket; `WouldBlock` when nothing is there yet.
pub(crate) fn receive_head(
    from: BorrowedFd<'_>,
    head: &mut [u8],
    files: &mut Vec<OwnedFd>,
) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(Request::MOST_FILES))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let got = recvmsg(
        from,
        &mut [io::IoSliceMut::new(head)],
        &mut control,
        RecvFlags::CMSG_CLOEXEC,
    )?;
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(sent) = message {
            files.extend(sent);
        }
    }
    Ok(got.bytes)
}

/// The length of the JSON that follows the head.
///
/// # Errors
/// When it is more than a request may be.
pub(crate) fn request_length(head: [u8; 4]) -> Result<usize, Fault> {
    let length = u32::from_be_bytes(head) as usize;
    if length > Request::MOST {
        return Err(Fault::TooLarge(length));
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_request_crosses_with_its_files() {
        let (mut here, there) = UnixStream::pair().unwrap();
        let request = Request {
            version: "1.0".into(),
            argv: vec!["arkivd".into(), "å".into()],
            terminal: false,
            names: vec!["bild.png".into()],
        };
        let file = tempfile::tempfile().unwrap();
        send_request(&mut here, &request, &[file.as_fd()]).unwrap();
        let (mut head, mut files) = ([0; 4], Vec::new());
        assert_eq!(
            receive_head(there.as_fd(), &mut head, &mut files).unwrap(),
            4
        );
        let mut json = vec![0; request_length(head).unwrap()];
        (&there).read_exact(&mut json).unwrap();
        assert_eq!(serde_json::from_slice::<Request>(&json).unwrap(), request);
        let mut sent = std::fs::File::from(files.pop().unwrap());
        sent.write_all(b"x").unwrap();
        assert_eq!(file.metadata().unwrap().len(), 1);
    }

    #[test]
    fn frames_are_read_as_they_were_written() {
        let frames = [
            Frame::Out(b"data".to_vec()),
            Frame::Err(Vec::new()),
            Frame::Progress(b"{}".to_vec()),
            Frame::Exit(3),
        ];
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::bytes).collect();
        let mut from = bytes.as_slice();
        for frame in frames {
            assert_eq!(Frame::read(&mut from).unwrap(), frame);
        }
        assert!(Frame::read(&mut from).is_err());
    }

    #[test]
    fn what_is_no_frame_is_refused_before_it_is_read() {
        for bytes in [
            &b"o\xff\xff\xff\xff"[..],
            b"z\0\0\0\0",
            b"x\0\0\0\x02\0\0",
            b"o\0\0\0\x05ab",
        ] {
            assert!(Frame::read(&mut &*bytes).is_err(), "{bytes:?}");
        }
        assert!(matches!(request_length([255; 4]), Err(Fault::TooLarge(_))));
    }

    #[test]
    fn a_command_line_has_no_more_words_than_memory_is_for() {
        let request = |words: usize| Request {
            version: "1.0".into(),
            argv: vec!["a".into(); words],
            terminal: false,
            names: Vec::new(),
        };
        let read = |words| {
            let json = serde_json::to_vec(&request(words)).unwrap();
            serde_json::from_slice::<Request>(&json)
        };
        assert_eq!(
            read(Request::MOST_WORDS).unwrap().argv.len(),
            Request::MOST_WORDS
        );
        let told = read(Request::MOST_WORDS + 1).unwrap_err().to_string();
        assert!(told.contains("at most 10000 words"), "{told}");
        let mut to = UnixStream::pair().unwrap().0;
        let refused = send_request(&mut to, &request(Request::MOST_WORDS + 1), &[]);
        assert!(matches!(refused, Err(Fault::ManyWords(10_001))));
    }
}
