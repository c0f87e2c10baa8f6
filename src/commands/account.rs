//! `arkivd account`: the register of accounts.

mod administrator;
mod close;
mod enter;
mod entry;
mod people;
mod show;
mod transfer;

use std::fs::File;
use std::path::Path;

use clap::Subcommand;

use super::output::{Exit, Output};
use super::{Context, Error};
use crate::record::AccountId;
pub(super) use show::{as_json, last};

#[derive(Debug, Subcommand)]
pub(super) enum Account {
    /// Register an account
    Add(Box<entry::Add>),
    /// List the registered accounts
    List(show::List),
    /// Show one account: all that the register says, and what the policy demands that is lacking
    Show { id: AccountId },
    /// Change what the register says of an account
    Edit(Box<entry::Edit>),
    /// Note that a person looked after an account
    Oversee(enter::Oversee),
    /// Note the decision on an account
    Decide(enter::Decide),
    /// Note who approved that an account is opened, or closed
    Approve(enter::Approve),
    /// Who administers an account, and by whose mandate
    #[command(subcommand)]
    Administrator(administrator::Administrator),
    /// Show the start checklist, or tick points of it
    Check(enter::Check),
    /// Note what happened with an account
    Event(enter::Event),
    /// Take the last snapshot of an account and close it
    Close(close::Close),
    /// Open a closed account again
    Reopen(close::Reopen),
    /// Register accounts from a CSV file, all or none
    Import(transfer::Import),
    /// Write the register as CSV, which `import` reads
    Export(transfer::Export),
    /// Write the list of accounts that is published: what the policy says that it tells, and no more
    Publish(transfer::Publish),
    /// Show the accounts as the organisation's tree
    Tree,
    /// Show who looks after which accounts
    Editors,
    /// Show our own comments on the accounts of others that were captured
    Comments {
        /// Kept by this account's committee
        id: Option<AccountId>,
    },
}

impl Account {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Add(_) => "account add",
            Self::List(_) => "account list",
            Self::Show { .. } => "account show",
            Self::Edit(_) => "account edit",
            Self::Oversee(_) => "account oversee",
            Self::Decide(_) => "account decide",
            Self::Approve(_) => "account approve",
            Self::Administrator(administrator::Administrator::Add { .. }) => {
                "account administrator add"
            }
            Self::Administrator(administrator::Administrator::End { .. }) => {
                "account administrator end"
            }
            Self::Administrator(administrator::Administrator::List { .. }) => {
                "account administrator list"
            }
            Self::Check(_) => "account check",
            Self::Event(_) => "account event",
            Self::Close(_) => "account close",
            Self::Reopen(_) => "account reopen",
            Self::Import(_) => "account import",
            Self::Export(_) => "account export",
            Self::Publish(_) => "account publish",
            Self::Tree => "account tree",
            Self::Editors => "account editors",
            Self::Comments { .. } => "account comments",
        }
    }

    pub(super) fn writes(&self) -> bool {
        match self {
            Self::Check(check) => !check.points.is_empty(),
            Self::Administrator(command) => {
                !matches!(command, administrator::Administrator::List { .. })
            }
            Self::Add(_)
            | Self::Edit(_)
            | Self::Oversee(_)
            | Self::Decide(_)
            | Self::Approve(_)
            | Self::Event(_)
            | Self::Close(_)
            | Self::Reopen(_)
            | Self::Import(_) => true,
            Self::List(_)
            | Self::Show { .. }
            | Self::Export(_)
            | Self::Publish(_)
            | Self::Tree
            | Self::Editors
            | Self::Comments { .. } => false,
        }
    }

    /// The file it writes, for who runs it in the daemon.
    pub(super) fn out(&self) -> Option<&Path> {
        match self {
            Self::Export(export) => export.out.as_deref(),
            Self::Publish(publish) => publish.out.as_deref(),
            _ => None,
        }
    }

    /// The file it reads, for who runs it in the daemon.
    pub(super) fn to_send(&self) -> Vec<(String, File)> {
        match self {
            Self::Import(import) => super::context::to_send([import.file.clone()]),
            _ => Vec::new(),
        }
    }
}

pub(super) fn run(command: &Account, context: &Context, output: &Output) -> Result<Exit, Error> {
    match command {
        Account::Add(args) => entry::add(args, context, output),
        Account::List(args) => show::list(args, context, output),
        Account::Show { id } => show::show(id, context, output),
        Account::Edit(args) => entry::edit(args, context, output),
        Account::Oversee(args) => enter::oversee(args, context, output),
        Account::Decide(args) => enter::decide(args, context, output),
        Account::Approve(args) => enter::approve(args, context, output),
        Account::Administrator(args) => administrator::run(args, context, output),
        Account::Check(args) => enter::check(args, context, output),
        Account::Event(args) => enter::event(args, context, output),
        Account::Close(args) => close::close(args, context, output),
        Account::Reopen(args) => close::reopen(args, context, output),
        Account::Import(args) => transfer::import(args, context, output),
        Account::Export(args) => transfer::export(args, context, output),
        Account::Publish(args) => transfer::publish(args, context, output),
        Account::Tree => people::tree(context, output),
        Account::Editors => people::editors(context, output),
        Account::Comments { id } => people::comments(id.as_ref(), context, output),
    }
}
