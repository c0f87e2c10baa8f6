//! Pictures, films, sound, documents and captions.

use html5gum::StartTag;
use url::Url;

use super::{Enclosed, Reader, attribute};
use crate::record::{Block, Digest, Medium, MediumKind, Span};

/// A `<figure>` that stands open.
pub(super) struct Figure {
    /// How many media there were before it.
    first: usize,
    /// A caption that came before its medium.
    caption: Option<String>,
}

impl Figure {
    pub(super) fn at(first: usize) -> Self {
        Self {
            first,
            caption: None,
        }
    }
}

/// Where sites that load pictures late keep the address.
const LATE: [&str; 5] = [
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-orig-file",
    "data-full-url",
];

const DOCUMENTS: [&str; 19] = [
    "pdf", "doc", "docx", "odt", "rtf", "xls", "xlsx", "ods", "csv", "ppt", "pptx", "odp", "txt",
    "zip", "epub", "xml", "json", "ics", "gpx",
];

/// The kind and the bytes of a picture in an address (RFC 2397).
fn data_address(source: &str) -> Option<(String, Vec<u8>)> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
    use base64::{alphabet, engine::DecodePaddingMode};
    let rest = source.trim_start().strip_prefix("data:")?;
    let (head, data) = rest.split_once(',')?;
    let media_type = head.split(';').next().unwrap_or_default().trim();
    if !media_type.starts_with("image/") {
        return None;
    }
    let bytes = match head.to_ascii_lowercase().ends_with(";base64") {
        true => {
            let any = GeneralPurposeConfig::new()
                .with_decode_padding_mode(DecodePaddingMode::Indifferent);
            let letters: Vec<u8> = percent_decoded(data.as_bytes())
                .into_iter()
                .filter(|b| !b.is_ascii_whitespace())
                .collect();
            GeneralPurpose::new(&alphabet::STANDARD, any)
                .decode(letters)
                .ok()?
        }
        false => percent_decoded(data.as_bytes()),
    };
    (!bytes.is_empty()).then(|| (media_type.to_ascii_lowercase(), bytes))
}

/// `%41` as `A`; another `%` stands for itself.
fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let hex = |b: u8| char::from(b).to_digit(16);
        rest = after;
        if *first == b'%'
            && let [high, low, after @ ..] = after
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            out.extend(u8::try_from(high * 16 + low).ok());
            rest = after;
        } else {
            out.push(*first);
        }
    }
    out
}

