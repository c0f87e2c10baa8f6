//! One thing that was dropped opens a case, or is told why it opens none.

use std::path::Path;

use serde_json::json;

use super::super::folder::Folder;
use super::super::{About, settle};
use super::answer;
use super::dropped::{Content, Dropped, read};
use super::{Ready, Refusal};
use crate::catalog::{NewEvent, Removal, RemovalReply};
use crate::policy::Policy;
use crate::record::{Account, AccountId};
use crate::retention::removal::{Categories, Category, CategoryKind};
use crate::workflow::execute_gallring::Tombstones;
use crate::workflow::removal::{
    OpenRemoval, RemovalSettings, Told, account_of, open_removal, reply,
};
use crate::workflow::{Archive, Error, Surroundings, told};

/// Opens the case of one file, answers, and moves the file away.
pub(super) fn take(
    root: &Path,
    archive: &Archive,
    policy: &Policy,
    settings: &RemovalSettings,
    around: &Surroundings,
    folder: &Folder,
    ready: &Ready,
) -> Result<Result<u64, Refusal>, Error> {
    let now = (around.now)();
    // A crash may have come between the case and the move.
    if let Some(reply) = before_a_crash(archive, folder, ready)? {
        let to = match &reply.brought {
            Some(to) => to.clone(),
            None => settle::unlawful_name(root, &ready.file, now),
        };
        moved_away(root, folder, ready, &to);
        return Ok(Ok(reply.case));
    }
    let about = match side_of(folder, ready, now) {
        Ok(about) => about,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let categories = Categories::of(policy)?;
    let early = about.category.as_ref().map(|c| c.0.clone());
    let early = early.or_else(|| ready.said.clone());
    if let Some(said) = &early
        && is_emergency(&categories, said)
    {
        return Ok(Err(emergency(archive, folder, around)?));
    }
    let Dropped {
        content,
        account,
        category,
    } = match read(folder, &ready.file) {
        Ok(dropped) => dropped,
        Err(why) => return Ok(Err(Refusal(refusal(&why)))),
    };
    let said = early.or(category);
    if let Some(said) = &said
        && is_emergency(&categories, said)
    {
        return Ok(Err(emergency(archive, folder, around)?));
    }
    let category = match category_of(&categories, said.as_deref()) {
        Ok(category) => category,
        Err(why) => return Ok(Err(Refusal(refusal(&why)))),
    };
    let accounts = archive.catalog().accounts()?;
    let named = about.account.clone().or(account);
    let addresses = match (&about.address, &content) {
        (Some(address), _) => vec![address.0.clone()],
        (None, Content::Addresses { addresses, .. }) => addresses.clone(),
        (None, _) => Vec::new(),
    };
    // Where it stood is an emergency's: what lies here may be it.
    let held = match &content {
        Content::Addresses { addresses, .. } => addresses.as_slice(),
        _ => &[],
    };
    let said = [&about.text, &about.note];
    let mut said = said.into_iter().flatten();
    if let Some(laid) = Tombstones::of(archive)?
        && (addresses
            .iter()
            .chain(held)
            .any(|at| laid.is_blocked(at.as_str()) || laid.has_page(at.as_str()))
            || said.any(|words| laid.stand_in(&words.0)))
    {
        return Ok(Err(emergency(archive, folder, around)?));
    }
    let account = match owner(
        &accounts,
        named.as_ref().map(AccountId::as_str),
        addresses.first(),
    ) {
        Ok(account) => account,
        Err(why) => return Ok(Err(Refusal(refusal(&why)))),
    };
    let mut things: Vec<Told> = addresses.into_iter().map(Told::Address).collect();
    let brings = content.is_brought();
    if things.is_empty()
        || matches!(content, Content::Addresses { ref words, .. } if words.is_some())
    {
        things.push(Told::Brought(account.id.clone()));
    }
    let note = about.note.as_ref().map(|n| n.0.clone());
    let to = settle::unlawful_name(root, &ready.file, now);
    let reply_of = |case: &Removal| RemovalReply {
        case: case.number,
        folder: folder.name.clone(),
        name: String::from_utf8_lossy(&answer::name(&ready.file.name, &case.designation))
            .into_owned(),
        source: ready.file.told(),
        brought: brings.then(|| to.clone()),
        // None is written yet.
        sha256: answer::digest(""),
    };
    let request = OpenRemoval {
        told: &things,
        account: Some(&account.id),
        category: Some(&category.id),
        discovered: None,
        published: about.time.map(|t| t.at),
        note: note.as_deref(),
        reply: Some(&reply_of),
    };
    let case = match open_removal(archive, policy, &request, settings, around, &|_| true) {
        Ok(case) => case,
        Err(Error::Removal(fault)) => {
            let why = fault.swedish().unwrap_or_else(|| told(fault.as_ref()));
            return Ok(Err(Refusal(refusal(&why))));
        }
        Err(error) => return Err(error),
    };
    let text = reply(&case, true, now);
    let kept = RemovalReply {
        sha256: answer::digest(&text),
        ..reply_of(&case.removal)
    };
    archive.catalog().keep_removal_reply(&case.removal, &kept)?;
    answer::write_or_tell(folder, kept.name.as_bytes(), &text);
    moved_away(root, folder, ready, &to);
    Ok(Ok(case.removal.number))
}

/// The case is open, whether or not its file can be moved.
fn moved_away(root: &Path, folder: &Folder, ready: &Ready, to: &str) {
    let side = ready.side.as_ref();
    if let Err(error) = settle::to_unlawful_done(root, folder, &ready.file, side, to) {
        tracing::error!(folder = folder.name, %error, "inbox/otillåtet: a file could not be moved: may the archive's user write in the folder?");
    }
}

fn before_a_crash(
    archive: &Archive,
    folder: &Folder,
    ready: &Ready,
) -> Result<Option<RemovalReply>, Error> {
    let catalog = archive.catalog();
    let name = ready.file.told();
    for reply in catalog.removal_replies()? {
        if reply.source == name && reply.folder == folder.name {
            let opened = catalog.removal(&reply.case.to_string())?.opened;
            if ready.file.stamp.since() <= opened {
                return Ok(Some(reply));
            }
        }
    }
    Ok(None)
}

fn side_of(
    folder: &Folder,
    ready: &Ready,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<About, Refusal> {
    use std::io::Read as _;
    let Some(side) = &ready.side else {
        return Ok(About::default());
    };
    let mut text = String::new();
    let file = folder.open(side);
    file.and_then(|file| file.take(1 << 20).read_to_string(&mut text))
        .map_err(|error| {
            Refusal(refusal(&format!(
                "textfilen bredvid kunde inte läsas ({error})"
            )))
        })?;
    About::parse(&text, &side.told(), now).map_err(|error| {
        Refusal(refusal(&format!(
            "textfilen bredvid går inte att tolka: {}",
            told(&error)
        )))
    })
}

fn is_emergency(categories: &Categories, said: &str) -> bool {
    categories
        .find(said)
        .is_some_and(|c| c.kind == CategoryKind::Emergency)
}

/// A category by what was said, or that nothing was.
fn category_of<'c>(categories: &'c Categories, said: Option<&str>) -> Result<&'c Category, String> {
    let found = match said {
        Some(said) => categories.find(said),
        None => categories.unclear(),
    };
    found.ok_or_else(|| {
        let open = categories
            .all()
            .iter()
            .filter(|c| c.kind != CategoryKind::Emergency);
        let known: Vec<String> = open.map(|c| format!("  {}  ({})", c.id, c.name)).collect();
        format!(
            "kategorin {:?} finns inte. De som finns:\n{}",
            said.unwrap_or_default(),
            known.join("\n")
        )
    })
}

