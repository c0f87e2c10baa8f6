//! `gallring review`: what is temporary or minor and waits for someone to say that it is no longer current (TIB-12).
//!
//! The list is for the archivist to go through with the editors, each half-year or when a channel ends. It names records
//! by kind, day and address, and holds no words of theirs.

use std::collections::BTreeMap;

use chrono::Months;

use super::sheet::columns;
use super::{Cell, Column, Head, Stated, Tail, Total, Writing};
use crate::catalog::ListRow;
use crate::retention::{Decided, Place};
use crate::workflow::Error;

const COLUMNS: &[Column] = columns! {
    "committee" "committee" "Nämnd" data;
    "account" "account" "Konto" both;
    "kind" "kind" "Slag" both;
    "published" "published" "Publicerad" both;
    "handlingstyp" "record type" "Handlingstyp" both;
    "row" "row" "Rad i planen" data;
    "archive" "archive" "I arkivet" table;
    "medium" "medium" "I mediet" table;
    "closed" "channel closed" "Kanalen avslutad" data;
    "address" "address" "Adress" paper;
    "record" "record" "Handlingens id" both;
};

impl Writing<'_> {
    pub(super) fn review(&mut self) -> Result<(), Error> {
        let today = self.today();
        let before = today.checked_sub_months(Months::new(6)).unwrap_or(today);
        let mut stated = vec![Stated::new(
            "before",
            "Looked at",
            "Urval",
            format!(
                "what waits for the word inaktuell, and was published before {before} or stands on a closed channel"
            ),
            format!(
                "det som väntar på att någon bedömer det som inaktuellt och som publicerades före {before} eller finns i en avslutad kanal"
            ),
        )];
        if let Some(rule) = &self.policy.gallring_review {
            stated.push(Stated::new(
                "rule",
                "Rule",
                "Regel",
                format!("{}, {}: \"{}\"", rule.requirement, rule.source, rule.quote),
                format!("{}, {}: ”{}”", rule.requirement, rule.source, rule.quote),
            ));
        }
        self.begin(Head {
            report: "review",
            title: "Genomgång inför gallring".to_owned(),
            kind: format!(
                "Halvårsgenomgång {today}: tillfälligt och ringa som kan ha blivit inaktuellt"
            ),
            stated,
            columns: COLUMNS,
            ..Head::default()
        })?;
        let committees = match &self.request.committee {
            Some(committee) => vec![committee.clone()],
            None => self.archive.catalog().committees()?.into_iter().collect(),
        };
        let account = self.request.account.clone();
        let archive = self.archive;
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let (mut all, mut undecided) = (0, false);
        for committee in committees {
            let catalog = archive.catalog();
            let plans = catalog.list_plans(&committee, today)?;
            catalog.for_each_to_review::<Error>(
                &committee,
                &plans,
                before,
                account.as_ref(),
                |line| {
                    undecided |= matches!(line.row.decided, Decided::No | Decided::NotYet);
                    if line.visibility.is_restricted()
                        && !self.request.restricted.includes(&committee)
                    {
                        return Ok(());
                    }
                    self.row(vec![
                        Cell::Text(committee.clone()),
                        Cell::Text(line.account.to_string()),
                        kind(line.kind),
                        Cell::time(line.published),
                        Cell::Text(line.row.row.handlingstyp.clone()),
                        Cell::Text(line.row.row.id.to_string()),
                        Cell::Text(said(line.row, Place::Archive)),
                        Cell::Text(said(line.row, Place::Medium)),
                        line.closed.map_or(Cell::Nothing, Cell::Day),
                        Cell::text(line.address.clone()),
                        Cell::Text(line.record.to_string()),
                    ])?;
                    all += 1;
                    match counts.get_mut(line.account.as_str()) {
                        Some(count) => *count += 1,
                        None => {
                            counts.insert(line.account.to_string(), 1);
                        }
                    }
                    Ok(())
                },
            )?;
        }
        let mut totals = vec![Total::new("records", "Records", "Handlingar", all)];
        totals.extend(counts.into_iter().map(|(account, count)| {
            Total::new("records_of_account", "Records", "Handlingar", count).on(account)
        }));
        let mut notes = vec![(
            "go through it with the editors; what is no longer current is marked (arkivd record mark RECORD inaktuell), and comes to be due by the plan".to_owned(),
            "Gå igenom listan med redaktörerna. Det som inte längre är aktuellt märks (arkivd record mark HANDLING inaktuell) och förfaller sedan till gallring enligt planen. Det som inte märks bevaras.".to_owned(),
        )];
        if undecided {
            notes.push((
                "some of the rows stand in a plan that is not decided or not in force: by it nothing may be destroyed".to_owned(),
                "Några av raderna står i en plan som inte är beslutad eller inte har börjat gälla. Med stöd av den får inget gallras.".to_owned(),
            ));
        }
        self.end(&Tail { totals, notes })
    }
}

fn said(row: &ListRow, place: Place) -> String {
    row.fate(place)
}

fn kind(kind: crate::record::Kind) -> Cell {
    use crate::record::Kind::{Comment, Message, Page, Post};
    match kind {
        Post => Cell::Word("post", "inlägg"),
        Page => Cell::Word("page", "sida"),
        Comment => Cell::Word("comment", "kommentar"),
        Message => Cell::Word("message", "meddelande"),
    }
}
