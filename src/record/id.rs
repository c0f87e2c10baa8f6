//! The names things go by: UUIDv7 for what arkivd makes, a slug for accounts, the platform's own for items.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Error;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Error;
            fn from_str(s: &str) -> Result<Self, Error> {
                Uuid::parse_str(s).map(Self).map_err(|_| Error::Uuid {
                    what: $what,
                    value: s.to_owned(),
                })
            }
        }
    };
}

uuid_id!(
    /// One record for ever, through all its versions and captures (UUIDv7).
    RecordId, "record"
);
uuid_id!(
    /// One look at one account at one time (UUIDv7).
    CaptureId, "capture"
);
uuid_id!(
    /// One sealed bag (UUIDv7); a capture seals up to three.
    BagId, "bag"
);
uuid_id!(
    /// One gallring, from its proposal to its protocol (UUIDv7).
    GallringId, "gallring"
);
uuid_id!(
    /// One bundle that left the archive (UUIDv7).
    ExportId, "export"
);
uuid_id!(
    /// One request for public records, from the day received to its end (UUIDv7).
    DisclosureId, "disclosure"
);

/// The archivist's short name for an account, also safe as a file name: 1 to 64 of `a-z`, `0-9`, `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(String);

impl AccountId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = Error;
    fn from_str(s: &str) -> Result<Self, Error> {
        let good = (1..=64).contains(&s.len())
            && !s.starts_with('-')
            && s.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if good {
            Ok(Self(s.to_owned()))
        } else {
            Err(Error::AccountId(s.to_owned()))
        }
    }
}

impl TryFrom<String> for AccountId {
    type Error = Error;
    fn try_from(s: String) -> Result<Self, Error> {
        s.parse()
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> Self {
        id.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The platform's own name for an item, unique within the account: `post:12`, `comment:7`, a feed entry's id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NativeId(pub String);

impl fmt::Display for NativeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_ids_are_safe_file_names() {
        for good in ["tibro-blogg", "a", "1", &"x".repeat(64)] {
            assert_eq!(good.parse::<AccountId>().map(String::from), Ok(good.into()));
        }
        for bad in ["", "-a", "Tibro", "å", "a/b", "..", "a b", &"x".repeat(65)] {
            assert_eq!(bad.parse::<AccountId>(), Err(Error::AccountId(bad.into())));
        }
    }

    #[test]
    fn a_malformed_uuid_is_named_with_its_kind() {
        assert_eq!(
            "nonsense".parse::<BagId>().map_err(|e| e.to_string()),
            Err("bag id \"nonsense\" is not a UUID".into())
        );
    }
}
