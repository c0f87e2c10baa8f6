//! Pages as Chromium shows them: what may show it is locked, no address of it is opened, and nothing of it is sealed.

use chrono::{TimeDelta, Utc};
use serde_json::Value;

use crate::bytes::holding;
use crate::site::{ITEM, Site, WORD, judged};
use crate::support::Archive;
use crate::support::judges::have_browser;

const LONG: &str = "<h1>Öppet hus</h1><p>Välkommen till kommunhuset. Här finns räksmörgåsar åt alla som kommer.</p>";

/// The page of the account's capture.
#[track_caller]
fn page(archive: &Archive, account: &str) -> Value {
    let told = archive.run(&["--json", "snapshot", account]);
    let told = told.json()["data"].clone();
    told["captures"][0]["page"].clone()
}

#[test]
fn no_page_shows_it_and_what_showed_it_is_locked() {
    if !have_browser() {
        return;
    }
    let site = Site::start();
    site.page("", &format!("{LONG}<p>{WORD}</p>"));
    site.page(
        "annan",
        &format!("{LONG}<img src='/{ITEM}' width=200 height=200>"),
    );
    site.page("leder", "location=");
    site.page("lugn", LONG);
    let archive = Archive::with_pages();
    archive.configure("\n[network]\nretries = 0\n\n[browser]\nretries = 0\n");
    archive.add_account("sida", "web", &site.address, &[]);
    for other in ["annan", "leder", "lugn"] {
        let at = format!("{}{other}", site.address);
        archive.add_account(other, "web", &at, &[]);
    }
    assert_eq!(page(&archive, "sida")["outcome"], "captured");
    let at_it = ["snapshot", "--url", &site.item(), "--account", "sida"];
    archive.run(&at_it).expect(0);
    let before = site.fetched();
    assert!(before > 0);
    let hour = (Utc::now() - TimeDelta::hours(1)).to_rfc3339();
    let item = site.item();
    let open = [
        "--json",
        "removal",
        "emergency",
        &item,
        "--account",
        "sida",
        "--published",
        &hour,
    ];
    let case = judged(&archive, archive.run(&open).expect(0)).data();
    let bags = case["emergency"]["bags"].as_array().unwrap().clone();
    assert_eq!(bags.len(), 2, "the account's own page, and its: {case}");
    for bag in &bags {
        let out = archive.beside("ut");
        let export = [
            "export",
            "bag",
            bag.as_str().unwrap(),
            "-o",
            out.to_str().unwrap(),
        ];
        archive.run(&export).refuses(1, &["locked"]);
    }
    // Nothing opens its address, by whichever account.
    archive.run(&at_it).refuses(1, &["emergency"]);
    let by_other = ["snapshot", "--url", &item, "--account", "annan"];
    archive.run(&by_other).refuses(1, &["emergency"]);
    // The page that showed it is not looked at until it is hidden.
    let asked = site.asked();
    let own = page(&archive, "sida");
    assert_eq!(own["outcome"], "refused", "{own}");
    assert!(
        own["detail"].as_str().unwrap().contains("emergency"),
        "{own}"
    );
    assert_eq!((site.asked(), site.fetched()), (asked, before));
    // A page of another account that shows it or leads to it is not kept; others are.
    for other in ["annan", "leder"] {
        let told = page(&archive, other);
        assert_eq!(told["outcome"], "refused", "{other}: {told}");
    }
    assert_eq!(page(&archive, "lugn")["outcome"], "captured");
    let open: Vec<_> = holding(archive.path(), &[WORD, ITEM]);
    for file in open {
        let name = file.display().to_string();
        let locked = bags.iter().any(|bag| name.contains(bag.as_str().unwrap()));
        assert!(locked || name.contains("catalog.sqlite"), "{name} is open");
    }
    archive.run(&["removal", "mark", "1", "hidden"]).expect(0);
    assert_eq!(page(&archive, "sida")["outcome"], "captured");
    // It is not hidden after all.
    let back = ["removal", "mark", "1", "hidden", "--withdraw"];
    archive.run(&back).expect(0);
    let asked = site.asked();
    assert_eq!(page(&archive, "sida")["outcome"], "refused");
    assert_eq!(site.asked(), asked, "nothing is opened");
    archive.run(&["verify"]).expect(0);
}
