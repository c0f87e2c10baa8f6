//! inbox/otillåtet/: an editor without a shell drops an address, a text or a picture. A case is opened, and the answer
//! lies beside it: FÅR DÖLJAS at once, and what comes next as the case moves.

mod answer;
mod bring;
mod dropped;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::folder::Folder;
use super::scan::{DONE, UNLAWFUL, UNLAWFUL_DONE, is_passed_over, is_side};
use super::{About, Found, Stamps, settle};
use crate::catalog::{NewEvent, RemovalReply};
use crate::policy::Policy;
use crate::record::{Account, AccountId};
use crate::retention::removal::{Categories, Category, CategoryKind};
use crate::workflow::removal::{
    OpenRemoval, RemovalSettings, Told, account_of, open_removal, reply,
};
use crate::workflow::{Archive, Case, Error, Surroundings, told};
use dropped::{Content, Dropped, read};

pub use bring::save_dropped;

/// macOS writes the letter as two.
const NAMES: [&str; 2] = [UNLAWFUL, "otilla\u{30a}tet"];
/// The end of an answer's name.
pub(super) const ANSWER: &str = ".svar.txt";
/// Files that are taken at one look: the rest waits for the next.
const AT_ONCE: usize = 50;

/// The folder inbox/otillåtet/ between two looks at it.
pub struct UnlawfulInbox {
    root: PathBuf,
    /// Files as the look before saw them.
    before: Stamps,
    /// Files that were looked into: a case is open, or it is told why not.
    refused: Stamps,
    /// True while the folder cannot be listed, which is told once.
    unread: bool,
}

/// A file with what is said of it beside it, in its folder.
struct Ready {
    file: Found,
    side: Option<Found>,
    /// What the folder's name says it is.
    said: Option<String>,
}

/// Why a file opened no case, in Swedish.
struct Refusal(String);

impl UnlawfulInbox {
    pub fn new(archive: &Path) -> Self {
        Self {
            root: archive.join("inbox"),
            before: Stamps::new(),
            refused: Stamps::new(),
            unread: false,
        }
    }

    /// Opens a case for each thing that stood still since the look before; gives the cases whose things are to be saved.
    ///
    /// # Errors
    /// Those of the archive.
    pub fn look(
        &mut self,
        archive: &Archive,
        settings: &RemovalSettings,
        around: &Surroundings,
        who: &dyn Fn(u32) -> String,
    ) -> Result<Vec<u64>, Error> {
        let folders = match self.folders() {
            Ok(folders) => folders,
            Err(error) => {
                if !self.unread {
                    tracing::error!(%error, "inbox/otillåtet cannot be read: it is looked at again later");
                }
                self.unread = true;
                return Ok(Vec::new());
            }
        };
        self.unread = false;
        let mut stamps = Stamps::new();
        let mut opened = Vec::new();
        for (folder, said) in folders {
            let Ok(listing) = folder.list() else {
                continue;
            };
            let ready = self.ready(&folder, listing.files, said, &mut stamps);
            if ready.is_empty() {
                continue;
            }
            let policy = policy_of(archive)?;
            for ready in ready.into_iter().take(AT_ONCE) {
                let around = Surroundings {
                    actor: who(ready.file.stamp.owner),
                    ..around.clone()
                };
                let came_of = take(
                    &self.root, archive, &policy, settings, &around, &folder, &ready,
                )?;
                // One that could not be moved is not taken twice.
                let key = (folder.name.clone(), ready.file.name.clone());
                self.refused.insert(key, ready.file.stamp);
                match came_of {
                    Ok(case) => {
                        // What was refused before holds no more.
                        answer::remove(&folder, &answer::name(&ready.file.name, ""));
                        opened.push(case);
                    }
                    Err(Refusal(text)) => {
                        let name = answer::name(&ready.file.name, "");
                        answer::write_or_tell(&folder, &name, &text);
                    }
                }
            }
        }
        self.refused
            .retain(|key, stamp| stamps.get(key) == Some(stamp));
        self.before = stamps;
        Ok(opened)
    }

