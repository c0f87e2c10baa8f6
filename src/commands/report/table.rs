//! A report as a table for a terminal, so many rows at a time that memory stays flat.

use std::io::{self, Write};
use std::ops::ControlFlow;

use crate::commands::output::{Table, one_line, shorten};
use crate::workflow::{Cell, Column, Head, Sheet, Tail};

/// Rows that share their columns' widths; what follows has a head of its own.
const TOGETHER: usize = 1_000;
/// Letters of what others wrote.
const WIDEST: usize = 56;

pub(super) struct Rows<'a> {
    out: &'a mut dyn Write,
    columns: &'static [Column],
    table: Table,
    held: usize,
    written: u64,
    failed: Option<io::Error>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self {
            out,
            columns: &[],
            table: Table::new(&[]),
            held: 0,
            written: 0,
            failed: None,
        }
    }

    /// Why it took no more, if it did.
    pub(super) fn end(self) -> io::Result<()> {
        self.failed.map_or(Ok(()), Err)
    }

    fn taken(&mut self, written: io::Result<()>) -> ControlFlow<()> {
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn empty_table(&self) -> Table {
        let heads: Vec<&str> = self.shown().map(|column| column.english).collect();
        Table::new(&heads)
    }

    fn shown(&self) -> impl Iterator<Item = &'static Column> + use<> {
        self.columns.iter().filter(|column| column.in_table)
    }

    fn write_table(&mut self) -> io::Result<()> {
        if self.held == 0 {
            return Ok(());
        }
        if self.written > 0 {
            writeln!(self.out)?;
        }
        self.table.write(self.out)?;
        self.written += self.held as u64;
        self.held = 0;
        self.table = self.empty_table();
        Ok(())
    }

    fn write_tail(&mut self, tail: &Tail) -> io::Result<()> {
        self.write_table()?;
        if self.written == 0 {
            writeln!(self.out, "nothing to tell")?;
        }
        writeln!(self.out)?;
        for total in &tail.totals {
            let on = total
                .account
                .as_ref()
                .map(|a| format!("{a}: "))
                .unwrap_or_default();
            writeln!(self.out, "{on}{}: {}", total.english, total.told("of"))?;
        }
        for (note, _) in &tail.notes {
            writeln!(self.out, "{}", one_line(note))?;
        }
        Ok(())
    }
}

impl Sheet for Rows<'_> {
    fn head(&mut self, head: &Head) -> ControlFlow<()> {
        self.columns = head.columns;
        self.table = self.empty_table();
        let mut write = || -> io::Result<()> {
            for stated in &head.stated {
                writeln!(
                    self.out,
                    "{}: {}",
                    stated.english_label,
                    one_line(&stated.english)
                )?;
            }
            writeln!(self.out)
        };
        let written = write();
        self.taken(written)
    }

    fn row(&mut self, row: Vec<Cell>) -> ControlFlow<()> {
        let cells = row
            .iter()
            .zip(self.columns)
            .filter(|(_, column)| column.in_table);
        self.table.row(cells.map(|(cell, column)| match column.key {
            "permalink" | "record" | "what" | "do" | "how" | "judgement" => cell.english(),
            _ => shorten(&cell.english(), WIDEST),
        }));
        self.held += 1;
        if self.held < TOGETHER {
            return ControlFlow::Continue(());
        }
        let written = self.write_table();
        self.taken(written)
    }

    fn tail(&mut self, tail: &Tail) -> ControlFlow<()> {
        let written = self.write_tail(tail);
        self.taken(written)
    }
}
