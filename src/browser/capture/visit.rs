//! The steps of one look, in order; what it found stays when it is cut short.

use std::fs::File;
use std::path::Path;
use std::pin::Pin;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::super::attach::Attach;
use super::super::cdp::Session;
use super::super::interruptions::Interruptions;
use super::super::launch::Browser;
use super::super::outcome::{self, Evidence};
use super::super::proxy::{Proxy, Why};
use super::super::recorder::{Login, Recorder, RecorderOptions};
use super::super::rules::PageRules;
use super::super::survey::Survey;
use super::super::tiles::Tiles;
use super::super::traffic::Traffic;
use super::super::words::Words;
use super::super::{Error, Job, conditions, whole};
use super::ask;
use crate::record::{Action, Gap, GapReason, PageOutcome};

/// Without a new request for so long, a page is loaded.
const LOADED: Duration = Duration::from_millis(500);

/// Without a new request for so long, what a page was asked for is there.
const ANSWERED: Duration = Duration::from_millis(150);

/// A page that asks for something all the time is not waited for longer.
const LOADING: Duration = Duration::from_secs(15);

/// Pages that say of themselves that they lead on, one after the other.
const REFRESHES: u32 = 5;

/// What only scripts bring.
const UNASKED: &str = "what the page shows only when asked";

/// Why a look ends before its end.
pub(super) enum Stop {
    Judged(PageOutcome, Option<String>),
    Fault(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

/// What stands around a page once it is open.
pub(super) struct Open {
    pub(super) page: Session,
    /// The id of its main frame.
    pub(super) frame: String,
    pub(super) traffic: Traffic,
    pub(super) interruptions: Interruptions,
    pub(super) attach: Attach,
}

pub(super) struct Visit<'a> {
    pub(super) job: &'a Job,
    pub(super) rules: &'a PageRules,
    pub(super) folder: &'a Path,
    started: DateTime<Utc>,
    pub(super) begun: Instant,
    pub(super) proxy: &'a Proxy,
    pub(super) browser: &'a Browser,
    pub(super) open: Option<Open>,
    pub(super) recorder: Option<Recorder<File>>,
    pub(super) user_agent: String,
    pub(super) survey: Option<Survey>,
    /// The document that was judged to be the page: no other is kept for it.
    pub(super) judged: Option<String>,
    pub(super) final_address: Option<String>,
    pub(super) actions: Vec<Action>,
    pub(super) gaps: Vec<Gap>,
    /// Of the page, when it was measured.
    pub(super) size: (u32, u32),
    pub(super) words: Option<Words>,
    pub(super) tiles: Tiles,
    /// The print is whole, or a gap says why it is not.
    pub(super) printed: bool,
}

impl<'a> Visit<'a> {
    pub(super) fn new(
        job: &'a Job,
        rules: &'a PageRules,
        folder: &'a Path,
        (started, begun): (DateTime<Utc>, Instant),
        proxy: &'a Proxy,
        browser: &'a Browser,
    ) -> Self {
        Self {
            job,
            rules,
            folder,
            started,
            begun,
            proxy,
            browser,
            open: None,
            recorder: None,
            user_agent: String::new(),
            survey: None,
            judged: None,
            final_address: None,
            actions: Vec::new(),
            gaps: Vec::new(),
            size: (0, 0),
            words: None,
            tiles: Tiles::default(),
            printed: false,
        }
    }

    pub(super) async fn run(&mut self) -> Result<(), Stop> {
        let open = self.opened().await?;
        let open = self.open.insert(open);
        let page = open.page.clone();
        let went = ask::navigate(&page, self.job.address.as_str()).await?;
        if went.failed() {
            // The account of the network comes by another way than the answer.
            open.traffic
                .quiet(Duration::from_millis(100), LOADING)
                .await;
            self.judge(&went)?;
        }
        let runs = self.arrived(&page, &went).await?;
        if runs {
            self.read(&page).await?;
        } else {
            self.gaps.push(Gap {
                what: UNASKED.to_owned(),
                reason: not_captured("its scripts do not end, and were stopped"),
            });
        }
        self.judged = self.standing();
        self.surveyed(&page).await?;
        self.judge(&went)?;
        self.strayed();
        self.lacks_place(&page).await?;
        self.look(&page).await
    }

    async fn opened(&mut self) -> Result<Open, Error> {
        self.user_agent = conditions::user_agent(self.browser).await?;
        let connection = self.browser.connection();
        let context = self.browser.context().await?;
        let (page, target) = self.browser.page_in(&context).await?;
        let interruptions = Interruptions::meet(connection, &context, &target, self.begun);
        let cookies = &self.job.cookies;
        let refused = conditions::set(self.browser, &context, &page, cookies).await?;
        self.gaps.extend(refused.into_iter().map(|domain| Gap {
            what: format!("a cookie of {domain}"),
            reason: not_captured("the browser does not take it"),
        }));
        let frame = ask::main_frame(&page).await?;
        let traffic = Traffic::follow(connection, &page, &frame);
        let mut commands = conditions::commands(&self.user_agent);
        commands.push((
            "Page.addScriptToEvaluateOnNewDocument",
            json!({"source": whole::FIRST, "worldName": whole::NAME}),
        ));
        if self.job.warc {
            self.recorder = Some(self.recorder()?);
            commands.extend(Recorder::<File>::commands());
        }
        let attach = Attach::start(connection, &page, commands).await?;
        Ok(Open {
            page,
            frame,
            traffic,
            interruptions,
            attach,
        })
    }

