//! Gallring and hiding on a real WordPress: what was destroyed comes back by none of its answers, and what arkivd hides
//! is hidden for everyone. scripts/test starts the server; each test has a site of its own.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::judges::{holds, judge_bag, judge_ledger, judge_schema};
use support::sites::WordPress;
use support::{Archive, EVENTS_PLAN, Output};

/// The records whose text has the word.
fn with(archive: &Archive, word: &str) -> Vec<String> {
    let all = archive.records(&["--account", "webb"]);
    let has = |r: &&Value| r["text"].as_str().is_some_and(|t| t.contains(word));
    let found = all.iter().filter(has);
    found
        .map(|r| r["record"].as_str().unwrap().to_owned())
        .collect()
}

/// The output, once its schema is kept to.
#[track_caller]
fn judged(archive: &Archive, output: Output) -> Value {
    let file = archive.beside("judged.json");
    fs::write(&file, &output.stdout).unwrap();
    judge_schema(&file, "report.schema.json");
    output.data()
}

/// Bags that hold one of the words, in the clear or packed in a PDF.
fn bags_with(archive: &Archive, words: &[&str]) -> Vec<PathBuf> {
    let bags = archive.bags().into_iter();
    bags.filter(|bag| words.iter().any(|word| holds(bag, word)))
        .collect()
}

fn has(file: &Path, word: &str) -> bool {
    let bytes = fs::read(file).unwrap();
    bytes
        .windows(word.len())
        .any(|part| part == word.as_bytes())
}

#[test]
fn what_a_gallring_destroyed_comes_back_by_no_answer() {
    let Some(site) = WordPress::site("gallring") else {
        return;
    };
    site.seed(6);
    let post = site.change(&[
        "post",
        "Zebrafinkarnas fest",
        "<p>Kalas på Odemarken i kväll.</p>",
    ]);
    let spoken = site.change(&[
        "comment",
        &post.to_string(),
        "0",
        "Vi kommer med pärlmojan!",
    ]);
    let archive = Archive::new();
    site.register(&archive);
    let plan = archive.beside("plan.toml");
    fs::write(&plan, EVENTS_PLAN).unwrap();
    let load = ["plan", "load", plan.to_str().unwrap()];
    archive.run(&load).expect(0);
    archive.run(&["snapshot", "webb"]).expect(0);
    let words = ["Odemarken", "Zebrafinkarnas"];
    let [goes] = &with(&archive, "Odemarken")[..] else {
        panic!("one post has the word")
    };
    let stays = archive.records(&["--account", "webb"]).len() - 1;
    assert_eq!(bags_with(&archive, &words).len(), 1);
    let decide = ["--row", "1", "--reason", "enkelt evenemang"];
    let decide = [&["record", "classify", goes.as_str()][..], &decide].concat();
    archive.run(&decide).expect(0);
    archive
        .run(&["record", "mark", goes, "inaktuell"])
        .expect(0);
    let propose = [
        "--json",
        "gallring",
        "propose",
        "--committee",
        "Kommunstyrelsen",
    ];
    let proposed = judged(&archive, archive.run(&propose).expect(0));
    assert_eq!(proposed["records"], 1, "{proposed}");
    let (id, digest) = (
        proposed["id"].as_str().unwrap(),
        proposed["digest"].as_str().unwrap(),
    );
    let approve = [
        "gallring", "approve", id, "--digest", digest, "--by", "Anna Ek",
    ];
    archive.run(&approve).expect(0);
    let done = archive
        .run(&["--json", "gallring", "execute", id])
        .expect(0);
    let done = judged(&archive, done);
    assert_eq!(
        (done["records"].as_u64(), done["bags_succeeded"].as_u64()),
        (Some(1), Some(1))
    );
    // It is on the site still, edited since, and answered.
    let gone = |when: &str| {
        assert_eq!(bags_with(&archive, &words), [] as [PathBuf; 0], "{when}");
        assert!(
            !has(&archive.path().join("catalog.sqlite"), "Odemarken"),
            "{when}"
        );
        for bag in archive.bags() {
            judge_bag(&bag);
        }
    };
    gone("executed");
    site.change(&[
        "edit",
        &post.to_string(),
        "<p>Kalas på Odemarken i morgon i stället.</p>",
    ]);
    let parent = spoken.to_string();
    site.change(&["comment", &post.to_string(), &parent, "Då kan vi inte."]);
    site.change(&["post", "Snöröjning", "<p>Plogbilen kommer i natt.</p>"]);
    for verb in ["watch", "snapshot", "watch", "snapshot"] {
        archive.run(&[verb, "webb"]);
    }
    gone("read on");
    assert_eq!(
        with(&archive, "Då kan vi inte").len(),
        1,
        "the rest is read on"
    );
    assert_eq!(with(&archive, "Plogbilen").len(), 1, "the rest is read on");
    assert_eq!(archive.records(&["--account", "webb"]).len(), stays + 2);
    let stub = archive.run(&["record", "show", goes]).expect(0);
    assert!(stub.stdout.contains("destroyed"), "{stub}");
    judge_ledger(archive.path());
    archive.run(&["verify"]).expect(0);
}

