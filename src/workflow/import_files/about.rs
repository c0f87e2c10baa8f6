//! What is said of a file that is brought: the side file beside it, or flags.

mod when;

use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use url::Url;

pub use when::When;

use crate::policy;
use crate::record::{AccountId, Kind, Visibility, composed};

/// Letters of a name, a category; and of a note or a text.
const LONGEST_LINE: usize = 500;
const LONGEST_TEXT: usize = 100_000;

/// What a person says of what they bring. All of it is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct About {
    pub account: Option<AccountId>,
    pub kind: Option<BroughtKind>,
    /// Where it stands or stood: the permalink.
    pub address: Option<WebAddress>,
    pub author: Option<Line>,
    /// True for what the municipality's own side of the account wrote, false for what others did; `None`: its own where
    /// the author is called as the account or the municipality is.
    pub own: Option<bool>,
    pub time: Option<When>,
    pub category: Option<Line>,
    pub note: Option<Words>,
    /// What was written, so that it is found.
    pub text: Option<Words>,
    /// True for what not everyone may see.
    pub restricted: Option<bool>,
    /// The files of one thing, in order. In side files alone.
    pub files: Option<Vec<FileName>>,
}

impl About {
    /// Reads a side file; `name` is what errors call it.
    ///
    /// # Errors
    /// What is wrong, with line, column and key; a time that has not come by `now` too.
    pub fn parse(text: &str, name: &str, now: DateTime<Utc>) -> Result<Self, policy::Error> {
        let about: Self = policy::parse(text, name)?;
        if about.time.is_some_and(|time| !time.has_come(now)) {
            let (line, column) = when::place_of_time(text);
            return Err(policy::Error::Malformed {
                file: name.to_owned(),
                line,
                column,
                key: "time".to_owned(),
                problem: "it has not come yet".to_owned(),
            });
        }
        Ok(about)
    }

    /// True when something is said of the thing itself.
    pub(super) fn says_something(&self) -> bool {
        let other = Self {
            account: self.account.clone(),
            files: self.files.clone(),
            ..Self::default()
        };
        *self != other
    }

    /// What these say, and where they are silent, the others.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            account: self.account.or(other.account),
            kind: self.kind.or(other.kind),
            address: self.address.or(other.address),
            author: self.author.or(other.author),
            own: self.own.or(other.own),
            time: self.time.or(other.time),
            category: self.category.or(other.category),
            note: self.note.or(other.note),
            text: self.text.or(other.text),
            restricted: self.restricted.or(other.restricted),
            files: self.files.or(other.files),
        }
    }

    pub(super) fn record_kind(&self) -> Kind {
        match self.kind.unwrap_or_default() {
            BroughtKind::Post => Kind::Post,
            BroughtKind::Comment => Kind::Comment,
            BroughtKind::Message => Kind::Message,
        }
    }

    /// A message is never for everyone; what else is restricted was hidden from them.
    pub(in crate::workflow) fn visibility(&self) -> Visibility {
        match (self.kind.unwrap_or_default(), self.restricted) {
            (BroughtKind::Message, _) => Visibility::Private,
            (_, Some(true)) => Visibility::Hidden,
            _ => Visibility::Public,
        }
    }
}

/// What the file shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BroughtKind {
    #[default]
    #[serde(alias = "inlägg")]
    Post,
    #[serde(alias = "kommentar")]
    Comment,
    #[serde(alias = "meddelande")]
    Message,
}

impl FromStr for BroughtKind {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match &*composed(text) {
            "post" | "inlägg" => Self::Post,
            "comment" | "kommentar" => Self::Comment,
            "message" | "meddelande" => Self::Message,
            _ => return Err("it is post, comment or message"),
        })
    }
}

/// A value that is read from a text, in TOML and on the command line alike.
macro_rules! from_text {
    ($($name:ident($inner:ty)),*) => {$(
        #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(pub $inner);

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    )*};
}
from_text!(
    WebAddress(Url),
    Line(String),
    Words(String),
    FileName(String)
);

impl FromStr for WebAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text.trim())
            .map_err(|_| "it is no address, such as https://www.example.se/inlagg/7")?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err("it is no address of the web: those begin with https:// or http://");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it holds a user name or password");
        }
        Ok(Self(url))
    }
}

