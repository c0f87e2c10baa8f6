//! `arkivd consent`: who agreed to be shown, and what is to be taken down when they agree no longer (VAR-7, FAL-10).

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::context::to_send;
use super::output::{Exit, Output, Table, one_line, value};
use super::record::unread;
use super::{Context, Error};
use crate::catalog::{Because, Consent as Kept, TakeDown};
use crate::export::Unfinished;
use crate::record::{AccountId, RecordId};
use crate::workflow::{self, Archive, ConsentRequest, add_consent, withdraw_consent};

/// A signed form is not larger.
const MOST_BYTES: u64 = 20 << 20;

#[derive(Debug, Subcommand)]
pub(super) enum Consent {
    /// Keep a consent
    Add(Add),
    /// It is withdrawn: finds what is to be taken down in every channel; asked again it finds what has come since
    Withdraw {
        /// The consent's number
        #[arg(value_name = "N")]
        number: i64,
        /// The day it was withdrawn [default: today]
        #[arg(long, value_name = "DATE")]
        date: Option<NaiveDate>,
    },
    /// A person has taken posts down
    TakenDown {
        #[arg(value_name = "N")]
        number: i64,
        #[arg(required = true, value_name = "REC")]
        records: Vec<RecordId>,
    },
    /// The register, the newest first
    List {
        /// What is still to be taken down, without names
        #[arg(long, conflicts_with = "record")]
        to_take_down: bool,
        /// Only those that name this record
        #[arg(long, value_name = "REC")]
        record: Option<RecordId>,
    },
    /// One consent
    Show {
        #[arg(value_name = "N")]
        number: i64,
        /// Write its signed form to this file, which must not exist
        #[arg(short, long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Take a consent out of the register, for ever
    Forget {
        #[arg(value_name = "N")]
        number: i64,
    },
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// Who consents, or for whom a guardian does
    #[arg(long, value_name = "NAME")]
    person: String,
    /// The records that show the person
    #[arg(long, value_name = "REC", num_args = 1.., required_unless_present = "account")]
    record: Vec<RecordId>,
    /// All that is published on this account
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// The day it was given
    #[arg(long, value_name = "DATE")]
    given: NaiveDate,
    /// The signed form: it is kept in the catalog until the consent is forgotten
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Where the signed paper is
    #[arg(long, value_name = "TEXT")]
    kept_at: Option<String>,
    /// Who consented in the person's stead
    #[arg(long, value_name = "NAME")]
    guardian: Option<String>,
    /// The person's age in years, where the policy asks for a guardian below one; it is not kept
    #[arg(long, value_name = "YEARS")]
    age: Option<u32>,
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

impl Consent {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Add(_) => "consent add",
            Self::Withdraw { .. } => "consent withdraw",
            Self::TakenDown { .. } => "consent taken-down",
            Self::List { .. } => "consent list",
            Self::Show { .. } => "consent show",
            Self::Forget { .. } => "consent forget",
        }
    }

    pub(super) fn writes(&self) -> bool {
        !matches!(self, Self::List { .. } | Self::Show { .. })
    }

    /// True where names are shown, or a consent goes.
    pub(super) fn names(&self) -> bool {
        matches!(
            self,
            Self::Show { .. }
                | Self::List {
                    to_take_down: false,
                    ..
                }
        )
    }

    pub(super) fn forgets(&self) -> bool {
        matches!(self, Self::Forget { .. })
    }

    /// The file it reads, for who runs it in the daemon.
    pub(super) fn to_send(&self) -> Vec<(String, File)> {
        match self {
            Self::Add(add) => to_send(add.file.clone()),
            _ => Vec::new(),
        }
    }

    /// The file it writes.
    pub(super) fn out(&self) -> Option<&Path> {
        match self {
            Self::Show { out, .. } => out.as_deref(),
            _ => None,
        }
    }
}

pub(super) fn run(command: &Consent, context: &Context, output: &Output) -> Result<Exit, Error> {
    match command {
        Consent::Add(add) => keep(add, context, output),
        Consent::Withdraw { number, date } => withdraw(*number, *date, context, output),
        Consent::TakenDown { number, records } => taken_down(*number, records, context, output),
        Consent::List {
            to_take_down: true, ..
        } => work_list(context, output),
        Consent::List { record, .. } => list(*record, context, output),
        Consent::Show { number, out } => show(*number, out.as_deref(), context, output),
        Consent::Forget { number } => forget(*number, context, output),
    }
}

