//! The bags of one capture while they are filled: each is staged when its first file comes.

use std::io;

use url::Url;

use crate::platform::RawAnswer;
use crate::record::{BagId, BagKind, Brought, MediumKind, Request};
use crate::store::{self, BagFile, StagedBag, Store};

/// One bag in the making, with the requests that filled it.
pub(super) struct Draft {
    pub(super) bag: StagedBag,
    pub(super) kind: BagKind,
    pub(super) requests: Vec<Request>,
    /// What people brought, in an import.
    pub(super) brought: Vec<Brought>,
    media: u32,
    raw: u32,
    /// The medium that was begun last.
    begun: String,
}

/// The drafts of a capture, public records first.
pub(super) struct Staging<'a> {
    store: &'a Store,
    ids: [BagId; 2],
    drafts: [Option<Draft>; 2],
    /// The store's own error, which cannot pass through the platform's io::Error.
    pub(super) failed: Option<store::Error>,
}

impl<'a> Staging<'a> {
    pub(super) fn new(store: &'a Store, ids: [BagId; 2]) -> Self {
        Self {
            store,
            ids,
            drafts: [None, None],
            failed: None,
        }
    }

    pub(super) fn draft(&mut self, kind: BagKind) -> Result<&mut Draft, store::Error> {
        let i = usize::from(kind == BagKind::RecordsRestricted);
        let slot = &mut self.drafts[i];
        match slot {
            Some(draft) => Ok(draft),
            None => Ok(slot.insert(Draft {
                bag: self.store.stage(self.ids[i])?,
                kind,
                requests: Vec::new(),
                brought: Vec::new(),
                media: 0,
                raw: 0,
                begun: String::new(),
            })),
        }
    }

    /// Keeps a raw answer in the bag it belongs to. Fit to be the platform's sink.
    pub(super) fn keep(&mut self, answer: &RawAnswer) -> io::Result<()> {
        let kind = if answer.restricted {
            BagKind::RecordsRestricted
        } else {
            BagKind::Records
        };
        let mut write = || -> Result<(), store::Error> {
            let draft = self.draft(kind)?;
            draft.raw += 1;
            let path = format!(
                "raw/{:04}-{}.{}",
                draft.raw,
                safe(&answer.name),
                answer.extension
            );
            let stored = draft.bag.write(&path, &answer.body)?;
            draft.requests.push(Request {
                file: Some(stored.path),
                ..answer.request.clone()
            });
            Ok(())
        };
        write().map_err(|error| {
            let told = io::Error::other(error.to_string());
            self.failed = Some(error);
            told
        })
    }

    /// Tells of an answer that is not kept.
    pub(super) fn tell(&mut self, answer: RawAnswer) -> io::Result<()> {
        let kind = match answer.restricted {
            true => BagKind::RecordsRestricted,
            false => BagKind::Records,
        };
        let told = self.draft(kind).map(|draft| {
            draft.requests.push(Request {
                file: None,
                sha256: None,
                ..answer.request
            });
        });
        told.map_err(|error| {
            let told = io::Error::other(error.to_string());
            self.failed = Some(error);
            told
        })
    }

    /// The drafts that were begun, public records first.
    pub(super) fn into_drafts(self) -> Vec<Draft> {
        self.drafts.into_iter().flatten().collect()
    }
}

impl Draft {
    /// A file for a medium, named after its address: `media/0007-vinter.jpg`.
    pub(super) fn medium(
        &mut self,
        address: &Url,
        kind: MediumKind,
    ) -> Result<BagFile<'_>, store::Error> {
        self.media += 1;
        self.begun = format!("media/{:04}-{}", self.media, medium_name(address, kind));
        self.bag.file(&self.begun)
    }

    /// Takes out the medium that was begun last and did not come whole.
    pub(super) fn forget_medium(&mut self) -> Result<(), store::Error> {
        self.media -= 1;
        self.bag.remove(&self.begun)
    }
}

/// A bag's path `data/media/x` as the staged bag takes it: `media/x`.
pub(super) fn below_data(path: &str) -> &str {
    path.strip_prefix("data/").unwrap_or(path)
}

/// The last part of the address's path, safe on any file system, at most 80 characters.
fn medium_name(address: &Url, kind: MediumKind) -> String {
    let last = address
        .path_segments()
        .and_then(|mut s| s.next_back())
        .unwrap_or_default();
    let name = safe(last);
    let name = name.trim_matches(['.', '-']);
    if name.is_empty() {
        return match kind {
            MediumKind::Picture => "picture",
            MediumKind::Film => "film",
            MediumKind::Sound => "sound",
            MediumKind::Document => "document",
        }
        .to_owned();
    }
    let from = name.len().saturating_sub(80);
    name[from..].trim_start_matches(['.', '-']).to_owned()
}

/// ASCII letters, digits, `.`, `_` and `-`; all else becomes `-`.
pub(super) fn safe(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_get_safe_telling_names() {
        let name = |a: &str| medium_name(&a.parse().unwrap(), MediumKind::Picture);
        assert_eq!(
            name("https://a.example/wp/2026/vinter%20b%C3%A5t.jpg?w=3"),
            "vinter-20b-C3-A5t.jpg"
        );
        assert_eq!(name("https://a.example/"), "picture");
        assert_eq!(name("https://a.example/.."), "picture");
        assert_eq!(
            name(&format!("https://a.example/{}.png", "x".repeat(300))).len(),
            80
        );
        assert!(name(&format!("https://a.example/{}.png", "x".repeat(300))).ends_with("x.png"));
    }
}
