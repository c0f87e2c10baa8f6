//! After the end of a recording.

use serde_json::json;

use super::traffic::DOMAINS;
use crate::browser::Error;
use crate::browser::cdp::{Connection, Events};

/// What is held after the end is let go as long as there is a browser.
pub(super) async fn all(connection: Connection, mut events: Events) {
    loop {
        match events.next().await {
            Ok(event) if event.method == "Fetch.requestPaused" => {
                let Some(session) = &event.session else {
                    continue;
                };
                let session = connection.session(session);
                tokio::spawn(async move {
                    let _ = session.call("Fetch.disable", json!({})).await;
                });
            }
            Ok(_) => {}
            Err(Error::EventsLost { .. }) => events = connection.events(DOMAINS),
            Err(_) => return,
        }
    }
}
