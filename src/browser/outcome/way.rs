//! Where a look was led: to the page that was asked for under another name, or away from it.

use url::Url;

/// Words of paths that name no account: languages aside, which are two letters.
const COMMON: [&str; 30] = [
    "index",
    "default",
    "start",
    "startsida",
    "startpage",
    "home",
    "hem",
    "main",
    "public",
    "user",
    "users",
    "profile",
    "profiles",
    "people",
    "channel",
    "company",
    "school",
    "showcase",
    "pages",
    "page",
    "groups",
    "posts",
    "videos",
    "about",
    "blog",
    "news",
    "account",
    "accounts",
    "konto",
    "web",
];

/// True when the page is at another place than was asked for: the scheme, `www.` or `m.` before the host, a language
/// in the path, a slash at its end and the query make none.
pub fn led_away(asked: &Url, at: &Url) -> bool {
    place(asked) != place(at)
}

fn place(address: &Url) -> (String, Option<u16>, Vec<String>) {
    let host = address.host_str().unwrap_or_default();
    let bare = ["www.", "m.", "mobile."]
        .iter()
        .find_map(|name| host.strip_prefix(name));
    let host = bare.unwrap_or(host).to_owned();
    let parts = parts(address).into_iter().filter(|part| !is_language(part));
    (host, address.port(), parts.collect())
}

/// True when nothing of what names the account in the address that was asked for is left in the one it led to:
/// the front page of the host, or a page about something else.
///
/// Numbers name nothing here: platforms turn them into names. A query that names a page (`/?p=17`) is not judged.
pub fn strayed(asked: &Url, at: &Url) -> bool {
    let names: Vec<String> = parts(asked).into_iter().filter_map(|p| name(&p)).collect();
    if names.is_empty() || !led_away(asked, at) {
        return false;
    }
    let mut there = format!(
        "{}/{}",
        at.host_str().unwrap_or_default(),
        parts(at).join("/")
    );
    if at.path() != "/" {
        there.push_str(&at.query().unwrap_or_default().to_lowercase());
    }
    !names.iter().any(|name| there.contains(name.as_str()))
}

fn parts(address: &Url) -> Vec<String> {
    let parts = address.path_segments().into_iter().flatten();
    // As they are written in an address: both are written alike.
    let parts = parts.map(str::to_lowercase);
    parts.filter(|part| !part.is_empty()).collect()
}

fn name(part: &str) -> Option<String> {
    let bare = part.trim_start_matches('@');
    let bare = bare.rsplit_once('.').map_or(bare, |(before, after)| {
        match after.len() <= 5 && after.starts_with(['h', 'p', 'a', 'j']) {
            true => before,
            false => bare,
        }
    });
    let names = bare.len() > 1
        && bare.chars().any(char::is_alphabetic)
        && !is_language(bare)
        && !COMMON.contains(&bare);
    names.then(|| bare.to_owned())
}

fn is_language(part: &str) -> bool {
    let letters = |text: &str| text.len() == 2 && text.chars().all(|c| c.is_ascii_alphabetic());
    match part.split_once(['-', '_']) {
        Some((language, land)) => letters(language) && letters(land),
        None => letters(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_place_has_many_names() {
        for (asked, at, led, strays) in [
            ("https://x.se/", "https://x.se/", false, false),
            ("http://x.se/a", "https://www.x.se/a/?utm=1#b", false, false),
            (
                "https://www.facebook.com/ekhamra",
                "https://m.facebook.com/ekhamra/?_rdr",
                false,
                false,
            ),
            ("https://x.se/", "https://x.se/sv/", false, false),
            (
                "https://x.se/nyheter",
                "https://x.se/sv-se/nyheter",
                false,
                false,
            ),
            (
                "https://twitter.com/ekhamra",
                "https://x.com/ekhamra",
                true,
                false,
            ),
            (
                "https://youtube.com/c/Ekhamra",
                "https://www.youtube.com/@ekhamra",
                true,
                false,
            ),
            (
                "https://facebook.com/123456789",
                "https://facebook.com/ekhamra",
                true,
                false,
            ),
            (
                "https://x.se/?p=17",
                "https://x.se/2024/05/sno",
                true,
                false,
            ),
            ("https://x.se/index.php", "https://x.se/", true, false),
            ("https://x.se/start.html", "https://x.se/sv/", true, false),
            ("https://x.se/blogg", "https://blogg.x.se/", true, false),
            (
                "https://x.se/%C3%A5sa",
                "https://x.se/sida?namn=%c3%a5sa",
                true,
                false,
            ),
            ("https://x.com/ekhamra", "https://x.com/", true, true),
            (
                "https://x.com/ekhamra",
                "https://x.com/?from=ekhamra",
                true,
                true,
            ),
            (
                "https://x.se/konto/ekhamra",
                "https://x.se/annat/om",
                true,
                true,
            ),
            (
                "https://facebook.com/ekhamra",
                "https://annan.se/reklam",
                true,
                true,
            ),
        ] {
            let [asked, at] = [asked, at].map(|a| Url::parse(a).unwrap());
            assert_eq!(led_away(&asked, &at), led, "{asked} {at}");
            assert_eq!(strayed(&asked, &at), strays, "{asked} {at}");
        }
    }
}
