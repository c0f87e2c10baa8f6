//! Leaves: canonical JSON (RFC 8785) without names, addresses or digests of files, so that the log may be shown
//! to anyone and outlive what it tells of.

use serde::Deserialize;

use crate::record::Digest;

use super::Error;

/// One event in the life of a bag. `n` is the index of the leaf that it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaf {
    /// A bag was sealed; `c` is its commitment.
    Capture { c: Digest },
    /// The bag of leaf `n` was destroyed by the decision whose salted digest is `d`.
    Dispose { d: Digest, n: u64 },
    /// A bag with commitment `c` stands in for the bag of leaf `n`.
    Succeed { c: Digest, n: u64 },
    /// A document of a decision was sealed, such as a gallringsprotokoll; `c` is the commitment of its bag.
    Decision { c: Digest },
    /// Something left the archive, for the diarium or the arkivmyndighet; `d` is the salted digest of its file.
    Export { d: Digest },
    /// Records were handed out to who asked for them; `d` is the salted digest of the file.
    Disclosure { d: Digest },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    c: Option<Digest>,
    d: Option<Digest>,
    e: String,
    n: Option<u64>,
    v: u64,
}

impl Leaf {
    /// The bytes that the log hashes.
    pub fn entry(&self) -> Vec<u8> {
        match self {
            Self::Capture { c } => format!(r#"{{"c":"{c}","e":"capture","v":1}}"#),
            Self::Dispose { d, n } => format!(r#"{{"d":"{d}","e":"dispose","n":{n},"v":1}}"#),
            Self::Succeed { c, n } => format!(r#"{{"c":"{c}","e":"succeed","n":{n},"v":1}}"#),
            Self::Decision { c } => format!(r#"{{"c":"{c}","e":"decision","v":1}}"#),
            Self::Export { d } => format!(r#"{{"d":"{d}","e":"export","v":1}}"#),
            Self::Disclosure { d } => format!(r#"{{"d":"{d}","e":"disclosure","v":1}}"#),
        }
        .into_bytes()
    }

    /// Reads a leaf, which has one spelling only.
    ///
    /// # Errors
    /// What is wrong, with the value: not JSON, an event or version this build does not know, another spelling.
    pub fn parse(entry: &[u8]) -> Result<Self, Error> {
        let bad = |problem: String| Error::Leaf {
            text: String::from_utf8_lossy(entry).chars().take(300).collect(),
            problem,
        };
        let raw: Raw = serde_json::from_slice(entry).map_err(|e| bad(e.to_string()))?;
        if raw.v != 1 {
            return Err(bad(format!(
                "version {} is not one this arkivd knows",
                raw.v
            )));
        }
        let leaf = match (raw.e.as_str(), raw.c, raw.d, raw.n) {
            ("capture", Some(c), None, None) => Self::Capture { c },
            ("dispose", None, Some(d), Some(n)) => Self::Dispose { d, n },
            ("succeed", Some(c), None, Some(n)) => Self::Succeed { c, n },
            ("decision", Some(c), None, None) => Self::Decision { c },
            ("export", None, Some(d), None) => Self::Export { d },
            ("disclosure", None, Some(d), None) => Self::Disclosure { d },
            ("capture" | "decision" | "disclosure" | "dispose" | "export" | "succeed", ..) => {
                return Err(bad(format!(
                    "its fields are not those of event {:?}",
                    raw.e
                )));
            }
            _ => {
                return Err(bad(format!(
                    "event {:?} is not one this arkivd knows",
                    raw.e
                )));
            }
        };
        if leaf.entry() != entry {
            return Err(bad("it is not canonical JSON".to_owned()));
        }
        Ok(leaf)
    }

    /// The commitment of the bag that the leaf brought, if it brought one.
    pub fn commitment(&self) -> Option<Digest> {
        match self {
            Self::Capture { c } | Self::Succeed { c, .. } | Self::Decision { c } => Some(*c),
            Self::Dispose { .. } | Self::Export { .. } | Self::Disclosure { .. } => None,
        }
    }

    /// The index of the leaf whose bag this one disposes of or succeeds.
    pub fn names(&self) -> Option<u64> {
        match self {
            Self::Capture { .. }
            | Self::Decision { .. }
            | Self::Export { .. }
            | Self::Disclosure { .. } => None,
            Self::Dispose { n, .. } | Self::Succeed { n, .. } => Some(*n),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_is_canonical_json_and_reads_back() {
        let x = Digest::of(b"x");
        for (leaf, fields) in [
            (
                Leaf::Capture { c: x },
                serde_json::json!({"v": 1, "e": "capture", "c": x}),
            ),
            (
                Leaf::Decision { c: x },
                serde_json::json!({"v": 1, "e": "decision", "c": x}),
            ),
            (
                Leaf::Export { d: x },
                serde_json::json!({"v": 1, "e": "export", "d": x}),
            ),
            (
                Leaf::Disclosure { d: x },
                serde_json::json!({"v": 1, "e": "disclosure", "d": x}),
            ),
            (
                Leaf::Dispose { d: x, n: 417 },
                serde_json::json!({"v": 1, "n": 417, "e": "dispose", "d": x}),
            ),
            (
                Leaf::Succeed { c: x, n: 0 },
                serde_json::json!({"v": 1, "n": 0, "e": "succeed", "c": x}),
            ),
        ] {
            let entry = leaf.entry();
            assert_eq!(entry, serde_json_canonicalizer::to_vec(&fields).unwrap());
            assert_eq!(Leaf::parse(&entry).unwrap(), leaf);
        }
    }

    #[test]
    fn what_is_not_a_leaf_is_refused_with_its_value() {
        let c = Digest::of(b"x");
        for (text, word) in [
            (String::new(), "EOF"),
            ("{}".into(), "missing field"),
            (format!(r#"{{"c":"{c}","e":"erase","v":1}}"#), "\"erase\""),
            (format!(r#"{{"c":"{c}","e":"capture","v":2}}"#), "version 2"),
            (
                format!(r#"{{"c":"{c}","e":"dispose","n":1,"v":1}}"#),
                "\"dispose\"",
            ),
            (
                format!(r#"{{"c":"{c}","e":"capture","v":1,"w":1}}"#),
                "unknown field `w`",
            ),
            (
                format!(r#"{{"c":"{c}","e":"capture","v":1}} "#),
                "canonical",
            ),
            (format!(r#"{{"e":"capture","c":"{c}","v":1}}"#), "canonical"),
            (r#"{"c":"ab","e":"capture","v":1}"#.into(), "\"ab\""),
            (format!(r#"{{"c":"{c}","e":"succeed","n":-1,"v":1}}"#), "-1"),
        ] {
            let error = Leaf::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(word), "{word}: {error}");
        }
    }
}
