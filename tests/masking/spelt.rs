//! Names as addresses, handles, double names and twice escaped texts spell them, in whole deliveries.

use std::process::Command;

use super::asked::{Asked, Site};
use super::search::found;
use super::support::judges::have;

/// Delivers one post, masked; nothing of these is in it.
fn none_of(author: &'static str, body: &str, mask: &[&str], secrets: &[&str]) {
    let asked = Asked::of(|_| Site {
        items: vec![("Hej", author, body.to_owned())],
        ..Site::default()
    });
    asked.mask(0, mask).expect(0);
    let (bytes, _) = asked.deliver("a.pdf", &[]);
    let told = found("a.pdf", &bytes, secrets);
    assert!(told.is_empty(), "{told:#?}");
}

#[test]
fn slugs_and_handles_of_names_with_dots_and_rings() {
    none_of(
        "Kommunen",
        "<p>Åke Östberg: <a href=\"https://x.example/2025/ake-ostberg-vann\">ett</a> <a href=\"https://x.example/aake-oestberg\">två</a>
         <a href=\"https://x.example/ke-stberg\">tre</a> @akeostberg #AkeOstberg ake.ostberg@x.example https://x.example/ake_ostberg</p>",
        &["--words", "Åke Östberg"],
        &["akeostberg", "ake-ostberg", "aake-oestberg", "ke-stberg", "ake.ostberg", "ake_ostberg"],
    );
}

#[test]
fn an_author_in_addresses_without_rings() {
    none_of(
        "Åsa Öberg",
        "<p>Mejla asa.oberg@x.example. @asaoberg. <a href=\"https://x.example/asa-oberg\">här</a></p>",
        &["--author"],
        &["asa.oberg", "asaoberg", "asa-oberg", "oberg"],
    );
}

#[test]
fn an_author_with_accents_that_stand_by_themselves() {
    none_of(
        "Franc\u{327}oise Nova\u{30c}kova\u{301}",
        "<p>Françoise skrev. Novákova? Nej, Novǎková. NOVAKOVA.</p>",
        &["--author"],
        &["Françoise", "Novaková", "Novǎková"],
    );
}

#[test]
fn the_halves_of_a_double_name() {
    none_of(
        "Åsa Öberg-Lindqvist",
        "<p>Öberg sade, och Lindqvists hund. Öbergs också. LINDQVIST!</p>",
        &["--author"],
        &["Öberg", "Lindqvist"],
    );
}

#[test]
fn characters_that_were_escaped_twice() {
    for body in [
        "<p>Det var &amp;Aring;ke &amp;Ouml;stberg, &amp;#197;ke &amp;#xD6;stberg, &amp;amp;Aring;ke &amp;amp;Ouml;stberg.</p>",
        "<pre>&amp;Aring;ke&amp;nbsp;&amp;Ouml;stberg</pre>",
    ] {
        none_of(
            "Kommunen",
            body,
            &["--words", "Åke Östberg"],
            &["Östberg", "stberg"],
        );
    }
}

/// Another record's link tells what is masked in the first: it goes, and that is told.
#[test]
fn a_link_of_another_record() {
    let link = "https://x.example/p/gunvor-quist";
    let asked = Asked::of(|_| Site {
        items: vec![
            ("Ett", "Kalle", "<p>Gunvor Quist mår bra.</p>".to_owned()),
            (
                "Två",
                "Olle",
                format!("<p>Läs <a href=\"{link}\">här</a> om badet.</p>"),
            ),
        ],
        ..Site::default()
    });
    asked.mask(0, &["--words", "Gunvor Quist"]).expect(0);
    asked.release(1);
    for file in ["a.pdf", "a.zip"] {
        let (bytes, done) = asked.deliver(file, &[]);
        let told = found(file, &bytes, &["gunvor", "quist"]);
        assert!(told.is_empty(), "{told:#?}");
        let remarks = done["remarks"].as_array().unwrap();
        assert!(
            remarks.iter().any(|r| r["what"] == "stands-elsewhere"
                && r["record"].as_str() == Some(asked.ids[1].as_str())),
            "{done}"
        );
    }
    if have("pdftotext") {
        let file = asked.archive.beside("a.pdf");
        let out = Command::new("pdftotext")
            .arg(file)
            .arg("-")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(text.contains("om badet"), "the rest stays: {text}");
    }
}

/// Why a mask was laid is told; a name that another record hides is not told by it.
#[test]
fn a_reason_that_tells_another_records_name() {
    let asked = Asked::of(|_| Site {
        items: vec![
            ("Ett", "Kalle", "<p>Gunvor Quist mår bra.</p>".to_owned()),
            ("Två", "Olle", "<p>Badet är öppet.</p>".to_owned()),
        ],
        ..Site::default()
    });
    asked.mask(0, &["--words", "Gunvor Quist"]).expect(0);
    let reason = ["--words", "Badet", "--reason", "svar till Gunvor Quist"];
    asked.mask(1, &reason).expect(0);
    let (bytes, _) = asked.deliver("a.zip", &[]);
    let told = found("a.zip", &bytes, &["Gunvor Quist"]);
    assert!(told.is_empty(), "{told:#?}");
}
