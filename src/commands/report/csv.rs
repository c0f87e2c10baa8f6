//! A report as CSV, with decimal comma.

use std::io::{self, Write};
use std::ops::ControlFlow;

use crate::commands::output::one_line;
use crate::export::CsvFile;
use crate::workflow::{Cell, Head, Sheet, Tail};

pub(super) struct Csv<'a> {
    out: Option<&'a mut dyn Write>,
    file: Option<CsvFile<&'a mut dyn Write>>,
    failed: Option<io::Error>,
}

impl<'a> Csv<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self {
            out: Some(out),
            file: None,
            failed: None,
        }
    }

    /// Why it took no more, if it did.
    pub(super) fn end(mut self) -> io::Result<()> {
        match (self.failed.take(), self.file.take()) {
            (Some(error), _) => Err(error),
            (None, Some(file)) => file.finish().map(drop),
            (None, None) => Ok(()),
        }
    }

    fn line(&mut self, cells: impl Iterator<Item = String>) -> ControlFlow<()> {
        let Some(file) = &mut self.file else {
            return ControlFlow::Break(());
        };
        match file.line(cells.map(|cell| one_line(&cell))) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => self.stop(error),
        }
    }

    fn stop(&mut self, error: io::Error) -> ControlFlow<()> {
        self.failed = Some(error);
        ControlFlow::Break(())
    }
}

impl Sheet for Csv<'_> {
    fn head(&mut self, head: &Head) -> ControlFlow<()> {
        let Some(out) = self.out.take() else {
            return ControlFlow::Break(());
        };
        match CsvFile::begin(out) {
            Ok(file) => self.file = Some(file),
            Err(error) => return self.stop(error),
        }
        self.line(head.columns.iter().map(|column| match column.swedish {
            "" => "Rad".to_owned(),
            label => label.to_owned(),
        }))
    }

    fn row(&mut self, row: Vec<Cell>) -> ControlFlow<()> {
        self.line(row.iter().map(Cell::swedish))
    }

    /// Sums stand in the other forms: here each line is a row, for programs and for sorting.
    fn tail(&mut self, _: &Tail) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
