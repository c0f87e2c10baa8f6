//! Commands: arguments in, one story, report out. stdout is data, stderr is log.
//!
//! A command runs in its own process, or in the daemon for a client: the same function, with another [`Source`] to work
//! on and another [`Sink`] to write to.

mod account;
mod bar;
mod browser_worker;
mod caller;
mod chosen;
mod committee;
mod consent;
mod context;
mod crash_points;
mod delivery;
mod describe;
mod disclosure;
mod doctor;
mod error;
mod event;
mod export;
mod gallring;
mod hold;
mod import;
mod init;
mod interrupted;
mod logging;
mod output;
mod owner;
mod pdf;
mod plan;
mod question;
mod record;
mod remote;
mod removal;
mod report;
mod rights;
mod run;
mod schedule;
mod search;
mod sink;
mod snapshot;
mod snapshot_report;
mod status;
mod verify;
mod watch;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::config::System;
use crate::record::Role;
use crate::{daemon, workflow};
pub(crate) use caller::Caller;
pub(crate) use context::Lent;
use context::{Context, Source};
use error::Error;
use output::{Exit, Output};
pub(crate) use sink::Sink;

/// The exit codes that the daemon itself gives.
pub(crate) const FAILED: u8 = Exit::Failed as u8;
pub(crate) const BUSY: u8 = Exit::Busy as u8;

/// Archives a municipality's social media as public records: PDF/A with hash manifests, retention and a ledger.
#[derive(Debug, Parser)]
#[command(name = "arkivd", version, max_term_width = 100)]
struct Cli {
    /// The archive's folder
    #[arg(long, global = true, env = "ARKIVD_ARCHIVE", value_name = "DIR")]
    archive: Option<PathBuf>,
    /// Write data as JSON, and errors as JSON on stderr
    #[arg(long, global = true)]
    json: bool,
    /// How the log on stderr is written [default: journal under systemd, else human]
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<logging::LogFormat>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new archive
    Init(init::Init),
    /// The register of accounts
    #[command(subcommand)]
    Account(account::Account),
    /// Take snapshots now
    Snapshot(snapshot::Snapshot),
    /// Look now for what is new, edited, hidden or gone
    Watch(watch::Watch),
    /// Take in what people bring: screenshots, PDFs, saved pages; each becomes a record with its original
    Import(import::Import),
    /// Find and show records
    #[command(subcommand)]
    Record(record::Record),
    /// Find records and page captures by their words
    Search(Box<search::Search>),
    /// Forbidden content: from discovery to the end of the case
    #[command(subcommand)]
    Removal(removal::Removal),
    /// What became of questions that were not answered where they were asked
    #[command(subcommand)]
    Question(question::Question),
    /// Who agreed to be shown, and what is to be taken down when they agree no longer
    #[command(subcommand)]
    Consent(consent::Consent),
    /// The committees' plans: what is kept, what may go, who decided (dokumenthanteringsplan)
    #[command(subcommand)]
    Plan(plan::Plan),
    /// What editors owe: questions, activity, oversight, changes, information, alt texts; the Monday letter
    Report(report::Report),
    /// What is taken by itself, and when
    #[command(subcommand)]
    Schedule(schedule::Schedule),
    /// What may be destroyed by a decision: propose, approve, and the editors' work list
    #[command(subcommand)]
    Gallring(gallring::Gallring),
    /// What may not be destroyed for now
    #[command(subcommand)]
    Hold(hold::Hold),
    /// Verify bags, catalog and ledger
    Verify(verify::Verify),
    /// How the archive stands; exit code 5 when something needs a person
    Status,
    /// Whether all that the archive rests on is as it must be; exit code 5 when something needs a person
    Doctor,
    /// Copies that leave the archive
    #[command(subcommand)]
    Export(export::Export),
    /// To the arkivmyndighet: all records and bags of a committee in a period, and its receipt
    Delivery(delivery::Delivery),
    /// Drafts of a committee's arkivbeskrivning and arkivförteckning
    Describe(describe::Describe),
    /// Requests for public records: what is handed out, masked or withheld, and appealed (utlämnande)
    #[command(subcommand)]
    Disclosure(disclosure::Disclosure),
    /// PDF/A and PDF/UA, for any file
    #[command(subcommand)]
    Pdf(pdf::Pdf),
    /// Who did what, when
    #[command(subcommand)]
    Event(event::Event),
    /// The daemon: takes what is due, and runs the commands of others
    Run,
    /// The process that has the browser
    #[command(hide = true)]
    BrowserWorker(browser_worker::BrowserWorker),
    #[command(hide = true)]
    CrashPoints,
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    logging::start(cli.log_format);
    let output = Output::new(cli.json, cli.command.name(), Sink::Process);
    ExitCode::from(ended(by_daemon_or_here(&cli, &output), &output) as u8)
}

