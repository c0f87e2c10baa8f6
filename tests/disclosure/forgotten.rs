//! Who asked: kept apart, told to those who need it, and erased for ever.

use std::fs;

use crate::desk::Desk;

/// Whether the bytes stand in any file of the archive.
fn stands(desk: &Desk, words: &str) -> bool {
    let files = crate::support::files(desk.archive.path());
    files.iter().any(|file| {
        let bytes = fs::read(file).unwrap();
        bytes.windows(words.len()).any(|w| w == words.as_bytes())
    })
}

const NAME: &str = "Zebraparkman";
const CONTACT: &str = "zebra@nagon.example";

#[test]
fn who_asked_is_forgotten_to_the_last_byte() {
    let desk = Desk::new();
    desk.open(&["--requester", NAME, "--contact", CONTACT]);
    let shown = desk.run(&["show", "U-2026-0001"]).expect(0);
    assert!(!shown.stdout.contains(NAME), "{shown}");
    let events = desk.archive.run(&["event", "list"]).expect(0);
    assert!(
        !events.stdout.contains(NAME) && !events.stdout.contains("snö"),
        "{events}"
    );
    let kept = desk.done(&["requester", "U-2026-0001"]);
    assert_eq!(
        (&kept["name"], &kept["contact"]),
        (&NAME.into(), &CONTACT.into())
    );
    let moved = desk.done(&["requester", "U-2026-0001", "--contact", "Box 1"]);
    assert_eq!(
        (&moved["name"], &moved["contact"]),
        (&NAME.into(), &"Box 1".into())
    );
    assert!(stands(&desk, NAME));
    assert_eq!(desk.done(&["forget", "U-2026-0001"])["erased"], true);
    assert!(!stands(&desk, NAME));
    assert!(!stands(&desk, CONTACT));
    let kept = desk.done(&["requester", "U-2026-0001"]);
    assert!(kept["name"].is_null() && kept["contact"].is_null());
}

#[test]
fn who_asked_is_forgotten_by_itself_after_the_end_and_not_before() {
    let desk = Desk::new();
    desk.open(&["--requester", NAME]);
    desk.archive
        .configure("\n[disclosure]\nforget_after_days = 0\n");
    desk.done(&["review", "U-2026-0001", "--rest", "--outside"]);
    assert!(stands(&desk, NAME), "it is open");
    desk.done(&["close", "U-2026-0001", "--reason", "inte hos oss"]);
    desk.done(&["open", "--committee", "Kommunstyrelsen", "--scope", "annat"]);
    assert!(!stands(&desk, NAME));
}
