//! Provisions of offentlighets- och sekretesslagen (2009:400) that are grounds to withhold: chapter and §.

use std::fmt;
use std::str::FromStr;

use crate::record::composed;

/// A provision of secrecy: chapter 15 to 40 of OSL, which hold them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Provision {
    chapter: u8,
    section: u8,
    /// The `a` of `5 a §`.
    letter: Option<char>,
    /// The stycke of the §, from 1.
    paragraph: Option<u8>,
}

/// Why something is no ground.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProvisionFault {
    #[error("{0:?} is no chapter and § of OSL")]
    Unreadable(String),
    #[error("{0:?} is no ground to withhold a public record: only OSL is")]
    OtherLaw(String),
    #[error("chapter {chapter} of OSL has no provision of secrecy that a committee withholds by")]
    Chapter { chapter: u32 },
    #[error("chapter {chapter} of OSL has no {section} §")]
    Section { chapter: u8, section: u8 },
}

impl ProvisionFault {
    pub fn hint(&self) -> String {
        match self {
            Self::Unreadable(_) => "write chapter and §: \"21 kap. 7 §\", \"OSL 25:1\" or \"26 kap. 1 a §\"".to_owned(),
            Self::OtherLaw(_) => "tryckfrihetsförordningen goes before dataskyddsförordningen; personal data are withheld by OSL 21 kap. 7 §, if at all, and a matter of secrecy by its own § in chapters 15 to 40".to_owned(),
            Self::Section { chapter, .. } => format!("look up the § in chapter {chapter} of the law; chapter and § are easily swapped"),
            Self::Chapter { .. } => "grounds stand in chapters 15 to 40: 21 kap. personal matters, 23 kap. schools, 25 kap. health care, 26 kap. social services".to_owned(),
        }
    }
}

const LAWS: [&str; 13] = [
    "gdpr",
    "dataskydd",
    "dsf",
    "tf",
    "tryckfrihet",
    "rf",
    "regeringsform",
    "ygl",
    "brb",
    "brottsbalk",
    "arkivlag",
    "förvaltningslag",
    "pul",
];

const STYCKEN: [&str; 9] = [
    "första", "andra", "tredje", "fjärde", "femte", "sjätte", "sjunde", "åttonde", "nionde",
];

impl FromStr for Provision {
    type Err = ProvisionFault;

    fn from_str(text: &str) -> Result<Self, ProvisionFault> {
        let said: String = composed(text).trim().chars().take(120).collect();
        let unreadable = || ProvisionFault::Unreadable(said.clone());
        let mut words = words(&said);
        let is_other = |word: &String| {
            LAWS.iter()
                .any(|law| word == law || law.len() > 3 && word.starts_with(law))
        };
        if words.iter().any(is_other) {
            return Err(ProvisionFault::OtherLaw(said));
        }
        // The law's own name, before or after, with its number in Svensk författningssamling.
        words.retain(|word| {
            !matches!(
                word.as_str(),
                "osl"
                    | "offentlighets"
                    | "och"
                    | "sekretesslagen"
                    | "offentlighetsochsekretesslagen"
                    | "enligt"
                    | "i"
                    | "2009:400"
                    | "kap"
                    | "kapitel"
                    | "kapitlet"
                    | "§"
                    | "§§"
                    | "paragraf"
                    | "par"
            )
        });
        let mut rest = words.iter().map(String::as_str).peekable();
        let first = rest.next().ok_or_else(unreadable)?;
        let (chapter, section) = match first.split_once(':') {
            Some((chapter, section)) => (chapter, section.to_owned()),
            None => (first, rest.next().ok_or_else(unreadable)?.to_owned()),
        };
        let chapter: u32 = chapter.parse().map_err(|_| unreadable())?;
        let digits = section.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let mut letter = section.get(digits.len()..).unwrap_or_default().to_owned();
        let section: u8 = digits.parse().map_err(|_| unreadable())?;
        if letter.is_empty()
            && let Some(next) = rest.peek()
            && next.len() == 1
            && next.chars().all(|c| c.is_ascii_lowercase())
        {
            letter.push_str(next);
            rest.next();
        }
        let mut letters = letter.chars();
        let letter = letters.next();
        let paragraph = match rest.next() {
            None => None,
            Some(word) => Some(stycke(word, rest.next()).ok_or_else(unreadable)?),
        };
        if letters.next().is_some() || rest.next().is_some() || !(1..=99).contains(&section) {
            return Err(unreadable());
        }
        match u8::try_from(chapter) {
            Ok(chapter) if (15..=40).contains(&chapter) => {
                if section > last_section(chapter) {
                    return Err(ProvisionFault::Section { chapter, section });
                }
                Ok(Self {
                    chapter,
                    section,
                    letter,
                    paragraph,
                })
            }
            _ => Err(ProvisionFault::Chapter { chapter }),
        }
    }
}