/// Runs the command line of a client, in the daemon; gives its exit code.
pub(crate) fn serve(argv: Vec<String>, lent: Lent, sink: Sink) -> u8 {
    let cli = match Cli::try_parse_from(argv) {
        Ok(cli) => cli,
        // The client has parsed it already, so this is not from ours.
        Err(error) => {
            let output = Output::new(false, "arkivd", sink);
            output.error(error.to_string().trim(), &[], None);
            return Exit::Usage as u8;
        }
    };
    let name = cli.command.name();
    let output = Output::new(cli.json, name, sink);
    let person = lent.caller.user();
    let broken = Arc::clone(&lent.broken);
    let begun = std::time::Instant::now();
    let result = match cli.command.place() {
        Place::Here => Err(Error::NotServed(name)),
        Place::Reads | Place::Writes => dispatch(&cli, &Source::Lent(Arc::new(lent)), &output),
    };
    if let Err(Error::Workflow(error)) = &result
        && error.needs_start_up()
    {
        tracing::error!(
            command = name,
            error = workflow::told(error),
            "the archive's disk failed"
        );
        broken.notify_one();
    }
    let exit = ended(result, &output);
    let seconds = begun.elapsed().as_secs_f64();
    tracing::info!(
        command = name,
        person,
        exit = exit as u8,
        seconds,
        "command"
    );
    exit as u8
}

/// The exit code, once what went wrong is told.
fn ended(result: Result<Exit, Error>, output: &Output) -> Exit {
    match result {
        Ok(exit) => exit,
        // A reader that has enough, such as `head`, is no failure.
        Err(Error::Output(e)) if e.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
        Err(error) => {
            output.error(
                &workflow::told(&error),
                &error.details(),
                error.hint().as_deref(),
            );
            error.exit()
        }
    }
}

/// Help and version go out as they are; a mistake is told as JSON where JSON was asked for.
fn usage(error: &clap::Error) -> ExitCode {
    let asked_for_json = std::env::args_os()
        .skip(1)
        .take_while(|arg| arg != "--")
        .any(|arg| arg == "--json");
    if !(error.use_stderr() && asked_for_json) {
        // Nobody is left to tell when the stream is gone.
        let _ = error.print();
        return ExitCode::from(if error.use_stderr() {
            Exit::Usage
        } else {
            Exit::Done
        } as u8);
    }
    let text = error.render().to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let message = lines.next().unwrap_or_default();
    let details: Vec<String> = lines
        .filter(|line| !line.starts_with("For more information"))
        .map(str::to_owned)
        .collect();
    Output::new(true, "arkivd", Sink::Process).error(
        message.strip_prefix("error: ").unwrap_or(message),
        &details,
        Some("arkivd --help"),
    );
    ExitCode::from(Exit::Usage as u8)
}

