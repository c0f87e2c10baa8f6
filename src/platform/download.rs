//! Media: one address streamed to whoever keeps it, within the same rules as every other answer.

use std::io::{self, Write};

use reqwest::header::HeaderMap;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::client::{Asking, Opened, Try, milliseconds};
use super::reach::Origin;
use super::{Client, Error};
use crate::record::{Account, Digest, GapReason, Request};

/// A medium that was had whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// With digest and size; `file` is the receiver's to set.
    pub request: Request,
    /// As the server says, without parameters and in lower case: `image/jpeg`.
    pub media_type: Option<String>,
    pub bytes: u64,
    pub sha256: Digest,
}

/// Why there is no whole medium in `out`; what was already written there is to be thrown away.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    #[error("{0}")]
    Gap(GapReason),
    #[error("the medium could not be kept")]
    Write(#[source] io::Error),
}

/// Streams one medium to `out`: never with a credential, and only over http and https.
///
/// Tried again until its first byte is written; after that a broken connection is a gap.
///
/// # Errors
/// [`DownloadError::Gap`] when it could not be had, [`DownloadError::Write`] when `out` failed.
pub async fn download(
    client: &Client,
    account: &Account,
    address: &Url,
    out: &mut (dyn Write + Send),
) -> Result<Download, DownloadError> {
    let gap = DownloadError::Gap;
    if !matches!(address.scheme(), "http" | "https") || !address.has_host() {
        return Err(gap(GapReason::Malformed {
            detail: format!(
                "{}: is not a scheme that media are read by",
                address.scheme()
            ),
        }));
    }
    let own = Origin::of(&account.address);
    let asking = Asking {
        own: &own,
        authorization: None,
        accept: "image/*,video/*,audio/*,*/*;q=0.8",
        conditions: HeaderMap::new(),
    };
    let seconds = client.network.answer_timeout_seconds;
    let whole = async {
        let opened = client.persist(address, || client.open(address, &asking));
        let mut opened = opened.await.map_err(|error| gap(error.gap()))?;
        judge(&opened, address).map_err(gap)?;
        receive(client, &mut opened, out).await
    };
    let time = std::time::Duration::from_secs(seconds);
    tokio::time::timeout(time, whole)
        .await
        .unwrap_or_else(|_| Err(gap(GapReason::TimedOut { seconds })))
}

/// Refuses what is no medium: other statuses, and web pages, which are logins or error pages.
fn judge(opened: &Opened, address: &Url) -> Result<(), GapReason> {
    let status = opened.request.status;
    if status != 200 {
        return Err(GapReason::Refused { status });
    }
    let is_page = media_type(&opened.request).is_some_and(|t| t == "text/html");
    let path = address.path().to_ascii_lowercase();
    if is_page && !path.ends_with(".html") && !path.ends_with(".htm") {
        return Err(GapReason::Malformed {
            detail: "a web page stands where a medium should".to_owned(),
        });
    }
    Ok(())
}

async fn receive(
    client: &Client,
    opened: &mut Opened,
    out: &mut (dyn Write + Send),
) -> Result<Download, DownloadError> {
    let gap = DownloadError::Gap;
    let failed = |tried| match tried {
        Try::Final(error) | Try::Again { error, .. } => gap(Error::gap(&error)),
    };
    let mut bytes = 0;
    let mut digest = Sha256::new();
    let limit = client.network.max_medium_bytes;
    while let Some(chunk) = client.chunk(opened, limit, bytes).await.map_err(failed)? {
        digest.update(&*chunk);
        bytes += chunk.len() as u64;
        out.write_all(&chunk).map_err(DownloadError::Write)?;
    }
    if bytes == 0 {
        return Err(gap(GapReason::Malformed {
            detail: "the medium is empty".to_owned(),
        }));
    }
    let sha256 = Digest(digest.finalize().into());
    let mut request = opened.request.clone();
    request.milliseconds = milliseconds(opened.begun);
    request.bytes = bytes;
    request.sha256 = Some(sha256);
    Ok(Download {
        media_type: media_type(&request),
        request,
        bytes,
        sha256,
    })
}

fn media_type(request: &Request) -> Option<String> {
    let essence = request.media_type.as_deref()?.split(';').next()?.trim();
    (!essence.is_empty()).then(|| essence.to_ascii_lowercase())
}
