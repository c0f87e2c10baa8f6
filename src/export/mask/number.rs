//! Numbers that are written in more than one way: of telephones (0…, +46…, 0046…, ITU-T E.164) and of persons (with and
//! without century; personnummer and samordningsnummer, folkbokföringslagen 18-18 b §§).

/// The other ways to write a number, as digits; nothing where the words are no such number.
pub(super) fn others(words: &str) -> Vec<String> {
    let is_sign = |c: char| {
        c.is_whitespace()
            || matches!(c, '-' | '+' | '(' | ')' | '/' | '.')
            || matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}')
    };
    let words = words.trim();
    let words = words.strip_prefix("tel:").unwrap_or(words);
    if !words.chars().all(|c| c.is_ascii_digit() || is_sign(c)) {
        return Vec::new();
    }
    let digits: String = words.chars().filter(char::is_ascii_digit).collect();
    let mut all = Vec::new();
    if let Some(number) = national(&digits, words.starts_with('+')) {
        all.extend(["0", "46", "460", "0046", "00460"].map(|way| format!("{way}{number}")));
    }
    let of_person = match digits.len() {
        12 => digits.get(2..),
        _ => Some(digits.as_str()),
    };
    if let Some(short) = of_person.filter(|short| is_of_person(short)) {
        all.push(short.to_owned());
        all.extend(["18", "19", "20"].map(|century| format!("{century}{short}")));
    }
    all.retain(|way| *way != digits);
    all
}

/// A Swedish number of a telephone without what stands before it: seven digits to nine.
fn national(digits: &str, is_abroad: bool) -> Option<&str> {
    let bare = match digits.strip_prefix("0046") {
        Some(rest) => rest,
        None if is_abroad => digits.strip_prefix("46")?,
        None => digits.strip_prefix('0')?,
    };
    // +46 (0)70 …
    let bare = bare.strip_prefix('0').unwrap_or(bare);
    (7..=9).contains(&bare.len()).then_some(bare)
}

/// Six digits of a date and four more; the day of a samordningsnummer is sixty higher.
fn is_of_person(digits: &str) -> bool {
    let two = |at: usize| digits.get(at..at + 2).and_then(|d| d.parse::<u32>().ok());
    let (Some(month), Some(day)) = (two(2), two(4)) else {
        return false;
    };
    digits.len() == 10 && (1..=12).contains(&month) && matches!(day, 1..=31 | 61..=91)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_other_ways() {
        for number in [
            "070-123 45 67",
            "+46 70 123 45 67",
            "0046701234567",
            "tel:+46(0)701234567",
        ] {
            let all = others(number);
            let plain: String = number.chars().filter(char::is_ascii_digit).collect();
            for way in ["0701234567", "46701234567", "0046701234567", "460701234567"] {
                assert!(
                    way == plain || all.iter().any(|a| a == way),
                    "{number}: {way}"
                );
            }
        }
        assert_eq!(
            others("19800101-1234"),
            ["8001011234", "188001011234", "208001011234"]
        );
        assert!(others("800161-1234").contains(&"19800161-1234".replace('-', "")));
        for none in ["Anna", "12", "2026-11-22", "999999-9999"] {
            assert!(others(none).is_empty(), "{none}");
        }
    }
}
