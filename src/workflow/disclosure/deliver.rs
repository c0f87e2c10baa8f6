//! What may be handed out is handed out: written whole, judged, and noted with its pages and its fee.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::chosen::{Group, groups};
use super::media::Handed;
use super::order::{Form, Order};
use super::paper::{Paper, typeset};
use super::sheet::Sheet;
use super::spool::Spool;
use super::{DisclosureCase, DisclosureFault, DisclosureSettings, HandoutFault};
use crate::calendar::local_date;
use crate::catalog::{
    DisclosureMask, DisclosureWhat, ExportKind, Exported, NewDisclosureStep, NewExport,
};
use crate::export::mask::Masker;
use crate::export::{Package, Unfinished, write_package};
use crate::pdfa::{Handling, Thread};
use crate::record::{Digest, ExportId, RecordId, Software};
use crate::workflow::{Archive, Error, Surroundings, io_error};

/// What is to be handed out.
#[derive(Debug)]
pub struct Delivery<'a> {
    pub form: Form,
    /// All versions of each record.
    pub versions: bool,
    /// Films, sounds and documents of masked records too.
    pub attachments: bool,
    pub out: &'a Path,
    /// The file that was opened for it.
    pub given: Option<File>,
}

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

/// What a person should look at before it is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// Words that are masked stand in another record, where they are not.
    StandsElsewhere {
        mask: i64,
        record: RecordId,
    },
    /// A mask took nothing out of what is handed out.
    Idle(i64),
    /// Pictures of a masked record that have no mask of their own.
    PicturesUnmasked(RecordId),
    LeftOut {
        record: RecordId,
        why: String,
    },
    /// Files are handed out as they are: nobody can mask them here.
    Whole(u64),
}

/// Everything that is written, before it is.
struct Bundle {
    order: Order,
    sheets: Vec<Sheet>,
    spool: Spool,
    remarks: Vec<Remark>,
    records: Vec<Exported>,
}

/// Hands out, and notes it. Two at once are two deliveries, each whole.
///
/// # Errors
/// Records that are not reviewed, or none to hand out; a file that is damaged; when `out` exists or cannot be written.
pub fn deliver_disclosure(
    archive: &Archive,
    name: &str,
    settings: &DisclosureSettings,
    delivery: Delivery<'_>,
    around: &Surroundings,
) -> Result<Handout, Error> {
    let now = (around.now)();
    ending(delivery.form, delivery.out)?;
    let (case, order, masks) = ordered(archive, name, settings, &delivery, around, now)?;
    if case.counts.unreviewed > 0 {
        return Err(DisclosureFault::Unreviewed {
            case: case.row.designation,
            records: case.counts.unreviewed,
        }
        .into());
    }
    nothing(&case, &order)?;
    let mut bundle = bundle(archive, order, &masks)?;
    let is_ours = delivery.given.is_none();
    let mut done = write(
        archive,
        &mut bundle,
        delivery.out,
        delivery.given,
        now,
        false,
    )?;
    done.fee = match delivery.form {
        Form::OnTheSpot => 0,
        Form::Paper => settings.tariff.fee(done.pages),
        Form::Digital => settings.tariff.digital_fee(done.pages),
    };
    let id = ExportId((around.new_id)());
    if let Err(error) = note(
        archive,
        &case,
        &bundle,
        &done,
        id,
        delivery.out,
        around,
        now,
    ) {
        // What is not noted was not handed out.
        if is_ours {
            let _ = std::fs::remove_file(delivery.out);
        }
        return Err(error);
    }
    done.export = Some(id);
    Ok(done)
}

/// The same as a draft for who reviews it: each page says so, nothing is noted, and what is not reviewed is left out.
///
/// # Errors
/// As [`deliver_disclosure`], but for the review.
pub fn preview_disclosure(
    archive: &Archive,
    name: &str,
    settings: &DisclosureSettings,
    delivery: Delivery<'_>,
    around: &Surroundings,
) -> Result<Handout, Error> {
    let now = (around.now)();
    let (case, order, masks) = ordered(archive, name, settings, &delivery, around, now)?;
    nothing(&case, &order)?;
    let mut bundle = bundle(archive, order, &masks)?;
    write(
        archive,
        &mut bundle,
        delivery.out,
        delivery.given,
        now,
        true,
    )
}

