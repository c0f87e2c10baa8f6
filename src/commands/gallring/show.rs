//! `arkivd gallring list` and `show`: gallringar, the list of one made anew, and its lines.

use std::io::{self, Write};
use std::ops::ControlFlow;

use serde_json::{Value, json};

use super::propose::{held, look_json, write_look};
use super::{Show, known};
use crate::calendar::{local_date, local_time};
use crate::catalog::{self, Catalog, GallringRow, LineState, ListPlan, WrittenLine};
use crate::commands::output::{Exit, Output, Table, one_line, value};
use crate::commands::{Context, Error};
use crate::export::CsvFile;
use crate::retention::{GallringDecision, GallringState, Listed, Place};
use crate::workflow::look_at_list;

pub(super) fn list(
    committee: Option<&str>,
    all: bool,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.read()?;
    let mut rows = archive.catalog().gallrings()?;
    rows.retain(|row| {
        let is_over = matches!(
            row.state,
            GallringState::Executed | GallringState::Withdrawn
        );
        (all || !is_over)
            && committee.is_none_or(|c| c == row.committee)
            && context.rights.serves(&row.committee)
    });
    let data: Vec<Value> = rows.iter().map(as_json).collect();
    output.report(&data, &[], |out| {
        if rows.is_empty() {
            return writeln!(out, "no gallring{}", if all { "" } else { " is under way" });
        }
        let mut table = Table::new(&[
            "id",
            "state",
            "place",
            "until",
            "records",
            "pages",
            "proposed",
            "committee",
        ]);
        for row in &rows {
            table.row([
                row.id.to_string(),
                row.state.to_string(),
                row.question.place.to_string(),
                row.question.until.to_string(),
                row.sum.records.to_string(),
                row.sum.pages.to_string(),
                local_time(row.proposed),
                row.committee.clone(),
            ]);
        }
        table.write(out)
    })?;
    Ok(Exit::Done)
}

pub(super) fn as_json(row: &GallringRow) -> Value {
    json!({
        "id": row.id, "committee": row.committee, "state": row.state, "question": value(&row.question),
        "records": row.sum.records, "pages": row.sum.pages, "digest": row.sum.digest, "counts": value(&row.counts),
        "proposed": row.proposed, "proposer": row.proposer, "decision": value(&row.decision),
        "approved": row.approved, "approver": row.approver, "executed": row.executed, "executor": row.executor,
        "withdrawn": value(&row.withdrawn),
    })
}

/// True while the list is made anew from its question.
fn is_open(row: &GallringRow) -> bool {
    match row.state {
        GallringState::Proposed => true,
        GallringState::Approved => row.question.place == Place::Archive,
        _ => false,
    }
}

pub(super) fn run(args: &Show, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    let row = known(args.id, &archive, context)?;
    let today = local_date((context.around.now)());
    let catalog = archive.catalog();
    let plans = catalog.list_plans(&row.committee, today)?;
    if args.lines || args.csv {
        return lines(args, &row, &catalog, &plans, context, output);
    }
    if !is_open(&row) {
        let (mut all, mut done, mut confirmed) = (0_u64, 0_u64, 0_u64);
        catalog.for_each_written_down::<catalog::Error>(row.id, |line| {
            all += 1;
            done += u64::from(!matches!(line.state, LineState::ToDo));
            confirmed += u64::from(matches!(line.state, LineState::Confirmed { .. }));
            Ok(())
        })?;
        let mut data = as_json(&row);
        if let (Some(data), Place::Medium) = (data.as_object_mut(), row.question.place) {
            data.insert(
                "work".to_owned(),
                json!({ "lines": all, "done": done, "confirmed": confirmed }),
            );
        }
        output.report(&data, &[], |out| {
            write_row(&row, out)?;
            match row.question.place {
                Place::Medium if all > 0 => writeln!(
                    out,
                    "work list  {all} lines, {done} done, {confirmed} of them confirmed by the platform"
                ),
                _ => Ok(()),
            }
        })?;
        return Ok(Exit::Done);
    }
    let look = look_at_list(&catalog, &row.committee, &row.question, today, false)?;
    let differs = look.sum != row.sum;
    let counts = look.counts();
    let changed: Vec<Value> = changes(&row, &counts);
    let mut data = as_json(&row);
    if let Some(data) = data.as_object_mut() {
        data.insert("now".to_owned(), look_json(&look, row.question.place));
        data.insert("differs".to_owned(), json!(differs));
        data.insert("changes".to_owned(), json!(changed));
    }
    let mut warnings = Vec::new();
    if differs {
        warnings.push(
            "the list is no longer the one that was proposed: it cannot be approved or executed, and is to be withdrawn and proposed anew".to_owned(),
        );
    }
    output.report(&data, &warnings, |out| {
        write_row(&row, out)?;
        if differs {
            writeln!(out, "\nnow        it differs from what was proposed")?;
            for change in &changed {
                let count = |key: &str| change[key].as_u64().unwrap_or_default();
                writeln!(
                    out,
                    "  row {}: {} proposed, {} now",
                    change["row"].as_str().unwrap_or("-"),
                    held(count("was_records"), count("was_pages")),
                    held(count("records"), count("pages"))
                )?;
            }
        } else {
            writeln!(out, "\nnow        the same as proposed")?;
        }
        write_look(&look, row.question.place, out)
    })?;
    Ok(Exit::Done)
}

