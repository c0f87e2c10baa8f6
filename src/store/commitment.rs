//! The commitment beside a bag: what the ledger's leaf opens to, and what a disposal destroys with the bag.

use std::fmt;

use crate::record::Digest;

/// A salted promise of a bag's bytes. Without the salt the leaf tells nothing: unsalted digests of short texts
/// can be guessed, so the salt goes with the content on disposal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Commitment {
    /// 32 random bytes.
    pub salt: [u8; 32],
    /// SHA-256 of the bag's tagmanifest-sha256.txt, and through it of every file.
    pub tagmanifest: Digest,
}

const HEAD: &str = "arkivd/commit/v1";

impl Commitment {
    pub(super) const FILE: &str = "commitment.txt";

    /// commitment.txt: three lines of ASCII.
    pub fn text(&self) -> String {
        format!("{HEAD}\n{}\n{}\n", Digest(self.salt), self.tagmanifest)
    }

    /// Reads commitment.txt, which has one spelling only.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut lines = text.split('\n');
        if lines.next() != Some(HEAD) {
            return Err("its first line is not arkivd/commit/v1");
        }
        let mut hex = || lines.next().and_then(|line| line.parse::<Digest>().ok());
        let salt = hex().ok_or("its second line is not a salt of 64 hexadecimal digits")?;
        let tagmanifest =
            hex().ok_or("its third line is not a SHA-256 of 64 hexadecimal digits")?;
        if lines.next() != Some("") || lines.next().is_some() {
            return Err("it is not exactly three lines");
        }
        Ok(Self {
            salt: salt.0,
            tagmanifest,
        })
    }

    /// `c` of the ledger's leaf: SHA-256 of commitment.txt.
    pub fn digest(&self) -> Digest {
        Digest::of(self.text().as_bytes())
    }
}

/// The salt stays out of logs.
impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commitment")
            .field("tagmanifest", &self.tagmanifest)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_one_value() {
        let commitment = Commitment {
            salt: [0xab; 32],
            tagmanifest: Digest::of(b"x"),
        };
        let text = commitment.text();
        assert_eq!(Commitment::parse(&text), Ok(commitment));
        assert_eq!(commitment.digest(), Digest::of(text.as_bytes()));
        for bad in [
            String::new(),
            text.trim_end().to_owned(),
            format!("{text}\n"),
            text.replace("v1", "v2"),
            text.to_uppercase(),
            text.replace('\n', "\r\n"),
        ] {
            assert!(Commitment::parse(&bad).is_err(), "{bad:?}");
        }
        assert!(!format!("{commitment:?}").contains("171"));
    }
}
