//! What the bundle says of its documents for programs and spreadsheets: handlingar.csv, ärende.json, erms.xml.

use std::io::Write;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::held::{Held, told};
use super::plan::{DiariumCase, DiariumPlan};
use crate::export::csv_text;
use crate::export::erms::{
    Agent, AgentType, Aggregation, AggregationKind, Appendix, Control, DateType, Direction,
    ErmsVersion, Note, Record, Restriction, Status, write_erms,
};
use crate::record::{AccountId, Digest, ExportId, RecordId, Software};
use crate::workflow::{Error, Handling, Registration};

/// A file of the bundle.
pub(super) struct FileRow {
    /// Below `data/`.
    pub(super) path: String,
    /// `handling`, `bild`, `skärm` ...
    pub(super) what: &'static str,
    pub(super) bytes: u64,
    pub(super) sha256: Digest,
    pub(super) media_type: String,
}

impl FileRow {
    pub(super) fn new(
        path: String,
        what: &'static str,
        bytes: usize,
        sha256: Digest,
        media_type: &str,
    ) -> Self {
        Self {
            path,
            what,
            bytes: bytes as u64,
            sha256,
            media_type: media_type.to_owned(),
        }
    }
}

/// A document as it is told of.
pub(super) struct Row {
    pub(super) number: usize,
    pub(super) files: Vec<FileRow>,
    pub(super) kind: &'static str,
    pub(super) registration: Registration,
    pub(super) restricted: bool,
    pub(super) account: Option<AccountId>,
    pub(super) account_name: String,
    pub(super) platform: &'static str,
    pub(super) address: Option<String>,
    pub(super) records: Vec<RecordRow>,
    pub(super) first_seen: Option<DateTime<Utc>>,
    /// Where the page that shows it lies, below `data/`.
    pub(super) page: Option<String>,
    pub(super) level: String,
}

pub(super) struct RecordRow {
    pub(super) record: RecordId,
    depth: usize,
    version: u32,
    sha256: Option<Digest>,
}

impl Row {
    pub(super) fn of(held: &Held) -> Self {
        let head = held.head();
        let records = held.records.iter().map(|(handling, depth)| RecordRow {
            record: handling.record(),
            depth: *depth,
            version: handling.newest().map_or(0, |v| v.number),
            sha256: handling.newest().map(|v| v.digest),
        });
        Self {
            number: held.number,
            files: Vec::new(),
            kind: head.map_or("handling", Handling::kind),
            registration: head.map_or_else(
                || Registration {
                    incoming: false,
                    at: None,
                    designation: String::new(),
                    document: None,
                    counterpart: None,
                    subject: String::new(),
                    public_counterpart: None,
                    public_subject: String::new(),
                },
                Handling::registration,
            ),
            restricted: held.is_restricted(),
            account: head.map(|h| h.account.id.clone()),
            account_name: head.map_or_else(String::new, |h| h.account_name.clone()),
            platform: head.map_or("", |h| h.account.platform.label()),
            address: head.and_then(|h| h.details.permalink.clone()),
            records: records.collect(),
            first_seen: head
                .and_then(|h| h.details.versions.first())
                .map(|v| v.first_seen),
            page: None,
            level: String::new(),
        }
    }

    /// The path of the document's first part.
    pub(super) fn document(&self) -> &str {
        self.files.first().map_or("", |f| f.path.as_str())
    }

    fn beside(&self) -> impl Iterator<Item = &FileRow> {
        self.files.iter().filter(|f| f.what != "handling")
    }
}

