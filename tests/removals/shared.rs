//! Cases that share a diarienummer, and what is whose.

use crate::site::{Site, archive, judged, mark, missing, open, show};

#[test]
fn spam_goes_to_the_years_samlingsarende_where_the_archive_says_so() {
    let site = Site::start();
    let archive = archive("tibro", &site);
    archive.configure("\n[removal]\ncollected = [\"reklam\"]\n");
    for n in 0..3 {
        site.publish(&format!("s{n}"), "Köp!", 1);
    }
    open(&archive, &site.at("s0"), "reklam", 0);
    open(&archive, &site.at("s1"), "reklam", 0);
    open(&archive, &site.at("s2"), "fortal", 0);
    mark(&archive, &["1", "registered=KS 2026/7"]);
    assert_eq!(show(&archive, "2")["registered"], "KS 2026/7");
    assert!(show(&archive, "3")["registered"].is_null());
    let third = open(&archive, &site.at("s1"), "reklam", 0);
    assert_eq!(third["registered"], "KS 2026/7");
    assert!(missing(&third).is_empty());
    let listed = archive
        .run(&["--json", "removal", "list", "--unregistered"])
        .expect(0)
        .data();
    assert_eq!(listed["cases"].as_array().unwrap().len(), 1);
}

#[test]
fn a_samlingsarende_is_of_one_category_and_leaves_who_leaves_it() {
    let site = Site::start();
    let archive = archive("tibro", &site);
    archive.configure("\n[removal]\ncollected = [\"reklam\", \"upphovsratt\"]\n");
    for n in 0..5 {
        site.publish(&format!("s{n}"), "Köp!", 1);
    }
    open(&archive, &site.at("s0"), "reklam", 0);
    let copied = open(&archive, &site.at("s1"), "upphovsratt", 0);
    mark(&archive, &["1", "registered=KS 2026/7"]);
    assert!(show(&archive, "2")["registered"].is_null(), "{copied}");
    let third = open(&archive, &site.at("s2"), "upphovsratt", 0);
    assert!(third["registered"].is_null(), "{third}");

    // What turns out to be a threat is not registered as spam.
    open(&archive, &site.at("s3"), "reklam", 0);
    let threat = mark(&archive, &["4", "category=olaga-hot"]);
    assert!(
        threat["registered"].is_null() && threat["collected"].is_null(),
        "{threat}"
    );
    assert_eq!(missing(&threat), ["registered"]);
    archive
        .run(&["removal", "mark", "4", "deleted"])
        .refuses(1, &["not registered"]);
    let own = mark(&archive, &["4", "registered=KS 2026/40"]);
    assert!(missing(&own).is_empty(), "{own}");
    let back = mark(&archive, &["3", "category=reklam"]);
    assert_eq!(back["registered"], "KS 2026/7", "{back}");

    // A number of its own is its own.
    mark(&archive, &["3", "registered=KS 2026/99"]);
    let next = open(&archive, &site.at("s4"), "reklam", 0);
    assert_eq!(next["registered"], "KS 2026/7", "{next}");
    let note = [
        "1",
        "registered=KS 2026/8",
        "--note",
        "i årets samlingsärende, rättat",
    ];
    mark(&archive, &note);
    let last = open(&archive, &site.at("s0"), "reklam", 0);
    assert_eq!(last["registered"], "KS 2026/8", "{last}");
}

#[test]
fn a_diarienummer_of_several_cases_names_none_of_them() {
    let site = Site::start();
    let archive = archive("tibro", &site);
    for n in 0..2 {
        open(
            &archive,
            &site.publish(&format!("s{n}"), "Köp!", 1),
            "reklam",
            0,
        );
        mark(&archive, &[&(n + 1).to_string(), "registered=KS 2026/7"]);
    }
    for told in [
        vec!["removal", "show", "KS 2026/7"],
        vec!["removal", "mark", "KS 2026/7", "deleted"],
    ] {
        archive
            .run(&told)
            .refuses(1, &["KS 2026/7", "1 (OI ", "2 (OI ", "beteckning"]);
    }
    assert!(show(&archive, "1")["objects"][0]["deleted"].is_null());
}

#[test]
fn an_address_is_of_its_own_account_whatever_is_said() {
    let site = Site::start();
    let address = site.publish("soc/x", "Om någons hälsa.", 1);
    let archive = archive("falkoping", &site);
    let soc = site.at("soc/");
    let add = "account add soc --platform web --committee Socialnämnden --purpose dialog --audience alla --responsible Anna --address";
    let mut add: Vec<&str> = add.split(' ').collect();
    add.push(&soc);
    archive.run(&add).expect(0);
    let args = [
        "--json",
        "removal",
        "open",
        &address,
        "--category",
        "hets",
        "--account",
        "blogg",
    ];
    let case = judged(&archive, archive.run(&args)).data();
    assert_eq!(case["objects"][0]["account"], "soc", "{case}");
    assert_eq!(case["committee"], "Socialnämnden", "{case}");
}
