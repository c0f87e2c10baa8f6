//! Tombstones: what was destroyed is known again when it comes back, and nobody can read from them what it was.

use std::collections::HashSet;
use std::fs;
use std::io;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use url::Url;

use crate::record::{Account, Digest};
use crate::store::create_file;
use crate::workflow::{Archive, Error, Surroundings, io_error};

/// The archive's tombstones, with the key they are made with: HMAC-SHA-256 (RFC 2104).
#[derive(Debug)]
pub(in crate::workflow) struct Tombstones {
    key: Vec<u8>,
    laid: HashSet<[u8; 32]>,
}

impl Tombstones {
    /// `None` where nothing was ever destroyed.
    pub(in crate::workflow) fn of(archive: &Archive) -> Result<Option<Self>, Error> {
        let laid = archive.catalog().tombstones()?;
        if laid.is_empty() {
            return Ok(None);
        }
        let path = archive.paths().tombstone_key();
        let key = match fs::read(&path) {
            // Without it what was destroyed would come back unseen.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NoTombstoneKey(path));
            }
            key => key.map_err(io_error(&path))?,
        };
        Ok(Some(Self { key, laid }))
    }

    /// With a key that is made when there is none yet.
    pub(in crate::workflow) fn begin(
        archive: &Archive,
        around: &Surroundings,
    ) -> Result<Self, Error> {
        let path = archive.paths().tombstone_key();
        let key = match fs::read(&path) {
            Ok(key) => key,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if !archive.catalog().tombstones()?.is_empty() {
                    return Err(Error::NoTombstoneKey(path));
                }
                let key = (around.salt)().map_err(Error::Salt)?;
                create_file(&path, &key, 0o600)?;
                key.to_vec()
            }
            Err(error) => return Err(io_error(&path)(error)),
        };
        let laid = archive.catalog().tombstones()?;
        Ok(Self { key, laid })
    }

    /// Of what a way in calls an item: of this account, and of the committee's other accounts at the same address.
    pub(in crate::workflow) fn of_name(
        &self,
        account: &Account,
        door: &str,
        name: &str,
    ) -> [[u8; 32]; 2] {
        [
            self.mac(&["name", account.id.as_str(), door, name]),
            self.mac(&[
                "name at",
                &account.committee,
                account.address.as_str(),
                door,
                name,
            ]),
        ]
    }

    /// Of where it stood on the web.
    pub(in crate::workflow) fn of_address(&self, address: &str) -> [u8; 32] {
        self.mac(&["address", address])
    }

    /// Of a file that was brought, to whichever of the committee's accounts.
    pub(in crate::workflow) fn of_file(&self, committee: &str, sha256: Digest) -> [u8; 32] {
        self.mac(&["file", committee, &sha256.to_string()])
    }

    pub(in crate::workflow) fn has_name(&self, account: &Account, door: &str, name: &str) -> bool {
        let of_name = self.of_name(account, door, name);
        of_name.iter().any(|hmac| self.laid.contains(hmac))
    }

    pub(in crate::workflow) fn has_address(&self, address: &str) -> bool {
        self.laid.contains(&self.of_address(address))
            || self.laid.contains(&self.of_blocked(address))
    }

    /// Of an address that an emergency blocks, however it is written.
    pub(in crate::workflow) fn of_blocked(&self, address: &str) -> [u8; 32] {
        self.mac(&["blocked", &plain(address, true)])
    }

    pub(in crate::workflow) fn is_blocked(&self, address: &str) -> bool {
        self.laid.contains(&self.of_blocked(address))
    }

    /// Of a page that an emergency lets nobody capture, whichever part of it is asked for.
    pub(in crate::workflow) fn of_page(&self, address: &str) -> [u8; 32] {
        self.mac(&["page", &plain(address, false)])
    }

    pub(in crate::workflow) fn has_page(&self, address: &str) -> bool {
        self.laid.contains(&self.of_page(address))
    }

    /// Whether a text names an address that an emergency blocks.
    pub(in crate::workflow) fn stand_in(&self, text: &str) -> bool {
        addresses_in(text).any(|address| self.is_blocked(&address))
    }

    pub(in crate::workflow) fn has_file(&self, committee: &str, sha256: Digest) -> bool {
        self.laid.contains(&self.of_file(committee, sha256))
    }

    /// Each part with its length before it: no two lists of parts are the same bytes.
    fn mac(&self, parts: &[&str]) -> [u8; 32] {
        // A key of any length will do (RFC 2104); ours has 32 bytes.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            return [0; 32];
        };
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

/// An address without what does not tell one from another: scheme, `www.`, the slash at its end, and what campaigns
/// add; the part of a page is kept where it is asked for.
pub(in crate::workflow) fn plain(address: &str, with_part: bool) -> String {
    let Ok(mut url) = Url::parse(address.trim()) else {
        return address.trim().to_owned();
    };
    let asked: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| !key.starts_with("utm_") && key != "fbclid")
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    match asked.is_empty() {
        true => url.set_query(None),
        false => {
            url.query_pairs_mut().clear().extend_pairs(asked);
        }
    }
    let host = url.host_str().unwrap_or_default();
    let host = ["www.", "m."]
        .iter()
        .find_map(|start| host.strip_prefix(start))
        .unwrap_or(host);
    let port = url.port().map_or_else(String::new, |p| format!(":{p}"));
    let part = url.fragment().filter(|part| with_part && !part.is_empty());
    format!(
        "{host}{port}{}?{}#{}",
        url.path().trim_end_matches('/'),
        url.query().unwrap_or_default(),
        part.unwrap_or_default()
    )
}

/// What in a text may be an address, with a scheme or without.
fn addresses_in(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| c.is_whitespace() || c.is_control() || "<>\"'()[]{}|«»“”".contains(c))
        .filter_map(|word| {
            let word = word.trim_end_matches([',', '.', ';', ':', '!', '?']);
            match word.find("://") {
                Some(at) => {
                    let scheme = |c: char| !c.is_ascii_alphabetic();
                    let from = word.get(..at)?.rfind(scheme).map_or(0, |n| n + 1);
                    word.get(from..).map(str::to_owned)
                }
                None => {
                    let (host, _) = word.split_once('/')?;
                    let is_host = host.contains(['.', ':']) && !host.starts_with('.');
                    is_host.then(|| format!("https://{word}"))
                }
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_a_text_however_they_stand() {
        let found = |text: &str| addresses_in(text).collect::<Vec<_>>();
        let one = "https://blogg.example/a#comment-3";
        assert_eq!(found(&format!("Se ({one}), och <{one}>.")), [one, one]);
        assert_eq!(found(&format!("länk={one}!")), [one]);
        assert_eq!(
            found("på www.blogg.example/a. Och/eller HTTP://blogg.example/b?"),
            ["https://www.blogg.example/a", "HTTP://blogg.example/b"]
        );
        assert_eq!(found("och/eller, 24/7 ... ://"), ["://"]);
    }

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        let one = plain(
            "https://www.Blogg.example/a/?utm_source=x&p=1#comment-3",
            true,
        );
        assert_eq!(one, plain("http://blogg.example/a?p=1#comment-3", true));
        assert_ne!(one, plain("http://blogg.example/a?p=1", true));
        assert_ne!(one, plain("http://blogg.example/a?p=2#comment-3", true));
        assert_eq!(
            plain("https://m.blogg.example/a#b", false),
            plain("https://blogg.example/a/", false)
        );
        assert_ne!(
            plain("https://blogg.example:8443/a", false),
            plain("https://blogg.example/a", false)
        );
    }
}
