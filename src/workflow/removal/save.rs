//! Saving what a case is about: by the platform's interface, and as the screen shows it, within a minute.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::block_in_place;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::{Case, CaseObject, Means, mark};
use crate::catalog::{NewRemovalStep, RemovalWhat};
use crate::policy::Policy;
use crate::record::{Account, BagId, GapReason, Page, Reason};
use crate::workflow::{
    Archive, Error, PageRequest, SnapshotRequest, Surroundings, Timetable, WatchRequest,
    is_watched, take_snapshot, told, watch_account,
};

/// What came of it.
#[derive(Debug, Clone)]
pub struct SaveReport {
    pub case: Case,
    /// What went wrong on the way, a line each; what is saved all the same is saved.
    pub problems: Vec<String>,
}

/// Tries to save what a case is about, and to find its records. Ends within `limit`: what was not done by then is told.
///
/// # Errors
/// Those of the archive's own disk. That a platform does not answer is told, and noted in the case.
pub async fn save_removal(
    archive: &Arc<Archive>,
    policy: &Policy,
    name: &str,
    means: Means<'_>,
    limit: Duration,
    around: &Surroundings,
) -> Result<SaveReport, Error> {
    let end = Instant::now() + limit;
    let (before, accounts) = block_in_place(|| {
        let mut catalog = archive.catalog();
        let case = Case::named(&catalog, policy, name, (around.now)())?;
        case.no_emergency("nothing of it is saved")?;
        link(&mut catalog, policy, name, around)?;
        let case = Case::named(&catalog, policy, name, (around.now)())?;
        let accounts = mark::accounts(&catalog, &case)?;
        Ok::<_, Error>((case, accounts))
    })?;
    let number = before.removal.number.to_string();
    let looks = around.pages.is_some();
    let mut saving = Saving {
        archive,
        around,
        means,
        problems: HashMap::new(),
        pages: HashMap::new(),
    };
    // Both ways get their share of the time.
    let half = match looks {
        true => Instant::now() + limit / 2,
        false => end,
    };
    for account in &accounts {
        if account.platform.has_records() {
            saving.by_interface(account, half).await?;
        }
    }
    let case = block_in_place(|| {
        let mut catalog = archive.catalog();
        link(&mut catalog, policy, &number, around)?;
        let now = (around.now)();
        catalog.settle_records_of(&before.removal, &around.actor, now)?;
        Case::named(&catalog, policy, &number, now)
    })?;
    for object in case.objects.iter().filter(|o| wants_page(o)) {
        if let Some(account) = accounts.iter().find(|a| a.id == object.object.account) {
            saving.by_browser(account, object, end).await?;
        }
    }
    block_in_place(|| saving.note(policy, &before, &case))
}

/// What is hidden may be shown still to who has the account's login, and is looked at until it is saved. A comment that
/// its query names is not: the page of what it stands under is there without it.
fn wants_page(object: &CaseObject) -> bool {
    let comment = object.address().is_some_and(is_comment);
    object.object.page.is_none() && (object.gone().is_none() || object.saved.is_none() && !comment)
}

/// True of an address whose query names a comment: so do Facebook, YouTube and LinkedIn.
fn is_comment(address: &str) -> bool {
    const NAMES: [&str; 4] = ["comment_id", "reply_comment_id", "lc", "commentUrn"];
    Url::parse(address).is_ok_and(|url| url.query_pairs().any(|(key, _)| NAMES.contains(&&*key)))
}

/// Finds the records of addresses that had none yet.
fn link(
    catalog: &mut crate::catalog::Catalog,
    policy: &Policy,
    name: &str,
    around: &Surroundings,
) -> Result<(), Error> {
    let case = Case::named(catalog, policy, name, (around.now)())?;
    for object in &case.objects {
        if object.object.record.is_none()
            && let Some(address) = &object.object.address
            && let Some(record) = catalog.record_at(&object.object.account, address)?
        {
            catalog.link_removal_object(object.object.row, record)?;
        }
    }
    Ok(())
}

struct Saving<'a> {
    archive: &'a Arc<Archive>,
    around: &'a Surroundings,
    means: Means<'a>,
    /// By account: why its interface gave nothing.
    problems: HashMap<String, String>,
    /// By page: the bag it is in, or why it is in none.
    pages: HashMap<String, Result<BagId, String>>,
}

