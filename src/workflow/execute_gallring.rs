//! Execution: the approved list is made anew and must be the same, bags get successors, words are erased from the
//! catalog, tombstones are laid, and the protocol is sealed last. Each step is durable before the next, and done again
//! it does nothing more: a crash anywhere is gone on from.

mod addresses;
mod going;
mod police;
mod protocol;
mod successor;
mod telltale;
mod tombstone;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::block_in_place;

use crate::calendar::local_date;
use crate::catalog::{Begun, Doomed, Erased, HeldBag};
use crate::record::{Account, AccountId, BagId, BagKind, Digest, GallringId, RecordId};
use crate::retention::GallringState;
use crate::store::{Depth, crash_point, verify_bag};
use crate::workflow::take_snapshot::registered;
use crate::workflow::{Archive, Error, Surroundings, inbox};
pub(super) use going::Going;
pub(super) use protocol::DOCUMENT_FILE;
use protocol::seal_protocol;
pub(super) use successor::tells_of;
use successor::{Succession, succeed};
pub(super) use tombstone::{Tombstones, plain};

/// What an execution came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GallringReport {
    pub gallring: GallringId,
    pub records: u64,
    /// Page captures that went.
    pub pages: u64,
    /// Bags that another stands in for now.
    pub succeeded: u64,
    /// Bags that went whole.
    pub disposed: u64,
    /// Page captures that stay and may show what went.
    pub pages_kept: u64,
    /// The bag of the protocol, and its file. `None` while the erasure is pending: someone reads the catalog, and what
    /// is erased stands in its log of changes until that is emptied.
    pub protocol: Option<(BagId, PathBuf)>,
}

/// Every crash point of an execution, in the order it passes them.
pub const CRASH_POINTS: &[&str] = &[
    "gallring::begun",
    "gallring::bag::published",
    "gallring::bag::committed",
    "gallring::bag::removed",
    "gallring::account::bags",
    "gallring::account::erased",
    "gallring::erased",
    "gallring::protocol::published",
    "gallring::protocol::committed",
];

/// Carries out an approved gallring, or goes on with one that was broken off. Returns when it is durable.
///
/// It takes each account's turn, and runs on tokio's runtime of many threads.
///
/// # Errors
/// When it is not approved, its list is no longer the one that was approved, something holds what it names, a bag is
/// damaged, or the archive cannot be written. What was begun is gone on from by calling it again.
pub async fn execute_gallring(
    archive: &Arc<Archive>,
    gallring: GallringId,
    around: &Surroundings,
    progress: &(dyn Fn(&AccountId) + Send + Sync),
) -> Result<GallringReport, Error> {
    block_in_place(|| begin(archive, gallring, around))?;
    carry_out(archive, gallring, around, progress).await
}

/// Carries out one whose list is written down.
pub(in crate::workflow) async fn carry_out(
    archive: &Arc<Archive>,
    gallring: GallringId,
    around: &Surroundings,
    progress: &(dyn Fn(&AccountId) + Send + Sync),
) -> Result<GallringReport, Error> {
    block_in_place(|| open_folders(archive))?;
    let accounts = block_in_place(|| archive.catalog().accounts_to_erase(gallring))?;
    for id in accounts {
        let account = block_in_place(|| registered(archive, &id))?;
        let host = account.address.host_str().unwrap_or_default().to_owned();
        let _turn = archive.turns().take(&id, &host, || ()).await;
        progress(&id);
        block_in_place(|| erase_account(archive, around, gallring, &id))?;
    }
    block_in_place(|| finish(archive, around, gallring))
}

/// What an emergency has locked is read to be destroyed.
fn open_folders(archive: &Archive) -> Result<(), Error> {
    let bags = archive.catalog().bags_being_erased()?;
    for bag in bags {
        archive.store().close(bag, false)?;
    }
    Ok(())
}

/// A gallring that was gone on with, and how that ended.
type Ended = (GallringId, Result<(), Error>);

