//! SHA-256 digests (FIPS 180-4), written as 64 lower-case hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Error;

/// The SHA-256 of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(pub [u8; 32]);

impl Digest {
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of the value's canonical JSON (RFC 8785), the same for any order of fields.
    ///
    /// # Errors
    /// When the value has no JSON form (a map with keys that are not strings, a number that is not finite).
    pub fn of_canonical_json(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json_canonicalizer::to_vec(value).map(|bytes| Self::of(&bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = Error;
    fn from_str(s: &str) -> Result<Self, Error> {
        let bad = || Error::Digest(s.to_owned());
        let digits = s.as_bytes();
        if digits.len() != 64 {
            return Err(bad());
        }
        let mut out = [0; 32];
        for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
            let nibble = |c: u8| match c {
                b'0'..=b'9' => Ok(c - b'0'),
                b'a'..=b'f' => Ok(c - b'a' + 10),
                _ => Err(bad()),
            };
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Ok(Self(out))
    }
}

impl TryFrom<String> for Digest {
    type Error = Error;
    fn try_from(s: String) -> Result<Self, Error> {
        s.parse()
    }
}

impl From<Digest> for String {
    fn from(d: Digest) -> Self {
        d.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_standards_own_example_holds_both_ways() {
        assert_eq!(Digest::of(b"abc").to_string(), ABC);
        assert_eq!(ABC.parse(), Ok(Digest::of(b"abc")));
        assert!(ABC.to_uppercase().parse::<Digest>().is_err());
        assert!("ab".parse::<Digest>().is_err());
    }

    #[test]
    fn canonical_json_does_not_depend_on_the_order_of_keys() {
        let a = serde_json::json!({"b": 1, "a": "å"});
        let b = serde_json::json!({"a": "å", "b": 1});
        let canonical = "{\"a\":\"å\",\"b\":1}";
        assert_eq!(
            Digest::of_canonical_json(&a).ok(),
            Some(Digest::of(canonical.as_bytes()))
        );
        assert_eq!(
            Digest::of_canonical_json(&a).ok(),
            Digest::of_canonical_json(&b).ok()
        );
    }
}
