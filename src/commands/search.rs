//! `arkivd search`: finds records and page captures by their words.

mod write;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use super::committee;
use super::output::{Exit, Output};
use super::record::KindArgument;
use super::{Context, Error};
use crate::catalog::{self, SearchFilter, SearchOrder, SearchRequest, SearchWhere};
use crate::record::{AccountId, Kind, Platform, Role};
use crate::retention::{Column, Query, RowId, SavedSearch};
use crate::workflow::{self, Archive};

#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(super) struct Search {
    /// Print help
    // Not -h: -hamn is a word that must not occur, and is told to be quoted.
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// Words that must all occur; "…" is a phrase, word* what begins so, OR either, -word must not occur; author:,
    /// title: and text: say where
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    /// Only of these accounts, with commas between them
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    account: Vec<AccountId>,
    /// Only of this committee (nämnd)
    #[arg(long, value_name = "NAME")]
    committee: Option<String>,
    /// Only of this platform
    #[arg(long, value_name = "PLATFORM", value_parser = platform)]
    platform: Option<Platform>,
    /// Only of this kind
    #[arg(long, value_enum)]
    kind: Option<KindArgument>,
    /// Only what is registered in this case, by its diarienummer
    #[arg(long, value_name = "DNR")]
    case: Option<String>,
    /// Published on this day or later, such as 2026-11-21
    #[arg(long, value_name = "DAY")]
    from: Option<NaiveDate>,
    /// Published on this day or earlier
    #[arg(long, value_name = "DAY")]
    to: Option<NaiveDate>,
    /// Only records of this row of their plan
    #[arg(long, value_name = "ID", conflicts_with = "unclassified")]
    row: Option<RowId>,
    /// Only records that are not classified
    #[arg(long)]
    unclassified: bool,
    /// Only records that are gone or hidden from the platform
    #[arg(long)]
    removed: bool,
    /// Only records that have said different things
    #[arg(long)]
    edited: bool,
    /// Where to look [default: everywhere]
    #[arg(long = "where", value_enum, value_name = "WHERE")]
    place: Option<WhereArgument>,
    /// In which order
    #[arg(long, value_enum, default_value = "newest")]
    order: OrderArgument,
    /// How many on a page
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Which page
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    page: u32,
    /// Only how many there are: all are counted
    #[arg(long)]
    count: bool,
    /// A line for each version that is found, not for each record
    #[arg(long)]
    all_versions: bool,
    /// Keep this search under a name, for holds and disclosures
    #[arg(long, value_name = "NAME")]
    save: Option<String>,
    /// Make the search that was saved under this name; what else is given must fit too
    #[arg(long, value_name = "NAME")]
    search: Option<String>,
    /// Make the index anew
    #[arg(long, conflicts_with_all = ["query", "save", "search", "count"])]
    rebuild_index: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum WhereArgument {
    /// In posts, comments and messages
    Posts,
    /// In page captures
    Pages,
    /// In the names of authors
    Author,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OrderArgument {
    Newest,
    /// What stands in titles and authors' names weighs more
    Relevance,
}

fn platform(name: &str) -> Result<Platform, String> {
    let found = Platform::ALL.into_iter().find(|p| p.as_str() == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = Platform::ALL.iter().map(|p| p.as_str()).collect();
        format!("it is one of {}", names.join(", "))
    })
}

impl Search {
    pub(super) fn writes(&self) -> bool {
        self.save.is_some() || self.rebuild_index
    }

    pub(super) fn roles(&self) -> &'static [Role] {
        match (&self.save, self.rebuild_index) {
            (Some(_), _) => &[Role::Archivist, Role::Registrar],
            (None, true) => &[Role::Archivist, Role::Administrator],
            (None, false) => &[],
        }
    }

    fn filter(&self) -> SearchFilter {
        SearchFilter {
            accounts: self.account.clone(),
            committee: self.committee.clone(),
            platform: self.platform,
            kind: self.kind.map(Kind::from),
            case: self.case.clone(),
            row: self.row.clone(),
            unclassified: self.unclassified,
            removed: self.removed,
            edited: self.edited,
            place: self.place.map(|place| match place {
                WhereArgument::Posts => SearchWhere::Posts,
                WhereArgument::Pages => SearchWhere::Pages,
                WhereArgument::Author => SearchWhere::Author,
            }),
            ..SearchFilter::default()
        }
        .on_days(self.from, self.to)
    }
}

