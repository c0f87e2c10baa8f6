//! One change asked for: sent once, to the account's own origin alone, and never sent again by itself.

use std::time::{Duration, Instant};

use chrono::Utc;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use url::Url;

use super::head::{cleaned, header, milliseconds};
use super::{Answer, Client, Opened, Try};
use crate::platform::Error;
use crate::platform::reach::Origin;
use crate::record::Request;

impl Client {
    /// Sends a JSON body with the credential. A redirect is not followed: what changes something goes where it was meant
    /// for, or nowhere.
    ///
    /// # Errors
    /// When it cannot be sent, or no whole answer came in time; any status is for the caller to judge.
    pub(in crate::platform) async fn post(
        &self,
        address: &Url,
        own: &Origin,
        authorization: HeaderValue,
        body: String,
    ) -> Result<Answer, Error> {
        let seconds = self.network.answer_timeout_seconds;
        let sent = self.post_once(address, own, authorization, body);
        match tokio::time::timeout(Duration::from_secs(seconds), sent).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Try::Final(error) | Try::Again { error, .. })) => Err(error),
            Err(_) => Err(Error::TimedOut {
                address: cleaned(address).into(),
                seconds,
            }),
        }
    }

    async fn post_once(
        &self,
        address: &Url,
        own: &Origin,
        authorization: HeaderValue,
        body: String,
    ) -> Result<Answer, Try> {
        let begun = Instant::now();
        let at = cleaned(address);
        let asked = at.to_string();
        if Origin::of(&at) != *own {
            return Err(Try::Final(Error::CredentialElsewhere {
                address: asked,
                own: "the account's own origin".to_owned(),
            }));
        }
        let way = self.way_to(&at, own).ok_or_else(|| {
            Try::Final(Error::InsideNetwork {
                address: asked.clone(),
                to: asked.clone(),
            })
        })?;
        let permit = self.admit(&asked, &at).await.map_err(Try::Final)?;
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, authorization),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        ]);
        let sending = way
            .post(at.clone())
            .header("accept", "application/json")
            .headers(headers)
            .body(body);
        let started = Utc::now();
        let response = sending
            .send()
            .await
            .map_err(|source| self.failure(&asked, &at, source))?;
        let status = response.status().as_u16();
        permit.heard(status, response.headers());
        drop(permit);
        let request = Request {
            address: asked,
            redirects: Vec::new(),
            status,
            started,
            milliseconds: 0,
            media_type: header(response.headers(), CONTENT_TYPE.as_str()),
            bytes: 0,
            sha256: None,
            file: None,
            credential_values_replaced: 0,
            with_credential: true,
        };
        let headers = response.headers().clone();
        let mut opened = Opened {
            response,
            at,
            request,
            begun,
        };
        let limit = self.network.max_answer_bytes;
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk(&mut opened, limit, body.len() as u64).await? {
            body.extend_from_slice(&chunk);
        }
        let mut request = opened.request;
        request.milliseconds = milliseconds(opened.begun);
        request.bytes = body.len() as u64;
        Ok(Answer {
            at: opened.at,
            headers,
            body,
            request,
        })
    }
}
