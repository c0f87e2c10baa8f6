//! The ways in which an address may tell words.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::find::Ways;

/// An address, in the ways that it may be read.
pub struct Address(Vec<Ways>);

impl Address {
    pub fn of(address: &str) -> Self {
        Self(ways(address).iter().map(|w| Ways::of_address(w)).collect())
    }

    pub(super) fn ways(&self) -> &[Ways] {
        &self.0
    }
}

/// Letters from which a part of an address may be base64 of words.
const SHORTEST: usize = 4;

/// The address, and what its parts say where they are written in base64 or hexadecimal.
fn ways(address: &str) -> Vec<String> {
    let mut all = vec![address.to_owned()];
    let of = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+');
    let plain = address
        .replace("%2B", "+")
        .replace("%2b", "+")
        .replace("%3D", "=")
        .replace("%3d", "=");
    let with_slashes = plain.split(['?', '&', '=', '#']).map(str::to_owned);
    let parts = plain
        .split(|c| !of(c))
        .map(str::to_owned)
        .chain(with_slashes);
    for part in parts.filter(|p| p.len() >= SHORTEST) {
        let part = part.replace("%2F", "/").replace("%2f", "/");
        let read = [URL_SAFE_NO_PAD.decode(&part), STANDARD_NO_PAD.decode(&part)];
        let bytes = read.into_iter().flatten().chain(hexadecimal(&part));
        all.extend(bytes.filter_map(|b| String::from_utf8(b).ok()));
    }
    all
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|d| d.len() % 2 == 0)?;
    let pairs = digits.as_chunks::<2>().0;
    Some(pairs.iter().map(|[a, b]| (a * 16 + b) as u8).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_other_ways_is_read() {
        for address in [
            "https://x.example/u?mail=YW5uYUB4LmV4YW1wbGU=",
            "https://x.example/YW5uYUB4LmV4YW1wbGU/p",
            "https://x.example/u?m=616e6e6140782e6578616d706c65",
        ] {
            assert!(
                ways(address).iter().any(|w| w == "anna@x.example"),
                "{address}"
            );
        }
    }
}
