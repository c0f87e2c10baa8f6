//! `arkivd removal open`: the case first, then that it may be hidden, then saving.

use std::time::Duration;

use clap::Args;

use super::super::output::{Exit, Output};
use super::super::{Context, Error};
use super::{Reach, settings, show};
use crate::record::AccountId;
use crate::retention::removal::CategoryKind;
use crate::workflow::{Case, OpenRemoval, SAVING, Told, When, open_removal, save_removal};

#[derive(Debug, Args)]
pub(in super::super) struct Open {
    /// Addresses, or ids of records
    #[arg(value_name = "URL|RECORD", required = true)]
    told: Vec<Told>,
    /// What it is: an id or a name of `removal categories`
    #[arg(long, value_name = "CATEGORY")]
    category: Option<String>,
    /// The account of addresses that do not tell it themselves
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// When it was discovered [default: now]
    #[arg(long, value_name = "TIME")]
    discovered: Option<When>,
    /// When it was published, where its record does not tell
    #[arg(long, value_name = "TIME")]
    published: Option<When>,
    /// What who takes over should know; nothing of what was written
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Seconds that saving may take
    #[arg(long, value_name = "SECONDS", default_value = "60",
          value_parser = clap::value_parser!(u64).range(1..=60))]
    within: u64,
}

pub(super) fn run(args: &Open, context: &Context, output: &Output) -> Result<Exit, Error> {
    let policy = context.policy()?;
    let archive = context.write()?;
    let request = OpenRemoval {
        told: &args.told,
        account: args.account.as_ref(),
        category: args.category.as_deref(),
        discovered: args.discovered.map(|w| w.at),
        published: args.published.map(|w| w.at),
        note: args.note.as_deref(),
        reply: None,
    };
    let may = |committee: &str| context.rights.serves(committee);
    let case = open_removal(
        &archive,
        &policy,
        &request,
        &settings(context),
        &context.around,
        &may,
    )?;
    tell_first(&case, output);
    let limit = Duration::from_secs(args.within).min(SAVING);
    let number = case.removal.number.to_string();
    let reach = Reach::of(context);
    let bar = output.bar(&case.removal.designation);
    let saved = context.with_network(async |client| {
        let means = reach.means(client);
        save_removal(&archive, &policy, &number, means, limit, &context.around).await
    });
    bar.end();
    let report = saved??;
    let case = &report.case;
    show::tell(case, &report.problems, context, output)?;
    Ok(match case.all_saved() {
        true => Exit::Done,
        false => Exit::Partial,
    })
}

/// On stderr, before anything is waited for.
fn tell_first(case: &Case, output: &Output) {
    if case.category.kind == CategoryKind::CryForHelp {
        output.warn(
            "RING 112 FÖRST: call 112 first if a life may be in danger. No letter goes to the author; a person reaches out",
        );
    }
    output.hint(&format!(
        "case {} ({}) is open. Hide it on the platform NOW (FÅR DÖLJAS): nothing is waited for; then: arkivd removal mark {} hidden",
        case.removal.number, case.removal.designation, case.removal.number
    ));
    if case.category.id.contains("pornografi") {
        output.hint(
            "does it show a child? Then forward and save nothing more, and call the police: arkivd removal emergency URL",
        );
    }
}
