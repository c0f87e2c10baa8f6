//! A command that the daemon runs for this process.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

use serde_json::Value;

use super::bar::Drawn;
use super::context::to_send;
use super::output::Exit;
use super::{Cli, Command, Error, Place};
use crate::daemon::{self, Frame};
use crate::export::{self, Unfinished};
use crate::workflow;

pub(super) fn run(cli: &Cli, mut stream: UnixStream) -> Result<Exit, Error> {
    let argv = std::env::args_os()
        .map(|arg| arg.into_string().map_err(Error::NotUtf8))
        .collect::<Result<Vec<String>, Error>>()?;
    // The daemon neither sees the user's folders nor may write in them: the file is made here, and sent open.
    let export = match &cli.command {
        Command::Export(export) => match export.out() {
            Some(out) => Some(Receiving::begin(out, export.may_be_a_folder())?),
            None => None,
        },
        Command::Plan(plan) => match plan.out() {
            Some(out) => Some(Receiving::begin(out, false)?),
            None => None,
        },
        Command::Report(report) => match report.out()? {
            Some(out) => Some(Receiving::begin(out, false)?),
            None => None,
        },
        Command::Gallring(gallring) => match gallring.out()? {
            Some(out) => Some(Receiving::begin(out, false)?),
            None => None,
        },
        Command::Account(account) => match account.out() {
            Some(out) => Some(Receiving::begin_public(out)?),
            None => None,
        },
        Command::Consent(consent) => match consent.out() {
            Some(out) => Some(Receiving::begin(out, false)?),
            None => None,
        },
        Command::Delivery(delivery) => match delivery.out() {
            Some(out) => Some(Receiving::begin(out, false)?),
            None => None,
        },
        Command::Describe(describe) => match describe.out() {
            Some((out, folder)) => Some(Receiving::begin(out, folder)?),
            None => None,
        },
        Command::Removal(removal) => match removal.out() {
            Some(out) => Some(Receiving::begin(out, false)?),
            None => None,
        },
        Command::Disclosure(disclosure) => match disclosure.out() {
            Some(out) => Some(Receiving::begin(out, disclosure.makes_folder())?),
            None => None,
        },
        _ => None,
    };
    // And the files it reads, which the daemon cannot open.
    let brought = match &cli.command {
        Command::Import(import) => import.to_send()?,
        Command::Account(account) => account.to_send(),
        Command::Plan(plan) => to_send(plan.reads()),
        Command::Question(question) => {
            let read = question.reads().map(opened).transpose()?;
            read.into_iter().map(|file| (String::new(), file)).collect()
        }
        Command::Gallring(gallring) => to_send(gallring.reads().map(std::path::Path::to_owned)),
        Command::Record(record) => record.to_send(),
        Command::Consent(consent) => consent.to_send(),
        Command::Removal(removal) => {
            let read = removal.reads().map(opened).transpose()?;
            read.into_iter().map(|file| (String::new(), file)).collect()
        }
        _ => Vec::new(),
    };
    let written = export.iter().map(|e| (String::new(), e.file.as_fd()));
    let read = brought
        .iter()
        .map(|(name, file)| (name.clone(), file.as_fd()));
    let files: Vec<_> = written.chain(read).collect();
    let writes = matches!(cli.command.place(), Place::Writes);
    let mut drawn = Drawn::default();
    // What tells that a file was made waits until the file has its name.
    let mut held = Vec::new();
    let code = daemon::ask(&mut stream, argv, &files, |frame| {
        match frame {
            Frame::Progress(step) => drawn.show(&step),
            Frame::Out(bytes) if export.is_some() => held.extend(bytes),
            Frame::Out(bytes) => {
                drawn.clear();
                print(&bytes, writes)?;
            }
            Frame::Err(bytes) => {
                drawn.clear();
                // Nobody is left to tell when stderr is gone.
                let _ = io::stderr().write_all(&bytes);
            }
            Frame::Exit(_) => {}
        }
        Ok::<(), Error>(())
    });
    drawn.clear();
    let exit = Exit::of(code?);
    if let Some(export) = export.filter(|_| exit == Exit::Done) {
        export
            .finish()
            .map_err(|error| match (error, &cli.command) {
                (workflow::Error::Export(source), Command::Export(_)) => unnamed(source, &held),
                (error, _) => error,
            })?;
    }
    print(&held, writes)?;
    Ok(exit)
}

fn print(bytes: &[u8], writes: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        // A reader that has enough ends a listing, and nothing that is being done.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe && writes => Ok(()),
        written => written,
    }
}

/// Why a file that was made has no name, with the export that it is, if its report names one.
fn unnamed(source: export::Error, report: &[u8]) -> workflow::Error {
    let text = String::from_utf8_lossy(report);
    let id = match serde_json::from_str::<Value>(&text) {
        Ok(report) => report
            .pointer("/data/export")
            .and_then(Value::as_str)
            .and_then(|id| id.parse().ok()),
        Err(_) => text
            .lines()
            .filter_map(|line| {
                line.strip_prefix("export ")?
                    .split(',')
                    .next()?
                    .parse()
                    .ok()
            })
            .next_back(),
    };
    match id {
        Some(id) => workflow::ExportFault::NoName {
            id,
            source: Box::new(source),
        }
        .into(),
        None => source.into(),
    }
}

/// An export that the daemon writes into our file.
struct Receiving {
    unfinished: Unfinished,
    file: File,
    /// True where a name that is no ZIP's means a folder.
    bag: bool,
}

impl Receiving {
    /// A list that the municipality publishes.
    fn begin_public(out: &std::path::Path) -> Result<Self, workflow::Error> {
        let unfinished = Unfinished::begin(out)?;
        Ok(Self {
            file: unfinished.create_public()?,
            unfinished,
            bag: false,
        })
    }

    fn begin(out: &std::path::Path, bag: bool) -> Result<Self, workflow::Error> {
        let unfinished = Unfinished::begin(out)?;
        Ok(Self {
            file: unfinished.create()?,
            unfinished,
            bag,
        })
    }

    fn finish(self) -> Result<(), workflow::Error> {
        if self.bag && !self.unfinished.is_zip() {
            self.unfinished.unpack(self.file)?;
        }
        Ok(self.unfinished.finish()?)
    }
}

fn opened(path: &std::path::Path) -> Result<File, workflow::Error> {
    File::open(path).map_err(|source| workflow::Error::Io {
        path: path.to_owned(),
        source,
    })
}
