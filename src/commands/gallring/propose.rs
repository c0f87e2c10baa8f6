//! `arkivd gallring propose`: the list of what is due, as counts and a digest.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::Propose;
use crate::calendar::local_date;
use crate::commands::committee;
use crate::commands::output::{Exit, Output, Table, counted, one_line, value};
use crate::commands::{Context, Error};
use crate::retention::{Decided, Place, Question};
use crate::workflow::{KeptSum, Look, RowSum, propose_gallring};

pub(super) fn run(args: &Propose, context: &Context, output: &Output) -> Result<Exit, Error> {
    let today = local_date((context.around.now)());
    let question = Question {
        place: args.place.into(),
        until: args.until.unwrap_or(today),
        rows: args.row.clone(),
        records: args.record.clone(),
        pages: args.pages,
    };
    context.rights.demand_committee(&args.committee)?;
    let made = |archive: &crate::workflow::Archive| -> Result<_, Error> {
        committee::demand_known(&archive.catalog(), &args.committee)?;
        let around = &context.around;
        let (committee, dry_run) = (&args.committee, args.dry_run);
        Ok(propose_gallring(
            archive, committee, &question, dry_run, around,
        )?)
    };
    let proposed = match args.dry_run {
        true => made(&context.read()?)?,
        false => made(&*context.write()?)?,
    };
    let look = &proposed.look;
    let mut data = look_json(look, question.place);
    if let Some(data) = data.as_object_mut() {
        data.insert("id".to_owned(), value(&proposed.id));
        data.insert("committee".to_owned(), json!(args.committee));
        data.insert("question".to_owned(), value(&question));
        data.insert("dry_run".to_owned(), json!(args.dry_run));
    }
    output.report(&data, &proposed.warnings, |out| {
        let what = match (&proposed.id, args.dry_run) {
            (Some(id), _) => format!("gallring {id} is proposed"),
            (None, true) => "look ahead: nothing is proposed".to_owned(),
            (None, false) => "nothing is due, and nothing is proposed".to_owned(),
        };
        writeln!(out, "{what}")?;
        writeln!(out, "committee  {}", one_line(&args.committee))?;
        writeln!(out, "place      {}", question.place)?;
        writeln!(out, "due until  {}", question.until)?;
        write_look(look, question.place, out)
    })?;
    if let Some(id) = proposed.id {
        let digest = look.sum.digest;
        output.hint(&format!(
            "read it: arkivd gallring show {id} --lines; then who is gallringsansvarig approves it: arkivd gallring approve {id} --digest {digest} --by NAME"
        ));
    }
    Ok(Exit::Done)
}

/// The counts of a list, in JSON.
pub(super) fn look_json(look: &Look, place: Place) -> Value {
    let row = |sum: &RowSum| {
        let row = sum.row.as_ref();
        json!({
            "row": row.map(|r| r.row.id.as_str()),
            "plan": row.map(|r| r.plan),
            "decided": row.map(|r| decided(r.decided)),
            "handlingstyp": row.map(|r| &r.row.handlingstyp),
            "fate": row.map(|r| r.fate(place)),
            "authority": row.and_then(|r| r.row.authority.as_ref()),
            "inquiry": row.and_then(|r| r.row.inquiry.as_ref()),
            "records": sum.records, "pages": sum.pages,
            "from": sum.from, "to": sum.to, "first_due": sum.first_due, "last_due": sum.last_due,
        })
    };
    let kept = |sum: &KeptSum| {
        json!({ "why": sum.hinder.as_str(), "what": sum.hinder.to_string(), "told": sum.told,
            "records": sum.records, "pages": sum.pages })
    };
    json!({
        "records": look.sum.records, "pages": look.sum.pages, "digest": look.sum.digest,
        "rows": look.rows.iter().map(row).collect::<Vec<_>>(),
        "kept_records": look.kept_records, "kept_pages": look.kept_pages,
        "kept": look.kept.iter().map(kept).collect::<Vec<_>>(),
    })
}

fn decided(decided: Decided) -> &'static str {
    match decided {
        Decided::Yes => "yes",
        Decided::No => "no",
        Decided::NotYet => "not-yet",
        Decided::Past => "past",
    }
}

/// `1 record, 2 page captures`.
pub(super) fn held(records: u64, pages: u64) -> String {
    let records = counted(records, "record");
    format!("{records}, {}", counted(pages, "page capture"))
}

/// The counts of a list, for people.
pub(super) fn write_look(look: &Look, place: Place, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digest     {}", look.sum.digest)?;
    writeln!(
        out,
        "on it      {}; kept from it: {}",
        held(look.sum.records, look.sum.pages),
        held(look.kept_records, look.kept_pages)
    )?;
    if !look.rows.is_empty() {
        writeln!(out)?;
        let mut table = Table::new(&[
            "row",
            "records",
            "pages",
            "from",
            "to",
            "due",
            "why",
            "handlingstyp",
        ]);
        for sum in &look.rows {
            let day =
                |day: Option<chrono::NaiveDate>| day.map(|d| d.to_string()).unwrap_or_default();
            let due = match (sum.first_due, sum.last_due) {
                (Some(first), Some(last)) if first != last => format!("{first} - {last}"),
                (first, _) => day(first),
            };
            let row = sum.row.as_ref();
            table.row([
                row.map_or_else(|| "-".to_owned(), |r| r.row.id.to_string()),
                sum.records.to_string(),
                sum.pages.to_string(),
                day(sum.from),
                day(sum.to),
                due,
                row.map_or_else(|| "a decision of its own".to_owned(), |r| r.fate(place)),
                row.map(|r| r.row.handlingstyp.clone()).unwrap_or_default(),
            ]);
        }
        table.write(out)?;
    }
    if !look.kept.is_empty() {
        writeln!(out, "\nkept from it:")?;
        for kept in &look.kept {
            let told = kept
                .told
                .as_deref()
                .map(|told| format!(" ({})", one_line(told)));
            writeln!(
                out,
                "  {}: {}{}",
                held(kept.records, kept.pages),
                one_line(&kept.hinder.to_string()),
                told.unwrap_or_default()
            )?;
        }
    }
    write_inquiries(look, out)
}

/// What the gallringsutredning answers for each row.
fn write_inquiries(look: &Look, out: &mut dyn Write) -> io::Result<()> {
    for row in look.rows.iter().filter_map(|sum| sum.row.as_ref()) {
        writeln!(out, "\ngallringsutredning, row {}:", row.row.id)?;
        let Some(inquiry) = &row.row.inquiry else {
            writeln!(
                out,
                "  the plan answers none of the four questions for this row"
            )?;
            continue;
        };
        for (what, answer) in [
            ("rättskipning", &inquiry.rattskipning),
            ("verksamhet", &inquiry.verksamhet),
            ("forskning", &inquiry.forskning),
            ("kulturarv", &inquiry.kulturarv),
        ] {
            writeln!(out, "  {what:<13} {}", one_line(answer))?;
        }
    }
    Ok(())
}
