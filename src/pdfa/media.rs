//! Media in a post: pictures in the column with their words, everything else as a line about the file.

use std::rc::Rc;

use super::compose::{Composer, Draw, Frame, Item, MUTED, WARNING, run, style};
use super::fonts::Face;
use super::tags::{Element, Tag};
use super::xmp::one_line;
use super::{Error, MediumState, swedish};
use crate::record::{Digest, Medium, MediumKind};

/// Points a pixel takes at most: 110 to the inch, so that a small picture is not blown up.
const POINTS_A_PIXEL: f32 = 72.0 / 110.0;
const MAX_HEIGHT: f32 = 400.0;
/// Characters of a picture's alternative text; each takes four bytes at most.
const MOST_ALTERNATIVE: usize = 8_000;

impl Composer<'_> {
    pub fn medium(
        &mut self,
        medium: &Medium,
        state: Option<&MediumState>,
        frame: &Frame,
    ) -> Result<(), Error> {
        let own_words = std::mem::replace(&mut self.own_words, false);
        match state {
            Some(MediumState::Stored {
                file,
                bytes,
                sha256,
                ..
            }) => {
                let drawn = medium.kind == MediumKind::Picture
                    && self.picture(medium, file, *bytes, *sha256, frame)?;
                if !drawn {
                    self.stored(medium, file, *bytes, *sha256, frame);
                }
            }
            Some(MediumState::Missing(reason)) => {
                self.missing(medium, &swedish::gap(reason), frame)
            }
            None => self.missing(medium, "den hämtades inte", frame),
        }
        self.own_words = own_words;
        Ok(())
    }

    /// Places the picture; `false` when it cannot be drawn.
    fn picture(
        &mut self,
        medium: &Medium,
        file: &str,
        size: u64,
        digest: Digest,
        frame: &Frame,
    ) -> Result<bool, Error> {
        if !self.draw_pictures {
            return Ok(false);
        }
        if self.pictures.known(&digest).is_none() {
            let bytes = (self.load)(file).map_err(|source| Error::Load {
                file: file.to_owned(),
                source,
            })?;
            self.pictures.measure(file, digest, bytes);
        }
        let Some(Ok(measured)) = self.pictures.known(&digest) else {
            return Ok(false);
        };
        let of = Element::figure(&self.within, &alternative(medium, file, size));
        let (w, h) = (measured.width as f32, measured.height as f32);
        let first_frame = measured.first_frame;
        let width = (w * POINTS_A_PIXEL).min(frame.measure);
        let scale = (width / w).min(MAX_HEIGHT / h);
        // A sliver of a picture is still a picture: never thinner than a hairline.
        let (width, height) = ((w * scale).max(0.5), (h * scale).max(0.5));
        self.items.push(Item {
            before: 9.0,
            height,
            keep: true,
            draw: Draw::Picture {
                x: frame.x,
                width,
                height,
                digest,
                of: Rc::clone(&of),
            },
            bands: frame.bands.clone(),
            begins: None,
            heading: None,
        });
        self.words(medium, frame, Some(of));
        if first_frame {
            let small = frame.size - 1.8;
            let mut set = frame.setting(Tag::Paragraph, 0.5);
            set.leading = small * 1.4;
            let words = "Filen har fler bilder än den första, som visas här. Hela filen finns i arkivpaketet.";
            self.paragraph(&[run(words, &style(Face::Regular, small, MUTED))], &set);
        }
        Ok(true)
    }

    /// Caption and description. The description belongs to the figure that it describes, where that is drawn: a
    /// reader that speaks the figure's alternative text then does not say the same twice.
    fn words(&mut self, medium: &Medium, frame: &Frame, figure: Option<Rc<Element>>) {
        let small = frame.size - 1.8;
        let mut set = frame.setting(Tag::Paragraph, 3.0);
        set.leading = small * 1.4;
        if let Some(caption) = medium.caption.as_deref().filter(|c| !c.trim().is_empty()) {
            let runs = [run(
                caption.trim(),
                &style(Face::Italic, small + 0.4, MUTED),
            )];
            set.keep = true;
            self.own_words = true;
            self.paragraph(&runs, &set);
            self.own_words = false;
            set.keep = false;
            set.before = 0.5;
        }
        if medium.kind == MediumKind::Picture {
            let text = match medium.alt.as_deref().map(str::trim) {
                Some(alt) if !alt.is_empty() => format!("Bildbeskrivning: {alt}"),
                _ => "Bildbeskrivning saknas.".to_owned(),
            };
            let outer = figure.map(|figure| {
                set.tag = Tag::Caption;
                std::mem::replace(&mut self.within, figure)
            });
            self.paragraph(&[run(text, &style(Face::Regular, small, MUTED))], &set);
            if let Some(outer) = outer {
                self.within = outer;
            }
        }
    }

    /// A stored file that is not drawn: its name, size and digest.
    fn stored(&mut self, medium: &Medium, file: &str, bytes: u64, digest: Digest, frame: &Frame) {
        let small = frame.size - 1.8;
        let inner = frame.inset(
            10.0,
            Some(super::compose::Band {
                x: frame.x,
                width: 2.0,
                colour: super::compose::HAIRLINE,
                above: true,
            }),
        );
        let mut set = inner.setting(Tag::Paragraph, 9.0);
        set.leading = (frame.size - 0.6) * 1.45;
        set.keep = true;
        let bold = style(Face::Bold, frame.size - 0.6, super::compose::INK);
        let plain = style(Face::Regular, frame.size - 0.6, super::compose::INK);
        let at = self.items.len();
        let name = file.rsplit('/').next().unwrap_or(file);
        let runs = [
            run(swedish::medium(medium.kind), &bold),
            run(format!("  {name}, {}", swedish::size(bytes)), &plain),
        ];
        self.paragraph(&runs, &set);
        set.before = 0.0;
        set.leading = small * 1.4;
        let muted = style(Face::Regular, small, MUTED);
        if let Some(Err(why)) = self
            .pictures
            .known(&digest)
            .filter(|_| medium.kind == MediumKind::Picture && self.draw_pictures)
        {
            let text = format!("Bilden finns i arkivpaketet men kunde inte återges här: {why}.");
            let runs = [run(text, &style(Face::Regular, small, WARNING))];
            self.paragraph(&runs, &set);
        }
        let text = format!("{file}\nSHA-256 {digest}");
        set.keep = medium.kind == MediumKind::Picture;
        self.paragraph(&[run(text, &muted)], &set);
        self.words(medium, &inner, None);
        self.begin_band(at);
    }

    fn missing(&mut self, medium: &Medium, why: &str, frame: &Frame) {
        let small = frame.size - 1.8;
        let inner = frame.inset(
            10.0,
            Some(super::compose::Band {
                x: frame.x,
                width: 2.0,
                colour: super::compose::WARNING,
                above: true,
            }),
        );
        let mut set = inner.setting(Tag::Paragraph, 9.0);
        set.leading = (frame.size - 0.6) * 1.45;
        set.keep = true;
        let at = self.items.len();
        let text = format!("{} saknas: {why}.", swedish::medium_definite(medium.kind));
        let runs = [run(text, &style(Face::Regular, frame.size - 0.6, WARNING))];
        self.paragraph(&runs, &set);
        set.before = 0.0;
        set.leading = small * 1.4;
        set.keep = medium.kind == MediumKind::Picture;
        let runs = [run(
            medium.address.as_str(),
            &style(Face::Regular, small, MUTED),
        )];
        self.paragraph(&runs, &set);
        self.words(medium, &inner, None);
        self.begin_band(at);
    }
}

/// Words in the place of the picture: the platform's, else what is known of the file.
fn alternative(medium: &Medium, file: &str, size: u64) -> String {
    let told = one_line(medium.alt.as_deref().unwrap_or_default());
    if told.is_empty() {
        let name = file.rsplit('/').next().unwrap_or(file);
        return one_line(&format!(
            "Bild utan beskrivning: filen {name}, {}",
            swedish::size(size)
        ));
    }
    // A string has at most 65,535 bytes (ISO 19005-1, 6.1.12); the whole description stands beside the picture.
    told.chars().take(MOST_ALTERNATIVE).collect()
}
