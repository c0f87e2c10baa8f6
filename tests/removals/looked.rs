//! Saving by the page as the screen shows it: another page, or the page without the comment, saves nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::site::{judged, mark, missing, open};
use crate::support::hostile::{http, redirect, serve};
use crate::support::judges::have_browser;
use crate::support::{Archive, project};

/// A site of pages alone. What is gone from it leads to its front page.
fn archive(gone: &Arc<AtomicBool>) -> (Archive, String) {
    let gone = Arc::clone(gone);
    let page = |body: &str| {
        let text = format!(
            "<!doctype html><html lang=sv><title>Badet</title><body><h1>Badet</h1>{body}</html>"
        );
        http("200 OK", "text/html; charset=utf-8", &text)
    };
    let address = serve(move |path| match path {
        "/" => page("<p>Välkommen till badet.</p>"),
        "/flyttat" | "/p/17" => redirect("/"),
        "/inlagg" if gone.load(Ordering::SeqCst) => redirect("/"),
        "/inlagg" => page("<p>Ett hot.</p><div id='comment-7'>Ett hot till.</div>"),
        _ => http("404 Not Found", "text/html", "borta"),
    });
    let archive = Archive::with_pages();
    let rules = project().join("archive-schema/profiles/falkoping/policy.toml");
    std::fs::copy(rules, archive.path().join("policy.toml")).unwrap();
    archive.configure("\n[network]\nretries = 0\n[browser]\nretries = 0\n");
    archive.add_account("webb", "web", &address, &[]);
    (archive, address)
}

#[test]
fn only_the_page_that_was_asked_for_is_saved() {
    if !have_browser() {
        return;
    }
    let gone = Arc::new(AtomicBool::new(false));
    let (archive, site) = archive(&gone);
    for path in ["flyttat", "p/17"] {
        let case = open(&archive, &format!("{site}{path}"), "hets", 3);
        assert_eq!(missing(&case), ["saved"], "{path}");
        assert!(case["objects"][0]["page"].is_null(), "{case}");
        let why = case["objects"][0]["problem"].as_str().unwrap();
        assert!(why.contains("it led to"), "{why}");
    }
    let lost = open(&archive, &format!("{site}inlagg#comment-99"), "hets", 3);
    let why = lost["objects"][0]["problem"].as_str().unwrap();
    assert!(why.contains("#comment-99"), "{why}");
    let there = open(&archive, &format!("{site}inlagg#comment-7"), "hets", 0);
    assert!(missing(&there).is_empty(), "{there}");
    archive.run(&["verify"]).expect(0);
}

#[test]
fn what_is_hidden_and_not_saved_is_looked_at_again() {
    if !have_browser() {
        return;
    }
    let gone = Arc::new(AtomicBool::new(true));
    let (archive, site) = archive(&gone);
    open(&archive, &format!("{site}inlagg"), "hets", 3);
    let case = mark(&archive, &["1", "hidden"]);
    assert_eq!(missing(&case), ["saved"]);
    gone.store(false, Ordering::SeqCst);
    let saved = archive.run(&["--json", "removal", "save", "1"]).expect(0);
    let case = judged(&archive, saved).data();
    assert!(case["objects"][0]["page"].is_string(), "{case}");
}
