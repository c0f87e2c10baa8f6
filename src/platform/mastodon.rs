//! Mastodon by its REST interface (api/v1).

use super::reading::Reading;
use super::{Error, Fetched};

pub(super) async fn read(reading: &mut Reading<'_>) -> Result<Fetched, Error> {
    Err(Error::NoInterface {
        platform: reading.account.platform,
    })
}
