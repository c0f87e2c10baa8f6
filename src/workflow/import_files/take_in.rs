//! One thing that was brought becomes an item, its files staged: or it is known already, or it is refused.

use std::collections::{HashMap, HashSet};
use std::io::Write as _;

use chrono::{DateTime, Utc};
use url::Url;

use super::originals::{Looked, safe_name};
use super::pdfs::{Made, Staged, good};
use super::{About, BroughtFile, Fault, Thing};
use crate::calendar::local_time;
use crate::platform::import::{FileKind, SavedPage, read_html, read_mhtml};
use crate::record::{
    Author, BagKind, Block, Brought, Content, Digest, GapReason, Item, Medium, MediumHeld,
    MediumKind, NativeId, Original, RecordId, Span, Visibility,
};
use crate::workflow::Error;
use crate::workflow::execute_gallring::Tombstones;
use crate::workflow::staging::{Draft, Staging, below_data};
use crate::workflow::take_snapshot::Capture;

/// Media of each kind of bag, as they are staged.
pub(super) type Media = HashMap<BagKind, HashMap<Url, MediumHeld>>;

/// What was staged for one import.
pub(super) struct Taking<'a> {
    pub(super) staging: Staging<'a>,
    pub(super) media: Media,
    /// Things that are in it already.
    pub(super) natives: HashSet<NativeId>,
    /// Files of them that everyone may see.
    public: HashSet<Digest>,
    /// Files so far.
    number: u32,
}

/// What a thing is.
pub(super) enum Taken {
    New(Box<Item>, Box<Brought>),
    Held {
        record: RecordId,
        remarks: Vec<String>,
    },
    /// Another of the same import is the same.
    Twice {
        native: NativeId,
        remarks: Vec<String>,
    },
}

impl<'a> Taking<'a> {
    pub(super) fn new(staging: Staging<'a>) -> Self {
        Self {
            staging,
            media: Media::new(),
            natives: HashSet::new(),
            public: HashSet::new(),
            number: 0,
        }
    }
}

