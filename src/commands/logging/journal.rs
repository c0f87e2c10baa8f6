//! Events in the systemd journal: each field by itself as `ARKIVD_NAME`, and all of them in the message.
//!
//! tracing-journald leaves the fields out of MESSAGE, so that `journalctl -u arkivd` would show "command" and neither
//! which, nor by whom, nor how it ended. The protocol is <https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>.

use std::fmt::{Debug, Write as _};
use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Where a value is cut, and the message: an event of the most fields there may be (32) fits into a datagram (208 KiB).
const LONGEST: usize = 4096;
const LONGEST_MESSAGE: usize = 8 * LONGEST;

/// A layer that sends events to the journal. arkivd makes no spans, so none are looked at.
pub(super) struct Journal {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Journal {
    /// The journal that listens at `path`.
    ///
    /// # Errors
    /// When none does.
    pub(super) fn at(path: impl Into<PathBuf>) -> io::Result<Self> {
        let journal = Self {
            socket: UnixDatagram::unbound()?,
            path: path.into(),
        };
        // Nothing at all is ignored by the journal, and fails where there is none.
        journal.socket.send_to(&[], &journal.path)?;
        Ok(journal)
    }
}

impl<S: Subscriber> Layer<S> for Journal {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let about = event.metadata();
        let mut entry = Entry::default();
        // Of syslog(3): err, warning, info, debug.
        let priority = match *about.level() {
            Level::ERROR => "3",
            Level::WARN => "4",
            Level::INFO => "6",
            _ => "7",
        };
        entry.put("PRIORITY", priority);
        entry.put("SYSLOG_IDENTIFIER", "arkivd");
        if let (Some(file), Some(line)) = (about.file(), about.line()) {
            entry.put("CODE_FILE", file);
            entry.put("CODE_LINE", &line.to_string());
        }
        event.record(&mut entry);
        let message = format!("{}{}", entry.message, entry.fields);
        entry.put("MESSAGE", cut(message.trim_start(), LONGEST_MESSAGE));
        // Nobody is left to tell when the journal is gone.
        let _ = self.socket.send_to(&entry.bytes, &self.path);
    }
}

#[derive(Default)]
struct Entry {
    bytes: Vec<u8>,
    message: String,
    fields: String,
}

impl Entry {
    /// `NAME\n`, the value's length as 64 bits with the lowest byte first, the value, `\n`.
    fn put(&mut self, name: &str, value: &str) {
        self.bytes.extend(name.as_bytes());
        self.bytes.push(b'\n');
        self.bytes.extend((value.len() as u64).to_le_bytes());
        self.bytes.extend(value.as_bytes());
        self.bytes.push(b'\n');
    }

    fn field(&mut self, field: &Field, value: &str) {
        let value = cut(value, LONGEST);
        if field.name() == "message" {
            value.clone_into(&mut self.message);
            return;
        }
        // Writing to a string does not fail.
        let _ = if value.is_empty()
            || value.contains(|c: char| c == '"' || c <= ' ' || c.is_control())
        {
            write!(self.fields, " {}={value:?}", field.name())
        } else {
            write!(self.fields, " {}={value}", field.name())
        };
        let name: String = field
            .name()
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_uppercase()
                } else {
                    '_'
                }
            })
            .collect();
        self.put(&format!("ARKIVD_{name}"), value);
    }
}

impl Visit for Entry {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.field(field, value);
    }

    /// Seconds, mostly: thousandths are enough, and 4.3e-5 is for nobody.
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.field(field, &format!("{value:.3}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.field(field, &format!("{value:?}"));
    }
}

fn cut(value: &str, at: usize) -> &str {
    let end = (0..=at.min(value.len()))
        .rev()
        .find(|end| value.is_char_boundary(*end));
    value.get(..end.unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use tracing_subscriber::layer::SubscriberExt as _;

    /// What the journal gets of the events that `tell` makes.
    fn received(tell: impl FnOnce()) -> Vec<BTreeMap<String, String>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listening = UnixDatagram::bind(&path).unwrap();
        listening.set_nonblocking(true).unwrap();
        let log = tracing_subscriber::registry().with(Journal::at(&path).unwrap());
        tracing::subscriber::with_default(log, tell);
        let mut bytes = vec![0; 300_000];
        let mut all = Vec::new();
        while let Ok(length) = listening.recv(&mut bytes) {
            all.push(parsed(&bytes[..length]));
        }
        assert_eq!(all.remove(0), BTreeMap::new(), "the first is to find it");
        all
    }

    fn parsed(mut rest: &[u8]) -> BTreeMap<String, String> {
        let mut entry = BTreeMap::new();
        while !rest.is_empty() {
            let end = rest.iter().position(|b| *b == b'\n').unwrap();
            let (name, value) = rest.split_at(end);
            let (length, value) = value[1..].split_at(8);
            let length = usize::try_from(u64::from_le_bytes(length.try_into().unwrap())).unwrap();
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            assert_eq!(value[length], b'\n');
            assert_eq!(entry.insert(text(name), text(&value[..length])), None);
            rest = &value[length + 1..];
        }
        entry
    }

    #[test]
    fn fields_stand_by_themselves_and_in_the_message() {
        let got = received(|| {
            tracing::info!(account = %"blogg", person = "anna (uid 1000)", exit = 0_u8, seconds = 0.25, "command");
            tracing::warn!("the clock was set {}", "back");
        });
        let [command, clock] = got.as_slice() else {
            panic!("{got:?}");
        };
        for (name, value) in [
            ("PRIORITY", "6"),
            ("SYSLOG_IDENTIFIER", "arkivd"),
            ("CODE_FILE", file!()),
            ("ARKIVD_ACCOUNT", "blogg"),
            ("ARKIVD_PERSON", "anna (uid 1000)"),
            ("ARKIVD_EXIT", "0"),
            ("ARKIVD_SECONDS", "0.250"),
            (
                "MESSAGE",
                "command account=blogg person=\"anna (uid 1000)\" exit=0 seconds=0.250",
            ),
        ] {
            assert_eq!(command[name], value, "{name}");
        }
        assert_eq!(clock["PRIORITY"], "4");
        assert_eq!(clock["MESSAGE"], "the clock was set back");
    }

    #[test]
    fn what_comes_from_outside_forges_no_field_and_no_line() {
        let forged = "x\nPRIORITY=0\nMESSAGE=all is well";
        let got = received(|| tracing::error!(problem = forged, "failed"));
        assert_eq!(got[0]["PRIORITY"], "3");
        assert_eq!(got[0]["ARKIVD_PROBLEM"], forged);
        assert_eq!(
            got[0]["MESSAGE"],
            r#"failed problem="x\nPRIORITY=0\nMESSAGE=all is well""#
        );
    }

    #[test]
    fn the_largest_event_arrives() {
        let long = "å".repeat(100_000);
        let got = received(|| {
            tracing::warn!(
                a = long,
                b = long,
                c = long,
                d = long,
                e = long,
                f = long,
                g = long,
                h = long,
                i = long,
                j = long,
                k = long,
                l = long,
                m = long,
                n = long,
                o = long,
                p = long,
                q = long,
                r = long,
                s = long,
                t = long,
                u = long,
                v = long,
                w = long,
                x = long,
                y = long,
                z = long,
                a1 = long,
                b1 = long,
                c1 = long,
                d1 = long,
                e1 = long,
                "{long}"
            );
        });
        assert_eq!(got[0]["ARKIVD_E1"], "å".repeat(LONGEST / 2));
    }

    #[test]
    fn no_journal_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Journal::at(folder.path().join("socket")).is_err());
    }
}
