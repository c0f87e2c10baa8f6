//! The answer to who told of a case in inbox/otillåtet/: that it may be hidden, that it may be deleted, or what is missing.

use chrono::{DateTime, Utc};

use super::Case;
use super::notice::lower_first;
use crate::calendar::local_time;
use crate::catalog::Vanished;
use crate::retention::removal::CategoryKind;

/// The text of the reply as the case stands. Says nothing of what was written, or by whom.
pub(in crate::workflow) fn reply(case: &Case, saving: bool, now: DateTime<Utc>) -> String {
    let mut text = String::new();
    let mut say = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    let removal = &case.removal;
    if case.category.kind == CategoryKind::CryForHelp && removal.closed.is_none() {
        say("RING 112 FÖRST om någons liv kan vara i fara.");
        say("Skicka inget brev till den som har skrivit. Låt en människa ta kontakten.");
        say("");
    }
    say(headline(case, saving));
    say("");
    say(&format!("Ärende: {}", removal.designation));
    if let Some(number) = &removal.registered {
        say(&format!("Diarienummer: {number}"));
    }
    let category = match case.category.kind {
        CategoryKind::Unclear => "inte angiven än".to_owned(),
        _ => lower_first(&case.category.name),
    };
    say(&format!("Kategori: {category}"));
    for (at, object) in case.objects.iter().enumerate() {
        say("");
        let name = object.address().unwrap_or("det som lämnades in");
        say(&format!("{}. {name}", at + 1));
        let done = |what: &str, when: Option<DateTime<Utc>>| {
            when.map(|when| format!("   {what} {}", local_time(when)))
        };
        match (object.saved, saving) {
            (Some(at), _) => say(&format!("   Sparat i arkivet {}", local_time(at))),
            (None, true) => say("   Sparas just nu. Vänta inte på det: dölj genast."),
            (None, false) => {
                say("   INTE SPARAT. Ta en skärmbild och lägg den i den här mappen.");
            }
        }
        for line in [done("Dolt", object.hidden), done("Raderat", object.deleted)]
            .into_iter()
            .flatten()
        {
            say(&line);
        }
        if let Some(at) = object.seen_again {
            say(&format!(
                "   SYNS IGEN: plattformen visade det {}. Dölj det igen.",
                local_time(at)
            ));
        }
        if let Some((change, at)) = object.confirmed {
            let what = match change {
                Vanished::Removed => "Bekräftat borta",
                Vanished::Hidden => "Bekräftat dolt",
            };
            say(&format!("   {what} {}", local_time(at)));
        }
        if let Some(deadline) = object.deadline.filter(|_| object.gone().is_none()) {
            let at = local_time(deadline.at);
            match deadline.is_overdue(None, now) {
                true => say(&format!(
                    "   FÖR SENT: det skulle ha varit dolt senast {at}"
                )),
                false => say(&format!("   Ska vara dolt senast {at}")),
            }
        }
    }
    let open = case.before_deletion.is_empty();
    // What is being saved may be hidden, and is not to be deleted meanwhile.
    if removal.closed.is_none() && !case.all_deleted() && !(open && saving) {
        say("");
        if open {
            say("Allt som krävs före radering är gjort.");
        } else {
            say("FÅR INTE RADERAS ÄN. Det här saknas:");
            for lack in &case.before_deletion {
                say(&format!("  - {}", lack.swedish()));
                if let Some(rule) = &lack.rule {
                    say(&format!("    Regeln: \"{}\" ({})", rule.quote, rule.source));
                }
            }
        }
    }
    say("");
    say(&format!(
        "Läget {}. Filen skrivs om när ärendet rör sig.",
        local_time(now)
    ));
    text
}

fn headline(case: &Case, saving: bool) -> &'static str {
    if case.removal.closed.is_some() {
        "ÄRENDET ÄR AVSLUTAT"
    } else if case.all_deleted() {
        "RADERAT. Inget mer behöver göras på plattformen."
    } else if !saving && case.before_deletion.is_empty() {
        match case.all_hidden() {
            true => "FÅR RADERAS. Det får också vara kvar dolt.",
            false => "FÅR DÖLJAS ELLER RADERAS. Gör det nu.",
        }
    } else if case.all_hidden() {
        "DOLT. Låt det vara dolt tills det står FÅR RADERAS här."
    } else {
        "FÅR DÖLJAS. Gör det nu. Radera inte."
    }
}
