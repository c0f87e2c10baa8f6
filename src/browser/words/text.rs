//! A page's text as lines: where blocks begin and end, as a person would copy it.

use super::snapshot::Block;

/// Letters of an address in the line that names a frame.
const LETTERS: usize = 500;

#[derive(Debug, Default)]
pub(super) struct Text {
    written: String,
    /// What the last text belongs to; none at the start of a document.
    last: Option<Block>,
    /// Of the documents around this one.
    outer: Vec<Option<Block>>,
}

impl Text {
    pub(super) fn add(&mut self, text: &str, block: Block, preserved: bool) {
        if let Some(last) = self.last.filter(|last| last.node != block.node) {
            let blank = text.trim().is_empty() && !preserved;
            if blank {
                return;
            }
            match last.row.is_some() && last.row == block.row {
                true => self.tab(),
                false => {
                    self.end_line();
                    if last.apart || block.apart {
                        self.blank_line();
                    }
                }
            }
        }
        if text == "\n" {
            self.trim();
            self.written.push('\n');
        } else if preserved {
            self.written.push_str(text);
        } else {
            self.flow(text);
        }
        if self.last.is_some() || !text.trim().is_empty() {
            self.last = Some(block);
        }
    }

    /// A frame begins here.
    pub(super) fn open(&mut self, address: &str) {
        self.end_line();
        let address: String = address.chars().take(LETTERS).collect();
        self.written.push_str(&format!("[iframe {address}]\n"));
        self.outer.push(self.last.take());
    }

    /// It ends here.
    pub(super) fn close(&mut self) {
        self.end_line();
        self.written.push_str("[/iframe]\n");
        self.last = self.outer.pop().flatten();
    }

    pub(super) fn finish(mut self) -> String {
        self.end_line();
        let text = self.written.trim_matches('\n');
        match text.is_empty() {
            true => String::new(),
            false => format!("{text}\n"),
        }
    }

    /// White space is one space, and none at the beginning of a line.
    fn flow(&mut self, text: &str) {
        let begins = text.starts_with(char::is_whitespace);
        let mut between = begins;
        for word in text.split_whitespace() {
            if between {
                self.space();
            }
            self.written.push_str(word);
            between = true;
        }
        if text.ends_with(char::is_whitespace) {
            self.space();
        }
    }

    fn space(&mut self) {
        if !self.written.is_empty() && !self.written.ends_with([' ', '\n', '\t']) {
            self.written.push(' ');
        }
    }

    fn trim(&mut self) {
        let end = self.written.trim_end_matches([' ', '\t']).len();
        self.written.truncate(end);
    }

    fn tab(&mut self) {
        let end = self.written.trim_end_matches(' ').len();
        self.written.truncate(end);
        self.written.push('\t');
    }

    fn end_line(&mut self) {
        self.trim();
        if !self.written.is_empty() && !self.written.ends_with('\n') {
            self.written.push('\n');
        }
    }

    fn blank_line(&mut self) {
        if !self.written.is_empty() && !self.written.ends_with("\n\n") {
            self.written.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(node: u32) -> Block {
        Block {
            node,
            ..Block::default()
        }
    }

    #[test]
    fn blocks_are_lines_and_cells_stand_beside_each_other() {
        let mut text = Text::default();
        let apart = Block {
            apart: true,
            ..block(2)
        };
        let cell = |node| Block {
            row: Some(9),
            ..block(node)
        };
        text.add("  Hej\n ", block(1), false);
        text.add("på ", block(1), false);
        text.add(" dig", block(1), false);
        text.add("\n", block(1), false);
        text.add("igen", block(1), false);
        text.add("Rubrik", apart, false);
        text.add("brödtext", block(3), false);
        text.add("   ", block(4), false);
        text.add("a", cell(5), false);
        text.add("b ", cell(6), false);
        text.open("https://x.example/");
        text.add("inuti", block(1), false);
        text.close();
        text.add("  en\n    två", block(7), true);
        assert_eq!(
            text.finish(),
            "Hej på dig\nigen\n\nRubrik\n\nbrödtext\na\tb\n[iframe https://x.example/]\ninuti\n[/iframe]\n  en\n    två\n"
        );
    }
}
