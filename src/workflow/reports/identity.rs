//! What a profile tells: each piece that a guideline demands is looked for by its words. Pure.
//!
//! Words are found or not found; whether they say what they should, a person judges.

use crate::platform::Profile;
use crate::policy::{IdentityMark, Information};

/// What was found, in English and Swedish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Yes(String, String),
    No(String, String),
    /// It cannot be told from what the platform gives.
    Unclear(String, String),
}

/// A profile's text, ready to be searched.
pub struct ProfileText {
    /// As the platform told it.
    raw: String,
    /// Words in lower case, one space apart.
    words: String,
    home: Option<String>,
    picture: bool,
}

const PURPOSE: &[&str] = &[
    "syfte",
    "syftet",
    "här informerar",
    "här berättar",
    "här delar",
    "här hittar du",
    "här kan du följa",
    "här publicerar",
    "vi informerar",
    "vi berättar",
    "vi delar",
    "information om",
    "information från",
    "nyheter från",
    "nyheter om",
    "aktuellt från",
    "dialog",
    "följ oss",
    "för dig som",
];
const PUBLIC_RECORDS: &[&str] = &[
    "allmän handling",
    "allmänna handlingar",
    "allmänna handling",
    "offentlighetsprincipen",
    "offentlig handling",
    "offentliga handlingar",
];
const FORBIDDEN: &[&str] = &[
    "inte tillåtet",
    "ej tillåtet",
    "otillåtet",
    "otillåtna",
    "får inte",
    "får ej",
    "inte förekomma",
    "förbjudet",
    "kränkande",
    "förtal",
    "hets mot folkgrupp",
    "personangrepp",
    "personliga angrepp",
    "sekretessbelagda",
    "regler för",
];
const MAY_BE_REMOVED: &[&str] = &[
    "tas bort",
    "tar bort",
    "ta bort",
    "raderas",
    "raderar",
    "radera",
    "avpubliceras",
    "avpublicerar",
    "döljs",
    "döljer",
    "dölja",
    "plockas bort",
    "plockar bort",
];
const RESPONSIBLE: &[&str] = &[
    "ansvarar",
    "ansvarig",
    "officiella",
    "officiell",
    "drivs av",
    "sköts av",
    "administreras av",
    "avsändare",
];
const STREETS: &[&str] = &["gatan", "vägen", "torget", "gränd", "allén", "plan"];

impl ProfileText {
    pub fn new(profile: &Profile) -> Self {
        let parts = [profile.name.as_deref(), profile.description.as_deref()];
        let raw = parts.into_iter().flatten().collect::<Vec<_>>().join("\n");
        Self {
            words: words(&raw),
            raw,
            home: profile.home.clone(),
            picture: profile.picture.is_some(),
        }
    }

    fn any(&self, of: &[&str]) -> Option<String> {
        of.iter()
            .find(|phrase| self.has(phrase))
            .map(|phrase| (*phrase).to_owned())
    }

    fn has(&self, phrase: &str) -> bool {
        let words = words(phrase);
        !words.is_empty() && format!(" {} ", self.words).contains(&format!(" {words} "))
    }

    fn by_words(&self, of: &[&str]) -> Found {
        match self.any(of) {
            Some(word) => Found::Yes(
                format!("by the words ”{word}”"),
                format!("Orden ”{word}” står där."),
            ),
            None => Found::No(
                format!("none of: {}", of.join(", ")),
                format!("Inget av orden står där: {}.", of.join(", ")),
            ),
        }
    }

    /// A piece of what the public is told.
    pub fn information(&self, piece: Information, organisation: &str) -> Found {
        match piece {
            Information::Responsible => match self.named(organisation) {
                found @ Found::Yes(..) => found,
                _ => self.by_words(RESPONSIBLE),
            },
            Information::Purpose => self.by_words(PURPOSE),
            Information::Contact => self.mark(IdentityMark::Contact, organisation),
            Information::PublicRecords => self.by_words(PUBLIC_RECORDS),
            Information::Forbidden => self.by_words(FORBIDDEN),
            Information::MayBeRemoved => self.by_words(MAY_BE_REMOVED),
        }
    }

