//! The words of a page and where they stand: what makes its pictures searchable, and its text.
//!
//! One snapshot a process: the page with its frames of the same site, then each frame of another site. Only what
//! can be seen counts: not what is transparent, clipped away or outside of the page.

mod clip;
mod letters;
mod snapshot;
mod tables;
mod text;

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::Error;
use super::attach::Frame;
use super::cdp::Session;
use clip::Rect;
use snapshot::{Document, Snapshot};
use text::Text;

/// A frame that answers nothing is left out; it must not cost the page.
const PATIENCE: Duration = Duration::from_secs(20);

/// Half a million nodes take Chromium ten seconds, and several times that on a busy machine.
const PAGE: Duration = Duration::from_secs(60);

/// Bytes of the snapshots of a page and its frames. They go through a file; what is read of them takes at most as much
/// memory, and mostly half of it: that of a million nodes.
const BYTES: usize = 128 << 20;

/// Pixels of a frame that shows anything.
const SIZE: f64 = 8.0;

/// Frames in frames, so deep.
const DEPTH: usize = 12;

/// A line of text in pixels of the page, from its left upper corner.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    pub text: Box<str>,
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

/// All words of a page.
#[derive(Debug, Default)]
pub struct Words {
    /// In reading order.
    pub lines: Vec<Line>,
    /// The text in reading order; frames are named where they stand.
    pub text: String,
    /// The frames that can be seen, from the top down.
    pub frames: Vec<Shown>,
    /// Frames whose words could not be had, by their session's target, and why.
    pub missing: Vec<(String, String)>,
}

/// Where a frame can be seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown {
    pub top: u32,
    pub bottom: u32,
    /// Its id, where it has a process of its own.
    pub away: Option<String>,
}

/// What one process says.
struct Told {
    snapshot: Snapshot,
    /// Content boxes of the elements that hold frames, in pixels of the process's view, by the element's id.
    boxes: HashMap<i64, Owner>,
    /// Elements that hold frames of other processes, by the element's id.
    away: HashMap<i64, usize>,
}

/// Where the content of a frame stands in its process's view.
#[derive(Debug, Clone, Copy)]
struct Owner {
    rect: Rect,
    scale: f64,
}

/// How a view lies on the page.
#[derive(Debug, Clone, Copy)]
struct Place {
    x: f64,
    y: f64,
    scale: f64,
}

impl Place {
    fn rect(self, rect: Rect) -> Rect {
        Rect {
            left: self.x + rect.left * self.scale,
            top: self.y + rect.top * self.scale,
            right: self.x + rect.right * self.scale,
            bottom: self.y + rect.bottom * self.scale,
        }
    }
}

/// Reads the words of a page of `width` x `height` pixels with its frames.
///
/// # Errors
/// When the page itself does not tell them.
pub async fn read(
    page: &Session,
    frames: &[Frame],
    (width, height): (u32, u32),
) -> Result<Words, Error> {
    let mut words = Words::default();
    let mut left = BYTES;
    let mut told = vec![Some(told(page, frames, PAGE, &mut left).await?)];
    for frame in frames {
        match self::told(&frame.session, frames, PATIENCE, &mut left).await {
            Ok(frame) => told.push(Some(frame)),
            // It went while it was asked.
            Err(Error::Detached { .. }) => told.push(None),
            Err(end @ Error::Gone { .. }) => return Err(end),
            Err(error) => {
                words.missing.push((frame.id.clone(), error.to_string()));
                told.push(None);
            }
        }
    }
    let whole = Rect {
        left: 0.0,
        top: 0.0,
        right: f64::from(width),
        bottom: f64::from(height),
    };
    let mut reader = Reader {
        told: &told,
        lines: Vec::new(),
        shown: Vec::new(),
        frames,
        text: Text::default(),
    };
    if let Some(root) = told.first().and_then(Option::as_ref)
        && let Some(document) = root.snapshot.documents.first()
    {
        let place = Place {
            x: document.scroll_x,
            y: document.scroll_y,
            scale: 1.0,
        };
        reader.process(root, place, whole, 0);
    }
    words.lines = reader.lines;
    words.frames = reader.shown;
    words.frames.sort_unstable();
    words.text = reader.text.finish();
    Ok(words)
}

/// `left` is what the snapshots may have of bytes from here on.
async fn told(
    session: &Session,
    frames: &[Frame],
    time: Duration,
    left: &mut usize,
) -> Result<Told, Error> {
    let method = "DOMSnapshot.captureSnapshot";
    let params = json!({"computedStyles": snapshot::STYLES});
    let asking = session.fetch(method, params, time, Some(*left));
    let (snapshot, bytes): (Snapshot, usize) = asking.await?;
    *left = left.saturating_sub(bytes);
    let mut away = HashMap::new();
    for (n, frame) in frames.iter().enumerate() {
        if frame.parent != session.id() {
            continue;
        }
        let asked = json!({"frameId": frame.id});
        let owner = session.call_within("DOM.getFrameOwner", asked, PATIENCE);
        let owner = owner.await;
        let owner = owner.ok().and_then(|o| o.get("backendNodeId")?.as_i64());
        if let Some(owner) = owner {
            away.insert(owner, n + 1);
        }
    }
    let mut boxes = HashMap::new();
    let near = snapshot.documents.iter().flat_map(Document::frame_owners);
    for owner in near.chain(away.keys().copied()) {
        let asked = json!({"backendNodeId": owner});
        let model = session.call_within("DOM.getBoxModel", asked, PATIENCE);
        if let Some(at) = model.await.ok().as_ref().and_then(content_box) {
            boxes.insert(owner, at);
        }
    }
    Ok(Told {
        snapshot,
        boxes,
        away,
    })
}