pub(super) fn run(args: &Search, context: &Context, output: &Output) -> Result<Exit, Error> {
    if args.rebuild_index {
        return rebuild(context, output);
    }
    let typed = args.query.join(" ");
    let typed = typed.trim();
    let query = match (typed.is_empty(), &args.search) {
        (true, Some(_)) => None,
        (true, None) if (args.save.is_none() && args.has_filter()) || args.case.is_some() => None,
        _ => Some(Query::parse(typed).map_err(|fault| Error::Query(Box::new(fault)))?),
    };
    if let Some(name) = &args.save {
        return save(args, name, typed, context, output);
    }
    let archive = context.read()?;
    known(args, &archive)?;
    let saved = match &args.search {
        None => None,
        Some(name) => Some(archive.catalog().named_search(name.trim())?),
    };
    let asked = saved.as_ref().and_then(SavedSearch::query);
    let query = match (query, asked) {
        (Some(query), Some(asked)) => Some(query.and(asked)),
        (query, asked) => query.or(asked),
    };
    let by_author = matches!(args.place, Some(WhereArgument::Author));
    let query = match by_author {
        true => query.map(|query| query.within(Column::Author)),
        false => query,
    };
    let filters = std::iter::once(args.filter()).chain(saved.as_ref().map(SearchFilter::of_saved));
    let limit = u64::from(args.limit);
    let request = SearchRequest {
        query,
        filters: filters.collect(),
        restricted: context.rights.restricted(),
        order: match args.order {
            OrderArgument::Newest => SearchOrder::Newest,
            OrderArgument::Relevance => SearchOrder::Relevance,
        },
        skip: u64::from(args.page - 1) * limit,
        limit: if args.count { 0 } else { limit },
        every_version: args.all_versions,
        count_all: args.count,
    };
    let found = archive.catalog().search(&request)?;
    let unindexed = archive.catalog().unindexed()?;
    write::report(args, typed, &request, &found, unindexed, output)?;
    Ok(Exit::Done)
}

impl Search {
    fn has_filter(&self) -> bool {
        !self.account.is_empty()
            || self.committee.is_some()
            || self.platform.is_some()
            || self.kind.is_some()
            || self.case.is_some()
            || self.from.is_some()
            || self.to.is_some()
            || self.changes()
            || self.place.is_some()
    }

    /// Whether it asks for what a record is now, and need not be tomorrow.
    fn changes(&self) -> bool {
        self.row.is_some() || self.unclassified || self.removed || self.edited
    }
}

/// What is named must be there: nothing found of a misspelt account would be believed.
fn known(args: &Search, archive: &Archive) -> Result<(), Error> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        let hint = "give the earlier day as --from";
        return refuse("--from", &from.to_string(), "it is later than --to", hint);
    }
    let catalog = archive.catalog();
    for id in &args.account {
        if catalog.account(id)?.is_none() {
            return Err(catalog::Error::NoAccount(id.clone()).into());
        }
    }
    if let Some(committee) = &args.committee {
        committee::demand_known(&catalog, committee)?;
    }
    if let Some(row) = &args.row
        && !catalog.is_plan_row(row)?
    {
        let hint = "arkivd plan list tells the plans, arkivd plan show the rows of one";
        return refuse("--row", row.as_str(), "no plan has such a row", hint);
    }
    Ok(())
}

fn refuse<T>(
    what: &'static str,
    value: &str,
    problem: &'static str,
    hint: &'static str,
) -> Result<T, Error> {
    Err(Error::Argument {
        what,
        value: value.to_owned(),
        problem,
        hint,
    })
}

/// Keeps the search, as holds and disclosures ask it.
fn save(
    args: &Search,
    name: &str,
    typed: &str,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    /// Characters of a name that people still read.
    const LONGEST: usize = 100;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST || name.contains(char::is_control) {
        let problem = "a name is one line of at most 100 characters";
        return refuse("--save", name, problem, "such as --save badhuset-2026");
    }
    if args.search.is_some() {
        let hint = "give the words of both, and save them";
        return refuse("--save", name, "a saved search has a name already", hint);
    }
    if args.changes() || args.place.is_some() {
        let problem = "a search that is saved asks for what records say, not for what they are now";
        let hint = "leave out --row, --unclassified, --removed, --edited and --where: a hold by it would let go of records as they change";
        return refuse("--save", name, problem, hint);
    }
    let archive = context.write()?;
    known(args, &archive)?;
    let saved = SavedSearch {
        query: (!typed.is_empty()).then(|| typed.to_owned()),
        platform: args.platform,
        accounts: args.account.clone(),
        committee: args.committee.clone(),
        from: args.from,
        to: args.to,
        kind: args.kind.map(Kind::from),
        case: args.case.clone(),
        ..SavedSearch::default()
    };
    let at = (context.around.now)();
    archive
        .catalog()
        .save_search(name, &saved, &context.around.actor, at)?;
    write::saved(name, &saved, output)?;
    Ok(Exit::Done)
}

fn rebuild(context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    let all = {
        let mut bar = None;
        workflow::rebuild_index(&archive, &mut |left| {
            let bar = bar.get_or_insert_with(|| output.bar("indexing"));
            write::progress(bar, left);
        })?;
        archive.catalog().unindexed()?
    };
    write::rebuilt(all, output)?;
    Ok(Exit::Done)
}
