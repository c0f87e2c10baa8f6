//! Which captured page shows a record: the newest that is its own, or that has its words.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufReader, Read as _};

use aho_corasick::AhoCorasick;

use super::plan::PlannedHandling;
use crate::record::{AccountId, BagId, CaptureFile, Digest, RecordId, SealedPage};
use crate::workflow::{Archive, Error, Handling};

/// Letters of a record that are looked for on a page. Fewer than the least are on too many.
const LETTERS: usize = 60;
const LEAST: usize = 12;

/// Pages of an account that are looked through for words, and bytes of each.
const PAGES: usize = 24;
const MOST_TEXT: u64 = 4 << 20;

/// Documents whose page is sought.
#[derive(Default)]
pub(super) struct Shown {
    sought: BTreeMap<AccountId, Vec<Sought>>,
}

struct Sought {
    /// Place of the document in the plan.
    place: usize,
    record: RecordId,
    committee: String,
    address: Option<String>,
    words: Option<String>,
}

impl Shown {
    /// Has the page of a document sought. A private record is on none.
    pub(super) fn seek(&mut self, place: usize, handling: &Handling) {
        let content = handling.newest().map(|v| &v.content);
        let title = handling.details.line.title.as_deref();
        let sought = Sought {
            place,
            record: handling.record(),
            committee: handling.committee().to_owned(),
            address: handling.details.permalink.as_deref().map(plain),
            words: match handling.is_restricted() {
                true => None,
                false => content.and_then(|c| telltale(c.passages(), title)),
            },
        };
        let account = handling.account.id.clone();
        self.sought.entry(account).or_default().push(sought);
    }

    /// Notes the page of each document that has one; those that were saved on purpose go first.
    ///
    /// # Errors
    /// Those of the catalog.
    pub(super) fn find(
        self,
        archive: &Archive,
        handlingar: &mut [PlannedHandling],
        saved: &HashMap<RecordId, BagId>,
    ) -> Result<(), Error> {
        for (account, sought) in self.sought {
            let pages = archive.catalog().pages_held(&account)?;
            let may = |bag: &BagId| pages.iter().find(|p| p.bag == *bag);
            let mut set = |place: usize, bag: BagId| {
                if let Some(handling) = handlingar.get_mut(place) {
                    handling.page.get_or_insert(bag);
                }
            };
            for s in &sought {
                let of_case = saved.get(&s.record).filter(|bag| may(bag).is_some());
                let own = || {
                    let same = |address: &str| Some(plain(address)) == s.address;
                    let shows = |p: &&crate::catalog::PageHeld| {
                        same(&p.address) || p.final_address.as_deref().is_some_and(same)
                    };
                    pages.iter().find(shows).map(|p| p.bag)
                };
                if let Some(bag) = of_case.copied().or_else(own) {
                    set(s.place, bag);
                }
            }
            let worded: Vec<(&Sought, &str)> = sought
                .iter()
                .filter_map(|s| Some((s, s.words.as_deref()?)))
                .collect();
            if worded.is_empty() || pages.is_empty() {
                continue;
            }
            let words = worded.iter().map(|(_, words)| *words);
            let words = AhoCorasick::new(words).map_err(|source| Error::Telltales {
                account: account.clone(),
                source,
            })?;
            for page in pages.iter().take(PAGES) {
                let Some(text) = text_of(archive, page.bag) else {
                    continue;
                };
                for found in words.find_overlapping_iter(&text) {
                    let Some((s, _)) = worded.get(found.pattern().as_usize()) else {
                        continue;
                    };
                    if s.committee == page.committee {
                        set(s.place, page.bag);
                    }
                }
            }
        }
        Ok(())
    }
}

/// An address without what does not tell pages apart.
fn plain(address: &str) -> String {
    let whole = address.split('#').next().unwrap_or_default();
    whole.trim_end_matches('/').to_owned()
}

/// What tells a record from others on a page: the beginning of the passage that has most to tell, for between passages a
/// page may show other things; else the title.
fn telltale(passages: impl Iterator<Item = String>, title: Option<&str>) -> Option<String> {
    let letters = |words: &String| words.chars().count();
    let long = |words: &String| letters(words) >= LEAST;
    let mut best: Option<String> = None;
    for words in passages.map(|passage| beginning(&passage)).filter(long) {
        if best
            .as_ref()
            .is_none_or(|best| letters(best) < letters(&words))
        {
            best = Some(words);
        }
    }
    best.or_else(|| title.map(beginning).filter(long))
}

/// The first words on one line, whole ones.
fn beginning(text: &str) -> String {
    let mut begins = String::new();
    for word in text.split_whitespace() {
        if !begins.is_empty() {
            if begins.chars().count() + word.chars().count() >= LETTERS {
                break;
            }
            begins.push(' ');
        }
        begins.push_str(word);
    }
    begins
}

/// The words of a page on one line; none when they cannot be read, for the page is only shown beside.
fn text_of(archive: &Archive, bag: BagId) -> Option<String> {
    let file = archive.store().open_file(bag, "data/page.txt").ok()?;
    let mut text = Vec::new();
    file.take(MOST_TEXT).read_to_end(&mut text).ok()?;
    let text = String::from_utf8_lossy(&text);
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What the bag of a page says of it; `None` where the bag is no page's.
///
/// # Errors
/// When it cannot be read.
pub(in crate::workflow) fn sealed_page(
    archive: &Archive,
    bag: BagId,
) -> Result<Option<SealedPage>, Error> {
    let file = archive.store().open_file(bag, "data/capture.json")?;
    let capture: CaptureFile =
        serde_json::from_reader(BufReader::new(file)).map_err(|source| Error::Json {
            what: format!("data/capture.json of bag {bag}"),
            source,
        })?;
    Ok(capture.page)
}

/// The digest that a bag's manifest has for one of its files.
///
/// # Errors
/// When the manifest cannot be read, or does not name the file.
pub(in crate::workflow) fn sealed_digest(
    archive: &Archive,
    bag: BagId,
    path: &str,
) -> Result<Digest, Error> {
    let mut manifest = String::new();
    let file = archive.store().open_file(bag, "manifest-sha256.txt")?;
    let read = BufReader::new(file).read_to_string(&mut manifest);
    read.map_err(|source| Error::Io {
        path: archive.store().path(bag).join("bag/manifest-sha256.txt"),
        source,
    })?;
    let line = manifest.lines().filter_map(|line| line.split_once("  "));
    let digest = line
        .filter(|(_, name)| *name == path)
        .map(|(digest, _)| digest.parse());
    digest
        .filter_map(Result::ok)
        .next()
        .ok_or_else(|| Error::DamagedFile {
            bag,
            path: path.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_sought_by_the_words_of_one_passage() {
        let of =
            |passages: &[&str], title| telltale(passages.iter().map(|p| (*p).to_owned()), title);
        let snow = "Vi plogar hela natten i Tibro tätort";
        assert_eq!(of(&["Hej på er alla!", snow], None).as_deref(), Some(snow));
        assert_eq!(of(&[snow, "Hej på er alla!"], None).as_deref(), Some(snow));
        assert_eq!(
            of(&["Hej!"], Some("Snön faller över")).as_deref(),
            Some("Snön faller över")
        );
        assert_eq!(of(&["Hej!"], Some("Snö")), None);
        assert!(of(&[&"åäö ".repeat(50)], None).is_some_and(|w| w.chars().count() <= LETTERS));
    }
}
