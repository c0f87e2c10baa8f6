//! From what a person typed to what it asks for.

use super::{Column, Leaf, Node, Query, QueryFault};

/// More parts than anyone asks for at once.
const MOST_PARTS: usize = 100;
/// Parentheses within parentheses.
const DEEPEST: usize = 20;
/// Letters of a word; no language has longer ones.
const LONGEST: usize = 250;

const SIGNS: &str = "words must all occur; \"…\" is a phrase, word* what begins so, OR either, -word must not occur; author:, title: and text: say where";
const QUOTE: &str = "put it in quotation marks to search for it as it stands";

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Or,
    And,
    Not,
    Column(Column),
    /// Words and whether the last only begins so; `None` where only punctuation stood.
    Words(Option<Leaf>),
}

pub(super) struct Parser {
    /// With the place of each, in characters from 1.
    tokens: Vec<(usize, Token)>,
    at: usize,
    end: usize,
    parts: usize,
}

fn fault(position: usize, problem: impl Into<String>, hint: &'static str) -> QueryFault {
    QueryFault {
        position,
        problem: problem.into(),
        hint,
    }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '”' | '“' | '„' | '‟' | '»' | '«' | '＂')
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Words as they were written, without the `*` at their end.
fn leaf(written: &[char], begins: bool, place: usize) -> Result<Option<Leaf>, QueryFault> {
    let written: String = written.iter().collect();
    let Some(mut leaf) = Leaf::of(&written) else {
        return match begins {
            false => Ok(None),
            true => Err(fault(place, "no word stands before the *", SIGNS)),
        };
    };
    if leaf.words.iter().any(|word| word.chars().count() > LONGEST) {
        let problem = format!("a word of more than {LONGEST} letters");
        return Err(fault(place, problem, "search for how it begins: word*"));
    }
    leaf.begins = begins;
    if begins && !leaf.last_is_long() {
        let problem = "fewer than two letters stand before the *";
        return Err(fault(place, problem, "give more of how the word begins"));
    }
    Ok(Some(leaf))
}

