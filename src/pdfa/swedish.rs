//! Words for people: everything the document says in its own voice, in Swedish.

use std::borrow::Cow;

use crate::record::{
    BagKind, Coverage, Covered, GapReason, Kind, MediumKind, PageOutcome, Platform, Reason,
    Visibility,
};

use super::Mark;

/// Keeps a number and its unit on one line.
const NBSP: char = '\u{a0}';

/// `28 419`, with spaces that do not break.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(NBSP);
        }
        out.push(c);
    }
    out
}

/// `145 kB`, `2,4 MB`: decimal units, decimal comma.
pub fn size(bytes: u64) -> String {
    let tenths = |unit: u64| (bytes + unit / 20) / (unit / 10);
    let with = |unit: u64, name: &str| {
        let t = tenths(unit);
        if t >= 100 || t % 10 == 0 {
            format!("{}{NBSP}{name}", number((t + 5) / 10))
        } else {
            format!("{},{}{NBSP}{name}", t / 10, t % 10)
        }
    };
    match bytes {
        0..1_000 => format!("{bytes}{NBSP}byte"),
        1_000..999_500 => with(1_000, "kB"),
        999_500..999_500_000 => with(1_000_000, "MB"),
        _ => with(1_000_000_000, "GB"),
    }
}

/// `1 inlägg`, `3 kommentarer`.
pub fn count(n: usize, one: &str, many: &str) -> String {
    let word = if n == 1 { one } else { many };
    format!("{}{NBSP}{word}", number(n as u64))
}

/// `ett, två och tre`.
pub fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} och {last}", most.join(", ")),
    }
}

pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Post => "Inlägg",
        Kind::Page => "Sida",
        Kind::Comment => "Kommentar",
        Kind::Message => "Meddelande",
    }
}

pub fn kind_count(kind: Kind, n: usize) -> String {
    match kind {
        Kind::Post => count(n, "inlägg", "inlägg"),
        Kind::Page => count(n, "sida", "sidor"),
        Kind::Comment => count(n, "kommentar", "kommentarer"),
        Kind::Message => count(n, "meddelande", "meddelanden"),
    }
}

pub fn platform(platform: Platform) -> &'static str {
    match platform {
        Platform::WordPress => "WordPress (webbplats)",
        Platform::Feed => "RSS/Atom (webbflöde)",
        other => other.label(),
    }
}

pub fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Scheduled => "Återkommande, enligt kommunens schema",
        Reason::Change => "Kontot genomgår en större förändring",
        Reason::Closing => "Kontot ska avslutas",
        Reason::Manual => "Särskilt begärd av handläggare",
        Reason::Watch => "Bevakning: något nytt, ändrat eller borttaget upptäcktes",
        Reason::Import => "Inlämnad av en medarbetare",
    }
}

/// The heading of a mark, `None` when nothing is to be said.
pub fn mark(mark: Mark) -> Option<String> {
    match mark {
        Mark::New => Some("Ny".to_owned()),
        Mark::Edited { version } => Some(format!("Ändrad, version{NBSP}{version}")),
        Mark::Version { number, of } => Some(format!("Version{NBSP}{number} av{NBSP}{of}")),
        Mark::Unchanged => None,
    }
}

pub fn visibility(visibility: Visibility) -> Option<&'static str> {
    match visibility {
        Visibility::Public => None,
        Visibility::Held => Some("Väntar på granskning"),
        Visibility::Hidden => Some("Dold för allmänheten"),
        Visibility::Private => Some("Skickat enskilt"),
    }
}

/// What stands on the cover and in each page's header of a restricted document.
pub fn restricted(kind: BagKind) -> Option<(&'static str, &'static str)> {
    match kind {
        BagKind::Records | BagKind::Page => None,
        BagKind::RecordsRestricted => Some((
            "Begränsad åtkomst – inte sekretessprövad",
            "Handlingen innehåller meddelanden eller kommentarer som inte har varit synliga för \
             allmänheten. Innehållet är inte sekretessprövat. Pröva det enligt offentlighets- och \
             sekretesslagen (2009:400) innan det lämnas ut.",
        )),
    }
}

pub fn covered(what: Covered) -> &'static str {
    match what {
        Covered::Posts => "Inlägg",
        Covered::Pages => "Sidor",
        Covered::Comments => "Kommentarer",
        Covered::HeldComments => "Kommentarer som väntar på granskning",
        Covered::FeedEntries => "Poster i flödet",
        Covered::Media => "Bilder och andra filer",
        Covered::Screen => "Sidan som skärmen visar den",
        Covered::Files => "Inlämnade filer",
    }
}

