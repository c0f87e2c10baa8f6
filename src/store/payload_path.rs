//! Paths in a bag: what arkivd writes is strict, what it reads is RFC 8493 section 2.1.3.

use super::Error;

const LONGEST_NAME: usize = 120;
const LONGEST_PATH: usize = 200;

/// Windows devices, reserved with any extension: the bag must unpack there too.
const DEVICES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// A path that arkivd may write below `data/`: names of `A-Z a-z 0-9 . _ -`, safe in every file system and
/// shell, and spelled in a manifest as on disk, so that `sha256sum -c` reads it.
pub(super) fn check(path: &str) -> Result<(), Error> {
    let bad = |problem| {
        Err(Error::PayloadPath {
            path: path.to_owned(),
            problem,
        })
    };
    if path.len() > LONGEST_PATH {
        return bad("it is longer than 200 bytes");
    }
    for name in path.split('/') {
        if name.is_empty() {
            return bad("it has an empty name, or begins or ends with a slash");
        }
        if name.len() > LONGEST_NAME {
            return bad("a name in it is longer than 120 bytes");
        }
        if !name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        {
            return bad("names are of A-Z, a-z, 0-9, '.', '_' and '-'");
        }
        if name.starts_with(['.', '-']) || name.ends_with('.') {
            return bad("a name in it begins with '.' or '-', or ends with '.'");
        }
        let stem = name.split('.').next().unwrap_or(name);
        if DEVICES.contains(&stem.to_ascii_lowercase().as_str()) {
            return bad("a name in it is a device on Windows");
        }
    }
    Ok(())
}

/// True when a path read from a manifest stays inside the bag.
pub(super) fn stays_inside(path: &str) -> bool {
    !path.starts_with('~')
        && !path.contains('\0')
        && path
            .split('/')
            .all(|name| !name.is_empty() && name != "." && name != "..")
}

/// The path a manifest line spells: `%0A`, `%0D` and `%25` are LF, CR and `%`. Another `%` stands for itself,
/// as older writers left it.
pub(super) fn decode(spelled: &str) -> String {
    let mut path = String::with_capacity(spelled.len());
    let mut rest = spelled;
    while let Some((before, after)) = rest.split_once('%') {
        path.push_str(before);
        let (sign, length) = match after.get(..2) {
            Some("0A" | "0a") => ('\n', 2),
            Some("0D" | "0d") => ('\r', 2),
            Some("25") => ('%', 2),
            _ => ('%', 0),
        };
        path.push(sign);
        rest = after.get(length..).unwrap_or_default();
    }
    path.push_str(rest);
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arkivd_writes_is_safe_everywhere() {
        for good in [
            "records.json",
            "raw/0001-posts.json",
            "media/a_b.C.jpg",
            "console.txt",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "a//b",
            "a/",
            "../x",
            "a/../b",
            ".hidden",
            "-rf",
            "a.",
            "å.txt",
            "a b",
            "100%",
            "a\\b",
            "a\nb",
            "C:x",
            "con",
            "raw/NUL.json",
            "Com1.txt.gz",
            &"x".repeat(121),
            &"long/".repeat(41),
        ] {
            let error = check(bad).unwrap_err().to_string();
            assert!(error.contains(&format!("{bad:?}")), "{error}");
        }
    }

    #[test]
    fn what_is_read_is_decoded_once_and_only_where_the_standard_says() {
        assert_eq!(decode("data/a%0Ab%0dc%25d"), "data/a\nb\rc%d");
        assert_eq!(decode("data/%250A"), "data/%0A");
        assert_eq!(decode("data/100% å.txt"), "data/100% å.txt");
        assert_eq!(decode("data/x%2"), "data/x%2");
        assert_eq!(decode("%å"), "%å");
    }

    #[test]
    fn no_path_that_is_read_leaves_the_bag() {
        assert!(stays_inside("data/å b/..c"));
        for bad in [
            "",
            "/x",
            "data/../../x",
            "./data/x",
            "data//x",
            "~/x",
            "data/\0",
        ] {
            assert!(!stays_inside(bad), "{bad:?}");
        }
    }
}