/// Goes on with what a crash broke off, at start-up, when nothing else is at work. Gives the gallrings it went on with,
/// and why one could not be ended.
pub(super) fn resume(archive: &Archive, around: &Surroundings) -> Result<Vec<Ended>, Error> {
    let begun = archive.catalog().gallrings_begun()?;
    open_folders(archive)?;
    let go_on = |gallring: GallringId| -> Result<(), Error> {
        // The catalog is let go before it is asked again.
        let accounts = archive.catalog().accounts_to_erase(gallring)?;
        for account in accounts {
            erase_account(archive, around, gallring, &account)?;
        }
        finish(archive, around, gallring).map(drop)
    };
    Ok(begun.into_iter().map(|id| (id, go_on(id))).collect())
}

/// Writes the list down, once it is the one that was approved and nothing holds any of it.
fn begin(archive: &Archive, gallring: GallringId, around: &Surroundings) -> Result<(), Error> {
    let now = (around.now)();
    let salt = (around.salt)().map_err(Error::Salt)?;
    let row = archive.catalog().gallring(gallring)?;
    if let Some(row) = row.filter(|row| row.state == GallringState::Approved)
        && let Some(lock) = archive.catalog().open_emergency_of(&row.committee)?
    {
        let problem = format!(
            "emergency {} has locked bags that it may go into; nothing was destroyed",
            lock.case
        );
        return Err(Error::NotCarriedOut { gallring, problem });
    }
    let begun = archive
        .catalog()
        .begin_gallring(gallring, local_date(now), now, salt)?;
    let problem = match begun {
        Begun::Now | Begun::Before => {
            crash_point("gallring::begun");
            return Ok(());
        }
        Begun::NotApproved(GallringState::Executed) => "it is carried out already".to_owned(),
        Begun::NotApproved(GallringState::Proposed) => "it is not approved".to_owned(),
        Begun::NotApproved(GallringState::Withdrawn) => "it was withdrawn".to_owned(),
        Begun::NotApproved(state) => format!("it is {state}"),
        Begun::Medium => {
            "it is for the platforms: people carry it out, and `gallring done` notes it".to_owned()
        }
        Begun::Differs { approved, now } => format!(
            "the list is no longer the one that was approved: {} records and {} pages then, {} and {} now; nothing \
             was destroyed",
            approved.records, approved.pages, now.records, now.pages
        ),
    };
    Err(Error::NotCarriedOut { gallring, problem })
}

/// All of one account: its bags, then its rows.
fn erase_account(
    archive: &Archive,
    around: &Surroundings,
    gallring: GallringId,
    account: &AccountId,
) -> Result<(), Error> {
    remove_succeeded(archive, around, gallring)?;
    let (doomed, bags) = {
        let catalog = archive.catalog();
        (
            catalog.to_erase(gallring, account)?,
            catalog.bags_of(account)?,
        )
    };
    let account = registered(archive, account)?;
    let going = Going::of(archive, gallring, &account, &doomed)?;
    let disposal = archive.catalog().disposal_of(gallring)?;
    let since = doomed.iter().filter_map(|d| d.since).min();
    for bag in &bags {
        match bag.kind {
            BagKind::Page => {
                let shows = archive.catalog().bag_shows(bag.id, gallring)?;
                if shows || since.is_none_or(|since| bag.taken >= since) {
                    archive.catalog().note_page(gallring, bag, true)?;
                }
            }
            BagKind::Records | BagKind::RecordsRestricted => {
                check(archive, bag)?;
                let succession = succeed(archive, around, &going, bag)?;
                replace(archive, around, gallring, bag, &succession, disposal)?;
            }
        }
    }
    crash_point("gallring::account::bags");
    let files = doomed.iter().flat_map(|d| d.files.iter().copied());
    inbox::forget(archive.paths().archive(), &files.collect())?;
    erase_rows(archive, around, &account, &going)?;
    crash_point("gallring::account::erased");
    Ok(())
}

