//! Words that people bring become a record: the notice that was sent to an author (LED-4), a text dropped in the inbox.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use tokio::task::block_in_place;

use crate::record::{AccountId, RecordId};
use crate::workflow::{
    About, Archive, Became, BroughtFile, Error, Surroundings, Thing, Words, import_files, io_error,
};

/// Keeps a text as a record of the account, as it was written; `about` says what it is. Not everyone may see it.
///
/// # Errors
/// [`Error::NotTaken`] for a text that no record can be made of; those of the archive.
pub async fn keep_sent(
    archive: &Arc<Archive>,
    account: &AccountId,
    title: &str,
    text: &str,
    about: About,
    around: &Surroundings,
) -> Result<RecordId, Error> {
    let folder = archive.store().scratch()?;
    let words: Words = text.parse().map_err(|problem: &str| Error::NotTaken {
        what: title.to_owned(),
        problem: problem.to_owned(),
    })?;
    let path = folder.path().join("text.html");
    let file = block_in_place(|| {
        let mut file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        file.write_all(page(title, &words.0).as_bytes())?;
        Ok(file)
    })
    .map_err(io_error(&path))?;
    let thing = Thing {
        files: vec![BroughtFile {
            name: format!("{title}.html"),
            file,
        }],
        about: About {
            restricted: about.restricted.or(Some(true)),
            text: Some(words),
            ..about
        },
        by: around.actor.clone(),
    };
    let report = import_files(archive, account, vec![thing], around, &|_| {}).await?;
    match report.became.into_iter().next() {
        Some(Became::Record { record, .. } | Became::Held { record, .. }) => Ok(record),
        Some(Became::Refused(fault)) => Err(Error::NotTaken {
            what: title.to_owned(),
            problem: crate::workflow::told(&fault),
        }),
        None => Err(Error::NotTaken {
            what: title.to_owned(),
            problem: "nothing came of it".to_owned(),
        }),
    }
}

/// The text as a page of its own; line ends are as written.
fn page(title: &str, text: &str) -> String {
    let escaped = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    let body: String = text
        .split("\n\n")
        .map(|part| format!("<p>{}</p>\n", escaped(part.trim()).replace('\n', "<br>\n")))
        .collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"sv\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n<body>\n{body}</body>\n</html>\n",
        escaped(title)
    )
}
