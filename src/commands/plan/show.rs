//! `arkivd plan show`: the plan that holds, as an archivist reads one.

use std::io;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::super::output::{Exit, Output, one_line, printable, value};
use super::super::{Context, Error};
use super::versions::decided;
use crate::catalog::PlanInForce;
use crate::retention::{Arkivexemplar, Decided, Plan, PlanRow, Rule};

pub(super) fn run(
    committee: Option<&str>,
    day: NaiveDate,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.read()?;
    let catalog = archive.catalog();
    let committee = match committee {
        Some(committee) => {
            super::demand_known(&catalog, committee)?;
            committee.to_owned()
        }
        None => only_one(&catalog)?,
    };
    let found = catalog.plan_on(&committee, day)?;
    let mut warnings = Vec::new();
    if let Some(PlanInForce { plan, decided, .. }) = &found {
        match (decided, plan.header.valid_to) {
            (_, Some(to)) if to < day => warnings.push(format!(
                "the plan's validity was over {to}: it holds until another is loaded"
            )),
            (Decided::No, _) => {
                warnings.push("the plan is a draft: nothing is destroyed by it".to_owned());
            }
            _ => {}
        }
    }
    let data = json!({ "committee": committee, "day": day, "plan": found.as_ref().map(as_json) });
    output.report(&data, &warnings, |out| match &found {
        Some(found) => write_plan(&committee, day, found, out),
        None => writeln!(
            out,
            "{committee} har ingen plan som gäller {day}: allt bevaras."
        ),
    })?;
    if found.is_none() {
        output.hint("arkivd plan list shows what is loaded; arkivd plan load FILE loads a plan");
    }
    Ok(Exit::Done)
}

/// The committee where there is only one.
fn only_one(catalog: &crate::catalog::Catalog) -> Result<String, Error> {
    let mut known = catalog.committees()?;
    known.extend(
        catalog
            .plans(None)?
            .into_iter()
            .map(|p| p.version.committee),
    );
    let mut all = known.iter();
    match (all.next(), all.next()) {
        (Some(one), None) => Ok(one.clone()),
        _ => Err(Error::WhichCommittee {
            known: known.into_iter().collect(),
        }),
    }
}

fn as_json(found: &PlanInForce) -> Value {
    json!({ "number": found.number, "decided": decided(found.decided), "header": value(&found.plan.header),
        "rows": value(&found.plan.rows), "rules": value(&found.plan.rules) })
}

fn write_plan(
    committee: &str,
    day: NaiveDate,
    found: &PlanInForce,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let PlanInForce {
        number,
        plan,
        decided,
    } = found;
    let h = &plan.header;
    writeln!(out, "{}", one_line(&h.title))?;
    let municipality = h.municipality.as_deref().map(|m| format!(", {m}"));
    fact(
        out,
        "Nämnd",
        &format!("{committee}{}", municipality.unwrap_or_default()),
    )?;
    match &h.decision {
        Some(d) => {
            let reference = d.reference.as_deref().map(|r| format!(", dnr {r}"));
            let reference = reference.unwrap_or_default();
            fact(
                out,
                "Beslut",
                &format!("{}, {}, {}{reference}", d.by, d.date, d.paragraph),
            )?;
            if let Some(delegation) = &d.delegation {
                fact(out, "Delegation", delegation)?;
            }
        }
        None => fact(
            out,
            "Beslut",
            "inget: planen är ett utkast, och ingenting gallras",
        )?,
    }
    let ansvarig = h.gallringsansvarig.as_deref().unwrap_or("inte angiven");
    fact(out, "Gallringsansvarig", ansvarig)?;
    for (name, said) in [("Samråd", &h.samrad), ("Förvaltas av", &h.owner)] {
        if let Some(said) = said {
            fact(out, name, said)?;
        }
    }
    let from = h
        .valid_from
        .map_or("beslutet".to_owned(), |day| day.to_string());
    let to = h
        .valid_to
        .map_or("tills vidare".to_owned(), |day| format!("till {day}"));
    let past = if *decided == Decided::Past {
        " (giltighetstiden är ute)"
    } else {
        ""
    };
    let from = match (h.valid_from, &h.decision) {
        (None, None) => "från det att den laddades".to_owned(),
        _ => format!("från {from}"),
    };
    fact(out, "Giltig", &format!("{from}, {to}{past}"))?;
    fact(
        out,
        "Visas",
        &format!("plan {number}, som den gäller {day}"),
    )?;
    writeln!(out)?;
    write_rows(&plan.rows, out)?;
    write_notes(plan, out)
}

fn fact(out: &mut dyn io::Write, name: &str, said: &str) -> io::Result<()> {
    writeln!(out, "{name:18} {}", one_line(said))
}

const WIDTHS: [usize; 5] = [36, 20, 24, 28, 22];