/// What a document of records is of, as it stands before its time.
pub fn taken(reason: Reason) -> &'static str {
    match reason {
        Reason::Import => "Inlämnat material, mottaget",
        _ => "Ögonblicksbild tagen",
    }
}

/// A sentence on the whole of the coverage.
pub fn completeness(coverage: &Coverage, reason: Reason) -> &'static str {
    if reason == Reason::Import {
        return match coverage.is_complete() {
            true => "Allt som lämnades in finns här. Vad kontot visade därutöver framgår inte.",
            false => {
                "Filerna som lämnades in finns här, men allt som de hänvisar till följde inte med. Nedan står vad som saknas."
            }
        };
    }
    if reason == Reason::Watch {
        let gaps = || coverage.rows.iter().flat_map(|row| &row.missing);
        return match gaps().all(|gap| gap.reason == GapReason::NewestOnly) {
            true => {
                "En titt mellan ögonblicksbilderna: bara det senaste lästes. Här står det som då var nytt eller ändrat."
            }
            false => {
                "En titt mellan ögonblicksbilderna: bara det senaste lästes, och allt av det gick inte att hämta. Nedan står vad som saknas och varför."
            }
        };
    }
    if coverage.rows.is_empty() {
        "Det finns inga uppgifter om hur fullständig ögonblicksbilden är."
    } else if coverage.is_complete() {
        "Allt som plattformen uppgav att kontot innehöll har hämtats. Ingenting saknas."
    } else {
        "Allt kunde inte hämtas. Nedan står vad som saknas och varför."
    }
}

/// Why something is missing, as a clause that can stand after a colon.
/// Our own words of what is missing and why, which stand in English in capture.json; what others said stands as it is.
pub fn plain(words: &str) -> Cow<'_, str> {
    Cow::Borrowed(match words {
        "older entries" => "äldre poster",
        "max_pages" => "antal sidor som läses",
        "media of one capture" => "bilder och filer i en ögonblicksbild",
        "without id, address, title, date and text" => "utan id, adress, titel, datum och text",
        "without an id" => "utan id",
        "without content" => "utan innehåll",
        "the medium is empty" => "filen är tom",
        "a web page stands where a medium should" => "en webbsida i stället för en fil",
        "a list is expected" => "en lista väntades",
        "not all could be read" => "allt gick inte att läsa",
        "posts" => "inlägg",
        "others' replies" => "andras svar",
        "no AppView is set: bluesky_appview is empty" => {
            "ingen AppView är inställd: bluesky_appview är tom"
        }
        "the AppView does not know these posts" => "AppView känner inte till inläggen",
        "the AppView counts them and does not show them" => "AppView räknar dem men visar dem inte",
        "the AppView shows the thread to nobody: it is blocked" => {
            "AppView visar inte tråden: den är spärrad"
        }
        "the AppView shows the reply to nobody: it is blocked" => {
            "AppView visar inte svaret: det är spärrat"
        }
        "the AppView does not show the thread" => "AppView visar inte tråden",
        "a film in another's reply is kept as its still alone" => {
            "en film i någon annans svar sparas bara som stillbild"
        }
        "the thread's answer holds no thread" => "svaret innehåller ingen tråd",
        "a reply has no address" => "ett svar saknar adress",
        "the list repeats itself" => "listan upprepar sig",
        "a record of another kind" => "en post av annat slag",
        "without text" => "utan text",
        "without an address of the account's own" => "utan adress i kontot",
        other => return counted(other).map_or(Cow::Borrowed(other), Cow::Owned),
    })
}

/// Our own words that begin or end with a number.
fn counted(words: &str) -> Option<String> {
    let (number, sort) = words.split_once(' ')?;
    let number = number.parse::<u64>();
    Some(match (number, sort) {
        (Ok(n), "replies") => format!("{n}{NBSP}svar"),
        (Ok(n), "replies to posts") => format!("svar på {n}{NBSP}inlägg"),
        (Ok(n), "records") => format!("{n}{NBSP}poster"),
        _ => return None,
    })
}

