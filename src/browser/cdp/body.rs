//! Answers that are read straight into what they are wanted as, and large ones from a file: a page decides how large.

use std::fs::File;
use std::io::{self, BufReader, Seek as _, Write as _};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::de::{DeserializeOwned, Error as _, Visitor};
use serde::{Deserialize, Deserializer};

use super::Error;
use super::message::Refusal;

/// Of a message so much is looked at to see what it answers.
pub(super) const HEAD: usize = 512;

/// An answer as it came.
#[derive(Debug)]
pub(super) enum Body {
    Held(Vec<u8>),
    /// A file without a name.
    Spooled(File),
}

#[derive(Deserialize)]
struct Answered<T> {
    result: Option<T>,
    error: Option<Refusal>,
}

impl Body {
    /// Takes as long as the answer is large: not for the threads that hear the browser.
    pub(super) fn read<T: DeserializeOwned>(self, method: &str) -> Result<T, Error> {
        let read: Result<Answered<T>, _> = match self {
            Self::Held(bytes) => serde_json::from_slice(&bytes),
            Self::Spooled(file) => serde_json::from_reader(BufReader::with_capacity(1 << 20, file)),
        };
        let method = method.to_owned();
        match read {
            Ok(Answered {
                error: Some(refusal),
                ..
            }) => Err(refusal.of(method)),
            Ok(Answered {
                result: Some(result),
                ..
            }) => Ok(result),
            Ok(_) => Err(Error::Lacking {
                method,
                what: "a result",
            }),
            Err(source) => Err(Error::Malformed { method, source }),
        }
    }
}

/// Bytes that the protocol tells as base64.
#[derive(Debug)]
pub struct Base64(pub Vec<u8>);

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Base64;

            fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                to.write_str("base64")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Base64, E> {
                BASE64_STANDARD.decode(text).map(Base64).map_err(E::custom)
            }
        }
        from.deserialize_str(Text).map_err(D::Error::custom)
    }
}

/// A message on its way to a file.
pub(super) struct Spool {
    pub(super) head: Vec<u8>,
    file: io::Result<File>,
    bytes: usize,
    limit: usize,
}

/// What became of it.
pub(super) enum Spooled {
    Whole(File, usize),
    /// It was longer than this.
    Cut(usize),
    Failed(io::Error),
}

impl Spool {
    pub(super) fn new(head: Vec<u8>, limit: usize) -> Self {
        Self {
            head,
            file: tempfile::tempfile(),
            bytes: 0,
            limit,
        }
    }

    /// The rest of one that is too long, or that the disk does not take, is passed over.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.bytes = self.bytes.saturating_add(bytes.len());
        if let Ok(file) = &mut self.file
            && self.bytes <= self.limit
            && let Err(error) = file.write_all(bytes)
        {
            self.file = Err(error);
        }
    }

    pub(super) fn finish(self) -> (Vec<u8>, Spooled) {
        let spooled = match self.file {
            _ if self.bytes > self.limit => Spooled::Cut(self.limit),
            Ok(mut file) => match file.rewind() {
                Ok(()) => Spooled::Whole(file, self.bytes),
                Err(error) => Spooled::Failed(error),
            },
            Err(error) => Spooled::Failed(error),
        };
        (self.head, spooled)
    }
}
