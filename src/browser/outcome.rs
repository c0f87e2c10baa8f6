//! How a look at a page ended, by what the network and the page said of it.

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

/// Characters of a page that asks for proof and shows nothing else; more, and the proof belongs to a form of it.
const CAPTCHA: u64 = 800;

/// The outcome that all this makes, and what it is about; [`PageOutcome::Captured`] when nothing speaks against the page.
pub fn judge(evidence: Evidence<'_>) -> (PageOutcome, Option<String>) {
    if evidence.is_download {
        let detail = evidence.media_type.unwrap_or("a file to be saved");
        return (PageOutcome::NotAPage, Some(detail.to_owned()));
    }
    if let Some(status) = evidence.status {
        if let Some(outcome) = by_status(status) {
            return (outcome, Some(status.to_string()));
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

/// What is shown in the account's stead, if something is.
fn by_survey(survey: &Survey, led_away: bool) -> Option<(PageOutcome, Option<String>)> {
    let has_posts = survey.posts.is_some_and(|n| n > 0);
    if let Some(sign) = survey
        .captcha
        .as_ref()
        .filter(|_| !has_posts && survey.text < CAPTCHA)
    {
        return Some((PageOutcome::Captcha, Some(sign.clone())));
    }
    if survey.password_asked && !has_posts {
        let detail = "it asks for a password".to_owned();
        return Some((PageOutcome::LoginWall, Some(detail)));
    }
    if let Some(sign) = survey.login_sign.as_ref().filter(|_| !has_posts) {
        return Some((PageOutcome::LoginWall, Some(sign.clone())));
    }
    // Who asks for a page of that name is shown it.
    if survey.login_address && led_away {
        let detail = format!("it led to {}", survey.address);
        return Some((PageOutcome::LoginWall, Some(detail)));
    }
    // Where posts are known by their rule, a logotype alone is what stands there before they come.
    let splash = survey.posts == Some(0) && survey.text == 0 && survey.pictures <= 1;
    let shows = survey.text > 0 || survey.pictures > 0 || survey.frames > 0;
    let shows = shows && !splash;
    (!shows).then_some((PageOutcome::EmptyShell, None))
}

/// The outcome of a status that stands for no page.
fn by_status(status: u16) -> Option<PageOutcome> {
    Some(match status {
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
mod tests {
    use super::*;

    fn status(status: u16) -> PageOutcome {
        let evidence = Evidence {
            status: Some(status),
            media_type: Some("text/html"),
            ..Evidence::default()
        };
        judge(evidence).0
    }

    fn error(net_error: &str, unreached: Option<&Why>) -> (PageOutcome, Option<String>) {
        judge(Evidence {
            net_error: Some(net_error),
            unreached,
            ..Evidence::default()
        })
    }

    #[test]
    fn each_status_has_its_outcome_even_where_a_body_shows() {
        for (given, outcome) in [
            (200, PageOutcome::Captured),
            (202, PageOutcome::Refused),
            (304, PageOutcome::Refused),
            (999, PageOutcome::Refused),
            (203, PageOutcome::Captured),
            (204, PageOutcome::EmptyShell),
            (401, PageOutcome::Refused),
            (403, PageOutcome::Refused),
            (404, PageOutcome::NotFound),
            (410, PageOutcome::Gone),
            (429, PageOutcome::TooManyRequests),
            (451, PageOutcome::Refused),
            (500, PageOutcome::ServerError),
            (503, PageOutcome::ServerError),
        ] {
            assert_eq!(status(given), outcome, "{given}");
        }
    }

    #[test]
    fn what_the_proxy_knows_comes_before_what_the_browser_saw() {
        let empty = "net::ERR_EMPTY_RESPONSE";
        assert_eq!(
            error(empty, Some(&Why::Inside)).0,
            PageOutcome::InsideNetwork
        );
        assert_eq!(
            error(empty, Some(&Why::NotFound)).0,
            PageOutcome::NameNotFound
        );
        let refused = Why::Connection {
            detail: "refused".into(),
        };
        let (outcome, detail) = error(empty, Some(&refused));
        assert_eq!(outcome, PageOutcome::Unreachable);
        assert_eq!(detail.unwrap(), "ERR_EMPTY_RESPONSE: refused");
        assert_eq!(error(empty, None).0, PageOutcome::Unreachable);
        let certificate = error("net::ERR_CERT_DATE_INVALID", None);
        assert_eq!(certificate.0, PageOutcome::CertificateError);
        assert_eq!(certificate.1.unwrap(), "ERR_CERT_DATE_INVALID");
        assert_eq!(
            error("net::ERR_TOO_MANY_REDIRECTS", None).0,
            PageOutcome::Redirects
        );
    }

    #[test]
    fn what_is_shown_in_the_accounts_stead_is_named() {
        let of = |set: fn(&mut Survey), led_away| {
            let mut survey = Survey {
                text: 500,
                address: "https://x.example/login".to_owned(),
                ..Survey::default()
            };
            set(&mut survey);
            judge(Evidence {
                status: Some(200),
                media_type: Some("text/html"),
                survey: Some(&survey),
                led_away,
                ..Evidence::default()
            })
            .0
        };
        assert_eq!(of(|_| (), true), PageOutcome::Captured);
        assert_eq!(
            of(|s| s.password_asked = true, false),
            PageOutcome::LoginWall
        );
        assert_eq!(of(|s| s.login_address = true, true), PageOutcome::LoginWall);
        assert_eq!(of(|s| s.login_address = true, false), PageOutcome::Captured);
        let signed: fn(&mut Survey) = |s| s.login_sign = Some("form".into());
        assert_eq!(of(signed, false), PageOutcome::LoginWall);
        // A field in the corner of a page with posts is no wall.
        let posts: fn(&mut Survey) = |s| {
            s.login_sign = Some("form".into());
            s.password_fields = 1;
            s.posts = Some(3);
        };
        assert_eq!(of(posts, false), PageOutcome::Captured);
        let robot: fn(&mut Survey) = |s| s.captcha = Some("iframe".into());
        assert_eq!(of(robot, false), PageOutcome::Captcha);
        let form: fn(&mut Survey) = |s| {
            s.captcha = Some("iframe".into());
            s.text = 5_000;
        };
        assert_eq!(of(form, false), PageOutcome::Captured);
        assert_eq!(of(|s| s.text = 0, false), PageOutcome::EmptyShell);
        let picture: fn(&mut Survey) = |s| {
            s.text = 0;
            s.pictures = 1;
        };
        assert_eq!(of(picture, false), PageOutcome::Captured);
    }

    #[test]
    fn a_file_is_no_page() {
        let of = |kind, is_download| {
            judge(Evidence {
                status: Some(200),
                media_type: Some(kind),
                is_download,
                ..Evidence::default()
            })
        };
        assert_eq!(of("text/html", false).0, PageOutcome::Captured);
        assert_eq!(of("text/html", true).0, PageOutcome::NotAPage);
        let (outcome, detail) = of("application/pdf", false);
        assert_eq!(outcome, PageOutcome::NotAPage);
        assert_eq!(detail.unwrap(), "application/pdf");
    }
}