/// handlingar.csv.
pub(super) fn csv(plan: &DiariumPlan, rows: &[Row]) -> Vec<u8> {
    let head = [
        "Nr",
        "Fil",
        "Diarienummer",
        "Ärendemening",
        "Handlingstyp",
        "Riktning",
        "Inkommen",
        "Upprättad",
        "Avsändare",
        "Mottagare",
        "Gäller",
        "Offentlig avsändare",
        "Offentlig mottagare",
        "Offentlig lydelse",
        "Ej offentlig",
        "Beteckning",
        "Handlingsnummer",
        "Konto",
        "Plattform",
        "Adress",
        "Inlägg i handlingen",
        "Id i arkivet",
        "SHA-256",
        "Skärmbild",
        "Bilagor",
    ];
    let (number, title) = match &plan.case {
        DiariumCase::Number(number) => (number.as_str(), ""),
        DiariumCase::New(title) => ("", title.as_str()),
    };
    let lines = rows.iter().map(|row| {
        let r = &row.registration;
        let at = told(r.at);
        let incoming = r.incoming;
        let other = |known: Option<&String>, is_told: bool| match known {
            Some(name) => name.clone(),
            // What was published was sent to everybody.
            None if !incoming && is_told => "allmänheten".to_owned(),
            None => String::new(),
        };
        let (other, public) = (
            other(r.counterpart.as_ref(), true),
            other(r.public_counterpart.as_ref(), !row.restricted),
        );
        let ours = plan.committee.as_str();
        let sides = |other: String| match incoming {
            true => (other, ours.to_owned()),
            false => (ours.to_owned(), other),
        };
        let (sender, receiver) = sides(other);
        let (public_sender, public_receiver) = sides(public);
        let when = |is: bool, text: &str| if is { text.to_owned() } else { String::new() };
        let beside: Vec<&str> = row.beside().map(|f| f.path.as_str()).collect();
        let documents = row.files.iter().filter(|f| f.what == "handling");
        let digests: Vec<String> = documents.map(|f| f.sha256.to_string()).collect();
        vec![
            row.number.to_string(),
            row.document().to_owned(),
            number.to_owned(),
            title.to_owned(),
            row.kind.to_owned(),
            if incoming { "inkommande" } else { "utgående" }.to_owned(),
            when(incoming, &at),
            when(!incoming, &at),
            sender,
            receiver,
            r.subject.clone(),
            public_sender,
            public_receiver,
            r.public_subject.clone(),
            when(row.restricted, "ja"),
            r.designation.clone(),
            r.document.clone().unwrap_or_default(),
            row.account_name.clone(),
            row.platform.to_owned(),
            row.address.clone().unwrap_or_default(),
            row.records.len().to_string(),
            row.records
                .first()
                .map(|r| r.record.to_string())
                .unwrap_or_default(),
            digests.join(" "),
            row.page.clone().unwrap_or_default(),
            beside.join(" | "),
        ]
    });
    let head = head.map(str::to_owned).to_vec();
    let plain = |row: Vec<String>| {
        row.into_iter()
            .map(|cell| one_line(&cell))
            .collect::<Vec<_>>()
    };
    csv_text(std::iter::once(head).chain(lines).map(plain)).into_bytes()
}