/// Writes once more what was handed out, with the same bytes.
///
/// # Errors
/// [`HandoutFault::NotTheSame`]: then nothing is left of it.
pub fn deliver_again(
    archive: &Archive,
    case: &DisclosureCase,
    export: ExportId,
    out: &Path,
    given: Option<File>,
) -> Result<Handout, Error> {
    let no_delivery = || HandoutFault::NoDelivery {
        export,
        case: case.row.designation.clone(),
    };
    let row = archive
        .catalog()
        .export(export)?
        .filter(|row| row.kind == ExportKind::Disclosure);
    let row = row.ok_or_else(no_delivery)?;
    let order: Order = serde_json::from_str(&row.request).map_err(|source| Error::Json {
        what: format!("export {export}"),
        source,
    })?;
    if order.disclosure != case.row.id {
        return Err(no_delivery().into());
    }
    ending(order.form, out)?;
    let masks = archive.catalog().every_disclosure_mask(&case.row)?;
    let mut bundle = bundle(archive, order, &masks)?;
    let is_ours = given.is_none();
    let mut done = write(archive, &mut bundle, out, given, row.made, false)?;
    if done.sha256 != row.sha256 {
        if is_ours {
            let _ = std::fs::remove_file(out);
        }
        return Err(HandoutFault::NotTheSame {
            export,
            software: row.software,
        }
        .into());
    }
    let step = case.steps.iter().find(|s| s.export == Some(export));
    done.fee = step.and_then(|s| s.fee).unwrap_or_default();
    done.export = Some(export);
    Ok(done)
}

fn ordered(
    archive: &Archive,
    name: &str,
    settings: &DisclosureSettings,
    delivery: &Delivery<'_>,
    around: &Surroundings,
    now: DateTime<Utc>,
) -> Result<(DisclosureCase, Order, Vec<DisclosureMask>), Error> {
    let (case, masks) = {
        let catalog = archive.catalog();
        let case = DisclosureCase::named(&catalog, name, settings, now)?;
        let masks = catalog.disclosure_masks(&case.row, None)?;
        (case, masks)
    };
    let order = Order {
        versions: delivery.versions,
        attachments: delivery.attachments,
        ..Order::of(&case, &masks, &around.organisation, delivery.form)
    };
    Ok((case, order, masks))
}

fn nothing(case: &DisclosureCase, order: &Order) -> Result<(), Error> {
    match order.given.is_empty() {
        true => Err(HandoutFault::NothingGiven {
            case: case.row.designation.clone(),
        }
        .into()),
        false => Ok(()),
    }
}

fn ending(form: Form, out: &Path) -> Result<(), Error> {
    let wanted = match form {
        Form::Digital => "ZIP",
        Form::Paper | Form::OnTheSpot => "PDF",
    };
    if out
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case(wanted))
    {
        return Ok(());
    }
    Err(HandoutFault::Ending {
        form: form.as_str(),
        ending: wanted,
        out: out.display().to_string(),
    }
    .into())
}

