//! What a daemon's log tells of scheduled snapshots.

use super::catalog::{Catalog, Pair};
use std::collections::BTreeSet;

/// A snapshot that the log says was begun.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Begun {
    pub pair: Pair,
    /// As the catalog writes it, so that texts compare as times do.
    pub tick: String,
}

/// The value of `name=` in a line of the log, up to the next space.
pub fn field(line: &str, name: &str) -> String {
    let (_, rest) = line
        .split_once(&format!(" {name}="))
        .unwrap_or_else(|| panic!("no {name} in {line}"));
    rest.split(' ').next().unwrap().trim_matches('"').to_owned()
}

/// What was begun, each tick once.
#[track_caller]
pub fn begun(log: &str) -> BTreeSet<Begun> {
    let lines = log
        .lines()
        .filter(|line| line.contains("scheduled snapshot begins"));
    let begun: Vec<Begun> = lines
        .map(|line| {
            let (_, tick) = line.split_once(" tick=").unwrap();
            Begun {
                pair: (field(line, "schedule"), field(line, "account")),
                tick: format!("{}T{}Z", &tick[..10], &tick[11..19]),
            }
        })
        .collect();
    let set: BTreeSet<Begun> = begun.iter().cloned().collect();
    assert_eq!(
        set.len(),
        begun.len(),
        "a tick was begun twice in one life:\n{log}"
    );
    set
}

/// The captures whose bags a start-up found without rows.
pub fn adopted(said: &str, catalog: &Catalog) -> BTreeSet<String> {
    let bags = said.split("adopted bag ").skip(1);
    bags.map(|rest| catalog.bags[&rest[..36]].clone()).collect()
}
