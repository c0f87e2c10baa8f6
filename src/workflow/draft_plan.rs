//! A draft of a committee's plan: the handlingstyper that its accounts hold, each kept until the committee decides.

use std::collections::BTreeMap;

use super::Error;
use crate::catalog::{Catalog, Holding};
use crate::record::Kind;
use crate::retention::{
    Arkivexemplar, Copies, Fate, Header, Medium, Plan, PlanRow, RowId, Rule, RuleKind,
};

/// The keys of a plan and what they mean, as comments.
pub const PLAN_KEYS: &str = include_str!("../../archive-schema/plan-keys.txt");

/// A draft, ready for the committee.
#[derive(Debug)]
pub struct DraftPlan {
    pub plan: Plan,
    /// How much there is of each row, by account.
    pub found: BTreeMap<RowId, Vec<(String, u64)>>,
    /// The file.
    pub text: String,
}

/// The id and the name of a handlingstyp.
fn named(kind: RuleKind, own: Option<bool>) -> (&'static str, &'static str) {
    match (kind, own) {
        (RuleKind::PageCapture, _) => ("sidbilder", "Bilder av sidan (skärmbild och utskrift)"),
        (RuleKind::Record(Kind::Post), Some(true)) => ("inlagg-egna", "Kommunens egna inlägg"),
        (RuleKind::Record(Kind::Post), _) => ("inlagg-andras", "Andras inlägg"),
        (RuleKind::Record(Kind::Page), Some(true)) => ("sidor-egna", "Kommunens egna fasta sidor"),
        (RuleKind::Record(Kind::Page), _) => ("sidor-andras", "Andras fasta sidor"),
        (RuleKind::Record(Kind::Comment), Some(true)) => {
            ("kommentarer-egna", "Kommunens egna kommentarer och svar")
        }
        (RuleKind::Record(Kind::Comment), _) => ("kommentarer-andras", "Andras kommentarer"),
        (RuleKind::Record(Kind::Message), Some(true)) => {
            ("meddelanden-egna", "Kommunens enskilda meddelanden")
        }
        (RuleKind::Record(Kind::Message), _) => {
            ("meddelanden-andras", "Enskilda meddelanden till kommunen")
        }
    }
}

/// Drafts the plan of a committee from what its accounts hold now.
///
/// # Errors
/// Those of the catalog.
pub fn draft_plan(
    catalog: &Catalog,
    organisation: &str,
    committee: &str,
) -> Result<DraftPlan, Error> {
    let mut sums: BTreeMap<(usize, bool), BTreeMap<String, u64>> = BTreeMap::new();
    let mut add = |kind: RuleKind, own: Option<bool>, account: String, count: u64| {
        let place = RuleKind::ALL.iter().position(|k| *k == kind);
        let key = (place.unwrap_or_default(), own == Some(false));
        *sums.entry(key).or_default().entry(account).or_default() += count;
    };
    catalog.holdings_of_committee(committee, |held| match held {
        Holding::Records {
            account,
            kind,
            own,
            count,
        } => add(RuleKind::Record(kind), Some(own), account, count),
        Holding::PageCaptures { account, count } => {
            add(RuleKind::PageCapture, None, account, count);
        }
    })?;
    let (mut rows, mut rules) = (Vec::new(), Vec::new());
    let mut found = BTreeMap::new();
    for ((place, others), counts) in sums {
        let kind = RuleKind::ALL.get(place).copied();
        let kind = kind.unwrap_or(RuleKind::PageCapture);
        let own = (kind != RuleKind::PageCapture).then_some(!others);
        let (id, handlingstyp) = named(kind, own);
        let Ok(id) = id.parse::<RowId>() else {
            continue;
        };
        rows.push(PlanRow {
            id: id.clone(),
            handlingstyp: handlingstyp.to_owned(),
            description: None,
            medium: Medium::Keep,
            copies: Copies {
                archive: Fate::Preserve,
                arkivexemplar: Arkivexemplar::Arkivd,
                after_registration: None,
            },
            registration: None,
            deadline: None,
            authority: None,
            inquiry: None,
            note: Some("Bevaras tills nämnden har beslutat.".to_owned()),
            source: None,
            quote: None,
            line: 0,
        });
        rules.push(Rule {
            id: id.clone(),
            row: id.clone(),
            accounts: Vec::new(),
            kinds: vec![kind],
            visibilities: Vec::new(),
            own,
            words: Vec::new(),
            categories: Vec::new(),
            thread: false,
            reason: None,
            line: 0,
        });
        found.insert(id, counts.into_iter().collect());
    }
    let plan = Plan {
        header: Header {
            municipality: Some(organisation.to_owned()),
            committee: Some(committee.to_owned()),
            title: "Dokumenthanteringsplan: sociala medier".to_owned(),
            decision: None,
            gallringsansvarig: None,
            samrad: None,
            valid_from: None,
            valid_to: None,
            owner: None,
        },
        rows,
        rules,
    };
    let text = text(&plan, &found);
    Ok(DraftPlan { plan, found, text })
}

fn text(plan: &Plan, found: &BTreeMap<RowId, Vec<(String, u64)>>) -> String {
    let head = "# Utkast till dokumenthanteringsplan, gjort av arkivd ur det som kontona innehåller.\n\
                # Raderna är de handlingstyper som finns, med antal. Ingenting är bestämt: allt bevaras tills\n\
                # nämnden har beslutat. Dela, slå ihop och stryk rader; riktlinjens egna rader står i\n\
                # arkivets plans/mall-….toml.\n#\n";
    let decision = [
        "",
        "Fylls i till beslutet (utan # först på raden):",
        "gallringsansvarig = \"…\"",
        "samrad = \"…\"",
        "valid_from = 2027-01-01",
        "",
        "[plan.decision]",
        "by = \"…\"",
        "date = 2026-12-01",
        "paragraph = \"§ …\"",
    ];
    let body = plan.to_toml(|part, id| {
        use crate::retention::PlanPart;
        match part {
            PlanPart::Header => decision.map(str::to_owned).to_vec(),
            PlanPart::Row => {
                let all = found.iter().find(|(row, _)| row.as_str() == id);
                let counts = all.map(|(_, counts)| counts.as_slice()).unwrap_or_default();
                let sum: u64 = counts.iter().map(|(_, n)| n).sum();
                let accounts: Vec<String> =
                    counts.iter().map(|(a, n)| format!("{a} {n}")).collect();
                vec![format!("{sum} stycken: {}", accounts.join(", "))]
            }
            PlanPart::Rule => Vec::new(),
        }
    });
    format!("{head}{PLAN_KEYS}\n{body}")
}
