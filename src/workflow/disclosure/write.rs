//! A disclosure is written: one PDF, or a ZIP or folder of them, whole or not at all.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::bundle::{Bundle, Remark};
use super::media::{Handed, Pages};
use super::order::Form;
use super::paper::{Paper, Parts};
use super::screen::Screen;
use super::sheet::Sheet;
use super::typeset::typeset;
use crate::export::{Package, Unfinished, write_package};
use crate::pdfa::{Handling, Thread};
use crate::record::{Digest, ExportId, RecordId};
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
    /// Pages of the records and of what is printed beside them, without covers and lists.
    pub pages: u64,
    /// Öre.
    pub fee: u64,
    pub remarks: Vec<Remark>,
    /// Records that were handed out without a file that the form does not hold.
    pub not_given: Vec<RecordId>,
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
        pages: (pages + beside(bundle)) as u64,
        fee: 0,
        remarks: bundle.remarks.clone(),
        not_given: not_given(bundle),
    })
}

/// Pages of the files that are handed out as they are, as far as they can be counted here.
fn beside(bundle: &Bundle) -> usize {
    let pages = bundle.whole().map(|(.., pages)| match pages {
        Pages::Known(pages) => pages,
        Pages::ByHand | Pages::None => 0,
    });
    pages.sum()
}

fn not_given(bundle: &Bundle) -> Vec<RecordId> {
    let left = bundle.sheets.iter().flat_map(|s| &s.left_out);
    let mut records: Vec<RecordId> = left.filter(|l| l.technical).map(|l| l.record).collect();
    records.sort_unstable();
    records.dedup();
    records
}

type Written = (u64, u64, Digest, usize);

fn write_pdf(
    bundle: &mut Bundle,
    out: &Path,
    given: Option<File>,
    made: DateTime<Utc>,
    draft: bool,
) -> Result<Written, Error> {
    let (bytes, pages) = one_pdf(bundle, made, draft)?;
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

/// All that is handed out as one PDF, and how many pages of it are of records.
fn one_pdf(
    bundle: &mut Bundle,
    made: DateTime<Utc>,
    draft: bool,
) -> Result<(Vec<u8>, usize), Error> {
    let paper = Paper {
        order: &bundle.order,
        made,
        draft,
    };
    let threads: Vec<Thread> = bundle.sheets.iter().map(|s| s.thread.clone()).collect();
    let document = Handling {
        report: paper.whole(&bundle.sheets, &bundle.screens),
        restricted: false,
        plates: bundle.screens.iter().flat_map(Screen::plates).collect(),
        threads,
    };
    let spool = &mut bundle.spool;
    let mut bytes = Vec::new();
    let pages = typeset(&document, true, &mut |name| spool.read(name), &mut |part| {
        bytes = part.bytes;
        Ok(())
    })?;
    Ok((bytes, pages))
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
        pages = match bundle.order.form {
            Form::Digital => fill(archive, bundle, package, made, draft)?,
            Form::Paper | Form::OnTheSpot => fill_printed(archive, bundle, package, made, draft)?,
        };
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
    let root = root(bundle);
    let mut files: Vec<Parts> = Vec::new();
    let mut pages = 0;
    for sheet in &bundle.sheets {
        let document = Handling {
            report: paper.sheet(sheet),
            restricted: false,
            plates: Vec::new(),
            threads: vec![sheet.thread.clone()],
        };
        let spool = &mut bundle.spool;
        let mut parts = Vec::new();
        pages += typeset(
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
                parts.push((name, part.pages));
                Ok(())
            },
        )?;
        files.push(parts);
        for handed in &sheet.handed {
            if let Handed::Picture { name } = handed {
                let bytes = spool.read(name).map_err(io_error(&std::env::temp_dir()))?;
                package.add_bytes(&format!("{root}/{name}"), &bytes)?;
            }
        }
        add_whole(archive, sheet, &root, package)?;
    }
    let mut screens: Vec<Parts> = Vec::new();
    for screen in &bundle.screens {
        let spool = &mut bundle.spool;
        let written = screen.pdf(&bundle.order, made, paper.mark(), spool)?;
        let mut parts = Vec::new();
        for part in &written {
            let part_of = match written.len() {
                1 => String::new(),
                _ => format!("_del_{}", part.number),
            };
            let name = format!("skärm/{}{part_of}.pdf", screen.name());
            package.add_bytes(&format!("{root}/{name}"), &part.out)?;
            pages += part.pages;
            parts.push((name, part.pages));
        }
        screens.push(parts);
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

/// One PDF, and beside it the files that are printed as they are.
fn fill_printed(
    archive: &Archive,
    bundle: &mut Bundle,
    package: &mut Package,
    made: DateTime<Utc>,
    draft: bool,
) -> Result<usize, Error> {
    let root = root(bundle);
    let (bytes, pages) = one_pdf(bundle, made, draft)?;
    package.add_bytes(&format!("{root}/handlingar.pdf"), &bytes)?;
    for sheet in &bundle.sheets {
        add_whole(archive, sheet, &root, package)?;
    }
    Ok(pages)
}

fn root(bundle: &Bundle) -> String {
    format!("utlämnande_{}", bundle.order.designation)
}

/// The files that are handed out as they are.
fn add_whole(
    archive: &Archive,
    sheet: &Sheet,
    root: &str,
    package: &mut Package,
) -> Result<(), Error> {
    for handed in &sheet.handed {
        let Handed::Whole { name, held, .. } = handed else {
            continue;
        };
        let mut file = held.open(archive)?;
        let packed = package.add(&format!("{root}/{name}"), Some(held.bytes), &mut file)?;
        if packed.sha256 != held.sha256 {
            return Err(Error::DamagedFile {
                bag: held.bag,
                path: held.path.clone(),
            });
        }
    }
    Ok(())
}
