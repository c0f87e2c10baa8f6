//! What may be handed out is handed out: written whole, judged, and noted with its pages and its fee.

use std::fs::File;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::bundle::{Bundle, Remark, bundle};
use super::order::{Form, Order};
use super::reason::Reasons;
use super::screen::Screens;
use super::write::{Handout, write};
use super::{DisclosureCase, DisclosureFault, DisclosureSettings, HandoutFault, not_given};
use crate::calendar::local_date;
use crate::catalog::{DisclosureMask, DisclosureWhat, ExportKind, NewDisclosureStep, NewExport};
use crate::record::{ExportId, RecordId, Software};
use crate::workflow::{Archive, Error, Surroundings};

/// What is to be handed out.
#[derive(Debug)]
pub struct Delivery<'a> {
    pub form: Form,
    /// All versions of each record.
    pub versions: bool,
    /// Films, sounds and documents of masked records too.
    pub attachments: bool,
    /// Also where what is masked in one record stands open in another: a person has judged it.
    pub accept: bool,
    pub out: &'a Path,
    /// The file that was opened for it.
    pub given: Option<File>,
}

/// Hands out, and notes it. Two at once are two deliveries, each whole.
///
/// # Errors
/// Records that are not reviewed, or none to hand out; what is masked in one and stands in another; a file that is damaged; when `out` exists or cannot be written.
pub fn deliver_disclosure(
    archive: &Archive,
    name: &str,
    settings: &DisclosureSettings,
    delivery: Delivery<'_>,
    around: &Surroundings,
) -> Result<Handout, Error> {
    let now = (around.now)();
    let layout = layout(delivery.form, delivery.out)?;
    let (case, order, masks) = ordered(archive, name, settings, &delivery, around, now)?;
    if case.counts.unreviewed > 0 {
        return Err(DisclosureFault::Unreviewed {
            case: case.row.designation,
            records: case.counts.unreviewed,
        }
        .into());
    }
    nothing(&case, &order)?;
    let pages = Screens::of(archive, &case)?.not_looked_at(&case)?;
    if !pages.is_empty() {
        let case = case.row.designation;
        return Err(HandoutFault::NotLookedAt { case, pages }.into());
    }
    let mut bundle = bundle(archive, order, &masks)?;
    one_file(&case, &bundle, layout, delivery.out)?;
    bundle.shows_others(archive, &case)?;
    if !delivery.accept {
        refuse_open(&case, &bundle.remarks)?;
    }
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
        (layout, delivery.out),
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
    bundle.shows_others(archive, &case)?;
    let waiting = Screens::of(archive, &case)?.not_looked_at(&case)?;
    let unseen = waiting.into_iter();
    bundle
        .remarks
        .extend(unseen.map(|(bag, page)| Remark::ScreenNotLookedAt { bag, page }));
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
    let order = Order::read(&row)?;
    if order.disclosure != case.row.id {
        return Err(no_delivery().into());
    }
    if layout(order.form, out)? != row.layout {
        return Err(HandoutFault::Ending {
            form: order.form.as_str(),
            endings: vec![row.layout],
            out: out.display().to_string(),
        }
        .into());
    }
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
    let reasons = Reasons::of(archive, &masks, |record| case.readable(record))?;
    let order = Order {
        versions: delivery.versions,
        attachments: delivery.attachments,
        screens: Screens::of(archive, &case)?.shown(archive, &case)?,
        ..Order::of(&case, &masks, &reasons, &around.organisation, delivery.form)
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

/// What is told once the file has gone is told too late.
fn refuse_open(case: &DisclosureCase, remarks: &[Remark]) -> Result<(), Error> {
    let open = remarks.iter().filter_map(|remark| match remark {
        Remark::StandsElsewhere {
            mask,
            record,
            open: true,
        } => Some((*mask, *record)),
        _ => None,
    });
    let places: Vec<(i64, RecordId)> = open.collect();
    match places.is_empty() {
        true => Ok(()),
        false => Err(HandoutFault::StandsOpen {
            case: case.row.designation.clone(),
            places,
        }
        .into()),
    }
}

/// How a form is laid out in a file of that name: `pdf` or `zip`.
fn layout(form: Form, out: &Path) -> Result<&'static str, Error> {
    let endings: &[&'static str] = match form {
        Form::Digital => &["zip"],
        Form::Paper => &["pdf", "zip"],
        Form::OnTheSpot => &["pdf"],
    };
    let is = |end: &&&str| out.extension().is_some_and(|e| e.eq_ignore_ascii_case(end));
    let found = endings.iter().find(is).copied();
    found.ok_or_else(|| {
        HandoutFault::Ending {
            form: form.as_str(),
            endings: endings.iter().map(|&end| end.to_owned()).collect(),
            out: out.display().to_string(),
        }
        .into()
    })
}

/// One PDF of ours holds no other (ISO 19005-1, 6.1.11): what is printed as it is lies beside it.
fn one_file(case: &DisclosureCase, bundle: &Bundle, layout: &str, out: &Path) -> Result<(), Error> {
    let files = bundle.whole().count() as u64;
    if files == 0 || layout != "pdf" {
        return Ok(());
    }
    Err(HandoutFault::Beside {
        case: case.row.designation.clone(),
        files,
        out: out.display().to_string(),
    }
    .into())
}

#[allow(clippy::too_many_arguments)] // all that stands in the row
fn note(
    archive: &Archive,
    case: &DisclosureCase,
    bundle: &Bundle,
    done: &Handout,
    id: ExportId,
    (layout, out): (&str, &Path),
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
    let export = NewExport {
        id,
        kind: ExportKind::Disclosure,
        committee: &case.row.committee,
        layout,
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
    };
    let today = local_date(now);
    let not_given = not_given::kept(&done.not_given)?;
    let step = NewDisclosureStep {
        value: not_given.as_deref(),
        form: Some(done.form.as_str()),
        pages: Some(done.pages),
        fee: Some(done.fee),
        export: Some(id),
        ..NewDisclosureStep::of(DisclosureWhat::Delivered, today, now, &around.actor)
    };
    let committed = archive.catalog().add_handout(&case.row, &export, &step)?;
    archive.publish_ledger(committed.ledger.start)
}
