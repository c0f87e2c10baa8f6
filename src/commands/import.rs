//! `arkivd import`: files that people bring become records.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::{Value, json};

use super::context::to_send;
use super::output::{Exit, Output, one_line};
use super::snapshot_report::words;
use super::{Context, Error};
use crate::catalog;
use crate::daemon;
use crate::record::{AccountId, BagKind};
use crate::workflow::{
    About, Became, BroughtFile, BroughtKind, ImportFault, ImportReport, Line, Progress, Thing,
    WebAddress, When, Words, import_files,
};

/// Bytes of a side file.
const MOST_SIDE_FILE: u64 = 1 << 20;
/// Files of one capture: more go into several, which keeps bags of a size that people handle.
const FILES_AT_ONCE: usize = 50;

#[derive(Debug, Args)]
pub(super) struct Import {
    /// The account that the files are of
    #[arg(value_name = "ID")]
    account: AccountId,
    /// PNG, JPEG, WebP, PDF, and pages saved as HTML or MHTML. FILE.toml beside a file tells of it, as the flags do
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The files are one record, in this order
    #[arg(long)]
    together: bool,
    /// post, comment or message [default: post]
    #[arg(long, value_name = "KIND")]
    kind: Option<BroughtKind>,
    /// Where it stands, or stood: the permalink
    #[arg(long, value_name = "URL")]
    address: Option<WebAddress>,
    /// Who wrote it, as the platform shows them
    #[arg(long, value_name = "NAME")]
    author: Option<Line>,
    /// The municipality's own side of the account wrote it [default: where the author is called as the account or the
    /// municipality is]
    #[arg(long)]
    own: bool,
    /// Others wrote it, whatever they are called
    #[arg(long, conflicts_with = "own")]
    by_others: bool,
    /// When it was published: "2026-11-21 14:03" in Swedish time, a day, or RFC 3339
    #[arg(long, value_name = "TIME")]
    time: Option<When>,
    /// What it is about, in your own words: hot, valet
    #[arg(long, value_name = "WORDS")]
    category: Option<Line>,
    /// What whoever reads it should know
    #[arg(long, value_name = "WORDS")]
    note: Option<Words>,
    /// What was written, so that it is found
    #[arg(long, value_name = "WORDS")]
    text: Option<Words>,
    /// Not everyone may see it; messages are so always
    #[arg(long)]
    restricted: bool,
}

impl Import {
    /// The files for the daemon, with the side files that are there.
    ///
    /// # Errors
    /// When there are more than one request carries.
    pub(super) fn to_send(&self) -> Result<Vec<(String, File)>, Error> {
        let sides = self.files.iter().flat_map(|file| side_files(file));
        let sent = to_send(self.files.iter().cloned().chain(sides));
        match sent.len() > daemon::MOST_FILES {
            true => Err(Error::Argument {
                what: "number of files",
                value: sent.len().to_string(),
                problem: "side files among them, a command carries at most 64 to the daemon",
                hint: "give them in several commands, or put them in inbox/ACCOUNT/ in the archive",
            }),
            false => Ok(sent),
        }
    }

    /// What the flags say.
    fn about(&self) -> About {
        About {
            kind: self.kind,
            address: self.address.clone(),
            author: self.author.clone(),
            own: (self.own || self.by_others).then_some(self.own),
            time: self.time,
            category: self.category.clone(),
            note: self.note.clone(),
            text: self.text.clone(),
            restricted: self.restricted.then_some(true),
            ..About::default()
        }
    }
}

/// `bild.toml` and `bild.png.toml`, beside `bild.png`.
fn side_files(file: &Path) -> [PathBuf; 2] {
    let mut longer = file.as_os_str().to_owned();
    longer.push(".toml");
    [file.with_extension("toml"), longer.into()]
}

/// Some of the files given, with what became of them.
struct Told {
    files: Vec<String>,
    became: Became,
}

pub(super) fn run(args: &Import, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    let account = archive.catalog().account(&args.account)?;
    let account = account.ok_or_else(|| catalog::Error::NoAccount(args.account.clone()))?;
    context.rights.demand_committee(&account.committee)?;
    let mut groups: Vec<Vec<PathBuf>> = match args.together {
        true => vec![args.files.clone()],
        false => args.files.iter().map(|file| vec![file.clone()]).collect(),
    };
    // A side file that a pattern took along is read with what it describes.
    let describes = |side: &PathBuf| {
        args.files
            .iter()
            .any(|f| f != side && side_files(f).contains(side))
    };
    for group in &mut groups {
        group.retain(|file| !describes(file));
    }
    groups.retain(|group| !group.is_empty());
    let mut told: Vec<Told> = Vec::new();
    let mut reports: Vec<ImportReport> = Vec::new();
    let mut groups = groups.into_iter().peekable();
    while groups.peek().is_some() && context.is_wanted() {
        let mut things = Vec::new();
        let mut names = Vec::new();
        for group in groups.by_ref().take(FILES_AT_ONCE) {
            let files: Vec<String> = group.iter().map(|f| f.display().to_string()).collect();
            match thing(&group, args, context) {
                Ok(thing) => {
                    things.push(thing);
                    names.push(files);
                }
                Err(fault) => told.push(Told {
                    files,
                    became: Became::Refused(fault),
                }),
            }
        }
        if things.is_empty() {
            continue;
        }
        let bar = output.bar(account.id.as_str());
        let taken = context.with_network(async |_| {
            let show = |p: Progress| bar.show(&words(&p), None);
            import_files(&archive, &account.id, things, &context.around, &show).await
        });
        bar.end();
        let mut report = taken??;
        let became = std::mem::take(&mut report.became);
        told.extend(
            names
                .into_iter()
                .zip(became)
                .map(|(files, became)| Told { files, became }),
        );
        reports.push(report);
    }
    tell(args, &told, &reports, output)
}

