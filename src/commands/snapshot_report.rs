//! What `snapshot` tells: for people, as JSON, and while it is under way.

use std::io;

use serde_json::{Value, json};

use super::output::{one_line, value};
use crate::record::{GapReason, Outcome, Page};
use crate::workflow::{Progress, SnapshotReport};

pub(super) fn write_report(r: &SnapshotReport, out: &mut dyn io::Write) -> io::Result<()> {
    let c = r.counts;
    match r.outcome {
        Outcome::Failed => return writeln!(out, "{}: failed", r.account),
        Outcome::Empty => writeln!(out, "{}: nothing there, nothing sealed", r.account)?,
        outcome if r.read => {
            write!(
                out,
                "{}: {outcome}, {} new, {} changed, {} unchanged",
                r.account, c.new, c.changed, c.unchanged
            )?;
            if c.not_seen > 0 {
                write!(out, ", {} not seen", c.not_seen)?;
            }
            writeln!(out, " ({:.1} s)", r.seconds)?;
        }
        outcome => writeln!(
            out,
            "{}: {outcome}, its page alone ({:.1} s)",
            r.account, r.seconds
        )?,
    }
    write_bags(r, out)?;
    if let Some(page) = r.page.as_ref().filter(|p| p.outcome.is_captured()) {
        let title = one_line(page.title.as_deref().unwrap_or("no title"));
        writeln!(
            out,
            "  page: {title}, {} x {} pixels",
            page.width, page.height
        )?;
    }
    for row in &r.coverage.rows {
        if row.is_complete() {
            continue;
        }
        let of = row
            .expected
            .map_or_else(String::new, |n| format!(" of {n}"));
        writeln!(out, "  {}: {}{of}", row.what.as_str(), row.captured)?;
        for gap in row.missing.iter().take(10) {
            writeln!(
                out,
                "    {}: {}",
                one_line(&gap.what),
                one_line(&gap.reason.to_string())
            )?;
        }
        if row.missing.len() > 10 {
            writeln!(
                out,
                "    … and {} more, all in capture.json",
                row.missing.len() - 10
            )?;
        }
        if row
            .missing
            .iter()
            .any(|g| g.reason == GapReason::NeedsCredential)
        {
            writeln!(
                out,
                "    give the account a credential: arkivd account edit {} --credential NAME",
                r.account
            )?;
        }
    }
    Ok(())
}

/// The bags that were sealed, with their PDFs.
pub(super) fn write_bags(r: &SnapshotReport, out: &mut dyn io::Write) -> io::Result<()> {
    for bag in &r.bags {
        writeln!(out, "  {} bag {}", bag.kind, bag.bag)?;
        for (pdf, level) in bag.pdfs.iter().zip(&bag.levels) {
            let only = if bag.text_only {
                ", without pictures"
            } else {
                ""
            };
            writeln!(out, "    {} ({level}{only})", pdf.display())?;
        }
        if !bag.whole {
            writeln!(out, "    a PDF is lacking: capture.json tells why")?;
        }
    }
    Ok(())
}

pub(super) fn as_json(r: &SnapshotReport) -> Value {
    let bags: Vec<Value> = r
        .bags
        .iter()
        .map(|b| {
            json!({ "bag": b.bag, "kind": b.kind, "path": b.path, "pdfs": b.pdfs, "levels": b.levels,
                    "level": b.levels.first().filter(|_| b.whole), "text_only": b.text_only })
        })
        .collect();
    json!({
        "capture": r.capture,
        "account": r.account,
        "outcome": r.outcome,
        "bags": bags,
        "new": r.counts.new,
        "changed": r.counts.changed,
        "unchanged": r.counts.unchanged,
        "not_seen": r.counts.not_seen,
        "complete": r.error.is_none() && r.coverage.is_complete(),
        "coverage": value(&r.coverage),
        "page": r.page.as_ref().map(page_as_json),
        "error": r.error,
        "hint": r.hint,
    })
}

/// What a look came to; all of it stands in capture.json.
fn page_as_json(page: &Page) -> Value {
    json!({
        "address": page.address,
        "outcome": page.outcome,
        "detail": page.detail,
        "final_address": page.final_address,
        "title": page.title,
        "status": page.status,
        "width": page.width,
        "height": page.height,
        "logged_in": page.logged_in,
    })
}

pub(super) fn words(progress: &Progress) -> String {
    match progress {
        Progress::Waiting => "waiting for other captures".to_owned(),
        Progress::Reading(p) => {
            let of = p.expected.map_or_else(String::new, |n| format!(" of {n}"));
            format!("reading {} {}{of}", p.what.as_str(), p.done)
        }
        Progress::Media { got, of } => format!("fetching media {got} of {of}"),
        Progress::Files { done, of } => format!("taking in file {} of {of}", done + 1),
        Progress::Page => "looking at the page".to_owned(),
        Progress::Typesetting => "typesetting".to_owned(),
        Progress::Sealing => "sealing".to_owned(),
    }
}
