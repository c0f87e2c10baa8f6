//! Hiding on a WordPress site: a comment is held for moderation, a post or a page becomes private.
//!
//! By the documented interface (REST API Handbook, Update a Comment, Update a Post): `status` is `hold` for a comment and
//! `private` for a post. Both are undone by who runs the site.

use serde_json::json;

use super::super::hide::HideAnswer;
use super::super::inquiry::{Question, code};
use super::super::reading::Reading;
use super::super::{Error, client};
use super::discovery::{self, json as as_json};
use super::inquiry::{Inquiry, Sort, named};

pub(in crate::platform) async fn hide(
    reading: &mut Reading<'_>,
    item: &Question,
) -> Result<HideAnswer, Error> {
    let site = discovery::find(reading).await?;
    let address = || site.root.to_string();
    if !reading.may_use_credential(&site.root) {
        return Err(Error::CredentialElsewhere {
            address: address(),
            own: reading.account.address.to_string(),
        });
    }
    let Some((sort, number)) = named(item) else {
        return Err(Error::WrongType {
            address: address(),
            detail: format!("{} is no item of this platform", item.native_id),
        });
    };
    let status = match sort {
        Sort::Comments => "hold",
        Sort::Posts | Sort::Pages => "private",
    };
    let route = site.route(&format!("wp/v2/{}/{number}", sort.as_str()), &[]);
    let answer = reading
        .change(&route, json!({ "status": status }).to_string())
        .await?;
    let done = told(&answer);
    // Refused as a whole is an error; what is not there any more is told by what the public sees.
    if matches!(answer.request.status, 401 | 403 | 405 | 429 | 500..) {
        reading.check(&answer)?;
    }
    let public = Inquiry { site, edit: false };
    let seen = public.ask(reading, item).await;
    Ok(HideAnswer {
        told: format!("{status}: {done}; the public: {}", seen.told),
        presence: seen.presence,
    })
}

/// `200, status hold`, `404 rest_comment_invalid_id`.
fn told(answer: &client::Answer) -> String {
    let status = answer.request.status;
    let Ok(body) = as_json(answer) else {
        return status.to_string();
    };
    match (code(&body), body.get("status").and_then(|s| s.as_str())) {
        (Some(code), _) => format!("{status} {code}"),
        (None, Some(now @ ("hold" | "private"))) => format!("{status}, status {now}"),
        _ => status.to_string(),
    }
}
