//! Schedules: what is done, for which accounts, when.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};

use crate::calendar::Cron;
use crate::record::AccountId;

use super::parse::{parse, place, values_at};
use super::setting::EntryId;
use super::{Error, Quote, Requirement, Source};

/// One line of a municipality's timetable.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Its name in commands and reports: `a-z`, `0-9`, `-`.
    pub id: EntryId,
    pub what: Task,
    /// When, by the clock on a Swedish wall.
    pub cron: Cron,
    pub accounts: Accounts,
    /// True takes all there is; false takes what changed since the last time.
    pub full: bool,
    pub requirement: Requirement,
    pub source: Source,
    pub quote: Quote,
    /// For people, in Swedish.
    pub note: Quote,
}

/// What a schedule starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Records and their media, by the platform's interface.
    Snapshot,
    /// A cheap look for what is new, edited, hidden or gone.
    Watch,
    /// The page as the screen shows it.
    Page,
}

impl Task {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Watch => "watch",
            Self::Page => "page",
        }
    }
}

/// Which accounts a schedule is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accounts {
    All,
    These(Vec<AccountId>),
}

impl Accounts {
    /// True when the account is one of them.
    pub fn has(&self, account: &AccountId) -> bool {
        match self {
            Self::All => true,
            Self::These(ids) => ids.contains(account),
        }
    }
}

/// A file of schedules.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedules {
    #[serde(rename = "schedule")]
    pub schedules: Vec<Schedule>,
}

impl Schedules {
    /// Reads a schedule file. `file` is the name that errors give.
    ///
    /// # Errors
    /// The file, line, column and key of what is unknown, missing or cannot be, or stands twice.
    pub fn parse(text: &str, file: &str) -> Result<Self, Error> {
        Self::parse_all([(file.to_owned(), text.to_owned())])
    }

    /// Reads schedule files, each with the name that errors give and its text, as one timetable in which an id stands once.
    ///
    /// # Errors
    /// As for one file.
    pub fn parse_all(files: impl IntoIterator<Item = (String, String)>) -> Result<Self, Error> {
        let mut schedules = Vec::new();
        let mut seen: HashMap<EntryId, String> = HashMap::new();
        for (file, text) in files {
            let read: Self = parse(&text, &file)?;
            let ids = values_at(&text, "schedule", "id");
            for (schedule, byte) in read.schedules.iter().zip(ids) {
                let (line, column) = place(&text, byte);
                let here = format!("{file}:{line}:{column}");
                if let Some(other) = seen.insert(schedule.id.clone(), here) {
                    return Err(Error::Twice {
                        file,
                        line,
                        column,
                        id: schedule.id.to_string(),
                        other,
                    });
                }
            }
            schedules.extend(read.schedules);
        }
        Ok(Self { schedules })
    }
}

impl<'de> Deserialize<'de> for Accounts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct AllOrIds;

        impl<'de> Visitor<'de> for AllOrIds {
            type Value = Accounts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"all\" or a list of account ids")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Accounts, E> {
                match text {
                    "all" => Ok(Accounts::All),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut ids: A) -> Result<Accounts, A::Error> {
                let mut these = Vec::new();
                while let Some(id) = ids.next_element::<AccountId>()? {
                    these.push(id);
                }
                if these.is_empty() {
                    return Err(A::Error::invalid_length(0, &self));
                }
                Ok(Accounts::These(these))
            }
        }

        from.deserialize_any(AllOrIds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[[schedule]]
id = "halvar"
what = "snapshot"
cron = "0 3 1 1,7 *"
accounts = "all"
full = true
requirement = "TIB-11"
source = "tibro.txt:203-204"
quote = "en gång per halvår"
note = "Två gånger om året."
"#;

    fn message(text: &str) -> String {
        Schedules::parse(text, "s.toml").unwrap_err().to_string()
    }

    #[test]
    fn accounts_are_all_or_named() {
        let all = Schedules::parse(GOOD, "s.toml").unwrap();
        assert_eq!(all.schedules[0].accounts, Accounts::All);
        let named = GOOD.replace("\"all\"", "[\"blogg\", \"bad\"]");
        assert_eq!(
            Schedules::parse(&named, "s.toml").unwrap().schedules[0].accounts,
            Accounts::These(vec!["blogg".parse().unwrap(), "bad".parse().unwrap()])
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (from, to, says) in [
            (
                "0 3 1 1,7 *",
                "0 3 1 1,7",
                "s.toml:5:8: schedule.cron: cron \"0 3 1 1,7\": it has 4 fields",
            ),
            (
                "\"all\"",
                "\"some\"",
                "s.toml:6:12: schedule.accounts: invalid value: string \"some\"",
            ),
            (
                "\"all\"",
                "[]",
                "s.toml:6:12: schedule.accounts: invalid length 0",
            ),
            ("\"all\"", "[\"Blogg\"]", "account id \"Blogg\" is not"),
            (
                "\"snapshot\"",
                "\"shot\"",
                "s.toml:4:8: schedule.what: unknown variant `shot`",
            ),
            (
                "full = true\n",
                "",
                "s.toml:2:1: schedule: missing field `full`",
            ),
            (
                "full = true",
                "full = 1",
                "s.toml:7:8: schedule.full: invalid type: integer `1`",
            ),
            (
                "[[schedule]]",
                "[[schedules]]",
                "s.toml:2:3: schedules: unknown field `schedules`",
            ),
            (
                "\"halvar\"",
                "\"Halvår\"",
                "s.toml:3:6: schedule.id: id \"Halvår\" must be of",
            ),
        ] {
            let message = message(&GOOD.replace(from, to));
            assert!(message.contains(says), "{message:?} lacks {says:?}");
        }
    }

    #[test]
    fn two_of_one_id_are_refused() {
        assert_eq!(
            message(&GOOD.repeat(2)),
            "s.toml:14:6: schedule.id: id \"halvar\" stands twice: also in s.toml:3:6"
        );
        let files = ["a.toml", "b.toml"].map(|name| (name.to_owned(), GOOD.to_owned()));
        assert_eq!(
            Schedules::parse_all(files).unwrap_err().to_string(),
            "b.toml:3:6: schedule.id: id \"halvar\" stands twice: also in a.toml:3:6"
        );
    }
}