fn write_rows(rows: &[PlanRow], out: &mut dyn io::Write) -> io::Result<()> {
    let head = [
        "Handlingstyp",
        "Mediet",
        "Arkivet",
        "Arkivexemplar",
        "Diarieföring",
    ];
    let line = WIDTHS.map(|width| "-".repeat(width)).join("  ");
    write_cells(&head.map(str::to_owned), out)?;
    writeln!(out, "{line}")?;
    for row in rows {
        let exemplar = match (row.copies.arkivexemplar, row.copies.after_registration) {
            (Arkivexemplar::Arkivd, _) => "arkivd".to_owned(),
            (Arkivexemplar::Diarium, None) => "diariet".to_owned(),
            (Arkivexemplar::Diarium, Some(fate)) => {
                format!("diariet; arkivds exemplar {fate}")
            }
        };
        let cells = [
            format!("{} [{}]", one_line(&row.handlingstyp), row.id),
            row.medium.to_string(),
            row.copies.archive.to_string(),
            exemplar,
            row.registration.clone().unwrap_or_default(),
        ];
        write_cells(&cells, out)?;
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// One row of the table; a cell takes as many lines as it needs.
fn write_cells(cells: &[String; 5], out: &mut dyn io::Write) -> io::Result<()> {
    let mut columns: Vec<std::vec::IntoIter<String>> = cells
        .iter()
        .zip(WIDTHS)
        .map(|(cell, width)| wrapped(&one_line(cell), width).into_iter())
        .collect();
    loop {
        let lines: Vec<Option<String>> = columns.iter_mut().map(Iterator::next).collect();
        if lines.iter().all(Option::is_none) {
            return Ok(());
        }
        let cells = lines.into_iter().zip(WIDTHS);
        let line: Vec<String> = cells
            .map(|(cell, width)| format!("{:width$}", cell.unwrap_or_default()))
            .collect();
        writeln!(out, "{}", line.join("  ").trim_end())?;
    }
}

/// The text in lines of at most so many characters, broken between words where that can be.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut long = 0;
    for word in text.split(' ') {
        for (n, piece) in pieces(word, width).into_iter().enumerate() {
            let wide = piece.chars().count();
            if long > 0 && (n > 0 || long + 1 + wide > width) {
                lines.push(std::mem::take(&mut line));
                long = 0;
            }
            if long > 0 {
                line.push(' ');
                long += 1;
            }
            line.push_str(&piece);
            long += wide;
        }
    }
    lines.push(line);
    lines
}

fn pieces(word: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let pieces = letters
        .chunks(width.max(1))
        .map(|piece| piece.iter().collect());
    pieces.collect()
}

/// What does not fit in a table.
fn write_notes(plan: &Plan, out: &mut dyn io::Write) -> io::Result<()> {
    for row in &plan.rows {
        let said = [
            ("", &row.description),
            ("Hanteras: ", &row.deadline),
            ("Stöd: ", &row.authority),
            ("Anmärkning: ", &row.note),
        ];
        let said: Vec<String> = said
            .iter()
            .filter_map(|(name, said)| Some(format!("{name}{}", said.as_deref()?)))
            .collect();
        let rules: Vec<String> = plan
            .rules
            .iter()
            .filter(|rule| rule.row == row.id)
            .map(rule_told)
            .collect();
        writeln!(out, "\n[{}] {}", row.id, one_line(&row.handlingstyp))?;
        for line in said {
            for line in printable(&line).lines() {
                write_wrapped(line, out)?;
            }
        }
        if let Some(inquiry) = &row.inquiry {
            for (question, answer) in [
                ("Rättskipning", &inquiry.rattskipning),
                ("Verksamhet", &inquiry.verksamhet),
                ("Forskning", &inquiry.forskning),
                ("Kulturarv", &inquiry.kulturarv),
            ] {
                let answer = if answer.is_empty() {
                    "obesvarad"
                } else {
                    answer
                };
                writeln!(
                    out,
                    "  Gallringsutredning, {question}: {}",
                    one_line(answer)
                )?;
            }
        }
        if rules.is_empty() {
            writeln!(out, "  Ingen regel: ges för hand")?;
        }
        for rule in rules {
            write_wrapped(&format!("Regel {rule}"), out)?;
        }
    }
    Ok(())
}

/// A line of notes, in as many lines as the table is wide.
fn write_wrapped(line: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let width = WIDTHS.iter().sum::<usize>();
    for (n, line) in wrapped(&one_line(line), width).iter().enumerate() {
        let indent = if n == 0 { "  " } else { "    " };
        writeln!(out, "{indent}{line}")?;
    }
    Ok(())
}

/// A rule in words.
fn rule_told(rule: &Rule) -> String {
    let mut parts = Vec::new();
    let mut list = |name: &str, items: Vec<String>| {
        if !items.is_empty() {
            parts.push(format!("{name} {}", items.join(", ")));
        }
    };
    let kinds = rule.kinds.iter().map(|kind| match kind.as_str() {
        "post" => "inlägg",
        "page" => "fasta sidor",
        "comment" => "kommentarer",
        "message" => "meddelanden",
        _ => "bilder av sidan",
    });
    list("är", kinds.map(str::to_owned).collect());
    let seen = rule.visibilities.iter().map(|seen| match seen.as_str() {
        "public" => "offentliga",
        "held" => "väntande",
        "hidden" => "dolda",
        _ => "enskilda",
    });
    list("är", seen.map(str::to_owned).collect());
    match rule.own {
        Some(true) => list("skrivna av", vec!["kommunen".to_owned()]),
        Some(false) => list("skrivna av", vec!["andra".to_owned()]),
        None => {}
    }
    list("på konto", rule.accounts.clone());
    list("med något av orden", rule.words.clone());
    list("i ärende om", rule.categories.clone());
    let all = if parts.is_empty() {
        "alla handlingar".to_owned()
    } else {
        parts.join("; ")
    };
    let thread = if rule.thread {
        "; svaren i tråden följer med"
    } else {
        ""
    };
    let reason = rule
        .reason
        .as_deref()
        .map(|r| format!(" ({r})"))
        .unwrap_or_default();
    format!("{}: {all}{thread}{reason}", rule.id)
}
