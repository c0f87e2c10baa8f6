//! What a document holds in all: counted once, told on the cover of each part.

use std::collections::{BTreeMap, HashSet};

use super::posts::Posts;
use super::{Mark, MediumState, swedish};
use crate::record::{Digest, Kind};

#[derive(Default)]
pub struct Totals {
    kinds: BTreeMap<Kind, usize>,
    /// Entries that answer nothing: what a table of contents lists.
    pub posts: usize,
    pub new: usize,
    pub edited: usize,
    /// Stored media, each content once however often it is shown.
    pub files: usize,
}

impl Totals {
    pub fn of(doc: &Posts<'_>) -> Self {
        let mut totals = Self::default();
        let mut files: HashSet<Digest> = HashSet::new();
        for place in 0..doc.threads.count() {
            for entry in &doc.threads.thread(place).entries {
                *totals.kinds.entry(entry.kind).or_default() += 1;
                totals.posts += usize::from(entry.depth == 0);
                totals.new += usize::from(entry.mark == Mark::New);
                totals.edited += usize::from(matches!(entry.mark, Mark::Edited { .. }));
                files.extend(entry.media.iter().filter_map(|m| match m {
                    MediumState::Stored { sha256, .. } => Some(*sha256),
                    MediumState::Missing(_) => None,
                }));
            }
        }
        totals.files = files.len();
        totals
    }

    /// `12 inlägg och 34 kommentarer, med 5 bilder och andra filer. Förändringar sedan tidigare: 3 nya och 1 ändrad`.
    pub fn in_words(&self) -> String {
        let kinds: Vec<String> = Kind::ALL
            .into_iter()
            .filter_map(|kind| Some(swedish::kind_count(kind, *self.kinds.get(&kind)?)))
            .collect();
        if kinds.is_empty() {
            return "Inga inlägg eller kommentarer".to_owned();
        }
        let mut out = swedish::list(&kinds);
        if self.files > 0 {
            out.push_str(&format!(
                ", med {}",
                swedish::count(self.files, "bild eller annan fil", "bilder och andra filer")
            ));
        }
        if self.new + self.edited > 0 {
            out.push_str(&format!(
                ". Förändringar sedan tidigare: {} och {}",
                swedish::count(self.new, "ny", "nya"),
                swedish::count(self.edited, "ändrad", "ändrade")
            ));
        }
        out
    }
}
