//! A look at a page with a browser: asked for, and again where that may help.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tempfile::TempDir;
use url::Url;

use super::{Error, told};
use crate::browser::remote::{self, Way};
use crate::browser::{self, Cookie, Job, OutwardProxy, PageLimits, TileFormat};
use crate::record::{Gap, GapReason, Page, PageOutcome};
use crate::store::Store;

/// How pages are captured here.
#[derive(Debug, Clone)]
pub struct Pages {
    /// Where the browser is had.
    pub way: Way,
    /// Chromium; without it, where the system has it.
    pub program: Option<PathBuf>,
    /// False only where the configuration says so in so many words.
    pub sandbox: bool,
    /// Hosts inside the network that pages may lead to.
    pub allow: Vec<String>,
    /// The municipality's own proxy on the way out.
    pub proxy: Option<OutwardProxy>,
    pub limits: PageLimits,
    pub tiles: TileFormat,
    /// The municipality's own rules for pages, besides those that come with arkivd.
    pub rules: Option<String>,
    /// Record the traffic of pages that are looked at with a login.
    pub traffic_when_logged_in: bool,
    /// New looks after what may pass by itself.
    pub retries: u32,
}

/// Which page, and with which login.
#[derive(Debug, Clone)]
pub struct PageRequest {
    pub address: Url,
    /// Empty for what anyone sees; or why it cannot be had.
    pub login: Result<Vec<Cookie>, String>,
    /// True for the municipality's own comment on the account of another (HAL-11).
    pub own_comment: bool,
}

/// What came of it, with the files in a folder that goes when this is dropped.
pub(super) struct Look {
    pub(super) page: Page,
    pub(super) folder: TempDir,
    pub(super) own_comment: bool,
    /// False where the configuration wants no recording of the traffic.
    pub(super) wants_traffic: bool,
    /// Looks before this one.
    pub(super) tried_before: u32,
}

impl Look {
    /// That a page was not looked at, and why.
    pub(super) fn without(
        request: &PageRequest,
        outcome: PageOutcome,
        detail: String,
        store: &Store,
        now: fn() -> DateTime<Utc>,
    ) -> Result<Self, Error> {
        let address = request.address.as_str();
        Ok(Self {
            page: Page::without(address, outcome, detail, now(), now()),
            folder: store.scratch()?,
            own_comment: request.own_comment,
            wants_traffic: false,
            tried_before: 0,
        })
    }
}

/// The first pause before a new look; each is three times the one before.
const PAUSE: Duration = Duration::from_secs(3);

/// Looks at a page. What cannot be seen is an outcome, and so is a configuration that does not hold.
///
/// # Errors
/// Those of the archive's own disk.
pub(super) async fn look(
    pages: &Result<Pages, String>,
    request: &PageRequest,
    store: &Store,
    now: fn() -> DateTime<Utc>,
) -> Result<Look, Error> {
    let not_begun =
        |outcome, detail: &String| Look::without(request, outcome, detail.clone(), store, now);
    let pages = match pages {
        Ok(pages) => pages,
        Err(fault) => return not_begun(PageOutcome::NoBrowser, fault),
    };
    let cookies = match &request.login {
        Ok(cookies) => cookies,
        Err(fault) => return not_begun(PageOutcome::LoginWall, fault),
    };
    let job = pages.job(request.address.clone(), cookies.clone());
    let mut pause = PAUSE;
    let mut tried_before = 0;
    loop {
        let folder = store.scratch()?;
        let page = once(pages, &job, folder.path(), now).await?;
        if !helps(&page) || tried_before >= pages.retries {
            return Ok(Look {
                page,
                folder,
                own_comment: request.own_comment,
                wants_traffic: job.warc,
                tried_before,
            });
        }
        tried_before += 1;
        drop(folder);
        tokio::time::sleep(pause).await;
        pause *= 3;
    }
}

/// True when another look at once may end otherwise. What asks to be left alone is left to the schedule, and so is what
/// took all its time.
fn helps(page: &Page) -> bool {
    let cut = |gap: &Gap| {
        let document = Some(&gap.what) == page.final_address.as_ref();
        document && matches!(gap.reason, GapReason::Unreachable { .. })
    };
    match page.outcome {
        PageOutcome::TooManyRequests | PageOutcome::TimedOut => false,
        // Its document broke off.
        PageOutcome::Partial => page.gaps.iter().any(cut),
        outcome => outcome.may_pass(),
    }
}

