//! XML as it streams out: indented, UTF-8, and well-formed whatever the words are.

use std::borrow::Cow;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// A document under way.
pub(super) struct Xml<W: Write>(Writer<W>);

impl<W: Write> Xml<W> {
    /// Writes the declaration.
    pub(super) fn begin(out: W) -> io::Result<Self> {
        let mut writer = Writer::new_with_indent(out, b' ', 1);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        Ok(Self(writer))
    }

    /// A part of a document that is begun elsewhere.
    pub(super) fn fragment(out: W) -> Self {
        Self(Writer::new_with_indent(out, b' ', 1))
    }

    pub(super) fn start(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.0.write_event(Event::Start(tag(name, attributes)))
    }

    pub(super) fn end(&mut self, name: &str) -> io::Result<()> {
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }

    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.0.write_event(Event::Empty(tag(name, attributes)))
    }

    /// An element that holds words and nothing else.
    pub(super) fn leaf(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        words: &str,
    ) -> io::Result<()> {
        self.start(name, attributes)?;
        let words = allowed(words);
        self.0.write_event(Event::Text(BytesText::new(&words)))?;
        self.end(name)
    }

    /// The same, when there are words.
    pub(super) fn leaf_of(&mut self, name: &str, words: Option<&str>) -> io::Result<()> {
        match words {
            Some(words) => self.leaf(name, &[], words),
            None => Ok(()),
        }
    }

    /// Ends the last line.
    pub(super) fn finish(self) -> io::Result<W> {
        let mut out = self.0.into_inner();
        out.write_all(b"\n")?;
        Ok(out)
    }
}

impl Xml<Vec<u8>> {
    /// All that is written so far, to be continued with what is written next.
    pub(super) fn taken(&mut self) -> io::Result<Vec<u8>> {
        let out = self.0.get_mut();
        out.write_all(b"\n")?;
        Ok(std::mem::take(out))
    }
}

fn tag<'a>(name: &'a str, attributes: &[(&'a str, &'a str)]) -> BytesStart<'a> {
    let mut tag = BytesStart::new(name);
    for (key, value) in attributes {
        // A reader makes a space of each line break in an attribute (XML 1.0, 3.3.3): so it is written as one.
        let value = allowed(value).replace(['\n', '\t'], " ");
        tag.push_attribute((*key, value.as_str()));
    }
    tag
}

/// Letters that no XML 1.0 document may hold (2.2, Char), escaped or not, become U+FFFD; line ends are LF (2.11).
pub(super) fn allowed(words: &str) -> Cow<'_, str> {
    let barred = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if !words.contains(|c| barred(c) || c == '\r') {
        return Cow::Borrowed(words);
    }
    let lines = words.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(lines.replace(barred, "\u{fffd}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_words_are_the_document_reads_back() {
        let hostile = "a\0b\u{b}<c>&\"'\r\nd\re]]>\u{ffff}\u{1f600}";
        let mut xml = Xml::begin(Vec::new()).unwrap();
        xml.start("r", &[("a", hostile)]).unwrap();
        xml.leaf("t", &[], hostile).unwrap();
        xml.end("r").unwrap();
        let text = String::from_utf8(xml.finish().unwrap()).unwrap();
        let read = roxmltree::Document::parse(&text).unwrap();
        let root = read.root_element();
        let plain = "a\u{fffd}b\u{fffd}<c>&\"'\nd\ne]]>\u{fffd}\u{1f600}";
        assert_eq!(root.attribute("a"), Some(plain.replace('\n', " ").as_str()));
        assert_eq!(
            root.first_element_child().and_then(|e| e.text()),
            Some(plain)
        );
    }
}
