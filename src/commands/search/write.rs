//! What a search tells: a line for each hit and a piece of its text, or JSON.

use std::io;
use std::ops::Range;

use serde_json::{Value, json};

use super::super::bar::Bar;
use super::super::output::{Output, counted, one_line, value};
use super::Search;
use crate::calendar::local_time;
use crate::catalog::{
    SearchHit, SearchOrder, SearchRequest, SearchResult, SearchedWhat, Unindexed,
};
use crate::retention::{SavedSearch, Snippet};

const BOLD: (&str, &str) = ("\u{1b}[1m", "\u{1b}[0m");

pub(super) fn report(
    args: &Search,
    typed: &str,
    request: &SearchRequest,
    found: &SearchResult,
    unindexed: Unindexed,
    output: &Output,
) -> io::Result<()> {
    let data = json!({
        "query": typed,
        "search": args.search,
        "order": match request.order { SearchOrder::Newest => "newest", SearchOrder::Relevance => "relevance" },
        "page": args.page,
        "limit": args.limit,
        "count": { "records": found.count, "exact": found.count_is_exact },
        "results": found.hits.iter().map(as_json).collect::<Vec<_>>(),
        "unindexed": { "versions": unindexed.versions, "pages": unindexed.pages },
    });
    let mut warnings = Vec::new();
    if !unindexed.is_nothing() {
        warnings.push(format!(
            "not all is searched: not indexed yet are {} of records and {}",
            counted(unindexed.versions, "version"),
            counted(unindexed.pages, "page capture")
        ));
    }
    let bold = output.is_shown();
    output.report(&data, &warnings, |out| {
        if args.count {
            return writeln!(out, "{}", found.count);
        }
        for hit in &found.hits {
            write_hit(hit, bold, out)?;
        }
        if !found.hits.is_empty() {
            let first = request.skip + 1;
            let last = request.skip + found.hits.len() as u64;
            let least = if found.count_is_exact {
                ""
            } else {
                "at least "
            };
            writeln!(out, "{first}-{last} of {least}{}", found.count)?;
        }
        Ok(())
    })?;
    if args.count {
        return Ok(());
    }
    let last = request.skip + found.hits.len() as u64;
    if found.hits.is_empty() && found.count > 0 {
        output.hint(&format!(
            "there are only {} hits: take a lower --page",
            found.count
        ));
    } else if found.hits.is_empty() {
        output.hint(
            "nothing is found; a word is found whole, and by how it begins with a star: snö*",
        );
    } else if last < found.count {
        output.hint(&format!("the next ones: --page {}", args.page + 1));
    }
    Ok(())
}

fn write_hit(hit: &SearchHit, bold: bool, out: &mut dyn io::Write) -> io::Result<()> {
    let at = hit.at.map_or_else(|| "no date".to_owned(), local_time);
    let account = hit.account.as_str();
    let mut marks: Vec<String> = Vec::new();
    let (what, id) = match &hit.what {
        SearchedWhat::Page { bag, .. } => ("capture", bag.to_string()),
        SearchedWhat::Record {
            record,
            kind,
            visibility,
            version,
            versions,
            current,
            removed,
            not_seen,
        } => {
            if !current {
                marks.push(format!("only in older version {version} of {versions}"));
            } else if *versions > 1 {
                marks.push(format!("v{version} of {versions}"));
            }
            if visibility.is_restricted() {
                marks.push(visibility.to_string());
            }
            if let Some((how, since)) = removed {
                marks.push(format!("{how} {}", local_time(*since)));
            } else if *not_seen {
                marks.push("not seen".to_owned());
            }
            (kind.as_str(), record.to_string())
        }
    };
    let marks = match marks.is_empty() {
        true => String::new(),
        false => format!("    [{}]\n", marks.join(", ")),
    };
    // Of 80 columns.
    write!(out, "{at:<16}  {what:<7}  {account:<15}  {id}\n{marks}")?;
    let whole = |text: &Option<String>, hits: &[Range<usize>]| {
        text.as_deref()
            .map(|text| marked(&Snippet::of(text, hits, 200), bold))
    };
    let author = whole(&hit.author, &hit.author_hits);
    let title = whole(&hit.title, &hit.title_hits);
    let head: Vec<String> = author.into_iter().chain(title).collect();
    if !head.is_empty() {
        writeln!(out, "    {}", head.join(": "))?;
    }
    if let SearchedWhat::Page { address, .. } = &hit.what {
        writeln!(out, "    {}", one_line(address))?;
    }
    if !hit.text.text.is_empty() {
        writeln!(out, "    {}", marked(&hit.text, bold))?;
    }
    writeln!(out)
}

