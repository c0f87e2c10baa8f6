//! A cron line of five fields: minute, hour, day of the month, month, weekday by name; wall time of Europe/Stockholm.

use std::fmt;

use serde::Deserialize;

/// A cron line that has been checked: `0 3 1 1,7 *`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Cron(String);

struct Field {
    name: &'static str,
    from: u32,
    to: u32,
    names: &'static [&'static str],
    /// Numbers are refused where programs count differently.
    by_name_only: bool,
}

const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const FIELDS: [Field; 5] = [
    Field::numbers("minute", 0, 59),
    Field::numbers("hour", 0, 23),
    Field::numbers("day of the month", 1, 31),
    Field {
        names: MONTHS,
        ..Field::numbers("month", 1, 12)
    },
    Field {
        names: WEEKDAYS,
        by_name_only: true,
        ..Field::numbers("weekday", 1, 7)
    },
];

/// The most days each month can have, January first.
const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

impl Field {
    const fn numbers(name: &'static str, from: u32, to: u32) -> Self {
        Self {
            name,
            from,
            to,
            names: &[],
            by_name_only: false,
        }
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        let name = self.name;
        let lower = text.to_ascii_lowercase();
        if let Some((_, value)) = self
            .names
            .iter()
            .zip(self.from..)
            .find(|(known, _)| **known == lower)
        {
            return Ok(value);
        }
        if self.by_name_only {
            return Err(format!(
                "{name} {text:?}: write it by name, one of {} (cron programs number weekdays differently)",
                self.names.join(", ")
            ));
        }
        let (from, to) = (self.from, self.to);
        match text.parse::<u32>() {
            Ok(n) if (from..=to).contains(&n) && text.bytes().all(|b| b.is_ascii_digit()) => Ok(n),
            _ => Err(format!("{name} {text:?} is not within {from} to {to}")),
        }
    }

    /// All values the field names.
    fn values(&self, text: &str) -> Result<Vec<u32>, String> {
        let name = self.name;
        let mut out = Vec::new();
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                None => (part, 1),
                Some((range, step)) => {
                    let step = step
                        .parse::<u32>()
                        .ok()
                        .filter(|n| (1..=self.to).contains(n))
                        .ok_or_else(|| {
                            format!("{name} {part:?}: the step is not within 1 to {}", self.to)
                        })?;
                    if range != "*" && !range.contains('-') {
                        return Err(format!(
                            "{name} {part:?}: a step needs a range before it, as in */{step}"
                        ));
                    }
                    (range, step)
                }
            };
            let (from, to) = match range.split_once('-') {
                _ if range == "*" => (self.from, self.to),
                Some((from, to)) => (self.value(from)?, self.value(to)?),
                None => {
                    let one = self.value(range)?;
                    (one, one)
                }
            };
            if to < from {
                return Err(format!("{name} {part:?} ends before it begins"));
            }
            out.extend((from..=to).step_by(usize::try_from(step).unwrap_or(usize::MAX)));
        }
        Ok(out)
    }
}

impl Cron {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Cron {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let wrong = |problem: String| format!("cron {text:?}: {problem}");
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [_, _, day, month, weekday] = fields.as_slice() else {
            return Err(wrong(format!(
                "it has {} fields, and five are needed: minute, hour, day of the month, month, weekday",
                fields.len()
            )));
        };
        let mut values = Vec::new();
        for (field, text) in FIELDS.iter().zip(&fields) {
            values.push(field.values(text).map_err(wrong)?);
        }
        if let [_, _, days, months, _] = values.as_slice() {
            let longest = |m: &u32| {
                usize::try_from(*m)
                    .ok()
                    .and_then(|m| LONGEST.get(m.checked_sub(1)?))
            };
            let comes = months
                .iter()
                .filter_map(longest)
                .any(|last| days.iter().any(|d| d <= last));
            if !comes {
                return Err(wrong(format!("day {day} of month {month} never comes")));
            }
        }
        // Classic cron takes day or weekday, the cron crate takes both: no one can tell what was meant.
        if *day != "*" && *weekday != "*" {
            return Err(wrong(
                "day of the month and weekday are both given, and programs read that differently: leave one as *"
                    .to_owned(),
            ));
        }
        Ok(Self(fields.join(" ")))
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_mean_something_are_accepted() {
        for good in [
            "0 3 1 1,7 *",
            "0 * * * *",
            "*/15 8-17 * * mon-fri",
            "0 3 1 jan,Jul *",
            "30 4 29 2 *",
            "0 3 10-20/5 * *",
        ] {
            assert_eq!(Cron::try_from(good.to_owned()).unwrap().as_str(), good);
        }
        assert_eq!(
            Cron::try_from(" 0  3 1 * * ".to_owned()).unwrap().as_str(),
            "0 3 1 * *"
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (bad, says) in [
            ("0 3 1 1,7", "it has 4 fields"),
            ("0 0 3 1 1 *", "it has 6 fields"),
            ("", "it has 0 fields"),
            ("60 3 1 1 *", "minute \"60\" is not within 0 to 59"),
            ("0 24 1 1 *", "hour \"24\" is not within 0 to 23"),
            ("0 3 0 1 *", "day of the month \"0\" is not within 1 to 31"),
            ("0 3 1 13 *", "month \"13\" is not within 1 to 12"),
            ("0 3 1 juli *", "month \"juli\" is not within 1 to 12"),
            ("0 3 * * 1", "weekday \"1\": write it by name"),
            ("0 3 * * mån", "weekday \"mån\": write it by name"),
            (
                "0 3 * * fri-mon",
                "weekday \"fri-mon\" ends before it begins",
            ),
            ("*/0 3 * * *", "the step is not within 1 to 59"),
            ("5/10 3 * * *", "a step needs a range"),
            ("0 3 30 2 *", "day 30 of month 2 never comes"),
            ("0 3 31 4,6 *", "day 31 of month 4,6 never comes"),
            ("0 3 1 * mon", "both given"),
            ("0 +3 1 * *", "hour \"+3\" is not within 0 to 23"),
            ("0,, 3 1 * *", "minute \"\" is not within 0 to 59"),
        ] {
            let error = Cron::try_from(bad.to_owned()).unwrap_err();
            assert!(error.contains(says), "{bad:?}: {error:?} lacks {says:?}");
        }
    }
}
