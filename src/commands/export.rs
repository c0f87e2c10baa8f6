//! `arkivd export`: copies that leave the archive.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::output::{Exit, Output, size};
use super::{Context, Error};
use crate::record::BagId;
use crate::workflow::{self, export_bag};

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
}

impl Export {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Bag { .. } => "export bag",
        }
    }

    /// What it writes, for who runs it in the daemon.
    pub(super) fn out(&self) -> &Path {
        match self {
            Self::Bag { out, .. } => out,
        }
    }
}

pub(super) fn run(command: &Export, context: &Context, output: &Output) -> Result<Exit, Error> {
    let Export::Bag { bag, out } = command;
    let archive = context.read()?;
    let row = archive.catalog().bag(*bag)?;
    let row = row.ok_or(workflow::Error::NoBag(*bag))?;
    context.rights.demand_committee(&row.committee)?;
    let what = json!({ "account": row.account, "committee": row.committee, "kind": row.kind });
    context.note("export bag", &bag.to_string(), &what)?;
    match export_bag(&archive, *bag, out, context.given_file()?)? {
        Ok(done) => {
            let data =
                json!({ "bag": bag, "path": done.path, "files": done.files, "bytes": done.bytes });
            output.report(&data, &[], |to| {
                let path = done.path.display();
                writeln!(to, "{path}: {} files, {}", done.files, size(done.bytes))
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
