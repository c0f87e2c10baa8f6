//! `[diarium]` and `[watch_folder]`: how the municipality writes its diarienummer, and where the start pages go.

use std::path::PathBuf;

use serde::Deserialize;

use super::Error;

/// `[diarium]` in arkivd.toml.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Diarium {
    /// Diarienummer such as the municipality's own, one of each form; without any, every form is taken.
    pub examples: Vec<String>,
}

impl Diarium {
    /// Holds a number against the examples, wherever one is given to a command.
    ///
    /// # Errors
    /// [`Error::CaseNumber`]
    pub fn demand(&self, number: &str) -> Result<(), Error> {
        match self.knows(number) {
            true => Ok(()),
            false => Err(Error::CaseNumber {
                given: number.to_owned(),
                examples: self.examples.clone(),
            }),
        }
    }

    /// Whether a number is written as one of the examples: the same signs in the same places, letters where there are
    /// letters, a year where there is a year, and otherwise as many digits as it takes.
    fn knows(&self, number: &str) -> bool {
        self.examples.is_empty() || {
            let form = form(number.trim());
            self.examples.iter().any(|e| self::form(e.trim()) == form)
        }
    }
}

/// One stretch of a number.
#[derive(Debug, PartialEq, Eq)]
enum Stretch {
    Letters,
    Year,
    Digits,
    Sign(char),
}

fn form(number: &str) -> Vec<Stretch> {
    let mut form = Vec::new();
    let mut rest = number;
    while let Some(first) = rest.chars().next() {
        let like = |c: &char| match first {
            '0'..='9' => c.is_ascii_digit(),
            _ => first.is_alphabetic() && c.is_alphabetic(),
        };
        let mut end: usize = rest.chars().take_while(like).map(char::len_utf8).sum();
        let stretch = rest.get(..end).unwrap_or_default();
        form.push(match first {
            '0'..='9' if end == 4 && (stretch.starts_with("19") || stretch.starts_with("20")) => {
                Stretch::Year
            }
            '0'..='9' => Stretch::Digits,
            c if c.is_alphabetic() => Stretch::Letters,
            c => {
                end = c.len_utf8();
                Stretch::Sign(if c.is_whitespace() { ' ' } else { c })
            }
        });
        rest = rest.get(end..).unwrap_or_default();
    }
    form
}

/// `[watch_folder]` in arkivd.toml: where each start page goes after a scheduled snapshot (TIB-11).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WatchFolder {
    /// A folder, as a rule on a mounted share. Without it nothing is sent.
    pub path: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_held_against_the_examples() {
        let diarium = Diarium {
            examples: vec!["KS 2026/123".into(), "2026.17-3".into()],
        };
        for good in ["KS 2026/1", "BUN 2027/04711", " ks 1999/8 ", "2027.1-22"] {
            assert!(diarium.knows(good), "{good}");
        }
        for bad in [
            "",
            "KS2026/1",
            "KS 26/1",
            "KS 2026-1",
            "KS 2026/",
            "KS 2026/1 b",
            "123",
            "KS 3026/1",
        ] {
            assert!(!diarium.knows(bad), "{bad}");
        }
        assert!(Diarium::default().knows("vad som helst"));
    }
}
