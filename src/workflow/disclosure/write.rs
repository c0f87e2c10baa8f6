//! A disclosure is written: one PDF, or a ZIP or folder of them, whole or not at all.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::bundle::{Bundle, Remark};
use super::media::Handed;
use super::order::Form;
use super::paper::{Paper, typeset};
use super::screen::Screen;
use super::sheet::Sheet;
use crate::export::{Package, Unfinished, write_package};
use crate::pdfa::{Handling, Thread};
use crate::record::{Digest, ExportId};
use crate::workflow::{Archive, Error, io_error};

/// What was written.
#[derive(Debug, Clone)]
pub struct Handout {
    /// `None`: a draft.
    pub export: Option<ExportId>,
    pub form: Form,
    pub files: u64,
    pub bytes: u64,
    pub sha256: Digest,
    pub records: u64,
    pub masked: u64,
    pub withheld: u64,
    /// Pages of the records, without the list.
    pub pages: u64,
    /// Öre.
    pub fee: u64,
    pub remarks: Vec<Remark>,
}

/// # Errors
/// What cannot be typeset or does not conform; a damaged file; when `out` exists or cannot be written.
pub(super) fn write(
    archive: &Archive,
    bundle: &mut Bundle,
    out: &Path,
    given: Option<File>,
    made: DateTime<Utc>,
    draft: bool,
) -> Result<Handout, Error> {
    let is_pdf = out
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("pdf"));
    let (files, bytes, sha256, pages) = match is_pdf {
        true => write_pdf(bundle, out, given, made, draft)?,
        false => write_zip(archive, bundle, out, given, made, draft)?,
    };
    let is_masked = |s: &&Sheet| !s.masked.is_empty();
    Ok(Handout {
        export: None,
        form: bundle.order.form,
        files,
        bytes,
        sha256,
        records: bundle.records.len() as u64,
        masked: bundle
            .sheets
            .iter()
            .filter(is_masked)
            .map(|s| s.masked.len() as u64)
            .chain(bundle.screens.iter().map(Screen::lines))
            .sum(),
        withheld: bundle.order.withheld.len() as u64,
        pages: pages as u64,
        fee: 0,
        remarks: bundle.remarks.clone(),
    })
}

type Written = (u64, u64, Digest, usize);

fn write_pdf(
    bundle: &mut Bundle,
    out: &Path,
    given: Option<File>,
    made: DateTime<Utc>,
    draft: bool,
) -> Result<Written, Error> {
    let paper = Paper {
        order: &bundle.order,
        made,
        draft,
    };
    let threads: Vec<Thread> = bundle.sheets.iter().map(|s| s.thread.clone()).collect();
    let mut document = Handling {
        report: paper.whole(&bundle.sheets, &bundle.screens),
        restricted: false,
        plates: bundle.screens.iter().flat_map(Screen::plates).collect(),
        threads,
    };
    let spool = &mut bundle.spool;
    let mut bytes = Vec::new();
    typeset(&document, true, &mut |name| spool.read(name), &mut |part| {
        bytes = part.bytes;
        Ok(())
    })?;
    // The list of masks is no copy of a record, and costs nothing.
    document.report.chapters.clear();
    let pages = typeset(&document, true, &mut |name| spool.read(name), &mut |_| {
        Ok(())
    })?;
    let sha256 = Digest::of(&bytes);
    let save = |mut file: File| {
        file.write_all(&bytes)
            .and_then(|()| file.flush())
            .map_err(io_error(out))
    };
    match given {
        Some(file) => save(file)?,
        None => {
            let unfinished = Unfinished::begin(out)?;
            save(unfinished.create()?)?;
            unfinished.finish()?;
        }
    }
    Ok((1, bytes.len() as u64, sha256, pages))
}

