//! What to do next about what went wrong.

use std::io;

use super::Error;
use crate::{catalog, export, ledger, policy, store};

impl Error {
    /// What to do next, where that can be said.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Platform(e) => e.hint(),
            Self::Register(e) => e.hint(),
            Self::Removal(fault) => fault.hint(),
            Self::Diarium(fault) => fault.hint(),
            Self::Disclosure(fault) => fault.hint(),
            Self::Handout(fault) => fault.hint(),
            Self::Catalog(catalog::Error::NoDisclosure(_)) => {
                Some("`arkivd disclosure list --all` shows them; one is named by its beteckning (U-2026-0001) or its diarienummer".to_owned())
            }
            Self::Catalog(catalog::Error::SeveralDisclosures { cases, .. }) => {
                Some(format!("name one by its beteckning: {}", cases.join(", ")))
            }
            Self::Catalog(catalog::Error::NotInDisclosure { case, .. }) => Some(format!(
                "`arkivd disclosure show {case}` names its records; add one: arkivd disclosure refresh {case} --add RECORD"
            )),
            Self::Catalog(catalog::Error::NoMask { case, .. }) => {
                Some(format!("`arkivd disclosure show {case}` names its masks"))
            }
            Self::Catalog(catalog::Error::NoBox { case, .. }) => {
                Some(format!("`arkivd disclosure screen {case}` names its boxes"))
            }
            Self::Catalog(catalog::Error::OthersRecord { committee, .. }) => Some(format!(
                "{committee} decides of its own records: refer the requester to it, or open another request with --committee {committee:?}"
            )),
            Self::OtherCommittee(_) => Some(
                "secrecy holds between committees; theirs stand under [[person]] in arkivd.toml".to_owned(),
            ),
            Self::NoPages => Some("take the line away, or capture records alone: arkivd snapshot ID --only records".to_owned()),
            Self::NotAnArchive(_) => Some(
                "name the archive with --archive DIR or ARKIVD_ARCHIVE, or make one with `arkivd init DIR`".to_owned(),
            ),
            Self::Busy { .. } => Some("wait until it is done, or end it".to_owned()),
            Self::NotTheOwner { owner, .. } => {
                Some(format!("run the command as the archive's owner (uid {owner}), or as root"))
            }
            Self::NotEmpty(_) => Some("name a folder that does not exist yet, or an empty one".to_owned()),
            Self::NetworkFileSystem { .. } => {
                Some("make the archive on a local disk; bundles can be exported to a share".to_owned())
            }
            Self::Breaches { .. } => {
                Some("give what is missing, or change the archive's policy.toml by a decision of your own".to_owned())
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some("run the command as the archive's owner, or as root".to_owned())
            }
            e if e.needs_start_up() => Some(
                "the disk may be failing: the system's log tells more; the next start repairs what was left".to_owned(),
            ),
            e if e.is_full() => Some("free space where the archive lies; what was begun is removed".to_owned()),
            Self::NoTombstoneKey(_) => Some("put keys/tombstone.key back from the copy of the archive's keys".to_owned()),
            Self::NotCarriedOut { gallring, .. } => Some(format!("`arkivd gallring show {gallring}` tells how it stands now")),
            Self::Store(store::Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Some("`arkivd verify` tells what is missing; put the bag back from a backup".to_owned())
            }
            Self::DamagedBag { .. } | Self::DamagedFile { .. } => Some("`arkivd verify` tells what is wrong; put the bag back from a backup".to_owned()),
            Self::Plan(faults) => Some(format!(
                "correct the file; arkivd plan check {} tells all of it, and the comments of a template in plans/ explain each key",
                faults.file
            )),
            Self::Catalog(catalog::Error::NoPlan(_)) => {
                Some("`arkivd plan list` shows the plans that are loaded".to_owned())
            }
            Self::NoSchedule(_) => {
                Some("`arkivd schedule list` shows the schedules".to_owned())
            }
            Self::Policy(policy::Error::Syntax { .. } | policy::Error::Malformed { .. } | policy::Error::Twice { .. }) => {
                Some("correct the file there: it is TOML, and docs/handbok.md tells of its keys".to_owned())
            }
            Self::Question { .. } => Some(
                "give what the sender was told with --reply \"…\" or --reply-file FILE".to_owned(),
            ),
            Self::Gallring(e) => e.hint(),
            Self::Delivery(e) => e.hint(),
            Self::Catalog(catalog::Error::ListDiffers { id, .. }) => Some(format!(
                "what differs: arkivd gallring show {id}; then withdraw it, and propose anew"
            )),
            Self::Catalog(catalog::Error::NoGallring(_) | catalog::Error::GallringState { .. }) => {
                Some("`arkivd gallring list` shows them and how far each has come".to_owned())
            }
            Self::Catalog(catalog::Error::NoHold(_) | catalog::Error::NoPoliceReport(_)) => {
                Some("`arkivd hold list` shows them with their numbers".to_owned())
            }
            Self::Catalog(catalog::Error::NoSearch(_)) => {
                Some("save one: arkivd search --save NAME \"…\"; or with a hold: arkivd hold add --search NAME --words \"…\" --reason \"…\"".to_owned())
            }
            Self::Catalog(catalog::Error::SearchExists(_)) => {
                Some("a saved search is never changed, for holds rest on it: take another name; a hold takes the one that is there: arkivd hold add --search NAME, without --words".to_owned())
            }
            Self::Catalog(catalog::Error::NotListed(_)) => {
                Some("`arkivd gallring show ID --lines` shows the work list".to_owned())
            }
            Self::Decisions { .. } => Some(
                "`arkivd plan show --committee \"…\"` shows the rows of a plan, and `arkivd record list` the records".to_owned(),
            ),
            Self::Reason { .. } => Some("say why in a line or two: --reason \"…\"; it is kept with the decision".to_owned()),
            Self::Mark { hint, .. } => Some((*hint).to_owned()),
            Self::Basis { .. } => Some("arkivd record basis --help".to_owned()),
            Self::Consent { hint, .. } => Some((*hint).to_owned()),
            Self::Catalog(catalog::Error::NoConsent(_) | catalog::Error::NotToTakeDown { .. }) => {
                Some("`arkivd consent list` shows the register, and `arkivd consent list --to-take-down` what is to go".to_owned())
            }
            Self::Oversight { .. } => Some("leave --day out for today, or give a day such as 2026-11-20".to_owned()),
            Self::DocumentTooLong => Some("narrow it with --account or --committee, or take --format csv".to_owned()),
            Self::NoBag(_) => Some("`arkivd record show` names the bags that hold a record".to_owned()),
            Self::Ledger(ledger::Error::Shrinks { .. } | ledger::Error::Forked { .. }) => Some(
                "put back the newest catalog.sqlite; keep this one aside, and write nothing until then".to_owned(),
            ),
            Self::Catalog(catalog::Error::NoAccount(_)) => {
                Some("`arkivd account list` shows the registered ones".to_owned())
            }
            Self::Catalog(catalog::Error::AccountExists(id)) => {
                Some(format!("change it with `arkivd account edit {id}`"))
            }
            Self::Catalog(catalog::Error::Destroyed { record, .. }) => {
                Some(format!("`arkivd record show {record}` shows what is left of it"))
            }
            Self::Catalog(catalog::Error::RecordLocked { case, .. }) => Some(format!(
                "nobody reads it until the police have said what becomes of it: arkivd removal show {case:?}"
            )),
            Self::Catalog(catalog::Error::NoRecord(_)) => {
                Some("`arkivd record list` shows records with their ids".to_owned())
            }
            Self::Catalog(catalog::Error::NoRemoval(_)) => {
                Some("`arkivd removal list` shows the cases; one is named by its number, its beteckning or its diarienummer".to_owned())
            }
            Self::Catalog(catalog::Error::SeveralRemovals { .. }) => {
                Some("name one by its number or its beteckning".to_owned())
            }
            Self::Catalog(catalog::Error::NotACatalog { .. }) => {
                Some("put back catalog.sqlite from a backup".to_owned())
            }
            Self::Catalog(catalog::Error::Parent { .. }) => {
                Some("register the account above first; `arkivd account list` shows what there is".to_owned())
            }
            Self::Record(crate::record::Error::Address { .. }) => {
                Some("give the address as the public sees it, such as https://blogg.example/".to_owned())
            }
            Self::Record(crate::record::Error::Empty { field, .. }) => {
                Some(format!("give it with --{field} \"…\""))
            }
            Self::Record(crate::record::Error::NotOneLine { field, .. }) => {
                Some(format!("give it on one line, with --{field} \"…\""))
            }
            Self::Export(e) if e.is_full() => Some(
                "free space in the folder it is written to, or name another; what was begun is removed".to_owned(),
            ),
            Self::Export(export::Error::Io { source, .. })
                if matches!(
                    source.kind(),
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                ) =>
            {
                Some("name a folder that you may write in".to_owned())
            }
            Self::Export(export::Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Some("make the folder first, or name one that is there".to_owned())
            }
            Self::Export(export::Error::InArchive { .. }) => {
                Some("name a file outside the archive's folder".to_owned())
            }
            Self::Export(export::Error::Exists(_)) => {
                Some("choose another name, or move the old file away: nothing is written over".to_owned())
            }
            Self::Policy(policy::Error::UnknownProfile(_)) => {
                Some("take standard if your municipality is not among them, and change policy.toml afterwards".to_owned())
            }
            Self::Catalog(catalog::Error::OlderFormat { .. } | catalog::Error::NoIndex) => {
                Some("start the daemon, or run any command that writes: it brings the catalog up to date".to_owned())
            }
            Self::Catalog(catalog::Error::NewerFormat { .. }) => {
                Some("use the arkivd that wrote it, or a newer one".to_owned())
            }
            _ => None,
        }
    }
}
