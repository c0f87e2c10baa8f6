//! Tables: columns shared out by what they hold; a table that no column width can hold is told row by row.

use std::rc::Rc;

use super::compose::{Composer, Draw, Frame, INK, Item, MUTED, Set, baseline, run, style};
use super::fonts::Face;
use super::paragraph::{Line, Run};
use super::tags::{Element, Tag};

/// Space to each side of a cell's text.
const PAD: f32 = 5.0;
/// No column gets narrower than this.
const NARROWEST: f32 = 34.0;
/// A row taller than this would not stand well on a page.
const TALLEST: f32 = 420.0;

/// One row: its cells as runs of text.
pub struct Row {
    pub header: bool,
    pub cells: Vec<Vec<Run>>,
}

impl Composer<'_> {
    pub fn table(&mut self, rows: &[Row], frame: &Frame, right_aligned: &[usize]) {
        let columns = rows.iter().map(|r| r.cells.len()).max().unwrap_or(0);
        if columns == 0 {
            return;
        }
        if columns as f32 * NARROWEST > frame.measure {
            return self.told(rows, frame);
        }
        let widths = self.widths(rows, columns, frame.measure);
        let leading = (frame.size - 0.8) * 1.4;
        let mut made: Vec<Item> = Vec::with_capacity(rows.len());
        let mut heading = None;
        let table = self.element(Tag::Table);
        for (i, row) in rows.iter().enumerate() {
            let mut cells = Vec::new();
            let mut of = Vec::with_capacity(columns);
            let of_row = Element::within(&table, Tag::Row);
            let mut height: f32 = leading;
            let mut x = frame.x;
            for (column, width) in widths.iter().enumerate() {
                let runs = row.cells.get(column).map_or(&[][..], Vec::as_slice);
                let lines = self.lines(runs, width - 2.0 * PAD);
                height = height.max(lines.len() as f32 * leading);
                let role = if row.header {
                    Tag::ColumnHead
                } else {
                    Tag::Cell
                };
                let cell = Element::within(&of_row, role);
                of.push(Rc::clone(&cell));
                for (n, line) in lines.into_iter().enumerate() {
                    let slack = if right_aligned.contains(&column) {
                        width - 2.0 * PAD - line.width
                    } else {
                        0.0
                    };
                    cells.push(Set {
                        x: x + PAD + slack,
                        baseline: PAD * 0.6 + n as f32 * leading + baseline(leading),
                        line,
                        of: Rc::clone(&cell),
                    });
                }
                x += width;
            }
            if height > TALLEST {
                return self.told(rows, frame);
            }
            made.push(Item {
                before: if i == 0 { 8.0 } else { 0.0 },
                height: height + PAD * 1.2,
                keep: row.header || (i == 0 && rows.len() > 1),
                draw: Draw::Row {
                    x: frame.x,
                    width: widths.iter().sum(),
                    cells,
                    of,
                    header: row.header,
                },
                bands: Rc::clone(&frame.bands),
                record: None,
                heading: heading.clone(),
            });
            if row.header && i == 0 && height < TALLEST / 4.0 {
                heading = made.first().cloned().map(Rc::new);
            }
        }
        self.items.append(&mut made);
    }

    /// Each column gets what it wants if all can; else its longest word, and a share of the rest.
    fn widths(&mut self, rows: &[Row], columns: usize, measure: f32) -> Vec<f32> {
        let mut wants = vec![NARROWEST; columns];
        let mut needs = vec![NARROWEST; columns];
        for row in rows.iter().take(200) {
            for (cell, (want, need)) in row.cells.iter().zip(wants.iter_mut().zip(&mut needs)) {
                let lines = self.lines(cell, f32::MAX);
                let wide = |l: &Line| l.width + 2.0 * PAD;
                *want = lines.iter().map(wide).fold(*want, f32::max);
                let pieces = lines.iter().flat_map(|l| &l.pieces);
                *need = pieces
                    .map(|p| p.width() + 2.0 * PAD)
                    .fold(*need, f32::max)
                    .min(measure / columns as f32 * 1.5);
            }
        }
        let wanted: f32 = wants.iter().sum();
        if wanted <= measure {
            return wants;
        }
        let needed: f32 = needs.iter().sum();
        if needed >= measure {
            return needs.iter().map(|n| n * measure / needed).collect();
        }
        let spare = measure - needed;
        let hunger: f32 = wants
            .iter()
            .zip(&needs)
            .map(|(w, n)| (w - n).max(0.0))
            .sum();
        wants
            .iter()
            .zip(&needs)
            .map(|(w, n)| n + spare * (w - n).max(0.0) / hunger.max(1.0))
            .collect()
    }

    /// Row by row, each cell with its column's heading.
    fn told(&mut self, rows: &[Row], frame: &Frame) {
        let heads = rows.iter().find(|r| r.header).map(|r| &r.cells);
        let muted = style(Face::Regular, frame.size - 0.8, MUTED);
        for row in rows.iter().filter(|r| !r.header || heads.is_none()) {
            let mut runs = Vec::new();
            for (i, cell) in row.cells.iter().enumerate() {
                if i > 0 {
                    runs.push(run("\n", &muted));
                }
                if let Some(head) = heads.and_then(|h| h.get(i)) {
                    runs.extend(head.iter().cloned());
                    runs.push(run(": ", &muted));
                }
                runs.extend(cell.iter().cloned());
            }
            if runs.is_empty() {
                runs.push(run("–", &style(Face::Regular, frame.size, INK)));
            }
            let mut set = frame.setting(Tag::Paragraph, 6.0);
            set.leading = (frame.size - 0.8) * 1.4;
            self.paragraph(&runs, &set);
        }
    }
}
