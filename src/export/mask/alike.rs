//! What a character looks like to the eye: look-alikes of other scripts (UTS 39, section 4), small capitals, letters in
//! squares and circles, flags.

use unicode_security::confusable_detection::skeleton;

/// Small capitals, and letters that are seen as such: UTS 39 has none of them as the capital's look-alike.
const SMALL_CAPITALS: [(char, char); 26] = [
    ('м', 'm'),
    ('т', 't'),
    ('ᴀ', 'a'),
    ('ʙ', 'b'),
    ('ᴄ', 'c'),
    ('ᴅ', 'd'),
    ('ᴇ', 'e'),
    ('ꜰ', 'f'),
    ('ɢ', 'g'),
    ('ʜ', 'h'),
    ('ɪ', 'i'),
    ('ᴊ', 'j'),
    ('ᴋ', 'k'),
    ('ʟ', 'l'),
    ('ᴍ', 'm'),
    ('ɴ', 'n'),
    ('ᴏ', 'o'),
    ('ᴘ', 'p'),
    ('ʀ', 'r'),
    ('ꜱ', 's'),
    ('ᴛ', 't'),
    ('ᴜ', 'u'),
    ('ᴠ', 'v'),
    ('ᴡ', 'w'),
    ('ʏ', 'y'),
    ('ᴢ', 'z'),
];

/// The small letters that a character is seen as; those that are hard to tell apart (i, l, 1; o, 0) as one. Nothing where
/// it is seen as no letter or digit. The character is one of NFKD.
pub(super) fn shown(c: char, mut seen: impl FnMut(char)) {
    match boxed(c).or_else(|| small_capital(c)) {
        Some(letter) => seen(one_of(letter)),
        None if c.is_ascii_alphanumeric() => seen(one_of(c)),
        None if c.is_ascii() || !c.is_alphanumeric() => {}
        None => {
            let mut room = [0; 4];
            let mut all: Vec<char> = skeleton(c.encode_utf8(&mut room))
                .filter(|c| c.is_alphanumeric())
                .collect();
            if all == ['r', 'n'] {
                all = vec!['m'];
            }
            all.into_iter().map(one_of).for_each(seen);
        }
    }
}

/// Flags, and white letters in black squares and circles.
fn boxed(c: char) -> Option<char> {
    let from = match c {
        '\u{1f150}'..='\u{1f169}' => 0x1f150,
        '\u{1f170}'..='\u{1f189}' => 0x1f170,
        '\u{1f1e6}'..='\u{1f1ff}' => 0x1f1e6,
        _ => return None,
    };
    let letter = u8::try_from(u32::from(c).checked_sub(from)?).ok()?;
    Some(char::from(b'a' + letter))
}

fn small_capital(c: char) -> Option<char> {
    let found = SMALL_CAPITALS.iter().find(|(from, _)| *from == c);
    found.map(|(_, to)| *to)
}

fn one_of(c: char) -> char {
    let small = c.to_lowercase().next().unwrap_or(c);
    match small_capital(small).unwrap_or(small) {
        'i' | '1' => 'l',
        '0' => 'o',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_the_same() {
        let seen = |text: &str| {
            let mut all = String::new();
            text.chars().for_each(|c| shown(c, |c| all.push(c)));
            all
        };
        for text in [
            "ANNA",
            "аnnа",
            "ΑΝΝΑ",
            "ᴀɴɴᴀ",
            "🅰🅽🅽🅰",
            "🇦🇳🇳🇦",
            "🅐🅝🅝🅐",
            "АNNА",
        ] {
            assert_eq!(seen(text), "anna", "{text}");
        }
        assert_eq!(seen("ЕММА 1О"), seen("Emma lo"));
        assert_eq!(seen("ᴍᴀᴛs мат"), "matsmat");
        assert_eq!(seen("★ -"), "");
    }
}
