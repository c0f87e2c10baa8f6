//! The one place that writes: records in the order in which they became whole.

use std::io::Write;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::UnboundedReceiver;
use uuid::Uuid;

use super::Clock;
use super::exchange::{Exchange, Tally};
use super::login::Login;
use crate::record::WarcSummary;
use crate::warc::{self, Writer, http};

/// What records that are about the recording itself have for an address.
pub(super) const RECORDING: &str = "urn:arkivd:recording";

#[derive(Debug)]
pub(super) enum Item {
    Exchange(Box<Exchange>),
    Metadata {
        target: String,
        at: DateTime<Utc>,
        fields: Vec<(&'static str, String)>,
    },
}

/// Writes until nobody sends any more. After an error it writes nothing more, and hands it out at the end.
pub(super) fn write<W: Write>(
    to: W,
    mut items: UnboundedReceiver<Item>,
    (software, login): (&str, &Login),
    clock: Clock,
    ids: fn() -> Uuid,
) -> Result<(WarcSummary, W), warc::Error> {
    let mut writer = Writer::new(to);
    let mut tally = Tally::default();
    let mut written = describe(&mut writer, (software, login), clock, ids);
    while let Some(item) = items.blocking_recv() {
        if written.is_err() {
            continue; // and the item's room in memory is given back
        }
        written = match item {
            Item::Exchange(exchange) => exchange.write(&mut writer, ids, login, &mut tally),
            Item::Metadata { target, at, fields } => {
                let target = tally.clean(&target, login);
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(name, value)| (*name, tally.clean(value, login)))
                    .collect();
                let fields: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
                writer.metadata(ids(), at, &target, None, &fields)
            }
        };
    }
    written?;
    if login.is_some() {
        let [overwritten, unposted] = [tally.overwritten, tally.unposted].map(|n| n.to_string());
        let fields = [
            ("login-values-overwritten", overwritten.as_str()),
            ("posts-left-out", &unposted),
        ];
        writer.metadata(ids(), clock.now(), RECORDING, None, &fields)?;
    }
    let mut summary = tally.summary;
    summary.records = writer.records();
    Ok((summary, writer.finish()?))
}

fn describe<W: Write>(
    writer: &mut Writer<W>,
    (software, login): (&str, &Login),
    clock: Clock,
    ids: fn() -> Uuid,
) -> Result<(), warc::Error> {
    let login = match login.is_some() {
        true => {
            "; recorded with a login: the values of its cookies, and what addresses and data name as a token or a \
             password, are overwritten with x, byte for byte, and what was posted is left out"
        }
        false => "",
    };
    let removed = format!(
        "one page as a browser showed it, with what it loaded; removed from requests and responses: {}; \
         bodies stand as the browser decoded them, what was said of the coded ones under X-Archive-Orig- names; \
         not recorded: WebSockets, data: and blob: addresses, HEAD and OPTIONS requests{login}",
        http::REMOVED
    );
    let fields = [
        ("software", software),
        ("format", "WARC File Format 1.1"),
        (
            "conformsTo",
            "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        ),
        ("robots", "not consulted"),
        ("description", &removed),
    ];
    writer.info(ids(), clock.now(), &fields)
}
