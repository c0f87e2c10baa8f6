//! The command against the real PDS: bags that outside programs find right, documents that say what was posted.

use serde_json::json;

use super::appview::AppView;
use super::pds::Pds;
use super::support::judges::{holds, judge_bag, judge_ledger, judge_schema, pdf_text, sha256};
use super::support::{Archive, files, read_json};
use super::whole::PNG;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_is_sealed_then_unchanged_then_holds_what_changed() {
    let Some(pds) = Pds::running() else { return };
    let (own, anna) = (pds.account("kommun"), pds.account("anna"));
    own.put(
        "app.bsky.actor.profile",
        "self",
        json!({"$type": "app.bsky.actor.profile", "displayName": "Tibro kommun", "description": "Vi svarar vardagar 8–16."}),
    );
    let picture = own.upload("image/png", PNG);
    let first = own.post(
        "Snöröjningen börjar på gång- och cykelvägarna.\n\nFrågor? Skriv här.",
        json!({"embed": {"$type": "app.bsky.embed.images", "images": [{"alt": "En plogbil på Storgatan", "image": picture}]}}),
    );
    let quote = own.post(
        "Läs också",
        json!({"embed": {"$type": "app.bsky.embed.record", "record": {"uri": first["uri"], "cid": first["cid"]}}}),
    );
    own.post(
        "Mer på webben",
        json!({"embed": {"$type": "app.bsky.embed.external", "external":
            {"uri": "https://tibro.example/sno", "title": "Så plogar vi", "description": "Tider och gator"}}}),
    );
    let question = anna.reply("När plogas Fågelvägen?", &first, &first);
    own.reply("I morgon bitti.", &first, &question);
    let appview = AppView::over(&pds, &[&own, &anna]);
    let archive = Archive::new();
    archive.configure(&format!(
        "\n[network]\nplc_directory = \"{}\"\nbluesky_appview = \"{}\"\n",
        pds.plc, appview.address
    ));
    archive.add_account("bsky", "bluesky", &own.address(), &[]);

    let capture = archive.snapshot("bsky");
    assert_eq!((capture.outcome(), capture.count("new")), ("sealed", 5));
    let bag = capture.public();
    judge_bag(&bag);
    judge_schema(&bag.join("data/records.json"), "records.schema.json");
    judge_schema(&bag.join("data/capture.json"), "capture.schema.json");
    let kept: Vec<String> = files(&bag.join("data/media"))
        .iter()
        .map(|f| sha256(f))
        .collect();
    let mut uploaded = std::env::temp_dir();
    uploaded.push(format!("{}.png", uuid::Uuid::now_v7()));
    std::fs::write(&uploaded, PNG).unwrap();
    assert_eq!(kept, [sha256(&uploaded)], "the picture as it was uploaded");
    std::fs::remove_file(&uploaded).unwrap();
    if let Some(text) = pdf_text(&bag) {
        for words in [
            "gång- och cykelvägarna",
            "En plogbil på Storgatan",
            "När plogas Fågelvägen?",
            "I morgon bitti.",
            "Så plogar vi",
            "Citerat inlägg",
            "Bluesky",
        ] {
            assert!(text.contains(words), "posts.pdf lacks {words:?}: {text}");
        }
    }
    let again = archive.snapshot("bsky");
    assert_eq!((again.outcome(), again.sealed()), ("unchanged", 0));

    own.edit(&quote, "Läs också, rättat");
    let changed = archive.snapshot("bsky");
    assert_eq!(
        (
            changed.outcome(),
            changed.count("changed"),
            changed.count("new")
        ),
        ("sealed", 1, 0)
    );
    let records = read_json(&changed.public().join("data/records.json")).to_string();
    assert!(records.contains("rättat"), "{records}");

    // A rude reply that the editor hides at once: the public bag does not hold its words, in any file.
    let rude = anna.reply("ovettigheten", &first, &first);
    let key = first["uri"].as_str().unwrap().rsplit('/').next().unwrap();
    own.put(
        "app.bsky.feed.threadgate",
        key,
        json!({"$type": "app.bsky.feed.threadgate", "post": first["uri"], "hiddenReplies": [rude["uri"]],
            "createdAt": "2026-11-01T10:00:00Z"}),
    );
    let hidden = archive.snapshot("bsky");
    let restricted = hidden.bag("records-restricted").unwrap();
    assert!(holds(&restricted, "ovettigheten"));
    judge_bag(&restricted);
    let public = hidden.bag("records");
    assert!(public.is_none_or(|bag| !holds(&bag, "ovettigheten")));
    archive.run(&["verify"]).expect(0);
    judge_ledger(archive.path());
}

#[test]
fn an_address_without_an_account_is_told_with_what_to_do() {
    let archive = Archive::new();
    archive.configure("\n[network]\nbluesky_appview = \"\"\n");
    archive.add_account("bsky", "bluesky", "https://bsky.app/", &[]);
    let output = archive.run(&["snapshot", "bsky"]);
    output.refuses(1, &["https://bsky.app/", "names no Bluesky account"]);
}
