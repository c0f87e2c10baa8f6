//! The ledger's key: PKCS#8 in `keys/`, and its public half in `ledger/` in the two forms that stock tools read.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, KeypairBytes};
use ed25519_dalek::{SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::store::{create_file, make_dir, sync_dir};

use super::Error;

/// C2SP signed-note: the byte that says Ed25519.
const ED25519: u8 = 1;

/// The log's name and the key that speaks for it: C2SP's verifier key, `origin+keyid+base64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verifier {
    pub(super) origin: String,
    pub(super) key: VerifyingKey,
}

impl Verifier {
    /// Key ID: the first four bytes of SHA-256(name || 0x0A || 0x01 || public key).
    pub(super) fn key_id(&self) -> [u8; 4] {
        let digest = Sha256::new()
            .chain_update(&self.origin)
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        let [a, b, c, d, ..]: [u8; 32] = digest.into();
        [a, b, c, d]
    }

    /// One line for log.pub.
    pub(super) fn line(&self) -> String {
        let mut typed = vec![ED25519];
        typed.extend(self.key.as_bytes());
        format!(
            "{}+{:08x}+{}\n",
            self.origin,
            u32::from_be_bytes(self.key_id()),
            BASE64_STANDARD.encode(typed)
        )
    }

    pub(super) fn parse(line: &str) -> Result<Self, &'static str> {
        const FORM: &str = "not a verifier key (name+keyid+base64)";
        let mut parts = line.trim_end_matches('\n').splitn(3, '+');
        let (Some(origin), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(FORM);
        };
        let typed = BASE64_STANDARD.decode(key).map_err(|_| FORM)?;
        let Some((&ED25519, key)) = typed.split_first() else {
            return Err("not an Ed25519 key");
        };
        let key = VerifyingKey::try_from(key).map_err(|_| "not an Ed25519 key")?;
        let verifier = Self {
            origin: origin.to_owned(),
            key,
        };
        if id != format!("{:08x}", u32::from_be_bytes(verifier.key_id())) {
            return Err("its key id is not that of its name and key");
        }
        Ok(verifier)
    }
}

/// C2SP signed-note: a key's name is not empty and has no spaces and no plus.
pub(super) fn check_origin(origin: &str) -> Result<(), Error> {
    let problem = if origin.is_empty() {
        "it is empty"
    } else if origin.len() > 200 {
        "it is longer than 200 bytes"
    } else if origin.contains('+') {
        "it has a plus sign"
    } else if origin.chars().any(|c| c.is_whitespace() || c.is_control()) {
        "it has a space or control character"
    } else {
        return Ok(());
    };
    Err(Error::Origin {
        origin: origin.to_owned(),
        problem,
    })
}

/// Writes keys/ledger.key (0600, in a folder of 0700), then ledger/log.pem and ledger/log.pub.
pub(super) fn create(archive: &Path, origin: &str, seed: [u8; 32]) -> Result<SigningKey, Error> {
    check_origin(origin)?;
    let (keys, ledger) = (archive.join("keys"), archive.join("ledger"));
    let private = keys.join("ledger.key");
    for path in [&private, &ledger.join("log.pub")] {
        if path.exists() {
            return Err(Error::Exists(path.clone()));
        }
    }
    let signing = SigningKey::from_bytes(&seed);
    let encode = |path: &Path| {
        let path = path.to_owned();
        move |_| Error::Key {
            path,
            problem: "the key cannot be encoded",
        }
    };
    // Version 1, without the public half: OpenSSL 3.0 does not read version 2.
    let pem = KeypairBytes {
        secret_key: seed,
        public_key: None,
    }
    .to_pkcs8_pem(LineEnding::LF)
    .map_err(encode(&private))?;
    make_dir(&keys, 0o700)?;
    create_file(&private, pem.as_bytes(), 0o600)?;
    sync_dir(&keys)?;

    make_dir(&ledger, 0o750)?;
    let public = ledger.join("log.pem");
    let pem = signing
        .verifying_key()
        .to_public_key_pem(LineEnding::LF)
        .map_err(|_| Error::Key {
            path: public.clone(),
            problem: "the key cannot be encoded",
        })?;
    create_file(&public, pem.as_bytes(), 0o640)?;
    let verifier = Verifier {
        origin: origin.to_owned(),
        key: signing.verifying_key(),
    };
    create_file(&ledger.join("log.pub"), verifier.line().as_bytes(), 0o640)?;
    sync_dir(&ledger)?;
    sync_dir(archive)?;
    Ok(signing)
}

pub(super) fn read_public(archive: &Path) -> Result<Verifier, Error> {
    let path = archive.join("ledger/log.pub");
    let line = read(&path)?;
    Verifier::parse(&line).map_err(|problem| Error::Key { path, problem })
}

/// The private key, if none but its owner may read it and it is the one whose public half stands in log.pub.
pub(super) fn read_private(archive: &Path, verifier: &Verifier) -> Result<SigningKey, Error> {
    let path = archive.join("keys/ledger.key");
    let found = fs::metadata(&path).map_err(io_error(&path))?;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Error::KeyMode { path, mode });
    }
    let pem = read(&path)?;
    let Ok(key) = SigningKey::from_pkcs8_pem(&pem) else {
        return Err(Error::Key {
            path,
            problem: "not an Ed25519 key in PKCS#8 PEM",
        });
    };
    if key.verifying_key() != verifier.key {
        return Err(Error::Key {
            path,
            problem: "not the key whose public half is in ledger/log.pub",
        });
    }
    Ok(key)
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(io_error(path))
}

pub(super) fn io_error(path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifier_keys_made_by_others_are_read() {
        // Of Go's checksum database, and of the example in golang.org/x/mod/sumdb/note.
        for line in [
            "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8\n",
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
        ] {
            assert_eq!(Verifier::parse(line).map(|v| v.line()), Ok(line.to_owned()));
        }
    }

    #[test]
    fn a_verifier_key_reads_back_and_a_changed_one_does_not() {
        let verifier = Verifier {
            origin: "arkivd.example/tibro-kommun".into(),
            key: SigningKey::from_bytes(&[7; 32]).verifying_key(),
        };
        let line = verifier.line();
        assert_eq!(Verifier::parse(&line), Ok(verifier));
        for bad in [
            line.replace("tibro", "vara"),
            line.replace('+', " "),
            line[..line.len() - 6].to_owned(),
            String::new(),
        ] {
            assert!(Verifier::parse(&bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_origin_that_could_break_a_line_is_refused() {
        assert!(check_origin("arkivd.example/tibro-kommun").is_ok());
        for bad in ["", "a b", "a\nb", "a+b", "a\u{a0}b", &"x".repeat(201)] {
            assert!(check_origin(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_key_is_private_and_made_once() {
        let dir = tempfile::tempdir().unwrap();
        create(dir.path(), "o", [1; 32]).unwrap();
        assert!(matches!(
            create(dir.path(), "o", [2; 32]),
            Err(Error::Exists(_))
        ));
        let verifier = read_public(dir.path()).unwrap();
        assert_eq!(
            read_private(dir.path(), &verifier).unwrap().to_bytes(),
            [1; 32]
        );

        let path = dir.path().join("keys/ledger.key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let told = read_private(dir.path(), &verifier).unwrap_err();
        assert!(matches!(told, Error::KeyMode { mode: 0o640, .. }), "{told}");

        let other = tempfile::tempdir().unwrap();
        create(other.path(), "o", [2; 32]).unwrap();
        let stranger = read_public(other.path()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(
            read_private(dir.path(), &stranger),
            Err(Error::Key { .. })
        ));
    }
}
