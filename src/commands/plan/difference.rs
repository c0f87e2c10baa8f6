//! `arkivd plan diff`: what changed between two plans.

use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::super::output::{Exit, Output, one_line};
use super::super::{Context, Error};
use crate::record::Piece;
use crate::retention::{Changed, Part, Plan, PlanDifference, What};
use crate::workflow;

pub(super) fn run(
    old: &Path,
    new: &Path,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let difference = PlanDifference::between(&read(old, context)?, &read(new, context)?);
    let changed = |all: &[Changed]| all.iter().map(changed_json).collect::<Vec<_>>();
    let parts = |all: &[Part]| -> Vec<Value> {
        let part = |p: &Part| json!({ "id": p.id, "name": p.name, "what": p.what, "changed": changed(&p.changed) });
        all.iter().map(part).collect()
    };
    let data = json!({ "old": old, "new": new, "same": difference.is_none(),
        "header": changed(&difference.header), "rows": parts(&difference.rows),
        "rules": parts(&difference.rules), "reordered": difference.reordered });
    output.report(&data, &[], |out| {
        if difference.is_none() {
            return writeln!(out, "the plans say the same");
        }
        write_changed("plan", &difference.header, out)?;
        for (kind, parts) in [("row", &difference.rows), ("rule", &difference.rules)] {
            for part in parts {
                let what = match part.what {
                    What::Added => "+",
                    What::Removed => "-",
                    What::Changed => "~",
                };
                writeln!(out, "{what} {kind} {}: {}", part.id, one_line(&part.name))?;
                for changed in &part.changed {
                    write_one(changed, out)?;
                }
            }
        }
        if difference.reordered {
            writeln!(
                out,
                "~ the rules come in another order: the first that fits decides"
            )?;
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn read(plan: &Path, context: &Context) -> Result<Plan, Error> {
    if let Some(number) = super::number(plan) {
        let archive = context.read()?;
        let plan = archive.catalog().plan(number);
        return Ok(plan?);
    }
    let text = super::text_of(plan, Some(context))?;
    let file = plan.display().to_string();
    Ok(Plan::parse(&text, &file).map_err(workflow::Error::Plan)?)
}

fn changed_json(changed: &Changed) -> Value {
    let words = changed.words();
    let piece = |piece: &Piece| match piece {
        Piece::Kept(text) => json!({ "kept": text }),
        Piece::Removed(text) => json!({ "removed": text }),
        Piece::Added(text) => json!({ "added": text }),
    };
    json!({ "key": changed.key, "before": changed.before, "after": changed.after,
        "words": words.iter().map(piece).collect::<Vec<_>>() })
}

fn write_changed(name: &str, all: &[Changed], out: &mut dyn io::Write) -> io::Result<()> {
    if !all.is_empty() {
        writeln!(out, "~ {name}")?;
    }
    all.iter().try_for_each(|changed| write_one(changed, out))
}

fn write_one(changed: &Changed, out: &mut dyn io::Write) -> io::Result<()> {
    let told = match (&changed.before, &changed.after) {
        (None, Some(after)) => format!("{{+{after}+}}"),
        (Some(before), None) => format!("[-{before}-]"),
        _ => {
            let words = changed.words();
            let piece = |piece: &Piece| match piece {
                Piece::Kept(text) => text.clone(),
                Piece::Removed(text) => format!("[-{text}-]"),
                Piece::Added(text) => format!("{{+{text}+}}"),
            };
            words.iter().map(piece).collect()
        }
    };
    writeln!(out, "    {}: {}", changed.key, one_line(&told))
}
