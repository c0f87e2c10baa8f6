//! The list names all that stands beside it.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::*;
use crate::pdfa::Thread;
use crate::record::DisclosureId;

fn order() -> Order {
    Order {
        disclosure: DisclosureId(Uuid::nil()),
        designation: "U-2026-0001".to_owned(),
        registered: None,
        organisation: "Tibro kommun".to_owned(),
        committee: "Kommunstyrelsen".to_owned(),
        form: Form::Digital,
        versions: false,
        attachments: false,
        given: Vec::new(),
        withheld: Vec::new(),
        hidden: Vec::new(),
        screens: Vec::new(),
        gone: 0,
        accounts: BTreeMap::new(),
    }
}

fn sheet(number: usize) -> Sheet {
    Sheet {
        number,
        title: "inlägg".to_owned(),
        name: format!("{number:04}_inlägg"),
        thread: Thread::default(),
        facts: Vec::new(),
        masked: Vec::new(),
        handed: Vec::new(),
        left_out: Vec::new(),
        unmasked: Vec::new(),
        idle: Vec::new(),
        told: Vec::new(),
        records: Vec::new(),
    }
}

#[test]
fn each_part_of_a_document_is_listed_with_its_pages() {
    let order = order();
    let paper = Paper {
        order: &order,
        made: DateTime::UNIX_EPOCH,
        draft: false,
    };
    let part = |name: &str, pages| (name.to_owned(), pages);
    let files = [
        vec![part("a.pdf", 3)],
        vec![part("b_del_1.pdf", 500), part("b_del_2.pdf", 41)],
    ];
    let list = paper.list(&[sheet(1), sheet(2)], &files, &[], &[]);
    let rows = list.chapters[0].body.iter().map(|block| match block {
        Block::TableRow { cells, .. } => {
            let cells = cells.iter().map(|cell| cell[0].text.as_str());
            cells.collect::<Vec<_>>().join(" | ")
        }
        other => format!("{other:?}"),
    });
    assert_eq!(
        rows.collect::<Vec<_>>(),
        [
            "Handling | Fil | Sidor | Maskning",
            "1. inlägg | a.pdf | 3 | ingen",
            "2. inlägg, del 1 av 2 | b_del_1.pdf | 500 | ingen",
            "2. inlägg, del 2 av 2 | b_del_2.pdf | 41 | ingen",
        ]
    );
}
