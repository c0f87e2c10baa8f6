//! What a server says of one status when it is asked for by its id.
//!
//! 404 is the only sign there is, and a server also gives it for what may not be seen: it counts while another status is
//! found in the same manner.

use serde_json::Value;

use super::super::Error;
use super::super::inquiry::{Answer, Asked, Doubt, Presence, Question, Way, controlled, doubt};
use super::super::reading::{Access, Reading};
use super::super::wordpress::json;
use super::status::{id, own_id};
use super::{JSON, account};

pub(in crate::platform) struct Inquiry;

pub(in crate::platform) async fn inquire(
    reading: &mut Reading<'_>,
    questions: &[Question],
    controls: &[Question],
) -> Vec<Answer> {
    controlled(reading, &Way::Mastodon(Inquiry), questions, controls).await
}

impl Inquiry {
    /// What was not public is asked for as who may see it.
    pub(in crate::platform) fn access(&self, question: &Question) -> Access {
        if question.visibility.is_restricted() {
            Access::WithCredential
        } else {
            Access::Anonymous
        }
    }

    pub(in crate::platform) async fn ask(
        &self,
        reading: &mut Reading<'_>,
        question: &Question,
    ) -> Asked {
        let Some(number) = own_id(&question.native_id) else {
            return Asked::unsettled(Doubt::NoSign, "an id that is not of this platform");
        };
        let access = self.access(question);
        if access == Access::WithCredential && !reading.has_credential() {
            return Asked::unsettled(Doubt::LoggedOut, "not public, and no credential");
        }
        let told = match account::route(reading, &["statuses", &number]) {
            Ok(address) => reading.ask(&address, JSON, access).await,
            Err(error) => Err(error),
        };
        match told {
            Ok(answer) => {
                let status = answer.request.status;
                let (presence, told) = match json(&answer) {
                    Ok(value) => judge(status, &value, &number),
                    Err(error) => {
                        let (_, told) = doubt(&error);
                        let unclear = Presence::Unsettled(Doubt::Unclear);
                        (unclear, format!("{status}, {told}"))
                    }
                };
                Asked::of(presence, told, answer)
            }
            Err(error) => Asked::failed(&error),
        }
    }

    /// What the account's own entry says, when nothing of it is found.
    pub(in crate::platform) async fn of_account(
        &self,
        reading: &mut Reading<'_>,
        told: String,
    ) -> String {
        match account::ask(reading).await {
            Ok(found) if found.account.is_suspended => format!("{told}; the account is suspended"),
            Ok(found) if found.account.moved.is_some() => format!("{told}; the account has moved"),
            Ok(_) => told,
            Err(Error::Status { status, .. }) => {
                format!("{told}; the account itself answers {status}")
            }
            Err(_) => told,
        }
    }
}

fn judge(status: u16, value: &Value, number: &str) -> (Presence, String) {
    let unclear = Presence::Unsettled(Doubt::Unclear);
    match status {
        200 if value.get("id").and_then(id).as_deref() == Some(number) => {
            (Presence::There, "200".to_owned())
        }
        200 => (unclear, "200, JSON of another kind".to_owned()),
        // Mastodon's own answer, `{"error": ...}`: what stands before it answers otherwise.
        404 | 410 if value.get("error").is_some_and(Value::is_string) => {
            (Presence::Removed { by: None }, status.to_string())
        }
        401 | 403 => (Presence::Unsettled(Doubt::LoggedOut), status.to_string()),
        _ => (unclear, status.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_servers_own_404_is_a_sign() {
        let error = json!({"error": "Record not found"});
        let removed = Presence::Removed { by: None };
        let unclear = Presence::Unsettled(Doubt::Unclear);
        for (status, value, expected) in [
            (404, error.clone(), removed.clone()),
            (410, error.clone(), removed),
            (404, json!([]), unclear.clone()),
            (401, error.clone(), Presence::Unsettled(Doubt::LoggedOut)),
            (422, error, unclear.clone()),
            (200, json!({"id": "7"}), Presence::There),
            (200, json!({"id": 7}), Presence::There),
            (200, json!({"id": 8}), unclear),
        ] {
            assert_eq!(judge(status, &value, "7").0, expected, "{status} {value}");
        }
    }
}
