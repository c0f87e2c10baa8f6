//! The pictures in turn, each as it can stand in the file, and the parts they fill.

use std::io::{self, Read, Seek, Sink, Write};

use image::metadata::Orientation;

use super::part::{Coding, Pages, Part, Shape};
use super::source::{Jpeg, Kind, Source};
use super::windows::{Rows, windows};
use super::{AsWritten, Look, Scale, ScreenOptions, ScreenPart, Texts};
use crate::pdfa::picture::{ColourSpace, Profiles, end_jpeg};
use crate::pdfa::png::{self, Data, Png, Proof};
use crate::pdfa::xmp::{Metadata, one_line};
use crate::pdfa::{Error, Level};

/// What a part weighs beside its pictures and its text: profile, font, metadata, pages.
const EMPTY_PART: u64 = 200_000;
/// Image data go through in pieces of this size.
const PIECE: usize = 64 << 10;

/// What holds for the whole screenshot.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    pub options: &'a ScreenOptions,
    pub scale: &'a Scale,
    pub texts: &'a Texts<'a>,
}

/// Pictures that were not passed through, by name.
type Encoded = Vec<(String, AsWritten)>;

impl Run<'_> {
    /// Rows that a part may have: its pages may be a sixth shorter than they could be.
    pub fn most_rows(&self) -> u64 {
        let tallest = self.scale.tallest();
        let pages = self.options.max_pages.saturating_sub(2).max(1) as u64;
        pages.saturating_mul((tallest - tallest / 6).max(1))
    }

    /// How many parts there will be: what must be packed anew is packed for its size alone.
    pub fn count<R: Read + Seek>(self, sources: &mut [Source<R>]) -> Result<usize, Error> {
        let mut out = |_, _| Ok(io::sink());
        let mut writing: Writing<'_, Sink> = Writing::new(self, 0, true, &mut out);
        writing.all(sources)?;
        Ok(writing.parts.len())
    }

    /// Writes `of` parts.
    pub fn write<R: Read + Seek, W: Write>(
        self,
        sources: &mut [Source<R>],
        of: usize,
        out: &mut dyn FnMut(usize, usize) -> io::Result<W>,
    ) -> Result<(Vec<ScreenPart<W>>, Encoded), Error> {
        let mut writing = Writing::new(self, of, false, out);
        writing.all(sources)?;
        Ok((writing.parts, writing.encoded))
    }
}

/// The parts under way.
pub struct Writing<'a, W: Write> {
    pub run: Run<'a>,
    of: usize,
    /// Nothing is written: only the sizes matter.
    dry: bool,
    out: &'a mut dyn FnMut(usize, usize) -> io::Result<W>,
    part: Option<Part<W>>,
    pub rows: Rows,
    /// Rows of the screenshot so far.
    top: u64,
    parts: Vec<ScreenPart<W>>,
    encoded: Encoded,
    pub profiles: Profiles,
}

impl<'a, W: Write> Writing<'a, W> {
    fn new(
        run: Run<'a>,
        of: usize,
        dry: bool,
        out: &'a mut dyn FnMut(usize, usize) -> io::Result<W>,
    ) -> Self {
        Self {
            run,
            of,
            dry,
            out,
            part: None,
            rows: Rows::default(),
            top: 0,
            parts: Vec::new(),
            encoded: Vec::new(),
            profiles: Profiles::default(),
        }
    }

    fn all<R: Read + Seek>(&mut self, sources: &mut [Source<R>]) -> Result<(), Error> {
        for source in sources {
            self.source(source)?;
        }
        self.finish_part()
    }

    fn source<R: Read + Seek>(&mut self, source: &mut Source<R>) -> Result<(), Error> {
        match &source.kind {
            Kind::Png(png, colour, changed) => {
                let (png, colour) = (png.clone(), colour.clone());
                let changed = changed.map(|why| (source.name.clone(), why));
                self.encoded.extend(changed);
                let too_large = png.data.saturating_add(EMPTY_PART) > self.run.options.max_bytes;
                if too_large || u64::from(png.height) > self.run.most_rows() {
                    self.encoded.push((source.name.clone(), AsWritten::Cut));
                    return self.by_rows(source);
                }
                self.pass_png(source, &png, colour)
            }
            Kind::Jpeg(_) => self.pass_jpeg(source),
            Kind::Rows(why) => {
                self.encoded.push((source.name.clone(), *why));
                self.by_rows(source)
            }
            Kind::Whole(format, why) => {
                let format = *format;
                self.encoded.push((source.name.clone(), *why));
                self.whole(source, format)
            }
        }
    }

    fn number(&self) -> usize {
        self.parts.len() + 1
    }

    pub fn unwritten(&self) -> impl Fn(io::Error) -> Error + use<W> {
        let part = self.number();
        move |source| Error::Write { part, source }
    }

