//! `arkivd record`: lists records, shows one, and notes what they are.

mod classify;
mod disclosed;
mod explain;
mod history;
mod mark;
mod stub;

use std::io::{self, Write as _};

use chrono::{Days, NaiveDate};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::output::{Exit, Output, one_line, printable, shorten, value};
use super::{Context, Error, delivery};
use crate::calendar::{day_begins, local_time};
use crate::catalog::{
    Classification, DocumentNumber, ExportRow, InDisclosure, MarkKind, QuestionMark, RecordBasis,
    RecordDetails, RecordFilter, RecordLine, RecordMark, Restricted, VersionRow,
};
use crate::record::{AccountId, Kind, RecordId};
use crate::retention::RowId;
pub(super) use classify::{demand, unread};

#[derive(Debug, Subcommand)]
pub(super) enum Record {
    /// List records, newest first; with --json a record a line
    List(List),
    /// Show one record with its versions and where they are held
    Show { id: RecordId },
    /// What a record has said, how it changed, and when it went
    History { id: RecordId },
    /// What records are by the plan: by hand, from a file, or by rules; and why
    Classify(classify::Classify),
    /// What a plan waits for: records are no longer current, or were registered
    Mark(mark::Mark),
    /// On what legal basis records with personal data are published
    Basis(mark::NoteBasis),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Only of this account
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// Only of this kind
    #[arg(long, value_enum)]
    kind: Option<KindArgument>,
    /// Published on this day or later, such as 2026-11-21
    #[arg(long, value_name = "DAY")]
    from: Option<NaiveDate>,
    /// Published on this day or earlier
    #[arg(long, value_name = "DAY")]
    to: Option<NaiveDate>,
    /// Only records that the last complete reading did not show
    #[arg(long)]
    not_seen: bool,
    /// Only records that may be the same as one that came in another way, and were kept apart
    #[arg(long)]
    ambiguous: bool,
    /// Only records that are not classified, and are kept until they are
    #[arg(long, conflicts_with = "row")]
    unclassified: bool,
    /// Only records of this row of their plan
    #[arg(long, value_name = "ID")]
    row: Option<RowId>,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum KindArgument {
    Post,
    Page,
    Comment,
    Message,
}

impl From<KindArgument> for Kind {
    fn from(kind: KindArgument) -> Self {
        match kind {
            KindArgument::Post => Self::Post,
            KindArgument::Page => Self::Page,
            KindArgument::Comment => Self::Comment,
            KindArgument::Message => Self::Message,
        }
    }
}

impl Record {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "record list",
            Self::Show { .. } => "record show",
            Self::History { .. } => "record history",
            Self::Classify(_) => "record classify",
            Self::Mark(_) => "record mark",
            Self::Basis(_) => "record basis",
        }
    }

    pub(super) fn writes(&self) -> bool {
        match self {
            Self::List(_) | Self::Show { .. } | Self::History { .. } => false,
            Self::Classify(args) => args.writes(),
            Self::Mark(_) | Self::Basis(_) => true,
        }
    }

    /// The files it reads, for who runs it in the daemon.
    pub(super) fn to_send(&self) -> Vec<(String, std::fs::File)> {
        match self {
            Self::Classify(args) => args.to_send(),
            _ => Vec::new(),
        }
    }
}

pub(super) fn run(command: &Record, context: &Context, output: &Output) -> Result<Exit, Error> {
    match command {
        Record::List(args) => list(args, context, output),
        Record::Show { id } => show(*id, context, output),
        Record::History { id } => history::history(*id, context, output),
        Record::Classify(args) => classify::run(args, context, output),
        Record::Mark(args) => mark::mark(args, context, output),
        Record::Basis(args) => mark::basis(args, context, output),
    }
}

fn list(args: &List, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    let filter = RecordFilter {
        account: args.account.clone(),
        kind: args.kind.map(Kind::from),
        from: args.from.map(day_begins),
        until: args
            .to
            .and_then(|day| day.checked_add_days(Days::new(1)))
            .map(day_begins),
        not_seen: args.not_seen,
        ambiguous: args.ambiguous,
        unclassified: args.unclassified,
        row: args.row.clone(),
        restricted: context.rights.restricted(),
        limit: args.limit,
    };
    if let Some(account) = &args.account
        && archive.catalog().account(account)?.is_none()
    {
        return Err(crate::catalog::Error::NoAccount(account.clone()).into());
    }
    let mut out = output.stream();
    let mut listed = 0u64;
    archive.catalog().for_each_record::<Error>(&filter, |r| {
        listed += 1;
        if output.is_json() {
            serde_json::to_writer(&mut out, &line_json(&r)).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            write_line(&r, &mut out)?;
        }
        Ok(())
    })?;
    out.flush()?;
    if listed == 0 && !output.is_json() {
        output.hint("no record matches; `arkivd account list` shows the accounts and how many records each has");
    }
    Ok(Exit::Done)
}

