//! The arkivförteckning: series, periods, volumes, and what the plan says of each.

use super::{Description, SeriesLine, row, text};
use crate::calendar::local_date;
use crate::catalog::{Inventory, ListPlan, ListRow, Series};
use crate::export::csv_text;
use crate::pdfa::Chapter;
use crate::record::BagKind;
use crate::retention::Place;

/// The columns of the file.
const COLUMNS: [&str; 10] = [
    "signum",
    "konto",
    "serie",
    "från",
    "till",
    "arkivpaket",
    "filer",
    "byte",
    "handlingar",
    "plan",
];

/// A series of an account. Records are counted at the bags of what was public.
pub(super) fn line_of(
    series: &Series,
    name: &str,
    inventory: &Inventory,
    plans: &[ListPlan],
    in_force: Option<&ListPlan>,
) -> SeriesLine {
    // The numbers are lasting references: none is ever used for another kind.
    let (number, what) = match series.kind {
        Some(BagKind::Records) => (1, "inlägg och kommentarer"),
        Some(BagKind::RecordsRestricted) => (2, "meddelanden och det som inte visades offentligt"),
        Some(BagKind::Page) => (3, "sidor så som de visades"),
        None => (4, "dokument"),
    };
    let account = series.account.as_ref();
    let signum = account.map_or_else(|| number.to_string(), |id| format!("{id}/{number}"));
    let of_account = |id: &crate::record::AccountId| Some(id) == account;
    let rows: Vec<String> = match series.kind {
        Some(BagKind::Page) => account
            .zip(in_force)
            .and_then(|(id, plan)| plan.page_capture_row(id.as_str()))
            .map(rule)
            .into_iter()
            .collect(),
        Some(BagKind::Records) => inventory
            .rows
            .iter()
            .filter(|(id, ..)| of_account(id))
            .filter_map(|(_, n, _)| {
                let mut all = plans.iter().flat_map(|p| &p.rows);
                all.find(|row| row.number() == *n).map(rule)
            })
            .collect(),
        _ => Vec::new(),
    };
    let records = inventory.records.iter().filter(|r| of_account(&r.account));
    SeriesLine {
        signum,
        account: account.map(ToString::to_string),
        title: format!("{name}: {what}"),
        from: local_date(series.from),
        to: local_date(series.to),
        volumes: series.bags,
        files: series.files,
        bytes: series.bytes,
        records: (series.kind == Some(BagKind::Records)).then(|| records.map(|r| r.records).sum()),
        rows,
    }
}

pub(super) fn line_of_document(series: &Series) -> SeriesLine {
    let what = series.document.as_deref().unwrap_or("dokument");
    SeriesLine {
        signum: format!("protokoll/{what}"),
        account: None,
        title: format!("Protokoll: {what}"),
        from: local_date(series.from),
        to: local_date(series.to),
        volumes: series.bags,
        files: series.files,
        bytes: series.bytes,
        records: None,
        rows: Vec::new(),
    }
}

fn rule(row: &ListRow) -> String {
    format!(
        "{} {}: {}",
        row.row.id,
        row.row.handlingstyp,
        row.fate(Place::Archive)
    )
}

impl Description {
    pub(super) fn list(&self) -> Chapter {
        let mut body = vec![text(
            "Varje serie är ett slag av handlingar från ett konto. En volym är ett förseglat arkivpaket (BagIt). Antalet handlingar \
             räknas i serien inlägg och kommentarer, också de som inte visades offentligt. Tiden anger när de hämtades.",
        )];
        if self.lines.is_empty() {
            body.push(text("Inga arkivpaket finns ännu."));
        } else {
            let head = [
                "Signum",
                "Serie",
                "Tid",
                "Volymer",
                "Omfång",
                "Handlingar",
                "Plan",
            ];
            body.push(row(true, head.map(str::to_owned)));
            for line in &self.lines {
                body.push(row(
                    false,
                    [
                        line.signum.clone(),
                        line.title.clone(),
                        format!("{} – {}", line.from, line.to),
                        line.volumes.to_string(),
                        extent(line.bytes),
                        line.records.map_or_else(String::new, |n| n.to_string()),
                        match line.rows.is_empty() {
                            true => "bevaras tills annat är beslutat".to_owned(),
                            false => line.rows.join("; "),
                        },
                    ],
                ));
            }
        }
        Chapter {
            heading: "Arkivförteckning".to_owned(),
            body,
        }
    }

    /// The förteckning as CSV.
    pub fn csv(&self) -> String {
        let head = COLUMNS.map(str::to_owned);
        let lines = self.lines.iter().map(|line| {
            [
                line.signum.clone(),
                line.account.clone().unwrap_or_default(),
                line.title.clone(),
                line.from.to_string(),
                line.to.to_string(),
                line.volumes.to_string(),
                line.files.to_string(),
                line.bytes.to_string(),
                line.records.map_or_else(String::new, |n| n.to_string()),
                line.rows.join("; "),
            ]
        });
        csv_text(std::iter::once(head).chain(lines))
    }
}

/// In Swedish: 12,3 MB.
fn extent(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = "byte";
    for larger in ["kB", "MB", "GB", "TB"] {
        if value < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    match unit {
        "byte" => format!("{bytes} byte"),
        unit => format!("{value:.1} {unit}").replace('.', ","),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_are_swedish() {
        assert_eq!(extent(999), "999 byte");
        assert_eq!(extent(1_250_000), "1,2 MB");
    }
}
