//! How a look at a page ended, by what the network and the page said of it.

pub mod way;

use super::proxy::Why;
use super::survey::Survey;
use crate::record::PageOutcome;

/// What is known when a page is judged.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// HTTP status of the document.
    pub status: Option<u16>,
    pub media_type: Option<&'a str>,
    /// As the browser names it: `net::ERR_CONNECTION_REFUSED`.
    pub net_error: Option<&'a str>,
    /// Why the proxy did not reach the document's host, if it did not.
    pub unreached: Option<&'a Why>,
    /// The address leads to a file that the browser would save.
    pub is_download: bool,
    /// How the page looks, once it was brought to its whole.
    pub survey: Option<&'a Survey>,
    /// The page is at another address than was asked for.
    pub led_away: bool,
}

/// The outcome that all this makes, and what it is about; [`PageOutcome::Captured`] when nothing speaks against the page.
pub fn judge(evidence: Evidence<'_>) -> (PageOutcome, Option<String>) {
    if evidence.is_download {
        let detail = evidence.media_type.unwrap_or("a file to be saved");
        return (PageOutcome::NotAPage, Some(detail.to_owned()));
    }
    if let Some(status) = evidence.status {
        if let Some(outcome) = by_status(status) {
            let page = evidence.survey.filter(|_| says_more(status));
            let behind = page.and_then(|s| by_wall(s, status, evidence.led_away));
            return behind.unwrap_or((outcome, Some(status.to_string())));
        }
    } else if let Some(error) = evidence.net_error {
        return by_error(error, evidence.unreached);
    }
    if let Some(kind) = evidence.media_type.filter(|kind| !is_page(kind)) {
        return (PageOutcome::NotAPage, Some(kind.to_owned()));
    }
    let judged = evidence
        .survey
        .and_then(|s| by_survey(s, evidence.led_away));
    judged.unwrap_or((PageOutcome::Captured, None))
}

/// True for a status with which a page comes that tells more than it: a captcha, a form to log in by.
///
/// 404 and 410 say of the page itself that it is not there, 451 that it may not be.
pub fn says_more(status: u16) -> bool {
    by_status(status).is_some() && !matches!(status, 204 | 205 | 404 | 410 | 451 | 500..=502 | 504)
}

/// What stands before a page that its status keeps back.
fn by_wall(survey: &Survey, status: u16, led_away: bool) -> Option<(PageOutcome, Option<String>)> {
    if let Some(sign) = &survey.captcha {
        return Some((PageOutcome::Captcha, Some(sign.clone())));
    }
    match status {
        429 | 500..=599 => None,
        _ => by_login(survey, led_away),
    }
}

/// What is shown in the account's stead, if something is.
fn by_survey(survey: &Survey, led_away: bool) -> Option<(PageOutcome, Option<String>)> {
    if let Some(sign) = &survey.captcha {
        return Some((PageOutcome::Captcha, Some(sign.clone())));
    }
    // Such an address may show a page that says anything.
    if let Some(login) = sent_to_login(survey, led_away) {
        return Some(login);
    }
    let shown = |survey: &Survey| {
        let shown = survey.instead.as_ref();
        shown.map(|shown| (shown.outcome, Some(shown.said.clone())))
    };
    // What says that the account is gone has a form to log in by in its head; what failed may be the form.
    let failed = |outcome| matches!(outcome, PageOutcome::ServerError | PageOutcome::EmptyShell);
    let told = shown(survey).filter(|(outcome, _)| !failed(*outcome));
    if let Some(judged) = told.or_else(|| by_login(survey, led_away)) {
        return Some(judged);
    }
    let asks = survey.consent_page.as_ref();
    let asks = asks.filter(|_| survey.articles == 0);
    if let Some(words) = asks {
        return Some((PageOutcome::ConsentWall, Some(words.clone())));
    }
    if survey.consent_address && led_away {
        let detail = format!("it led to {}", survey.address);
        return Some((PageOutcome::ConsentWall, Some(detail)));
    }
    if let Some(judged) = shown(survey) {
        return Some(judged);
    }
    // Where posts are known by their rule, a logotype alone is what stands there before they come.
    let splash = survey.posts == Some(0) && survey.text == 0 && survey.pictures <= 1;
    let shows = survey.text > 0 || survey.pictures > 0 || survey.frames > 0;
    let shows = shows && !splash;
    (!shows).then_some((PageOutcome::EmptyShell, None))
}

