//! A report as a document for people: PDF/A in Swedish, through the gate.

use std::ops::ControlFlow;

use super::{Cell, Head, Sheet, Tail};
use crate::pdfa::{self, Chapter, Options, Part, Report, check_all, typeset_report};
use crate::record::{Block, Software, Span};
use crate::workflow::Error;

/// Rows that a document holds; who needs more takes CSV, and the document says so.
const MOST_ROWS: usize = 3_000;
/// Letters of what others wrote that a cell holds.
const LONGEST: usize = 240;

/// A report on its way to paper. Memory holds at most the rows that the document holds.
#[derive(Debug, Default)]
pub struct Paper {
    head: Head,
    rows: Vec<Vec<String>>,
    left_out: u64,
    tail: Tail,
}

impl Sheet for Paper {
    fn head(&mut self, head: &Head) -> ControlFlow<()> {
        self.head = head.clone();
        ControlFlow::Continue(())
    }

    fn row(&mut self, row: Vec<Cell>) -> ControlFlow<()> {
        if self.rows.len() >= MOST_ROWS {
            self.left_out += 1;
            return ControlFlow::Continue(());
        }
        let shown = row
            .iter()
            .zip(self.head.columns)
            .filter(|(_, column)| column.on_paper);
        self.rows
            .push(shown.map(|(cell, _)| cut(&cell.swedish())).collect());
        ControlFlow::Continue(())
    }

    fn tail(&mut self, tail: &Tail) -> ControlFlow<()> {
        self.tail = tail.clone();
        ControlFlow::Continue(())
    }
}

/// Typesets the report as one PDF/A file that passes the gate.
///
/// # Errors
/// When it cannot be typeset, or does not conform; then nothing is handed on.
pub fn typeset(paper: &Paper, organisation: &str) -> Result<Part, Error> {
    typeset_document(&paper.document(organisation))
}

/// Typesets a document of our own as one PDF/A file that passes the gate.
///
/// # Errors
/// As [`typeset`].
pub(in crate::workflow) fn typeset_document(document: &Report) -> Result<Part, Error> {
    let mut parts: Vec<Part> = Vec::new();
    typeset_report(document, &Options::default(), &mut |part| {
        parts.push(part);
        Ok(())
    })
    .map_err(Error::Document)?;
    let (Some(part), true) = (parts.pop(), parts.is_empty()) else {
        return Err(Error::DocumentTooLong);
    };
    let judged = check_all(&part.bytes, part.levels).map_err(Error::Document)?;
    let found: Vec<pdfa::Violation> = judged.into_iter().flat_map(|(_, found)| found).collect();
    match found.is_empty() {
        true => Ok(part),
        false => Err(Error::DocumentRefused(found)),
    }
}

impl Paper {
    fn document(&self, organisation: &str) -> Report {
        let mut facts: Vec<(String, String)> = self
            .head
            .stated
            .iter()
            .map(|s| (s.swedish_label.to_owned(), s.swedish.clone()))
            .collect();
        for total in self.tail.totals.iter().filter(|t| t.account.is_none()) {
            facts.push((total.swedish.to_owned(), total.told("av")));
        }
        let mut chapters = Vec::new();
        let mut body = Vec::new();
        if self.rows.is_empty() {
            body.push(paragraph("Inget att redovisa."));
        } else {
            let heads = self
                .head
                .columns
                .iter()
                .filter(|c| c.on_paper)
                .map(|c| c.swedish.to_owned());
            body.push(row(true, heads));
            body.extend(
                self.rows
                    .iter()
                    .map(|cells| row(false, cells.iter().cloned())),
            );
        }
        for (_, note) in &self.tail.notes {
            body.push(paragraph(note));
        }
        if self.left_out > 0 {
            body.push(paragraph(&format!(
                "Ytterligare {} rader ryms inte här; de finns i rapporten som CSV.",
                self.left_out
            )));
        }
        chapters.push(Chapter {
            heading: self.heading(),
            body,
        });
        let by_account: Vec<Block> = self
            .tail
            .totals
            .iter()
            .filter_map(|t| {
                let cells = [t.account.clone()?, t.swedish.to_owned(), t.told("av")];
                Some(row(false, cells.into_iter()))
            })
            .collect();
        if !by_account.is_empty() {
            let mut body = vec![row(
                true,
                ["Konto", "Vad", "Antal"].map(str::to_owned).into_iter(),
            )];
            body.extend(by_account);
            chapters.push(Chapter {
                heading: "Per konto".to_owned(),
                body,
            });
        }
        Report {
            organisation: organisation.to_owned(),
            committee: self.head.committee.clone(),
            title: self.head.title.clone(),
            kind: self.head.kind.clone(),
            made: self.head.made,
            software: Software::this(),
            facts,
            chapters,
        }
    }

    fn heading(&self) -> String {
        match self.head.report {
            "unanswered" => "Frågor",
            "activity" | "oversight" => "Konton",
            "changes" => "Ändringar",
            "information" => "Uppgifter i profilerna",
            "review" => "Handlingar att bedöma",
            "alt-text" => "Inlägg med bilder utan alternativtext",
            _ => "Veckan",
        }
        .to_owned()
    }
}

fn row(header: bool, cells: impl Iterator<Item = String>) -> Block {
    Block::TableRow {
        header,
        cells: cells.map(|text| vec![Span::plain(text)]).collect(),
    }
}

fn paragraph(text: &str) -> Block {
    Block::Paragraph {
        spans: vec![Span::plain(text)],
    }
}

/// On one line, and not longer than a page bears.
fn cut(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    let short: String = line.chars().take(LONGEST - 1).collect();
    format!("{}…", short.trim_end())
}
