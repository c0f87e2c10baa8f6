//! följebrev.pdf: what the bundle is, from where and when, what is in it, and how it is checked.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::held::{capital, paragraph, row, told};
use super::metadata::Row;
use super::plan::{DiariumCase, DiariumPlan, Layout};
use crate::calendar::{local_date, local_time};
use crate::pdfa::{Chapter, Report};
use crate::record::{Digest, ExportId, Software};

/// Documents that the letter lists; more stand in handlingar.csv alone.
const LISTED: usize = 300;

pub(super) fn letter(
    plan: &DiariumPlan,
    id: ExportId,
    made: DateTime<Utc>,
    rows: &[Row],
    files: &[(&str, Digest)],
) -> Report {
    let restricted = rows.iter().filter(|r| r.restricted).count();
    let mut facts = vec![match &plan.case {
        DiariumCase::Number(number) => ("Ärende".to_owned(), number.clone()),
        DiariumCase::New(title) => ("Nytt ärende".to_owned(), title.clone()),
    }];
    let mut fact = |label: &str, value: String| facts.push((label.to_owned(), value));
    let incoming = rows.iter().filter(|r| r.registration.incoming).count();
    let made_here = rows.len() - incoming;
    fact("Handlingar", directions(incoming, made_here));
    let days = rows
        .iter()
        .filter_map(|r| r.registration.at)
        .map(local_date);
    if let (Some(first), Some(last)) = (days.clone().min(), days.max()) {
        let period = match first == last {
            true => first.to_string(),
            false => format!("{first} till {last}"),
        };
        fact("Från tiden", period);
    }
    if restricted > 0 {
        let marked = if restricted == 1 { "märkt" } else { "märkta" };
        fact(
            "Ej offentliga",
            format!("{restricted}, {marked} på varje sida"),
        );
    }
    fact("Framtaget", local_time(made));
    fact("Export", id.to_string());
    let mut chapters = vec![about(restricted), contents(rows), sources(rows)];
    chapters.push(digests(plan.layout, rows, files));
    chapters.push(back(plan, id));
    Report {
        organisation: plan.organisation.clone(),
        committee: plan.committee.clone(),
        title: "Handlingar till diariet".to_owned(),
        kind: "Följebrev".to_owned(),
        made,
        software: Software::this(),
        facts,
        chapters,
    }
}

/// How many came in and how many were made here, of those there are.
fn directions(incoming: usize, made_here: usize) -> String {
    let came = match incoming {
        1 => "inkommen",
        _ => "inkomna",
    };
    let made = match made_here {
        1 => "upprättad",
        _ => "upprättade",
    };
    match (incoming, made_here) {
        (n, 0) => format!("{n} {came}"),
        (0, n) => format!("{n} {made}"),
        (a, b) => format!("{}: {a} {came}, {b} {made}", a + b),
    }
}

fn about(restricted: usize) -> Chapter {
    let mut body = vec![paragraph(
        "Paketet innehåller handlingar från myndighetens konton i sociala medier. En handling som andra har skrivit är inkommen när den \
         lades ut på kontot. En handling som myndigheten själv har skrivit är upprättad när den publicerades. Tiderna är svensk tid.",
    )];
    if restricted > 0 {
        body.push(paragraph(
            "Det som inte är offentligt visades inte för alla: meddelanden, eller kommentarer som var dolda eller väntade på granskning. \
             Det kan omfattas av sekretess. Metadata har avsändare och ärende i två former: en intern, och en offentlig där de är \
             utelämnade (OSL 5 kap. 2 §). Det här brevet och filernas namn följer den offentliga formen.",
        ));
    }
    Chapter {
        heading: "Vad paketet är".to_owned(),
        body,
    }
}