impl Capture<'_> {
    /// Takes in one thing. What is refused leaves nothing staged.
    pub(super) fn take_in(
        &self,
        thing: Thing,
        taking: &mut Taking<'_>,
    ) -> Result<Result<Taken, Fault>, Error> {
        let Thing { files, about, by } = thing;
        let mut looked = match look_at(files) {
            Ok(looked) => looked,
            Err(fault) => return Ok(Err(fault)),
        };
        let visibility = about.visibility();
        let restricted = visibility.is_restricted();
        let files = (looked.iter()).map(|one| (one.name.clone(), one.sha256));
        let files: Vec<(String, Digest)> = files.collect();
        let mut remarks = Vec::new();
        if about.says_something() {
            let name = files.first().map_or("", |(name, _)| name);
            remarks.push(format!(
                "{name}: it is held already, and what is said of it now is not noted: what was said first stands"
            ));
        }
        match self.held(&looked, restricted)? {
            Ok(None) => {}
            Ok(Some(record)) => return Ok(Ok(Taken::Held { record, remarks })),
            Err(fault) => return Ok(Err(fault)),
        }
        let public = files
            .iter()
            .find(|(_, sha256)| taking.public.contains(sha256));
        if let Some((name, _)) = public.filter(|_| restricted) {
            return Ok(Err(Fault::HeldPublic {
                name: name.clone(),
                record: None,
            }));
        }
        let native = native_id(&looked);
        if taking.natives.contains(&native) {
            return Ok(Ok(Taken::Twice { native, remarks }));
        }
        let page = match self.page_of(&about, &mut looked) {
            Ok(page) => page,
            Err(fault) => return Ok(Err(fault)),
        };
        if self.shows_blocked(&about, &page) {
            let name = files.into_iter().next().map(|(name, _)| name);
            return Ok(Err(Fault::Blocked(name.unwrap_or_default())));
        }
        let kind = match restricted {
            true => BagKind::RecordsRestricted,
            false => BagKind::Records,
        };
        let draft = taking.staging.draft(kind)?;
        let before: HashSet<String> = draft.bag.files().iter().map(|f| f.path.clone()).collect();
        let number = taking.number;
        let staged = self.originals(draft, &mut looked, &page, number, &about)?;
        let originals = match staged {
            Ok(originals) => originals,
            Err(fault) => {
                let added = draft.bag.files().iter().map(|f| f.path.clone());
                let added: Vec<String> = added.filter(|path| !before.contains(path)).collect();
                for path in added.iter().rev() {
                    draft.bag.remove(below_data(path))?;
                }
                return Ok(Err(fault));
            }
        };
        taking.number += u32::try_from(originals.len()).unwrap_or(u32::MAX);
        let media = taking.media.entry(kind).or_default();
        for original in &originals {
            if let Some(address) = address_of(&original.sha256) {
                media.insert(address, held(original));
            }
        }
        keep_enclosed(draft, media, &page)?;
        let item = self.item(native.clone(), &about, page, &originals, visibility);
        taking.natives.insert(native);
        if !restricted {
            taking
                .public
                .extend(files.iter().map(|(_, sha256)| *sha256));
        }
        let brought = Brought {
            // Known once all are compared.
            record: RecordId(uuid::Uuid::nil()),
            originals,
            category: about.category.map(|c| c.0),
            note: about.note.map(|n| n.0),
            day_only: about.time.is_some_and(|t| t.day_only),
            by,
        };
        Ok(Ok(Taken::New(Box::new(item), Box::new(brought))))
    }

    /// The record that all these files are of already. What is to be restricted and is held as public is not
    /// restricted by being brought again: that is told, and never passed over.
    fn held(
        &self,
        looked: &[Looked],
        restricted: bool,
    ) -> Result<Result<Option<RecordId>, Fault>, Error> {
        let catalog = self.archive.catalog();
        let mut records = HashSet::new();
        let destroyed = looked.iter().find(|one| {
            let laid = self.tombstones.as_ref();
            laid.is_some_and(|laid| laid.has_file(&self.account.committee, one.sha256))
        });
        if let Some(one) = destroyed {
            return Ok(Err(Fault::Destroyed(one.name.clone())));
        }
        for one in looked {
            let found = catalog.imported(&self.account.id, &one.sha256)?;
            if let Some(found) = found.as_ref().filter(|found| restricted && found.public) {
                return Ok(Err(Fault::HeldPublic {
                    name: one.name.clone(),
                    record: Some(found.record),
                }));
            }
            records.insert(found.map(|found| found.record));
        }
        let one = records.into_iter().collect::<Vec<_>>();
        Ok(Ok(match one.as_slice() {
            [record] => *record,
            _ => None,
        }))
    }

    /// The saved page, if it is one; else what is said of a picture holds by itself.
    fn page_of(&self, about: &About, looked: &mut [Looked]) -> Result<SavedPage, Fault> {
        let now = (self.around.now)();
        if let Some(time) = about.time.filter(|time| !time.has_come(now)) {
            return Err(Fault::Future(local_time(time.at)));
        }
        let is_page = |l: &Looked| matches!(l.kind, FileKind::Html | FileKind::Mhtml);
        if looked.len() > 1 && looked.iter().any(is_page) {
            return Err(Fault::PageInGroup);
        }
        match looked {
            [one] if one.kind == FileKind::Html => Ok(read_html(&one.whole()?)?),
            [one] if one.kind == FileKind::Mhtml => Ok(read_mhtml(&one.whole()?)?),
            _ => Ok(SavedPage::default()),
        }
    }

    /// Whether what is brought stood at an address that an emergency blocks, shows it, leads to it, or is said to.
    fn shows_blocked(&self, about: &About, page: &SavedPage) -> bool {
        let Some(laid) = &self.tombstones else {
            return false;
        };
        let at = about.address.as_ref().map(|a| &a.0);
        let mut at = at.into_iter().chain(&page.address);
        let said = [&about.text, &about.note];
        let mut said = said.into_iter().flatten().map(|words| words.0.as_str());
        let lines = [&about.author, &about.category];
        let mut lines = lines.into_iter().flatten().map(|line| line.0.as_str());
        let words = |text: &str| laid.stand_in(text);
        at.any(|at| laid.is_blocked(at.as_str()) || laid.has_page(at.as_str()))
            || said.any(words)
            || lines.any(words)
            || page.title.as_deref().is_some_and(words)
            || (page.media.iter()).any(|medium| laid.is_blocked(medium.address.as_str()))
            || page.blocks.iter().any(|block| tells(block, laid))
    }

    fn originals(
        &self,
        draft: &mut Draft,
        looked: &mut [Looked],
        page: &SavedPage,
        number: u32,
        about: &About,
    ) -> Result<Result<Vec<Original>, Fault>, Error> {
        let address = about.address.as_ref().map(|a| a.0.as_str());
        let address = address.or(page.address.as_ref().map(Url::as_str));
        let mut originals = Vec::with_capacity(looked.len());
        for (n, one) in (number + 1..).zip(looked) {
            let path = format!("original/{}", safe_name(n, &one.name));
            let stored = match one.stage(&mut draft.bag, &path)? {
                Ok(stored) => stored,
                Err(fault) => return Ok(Err(fault)),
            };
            let staged = Staged {
                name: &one.name,
                kind: one.kind,
                stored: &stored,
                address,
            };
            let Made { pdf, cover } = good!(self.pdf_of(&mut draft.bag, &staged));
            originals.push(Original {
                name: one.name.clone(),
                file: stored.path,
                bytes: stored.bytes,
                sha256: stored.sha256,
                media_type: one.kind.media_type().to_owned(),
                pdf,
                cover,
                remarks: one.remarks(),
            });
        }
        Ok(Ok(originals))
    }

    fn item(
        &self,
        native_id: NativeId,
        about: &About,
        page: SavedPage,
        originals: &[Original],
        visibility: Visibility,
    ) -> Item {
        let now = (self.around.now)();
        let told = page.published.as_deref();
        let told = told.and_then(|t| DateTime::parse_from_rfc3339(t).ok());
        let told = told
            .map(|t| t.to_utc())
            .filter(|t: &DateTime<Utc>| *t <= now);
        let author = about.author.as_ref().map(|a| a.0.clone()).or(page.author);
        let author = self.author(author, about.own);
        let address = about.address.as_ref().map(|a| a.0.to_string());
        let mut content = Content {
            title: page.title,
            author,
            language: page.language,
            body: Vec::new(),
            media: page.media,
        };
        if let Some(text) = &about.text {
            content.body.extend(paragraphs(&text.0));
        }
        content.body.extend(page.blocks);
        for (n, original) in originals.iter().enumerate() {
            let Some(address) = address_of(&original.sha256) else {
                continue;
            };
            let is_picture = original.media_type.starts_with("image/");
            content.body.push(Block::Medium {
                medium: content.media.len(),
            });
            content.media.push(Medium {
                address,
                kind: match is_picture {
                    true => MediumKind::Picture,
                    false => MediumKind::Document,
                },
                alt: None,
                caption: Some(caption(original, about, n == 0)),
            });
        }
        Item {
            native_id,
            kind: about.record_kind(),
            parent: None,
            permalink: address.or(page.address.map(String::from)),
            published: about.time.map(|t| t.at).or(told),
            edited: None,
            visibility,
            content,
        }
    }
}

