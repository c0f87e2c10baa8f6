//! Ways in which people, platforms and hostile hands write a name.

use proptest::prelude::*;

/// A name that no other text has.
pub fn name() -> impl Strategy<Value = String> {
    "[QXZ][aåäöéuf][fl]?[vxzq][a-zåäöé]{2,5} [XZQ][äöoi][qxz][a-zåäö]{3,6}"
}

/// How many ways there are.
pub const WAYS: usize = 22;

/// The name, written in one of the ways. `None` for the ways that only addresses have.
pub fn written(name: &str, way: usize) -> String {
    let chars: Vec<char> = name.chars().collect();
    let middle = chars.len() - 3;
    let at = |sign: &str| {
        let (a, b) = chars.split_at(middle);
        format!(
            "{}{sign}{}",
            a.iter().collect::<String>(),
            b.iter().collect::<String>()
        )
    };
    let each = |sign: char| chars.iter().flat_map(|c| [*c, sign]).collect::<String>();
    let decomposing = icu_normalizer::DecomposingNormalizerBorrowed::new_nfd();
    match way % WAYS {
        0 => name.to_owned(),
        1 => name.to_uppercase(),
        2 => decomposing.normalize(name).into_owned(),
        3 => at("\u{ad}"),
        4 => at("\u{200b}"),
        5 => at("-\n"),
        6 => at("\n"),
        7 => each('\u{332}'),
        8 => name.replace(' ', "\u{a0}\u{a0}"),
        9 => name.replace(' ', "\n"),
        10 => chars.iter().map(|c| wide(*c)).collect(),
        11 => name.replace(' ', ""),
        12 => name.replace(' ', "."),
        13 => name
            .replace("fl", "ﬂ")
            .replace("ff", "ﬀ")
            .replace("fi", "ﬁ"),
        14 => at("\u{202e}"),
        15 => alike(name),
        16 => format!("\u{202e}{}\u{202c}", chars.iter().rev().collect::<String>()),
        17 => chars.iter().map(|c| small_capital(*c)).collect(),
        18 => chars.iter().map(|c| squared(*c)).collect(),
        19 => name.replace(' ', "\u{2800}"),
        20 => format!("🎉{}™", name.replace(' ', " → ")),
        _ => each('\u{2060}'),
    }
}

/// With letters of other scripts that look the same.
fn alike(name: &str) -> String {
    let pairs = [
        ("a", "а"),
        ("e", "е"),
        ("o", "о"),
        ("ä", "ӓ"),
        ("ö", "ӧ"),
        ("x", "х"),
        ("p", "р"),
        ("X", "Х"),
        ("Z", "Ζ"),
    ];
    pairs
        .iter()
        .fold(name.to_owned(), |name, (from, to)| name.replace(from, to))
}

fn small_capital(c: char) -> char {
    let pairs = "abcdefghijklmnoprstuvwyz"
        .chars()
        .zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ".chars());
    let mut pairs = pairs.filter(|(from, _)| *from == c);
    pairs.next().map_or(c, |(_, to)| to)
}

/// White on a black square.
fn squared(c: char) -> char {
    match c.to_ascii_uppercase() {
        letter @ 'A'..='Z' => char::from_u32(0x1f170 + u32::from(letter) - 0x41).unwrap(),
        _ => c,
    }
}

fn wide(c: char) -> char {
    match c {
        '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap(),
        c => c,
    }
}

/// An address that tells it.
pub fn address(name: &str, way: usize) -> String {
    use base64::Engine as _;
    let percent = |text: &str| -> String {
        let each = text.bytes().map(|b| {
            if b.is_ascii_alphanumeric() {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        });
        each.collect()
    };
    match way % 6 {
        0 => format!("https://fb.example/{}", percent(name)),
        1 => format!(
            "https://fb.example/{}?x=1",
            name.replace(' ', ".").to_lowercase()
        ),
        2 => format!("https://fb.example/r?u={}", percent(&percent(name))),
        3 => format!(
            "https://fb.example/u/{}",
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(name)
        ),
        4 => format!("https://{}.example/", name.replace(' ', "-")),
        _ => format!("mailto:{}@x.example", name.replace(' ', "_")),
    }
}