async fn once(
    pages: &Pages,
    job: &Job,
    folder: &Path,
    now: fn() -> DateTime<Utc>,
) -> Result<Page, Error> {
    let started = now();
    let without =
        |outcome, detail| Page::without(job.address.as_str(), outcome, detail, started, now());
    let error = match remote::look(&pages.way, job, folder).await {
        Ok(page) => {
            let page = held_to(page, job, started, now());
            let pictured = FIRST_TILE.iter().any(|name| folder.join(name).exists());
            return Ok(match page.outcome.is_captured() && !pictured {
                true => without(
                    PageOutcome::BrowserGone,
                    "it is said to be captured, and no picture of it came".to_owned(),
                ),
                false => page,
            });
        }
        Err(browser::Error::Folder { path, source })
            if source.kind() == std::io::ErrorKind::StorageFull =>
        {
            return Err(Error::Io { path, source });
        }
        Err(error) => error,
    };
    let outcome = match &error {
        browser::Error::Service { .. } | browser::Error::Start { .. } => PageOutcome::NoBrowser,
        browser::Error::TimedOut { .. } => PageOutcome::TimedOut,
        _ => PageOutcome::BrowserGone,
    };
    let mut detail = told(&error);
    if let Some(hint) = error.hint() {
        detail.push_str(&format!("; {hint}"));
    }
    Ok(without(outcome, in_line(&detail)))
}

/// What the first picture of the screen is called.
const FIRST_TILE: [&str; 2] = ["tile-0001.png", "tile-0001.jpg"];

/// Characters of one text that a worker tells; bytes of it are a page's to choose.
const MOST_TEXT: usize = 4_096;

/// So much of a text, in one line: it is written to terminals and logs among our own words.
fn in_line(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(MOST_TEXT).map(plain).collect()
}

/// Entries of one list.
const MOST_ENTRIES: usize = 10_000;

/// The page as told by a process that a page may have taken over, held to what is known here: the job and the clock.
fn held_to(mut page: Page, job: &Job, started: DateTime<Utc>, finished: DateTime<Utc>) -> Page {
    let clip = |text: &mut String| *text = in_line(text);
    page.address = job.address.to_string();
    page.logged_in = !job.cookies.is_empty();
    page.started = page.started.max(started).min(finished);
    page.finished = page.finished.max(started).min(finished);
    if !job.warc {
        page.warc = None;
    }
    for text in [
        &mut page.detail,
        &mut page.final_address,
        &mut page.media_type,
        &mut page.title,
        &mut page.language,
    ] {
        text.iter_mut().for_each(clip);
    }
    clip(&mut page.browser);
    clip(&mut page.user_agent);
    page.gaps.truncate(MOST_ENTRIES);
    page.actions.truncate(MOST_ENTRIES);
    page.redirects.truncate(MOST_ENTRIES);
    page.gaps.iter_mut().for_each(|gap| clip(&mut gap.what));
    for action in &mut page.actions {
        action.rule.iter_mut().for_each(clip);
        action.detail.iter_mut().for_each(clip);
    }
    page.redirects
        .iter_mut()
        .for_each(|hop| clip(&mut hop.address));
    page
}

impl Pages {
    fn job(&self, address: Url, cookies: Vec<Cookie>) -> Job {
        Job {
            address,
            program: self.program.clone(),
            allow: self.allow.clone(),
            proxy: self.proxy.clone(),
            limits: self.limits.clone(),
            tiles: self.tiles,
            rules: self.rules.clone(),
            warc: cookies.is_empty() || self.traffic_when_logged_in,
            cookies,
            sandbox: self.sandbox,
        }
    }
}

impl Look {
    /// The tiles that make up the screen, from the top.
    pub(super) fn tiles(&self) -> Result<Vec<PathBuf>, Error> {
        self.files("tile-")
    }

    /// What the browser printed, in order.
    pub(super) fn prints(&self) -> Result<Vec<PathBuf>, Error> {
        self.files("print")
    }

    fn files(&self, start: &str) -> Result<Vec<PathBuf>, Error> {
        let folder = self.folder.path();
        let fault = |source| Error::Io {
            path: folder.to_owned(),
            source,
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(fault)? {
            let path = entry.map_err(fault)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(start) {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    /// A file of the look, if there is one.
    pub(super) fn file(&self, name: &str) -> Option<PathBuf> {
        Some(self.folder.path().join(name)).filter(|path| path.exists())
    }
}
