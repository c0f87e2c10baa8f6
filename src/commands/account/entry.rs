//! `arkivd account add` and `edit`: an account's entry.

use std::str::FromStr;

use clap::Args;
use url::Url;

use super::super::output::{Exit, Output};
use super::super::{Context, Error};
use crate::calendar::local_date;
use crate::record::{self, AccountId, LawfulGround, PersonalDataDuty, Platform, Terms};
use crate::workflow::{self, AccountChange};

#[derive(Debug, Args)]
pub(in crate::commands) struct Add {
    /// A short name of your own: a-z, 0-9 and -
    id: AccountId,
    #[arg(long, help = platforms())]
    platform: Platform,
    /// Where the public finds it
    #[arg(long, value_name = "URL")]
    address: Url,
    /// The committee that is its arkivbildare
    #[arg(long, value_name = "NAME")]
    committee: String,
    /// What the account is for
    #[arg(long)]
    purpose: String,
    /// Whom it addresses
    #[arg(long)]
    audience: String,
    /// A responsible person; give it once for each
    #[arg(long, value_name = "NAME")]
    responsible: Vec<String>,
    /// Who stands in when they are away
    #[arg(long, value_name = "NAME")]
    substitute: Option<String>,
    /// The name of a credential in arkivd.toml
    #[arg(long, value_name = "NAME")]
    credential: Option<String>,
    /// The account above it in the organisation's tree
    #[arg(long, value_name = "ID")]
    parent: Option<AccountId>,
    #[command(flatten)]
    terms: TermsArgs,
}

#[derive(Debug, Args)]
pub(in crate::commands) struct Edit {
    id: AccountId,
    #[arg(long, help = platforms())]
    platform: Option<Platform>,
    #[arg(long, value_name = "URL")]
    address: Option<Url>,
    #[arg(long, value_name = "NAME")]
    committee: Option<String>,
    #[arg(long)]
    purpose: Option<String>,
    #[arg(long)]
    audience: Option<String>,
    /// All responsible persons anew; give it once for each
    #[arg(long, value_name = "NAME")]
    responsible: Option<Vec<String>>,
    /// "" clears it
    #[arg(long, value_name = "NAME")]
    substitute: Option<String>,
    /// "" clears it
    #[arg(long, value_name = "NAME")]
    credential: Option<String>,
    /// "" clears it
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
    #[command(flatten)]
    terms: TermsArgs,
}

/// What stands beside the entry.
#[derive(Debug, Args)]
struct TermsArgs {
    /// Whose personal data it answers for: all, own or assess; "" leaves it to the policy's proposal
    #[arg(long, value_name = "WHOSE", value_parser = or_empty::<PersonalDataDuty>)]
    responsibility: Option<Maybe<PersonalDataDuty>>,
    /// The legal basis of its personal data: consent, contract, legal-obligation, vital-interests or public-interest
    #[arg(long, value_name = "BASIS", value_parser = or_empty::<LawfulGround>)]
    legal_basis: Option<Maybe<LawfulGround>>,
    /// A purpose of the policy that it serves, by its id; give it once for each
    #[arg(long, value_name = "ID")]
    serves: Option<Vec<String>>,
}

/// A value, or that there is none.
#[derive(Debug, Clone, Copy)]
struct Maybe<T>(Option<T>);

fn or_empty<T: FromStr<Err = record::Error>>(text: &str) -> Result<Maybe<T>, record::Error> {
    match text {
        "" => Ok(Maybe(None)),
        text => Ok(Maybe(Some(text.parse()?))),
    }
}

impl TermsArgs {
    /// What is not given stays as it was.
    fn over(&self, before: Terms) -> Terms {
        Terms {
            duty: self.responsibility.map_or(before.duty, |m| m.0),
            legal_basis: self.legal_basis.map_or(before.legal_basis, |m| m.0),
            serves: match &self.serves {
                None => before.serves,
                Some(all) => {
                    let all = all.iter().map(|id| id.trim().to_owned());
                    all.filter(|id| !id.is_empty()).collect()
                }
            },
        }
    }
}

