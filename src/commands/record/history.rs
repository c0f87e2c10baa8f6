//! `arkivd record history`: what a record has said and how it changed, and when it went (TIB-7).

use std::io;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::export::{brief_json, told};
use super::super::output::{Exit, Output, one_line, printable, shorten, value};
use super::super::{Context, Error};
use super::stub;
use crate::calendar::local_time;
use crate::catalog::{RecordDetails, Unsettled, VanishingRow, VersionRow};
use crate::record::{Difference, Piece, RecordId};

/// Words that stand on each side of a change.
const AROUND: usize = 60;

pub(super) fn history(id: RecordId, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    if let Some(gone) = stub::Gone::of(id, &archive)? {
        return gone.show(context, output);
    }
    let (mut details, vanishings, unsettled, exports, disclosures) = {
        let catalog = archive.catalog();
        (
            catalog.record(id)?,
            catalog.vanishings(id)?,
            catalog.not_settled(id)?,
            catalog.exports_of(id)?,
            catalog.disclosures_of(id)?,
        )
    };
    super::hide_restricted(&mut details, &context.rights.restricted())?;
    let steps = steps(&details);
    let data = json!({
        "record": id,
        "account": details.line.account,
        "kind": details.line.kind,
        "permalink": details.permalink,
        "published": details.line.published,
        "versions": steps.iter().map(|s| step_json(s)).collect::<Vec<_>>(),
        "vanished": vanishings.iter().map(vanishing_json).collect::<Vec<_>>(),
        "disclosures": value(&disclosures),
        "not_seen": details.first_missed.map(|since| json!({ "since": since,
            "asked": unsettled.as_ref().map(|u| u.asked), "why": unsettled.as_ref().map(|u| &u.why) })),
        "exports": exports.iter().map(brief_json).collect::<Vec<_>>(),
    });
    output.report(&data, &[], |out| {
        write_head(&details, out)?;
        for step in &steps {
            write_step(step, out)?;
        }
        for vanishing in &vanishings {
            write_vanishing(vanishing, out)?;
        }
        for export in &exports {
            writeln!(out, "\n{}  left the archive", local_time(export.made))?;
            writeln!(out, "  {}", one_line(&told(export)))?;
        }
        if let Some(since) = details.first_missed
            && vanishings.iter().all(|v| v.ended.is_some())
        {
            write_not_seen(since, unsettled.as_ref(), out)?;
        }
        for disclosure in &disclosures {
            writeln!(
                out,
                "\ndisclosure {}",
                one_line(&super::disclosed::told(disclosure))
            )?;
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

/// A version with the one before it through the same door: what two doors show is not compared.
struct Step<'d> {
    version: &'d VersionRow,
    difference: Option<Difference>,
    visibility_before: Option<crate::record::Visibility>,
}

fn steps(details: &RecordDetails) -> Vec<Step<'_>> {
    let versions = &details.versions;
    versions
        .iter()
        .enumerate()
        .map(|(at, version)| {
            let before = versions.get(..at).unwrap_or_default();
            let before = before.iter().rev().find(|b| b.door == version.door);
            Step {
                version,
                difference: before.map(|b| Difference::between(&b.content, &version.content)),
                visibility_before: before
                    .map(|b| b.visibility)
                    .filter(|v| *v != version.visibility),
            }
        })
        .collect()
}

fn write_head(d: &RecordDetails, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "record     {}", d.line.record)?;
    writeln!(
        out,
        "account    {} ({})",
        d.line.account,
        one_line(&d.committee)
    )?;
    let published = d.line.published.map(local_time);
    writeln!(
        out,
        "{:<11}published {}",
        d.line.kind.as_str(),
        published.as_deref().unwrap_or("at an unknown time")
    )?;
    if let Some(permalink) = &d.permalink {
        writeln!(out, "address    {}", one_line(permalink))?;
    }
    Ok(())
}

fn write_step(step: &Step<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let v = step.version;
    let door = v
        .door
        .as_ref()
        .map_or_else(String::new, |d| format!(", by {d}"));
    writeln!(
        out,
        "\n{}  version {} ({}{door}), seen until {}",
        local_time(v.first_seen),
        v.number,
        v.visibility,
        local_time(v.last_seen)
    )?;
    if let Some(edited) = v.edited.filter(|_| step.difference.is_some()) {
        writeln!(out, "  changed on the platform {}", local_time(edited))?;
    }
    if let Some(before) = step.visibility_before {
        writeln!(out, "  visibility: {before} became {}", v.visibility)?;
    }
    match &step.difference {
        Some(difference) => write_difference(difference, out),
        None => {
            if let Some(title) = &v.content.title {
                writeln!(out, "  {}", one_line(title))?;
            }
            for line in printable(&v.content.plain_text()).lines() {
                writeln!(out, "  {line}")?;
            }
            Ok(())
        }
    }
}

fn write_difference(d: &Difference, out: &mut dyn io::Write) -> io::Result<()> {
    let or_none =
        |text: &Option<String>| text.as_deref().map_or_else(|| "none".to_owned(), one_line);
    for (name, changed) in [("title", &d.title), ("author", &d.author)] {
        if let Some((before, after)) = changed {
            writeln!(
                out,
                "  {name}: [-{}-]{{+{}+}}",
                or_none(before),
                or_none(after)
            )?;
        }
    }
    if !d.words.is_empty() {
        for line in printable(&in_words(&d.words)).lines() {
            writeln!(out, "  {line}")?;
        }
    }
    for (word, media) in [("added", &d.media_added), ("removed", &d.media_removed)] {
        for medium in media {
            writeln!(out, "  {word}: {}", one_line(medium.address.as_str()))?;
        }
    }
    for (before, after) in &d.media_told_anew {
        writeln!(
            out,
            "  told anew: {} [-{}-]{{+{}+}}",
            one_line(after.address.as_str()),
            or_none(&before.alt),
            or_none(&after.alt)
        )?;
    }
    if d.form_alone {
        writeln!(out, "  links or form alone; the words are as before")?;
    }
    Ok(())
}

/// `[-removed-]{+added+}`, with what is kept shortened to what stands around it.
fn in_words(pieces: &[Piece]) -> String {
    let mut out = String::new();
    let last = pieces.len().saturating_sub(1);
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Removed(text) => out.push_str(&format!("[-{text}-]")),
            Piece::Added(text) => out.push_str(&format!("{{+{text}+}}")),
            Piece::Kept(text) => out.push_str(&shortened(text, at == 0, at == last)),
        }
    }
    out
}

