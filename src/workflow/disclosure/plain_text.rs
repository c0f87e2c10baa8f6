//! A letter as plain text, to be edited before it goes.

use crate::pdfa::Report;
use crate::record::{Block, Span};

/// The same as plain text, to be edited.
pub(super) fn as_text(report: &Report) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    line(&format!("{}, {}", report.organisation, report.committee));
    line("");
    line(&report.title.to_uppercase());
    line(&report.kind);
    line("");
    for (label, value) in &report.facts {
        line(&format!("{label}: {value}"));
    }
    for chapter in &report.chapters {
        line("");
        line(&chapter.heading.to_uppercase());
        let mut heads: Vec<String> = Vec::new();
        for block in &chapter.body {
            match block {
                Block::TableRow {
                    header: true,
                    cells,
                } => {
                    heads = cells.iter().map(|cell| plain(cell)).collect();
                }
                Block::TableRow { cells, .. } => {
                    let cells = cells.iter().zip(&heads);
                    let told: Vec<String> = cells
                        .map(|(cell, head)| format!("{head}: {}", plain(cell)))
                        .collect();
                    line(&format!("- {}", told.join(". ")));
                }
                Block::ListItem { spans, .. } => line(&format!("- {}", plain(spans))),
                Block::Paragraph { spans } | Block::Heading { spans, .. } => line(&plain(spans)),
                _ => {}
            }
        }
    }
    out
}

fn plain(spans: &[Span]) -> String {
    let words: Vec<&str> = spans.iter().map(|span| span.text.as_str()).collect();
    words.concat().replace('\u{a0}', " ").trim().to_owned()
}