fn bundle(archive: &Archive, mut order: Order, masks: &[DisclosureMask]) -> Result<Bundle, Error> {
    let groups = groups(archive, &order, masks)?;
    for chosen in groups.iter().flat_map(|g| &g.records) {
        let name = || chosen.handling.account_name.clone();
        order
            .accounts
            .entry(chosen.handling.account.id.clone())
            .or_insert_with(name);
    }
    let all = || groups.iter().flat_map(|g: &Group| &g.records);
    let maskers: Vec<&Masker> = all()
        .map(|c| &c.masker)
        .filter(|m| m.masks_anything())
        .collect();
    let mut spool = Spool::begin().map_err(io_error(&std::env::temp_dir()))?;
    let (mut sheets, mut records) = (Vec::new(), Vec::new());
    for (at, group) in groups.iter().enumerate() {
        let sheet = Sheet::of(archive, &order, group, at + 1, &maskers, &mut spool)?;
        for chosen in &group.records {
            records.push(Exported {
                record: chosen.handling.record(),
                version: chosen.handling.newest().map_or(0, |v| v.number),
                number: u32::try_from(at + 1).unwrap_or(u32::MAX),
            });
        }
        sheets.push(sheet);
    }
    let mut remarks = Vec::new();
    let masked: Vec<_> = all().filter(|c| c.masker.masks_anything()).collect();
    for other in all() {
        let mut told: Vec<i64> = Vec::new();
        for (at, version) in other.handling.details.versions.iter().enumerate() {
            let numbers = other.numbers.get(at).map_or(&[][..], Vec::as_slice);
            let left = match masked.is_empty() {
                true => continue,
                false => other.masker.masked(&version.content, numbers).content,
            };
            for by in masked
                .iter()
                .filter(|c| c.handling.record() != other.handling.record())
            {
                let stand = by.masker.stand_in(&left);
                told.extend(
                    stand
                        .iter()
                        .filter_map(|n| Some(by.masks.get(*n)?.0.number)),
                );
            }
        }
        told.sort_unstable();
        told.dedup();
        let record = other.handling.record();
        remarks.extend(
            told.into_iter()
                .map(|mask| Remark::StandsElsewhere { mask, record }),
        );
    }
    for sheet in &sheets {
        remarks.extend(sheet.idle.iter().map(|mask| Remark::Idle(*mask)));
        let mut unmasked = sheet.unmasked.clone();
        unmasked.sort_unstable();
        unmasked.dedup();
        remarks.extend(unmasked.into_iter().map(Remark::PicturesUnmasked));
        let left_out = sheet.left_out.iter();
        remarks.extend(left_out.map(|l| Remark::LeftOut {
            record: l.record,
            why: l.why.clone(),
        }));
    }
    let whole = sheets
        .iter()
        .flat_map(|s| &s.handed)
        .filter(|h| matches!(h, Handed::Whole { .. }))
        .count();
    if whole > 0 {
        remarks.push(Remark::Whole(whole as u64));
    }
    Ok(Bundle {
        order,
        sheets,
        spool,
        remarks,
        records,
    })
}

fn write(
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
        report: paper.whole(&bundle.sheets, true),
        restricted: false,
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
    let list = Handling {
        report: paper.list(&bundle.sheets, &files),
        restricted: false,
        threads: Vec::<Thread>::new(),
    };
    let none = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
    typeset(&list, true, none, &mut |part| {
        package.add_bytes(&format!("{root}/förteckning.pdf"), &part.bytes)?;
        Ok(())
    })?;
    Ok(pages)
}

#[allow(clippy::too_many_arguments)] // all that stands in the row
fn note(
    archive: &Archive,
    case: &DisclosureCase,
    bundle: &Bundle,
    done: &Handout,
    id: ExportId,
    out: &Path,
    around: &Surroundings,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let request = serde_json::to_string(&bundle.order).map_err(|source| Error::Json {
        what: format!("disclosure {}", case.row.designation),
        source,
    })?;
    let software = Software::this();
    let software = format!("{} {}", software.name, software.version);
    let name = out
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let salt = (around.salt)().map_err(Error::Salt)?;
    let mut catalog = archive.catalog();
    let committed = catalog.add_export(&NewExport {
        id,
        kind: ExportKind::Disclosure,
        committee: &case.row.committee,
        layout: match done.form {
            Form::Digital => "zip",
            Form::Paper | Form::OnTheSpot => "pdf",
        },
        request: &request,
        software: &software,
        made: now,
        actor: &around.actor,
        name: &name,
        bytes: done.bytes,
        files: done.files,
        sha256: done.sha256,
        salt,
        records: &bundle.records,
        bags: &[],
    })?;
    catalog.note_disclosure(
        &case.row,
        &NewDisclosureStep {
            form: Some(done.form.as_str()),
            pages: Some(done.pages),
            fee: Some(done.fee),
            export: Some(id),
            ..NewDisclosureStep::of(
                DisclosureWhat::Delivered,
                local_date(now),
                now,
                &around.actor,
            )
        },
    )?;
    drop(catalog);
    archive.publish_ledger(committed.ledger.start)
}
