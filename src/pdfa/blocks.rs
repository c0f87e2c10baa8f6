//! Blocks of a body: paragraphs, headings, quotes, lists, tables, code.

use super::Error;
use super::compose::{ACCENT, Band, Composer, Frame, HAIRLINE, INK, TINT, run, style};
use super::fonts::Face;
use super::lists::Lists;
use super::spans::{Look, runs};
use super::table::Row;
use super::tags::Tag;
use crate::record::Block;

impl Composer<'_> {
    /// Sets blocks in their order, headings at level `highest` or below; `medium` sets one of the media.
    pub fn blocks(
        &mut self,
        blocks: &[Block],
        frame: &Frame,
        highest: u8,
        medium: &mut dyn FnMut(&mut Self, usize, &Frame) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut lists = Lists::default();
        let mut blocks = blocks.iter().peekable();
        while let Some(block) = blocks.next() {
            if !matches!(block, Block::ListItem { .. }) {
                lists = Lists::default();
            }
            match block {
                Block::TableRow { .. } => {
                    let mut rows = vec![row(block, frame)];
                    while let Some(next) = blocks.next_if(|b| matches!(b, Block::TableRow { .. })) {
                        rows.push(row(next, frame));
                    }
                    self.table(&rows, frame, &[]);
                }
                Block::Medium { medium: place } => medium(self, *place, frame)?,
                Block::ListItem {
                    depth,
                    number,
                    spans,
                } => self.list_item((*depth).min(6), *number, spans, frame, &mut lists),
                block => self.block(block, frame, highest),
            }
        }
        Ok(())
    }

    fn block(&mut self, block: &Block, frame: &Frame, highest: u8) {
        let gap = if frame.size < 10.0 { 4.5 } else { 6.5 };
        match block {
            Block::Paragraph { spans } => {
                let runs = runs(spans, Look::body(frame.size));
                self.paragraph(&runs, &frame.setting(Tag::Paragraph, gap));
            }
            Block::Heading { level, spans } => {
                let size = match level {
                    0..=2 => frame.size + 3.0,
                    3 => frame.size + 1.7,
                    _ => frame.size + 0.6,
                };
                let look = Look {
                    size,
                    bold: true,
                    ..Look::body(size)
                };
                let mut set = frame.setting(Tag::Heading((*level).clamp(highest, 6)), gap + 6.0);
                set.keep = true;
                set.leading = size * 1.35;
                self.paragraph(&runs(spans, look), &set);
            }
            Block::Quote { spans } => {
                let inner = frame.inset(
                    13.0,
                    Some(Band {
                        x: frame.x + 1.0,
                        width: 2.2,
                        colour: ACCENT,
                        above: true,
                    }),
                );
                let look = Look {
                    italic: true,
                    ..Look::body(frame.size)
                };
                let at = self.items.len();
                let outer = self.open(Tag::Quote);
                self.paragraph(
                    &runs(spans, look),
                    &inner.setting(Tag::Paragraph, gap + 1.5),
                );
                self.within = outer;
                self.begin_band(at);
            }
            Block::Preformatted { text } => {
                let inner = frame.inset(
                    7.0,
                    Some(Band {
                        x: frame.x,
                        width: frame.measure,
                        colour: TINT,
                        above: true,
                    }),
                );
                let at = self.items.len();
                self.pad(gap + 2.0, 5.0, &inner.bands, true);
                self.begin_band(at);
                let mut set = inner.setting(Tag::Paragraph, 0.0);
                set.leading = 12.0;
                set.measure -= 7.0;
                let look = style(Face::Regular, frame.size - 1.2, INK);
                self.paragraph(&[run(text.trim_end_matches('\n'), &look)], &set);
                if let Some(item) = self.items.last_mut() {
                    item.keep = true;
                }
                self.pad(0.0, 6.0, &inner.bands, false);
            }
            Block::Rule => self.rule(frame.x, frame.measure.min(120.0), 0.6, HAIRLINE, gap + 4.0),
            Block::ListItem { .. } | Block::TableRow { .. } | Block::Medium { .. } => {}
        }
    }
}

fn row(block: &Block, frame: &Frame) -> Row {
    match block {
        Block::TableRow { header, cells } => Row {
            header: *header,
            cells: cells
                .iter()
                .map(|spans| {
                    let look = Look {
                        bold: *header,
                        ..Look::body(frame.size - 0.8)
                    };
                    runs(spans, look)
                })
                .collect(),
        },
        _ => Row {
            header: false,
            cells: Vec::new(),
        },
    }
}