/// Rows whose counts are not what they were. Where none is, other records stand in the place of some.
fn changes(row: &GallringRow, now: &[catalog::ListCount]) -> Vec<Value> {
    let mut all = Vec::new();
    let same = |a: &catalog::ListCount, b: &catalog::ListCount| a.plan == b.plan && a.row == b.row;
    for was in &row.counts {
        let is = now.iter().find(|is| same(is, was));
        let (records, pages) = is.map_or((0, 0), |is| (is.records, is.pages));
        if (records, pages) != (was.records, was.pages) {
            all.push(
                json!({ "row": was.row, "was_records": was.records, "was_pages": was.pages,
                "records": records, "pages": pages }),
            );
        }
    }
    for is in now
        .iter()
        .filter(|is| !row.counts.iter().any(|was| same(was, is)))
    {
        all.push(json!({ "row": is.row, "was_records": 0, "was_pages": 0,
            "records": is.records, "pages": is.pages }));
    }
    all
}

fn write_row(row: &GallringRow, out: &mut dyn Write) -> io::Result<()> {
    let mut line = |name: &str, text: &str| writeln!(out, "{name:<10} {}", one_line(text));
    line("gallring", &row.id.to_string())?;
    line("state", row.state.as_str())?;
    line("committee", &row.committee)?;
    line("place", row.question.place.as_str())?;
    line("due until", &row.question.until.to_string())?;
    line(
        "proposed",
        &format!("{} by {}", local_time(row.proposed), row.proposer),
    )?;
    line("list", &held(row.sum.records, row.sum.pages))?;
    line("digest", &row.sum.digest.to_string())?;
    if let (Some(at), Some(by)) = (row.approved, &row.approver) {
        line("approved", &format!("{} by {by}", local_time(at)))?;
    }
    match &row.decision {
        Some(GallringDecision::Plan { plans, .. }) => {
            for plan in plans {
                let d = &plan.decision;
                line(
                    "decision",
                    &format!(
                        "plan {:?}: {} {}, {}",
                        plan.title, d.by, d.date, d.paragraph
                    ),
                )?;
            }
        }
        Some(GallringDecision::Police(d)) => {
            line(
                "decision",
                &format!(
                    "the police's instruction {} by {}, {}; case {}",
                    d.reference, d.by, d.date, d.case
                ),
            )?;
        }
        Some(GallringDecision::Own(d)) => {
            line(
                "decision",
                &format!("{} {}, {}, {}", d.by, d.date, d.paragraph, d.reference),
            )?;
        }
        None => {}
    }
    if let (Some(at), Some(by)) = (row.executed, &row.executor) {
        line("executed", &format!("{} by {by}", local_time(at)))?;
    }
    if let Some(end) = &row.withdrawn {
        line(
            "withdrawn",
            &format!("{} by {}: {}", local_time(end.at), end.by, end.reason),
        )?;
    }
    Ok(())
}

const COLUMNS: [&str; 10] = [
    "Handling",
    "Slag",
    "Konto",
    "Tidpunkt",
    "Handlingstyp",
    "Rad i planen",
    "Plan säger",
    "Förfaller",
    "Adress",
    "Läge",
];