    /// The part that the next picture, of that size, goes to.
    pub fn part_for(&mut self, bytes: u64, rows: u64) -> Result<&mut Part<W>, Error> {
        let run = self.run;
        let full = |part: &Part<W>| {
            let rows = part.rows.start..part.rows.end.saturating_add(rows);
            let bytes = part.written() + bytes + run.texts.bytes(&rows) + EMPTY_PART;
            !part.is_empty()
                && (bytes > run.options.max_bytes || rows.end - rows.start > run.most_rows())
        };
        if self.part.as_ref().is_some_and(full) {
            self.finish_part()?;
        }
        let part = match self.part.take() {
            Some(part) => part,
            None => {
                let unwritten = self.unwritten();
                let number = self.number();
                let out = (self.out)(number, self.of).map_err(&unwritten)?;
                Part::begin(out, self.top).map_err(unwritten)?
            }
        };
        self.top += rows;
        Ok(self.part.insert(part))
    }

    fn finish_part(&mut self) -> Result<(), Error> {
        let Some(part) = self.part.take() else {
            return Ok(());
        };
        let number = self.number();
        let windows = match self.run.options.page_each {
            true => part.pictures(),
            false => windows(&self.rows, part.rows.clone(), self.run.scale.tallest()),
        };
        let (out, bytes) = if self.dry {
            part.abandon()
        } else {
            let pages = Pages {
                scale: *self.run.scale,
                windows: &windows,
                texts: self.run.texts,
            };
            part.finish(&pages, &self.metadata(number))
        }
        .map_err(self.unwritten())?;
        self.parts.push(ScreenPart {
            out,
            number,
            pages: windows.len(),
            bytes,
        });
        Ok(())
    }

    fn metadata(&self, number: usize) -> Metadata {
        let options = self.run.options;
        let mut title = options.title.clone();
        if self.of > 1 {
            title.push_str(&format!(" (del {number} av {})", self.of));
        }
        Metadata {
            title: one_line(&title),
            author: one_line(&options.author),
            subject: one_line(&options.subject),
            creator_tool: one_line(&options.software),
            producer: one_line(&options.software),
            created: options.created,
            language: "sv-SE".to_owned(),
            levels: &[Level::A1b],
        }
    }

    /// Copies the image data, and proves on the way that they are whole.
    fn pass_png<R: Read + Seek>(
        &mut self,
        source: &mut Source<R>,
        png: &Png,
        colour: ColourSpace,
    ) -> Result<(), Error> {
        let rows = u64::from(png.height);
        let unwritten = self.unwritten();
        let dry = self.dry;
        let look = self.run.options.look;
        self.part_for(png.data, rows)?;
        let Some(part) = &mut self.part else {
            return Ok(());
        };
        let shape = Shape {
            width: png.width,
            height: png.height,
            bits: png.bits,
            colour,
            orientation: Orientation::NoTransforms,
            rows,
        };
        part.open_picture(shape, Coding::Png, png.data)
            .map_err(&unwritten)?;
        if dry {
            part.skip(png.data);
            self.rows.skip(rows);
            return Ok(());
        }
        let damaged = |fault| Error::Png {
            file: source.name.clone(),
            source: fault,
        };
        let mut proof = match look {
            Look::Rows => Some(Proof::new(png).map_err(damaged)?),
            Look::Checksums => None,
        };
        let mut data = Data::of(&mut source.from).map_err(damaged)?;
        let mut piece = vec![0; PIECE];
        let (mut last, mut copied) = (None, 0);
        let seen = &mut self.rows;
        loop {
            let read = data.read(&mut piece).map_err(|e| {
                damaged(match e.kind() {
                    io::ErrorKind::InvalidData => png::Fault::Chunk("IDAT"),
                    _ => e.into(),
                })
            })?;
            let Some(piece) = piece.get(..read).filter(|p| !p.is_empty()) else {
                break;
            };
            last = piece.last().copied();
            copied += piece.len() as u64;
            part.bytes(piece).map_err(&unwritten)?;
            if let Some(proof) = &mut proof {
                proof
                    .take(piece, &mut |same| seen.push(same))
                    .map_err(damaged)?;
            }
        }
        match proof {
            Some(proof) => proof.done().map_err(damaged)?,
            None => seen.skip(rows),
        }
        if copied != png.data {
            // Somebody wrote to the file meanwhile.
            return Err(damaged(png::Fault::Cut));
        }
        part.close_picture(last).map_err(unwritten)
    }

    fn pass_jpeg<R: Read + Seek>(&mut self, source: &mut Source<R>) -> Result<(), Error> {
        let Kind::Jpeg(jpeg) = &source.kind else {
            return Ok(());
        };
        let Jpeg {
            width,
            height,
            grey,
            orientation,
            length,
        } = *jpeg;
        let mut bytes = source.bytes(u64::MAX)?;
        end_jpeg(&mut bytes, usize::try_from(length).unwrap_or(usize::MAX));
        let shape = Shape {
            width,
            height,
            bits: 8,
            colour: match grey {
                true => ColourSpace::Grey,
                false => ColourSpace::Rgb,
            },
            orientation,
            rows: u64::from(source.height),
        };
        self.place(shape, Coding::Jpeg, &bytes)
    }

    /// A picture that is at hand. Nothing is known of its rows.
    pub fn place(&mut self, shape: Shape, coding: Coding, data: &[u8]) -> Result<(), Error> {
        let unwritten = self.unwritten();
        let rows = shape.rows;
        self.part_for(data.len() as u64, rows)?
            .picture(shape, coding, data)
            .map_err(unwritten)?;
        self.rows.skip(rows);
        Ok(())
    }
}
