//! `arkivd disclosure open`, and `refresh`.

use clap::Args;

use super::super::committee;
use super::super::output::{Exit, Output, counted};
use super::super::{Context, Error};
use super::{demanded_open, settings, show};
use crate::catalog::{Requester, Restricted};
use crate::record::{RecordId, composed};
use crate::retention::{Query, SavedSearch};
use crate::workflow::{
    Archive, OpenDisclosure, Searched, When, open_disclosure, refresh_disclosure,
};

#[derive(Debug, Args)]
pub(in super::super) struct Open {
    /// Records that are asked for
    #[arg(value_name = "RECORD")]
    records: Vec<RecordId>,
    /// What is asked for, in a few words; no names of who asks
    #[arg(long, value_name = "TEXT")]
    scope: String,
    /// The committee that is asked: each decides of its own records
    #[arg(long, value_name = "NAME")]
    committee: String,
    /// When it came [default: now]
    #[arg(long, value_name = "TIME")]
    received: Option<When>,
    /// What a saved search finds
    #[arg(long, value_name = "NAME", conflicts_with = "words")]
    search: Option<String>,
    /// Words to search for, written as for arkivd search; saved, so that refresh asks again
    #[arg(long, value_name = "QUERY", num_args = 1..)]
    words: Vec<String>,
    /// With what each record answers, and what answers it
    #[arg(long)]
    thread: bool,
    /// Its diarienummer
    #[arg(long, value_name = "DNR")]
    registered: Option<String>,
    /// Who asks, if they say so: nobody must
    #[arg(long, value_name = "NAME")]
    requester: Option<String>,
    /// Where the answer goes, if they say so
    #[arg(long, value_name = "TEXT")]
    contact: Option<String>,
}

/// A text that was given and is not empty.
pub(super) fn filled(text: Option<&String>) -> Option<String> {
    let text = text.map(|t| t.trim()).filter(|t| !t.is_empty());
    text.map(str::to_owned)
}

pub(super) fn run(args: &Open, context: &Context, output: &Output) -> Result<Exit, Error> {
    let asked = asked(&args.words)?;
    let archive = context.write()?;
    let committee = composed(&args.committee);
    committee::demand_known(&archive.catalog(), &committee)?;
    context.rights.demand_committee(&committee)?;
    let registered = filled(args.registered.as_ref());
    if let Some(number) = &registered {
        context.config.diarium.demand(number)?;
    }
    let request = OpenDisclosure {
        committee: &committee,
        scope: &args.scope,
        received: args.received.map(|w| w.at),
        records: &args.records,
        search: args.search.as_deref().map(str::trim),
        asked: asked.as_ref(),
        thread: args.thread,
        registered: registered.as_deref(),
        requester: Requester {
            name: filled(args.requester.as_ref()),
            contact: filled(args.contact.as_ref()),
        },
        restricted: &context.rights.restricted(),
    };
    let opened = open_disclosure(&archive, &request, &settings(context), &context.around)?;
    tell(&archive, &opened, context, output)
}

/// The words as a search of all committees: it is told where else something lies.
fn asked(words: &[String]) -> Result<Option<SavedSearch>, Error> {
    if words.is_empty() {
        return Ok(None);
    }
    let typed = words.join(" ").trim().to_owned();
    if typed.is_empty() {
        return Err(Error::Argument {
            what: "--words",
            value: String::new(),
            problem: "it is empty",
            hint: "give the words that all must occur",
        });
    }
    Query::parse(&typed).map_err(|fault| Error::Query(Box::new(fault)))?;
    Ok(Some(SavedSearch {
        query: Some(typed),
        ..SavedSearch::default()
    }))
}

/// Asks the search anew, and tells what came.
pub(super) fn refresh(
    name: &str,
    records: &[RecordId],
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.write()?;
    demanded_open(&archive, name, context)?;
    let restricted = context.rights.restricted();
    let settings = settings(context);
    let around = &context.around;
    let found = refresh_disclosure(&archive, name, records, &restricted, &settings, around)?;
    output.hint(&match found.new.len() {
        0 => "nothing new".to_owned(),
        1 => format!(
            "1 record came: {}",
            found
                .new
                .first()
                .map_or_else(String::new, ToString::to_string)
        ),
        n => format!("{n} records came; show lists them as not reviewed"),
    });
    tell(&archive, &found, context, output)
}

fn tell(
    archive: &Archive,
    found: &Searched,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    if let Some(of_search) = found.found {
        output.hint(&format!(
            "the search finds {} of {}",
            counted(of_search, "record"),
            found.case.row.committee
        ));
        if of_search == 0 {
            output.hint("a word is found whole, and by how it begins with a star: snö*");
        }
    }
    let mut remarks: Vec<String> = found
        .elsewhere
        .iter()
        .map(|(committee, n)| {
            let records = match n {
                1 => "1 record lies".to_owned(),
                n => format!("{n} records lie"),
            };
            format!(
                "{records} with {committee}, which decides of them itself: refer the requester to it"
            )
        })
        .collect();
    if found.case.counts.restricted > 0 {
        remarks.push(format!(
            "{} of the records are not public: each is assessed before it is released",
            found.case.counts.restricted
        ));
    }
    let unindexed = archive.catalog().unindexed()?;
    if found.found.is_some() && !unindexed.is_nothing() {
        remarks.push(format!(
            "not all is searched: {} versions of records are not indexed yet; ask again later: arkivd disclosure refresh {}",
            unindexed.versions, found.case.row.designation
        ));
    }
    // Said whatever was found: it would tell that something was.
    let others = archive.catalog().committees()?.len() > 1;
    if others && found.case.row.search.is_some() && context.rights.restricted() != Restricted::All {
        output.hint("what is not public with other committees was not counted; the requester can ask each of them too");
    }
    show::tell(archive, &found.case, &remarks, &found.new, output)?;
    Ok(Exit::Done)
}