    /// The folder and the folders in it that are named as a category.
    fn folders(&self) -> io::Result<Vec<(Folder, Option<String>)>> {
        // Who looks after the inbox tells of that.
        let Ok(inbox) = Folder::at(&self.root) else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        for name in NAMES {
            let folder = match inbox.below(name) {
                Ok(folder) => folder,
                // Without the folder there is nothing to take.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let below = folder.list()?.folders;
            let below = below
                .into_iter()
                .filter_map(|name| String::from_utf8(name).ok());
            for said in below.filter(|name| name != DONE) {
                if let Ok(inner) = folder.below(&said) {
                    all.push((inner, Some(said)));
                }
            }
            all.push((folder, None));
        }
        Ok(all)
    }

    /// What stands still, with what is said of it.
    fn ready(
        &self,
        folder: &Folder,
        files: Vec<Found>,
        said: Option<String>,
        stamps: &mut Stamps,
    ) -> Vec<Ready> {
        let key = |file: &Found| (folder.name.clone(), file.name.clone());
        let files: Vec<Found> = files
            .into_iter()
            .filter(|file| !is_passed_over(&file.name) && !is_answer(&file.name))
            .collect();
        for file in &files {
            stamps.insert(key(file), file.stamp);
        }
        let stands = |file: &Found| self.before.get(&key(file)) == Some(&file.stamp);
        let refused = |file: &Found| self.refused.get(&key(file)) == Some(&file.stamp);
        let beside = |file: &Found| {
            let of = |side: &&Found| is_side(&side.name) && describes(&side.name, &file.name);
            files.iter().find(of)
        };
        files
            .iter()
            .filter(|file| !is_side(&file.name) && stands(file) && !refused(file))
            .filter(|file| beside(file).is_none_or(stands))
            .map(|file| Ready {
                file: file.clone(),
                side: beside(file).cloned(),
                said: said.clone(),
            })
            .collect()
    }

    /// Writes the answers of cases that have moved. `saving` are those whose things are being saved just now.
    ///
    /// # Errors
    /// Those of the archive.
    pub fn answer(
        &self,
        archive: &Archive,
        saving: &HashSet<u64>,
        around: &Surroundings,
    ) -> Result<(), Error> {
        let replies = archive.catalog().removal_replies()?;
        if replies.is_empty() {
            return Ok(());
        }
        let policy = policy_of(archive)?;
        for reply in replies {
            let is_saving = saving.contains(&reply.case);
            answer_one(&self.root, archive, &policy, &reply, is_saving, around)?;
        }
        Ok(())
    }

    /// Cases of this folder whose things are not saved yet, for a start.
    ///
    /// # Errors
    /// Those of the archive.
    pub fn unfinished(&self, archive: &Archive) -> Result<Vec<u64>, Error> {
        let catalog = archive.catalog();
        let mut all = Vec::new();
        for reply in catalog.removal_replies()? {
            let case = catalog.removal(&reply.case.to_string())?;
            let untried = catalog
                .removal_objects(&case)?
                .iter()
                .any(|o| o.saved().is_none() && o.tried.is_none());
            if case.closed.is_none() && (reply.brought.is_some() || untried) {
                all.push(reply.case);
            }
        }
        Ok(all)
    }
}

fn policy_of(archive: &Archive) -> Result<Policy, Error> {
    let path = archive.paths().policy();
    let text = std::fs::read_to_string(&path).map_err(crate::workflow::io_error(&path))?;
    Ok(Policy::parse(&text, &path.display().to_string())?)
}

fn is_answer(name: &[u8]) -> bool {
    name.ends_with(ANSWER.as_bytes())
}

/// `bild.toml` and `bild.png.toml`, beside `bild.png`.
fn describes(side: &[u8], file: &[u8]) -> bool {
    let stem = |name: &[u8]| {
        let dot = name.iter().rposition(|b| *b == b'.').filter(|at| *at > 0);
        name.get(..dot.unwrap_or(name.len()))
            .unwrap_or(name)
            .to_vec()
    };
    let of = stem(side);
    of == file || of == stem(file)
}

/// Opens the case of one file, answers, and moves the file away.
fn take(
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
    let request = OpenRemoval {
        told: &things,
        account: Some(&account.id),
        category: Some(&category.id),
        discovered: None,
        published: about.time.map(|t| t.at),
        note: note.as_deref(),
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
    let name = answer::name(&ready.file.name, &case.removal.designation);
    let to = settle::unlawful_name(root, &ready.file, now);
    archive.catalog().keep_removal_reply(
        &case.removal,
        &RemovalReply {
            case: case.removal.number,
            folder: folder.name.clone(),
            name: String::from_utf8_lossy(&name).into_owned(),
            source: ready.file.told(),
            brought: brings.then(|| to.clone()),
            sha256: answer::digest(&text),
        },
    )?;
    answer::write_or_tell(folder, &name, &text);
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

fn answer_one(
    root: &Path,
    archive: &Archive,
    policy: &Policy,
    was: &RemovalReply,
    saving: bool,
    around: &Surroundings,
) -> Result<(), Error> {
    let now = (around.now)();
    let mut catalog = archive.catalog();
    let case = Case::named(&catalog, policy, &was.case.to_string(), now)?;
    let text = reply(&case, saving, now);
    let sha256 = answer::digest(&text);
    if sha256 == was.sha256 {
        return Ok(());
    }
    match Folder::at(root).and_then(|inbox| answer::below(inbox, &was.folder)) {
        Ok(folder) => {
            let name = was.name.as_bytes();
            if let Err(error) = answer::write(&folder, name, &text) {
                tracing::error!(%error, "inbox/otillåtet: an answer could not be written");
                return Ok(());
            }
        }
        // Who took the folder away wants no answer.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            tracing::error!(%error, "inbox/otillåtet: an answer could not be written");
            return Ok(());
        }
    }
    if case.removal.closed.is_some() {
        return Ok(catalog.end_removal_reply(was.case)?);
    }
    let now = RemovalReply {
        sha256,
        ..was.clone()
    };
    Ok(catalog.keep_removal_reply(&case.removal, &now)?)
}
