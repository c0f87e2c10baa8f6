//! Consents: kept as the policy demands; and when one is withdrawn, what is to be taken down in every channel (VAR-7).
//! What the archive holds follows the plan: a withdrawal destroys nothing there.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead as _, BufReader};

use chrono::NaiveDate;

use super::{Archive, Error, Surroundings};
use crate::calendar::local_date;
use crate::catalog::{Because, Consent, NewConsent};
use crate::policy::Policy;
use crate::record::{AccountId, BagId, BagKind, Digest, MediumHeld, RecordId, RecordsFile};
use crate::retention::{folded, stands_in};

/// Fewer letters say nothing of their own.
const TELLING: usize = 25;
/// As many letters, and the beginning stands for the whole: an excerpt.
const EXCERPT: usize = 60;
const LONGEST: usize = 200;

/// A consent, as a person brings it.
#[derive(Debug)]
pub struct ConsentRequest<'a> {
    pub person: &'a str,
    pub guardian: Option<&'a str>,
    /// The person's age in years when it was given; never kept.
    pub age: Option<u32>,
    pub given: NaiveDate,
    pub kept_at: Option<&'a str>,
    pub file: Option<(&'a str, &'a [u8])>,
    pub account: Option<&'a AccountId>,
    pub records: &'a [RecordId],
    pub note: Option<&'a str>,
}

/// What a withdrawal came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    pub withdrawn: NaiveDate,
    /// What is to be taken down, and why; records that are gone already among it.
    pub found: Vec<(RecordId, Because)>,
}

fn refuse<T>(problem: impl Into<String>, hint: &'static str) -> Result<T, Error> {
    Err(Error::Consent {
        problem: problem.into(),
        hint,
    })
}

/// Keeps a consent for a committee; gives its number.
///
/// # Errors
/// [`Error::Consent`] when the policy asks for a guardian or for writing and there is none, or a day or a text cannot be;
/// when a record or the account is not in the catalog; those of the catalog.
pub fn add_consent(
    archive: &Archive,
    policy: &Policy,
    committee: &str,
    request: &ConsentRequest<'_>,
    around: &Surroundings,
) -> Result<i64, Error> {
    let at = (around.now)();
    let lines = [
        ("person", Some(request.person)),
        ("guardian", request.guardian),
        ("kept-at", request.kept_at),
    ];
    for (field, text) in lines {
        let bad = |t: &str| {
            t.trim().is_empty() || t.chars().any(char::is_control) || t.chars().count() > LONGEST
        };
        if text.is_some_and(bad) {
            return refuse(
                format!("{field} is empty, too long, or not one line"),
                "give it on one line of at most 200 characters",
            );
        }
    }
    if request.note.is_some_and(|n| n.chars().count() > 2_000) {
        return refuse("the note is longer than 2000 characters", "say it shorter");
    }
    if request.given > local_date(at) {
        let problem = format!("{} has not come", request.given);
        return refuse(problem, "give the day it was given, such as 2026-11-20");
    }
    if let (Some(rule), None) = (&policy.consent_age, request.guardian) {
        let quote = format!(
            "({}, {}: \"{}\")",
            rule.requirement, rule.source, rule.quote
        );
        match request.age {
            None => {
                return refuse(
                    format!(
                        "a guardian consents below {} years {quote}, and no age is given",
                        rule.value
                    ),
                    "give the age with --age YEARS (it is not kept), or who consented in the person's stead with --guardian NAME",
                );
            }
            Some(age) if age < rule.value.get() => {
                return refuse(
                    format!("a guardian consents below {} years {quote}", rule.value),
                    "name who consented in the person's stead: --guardian NAME",
                );
            }
            Some(_) => {}
        }
    }
    let written = request.file.is_some() || request.kept_at.is_some();
    if let Some(rule) = policy.written_consent.as_ref().filter(|s| s.value)
        && !written
    {
        return refuse(
            format!(
                "it is to be in writing ({}, {}: \"{}\")",
                rule.requirement, rule.source, rule.quote
            ),
            "bring the signed form with --file FILE, or say where it is with --kept-at \"…\"",
        );
    }
    let new = NewConsent {
        committee,
        person: request.person.trim(),
        guardian: request.guardian.map(str::trim),
        given: request.given,
        kept_at: request.kept_at.map(str::trim),
        file: request.file,
        account: request.account,
        records: request.records,
        note: request.note.map(str::trim).filter(|n| !n.is_empty()),
        actor: &around.actor,
        at,
    };
    Ok(archive.catalog().add_consent(&new)?)
}

/// Notes that a consent is withdrawn, and what is to be taken down for it; asked again it finds what has come since.
///
/// # Errors
/// [`Error::Consent`] for a day that cannot be; when there is no such consent; those of catalog and store.
pub fn withdraw_consent(
    archive: &Archive,
    number: i64,
    day: Option<NaiveDate>,
    around: &Surroundings,
) -> Result<Withdrawn, Error> {
    let at = (around.now)();
    let consent = archive.catalog().consent(number)?;
    let day = consent.withdrawn.or(day).unwrap_or_else(|| local_date(at));
    if day > local_date(at) || day < consent.given {
        return refuse(
            format!(
                "{day} has not come, or lies before {}, when it was given",
                consent.given
            ),
            "give the day it was withdrawn, such as 2026-11-20, or leave it out for today",
        );
    }
    let found = find_posts(archive, &consent)?;
    archive
        .catalog()
        .withdraw_consent(number, day, &found, &around.actor, at)?;
    Ok(Withdrawn {
        withdrawn: day,
        found,
    })
}