/// A command that writes goes to the daemon when one holds the archive; so does one that reads, for those who cannot
/// read the files (design 8.2).
fn by_daemon_or_here(cli: &Cli, output: &Output) -> Result<Exit, Error> {
    // A broken file of the machine's settings is what it tells.
    if let Command::Doctor = cli.command {
        return doctor::run(cli.archive.as_deref(), output);
    }
    // Files have nothing to do with the machine's settings.
    if let Command::Pdf(args) = &cli.command {
        return pdf::run(args, output);
    }
    // It knows no archive.
    if let Command::BrowserWorker(args) = &cli.command {
        return browser_worker::run(args, output);
    }
    let system = System::load()?;
    let dir = cli.archive.clone().or_else(|| system.archive.clone());
    match &cli.command {
        Command::Init(args) => return init::run(args, output),
        Command::CrashPoints => return crash_points::run(),
        Command::Verify(args) if args.is_elsewhere() => return verify::elsewhere(args, output),
        _ => {}
    }
    // A plan can be judged before there is an archive.
    if let (None, Command::Plan(args)) = (&dir, &cli.command)
        && let Some(checked) = plan::check_alone(args, output)
    {
        return checked;
    }
    let dir = dir.ok_or(Error::NoArchive)?;
    let socket = system.socket_of(&dir);
    if let Command::Run = cli.command {
        return run::run(&dir, &socket);
    }
    if cli.command.may_write_a_file() {
        interrupted::watch(cli.json, cli.command.name())?;
    }
    let asks = match cli.command.place() {
        Place::Here => false,
        Place::Writes => true,
        Place::Reads => !owner::may_read(&dir),
    };
    if asks {
        if let Some(stream) = daemon::connect(&socket).map_err(daemon::Fault::from)? {
            return remote::run(cli, stream);
        }
        if owner::is_closed(&dir) {
            return Err(Error::NoDaemon { dir, socket });
        }
    }
    dispatch(cli, &Source::Own(dir), output)
}

fn dispatch(cli: &Cli, source: &Source, output: &Output) -> Result<Exit, Error> {
    let context = Context::new(source)?;
    context
        .rights
        .demand(cli.command.name(), cli.command.roles())?;
    match &cli.command {
        Command::Account(args) => account::run(args, &context, output),
        Command::Snapshot(args) => snapshot::run(args, &context, output),
        Command::Watch(args) => watch::run(args, &context, output),
        Command::Import(args) => import::run(args, &context, output),
        Command::Record(args) => record::run(args, &context, output),
        Command::Search(args) => search::run(args, &context, output),
        Command::Removal(args) => removal::run(args, &context, output),
        Command::Question(args) => question::run(args, &context, output),
        Command::Consent(args) => consent::run(args, &context, output),
        Command::Plan(args) => plan::run(args, &context, output),
        Command::Report(args) => report::run(args, &context, output),
        Command::Schedule(args) => schedule::run(args, &context, output),
        Command::Gallring(args) => gallring::run(args, &context, output),
        Command::Hold(args) => hold::run(args, &context, output),
        Command::Verify(args) => verify::run(args, &context, output),
        Command::Status => status::run(&context, output),
        Command::Export(args) => export::run(args, &context, output),
        Command::Delivery(args) => delivery::run(args, &context, output),
        Command::Describe(args) => describe::run(args, &context, output),
        Command::Disclosure(args) => disclosure::run(args, &context, output),
        Command::Event(args) => event::run(args, &context, output),
        Command::Init(_)
        | Command::Doctor
        | Command::Pdf(_)
        | Command::Run
        | Command::BrowserWorker(_)
        | Command::CrashPoints => Err(Error::NotServed(cli.command.name())),
    }
}

/// Who may take snapshots.
const TAKES: &[Role] = &[
    Role::Archivist,
    Role::Registrar,
    Role::Editor,
    Role::Administrator,
];

/// Who looks after accounts, and answers what is asked there.
const LOOKS_AFTER: &[Role] = &[Role::Archivist, Role::Registrar, Role::Editor];

/// Where a command runs.
enum Place {
    /// Always in its own process.
    Here,
    /// In its own process, or in the daemon for those who cannot read the files.
    Reads,
    /// In the daemon when one holds the archive.
    Writes,
}

impl Command {
    /// Whether it may write a file that the user names.
    fn may_write_a_file(&self) -> bool {
        matches!(
            self,
            Self::Account(_)
                | Self::Consent(_)
                | Self::Delivery(_)
                | Self::Describe(_)
                | Self::Disclosure(_)
                | Self::Export(_)
                | Self::Gallring(_)
                | Self::Plan(_)
                | Self::Removal(_)
                | Self::Report(_)
        )
    }