/// A group of files with what is said of it.
fn thing(group: &[PathBuf], args: &Import, context: &Context) -> Result<Thing, ImportFault> {
    let Some(first) = group.first() else {
        return Err(ImportFault::NotAFile);
    };
    let mut about = args.about();
    let sides = side_files(first).map(|path| (opened(&path, context), path));
    let name = |path: &Path| path.display().to_string();
    about = match sides {
        [(Some(_), one), (Some(_), two)] if one != two => {
            return Err(ImportFault::TwoSideFiles(name(&one), name(&two)));
        }
        [(Some(file), path), _] | [_, (Some(file), path)] => {
            let side = side_file(file, &name(&path), (context.around.now)())?;
            if let Some(told) = side.account.as_ref().filter(|told| **told != args.account) {
                return Err(ImportFault::OtherAccount {
                    told: told.clone(),
                    given: args.account.clone(),
                });
            }
            about.or(side)
        }
        _ => about,
    };
    let files = group.iter().map(|path| {
        let name = path.file_name().ok_or(ImportFault::NotAFile)?;
        Ok(BroughtFile {
            name: name.to_string_lossy().into_owned(),
            file: context
                .file_to_read(path)
                .map_err(ImportFault::Unreadable)?,
        })
    });
    Ok(Thing {
        files: files.collect::<Result<_, ImportFault>>()?,
        about,
        by: context.around.actor.clone(),
    })
}

/// A side file, if it is there.
fn opened(path: &Path, context: &Context) -> Option<io::Result<File>> {
    match context.file_to_read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        opened => Some(opened),
    }
}

fn side_file(file: io::Result<File>, name: &str, now: DateTime<Utc>) -> Result<About, ImportFault> {
    let unread = |source| ImportFault::SideFileUnread {
        name: name.to_owned(),
        source,
    };
    let file = file.map_err(unread)?;
    if !file.metadata().map_err(unread)?.is_file() {
        return Err(unread(io::Error::other("it is no plain file")));
    }
    let mut text = String::new();
    file.take(MOST_SIDE_FILE)
        .read_to_string(&mut text)
        .map_err(unread)?;
    Ok(About::parse(&text, name, now)?)
}

fn tell(
    args: &Import,
    told: &[Told],
    reports: &[ImportReport],
    output: &Output,
) -> Result<Exit, Error> {
    let mut warnings = Vec::new();
    for one in told {
        if let Became::Record { remarks, .. } | Became::Held { remarks, .. } = &one.became {
            warnings.extend(remarks.iter().cloned());
        }
    }
    let captures = reports.iter().filter(|r| r.capture.is_some());
    let bags = |r: &ImportReport| -> Vec<Value> {
        let bag = r.bags.iter().map(|b| {
            json!({ "bag": b.bag, "kind": b.kind, "path": b.path, "pdfs": b.pdfs, "levels": b.levels })
        });
        bag.collect()
    };
    let data = json!({
        "account": args.account,
        "captures": captures.map(|r| json!({ "capture": r.capture, "bags": bags(r) })).collect::<Vec<_>>(),
        "files": told.iter().map(as_json).collect::<Vec<_>>(),
    });
    output.report(&data, &warnings, |to| {
        for one in told {
            let files = one_line(&one.files.join(", "));
            match &one.became {
                Became::Record { record, .. } => writeln!(to, "{files}: record {record}")?,
                Became::Held { record, .. } => {
                    writeln!(to, "{files}: already held, record {record}")?
                }
                Became::Refused(_) => {}
            }
        }
        for bag in reports.iter().flat_map(|r| &r.bags) {
            let closed = match bag.kind {
                BagKind::RecordsRestricted => " (restricted)",
                BagKind::Records | BagKind::Page => "",
            };
            writeln!(to, "  {}{closed}", bag.path.display())?;
        }
        Ok(())
    })?;
    let mut refused = 0;
    for one in told {
        if let Became::Refused(fault) = &one.became {
            refused += 1;
            let files = one.files.join(", ");
            let why = crate::workflow::told(fault);
            output.error(&format!("{files}: {why}"), &[], Some(fault.hint()));
        }
    }
    let lacking = |t: &Told| matches!(t.became, Became::Record { whole: false, .. });
    Ok(if refused > 0 && refused == told.len() {
        Exit::Failed
    } else if refused > 0
        || told.iter().any(lacking)
        || reports.iter().flat_map(|r| &r.bags).any(|b| !b.whole)
    {
        Exit::Partial
    } else {
        Exit::Done
    })
}

fn as_json(told: &Told) -> Value {
    let (outcome, record, error, hint) = match &told.became {
        Became::Record { record, .. } => ("taken", Some(record), None, None),
        Became::Held { record, .. } => ("held", Some(record), None, None),
        Became::Refused(fault) => {
            let why = crate::workflow::told(fault);
            ("refused", None, Some(why), Some(fault.hint()))
        }
    };
    json!({ "files": told.files, "outcome": outcome, "record": record, "error": error, "hint": hint })
}