fn write_line(r: &RecordLine, out: &mut dyn io::Write) -> io::Result<()> {
    let published = r.published.map_or_else(|| "no date".to_owned(), local_time);
    let mut marks = String::new();
    if r.versions > 1 {
        marks.push_str(&format!(" v{}", r.versions));
    }
    if r.visibility.is_restricted() {
        marks.push_str(&format!(" {}", r.visibility));
    }
    if r.not_seen {
        marks.push_str(" not seen");
    }
    let marks = if marks.is_empty() {
        String::new()
    } else {
        format!("[{}] ", marks.trim())
    };
    let text = match (&r.title, &r.author) {
        (Some(title), _) => title.clone(),
        (None, Some(author)) => format!("{author}: {}", r.text),
        (None, None) => r.text.clone(),
    };
    writeln!(
        out,
        "{published:<16}  {:<7}  {:<16}  {}  {marks}{}",
        r.kind.as_str(),
        r.account.as_str(),
        r.record,
        shorten(&text, 72)
    )
}

fn line_json(r: &RecordLine) -> Value {
    json!({ "record": r.record, "account": r.account, "kind": r.kind, "published": r.published, "versions": r.versions,
            "visibility": r.visibility, "author": r.author, "title": r.title, "text": r.text, "not_seen": r.not_seen })
}

fn show(id: RecordId, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    if let Some(gone) = stub::Gone::of(id, &archive)? {
        return gone.show(context, output);
    }
    let mut details = archive.catalog().record(id)?;
    let known = {
        let catalog = archive.catalog();
        KnownOf {
            question: catalog.question_mark(id)?,
            classification: catalog.classification(id)?,
            marks: catalog.marks(id)?,
            basis: catalog.basis(id)?,
            documents: catalog.document_numbers(id)?,
            exports: catalog.exports_of(id)?,
            delivered: delivery::received(&catalog, id)?,
            disclosures: catalog.disclosures_of(id)?,
        }
    };
    let may = match context.rights.restricted() {
        // Who was handed a case reads its records (VAR-3).
        Restricted::Of(of) if archive.catalog().is_routed_to(id, &of)? => Restricted::All,
        may => may,
    };
    hide_restricted(&mut details, &may)?;
    output.report(&details_json(&details, &known), &[], |out| {
        write_details(&details, &known, out)
    })?;
    Ok(Exit::Done)
}

/// What people and plans say of a record.
struct KnownOf {
    question: Option<QuestionMark>,
    classification: Option<Classification>,
    marks: Vec<RecordMark>,
    basis: Option<RecordBasis>,
    documents: Vec<DocumentNumber>,
    exports: Vec<ExportRow>,
    /// The delivery that the arkivmyndighet received it in.
    delivered: Option<ExportRow>,
    disclosures: Vec<InDisclosure>,
}

/// Leaves what the caller may read.
fn hide_restricted(details: &mut RecordDetails, may: &Restricted) -> Result<(), Error> {
    if may.includes(&details.committee) {
        return Ok(());
    }
    if details.line.visibility.is_restricted() {
        return Err(Error::Restricted(details.line.record));
    }
    details.versions.retain(|v| !v.visibility.is_restricted());
    Ok(())
}

fn write_details(d: &RecordDetails, known: &KnownOf, out: &mut dyn io::Write) -> io::Result<()> {
    let mut line = |name: &str, text: &str| writeln!(out, "{name:<11}{}", one_line(text));
    line("record", &d.line.record.to_string())?;
    line("account", d.line.account.as_str())?;
    line("committee", &d.committee)?;
    line("kind", d.line.kind.as_str())?;
    line(
        "published",
        &d.line
            .published
            .map_or_else(|| "no date".to_owned(), local_time),
    )?;
    if let Some(permalink) = &d.permalink {
        line("address", permalink)?;
    }
    if let Some(parent) = d.parent {
        line("answers", &parent.to_string())?;
    }
    for (door, native) in &d.native {
        line("known as", &format!("{native} ({door})"))?;
    }
    for other in &d.may_be {
        line("may be", &format!("the same as {other}, and kept apart"))?;
    }
    if let Some(missed) = d.first_missed {
        line(
            "not seen",
            &format!("since {} (absence is not removal)", local_time(missed)),
        )?;
    }
    if let Some(mark) = &known.question {
        let reference = mark.reference.as_deref().unwrap_or_default();
        let told = format!("{} {reference}", mark.state.as_str());
        line(
            "question",
            &format!("{} ({}, {})", told.trim(), local_time(mark.at), mark.actor),
        )?;
    }
    line("row", &told_row(known.classification.as_ref()))?;
    for mark in &known.marks {
        let what = match (mark.what, &mark.value) {
            (MarkKind::Registered, Some(number)) => {
                format!("registered {}", told_number(number, &known.documents))
            }
            (what, _) => what.as_str().to_owned(),
        };
        line("marked", &format!("{what}, {} ({})", mark.day, mark.actor))?;
    }
    if let Some(basis) = &known.basis {
        let note = basis.note.as_deref().unwrap_or_default();
        line("basis", &format!("{} {note}", basis.basis.swedish()))?;
    }
    for export in &known.exports {
        line("exported", &super::export::told(export))?;
    }
    if let Some(delivered) = &known.delivered {
        line("delivered", &delivery::received_told(delivered))?;
    }
    for disclosure in &known.disclosures {
        line("disclosure", &disclosed::told(disclosure))?;
    }
    for v in &d.versions {
        write_version(v, out)?;
    }
    Ok(())
}

