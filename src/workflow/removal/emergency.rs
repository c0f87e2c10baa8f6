//! Emergency: suspected child abuse material (BrB 16 kap. 10 a §). To possess it is a crime, and a snapshot may hold it
//! already. Nothing is captured; what exists is locked at once, and the police say what becomes of it.

mod end;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::task::block_in_place;

use super::open::{OpenRemoval, Told, has_come, resolve};
use super::{Case, RemovalFault};
use crate::calendar::local_date;
use crate::catalog::{
    EmergencyState, Lock, NewEmergency, NewRemoval, NewRemovalObject, Removal, RemovalState,
};
use crate::policy::Policy;
use crate::record::{AccountId, BagId, BagKind, GallringId, RecordId};
use crate::retention::removal::EMERGENCY;
use crate::retention::{Place, Question};
use crate::workflow::execute_gallring::{Going, Tombstones, plain, tells_of};
use crate::workflow::take_snapshot::registered;
use crate::workflow::{Archive, Error, Surroundings};
pub use end::{Instruction, erase_emergency, lift_emergency};

/// What an emergency is opened about.
#[derive(Debug, Clone)]
pub struct OpenEmergency<'a> {
    pub told: &'a [Told],
    /// The account of addresses that do not tell it themselves.
    pub account: Option<&'a AccountId>,
    /// Since when it may have been seen, where no record tells.
    pub published: Option<DateTime<Utc>>,
    pub note: Option<&'a str>,
}

/// Opens an emergency: from then on nothing captures what it is about, and what exists of it is locked. The address is
/// not opened. What a capture was taking just then is locked when that has ended.
///
/// # Errors
/// [`RemovalFault`]; those of the archive.
pub async fn open_emergency(
    archive: &Arc<Archive>,
    policy: &Policy,
    request: &OpenEmergency<'_>,
    around: &Surroundings,
    may: &(dyn Fn(&str) -> bool + Sync),
) -> Result<Case, Error> {
    let removal = block_in_place(|| begin(archive, request, around, may))?;
    block_in_place(|| lock_known(archive, around, &removal, false))?;
    let accounts = block_in_place(|| archive.catalog().emergency_accounts(&removal))?;
    let mut turns = Vec::new();
    for id in &accounts {
        let account = block_in_place(|| registered(archive, id))?;
        let host = account.address.host_str().unwrap_or_default().to_owned();
        turns.push(archive.turns().take(id, &host, || ()).await);
        // One at a time: who holds two may wait for who waits for it.
        block_in_place(|| lock_known(archive, around, &removal, true))?;
        turns.clear();
    }
    block_in_place(|| {
        let number = removal.number.to_string();
        Case::named(&archive.catalog(), policy, &number, (around.now)())
    })
}

/// The case, what is blocked by address, and the records: in one transaction.
fn begin(
    archive: &Archive,
    request: &OpenEmergency<'_>,
    around: &Surroundings,
    may: &dyn Fn(&str) -> bool,
) -> Result<Removal, Error> {
    let now = (around.now)();
    has_come("published", request.published, now)?;
    let tombstones = Tombstones::begin(archive, around)?;
    let asked = OpenRemoval {
        told: request.told,
        account: request.account,
        category: None,
        discovered: None,
        published: request.published,
        note: None,
        reply: None,
    };
    let mut catalog = archive.catalog();
    let mut objects: Vec<NewRemovalObject> = Vec::new();
    let mut committees = BTreeSet::new();
    let mut records: Vec<RecordId> = Vec::new();
    let mut blocks = Vec::new();
    let mut bags = Vec::new();
    for told in request.told {
        let (object, account) = resolve(&catalog, told, &asked)?;
        committees.insert(account.committee.clone());
        records.extend(object.record);
        if let Some(address) = &object.address {
            let one = plain(address, true);
            let is = |other: &str| plain(other, true) == one;
            records.extend(catalog.records_showing(&account.id, &is)?);
            let page = plain(address, false);
            let on_it = |other: &str| plain(other, false) == page;
            bags.extend(catalog.pages_at(&account.id, &on_it)?);
            blocks.extend([
                tombstones.of_address(address),
                tombstones.of_blocked(address),
                tombstones.of_page(address),
            ]);
        }
        if !objects.contains(&object) {
            objects.push(object);
        }
    }
    let mut committees = committees.into_iter();
    let committee = match (committees.next(), committees.next()) {
        (Some(one), None) => one,
        (one, two) => {
            let committees = one.into_iter().chain(two).chain(committees).collect();
            return Err(RemovalFault::SeveralCommittees { committees }.into());
        }
    };
    if !may(&committee) {
        return Err(Error::OtherCommittee(committee));
    }
    records.sort();
    records.dedup();
    let case = NewRemoval {
        id: (around.new_id)(),
        committee: &committee,
        category: EMERGENCY,
        opened: now,
        actor: &around.actor,
        discovered: now,
        note: request.note.map(str::trim).filter(|n| !n.is_empty()),
        collects: false,
        objects: &objects,
        reply: None,
    };
    let question = Question {
        place: Place::Archive,
        until: local_date(now),
        rows: Vec::new(),
        records: Vec::new(),
        pages: true,
    };
    let new = NewEmergency {
        case: &case,
        gallring: GallringId((around.new_id)()),
        question: &question,
    };
    let lock = Lock {
        records: &records,
        bags: &bags,
        blocks: &blocks,
    };
    let opened = catalog.open_emergency(&new, &lock)?;
    drop(catalog);
    for bag in bags {
        archive.store().close(bag, true)?;
    }
    Ok(opened)
}