    /// The values that stand for the login; none for what anyone sees.
    pub(super) fn login(&self) -> Login {
        Login::of(self.job.cookies.iter().map(|c| c.value.as_str()))
    }

    fn recorder(&self) -> Result<Recorder<File>, Error> {
        let path = self.folder.join(super::conclude::WARC);
        let to = File::create(&path).map_err(|source| Error::Write { path, source })?;
        let software = concat!("arkivd/", env!("CARGO_PKG_VERSION"));
        let options = RecorderOptions {
            body_bytes: self.job.limits.body_bytes,
            total_bytes: self.job.limits.warc_bytes,
            folder: Some(self.folder.to_owned()),
            proxy: Some(self.proxy.reached()),
            login: self.login(),
            // It counts from here on; the browser took its time to start.
            ..RecorderOptions::new(software, self.started + self.begun.elapsed())
        };
        let connection = self.browser.connection();
        Ok(Recorder::start(connection, to, options))
    }

    /// Waits until the page is loaded, follows it where it leads on by itself, and ends scripts that never end.
    /// False when it may run none any more.
    pub(super) async fn settled(&self, page: &Session) -> Result<bool, Error> {
        let Some(open) = &self.open else {
            return Ok(true);
        };
        open.traffic.quiet(LOADED, LOADING).await;
        let mut runs = open.interruptions.responsive(page).await?;
        for _ in 0..REFRESHES {
            let Some(seconds) = ask::refresh(page).await? else {
                break;
            };
            let before = self.standing();
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
            open.traffic.quiet(LOADED, LOADING).await;
            runs &= open.interruptions.responsive(page).await?;
            if self.standing() == before {
                break;
            }
        }
        Ok(runs)
    }

    /// Brings the page to its whole, as far as the rules know how.
    pub(super) async fn whole(&mut self, page: &Session) -> Result<(), Error> {
        let Some(open) = &self.open else {
            return Ok(());
        };
        let frames = || {
            let frames = open.attach.frames();
            frames.into_iter().map(|f| f.session).collect()
        };
        let quiet = |at_most| -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
            Box::pin(async move {
                open.traffic.quiet(ANSWERED, at_most).await;
            })
        };
        let look = whole::Look {
            page,
            frames: &frames,
            rules: self.rules,
            limits: &self.job.limits,
            quiet: &quiet,
            logged_in: !self.job.cookies.is_empty(),
            begun: self.begun,
        };
        match whole::bring_to_whole(&look, &mut self.actions).await {
            Ok(whole) => {
                // The height is measured again, with what it is.
                let gaps = whole.gaps().into_iter().filter(|gap| !is_height(gap));
                self.gaps.extend(gaps);
            }
            Err(error @ Error::TimedOut { .. }) => {
                open.interruptions.responsive(page).await?;
                self.lacks(UNASKED, &error);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    pub(super) fn standing(&self) -> Option<String> {
        self.open.as_ref().and_then(|o| o.traffic.standing())
    }

    /// Ends the look where what was found is no page to keep.
    pub(super) fn judge(&self, went: &ask::Went) -> Result<(), Stop> {
        let document = self.open.as_ref().and_then(|o| o.traffic.document());
        let document = document.unwrap_or_default();
        let net_error = document.failed.as_deref().or(went.error.as_deref());
        let unreached = self.unreached(&document.address);
        let evidence = Evidence {
            status: document.status,
            media_type: document.media_type.as_deref(),
            net_error,
            unreached: unreached.as_ref(),
            is_download: went.is_download,
            survey: self.survey.as_ref(),
            led_away: self.led_away(),
        };
        match outcome::judge(evidence) {
            (PageOutcome::Captured, _) => Ok(()),
            (outcome, detail) => Err(Stop::Judged(outcome, detail)),
        }
    }

    /// Why the proxy did not reach the host of this address.
    fn unreached(&self, address: &str) -> Option<Why> {
        let url = url::Url::parse(address).ok()?;
        let port = url.port_or_known_default()?;
        let to = format!("{}:{port}", url.host_str()?);
        let mut found: Vec<Why> = self
            .proxy
            .unreached()
            .into_iter()
            .filter(|u| u.to == to)
            .map(|u| u.why)
            .collect();
        found.sort_by_key(|why| !matches!(why, Why::Inside | Why::NotFound));
        found.into_iter().next()
    }

    pub(super) fn lacks(&mut self, what: &str, error: &Error) {
        self.gaps.push(Gap {
            what: what.to_owned(),
            reason: not_captured(&super::chain(error)),
        });
    }
}

pub(super) fn not_captured(detail: &str) -> GapReason {
    GapReason::NotCaptured {
        detail: detail.to_owned(),
    }
}

fn is_height(gap: &Gap) -> bool {
    matches!(&gap.reason, GapReason::LimitReached { limit } if limit == "height")
}

/// Nothing more can come of this page.
pub(super) fn is_end(error: &Error) -> bool {
    error.is_end() || matches!(error, Error::Crashed { .. } | Error::Detached { .. })
}
