//! bag-info.txt (RFC 8493 section 2.2.2): labels and values, in order, one line each.

use super::{Error, FORMAT};

/// What bag-info.txt says. `Payload-Oxum` and `Bag-Size` are made by the seal, `Arkivd-Format` too unless given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BagInfo {
    fields: Vec<(String, String)>,
}

const MADE_BY_THE_SEAL: [&str; 2] = [BagInfo::OXUM, "Bag-Size"];

impl BagInfo {
    pub(super) const FORMAT_FIELD: &str = "Arkivd-Format";
    pub(super) const OXUM: &str = "Payload-Oxum";

    /// The fields in that order; a label may stand more than once.
    ///
    /// # Errors
    /// As for [`BagInfo::push`].
    pub fn new<L: Into<String>, V: Into<String>>(
        fields: impl IntoIterator<Item = (L, V)>,
    ) -> Result<Self, Error> {
        let mut info = Self::default();
        for (label, value) in fields {
            info.push(label, value)?;
        }
        Ok(info)
    }

    /// Adds a field at the end.
    ///
    /// # Errors
    /// When the label or value cannot be one line of UTF-8 that reads back the same, when the seal makes the
    /// field itself, or when `Arkivd-Format` is not the format this build writes.
    pub fn push(
        &mut self,
        label: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<(), Error> {
        let (field, value) = (label.into(), value.into());
        let problem = if field.is_empty()
            || !field.bytes().all(|b| b.is_ascii_graphic() && b != b':')
        {
            Some("a label is printing ASCII without spaces and colons")
        } else if MADE_BY_THE_SEAL
            .iter()
            .any(|made| made.eq_ignore_ascii_case(&field))
        {
            Some("the seal makes this field itself")
        } else if value.is_empty() {
            Some("the value is empty")
        } else if value
            .chars()
            .any(|c| c.is_control() || c == '\u{2028}' || c == '\u{2029}')
        {
            Some("the value has a line break or another control character")
        } else if value.trim() != value {
            Some("the value begins or ends with a space")
        } else if field.eq_ignore_ascii_case(Self::FORMAT_FIELD) && value != FORMAT.to_string() {
            Some("this arkivd writes format 1 only")
        } else {
            None
        };
        if let Some(problem) = problem {
            return Err(Error::Info {
                field,
                value,
                problem,
            });
        }
        self.fields.push((field, value));
        Ok(())
    }

    /// The first value of the label, in any case.
    pub fn get(&self, label: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(l, _)| l.eq_ignore_ascii_case(label))
            .map(|(_, value)| value.as_str())
    }

    /// Labels and values in their order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(l, v)| (l.as_str(), v.as_str()))
    }

    /// bag-info.txt for a payload of that size.
    pub(super) fn render(&self, bytes: u64, files: u64) -> String {
        let mut text = String::new();
        let mut line = |label: &str, value: &str| {
            text.push_str(label);
            text.push_str(": ");
            text.push_str(value);
            text.push('\n');
        };
        for (label, value) in self.fields() {
            line(label, value);
        }
        if self.get(Self::FORMAT_FIELD).is_none() {
            line(Self::FORMAT_FIELD, &FORMAT.to_string());
        }
        line(Self::OXUM, &oxum(bytes, files));
        line("Bag-Size", &human_size(bytes));
        text
    }

    /// Reads bag-info.txt as the RFC says: labels in any case, a line that begins with a space continues the last.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
        let mut fields: Vec<(String, String)> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            if line.starts_with([' ', '\t']) {
                let Some((_, value)) = fields.last_mut() else {
                    return Err("its first line continues nothing".to_owned());
                };
                value.push(' ');
                value.push_str(line.trim());
            } else if let Some((label, value)) = line.split_once(':') {
                fields.push((label.trim().to_owned(), value.trim().to_owned()));
            } else {
                return Err(format!("line {} is not a label and a value", number + 1));
            }
        }
        Ok(Self { fields })
    }
}

/// Payload-Oxum: bytes, a dot, files.
pub(super) fn oxum(bytes: u64, files: u64) -> String {
    format!("{bytes}.{files}")
}

/// `2.4 MB`, in powers of 1000, rounded to nearest.
fn human_size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut scale: u64 = 1000;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if bytes / scale < 1000 {
            break;
        }
        scale *= 1000;
        unit = next;
    }
    let tenths = (u128::from(bytes) * 10 + u128::from(scale) / 2) / u128::from(scale);
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let info = BagInfo::new([
            ("Source-Organization", "Tibro kommun"),
            ("External-Description", "Inlägg: hösten 2026 😀"),
            ("Arkivd-Format", "1"),
        ])
        .unwrap();
        let text = info.render(2_449_999, 3);
        assert_eq!(
            text,
            "Source-Organization: Tibro kommun\nExternal-Description: Inlägg: hösten 2026 😀\n\
             Arkivd-Format: 1\nPayload-Oxum: 2449999.3\nBag-Size: 2.4 MB\n"
        );
        let read = BagInfo::parse(text.as_bytes()).unwrap();
        assert_eq!(
            read.get("external-description"),
            info.get("External-Description")
        );
        assert_eq!(read.get("payload-oxum"), Some("2449999.3"));
    }

    #[test]
    fn the_format_is_written_even_if_nobody_gave_it() {
        assert!(
            BagInfo::default()
                .render(1, 1)
                .starts_with("Arkivd-Format: 1\n")
        );
    }

    #[test]
    fn a_field_that_would_not_read_back_is_refused_with_its_value() {
        for (label, value) in [
            ("", "x"),
            ("Two words", "x"),
            ("A:b", "x"),
            ("Åäö", "x"),
            ("Note", ""),
            ("Note", "two\nlines"),
            ("Note", "bell\u{7}"),
            ("Note", "\u{2028}"),
            ("Note", " padded"),
            ("payload-oxum", "1.1"),
            ("Bag-Size", "1 KB"),
            ("Arkivd-Format", "2"),
        ] {
            let error = BagInfo::new([(label, value)]).unwrap_err().to_string();
            assert!(error.contains(&format!("{label:?}")), "{error}");
            assert!(error.contains(&format!("{value:?}")), "{error}");
        }
    }

    #[test]
    fn folded_lines_are_one_value() {
        let read = BagInfo::parse(b"External-Description: a\r\n  b\n\tc\nX:y\n").unwrap();
        assert_eq!(read.get("External-Description"), Some("a b c"));
        assert_eq!(read.get("x"), Some("y"));
        assert!(BagInfo::parse(b" a\n").is_err());
        assert!(BagInfo::parse(b"nonsense\n").is_err());
        assert!(BagInfo::parse(b"A: \xff\n").is_err());
    }

    #[test]
    fn sizes_are_rounded() {
        assert_eq!(human_size(0), "0 B");
        assert_eq!(human_size(999), "999 B");
        assert_eq!(human_size(1000), "1.0 KB");
        assert_eq!(human_size(26_214_400), "26.2 MB");
        assert_eq!(human_size(u64::MAX), "18446.7 PB");
    }
}
