//! A CSV file as spreadsheets write it: its encoding, what parts its cells, its columns and the numbers of its lines.

use std::collections::HashMap;

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::super::sheet::Field;
use crate::workflow::csv_quotes::quote_fault;

/// UTF-8 with or without BOM, UTF-16 with BOM, and else what older spreadsheets write.
pub(super) fn decoded(bytes: &[u8], warnings: &mut Vec<String>) -> String {
    match bytes {
        [0xff, 0xfe, ..] => UTF_16LE.decode(bytes).0.into_owned(),
        [0xfe, 0xff, ..] => UTF_16BE.decode(bytes).0.into_owned(),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
            Err(_) => {
                warnings.push(
                    "the file is not UTF-8, and was read as Windows-1252: see that å, ä and ö are right"
                        .to_owned(),
                );
                WINDOWS_1252.decode(bytes).0.into_owned()
            }
        },
    }
}

pub(super) struct Row {
    pub(super) line: u64,
    pub(super) cells: Vec<String>,
}

/// The file's lines below its names of columns.
pub(super) struct Table {
    /// Which cell each field stands in.
    pub(super) columns: HashMap<Field, usize>,
    pub(super) width: usize,
    pub(super) rows: Vec<Row>,
}

impl Table {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        if text.contains('\0') {
            return Err("it holds NUL characters, and is no text".to_owned());
        }
        // Excel's own first line says what parts the cells.
        let (said, body, skipped) = match text.split_once('\n') {
            Some((first, rest)) if first.trim().to_lowercase().starts_with("sep=") => {
                (first.trim().chars().nth(4), rest, 1)
            }
            _ => (None, text, 0),
        };
        let delimiter = said
            .filter(char::is_ascii)
            .unwrap_or_else(|| parts_cells(body));
        let delimiter = u8::try_from(delimiter).unwrap_or(b';');
        if let Some(fault) = quote_fault(text, delimiter) {
            return Err(fault);
        }
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(body.as_bytes());
        let mut columns = HashMap::new();
        let mut rows: Vec<Row> = Vec::new();
        let mut width = None;
        let (mut counted, mut line) = (0, 1 + skipped);
        for record in reader.records() {
            let record = record.map_err(|e| e.to_string())?;
            // Where its first character stands: empty lines before it are passed over.
            let at = record.position().map_or(0, csv::Position::byte);
            let at = usize::try_from(at).unwrap_or(usize::MAX).min(body.len());
            let between = body.as_bytes().get(at..).unwrap_or_default();
            let empty = between.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
            let at = at + empty.count();
            let passed = body.as_bytes().get(counted..at).unwrap_or_default();
            line += passed.iter().filter(|b| **b == b'\n').count() as u64;
            counted = at;
            let cells: Vec<String> = record.iter().map(|c| c.trim().to_owned()).collect();
            if cells.iter().all(String::is_empty) {
                continue;
            }
            match width {
                None => {
                    width = Some(cells.len());
                    columns = named(&cells)?;
                }
                Some(_) => rows.push(Row { line, cells }),
            }
        }
        let width = width.ok_or("it is empty")?;
        Ok(Self {
            columns,
            width,
            rows,
        })
    }
}

/// Semicolon, comma or tab: what the first line has most of.
fn parts_cells(text: &str) -> char {
    let first = text.lines().find(|l| !l.trim().is_empty());
    let first = first.unwrap_or_default();
    let count = |c: char| first.matches(c).count();
    [';', ',', '\t']
        .into_iter()
        .rev()
        .max_by_key(|c| count(*c))
        .unwrap_or(';')
}

fn named(cells: &[String]) -> Result<HashMap<Field, usize>, String> {
    let mut columns = HashMap::new();
    let names = || Field::ALL.map(|(_, swedish, _)| swedish).join(", ");
    for (at, header) in cells.iter().enumerate().filter(|(_, h)| !h.is_empty()) {
        let field = Field::named(header).ok_or_else(|| {
            format!(
                "its first line has a column {header:?}, and the columns are {}",
                names()
            )
        })?;
        if columns.insert(field, at).is_some() {
            return Err(format!("its first line has the column {header:?} twice"));
        }
    }
    let lacking: Vec<&str> = Field::NEEDED
        .into_iter()
        .filter(|f| !columns.contains_key(f))
        .map(Field::swedish)
        .collect();
    match lacking.is_empty() {
        true => Ok(columns),
        false => Err(format!(
            "its first line lacks the columns {}",
            lacking.join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "id;platform;address;committee;purpose;audience";

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        let text =
            format!("sep=;\r\n{HEAD}\r\n\r\n\r\na;x;\"två; ord\";c;d;e\r\n;;;;;\r\nb;x;y;c;d;e");
        let table = Table::read(&text).unwrap();
        let lines: Vec<u64> = table.rows.iter().map(|r| r.line).collect();
        assert_eq!(lines, [5, 7]);
    }

    #[test]
    fn what_parts_the_cells_is_found() {
        for delimiter in [";", ",", "\t"] {
            let text = format!("{HEAD}\na;b;c;d;e;f\n").replace(';', delimiter);
            assert_eq!(
                Table::read(&text).unwrap().columns.len(),
                6,
                "{delimiter:?}"
            );
        }
        assert_eq!(parts_cells("bara en kolumn"), ';');
    }

    #[test]
    fn a_head_that_says_too_little_or_too_much_is_refused() {
        for (text, problem) in [
            ("", "it is empty"),
            (
                "id;platform",
                "lacks the columns Adress, Nämnd, Syfte, Målgrupp",
            ),
            (&format!("{HEAD};telefon"), "\"telefon\""),
            (&format!("{HEAD};Syfte"), "twice"),
            ("PK\0\u{3}", "NUL"),
        ] {
            let told = Table::read(text).map(|t| t.width).unwrap_err();
            assert!(told.contains(problem), "{text:?}: {told}");
        }
        // Excel leaves empty columns behind.
        assert_eq!(
            Table::read(&format!("{HEAD};;\n")).unwrap().columns.len(),
            6
        );
    }

    #[test]
    fn an_open_quote_swallows_no_row() {
        for (rows, line) in [
            ("a;x;y;c;\"d;e\nb;x;y;c;d;e\n", 2),
            ("a;x;y;c;\"d;e\nb;x;y;c;\"d\";e\n", 2),
            ("a;x;y;c;d;e\nb;x;y;c;d;\"e", 3),
        ] {
            let told = Table::read(&format!("{HEAD}\n{rows}")).map(|t| t.rows.len());
            assert!(told.unwrap_err().starts_with(&format!("line {line}: ")));
        }
        let lines = format!("sep=;\n{HEAD}\n\na;x;\"y");
        let told = Table::read(&lines).map(|t| t.rows.len()).unwrap_err();
        assert!(told.starts_with("line 4: "), "{told}");
    }

    #[test]
    fn other_encodings_are_read() {
        let mut warnings = Vec::new();
        assert_eq!(decoded("\u{feff}Nämnd".as_bytes(), &mut warnings), "Nämnd");
        let wide: Vec<u8> = "\u{feff}Nämnd"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(decoded(&wide, &mut warnings), "Nämnd");
        assert!(warnings.is_empty());
        assert_eq!(decoded(b"N\xe4mnd", &mut warnings), "Nämnd");
        assert_eq!(warnings.len(), 1);
    }
}
