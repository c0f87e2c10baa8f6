//! A thread as a document that is handed out: its records without what is masked, and a list of what that was.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use super::chosen::{Chosen, Group};
use super::media::{Handed, LeftOut, Media};
use super::order::Order;
use super::spool::Spool;
use crate::calendar::{local_date, local_time};
use crate::export::mask::{Address, Place, Together, Told, What};
use crate::pdfa::{Context, Mark, Thread};
use crate::record::{Kind, RecordId};
use crate::workflow::{Archive, Error};

/// A document before it is typeset.
pub(super) struct Sheet {
    /// From 1.
    pub(super) number: usize,
    /// `inlägg 2026-11-20`
    pub(super) title: String,
    /// Without folder and ending.
    pub(super) name: String,
    pub(super) thread: Thread,
    pub(super) facts: Vec<(String, String)>,
    pub(super) masked: Vec<MaskedLine>,
    pub(super) handed: Vec<Handed>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) unmasked: Vec<RecordId>,
    /// Numbers of masks that took nothing out.
    pub(super) idle: Vec<i64>,
    /// What masks hide elsewhere, as each record here tells it.
    pub(super) told: Vec<(RecordId, Told)>,
    pub(super) records: Vec<RecordId>,
}

/// What one mask took out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MaskedLine {
    /// `kommentar 2026-11-20 09:15`
    pub(super) record: String,
    /// `avsändaren, texten på 2 ställen`
    pub(super) places: String,
    pub(super) provision: String,
    pub(super) reason: Option<String>,
}

impl Sheet {
    /// `all` are the masks of all records of the disclosure: an address that tells what any of them hides is left out.
    ///
    /// # Errors
    /// A file that is missing or damaged.
    pub(super) fn of(
        archive: &Archive,
        order: &Order,
        group: &Group,
        number: usize,
        all: &Together,
        spool: &mut Spool,
    ) -> Result<Self, Error> {
        let mut media = Media::of(archive, order, number, !all.is_empty());
        let mut thread = Thread {
            context: (!group.whole).then(Context::default),
            entries: Vec::new(),
        };
        let (mut masked, mut idle, mut told) = (Vec::new(), Vec::new(), Vec::new());
        let is_masked = group.is_masked();
        for chosen in &group.records {
            let mut taken: BTreeMap<(usize, Place), u64> = BTreeMap::new();
            let versions = &chosen.handling.details.versions;
            let of = versions.len();
            let first = if order.versions {
                0
            } else {
                of.saturating_sub(1)
            };
            for (at, version) in versions.iter().enumerate().skip(first) {
                let mark = match order.versions && of > 1 {
                    true => Mark::Version {
                        number: at as u32 + 1,
                        of: of as u32,
                    },
                    false => Mark::Unchanged,
                };
                let Some(mut entry) = chosen.handling.entry(at, chosen.depth, mark) else {
                    continue;
                };
                let numbers = chosen.numbers(at);
                let mut without = chosen.masker.masked(&version.content, numbers);
                for (place, times) in without.taken {
                    *taken.entry(place).or_default() += times;
                }
                entry.media = media.put(chosen, at, &without.media, &mut without.content, spool)?;
                entry.content = without.content;
                if !all.is_empty() {
                    let record = chosen.handling.record();
                    let links = all.take_addresses(&mut entry.content);
                    let words = all.stand_in(&entry.content);
                    told.extend(links.into_iter().chain(words).map(|told| (record, told)));
                }
                // Where all is seen, and by what number the platform knows it, is told of no thread with masks.
                entry.permalink = entry
                    .permalink
                    .filter(|link| !is_masked && !all.tells(&Address::of(link)));
                entry.record = RecordId(Uuid::from_u128(thread.entries.len() as u128 + 1));
                thread.entries.push(entry);
            }
            let blackened = &media.blackened;
            lines(chosen, all, &taken, blackened, &mut masked, &mut idle);
        }
        let head = group.records.first();
        let title = head.map_or_else(
            || "handling".to_owned(),
            |c| of_day(c.handling.details.line.kind, c),
        );
        let day = head
            .and_then(|c| c.handling.details.line.published)
            .map(local_date);
        let name = match day {
            Some(day) => format!(
                "{number:04}_{}_{day}",
                head.map_or("handling", |c| c.handling.kind())
            ),
            None => format!(
                "{number:04}_{}",
                head.map_or("handling", |c| c.handling.kind())
            ),
        };
        let mut sheet = Self {
            number,
            title,
            name,
            facts: Vec::new(),
            masked,
            idle,
            told,
            thread,
            handed: media.handed,
            left_out: media.left_out,
            unmasked: media.unmasked,
            records: group.records.iter().map(|c| c.handling.record()).collect(),
        };
        if let Some(first) = head {
            sheet.facts = facts(order, group, first, all, is_masked);
        }
        Ok(sheet)
    }
}

