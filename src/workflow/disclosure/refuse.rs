//! A refusal in its two steps: the employee's answer, and the committee's decision that can be appealed (OSL 6 kap. 3 §).

use chrono::NaiveDate;
use serde::Serialize;

use super::bundle::left_out;
use super::letter::{Decided, Told, answer, decision};
use super::plain_text::as_text;
use super::reason::Reasons;
use super::{Delegate, DisclosureCase, DisclosureFault, DisclosureSettings};
use crate::calendar::local_date;
use crate::catalog::{
    DisclosureDecision, DisclosureMask, DisclosureWhat, NewDisclosureStep, NewDocument,
    NewDocumentBag,
};
use crate::pdfa::Report;
use crate::record::{BagId, DisclosureId, RecordId, Software, composed};
use crate::store::BagInfo;
use crate::workflow::reports::typeset_document;
use crate::workflow::{Archive, Error, Surroundings};

/// What the document is, in the catalog and in its bag.
const BESLUT: &str = "utlämnandebeslut";

/// Which of the two.
#[derive(Debug, Clone, Copy)]
pub enum Refusal<'a> {
    /// The answer of the employee who keeps the records.
    Answer,
    /// The committee's decision.
    Decision {
        delegate: &'a str,
        /// The § of the delegationsordning; `None`: as arkivd.toml has it.
        delegation: Option<&'a str>,
        day: Option<NaiveDate>,
        /// It is final: sealed in a bag of its own.
        seal: bool,
    },
}

/// A letter as it was drafted, or sealed.
#[derive(Debug, Clone)]
pub struct Refused {
    pub case: DisclosureCase,
    /// To be edited.
    pub text: String,
    /// PDF/A.
    pub pdf: Vec<u8>,
    pub bag: Option<BagId>,
}

/// document.json
#[derive(Serialize)]
struct DocumentFile<'a> {
    arkivd: &'static str,
    bag: BagId,
    what: &'static str,
    disclosure: DisclosureId,
    designation: &'a str,
    organisation: &'a str,
    committee: &'a str,
    made: chrono::DateTime<chrono::Utc>,
    software: Software,
    delegate: &'a str,
    delegation: &'a str,
    day: NaiveDate,
    records: Vec<DecidedRecord<'a>>,
}

#[derive(Serialize)]
struct DecidedRecord<'a> {
    record: RecordId,
    decision: DisclosureDecision,
    provisions: Vec<&'a str>,
}

/// Drafts a letter; a decision that is final is sealed, and noted.
///
/// # Errors
/// [`DisclosureFault`] when nothing is refused, something is not reviewed, or it is not known who decides and where is
/// appealed; those of the catalog and the store.
pub fn refuse_disclosure(
    archive: &Archive,
    name: &str,
    refusal: Refusal<'_>,
    settings: &DisclosureSettings,
    around: &Surroundings,
) -> Result<Refused, Error> {
    let now = (around.now)();
    let (case, masks, requester) = {
        let catalog = archive.catalog();
        let case = DisclosureCase::named(&catalog, name, settings, now)?;
        let masks = catalog.disclosure_masks(&case.row, None)?;
        let requester = catalog.requester(&case.row)?;
        (case, masks, requester)
    };
    check(&case)?;
    let reasons = Reasons::of(archive, &masks, |record| case.readable(record))?;
    let left_out = left_out(archive, &case, &masks, &reasons, &around.organisation)?;
    let told = Told {
        case: &case,
        masks: &masks,
        reasons: &reasons,
        left_out: &left_out,
    };
    let (report, seals) = match refusal {
        Refusal::Answer => {
            let name = requester.and_then(|r| r.name);
            let report = answer(told, name.as_deref(), around, now);
            (report, None)
        }
        Refusal::Decision {
            delegate,
            delegation,
            day,
            seal,
        } => {
            let court = settings.appeal_court.as_deref();
            let (delegate, delegation) = delegation_of(&case, delegate, delegation, settings)?;
            let decided = Decided {
                delegate: &delegate,
                delegation: &delegation,
                day: day.unwrap_or_else(|| local_date(now)),
                court: court.ok_or(DisclosureFault::NoAppealCourt)?,
            };
            check_reasons(&case, &masks, &reasons)?;
            check_day(&case, &decided, seal, local_date(now))?;
            let report = decision(told, &decided, around, now);
            let seals = seal.then(|| (delegate.clone(), delegation.clone(), decided.day));
            (report, seals)
        }
    };
    let text = as_text(&report);
    let pdf = typeset_document(&report)?;
    let Some((delegate, delegation, day)) = seals else {
        return Ok(Refused {
            case,
            text,
            pdf: pdf.bytes,
            bag: None,
        });
    };
    let level = pdf.level();
    let bag = BagId((around.new_id)());
    let file = DocumentFile {
        arkivd: "document/1",
        bag,
        what: BESLUT,
        disclosure: case.row.id,
        designation: &case.row.designation,
        organisation: &around.organisation,
        committee: &case.row.committee,
        made: now,
        software: Software::this(),
        delegate: &delegate,
        delegation: &delegation,
        day,
        records: decided_records(&case, &masks),
    };
    seal(
        archive,
        around,
        &case,
        &report,
        &file,
        (&text, &pdf.bytes, level),
    )?;
    let case = DisclosureCase::load(&archive.catalog(), case.row, settings, now)?;
    Ok(Refused {
        case,
        text,
        pdf: pdf.bytes,
        bag: Some(bag),
    })
}

