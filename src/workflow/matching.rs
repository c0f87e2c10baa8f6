//! Matching: the same post by another door. Pure.
//!
//! Doors name items in their own ways. Without a name that both know, an item is the same as a record of its account
//! when its address is the same, or when time and words are. Where more than one record would do, none is taken.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use chrono::{DateTime, TimeDelta, Utc};
use icu_normalizer::ComposingNormalizerBorrowed;
use url::Url;

use crate::calendar::{day_begins, local_date};
use crate::catalog::{self, Catalog, Unclaimed};
use crate::record::{
    AccountId, Digest, IMPORT_DOOR, Item, Kind, NativeId, Platform, RecordId, Visibility,
};

/// Two doors' times of the same post are at most this far apart: feeds leave out seconds.
const APART: TimeDelta = TimeDelta::minutes(2);
/// Letters and digits that both must have before the beginning of a text stands for the whole: an excerpt, a picture
/// that is cut.
const EXCERPT: usize = 60;
/// And before words alone are enough, where one of the two has no time.
const TIMELESS: usize = 30;

/// So much of a record's words stands on a page that shows it.
const SHOWN: usize = 200;

/// What an item or record is known again by.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature {
    kind: Kind,
    published: Option<DateTime<Utc>>,
    permalink: Option<u64>,
    author: Option<u64>,
    whole: u64,
    /// Of its first letters; `None` when it has fewer.
    beginning: Option<u64>,
    letters: usize,
}

/// The version that a record is shown by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Newest {
    pub(super) number: u32,
    pub(super) digest: Digest,
    pub(super) visibility: Visibility,
    /// True when another platform's door has it, and this one has not.
    elsewhere: bool,
}

/// What matching an item came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Match {
    None,
    Same(RecordId),
    /// More than one record would do, or more than one item for a record.
    OneOf(Vec<RecordId>),
}

/// Records that other doors brought, to be known again. Holds no text: 100 bytes a record.
#[derive(Debug, Default)]
pub(super) struct Others {
    records: Vec<(RecordId, Signature)>,
    newest: HashMap<RecordId, Newest>,
    by_permalink: HashMap<u64, Vec<usize>>,
    by_words: HashMap<u64, Vec<usize>>,
    /// True when several items may be one record: pictures of the same post.
    shared: bool,
}

impl Others {
    fn add(&mut self, r: &Unclaimed) {
        // One that this door has under several names.
        if self.newest.contains_key(&r.record) {
            return;
        }
        let signature = Signature::of(
            r.kind,
            r.published,
            r.permalink.as_deref(),
            r.author.as_deref(),
            r.title.as_deref(),
            &r.text,
        );
        let at = self.records.len();
        if let Some(permalink) = signature.permalink {
            self.by_permalink.entry(permalink).or_default().push(at);
        }
        for words in signature.words() {
            self.by_words.entry(words).or_default().push(at);
        }
        self.records.push((r.record, signature));
        let newest = Newest {
            number: r.number,
            digest: r.digest,
            visibility: r.visibility,
            elsewhere: r.native_id.is_none() && r.published_there,
        };
        self.newest.insert(r.record, newest);
    }

    pub(super) fn newest(&self, record: RecordId) -> Option<Newest> {
        self.newest.get(&record).copied()
    }

    /// Those that the items of this reading may be: what other doors brought, and what this door has under names that the
    /// reading does not show, where its names cannot be relied on. A feed may rename its entries; what people bring has no
    /// name but its bytes.
    pub(super) fn of(
        catalog: &Catalog,
        account: &AccountId,
        door: &'static str,
        listed: &HashSet<&NativeId>,
    ) -> Result<Self, catalog::Error> {
        let renames = door == Platform::Feed.as_str() || door == IMPORT_DOOR;
        let mut others = Self {
            shared: door == IMPORT_DOOR,
            ..Self::default()
        };
        if !renames && !catalog.has_other_doors(account, door)? {
            return Ok(others);
        }
        catalog.for_each_unclaimed(account, door, |record| {
            let shown = record
                .native_id
                .as_ref()
                .is_some_and(|n| listed.contains(n));
            if record.native_id.is_none() || renames && !shown {
                others.add(&record);
            }
        })?;
        Ok(others)
    }

