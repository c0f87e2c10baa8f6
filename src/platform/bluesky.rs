//! Bluesky by the AT Protocol.

use super::reading::Reading;
use super::{Error, Fetched};

pub(super) async fn read(reading: &mut Reading<'_>) -> Result<Fetched, Error> {
    Err(Error::NoInterface {
        platform: reading.account.platform,
    })
}