impl Capture<'_> {
    /// Who wrote it, with what is said of whose it is. What is the municipality's own has a name in any case.
    fn author(&self, name: Option<String>, own: Option<bool>) -> Option<Author> {
        let ours = [self.name.as_deref(), Some(&self.around.organisation)];
        let plain = |name: &str| name.trim().to_lowercase();
        let is_ours = |name: &String| {
            let mut ours = ours.into_iter().flatten();
            ours.any(|our| !our.is_empty() && plain(our) == plain(name))
        };
        let own = own.or_else(|| name.as_ref().filter(|n| is_ours(n)).map(|_| true));
        let name = match own {
            Some(true) => name.or_else(|| ours.into_iter().flatten().next().map(str::to_owned)),
            _ => name,
        };
        Some(Author {
            name: name?,
            address: own.map(|own| if own { Author::OWN } else { Author::OTHERS }.to_owned()),
        })
    }
}

/// Whether a part of a page names an address that an emergency blocks, or leads there.
fn tells(block: &Block, laid: &Tombstones) -> bool {
    let of = |spans: &[Span]| {
        let link = |span: &Span| span.link.as_deref().is_some_and(|to| laid.is_blocked(to));
        // An address may be written in several styles.
        let text: String = spans.iter().map(|span| span.text.as_str()).collect();
        spans.iter().any(link) || laid.stand_in(&text)
    };
    match block {
        Block::Paragraph { spans }
        | Block::Heading { spans, .. }
        | Block::ListItem { spans, .. }
        | Block::Quote { spans } => of(spans),
        Block::Preformatted { text } => laid.stand_in(text),
        Block::TableRow { cells, .. } => cells.iter().any(|cell| of(cell)),
        Block::Medium { .. } | Block::Rule => false,
    }
}

