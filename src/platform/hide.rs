//! Hiding: something is taken from the public's sight by the platform's own interface, when a person says so.

use super::inquiry::Presence;
use super::reading::Reading;
use super::{Client, Credential, Error, Question, wordpress};
use crate::record::{Account, Platform};

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HideAnswer {
    /// What the public is told of it afterwards, asked without the credential.
    pub presence: Presence,
    /// The platform's own words for what it did, and for what it tells the public.
    pub told: String,
}

impl HideAnswer {
    /// True when the platform itself says that the public cannot see it.
    pub fn is_hidden(&self) -> bool {
        matches!(
            self.presence,
            Presence::Hidden { .. } | Presence::Removed { .. }
        )
    }
}

/// Hides one item, and asks as anyone whether it is hidden. Nothing is deleted: who runs the account can show it again.
///
/// # Errors
/// When the platform knows no such thing, the credential is missing or refused, or it cannot be reached.
pub async fn hide(
    client: &Client,
    account: &Account,
    credential: &Credential,
    item: &Question,
) -> Result<HideAnswer, Error> {
    let nowhere = &mut |_| Ok(());
    let mut reading = Reading::begin(client, account, Some(credential), nowhere, &|_| {})?;
    match account.platform {
        Platform::WordPress => wordpress::hide(&mut reading, item).await,
        platform => Err(Error::NoHiding { platform }),
    }
}