    /// A mark of the municipality.
    pub fn mark(&self, mark: IdentityMark, organisation: &str) -> Found {
        let found = |what: Option<String>, none: (&str, &str)| match what {
            Some(what) => Found::Yes(format!("”{what}”"), format!("”{what}” står där.")),
            None => Found::No(none.0.to_owned(), none.1.to_owned()),
        };
        match mark {
            IdentityMark::Name => self.named(organisation),
            IdentityMark::Logo if self.picture => Found::Unclear(
                "there is a picture; whether it is the logotype a person must see".to_owned(),
                "En bild finns; att den är kommunens logotyp måste en människa se.".to_owned(),
            ),
            IdentityMark::Logo => Found::No(
                "no picture is told".to_owned(),
                "Ingen bild anges.".to_owned(),
            ),
            IdentityMark::Contact => {
                let told = self
                    .email()
                    .or_else(|| self.phone())
                    .or_else(|| self.street());
                found(
                    told,
                    (
                        "no e-mail, phone or address",
                        "Varken e-post, telefon eller adress står där.",
                    ),
                )
            }
            IdentityMark::Web => {
                let told = self.site().or_else(|| self.home.clone());
                found(told, ("no web address", "Ingen webbadress står där."))
            }
            IdentityMark::Email => found(
                self.email(),
                ("no e-mail address", "Ingen e-postadress står där."),
            ),
            IdentityMark::Phone => found(
                self.phone(),
                ("no phone number", "Inget telefonnummer står där."),
            ),
            IdentityMark::Address => found(
                self.street(),
                (
                    "no street, box or postal code",
                    "Varken gata, box eller postnummer står där.",
                ),
            ),
        }
    }

    /// How much of the municipality's common text stands there: whole, or so many of its sentences.
    pub fn common_text(&self, common: &str) -> Found {
        if self.has(common) {
            return Found::Yes(
                "the whole text".to_owned(),
                "Hela texten står där.".to_owned(),
            );
        }
        let sentences: Vec<&str> = common
            .split(['.', '!', '?', '\n'])
            .filter(|s| words(s).split(' ').count() > 2)
            .collect();
        let held = sentences.iter().filter(|s| self.has(s)).count();
        let all = sentences.len();
        Found::No(
            format!("{held} of its {all} sentences"),
            format!("{held} av textens {all} meningar står där."),
        )
    }

    /// `Tibro kommun` is found as `Tibro kommuns`, too.
    fn named(&self, organisation: &str) -> Found {
        let genitive = format!("{organisation}s");
        match [organisation, &genitive].iter().any(|name| self.has(name)) {
            true => Found::Yes(
                format!("”{organisation}”"),
                format!("”{organisation}” står där."),
            ),
            false => Found::No(
                format!("”{organisation}” is not there"),
                format!("”{organisation}” står inte där."),
            ),
        }
    }

    fn tokens(&self) -> impl Iterator<Item = &str> {
        self.raw
            .split(|c: char| {
                c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '<' | '>' | '"')
            })
            .map(|t| t.trim_matches(['.', ':', '!', '?']))
            .filter(|t| !t.is_empty())
    }

    fn email(&self) -> Option<String> {
        let is_email = |t: &&str| {
            t.split_once('@').is_some_and(|(user, host)| {
                !user.is_empty()
                    && host.split('.').count() > 1
                    && host.split('.').all(|part| !part.is_empty())
            })
        };
        self.tokens().find(is_email).map(str::to_owned)
    }

    fn site(&self) -> Option<String> {
        let is_site = |t: &&str| {
            let lower = t.to_lowercase();
            let host = lower
                .split("://")
                .last()
                .unwrap_or_default()
                .split('/')
                .next()
                .unwrap_or_default();
            let told = lower.contains("://")
                || lower.starts_with("www.")
                || lower.ends_with(".se")
                || lower.contains(".se/");
            told && !lower.contains('@') && host.contains('.')
        };
        self.tokens().find(is_site).map(str::to_owned)
    }

    /// A run of seven to fourteen digits with the signs that stand in phone numbers, from 0 or +.
    fn phone(&self) -> Option<String> {
        let chars: Vec<char> = self.raw.chars().collect();
        let mut at = 0;
        while let Some(c) = chars.get(at).copied() {
            let before = at
                .checked_sub(1)
                .and_then(|b| chars.get(b))
                .copied()
                .unwrap_or(' ');
            if matches!(c, '0' | '+') && !before.is_alphanumeric() {
                let run: String = chars
                    .get(at..)
                    .unwrap_or_default()
                    .iter()
                    .copied()
                    .take_while(|c| {
                        c.is_ascii_digit()
                            || matches!(c, '+' | '-' | '–' | ' ' | '\u{a0}' | '(' | ')' | '/')
                    })
                    .collect();
                let digits = run.chars().filter(char::is_ascii_digit).count();
                if (7..=14).contains(&digits) {
                    return Some(
                        run.trim_end_matches([' ', '\u{a0}', '-', '(', '/'])
                            .to_owned(),
                    );
                }
                at += run.chars().count();
            }
            at += 1;
        }
        None
    }

    fn street(&self) -> Option<String> {
        let words: Vec<&str> = self.words.split(' ').collect();
        let number = |w: Option<&&str>| {
            w.is_some_and(|w| w.chars().next().is_some_and(|c| c.is_ascii_digit()))
        };
        words.iter().enumerate().find_map(|(n, word)| {
            let next = words.get(n + 1);
            let street = STREETS.iter().any(|s| word.ends_with(s)) && number(next);
            let boxed = *word == "box" && number(next);
            let digits =
                |w: &str, len| w.chars().count() == len && w.chars().all(|c| c.is_ascii_digit());
            let postal = digits(word, 3)
                && next.is_some_and(|w| digits(w, 2))
                && words
                    .get(n + 2)
                    .is_some_and(|w| w.chars().all(char::is_alphabetic));
            (street || boxed || postal)
                .then(|| format!("{word} {}", next.copied().unwrap_or_default()))
        })
    }
}