fn facts(
    order: &Order,
    group: &Group,
    first: &Chosen,
    all: &Together,
    is_masked: bool,
) -> Vec<(String, String)> {
    let account = &first.handling.account;
    let name = order
        .accounts
        .get(&account.id)
        .unwrap_or(&first.handling.account_name);
    let name = all.line(name);
    let platform = account.platform.label();
    let mut facts = vec![("Konto".to_owned(), format!("{name} ({platform})"))];
    let registration = first.handling.registration();
    if let Some(at) = registration.at {
        let label = if registration.incoming {
            "Inkom"
        } else {
            "Upprättad"
        };
        facts.push((label.to_owned(), local_time(at)));
    }
    let count = |kinds: &[Kind]| {
        let of = |c: &&Chosen| kinds.contains(&c.handling.details.line.kind);
        group.records.iter().filter(of).count()
    };
    let parts = [
        (count(&[Kind::Post]), "inlägg", "inlägg"),
        (count(&[Kind::Page]), "sida", "sidor"),
        (count(&[Kind::Comment]), "kommentar", "kommentarer"),
        (count(&[Kind::Message]), "meddelande", "meddelanden"),
    ];
    let parts = parts.iter().filter(|(n, ..)| *n > 0);
    let parts: Vec<String> = parts
        .map(|(n, one, many)| format!("{n} {}", if *n == 1 { one } else { many }))
        .collect();
    facts.push(("Innehåll".to_owned(), parts.join(", ")));
    if order.versions {
        facts.push((
            "Versioner".to_owned(),
            "alla som arkivet har, den äldsta först".to_owned(),
        ));
    }
    let told = match is_masked {
        true => {
            "Uppgifter är maskerade. Vad och varför står sist. Adresser på mediet är utelämnade."
        }
        false => "Inga uppgifter är maskerade.",
    };
    facts.push(("Maskning".to_owned(), told.to_owned()));
    facts
}

/// `kommentar 2026-11-20 09:15`
fn of_day(kind: Kind, chosen: &Chosen) -> String {
    let kind = match kind {
        Kind::Post => "inlägg",
        Kind::Page => "sida",
        Kind::Comment => "kommentar",
        Kind::Message => "meddelande",
    };
    match chosen.handling.details.line.published {
        Some(at) => format!("{kind} {}", local_time(at)),
        None => format!("{kind} utan tid"),
    }
}

fn lines(
    chosen: &Chosen,
    all: &Together,
    taken: &BTreeMap<(usize, Place), u64>,
    blackened: &HashSet<(RecordId, usize)>,
    masked: &mut Vec<MaskedLine>,
    idle: &mut Vec<i64>,
) {
    for (n, (mask, what)) in chosen.masks.iter().enumerate() {
        let own = taken.iter().filter(|((of, _), _)| *of == n);
        let mut places: Vec<String> = own
            .map(|((_, place), times)| match times {
                1 => place.words().to_owned(),
                _ => format!("{} på {times} ställen", place.words()),
            })
            .collect();
        let is_black = blackened.contains(&(chosen.handling.record(), n));
        if is_black && matches!(what, What::Region { .. }) {
            places.push("en del av en bild".to_owned());
        }
        if places.is_empty() {
            idle.push(mask.number);
            continue;
        }
        masked.push(MaskedLine {
            record: of_day(chosen.handling.details.line.kind, chosen),
            places: places.join(", "),
            provision: mask.provision.clone(),
            reason: mask.reason.as_deref().map(|reason| all.line(reason)),
        });
    }
}