impl Reader<'_> {
    /// The address as an absolute one that can be asked for.
    fn resolve(&self, address: &str) -> Option<Url> {
        let found = self.base.join(address.trim()).ok()?;
        let asked = matches!(found.scheme(), "http" | "https") && found.has_host();
        // What a saved page names in its own file or beside it is told, and never asked for.
        let named = self.enclosed.is_some() && matches!(found.scheme(), "cid" | "file");
        (asked || named).then_some(found)
    }

    /// A picture that stands in a saved page as `data:`: kept with the page, under its digest.
    fn enclosed_picture(&mut self, source: &str) -> Option<Url> {
        let enclosed = self.enclosed.as_mut()?;
        let (media_type, bytes) = data_address(source)?;
        let address = Url::parse(&format!("urn:sha256:{}", Digest::of(&bytes))).ok()?;
        if enclosed.iter().all(|e| e.address != address) {
            enclosed.push(Enclosed {
                address: address.clone(),
                media_type,
                bytes,
            });
        }
        Some(address)
    }

    pub(super) fn open_link(&mut self, tag: &StartTag<usize>) {
        let Some(href) = attribute(tag, "href") else {
            return self.inline.link(None);
        };
        let known = ["http", "https", "mailto", "tel"];
        let to = self.base.join(href.trim()).ok();
        let to = to.filter(|to| known.contains(&to.scheme()));
        if let Some(to) = &to
            && is_upload(to, self.base)
        {
            self.add(to.clone(), MediumKind::Document, None);
        }
        self.inline.link(to.map(String::from));
    }

    pub(super) fn picture(&mut self, tag: &StartTag<usize>) {
        let alt = attribute(tag, "alt").map(|alt| alt.trim().to_owned());
        let alt = alt.filter(|alt| !alt.is_empty());
        let class = attribute(tag, "class").unwrap_or_default();
        let is_emoji = class
            .split_whitespace()
            .any(|c| matches!(c, "wp-smiley" | "emoji"));
        if is_emoji && let Some(alt) = &alt {
            return self.inline.text(alt);
        }
        let tiny = |name| attribute(tag, name).is_some_and(|n| matches!(n.trim(), "0" | "1"));
        if tiny("width") && tiny("height") {
            return;
        }
        let source = attribute(tag, "src").filter(|src| !src.trim().is_empty());
        let shown = source.as_deref().and_then(|src| self.resolve(src));
        let late = || {
            let named = LATE.iter().find_map(|name| attribute(tag, name));
            named.and_then(|src| self.resolve(&src))
        };
        let set = || {
            let named = ["srcset", "data-srcset", "data-lazy-srcset"];
            let set = named.iter().find_map(|name| attribute(tag, name))?;
            self.resolve(&largest(&set)?)
        };
        let found = shown.or_else(late).or_else(set);
        let inside = || source.as_deref().and_then(|src| self.enclosed_picture(src));
        match found.or_else(inside) {
            Some(address) => self.show(address, MediumKind::Picture, alt),
            None if source.is_some_and(|s| s.trim_start().starts_with("data:image/")) => {
                let name = alt.map(|alt| format!(": {alt}")).unwrap_or_default();
                self.inline
                    .text(&format!("[bild inbäddad i sidan, inte sparad{name}]"));
            }
            None => {}
        }
    }

    pub(super) fn film_or_sound(&mut self, tag: &StartTag<usize>) {
        let source = attribute(tag, "src").and_then(|src| self.resolve(&src));
        let media_type = attribute(tag, "type").unwrap_or_default();
        let kind = match tag.name.as_slice() {
            b"video" => Some(MediumKind::Film),
            b"audio" => Some(MediumKind::Sound),
            _ if media_type.starts_with("video/") => Some(MediumKind::Film),
            _ if media_type.starts_with("audio/") => Some(MediumKind::Sound),
            // A picture's alternative sizes: the picture itself follows.
            _ => source
                .as_ref()
                .and_then(|s| kind_by_name(s.path()))
                .filter(|kind| *kind != MediumKind::Picture),
        };
        let shown = source.is_some();
        if let (Some(address), Some(kind)) = (source, kind) {
            self.show(address, kind, None);
        }
        if tag.name.as_slice() != b"source" {
            self.leave_out(tag);
        }
        if let Some(skipped) = &mut self.skipped {
            skipped.shown |= shown;
        }
    }

    /// What stands in a frame cannot be read here: its address is kept as a link.
    pub(super) fn embedded(&mut self, tag: &StartTag<usize>) {
        let named = ["src", "data-src", "data"];
        let source = named.iter().find_map(|name| attribute(tag, name));
        let Some(to) = source.and_then(|src| self.resolve(&src)) else {
            return;
        };
        let title = attribute(tag, "title").filter(|title| !title.trim().is_empty());
        self.boundary();
        self.inline.link(Some(to.to_string()));
        self.inline.text(title.as_deref().unwrap_or(to.as_str()));
        self.inline.link(None);
        self.boundary();
    }

    /// Puts the medium here, between what came before and what comes after.
    fn show(&mut self, address: Url, kind: MediumKind, alt: Option<String>) {
        let medium = self.add(address, kind, alt);
        if self.is_aside() {
            self.table.hold_medium(medium);
        } else {
            self.flush();
            self.out.blocks.push(Block::Medium { medium });
        }
    }

    fn add(&mut self, address: Url, kind: MediumKind, alt: Option<String>) -> usize {
        self.out.media.push(Medium {
            address,
            kind,
            alt,
            caption: None,
        });
        self.out.media.len() - 1
    }

    pub(super) fn start_caption(&mut self, name: &'static [u8]) {
        if self.is_aside() {
            return self.boundary();
        }
        self.flush();
        self.caption = Some(name);
    }

    pub(super) fn end_caption(&mut self) {
        self.caption = None;
        let spans = self.inline.take();
        let first = self.figures.last().map_or(0, |figure| figure.first);
        let text: String = spans.iter().map(|s| s.text.as_str()).collect();
        if text.is_empty() {
            return;
        }
        let last = self
            .out
            .media
            .get_mut(first..)
            .and_then(<[Medium]>::last_mut);
        match (last, self.figures.last_mut()) {
            (Some(medium), _) if medium.caption.is_none() => medium.caption = Some(text),
            (None, Some(figure)) => figure.caption = Some(text),
            _ => self.push(spans),
        }
    }

    pub(super) fn end_figure(&mut self) {
        let Some(figure) = self.figures.pop() else {
            return;
        };
        let Some(caption) = figure.caption else {
            return;
        };
        match self.out.media.get_mut(figure.first) {
            Some(medium) if medium.caption.is_none() => medium.caption = Some(caption),
            _ => self.push(vec![Span::plain(caption)]),
        }
    }
}

/// A file that the site itself keeps and links to.
fn is_upload(to: &Url, base: &Url) -> bool {
    if to.host_str() != base.host_str() || !to.path().contains("/uploads/") {
        return false;
    }
    let extension = to
        .path()
        .rsplit_once('.')
        .map(|(_, e)| e.to_ascii_lowercase());
    extension.is_some_and(|e| DOCUMENTS.contains(&e.as_str()))
}

/// The kind that a file's name tells.
pub(in crate::platform) fn kind_by_name(path: &str) -> Option<MediumKind> {
    let (_, extension) = path.rsplit_once('.')?;
    match extension.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" | "png" | "gif" | "webp" | "avif" => Some(MediumKind::Picture),
        "mp4" | "m4v" | "webm" | "mov" | "ogv" => Some(MediumKind::Film),
        "mp3" | "m4a" | "ogg" | "oga" | "wav" | "flac" | "opus" => Some(MediumKind::Sound),
        _ => None,
    }
}

/// The address with the greatest width or density of a `srcset` (HTML, 4.8.4.2).
fn largest(set: &str) -> Option<String> {
    let mut rest = set.trim_start_matches([',', ' ', '\n', '\t', '\r']);
    let mut best: Option<(f64, &str)> = None;
    while !rest.is_empty() {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (address, after) = rest.split_at(end);
        let bare = address.trim_end_matches(',');
        let (descriptor, after) = if bare.len() < address.len() {
            ("", after)
        } else {
            after.split_once(',').unwrap_or((after, ""))
        };
        let size = descriptor.trim().trim_end_matches(['w', 'x', 'h']);
        let size = size.parse().unwrap_or(1.0);
        if best.is_none_or(|(most, _)| size > most) && !bare.starts_with("data:") {
            best = Some((size, bare));
        }
        rest = after.trim_start_matches([',', ' ', '\n', '\t', '\r']);
    }
    best.map(|(_, address)| address.to_owned())
}