/// A page for logging in.
fn by_login(survey: &Survey, led_away: bool) -> Option<(PageOutcome, Option<String>)> {
    let wall = |detail: String| Some((PageOutcome::LoginWall, Some(detail)));
    if survey.password_asked {
        return wall("it asks for a password".to_owned());
    }
    // Who sees posts is not kept from them: the sign is of a prompt beside them.
    let has_posts = survey.posts.is_some_and(|n| n > 0) || survey.articles > 0;
    if let Some(sign) = survey.login_sign.as_ref().filter(|_| !has_posts) {
        return wall(sign.clone());
    }
    if let Some(button) = &survey.login_asked {
        return wall(format!("it asks who logs in: {button}"));
    }
    if let Some(way) = survey.login_offered.as_ref().filter(|_| led_away) {
        return wall(format!("it offers a login: {way}"));
    }
    sent_to_login(survey, led_away)
}

/// Who asks for a page of that name is shown it.
fn sent_to_login(survey: &Survey, led_away: bool) -> Option<(PageOutcome, Option<String>)> {
    let detail = || Some(format!("it led to {}", survey.address));
    (survey.login_address && led_away).then(|| (PageOutcome::LoginWall, detail()))
}

/// The outcome of a status that stands for no page.
fn by_status(status: u16) -> Option<PageOutcome> {
    Some(match status {
        // Who asks is to say who it is (RFC 9110, 15.5.2).
        401 => PageOutcome::LoginWall,
        404 => PageOutcome::NotFound,
        410 => PageOutcome::Gone,
        429 => PageOutcome::TooManyRequests,
        400..=499 => PageOutcome::Refused,
        500..=599 => PageOutcome::ServerError,
        204 | 205 => PageOutcome::EmptyShell,
        200 | 201 | 203 | 206 => return None,
        // 202 while it is decided whether a person looks, 999 for who is not wanted: none is the page.
        _ => PageOutcome::Refused,
    })
}

/// The proxy knows better than the browser, which only sees a connection that ends.
fn by_error(error: &str, unreached: Option<&Why>) -> (PageOutcome, Option<String>) {
    let told = error.strip_prefix("net::").unwrap_or(error);
    let detail = |words: String| Some(format!("{told}: {words}"));
    match unreached {
        Some(Why::Inside) => return (PageOutcome::InsideNetwork, None),
        Some(Why::NotFound) => return (PageOutcome::NameNotFound, None),
        Some(Why::Connection { detail: words } | Why::Broken { detail: words }) => {
            return (PageOutcome::Unreachable, detail(words.clone()));
        }
        Some(Why::TimedOut { seconds }) => {
            let words = format!("no connection within {seconds} s");
            return (PageOutcome::Unreachable, detail(words));
        }
        Some(Why::BytesLimit { limit }) => {
            let words = format!("the limit of {limit} bytes was reached");
            return (PageOutcome::Unreachable, detail(words));
        }
        Some(Why::CallHome) => {
            let words = "the browser's own calls to its maker are refused".to_owned();
            return (PageOutcome::Unreachable, detail(words));
        }
        Some(Why::NotAnAddress | Why::ConnectionsLimit { .. } | Why::OtherUser) | None => {}
    }
    let outcome = match told {
        "ERR_NAME_NOT_RESOLVED" | "ERR_NAME_RESOLUTION_FAILED" => PageOutcome::NameNotFound,
        "ERR_TOO_MANY_REDIRECTS" => PageOutcome::Redirects,
        // 204, or a file that the browser neither shows nor saves.
        "ERR_ABORTED" => PageOutcome::NotAPage,
        _ if told.starts_with("ERR_CERT_") => PageOutcome::CertificateError,
        _ => PageOutcome::Unreachable,
    };
    (outcome, Some(told.to_owned()))
}

/// What Chromium shows as a page with text of its own. Pictures, films, PDF and feeds are files.
fn is_page(media_type: &str) -> bool {
    matches!(
        media_type,
        "text/html" | "application/xhtml+xml" | "text/xml" | "application/xml" | "text/plain" | ""
    )
}

#[cfg(test)]
mod tests;
