//! The document that goes with a delivery: what it is, what is in it, and how it is read.

use super::DeliveryCounts;
use super::plan::DeliveryPlan;
use crate::export::eark::SipFacts;
use crate::pdfa::{Chapter, Report};
use crate::record::{Block, Span};
use crate::workflow::Error;
use crate::workflow::reports::typeset_document;

/// What one account has in it.
pub(super) struct AccountTold {
    pub(super) name: String,
    pub(super) platform: &'static str,
    pub(super) address: String,
    pub(super) bags: u64,
    pub(super) records: u64,
    pub(super) destroyed: u64,
}

pub(super) fn typeset(
    facts: &SipFacts,
    plan: &DeliveryPlan,
    counts: &DeliveryCounts,
    accounts: &[AccountTold],
) -> Result<Vec<u8>, Error> {
    let told = |n: u64| n.to_string();
    let mut stated = vec![
        ("Leverans".to_owned(), facts.id.clone()),
        (
            "Insamlat".to_owned(),
            format!("{} – {}", plan.from, plan.to),
        ),
        ("Arkivpaket".to_owned(), told(counts.bags)),
        ("Handlingar".to_owned(), told(counts.records)),
        (
            "Sidor så som de visades".to_owned(),
            told(counts.page_captures),
        ),
        ("Protokoll".to_owned(), told(counts.documents)),
        ("Gallrade handlingar".to_owned(), told(counts.destroyed)),
    ];
    if let Some(receiver) = &plan.receiver {
        stated.insert(1, ("Mottagare".to_owned(), receiver.clone()));
    }
    if let Some(agreement) = &plan.agreement {
        stated.insert(1, ("Överenskommelse".to_owned(), agreement.clone()));
    }
    let document = Report {
        organisation: facts.organisation.clone(),
        committee: facts.committee.clone(),
        title: "Överlämnande till arkivmyndigheten".to_owned(),
        kind: "Följebrev till leverans".to_owned(),
        made: facts.made,
        software: facts.software.clone(),
        facts: stated,
        chapters: vec![about(plan, counts), listed(accounts), how_to_read(facts)],
    };
    Ok(typeset_document(&document)?.bytes)
}

fn about(plan: &DeliveryPlan, counts: &DeliveryCounts) -> Chapter {
    let (organisation, committee) = (&plan.organisation, &plan.committee);
    let mut body = vec![text(&match counts.bags {
        0 => format!(
            "{organisation}, {committee}, överlämnar uppgifterna om de handlingar från perioden som har gallrats. Inga arkivpaket \
             från perioden finns kvar."
        ),
        _ => format!(
            "{organisation}, {committee}, överlämnar arkivpaketen nedan. De ligger i leveransen så som de förseglades, och alla \
             kontrollerades mot sina kontrollsummor när leveransen gjordes. Arkivmyndigheten tar över ansvaret när den har \
             kvitterat leveransen."
        ),
    })];
    if counts.restricted_bags > 0 {
        body.push(text(&format!(
            "{} av paketen innehåller det som inte visades offentligt: meddelanden, och kommentarer som hölls inne eller doldes. \
             De kan innehålla uppgifter som omfattas av sekretess, och är inte prövade. De är märkta i ERMS-dokumentet \
             (restriction), som inte återger vad de säger.",
            counts.restricted_bags
        )));
    }
    if counts.destroyed > 0 {
        body.push(text(&format!(
            "{} handlingar från perioden är gallrade. Av dem finns bara uppgiften att de har funnits, med gallringsbeslutet, i \
             ERMS-dokumentet.",
            counts.destroyed
        )));
    }
    if !plan.gallringar.is_empty() {
        let ids: Vec<String> = plan.gallringar.iter().map(ToString::to_string).collect();
        body.push(text(&format!(
            "Ur arkivpaket från perioden har handlingar gallrats genom gallring {}. En handling som fångades flera gånger redovisas \
             en gång, i leveransen av den period då den först kom in i arkivet. Gallringsprotokollen levereras med den period då \
             de gjordes.",
            ids.join(", ")
        )));
    }
    if counts.received_already > 0 {
        body.push(text(&format!(
            "{} arkivpaket från perioden ingår inte, eftersom arkivmyndigheten redan har kvitterat dem i en tidigare leverans.",
            counts.received_already
        )));
    }
    Chapter {
        heading: "Om leveransen".to_owned(),
        body,
    }
}

fn listed(accounts: &[AccountTold]) -> Chapter {
    let head = [
        "Konto",
        "Plattform",
        "Adress",
        "Paket",
        "Handlingar",
        "Gallrade",
    ];
    let mut body = vec![row(true, head.map(str::to_owned))];
    for account in accounts {
        body.push(row(
            false,
            [
                account.name.clone(),
                account.platform.to_owned(),
                account.address.clone(),
                account.bags.to_string(),
                account.records.to_string(),
                account.destroyed.to_string(),
            ],
        ));
    }
    Chapter {
        heading: "Konton".to_owned(),
        body,
    }
}

fn how_to_read(facts: &SipFacts) -> Chapter {
    let edition = match facts.erms {
        crate::export::erms::ErmsVersion::V3_0 => "3.0",
        crate::export::erms::ErmsVersion::V2_1 => "2.1",
    };
    Chapter {
        heading: "Så är leveransen ordnad".to_owned(),
        body: vec![
            text(
                "Leveransen följer FGS Paketstruktur 2.0 (E-ARK CSIP och SIP 2.1). METS.xml räknar upp alla filer med storlek och \
                 SHA-256, och metadata/preservation/premis.xml berättar vad som har gjorts med dem.",
            ),
            text(&format!(
                "representations/rep1/data/erms.xml följer FGS Ärendehantering 2.0 (CITS ERMS {edition}). Där står varje handling med \
                 handlingstyp, gallringsfrist, diarienummer och de filer den finns i. Skärmbilder av sidor står där som egna handlingar."
            )),
            text(
                "representations/rep1/data/bags/ innehåller arkivpaketen. Varje paket är en mapp enligt BagIt (RFC 8493): posts.pdf är \
                 handlingarna i PDF/A, records.json samma handlingar som data, raw/ plattformens svar och media/ bilder, filmer och filer. \
                 page-screen.pdf är en sida så som skärmen visade den, och capture.warc.gz vad som då hämtades.",
            ),
        ],
    }
}

fn text(words: &str) -> Block {
    Block::Paragraph {
        spans: vec![Span::plain(words)],
    }
}

fn row<const N: usize>(header: bool, cells: [String; N]) -> Block {
    Block::TableRow {
        header,
        cells: cells.into_iter().map(|c| vec![Span::plain(c)]).collect(),
    }
}
