//! One reading of one account: asks anonymously first, keeps raw answers, counts, and minds the time.

use std::io;
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::time::Instant;
use url::Url;

use super::client::{Answer, Asking};
use super::credential::{Prepared, Scheme};
use super::reach::Origin;
use super::{Client, Credential, Error, Network, Progress, RawAnswer};
use crate::record::{Account, Covered, Digest, Request};

pub(super) struct Reading<'a> {
    client: &'a Client,
    pub(super) account: &'a Account,
    own: Origin,
    credential: Option<Prepared>,
    raw: &'a mut (dyn FnMut(RawAnswer) -> io::Result<()> + Send),
    progress: &'a (dyn Fn(Progress) + Sync),
    deadline: Instant,
    conditions: HeaderMap,
    answers: u32,
    pub(super) requests: Vec<Request>,
    pub(super) warnings: Vec<String>,
}

/// Whether an address is asked with the credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Without first; with, when that is refused and there is one.
    Anonymous,
    /// With it from the start.
    WithCredential,
}

impl<'a> Reading<'a> {
    pub(super) fn begin(
        client: &'a Client,
        account: &'a Account,
        credential: Option<&Credential>,
        raw: &'a mut (dyn FnMut(RawAnswer) -> io::Result<()> + Send),
        progress: &'a (dyn Fn(Progress) + Sync),
    ) -> Result<Self, Error> {
        let credential = credential
            .map(|c| {
                Prepared::new(
                    client.plain(),
                    c,
                    &account.address,
                    Scheme::of(account.platform),
                )
            })
            .transpose()?;
        let seconds = client.network.capture_timeout_seconds;
        Ok(Self {
            client,
            account,
            own: Origin::of(&account.address),
            credential,
            raw,
            progress,
            deadline: Instant::now() + Duration::from_secs(seconds),
            conditions: HeaderMap::new(),
            answers: 0,
            requests: Vec::new(),
            warnings: Vec::new(),
        })
    }

    pub(super) fn network(&self) -> &'a Network {
        &self.client.network
    }

    /// True when the credential would be sent to that address.
    pub(super) fn may_use_credential(&self, address: &Url) -> bool {
        self.credential.is_some() && Origin::of(address) == self.own
    }

    pub(super) fn has_credential(&self) -> bool {
        self.credential.is_some()
    }

    /// Asks for one answer. 401 and 403 are asked again with the credential where it may be used;
    /// every other status but 429 and 5xx is the caller's to judge.
    pub(super) async fn ask(
        &mut self,
        address: &Url,
        accept: &'static str,
        access: Access,
    ) -> Result<Answer, Error> {
        if access == Access::WithCredential {
            return self.ask_once(address, accept, true).await;
        }
        let answer = self.ask_once(address, accept, false).await?;
        let refused = matches!(answer.request.status, 401 | 403);
        if !refused || !self.may_use_credential(address) {
            return Ok(answer);
        }
        self.requests.push(answer.request);
        self.ask_once(address, accept, true).await
    }

    /// As [`Reading::ask`], for an answer that is only wanted if it is another than the last: else it is 304.
    pub(super) async fn ask_if_changed(
        &mut self,
        address: &Url,
        accept: &'static str,
        conditions: HeaderMap,
    ) -> Result<Answer, Error> {
        self.conditions = conditions;
        let answer = self.ask(address, accept, Access::Anonymous).await;
        self.conditions = HeaderMap::new();
        answer
    }

    /// Asks for a change, with the credential; its answer is for the caller to judge.
    pub(super) async fn change(&mut self, address: &Url, body: String) -> Result<Answer, Error> {
        let Some(credential) = &self.credential else {
            return Err(Error::Unauthorised {
                address: address.to_string(),
                status: 401,
                with_credential: false,
            });
        };
        let sent = self
            .client
            .post(address, &self.own, credential.header(), body);
        let mut answer = sent.await?;
        let (cleaned, count) = credential.remove_from(std::mem::take(&mut answer.body));
        answer.body = cleaned;
        answer.request.credential_values_replaced = count;
        Ok(answer)
    }

    async fn ask_once(
        &mut self,
        address: &Url,
        accept: &'static str,
        with_credential: bool,
    ) -> Result<Answer, Error> {
        self.answers += 1;
        let credential = self.credential.as_ref().filter(|_| with_credential);
        let asking = Asking {
            own: &self.own,
            authorization: credential.map(Prepared::header),
            accept,
            conditions: self.conditions.clone(),
        };
        let mut answer = within_time(self.client, self.deadline, address, &asking).await?;
        if let Some(credential) = &self.credential {
            let (body, count) = credential.remove_from(std::mem::take(&mut answer.body));
            answer.body = body;
            answer.request.credential_values_replaced = count;
        }
        Ok(answer)
    }

    /// Asks for one answer without the credential, whatever its status. `own` is an origin that a person gave,
    /// in the register or in the configuration: it may lie inside the network.
    pub(super) async fn ask_openly(
        &mut self,
        own: &Origin,
        address: &Url,
        accept: &'static str,
    ) -> Result<Answer, Error> {
        self.answers += 1;
        let asking = Asking {
            own,
            authorization: None,
            accept,
            conditions: HeaderMap::new(),
        };
        within_time(self.client, self.deadline, address, &asking).await
    }

    /// The answer as an error, when its status says no.
    pub(super) fn check(&self, answer: &Answer) -> Result<(), Error> {
        let address = answer.request.address.clone();
        match answer.request.status {
            200..=299 => Ok(()),
            status @ (401 | 403) => Err(Error::Unauthorised {
                address,
                status,
                with_credential: answer.request.with_credential,
            }),
            status => Err(Error::Status { address, status }),
        }
    }

    /// Hands the answer to whoever keeps it.
    pub(super) fn keep(
        &mut self,
        name: String,
        extension: &'static str,
        answer: Answer,
    ) -> Result<(), Error> {
        let restricted = answer.request.with_credential;
        self.keep_apart(name, extension, answer, restricted)
    }

    /// The same, where what it tells goes to the restricted bag though anyone could ask for it.
    pub(super) fn keep_apart(
        &mut self,
        name: String,
        extension: &'static str,
        answer: Answer,
        restricted: bool,
    ) -> Result<(), Error> {
        let mut request = answer.request;
        request.sha256 = Some(Digest::of(&answer.body));
        request.bytes = answer.body.len() as u64;
        let address = request.address.clone();
        (self.raw)(RawAnswer {
            name,
            extension,
            restricted,
            request,
            body: answer.body,
        })
        .map_err(|source| Error::Keep { address, source })
    }

    /// True when no further answer may be read.
    pub(super) fn is_at_page_limit(&self) -> bool {
        self.answers >= self.client.network.max_pages
    }

    pub(super) fn tell(&self, what: Covered, done: u64, expected: Option<u64>) {
        (self.progress)(Progress {
            what,
            done,
            expected,
        });
    }
}

async fn within_time(
    client: &Client,
    deadline: Instant,
    address: &Url,
    asking: &Asking<'_>,
) -> Result<Answer, Error> {
    let answer = client.persist(address, || client.ask(address, asking));
    tokio::time::timeout_at(deadline, answer)
        .await
        .unwrap_or_else(|_| {
            Err(Error::ListingTimedOut {
                address: address.to_string(),
                seconds: client.network.capture_timeout_seconds,
            })
        })
}
