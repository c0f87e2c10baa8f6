//! Gallringsprotokollet (arkivlagen 1990:782, 10 §) is sealed in a bag of its own, which ends the gallring: it is itself
//! preserved.

mod paper;

use std::path::PathBuf;

use serde::Serialize;

use super::super::{Archive, Error, Surroundings};
use super::police;
use crate::calendar::local_date;
use crate::catalog::{DestroyedGroup, GallringBag, GallringRow, NewDocument, NewDocumentBag};
use crate::pdfa::{Options, check_all, typeset_report};
use crate::record::{BagId, BagKind, GallringId, Software};
use crate::retention::GallringDecision;
use crate::store::{BagInfo, StagedBag, crash_point};
pub(super) use paper::{cells, chapter, fact, header, many, rows, text};

/// What the document is, in the catalog and in its bag.
const GALLRINGSPROTOKOLL: &str = "gallringsprotokoll";
/// The same of an erasure that the police instructed.
const RADERINGSPROTOKOLL: &str = "raderingsprotokoll";
/// Tells what a bag of a document is about.
pub(in crate::workflow) const DOCUMENT_FILE: &str = "data/document.json";
/// The value of `arkivd` there.
const DOCUMENT_FORMAT: &str = "document/1";
/// Rows of a table that the document prints; the file beside it has them all.
const MOST_ROWS: usize = 2_000;

/// document.json
#[derive(Serialize)]
struct DocumentFile<'a> {
    arkivd: &'static str,
    bag: BagId,
    what: &'static str,
    gallring: GallringId,
    organisation: &'a str,
    committee: &'a str,
    made: chrono::DateTime<chrono::Utc>,
    software: Software,
    decision: Option<&'a GallringDecision>,
    records: u64,
    pages: u64,
    /// SHA-256 of the list that was approved.
    list: String,
    bags: Vec<BagLine>,
}

#[derive(Serialize)]
struct BagLine {
    bag: BagId,
    leaf: u64,
    kind: BagKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    successor: Option<BagId>,
    /// `succeeded`, `disposed`, or `kept`: a page capture that stays.
    became: &'static str,
}

fn became(bag: &GallringBag) -> &'static str {
    match bag.successor {
        Some(successor) if successor == bag.bag => "kept",
        Some(_) => "succeeded",
        None => "disposed",
    }
}

