//! A package of made-up files, judged by eark-validator, by xmllint and by its own digests.

use std::path::Path;

use arkivd::export::eark::{Sip, SipEvent, SipFacts};
use arkivd::export::erms::{
    Agent, AgentType, Aggregation, AggregationKind, Control, ErmsVersion, Record, write_erms,
};
use arkivd::export::{Error, write_package};
use arkivd::record::Software;
use chrono::{DateTime, Utc};

use crate::oracles::{judge_sip, unzipped};

const ID: &str = "0198f1c0-0000-7000-8000-000000000001";

fn facts(erms: ErmsVersion) -> SipFacts {
    SipFacts {
        id: ID.to_owned(),
        title: "Inlägg <&> i sociala medier".to_owned(),
        description: "Två filer".to_owned(),
        organisation: "Vara kommun".to_owned(),
        organisation_number: Some("2021005489".to_owned()),
        committee: "Kommunstyrelsen".to_owned(),
        receiver: Some("Vara kommunarkiv".to_owned()),
        agreement: Some("KS 2026-17".to_owned()),
        period: Some(("2026-01-01".parse().unwrap(), "2026-06-30".parse().unwrap())),
        made: made(),
        software: Software::this(),
        erms,
        events: vec![SipEvent {
            kind: "fixity check".to_owned(),
            detail: "hela".to_owned(),
        }],
    }
}

fn made() -> DateTime<Utc> {
    "2026-11-22T11:08:12Z".parse().unwrap()
}

fn control() -> Control {
    let agent = Agent {
        kind: AgentType::Agent,
        name: "arkivd".to_owned(),
        organisation: None,
        unit: None,
        role: None,
    };
    Control {
        identification: ID.to_owned(),
        identification_type: "UUID".to_owned(),
        classification: Vec::new(),
        agency: vec!["Vara kommun".to_owned()],
        made: made(),
        maker: agent.clone(),
        system: agent,
    }
}

/// A package with files of these names.
fn make(out: &Path, erms: ErmsVersion, names: &[&str]) {
    let facts = facts(erms);
    write_package(out, None, made(), |package| {
        let mut sip = Sip::begin(package, &facts)?;
        for name in names {
            sip.data(name, "application/pdf", None, &mut name.as_bytes())?;
        }
        sip.erms(|out| {
            let case = Aggregation {
                system_identifier: ID.to_owned(),
                object_id: ID.to_owned(),
                kind: AggregationKind::CaseFile,
                extra_ids: Vec::new(),
                classification: None,
                title: Some("Ärende".to_owned()),
                status: None,
                agents: Vec::new(),
                description: None,
                dates: Vec::new(),
                notes: Vec::new(),
            };
            write_erms(erms, &control(), &case, Vec::<Record>::new(), out)
                .map(drop)
                .map_err(|source| Error::Source {
                    name: "erms.xml".to_owned(),
                    source,
                })
        })?;
        sip.documentation("följebrev.pdf", "application/pdf", b"%PDF-1.4")?;
        sip.finish()
    })
    .unwrap();
}

#[test]
fn a_package_is_what_it_says_by_each_edition() {
    let dir = tempfile::tempdir().unwrap();
    let names = [
        "handlingar/0001_Snön är sen (1).pdf",
        "handlingar/0002_100 % #rabatt?.pdf",
        "handlingar/0003_\u{1f600}.pdf",
    ];
    for (name, erms) in [("3.zip", ErmsVersion::V3_0), ("2.zip", ErmsVersion::V2_1)] {
        let out = dir.path().join(name);
        make(&out, erms, &names);
        judge_sip(&unzipped(&out), erms.schema());
    }
}

#[test]
fn the_same_package_has_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let made = |name: &str| {
        let out = dir.path().join(name);
        make(&out, ErmsVersion::V3_0, &["a.pdf"]);
        std::fs::read(out).unwrap()
    };
    assert_eq!(made("1.zip"), made("2.zip"));
}