fn content_box(model: &Value) -> Option<Owner> {
    let model = model.get("model")?;
    let rect = quad(model.get("content")?)?;
    let border = quad(model.get("border")?)?;
    let width = model.get("width")?.as_f64().filter(|w| *w > 0.0);
    let scale = width.map_or(1.0, |w| (border.right - border.left) / w);
    Some(Owner { rect, scale })
}

/// The upright rectangle around the corners of one that may be turned.
fn quad(corners: &Value) -> Option<Rect> {
    let corners: Vec<f64> = corners
        .as_array()?
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    let [x1, y1, x2, y2, x3, y3, x4, y4] = corners.try_into().ok()?;
    let x: [f64; 4] = [x1, x2, x3, x4];
    let y: [f64; 4] = [y1, y2, y3, y4];
    Some(Rect {
        left: x.into_iter().fold(f64::INFINITY, f64::min),
        top: y.into_iter().fold(f64::INFINITY, f64::min),
        right: x.into_iter().fold(f64::NEG_INFINITY, f64::max),
        bottom: y.into_iter().fold(f64::NEG_INFINITY, f64::max),
    })
}

struct Reader<'a> {
    told: &'a [Option<Told>],
    lines: Vec<Line>,
    shown: Vec<Shown>,
    frames: &'a [Frame],
    text: Text,
}

impl Reader<'_> {
    fn process(&mut self, told: &Told, place: Place, clip: Rect, depth: usize) {
        let Some(document) = told.snapshot.documents.first() else {
            return;
        };
        let inner = Place {
            x: place.x - document.scroll_x * place.scale,
            y: place.y - document.scroll_y * place.scale,
            scale: place.scale,
        };
        self.document(told, document, (place, inner), clip, depth);
    }

    /// `view` is how the process's view lies on the page, `place` how this document does.
    fn document(
        &mut self,
        told: &Told,
        document: &Document,
        (view, place): (Place, Place),
        clip: Rect,
        depth: usize,
    ) {
        let strings = &told.snapshot.strings;
        let seen = document.seen(strings, |rect| place.rect(rect), clip);
        for piece in document.pieces(strings) {
            if let Some(owner) = piece.owner {
                let node = piece.node;
                self.frame(told, document, (owner, node), view, seen.clip(node), depth);
                continue;
            }
            if !seen.is_shown(piece.node) {
                continue;
            }
            let clip = seen.clip(piece.node);
            let mut any = piece.text == "\n";
            for (text, rect) in &piece.lines {
                let Some((text, rect)) = clip.cut(text, place.rect(*rect)) else {
                    continue;
                };
                any = true;
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                if !text.is_empty() {
                    self.lines.push(Line::new(text.into(), rect));
                }
            }
            if any {
                let preserved = seen.is_preserved(piece.node);
                self.text
                    .add(piece.text, document.block(piece.node), preserved);
            }
        }
    }

    fn frame(
        &mut self,
        told: &Told,
        document: &Document,
        (owner, node): (i64, usize),
        view: Place,
        clip: Rect,
        depth: usize,
    ) {
        let Some(at) = told.boxes.get(&owner).filter(|_| depth < DEPTH) else {
            return;
        };
        let content = view.rect(at.rect);
        let clip = clip.within(content);
        if clip.is_empty() {
            return;
        }
        // Those that nobody can see anything in are for counting visitors.
        if clip.right - clip.left >= SIZE && clip.bottom - clip.top >= SIZE {
            let away = told.away.get(&owner).and_then(|n| n.checked_sub(1));
            let away = away.and_then(|n| self.frames.get(n)).map(|f| f.id.clone());
            self.shown.push(Shown {
                top: clip.top.floor() as u32,
                bottom: clip.bottom.ceil() as u32,
                away,
            });
        }
        let inner = Place {
            x: content.left,
            y: content.top,
            scale: view.scale * at.scale,
        };
        let near = document.content_document(node);
        let near = near.and_then(|n| told.snapshot.documents.get(n));
        if let Some(near) = near {
            self.text.open(told.snapshot.strings.get(near.address));
            let place = Place {
                x: inner.x - near.scroll_x * inner.scale,
                y: inner.y - near.scroll_y * inner.scale,
                scale: inner.scale,
            };
            self.document(told, near, (view, place), clip, depth + 1);
            self.text.close();
        } else if let Some(n) = told.away.get(&owner)
            && let Some(Some(away)) = self.told.get(*n)
        {
            let address = away.snapshot.documents.first().map_or(-1, |d| d.address);
            self.text.open(away.snapshot.strings.get(address));
            self.process(away, inner, clip, depth + 1);
            self.text.close();
        }
    }
}

impl Line {
    /// Hundredths of a pixel are more than any viewer shows.
    fn new(text: Box<str>, rect: Rect) -> Self {
        let rounded = |n: f64| (n * 100.0).round() / 100.0;
        Self {
            text,
            x: rounded(rect.left),
            y: rounded(rect.top),
            w: rounded(rect.right - rect.left),
            h: rounded(rect.bottom - rect.top),
        }
    }
}