/// Typesets and seals the protocol, which ends the gallring. Once it is there it is given again.
pub(super) fn seal_protocol(
    archive: &Archive,
    around: &Surroundings,
    gallring: GallringId,
) -> Result<(BagId, PathBuf), Error> {
    let file = |bag: BagId, what: &str| {
        let bag = archive.store().path(bag).join("bag");
        bag.join("data").join(format!("{what}.pdf"))
    };
    let sealed = archive.catalog().documents(&gallring.to_string())?;
    let is_protocol = |what: &str| what == GALLRINGSPROTOKOLL || what == RADERINGSPROTOKOLL;
    if let Some(found) = sealed.iter().find(|d| is_protocol(&d.what)) {
        return Ok((found.bag, file(found.bag, &found.what)));
    }
    let (row, groups, bags, answers) = {
        let catalog = archive.catalog();
        let row = catalog
            .gallring(gallring)?
            .ok_or(crate::catalog::Error::NoGallring(gallring))?;
        (
            row,
            catalog.destroyed_groups(gallring)?,
            catalog.gallring_bags(gallring)?,
            catalog.answers_kept(gallring)?,
        )
    };
    let what = match &row.decision {
        Some(GallringDecision::Police(_)) => RADERINGSPROTOKOLL,
        _ => GALLRINGSPROTOKOLL,
    };
    let made = (around.now)();
    let id = BagId((around.new_id)());
    let protocol = Protocol {
        what,
        organisation: &around.organisation,
        executor: &around.actor,
        row: &row,
        groups: &groups,
        bags: &bags,
        answers,
        made,
    };
    let mut staged = archive.store().stage(id)?;
    let mut list = staged.file("handlingar.csv")?;
    let written = archive.catalog().write_destroyed(gallring, &mut list)?;
    written.map_err(|source| Error::Io {
        path: PathBuf::from("handlingar.csv"),
        source,
    })?;
    let list = list.finish()?;
    let levels = protocol.typeset(&mut staged, &list.sha256.to_string())?;
    staged.write_json(
        "document.json",
        &DocumentFile {
            arkivd: DOCUMENT_FORMAT,
            bag: id,
            what,
            gallring,
            organisation: &around.organisation,
            committee: &row.committee,
            made,
            software: Software::this(),
            decision: row.decision.as_ref(),
            records: row.sum.records,
            pages: row.sum.pages,
            list: row.sum.digest.to_string(),
            bags: bags
                .iter()
                .map(|bag| BagLine {
                    bag: bag.bag,
                    leaf: bag.leaf,
                    kind: bag.kind,
                    successor: bag.successor.filter(|s| *s != bag.bag),
                    became: became(bag),
                })
                .collect(),
        },
    )?;
    let salt = (around.salt)().map_err(Error::Salt)?;
    let info = protocol.info(id)?;
    let published = staged.seal(&info, salt)?.publish()?;
    crash_point("gallring::protocol::published");
    let bag = NewDocumentBag {
        id,
        commitment: published.commitment,
        bytes: published.bytes,
        files: published.files,
        pdf: Some(levels),
    };
    let committed = archive.catalog().add_document(
        &NewDocument {
            bag: &bag,
            committee: &row.committee,
            what,
            object: gallring.0,
            made,
            actor: &around.actor,
        },
        Some(gallring),
    )?;
    crash_point("gallring::protocol::committed");
    archive.publish_ledger(committed.ledger.start)?;
    Ok((id, file(id, what)))
}

pub(super) struct Protocol<'a> {
    what: &'static str,
    pub(super) organisation: &'a str,
    pub(super) executor: &'a str,
    pub(super) row: &'a GallringRow,
    pub(super) groups: &'a [DestroyedGroup],
    pub(super) bags: &'a [GallringBag],
    /// Records that stay and answer what went.
    pub(super) answers: u64,
    pub(super) made: chrono::DateTime<chrono::Utc>,
}

impl Protocol<'_> {
    /// Stages the PDF at the highest level that the gate passes; gives the level.
    fn typeset(&self, staged: &mut StagedBag, list: &str) -> Result<String, Error> {
        let report = match &self.row.decision {
            Some(GallringDecision::Police(police)) => police::report(self, police, list),
            _ => self.report(list),
        };
        let mut refused = Vec::new();
        for tagged in [true, false] {
            let options = Options {
                tagged,
                ..Options::default()
            };
            let mut parts = Vec::new();
            typeset_report(&report, &options, &mut |part| {
                parts.push(part);
                Ok(())
            })
            .map_err(Error::Document)?;
            let (Some(part), true) = (parts.pop(), parts.is_empty()) else {
                return Err(Error::DocumentTooLong);
            };
            let judged = check_all(&part.bytes, part.levels).map_err(Error::Document)?;
            refused = judged.into_iter().flat_map(|(_, found)| found).collect();
            if refused.is_empty() {
                staged.write(&format!("{}.pdf", self.what), &part.bytes)?;
                return Ok(part.level());
            }
        }
        Err::<String, _>(Error::DocumentRefused(refused))
    }

    fn info(&self, bag: BagId) -> Result<BagInfo, crate::store::Error> {
        let software = Software::this();
        BagInfo::new([
            ("Source-Organization", self.organisation.to_owned()),
            (
                "External-Description",
                format!("{}: {} {}", self.row.committee, self.what, self.row.id),
            ),
            ("External-Identifier", bag.to_string()),
            ("Bagging-Date", local_date(self.made).to_string()),
            (
                "Bag-Software-Agent",
                format!("{} {}", software.name, software.version),
            ),
        ])
    }
}
