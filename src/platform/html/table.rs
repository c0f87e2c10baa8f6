//! Tables: rows of cells. A table within a cell is read as that cell's text.

use html5gum::{EndTag, StartTag};

use super::Reader;
use crate::record::{Block, Span};

#[derive(Default)]
pub(super) struct Table {
    /// Tables that stand open, the outermost first counted.
    depth: usize,
    in_head: bool,
    cell: Option<Cell>,
    row: Vec<Vec<Span>>,
    all_headings: bool,
    /// Media met in the row: their blocks follow it.
    media: Vec<usize>,
}

struct Cell {
    heading: bool,
}

impl Table {
    pub(super) fn in_cell(&self) -> bool {
        self.cell.is_some()
    }

    pub(super) fn hold_medium(&mut self, medium: usize) {
        self.media.push(medium);
    }
}

impl Reader<'_> {
    pub(super) fn start_of_table(&mut self, tag: &StartTag<usize>) {
        if tag.name.as_slice() == b"table" {
            if self.table.depth == 0 {
                self.boundary();
            } else {
                self.inline.soft_break();
            }
            self.table.depth += 1;
            return;
        }
        if self.table.depth != 1 {
            return self.nested(&tag.name);
        }
        match tag.name.as_slice() {
            b"td" | b"th" => {
                self.end_cell();
                self.flush();
                self.table.cell = Some(Cell {
                    heading: tag.name.as_slice() == b"th",
                });
            }
            name => {
                self.end_row();
                if name != b"tr" {
                    self.table.in_head = name == b"thead";
                }
            }
        }
    }

    pub(super) fn end_of_table(&mut self, tag: &EndTag<usize>) {
        if self.table.depth != 1 && tag.name.as_slice() != b"table" {
            return self.nested(&tag.name);
        }
        match tag.name.as_slice() {
            b"td" | b"th" => self.end_cell(),
            b"table" if self.table.depth > 1 => {
                self.inline.soft_break();
                self.table.depth -= 1;
            }
            b"table" => self.close_table(),
            name => {
                self.end_row();
                if name == b"thead" {
                    self.table.in_head = false;
                }
            }
        }
    }

    pub(super) fn close_table(&mut self) {
        self.end_row();
        self.table = Table::default();
    }

    /// A cell or row that belongs to no table of its own: its text stands apart from its neighbours'.
    fn nested(&mut self, name: &[u8]) {
        if matches!(name, b"td" | b"th") && self.is_aside() {
            self.inline.text(" ");
        } else {
            self.boundary();
        }
    }

    fn end_cell(&mut self) {
        let Some(cell) = self.table.cell.take() else {
            return;
        };
        self.table.all_headings =
            cell.heading && (self.table.row.is_empty() || self.table.all_headings);
        self.table.row.push(self.inline.take());
    }

    fn end_row(&mut self) {
        if self.table.cell.is_some() {
            self.end_cell();
        } else {
            self.boundary();
        }
        let cells = std::mem::take(&mut self.table.row);
        if cells.iter().any(|cell| !cell.is_empty()) {
            self.out.blocks.push(Block::TableRow {
                header: self.table.in_head || self.table.all_headings,
                cells,
            });
        }
        for medium in std::mem::take(&mut self.table.media) {
            self.out.blocks.push(Block::Medium { medium });
        }
    }
}