impl Saving<'_> {
    async fn by_interface(&mut self, account: &Account, end: Instant) -> Result<(), Error> {
        let credential = match (self.means.credential)(account) {
            Ok(credential) => credential,
            Err(why) => {
                self.problems.insert(account.id.to_string(), why);
                return Ok(());
            }
        };
        let scheduled = Timetable::load(self.archive.paths())
            .is_ok_and(|timetable| is_watched(&timetable, &account.id));
        let request = WatchRequest {
            account: account.id.clone(),
            settles: None,
            pace: self.means.pace,
            scheduled,
        };
        let look = watch_account(
            self.archive,
            self.means.client,
            credential.as_ref(),
            &request,
            self.around,
            &|_| {},
        );
        let why = match timeout_at(end, look).await {
            Ok(Ok(report)) => report.error,
            Ok(Err(error)) if error.needs_start_up() => return Err(error),
            Ok(Err(error)) => Some(told(&error)),
            Err(_) => Some("the platform's interface was not read in time".to_owned()),
        };
        if let Some(why) = why {
            self.problems.insert(account.id.to_string(), why);
        }
        Ok(())
    }

    async fn by_browser(
        &mut self,
        account: &Account,
        object: &CaseObject,
        end: Instant,
    ) -> Result<(), Error> {
        let Some(page) = page_of(object) else {
            return Ok(());
        };
        if self.pages.contains_key(page.as_str()) {
            return Ok(());
        }
        let came_of = match &self.around.pages {
            None => Err("no pages are captured here".to_owned()),
            Some(_) if Instant::now() >= end => {
                Err("the time was over before its page was looked at".to_owned())
            }
            Some(_) => self.look(account, &page, end).await?,
        };
        self.pages.insert(page.to_string(), came_of);
        Ok(())
    }

    async fn look(
        &self,
        account: &Account,
        page: &Url,
        end: Instant,
    ) -> Result<Result<BagId, String>, Error> {
        let request = SnapshotRequest {
            account: account.id.clone(),
            reason: Reason::Manual,
            records: false,
            page: Some(PageRequest {
                address: page.clone(),
                // The account of another is looked at as anyone sees it.
                login: match page.origin() == account.address.origin() {
                    true => (self.means.login)(account, page),
                    false => Ok(Vec::new()),
                },
                own_comment: false,
            }),
            entire: false,
            settles: None,
        };
        let taken = take_snapshot(
            self.archive,
            self.means.client,
            None,
            &request,
            self.around,
            &|_| {},
        );
        Ok(match timeout_at(end, taken).await {
            Err(_) => Err("its page was not captured in time".to_owned()),
            Ok(Err(error)) if error.needs_start_up() => return Err(error),
            Ok(Err(error)) => Err(told(&error)),
            Ok(Ok(report)) => {
                if let Some(why) = report.page.as_ref().and_then(another) {
                    return Ok(Err(why));
                }
                let bag = block_in_place(|| self.archive.catalog().page_bag(report.capture))?;
                let why = || {
                    report
                        .error
                        .clone()
                        .unwrap_or_else(|| "its page gave nothing".to_owned())
                };
                bag.ok_or_else(why)
            }
        })
    }

    /// Writes what came of it into the case.
    fn note(&self, policy: &Policy, before: &Case, case: &Case) -> Result<SaveReport, Error> {
        let now = (self.around.now)();
        let mut catalog = self.archive.catalog();
        let mut problems = Vec::new();
        for object in &case.objects {
            let page = page_of(object);
            let page = page.and_then(|page| self.pages.get(page.as_str()));
            let by_interface = self.problems.get(object.object.account.as_str());
            let held = object
                .object
                .record
                .as_ref()
                .is_some_and(|r| r.bag.is_some());
            let mut lacks: Vec<&str> = Vec::new();
            if !held {
                lacks.push(
                    by_interface.map_or("the platform's interface did not show it", String::as_str),
                );
            }
            if let Some(Err(why)) = page {
                lacks.push(why);
            }
            let bag = page.and_then(|p| p.as_ref().ok()).copied();
            let saved = held || bag.is_some() || object.object.page.is_some();
            let told = lacks.join("; ");
            if !saved || by_interface.is_some() || matches!(page, Some(Err(_))) {
                let name = object.address().unwrap_or("a record").to_owned();
                problems.push(format!("{name}: {told}"));
            }
            let problem = (!saved).then_some(told.as_str());
            catalog.note_saving(object.object.row, bag, problem, now)?;
            let was = before
                .objects
                .iter()
                .find(|o| o.object.row == object.object.row);
            let was_saved = was.is_some_and(|o| {
                o.saved.is_some()
                    && before
                        .steps
                        .iter()
                        .any(|s| s.what == RemovalWhat::Saved && s.object == Some(o.object.row))
            });
            let held_in = object
                .object
                .record
                .as_ref()
                .and_then(|r| r.bag)
                .map(|(bag, _)| bag);
            let bag = held_in.or(bag).map(|bag| bag.to_string());
            let (what, value, text) = match (saved, was_saved) {
                (true, true) => continue,
                (true, false) => (RemovalWhat::Saved, bag.as_deref(), None),
                (false, _) => (RemovalWhat::NotSaved, None, problem),
            };
            catalog.note_removal(
                &case.removal,
                &[NewRemovalStep {
                    object: Some(object.object.row),
                    value,
                    text,
                    ..NewRemovalStep::of(what, now, now, &self.around.actor)
                }],
            )?;
        }
        problems.dedup();
        let number = case.removal.number.to_string();
        Ok(SaveReport {
            case: Case::named(&catalog, policy, &number, now)?,
            problems,
        })
    }
}

/// How a look was led to a page that is not the one asked for. Its bag is kept, and saves nothing of the case.
fn another(page: &Page) -> Option<String> {
    let told = page.gaps.iter().find_map(|gap| match &gap.reason {
        GapReason::NotCaptured { detail } if gap.what == page.address => Some(detail.clone()),
        _ => None,
    });
    told.or_else(|| {
        let at = page.final_address.as_deref()?;
        let (asked, at) = (Url::parse(&page.address).ok()?, Url::parse(at).ok()?);
        (!is_front(&asked) && is_front(&at)).then(|| format!("it led to {at}, the front page"))
    })
}

/// True of a host's first page. What is counted by a query (`/?p=17`) or shown by a script (`/#/17`) is another.
fn is_front(address: &Url) -> bool {
    let counts = |key: &str| !key.starts_with("utm_") && !key.ends_with("clid");
    address.path().trim_matches('/').is_empty()
        && !address.query_pairs().any(|(key, _)| counts(&key))
        && !address.fragment().is_some_and(|f| f.contains('/'))
}

/// The page that something lies on. Comments of one post share it; one that its page alone can save is looked for by its
/// place there.
fn page_of(object: &CaseObject) -> Option<Url> {
    let mut page = Url::parse(object.address()?).ok()?;
    if object.saved.is_some() {
        page.set_fragment(None);
    }
    Some(page)
}
