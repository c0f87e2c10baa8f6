//! A report as CSV for Swedish spreadsheets: UTF-8 with BOM, semicolons, decimal comma, and no cell that is a formula.

use std::io::{self, Write};
use std::ops::ControlFlow;

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

use crate::commands::output::one_line;
use crate::workflow::{Cell, Head, Sheet, Tail};

pub(super) struct Csv<'a> {
    begun: bool,
    out: Option<&'a mut dyn Write>,
    writer: Option<Writer<&'a mut dyn Write>>,
    failed: Option<io::Error>,
}

impl<'a> Csv<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self {
            begun: false,
            out: Some(out),
            writer: None,
            failed: None,
        }
    }

    /// Why it took no more, if it did.
    pub(super) fn end(mut self) -> io::Result<()> {
        match (self.failed.take(), self.writer.take()) {
            (Some(error), _) => Err(error),
            (None, Some(mut writer)) => writer.flush(),
            (None, None) => Ok(()),
        }
    }

    fn line(&mut self, cells: impl Iterator<Item = String>) -> ControlFlow<()> {
        let Some(writer) = &mut self.writer else {
            return ControlFlow::Break(());
        };
        match writer.write_record(cells.map(|cell| safe(&one_line(&cell)))) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => self.stop(error.into()),
        }
    }

    fn stop(&mut self, error: io::Error) -> ControlFlow<()> {
        self.failed = Some(error);
        ControlFlow::Break(())
    }
}

/// One line as such a file has it, for what is written without a sheet.
pub(in crate::commands) fn csv_line(
    cells: impl IntoIterator<Item = String>,
) -> io::Result<Vec<u8>> {
    let mut builder = WriterBuilder::new();
    builder
        .delimiter(b';')
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::Always)
        .buffer_capacity(512);
    let mut writer = builder.from_writer(Vec::new());
    writer.write_record(cells.into_iter().map(|cell| safe(&one_line(&cell))))?;
    writer.into_inner().map_err(|error| error.into_error())
}

impl Sheet for Csv<'_> {
    fn head(&mut self, head: &Head) -> ControlFlow<()> {
        let Some(out) = self.out.take().filter(|_| !self.begun) else {
            return ControlFlow::Break(());
        };
        self.begun = true;
        if let Err(error) = out.write_all("\u{feff}".as_bytes()) {
            return self.stop(error);
        }
        let mut builder = WriterBuilder::new();
        builder
            .delimiter(b';')
            .terminator(Terminator::CRLF)
            // A program that parts cells by commas finds one cell too, and no formula within it.
            .quote_style(QuoteStyle::Always)
            .flexible(true);
        self.writer = Some(builder.from_writer(out));
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

/// What a spreadsheet would reckon with, though something unseen stands before it, is made text by an apostrophe (OWASP,
/// CSV injection).
fn safe(cell: &str) -> String {
    let unseen = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let first = cell
        .chars()
        .find(|c| !(c.is_whitespace() || c.is_control() || unseen.contains(*c)));
    match first {
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '|' | '%') => {
            format!("'{cell}")
        }
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for bad in [
            "=1+1",
            "+46 70",
            "-2",
            "@SUM(A1)",
            "  =HYPERLINK(\"x\")",
            "＝1",
            "\u{200b}=1",
            "\u{ad} @x",
        ] {
            assert!(safe(bad).starts_with('\''), "{bad}");
        }
        assert_eq!(safe("Hej =)"), "Hej =)");
        assert_eq!(safe(""), "");
    }
}