fn keep(add: &Add, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    super::record::demand(&archive, &add.record, context)?;
    let committee = committee_of(&archive, add)?;
    context.rights.demand_committee(&committee)?;
    let file = add
        .file
        .as_deref()
        .map(|path| read(path, context))
        .transpose()?;
    let name = add.file.as_deref().and_then(Path::file_name);
    let name = name.map(|name| name.to_string_lossy().into_owned());
    let request = ConsentRequest {
        person: &add.person,
        guardian: add.guardian.as_deref(),
        age: add.age,
        given: add.given,
        kept_at: add.kept_at.as_deref(),
        file: name.as_deref().zip(file.as_deref()),
        account: add.account.as_ref(),
        records: &add.record,
        note: add.note.as_deref(),
    };
    let number = add_consent(
        &archive,
        &context.policy()?,
        &committee,
        &request,
        &context.around,
    )?;
    output.report(
        &json!({ "consent": number, "committee": committee }),
        &[],
        |out| writeln!(out, "consent {number} is kept"),
    )?;
    Ok(Exit::Done)
}

/// The committee of all that it names: one consent never stands for two.
fn committee_of(archive: &Archive, add: &Add) -> Result<String, Error> {
    let catalog = archive.catalog();
    let mut committees = std::collections::BTreeSet::new();
    if let Some(account) = &add.account {
        let known = catalog.account(account)?;
        let known = known.ok_or_else(|| crate::catalog::Error::NoAccount(account.clone()))?;
        committees.insert(known.committee);
    }
    for record in &add.record {
        committees.insert(catalog.whose(*record)?.0);
    }
    let mut all = committees.into_iter();
    match (all.next(), all.next()) {
        (Some(one), None) => Ok(one),
        (one, other) => Err(Error::Argument {
            what: "committees",
            value: [one, other]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(", "),
            problem: "one consent is kept by one committee",
            hint: "add a consent for each committee's records",
        }),
    }
}

fn read(path: &Path, context: &Context) -> Result<Vec<u8>, Error> {
    let fault = |source| unread(path, source);
    let mut bytes = Vec::new();
    let file = context.file_to_read(path).map_err(fault)?;
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(fault)?;
    match bytes.len() as u64 {
        n if n == 0 || n > MOST_BYTES => Err(Error::Argument {
            what: "file",
            value: path.display().to_string(),
            problem: "it is empty, or larger than 20 MB",
            hint: "bring the signed form as a PDF or a picture",
        }),
        _ => Ok(bytes),
    }
}

/// The consent, when the caller's roles hold for its committee.
fn held(archive: &Archive, number: i64, context: &Context) -> Result<Kept, Error> {
    let consent = archive.catalog().consent(number)?;
    context.rights.demand_committee(&consent.committee)?;
    Ok(consent)
}

fn withdraw(
    number: i64,
    date: Option<NaiveDate>,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.write()?;
    held(&archive, number, context)?;
    let done = withdraw_consent(&archive, number, date, &context.around)?;
    let open = archive.catalog().to_take_down(Some(number))?;
    let data = json!({ "consent": number, "withdrawn": done.withdrawn, "found": done.found.len(),
        "to_take_down": lines(&open, context) });
    output.report(&data, &[], |out| {
        writeln!(
            out,
            "consent {number} is withdrawn since {}",
            done.withdrawn
        )?;
        match open.len() {
            0 => writeln!(out, "nothing that is known of is to be taken down"),
            n => {
                writeln!(
                    out,
                    "{n} to take down; what the archive holds follows the plan"
                )?;
                table(&open, context).write(out)
            }
        }
    })?;
    if !open.is_empty() {
        output.hint(&format!(
            "when it is down: arkivd consent taken-down {number} REC..; also pictures that look like it, and shares by others, are for a person to look for"
        ));
    }
    Ok(Exit::Done)
}

fn taken_down(
    number: i64,
    records: &[RecordId],
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.write()?;
    held(&archive, number, context)?;
    let at = (context.around.now)();
    archive
        .catalog()
        .taken_down(number, records, &context.around.actor, at)?;
    let left = archive.catalog().to_take_down(Some(number))?.len();
    let data = json!({ "consent": number, "records": records, "left": left });
    output.report(&data, &[], |out| {
        writeln!(out, "{} noted as taken down; {left} left", records.len())
    })?;
    Ok(Exit::Done)
}

fn work_list(context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    archive.catalog().check_reports()?;
    let open = archive.catalog().to_take_down(None)?;
    let data = json!({ "to_take_down": lines(&open, context) });
    output.report(&data, &[], |out| table(&open, context).write(out))?;
    Ok(Exit::Done)
}

/// What the caller's roles hold for.
fn served<'t>(all: &'t [TakeDown], context: &Context) -> impl Iterator<Item = &'t TakeDown> {
    all.iter().filter(|t| context.rights.serves(&t.committee))
}

fn lines(all: &[TakeDown], context: &Context) -> Vec<Value> {
    served(all, context).map(value).collect()
}