/// What a damaged bag holds is not known, nor what would be destroyed with it.
fn check(archive: &Archive, bag: &HeldBag) -> Result<(), Error> {
    let found = verify_bag(&archive.store().path(bag.id).join("bag"), Depth::Full)?;
    match found.faults.into_iter().next() {
        None => Ok(()),
        Some(fault) => Err(Error::DamagedBag { bag: bag.id, fault }),
    }
}

/// Puts what the examination gave in the bag's place, and takes the bag away.
fn replace(
    archive: &Archive,
    around: &Surroundings,
    gallring: GallringId,
    old: &HeldBag,
    succession: &Succession,
    disposal: Digest,
) -> Result<(), Error> {
    let successor = match succession {
        Succession::Stays => return Ok(()),
        Succession::Goes => None,
        Succession::By { bag, places } => Some((bag, places)),
    };
    crash_point("gallring::bag::published");
    let committed = archive
        .catalog()
        .succeed_bag(gallring, old, successor, disposal)?;
    crash_point("gallring::bag::committed");
    archive.publish_ledger(committed.ledger.start)?;
    archive.store().remove(old.id)?;
    crash_point("gallring::bag::removed");
    archive.catalog().bag_went(old.id, (around.now)())?;
    Ok(())
}

/// Takes away the bags that have ended in the catalog and still lie in the store.
fn remove_succeeded(
    archive: &Archive,
    around: &Surroundings,
    gallring: GallringId,
) -> Result<(), Error> {
    let bags = archive.catalog().gallring_bags(gallring)?;
    for bag in bags {
        let has_row = archive.catalog().bag(bag.bag)?.is_some();
        if bag.gone.is_none() && !has_row {
            archive.store().remove(bag.bag)?;
            archive.catalog().bag_went(bag.bag, (around.now)())?;
        }
    }
    Ok(())
}

fn erase_rows(
    archive: &Archive,
    around: &Surroundings,
    account: &Account,
    going: &Going<'_>,
) -> Result<(), Error> {
    let tombstones = Tombstones::begin(archive, around)?;
    let mut laid: Vec<(RecordId, [u8; 32])> = Vec::new();
    for Doomed {
        record,
        names,
        permalink,
        files,
        ..
    } in going.doomed
    {
        for (door, name) in names {
            for hmac in tombstones.of_name(account, door, &name.0) {
                laid.push((*record, hmac));
            }
        }
        // Where something that stays stands too, it is not known again by its address. Comments that stay stand below it.
        if let Some(address) = permalink.as_ref().filter(|a| going.addresses.is_its_own(a)) {
            laid.push((*record, tombstones.of_address(address)));
        }
        for file in files {
            laid.push((*record, tombstones.of_file(&account.committee, *file)));
        }
    }
    archive.catalog().erase(&Erased {
        gallring: going.gallring,
        account: going.account,
        tombstones: &laid,
        told_by: &|text| going.is_told_by(text) || going.is_said_by(text),
    })?;
    Ok(())
}

/// The pages that go, then the log of changes, then the protocol.
fn finish(
    archive: &Archive,
    around: &Surroundings,
    gallring: GallringId,
) -> Result<GallringReport, Error> {
    remove_succeeded(archive, around, gallring)?;
    let disposal = archive.catalog().disposal_of(gallring)?;
    let pages = archive.catalog().pages_to_go(gallring)?;
    for page in pages {
        replace(
            archive,
            around,
            gallring,
            &page,
            &Succession::Goes,
            disposal,
        )?;
    }
    archive.catalog().note_erasing(gallring)?;
    let emptied = archive.catalog().empty_log()?;
    crash_point("gallring::erased");
    let protocol = match emptied {
        true => Some(seal_protocol(archive, around, gallring)?),
        false => None,
    };
    let sums = archive.catalog().gallring_sums(gallring)?;
    Ok(GallringReport {
        gallring,
        records: sums.records,
        pages: sums.pages,
        succeeded: sums.succeeded,
        disposed: sums.disposed,
        pages_kept: sums.pages_kept,
        protocol,
    })
}
