//! Accounts that are read by an interface: what is locked comes back by none of its answers, and is erased to the last
//! byte. Mastodon is a fake of its API, WordPress the real one that scripts/test starts.

use std::path::Path;

use crate::bytes::holding;
use crate::fake_mastodon::{Fake, OWN, State};
use crate::site::{WORD, emergency, erase, judged};
use crate::support::Archive;
use crate::support::sites::WordPress;

/// The record whose text has the word.
#[track_caller]
fn suspected(archive: &Archive, account: &str) -> String {
    let all = archive.records(&["--account", account]);
    let mut found = all
        .iter()
        .filter(|r| r["text"].as_str().unwrap().contains(WORD));
    let id = found.next().expect("the record is there")["record"].clone();
    id.as_str().unwrap().to_owned()
}

fn take(archive: &Archive, account: &str) {
    for verb in ["snapshot", "watch", "snapshot"] {
        archive.run(&[verb, account]);
    }
}

/// Files that hold the word and lie in none of the bags.
fn open_still(archive: &Path, words: &[&str], locked: &[String]) -> Vec<String> {
    let all = holding(&archive.join("store"), words);
    let names = all.iter().map(|file| file.display().to_string());
    names
        .filter(|name| !locked.iter().any(|bag| name.contains(bag)))
        .collect()
}

/// From the emergency to the police's word, while the account is read on.
#[track_caller]
fn locked_passed_by_and_erased(
    archive: &Archive,
    account: &str,
    words: &[&str],
    more: &mut dyn FnMut(),
) {
    let record = suspected(archive, account);
    let before = archive.records(&["--account", account]).len();
    let case = emergency(archive, &record);
    assert_eq!(case["emergency"]["records"][0], record.as_str(), "{case}");
    let bags = case["emergency"]["bags"].as_array().unwrap().iter();
    let bags: Vec<String> = bags.map(|b| b.as_str().unwrap().to_owned()).collect();
    assert!(!bags.is_empty());
    more();
    take(archive, account);
    let left = open_still(archive.path(), &[WORD], &bags);
    assert!(left.is_empty(), "{left:?}");
    let now = archive.records(&["--account", account]);
    let told = |r: &serde_json::Value| r.to_string().contains(WORD);
    assert!(!now.iter().any(told), "{now:?}");
    assert!(now.len() >= before - 1);
    archive
        .run(&["record", "show", &record])
        .refuses(1, &["locked"]);
    let args = erase();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let erased = judged(archive, archive.run(&args).expect(0)).data();
    assert_eq!(erased["records"], 1, "{erased}");
    take(archive, account);
    let left = holding(archive.path(), words);
    assert!(left.is_empty(), "{left:?}");
    archive.run(&["verify"]).expect(0);
}

#[test]
fn a_mastodon_account_is_read_on_without_it() {
    let fake = Fake::start(0, State::with_posts(6)).unwrap();
    let id = fake.with(|state| {
        let id = state.post(OWN, &format!("Se på {WORD} här."), None, "public");
        state.post(200, "Vad är det här för något?", Some(id), "public");
        state.post(OWN, "Biblioteket har öppet till åtta.", None, "public");
        id
    });
    let archive = Archive::new();
    archive.configure("\n[network]\nretries = 0\n");
    let address = format!("{}/@kommun", fake.address);
    archive.add_account("social", "mastodon", &address, &[]);
    archive.run(&["snapshot", "social"]).expect(0);
    let at = format!("@kommun/{id}");
    locked_passed_by_and_erased(&archive, "social", &[WORD, &at], &mut || {
        fake.with(|state| {
            // Edited, answered, and something new beside it.
            state.edit(id, &format!("Se på {WORD} här, nu igen."));
            state.post(200, "Ta bort det!", Some(id), "public");
            state.post(OWN, "Snöröjningen är klar.", None, "public");
        });
    });
    let all = archive.records(&["--account", "social"]);
    let has = |text: &str| {
        all.iter()
            .any(|r| r["text"].as_str().unwrap().contains(text))
    };
    assert!(has("Snöröjningen är klar."), "the rest is read on");
}

#[test]
fn a_wordpress_account_is_hidden_read_on_and_rid_of_it() {
    let Some(site) = WordPress::site("emergency") else {
        return;
    };
    site.seed(4);
    let post = site.change(&[
        "post",
        "Fritidsgården",
        &format!("<p>Se på {WORD} här.</p>"),
    ]);
    let archive = Archive::new();
    archive.configure("\n[removal]\nallow_hide = true\n");
    site.register(&archive);
    archive.run(&["snapshot", "webb"]).expect(0);
    // Comments that stay stand below it still.
    locked_passed_by_and_erased(&archive, "webb", &[WORD, "Fritidsgården"], &mut || {
        let text = format!("<p>Se på {WORD} här, nu igen.</p>");
        site.change(&["edit", &post.to_string(), &text]);
        site.change(&["comment", &post.to_string(), "0", "Ta bort det!"]);
        archive.run(&["watch", "webb"]);
        let hidden = archive.run(&["--json", "removal", "hide", "1"]).expect(0);
        let case = judged(&archive, hidden).data();
        assert!(case["objects"][0]["hidden"].is_string(), "{case}");
        assert_eq!(case["emergency"]["state"], "locked", "{case}");
        site.change(&["post", "Snöröjning", "<p>Plogbilen kommer i natt.</p>"]);
    });
    let all = archive.records(&["--account", "webb"]);
    let has = |text: &str| {
        all.iter()
            .any(|r| r["text"].as_str().unwrap().contains(text))
    };
    assert!(has("Plogbilen kommer"), "the rest is read on");
}
