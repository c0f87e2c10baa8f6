//! What a site says of one post, page or comment when it is asked for by its id.
//!
//! The codes are WordPress' own (WP_REST_Posts_Controller, WP_REST_Comments_Controller). With a credential the item's
//! status is told in so many words; without, only that it may not be read.

use serde_json::Value;

use super::super::client::Answer as Response;
use super::super::inquiry::{Answer, settle_none};
use super::super::inquiry::{Asked, By, Doubt, Presence, Question, Way, code, controlled};
use super::super::reading::{Access, Reading};
use super::discovery::{self, JSON, Site, json};
use super::item::{id, is_protected};
use crate::record::{Kind, Visibility};

pub(in crate::platform) struct Inquiry {
    pub(super) site: Site,
    /// Asked as an editor, who is told of what the public may not see.
    pub(super) edit: bool,
}

pub(in crate::platform) async fn inquire(
    reading: &mut Reading<'_>,
    questions: &[Question],
    controls: &[Question],
) -> Vec<Answer> {
    match discovery::find(reading).await {
        Ok(site) => {
            let edit = reading.may_use_credential(&site.root);
            let way = Way::WordPress(Inquiry { site, edit });
            controlled(reading, &way, questions, controls).await
        }
        Err(error) => settle_none(questions, &error),
    }
}

impl Inquiry {
    pub(in crate::platform) async fn ask(
        &self,
        reading: &mut Reading<'_>,
        question: &Question,
    ) -> Asked {
        let Some((sort, number)) = named(question) else {
            return Asked::unsettled(Doubt::NoSign, "an id that is not of this platform");
        };
        let own = self.ask_as(reading, question, sort, number).await;
        let other = match sort {
            Sort::Posts => Sort::Pages,
            Sort::Pages => Sort::Posts,
            Sort::Comments => return own,
        };
        if own.presence != (Presence::Removed { by: None }) {
            return own;
        }
        // A post that is made a page, or a page a post, keeps its id and is told so by its old address.
        let as_other = self.ask_as(reading, question, other, number).await;
        let is_none = as_other.request.as_ref().is_some_and(|r| r.status == 404);
        if is_none || as_other.told == ANOTHER_KIND {
            return own;
        }
        Asked {
            told: format!("{}; under {}: {}", own.told, other.as_str(), as_other.told),
            ..as_other
        }
    }

    /// Asks for what has that number among things of one sort.
    async fn ask_as(
        &self,
        reading: &mut Reading<'_>,
        question: &Question,
        sort: Sort,
        number: u64,
    ) -> Asked {
        let route = format!("wp/v2/{}/{number}", sort.as_str());
        let public = self.site.route(&route, &[]);
        let asked = if self.edit {
            let edit = self.site.route(&route, &[("context", "edit")]);
            let told = reading.ask(&edit, JSON, Access::WithCredential).await;
            match told {
                // Who is let in and may not edit (401 would be: not let in) is told what the public is.
                Ok(answer) if forbidden(&answer).as_deref() == Some("rest_forbidden_context") => {
                    reading.ask(&public, JSON, Access::Anonymous).await
                }
                told => told,
            }
        } else {
            reading.ask(&public, JSON, Access::Anonymous).await
        };
        match asked {
            Ok(answer) => {
                let body = json(&answer);
                let (presence, told) = match &body {
                    Ok(value) => judge(answer.request.status, value, question, number),
                    Err(error) => {
                        let (_, told) = super::super::inquiry::doubt(error);
                        let status = answer.request.status;
                        let doubt = Presence::Unsettled(Doubt::Unclear);
                        (doubt, format!("{status}, {told}"))
                    }
                };
                Asked::of(presence, told, answer)
            }
            Err(error) => Asked::failed(&error),
        }
    }
}

/// Of an answer that is not the item that was asked for.
const ANOTHER_KIND: &str = "200, JSON of another kind";

/// What a route lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Posts,
    Pages,
    Comments,
}

impl Sort {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Posts => "posts",
            Self::Pages => "pages",
            Self::Comments => "comments",
        }
    }
}

