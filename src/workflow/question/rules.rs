//! What counts as a question: a rule in data, so that the report can state it and an archive can change it.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::policy::{self, parse};
use crate::record::{Block, Content, Digest};
use crate::workflow::{Error, Paths};

const BUILT_IN: &str = include_str!("../../../archive-schema/question-rules.toml");

/// The rules of one file.
#[derive(Debug)]
pub struct QuestionRules {
    /// `question-rules.toml` of the archive, or the one that comes with arkivd.
    pub of_the_archive: bool,
    /// SHA-256 of the file.
    pub sha256: Digest,
    leave_out: LeaveOut,
    /// Words, longest first.
    greetings: Vec<Words>,
    not: Vec<Judged>,
    counts: Vec<Judged>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    leave_out: LeaveOut,
    #[serde(default)]
    not: Vec<Rule>,
    counts: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LeaveOut {
    addresses: bool,
    quotes: bool,
    #[serde(default)]
    greetings: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    id: String,
    how: How,
    #[serde(default)]
    words: Vec<String>,
    /// Of [[not]]: what ends with a question mark is one all the same.
    #[serde(default)]
    yields_to_question_mark: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum How {
    QuestionMark,
    Begins,
    Contains,
    /// The sentence is these words and no more.
    Whole,
}

type Words = Vec<String>;

#[derive(Debug)]
struct Judged {
    id: String,
    how: How,
    yields: bool,
    /// Phrases by their first word, so that a sentence is walked once whatever the number of phrases.
    phrases: HashMap<String, Vec<Words>>,
}

/// One sentence: its words in lower case, and how it ends.
#[derive(Debug, Default)]
struct Sentence {
    words: Words,
    asks: bool,
    exclaims: bool,
}

impl QuestionRules {
    /// The rules that come with arkivd.
    ///
    /// # Errors
    /// Never for the file as it is released.
    pub fn built_in() -> Result<Self, policy::Error> {
        Self::of(BUILT_IN, "question-rules.toml", false)
    }

    /// The archive's own rules where it has a file of them, else those that come with arkivd.
    ///
    /// # Errors
    /// When the archive's file cannot be read, or does not say what it must.
    pub fn load(paths: &Paths) -> Result<Self, Error> {
        let path = paths.archive().join("question-rules.toml");
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Self::parse(&text, &path)?),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(Self::built_in()?),
            Err(source) => Err(Error::Io { path, source }),
        }
    }

    /// Rules of a file that is the archive's own.
    ///
    /// # Errors
    /// The file, key and line of what is unknown, missing or cannot be.
    pub fn parse(text: &str, path: &Path) -> Result<Self, policy::Error> {
        Self::of(text, &path.display().to_string(), true)
    }

    fn of(text: &str, name: &str, of_the_archive: bool) -> Result<Self, policy::Error> {
        let file: File = parse(text, name)?;
        let mut ids = HashSet::new();
        for rule in file.not.iter().chain(&file.counts) {
            let counts = file.counts.iter().any(|of| std::ptr::eq(of, rule));
            let problem = if counts && rule.yields_to_question_mark {
                format!("rule {:?} counts, and has nothing to yield", rule.id)
            } else if rule.id.trim().is_empty() {
                "an id is empty".to_owned()
            } else if !ids.insert(rule.id.as_str()) {
                format!("id {:?} stands twice", rule.id)
            } else if rule.how != How::QuestionMark
                && rule.words.iter().all(|w| words_of(w).is_empty())
            {
                format!("rule {:?} has no words", rule.id)
            } else {
                continue;
            };
            return Err(policy::Error::Malformed {
                file: name.to_owned(),
                line: 1,
                column: 1,
                key: "id".to_owned(),
                problem,
            });
        }
        let mut greetings: Vec<Words> = file
            .leave_out
            .greetings
            .iter()
            .map(|g| words_of(g))
            .filter(|g| !g.is_empty())
            .collect();
        greetings.sort_by_key(|words| std::cmp::Reverse(words.len()));
        Ok(Self {
            of_the_archive,
            sha256: Digest(Sha256::digest(text.as_bytes()).into()),
            leave_out: file.leave_out,
            greetings,
            not: file.not.into_iter().map(Judged::of).collect(),
            counts: file.counts.into_iter().map(Judged::of).collect(),
        })
    }

