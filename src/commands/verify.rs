//! `arkivd verify`: the auditor's command.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::output::{Exit, Output, one_line, size};
use super::{Context, Error};
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

pub(super) fn run(args: &Verify, archive: Option<PathBuf>, output: &Output) -> Result<Exit, Error> {
    let depth = if args.quick {
        Depth::Quick
    } else {
        Depth::Full
    };
    let begun = Instant::now();
    let report = match &args.path {
        None => whole(archive, depth, output)?,
        Some(path) => match bag_folder(path) {
            Some(folder) => match archived_at(&folder) {
                Some((archive, bag)) => archived(Some(archive), bag, depth)?,
                None => verify_one_bag(&folder, depth)?,
            },
            None if path.join("catalog.sqlite").exists() => {
                whole(Some(path.clone()), depth, output)?
            }
            None => by_id(path, archive, depth)?,
        },
    };
    let seconds = begun.elapsed().as_secs_f64();
    output.report(&as_json(&report, args.quick), &report.notes, |out| {
        write(&report, args.quick, seconds, out)
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

fn archived(archive: Option<PathBuf>, bag: BagId, depth: Depth) -> Result<VerifyReport, Error> {
    let context = Context::new(archive)?;
    Ok(verify_archived_bag(&context.read()?, bag, depth)?)
}

fn by_id(path: &Path, archive: Option<PathBuf>, depth: Depth) -> Result<VerifyReport, Error> {
    let text = path.display().to_string();
    let Ok(bag) = text.parse::<BagId>() else {
        return Err(Error::Argument {
            what: "path",
            value: text,
            problem: "it is neither an archive, a bag's folder nor a bag's id",
            hint: "name a folder with catalog.sqlite or bagit.txt in it, or an id from `arkivd record show`",
        });
    };
    archived(archive, bag, depth)
}

fn whole(archive: Option<PathBuf>, depth: Depth, output: &Output) -> Result<VerifyReport, Error> {
    let context = Context::new(archive)?;
    let archive = context.read()?;
    if !output.draws() {
        return Ok(verify_archive(&archive, depth, &mut |_| {})?);
    }
    let bar = ProgressBar::new(archive.catalog().ledger_size()?);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} bags  {eta}") {
        bar.set_style(style);
    }
    let report = verify_archive(&archive, depth, &mut |_| bar.inc(1));
    bar.finish_and_clear();
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
        "{} bags, {} files, {} in {seconds:.1} s{depth}",
        r.bags,
        r.files,
        size(r.bytes)
    )?;
    if let Some(root) = r.root {
        writeln!(out, "ledger of {} leaves, root {root}", r.leaves)?;
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
