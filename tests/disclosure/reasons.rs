//! Reasons go to the requester: in letters and lists they tell nothing of what any mask of the request hides.

use std::path::Path;
use std::process::Command;

use crate::desk::{Desk, about};

const HIDDEN: [&str; 3] = ["börjar", "Eva Ek", "Eva"];

fn hides(desk: &Desk, what: &[&str]) {
    desk.done(&[&["mask", "U-2026-0001"], what, &["--osl", "21:7"]].concat());
}

/// Words of one record and the author of another are masked; each reason names them.
fn reasoned() -> Desk {
    let (desk, message) = Desk::with_message();
    let case = desk.open(&[]);
    let posts: Vec<String> = about(&case).into_iter().filter(|r| *r != message).collect();
    let [first, last] = <[String; 2]>::try_from(posts).unwrap();
    let (withheld, masked) = (&last, &first);
    desk.done(&[
        "review",
        "U-2026-0001",
        withheld,
        "--withhold",
        "25:1",
        "--reason",
        "Snöröjningen BÖRJAR hos Evas mor, Ek-gatan 4.",
    ]);
    hides(
        &desk,
        &[
            masked,
            "--words",
            "börjar",
            "--reason",
            "Eva Ek, som är granne.",
        ],
    );
    hides(
        &desk,
        &[
            &message,
            "--author",
            "--reason",
            "Den som börjar är Eva Ek.",
        ],
    );
    desk
}

/// What a PDF says, its lines joined.
fn words_of(pdf: &Path) -> Option<String> {
    let read = Command::new("pdftotext")
        .arg("-layout")
        .args([pdf, Path::new("-")])
        .output();
    let Ok(read) = read else {
        println!("SKIP: no pdftotext");
        return None;
    };
    let text = String::from_utf8(read.stdout).unwrap();
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn letters_tell_no_masked_words_in_their_reasons() {
    let desk = reasoned();
    desk.configured();
    let told = |args: &[&str]| {
        let args = [&["refuse", "U-2026-0001"], args].concat();
        desk.done(&args)["text"].as_str().unwrap().to_owned()
    };
    let answer = told(&["--answer"]);
    let decision = told(&["--decision", "--delegate", "Anna Ek", "--seal"]);
    for (letter, name) in [(answer, "answer"), (decision, "decision")] {
        // Who decides is no secret.
        let letter = letter.replace("Anna Ek", "");
        for hidden in HIDDEN {
            let found = letter.to_lowercase().contains(&hidden.to_lowercase());
            assert!(!found, "{hidden} in the {name}: {letter}");
        }
        for left in ["[maskat], som är granne.", "Snöröjningen [maskat] hos"] {
            assert!(letter.contains(left), "{left} in the {name}: {letter}");
        }
    }
    desk.archive.run(&["verify"]).expect(0);
}

#[test]
fn what_is_handed_out_tells_why_something_is_withheld_and_nothing_masked() {
    let desk = reasoned();
    let out = desk.archive.beside("ut.pdf");
    let again = desk.archive.beside("igen.pdf");
    let path = |p: &std::path::Path| p.display().to_string();
    let form = ["deliver", "U-2026-0001", "--form", "papper"];
    let done = desk.done(&[&form[..], &["-o", &path(&out)]].concat());
    let export = done["export"].as_str().unwrap();
    desk.done(&[
        "deliver",
        "U-2026-0001",
        "--again",
        export,
        "-o",
        &path(&again),
    ]);
    assert_eq!(std::fs::read(&out).unwrap(), std::fs::read(&again).unwrap());
    let Some(words) = words_of(&out) else { return };
    assert!(words.contains("Skälet står i förteckningen"), "{words}");
    assert!(
        words.contains("Ek-gatan") || words.contains("mor,"),
        "{words}"
    );
    for hidden in HIDDEN {
        let found = words.to_lowercase().contains(&hidden.to_lowercase());
        assert!(!found, "{hidden}: {words}");
    }
}

#[test]
fn what_is_masked_in_a_withheld_record_stands_in_no_reason_of_another() {
    let (desk, message) = Desk::with_message();
    let case = desk.open(&[]);
    let posts: Vec<String> = about(&case).into_iter().filter(|r| *r != message).collect();
    let [first, last] = <[String; 2]>::try_from(posts).unwrap();
    hides(&desk, &[&message, "--words", "gör mig sjuk"]);
    hides(&desk, &[&message, "--author"]);
    hides(&desk, &[&message, "--words", "snöröjningen"]);
    let withhold = ["--withhold", "25:1", "--reason", "Hälsa."];
    desk.done(&[&["review", "U-2026-0001", &message][..], &withhold].concat());
    hides(
        &desk,
        &[
            &first,
            "--words",
            "börjar",
            "--reason",
            "Eva Ek skrev: det gör mig sjuk, punkt.",
        ],
    );
    desk.done(&["review", "U-2026-0001", &last, "--release"]);
    let path = |name: &str| desk.archive.beside(name).display().to_string();
    let form = [
        "deliver",
        "U-2026-0001",
        "--accept-remarks",
        "--form",
        "papper",
        "-o",
    ];
    let done = desk.done(&[&form[..], &[&path("ut.pdf")]].concat());
    // It stands open in what is handed out, and a person is told.
    let remarks = done["remarks"].to_string();
    assert!(remarks.contains("stands-elsewhere"), "{done}");
    let export = done["export"].as_str().unwrap();
    let again = path("igen.pdf");
    desk.done(&["deliver", "U-2026-0001", "--again", export, "-o", &again]);
    assert_eq!(
        std::fs::read(path("ut.pdf")).unwrap(),
        std::fs::read(again).unwrap()
    );
    let Some(words) = words_of(path("ut.pdf").as_ref()) else {
        return;
    };
    assert!(words.contains("punkt."), "{words}");
    for hidden in ["mig sjuk", "Eva Ek", "Eva"] {
        assert!(!words.contains(hidden), "{hidden}: {words}");
    }
}

#[test]
fn figures_and_steps_are_told_in_words() {
    let desk = Desk::new();
    let case = desk.open(&[]);
    let [first, second] = <[String; 2]>::try_from(about(&case)).unwrap();
    desk.done(&["refresh", "U-2026-0001"]);
    desk.done(&["review", "U-2026-0001", &second, "--outside"]);
    hides(&desk, &[&first, "--words", "börjar"]);
    let out = desk.archive.beside("ut.pdf");
    let form = ["deliver", "U-2026-0001", "--form", "papper", "-o"];
    let told = desk
        .run(&[&form[..], &[out.to_str().unwrap()]].concat())
        .expect(0);
    for words in ["1 file\n", "1 record, 1 mask, 0 withheld, 1 page\n"] {
        assert!(told.stdout.contains(words), "{words}: {told}");
    }
    let shown = desk.run(&["show", "U-2026-0001"]).expect(0);
    assert!(
        shown.stdout.contains("refreshed no new records by")
            && shown.stdout.contains("papper 1 page ")
            && !shown.stdout.contains('{'),
        "{shown}"
    );
}
