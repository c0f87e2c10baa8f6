//! The end of a look: its outcome, the files that are kept, the account of it.

use std::fs;
use std::io::{self, Write as _};
use std::time::Duration;

use super::super::Error;
use super::super::certificate;
use super::super::proxy::{Unreached, Why};
use super::super::tiles;
use super::visit::{Stop, Visit, not_captured};
use crate::browser::paper;
use crate::record::{Gap, GapReason, Page, PageOutcome, WarcSummary};

/// The files, by their names in the folder.
pub(super) const WARC: &str = "capture.warc.gz";
const BOXES: &str = "boxes.ndjson";
const TEXT: &str = "page.txt";

/// Until the recording of the traffic is written.
const FLUSH: Duration = Duration::from_secs(30);

/// Hosts that were not reached and requests that were stuck; a page may have thousands.
const GAPS: usize = 100;

impl Visit<'_> {
    /// `ended` is `None` where the time was over.
    pub(super) async fn conclude(
        &mut self,
        ended: Option<Result<(), Stop>>,
        page: &mut Page,
    ) -> Result<(), Error> {
        let (outcome, detail) = match ended {
            Some(Ok(())) => (PageOutcome::Captured, None),
            Some(Err(Stop::Judged(outcome, detail))) => (outcome, detail),
            Some(Err(Stop::Fault(error @ Error::Write { .. }))) => return Err(error),
            Some(Err(Stop::Fault(error))) => self.fault(&error),
            None => self.out_of_time(),
        };
        let (outcome, detail) = match outcome.is_captured() && self.standing() != self.judged {
            // What was taken is of two documents, and one of them nobody has looked at.
            true => (
                PageOutcome::Crashed,
                Some("the page went on to another while it was taken".to_owned()),
            ),
            false => (outcome, detail),
        };
        self.account(page).await;
        page.warc = self.recorded(page).await;
        page.outcome = outcome;
        page.detail = detail;
        if outcome.is_captured() {
            self.unreached_gaps();
            self.without_login();
            self.write()
                .map_err(|(path, source)| Error::Write { path, source })?;
            page.width = self.size.0;
            page.height = self.tiles.height;
            page.gaps = std::mem::take(&mut self.gaps);
            if !page.gaps.is_empty() {
                page.outcome = PageOutcome::Partial;
            }
        } else {
            page.warc = None;
            self.remove();
        }
        self.account_without_login(page);
        Ok(())
    }

    /// Servers write a login's values into addresses, and these into the page's words.
    fn without_login(&mut self) {
        let login = self.login();
        if let Some(words) = self.words.as_mut().filter(|_| login.is_some()) {
            words.text = login.text(&words.text).0;
        }
    }

    /// The same of what is told of the page.
    fn account_without_login(&self, page: &mut Page) {
        let login = self.login();
        if !login.is_some() {
            return;
        }
        let clean = |text: &mut String| *text = login.text(text).0;
        for text in [&mut page.detail, &mut page.final_address, &mut page.title] {
            text.iter_mut().for_each(clean);
        }
        page.redirects
            .iter_mut()
            .for_each(|hop| clean(&mut hop.address));
        page.gaps.iter_mut().for_each(|gap| clean(&mut gap.what));
        for action in &mut page.actions {
            action.detail.iter_mut().for_each(clean);
        }
    }

    /// Ends the recording of the traffic, if there is one; a gap says where it is lacking.
    async fn recorded(&mut self, page: &Page) -> Option<WarcSummary> {
        let recorder = self.recorder.take()?;
        let mut fields = Vec::new();
        for (name, value) in [
            ("title", &page.title),
            ("final-address", &page.final_address),
        ] {
            fields.extend(value.clone().map(|value| (name, value)));
        }
        recorder.metadata(&page.address, fields);
        let error = match tokio::time::timeout(FLUSH, recorder.finish()).await {
            Ok(Ok((summary, _))) => return Some(summary),
            Ok(Err(error)) => super::chain(&error),
            Err(_) => format!("it did not end within {} s", FLUSH.as_secs()),
        };
        let _ = fs::remove_file(self.folder.join(WARC));
        self.gaps.push(Gap {
            what: "the recording of the traffic".to_owned(),
            reason: not_captured(&error),
        });
        None
    }

    fn fault(&self, error: &Error) -> (PageOutcome, Option<String>) {
        let told = super::chain(error);
        let outcome = match error {
            error if error.is_end() => PageOutcome::BrowserGone,
            Error::TimedOut { .. } => PageOutcome::TimedOut,
            _ => PageOutcome::Crashed,
        };
        let crash = self.open.as_ref().and_then(|o| o.interruptions.crash());
        let detail = match (outcome, crash) {
            (PageOutcome::Crashed, Some(crash)) => format!("{told} ({crash})"),
            _ => told,
        };
        (outcome, Some(detail))
    }

    /// What was taken until then is kept, if the words to it are there too.
    fn out_of_time(&mut self) -> (PageOutcome, Option<String>) {
        let seconds = self.job.limits.seconds;
        if self.tiles.count == 0 || self.words.is_none() {
            let detail = format!("the whole was given {seconds} s");
            return (PageOutcome::TimedOut, Some(detail));
        }
        if self.tiles.height < self.size.1 {
            self.gaps.push(Gap {
                what: format!("the page below {} pixels", self.tiles.height),
                reason: GapReason::TimedOut { seconds },
            });
        }
        if !self.printed {
            paper::remove(self.folder);
            self.gaps.push(Gap {
                what: "the page's print".to_owned(),
                reason: GapReason::TimedOut { seconds },
            });
        }
        (PageOutcome::Partial, None)
    }

    async fn account(&mut self, page: &mut Page) {
        page.user_agent.clone_from(&self.user_agent);
        if let Some(survey) = self.survey.take() {
            let some = |text: String| (!text.is_empty()).then_some(text);
            page.title = some(survey.title);
            page.language = some(survey.language);
        }
        page.actions = std::mem::take(&mut self.actions);
        let Some(open) = &self.open else { return };
        page.actions.extend(open.interruptions.actions());
        page.actions.sort_by_key(|action| action.at);
        (page.requests, page.bytes) = open.traffic.amounts();
        page.redirects = open.traffic.redirects();
        let Some(document) = open.traffic.document() else {
            return;
        };
        page.status = document.status;
        page.media_type = document.media_type;
        // Where no page came of it, the browser is at a page of its own.
        let is_at = self.final_address.take().filter(|a| a.starts_with("http"));
        page.final_address = is_at.or(Some(document.address.clone()));
        if let Some(security) = &document.security {
            page.certificate = certificate::of(&open.page, &document.address, security).await;
        }
    }

    /// What the page lacks because its hosts were not reached. Those are left out that no page has a say in.
    fn unreached_gaps(&mut self) {
        let unreached = self.proxy.unreached();
        let lacks = unreached.into_iter().filter_map(lack);
        self.gaps.extend(lacks.take(GAPS));
        if let Some(words) = &self.words {
            self.gaps.extend(words.missing.iter().map(|(_, why)| Gap {
                what: "the words of a frame".to_owned(),
                reason: not_captured(why),
            }));
        }
    }

    /// Words below the last tile are not on any picture.
    fn write(&self) -> Result<(), (std::path::PathBuf, io::Error)> {
        let Some(words) = &self.words else {
            return Ok(());
        };
        let path = self.folder.join(BOXES);
        let height = f64::from(self.tiles.height);
        let lines = words.lines.iter().filter(|line| line.y < height);
        let written = fs::File::create(&path).and_then(|file| {
            let mut to = io::BufWriter::new(file);
            for line in lines {
                serde_json::to_writer(&mut to, line)?;
                to.write_all(b"\n")?;
            }
            to.flush()
        });
        written.map_err(|e| (path, e))?;
        let path = self.folder.join(TEXT);
        fs::write(&path, &words.text).map_err(|e| (path, e))
    }

    /// Nothing is left of a page that is not kept.
    fn remove(&self) {
        let gone = |name: &str| {
            let _ = fs::remove_file(self.folder.join(name));
        };
        for number in 1..=self.tiles.count.saturating_add(1) {
            gone(&tiles::file_name(number, self.job.tiles));
        }
        [WARC, BOXES, TEXT].into_iter().for_each(gone);
        paper::remove(self.folder);
    }
}

fn lack(unreached: Unreached) -> Option<Gap> {
    let reason = match unreached.why {
        Why::Inside => GapReason::InsideNetwork,
        Why::NotFound => GapReason::Unreachable {
            detail: "the name leads nowhere".to_owned(),
        },
        Why::Connection { detail } | Why::Broken { detail } => GapReason::Unreachable { detail },
        Why::TimedOut { seconds } => GapReason::TimedOut { seconds },
        Why::BytesLimit { limit } => GapReason::LimitReached {
            limit: format!("{limit} bytes"),
        },
        Why::ConnectionsLimit { limit } => GapReason::LimitReached {
            limit: format!("{limit} connections"),
        },
        Why::CallHome | Why::NotAnAddress | Why::OtherUser => return None,
    };
    Some(Gap {
        what: unreached.to,
        reason,
    })
}
