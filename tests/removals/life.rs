//! The life of a case by each municipality's rules: the gate, the clocks, the notice, the police package, the end.

use std::fs::{self, File};
use std::io::Read as _;

use crate::site::{Site, archive, judged, mark, missing, open, show};

#[test]
fn in_vara_a_post_is_deleted_once_it_is_saved_registered_and_decided() {
    let site = Site::start();
    let address = site.publish("hot", "Jag ska komma hem till er i natt.", 3);
    site.publish("bad", "Badhuset öppnar.", 5);
    let archive = archive("vara", &site);
    let case = open(&archive, &address, "olaga-hot", 0);
    assert_eq!(case["state"], "seen");
    let thing = &case["objects"][0];
    assert!(
        thing["record"].is_string() && thing["bag"].is_string(),
        "{case}"
    );
    assert_eq!(missing(&case), ["registered", "plan-row-or-delegation"]);

    let refused = archive.run(&["removal", "mark", "1", "deleted"]);
    let rule = "VAR-2, vara.txt:147: \"Gallringsbeslut och diarieföring krävs";
    refused.refuses(
        1,
        &[
            "OI ",
            "not registered",
            "no gallringsbeslut",
            rule,
            "--already",
        ],
    );
    let hidden = mark(&archive, &["1", "hidden"]);
    assert_eq!(hidden["state"], "hidden", "hiding is never gated");
    let unknown = archive.run(&["removal", "mark", "1", "gallringsbeslut=plan:77"]);
    unknown.refuses(1, &["Kommunstyrelsen", "\"77\""]);
    mark(
        &archive,
        &["1", "gallringsbeslut=delegationsbeslut KS 2026:12"],
    );
    let case = mark(&archive, &["1", "registered=KS 2026/123"]);
    assert_eq!(case["state"], "hidden, may be deleted");
    let by_number = show(&archive, "KS 2026/123");
    assert_eq!(by_number["case"], 1);

    let zip = archive.beside("polisen.zip");
    let police = [
        "--json",
        "removal",
        "police",
        "1",
        "-o",
        zip.to_str().unwrap(),
    ];
    let told = judged(&archive, archive.run(&police).expect(0)).data();
    assert_eq!(told["bags"].as_array().unwrap().len(), 1);
    archive.run(&police).expect(1);
    let mut inside = zip::ZipArchive::new(File::open(&zip).unwrap()).unwrap();
    let mut letter = Vec::new();
    inside
        .by_name("underlag.pdf")
        .unwrap()
        .read_to_end(&mut letter)
        .unwrap();
    let bag = told["bags"][0].as_str().unwrap();
    assert!(
        inside
            .by_name(&format!("paket/{bag}/manifest-sha256.txt"))
            .is_ok()
    );
    let pdf = archive.beside("underlag.pdf");
    fs::write(&pdf, letter).unwrap();
    let check = archive
        .run(&["pdf", "check", pdf.to_str().unwrap()])
        .expect(0);
    assert!(check.stdout.contains("PDF/A"), "{check}");
    mark(&archive, &["1", "police=5000-K12345-26"]);

    let notice = archive.run(&["--json", "removal", "notice", "1"]).expect(0);
    let notice = judged(&archive, notice).data();
    let text = notice["text"].as_str().unwrap();
    for words in [
        "olaga hot",
        "5 § lagen (1998:112)",
        "KS 2026/123",
        "allmän handling",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let sent = archive.beside("besked.txt");
    fs::write(&sent, "Hej! Vi tog bort ditt inlägg, som var ett hot.").unwrap();
    let case = mark(
        &archive,
        &["1", "author-informed", "--text", sent.to_str().unwrap()],
    );
    let record = case["steps"].as_array().unwrap().last().unwrap()["reference"].clone();
    let kept = archive
        .run(&["record", "show", record.as_str().unwrap()])
        .expect(0);
    assert!(kept.stdout.contains("som var ett hot"), "{kept}");

    mark(&archive, &["1", "deleted"]);
    site.remove("hot");
    archive.run(&["watch", "blogg"]);
    let case = show(&archive, "1");
    assert_eq!(
        case["objects"][0]["confirmed"]["change"], "removed",
        "{case}"
    );
    let shown = archive.run(&["removal", "show", "1"]).expect(0);
    assert!(shown.stdout.contains("bekräftat borta 20"), "{shown}");
    let closed = archive.run(&["--json", "removal", "close", "1"]).expect(0);
    assert_eq!(judged(&archive, closed).data()["state"], "closed");
    archive.run(&["removal", "close", "1"]).expect(1);
    let boosts = archive.run(&["schedule", "boost"]).expect(0);
    assert!(
        boosts.stdout.contains("unlawful content: OI"),
        "VAR-6: {boosts}"
    );
    let events = archive.run(&["event", "list"]).expect(0);
    assert!(
        !events.stdout.contains("komma hem"),
        "no text of records in events"
    );
    archive.run(&["verify"]).expect(0);
}

#[test]
fn in_tibro_it_is_registered_before_and_what_was_done_too_early_is_a_breach() {
    let site = Site::start();
    let address = site.publish("reklam", "Köp nu!", 2);
    let archive = archive("tibro", &site);
    let case = open(&archive, &address, "Kommersiella budskap", 0);
    assert_eq!(missing(&case), ["registered"]);
    // Registered now, and deleted an hour ago: TIB-13 says before.
    mark(&archive, &["1", "registered=KS 2026/1"]);
    let hour = chrono::Utc::now() - chrono::TimeDelta::hours(1);
    let hour = hour.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let early = archive.run(&["removal", "mark", "1", "deleted", "--at", &hour]);
    early.refuses(1, &["TIB-13", "innan de tas bort"]);
    let case = mark(&archive, &["1", "deleted", "--at", &hour, "--already"]);
    let breach = case["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(breach["what"], "breach");
    assert_eq!(breach["reference"], "saved, registered");
    let later = archive.run(&["removal", "mark", "1", "hidden", "--at", "2099-01-01"]);
    later.refuses(1, &["2099-01-01", "has not come"]);
    archive.run(&["removal", "close", "1"]).expect(0);
}

#[test]
fn the_clock_runs_from_publication_and_status_tells_what_is_overdue() {
    let site = Site::start();
    let old = site.publish("gammalt", "Gammalt hot.", 49);
    let new = site.publish("nytt", "Nytt hot.", 47);
    let archive = archive("tibro", &site);
    let late = open(&archive, &old, "fortal", 0);
    let on_time = open(&archive, &new, "fortal", 0);
    assert_eq!(
        (&late["overdue"], &on_time["overdue"]),
        (&true.into(), &false.into())
    );
    assert_eq!(late["objects"][0]["from_publication"], true);
    let overdue = ["--json", "removal", "list", "--overdue"];
    let listed = judged(&archive, archive.run(&overdue).expect(0)).data();
    assert_eq!(listed["cases"].as_array().unwrap().len(), 1);
    let status = archive.run(&["status"]).expect(5);
    assert!(
        status
            .stdout
            .contains("is overdue: it should have been hidden by"),
        "{status}"
    );
    mark(&archive, &["1", "hidden"]);
    let status = archive.run(&["status"]);
    assert!(!status.stdout.contains("overdue: it should"), "{status}");
    let shown = archive.run(&["removal", "show", "1"]).expect(0);
    assert!(shown.stdout.contains("h too late"), "{shown}");

    // VAR-4: 72 hours from awareness.
    let aware = chrono::Utc::now() - chrono::TimeDelta::hours(73);
    let aware = aware.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    mark(&archive, &["2", "hidden"]);
    let case = mark(&archive, &["2", "imy-aware", "--at", &aware]);
    assert_eq!(case["overdue"], true);
    let status = archive.run(&["status"]).expect(5);
    assert!(
        status.stdout.contains("Integritetsskyddsmyndigheten"),
        "{status}"
    );
    archive
        .run(&["removal", "mark", "2", "dpo=Dag Ström"])
        .refuses(1, &["--no-report"]);
    let judged = [
        "2",
        "dpo=Dag Ström",
        "--no-report",
        "--note",
        "Ingen risk för någon.",
    ];
    assert_eq!(mark(&archive, &judged)["overdue"], false);
}

#[test]
fn child_abuse_material_is_never_captured_and_a_cry_for_help_gets_no_letter() {
    let site = Site::start();
    let address = site.publish("x", "y", 1);
    let archive = archive("lilla-edet", &site);
    let asked = site.asked();
    for said in ["barnpornografi", "Barnpornografi"] {
        let refused = archive.run(&["removal", "open", &address, "--category", said]);
        refused.refuses(1, &["never captured", "police", "removal emergency"]);
    }
    assert_eq!(site.asked(), asked, "nothing was asked of the site");
    let list = archive.run(&["removal", "list", "--closed"]).expect(0);
    assert!(list.stdout.contains("no such cases"));
    assert!(archive.bags().is_empty());

    let opened = archive
        .run(&["removal", "open", &address, "--category", "nödrop"])
        .expect(0);
    assert!(opened.stderr.contains("RING 112 FÖRST"), "{opened}");
    archive
        .run(&["removal", "notice", "1"])
        .refuses(1, &["no notice", "112"]);
    mark(&archive, &["1", "hidden"]);
    // "Föras in i diariet", says the lathund of both its rows.
    archive
        .run(&["removal", "mark", "1", "deleted"])
        .refuses(1, &["not registered", "LED-5", "Föras in i diariet"]);
    mark(&archive, &["1", "registered=KS 2026/1"]);
    archive.run(&["removal", "close", "1"]).expect(0);

    // LED-4 asks for the notice elsewhere.
    let other = site.publish("z", "Förtal.", 1);
    open(&archive, &other, "fortal", 0);
    mark(&archive, &["2", "hidden"]);
    mark(&archive, &["2", "registered=KS 2026/2"]);
    archive
        .run(&["removal", "close", "2"])
        .refuses(1, &["author has not been told", "LED-4"]);
    let kept = archive
        .run(&["--json", "removal", "notice", "2", "--record"])
        .expect(0);
    assert!(judged(&archive, kept).data()["record"].is_string());
    archive.run(&["removal", "close", "2"]).expect(0);
}

#[test]
fn many_addresses_are_one_case_and_each_is_marked_by_itself() {
    let site = Site::start();
    let all: Vec<String> = (0..3)
        .map(|n| site.publish(&format!("i{n}"), "Skräp", 1))
        .collect();
    let archive = archive("falkoping", &site);
    let mut args = vec!["--json", "removal", "open", "--category", "reklam"];
    args.extend(all.iter().map(String::as_str));
    // The same twice is one.
    args.push(&all[0]);
    let case = judged(&archive, archive.run(&args).expect(0)).data();
    assert_eq!(case["objects"].as_array().unwrap().len(), 3);
    let case = mark(&archive, &["1", "hidden", "--object", "2"]);
    assert_eq!(case["state"], "seen");
    assert!(case["objects"][1]["hidden"].is_string() && case["objects"][0]["hidden"].is_null());
    archive
        .run(&["removal", "mark", "1", "hidden", "--object", "4"])
        .refuses(1, &["object", "4"]);
    assert_eq!(
        mark(&archive, &["1", "hidden"])["state"],
        "hidden, may be deleted"
    );
    let unfinished = archive.run(&["removal", "close", "1"]).expect(0);
    assert!(unfinished.stdout.contains("closed"));
    for (bad, words) in [
        (vec!["removal", "open", "hej"], "no address"),
        (
            vec!["removal", "open", "https://annan.example/x"],
            "no registered account",
        ),
        (vec!["removal", "show", "99"], "no removal case"),
        (vec!["removal", "mark", "1", "category=påhitt"], "påhitt"),
    ] {
        let refused = archive.run(&bad);
        assert!(
            refused.code != Some(0) && refused.stderr.contains(words),
            "{refused}"
        );
    }
}
