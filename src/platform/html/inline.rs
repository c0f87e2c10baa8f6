//! Text within a block: styles, folded whitespace, line breaks.

use crate::record::Span;

/// The spans of the block being read.
#[derive(Default)]
pub(super) struct Inline {
    spans: Vec<Span>,
    bold: usize,
    italic: usize,
    link: Option<String>,
}

impl Inline {
    /// Adds text whose whitespace folds (HTML, CSS Text 4.1): runs become one space, none begins a line.
    pub(super) fn text(&mut self, text: &str) {
        let mut folded = String::with_capacity(text.len());
        let mut bare = self.ends_bare();
        for c in text.chars() {
            if matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c') {
                if !bare {
                    folded.push(' ');
                    bare = true;
                }
            } else if !c.is_control() {
                folded.push(c);
                bare = false;
            }
        }
        self.add(&folded);
    }

    /// Adds text as it is written.
    pub(super) fn verbatim(&mut self, text: &str) {
        let clean: String = text
            .replace("\r\n", "\n")
            .replace('\r', "\n")
            .chars()
            .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
            .collect();
        self.add(&clean);
    }

    pub(super) fn line_break(&mut self) {
        self.trim_space();
        self.add("\n");
    }

    /// A line break where something already stands, and only one.
    pub(super) fn soft_break(&mut self) {
        self.trim_space();
        if self.spans.last().is_some_and(|s| !s.text.ends_with('\n')) {
            self.add("\n");
        }
    }

    pub(super) fn bold(&mut self, on: bool) {
        count(&mut self.bold, on);
    }

    pub(super) fn italic(&mut self, on: bool) {
        count(&mut self.italic, on);
    }

    pub(super) fn link(&mut self, to: Option<String>) {
        self.link = to;
    }

    /// The block's spans, without space around them.
    pub(super) fn take(&mut self) -> Vec<Span> {
        let mut spans = std::mem::take(&mut self.spans);
        while let Some(last) = spans.last_mut() {
            let kept = last.text.trim_end_matches([' ', '\n']).len();
            last.text.truncate(kept);
            if kept > 0 {
                break;
            }
            spans.pop();
        }
        let empty = spans
            .iter()
            .take_while(|s| s.text.trim_start_matches([' ', '\n']).is_empty())
            .count();
        spans.drain(..empty);
        if let Some(first) = spans.first_mut() {
            first.text = first.text.trim_start_matches([' ', '\n']).to_owned();
        }
        // Nothing but hard spaces is how editors leave a blank line.
        if spans.iter().all(|s| s.text.trim().is_empty()) {
            spans.clear();
        }
        spans
    }

    /// The words of the block, on one line.
    pub(super) fn take_plain(&mut self) -> String {
        let text: String = self.take().into_iter().map(|s| s.text).collect();
        text.replace('\n', " ")
    }

    /// The text as written, without the line break that HTML drops after `<pre>` and those at its end.
    pub(super) fn take_verbatim(&mut self) -> String {
        let spans = std::mem::take(&mut self.spans);
        let text: String = spans.into_iter().map(|s| s.text).collect();
        let text = text.strip_prefix('\n').unwrap_or(&text);
        text.trim_end_matches(['\n', ' ']).to_owned()
    }

    fn add(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let (bold, italic) = (self.bold > 0, self.italic > 0);
        match self.spans.last_mut() {
            Some(s) if s.bold == bold && s.italic == italic && s.link == self.link => {
                s.text.push_str(text);
            }
            _ => self.spans.push(Span {
                text: text.to_owned(),
                bold,
                italic,
                link: self.link.clone(),
            }),
        }
    }

    /// True where a space would begin a line or follow another.
    fn ends_bare(&self) -> bool {
        let last = self.spans.last();
        last.is_none_or(|s| s.text.ends_with([' ', '\n']))
    }

    fn trim_space(&mut self) {
        while let Some(last) = self.spans.last_mut() {
            let kept = last.text.trim_end_matches(' ').len();
            last.text.truncate(kept);
            if kept > 0 {
                break;
            }
            self.spans.pop();
        }
    }
}

/// Styles nest and are left open in the wild: an end too many changes nothing.
fn count(open: &mut usize, on: bool) {
    *open = if on {
        open.saturating_add(1)
    } else {
        open.saturating_sub(1)
    };
}
