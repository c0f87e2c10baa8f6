//! A cron line read: five fields, each the numbers that it names.

use std::collections::BTreeSet;

use super::meant;

/// What is wrong with a cron line.
#[derive(Debug, thiserror::Error)]
pub enum CronFault {
    #[error(
        "it has {count} fields, and five are needed: minute, hour, day of the month, month, weekday{}",
        did_you_mean(meant)
    )]
    FieldCount { count: usize, meant: Option<String> },
    #[error("{field} {text:?} is not within {from} to {to}{}", did_you_mean(meant))]
    Outside {
        field: &'static str,
        text: String,
        from: u32,
        to: u32,
        meant: Option<String>,
    },
    #[error(
        "weekday {text:?}: write it by name, one of {days} (cron programs number weekdays differently){}",
        did_you_mean(meant),
        days = WEEKDAYS.join(", ")
    )]
    WeekdayNotNamed { text: String, meant: Option<String> },
    #[error("{field} {part:?}: the step is not within 1 to {to}")]
    Step {
        field: &'static str,
        part: String,
        to: u32,
    },
    #[error("{field} {part:?}: a step needs a range before it, as in */{step}")]
    StepAlone {
        field: &'static str,
        part: String,
        step: u32,
    },
    #[error("{field} {part:?} ends before it begins{}", did_you_mean(meant))]
    Backwards {
        field: &'static str,
        part: String,
        meant: Option<String>,
    },
    #[error("day {day} of month {month} never comes")]
    NeverComes { day: String, month: String },
    /// Classic cron takes a day that fits either, the cron crate one that fits both: no one can tell what was meant.
    #[error(
        "day of the month and weekday are both given, and programs read that differently: leave one as *"
    )]
    DayAndWeekday,
    /// The cron crate refuses what was checked here.
    #[error(transparent)]
    Refused(::cron::error::Error),
}

fn did_you_mean(meant: &Option<String>) -> String {
    meant
        .as_ref()
        .map_or_else(String::new, |m| format!(": did you mean {m:?}?"))
}

/// The numbers that each field names.
pub struct Line {
    pub minutes: BTreeSet<u32>,
    pub hours: BTreeSet<u32>,
    pub days: BTreeSet<u32>,
    pub months: BTreeSet<u32>,
    /// Monday is 1, as in ISO 8601.
    pub weekdays: BTreeSet<u32>,
}

struct Field {
    name: &'static str,
    from: u32,
    to: u32,
    names: &'static [&'static str],
    /// Numbers are refused where programs count differently.
    by_name_only: bool,
}

pub(super) const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
pub(super) const WEEKDAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const MINUTE: Field = Field::numbers("minute", 0, 59);
const HOUR: Field = Field::numbers("hour", 0, 23);
const DAY: Field = Field::numbers("day of the month", 1, 31);
const MONTH: Field = Field {
    names: MONTHS,
    ..Field::numbers("month", 1, 12)
};
const WEEKDAY: Field = Field {
    names: WEEKDAYS,
    by_name_only: true,
    ..Field::numbers("weekday", 1, 7)
};

/// The most days each month can have, January first.
const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