    /// Records that a platform's other door brought, and that none of the items are.
    pub(super) fn left(&self, matches: &[Match]) -> Vec<(RecordId, Kind, Visibility)> {
        let matched: HashSet<RecordId> = matches.iter().flat_map(Match::records).collect();
        let left = self
            .records
            .iter()
            .filter(|(record, _)| !matched.contains(record));
        let left = left.filter_map(|(record, signature)| {
            let newest = self.newest.get(record).filter(|n| n.elsewhere)?;
            Some((*record, signature.kind, newest.visibility))
        });
        left.collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// What each of the items is, in their order. By a platform's door a record is the same as one item at most.
    pub(super) fn match_all<'i>(&self, items: impl IntoIterator<Item = &'i Item>) -> Vec<Match> {
        let mut matches: Vec<Match> = items.into_iter().map(|i| self.match_one(i)).collect();
        if self.shared {
            return matches;
        }
        let mut claims: HashMap<RecordId, usize> = HashMap::new();
        for one in &matches {
            if let Match::Same(record) = one {
                *claims.entry(*record).or_default() += 1;
            }
        }
        for one in &mut matches {
            if let Match::Same(record) = one
                && claims.get(record).is_some_and(|n| *n > 1)
            {
                *one = Match::OneOf(vec![*record]);
            }
        }
        matches
    }

    fn match_one(&self, item: &Item) -> Match {
        let content = &item.content;
        let signature = Signature::of(
            item.kind,
            item.published,
            item.permalink.as_deref(),
            content.author.as_ref().map(|a| a.name.as_str()),
            content.title.as_deref(),
            &content.plain_text(),
        );
        let listed = |index: &HashMap<u64, Vec<usize>>, hash| -> Vec<&(RecordId, Signature)> {
            let places = index.get(&hash).map_or(&[][..], Vec::as_slice);
            places
                .iter()
                .filter_map(|at| self.records.get(*at))
                .collect()
        };
        if let Some(permalink) = signature.permalink {
            let found = listed(&self.by_permalink, permalink);
            let found = found.into_iter().filter(|(_, r)| r.kind == item.kind);
            let found: Vec<RecordId> = found.map(|(id, _)| *id).collect();
            if !found.is_empty() {
                return Match::of(found);
            }
        }
        let mut found: Vec<RecordId> = signature
            .words()
            .flat_map(|words| listed(&self.by_words, words))
            .filter(|(_, r)| signature.is_same(r))
            .map(|(id, _)| *id)
            .collect();
        found.sort_unstable();
        found.dedup();
        Match::of(found)
    }
}

/// The words of a page, to be searched for records that it shows.
pub(super) struct PageWords(String);

impl PageWords {
    pub(super) fn of(text: &str) -> Self {
        Self(in_letters(text))
    }

    /// True when the record's words stand in it, or the beginning of a long one's: pages show excerpts. What is too short
    /// to be told from other text is not looked for.
    pub(super) fn show(&self, text: &str) -> bool {
        let letters = in_letters(text);
        let beginning = letters
            .char_indices()
            .nth(SHOWN)
            .map_or(letters.len(), |(at, _)| at);
        let enough = letters.chars().count() >= TIMELESS;
        enough
            && letters
                .get(..beginning)
                .is_some_and(|words| self.0.contains(words))
    }
}

impl Match {
    fn records(&self) -> impl Iterator<Item = RecordId> + use<> {
        match self {
            Self::None => Vec::new(),
            Self::Same(record) => vec![*record],
            Self::OneOf(records) => records.clone(),
        }
        .into_iter()
    }