/// Locks all that is known of what a case is about: what its records are called, their media and files, the bags that
/// hold them, and the page captures that may show them. `looks` into bags of records too, for answers that tell of it
/// though no record in them is it.
pub(super) fn lock_known(
    archive: &Archive,
    around: &Surroundings,
    case: &Removal,
    looks: bool,
) -> Result<(), Error> {
    let tombstones = Tombstones::begin(archive, around)?;
    let (emergency, objects, accounts) = {
        let catalog = archive.catalog();
        let emergency = catalog.emergency(case)?;
        let emergency = emergency.ok_or_else(|| RemovalFault::NotInEmergency {
            case: case.designation.clone(),
        })?;
        let objects = catalog.removal_objects(case)?;
        (emergency, objects, catalog.emergency_accounts(case)?)
    };
    // Also what a capture in progress brought back meanwhile.
    archive.catalog().lock(case, &Lock::default())?;
    let mut blocks = Vec::new();
    let mut bags: BTreeSet<BagId> = emergency.bags.iter().copied().collect();
    bags.extend(archive.catalog().bags_of_locked(case)?);
    let elsewhere: BTreeSet<BagId> = archive.catalog().locked_bags()?.into_iter().collect();
    for account in &accounts {
        let registered = registered(archive, account)?;
        let (doomed, held) = {
            let catalog = archive.catalog();
            let doomed = catalog.emergency_records(case, account)?;
            (doomed, catalog.bags_of(account)?)
        };
        for record in &doomed {
            let names = record.names.iter();
            blocks.extend(
                names.flat_map(|(door, name)| tombstones.of_name(&registered, door, &name.0)),
            );
            if let Some(address) = &record.permalink {
                blocks.extend([
                    tombstones.of_address(address),
                    tombstones.of_blocked(address),
                    tombstones.of_page(address),
                ]);
            }
            let media = record.contents.iter().flat_map(|c| &c.media);
            blocks.extend(media.map(|m| tombstones.of_blocked(m.address.as_str())));
            let files = record.files.iter();
            blocks.extend(files.map(|file| tombstones.of_file(&registered.committee, *file)));
        }
        // From when on a page of the account may show it.
        let published = objects.iter().filter(|o| o.account == *account);
        let published = published.filter_map(|o| o.published);
        let since = doomed.iter().filter_map(|d| d.since).chain(published).min();
        let going = Going::of(archive, emergency.gallring, &registered, &doomed)?;
        for bag in held {
            let locked = match bag.kind {
                BagKind::Page => since.is_some_and(|since| bag.taken >= since),
                _ if !looks || bags.contains(&bag.id) => false,
                // Nobody reads it now: it may hold this too.
                _ if elsewhere.contains(&bag.id) => true,
                // What cannot be read cannot be told to be free of it.
                _ => !doomed.is_empty() && tells_of(archive, &going, bag.id).unwrap_or(true),
            };
            if locked {
                bags.insert(bag.id);
            }
        }
    }
    let bags: Vec<BagId> = bags.into_iter().collect();
    archive.catalog().lock(
        case,
        &Lock {
            records: &[],
            bags: &bags,
            blocks: &blocks,
        },
    )?;
    for bag in bags {
        archive.store().close(bag, true)?;
    }
    Ok(())
}

/// Locks again, at start-up, what a crash may have left open.
pub(in crate::workflow) fn lock_again(
    archive: &Archive,
    around: &Surroundings,
) -> Result<(), Error> {
    let cases = archive.catalog().removals(RemovalState::All)?;
    for case in cases {
        let emergency = archive.catalog().emergency(&case)?;
        if emergency.is_some_and(|e| e.state == EmergencyState::Locked) {
            lock_known(archive, around, &case, false)?;
        }
    }
    Ok(())
}