/// All that there are.
fn platforms() -> String {
    Platform::ALL.map(Platform::as_str).join(", ")
}

pub(super) fn add(args: &Add, context: &Context, output: &Output) -> Result<Exit, Error> {
    let account = record::Account {
        id: args.id.clone(),
        platform: args.platform,
        address: args.address.clone(),
        committee: args.committee.trim().to_owned(),
        purpose: args.purpose.trim().to_owned(),
        audience: args.audience.trim().to_owned(),
        responsible: args
            .responsible
            .iter()
            .map(|p| p.trim().to_owned())
            .collect(),
        substitute: args.substitute.as_ref().map(|p| p.trim().to_owned()),
        credential: args.credential.clone(),
        parent: args.parent.clone(),
    };
    context.rights.demand_committee(&account.committee)?;
    let policy = context.policy()?;
    if let Some(name) = &account.credential {
        let id = account.id.as_str();
        context
            .config
            .check_credential(id, name, &account.address)?;
    }
    let terms = args.terms.over(Terms::default());
    workflow::check_purposes(&policy, &terms.serves).map_err(workflow::Error::from)?;
    let archive = context.write()?;
    workflow::add_account(&archive, &policy, &account, &context.around)?;
    workflow::set_terms(&archive, &policy, &account.id, &terms, &context.around)?;
    output.report(&account, &[], |out| {
        writeln!(out, "account {} is registered", account.id)
    })?;
    output.hint(&format!("next: arkivd snapshot {}", account.id));
    let register = archive.catalog().register(&account.id)?;
    let lacks = policy.lacking(&account, &register, local_date((context.around.now)()));
    if !lacks.is_empty() {
        output.hint(&format!(
            "the policy demands more of it, {} in all: arkivd account show {}",
            lacks.len(),
            account.id
        ));
    }
    Ok(Exit::Done)
}

pub(super) fn edit(args: &Edit, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    // Their roles must hold for the committee it is taken from, and for the one it is given to.
    let before = archive.catalog().account(&args.id)?;
    if let Some(before) = &before {
        context.rights.demand_committee(&before.committee)?;
    }
    if let Some(committee) = &args.committee {
        context.rights.demand_committee(committee.trim())?;
    }
    let policy = context.policy()?;
    let credential = match &args.credential {
        Some(name) => Some(name).filter(|name| !name.is_empty()),
        None => before.as_ref().and_then(|b| b.credential.as_ref()),
    };
    let address = args
        .address
        .as_ref()
        .or(before.as_ref().map(|b| &b.address));
    // What is not changed need not hold: an edit may be what mends it.
    if (args.credential.is_some() || args.address.is_some())
        && let (Some(name), Some(address)) = (credential, address)
    {
        let id = args.id.as_str();
        context.config.check_credential(id, name, address)?;
    }
    let trimmed = |text: &Option<String>| text.as_ref().map(|t| t.trim().to_owned());
    let change = AccountChange {
        platform: args.platform,
        address: args.address.clone(),
        committee: trimmed(&args.committee),
        purpose: trimmed(&args.purpose),
        audience: trimmed(&args.audience),
        responsible: args
            .responsible
            .as_ref()
            .map(|all| all.iter().map(|p| p.trim().to_owned()).collect()),
        substitute: trimmed(&args.substitute),
        credential: trimmed(&args.credential),
        parent: trimmed(&args.parent),
    };
    let terms = args.terms.over(archive.catalog().terms(&args.id)?);
    workflow::check_purposes(&policy, &terms.serves).map_err(workflow::Error::from)?;
    let (account, changed) =
        workflow::edit_account(&archive, &policy, &args.id, change, &context.around)?;
    let changed =
        workflow::set_terms(&archive, &policy, &args.id, &terms, &context.around)? || changed;
    output.report(&account, &[], |out| {
        let what = if changed {
            "is changed"
        } else {
            "is as it was"
        };
        writeln!(out, "account {} {what}", account.id)
    })?;
    Ok(Exit::Done)
}