/// Reads the signs of a query, one token after another.
struct Lexer<'t> {
    text: &'t [char],
    at: usize,
    tokens: Vec<(usize, Token)>,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn after(&self) -> Option<char> {
        self.text.get(self.at + 1).copied()
    }

    fn push(&mut self, place: usize, token: Token) {
        self.tokens.push((place, token));
    }

    fn all(mut self) -> Result<Vec<(usize, Token)>, QueryFault> {
        while let Some(c) = self.peek() {
            let place = self.at + 1;
            match c {
                c if is_space(c) => self.at += 1,
                '(' => {
                    self.at += 1;
                    self.push(place, Token::Open);
                }
                ')' => {
                    self.at += 1;
                    self.push(place, Token::Close);
                }
                c if is_quote(c) => self.phrase(place)?,
                '-' if self.after().is_some_and(|c| !is_space(c) && c != '-') => {
                    self.at += 1;
                    self.push(place, Token::Not);
                }
                '^' | '{' | '}' => {
                    return Err(fault(place, format!("{c} means nothing here"), QUOTE));
                }
                _ => self.word(place)?,
            }
        }
        Ok(self.tokens)
    }

    fn phrase(&mut self, place: usize) -> Result<(), QueryFault> {
        let begin = self.at + 1;
        let rest = self.text.get(begin..).unwrap_or_default();
        let Some(length) = rest.iter().position(|c| is_quote(*c)) else {
            let problem = "the quotation mark is never closed";
            return Err(fault(place, problem, "close it, or take it away"));
        };
        let written = rest.get(..length).unwrap_or_default().to_vec();
        self.at = begin + length + 1;
        let begins = self.peek() == Some('*');
        self.at += usize::from(begins);
        let leaf = leaf(&written, begins, place)?;
        self.push(place, Token::Words(leaf));
        Ok(())
    }

    fn word(&mut self, place: usize) -> Result<(), QueryFault> {
        let begin = self.at;
        let rest = self.text.get(begin..).unwrap_or_default();
        let ends = |c: &char| is_space(*c) || is_quote(*c) || matches!(c, '(' | ')');
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default().to_vec();
        if let Some(colon) = word.iter().position(|c| *c == ':')
            && let Some(column) = self.column(&word, colon, place)?
        {
            self.at = begin + colon + 1;
            if self.peek().is_none_or(is_space) {
                let name = column.as_str();
                return Err(fault(place, format!("no word follows {name}:"), SIGNS));
            }
            self.push(place, Token::Column(column));
            return Ok(());
        }
        self.at = begin + length;
        let plain: String = word.iter().collect();
        match plain.as_str() {
            "OR" => self.push(place, Token::Or),
            "AND" => self.push(place, Token::And),
            "NOT" => self.push(place, Token::Not),
            "NEAR" if self.peek() == Some('(') => return Err(near(place)),
            near_by if near_by.starts_with("NEAR/") => return Err(near(place)),
            _ => {
                let (written, begins) = match word.split_last() {
                    Some(('*', written)) => (written, true),
                    _ => (&word[..], false),
                };
                if let Some(star) = written.iter().position(|c| *c == '*') {
                    let problem = "* stands only at the end of a word";
                    let hint = "a compound is found by how it begins: snö* finds snöröjning";
                    return Err(fault(place + star, problem, hint));
                }
                let leaf = leaf(written, begins, place)?;
                self.push(place, Token::Words(leaf));
            }
        }
        Ok(())
    }

    /// The column that the word names before its colon; none where the colon is one of writing: `12:30`, `https://…`.
    fn column(
        &self,
        word: &[char],
        colon: usize,
        place: usize,
    ) -> Result<Option<Column>, QueryFault> {
        let (name, rest) = word.split_at(colon);
        let name: String = name.iter().collect();
        if let Some(column) = Column::named(&name) {
            return Ok(Some(column));
        }
        let follows = match rest.get(1) {
            Some(c) => Some(*c),
            None => self.text.get(self.at + word.len()).copied(),
        };
        let is_name = !name.is_empty() && name.chars().all(char::is_alphabetic);
        if is_name && follows.is_some_and(|c| c.is_alphabetic() || is_quote(c)) {
            let problem = format!("there is no {name}: to search in");
            let hint = "there are author:, title: and text:; what has a colon of its own goes in quotation marks";
            return Err(fault(place, problem, hint));
        }
        Ok(None)
    }
}

fn near(place: usize) -> QueryFault {
    let hint = "words one after the other are a phrase: \"…\"";
    fault(place, "NEAR is not known here", hint)
}

impl Parser {
    pub(super) fn new(text: &str) -> Result<Self, QueryFault> {
        if text.len() > Query::MOST_BYTES {
            let problem = format!(
                "it is of {} bytes, and at most {} are taken",
                text.len(),
                Query::MOST_BYTES
            );
            return Err(fault(1, problem, "search for a phrase of it"));
        }
        let text: Vec<char> = text.chars().collect();
        let lexer = Lexer {
            text: &text,
            at: 0,
            tokens: Vec::new(),
        };
        Ok(Self {
            tokens: lexer.all()?,
            at: 0,
            end: text.len() + 1,
            parts: 0,
        })
    }

