//! What one question came to, before its control is weighed.

use serde_json::Value;

use super::{Answer, Doubt, Presence, Question};
use crate::platform::Error;
use crate::platform::client::Answer as Response;
use crate::record::Request;

/// One question as it was asked and answered.
pub(in crate::platform) struct Asked {
    pub(in crate::platform) presence: Presence,
    pub(in crate::platform) told: String,
    pub(in crate::platform) request: Option<Request>,
}

impl Asked {
    pub(in crate::platform) fn unsettled(doubt: Doubt, told: impl Into<String>) -> Self {
        Self {
            presence: Presence::Unsettled(doubt),
            told: told.into(),
            request: None,
        }
    }

    pub(in crate::platform) fn of(presence: Presence, told: String, response: Response) -> Self {
        Self {
            presence,
            told,
            request: Some(response.request),
        }
    }

    pub(in crate::platform) fn failed(error: &Error) -> Self {
        let (doubt, told) = doubt(error);
        Self::unsettled(doubt, told)
    }

    pub(super) fn answer(self) -> Answer {
        Answer {
            presence: self.presence,
            told: self.told,
            request: self.request,
        }
    }
}

/// Why nothing was learnt, and what the network said.
pub(in crate::platform) fn doubt(error: &Error) -> (Doubt, String) {
    match error {
        Error::Throttled { seconds, .. } => (Doubt::Throttled, format!("asks to wait {seconds} s")),
        Error::Status { status: 429, .. } => (Doubt::Throttled, "429".to_owned()),
        Error::Status { status, .. } if *status >= 500 => (Doubt::Unreachable, status.to_string()),
        Error::Status { status, .. } => (Doubt::Unclear, status.to_string()),
        Error::Unauthorised { status, .. } => (Doubt::LoggedOut, status.to_string()),
        Error::TimedOut { seconds, .. } | Error::ListingTimedOut { seconds, .. } => {
            (Doubt::TimedOut, format!("no answer within {seconds} s"))
        }
        Error::Connect { .. } => (Doubt::Unreachable, "no connection".to_owned()),
        Error::Tls { .. } => (Doubt::Unreachable, "no safe connection".to_owned()),
        Error::Broken { .. } => (Doubt::Unreachable, "the connection broke".to_owned()),
        Error::NotJson { found, .. } => (Doubt::Unclear, format!("{found} instead of JSON")),
        Error::MalformedJson { .. } => (Doubt::Unclear, "broken JSON".to_owned()),
        Error::WrongType { .. } => (Doubt::Unclear, "JSON of another kind".to_owned()),
        Error::RedirectLoop { .. } | Error::TooManyRedirects { .. } => {
            (Doubt::Unclear, "redirects without end".to_owned())
        }
        Error::NoRestInterface { .. } => (Doubt::Unclear, "no REST interface".to_owned()),
        _ => (Doubt::Unclear, "an answer of no use".to_owned()),
    }
}

/// An error code of the platform's own, where it is one: `rest_post_invalid_id`. Never a sentence, which could quote
/// what somebody wrote.
pub(in crate::platform) fn code(value: &Value) -> Option<&str> {
    let code = value.get("code").and_then(Value::as_str)?;
    let is_code = (1..=64).contains(&code.len())
        && code
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    is_code.then_some(code)
}

/// The same doubt for all.
pub(in crate::platform) fn settle_none(questions: &[Question], error: &Error) -> Vec<Answer> {
    questions
        .iter()
        .map(|_| Asked::failed(error).answer())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_code_is_told_and_a_sentence_is_not() {
        let told = |value: Value| code(&value).map(str::to_owned);
        assert_eq!(
            told(json!({"code": "rest_post_invalid_id"})).as_deref(),
            Some("rest_post_invalid_id")
        );
        assert_eq!(told(json!({"code": "Anna skrev att ..."})), None);
        assert_eq!(told(json!({"code": "x".repeat(65)})), None);
        assert_eq!(told(json!({"code": 404})), None);
    }

    #[test]
    fn every_failure_is_a_doubt_of_its_own_kind() {
        let address = || "https://a.example/".to_owned();
        let status = |status| Error::Status {
            address: address(),
            status,
        };
        assert_eq!(doubt(&status(429)).0, Doubt::Throttled);
        assert_eq!(doubt(&status(503)), (Doubt::Unreachable, "503".into()));
        assert_eq!(doubt(&status(418)).0, Doubt::Unclear);
        let slow = Error::TimedOut {
            address: address(),
            seconds: 9,
        };
        assert_eq!(doubt(&slow).0, Doubt::TimedOut);
    }
}
