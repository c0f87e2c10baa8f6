//! `arkivd verify`: the auditor's command.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};

use super::output::{Exit, Output, counted, one_line, size};
use super::{Context, Error, Source};
use crate::record::BagId;
use crate::store::{Depth, Store};
use crate::workflow::{VerifyReport, verify_archive, verify_archived_bag, verify_one_bag};

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// An archive, a bag's folder (exported ones too), or a bag's id; without it the archive that is named
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// Presence, sizes and ledger only: payload files are not read
    #[arg(long)]
    quick: bool,
}

impl Verify {
    /// True when it names something by its path, which the process itself can read or cannot.
    pub(super) fn is_elsewhere(&self) -> bool {
        let bag = |path: &PathBuf| path.to_str().is_some_and(|id| id.parse::<BagId>().is_ok());
        self.path.as_ref().is_some_and(|p| !bag(p) || p.exists())
    }

    fn depth(&self) -> Depth {
        if self.quick {
            Depth::Quick
        } else {
            Depth::Full
        }
    }
}

/// The archive that is named, or one bag of it by its id.
pub(super) fn run(args: &Verify, context: &Context, output: &Output) -> Result<Exit, Error> {
    let begun = Instant::now();
    let bag = args.path.as_ref().and_then(|p| p.to_str()?.parse().ok());
    let report = match bag {
        None => whole(context, args.depth(), output)?,
        Some(bag) => verify_archived_bag(&context.read()?, bag, args.depth())?,
    };
    tell(&report, args, begun, output)
}

/// What lies at a path: an archive, or a bag within one or exported.
pub(super) fn elsewhere(args: &Verify, output: &Output) -> Result<Exit, Error> {
    let begun = Instant::now();
    let depth = args.depth();
    let path = args.path.clone().unwrap_or_default();
    let own = |archive| Context::new(&Source::Own(archive));
    let report = match bag_folder(&path) {
        Some(folder) => match archived_at(&folder) {
            Some((archive, bag)) => verify_archived_bag(&own(archive)?.read()?, bag, depth)?,
            None => verify_one_bag(&folder, depth)?,
        },
        None if path.join("catalog.sqlite").exists() => whole(&own(path)?, depth, output)?,
        None => {
            return Err(Error::Argument {
                what: "path",
                value: path.display().to_string(),
                problem: "it is neither an archive, a bag's folder nor a bag's id",
                hint: "name a folder with catalog.sqlite or bagit.txt in it, or an id from `arkivd record show`",
            });
        }
    };
    tell(&report, args, begun, output)
}

fn tell(
    report: &VerifyReport,
    args: &Verify,
    begun: Instant,
    output: &Output,
) -> Result<Exit, Error> {
    let seconds = begun.elapsed().as_secs_f64();
    output.report(&as_json(report, args.quick), &report.notes, |out| {
        write(report, args.quick, seconds, out)
    })?;
    Ok(if !report.is_sound() {
        Exit::IntegrityFault
    } else if report.unrecorded.is_empty() {
        Exit::Done
    } else {
        Exit::Attention
    })
}

/// The folder with bagit.txt: the one named, or `bag` in it.
fn bag_folder(path: &Path) -> Option<PathBuf> {
    [path.to_owned(), path.join("bag")]
        .into_iter()
        .find(|p| p.join("bagit.txt").exists())
}

/// The archive that a bag's folder lies in, and the bag's id: there its commitment is held against the ledger too.
fn archived_at(folder: &Path) -> Option<(PathBuf, BagId)> {
    let folder = folder.canonicalize().ok()?;
    let [home, _month, _year, store, archive] = {
        let mut above = folder.ancestors().skip(1);
        [
            above.next()?,
            above.next()?,
            above.next()?,
            above.next()?,
            above.next()?,
        ]
    };
    let bag = home.file_name()?.to_str()?.parse().ok()?;
    let inside = store.file_name()? == "store" && archive.join("catalog.sqlite").exists();
    // A copy that lies elsewhere is judged itself, not the bag it was copied from.
    let inside = inside && Store::open(archive).ok()?.path(bag).join("bag") == folder;
    inside.then(|| (archive.to_owned(), bag))
}

fn whole(context: &Context, depth: Depth, output: &Output) -> Result<VerifyReport, Error> {
    let archive = context.read()?;
    let all = archive.catalog().ledger_size()?;
    let bar = output.bar("");
    let mut done = 0;
    let report = verify_archive(&archive, depth, &mut |_| {
        done += 1;
        bar.show("bags", Some((done, all)));
        match context.is_wanted() {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    });
    bar.end();
    Ok(report?)
}

fn write(r: &VerifyReport, quick: bool, seconds: f64, out: &mut dyn io::Write) -> io::Result<()> {
    for bag in &r.faults {
        writeln!(out, "bag {}", bag.bag)?;
        for fault in &bag.faults {
            writeln!(out, "  {}", one_line(&fault.to_string()))?;
        }
    }
    for fault in &r.other {
        writeln!(out, "{}", one_line(fault))?;
    }
    let depth = if quick {
        " (quick: payload files were not read)"
    } else {
        ""
    };
    writeln!(
        out,
        "{}, {}, {} in {seconds:.1} s{depth}",
        counted(r.bags, "bag"),
        counted(r.files, "file"),
        size(r.bytes)
    )?;
    if let Some(root) = r.root {
        let leaves = match r.leaves {
            1 => "1 leaf".to_owned(),
            n => format!("{n} leaves"),
        };
        writeln!(out, "ledger of {leaves}, root {root}")?;
    }
    for bag in &r.unrecorded {
        writeln!(
            out,
            "bag {bag} is not in the catalog, as a crash leaves it: the next writing command adopts it, or moves it to quarantine"
        )?;
    }
    let faults = r.other.len() + r.faults.iter().map(|b| b.faults.len()).sum::<usize>();
    if r.is_sound() {
        writeln!(out, "sound: nothing is missing, changed or extra")
    } else {
        writeln!(
            out,
            "NOT sound: {faults} fault{}",
            if faults == 1 { "" } else { "s" }
        )
    }
}

fn as_json(r: &VerifyReport, quick: bool) -> Value {
    let bags: Vec<Value> = r
        .faults
        .iter()
        .map(|b| {
            let faults: Vec<Value> = b
                .faults
                .iter()
                .map(|f| json!({ "message": f.to_string(), "fault": f }))
                .collect();
            json!({ "bag": b.bag, "faults": faults })
        })
        .collect();
    json!({ "sound": r.is_sound(), "quick": quick, "bags": r.bags, "files": r.files, "bytes": r.bytes, "leaves": r.leaves,
            "root": r.root, "damaged": bags, "other": r.other,
            "unrecorded": r.unrecorded })
}