/// A cell is one line, and shows all it holds.
fn one_line(text: &str) -> String {
    let shown = |c: char| match c {
        c if c.is_control() => ' ',
        // Marks that turn the direction of what follows hide what a cell says.
        '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => ' ',
        c => c,
    };
    let shown: String = text.chars().map(shown).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn json_fault(source: serde_json::Error) -> Error {
    Error::Json {
        what: "ärende.json".to_owned(),
        source,
    }
}

/// ärende.json, as archive-schema/diarium.schema.json has it.
pub(super) fn json(
    plan: &DiariumPlan,
    id: ExportId,
    made: DateTime<Utc>,
    rows: &[Row],
) -> Result<Vec<u8>, Error> {
    let case = match &plan.case {
        DiariumCase::Number(number) => json!({ "diarienummer": number }),
        DiariumCase::New(title) => json!({ "ärendemening": title }),
    };
    let all = Told {
        arkivd: "diarium/1",
        case,
        committee: &plan.committee,
        export: id,
        handlingar: rows,
        made,
        organisation: &plan.organisation,
        software: Software::this().to_string(),
    };
    let mut bytes = serde_json::to_vec_pretty(&all).map_err(json_fault)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// ärende.json, in the order of its keys.
#[derive(Serialize)]
struct Told<'a> {
    arkivd: &'static str,
    case: Value,
    committee: &'a str,
    export: ExportId,
    // One after the other: as values, all of ten thousand are 150 MB.
    #[serde(serialize_with = "one_by_one")]
    handlingar: &'a [Row],
    made: DateTime<Utc>,
    organisation: &'a str,
    software: String,
}

fn one_by_one<S: Serializer>(rows: &&[Row], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(rows.iter().map(handling_json))
}

fn handling_json(row: &Row) -> Value {
    let r = &row.registration;
    let records: Vec<Value> = row
        .records
        .iter()
        .map(|r| json!({ "record": r.record, "depth": r.depth, "version": r.version, "content_sha256": r.sha256 }))
        .collect();
    let files: Vec<Value> = row
        .files
        .iter()
        .map(|f| json!({ "path": f.path, "what": f.what, "bytes": f.bytes, "sha256": f.sha256, "media_type": f.media_type }))
        .collect();
    json!({
        "number": row.number,
        "kind": row.kind,
        "direction": if r.incoming { "inkommande" } else { "utgående" },
        "inkommen": r.at.filter(|_| r.incoming),
        "upprättad": r.at.filter(|_| !r.incoming),
        "designation": r.designation,
        "handlingsnummer": r.document,
        "restricted": row.restricted,
        "internal": { "counterpart": r.counterpart, "subject": r.subject },
        "public": { "counterpart": r.public_counterpart, "subject": r.public_subject },
        "account": row.account,
        "account_name": row.account_name,
        "platform": row.platform,
        "address": row.address,
        "first_seen": row.first_seen,
        "level": row.level,
        "page": row.page,
        "records": records,
        "files": files,
    })
}

/// What each version of the records says, whose digest is the canonical JSON's (RFC 8785).
pub(super) fn raw(held: &Held) -> Result<Vec<u8>, Error> {
    let records: Vec<Value> = held
        .records
        .iter()
        .map(|(handling, _)| {
            let versions: Vec<Value> = handling
                .details
                .versions
                .iter()
                .map(|v| {
                    json!({ "version": v.number, "content_sha256": v.digest, "visibility": v.visibility,
                            "edited": v.edited, "first_seen": v.first_seen, "content": v.content })
                })
                .collect();
            json!({ "record": handling.record(), "kind": handling.details.line.kind, "permalink": handling.details.permalink,
                    "published": handling.details.line.published, "versions": versions })
        })
        .collect();
    let mut bytes = serde_json::to_vec_pretty(&records).map_err(json_fault)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The same as E-ARK CITS ERMS, which FGS Ärendehantering 2.0 is. Paths begin with `below`.
pub(super) fn erms<W: Write>(
    plan: &DiariumPlan,
    id: ExportId,
    made: DateTime<Utc>,
    rows: &[Row],
    out: W,
    below: &str,
) -> Result<W, Error> {
    let agent = |kind, name: &str| Agent {
        kind,
        name: name.to_owned(),
        organisation: None,
        unit: None,
        role: None,
    };
    let control = Control {
        identification: id.to_string(),
        identification_type: "UUID".to_owned(),
        classification: Vec::new(),
        agency: vec![plan.organisation.clone(), plan.committee.clone()],
        made,
        maker: agent(AgentType::Agent, &Software::this().to_string()),
        system: agent(AgentType::Agent, "arkivd"),
    };
    let (extra_ids, title) = match &plan.case {
        DiariumCase::Number(number) => (
            vec![("diarienummer".to_owned(), number.clone())],
            format!("Ärende {number}"),
        ),
        DiariumCase::New(title) => (Vec::new(), title.clone()),
    };
    let case = Aggregation {
        system_identifier: id.to_string(),
        object_id: id.to_string(),
        kind: AggregationKind::CaseFile,
        extra_ids,
        classification: None,
        title: Some(title),
        status: Some(Status::Open),
        agents: vec![Agent {
            organisation: Some(plan.organisation.clone()),
            ..agent(AgentType::Creator, &plan.committee)
        }],
        description: None,
        dates: vec![(DateType::Opened, made)],
        notes: Vec::new(),
    };
    let records = rows
        .iter()
        .filter_map(|row| erms_record(row, made, &agent, below));
    let written = write_erms(ErmsVersion::default(), &control, &case, records, out);
    written.map_err(|source| Error::Io {
        path: "erms.xml".into(),
        source,
    })
}

fn erms_record(
    row: &Row,
    made: DateTime<Utc>,
    agent: &dyn Fn(AgentType, &str) -> Agent,
    below: &str,
) -> Option<Record> {
    let r = &row.registration;
    let record = row.records.first()?.record.to_string();
    let at = r.at.or(row.first_seen).unwrap_or(made);
    let (direction, whom, date) = match r.incoming {
        true => (Direction::Incoming, AgentType::Sender, DateType::Received),
        false => (Direction::Outgoing, AgentType::Recipient, DateType::Sent),
    };
    let mut extra_ids = Vec::new();
    if r.designation != record {
        extra_ids.push(("diarienummer".to_owned(), r.designation.clone()));
    }
    extra_ids.extend(
        r.document
            .iter()
            .map(|n| ("handlingsnummer".to_owned(), n.clone())),
    );
    Some(Record {
        system_identifier: record.clone(),
        object_id: record,
        extra_ids,
        record_type: Some(row.kind.to_owned()),
        classification: None,
        title: Some(r.subject.clone()),
        description: r.subject.clone(),
        status: r.incoming.then_some(Status::Received),
        running_number: u32::try_from(row.number).ok(),
        relations: Vec::new(),
        restrictions: Restriction::not_judged(row.restricted),
        disposal: None,
        direction: Some(direction),
        agents: r.counterpart.iter().map(|name| agent(whom, name)).collect(),
        created: at,
        dates: r.at.map(|at| (date, at)).into_iter().collect(),
        notes: public_form(row),
        appendices: row
            .files
            .iter()
            .map(|file| Appendix {
                name: file.path.rsplit('/').next().unwrap_or_default().to_owned(),
                path: format!("{below}{}", file.path),
                description: Some(file.what.to_owned()),
                format: Some(file.media_type.clone()),
            })
            .collect(),
    })
}

/// What may be shown to anyone of what was not public (OSL 5 kap. 2 §): the record's own fields have the internal form.
fn public_form(row: &Row) -> Vec<Note> {
    if !row.restricted {
        return Vec::new();
    }
    let r = &row.registration;
    let whom = match r.incoming {
        true => "offentlig avsändare",
        false => "offentlig mottagare",
    };
    let counterpart = r.public_counterpart.as_deref().unwrap_or("utelämnad");
    [
        ("offentlig lydelse", r.public_subject.as_str()),
        (whom, counterpart),
    ]
    .map(|(kind, text)| Note {
        kind: kind.to_owned(),
        at: None,
        text: text.to_owned(),
    })
    .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_shows_all_it_holds_on_one_line() {
        assert_eq!(one_line("a\r\nb\u{202e}c\t\0d"), "a b c d");
    }
}
