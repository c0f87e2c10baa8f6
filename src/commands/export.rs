//! `arkivd export`: copies that leave the archive.

mod diarium;
mod kept;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::output::{Exit, Output, counted, size};
use super::{Context, Error};
use crate::record::{BagId, ExportId, Role};
use crate::workflow::{self, export_bag};

pub(super) use kept::{brief_json, told};

#[derive(Debug, Subcommand)]
pub(super) enum Export {
    /// Copy one bag as it is: a folder, or a ZIP when OUT ends in .zip
    Bag {
        /// The bag's id
        #[arg(value_name = "BAG")]
        bag: BagId,
        /// Where to; it must not exist
        #[arg(short, long, value_name = "OUT")]
        out: PathBuf,
    },
    /// Records for the registrar's diarium: one ZIP with documents, letter and register data
    Diarium(diarium::Diarium),
    /// The exports that were made
    List {
        /// Only those of this record
        #[arg(long, value_name = "REC")]
        record: Option<crate::record::RecordId>,
    },
    /// One export: what is in it, its digest, what the receiver said
    Show {
        #[arg(value_name = "ID")]
        id: ExportId,
    },
    /// Make a bundle for the diarium once more: the same bytes
    Again {
        #[arg(value_name = "ID")]
        id: ExportId,
        /// The ZIP to write; it must not exist
        #[arg(short, long, value_name = "OUT.zip")]
        out: PathBuf,
    },
    /// Send start pages of scheduled snapshots to the folder of [watch_folder] now, as the daemon does by itself
    WatchFolder {
        /// Those of snapshots that were taken on this day or later too, though they were taken before the folder was named
        #[arg(long, value_name = "DAY")]
        since: Option<chrono::NaiveDate>,
    },
}

impl Export {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Bag { .. } => "export bag",
            Self::Diarium(_) => "export diarium",
            Self::List { .. } => "export list",
            Self::Show { .. } => "export show",
            Self::Again { .. } => "export again",
            Self::WatchFolder { .. } => "export watch-folder",
        }
    }

    pub(super) fn writes(&self) -> bool {
        matches!(
            self,
            Self::Diarium(_) | Self::Again { .. } | Self::WatchFolder { .. }
        )
    }

    pub(super) fn roles(&self) -> &'static [Role] {
        match self {
            Self::Bag { .. } | Self::List { .. } | Self::Show { .. } => {
                &[Role::Archivist, Role::Registrar, Role::Auditor]
            }
            Self::Diarium(_) | Self::Again { .. } => &[Role::Archivist, Role::Registrar],
            Self::WatchFolder { .. } => &[Role::Archivist, Role::Registrar, Role::Administrator],
        }
    }

    /// What it writes, for who runs it in the daemon.
    pub(super) fn out(&self) -> Option<&Path> {
        match self {
            Self::Bag { out, .. } | Self::Again { out, .. } => Some(out),
            Self::Diarium(args) => Some(args.out()),
            Self::List { .. } | Self::Show { .. } | Self::WatchFolder { .. } => None,
        }
    }

    /// True where a name that is no ZIP's means a folder.
    pub(super) fn may_be_a_folder(&self) -> bool {
        matches!(self, Self::Bag { .. })
    }
}

pub(super) fn run(command: &Export, context: &Context, output: &Output) -> Result<Exit, Error> {
    match command {
        Export::Bag { bag, out } => self::bag(*bag, out, context, output),
        Export::Diarium(args) => diarium::diarium(args, context, output),
        Export::List { record } => kept::list(*record, context, output),
        Export::Show { id } => kept::show(*id, context, output),
        Export::Again { id, out } => diarium::again(*id, out, context, output),
        Export::WatchFolder { since } => kept::watch_folder(*since, context, output),
    }
}

/// A bundle is one ZIP.
///
/// # Errors
/// [`Error::Argument`] for another name.
pub(super) fn demand_zip(out: &Path) -> Result<(), Error> {
    match out.extension() {
        Some(ending) if ending.eq_ignore_ascii_case("zip") => Ok(()),
        _ => Err(Error::Argument {
            what: "file",
            value: out.display().to_string(),
            problem: "the bundle is one ZIP",
            hint: "-o OUT.zip",
        }),
    }
}

fn bag(bag: BagId, out: &Path, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    let row = archive.catalog().bag(bag)?;
    let row = row.ok_or(workflow::Error::NoBag(bag))?;
    context.rights.demand_committee(&row.committee)?;
    let what = json!({ "account": row.account, "committee": row.committee, "kind": row.kind });
    context.note("export bag", &bag.to_string(), &what)?;
    match export_bag(&archive, bag, out, context.given_file()?)? {
        Ok(done) => {
            let data =
                json!({ "bag": bag, "path": done.path, "files": done.files, "bytes": done.bytes });
            output.report(&data, &[], |to| {
                let path = done.path.display();
                let files = counted(done.files, "file");
                writeln!(to, "{path}: {files}, {}", size(done.bytes))
            })?;
            Ok(Exit::Done)
        }
        Err(faults) => {
            let details: Vec<String> = faults.iter().map(ToString::to_string).collect();
            output.error(
                &format!("bag {bag} is damaged, and was not copied"),
                &details,
                Some("arkivd verify"),
            );
            Ok(Exit::IntegrityFault)
        }
    }
}