/// Whose it is: as it is said, by its address, or the only one there is.
fn owner(
    accounts: &[Account],
    named: Option<&str>,
    address: Option<&url::Url>,
) -> Result<Account, String> {
    let known = || {
        let all: Vec<&str> = accounts.iter().map(|a| a.id.as_str()).collect();
        all.join(", ")
    };
    match (named, address, accounts) {
        (Some(named), _, _) => {
            let found = accounts.iter().find(|a| a.id.as_str() == named);
            found.cloned().ok_or_else(|| {
                format!("kontot {named:?} finns inte. De som finns: {}", known())
            })
        }
        (None, Some(address), _) => account_of(address, accounts).map_err(|_| {
            format!(
                "det går inte att se vilket konto adressen hör till.\nSkriv en rad i filen, eller i en textfil bredvid: konto: NAMN\nKontona är: {}",
                known()
            )
        }),
        (None, None, [one]) => Ok(one.clone()),
        (None, None, []) => Err("inget konto är registrerat i arkivet än".to_owned()),
        (None, None, _) => Err(format!(
            "det går inte att se vilket konto det gäller.\nSkriv i en textfil bredvid (samma namn, slutet .toml): account = \"NAMN\"\nKontona är: {}",
            known()
        )),
    }
}

/// What is said of a file that opened no case. To hide is right all the same.
fn refusal(why: &str) -> String {
    format!(
        "FÅR DÖLJAS. Gör det nu. Radera inte.\n\nMen ärendet kunde inte öppnas: {why}\n\n\
         Rätta, och spara filen igen i samma mapp. Det här tas emot: en länk (.url, .webloc), en textfil med adressen eller med det som \
         stod där, en bild, en PDF eller en sparad sida.\nFilen ligger kvar.\n"
    )
}

/// Nothing is read, copied or moved; that it happened is noted.
fn emergency(archive: &Archive, folder: &Folder, around: &Surroundings) -> Result<Refusal, Error> {
    tracing::error!(
        folder = folder.name,
        "suspected child abuse material was dropped in the inbox: nothing was taken; a person must act now"
    );
    archive.catalog().add_event(&NewEvent {
        at: (around.now)(),
        actor: &around.actor,
        verb: "removal refused",
        object: &folder.name,
        before: None,
        after: Some(&json!({ "why": "emergency" }).to_string()),
    })?;
    Ok(Refusal(
        "MISSTÄNKT BARNPORNOGRAFI: SPARA INTE, SKICKA INTE VIDARE.\n\n\
         1. Dölj inlägget på plattformen genast.\n\
         2. Ring polisen: 114 14, eller 112 om det pågår nu. Följ vad de säger.\n\
         3. Ta ingen skärmbild och skicka ingen kopia. Att ha materialet är ett brott.\n\
         4. Kontakta arkivarien, som ger kommandot arkivd removal emergency.\n\n\
         arkivd har inte sparat, kopierat eller flyttat filen. Rör den inte förrän polisen har sagt vad som gäller.\n"
            .to_owned(),
    ))
}
