//! What the arkivmyndighet has received stays on no list of the plan; a decision of its own may name it.

use arkivd::catalog::{ExportKind, Exported, NewExport, NewReceipt};
use arkivd::record::{Digest, ExportId};

use crate::office::{Office, word};
use crate::shelf::{KS, at, id};

#[test]
fn what_was_received_goes_by_a_decision_of_its_own_alone() {
    let mut office = Office::new(true);
    let export = ExportId(uuid::Uuid::from_u128(7));
    let made = at("2026-11-20T10:00:00Z");
    let records = [1, 3].map(|n| Exported {
        record: id(n),
        version: 1,
        number: u32::try_from(n).unwrap(),
    });
    office
        .shelf
        .catalog
        .add_export(&NewExport {
            id: export,
            kind: ExportKind::Delivery,
            committee: KS,
            layout: "eark-sip",
            request: "{}",
            software: "arkivd",
            made,
            actor: "test",
            name: "1.zip",
            bytes: 1,
            files: 1,
            sha256: Digest([1; 32]),
            salt: [2; 32],
            records: &records,
            bags: &[],
        })
        .unwrap();
    // Until the receipt it is arkivd's to decide on.
    assert_eq!(office.propose(&["--dry-run"])["records"], 3);
    said(&mut office, export, true);
    assert_eq!(office.propose(&["--dry-run"])["records"], 3);
    said(&mut office, export, false);
    let look = office.propose(&["--dry-run"]);
    assert_eq!(
        (&look["records"], &look["kept_records"]),
        (&1.into(), &2.into())
    );
    assert_eq!(word(&look["kept"][0], "why"), "delivered");
    let record = id(1).to_string();
    let own = office.propose(&["--dry-run", "--record", &record]);
    assert_eq!(own["records"], 1);
}

/// What the arkivmyndighet answered.
fn said(office: &mut Office, export: ExportId, refused: bool) {
    let at = at("2026-11-21T10:00:00Z");
    office
        .shelf
        .catalog
        .add_receipt(&NewReceipt {
            export,
            refused,
            day: at.date_naive(),
            by: "Kommunarkivet",
            reference: None,
            note: None,
            at,
            actor: "test",
        })
        .unwrap();
}
