//! The catalog as it lies between two lives of a daemon.

use super::Archive;
use rusqlite::{Connection, OpenFlags};
use std::collections::{BTreeMap, BTreeSet};

/// One account of one schedule, as `schedule account`.
pub type Pair = (String, String);

/// The catalog between two lives of the daemon. Read only: what a crash left is for the next start to find.
pub struct Catalog {
    pub counted_from: BTreeMap<Pair, String>,
    /// Id, account, reason and outcome, in the order they were written.
    pub captures: Vec<[String; 4]>,
    /// Each bag's capture.
    pub bags: BTreeMap<String, String>,
    pub leaves: Vec<String>,
    /// The purpose that each edit of an account left.
    pub edits: BTreeSet<String>,
}

impl Catalog {
    #[track_caller]
    pub fn read(archive: &Archive) -> Catalog {
        let file = archive.path().join("catalog.sqlite");
        let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let rows = |sql: &str, columns: usize| -> Vec<Vec<String>> {
            let mut statement = db.prepare(sql).unwrap();
            let rows = statement
                .query_map([], |row| (0..columns).map(|n| row.get(n)).collect())
                .unwrap();
            rows.map(Result::unwrap).collect()
        };
        assert_eq!(rows("PRAGMA integrity_check", 1), [["ok"]]);
        assert!(rows("SELECT \"table\" FROM pragma_foreign_key_check", 1).is_empty());
        let pairs = rows("SELECT schedule, account, counted_from FROM timetable", 3);
        let uuid = |hex: &str| uuid::Uuid::try_parse(hex).unwrap().to_string();
        let captures = rows(
            "SELECT hex(id), account, reason, outcome FROM capture ORDER BY n",
            4,
        );
        let bags = rows(
            "SELECT hex(bag.id), hex(capture.id) FROM bag JOIN capture ON capture.n = bag.capture",
            2,
        );
        Catalog {
            counted_from: pairs
                .into_iter()
                .map(|row| ((row[0].clone(), row[1].clone()), row[2].clone()))
                .collect(),
            captures: captures
                .into_iter()
                .map(|row| {
                    [
                        uuid(&row[0]),
                        row[1].clone(),
                        row[2].clone(),
                        row[3].clone(),
                    ]
                })
                .collect(),
            bags: bags
                .into_iter()
                .map(|row| (uuid(&row[0]), uuid(&row[1])))
                .collect(),
            leaves: rows("SELECT entry FROM leaf ORDER BY n", 1).concat(),
            edits: rows(
                "SELECT after ->> 'purpose' FROM event WHERE verb = 'account edit'",
                1,
            )
            .concat()
            .into_iter()
            .collect(),
        }
    }
}