/// A diarienummer, with the record's number within it.
fn told_number(number: &str, documents: &[DocumentNumber]) -> String {
    let document = documents.iter().rfind(|d| d.registered == number);
    let document = document.map(|d| format!(", handling {}", d.number));
    format!("{number}{}", document.unwrap_or_default())
}

fn told_row(classification: Option<&Classification>) -> String {
    let Some(c) = classification else {
        return "none: not classified, and kept".to_owned();
    };
    let by = match (&c.follows, &c.rule) {
        (Some(head), _) => format!("as the thread of {head}"),
        (None, Some(rule)) => format!("by rule {rule}"),
        (None, None) => format!("by {}", c.actor),
    };
    let day = |name: &str, day: Option<NaiveDate>| {
        day.map_or_else(String::new, |day| format!("; {name} from {day}"))
    };
    let (medium, archive) = (day("medium", c.medium_due), day("archive", c.due));
    format!("{} (plan {}), {by}{medium}{archive}", c.row, c.plan)
}

fn write_version(v: &VersionRow, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(
        out,
        "\nversion {} ({}), seen {} to {}",
        v.number,
        v.visibility,
        local_time(v.first_seen),
        local_time(v.last_seen)
    )?;
    if let Some(edited) = v.edited {
        writeln!(out, "  changed on the platform {}", local_time(edited))?;
    }
    writeln!(out, "  SHA-256 {}", v.digest)?;
    for (bag, file, page) in &v.held {
        let page = page.map_or_else(String::new, |p| format!(", page {p}"));
        writeln!(out, "  held in bag {bag}, {file}{page}")?;
    }
    writeln!(out)?;
    if let Some(author) = &v.content.author {
        writeln!(out, "  {}", one_line(&author.name))?;
    }
    if let Some(title) = &v.content.title {
        writeln!(out, "  {}", one_line(title))?;
    }
    for text in printable(&v.content.plain_text()).lines() {
        writeln!(out, "  {text}")?;
    }
    Ok(())
}

fn details_json(d: &RecordDetails, known: &KnownOf) -> Value {
    let versions: Vec<Value> = d
        .versions
        .iter()
        .map(|v| {
            let held: Vec<Value> = v
                .held
                .iter()
                .map(|(bag, file, page)| json!({ "bag": bag, "file": file, "page": page }))
                .collect();
            json!({ "version": v.number, "door": v.door, "content_sha256": v.digest, "visibility": v.visibility, "edited": v.edited,
                    "first_seen": v.first_seen, "last_seen": v.last_seen, "first_capture": v.first_capture,
                    "held": held, "content": v.content })
        })
        .collect();
    let known_as: Vec<Value> = d
        .native
        .iter()
        .map(|(door, native)| json!({ "door": door, "native_id": native }))
        .collect();
    let mut json = line_json(&d.line);
    if let Value::Object(fields) = &mut json {
        fields.insert("committee".to_owned(), value(&d.committee));
        fields.insert("permalink".to_owned(), value(&d.permalink));
        fields.insert("parent".to_owned(), value(&d.parent));
        fields.insert("may_be".to_owned(), value(&d.may_be));
        fields.insert("known_as".to_owned(), value(&known_as));
        fields.insert("first_missed".to_owned(), value(&d.first_missed));
        let row = known.classification.as_ref();
        let row = row.map(explain::classification_json);
        fields.insert("classification".to_owned(), value(&row));
        fields.insert("marks".to_owned(), value(&known.marks));
        fields.insert("basis".to_owned(), value(&known.basis));
        fields.insert("documents".to_owned(), value(&known.documents));
        let exports = known.exports.iter().map(super::export::brief_json);
        fields.insert("exports".to_owned(), exports.collect());
        let delivered = known.delivered.as_ref().map(delivery::received_json);
        fields.insert("delivered".to_owned(), value(&delivered));
        fields.insert("disclosures".to_owned(), value(&known.disclosures));
        fields.insert("history".to_owned(), value(&versions));
    }
    json
}
