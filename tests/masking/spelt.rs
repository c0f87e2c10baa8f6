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

#[test]
fn numbers_in_each_way_that_they_are_written() {
    none_of(
        "Kommunen",
        "<p>Ring <a href=\"tel:+46701234567\">här</a>, +46 70 123 45 67, 0046701234567 eller 070‑123 45 67.</p>",
        &["--words", "070-1234567"],
        &["701234567"],
    );
    none_of(
        "Kommunen",
        "<p>Född 19800101-1234, 800101−1234, 8001011234, 19 800101 1234.</p>",
        &["--words", "800101-1234"],
        &["8001011234"],
    );
    none_of(
        "Kommunen",
        "<p>Född 800101‑1234 eller 800101−1234.</p>",
        &["--pattern", r"\d{6}-\d{4}"],
        &["8001011234"],
    );
}

#[test]
fn an_author_with_signs_beside_and_a_short_name() {
    none_of(
        "Bo Ek",
        "<p>Hej, Bo🎉 här igen. ½Bo² och Bo™. Mvh Ek</p>",
        &["--author"],
        &["Hej, Bo", "Bo🎉 här", "½Bo", "Bo™", "Mvh Ek"],
    );
    none_of(
        "Åsa Öberg",
        "<p>Åsa™ och ★Öberg★, 🎉Öberg, Åsa² ½Öberg.</p>",
        &["--author"],
        &["Åsa™", "Öberg"],
    );
}

/// The record's own address and its pictures' show all that is masked.
#[test]
fn addresses_where_all_is_seen() {
    let asked = Asked::of(|site| {
        Site {
        items: vec![
            (
                "Ett",
                "Kalle",
                format!(
                    "<p>Gunvor, se <a href=\"http://x.example/0\">inlägget</a>, http://x.example/0 och {site}bild-full.png</p>
                     <p><a href=\"{site}bild-full.png\"><img src=\"{site}bild-full-80x60.png\"></a></p>"
                ),
            ),
            (
                "Två",
                "Olle",
                "<p>Som jag skrev: www.x.example/0 (och <a href=\"http://x.example/0#k\">där</a>), inte x.example/9.</p>".to_owned(),
            ),
        ],
        pictures: [("bild-full.png", [1, 2, 3]), ("bild-full-80x60.png", [1, 2, 3])].into(),
    }
    });
    asked.mask(0, &["--region", "1:0,0,20,20"]).expect(0);
    asked.release(1);
    let (bytes, _) = asked.deliver("a.zip", &[]);
    let told = found("a.zip", &bytes, &["bild-full", "x.example/0"]);
    assert!(told.is_empty(), "{told:#?}");
    assert!(!found("a.zip", &bytes, &["x.example/9"]).is_empty());
}

/// What stands open is told before the file leaves; masks of what is withheld count too.
#[test]
fn what_stands_open_in_another_record_is_not_handed_out() {
    let asked = Asked::of(|_| Site {
        items: vec![
            ("Ett", "Sofia Quist", "<p>Jag mår bra.</p>".to_owned()),
            (
                "Två",
                "Bengt",
                "<p>@Sofia det var bra. Fråga Storhemlig.</p>".to_owned(),
            ),
            (
                "Tre",
                "Kommunen",
                "<p>Storhemlig, se <a href=\"http://y.example/storhemlig\">här</a>.</p>".to_owned(),
            ),
        ],
        ..Site::default()
    });
    asked.mask(0, &["--author"]).expect(0);
    asked.mask(2, &["--words", "Storhemlig"]).expect(0);
    asked.withhold(2);
    asked.release(1);
    let said = asked.refused(&[]);
    assert!(
        said.contains(&asked.ids[1]) && said.contains("--accept-remarks"),
        "{said}"
    );
    asked.mask(1, &["--words", "Sofia"]).expect(0);
    let said = asked.refused(&[]);
    assert!(said.contains("mask 2"), "{said}");
    asked.mask(1, &["--words", "Storhemlig"]).expect(0);
    let (bytes, _) = asked.deliver("a.zip", &[]);
    let told = found("a.zip", &bytes, &["sofia", "storhemlig"]);
    assert!(told.is_empty(), "{told:#?}");
}

#[test]
fn a_link_to_what_a_withheld_record_hides() {
    let asked = Asked::of(|_| Site {
        items: vec![
            ("Ett", "Kalle", "<p>Storhemlig.</p>".to_owned()),
            (
                "Två",
                "Olle",
                "<p>Läs <a href=\"http://y.example/storhemlig\">här</a>.</p>".to_owned(),
            ),
        ],
        ..Site::default()
    });
    asked.mask(0, &["--words", "Storhemlig"]).expect(0);
    asked.withhold(0);
    asked.release(1);
    let (bytes, done) = asked.deliver("a.zip", &[]);
    assert!(found("a.zip", &bytes, &["storhemlig"]).is_empty());
    assert_eq!(done["remarks"][0]["open"], false, "{done}");
}

/// Where the record changed, no one knows which place was meant: none of them is shown.
#[test]
fn one_place_of_many_when_the_record_changes() {
    let asked = Asked::of(|_| Site {
        items: vec![(
            "Ett",
            "Kalle",
            "<p>Quist är här. Sjuk är Quist i dag.</p>".to_owned(),
        )],
        ..Site::default()
    });
    asked.mask(0, &["--words", "Quist", "--nth", "2"]).expect(0);
    let (bytes, _) = asked.deliver("a.zip", &[]);
    assert!(!found("a.zip", &bytes, &["Quist"]).is_empty());
    asked.then(|site| {
        let (_, _, body) = &mut site.items[0];
        *body = body.replace("<p>", "<p>Quist! ");
    });
    asked.review_masked(0);
    let (bytes, _) = asked.deliver("b.zip", &["--versions"]);
    let told = found("b.zip", &bytes, &["Quist"]);
    assert!(told.is_empty(), "{told:#?}");
}
