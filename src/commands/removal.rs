//! `arkivd removal`: forbidden content, from discovery to the end of the case.

mod act;
mod emergency;
mod mark;
mod open;
mod show;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::output::{Exit, Output, Table};
use super::{Context, Error, LOOKS_AFTER};
use crate::catalog::RemovalState;
use crate::platform::Client;
use crate::policy::Policy;
use crate::record::Role;
use crate::retention::removal::{Categories, CategoryKind};
use crate::workflow::{Archive, Case, FindCredential, FindLogin, Means, RemovalSettings, told};

#[derive(Debug, Subcommand)]
pub(super) enum Removal {
    /// Open a case about addresses or records; saving is tried at once, and hiding waits for nothing
    Open(open::Open),
    /// Suspected child abuse material: nothing is captured, what exists is locked; call the police
    Emergency(emergency::Emergency),
    /// Erase what an emergency locked, on the police's instruction, before every hold
    EmergencyErase(emergency::Erase),
    /// Lift what an emergency locked: the police found it lawful
    EmergencyLift(emergency::Lift),
    /// The cases
    List {
        /// Only those without a diarienummer
        #[arg(long)]
        unregistered: bool,
        /// Only those whose clock has run out
        #[arg(long)]
        overdue: bool,
        /// The closed ones instead
        #[arg(long)]
        closed: bool,
    },
    /// One case: what it is about, what was done, what is missing, what comes next
    Show {
        /// Its number, beteckning or diarienummer
        #[arg(value_name = "N")]
        case: String,
    },
    /// The categories: the municipality's own rules, and what the law names
    Categories,
    /// Note what was done
    Mark(mark::Mark),
    /// Try again to save what the case is about
    Save {
        #[arg(value_name = "N")]
        case: String,
    },
    /// Hide it by the platform's interface, where arkivd.toml allows it
    Hide {
        #[arg(value_name = "N")]
        case: String,
    },
    /// Hand a case that may be secret to the committee concerned, who may then read its records
    Route {
        #[arg(value_name = "N")]
        case: String,
        #[arg(long, value_name = "COMMITTEE")]
        committee: String,
    },
    /// A short text for who wrote it: that it was taken away, and why
    Notice {
        #[arg(value_name = "N")]
        case: String,
        /// Which thing of the case, as show counts them
        #[arg(long, value_name = "K", default_value = "1")]
        object: usize,
        /// It is sent as it stands: keep it as a record, and note that the author was told
        #[arg(long)]
        record: bool,
    },
    /// What the police are given: the sealed bags, and a letter
    Police {
        #[arg(value_name = "N")]
        case: String,
        /// The ZIP to write; it must not exist
        #[arg(short, long, value_name = "OUT")]
        out: PathBuf,
    },
    /// Close a case, when nothing demanded is missing
    Close {
        #[arg(value_name = "N")]
        case: String,
        /// Why it is closed though something is missing
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
}

const KEEPS: &[Role] = &[Role::Archivist, Role::Registrar];
const READS: &[Role] = &[
    Role::Archivist,
    Role::Registrar,
    Role::Editor,
    Role::Auditor,
];

impl Removal {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Open(_) => "removal open",
            Self::Emergency(_) => "removal emergency",
            Self::EmergencyErase(_) => "removal emergency-erase",
            Self::EmergencyLift(_) => "removal emergency-lift",
            Self::List { .. } => "removal list",
            Self::Show { .. } => "removal show",
            Self::Categories => "removal categories",
            Self::Mark(_) => "removal mark",
            Self::Save { .. } => "removal save",
            Self::Hide { .. } => "removal hide",
            Self::Route { .. } => "removal route",
            Self::Notice { .. } => "removal notice",
            Self::Police { .. } => "removal police",
            Self::Close { .. } => "removal close",
        }
    }

    pub(super) fn writes(&self) -> bool {
        match self {
            Self::List { .. } | Self::Show { .. } | Self::Categories => false,
            Self::Notice { record, .. } => *record,
            _ => true,
        }
    }

    pub(super) fn roles(&self) -> &'static [Role] {
        match self {
            Self::List { .. } | Self::Show { .. } => READS,
            Self::Categories => &[],
            Self::Emergency(_) => &[Role::Archivist, Role::Editor],
            Self::EmergencyErase(_) | Self::EmergencyLift(_) => &[Role::Archivist],
            Self::Open(_) | Self::Save { .. } | Self::Hide { .. } | Self::Notice { .. } => {
                LOOKS_AFTER
            }
            Self::Mark(mark) if mark.is_an_editors() => LOOKS_AFTER,
            Self::Mark(_) | Self::Route { .. } | Self::Police { .. } | Self::Close { .. } => KEEPS,
        }
    }

    /// The file it writes, for who runs it in the daemon.
    pub(super) fn out(&self) -> Option<&Path> {
        match self {
            Self::Police { out, .. } => Some(out),
            _ => None,
        }
    }

    /// The file it reads, for who runs it in the daemon.
    pub(super) fn reads(&self) -> Option<&Path> {
        match self {
            Self::Mark(mark) => mark.text.as_deref(),
            _ => None,
        }
    }
}

