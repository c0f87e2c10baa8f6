//! Swedish public holidays, and the eves that are kept like them.
//!
//! The holidays are those of lag (1989:253) om allmänna helgdagar, as amended by 2004:1320: annandag pingst until 2004,
//! nationaldagen from 2005. Sundays are holidays by the same law, and have no name here.

use chrono::{Datelike as _, Days, NaiveDate, Weekday};

/// A public holiday with a name of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holiday {
    Nyarsdagen,
    TrettondedagJul,
    Langfredagen,
    Paskdagen,
    AnnandagPask,
    ForstaMaj,
    KristiHimmelsfardsdag,
    Pingstdagen,
    /// Until 2004.
    AnnandagPingst,
    /// From 2005.
    Nationaldagen,
    Midsommardagen,
    AllaHelgonsDag,
    Juldagen,
    AnnandagJul,
}

/// The day before a holiday, where custom has a name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Eve {
    Trettondagsafton,
    Skartorsdagen,
    Paskafton,
    Valborgsmassoafton,
    Pingstafton,
    Midsommarafton,
    Julafton,
    Nyarsafton,
}

impl Holiday {
    /// As a Swedish calendar has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nyarsdagen => "nyårsdagen",
            Self::TrettondedagJul => "trettondedag jul",
            Self::Langfredagen => "långfredagen",
            Self::Paskdagen => "påskdagen",
            Self::AnnandagPask => "annandag påsk",
            Self::ForstaMaj => "första maj",
            Self::KristiHimmelsfardsdag => "Kristi himmelsfärdsdag",
            Self::Pingstdagen => "pingstdagen",
            Self::AnnandagPingst => "annandag pingst",
            Self::Nationaldagen => "nationaldagen",
            Self::Midsommardagen => "midsommardagen",
            Self::AllaHelgonsDag => "alla helgons dag",
            Self::Juldagen => "juldagen",
            Self::AnnandagJul => "annandag jul",
        }
    }
}

impl Eve {
    /// As a Swedish calendar has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trettondagsafton => "trettondagsafton",
            Self::Skartorsdagen => "skärtorsdagen",
            Self::Paskafton => "påskafton",
            Self::Valborgsmassoafton => "valborgsmässoafton",
            Self::Pingstafton => "pingstafton",
            Self::Midsommarafton => "midsommarafton",
            Self::Julafton => "julafton",
            Self::Nyarsafton => "nyårsafton",
        }
    }

    /// Kept like a holiday: lag (1930:173) om beräkning av lagstadgad tid, 2 §, sets midsommarafton, julafton and
    /// nyårsafton beside Sundays and holidays. Påskafton and pingstafton are Saturdays anyway.
    pub fn is_like_a_holiday(self) -> bool {
        matches!(
            self,
            Self::Midsommarafton | Self::Julafton | Self::Nyarsafton
        )
    }
}

/// The public holiday that the day is, if it is one with a name.
pub fn holiday(day: NaiveDate) -> Option<Holiday> {
    use Holiday::{
        AllaHelgonsDag, AnnandagJul, AnnandagPask, AnnandagPingst, ForstaMaj, Juldagen,
        KristiHimmelsfardsdag, Langfredagen, Midsommardagen, Nationaldagen, Nyarsdagen, Paskdagen,
        Pingstdagen, TrettondedagJul,
    };
    // Two may fall on one day (första maj 2008 was Kristi himmelsfärdsdag): then the fixed one names it.
    let fixed = match (day.month(), day.day()) {
        (1, 1) => Some(Nyarsdagen),
        (1, 6) => Some(TrettondedagJul),
        (5, 1) => Some(ForstaMaj),
        (6, 6) if day.year() >= 2005 => Some(Nationaldagen),
        (12, 25) => Some(Juldagen),
        (12, 26) => Some(AnnandagJul),
        (6, 20..=26) if day.weekday() == Weekday::Sat => Some(Midsommardagen),
        (10, 31) | (11, 1..=6) if day.weekday() == Weekday::Sat => Some(AllaHelgonsDag),
        _ => None,
    };
    fixed.or_else(|| match since_easter(day)? {
        -2 => Some(Langfredagen),
        0 => Some(Paskdagen),
        1 => Some(AnnandagPask),
        39 => Some(KristiHimmelsfardsdag),
        49 => Some(Pingstdagen),
        50 if day.year() <= 2004 => Some(AnnandagPingst),
        _ => None,
    })
}

