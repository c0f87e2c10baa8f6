//! ERMS documents by both editions of the schema: the least that may stand in one, and all that may.

use std::path::PathBuf;

use arkivd::export::erms::{
    Agent, AgentType, Aggregation, AggregationKind, Appendix, Classification, Control, DateType,
    Direction, Disposal, DisposalDateType, ErmsVersion, Note, Record, RelationType, Restriction,
    RestrictionType, Status, write_erms,
};

use crate::oracles::judge_xml;

const HOSTILE: &str = "a\0<b>&\"'\r\n]]>\u{b}\u{ffff}\u{1f600}";

fn agent(kind: AgentType, words: Option<&str>) -> Agent {
    Agent {
        kind,
        name: words.unwrap_or("Vara kommun").to_owned(),
        organisation: words.map(str::to_owned),
        unit: words.map(str::to_owned),
        role: words.map(str::to_owned),
    }
}

/// The least, or all with these words in every place that takes words.
fn document(version: ErmsVersion, words: Option<&str>) -> Vec<u8> {
    let at = "2026-11-22T11:08:12Z".parse().unwrap();
    let said = words.map(str::to_owned);
    let some = |word: &str| words.map_or(word.to_owned(), |w| format!("{word}{w}"));
    let full = words.is_some();
    let extra = || match full {
        true => vec![(some("diarienummer"), some("KS 2026-1"))],
        false => Vec::new(),
    };
    let classification = || {
        full.then(|| Classification {
            code: some("1"),
            name: some("Inlägg"),
        })
    };
    let notes = || match full {
        true => vec![
            Note {
                kind: some("gallring"),
                at: Some(at),
                text: some("x"),
            },
            Note {
                kind: "arkiv".to_owned(),
                at: None,
                text: some("y"),
            },
        ],
        false => Vec::new(),
    };
    let control = Control {
        identification: some("0198"),
        identification_type: some("UUID"),
        classification: said.iter().cloned().collect(),
        agency: vec![some("Vara kommun"), some("Kommunstyrelsen")],
        made: at,
        maker: agent(AgentType::Agent, words),
        system: agent(AgentType::Agent, words),
    };
    let case = Aggregation {
        system_identifier: some("0198"),
        object_id: some("0198"),
        kind: match full {
            true => AggregationKind::Own(some("konto")),
            false => AggregationKind::CaseFile,
        },
        extra_ids: extra(),
        classification: classification(),
        title: said.clone(),
        status: full.then_some(Status::Closed),
        agents: full
            .then(|| agent(AgentType::Creator, words))
            .into_iter()
            .collect(),
        description: said.clone(),
        dates: full.then_some((DateType::Start, at)).into_iter().collect(),
        notes: notes(),
    };
    let record = |number| Record {
        system_identifier: some("0199"),
        object_id: some("0199"),
        extra_ids: extra(),
        record_type: said.clone(),
        classification: classification(),
        title: said.clone(),
        description: some(""),
        status: full.then_some(Status::Obliterated),
        running_number: full.then_some(number),
        relations: full
            .then(|| (RelationType::ChildOf, some("x")))
            .into_iter()
            .collect(),
        restrictions: full
            .then(|| Restriction {
                kind: RestrictionType::Confidential,
                explanation: said.clone(),
                regulation: some("OSL 21 kap. 7 §"),
            })
            .into_iter()
            .collect(),
        disposal: full.then(|| Disposal {
            disposable: true,
            schedule: said.clone(),
            action: said.clone(),
            period: said.clone(),
            mandate: said.clone(),
            comments: said.iter().cloned().collect(),
            date_type: DisposalDateType::RetentionEnd,
            date: at,
        }),
        direction: full.then_some(Direction::Incoming),
        agents: [AgentType::Sender, AgentType::Recipient]
            .into_iter()
            .filter(|_| full)
            .map(|kind| agent(kind, words))
            .collect(),
        created: at,
        dates: full
            .then_some((DateType::Captured, at))
            .into_iter()
            .collect(),
        notes: notes(),
        appendices: full
            .then(|| Appendix {
                name: some("a.pdf"),
                path: some("a.pdf"),
                description: said.clone(),
                format: said.clone(),
            })
            .into_iter()
            .collect(),
    };
    write_erms(version, &control, &case, [1, 2].map(record), Vec::new()).unwrap()
}

#[test]
fn both_editions_are_valid_with_the_least_and_with_all() {
    let dir = tempfile::tempdir().unwrap();
    for version in [ErmsVersion::V3_0, ErmsVersion::V2_1] {
        for (name, words) in [
            ("least", None),
            ("all", Some("ord")),
            ("hostile", Some(HOSTILE)),
        ] {
            let file: PathBuf = dir.path().join(format!("{name}-{}", version.schema()));
            std::fs::write(&file, document(version, words)).unwrap();
            if judge_xml(&file, version.schema()).is_none() {
                return;
            }
        }
    }
}

#[test]
fn the_same_values_give_the_same_bytes() {
    let made = || document(ErmsVersion::V3_0, Some(HOSTILE));
    assert_eq!(made(), made());
}