fn check(case: &DisclosureCase) -> Result<(), DisclosureFault> {
    let designation = case.row.designation.clone();
    if case.row.closed.is_some() {
        return Err(DisclosureFault::Closed { case: designation });
    }
    if case.counts.unreviewed > 0 {
        return Err(DisclosureFault::Unreviewed {
            case: designation,
            records: case.counts.unreviewed,
        });
    }
    // That there is no such record is an answer too, and a decision.
    match !case.is_refused() && case.counts.given() > 0 {
        true => Err(DisclosureFault::NothingRefused { case: designation }),
        false => Ok(()),
    }
}

/// A decision says why (32 § förvaltningslagen): each mask, and each record that is withheld.
fn check_reasons(
    case: &DisclosureCase,
    masks: &[DisclosureMask],
    reasons: &Reasons,
) -> Result<(), DisclosureFault> {
    let decided = |what: DisclosureDecision| {
        let all = case.records.iter().filter(|r| !r.gone);
        all.filter(move |r| r.decided() == Some(what))
    };
    let masked: Vec<RecordId> = decided(DisclosureDecision::Mask)
        .map(|r| r.record)
        .collect();
    let bare =
        |m: &&DisclosureMask| masked.contains(&m.record) && !reasons.tells(m.reason.as_deref());
    let masks: Vec<i64> = masks.iter().filter(bare).map(|m| m.number).collect();
    let withheld = decided(DisclosureDecision::Withhold);
    let bare = withheld.filter(|r| !reasons.tells(r.reason.as_deref()));
    let records: Vec<RecordId> = bare.map(|r| r.record).collect();
    if !masks.is_empty() || !records.is_empty() {
        return Err(DisclosureFault::NoReason {
            case: case.row.designation.clone(),
            masks,
            records,
        });
    }
    match case
        .boxes
        .iter()
        .find(|b| !reasons.tells(b.reason.as_deref()))
    {
        Some(bare) => Err(DisclosureFault::NoBoxReason {
            case: case.row.designation.clone(),
            bag: bare.bag,
            number: bare.number,
        }),
        None => Ok(()),
    }
}

fn check_day(
    case: &DisclosureCase,
    decided: &Decided<'_>,
    seal: bool,
    today: NaiveDate,
) -> Result<(), DisclosureFault> {
    let received = local_date(case.row.received);
    let problem = match decided.day {
        day if day < received => Some(format!("the request came on {received}")),
        day if day > today && seal => Some("it has not come yet".to_owned()),
        _ => None,
    };
    if let Some(problem) = problem {
        return Err(DisclosureFault::Day {
            what: "decided",
            day: decided.day,
            problem,
        });
    }
    let reviewed = case.records.iter().filter_map(|r| r.reviewed).max();
    let newest = case.newest(DisclosureWhat::Decided).filter(|_| seal);
    match newest {
        Some(step) if reviewed.is_none_or(|at| at <= step.at) => Err(DisclosureFault::Order {
            what: "decided",
            case: case.row.designation.clone(),
            problem: "it is decided already, and nothing was reviewed since",
        }),
        _ => Ok(()),
    }
}

