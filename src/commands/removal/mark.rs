//! `arkivd removal mark`: what was done, when, and by which reference.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;

use super::super::output::{Exit, Output};
use super::super::{Context, Error};
use super::{Reach, demanded, demanded_to_register, settings, show};
use crate::catalog::RemovalWhat;
use crate::retention::removal::CategoryKind;
use crate::workflow::{
    self, About, Archive, Case, Mark as Note, SAVING, When, keep_sent, mark_removal, save_removal,
};

#[derive(Debug, Args)]
pub(in super::super) struct Mark {
    /// The case's number, beteckning or diarienummer
    #[arg(value_name = "N")]
    case: String,
    /// hidden, deleted, author-informed, imy-aware, registered=DIARIENUMMER, gallringsbeslut=REFERENCE, police=REFERENCE,
    /// imy=REFERENCE, dpo=NAME or category=CATEGORY
    #[arg(value_name = "WHAT")]
    what: What,
    /// When it happened, if that was earlier: 2026-11-21 14:03
    #[arg(long, value_name = "TIME")]
    at: Option<When>,
    /// A text file: what the author was told, or the data protection officer's assessment
    #[arg(long, value_name = "FILE")]
    pub(in super::super) text: Option<PathBuf>,
    /// The same in a few words
    #[arg(long, value_name = "TEXT", conflicts_with = "text")]
    note: Option<String>,
    /// Only this thing of the case, as show counts them
    #[arg(long = "object", value_name = "K")]
    objects: Vec<usize>,
    /// It has been deleted, though what is demanded was not done: the truth is noted, and the breach
    #[arg(long)]
    already: bool,
    /// It was never hidden, or deleted: takes back what was noted; both stay in the case
    #[arg(long, conflicts_with = "already")]
    withdraw: bool,
    /// The data protection officer finds that Integritetsskyddsmyndigheten must be told
    #[arg(long, conflicts_with = "no_report")]
    report: bool,
    /// The data protection officer finds that no report is needed
    #[arg(long)]
    no_report: bool,
}

/// What is noted, as it is written on the command line.
#[derive(Debug, Clone)]
struct What {
    what: RemovalWhat,
    value: Option<String>,
}

impl FromStr for What {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, value) = match text.split_once('=') {
            Some((word, value)) => (word, Some(value.trim()).filter(|v| !v.is_empty())),
            None => (text, None),
        };
        let (what, needs) = match word {
            "hidden" => (RemovalWhat::Hidden, None),
            "deleted" => (RemovalWhat::Deleted, None),
            "author-informed" => (RemovalWhat::AuthorInformed, None),
            "imy-aware" => (RemovalWhat::ImyAware, None),
            "registered" => (RemovalWhat::Registered, Some("DIARIENUMMER")),
            "gallringsbeslut" => (RemovalWhat::Authority, Some("REFERENCE")),
            "police" => (RemovalWhat::Police, Some("REFERENCE")),
            "imy" => (RemovalWhat::Imy, Some("REFERENCE")),
            "dpo" => (RemovalWhat::Assessed, Some("NAME")),
            "category" => (RemovalWhat::Category, Some("CATEGORY")),
            _ => {
                return Err("it is hidden, deleted, author-informed, imy-aware, registered=, gallringsbeslut=, police=, imy=, dpo= or category=".to_owned());
            }
        };
        match (needs, value) {
            (Some(needs), None) => Err(format!("say which: {word}={needs}")),
            (None, Some(_)) => Err(format!("{word} takes nothing after it; when: --at TIME")),
            (_, Some(value)) if value.chars().any(char::is_control) => {
                Err("it must be one line".to_owned())
            }
            (_, Some(value)) if value.chars().count() > 200 => {
                Err("it is longer than 200 letters".to_owned())
            }
            (_, value) => Ok(Self {
                what,
                value: value.map(str::to_owned),
            }),
        }
    }
}

impl Mark {
    /// What who looks after the account notes; the rest is the registrar's and the archivist's.
    pub(super) fn is_an_editors(&self) -> bool {
        use RemovalWhat::{AuthorInformed, Category, Deleted, Hidden, ImyAware, Police};
        matches!(
            self.what.what,
            AuthorInformed | Category | Deleted | Hidden | ImyAware | Police
        )
    }
}

/// More is no assessment.
const MOST_BYTES: u64 = 1 << 20;

