//! A report as one JSON object, its rows written as they come.

use std::io::{self, Write};
use std::ops::ControlFlow;

use serde_json::{Map, Value, json};

use crate::workflow::{Cell, Column, Head, Sheet, Tail};

pub(super) struct Json<'a> {
    out: &'a mut dyn Write,
    command: &'static str,
    columns: &'static [Column],
    rows: u64,
    failed: Option<io::Error>,
}

impl<'a> Json<'a> {
    pub(super) fn new(out: &'a mut dyn Write, command: &'static str) -> Self {
        Self {
            out,
            command,
            columns: &[],
            rows: 0,
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
}

impl Sheet for Json<'_> {
    fn head(&mut self, head: &Head) -> ControlFlow<()> {
        self.columns = head.columns;
        let stated: Vec<Value> = head
            .stated
            .iter()
            .map(|s| json!({ "what": s.key, "is": s.english, "in_swedish": s.swedish }))
            .collect();
        let (command, title, made) = (json!(self.command), json!(head.title), json!(head.made));
        let stated = Value::Array(stated);
        let written = write!(
            self.out,
            "{{\"arkivd\":1,\"command\":{command},\"data\":{{\"title\":{title},\"made\":{made},\"stated\":{stated},\"rows\":["
        );
        self.taken(written)
    }

    fn row(&mut self, row: Vec<Cell>) -> ControlFlow<()> {
        let cells = self.columns.iter().zip(&row);
        let object: Map<String, Value> = cells
            .map(|(column, cell)| (column.key.to_owned(), cell.json()))
            .collect();
        let comma = if self.rows > 0 { "," } else { "" };
        self.rows += 1;
        let written = write!(self.out, "{comma}\n{}", Value::Object(object));
        self.taken(written)
    }

    fn tail(&mut self, tail: &Tail) -> ControlFlow<()> {
        let totals: Vec<Value> = tail
            .totals
            .iter()
            .map(|t| json!({ "what": t.key, "account": t.account, "value": t.value, "of": t.of }))
            .collect();
        let notes: Vec<&String> = tail.notes.iter().map(|(english, _)| english).collect();
        let written = writeln!(
            self.out,
            "],\"totals\":{},\"notes\":{}}},\"warnings\":[]}}",
            Value::Array(totals),
            json!(notes)
        );
        self.taken(written)
    }
}