fn table(all: &[TakeDown], context: &Context) -> Table {
    let mut table = Table::new(&["consent", "account", "kind", "why", "record", "address"]);
    for t in served(all, context) {
        table.row([
            t.consent.to_string(),
            t.account.to_string(),
            t.kind.to_string(),
            why(t.why).to_owned(),
            t.record.to_string(),
            t.permalink.clone().unwrap_or_default(),
        ]);
    }
    table
}

fn why(because: Because) -> &'static str {
    match because {
        Because::Named => "named",
        Because::SameWords => "same words",
        Because::SameMedia => "same media",
        Because::NameInText => "name in text",
    }
}

fn list(record: Option<RecordId>, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    archive.catalog().check_reports()?;
    let all = archive
        .catalog()
        .consents(&context.rights.restricted(), record)?;
    output.report(&json!({ "consents": all }), &[], |out| {
        let mut table = Table::new(&[
            "n",
            "person",
            "given",
            "withdrawn",
            "to take down",
            "for",
            "committee",
        ]);
        for c in &all {
            let of = match (&c.account, c.records.len()) {
                (Some(account), 0) => account.to_string(),
                (Some(account), n) => format!("{account}, {n} records"),
                (None, 1) => "1 record".to_owned(),
                (None, n) => format!("{n} records"),
            };
            table.row([
                c.consent.to_string(),
                c.person.clone(),
                c.given.to_string(),
                c.withdrawn.map_or_else(String::new, |day| day.to_string()),
                c.to_take_down.to_string(),
                of,
                c.committee.clone(),
            ]);
        }
        table.write(out)
    })?;
    Ok(Exit::Done)
}

fn show(
    number: i64,
    out: Option<&Path>,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.read()?;
    archive.catalog().check_reports()?;
    let consent = held(&archive, number, context)?;
    if !context.rights.restricted().includes(&consent.committee) {
        return Err(Error::Committee {
            user: context.around.actor.clone(),
            committee: consent.committee,
        });
    }
    if let Some(path) = out {
        let form = archive.catalog().consent_form(number)?;
        let form = form.ok_or(Error::Argument {
            what: "consent",
            value: number.to_string(),
            problem: "it has no signed form in the register",
            hint: "leave --out away; kept-at may say where the paper is",
        })?;
        context.note(
            "consent show",
            &format!("consent {number}"),
            &json!({ "form": true }),
        )?;
        match context.given_file()? {
            Some(mut file) => file.write_all(&form)?,
            None => {
                let place = Unfinished::begin(path).map_err(workflow::Error::from)?;
                place
                    .create()
                    .map_err(workflow::Error::from)?
                    .write_all(&form)?;
                place.finish().map_err(workflow::Error::from)?;
            }
        }
    }
    output.report(&consent, &[], |to| {
        let mut line = |name: &str, text: &str| writeln!(to, "{name:<11}{}", one_line(text));
        line("consent", &number.to_string())?;
        line("committee", &consent.committee)?;
        line("person", &consent.person)?;
        if let Some(guardian) = &consent.guardian {
            line("guardian", guardian)?;
        }
        line("given", &consent.given.to_string())?;
        if let Some(day) = consent.withdrawn {
            line(
                "withdrawn",
                &format!("{day}; {} to take down", consent.to_take_down),
            )?;
        }
        for (name, text) in [
            ("kept at", &consent.kept_at),
            ("form", &consent.file),
            ("note", &consent.note),
        ] {
            if let Some(text) = text {
                line(name, text)?;
            }
        }
        if let Some(account) = &consent.account {
            line("account", account.as_str())?;
        }
        for record in &consent.records {
            line("record", &record.to_string())?;
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn forget(number: i64, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    let consent = held(&archive, number, context)?;
    if consent.to_take_down > 0 {
        return Err(Error::Argument {
            what: "consent",
            value: number.to_string(),
            problem: "it is withdrawn, and something is still to be taken down for it",
            hint: "arkivd consent list --to-take-down; when it is down: arkivd consent taken-down N REC..",
        });
    }
    let at = (context.around.now)();
    let erased = archive
        .catalog()
        .forget_consent(number, &context.around.actor, at)?;
    let warnings: Vec<String> = match erased {
        true => Vec::new(),
        false => vec![
            "someone reads the catalog at this moment: what was forgotten stands in catalog.sqlite-wal until the next command that writes".to_owned(),
        ],
    };
    output.report(
        &json!({ "consent": number, "erased": erased }),
        &warnings,
        |out| {
            writeln!(
                out,
                "consent {number} is forgotten; backups hold it until they are replaced"
            )
        },
    )?;
    Ok(Exit::Done)
}