/// Where the item is asked for, and its number.
pub(super) fn named(question: &Question) -> Option<(Sort, u64)> {
    let (kind, number) = question.native_id.0.split_once(':')?;
    let number: u64 = number.parse().ok()?;
    let sort = match (kind, question.kind) {
        ("post", Kind::Post) => Sort::Posts,
        ("page", Kind::Page) => Sort::Pages,
        ("comment", Kind::Comment) => Sort::Comments,
        _ => return None,
    };
    Some((sort, number))
}

fn forbidden(answer: &Response) -> Option<String> {
    if answer.request.status != 403 {
        return None;
    }
    code(&json(answer).ok()?).map(str::to_owned)
}

fn judge(status: u16, value: &Value, question: &Question, number: u64) -> (Presence, String) {
    if status == 200 {
        return judge_item(value, question, number);
    }
    let code = code(value);
    let told = code.map_or(status.to_string(), |code| format!("{status} {code}"));
    let editor = Some(By::Editor);
    let is_comment = question.kind == Kind::Comment;
    let presence = match (status, code) {
        (404, Some("rest_post_invalid_id")) => Presence::Removed { by: None },
        (404, Some("rest_comment_invalid_id")) if is_comment => Presence::Removed { by: None },
        // In the trash, a draft again, or private: it exists, and the public may not read it.
        (401 | 403, Some("rest_forbidden")) if !is_comment => Presence::Hidden { by: editor },
        // Held, spam or in the trash; or its post may not be read.
        (401 | 403, Some("rest_cannot_read" | "rest_cannot_read_post")) if is_comment => {
            // What was held when it was last seen is held still, for all that is known.
            if question.visibility.is_restricted() {
                Presence::Unsettled(Doubt::LoggedOut)
            } else {
                Presence::Hidden { by: editor }
            }
        }
        (401 | 403, _) => Presence::Unsettled(Doubt::LoggedOut),
        _ => Presence::Unsettled(Doubt::Unclear),
    };
    (presence, told)
}

