//! What came when a page was asked for: the page itself, or something that stands before it and may go.

use std::time::{Duration, Instant};

use serde_json::Value;
use url::Url;

use super::super::Error;
use super::super::cdp::Session;
use super::super::outcome::{self, way};
use super::super::survey::{self, Survey};
use super::ask;
use super::visit::{Stop, Visit, is_end, not_captured};
use crate::record::{Action, ActionKind, Gap, PageOutcome};

/// A browser that is looked at by a machine is let in after so long, or not.
const CHALLENGE: Duration = Duration::from_secs(10);

/// A page that says it loads, or waits for answers, and shows nothing else, is waited for so long.
const FILLING: Duration = Duration::from_secs(15);

/// Whether the document has a place of that name, as it is written or percent-decoded (HTML, 7.4.6.4).
const HAS_PLACE: &str = "place => {
    const names = [place];
    try { names.push(decodeURIComponent(place)); } catch {}
    return names.some(n => document.getElementById(n) !== null || document.getElementsByName(n).length > 0);
}";

impl Visit<'_> {
    /// Waits for the page and judges what came, by its looks too where its status alone says too little. What tries
    /// the browser and then leads on is waited for. False when it may run no scripts any more.
    pub(super) async fn arrived(&mut self, page: &Session, went: &ask::Went) -> Result<bool, Stop> {
        let begun = Instant::now();
        loop {
            let runs = self.settled(page).await?;
            self.survey = None;
            let standing = self.standing();
            let document = self.open.as_ref().and_then(|o| o.traffic.document());
            let status = document.and_then(|d| d.status);
            if status.is_some_and(outcome::says_more) {
                self.glanced(page).await?;
            }
            match self.judge(went) {
                Err(Stop::Judged(PageOutcome::Captcha, sign)) => {
                    while self.standing() == standing {
                        if begun.elapsed() > CHALLENGE {
                            return Err(Stop::Judged(PageOutcome::Captcha, sign));
                        }
                        tokio::time::sleep(Duration::from_millis(200)).await;
                    }
                }
                Ok(()) => {
                    if runs {
                        self.filled(page, went).await?;
                    }
                    return Ok(runs);
                }
                judged => return judged.map(|()| runs),
            }
        }
    }

    /// Waits while the page is a shell that something is under way to.
    async fn filled(&mut self, page: &Session, went: &ask::Went) -> Result<(), Stop> {
        let begun = Instant::now();
        let half = Duration::from_secs(self.job.limits.seconds / 2);
        while begun.elapsed() < FILLING && self.begun.elapsed() < half {
            self.glanced(page).await?;
            let Err(Stop::Judged(PageOutcome::EmptyShell, _)) = self.judge(went) else {
                break;
            };
            let loads = self.survey.as_ref().is_some_and(|s| s.loading);
            let waits = |o: &super::visit::Open| !o.traffic.under_way().is_empty();
            if !loads && !self.open.as_ref().is_some_and(waits) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        self.survey = None;
        Ok(())
    }

    /// Brings the page to its whole. Where a question of consent stood before it and was answered, it is gone to again:
    /// the answer may lead to any other.
    pub(super) async fn read(&mut self, page: &Session) -> Result<(), Stop> {
        let gaps = self.gaps.len();
        let (standing, led) = (self.standing(), self.led_elsewhere());
        let mut asked = false;
        if led {
            self.glanced(page).await?;
            let is_asked = |s: &Survey| s.consent_address || s.consent_page.is_some();
            asked = self.survey.as_ref().is_some_and(is_asked);
        }
        self.whole(page).await?;
        asked |= !led && self.standing() != standing;
        let declined = |a: &Action| a.what == ActionKind::ConsentDeclined;
        if !asked || !self.led_elsewhere() || !self.actions.iter().any(declined) {
            return Ok(());
        }
        self.gaps.truncate(gaps);
        let went = ask::navigate(page, self.job.address.as_str()).await?;
        self.arrived(page, &went).await?;
        self.whole(page).await?;
        Ok(())
    }

    /// The same, of what may not answer: then what else is known of it tells.
    async fn glanced(&mut self, page: &Session) -> Result<(), Error> {
        match self.surveyed(page).await {
            Err(error) if is_end(&error) => Err(error),
            Err(_) | Ok(()) => Ok(()),
        }
    }

    /// Where the page is at the end, and what it looks like.
    pub(super) async fn surveyed(&mut self, page: &Session) -> Result<(), Error> {
        self.final_address = ask::address(page).await?;
        let mut seen = survey::survey(page, self.rules).await?;
        let frames = self.open.as_ref().map(|o| o.attach.frames());
        let frames: Vec<Session> = frames.into_iter().flatten().map(|f| f.session).collect();
        survey::frames(&mut seen, page, &frames, self.rules).await?;
        self.survey = Some(seen);
        Ok(())
    }

    /// The page is at another address than was asked for.
    pub(super) fn led_away(&self) -> bool {
        let at = self.final_address.as_deref();
        let at = at.and_then(|at| Url::parse(at).ok());
        at.is_some_and(|at| way::led_away(&self.job.address, &at))
    }

    /// The document is another than was asked for.
    fn led_elsewhere(&self) -> bool {
        self.stands_at()
            .is_some_and(|at| way::led_away(&self.job.address, &at))
    }

    fn stands_at(&self) -> Option<Url> {
        let document = self.open.as_ref()?.traffic.document()?;
        Url::parse(&document.address).ok()
    }

    /// A page without the place in it that was asked for (`#comment-99`) is told. What a script makes of what stands
    /// after `#` is no place.
    pub(super) async fn lacks_place(&mut self, page: &Session) -> Result<(), Error> {
        let is_name = |c: char| c.is_alphanumeric() || "-_.%".contains(c);
        let place = self.job.address.fragment();
        let Some(place) = place.filter(|p| !p.is_empty() && p.chars().all(is_name)) else {
            return Ok(());
        };
        let asked = format!("({HAS_PLACE})({})", Value::from(place));
        if ask::value(page, &asked).await? != Value::Bool(false) {
            return Ok(());
        }
        let detail = format!("the page has nothing of the name #{place}");
        self.gaps.push(Gap {
            what: self.job.address.to_string(),
            reason: not_captured(&detail),
        });
        Ok(())
    }

    /// A page that was led to and does not name what was asked for is told.
    pub(super) fn strayed(&mut self) {
        let at = self.stands_at();
        let Some(at) = at.filter(|at| way::strayed(&self.job.address, at)) else {
            return;
        };
        let detail = format!("it led to {at}, which has nothing of the address's name");
        self.gaps.push(Gap {
            what: self.job.address.to_string(),
            reason: not_captured(&detail),
        });
    }
}
