//! What was probably meant by a cron field that is refused. A guess for people: nothing is read from it.

use super::line::{MONTHS, WEEKDAYS};

/// A whole line for one that has not five fields: a nickname of classic cron, or a line with seconds before it.
pub(super) fn line(text: &str) -> Option<String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let known = match fields.as_slice() {
        ["@hourly"] => "0 * * * *",
        ["@daily" | "@midnight"] => "0 0 * * *",
        ["@weekly"] => "0 0 * * sun",
        ["@monthly"] => "0 0 1 * *",
        ["@yearly" | "@annually"] => "0 0 1 1 *",
        // Seconds first, as in the cron crate and Quartz; the latter also has years last.
        ["0" | "00", five @ ..] if five.len() == 5 => return Some(five.join(" ")),
        ["0" | "00", five @ .., "*"] if five.len() == 5 => return Some(five.join(" ")),
        _ => return None,
    };
    Some(known.to_owned())
}

/// The weekday's short name, for a number as most cron programs count (0 and 7 are Sunday), or for a longer or Swedish
/// name. Lists and ranges are read part by part.
pub(super) fn weekdays(field: &str) -> Option<String> {
    each_word(field, |word| {
        if let Ok(number) = word.parse::<usize>() {
            let known = word.len() == 1 && number <= 7;
            return known.then(|| WEEKDAYS.get((number + 6) % 7)).flatten();
        }
        let word = fold(word);
        const SWEDISH: [&str; 7] = ["man", "tis", "ons", "tor", "fre", "lor", "son"];
        // Two letters tell all days apart, in either language, but for tor (thursday, torsdag).
        let begins = |name: &&str| word.starts_with(*name);
        let at = SWEDISH
            .iter()
            .position(begins)
            .or_else(|| WEEKDAYS.iter().position(begins))?;
        WEEKDAYS.get(at)
    })
}

/// The month's short name, for a longer or Swedish name.
pub(super) fn months(field: &str) -> Option<String> {
    each_word(field, |word| {
        let word = fold(word);
        let at = match word.get(..3)? {
            "maj" => 4,
            "okt" => 9,
            short => MONTHS.iter().position(|name| *name == short)?,
        };
        MONTHS.get(at)
    })
}

/// A range that ends before it begins, as two: `fri-mon` is `fri-sun,mon-mon`, which is said shorter.
pub(super) fn wrapped(range: &str, first: &str, last: &str) -> Option<String> {
    let (from, to) = range.split_once('-')?;
    let span = |a: &str, b: &str| match a.eq_ignore_ascii_case(b) {
        true => a.to_owned(),
        false => format!("{a}-{b}"),
    };
    Some(format!("{},{}", span(from, last), span(first, to)))
}

fn each_word(field: &str, name: impl Fn(&str) -> Option<&'static &'static str>) -> Option<String> {
    let parts = field.split(',').map(|part| {
        let words: Option<Vec<&str>> = part.split('-').map(|w| name(w).copied()).collect();
        words.map(|w| w.join("-"))
    });
    let parts: Option<Vec<String>> = parts.collect();
    parts.map(|p| p.join(","))
}

fn fold(word: &str) -> String {
    word.to_lowercase()
        .replace(['å', 'ä'], "a")
        .replace('ö', "o")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_in_other_words_become_ours() {
        for (written, meant) in [
            ("1", Some("mon")),
            ("0", Some("sun")),
            ("7", Some("sun")),
            ("1-5", Some("mon-fri")),
            ("1,3,7", Some("mon,wed,sun")),
            ("Monday", Some("mon")),
            ("mån", Some("mon")),
            ("måndag-fredag", Some("mon-fri")),
            ("lör,söndag", Some("sat,sun")),
            ("torsdag", Some("thu")),
            ("tues", Some("tue")),
            ("8", None),
            ("01", None),
            ("", None),
            ("vardagar", None),
        ] {
            assert_eq!(weekdays(written).as_deref(), meant, "{written:?}");
        }
        for (written, meant) in [
            ("juli", Some("jul")),
            ("maj,oktober", Some("may,oct")),
            ("January-mars", Some("jan-mar")),
            ("13", None),
            ("å", None),
        ] {
            assert_eq!(months(written).as_deref(), meant, "{written:?}");
        }
    }

    #[test]
    fn lines_of_other_programs_become_five_fields() {
        for (written, meant) in [
            ("@daily", Some("0 0 * * *")),
            ("0 0 3 1 1 *", Some("0 3 1 1 *")),
            ("0 0 3 1 1 * *", Some("0 3 1 1 *")),
            ("0 3 1 1", None),
            ("5 0 3 1 1 *", None),
        ] {
            assert_eq!(line(written).as_deref(), meant, "{written:?}");
        }
    }

    #[test]
    fn a_range_over_the_end_is_two() {
        assert_eq!(wrapped("fri-mon", "mon", "sun").unwrap(), "fri-sun,mon");
        assert_eq!(wrapped("22-5", "0", "23").unwrap(), "22-23,0-5");
    }
}
