//! `arkivd disclosure`: requests for public records, from the day received to the last appeal.

mod list;
mod open;
mod requester;
mod show;

use clap::Subcommand;

use super::output::{Exit, Output};
use super::{Context, Error};
use crate::record::{RecordId, Role};
use crate::workflow::{Archive, DisclosureCase, DisclosureFault, DisclosureSettings};

#[derive(Debug, Subcommand)]
pub(super) enum Disclosure {
    /// Open a request; nobody has to say who they are, or why they ask
    Open(Box<open::Open>),
    /// The requests, with how each stands by its clock
    List {
        /// Also those that are closed
        #[arg(long)]
        all: bool,
    },
    /// Ask the saved search anew, or add records by hand; tells what came
    Refresh {
        #[arg(value_name = "U")]
        case: String,
        /// Records that are asked for too
        #[arg(long, value_name = "RECORD", num_args = 1..)]
        add: Vec<RecordId>,
    },
    /// Who asked, where that is kept; or keep it
    Requester {
        #[arg(value_name = "U")]
        case: String,
        /// Their name
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Where the answer goes
        #[arg(long, value_name = "TEXT")]
        contact: Option<String>,
    },
    /// Erase name and contact of who asked, for ever
    Forget {
        #[arg(value_name = "U")]
        case: String,
    },
    /// One request: its records, what was decided of each, what was done, and what is next
    Show {
        /// Its beteckning or diarienummer
        #[arg(value_name = "U")]
        case: String,
    },
}

const KEEPS: &[Role] = &[Role::Archivist, Role::Registrar];
const READS: &[Role] = &[Role::Archivist, Role::Registrar, Role::Auditor];

impl Disclosure {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Open(_) => "disclosure open",
            Self::Refresh { .. } => "disclosure refresh",
            Self::Requester { .. } => "disclosure requester",
            Self::Forget { .. } => "disclosure forget",
            Self::List { .. } => "disclosure list",
            Self::Show { .. } => "disclosure show",
        }
    }

    pub(super) fn writes(&self) -> bool {
        match self {
            Self::List { .. } | Self::Show { .. } => false,
            Self::Requester { name, contact, .. } => name.is_some() || contact.is_some(),
            _ => true,
        }
    }

    pub(super) fn roles(&self) -> &'static [Role] {
        match self {
            Self::List { .. } | Self::Show { .. } => READS,
            _ => KEEPS,
        }
    }
}

pub(super) fn run(command: &Disclosure, context: &Context, output: &Output) -> Result<Exit, Error> {
    match command {
        Disclosure::Open(args) => open::run(args, context, output),
        Disclosure::Refresh { case, add } => open::refresh(case, add, context, output),
        Disclosure::Requester {
            case,
            name,
            contact,
        } => requester::run(case, name.as_ref(), contact.as_ref(), context, output),
        Disclosure::Forget { case } => requester::forget(case, context, output),
        Disclosure::List { all } => list::run(*all, context, output),
        Disclosure::Show { case } => show::run(case, context, output),
    }
}

fn settings(context: &Context) -> DisclosureSettings {
    context.config.disclosure.settings()
}

/// The request, if the caller's roles hold for its committee.
fn demanded(archive: &Archive, name: &str, context: &Context) -> Result<DisclosureCase, Error> {
    let now = (context.around.now)();
    let case = DisclosureCase::named(&archive.catalog(), name, &settings(context), now)?;
    context.rights.demand_committee(&case.row.committee)?;
    Ok(case)
}

/// The same, while it is open.
fn demanded_open(
    archive: &Archive,
    name: &str,
    context: &Context,
) -> Result<DisclosureCase, Error> {
    let case = demanded(archive, name, context)?;
    match case.row.closed {
        None => Ok(case),
        Some(_) => {
            let case = case.row.designation;
            Err(Error::Workflow(DisclosureFault::Closed { case }.into()))
        }
    }
}
