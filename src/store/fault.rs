//! What can be wrong with a bag, each in one line that names the object, relative to the bag, and the value.

use std::fmt;

use serde::Serialize;

use crate::record::Digest;

/// One thing wrong with one bag. Paths are relative to the bag's folder; `../` stands for the folder around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    /// The bag's folder is not there.
    MissingBag,
    /// A manifest names the file and it is not there.
    MissingFile { path: String },
    /// The file is there and no manifest names it.
    ExtraFile { path: String },
    /// The file's bytes are not those that were sealed.
    Changed {
        path: String,
        expected: Digest,
        found: Digest,
    },
    /// A line of a manifest cannot be read; lines count from 1.
    BadManifestLine {
        path: String,
        line: u64,
        text: String,
        problem: &'static str,
    },
    /// A file or field that the format demands is missing, or its manifest does not name it.
    MissingTag { tag: String },
    /// The payload is not as large as Payload-Oxum says (bytes.files).
    Oxum { expected: String, found: String },
    /// commitment.txt is for another tag manifest than the bag's: the two digests.
    CommitmentMismatch { expected: Digest, found: Digest },
    /// commitment.txt is one, and not the one that the ledger holds for this bag: the two digests.
    OtherCommitment { expected: Digest, found: Digest },
    /// commitment.txt cannot be read as one.
    BadCommitment { problem: &'static str },
    /// bagit.txt or bag-info.txt is not as RFC 8493 says, or the bag uses a part of it that arkivd does not.
    BadBagit { path: String, problem: String },
    /// The bag's Arkivd-Format is newer than this build can judge.
    NewerFormat { found: String, newest: u32 },
    /// A path in a manifest that leaves the bag, or a name on disk that is not UTF-8.
    UnsafePath { path: String },
    /// A link, socket or device where a file belongs; never followed.
    NotAFile { path: String },
    /// The operating system would not give the file.
    Unreadable { path: String, error: String },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingBag => f.write_str("the bag's folder is missing"),
            Self::MissingFile { path } => write!(f, "{}: missing", OneLine(path)),
            Self::ExtraFile { path } => {
                write!(f, "{}: extra, no manifest names it", OneLine(path))
            }
            Self::Changed {
                path,
                expected,
                found,
            } => write!(
                f,
                "{}: changed, its SHA-256 should be {expected} and is {found}",
                OneLine(path)
            ),
            Self::BadManifestLine {
                path,
                line,
                text,
                problem,
            } => write!(
                f,
                "{}: line {line} {:?}: {problem}",
                OneLine(path),
                text.as_str()
            ),
            Self::MissingTag { tag } => write!(f, "{}: missing from the bag's tags", OneLine(tag)),
            Self::Oxum { expected, found } => write!(
                f,
                "data/: Payload-Oxum should be {} and is {found} (bytes.files)",
                OneLine(expected)
            ),
            Self::CommitmentMismatch { expected, found } => write!(
                f,
                "tagmanifest-sha256.txt: the commitment is for {expected}, its SHA-256 is {found}"
            ),
            Self::OtherCommitment { expected, found } => write!(
                f,
                "../commitment.txt: the ledger holds commitment {expected} for this bag, and this is {found}"
            ),
            Self::BadCommitment { problem } => write!(f, "../commitment.txt: {problem}"),
            Self::BadBagit { path, problem } => {
                write!(f, "{}: {}", OneLine(path), OneLine(problem))
            }
            Self::NewerFormat { found, newest } => write!(
                f,
                "bag-info.txt: Arkivd-Format {} is newer than {newest}, the newest this arkivd knows",
                OneLine(found)
            ),
            Self::UnsafePath { path } => {
                write!(f, "{}: a path that a bag may not hold", OneLine(path))
            }
            Self::NotAFile { path } => write!(
                f,
                "{}: neither a file nor a folder, and not followed",
                OneLine(path)
            ),
            Self::Unreadable { path, error } => {
                write!(f, "{}: unreadable: {}", OneLine(path), OneLine(error))
            }
        }
    }
}

/// Text from a bag, kept on its line: control characters are escaped.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if c.is_control() {
                write!(f, "{}", c.escape_default())?;
            } else {
                write!(f, "{c}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_one_line_whatever_the_name() {
        let fault = Fault::ExtraFile {
            path: "data/a\nOK all is well\u{1b}[2J".into(),
        };
        let told = fault.to_string();
        assert_eq!(
            told,
            "data/a\\nOK all is well\\u{1b}[2J: extra, no manifest names it"
        );
    }
}
