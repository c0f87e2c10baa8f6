//! What was dropped becomes a record where it is a picture or a text, and the rest is saved from the platform.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{CWD, Mode, OFlags, openat};
use tokio::task::block_in_place;

use super::dropped::decoded;
use super::{UNLAWFUL_DONE, policy_of};
use crate::catalog::RemovalReply;
use crate::record::RecordId;
use crate::workflow::removal::{Means, SAVING, keep_sent, save_removal};
use crate::workflow::{
    About, Archive, Became, BroughtFile, Case, Error, Surroundings, Thing, import_files, told,
};

/// Saves what a case of inbox/otillåtet/ is about.
///
/// # Errors
/// Those of the archive's own disk.
pub async fn save_dropped(
    archive: &Arc<Archive>,
    case: u64,
    means: Means<'_>,
    around: &Surroundings,
) -> Result<(), Error> {
    let policy = block_in_place(|| policy_of(archive))?;
    let reply = block_in_place(|| {
        let replies = archive.catalog().removal_replies()?;
        Ok::<_, Error>(replies.into_iter().find(|reply| reply.case == case))
    })?;
    let name = case.to_string();
    if let Some(reply) = reply.filter(|reply| reply.brought.is_some()) {
        let case =
            block_in_place(|| Case::named(&archive.catalog(), &policy, &name, (around.now)()))?;
        match bring(archive, &case, &reply, around).await {
            Ok(Some(record)) => block_in_place(|| link(archive, &case, &reply, record))?,
            Ok(None) => {}
            Err(error) if error.needs_start_up() || error.is_full() => return Err(error),
            Err(error) => tracing::error!(
                case = case.removal.designation,
                error = told(&error),
                "inbox/otillåtet: what was dropped is no record, and lies in done/"
            ),
        }
    }
    save_removal(archive, &policy, &name, means, SAVING, around).await?;
    Ok(())
}

/// The file as a record of the case's account.
async fn bring(
    archive: &Arc<Archive>,
    case: &Case,
    reply: &RemovalReply,
    around: &Surroundings,
) -> Result<Option<RecordId>, Error> {
    let Some(brought) = &reply.brought else {
        return Ok(None);
    };
    let Some(object) = case.objects.last() else {
        return Ok(None);
    };
    let account = object.object.account.clone();
    let around = &Surroundings {
        actor: case.removal.actor.clone(),
        ..around.clone()
    };
    let path = archive
        .paths()
        .archive()
        .join("inbox")
        .join(UNLAWFUL_DONE)
        .join(brought);
    let file = match block_in_place(|| open(&path)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::Io { path, source }),
    };
    let about = About {
        address: object
            .object
            .address
            .as_deref()
            .and_then(|a| a.parse().ok()),
        note: format!("Lämnat in i ärende {}.", case.removal.designation)
            .parse()
            .ok(),
        restricted: Some(true),
        ..About::default()
    };
    let ending = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default()
        .to_lowercase();
    if ["txt", "text"].contains(&ending.as_str()) {
        let mut bytes = Vec::new();
        block_in_place(|| file.take(1 << 20).read_to_end(&mut bytes)).map_err(|source| {
            Error::Io {
                path: path.clone(),
                source,
            }
        })?;
        let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
        let text: String = decoded(&bytes)
            .replace("\r\n", "\n")
            .chars()
            .filter(|c| plain(*c))
            .collect();
        let text: String = text.chars().take(100_000).collect();
        let title = format!("Inlämnat {}", case.removal.designation.replace(':', "-"));
        let kept = keep_sent(archive, &account, &title, &text, about, around).await?;
        return Ok(Some(kept));
    }
    let thing = Thing {
        files: vec![BroughtFile {
            name: reply.source.clone(),
            file,
        }],
        about,
        by: case.removal.actor.clone(),
    };
    let report = import_files(archive, &account, vec![thing], around, &|_| {}).await?;
    match report.became.into_iter().next() {
        Some(Became::Record { record, .. } | Became::Held { record, .. }) => Ok(Some(record)),
        Some(Became::Refused(fault)) => Err(Error::NotTaken {
            what: reply.source.clone(),
            problem: told(&fault),
        }),
        None => Ok(None),
    }
}

fn link(
    archive: &Archive,
    case: &Case,
    reply: &RemovalReply,
    record: RecordId,
) -> Result<(), Error> {
    let mut catalog = archive.catalog();
    if let Some(object) = case.objects.last().filter(|o| o.object.record.is_none()) {
        catalog.link_removal_object(object.object.row, record)?;
    }
    let now = RemovalReply {
        brought: None,
        ..reply.clone()
    };
    Ok(catalog.keep_removal_reply(&case.removal, &now)?)
}

/// Whoever may write in the folder can put a link in a name's place, and none is followed.
fn open(path: &Path) -> std::io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(openat(CWD, path, flags, Mode::empty())?);
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(std::io::ErrorKind::NotFound.into()),
    }
}
