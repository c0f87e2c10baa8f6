//! What a delivery's ERMS document says of one thing: a bag, a stub, a row of the plan, a kind of record.

use chrono::{DateTime, Utc};

use crate::calendar::local_time;
use crate::catalog::{DeliveryBag, DocumentNumber, ListPlan, ListRow, Stub};
use crate::export::erms::{
    Classification, DateType, Disposal, DisposalDateType, Note, Record, Status,
};
use crate::record::Kind;
use crate::retention::Place;

/// Letters of a text that a description repeats.
const LONGEST: usize = 240;
/// A record that a bag is as a whole.
pub(super) fn bag_told(bag: &DeliveryBag, title: String) -> Record {
    Record {
        system_identifier: bag.id.to_string(),
        object_id: bag.id.to_string(),
        extra_ids: Vec::new(),
        record_type: None,
        classification: None,
        description: title.clone(),
        title: Some(title),
        status: Some(Status::Prepared),
        running_number: None,
        relations: Vec::new(),
        restrictions: Vec::new(),
        disposal: None,
        direction: None,
        agents: Vec::new(),
        created: bag.at,
        dates: Vec::new(),
        notes: Vec::new(),
        appendices: Vec::new(),
    }
}

/// What is left of a destroyed record.
pub(super) fn stub_told(stub: &Stub) -> Record {
    let kind = kind_told(stub.kind);
    let executed = stub.executed.map(local_time);
    let mut told = format!("Gallrad genom gallring {}", stub.gallring);
    if let Some(at) = &executed {
        told.push_str(&format!(", verkställd {at}"));
    }
    if let Some(kind) = &stub.handlingstyp {
        told.push_str(&format!(", handlingstyp {kind}"));
    }
    if let Some(bag) = stub.protocol {
        told.push_str(&format!(", protokoll i arkivpaket {bag}"));
    }
    told.push('.');
    Record {
        system_identifier: stub.record.to_string(),
        object_id: stub.record.to_string(),
        extra_ids: {
            let mut ids = registered(&stub.registered, &stub.documents);
            ids.push(("gallring".to_owned(), stub.gallring.to_string()));
            ids
        },
        record_type: Some(kind.to_owned()),
        classification: None,
        title: None,
        description: format!("{} som är gallrad", capital(kind)),
        status: Some(Status::Obliterated),
        running_number: None,
        relations: Vec::new(),
        restrictions: Vec::new(),
        disposal: None,
        direction: None,
        agents: Vec::new(),
        created: stub.published.or(stub.executed).unwrap_or_default(),
        dates: stub
            .executed
            .map(|at| (DateType::Destroyed, at))
            .into_iter()
            .collect(),
        notes: vec![note("gallring", told)],
        appendices: Vec::new(),
    }
}

/// The diarienummer, each with the number that the record has within it.
pub(super) fn registered(
    numbers: &[String],
    documents: &[DocumentNumber],
) -> Vec<(String, String)> {
    let mut ids = Vec::new();
    for number in numbers {
        ids.push(("diarienummer".to_owned(), number.clone()));
        let document = documents.iter().rfind(|d| d.registered == *number);
        ids.extend(document.map(|d| {
            let told = match numbers.len() {
                1 => d.number.clone(),
                _ => format!("{} i {number}", d.number),
            };
            ("handlingsnummer".to_owned(), told)
        }));
    }
    ids
}

pub(super) fn classified(row: &ListRow) -> Classification {
    Classification {
        code: row.row.id.to_string(),
        name: row.row.handlingstyp.clone(),
    }
}

pub(super) fn rule_told(row: &ListRow) -> String {
    format!(
        "Rad {} {}: {}.",
        row.row.id,
        row.row.handlingstyp,
        row.fate(Place::Archive)
    )
}

pub(super) fn disposal(row: &ListRow, due: DateTime<Utc>) -> Disposal {
    Disposal {
        disposable: true,
        schedule: Some(row.row.id.to_string()),
        action: Some("gallras".to_owned()),
        period: Some(row.fate(Place::Archive)),
        mandate: row.row.authority.clone(),
        comments: Vec::new(),
        date_type: DisposalDateType::ActionDue,
        date: due,
    }
}

pub(super) fn plan_told(plan: &ListPlan) -> String {
    let header = &plan.header;
    match &header.decision {
        Some(decision) => format!(
            "{}, beslutad av {} {} {}",
            header.title, decision.by, decision.date, decision.paragraph
        ),
        None => format!("{} (utkast, inte beslutat)", header.title),
    }
}

pub(super) fn note(kind: &str, text: String) -> Note {
    Note {
        kind: kind.to_owned(),
        at: None,
        text,
    }
}

pub(super) fn kind_told(kind: Kind) -> &'static str {
    match kind {
        Kind::Post => "inlägg",
        Kind::Page => "sida",
        Kind::Comment => "kommentar",
        Kind::Message => "meddelande",
    }
}

pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// The first words, on one line; `None` where there are none.
pub(super) fn brief(text: &str) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return None;
    }
    Some(match line.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{} …", line.get(..cut).unwrap_or_default()),
        None => line,
    })
}