/// A post becomes private, a comment is held; WordPress is asked as anyone whether they are gone.
#[test]
fn what_arkivd_hides_is_hidden_for_everyone_and_what_it_cannot_is_told() {
    let Some(site) = WordPress::site("hidden") else {
        return;
    };
    site.seed(4);
    site.change(&["post", "Debatt", "<p>Ett inlägg som är ett hot.</p>"]);
    let other = site.change(&["post", "Öppettider", "<p>Biblioteket har öppet.</p>"]);
    site.change(&[
        "comment",
        &other.to_string(),
        "0",
        "Jag ska komma hem till dig.",
    ]);
    let archive = Archive::new();
    site.register(&archive);
    archive.run(&["snapshot", "webb"]).expect(0);
    let address = |word: &str| {
        let all = with(&archive, word);
        let shown = archive.data(&["record", "show", &all[0]]);
        shown["permalink"].as_str().unwrap().to_owned()
    };
    let (threat, comment) = (address("är ett hot"), address("komma hem"));
    let open = [
        "removal",
        "open",
        &threat,
        &comment,
        "--category",
        "olaga-hot",
    ];
    archive.run(&open).expect(0);
    archive
        .run(&["removal", "hide", "1"])
        .refuses(1, &["allow_hide = true"]);
    archive.configure("\n[removal]\nallow_hide = true\n");
    let case = judged(
        &archive,
        archive.run(&["--json", "removal", "hide", "1"]).expect(0),
    );
    for object in case["objects"].as_array().unwrap() {
        assert!(
            object["hidden"].is_string() && object["bag"].is_string(),
            "{case}"
        );
    }
    let by = case["steps"].as_array().unwrap().iter();
    let by = by.filter(|step| {
        step["what"] == "hidden" && step["reference"].as_str().unwrap().contains("arkivd")
    });
    assert_eq!(by.count(), 2, "{case}");
    // As anyone sees the site.
    let public = Archive::new();
    public.add_account("webb", "wordpress", &site.address, &[]);
    public.run(&["snapshot", "webb"]);
    assert!(with(&public, "är ett hot").is_empty() && with(&public, "komma hem").is_empty());
    assert_eq!(with(&public, "Biblioteket har öppet.").len(), 1);
    // What is hidden is not destroyed, and the next look confirms that it is hidden.
    archive.run(&["watch", "webb"]);
    for word in ["är ett hot", "komma hem"] {
        assert_eq!(with(&archive, word).len(), 1, "{word}");
    }
    let seen = archive.data(&["removal", "show", "1"]);
    for object in seen["objects"].as_array().unwrap() {
        assert_eq!(object["seen_again"], Value::Null, "{seen}");
    }
    assert_eq!(
        seen["objects"][0]["confirmed"]["change"], "hidden",
        "{seen}"
    );
    // A held comment is read still with the account's password, as what it is now.
    let held = archive.data(&["record", "show", &with(&archive, "komma hem")[0]]);
    assert_eq!(held["visibility"], "held", "{held}");
    // Hiding again changes nothing; a password that is not accepted is told, and hides nothing.
    let again = judged(
        &archive,
        archive.run(&["--json", "removal", "hide", "1"]).expect(0),
    );
    assert_eq!(
        again["steps"].as_array().unwrap().len(),
        case["steps"].as_array().unwrap().len()
    );
    site.change(&["revoke", "1"]);
    let library = address("Biblioteket har öppet.");
    let open = ["removal", "open", &library, "--category", "olaga-hot"];
    archive.run(&open);
    let refused = archive.run(&["removal", "hide", "2"]);
    assert_eq!(refused.code, Some(1), "{refused}");
    let case = archive.data(&["removal", "show", "2"]);
    assert_eq!(case["objects"][0]["hidden"], Value::Null, "{case}");
}