/// The highest § that is taken of a chapter of OSL: what the law has in 2026 and a few more, for it grows. A typing error is
/// meant to be caught (`21:99`), and no § that there is, or soon may be, to be refused.
fn last_section(chapter: u8) -> u8 {
    match chapter {
        16 => 3,
        20 | 33 => 7,
        15 | 21 | 22 | 39 => 10,
        24 | 36 | 40 => 12,
        17 | 19 | 23 | 27 | 32 | 37 | 38 => 15,
        26 | 29 | 34 => 20,
        18 | 25 | 28 => 25,
        30 | 31 | 35 => 35,
        _ => 0,
    }
}

/// `första stycket`, `1 st`.
fn stycke(word: &str, after: Option<&str>) -> Option<u8> {
    if !matches!(after, Some("stycket" | "stycke" | "st")) {
        return None;
    }
    let named = STYCKEN.iter().position(|name| *name == word);
    let number = match named {
        Some(at) => u8::try_from(at + 1).ok()?,
        None => word.parse().ok()?,
    };
    (1..=9).contains(&number).then_some(number)
}

/// Small letters; what divides words is left out, `§` stands alone.
fn words(text: &str) -> Vec<String> {
    let mut spaced = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            '§' => spaced.push_str(" § "),
            '.' | ',' | '(' | ')' | '-' | '\u{a0}' => spaced.push(' '),
            c => spaced.push(c),
        }
    }
    spaced.split_whitespace().map(str::to_owned).collect()
}

impl fmt::Display for Provision {
    /// `21 kap. 7 § OSL`, `26 kap. 1 a § första stycket OSL`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kap. {}", self.chapter, self.section)?;
        if let Some(letter) = self.letter {
            write!(f, " {letter}")?;
        }
        f.write_str(" §")?;
        let named = self.paragraph.and_then(|n| STYCKEN.get(usize::from(n) - 1));
        if let Some(named) = named {
            write!(f, " {named} stycket")?;
        }
        f.write_str(" OSL")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<String, ProvisionFault> {
        text.parse::<Provision>().map(|p| p.to_string())
    }

    #[test]
    fn a_provision_is_read_as_people_write_it() {
        for said in [
            "21 kap. 7 § OSL",
            "21 kap 7 §",
            "OSL 21:7",
            "21:7",
            "osl 21 kap. 7 §",
            "21 kap.\u{a0}7\u{a0}§ offentlighets- och sekretesslagen (2009:400)",
            "  OSL 21 kap. 7 paragraf ",
        ] {
            assert_eq!(read(said), Ok("21 kap. 7 § OSL".into()), "{said}");
        }
        for said in ["26 kap. 1 a §", "26:1a", "26:1 a", "OSL 26 kap 1a §"] {
            assert_eq!(read(said), Ok("26 kap. 1 a § OSL".into()), "{said}");
        }
        for said in [
            "25 kap. 1 § första stycket OSL",
            "25:1 1 st.",
            "25:1 första st",
            "25 kap. 1 § fo\u{308}rsta stycket",
        ] {
            assert_eq!(
                read(said),
                Ok("25 kap. 1 § första stycket OSL".into()),
                "{said}"
            );
        }
    }

    #[test]
    fn what_is_no_ground_is_refused() {
        for said in [
            "GDPR",
            "GDPR art. 6",
            "TF 2:2",
            "dataskyddsförordningen",
            "RF 2 kap. 6 §",
            "brottsbalken 5:1",
        ] {
            assert!(
                matches!(read(said), Err(ProvisionFault::OtherLaw(_))),
                "{said}"
            );
        }
        for said in ["5:5", "10 kap. 27 §", "41:1", "14:1", "300:1"] {
            assert!(
                matches!(read(said), Err(ProvisionFault::Chapter { .. })),
                "{said}"
            );
        }
        for said in ["21 kap. 99 §", "16:9", "25 kap. 70 a §"] {
            assert!(
                matches!(read(said), Err(ProvisionFault::Section { .. })),
                "{said}"
            );
        }
        for said in [
            "",
            "sekretess",
            "21",
            "21 kap.",
            "21:0",
            "21:x",
            "21:7 och 25:1",
            "21:7 9 9",
            "21:7 tionde stycket",
        ] {
            assert!(
                matches!(read(said), Err(ProvisionFault::Unreadable(_))),
                "{said}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again((chapter, section) in (15u8..=40).prop_flat_map(|c| (Just(c), 1..=last_section(c))), letter in proptest::option::of("[a-h]"),
                                         paragraph in proptest::option::of(1u8..=9)) {
            let provision = Provision { chapter, section, letter: letter.and_then(|l| l.chars().next()), paragraph };
            prop_assert_eq!(provision.to_string().parse(), Ok(provision));
        }

        #[test]
        fn nothing_that_is_said_panics(said in ".{0,40}") {
            let _ = said.parse::<Provision>();
        }
    }
}