/// The eve that the day is, if it is one.
pub fn eve(day: NaiveDate) -> Option<Eve> {
    match (day.month(), day.day()) {
        (1, 5) => Some(Eve::Trettondagsafton),
        (4, 30) => Some(Eve::Valborgsmassoafton),
        (6, 19..=25) if day.weekday() == Weekday::Fri => Some(Eve::Midsommarafton),
        (12, 24) => Some(Eve::Julafton),
        (12, 31) => Some(Eve::Nyarsafton),
        _ => match since_easter(day)? {
            -3 => Some(Eve::Skartorsdagen),
            -1 => Some(Eve::Paskafton),
            48 => Some(Eve::Pingstafton),
            _ => None,
        },
    }
}

/// Days since påskdagen of the same year; `None` before the Gregorian calendar, or where Easter is not near.
fn since_easter(day: NaiveDate) -> Option<i64> {
    if !(3..=6).contains(&day.month()) {
        return None;
    }
    Some((day - easter(day.year())?).num_days())
}

/// Påskdagen, by the anonymous Gregorian computus (Meeus, Astronomical Algorithms, chapter 8).
fn easter(year: i32) -> Option<NaiveDate> {
    if year < 1583 {
        return None;
    }
    let (century, in_century) = (year / 100, year % 100);
    let golden = year % 19;
    let lunar = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15)
        .rem_euclid(30);
    let weekday =
        (32 + 2 * (century % 4) + 2 * (in_century / 4) - lunar - in_century % 4).rem_euclid(7);
    let late = (golden + 11 * lunar + 22 * weekday) / 451;
    let days = lunar + weekday - 7 * late;
    NaiveDate::from_ymd_opt(year, 3, 22)?.checked_add_days(Days::new(u64::try_from(days).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn easter_falls_where_almanacs_have_it() {
        for (year, told) in [
            (2000, "2000-04-23"),
            (2008, "2008-03-23"),
            (2011, "2011-04-24"),
            (2026, "2026-04-05"),
            (2038, "2038-04-25"),
        ] {
            assert_eq!(easter(year), Some(day(told)));
        }
    }

    #[test]
    fn the_law_of_2004_took_one_day_and_gave_another() {
        assert_eq!(holiday(day("2004-05-31")), Some(Holiday::AnnandagPingst));
        assert_eq!(holiday(day("2005-05-16")), None);
        assert_eq!(holiday(day("2004-06-06")), None);
        assert_eq!(holiday(day("2005-06-06")), Some(Holiday::Nationaldagen));
    }

    #[test]
    fn eves_are_eves_and_three_of_them_are_kept() {
        for (text, name, kept) in [
            ("2026-01-05", "trettondagsafton", false),
            ("2026-04-02", "skärtorsdagen", false),
            ("2026-04-04", "påskafton", false),
            ("2026-04-30", "valborgsmässoafton", false),
            ("2026-05-23", "pingstafton", false),
            ("2026-06-19", "midsommarafton", true),
            ("2026-12-24", "julafton", true),
            ("2026-12-31", "nyårsafton", true),
        ] {
            let found = eve(day(text)).unwrap();
            assert_eq!((found.name(), found.is_like_a_holiday()), (name, kept));
            assert_eq!(holiday(day(text)), None);
        }
    }

    #[test]
    fn the_ends_of_the_calendar_have_no_holiday_and_do_not_panic() {
        for day in [NaiveDate::MIN, NaiveDate::MAX] {
            let _ = (holiday(day), eve(day));
        }
    }
}