/// Letters and digits in lower case, everything else as one space.
fn words(text: &str) -> String {
    let lower: String = text
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(description: &str) -> ProfileText {
        ProfileText::new(&Profile {
            name: Some("Vara bibliotek".into()),
            description: Some(description.into()),
            ..Profile::default()
        })
    }

    fn is(found: &Found) -> bool {
        matches!(found, Found::Yes(..))
    }

    #[test]
    fn pieces_are_found_by_their_words_and_only_whole() {
        let full = text(
            "Vara kommuns officiella sida. Här informerar vi om biblioteket. Inlägg blir allmänna handlingar. \
             Kränkande kommentarer tas bort. Frågor: bibliotek@vara.se, 0512-310 00. Torggatan 4, 534 32 Vara. vara.se",
        );
        for piece in [
            Information::Responsible,
            Information::Purpose,
            Information::Contact,
            Information::PublicRecords,
            Information::Forbidden,
            Information::MayBeRemoved,
        ] {
            assert!(is(&full.information(piece, "Vara kommun")), "{piece:?}");
        }
        for mark in [
            IdentityMark::Name,
            IdentityMark::Web,
            IdentityMark::Email,
            IdentityMark::Phone,
            IdentityMark::Address,
        ] {
            assert!(is(&full.mark(mark, "Vara kommun")), "{mark:?}");
        }
        let bare =
            text("Böcker och boktips från åsidosatta 12 forskare i Varaktiga kommunikationer");
        for mark in [
            IdentityMark::Name,
            IdentityMark::Web,
            IdentityMark::Email,
            IdentityMark::Phone,
            IdentityMark::Address,
        ] {
            assert!(!is(&bare.mark(mark, "Vara kommun")), "{mark:?}");
        }
        assert!(!is(
            &bare.information(Information::PublicRecords, "Vara kommun")
        ));
    }

    #[test]
    fn a_logotype_is_for_a_person_to_see() {
        let picture = ProfileText::new(&Profile {
            picture: Some("https://vara.se/logo.png".into()),
            ..Profile::default()
        });
        assert!(matches!(
            picture.mark(IdentityMark::Logo, "Vara kommun"),
            Found::Unclear(..)
        ));
        assert!(matches!(
            text("x").mark(IdentityMark::Logo, "Vara kommun"),
            Found::No(..)
        ));
    }

    #[test]
    fn the_common_text_is_found_whole_or_in_part() {
        let common = "Inlägg blir allmänna handlingar.\nKränkande kommentarer tas bort!";
        assert!(is(&text(
            "Hej! inlägg  blir ALLMÄNNA handlingar – kränkande kommentarer tas bort."
        )
        .common_text(common)));
        let part = text("Inlägg blir allmänna handlingar.").common_text(common);
        assert_eq!(
            part,
            Found::No(
                "1 of its 2 sentences".into(),
                "1 av textens 2 meningar står där.".into()
            )
        );
    }
}