fn write_zip(
    archive: &Archive,
    bundle: &mut Bundle,
    out: &Path,
    given: Option<File>,
    made: DateTime<Utc>,
    draft: bool,
) -> Result<Written, Error> {
    let is_zip = out
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("zip"));
    let mut pages = 0;
    let fill = |package: &mut Package| {
        pages = fill(archive, bundle, package, made, draft)?;
        Ok::<(), Error>(())
    };
    let (done, sha256) = match is_zip || given.is_some() {
        true => write_package(out, given, made, fill)?,
        false => {
            let unfinished = Unfinished::begin(out)?;
            let mut package = Package::begin(unfinished.create()?, made, out);
            let mut fill = fill;
            fill(&mut package)?;
            let done = package.finish()?;
            unfinished.unpack(unfinished.open()?)?;
            unfinished.finish()?;
            done
        }
    };
    Ok((done.files, done.bytes, sha256, pages))
}

/// The documents, the list of them, and the files that stand beside; gives the pages of the records.
fn fill(
    archive: &Archive,
    bundle: &mut Bundle,
    package: &mut Package,
    made: DateTime<Utc>,
    draft: bool,
) -> Result<usize, Error> {
    let paper = Paper {
        order: &bundle.order,
        made,
        draft,
    };
    let root = format!("utlämnande_{}", bundle.order.designation);
    let spool = &mut bundle.spool;
    let mut files: Vec<(String, usize)> = Vec::new();
    let mut pages = 0;
    for sheet in &bundle.sheets {
        let document = Handling {
            report: paper.sheet(sheet),
            restricted: false,
            plates: Vec::new(),
            threads: vec![sheet.thread.clone()],
        };
        let of_it = typeset(
            &document,
            false,
            &mut |name| spool.read(name),
            &mut |part| {
                let part_of = if part.of > 1 {
                    format!("_del_{}", part.number)
                } else {
                    String::new()
                };
                let name = format!("handlingar/{}{part_of}.pdf", sheet.name);
                package.add_bytes(&format!("{root}/{name}"), &part.bytes)?;
                if part.number == 1 {
                    files.push((name, 0));
                }
                Ok(())
            },
        )?;
        pages += of_it;
        if let Some((_, count)) = files.last_mut() {
            *count = of_it;
        }
        for handed in &sheet.handed {
            match handed {
                Handed::Picture { name } => {
                    let bytes = spool.read(name).map_err(io_error(&std::env::temp_dir()))?;
                    package.add_bytes(&format!("{root}/{name}"), &bytes)?;
                }
                Handed::Whole { name, held } => {
                    let mut file = held.open(archive)?;
                    let packed =
                        package.add(&format!("{root}/{name}"), Some(held.bytes), &mut file)?;
                    if packed.sha256 != held.sha256 {
                        return Err(Error::DamagedFile {
                            bag: held.bag,
                            path: held.path.clone(),
                        });
                    }
                }
            }
        }
    }
    let mut screens: Vec<(String, usize)> = Vec::new();
    for screen in &bundle.screens {
        let leaves = screen.leaves.len();
        pages += leaves;
        let parts = screen.pdf(&bundle.order, made, paper.mark(), spool)?;
        let of = parts.len();
        for (number, part) in (1..).zip(parts) {
            let part_of = match of {
                1 => String::new(),
                _ => format!("_del_{number}"),
            };
            let name = format!("skärm/{}{part_of}.pdf", screen.name());
            package.add_bytes(&format!("{root}/{name}"), &part)?;
            if number == 1 {
                screens.push((name, leaves));
            }
        }
    }
    let list = Handling {
        report: paper.list(&bundle.sheets, &files, &bundle.screens, &screens),
        restricted: false,
        plates: Vec::new(),
        threads: Vec::<Thread>::new(),
    };
    let none = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
    typeset(&list, true, none, &mut |part| {
        package.add_bytes(&format!("{root}/förteckning.pdf"), &part.bytes)?;
        Ok(())
    })?;
    Ok(pages)
}
