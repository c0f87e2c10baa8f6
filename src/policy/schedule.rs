//! Schedules: what is done, for which accounts, when.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};

use crate::calendar::Cron;
use crate::record::AccountId;

use super::parse::parse;
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

/// Which accounts a schedule is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accounts {
    All,
    These(Vec<AccountId>),
}

/// A file of schedules.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedules {
    #[serde(rename = "schedule", deserialize_with = "distinct")]
    pub schedules: Vec<Schedule>,
}

impl Schedules {
    /// Reads a schedule file. `file` is the name that errors give.
    ///
    /// # Errors
    /// The file, key and line of what is unknown, missing or cannot be.
    pub fn parse(text: &str, file: &str) -> Result<Self, Error> {
        parse(text, file)
    }
}

fn distinct<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Schedule>, D::Error> {
    let schedules = Vec::<Schedule>::deserialize(from)?;
    let mut seen = HashSet::new();
    if let Some(twice) = schedules.iter().find(|s| !seen.insert(&s.id)) {
        return Err(D::Error::custom(format!(
            "id {:?} stands twice",
            twice.id.as_str()
        )));
    }
    Ok(schedules)
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
                "s.toml:5: schedule.cron: cron \"0 3 1 1,7\": it has 4 fields",
            ),
            (
                "\"all\"",
                "\"some\"",
                "s.toml:6: schedule.accounts: invalid value: string \"some\"",
            ),
            (
                "\"all\"",
                "[]",
                "s.toml:6: schedule.accounts: invalid length 0",
            ),
            ("\"all\"", "[\"Blogg\"]", "account id \"Blogg\" is not"),
            (
                "\"snapshot\"",
                "\"shot\"",
                "s.toml:4: schedule.what: unknown variant `shot`",
            ),
            (
                "full = true\n",
                "",
                "s.toml:2: schedule: missing field `full`",
            ),
            (
                "full = true",
                "full = 1",
                "s.toml:7: schedule.full: invalid type: integer `1`",
            ),
            (
                "[[schedule]]",
                "[[schedules]]",
                "s.toml:2: schedules: unknown field `schedules`",
            ),
            (
                "\"halvar\"",
                "\"Halvår\"",
                "s.toml:3: schedule.id: id \"Halvår\" must be of",
            ),
        ] {
            let message = message(&GOOD.replace(from, to));
            assert!(message.contains(says), "{message:?} lacks {says:?}");
        }
    }

    #[test]
    fn two_of_one_id_are_refused() {
        assert!(message(&GOOD.repeat(2)).contains("id \"halvar\" stands twice"));
    }
}