impl FromStr for Line {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err("it is empty: leave it out");
        }
        if text.chars().any(char::is_control) {
            return Err("it must be one line");
        }
        if text.chars().count() > LONGEST_LINE {
            return Err("it is longer than 500 letters");
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Words {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.replace("\r\n", "\n");
        let text = text.trim();
        if text.is_empty() {
            return Err("it is empty: leave it out");
        }
        if text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
        {
            return Err("it holds a control character");
        }
        if text.chars().count() > LONGEST_TEXT {
            return Err("it is longer than 100,000 letters");
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for FileName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.is_empty() || text.contains(['/', '\0']) || text.starts_with('.') {
            true => Err("it is no name of a file in the same folder"),
            false => Ok(Self(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        About::parse(text, "bild.toml", now())
            .unwrap_err()
            .to_string()
    }

    fn now() -> DateTime<Utc> {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn times_that_cannot_be_are_told_with_their_place() {
        for time in [
            "\"-5000-01-01\"",
            "\"0001-01-01\"",
            "1989-12-31",
            "0001-01-01T00:00:00Z",
        ] {
            let told = wrong(&format!("kind = \"post\"\ntime = {time}"));
            assert!(
                told.starts_with("bild.toml:2:8: time: it is before 1990"),
                "{told}"
            );
        }
        for time in ["2026-11-24", "\"2126-01-01\"", "9999-12-31T00:00:00Z"] {
            let told = wrong(&format!("kind = \"post\"\ntime = {time}"));
            assert_eq!(told, "bild.toml:2:8: time: it has not come yet");
        }
        assert!(About::parse("time = 1990-01-01", "x", now()).is_ok());
        assert!(About::parse("time = \"2026-11-23 12:00\"", "x", now()).is_ok());
    }

    #[test]
    fn a_side_file_is_read() {
        let about = About::parse(
            "account = \"fb\"\nkind = \"kommentar\"\naddress = \"https://x.example/1\"\nauthor = \"Åsa Öst\"\n\
             time = 2026-11-21 14:03\ncategory = \"hot\"\nnote = \"\"\"två\nrader\"\"\"\nrestricted = true\n\
             files = [\"a.png\", \"b.png\"]\n",
            "bild.toml",
            now(),
        );
        let about = about.unwrap();
        assert_eq!(
            about.time.map(|t| t.at.to_rfc3339()).as_deref(),
            Some("2026-11-21T13:03:00+00:00")
        );
        assert_eq!(about.files.map(|f| f.len()), Some(2));
        let about = About::parse(
            "kind = \"kommentar\"\ntime = 2026-11-21T14:03:00\nnote = \"\"\"två\nrader\"\"\"\nrestricted = true",
            "bild.toml",
            now(),
        )
        .unwrap();
        assert_eq!(
            about.time.unwrap().at.to_rfc3339(),
            "2026-11-21T13:03:00+00:00"
        );
        assert_eq!(about.record_kind(), Kind::Comment);
        assert_eq!(about.visibility(), Visibility::Hidden);
    }

    #[test]
    fn times_are_swedish_unless_they_say_otherwise() {
        let at = |text: &str| {
            text.parse::<When>()
                .map(|w| (w.at.to_rfc3339(), w.day_only))
        };
        assert_eq!(
            at("2026-07-01 14:03").unwrap(),
            ("2026-07-01T12:03:00+00:00".into(), false)
        );
        assert_eq!(
            at("2026-07-01T14:03:00+00:00").unwrap().0,
            "2026-07-01T14:03:00+00:00"
        );
        assert_eq!(
            at("2026-11-21").unwrap(),
            ("2026-11-20T23:00:00+00:00".into(), true)
        );
        for bad in ["i går", "2026-13-01", "21/11 2026", ""] {
            assert!(at(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert!(wrong("kind = \"post\"\nautor = \"x\"").starts_with("bild.toml:2:1: autor: "));
        assert!(wrong("time = \"i går\"").starts_with("bild.toml:1:8: time: it is no time"));
        assert!(
            wrong("address = \"ftp://x.example\"").contains("address: it is no address of the web")
        );
        assert!(wrong("kind = \"film\"").starts_with("bild.toml:1:8: kind: "));
        assert!(wrong("files = [\"../a.png\"]").contains("files: it is no name"));
        assert!(wrong("author = \"a\\nb\"").contains("one line"));
        assert!(wrong("kind = ").starts_with("bild.toml:1:"));
    }

    #[test]
    fn a_message_is_never_public() {
        let message = About::parse("kind = \"message\"\nrestricted = false", "x", now()).unwrap();
        assert_eq!(message.visibility(), Visibility::Private);
    }
}