pub fn gap(reason: &GapReason) -> String {
    match reason {
        GapReason::Refused { status: 404 | 410 } => "finns inte längre på servern".to_owned(),
        GapReason::Refused {
            status: status @ (401 | 403),
        } => format!("servern nekade åtkomst (svar{NBSP}{status})"),
        GapReason::Refused { status } => {
            format!("servern lämnade inte ut innehållet (svar{NBSP}{status})")
        }
        GapReason::TooLarge { limit } => format!("större än gränsen på {}", size(*limit)),
        GapReason::TimedOut { seconds } => {
            format!("servern svarade inte fullständigt inom {seconds}{NBSP}sekunder")
        }
        GapReason::Redirects => "adressen skickade vidare för många gånger".to_owned(),
        GapReason::InsideNetwork => {
            "adressen leder in i kommunens interna nät och följdes därför inte".to_owned()
        }
        GapReason::Unreachable { detail } => {
            format!("servern gick inte att nå ({detail})")
        }
        GapReason::Malformed { detail } => {
            format!(
                "svaret från servern gick inte att tolka ({})",
                plain(detail)
            )
        }
        GapReason::WindowOnly => {
            "källan visar bara det senaste; äldre innehåll kan inte läsas den här vägen".to_owned()
        }
        GapReason::NewestOnly => {
            "bevakningen läser bara det senaste; resten läses vid nästa ögonblicksbild".to_owned()
        }
        GapReason::ChangedWhileRead => {
            "innehållet ändrades medan det lästes, även vid ett andra försök".to_owned()
        }
        GapReason::NeedsCredential => {
            "kräver inloggning, och inga giltiga inloggningsuppgifter fanns".to_owned()
        }
        GapReason::PasswordProtected => "skyddat med ett eget lösenord".to_owned(),
        GapReason::LimitReached { limit } => {
            format!("en inställd gräns nåddes ({})", plain(limit))
        }
        GapReason::PageEnded { outcome, detail } => match detail {
            Some(detail) => format!("{} ({detail})", page_outcome(*outcome)),
            None => page_outcome(*outcome).to_owned(),
        },
        GapReason::ConsentWall => "en ruta som begär samtycke täcker sidan".to_owned(),
        GapReason::Stuck { seconds } => format!("hade inte kommit efter {seconds}{NBSP}sekunder"),
        GapReason::NotCaptured { detail } => format!("kunde inte tas med ({})", plain(detail)),
    }
}

/// How a look at a page ended, as a clause.
pub fn page_outcome(outcome: PageOutcome) -> &'static str {
    match outcome {
        PageOutcome::Captured => "sidan är tagen i sin helhet",
        PageOutcome::Partial => "sidan är tagen i delar",
        PageOutcome::NotFound => "sidan finns inte",
        PageOutcome::Gone => "sidan är borttagen",
        PageOutcome::TooManyRequests => "servern tog inte emot fler frågor",
        PageOutcome::ServerError => "servern svarade med ett fel",
        PageOutcome::Refused => "servern nekade åtkomst",
        PageOutcome::NameNotFound => "adressens namn finns inte",
        PageOutcome::CertificateError => "serverns certifikat går inte att lita på",
        PageOutcome::Unreachable => "servern gick inte att nå",
        PageOutcome::InsideNetwork => {
            "adressen leder in i kommunens interna nät och följdes därför inte"
        }
        PageOutcome::Redirects => "adressen skickade vidare för många gånger",
        PageOutcome::LoginWall => "sidan visas bara för inloggade",
        PageOutcome::ConsentWall => {
            "en fråga om samtycke står framför sidan och gick inte att svara nej på"
        }
        PageOutcome::Captcha => "sidan begär bevis på att en människa tittar",
        PageOutcome::EmptyShell => "sidan är tom",
        PageOutcome::NotAPage => "adressen leder till en fil och inte till en sida",
        PageOutcome::Crashed => "sidan kraschade i webbläsaren",
        PageOutcome::TimedOut => "sidan svarade inte i tid",
        PageOutcome::BrowserGone => "webbläsaren avslutades i förtid",
        PageOutcome::NoBrowser => "ingen webbläsare finns installerad",
    }
}

pub fn medium(kind: MediumKind) -> &'static str {
    match kind {
        MediumKind::Picture => "Bild",
        MediumKind::Film => "Film",
        MediumKind::Sound => "Ljud",
        MediumKind::Document => "Dokument",
    }
}

pub fn medium_definite(kind: MediumKind) -> &'static str {
    match kind {
        MediumKind::Picture => "Bilden",
        MediumKind::Film => "Filmen",
        MediumKind::Sound => "Ljudet",
        MediumKind::Document => "Dokumentet",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_sizes_round_as_people_read_them() {
        assert_eq!(number(0), "0");
        assert_eq!(number(1_234_567), "1\u{a0}234\u{a0}567");
        for (bytes, text) in [
            (1, "1 byte"),
            (999, "999 byte"),
            (1_000, "1 kB"),
            (1_449, "1,4 kB"),
            (145_300, "145 kB"),
            (2_400_000, "2,4 MB"),
            (24_000_000, "24 MB"),
        ] {
            assert_eq!(size(bytes).replace('\u{a0}', " "), text);
        }
    }

    #[test]
    fn a_list_ends_with_och() {
        let words = |w: &[&str]| list(&w.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
        assert_eq!(words(&["a"]), "a");
        assert_eq!(words(&["a", "b", "c"]), "a, b och c");
    }
}
