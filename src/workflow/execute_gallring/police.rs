//! Raderingsprotokollet: what was erased on the police's instruction, without a word of what it was. It cites the
//! instruction, names bags and their places in the ledger, and says which backups are concerned.

use super::protocol::{Protocol, cells, chapter, fact, header, many, rows, text};
use crate::calendar::local_date;
use crate::catalog::GallringBag;
use crate::pdfa::{Chapter, Report};
use crate::record::{BagKind, Software};
use crate::retention::PoliceInstruction;

pub(super) fn report(protocol: &Protocol<'_>, police: &PoliceInstruction, list: &str) -> Report {
    let row = protocol.row;
    let on = local_date(protocol.made);
    let mut facts = vec![
        fact(
            "Myndighet",
            format!("{}, {}", protocol.organisation, row.committee),
        ),
        fact("Ärende", police.case.clone()),
        fact("Polisens anvisning", police.reference.clone()),
        fact("Anvisningen gavs av", police.by.clone()),
        fact("Anvisningens datum", police.date.to_string()),
    ];
    if !police.reports.is_empty() {
        facts.push(fact("Polisanmälan", police.reports.join(", ")));
    }
    facts.extend([
        fact(
            "Omfattning",
            format!(
                "{} och {}",
                many(row.sum.records, "handling", "handlingar"),
                many(row.sum.pages, "sidkopia", "sidkopior")
            ),
        ),
        fact(
            "Listans kontrollsumma",
            format!("SHA-256 {}", row.sum.digest),
        ),
        fact(
            "Metod",
            "Radering. Paket där materialet stod har ersatts av nya utan det, eller tagits bort. Sidkopior som kan visa \
             det har tagits bort. Text, namn och adresser har raderats och skrivits över i katalogen. Kvar är poster \
             utan innehåll och avtryck som hindrar att materialet samlas in igen."
                .to_owned(),
        ),
        fact("Utförd av", protocol.executor.to_owned()),
        fact("Utförd den", on.to_string()),
    ]);
    Report {
        organisation: protocol.organisation.to_owned(),
        committee: row.committee.clone(),
        title: "Raderingsprotokoll".to_owned(),
        kind: format!("Radering på polisens anvisning den {on}"),
        made: protocol.made,
        software: Software::this(),
        facts,
        chapters: chapters(protocol, police, list),
    }
}

fn chapters(protocol: &Protocol<'_>, police: &PoliceInstruction, list: &str) -> Vec<Chapter> {
    let on = local_date(protocol.made);
    let mut chapters = vec![chapter(
        "Grund",
        vec![
            text(
                "Materialet misstänks vara barnpornografi (16 kap. 10 a § brottsbalken). Från det att ärendet öppnades \
                 har det varit låst: ingen har kunnat läsa, söka i eller lämna ut det, och adressen har inte samlats in.",
            ),
            text(
                "Raderingen görs på polisens anvisning. Den är inte ett gallringsbeslut, och den har gått före varje \
                 spärr mot gallring. Protokollet innehåller ingenting av det som raderades.",
            ),
        ],
    )];
    let mut erased = vec![header(&["Konto", "Antal handlingar"])];
    let mut accounts: Vec<(&str, u64)> = Vec::new();
    for group in protocol.groups {
        match accounts.iter_mut().find(|(id, _)| *id == group.account) {
            Some((_, count)) => *count += group.count,
            None => accounts.push((&group.account, group.count)),
        }
    }
    erased.extend(
        accounts
            .iter()
            .map(|(account, count)| cells(&[account, &count.to_string()])),
    );
    let none = "Inga handlingar: bara sidkopior omfattas.";
    chapters.push(chapter(
        "Vad som har raderats",
        match accounts.is_empty() {
            true => vec![text(none)],
            false => {
                erased.push(text(&format!(
                    "Varje handlings id står i filen handlingar.csv bredvid protokollet (SHA-256 {list})."
                )));
                erased
            }
        },
    ));
    let bags: Vec<&GallringBag> = protocol
        .bags
        .iter()
        .filter(|b| b.successor != Some(b.bag))
        .collect();
    if !bags.is_empty() {
        let mut body = vec![header(&["Paket", "Slag", "Plats i loggen", "Ersätts av"])];
        body.extend(rows(&bags, |bag| {
            let kind = match bag.kind {
                BagKind::Page => "sidkopia",
                BagKind::Records | BagKind::RecordsRestricted => "handlingar",
            };
            let successor = bag.successor.map(|b| b.to_string());
            [
                bag.bag.to_string(),
                kind.to_owned(),
                bag.leaf.to_string(),
                successor.unwrap_or_else(|| "inget, paketet togs bort".to_owned()),
            ]
        }));
        chapters.push(chapter("Paket som har ersatts eller tagits bort", body));
    }
    chapters.push(chapter("Säkerhetskopior", backups(protocol, police)));
    chapters.push(chapter(
        "Underskrift",
        vec![
            text(&format!("Raderingen utfördes {on}.")),
            text("Ort och datum"),
            text("\u{a0}"),
            text(
                "................................................................................",
            ),
            text("Namnteckning och namnförtydligande"),
            text("\u{a0}"),
            text(
                "................................................................................",
            ),
        ],
    ));
    chapters
}

/// arkivd keeps no list of backups: the days tell which are concerned.
fn backups(protocol: &Protocol<'_>, police: &PoliceInstruction) -> Vec<crate::record::Block> {
    let on = local_date(protocol.made);
    let days = match police.since {
        Some(since) => format!("från och med {since} till och med {on}"),
        None => format!("till och med {on}"),
    };
    vec![
        text(&format!(
            "Varje säkerhetskopia av arkivet, och av den dator där det ligger, som har tagits {days} kan innehålla \
             materialet. Det gäller även ögonblicksbilder av diskar och kopior hos leverantörer. Arkivd har ingen \
             förteckning över säkerhetskopior."
        )),
        text(
            "Ansvarig för driften ska spärra kopiorna, förstöra dem enligt polisens anvisning och skriva nedan vilka \
             det gäller och vilken dag det gjordes. En kopia från dessa dagar får inte läsas tillbaka.",
        ),
        header(&["Säkerhetskopia", "Förstörd den", "Av"]),
        cells(&["\u{a0}", "\u{a0}", "\u{a0}"]),
        cells(&["\u{a0}", "\u{a0}", "\u{a0}"]),
        cells(&["\u{a0}", "\u{a0}", "\u{a0}"]),
    ]
}