/// The documents in their public form: the letter may be shown to anyone.
fn contents(rows: &[Row]) -> Chapter {
    let mut body = vec![paragraph(
        "Varje handling ligger i mappen handlingar som en PDF/A. Bilder och filmer ligger bredvid, med samma nummer \
         först i namnet. Sidan så som skärmen visade den ligger också där; visar den flera handlingar, har den numret på den första.",
    )];
    if rows.len() > LISTED {
        body.push(paragraph(&format!(
            "De {} handlingarna räknas upp i metadata/handlingar.csv.",
            rows.len()
        )));
    } else {
        let head = ["Nr", "Tid", "Handling", "Avsändare", "Gäller"];
        body.push(row(true, head.map(str::to_owned)));
        for r in rows {
            let registration = &r.registration;
            let direction = match registration.incoming {
                true => "inkommen",
                false => "upprättad",
            };
            let kind = match r.records.len() {
                1 => capital(r.kind),
                n => format!("Tråd, {n} inlägg"),
            };
            let from = match registration.incoming {
                true => registration
                    .public_counterpart
                    .clone()
                    .unwrap_or_else(|| "–".to_owned()),
                false => "myndigheten".to_owned(),
            };
            body.push(row(
                false,
                [
                    r.number.to_string(),
                    told(registration.at),
                    format!("{kind}, {direction}"),
                    from,
                    registration.public_subject.clone(),
                ],
            ));
        }
    }
    Chapter {
        heading: "Handlingarna".to_owned(),
        body,
    }
}

fn sources(rows: &[Row]) -> Chapter {
    let mut accounts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for r in rows {
        *accounts.entry((&r.account_name, r.platform)).or_default() += 1;
    }
    let head = ["Konto", "Plattform", "Handlingar"].map(str::to_owned);
    let lines = accounts.into_iter().map(|((name, platform), n)| {
        row(false, [name.to_owned(), platform.to_owned(), n.to_string()])
    });
    Chapter {
        heading: "Varifrån de kommer".to_owned(),
        body: std::iter::once(row(true, head)).chain(lines).collect(),
    }
}

fn digests(layout: Layout, rows: &[Row], files: &[(&str, Digest)]) -> Chapter {
    let mut body = vec![
        paragraph(match layout {
            Layout::EarkSip => {
                "Paketet följer FGS Paketstruktur 2.0 (E-ARK SIP 2.1): METS.xml har en kontrollsumma (SHA-256) för varje fil. \
                 ERMS-dokumentet representations/rep1/data/erms.xml beskriver ärendet och handlingarna."
            }
            Layout::Bagit => {
                "Paketet är en bag enligt RFC 8493: manifest-sha256.txt har en kontrollsumma (SHA-256) för varje fil, och \
             tagmanifest-sha256.txt för manifestet. Programmet bagit.py prövar alla på en gång."
            }
        }),
        row(true, ["Fil", "Kontrollsumma (SHA-256)"].map(str::to_owned)),
    ];
    for (name, sha256) in files {
        body.push(row(false, [(*name).to_owned(), sha256.to_string()]));
    }
    if rows.len() <= LISTED {
        for r in rows {
            for file in r.files.iter().filter(|f| f.what == "handling") {
                let number = file.path.rsplit('/').next().unwrap_or_default();
                let number: String = number.chars().take_while(char::is_ascii_digit).collect();
                body.push(row(
                    false,
                    [format!("handling {number}"), file.sha256.to_string()],
                ));
            }
        }
    }
    Chapter {
        heading: "Kontrollsummor".to_owned(),
        body,
    }
}

/// What the registrar does next.
fn back(plan: &DiariumPlan, id: ExportId) -> Chapter {
    let number = match &plan.case {
        DiariumCase::Number(number) => number.as_str(),
        DiariumCase::New(_) => "DIARIENUMMER",
    };
    let erms = match plan.layout {
        Layout::EarkSip => "representations/rep1/data/erms.xml",
        Layout::Bagit => "metadata/erms.xml",
    };
    Chapter {
        heading: "När handlingarna är registrerade".to_owned(),
        body: vec![
            paragraph(&format!(
                "Uppgifterna om varje handling finns i handlingar.csv för kalkylprogram, och i ärende.json och {erms} för \
                 verksamhetssystem. Anteckna sedan diarienumret och handlingens nummer i arkivet, så att registrerat och oregistrerat \
                 går att skilja åt:"
            )),
            paragraph(&format!(
                "arkivd record mark ID registered=\"{number}\" --document NUMMER"
            )),
            paragraph(&format!(
                "Paketets kontrollsumma står kvar på handlingarna. Samma paket görs på nytt med arkivd export again {id}."
            )),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::directions;

    #[test]
    fn one_document_is_told_in_the_singular() {
        assert_eq!(directions(1, 0), "1 inkommen");
        assert_eq!(directions(0, 2), "2 upprättade");
        assert_eq!(directions(1, 2), "3: 1 inkommen, 2 upprättade");
    }
}