    fn of(found: Vec<RecordId>) -> Self {
        match found.as_slice() {
            [] => Self::None,
            [one] => Self::Same(*one),
            _ => Self::OneOf(found),
        }
    }
}

impl Signature {
    fn of(
        kind: Kind,
        published: Option<DateTime<Utc>>,
        permalink: Option<&str>,
        author: Option<&str>,
        title: Option<&str>,
        text: &str,
    ) -> Self {
        let letters = in_letters(&format!("{}\n{text}", title.unwrap_or_default()));
        let count = letters.chars().count();
        let beginning: String = letters.chars().take(EXCERPT).collect();
        Self {
            kind,
            published,
            permalink: permalink.and_then(address).map(|a| hash(&a)),
            author: author
                .map(in_letters)
                .filter(|a| !a.is_empty())
                .map(|a| hash(&a)),
            beginning: (count >= EXCERPT).then(|| hash(&beginning)),
            whole: hash(&letters),
            letters: count,
        }
    }

    /// By what it is found; nothing for one without words.
    fn words(&self) -> impl Iterator<Item = u64> + use<> {
        let whole = (self.letters > 0).then_some(self.whole);
        whole.into_iter().chain(self.beginning)
    }

    fn is_same(&self, other: &Self) -> bool {
        let words = self.whole == other.whole
            || self.beginning.is_some() && self.beginning == other.beginning;
        let author = match (self.author, other.author) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        let time = match (self.published, other.published) {
            (Some(a), Some(b)) => are_near(a, b),
            _ => self.letters >= TIMELESS && self.whole == other.whole,
        };
        self.kind == other.kind && words && author && time
    }
}

/// True for times of the same post. Midnight in Sweden stands for its whole day.
fn are_near(a: DateTime<Utc>, b: DateTime<Utc>) -> bool {
    let is_day = |at: DateTime<Utc>| day_begins(local_date(at)) == at;
    (a - b).abs() <= APART || (is_day(a) || is_day(b)) && local_date(a) == local_date(b)
}

/// Letters and digits alone, composed, in lower case; addresses in the text are left out: doors shorten them.
fn in_letters(text: &str) -> String {
    let words = text
        .lines()
        .filter(|line| !is_medium(line))
        .flat_map(str::split_whitespace)
        .filter(|word| {
            let word = word.trim_start_matches(['(', '[', '<', '"', '\'']);
            !(word.starts_with("http://")
                || word.starts_with("https://")
                || word.starts_with("www."))
        });
    let mut kept = String::with_capacity(text.len());
    for word in words {
        let composed = ComposingNormalizerBorrowed::new_nfkc().normalize(word);
        let known = composed.chars().filter(|c| c.is_alphanumeric());
        kept.extend(known.flat_map(char::to_lowercase));
    }
    kept
}

/// True for the line that stands for a picture or another file in a plain text: doors show different ones.
fn is_medium(line: &str) -> bool {
    let address = line
        .strip_prefix('[')
        .and_then(|rest| rest.rsplit_once("] "));
    address.is_some_and(|(_, address)| !address.contains(' ') && Url::parse(address).is_ok())
}

/// The address without what doors change: scheme, `www.`, a slash at the end, what counts visitors.
fn address(permalink: &str) -> Option<String> {
    let url = Url::parse(permalink).ok()?;
    let host = url.host_str()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    let port = url.port().map_or_else(String::new, |p| format!(":{p}"));
    let counts = |key: &str| key.starts_with("utm_") || matches!(key, "fbclid" | "gclid");
    let mut query: Vec<String> = url
        .query_pairs()
        .filter(|(key, _)| !counts(key))
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    query.sort();
    Some(format!(
        "{host}{port}{}?{}#{}",
        url.path().trim_end_matches('/'),
        query.join("&"),
        url.fragment().unwrap_or_default()
    ))
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
