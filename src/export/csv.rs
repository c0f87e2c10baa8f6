//! CSV as every such file leaves the archive (RFC 4180): UTF-8 with BOM and semicolons, for Swedish spreadsheets, each cell
//! in quotes, and no cell that is a formula.

use std::io::{self, Write};

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

/// Stands before the first line.
const BOM: &str = "\u{feff}";

/// A file under way.
pub struct CsvFile<W: Write>(Writer<W>);

impl<W: Write> CsvFile<W> {
    /// # Errors
    /// When it cannot be written.
    pub fn begin(mut out: W) -> io::Result<Self> {
        out.write_all(BOM.as_bytes())?;
        Ok(Self::lines(out))
    }

    /// Lines of a file that has begun.
    fn lines(out: W) -> Self {
        let mut builder = WriterBuilder::new();
        builder
            .delimiter(b';')
            .terminator(Terminator::CRLF)
            // A program that parts cells by commas finds one cell too, and no formula within it.
            .quote_style(QuoteStyle::Always)
            .flexible(true);
        Self(builder.from_writer(out))
    }

    /// # Errors
    /// When it cannot be written.
    pub fn line(&mut self, cells: impl IntoIterator<Item = String>) -> io::Result<()> {
        Ok(self.0.write_record(cells.into_iter().map(safe))?)
    }

    /// Gives what it was written to, with all lines in it.
    ///
    /// # Errors
    /// When the last of it cannot be written.
    pub fn finish(self) -> io::Result<W> {
        self.0.into_inner().map_err(|error| error.into_error())
    }
}

/// A whole file.
pub fn csv_text<R: IntoIterator<Item = String>>(rows: impl IntoIterator<Item = R>) -> String {
    let mut file = CsvFile::lines(BOM.as_bytes().to_vec());
    for row in rows {
        // Into memory, so that nothing can fail.
        let _ = file.line(row);
    }
    String::from_utf8_lossy(&file.finish().unwrap_or_default()).into_owned()
}

/// True for what a spreadsheet would reckon with (OWASP, CSV injection), with an apostrophe or what nobody sees before
/// it or not.
fn reckons(cell: &str) -> bool {
    let unseen = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let bare = cell.trim_start_matches(|c: char| {
        c == '\'' || c.is_whitespace() || c.is_control() || unseen.contains(c)
    });
    bare.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '%'])
}

/// The cell as text: an apostrophe is set before what a spreadsheet would reckon with.
fn safe(cell: String) -> String {
    match reckons(&cell) {
        true => format!("'{cell}"),
        false => cell,
    }
}

/// A cell as it was before it was written.
pub fn unsafed(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if reckons(rest) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_cell_is_a_formula() {
        for bad in [
            "=1+1",
            "+46 70",
            "-2",
            "@SUM(A1)",
            "  =HYPERLINK(\"x\")",
            "＝1",
            "'=1",
            "|calc",
            "''@x",
            "\u{200b}=1",
            "\u{ad} @x",
            "' \u{2060}\u{feff}@x",
            "\0\t+1",
        ] {
            let safe = safe(bad.to_owned());
            assert!(safe.starts_with('\''), "{bad}");
            assert_eq!(unsafed(&safe), bad);
        }
        for good in ["", "Hej =)", "'s morgens"] {
            assert_eq!(safe(good.to_owned()), good);
        }
    }

    #[test]
    fn no_cell_falls_apart_at_a_comma_and_a_line_may_be_shorter() {
        let rows = [vec!["hej,=1+1", "a \"b\"", "två\nrader"], vec!["x"]];
        let rows = rows.map(|row| row.into_iter().map(str::to_owned));
        let told = "\u{feff}\"hej,=1+1\";\"a \"\"b\"\"\";\"två\nrader\"\r\n\"x\"\r\n";
        assert_eq!(csv_text(rows.clone()), told);
        let mut file = CsvFile::begin(Vec::new()).unwrap();
        for row in rows {
            file.line(row).unwrap();
        }
        assert_eq!(file.finish().unwrap(), told.as_bytes());
    }

    proptest! {
        #[test]
        fn a_cell_comes_back_as_it_was(text in "['=+@a \u{200b}-]{0,8}") {
            let safe = safe(text.clone());
            prop_assert_eq!(unsafed(&safe), text);
        }
    }
}