fn judge_item(value: &Value, question: &Question, number: u64) -> (Presence, String) {
    if value.get("id").and_then(id) != Some(number) {
        return (Presence::Unsettled(Doubt::Unclear), ANOTHER_KIND.to_owned());
    }
    let editor = Some(By::Editor);
    let status = value.get("status").and_then(Value::as_str);
    let restricted = question.visibility.is_restricted();
    // Behind a password: what the public could read, it cannot read now.
    let is_closed = is_protected(value) && !restricted;
    let (presence, status) = match status {
        None | Some("publish" | "inherit") if is_closed => {
            return (Presence::Hidden { by: editor }, "200, protected".to_owned());
        }
        None => return (Presence::There, "200".to_owned()),
        Some(status @ ("publish" | "approved" | "approve" | "1" | "inherit")) => {
            (Presence::There, status)
        }
        Some(status @ ("trash" | "post-trashed")) => (Presence::Removed { by: editor }, status),
        Some(status @ ("hold" | "0")) if question.visibility == Visibility::Held => {
            (Presence::There, status)
        }
        Some(status @ ("draft" | "private" | "pending" | "future" | "auto-draft"))
            if restricted =>
        {
            (Presence::There, status)
        }
        Some(
            status @ ("hold" | "0" | "spam" | "draft" | "private" | "pending" | "future"
            | "auto-draft"),
        ) => (Presence::Hidden { by: editor }, status),
        // A plugin's own: it is there, and in what manner is not known.
        Some(_) => {
            let told = "200, a status of the site's own".to_owned();
            return (Presence::Unsettled(Doubt::Unclear), told);
        }
    };
    (presence, format!("200, status {status}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::NativeId;

    fn question(native: &str, visibility: Visibility) -> Question {
        Question {
            native_id: NativeId(native.into()),
            kind: match native.split(':').next() {
                Some("comment") => Kind::Comment,
                Some("page") => Kind::Page,
                _ => Kind::Post,
            },
            permalink: None,
            parent: None,
            visibility,
        }
    }

    fn judged(native: &str, status: u16, value: Value) -> (Presence, String) {
        judge(status, &value, &question(native, Visibility::Public), 7)
    }

    const REMOVED: Presence = Presence::Removed { by: None };
    const HIDDEN: Presence = Presence::Hidden {
        by: Some(By::Editor),
    };

    #[test]
    fn each_sign_is_known_by_its_code() {
        let code = |code: &str| json!({"code": code, "message": "Anna skrev", "data": {}});
        for (native, status, sign, expected) in [
            ("post:7", 404, "rest_post_invalid_id", REMOVED),
            ("page:7", 404, "rest_post_invalid_id", REMOVED),
            ("comment:7", 404, "rest_comment_invalid_id", REMOVED),
            ("post:7", 401, "rest_forbidden", HIDDEN),
            ("post:7", 403, "rest_forbidden", HIDDEN),
            ("comment:7", 401, "rest_cannot_read", HIDDEN),
            (
                "comment:7",
                401,
                "rest_forbidden",
                Presence::Unsettled(Doubt::LoggedOut),
            ),
            (
                "post:7",
                401,
                "rest_not_logged_in",
                Presence::Unsettled(Doubt::LoggedOut),
            ),
            (
                "post:7",
                404,
                "rest_no_route",
                Presence::Unsettled(Doubt::Unclear),
            ),
            (
                "post:7",
                404,
                "rest_comment_invalid_id",
                Presence::Unsettled(Doubt::Unclear),
            ),
            (
                "post:7",
                400,
                "rest_post_invalid_id",
                Presence::Unsettled(Doubt::Unclear),
            ),
        ] {
            let (presence, told) = judged(native, status, code(sign));
            assert_eq!(presence, expected, "{native} {status} {sign}");
            assert_eq!(told, format!("{status} {sign}"));
        }
        let (presence, told) = judged("post:7", 404, json!({"message": "Anna skrev"}));
        assert_eq!(presence, Presence::Unsettled(Doubt::Unclear));
        assert_eq!(told, "404");
    }

    #[test]
    fn an_editor_is_told_the_status() {
        let removed = Presence::Removed {
            by: Some(By::Editor),
        };
        for (status, expected) in [
            ("publish", Presence::There),
            ("approved", Presence::There),
            ("trash", removed),
            ("draft", HIDDEN),
            ("private", HIDDEN),
            ("hold", HIDDEN),
            ("spam", HIDDEN),
            ("arkiverad", Presence::Unsettled(Doubt::Unclear)),
        ] {
            let value = json!({"id": 7, "status": status});
            assert_eq!(judged("post:7", 200, value).0, expected, "{status}");
        }
        let held = question("comment:7", Visibility::Held);
        let still = judge(200, &json!({"id": "7", "status": "hold"}), &held, 7).0;
        assert_eq!(still, Presence::There);
        let spam = judge(200, &json!({"id": 7, "status": "spam"}), &held, 7).0;
        assert_eq!(spam, HIDDEN);
    }

    #[test]
    fn another_thing_in_its_place_settles_nothing() {
        for value in [
            json!({"id": 8}),
            json!([]),
            json!("ja"),
            json!({"id": null}),
        ] {
            let (presence, _) = judged("post:7", 200, value);
            assert_eq!(presence, Presence::Unsettled(Doubt::Unclear));
        }
        assert_eq!(judged("post:7", 200, json!({"id": 7})).0, Presence::There);
    }

    #[test]
    fn what_asks_for_a_password_is_hidden_from_the_public() {
        let content = json!({"rendered": "", "protected": true});
        for value in [
            json!({"id": 7, "content": content}),
            json!({"id": 7, "status": "publish", "content": content}),
        ] {
            let told = judged("post:7", 200, value.clone());
            assert_eq!(told, (HIDDEN, "200, protected".to_owned()));
            let hidden = question("post:7", Visibility::Hidden);
            assert_eq!(judge(200, &value, &hidden, 7).0, Presence::There);
        }
        let open = json!({"id": 7, "content": {"rendered": "x", "protected": false}});
        assert_eq!(judged("post:7", 200, open).0, Presence::There);
    }

    #[test]
    fn an_id_that_is_not_the_platforms_is_not_asked_for() {
        for native in ["post:x", "post", "page:7/../8", "post:-1"] {
            let native_id = NativeId(native.into());
            let one = Question {
                native_id,
                ..question("post:7", Visibility::Public)
            };
            assert_eq!(named(&one), None, "{native}");
        }
    }
}
