//! Logs: one event a line for people, fields for the journal, JSON for programs; always on stderr, never on stdout.
//!
//! Events carry ids and numbers, never what people wrote (design, section 6).

mod journal;

use std::env;
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd;

use clap::ValueEnum;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use journal::Journal;

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// Lines to read
    Human,
    /// A JSON object a line
    Json,
    /// Fields of the systemd journal: ARKIVD_ACCOUNT, ARKIVD_CAPTURE and so on
    Journal,
}

/// What is logged when ARKIVD_LOG says nothing: our own news, and others' trouble.
const DEFAULT: &str = "arkivd=info,warn";

/// Where the journal listens (systemd-journald.service(8)).
const JOURNAL: &str = "/run/systemd/journal/socket";

/// Takes events from now on. Without a format: the journal's if stderr is the journal, else the human one.
///
/// An ARKIVD_LOG that is not understood stops nothing: an archive is worth more than its log. It is told.
pub(super) fn start(format: Option<LogFormat>) {
    let in_journal = is_journal(env::var("JOURNAL_STREAM").ok().as_deref(), io::stderr());
    let format = format.unwrap_or(if in_journal {
        LogFormat::Journal
    } else {
        LogFormat::Human
    });
    let asked = env::var("ARKIVD_LOG").unwrap_or_default();
    let (filter, problem) = match filter(&asked) {
        Ok(filter) => (filter, None),
        Err(problem) => (EnvFilter::new(DEFAULT), Some(problem)),
    };
    let (layer, no_journal) = layer(format, in_journal);
    // Fails only where a test of this process logs already.
    let _ = tracing_subscriber::registry()
        .with(layer.with_filter(filter))
        .try_init();
    if let Some(problem) = problem {
        tracing::warn!(value = asked, problem, "ARKIVD_LOG is not understood");
    }
    if let Some(problem) = no_journal {
        tracing::warn!(%problem, "the journal cannot be reached");
    }
}

/// The layer of a format, and why it is not the journal's though that was wanted.
fn layer<S>(
    format: LogFormat,
    in_journal: bool,
) -> (Box<dyn Layer<S> + Send + Sync>, Option<io::Error>)
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
{
    // A log that cannot be written is no reason to panic, which is what telling of it would end in.
    let lines = || {
        fmt::layer()
            .with_writer(io::stderr)
            .with_target(false)
            .with_ansi(io::stderr().is_terminal())
            .log_internal_errors(false)
    };
    let human = || {
        // Someone sits at a terminal, and the journal has a time of its own; a file or a pipe has neither.
        if in_journal || io::stderr().is_terminal() {
            lines().without_time().boxed()
        } else {
            lines().boxed()
        }
    };
    match format {
        LogFormat::Human => (human(), None),
        LogFormat::Json => (
            lines()
                .json()
                .flatten_event(true)
                .with_span_list(false)
                .boxed(),
            None,
        ),
        LogFormat::Journal => match Journal::at(JOURNAL) {
            Ok(journal) => (journal.boxed(), None),
            Err(error) => (human(), Some(error)),
        },
    }
}

/// A bare level is for arkivd's own events: what libraries say at `debug` may hold what people wrote.
fn filter(asked: &str) -> Result<EnvFilter, String> {
    let asked = asked.trim();
    let directives = match asked {
        "" => DEFAULT.to_owned(),
        level if ["error", "warn", "info", "debug", "trace"].contains(&level) => {
            format!(
                "arkivd={level},{}",
                if level == "error" { level } else { "warn" }
            )
        }
        directives => directives.to_owned(),
    };
    EnvFilter::try_new(directives).map_err(|e| e.to_string())
}

/// True when the stream is what systemd connected to the journal: JOURNAL_STREAM is its "device:inode" (systemd.exec(5)).
fn is_journal(journal_stream: Option<&str>, stream: impl AsFd) -> bool {
    let Some((device, inode)) = journal_stream.and_then(|text| text.split_once(':')) else {
        return false;
    };
    rustix::fs::fstat(stream)
        .is_ok_and(|stat| device.parse() == Ok(stat.st_dev) && inode.parse() == Ok(stat.st_ino))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;

    #[test]
    fn the_journal_is_known_by_device_and_inode() {
        let file = tempfile::tempfile().unwrap();
        let data = file.metadata().unwrap();
        let stream = format!("{}:{}", data.dev(), data.ino());
        assert!(is_journal(Some(&stream), &file));
        let other = tempfile::tempfile().unwrap();
        assert!(!is_journal(Some(&stream), &other));
        for wrong in [None, Some(""), Some("x:y"), Some("1"), Some(":")] {
            assert!(!is_journal(wrong, &file), "{wrong:?}");
        }
    }

    #[test]
    fn a_bare_level_is_for_our_own_events() {
        for (asked, means) in [
            ("", DEFAULT),
            (" debug ", "arkivd=debug,warn"),
            ("error", "arkivd=error,error"),
            ("off", "off"),
            ("arkivd=debug,hyper=info", "arkivd=debug,hyper=info"),
        ] {
            let means = EnvFilter::new(means).to_string();
            assert_eq!(filter(asked).unwrap().to_string(), means, "{asked:?}");
        }
        assert!(filter("arkivd=loud").is_err());
    }
}