/// The files by what they are, each once.
fn look_at(files: Vec<BroughtFile>) -> Result<Vec<Looked>, Fault> {
    let mut looked: Vec<Looked> = Vec::with_capacity(files.len());
    for file in files {
        let one = Looked::at(file)?;
        if looked.iter().all(|l| l.sha256 != one.sha256) {
            looked.push(one);
        }
    }
    Ok(looked)
}

/// By the digest of the file, or of the digests of several in their order.
fn native_id(looked: &[Looked]) -> NativeId {
    let digest = match looked {
        [one] => one.sha256,
        all => {
            let together: Vec<u8> = all.iter().flat_map(|l| l.sha256.0).collect();
            Digest::of(&together)
        }
    };
    NativeId(format!("sha256:{digest}"))
}

/// By which an original is named among media: it has no place on the web.
fn address_of(sha256: &Digest) -> Option<Url> {
    Url::parse(&format!("urn:sha256:{sha256}")).ok()
}

fn held(original: &Original) -> MediumHeld {
    MediumHeld::Held {
        file: original.file.clone(),
        bytes: original.bytes,
        sha256: original.sha256,
        media_type: original.media_type.clone(),
    }
}

/// Below the picture: what the file was called, and what who brought it says of it.
fn caption(original: &Original, about: &About, first: bool) -> String {
    let mut parts = vec![format!("Inlämnad fil: {}.", original.name)];
    if first {
        if let Some(category) = &about.category {
            parts.push(format!("Kategori: {}.", category.0));
        }
        if let Some(note) = &about.note {
            let words = note.0.split_whitespace().collect::<Vec<_>>().join(" ");
            parts.push(format!("Anteckning: {words}"));
        }
        if about.time.is_some_and(|t| t.day_only) {
            parts.push("Klockslaget är inte känt, bara dagen.".to_owned());
        }
    }
    parts.join(" ")
}

/// Empty lines part paragraphs, as people write.
fn paragraphs(text: &str) -> impl Iterator<Item = Block> {
    text.split("\n\n")
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .map(|p| Block::Paragraph {
            spans: vec![Span::plain(p)],
        })
}

/// Pictures that came with a saved page; those that did not are told as missing.
fn keep_enclosed(
    draft: &mut Draft,
    media: &mut HashMap<Url, MediumHeld>,
    page: &SavedPage,
) -> Result<(), Error> {
    for medium in &page.media {
        if media.contains_key(&medium.address) {
            continue;
        }
        let enclosed = page.enclosed.iter().find(|e| e.address == medium.address);
        let state = match enclosed {
            None => MediumHeld::Missing {
                missing: GapReason::NotCaptured {
                    detail: "it did not come with the saved page".to_owned(),
                },
            },
            Some(enclosed) => {
                let mut file = draft.medium(&medium.address, medium.kind)?;
                if let Err(source) = file.write_all(&enclosed.bytes) {
                    return Err(file.failed(source).into());
                }
                let stored = file.finish()?;
                MediumHeld::Held {
                    file: stored.path,
                    bytes: stored.bytes,
                    sha256: stored.sha256,
                    media_type: enclosed.media_type.clone(),
                }
            }
        };
        media.insert(medium.address.clone(), state);
    }
    Ok(())
}
