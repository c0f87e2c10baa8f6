//! The checkpoint: C2SP tlog-checkpoint in a C2SP signed note.
//!
//! `origin\nsize\nbase64(root)\n\n— origin base64(keyID || signature)\n`; the signature is over the three lines.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ed25519_dalek::{Signature, Signer, SigningKey};
use tlog_tiles::{Checkpoint as TreeHead, Hash};

use crate::record::Digest;

use super::key::Verifier;

/// A promise of the log's first `size` leaves, whose signature has been verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: String,
    /// Leaves.
    pub size: u64,
    pub root: Digest,
    /// The whole signed note, as in `ledger/checkpoint`.
    pub text: String,
}

impl Checkpoint {
    pub(super) fn sign(
        verifier: &Verifier,
        key: &SigningKey,
        size: u64,
        root: Digest,
    ) -> Result<Self, String> {
        let head =
            TreeHead::new(&verifier.origin, size, Hash(root.0), "").map_err(|e| e.to_string())?;
        let body = head.to_bytes();
        let mut signature = verifier.key_id().to_vec();
        signature.extend(key.sign(&body).to_bytes());
        let text = format!(
            "{}\n— {} {}\n",
            String::from_utf8_lossy(&body),
            verifier.origin,
            BASE64_STANDARD.encode(signature)
        );
        Ok(Self {
            origin: verifier.origin.clone(),
            size,
            root,
            text,
        })
    }

    /// Reads a note; ours must be among its signatures and verify. Others (of witnesses) may stand beside it.
    pub(super) fn open(verifier: &Verifier, text: &str) -> Result<Self, String> {
        let Some((before, signatures)) = text.rsplit_once("\n\n") else {
            return Err("it is not a signed note: no empty line".to_owned());
        };
        let body = format!("{before}\n");
        let head = TreeHead::from_bytes(body.as_bytes()).map_err(|e| e.to_string())?;
        if head.origin() != verifier.origin {
            return Err(format!(
                "its origin is {:?}, the key in log.pub is that of {:?}",
                head.origin(),
                verifier.origin
            ));
        }
        if !head.extension().is_empty() {
            return Err(format!("it has extension lines: {:?}", head.extension()));
        }
        let ours = signatures
            .split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n')?.strip_prefix("— "))
            .filter_map(|line| line.split_once(' '))
            .filter(|(name, _)| *name == verifier.origin)
            .filter_map(|(_, signature)| {
                let bytes = BASE64_STANDARD.decode(signature).ok()?;
                let (id, signature) = bytes.split_first_chunk::<4>()?;
                (*id == verifier.key_id()).then(|| signature.to_vec())
            })
            .next();
        let Some(signature) = ours else {
            return Err("it has no signature of the key in log.pub".to_owned());
        };
        let verified = Signature::from_slice(&signature)
            .and_then(|signature| verifier.key.verify_strict(body.as_bytes(), &signature));
        if verified.is_err() {
            return Err("its signature does not verify against log.pub".to_owned());
        }
        Ok(Self {
            origin: head.origin().to_owned(),
            size: head.size(),
            root: Digest(head.hash().0),
            text: text.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> (Verifier, Checkpoint) {
        let key = SigningKey::from_bytes(&[7; 32]);
        let verifier = Verifier {
            origin: "arkivd.example/tibro-kommun".into(),
            key: key.verifying_key(),
        };
        let checkpoint = Checkpoint::sign(&verifier, &key, 417, Digest::of(b"root")).unwrap();
        (verifier, checkpoint)
    }

    #[test]
    fn what_is_signed_opens() {
        let (verifier, checkpoint) = signed();
        assert_eq!(
            Checkpoint::open(&verifier, &checkpoint.text),
            Ok(checkpoint.clone())
        );
        let witnessed = format!("{}— witness.example AAAA\n", checkpoint.text);
        let opened = Checkpoint::open(&verifier, &witnessed).unwrap();
        assert_eq!((opened.size, opened.root), (417, checkpoint.root));
        let lines: Vec<_> = checkpoint.text.split('\n').collect();
        assert_eq!(lines[..2], ["arkivd.example/tibro-kommun", "417"]);
        assert_eq!((lines[3], lines.len()), ("", 6));
    }

    #[test]
    fn no_byte_can_be_changed_or_lost() {
        let (verifier, checkpoint) = signed();
        let bytes = checkpoint.text.as_bytes();
        for at in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[at] ^= 1;
            if let Ok(text) = String::from_utf8(changed) {
                assert!(
                    Checkpoint::open(&verifier, &text).is_err(),
                    "byte {at}: {text:?}"
                );
            }
            let cut = String::from_utf8_lossy(&bytes[..at]);
            assert!(Checkpoint::open(&verifier, &cut).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_strangers_signature_is_not_ours() {
        let (verifier, _) = signed();
        let key = SigningKey::from_bytes(&[8; 32]);
        let stranger = Verifier {
            origin: verifier.origin.clone(),
            key: key.verifying_key(),
        };
        let forged = Checkpoint::sign(&stranger, &key, 1, Digest::of(b"")).unwrap();
        let told = Checkpoint::open(&verifier, &forged.text).unwrap_err();
        assert!(told.contains("no signature"), "{told}");
    }
}