fn number(text: &str) -> Option<u32> {
    text.parse()
        .ok()
        .filter(|_| text.bytes().all(|b| b.is_ascii_digit()))
}

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

    fn value(&self, text: &str) -> Result<u32, CronFault> {
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
            return Err(CronFault::WeekdayNotNamed {
                text: text.to_owned(),
                meant: None,
            });
        }
        number(text)
            .filter(|n| (self.from..=self.to).contains(n))
            .ok_or_else(|| CronFault::Outside {
                field: self.name,
                text: text.to_owned(),
                from: self.from,
                to: self.to,
                meant: match self.name {
                    "month" => meant::months(text),
                    // Some programs, and people, write midnight so.
                    "hour" if text == "24" => Some("0".to_owned()),
                    _ => None,
                },
            })
    }

    /// The field's first and last value as they are written.
    fn ends(&self) -> (String, String) {
        match (self.names.first(), self.names.last()) {
            (Some(first), Some(last)) if self.by_name_only => {
                ((*first).to_owned(), (*last).to_owned())
            }
            _ => (self.from.to_string(), self.to.to_string()),
        }
    }

    fn values(&self, text: &str) -> Result<BTreeSet<u32>, CronFault> {
        let (field, to) = (self.name, self.to);
        let mut out = BTreeSet::new();
        for part in text.split(',') {
            let own = || part.to_owned();
            let (range, step) = match part.split_once('/') {
                None => (part, 1),
                Some((range, step)) => {
                    let step = number(step)
                        .filter(|n| (1..=to).contains(n))
                        .ok_or_else(|| CronFault::Step {
                            field,
                            part: own(),
                            to,
                        })?;
                    if range != "*" && !range.contains('-') {
                        return Err(CronFault::StepAlone {
                            field,
                            part: own(),
                            step,
                        });
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
                let (first, last) = self.ends();
                return Err(CronFault::Backwards {
                    field,
                    part: own(),
                    meant: meant::wrapped(range, &first, &last).filter(|_| step == 1),
                });
            }
            out.extend((from..=to).step_by(usize::try_from(step).unwrap_or(usize::MAX)));
        }
        Ok(out)
    }
}

impl Line {
    /// Reads the five fields of a line.
    pub fn parse(text: &str) -> Result<Self, CronFault> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let &[minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(CronFault::FieldCount {
                count: fields.len(),
                meant: meant::line(text),
            });
        };
        let line = Self {
            minutes: MINUTE.values(minute)?,
            hours: HOUR.values(hour)?,
            days: DAY.values(day)?,
            months: MONTH.values(month)?,
            weekdays: WEEKDAY.values(weekday).map_err(|fault| match fault {
                CronFault::WeekdayNotNamed { text, .. } => CronFault::WeekdayNotNamed {
                    meant: meant::weekdays(weekday),
                    text,
                },
                other => other,
            })?,
        };
        if !line.comes() {
            return Err(CronFault::NeverComes {
                day: day.to_owned(),
                month: month.to_owned(),
            });
        }
        if day != "*" && weekday != "*" {
            return Err(CronFault::DayAndWeekday);
        }
        Ok(line)
    }

    /// Whether some month has one of the days: 30 February is in no year.
    fn comes(&self) -> bool {
        (1..)
            .zip(LONGEST)
            .filter(|(month, _)| self.months.contains(month))
            .any(|(_, longest)| self.days.iter().any(|day| *day <= longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_name_numbers() {
        let line = Line::parse("*/20 8-17/3 * jan,Jul mon-wed,sun").unwrap();
        assert_eq!(line.minutes, [0, 20, 40].into());
        assert_eq!(line.hours, [8, 11, 14, 17].into());
        assert_eq!(line.days, (1..=31).collect());
        assert_eq!(line.months, [1, 7].into());
        assert_eq!(line.weekdays, [1, 2, 3, 7].into());
        assert_eq!(
            Line::parse("5,1,5 0 29 2 *").unwrap().minutes,
            [1, 5].into()
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
            (
                "0 3 * * 1",
                "weekday \"1\": write it by name, one of mon, tue, wed, thu, fri, sat, sun (cron",
            ),
            ("0 3 * * mån", "differently): did you mean \"mon\"?"),
            ("0 3 * * 1-5", "did you mean \"mon-fri\"?"),
            ("0 3 * * 1", "did you mean \"mon\"?"),
            ("0 3 1 juli *", "did you mean \"jul\"?"),
            ("0 24 1 1 *", "did you mean \"0\"?"),
            ("0 22-5 1 1 *", "did you mean \"22-23,0-5\"?"),
            ("0 0 3 1 1 *", "did you mean \"0 3 1 1 *\"?"),
            (
                "0 3 * * fri-mon",
                "weekday \"fri-mon\" ends before it begins",
            ),
            (
                "*/0 3 * * *",
                "minute \"*/0\": the step is not within 1 to 59",
            ),
            ("*/+5 3 * * *", "minute \"*/+5\": the step is not within"),
            ("*/ 3 * * *", "minute \"*/\": the step is not within"),
            (
                "5/10 3 * * *",
                "minute \"5/10\": a step needs a range before it, as in */10",
            ),
            ("0 3 30 2 *", "day 30 of month 2 never comes"),
            ("0 3 31 4,6 *", "day 31 of month 4,6 never comes"),
            ("0 3 1 * mon", "both given"),
            ("0 +3 1 * *", "hour \"+3\" is not within 0 to 23"),
            ("0,, 3 1 * *", "minute \"\" is not within 0 to 59"),
            ("1-5-9 3 1 * *", "minute \"5-9\" is not within 0 to 59"),
        ] {
            let Err(fault) = Line::parse(bad) else {
                panic!("{bad:?} is taken")
            };
            let told = fault.to_string();
            assert!(told.contains(says), "{bad:?}: {told:?} lacks {says:?}");
        }
    }
}