    /// The command's words, as JSON and schemas name it.
    fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Account(a) => a.name(),
            Self::Snapshot(_) => "snapshot",
            Self::Watch(_) => "watch",
            Self::Import(_) => "import",
            Self::Record(r) => r.name(),
            Self::Search(_) => "search",
            Self::Removal(r) => r.name(),
            Self::Question(q) => q.name(),
            Self::Consent(c) => c.name(),
            Self::Plan(p) => p.name(),
            Self::Report(r) => r.name(),
            Self::Schedule(s) => s.name(),
            Self::Gallring(g) => g.name(),
            Self::Hold(h) => h.name(),
            Self::Verify(_) => "verify",
            Self::Status => "status",
            Self::Doctor => "doctor",
            Self::Export(e) => e.name(),
            Self::Delivery(d) => d.name(),
            Self::Describe(_) => "describe",
            Self::Disclosure(d) => d.name(),
            Self::Pdf(p) => p.name(),
            Self::Event(e) => e.name(),
            Self::Run => "run",
            Self::BrowserWorker(_) => "browser-worker",
            Self::CrashPoints => "crash-points",
        }
    }

    fn place(&self) -> Place {
        match self {
            Self::Init(_)
            | Self::Doctor
            | Self::Pdf(_)
            | Self::Run
            | Self::BrowserWorker(_)
            | Self::CrashPoints => Place::Here,
            Self::Account(a) if a.writes() => Place::Writes,
            Self::Schedule(s) if s.writes() => Place::Writes,
            Self::Gallring(g) if g.writes() => Place::Writes,
            Self::Hold(h) if h.writes() => Place::Writes,
            Self::Record(r) if r.writes() => Place::Writes,
            Self::Consent(c) if c.writes() => Place::Writes,
            Self::Plan(p) if p.writes() => Place::Writes,
            Self::Search(s) if s.writes() => Place::Writes,
            Self::Removal(r) if r.writes() => Place::Writes,
            Self::Export(e) if e.writes() => Place::Writes,
            Self::Delivery(d) if d.writes() => Place::Writes,
            Self::Disclosure(d) if d.writes() => Place::Writes,
            Self::Snapshot(_) | Self::Watch(_) | Self::Import(_) | Self::Question(_) => {
                Place::Writes
            }
            Self::Verify(v) if v.is_elsewhere() => Place::Here,
            Self::Account(_)
            | Self::Record(_)
            | Self::Search(_)
            | Self::Consent(_)
            | Self::Plan(_)
            | Self::Report(_)
            | Self::Removal(_)
            | Self::Disclosure(_)
            | Self::Schedule(_)
            | Self::Gallring(_)
            | Self::Hold(_)
            | Self::Verify(_)
            | Self::Status
            | Self::Event(_)
            | Self::Export(_)
            | Self::Delivery(_)
            | Self::Describe(_) => Place::Reads,
        }
    }

    /// One of these roles is needed; none when the list is empty.
    fn roles(&self) -> &'static [Role] {
        match self {
            Self::Account(account::Account::Oversee(_)) | Self::Question(_) => LOOKS_AFTER,
            Self::Search(s) => s.roles(),
            Self::Removal(r) => r.roles(),
            Self::Disclosure(d) => d.roles(),
            Self::Account(a) if a.writes() => &[Role::Archivist, Role::Registrar],
            Self::Plan(p) if p.writes() => &[Role::Archivist],
            Self::Schedule(s) if s.writes() => TAKES,
            Self::Gallring(g) => g.roles(),
            Self::Hold(h) if h.writes() => &[Role::Archivist],
            Self::Hold(_) => &[Role::Archivist, Role::Registrar, Role::Auditor],
            Self::Record(record::Record::Basis(_)) => LOOKS_AFTER,
            Self::Record(r) if r.writes() => &[Role::Archivist, Role::Registrar],
            Self::Consent(c) if c.forgets() => &[Role::Archivist],
            Self::Consent(c) if c.names() => &[Role::Archivist, Role::Registrar, Role::Auditor],
            Self::Consent(c) if c.writes() => LOOKS_AFTER,
            Self::Snapshot(_) | Self::Watch(_) | Self::Import(_) => TAKES,
            Self::Export(e) => e.roles(),
            Self::Delivery(d) => d.roles(),
            Self::Describe(_) => &[Role::Archivist],
            Self::Event(_) => &[
                Role::Archivist,
                Role::Registrar,
                Role::Auditor,
                Role::Administrator,
            ],
            _ => &[],
        }
    }
}
