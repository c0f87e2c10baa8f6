//! Commands: arguments in, one story, report out. stdout is data, stderr is log.

mod account;
mod crash_points;
mod export;
mod init;
mod logging;
mod output;
mod owner;
mod record;
mod snapshot;
mod status;
mod verify;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{SubsecRound as _, Utc};
use clap::{Parser, Subcommand};
use uuid::Uuid;

use crate::config::{self, Config};
use crate::ledger;
use crate::policy::{self, Policy};
use crate::workflow::{self, Archive, Paths, Surroundings};
use output::{Exit, Output};

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
    /// Find and show records
    #[command(subcommand)]
    Record(record::Record),
    /// Verify bags, catalog and ledger
    Verify(verify::Verify),
    /// How the archive stands; exit code 5 when something needs a person
    Status,
    /// Copies that leave the archive
    #[command(subcommand)]
    Export(export::Export),
    #[command(hide = true)]
    CrashPoints,
}

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Workflow(#[from] workflow::Error),
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    Platform(#[from] crate::platform::Error),
    #[error("no archive is named")]
    NoArchive,
    #[error("{what} {value:?}: {problem}")]
    Argument {
        what: &'static str,
        value: String,
        problem: &'static str,
        hint: &'static str,
    },
    #[error("standard output: {0}")]
    Output(#[from] io::Error),
    #[error("the runtime could not start: {0}")]
    Runtime(io::Error),
    #[error("user {owner} of the archive cannot be taken on: {source}")]
    Owner { owner: u32, source: io::Error },
}

impl From<crate::catalog::Error> for Error {
    fn from(error: crate::catalog::Error) -> Self {
        Self::Workflow(error.into())
    }
}

impl From<policy::Error> for Error {
    fn from(error: policy::Error) -> Self {
        Self::Workflow(error.into())
    }
}

impl Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Workflow(e) => e.hint(),
            Self::Config(e) => e.hint(),
            Self::Platform(e) => e.hint(),
            Self::Argument { hint, .. } => Some((*hint).to_owned()),
            Self::NoArchive => Some("give --archive DIR, or set ARKIVD_ARCHIVE".to_owned()),
            _ => None,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Workflow(workflow::Error::Busy { .. }) => Exit::Busy,
            Self::Workflow(workflow::Error::Ledger(
                ledger::Error::Shrinks { .. } | ledger::Error::Forked { .. },
            )) => Exit::IntegrityFault,
            Self::NoArchive
            | Self::Argument { .. }
            | Self::Workflow(workflow::Error::Policy(policy::Error::UnknownProfile(_))) => {
                Exit::Usage
            }
            _ => Exit::Failed,
        }
    }

    /// Lines below the message: what the rule is, and where it stands.
    fn details(&self) -> Vec<String> {
        match self {
            Self::Workflow(workflow::Error::Breaches { breaches, .. }) => breaches
                .iter()
                .flat_map(|b| b.to_string().lines().map(str::to_owned).collect::<Vec<_>>())
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    logging::start(cli.log_format);
    let output = Output::new(cli.json, command_name(&cli.command));
    let result = dispatch(&cli, &output);
    let exit = match result {
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
    };
    ExitCode::from(exit as u8)
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
    Output::new(true, "arkivd").error(
        message.strip_prefix("error: ").unwrap_or(message),
        &details,
        Some("arkivd --help"),
    );
    ExitCode::from(Exit::Usage as u8)
}

fn dispatch(cli: &Cli, output: &Output) -> Result<Exit, Error> {
    match &cli.command {
        Command::Init(args) => init::run(args, output),
        Command::CrashPoints => crash_points::run(),
        command => {
            let dir = cli.archive.clone();
            match command {
                Command::Verify(args) => verify::run(args, dir, output),
                Command::Init(_) | Command::CrashPoints => Ok(Exit::Done),
                Command::Account(args) => account::run(args, &Context::new(dir)?, output),
                Command::Snapshot(args) => snapshot::run(args, &Context::new(dir)?, output),
                Command::Record(args) => record::run(args, &Context::new(dir)?, output),
                Command::Status => status::run(&Context::new(dir)?, output),
                Command::Export(args) => export::run(args, &Context::new(dir)?, output),
            }
        }
    }
}

/// The command's words, as JSON and schemas name it.
fn command_name(command: &Command) -> &'static str {
    match command {
        Command::Init(_) => "init",
        Command::Account(a) => a.name(),
        Command::Snapshot(_) => "snapshot",
        Command::Record(r) => r.name(),
        Command::Verify(_) => "verify",
        Command::Status => "status",
        Command::Export(e) => e.name(),
        Command::CrashPoints => "crash-points",
    }
}

/// The archive a command works on.
struct Context {
    dir: PathBuf,
    config: Config,
    around: Surroundings,
}

impl Context {
    fn new(dir: Option<PathBuf>) -> Result<Self, Error> {
        let dir = dir.ok_or(Error::NoArchive)?;
        Paths::new(&dir).check()?;
        // Who acts is asked before root steps down: afterwards it would be the owner for all.
        let actor = owner::actor();
        owner::step_down(&dir)?;
        let config = Config::load(&dir)?;
        Ok(Self {
            around: surroundings(config.organisation.clone(), actor),
            config,
            dir,
        })
    }

    fn read(&self) -> Result<Archive, Error> {
        Ok(Archive::open_to_read(&self.dir)?)
    }

    fn write(&self) -> Result<Archive, Error> {
        let (archive, repairs) = Archive::open_to_write(&self.dir, &self.around)?;
        for repair in repairs {
            tracing::warn!("start-up: {}", output::one_line(&repair.to_string()));
        }
        Ok(archive)
    }

    fn policy(&self) -> Result<Policy, Error> {
        let path = Paths::new(&self.dir).policy();
        let text = std::fs::read_to_string(&path).map_err(|source| {
            Error::Workflow(workflow::Error::Io {
                path: path.clone(),
                source,
            })
        })?;
        Ok(Policy::parse(&text, &path.display().to_string())?)
    }
}

fn surroundings(organisation: String, actor: String) -> Surroundings {
    Surroundings {
        organisation,
        actor,
        now: || Utc::now().trunc_subsecs(3),
        new_id: Uuid::now_v7,
        salt: || {
            let mut salt = [0; 32];
            getrandom::fill(&mut salt).map_err(io::Error::other)?;
            Ok(salt)
        },
    }
}