pub(super) fn run(args: &Mark, context: &Context, output: &Output) -> Result<Exit, Error> {
    let what = args.what.what;
    if let (RemovalWhat::Registered, Some(number)) = (what, &args.what.value) {
        context.config.diarium.demand(number)?;
    }
    let policy = context.policy()?;
    let archive = context.write()?;
    let demanded = match what {
        RemovalWhat::Registered => demanded_to_register,
        _ => demanded,
    };
    let case = demanded(&archive, &policy, &args.case, context)?;
    let misplaced = |flag: &'static str| Error::Argument {
        what: "argument",
        value: flag.to_owned(),
        problem: "it does not go with what is noted",
        hint: "arkivd removal mark --help",
    };
    if args.already && what != RemovalWhat::Deleted {
        return Err(misplaced("--already"));
    }
    if args.withdraw && !matches!(what, RemovalWhat::Hidden | RemovalWhat::Deleted) {
        return Err(misplaced("--withdraw"));
    }
    if (args.report || args.no_report) && what != RemovalWhat::Assessed {
        return Err(misplaced("--report"));
    }
    let text = match (&args.text, &args.note) {
        (Some(path), _) => Some(read(path, context)?),
        (None, note) => note.clone(),
    };
    let sent = match (&text, what) {
        (Some(text), RemovalWhat::AuthorInformed) => {
            let thing = args.objects.first().copied().unwrap_or(1);
            Some(sent(&archive, &case, thing, text, context)?)
        }
        _ => None,
    };
    let note = Note {
        what,
        value: args.what.value.as_deref().or(sent.as_deref()),
        at: args.at.map(|w| w.at),
        // What the author was told stands in its record.
        text: text.as_deref().filter(|_| sent.is_none()),
        things: &args.objects,
        already: args.already,
        withdraw: args.withdraw,
        report: match (args.report, args.no_report) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
    };
    let settings = settings(context);
    let marked = mark_removal(
        &archive,
        &policy,
        &args.case,
        &note,
        &settings,
        &context.around,
    )?;
    let mut problems: Vec<String> = Vec::new();
    let mut case = marked.case;
    // Once it is hidden, what could not be saved before is tried again.
    if what == RemovalWhat::Hidden
        && case.emergency.is_none()
        && !args.withdraw
        && !case.all_saved()
    {
        let number = case.removal.number.to_string();
        let reach = Reach::of(context);
        let saved = context.with_network(async |client| {
            let means = reach.means(client);
            save_removal(&archive, &policy, &number, means, SAVING, &context.around).await
        });
        let report = saved??;
        case = report.case;
        problems = report.problems;
    }
    for lack in &marked.breach {
        let rule = lack.rule.as_ref().map(|r| format!("; rule: {r}"));
        problems.push(format!(
            "it was deleted too early, and that is noted: {}{}",
            lack.english(),
            rule.unwrap_or_default()
        ));
    }
    if case.removal.closed.is_some() {
        problems.push("the case is closed; it is noted all the same".to_owned());
    }
    if what == RemovalWhat::AuthorInformed && case.category.kind == CategoryKind::CryForHelp {
        problems
            .push("a cry for help: no letter goes to the author, a person reaches out".to_owned());
    }
    show::tell(&case, &problems, context, output)?;
    Ok(Exit::Done)
}

/// The text that went to the author becomes a record (LED-4); gives its id.
pub(super) fn sent(
    archive: &std::sync::Arc<Archive>,
    case: &Case,
    thing: usize,
    text: &str,
    context: &Context,
) -> Result<String, Error> {
    let object = thing.checked_sub(1).and_then(|at| case.objects.get(at));
    let object = object.ok_or_else(|| Error::Argument {
        what: "object",
        value: thing.to_string(),
        problem: "the case has none of that number",
        hint: "arkivd removal show N counts them",
    })?;
    let now = (context.around.now)();
    let line = |text: String| text.parse().ok();
    let about = About {
        author: line(context.around.organisation.clone()),
        kind: "message".parse().ok(),
        time: crate::calendar::local_time(now).parse().ok(),
        note: format!(
            "Besked till den som skrev, i ärende {}.",
            case.removal.designation
        )
        .parse()
        .ok(),
        ..About::default()
    };
    let title = format!(
        "Besked {} {thing}",
        case.removal.designation.replace(':', "-")
    );
    let kept = context.with_network(async |_| {
        keep_sent(
            archive,
            &object.object.account,
            &title,
            text,
            about,
            &context.around,
        )
        .await
    });
    Ok(kept??.to_string())
}

fn read(path: &Path, context: &Context) -> Result<String, Error> {
    let io_error = |source| {
        Error::Workflow(workflow::Error::Io {
            path: path.to_owned(),
            source,
        })
    };
    let file = match context.given_file()? {
        Some(file) => file,
        None => File::open(path).map_err(io_error)?,
    };
    let mut text = String::new();
    file.take(MOST_BYTES)
        .read_to_string(&mut text)
        .map_err(io_error)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_told_with_what_it_needs() {
        for good in [
            "hidden",
            "deleted",
            "registered=KS 2026/12",
            "gallringsbeslut=plan:7",
            "police=5000-K1-26",
            "imy=IMY-2026-1",
            "imy-aware",
            "dpo=Anna Ek",
            "category=hets",
            "author-informed",
        ] {
            assert!(good.parse::<What>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "registered",
            "registered=",
            "registered=  ",
            "hidden=igår",
            "borta",
            "police=a\nb",
        ] {
            assert!(bad.parse::<What>().is_err(), "{bad:?}");
        }
        assert!(
            format!("police={}", "x".repeat(201))
                .parse::<What>()
                .is_err()
        );
    }
}
