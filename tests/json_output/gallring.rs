//! Gallring, holds and what is told of what was destroyed.

use super::support::lines;
use super::{GALLRING_LINE, Judge};

/// What is destroyed, by a decision of its own, and what is told of it afterwards.
pub fn judge_execution(judge: &mut Judge, record: &str) {
    let propose = ["gallring", "propose", "--committee", "Kommunstyrelsen"];
    let proposed = judge.report(0, &[&propose[..], &["--record", record]].concat());
    let data = proposed.data();
    let (id, digest) = (
        data["id"].as_str().unwrap(),
        data["digest"].as_str().unwrap(),
    );
    judge.refusal(1, &["gallring", "execute", id]);
    let approve = ["gallring", "approve", id, "--digest", digest];
    judge.report(0, &[&approve[..], &OWN_DECISION].concat());
    let executed = judge.report(0, &["gallring", "execute", id]).data();
    assert_eq!(executed["records"], 1, "{executed}");
    let shown = judge.report(0, &["record", "show", record]).data();
    assert_eq!(shown["destroyed"]["gallring"], data["id"]);
    judge.report(0, &["gallring", "show", id]);
    judge.report(0, &["verify"]);
}

const OWN_DECISION: [&str; 18] = [
    "--by",
    "Anna Ek",
    "--decision-by",
    "Kommunstyrelsen",
    "--date",
    "2026-01-10",
    "--paragraph",
    "§ 7",
    "--reference",
    "KS 2026/7",
    "--rattskipning",
    "nej",
    "--verksamhet",
    "nej",
    "--forskning",
    "nej",
    "--kulturarv",
    "nej",
];

/// Holds, a gallring outside a plan that is given up, and a work list for the platform.
pub fn judge_gallring(judge: &mut Judge, record: &str) {
    let words = ["--words", "hej", "--reason", "granskning"];
    let added = judge.report(0, &[&["hold", "add"][..], &words].concat());
    let number = added.data()[0]["number"].to_string();
    judge.report(0, &["hold", "list"]);
    judge.report(0, &["hold", "release", &number, "--reason", "klart"]);
    judge.refusal(1, &["hold", "release", "99", "--reason", "klart"]);
    let propose = ["gallring", "propose", "--committee", "Kommunstyrelsen"];
    judge.report(0, &[&propose[..], &["--dry-run", "--pages"]].concat());
    for place in ["archive", "medium"] {
        let proposed = judge.report(
            0,
            &[&propose[..], &["--place", place, "--record", record]].concat(),
        );
        let data = proposed.data();
        let (id, digest) = (
            data["id"].as_str().unwrap(),
            data["digest"].as_str().unwrap(),
        );
        judge.report(0, &["gallring", "show", id]);
        judge.refusal(
            1,
            &[
                "gallring", "approve", id, "--digest", digest, "--by", "Anna Ek",
            ],
        );
        judge.report(
            0,
            &[
                &["gallring", "approve", id, "--digest", digest][..],
                &OWN_DECISION,
            ]
            .concat(),
        );
        let listed = judge
            .archive
            .run(&["--json", "gallring", "show", id, "--lines"])
            .expect(0);
        lines(&listed)
            .iter()
            .for_each(|line| judge.judge(&line.to_string(), GALLRING_LINE));
        judge.report(0, &["gallring", "list", "--all"]);
        if place == "medium" {
            judge.report(0, &["gallring", "done", id, record, "--by", "Bo Ek"]);
        } else {
            judge.report(0, &["gallring", "withdraw", id, "--reason", "fel"]);
        }
        judge.report(0, &["gallring", "show", id]);
    }
    judge.report(0, &["gallring", "review"]);
}