fn shortened(text: &str, first: bool, last: bool) -> String {
    let letters: Vec<char> = text.chars().collect();
    let around = |n: usize| n.min(letters.len());
    let whole = letters.len() <= if first || last { AROUND } else { 2 * AROUND };
    if whole {
        return text.to_owned();
    }
    let head: String = letters.iter().take(around(AROUND)).collect();
    let tail: String = letters
        .iter()
        .skip(letters.len() - around(AROUND))
        .collect();
    match (first, last) {
        (true, _) => format!("…{tail}"),
        (_, true) => format!("{head}…"),
        _ => format!("{head} … {tail}"),
    }
}

fn write_vanishing(v: &VanishingRow, out: &mut dyn io::Write) -> io::Result<()> {
    let by = match v.by.as_deref() {
        Some("author") => ", by its author",
        Some("editor") => ", by an editor",
        Some("platform") => ", by the platform",
        _ => "",
    };
    writeln!(
        out,
        "\n{}  {}{by}: the platform answers {}",
        local_time(v.confirmed),
        v.change.as_str(),
        shorten(&v.how, 100)
    )?;
    writeln!(
        out,
        "  last seen {}, first missed {}",
        local_time(v.last_seen),
        local_time(v.first_missed)
    )?;
    if let Some(ended) = v.ended {
        writeln!(out, "\n{}  seen again", local_time(ended))?;
    }
    Ok(())
}

fn write_not_seen(
    since: DateTime<Utc>,
    unsettled: Option<&Unsettled>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(
        out,
        "\n{}  not seen since then; absence is not removal",
        local_time(since)
    )?;
    if let Some(u) = unsettled {
        writeln!(
            out,
            "  asked {} and not settled: {}",
            local_time(u.asked),
            one_line(&u.why)
        )?;
    }
    Ok(())
}

fn step_json(step: &Step<'_>) -> Value {
    let v = step.version;
    let piece = |p: &Piece| match p {
        Piece::Kept(text) => json!({ "kept": text }),
        Piece::Removed(text) => json!({ "removed": text }),
        Piece::Added(text) => json!({ "added": text }),
    };
    let changed = step.difference.as_ref().map(|d| {
        let of = |pair: &Option<(Option<String>, Option<String>)>| {
            pair.as_ref().map(|(before, after)| json!({ "before": before, "after": after }))
        };
        let told = d.media_told_anew.iter();
        json!({
            "title": of(&d.title),
            "author": of(&d.author),
            "words": d.words.iter().map(piece).collect::<Vec<_>>(),
            "media_added": value(&d.media_added),
            "media_removed": value(&d.media_removed),
            "media_told_anew": told.map(|(b, a)| json!({ "before": b, "after": a })).collect::<Vec<_>>(),
            "form_alone": d.form_alone,
        })
    });
    json!({ "version": v.number, "door": v.door, "visibility": v.visibility, "edited": v.edited,
            "first_seen": v.first_seen, "last_seen": v.last_seen, "content_sha256": v.digest, "changed": changed })
}

fn vanishing_json(v: &VanishingRow) -> Value {
    json!({ "change": v.change.as_str(), "last_seen": v.last_seen, "first_missed": v.first_missed,
            "confirmed": v.confirmed, "how": v.how, "by": v.by, "ended": v.ended })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_shortened_to_what_stands_around() {
        let long = "ord ".repeat(60);
        let pieces = [
            Piece::Kept(long.clone()),
            Piece::Removed("25".into()),
            Piece::Added("26".into()),
            Piece::Kept(long),
        ];
        let shown = in_words(&pieces);
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        assert!(shown.contains("ord [-25-]{+26+}ord"), "{shown}");
        assert!(shown.chars().count() < 150, "{shown}");
        assert_eq!(in_words(&[Piece::Kept("kort".into())]), "kort");
    }
}
