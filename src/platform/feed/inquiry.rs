//! What the site behind a feed says of an entry's own address.
//!
//! A feed itself tells nothing of what is gone. 404 or 410 at the permalink does, where the site is known to answer
//! so: some answer 200 or lead to the start page whatever is asked for.

use url::Url;

use super::super::inquiry::{Answer, Asked, Doubt, Presence, Question, Way, controlled};
use super::super::reach::Origin;
use super::super::reading::{Access, Reading};

const PAGE: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5";

pub(in crate::platform) struct Inquiry {
    own: Url,
    /// True when the site says that an address is not there which cannot be.
    says_not_found: bool,
}

pub(in crate::platform) async fn inquire(
    reading: &mut Reading<'_>,
    questions: &[Question],
    controls: &[Question],
) -> Vec<Answer> {
    let mut inquiry = Inquiry {
        own: reading.account.address.clone(),
        says_not_found: false,
    };
    let of_kind = controls.iter().chain(questions);
    if let Some(beside) = of_kind
        .filter_map(|one| inquiry.address(one))
        .find_map(never)
    {
        let told = reading.ask(&beside, PAGE, Access::Anonymous).await;
        inquiry.says_not_found = told.is_ok_and(|answer| is_gone(answer.request.status));
    }
    controlled(reading, &Way::Feed(inquiry), questions, controls).await
}

impl Inquiry {
    /// The permalink, where it lies on the account's own origin and is more than its start page.
    pub(in crate::platform) fn address(&self, question: &Question) -> Option<Url> {
        let address: Url = question.permalink.as_deref()?.parse().ok()?;
        let is_own = Origin::of(&address) == Origin::of(&self.own);
        (is_own && !is_start(&address)).then_some(address)
    }

    pub(in crate::platform) async fn ask(
        &self,
        reading: &mut Reading<'_>,
        question: &Question,
    ) -> Asked {
        let Some(address) = self.address(question) else {
            let told = "the entry has no address of its own on the account's site";
            return Asked::unsettled(Doubt::NoSign, told);
        };
        match reading.ask(&address, PAGE, Access::Anonymous).await {
            Ok(answer) => {
                let moved = is_elsewhere(&address, &answer.at);
                let (presence, told) = self.judge(answer.request.status, moved);
                Asked::of(presence, told, answer)
            }
            Err(error) => Asked::failed(&error),
        }
    }

    fn judge(&self, status: u16, moved: bool) -> (Presence, String) {
        let doubt = Presence::Unsettled;
        match status {
            _ if moved => (
                doubt(Doubt::Unclear),
                format!("{status} at another address"),
            ),
            200 if self.says_not_found => (Presence::There, "200".to_owned()),
            200 => {
                let told = "200, and so for what was never there";
                (doubt(Doubt::Unclear), told.to_owned())
            }
            // That the site says so of what never was is not asked for: the control answers 200.
            404 | 410 => (Presence::Removed { by: None }, status.to_string()),
            401 | 403 => (doubt(Doubt::LoggedOut), status.to_string()),
            _ => (doubt(Doubt::Unclear), status.to_string()),
        }
    }
}

fn is_gone(status: u16) -> bool {
    matches!(status, 404 | 410)
}

fn is_start(address: &Url) -> bool {
    address.path() == "/" && address.query().is_none()
}

/// An address beside that one which nobody can have made.
fn never(address: Url) -> Option<Url> {
    const NEVER: &str = "arkivd-a-page-that-never-was";
    let mut beside = address;
    beside.set_query(None);
    beside.set_fragment(None);
    let mut path = beside.path_segments_mut().ok()?;
    path.pop_if_empty().pop().push(NEVER);
    drop(path);
    Some(beside)
}

/// True when the answer came from another page: not only with or without `www`, a slash at its end or TLS.
fn is_elsewhere(asked: &Url, at: &Url) -> bool {
    fn host(address: &Url) -> &str {
        let host = address.host_str().unwrap_or_default();
        host.strip_prefix("www.").unwrap_or(host)
    }
    let path = |address: &Url| address.path().trim_end_matches('/').to_owned();
    host(asked) != host(at) || path(asked) != path(at) || asked.query() != at.query()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(address: &str) -> Url {
        address.parse().unwrap()
    }

    #[test]
    fn only_what_the_site_is_known_to_say_settles() {
        let honest = Inquiry {
            own: url("https://a.example/feed/"),
            says_not_found: true,
        };
        let soft = Inquiry {
            own: url("https://a.example/feed/"),
            says_not_found: false,
        };
        let removed = Presence::Removed { by: None };
        let unclear = Presence::Unsettled(Doubt::Unclear);
        for (inquiry, status, moved, expected) in [
            (&honest, 200, false, Presence::There),
            (&soft, 200, false, unclear.clone()),
            (&honest, 404, false, removed.clone()),
            (&honest, 410, false, removed.clone()),
            (&honest, 200, true, unclear.clone()),
            (&honest, 404, true, unclear.clone()),
            (&honest, 418, false, unclear),
            (&honest, 403, false, Presence::Unsettled(Doubt::LoggedOut)),
        ] {
            assert_eq!(inquiry.judge(status, moved).0, expected, "{status} {moved}");
        }
    }

    #[test]
    fn another_page_is_told_from_another_spelling() {
        let asked = url("http://a.example/2026/sno/");
        for same in [
            "https://a.example/2026/sno",
            "http://www.a.example/2026/sno/",
        ] {
            assert!(!is_elsewhere(&asked, &url(same)), "{same}");
        }
        for other in ["http://a.example/", "http://b.example/2026/sno/"] {
            assert!(is_elsewhere(&asked, &url(other)), "{other}");
        }
        assert!(is_elsewhere(
            &url("http://a.example/?p=3"),
            &url("http://a.example/?p=4")
        ));
    }
}
