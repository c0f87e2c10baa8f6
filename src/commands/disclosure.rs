//! `arkivd disclosure`: requests for public records, from the day received to the last appeal.

mod deliver;
mod list;
mod mark;
mod mask;
mod open;
mod refuse;
mod requester;
mod review;
mod screen;
mod show;

use std::path::Path;

use clap::Subcommand;

use super::output::{Exit, Output};
use super::{Context, Error};
use crate::record::{RecordId, Role};
use crate::workflow::{
    Archive, DisclosureCase, DisclosureFault, DisclosureSettings, forget_requesters,
};

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
    /// Decide of records: handed out, withheld by a provision of OSL, or not what was asked for
    Review(Box<review::Review>),
    /// Mask words, an author or a part of a picture in a record, by a provision of OSL
    Mask(Box<mask::Mask>),
    /// Take a mask away
    Unmask {
        #[arg(value_name = "U")]
        case: String,
        /// Its number, as show has it
        #[arg(value_name = "NUMBER")]
        number: i64,
    },
    /// Pages so as the screen showed them: choose, box and look at what is handed out of them
    Screen(Box<screen::Screen>),
    /// The records as they would be handed out, for who reviews them
    Preview(deliver::Preview),
    /// Hand out what may be: without what is masked, with a list of that, its pages and fee noted
    Deliver(deliver::Deliver),
    /// Draft the refusal: the employee's answer, or the decision that can be appealed
    Refuse(Box<refuse::Refuse>),
    /// Note what happened: answered, served, appealed, the court's word, withdrawn
    Mark(mark::Mark),
    /// Close a request, when all is delivered and no appeal can come: it then holds its records no longer
    Close {
        #[arg(value_name = "U")]
        case: String,
        /// Why it is closed though something is missing
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
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
            Self::Review(_) => "disclosure review",
            Self::Mask(_) => "disclosure mask",
            Self::Unmask { .. } => "disclosure unmask",
            Self::Screen(_) => "disclosure screen",
            Self::Preview(_) => "disclosure preview",
            Self::Deliver(_) => "disclosure deliver",
            Self::Refuse(_) => "disclosure refuse",
            Self::Mark(_) => "disclosure mark",
            Self::Close { .. } => "disclosure close",
            Self::Requester { .. } => "disclosure requester",
            Self::Forget { .. } => "disclosure forget",
            Self::List { .. } => "disclosure list",
            Self::Show { .. } => "disclosure show",
        }
    }

    pub(super) fn writes(&self) -> bool {
        match self {
            Self::List { .. } | Self::Show { .. } | Self::Preview(_) => false,
            Self::Screen(screen) => screen.writes(),
            Self::Requester { name, contact, .. } => name.is_some() || contact.is_some(),
            _ => true,
        }
    }

    /// The file it writes, for who runs it in the daemon.
    pub(super) fn out(&self) -> Option<&Path> {
        match self {
            Self::Refuse(refuse) => refuse.out(),
            Self::Preview(preview) => Some(&preview.out),
            Self::Screen(screen) => screen.pictures.as_deref(),
            Self::Deliver(deliver) => Some(&deliver.out),
            _ => None,
        }
    }

    /// Whether the file it writes is unpacked to a folder.
    pub(super) fn makes_folder(&self) -> bool {
        match self {
            Self::Preview(preview) => preview.makes_folder(),
            Self::Screen(_) => true,
            _ => false,
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
    let settings = settings(context);
    if command.writes() && settings.forget_after_days.is_some() {
        forget_requesters(&*context.write()?, &settings, &context.around)?;
    }
    match command {
        Disclosure::Open(args) => open::run(args, context, output),
        Disclosure::Refresh { case, add } => open::refresh(case, add, context, output),
        Disclosure::Review(args) => review::run(args, context, output),
        Disclosure::Mask(args) => mask::run(args, context, output),
        Disclosure::Unmask { case, number } => mask::unmask(case, *number, context, output),
        Disclosure::Screen(args) => screen::run(args, context, output),
        Disclosure::Preview(args) => deliver::preview(args, context, output),
        Disclosure::Deliver(args) => deliver::run(args, context, output),
        Disclosure::Refuse(args) => refuse::run(args, context, output),
        Disclosure::Mark(args) => mark::run(args, context, output),
        Disclosure::Close { case, reason } => mark::close(case, reason.as_deref(), context, output),
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