pub(super) fn run(command: &Removal, context: &Context, output: &Output) -> Result<Exit, Error> {
    match command {
        Removal::Open(args) => open::run(args, context, output),
        Removal::Emergency(args) => emergency::open(args, context, output),
        Removal::EmergencyErase(args) => emergency::erase(args, context, output),
        Removal::EmergencyLift(args) => emergency::lift(args, context, output),
        Removal::List {
            unregistered,
            overdue,
            closed,
        } => list(*unregistered, *overdue, *closed, context, output),
        Removal::Show { case } => show::run(case, context, output),
        Removal::Categories => categories(context, output),
        Removal::Mark(args) => mark::run(args, context, output),
        Removal::Save { case } => act::save(case, context, output),
        Removal::Hide { case } => act::hide(case, context, output),
        Removal::Route { case, committee } => act::route(case, committee, context, output),
        Removal::Notice {
            case,
            object,
            record,
        } => act::notice(case, *object, *record, context, output),
        Removal::Police { case, out } => act::police(case, out, context, output),
        Removal::Close { case, reason } => act::close(case, reason.as_deref(), context, output),
    }
}

/// Whether the caller may see the case: theirs, or handed to them.
fn may_see(case: &crate::catalog::Removal, context: &Context) -> bool {
    let rights = &context.rights;
    rights.serves(&case.committee) || case.routed.iter().any(|c| rights.serves(c))
}

/// The case, if it is of a committee that the caller's roles hold for.
fn demanded(
    archive: &Archive,
    policy: &Policy,
    name: &str,
    context: &Context,
) -> Result<Case, Error> {
    let now = (context.around.now)();
    let case = Case::named(&archive.catalog(), policy, name, now)?;
    context.rights.demand_committee(&case.removal.committee)?;
    Ok(case)
}

/// The case, if who is to register it may: its own committee, and each that it was handed to (VAR-3).
fn demanded_to_register(
    archive: &Archive,
    policy: &Policy,
    name: &str,
    context: &Context,
) -> Result<Case, Error> {
    let now = (context.around.now)();
    let case = Case::named(&archive.catalog(), policy, name, now)?;
    if !may_see(&case.removal, context) {
        context.rights.demand_committee(&case.removal.committee)?;
    }
    Ok(case)
}

fn settings(context: &Context) -> RemovalSettings {
    context.config.removal.settings(&context.config.watch)
}

/// How saving and hiding reach the platform, with what arkivd.toml names.
struct Reach<'a> {
    credential: Box<FindCredential<'a>>,
    login: Box<FindLogin<'a>>,
    pace: crate::workflow::Pace,
}

impl<'a> Reach<'a> {
    fn of(context: &'a Context) -> Self {
        let config = &context.config;
        Self {
            credential: Box::new(|account| config.credential_of(account).map_err(|e| told(&e))),
            login: Box::new(|account, page| config.login_of(account, page).map_err(|e| told(&e))),
            pace: config.watch.pace(),
        }
    }

    fn means<'m>(&'m self, client: &'m Client) -> Means<'m> {
        Means {
            client,
            credential: &*self.credential,
            login: &*self.login,
            pace: self.pace,
        }
    }
}

fn list(
    unregistered: bool,
    overdue: bool,
    closed: bool,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.read()?;
    let policy = context.policy()?;
    let now = (context.around.now)();
    let state = match closed {
        true => RemovalState::Closed,
        false => RemovalState::Open,
    };
    let catalog = archive.catalog();
    let mut cases = Vec::new();
    for removal in catalog.removals(state)? {
        if !may_see(&removal, context) || unregistered && removal.registered.is_some() {
            continue;
        }
        let case = Case::load(&catalog, &policy, removal, now)?;
        if !overdue || case.is_overdue(now) {
            cases.push(case);
        }
    }
    let data =
        json!({ "cases": cases.iter().map(|c| show::line_json(c, now)).collect::<Vec<_>>() });
    output.report(&data, &[], |out| {
        if cases.is_empty() {
            return writeln!(out, "no such cases");
        }
        let mut table = Table::new(&[
            "n",
            "beteckning",
            "diarienummer",
            "category",
            "state",
            "clock (Swedish time)",
            "next",
        ]);
        for case in &cases {
            table.row([
                case.removal.number.to_string(),
                case.removal.designation.clone(),
                case.removal
                    .registered
                    .clone()
                    .unwrap_or_else(|| "-".to_owned()),
                case.category.id.clone(),
                show::state(case).to_owned(),
                show::clock(case, now),
                case.next_step().unwrap_or_default(),
            ]);
        }
        table.write(out)
    })?;
    Ok(Exit::Done)
}

fn categories(context: &Context, output: &Output) -> Result<Exit, Error> {
    let policy = context.policy()?;
    let all = Categories::of(&policy)?;
    let word = |kind| match kind {
        CategoryKind::Statutory => "statutory",
        CategoryKind::House => "house-rule",
        CategoryKind::CryForHelp => "cry-for-help",
        CategoryKind::Emergency => "emergency",
        CategoryKind::Unclear => "unclear",
    };
    let rows: Vec<_> = all
        .all()
        .iter()
        .map(|c| {
            json!({ "id": c.id, "name": c.name, "kind": word(c.kind), "own": c.own,
                "rule": c.rule.as_ref().map(ToString::to_string) })
        })
        .collect();
    output.report(&json!({ "categories": rows }), &[], |out| {
        let mut table = Table::new(&["id", "kind", "name", "rule"]);
        for c in all.all() {
            table.row([
                c.id.clone(),
                word(c.kind).to_owned(),
                c.name.clone(),
                c.rule.as_ref().map(ToString::to_string).unwrap_or_default(),
            ]);
        }
        table.write(out)
    })?;
    Ok(Exit::Done)
}