/// What stands in any channel by a consent: what it names, what says the same, what shows the same pictures; and where
/// it is for a whole account, what names the person there.
///
/// # Errors
/// Those of catalog and store.
pub fn find_posts(archive: &Archive, consent: &Consent) -> Result<Vec<(RecordId, Because)>, Error> {
    let mut found: BTreeMap<RecordId, Because> = BTreeMap::new();
    for record in &consent.records {
        found.insert(*record, Because::Named);
    }
    same_words(archive, consent, &mut found)?;
    for record in same_media(archive, &consent.records)? {
        found.entry(record).or_insert(Because::SameMedia);
    }
    Ok(found.into_iter().collect())
}

fn same_words(
    archive: &Archive,
    consent: &Consent,
    found: &mut BTreeMap<RecordId, Because>,
) -> Result<(), Error> {
    let mut said: Vec<String> = Vec::new();
    let catalog = archive.catalog();
    for record in &consent.records {
        for version in catalog.record(*record)?.versions {
            let text = version.content.plain_text();
            let title = version.content.title.unwrap_or_default();
            for words in [folded(&text), folded(&format!("{title} {text}"))] {
                if words.chars().count() >= TELLING && !said.contains(&words) {
                    said.push(words);
                }
            }
        }
    }
    let same = |words: &str| {
        words.chars().count() >= TELLING
            && said.iter().any(|s| {
                let (short, long) = match s.len() < words.len() {
                    true => (s.as_str(), words),
                    false => (words, s.as_str()),
                };
                short == long || short.chars().count() >= EXCERPT && long.starts_with(short)
            })
    };
    catalog.for_each_words::<Error>(|record, account, title, text| {
        let of_account = consent
            .account
            .as_ref()
            .is_some_and(|a| a.as_str() == account);
        if of_account
            && (stands_in(&consent.person, text)
                || title.is_some_and(|title| stands_in(&consent.person, title)))
        {
            found.entry(record).or_insert(Because::NameInText);
        }
        if !said.is_empty() && !found.contains_key(&record) {
            let with_title = || folded(&format!("{} {text}", title.unwrap_or_default()));
            if same(&folded(text)) || title.is_some() && same(&with_title()) {
                found.insert(record, Because::SameWords);
            }
        }
        Ok(())
    })
}

/// Records that show a picture, film or sound of these: by the digests of their files, in whatever bag.
fn same_media(archive: &Archive, records: &[RecordId]) -> Result<HashSet<RecordId>, Error> {
    let mut digests: HashSet<Digest> = HashSet::new();
    // What a gallring took is no longer there to be looked in.
    let mut bags = archive.catalog().bags()?;
    bags.retain(|bag| archive.store().path(bag.id).join("bag").is_dir());
    let of_records = |id: &BagId| {
        bags.iter()
            .any(|b| b.id == *id && b.kind.is_some_and(|k| k != BagKind::Page))
    };
    for record in records {
        let held: Vec<BagId> = archive
            .catalog()
            .record(*record)?
            .versions
            .iter()
            .flat_map(|v| v.held.iter().map(|(bag, _, _)| *bag))
            .collect();
        for bag in held.into_iter().filter(of_records) {
            shown(archive, bag, |id, digest| {
                if id == *record {
                    digests.insert(digest);
                }
            })?;
        }
    }
    let mut found = HashSet::new();
    if digests.is_empty() {
        return Ok(found);
    }
    for bag in bags
        .iter()
        .filter(|b| b.kind.is_some_and(|k| k != BagKind::Page))
    {
        if names_any(archive, bag.id, &digests)? {
            shown(archive, bag.id, |id, digest| {
                if digests.contains(&digest) {
                    found.insert(id);
                }
            })?;
        }
    }
    Ok(found)
}

/// Whether a file of the bag has one of the digests, by its manifest.
fn names_any(archive: &Archive, bag: BagId, digests: &HashSet<Digest>) -> Result<bool, Error> {
    const MANIFEST: &str = "manifest-sha256.txt";
    let file = archive.store().open_file(bag, MANIFEST)?;
    for line in BufReader::new(file).lines() {
        let line = line.map_err(super::io_error(archive.store().path(bag).join(MANIFEST)))?;
        let digest = line.split(' ').next().and_then(|hex| hex.parse().ok());
        if digest.is_some_and(|digest| digests.contains(&digest)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Each record of the bag with each medium it shows.
fn shown(
    archive: &Archive,
    bag: BagId,
    mut each: impl FnMut(RecordId, Digest),
) -> Result<(), Error> {
    let file = archive.store().open_file(bag, "data/records.json")?;
    let sealed: RecordsFile =
        serde_json::from_reader(BufReader::new(file)).map_err(|source| Error::Json {
            what: format!("records.json of bag {bag}"),
            source,
        })?;
    for record in &sealed.records {
        for medium in &record.item.content.media {
            let held = sealed.media.iter().find(|m| m.address == medium.address);
            if let Some(MediumHeld::Held { sha256, .. }) = held.map(|h| &h.state) {
                each(record.record, *sha256);
            }
        }
    }
    Ok(())
}