    /// The ids of the rules that find questions.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.counts.iter().map(|rule| rule.id.as_str())
    }

    /// The rule by which the text is a question, if it is one. Blocks that are quotes cannot be told in plain text:
    /// see [`QuestionRules::found_in`].
    pub fn found(&self, text: &str) -> Option<&str> {
        let sentences = self.sentences(text);
        sentences.iter().find_map(|s| self.judge(s))
    }

    /// The same of content, whose title and quotes are left out.
    pub fn found_in(&self, content: &Content) -> Option<&str> {
        if !self.leave_out.quotes
            || !content
                .body
                .iter()
                .any(|b| matches!(b, Block::Quote { .. }))
        {
            return self.found(&content.plain_text());
        }
        let own = Content {
            body: content
                .body
                .iter()
                .filter(|b| !matches!(b, Block::Quote { .. }))
                .cloned()
                .collect(),
            ..content.clone()
        };
        self.found(&own.plain_text())
    }

    fn judge(&self, sentence: &Sentence) -> Option<&str> {
        // "Eller hur" is no question, and neither are "hur" and a greeting: each of the rests is tried.
        let mut rest = sentence.words.as_slice();
        loop {
            let is_none =
                |rule: &Judged| !(rule.yields && sentence.asks) && rule.holds(sentence, rest);
            if rest.is_empty() || self.not.iter().any(is_none) {
                return None;
            }
            match self.without_greeting(rest) {
                Some(shorter) => rest = shorter,
                None => break,
            }
        }
        let rule = self.counts.iter().find(|rule| rule.holds(sentence, rest))?;
        Some(&rule.id)
    }

    /// The words after a greeting; `None` where they begin with none.
    fn without_greeting<'s>(&self, words: &'s [String]) -> Option<&'s [String]> {
        let mut all = self.greetings.iter();
        let greeting = all.find(|g| words.len() > g.len() && words.starts_with(g))?;
        words.get(greeting.len()..)
    }

    fn sentences(&self, text: &str) -> Vec<Sentence> {
        let mut all = Vec::new();
        for line in text.lines() {
            if self.leave_out.quotes && line.trim_start().starts_with('>') {
                continue;
            }
            let mut sentence = Sentence::default();
            let mut word = String::new();
            let mut chars = line.char_indices().peekable();
            let mut quoted: Option<char> = None;
            while let Some((at, c)) = chars.next() {
                let after = line.get(at + c.len_utf8()..).unwrap_or_default();
                if let Some(close) = quoted {
                    if c == close {
                        quoted = None;
                    }
                    continue;
                }
                if word.is_empty()
                    && self.leave_out.addresses
                    && begins_address(line.get(at..).unwrap_or_default())
                {
                    while chars.peek().is_some_and(|(_, c)| !c.is_whitespace()) {
                        chars.next();
                    }
                    continue;
                }
                // A quotation that is not closed on its line was none.
                if self.leave_out.quotes
                    && is_opening(c)
                    && word.is_empty()
                    && after.contains(closing(c))
                {
                    quoted = Some(closing(c));
                    continue;
                }
                if c.is_alphanumeric() || (matches!(c, '-' | '\'' | '’') && !word.is_empty()) {
                    word.extend(c.to_lowercase());
                    continue;
                }
                sentence.end_word(&mut word);
                // A point within a number or an abbreviation ends nothing.
                let ends_here = match c {
                    '?' | '!' | '…' => true,
                    '.' => after.starts_with(char::is_whitespace) || after.is_empty(),
                    _ => false,
                };
                if ends_here {
                    sentence.asks |= c == '?';
                    sentence.exclaims |= c == '!';
                    if !after.starts_with(['?', '!', '.']) {
                        all.push(std::mem::take(&mut sentence));
                    }
                }
            }
            sentence.end_word(&mut word);
            all.push(sentence);
        }
        all
    }
}

impl Sentence {
    fn end_word(&mut self, word: &mut String) {
        let whole = word.trim_end_matches(['-', '\'', '’']);
        if !whole.is_empty() {
            self.words.push(whole.to_owned());
        }
        word.clear();
    }
}

impl Judged {
    fn of(rule: Rule) -> Self {
        let mut phrases = HashMap::<String, Vec<Words>>::new();
        for phrase in rule.words.iter().map(|w| words_of(w)) {
            if let Some(first) = phrase.first() {
                phrases.entry(first.clone()).or_default().push(phrase);
            }
        }
        Self {
            id: rule.id,
            how: rule.how,
            yields: rule.yields_to_question_mark,
            phrases,
        }
    }

    fn holds(&self, sentence: &Sentence, rest: &[String]) -> bool {
        let begins = |words: &[String]| {
            let first = words.first().and_then(|w| self.phrases.get(w));
            first.is_some_and(|all| all.iter().any(|phrase| words.starts_with(phrase)))
        };
        match self.how {
            How::QuestionMark => sentence.asks,
            How::Begins => !sentence.exclaims && begins(rest),
            How::Contains => (0..rest.len()).any(|at| begins(rest.get(at..).unwrap_or_default())),
            How::Whole => rest
                .first()
                .and_then(|w| self.phrases.get(w))
                .is_some_and(|all| all.iter().any(|phrase| phrase == rest)),
        }
    }
}

fn words_of(phrase: &str) -> Words {
    phrase.split_whitespace().map(str::to_lowercase).collect()
}

fn is_opening(c: char) -> bool {
    matches!(c, '"' | '”' | '“' | '»' | '«' | '„')
}

fn closing(opening: char) -> char {
    match opening {
        '“' | '„' => '”',
        '«' => '»',
        same => same,
    }
}

fn begins_address(text: &str) -> bool {
    let begins = |with: &str| {
        let start = text.as_bytes().get(..with.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
    };
    begins("http://") || begins("https://") || begins("www.")
}