fn lines(
    args: &Show,
    row: &GallringRow,
    catalog: &Catalog,
    plans: &[ListPlan],
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let today = local_date((context.around.now)());
    let mut stream = output.stream();
    let mut csv = match args.csv {
        true => Some(CsvFile::begin(output.stream())?),
        false => None,
    };
    if let Some(file) = &mut csv {
        file.line(COLUMNS.map(str::to_owned))?;
    }
    let place = row.question.place;
    let mut write = |data: Value, cells: [String; 10]| -> Result<(), Error> {
        let cells = cells.map(|c| one_line(&c));
        match (&mut csv, output.is_json()) {
            (Some(file), _) => file.line(cells)?,
            (_, true) => writeln!(stream, "{data}")?,
            _ => writeln!(stream, "{}", cells.join("  ").trim_end())?,
        }
        Ok(())
    };
    if is_open(row) {
        let asked = &row.question;
        catalog.for_each_due::<Error>(&row.committee, asked, today, false, |due, hinders| {
            if !hinders.is_empty() {
                return Ok(ControlFlow::Continue(()));
            }
            let (id, kind) = match due.line.what {
                Listed::Record(id) => (id.to_string(), due.kind.map_or("", |k| k.as_str())),
                Listed::Page(id) => (id.to_string(), "page-capture"),
            };
            let of = due.row.map(|r| &r.row);
            let at: Option<chrono::DateTime<chrono::Utc>> = due.at.and_then(|at| at.parse().ok());
            let said = due.row.map(|r| r.fate(place)).unwrap_or_default();
            let data = json!({ "id": id, "kind": kind, "account": due.account, "at": at,
                "handlingstyp": of.map(|r| &r.handlingstyp), "row": of.map(|r| r.id.as_str()),
                "fate": said, "due": due.line.due, "address": null, "state": row.state });
            write(
                data,
                [
                    id,
                    kind.to_owned(),
                    due.account.to_owned(),
                    at.map(local_time).unwrap_or_default(),
                    of.map(|r| r.handlingstyp.clone()).unwrap_or_default(),
                    of.map(|r| r.id.to_string()).unwrap_or_default(),
                    said,
                    due.line.due.map(|d| d.to_string()).unwrap_or_default(),
                    String::new(),
                    row.state.to_string(),
                ],
            )?;
            Ok(ControlFlow::Continue(()))
        })?;
    } else {
        let sees_all = context.rights.restricted().includes(&row.committee);
        catalog.for_each_written_down::<Error>(row.id, |mut line| {
            if !sees_all && line.visibility.is_some_and(|seen| seen.is_restricted()) {
                line.address = None;
            }
            let (data, cells) = written(&line, plans, place);
            write(data, cells)
        })?;
    }
    if let Some(file) = csv {
        file.finish()?.flush()?;
    }
    stream.flush()?;
    Ok(Exit::Done)
}

fn written(line: &WrittenLine, plans: &[ListPlan], place: Place) -> (Value, [String; 10]) {
    let of = line.row.as_ref().and_then(|(plan, id)| {
        let plan = plans.iter().find(|p| p.sha256 == *plan)?;
        plan.rows.iter().find(|r| r.row.id == *id)
    });
    let (state, told) = match &line.state {
        LineState::ToDo => ("to-do", String::new()),
        LineState::Done { at, by } => ("done", format!("{} {by}", local_time(*at))),
        LineState::Confirmed { at } => ("confirmed", local_time(*at)),
    };
    let said = of.map(|r| r.fate(place)).unwrap_or_default();
    let data = json!({ "id": line.record, "kind": line.kind, "account": line.account, "at": line.published,
        "handlingstyp": of.map(|r| &r.row.handlingstyp), "row": of.map(|r| r.row.id.as_str()), "fate": said,
        "due": null, "address": line.address, "state": state });
    let cells = [
        line.record.to_string(),
        line.kind.to_string(),
        line.account.to_string(),
        line.published.map(local_time).unwrap_or_default(),
        of.map(|r| r.row.handlingstyp.clone()).unwrap_or_default(),
        of.map(|r| r.row.id.to_string()).unwrap_or_default(),
        said,
        String::new(),
        line.address.clone().unwrap_or_default(),
        format!("{state} {told}").trim().to_owned(),
    ];
    (data, cells)
}
