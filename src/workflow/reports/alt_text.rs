//! `report alt-text`: pictures the municipality published without alt text (VAR-9).

use std::collections::BTreeMap;

use super::sheet::columns;
use super::unanswered::kind;
use super::{Cell, Column, Head, Stated, Tail, Total, Writing};
use crate::record::MediumKind;
use crate::workflow::Error;

const COLUMNS: &[Column] = columns! {
    "account" "account" "Konto" both;
    "committee" "committee" "Nämnd" data;
    "kind" "kind" "Slag" data;
    "published" "published" "Publicerat" both;
    "title" "post" "Inlägg" both;
    "without" "without" "Utan" both;
    "pictures" "pictures" "Bilder" both;
    "permalink" "address" "Adress" both;
    "record" "record" "Handling" data;
};

impl Writing<'_> {
    pub(super) fn alt_text(&mut self) -> Result<(), Error> {
        let mut stated = vec![
            Stated::new(
                "counted",
                "What is counted",
                "Vad som räknas",
                "pictures in the accounts' own posts and pages, as they were last seen by the public",
                "Bilder i kontonas egna inlägg och sidor, så som allmänheten senast såg dem.",
            ),
            Stated::new(
                "empty",
                "Empty alt text",
                "Tom alternativtext",
                "counts as missing: whether a picture only decorates, a person must judge",
                "Räknas som saknad: om bilden bara är till prydnad måste en människa bedöma.",
            ),
        ];
        if let Some(s) = self.policy.alternative_text.as_ref().filter(|s| s.value) {
            stated.push(Stated::new(
                "demand",
                "Demand",
                "Krav",
                format!("{} ({}: ”{}”)", s.requirement, s.source, s.quote),
                format!("{} ({}: ”{}”).", s.requirement, s.source, s.quote),
            ));
        }
        self.begin(Head {
            report: "alt-text",
            title: "Bilder utan alternativtext".to_owned(),
            kind: "Rapport: tillgänglighet hos det kommunen har publicerat".to_owned(),
            stated,
            columns: COLUMNS,
            ..Head::default()
        })?;
        let filter = self.filter();
        let mut sums = BTreeMap::<String, (u64, u64)>::new();
        let catalog = self.archive.catalog();
        catalog.for_each_illustrated::<Error>(&filter, |named, content| {
            let pictures = content
                .media
                .iter()
                .filter(|m| m.kind == MediumKind::Picture);
            let (mut all, mut without) = (0, 0);
            for picture in pictures {
                all += 1;
                without += u64::from(
                    picture
                        .alt
                        .as_deref()
                        .is_none_or(|alt| alt.trim().is_empty()),
                );
            }
            let sum = sums.entry(named.account.to_string()).or_default();
            *sum = (sum.0 + without, sum.1 + all);
            if without == 0 {
                return Ok(());
            }
            self.row(vec![
                Cell::Text(named.account.to_string()),
                Cell::Text(named.committee),
                kind(named.kind),
                Cell::time(named.published),
                Cell::Text(named.title.unwrap_or(named.text)),
                Cell::Count(without),
                Cell::Count(all),
                Cell::text(named.permalink),
                Cell::Text(named.record.to_string()),
            ])
        })?;
        drop(catalog);
        let (without, all) = sums
            .values()
            .fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
        let total = |value| {
            Total::new(
                "without",
                "pictures without alt text",
                "Utan alternativtext",
                value,
            )
        };
        let mut tail = Tail::default();
        tail.totals.push(total(without).of(all));
        for (account, (without, all)) in sums {
            tail.totals.push(total(without).of(all).on(account));
        }
        self.end(&tail)
    }
}