/// Who decides, and the § by which: as it was said, or as arkivd.toml has it. The committee itself decides by the § of its
/// minutes.
fn delegation_of(
    case: &DisclosureCase,
    delegate: &str,
    delegation: Option<&str>,
    settings: &DisclosureSettings,
) -> Result<(String, String), DisclosureFault> {
    let committee = &case.row.committee;
    let theirs: Vec<&Delegate> = settings
        .delegates
        .iter()
        .filter(|d| &d.committee == committee)
        .collect();
    let folded = |name: &str| composed(name.trim()).to_lowercase();
    let known = theirs.iter().find(|d| folded(&d.name) == folded(delegate));
    let said = delegation.map(str::trim).filter(|d| !d.is_empty());
    let itself = folded(delegate) == folded(committee);
    match (known, said) {
        (Some(known), said) => {
            let delegation = said.unwrap_or(&known.delegation);
            Ok((known.name.clone(), delegation.to_owned()))
        }
        (None, Some(said)) if itself => Ok((committee.clone(), said.to_owned())),
        (None, Some(said)) if theirs.is_empty() => {
            Ok((delegate.trim().to_owned(), said.to_owned()))
        }
        (None, _) => Err(DisclosureFault::NoDelegation {
            name: delegate.trim().chars().take(80).collect(),
            committee: committee.clone(),
            known: theirs.iter().map(|d| d.name.clone()).collect(),
        }),
    }
}

fn decided_records<'a>(
    case: &'a DisclosureCase,
    masks: &'a [DisclosureMask],
) -> Vec<DecidedRecord<'a>> {
    let decided = case.records.iter().filter(|r| !r.gone);
    decided
        .filter_map(|r| {
            let decision = r.decided()?;
            let of_it = masks.iter().filter(|m| m.record == r.record);
            let mut provisions: Vec<&str> = match decision.is_refused() {
                true => of_it.map(|m| m.provision.as_str()).collect(),
                false => Vec::new(),
            };
            provisions.extend(r.provision.as_deref());
            provisions.sort_unstable();
            provisions.dedup();
            Some(DecidedRecord {
                record: r.record,
                decision,
                provisions,
            })
        })
        .collect()
}

/// Seals the decision in a bag of its own, as it goes to the requester.
fn seal(
    archive: &Archive,
    around: &Surroundings,
    case: &DisclosureCase,
    report: &Report,
    file: &DocumentFile<'_>,
    (text, pdf, level): (&str, &[u8], String),
) -> Result<(), Error> {
    let mut staged = archive.store().stage(file.bag)?;
    staged.write("beslut.pdf", pdf)?;
    staged.write("beslut.txt", text.as_bytes())?;
    staged.write_json("document.json", file)?;
    let software = Software::this();
    let info = BagInfo::new([
        ("Source-Organization", around.organisation.clone()),
        (
            "External-Description",
            format!(
                "{}: {} {}",
                case.row.committee, report.title, case.row.designation
            ),
        ),
        ("External-Identifier", file.bag.to_string()),
        ("Bagging-Date", local_date(file.made).to_string()),
        (
            "Bag-Software-Agent",
            format!("{} {}", software.name, software.version),
        ),
    ])?;
    let salt = (around.salt)().map_err(Error::Salt)?;
    let published = staged.seal(&info, salt)?.publish()?;
    let bag = NewDocumentBag {
        id: file.bag,
        commitment: published.commitment,
        bytes: published.bytes,
        files: published.files,
        pdf: Some(level),
    };
    let document = NewDocument {
        bag: &bag,
        committee: &case.row.committee,
        what: BESLUT,
        object: case.row.id.0,
        made: file.made,
        actor: &around.actor,
    };
    let value = file.bag.to_string();
    let note = format!("{}, {}", file.delegate, file.delegation);
    let step = NewDisclosureStep {
        value: Some(&value),
        note: Some(&note),
        ..NewDisclosureStep::of(DisclosureWhat::Decided, file.day, file.made, &around.actor)
    };
    let committed = archive
        .catalog()
        .add_disclosure_decision(&case.row, &document, &step)?;
    archive.publish_ledger(committed.ledger.start)
}
