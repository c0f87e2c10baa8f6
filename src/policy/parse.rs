//! TOML read into values, with the file, line and key of whatever is wrong.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Error;

/// Reads `text` as a `T`. `file` is the name that errors give.
///
/// # Errors
/// [`Error::Syntax`] for what is not TOML, [`Error::Malformed`] for TOML that is not a `T`.
pub fn parse<T: DeserializeOwned>(text: &str, file: &str) -> Result<T, Error> {
    let wrong = |source: toml::de::Error| {
        let span = source.span().unwrap_or(0..0);
        let file = file.to_owned();
        let (line, column) = place(text, span.start);
        let problem = brief(&source.message().trim_end().replace('\n', ", "));
        match DeTable::parse(text) {
            Err(_) => Error::Syntax {
                file,
                line,
                column,
                problem,
            },
            Ok(table) => Error::Malformed {
                file,
                line,
                column,
                key: key_at(table.get_ref(), &span).unwrap_or_else(|| "the file".to_owned()),
                problem,
            },
        }
    };
    T::deserialize(toml::de::Deserializer::parse(text).map_err(wrong)?).map_err(wrong)
}

/// The message without serde's list of all that is known, which for a policy is sixty names: the nearest helps more.
fn brief(message: &str) -> String {
    const FEW: usize = 150;
    let Some((wrong, known)) = message.split_once(", expected one of ") else {
        return message.to_owned();
    };
    let quoted = |text: &'_ str| {
        text.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let given = quoted(wrong).pop().unwrap_or_default();
    let nearest = quoted(known)
        .into_iter()
        .map(|name| (strsim::levenshtein(&given, &name), name))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    match nearest {
        Some((_, name)) => format!("{wrong}: did you mean `{name}`?"),
        None if known.len() > FEW => wrong.to_owned(),
        None => message.to_owned(),
    }
}

/// The line and the column, in characters, that the byte stands on; both from 1.
pub fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    // A byte order mark is no character that anyone sees.
    let column = line.chars().filter(|c| *c != '\u{feff}').count() + 1;
    (before.matches('\n').count() + 1, column)
}

/// Where each table of the array `array` has the value of `key`: bytes from the start, in the order of the tables that have it.
pub fn values_at(text: &str, array: &str, key: &str) -> Vec<usize> {
    let Ok(table) = DeTable::parse(text) else {
        return Vec::new();
    };
    let tables = table
        .get_ref()
        .get(array)
        .and_then(|a| a.get_ref().as_array());
    let tables = tables.into_iter().flatten();
    tables
        .filter_map(|t| t.get_ref().as_table()?.get(key))
        .map(|value| value.span().start)
        .collect()
}

/// The deepest key that stands, or whose value or table header stands, where the span begins.
fn key_at(table: &DeTable<'_>, at: &Range<usize>) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let name = key.get_ref();
        if let Some(inner) = inside(value, at) {
            return Some(format!("{name}.{inner}"));
        }
        let here = |span: Range<usize>| span.contains(&at.start);
        let item = |item: &Spanned<DeValue<'_>>| here(item.span());
        let items = value.get_ref().as_array();
        (here(key.span()) || here(value.span()) || items.is_some_and(|i| i.iter().any(item)))
            .then(|| name.to_string())
    })
}

fn inside(value: &Spanned<DeValue<'_>>, at: &Range<usize>) -> Option<String> {
    match value.get_ref() {
        DeValue::Table(table) => key_at(table, at),
        DeValue::Array(items) => items.iter().find_map(|item| inside(item, at)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        value: u8,
        words: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Outer {
        first: Option<Inner>,
        #[serde(default)]
        many: Vec<Inner>,
    }

    fn message(text: &str) -> String {
        parse::<Outer>(text, "a.toml").unwrap_err().to_string()
    }

    #[test]
    fn the_key_is_named_with_its_table_line_and_column() {
        for (text, start) in [
            (
                "\n[first]\nvalue = 1\nwords = \"a\"\nodd = 2\n",
                "a.toml:5:1: first.odd: unknown field `odd`",
            ),
            (
                "[first]\nvalue = \"x\"\nwords = \"a\"\n",
                "a.toml:2:9: first.value: invalid type: string",
            ),
            (
                "[first]\nvalue = 300\nwords = \"a\"\n",
                "a.toml:2:9: first.value: invalid value: integer `300`",
            ),
            (
                "\n[second]\nvalue = 1\n",
                "a.toml:2:2: second: unknown field `second`",
            ),
            (
                "\n[first]\nvalue = 1\n",
                "a.toml:2:1: first: missing field `words`",
            ),
            (
                "[[many]]\nvalue = 1\nwords = \"a\"\n\n[[many]]\nvalue = true\nwords = \"a\"\n",
                "a.toml:6:9: many.value: invalid type: boolean",
            ),
            (
                "[[many]]\nvalue = 1\nwords = \"a\"\n\n[[many]]\nvalue = 1\n",
                "a.toml:5:1: many: missing field `words`",
            ),
        ] {
            let message = message(text);
            assert!(
                message.starts_with(start),
                "{message:?} does not start with {start:?}"
            );
        }
    }

    #[test]
    fn a_misspelt_word_is_told_the_nearest() {
        for (message, told) in [
            (
                "unknown field `fist`, expected one of `first`, `many`",
                "unknown field `fist`: did you mean `first`?",
            ),
            (
                "unknown variant `x`, expected one of `weekdays`, `daily`",
                "unknown variant `x`, expected one of `weekdays`, `daily`",
            ),
            ("invalid type: string", "invalid type: string"),
        ] {
            assert_eq!(brief(message), told);
        }
        let names: Vec<_> = (0..60).map(|n| format!("`setting_number_{n}`")).collect();
        let long = format!(
            "unknown field `quite_another`, expected one of {}",
            names.join(", ")
        );
        assert_eq!(brief(&long), "unknown field `quite_another`");
    }

    #[test]
    fn a_file_from_another_system_reads_too() {
        for text in [
            "\u{feff}[first]\nvalue = 1\nwords = \"å\"\n",
            "[first]\r\nvalue = 1\r\nwords = \"å\"\r\n",
        ] {
            assert!(parse::<Outer>(text, "a.toml").is_ok(), "{text:?}");
        }
        assert!(
            message("[first]\r\nvalue = 1\r\nodd = 1\r\n").starts_with("a.toml:3:1: first.odd: ")
        );
    }

    #[test]
    fn columns_are_counted_in_characters() {
        let message = message("\u{feff}first = { words = \"åäö\", value = 300 }\n");
        assert!(
            message.starts_with("a.toml:1:34: first.value: "),
            "{message}"
        );
        assert_eq!(place("a\nbå", 99), (2, 3));
    }

    #[test]
    fn what_is_not_toml_is_named_by_line() {
        let error = parse::<Outer>("[first]\nvalue = = 1\n", "a.toml").unwrap_err();
        assert!(matches!(&error, Error::Syntax { line: 2, .. }), "{error:?}");
        assert!(error.to_string().starts_with("a.toml:2:9: "), "{error}");
        assert!(matches!(
            parse::<Outer>("a = 1\na = 2\n", "a.toml"),
            Err(Error::Syntax { line: 2, .. })
        ));
    }
}