/// The piece on one line, with its hits bold where they can be.
fn marked(snippet: &Snippet, bold: bool) -> String {
    let mut text = String::new();
    let mut at = 0;
    let (on, off) = if bold { BOLD } else { ("", "") };
    let mut add = |range: Range<usize>, hit: bool| {
        let piece = snippet.text.get(range).unwrap_or_default();
        let shown: String = piece
            .chars()
            .map(|c| {
                if one_line(&c.to_string()).is_empty() {
                    ' '
                } else {
                    c
                }
            })
            .collect();
        match hit {
            true => text.push_str(&format!("{on}{shown}{off}")),
            false => text.push_str(&shown),
        }
    };
    for hit in &snippet.hits {
        add(at..hit.start, false);
        add(hit.clone(), true);
        at = hit.end;
    }
    add(at..snippet.text.len(), false);
    let (before, after) = snippet.cut;
    let ellipsis = |cut| if cut { "…" } else { "" };
    format!("{}{}{}", ellipsis(before), text.trim(), ellipsis(after))
}

/// Ranges of bytes as ranges of characters, which every language counts alike.
fn in_characters(text: &str, hits: &[Range<usize>]) -> Vec<[usize; 2]> {
    let count = |at: usize| text.get(..at).unwrap_or_default().chars().count();
    let hits = hits.iter();
    hits.map(|hit| [count(hit.start), count(hit.end)]).collect()
}

fn as_json(hit: &SearchHit) -> Value {
    let of = |text: &Option<String>, hits: &[Range<usize>]| {
        in_characters(text.as_deref().unwrap_or_default(), hits)
    };
    let mut json = json!({
        "account": hit.account,
        "committee": hit.committee,
        "at": hit.at,
        "author": hit.author,
        "author_hits": of(&hit.author, &hit.author_hits),
        "title": hit.title,
        "title_hits": of(&hit.title, &hit.title_hits),
        "text": {
            "snippet": hit.text.text,
            "hits": in_characters(&hit.text.text, &hit.text.hits),
            "cut_before": hit.text.cut.0,
            "cut_after": hit.text.cut.1,
        },
    });
    let Value::Object(fields) = &mut json else {
        return json;
    };
    match &hit.what {
        SearchedWhat::Page { bag, address } => {
            fields.insert("what".to_owned(), value(&"page-capture"));
            fields.insert("bag".to_owned(), value(bag));
            fields.insert("address".to_owned(), value(address));
        }
        SearchedWhat::Record {
            record,
            kind,
            visibility,
            version,
            versions,
            current,
            removed,
            not_seen,
        } => {
            let removed = removed
                .as_ref()
                .map(|(how, since)| json!({ "how": how, "since": since }));
            fields.insert("what".to_owned(), value(&"record"));
            fields.insert("record".to_owned(), value(record));
            fields.insert("kind".to_owned(), value(kind));
            fields.insert("visibility".to_owned(), value(visibility));
            fields.insert("version".to_owned(), value(version));
            fields.insert("versions".to_owned(), value(versions));
            fields.insert("current".to_owned(), value(current));
            fields.insert("removed".to_owned(), value(&removed));
            fields.insert("not_seen".to_owned(), value(not_seen));
        }
    }
    json
}

pub(super) fn saved(name: &str, saved: &SavedSearch, output: &Output) -> io::Result<()> {
    let data = json!({ "saved": name, "filter": saved });
    output.report(&data, &[], |out| {
        writeln!(out, "saved as {}", one_line(name))
    })?;
    output.hint(&format!(
        "hold what it finds: arkivd hold add --search {name:?} --reason \"…\"; a hold also holds what has these words within others, in several versions together, or beside words that must not occur"
    ));
    Ok(())
}

pub(super) fn progress(bar: &mut Bar, left: Unindexed) {
    let message = format!(
        "{}, {} left",
        counted(left.versions, "version"),
        counted(left.pages, "page")
    );
    bar.show(&message, None);
}

pub(super) fn rebuilt(left: Unindexed, output: &Output) -> io::Result<()> {
    let data = json!({ "rebuilt": true,
        "unindexed": { "versions": left.versions, "pages": left.pages } });
    output.report(&data, &[], |out| match left.is_nothing() {
        true => writeln!(out, "all is indexed"),
        false => writeln!(
            out,
            "all is indexed but {} and {} that could not be read: arkivd verify",
            counted(left.versions, "version"),
            counted(left.pages, "page capture")
        ),
    })
}
