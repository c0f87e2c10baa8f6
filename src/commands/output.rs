//! What commands write: tables for people, JSON for programs, errors with hints on stderr.

use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::{Value, json};

use super::bar::Bar;
use super::sink::{Sink, Stream};

/// The exit codes (design, section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    /// The report says which part was not done.
    Partial = 3,
    IntegrityFault = 4,
    /// Something needs a person.
    Attention = 5,
    Busy = 6,
}

impl Exit {
    /// What the daemon says of a command; a code that is none of ours is a failure.
    pub(super) fn of(code: u8) -> Self {
        use Exit::{Attention, Busy, Done, IntegrityFault, Partial, Usage};
        [Done, Usage, Partial, IntegrityFault, Attention, Busy]
            .into_iter()
            .find(|exit| *exit as u8 == code)
            .unwrap_or(Self::Failed)
    }
}

/// Where a command's report goes.
pub(super) struct Output {
    json: bool,
    command: &'static str,
    sink: Sink,
}

impl Output {
    pub(super) fn new(json: bool, command: &'static str, sink: Sink) -> Self {
        Self {
            json,
            command,
            sink,
        }
    }

    /// For data that is written as it comes. Flush it at the end.
    pub(super) fn stream(&self) -> io::BufWriter<Stream> {
        io::BufWriter::with_capacity(32 << 10, self.sink.out())
    }

    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// True when a person reads stdout itself, so that words can be bold.
    pub(super) fn is_shown(&self) -> bool {
        !self.json && self.sink.is_shown()
    }

    /// Data as JSON, or else as `human` writes it.
    pub(super) fn report(
        &self,
        data: &impl Serialize,
        warnings: &[String],
        human: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut out = self.stream();
        if self.json {
            let whole =
                json!({ "arkivd": 1, "command": self.command, "data": data, "warnings": warnings });
            serde_json::to_writer(&mut out, &whole)?;
            writeln!(out)?;
        } else {
            human(&mut out)?;
        }
        out.flush()?;
        for warning in warnings {
            self.warn(warning);
        }
        Ok(())
    }

    /// What a person should know, on stderr; with --json it stands among the report's warnings.
    pub(super) fn warn(&self, warning: &str) {
        if !self.json {
            self.tell(&format!("warning: {}\n", one_line(warning)));
        }
    }

    /// One write, so that lines of two threads do not mix. Nobody is left to tell when stderr is gone.
    fn tell(&self, text: &str) {
        let _ = self.sink.err().write_all(text.as_bytes());
    }

    /// A message on stderr, with lines below it and what to do next.
    pub(super) fn error(&self, message: &str, details: &[String], hint: Option<&str>) {
        if self.json {
            let whole = json!({ "arkivd": 1, "command": self.command,
                "error": { "message": message, "details": details, "hint": hint } });
            return self.tell(&format!("{whole}\n"));
        }
        let mut text = format!("error: {}\n", printable(message).trim_end());
        for detail in details {
            text.push_str(&format!("  {}\n", printable(detail)));
        }
        if let Some(hint) = hint {
            text.push_str(&format!("hint: {}\n", one_line(hint)));
        }
        self.tell(&text);
    }

    pub(super) fn hint(&self, hint: &str) {
        if !self.json {
            self.tell(&format!("hint: {hint}\n"));
        }
    }

    /// A line that moves while the command works, where someone watches.
    pub(super) fn bar(&self, label: &str) -> Bar {
        Bar::new(&self.sink, label, !self.json && self.sink.is_watched())
    }
}

/// A table with columns as wide as their widest cell; the last column runs free.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(head: &[&str]) -> Self {
        Self {
            rows: vec![head.iter().map(|h| (*h).to_uppercase()).collect()],
        }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows
            .push(cells.into_iter().map(|c| one_line(&c)).collect());
    }

    pub(super) fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let mut widths: Vec<usize> = Vec::new();
        for row in &self.rows {
            for (i, cell) in row.iter().enumerate() {
                let width = cell.chars().count();
                match widths.get_mut(i) {
                    Some(w) => *w = (*w).max(width),
                    None => widths.push(width),
                }
            }
        }
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(&format!("{cell:width$}  "));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Line ends and control characters as spaces, so that what others wrote cannot draw on the terminal.
pub(super) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let c = if draws(c) || c.is_whitespace() {
            ' '
        } else {
            c
        };
        if c != ' ' || !out.ends_with(' ') {
            out.push(c);
        }
    }
    out.trim().to_owned()
}

/// As it is but for control characters other than line ends.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !draws(*c) || *c == '\n' || *c == '\t')
        .collect()
}

/// Control characters, and those that turn the direction of what follows on the line.
fn draws(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// At most `width` characters, ending in `…` when cut.
pub(super) fn shorten(text: &str, width: usize) -> String {
    let line = one_line(text);
    if line.chars().count() <= width {
        return line;
    }
    let cut: String = line.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// `1 record`, `2 records`.
pub(super) fn counted(n: u64, what: &str) -> String {
    match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}

/// `1.2 GB`, in powers of ten.
pub(super) fn size(bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss)] // shown with two digits
    let mut value = bytes as f64;
    for unit in ["bytes", "kB", "MB", "GB"] {
        if value < 1000.0 {
            return if unit == "bytes" {
                format!("{bytes} bytes")
            } else {
                format!("{value:.1} {unit}")
            };
        }
        value /= 1000.0;
    }
    format!("{value:.1} TB")
}

/// A value as JSON; what has no JSON form is told as null.
pub(super) fn value(of: &impl Serialize) -> Value {
    serde_json::to_value(of).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_cannot_draw_on_the_terminal() {
        assert_eq!(one_line("a\u{1b}[2J\nb\t\tc"), "a [2J b c");
        assert_eq!(printable("a\u{1b}[2J\nb"), "a[2J\nb");
        assert_eq!(printable("a\u{9b}2Jb\u{202e}c"), "a2Jbc");
        assert_eq!(one_line("👩\u{200d}🚒"), "👩\u{200d}🚒");
    }

    #[test]
    fn long_text_is_shortened_by_characters() {
        assert_eq!(shorten("åäö åäö", 5), "åäö…");
        assert_eq!(shorten("kort", 5), "kort");
    }

    #[test]
    fn sizes_read_as_people_say_them() {
        assert_eq!(
            [size(999), size(1000), size(28_000_000)],
            ["999 bytes", "1.0 kB", "28.0 MB"]
        );
    }

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&["id", "name"]);
        table.row(["å".into(), "x".into()]);
        table.row(["abc".into(), "y".into()]);
        let mut out = Vec::new();
        table.write(&mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "ID   NAME\nå    x\nabc  y\n"
        );
    }
}