    pub(super) fn query(mut self) -> Result<Node, QueryFault> {
        let found = self.any(None, 0)?;
        if let Some((place, _)) = self.tokens.get(self.at) {
            return Err(fault(*place, "no ( stands before this )", QUOTE));
        }
        found.ok_or_else(|| fault(1, "no word to search for is in it", SIGNS))
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn place(&self) -> usize {
        self.tokens
            .get(self.at)
            .map_or(self.end, |(place, _)| *place)
    }

    /// Parts with OR between them.
    fn any(&mut self, column: Option<Column>, depth: usize) -> Result<Option<Node>, QueryFault> {
        let mut nodes = Vec::new();
        let mut first = self.all(column, depth)?;
        let mut or = None;
        loop {
            match first {
                Some(node) => nodes.push(node),
                None if or.is_some() || self.peek() == Some(&Token::Or) => {
                    let place = or.unwrap_or_else(|| self.place());
                    return Err(fault(place, "OR stands between two words", QUOTE));
                }
                None => return Ok(None),
            }
            if self.peek() != Some(&Token::Or) {
                break;
            }
            or = Some(self.place());
            self.at += 1;
            first = self.all(column, depth)?;
        }
        Ok(match nodes.len() {
            1 => nodes.pop(),
            _ => Some(Node::Any(nodes)),
        })
    }

    /// Parts that all must fit.
    fn all(&mut self, column: Option<Column>, depth: usize) -> Result<Option<Node>, QueryFault> {
        let begin = self.place();
        let mut nodes = Vec::new();
        let mut wants: Option<usize> = None;
        loop {
            let place = self.place();
            match self.peek() {
                None | Some(Token::Close | Token::Or) => break,
                Some(Token::And) => {
                    if nodes.is_empty() || wants.is_some() {
                        return Err(fault(place, "AND stands between two words", QUOTE));
                    }
                    wants = Some(place);
                    self.at += 1;
                }
                Some(Token::Not) => {
                    self.at += 1;
                    wants = None;
                    let node = self.part(column, depth)?;
                    let node = node.ok_or_else(|| {
                        fault(place, "no word follows that must not occur", QUOTE)
                    })?;
                    nodes.push(Node::Not(Box::new(node)));
                }
                Some(_) => {
                    wants = None;
                    nodes.extend(self.part(column, depth)?);
                }
            }
        }
        if let Some(place) = wants {
            return Err(fault(place, "AND stands between two words", QUOTE));
        }
        let only_not = nodes.iter().all(|node| matches!(node, Node::Not(_)));
        if only_not && !nodes.is_empty() {
            let problem = "only words that must not occur are asked for";
            return Err(fault(begin, problem, "name a word that must occur too"));
        }
        Ok(match nodes.len() {
            0 | 1 => nodes.pop(),
            _ => Some(Node::All(nodes)),
        })
    }

    fn part(&mut self, column: Option<Column>, depth: usize) -> Result<Option<Node>, QueryFault> {
        let place = self.place();
        let token = self.peek().cloned();
        match token {
            Some(Token::Words(leaf)) => {
                self.at += 1;
                self.parts += 1;
                if self.parts > MOST_PARTS {
                    let problem = format!("it has more than {MOST_PARTS} words and phrases");
                    return Err(fault(place, problem, "search for a phrase of it"));
                }
                Ok(leaf.map(|leaf| Node::Leaf(Leaf { column, ..leaf })))
            }
            Some(Token::Column(_) | Token::Open) if depth >= DEEPEST => {
                let problem = format!("parts are nested deeper than {DEEPEST}");
                Err(fault(place, problem, "take some parentheses away"))
            }
            Some(Token::Column(column)) => {
                self.at += 1;
                let part = self.part(Some(column), depth + 1)?;
                let name = column.as_str();
                let none = || fault(place, format!("no word follows {name}:"), SIGNS);
                part.map(Some).ok_or_else(none)
            }
            Some(Token::Open) => {
                self.at += 1;
                let within = self.any(column, depth + 1)?;
                if self.peek() != Some(&Token::Close) {
                    return Err(fault(place, "the ( is never closed", QUOTE));
                }
                self.at += 1;
                Ok(within)
            }
            Some(Token::Not) => Err(fault(place, "two signs for what must not occur", QUOTE)),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(word: &str) -> Node {
        Node::Leaf(Leaf::of(word).unwrap())
    }

    fn parsed(text: &str) -> Node {
        Query::parse(text)
            .unwrap_or_else(|e| panic!("{text}: {e}"))
            .root
    }

    #[test]
    fn what_people_type_is_understood() {
        assert_eq!(parsed("Snö  is"), Node::All(vec![word("snö"), word("is")]));
        assert_eq!(
            parsed("snö OR is"),
            Node::Any(vec![word("snö"), word("is")])
        );
        let not = Node::All(vec![word("snö"), Node::Not(Box::new(word("is")))]);
        assert_eq!(parsed("snö -is"), not);
        assert_eq!(parsed("snö NOT is"), not);
        assert_eq!(parsed("snö AND NOT is"), not);
        assert_eq!(parsed("”snö och is”"), word("snö och is"));
        assert_eq!(parsed("natur & kultur"), parsed("natur kultur"));
        assert_eq!(parsed("e-post"), word("e post"));
        assert_eq!(parsed("https://vara.se/a?b=1"), word("https vara se a b 1"));
        assert_eq!(
            parsed("kl 12:30"),
            Node::All(vec![word("kl"), word("12 30")])
        );
        assert_eq!(parsed("Re: snö"), Node::All(vec![word("re"), word("snö")]));
        assert_eq!(parsed("12 §"), Node::All(vec![word("12"), word("§")]));
        assert_eq!(parsed("anna.ek@vara.se"), word("anna ek vara se"));
        let Node::Leaf(tag) = parsed("#Svara*") else {
            panic!()
        };
        assert_eq!((tag.mark, tag.begins), (Some(b'#'), true));
        let Node::All(group) = parsed("författare:(anna \"bo ek\") is") else {
            panic!()
        };
        assert!(matches!(&group[1], Node::Leaf(l) if l.column.is_none()));
        let Node::All(authors) = &group[0] else {
            panic!()
        };
        assert!(
            authors
                .iter()
                .all(|n| matches!(n, Node::Leaf(l) if l.column == Some(Column::Author)))
        );
    }

    #[test]
    fn what_is_not_understood_is_told_with_its_place() {
        for (text, position, told) in [
            ("", 1, "no word"),
            ("!!! \0", 1, "no word"),
            ("snö \"is", 5, "never closed"),
            ("(snö", 1, "never closed"),
            ("snö)", 4, "no ("),
            ("-snö", 1, "only words that must not"),
            ("is OR -snö", 7, "only words"),
            ("OR", 1, "between"),
            ("snö OR", 5, "between"),
            ("AND snö", 1, "between"),
            ("snö AND", 5, "between"),
            ("snö -\"!\"", 5, "no word follows"),
            ("snö - -is -- (-", 14, "never closed"),
            ("s*", 1, "fewer than two"),
            ("*", 1, "before the *"),
            ("*snö", 1, "end of a word"),
            ("sn*ö", 3, "end of a word"),
            ("subject:snö", 1, "no subject:"),
            ("subject:\"snö\"", 1, "no subject:"),
            ("author: anna", 1, "no word follows author"),
            ("NEAR(a b)", 1, "NEAR"),
            ("a NEAR/3 b", 3, "NEAR"),
            ("^snö", 1, "means nothing"),
            ("{title text}: a", 1, "means nothing"),
        ] {
            let fault = Query::parse(text).unwrap_err();
            assert!(fault.problem.contains(told), "{text}: {fault}");
            assert_eq!(fault.position, position, "{text}: {fault}");
            assert!(!fault.hint.is_empty());
        }
        let long = "a ".repeat(1 << 20);
        assert!(Query::parse(&long).unwrap_err().problem.contains("bytes"));
        let deep = format!("{}a{}", "(".repeat(300), ")".repeat(300));
        assert!(Query::parse(&deep).unwrap_err().problem.contains("deeper"));
        let many = "a ".repeat(101);
        assert!(
            Query::parse(&many)
                .unwrap_err()
                .problem
                .contains("more than")
        );
        let word = "a".repeat(300);
        assert!(Query::parse(&word).unwrap_err().problem.contains("letters"));
        let columns = "text:".repeat(500) + "a";
        let _ = Query::parse(&columns);
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_is_typed_breaks_it(text in "\\PC*|[ \"*()^:{}a-cåOR+#@§-]*") {
            let _ = Query::parse(&text);
        }
    }
}
