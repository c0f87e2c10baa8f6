//! One page, form or pattern, operator by operator.

mod marks;

use lopdf::{Dictionary, Object, ObjectId};

use super::super::lexer::{self, Lexer, Token, unescaped};
use super::super::structure::{Owner, Structure};
use super::super::subject::{Stop, Subject, dictionary};
use super::super::violation::{Fault, Untagged};
use super::grammar::Grammar;
use super::{Content, FontId};

/// Forms within forms.
const MAX_NESTED: usize = 48;
/// Marked content within marked content, and saved graphics states; PDF/A allows 28 of the latter (6.1.12, 6.1.13).
const MAX_OPEN: usize = 4096;

/// How what surrounds a form or pattern stands in the structure tree.
#[derive(Clone, Copy)]
pub enum Inherited {
    Nothing,
    /// An artifact, or part of an element.
    Settled,
    Broken(Untagged),
}

#[derive(Clone, Copy)]
enum Mark {
    Plain,
    Settled,
    Broken(Untagged),
}

#[derive(Clone, Copy, Default)]
struct State {
    /// A composite font with two-byte codes that are its CIDs.
    font: Option<FontId>,
    /// Whether a font of any kind is set.
    has_font: bool,
    invisible: bool,
}

pub struct Walk<'c, 'd> {
    subject: &'d Subject<'d>,
    structure: Option<&'c Structure<'d>>,
    content: &'c mut Content<'d>,
    resources: Option<&'d Dictionary>,
    owner: Owner,
    /// The stream that is read.
    stream: Option<ObjectId>,
    inherited: Inherited,
    depth: usize,
    state: State,
    saved: Vec<State>,
    marks: Vec<Mark>,
    grammar: Grammar,
}

impl<'c, 'd> Walk<'c, 'd> {
    pub fn new(
        subject: &'d Subject<'_>,
        structure: Option<&'c Structure<'d>>,
        content: &'c mut Content<'d>,
        resources: Option<&'d Dictionary>,
        key: Option<i64>,
        page: Option<ObjectId>,
    ) -> Self {
        Self {
            subject,
            structure,
            content,
            resources,
            owner: Owner {
                key,
                page,
                form: None,
            },
            stream: page,
            inherited: Inherited::Nothing,
            depth: 0,
            state: State::default(),
            saved: Vec::new(),
            marks: Vec::new(),
            grammar: Grammar::default(),
        }
    }

    /// The content of a page: a stream, or several that are read as one (ISO 32000-1, 7.8.2).
    pub fn page(&mut self, contents: &'d Object) -> Result<(), Stop> {
        let parts = match self.subject.resolve(contents) {
            Some(Object::Array(parts)) => parts.as_slice(),
            Some(_) => std::slice::from_ref(contents),
            // What leads nowhere is null, as if it were not there.
            None => return Ok(()),
        };
        let mut whole = Vec::new();
        for part in parts {
            let Some(stream) = self.subject.resolve(part).and_then(|s| s.as_stream().ok()) else {
                self.content.fault(self.stream, Fault::NoContent);
                continue;
            };
            match self.subject.unpack(stream)? {
                Some(data) if whole.is_empty() => whole = data,
                Some(data) => {
                    whole.push(b'\n');
                    whole.extend(data);
                }
                None => {
                    let id = part.as_reference().ok().or(self.stream);
                    self.content.fault(id, Fault::NoContent);
                }
            }
        }
        if let [only] = parts {
            self.stream = only.as_reference().ok().or(self.stream);
        }
        self.read(&whole)?;
        self.end();
        Ok(())
    }

    /// A form, pattern or glyph, with the resources and the standing of what draws it.
    pub fn form(
        &mut self,
        written: &'d Object,
        inherited: Inherited,
        depth: usize,
    ) -> Result<(), Stop> {
        if depth > MAX_NESTED {
            return Err(Stop::TooMuch("forms within forms, over 48 deep"));
        }
        let Some(stream) = self
            .subject
            .resolve(written)
            .and_then(|s| s.as_stream().ok())
        else {
            return Ok(());
        };
        let id = written.as_reference().ok();
        let standing = match inherited {
            Inherited::Nothing => 0,
            Inherited::Settled => 1,
            Inherited::Broken(_) => 2,
        };
        if id.is_some_and(|id| !self.content.seen.insert((id, standing))) {
            return Ok(());
        }
        let Some(data) = self.subject.unpack(stream)? else {
            self.content.fault(id, Fault::NoContent);
            return Ok(());
        };
        let resources = self
            .subject
            .dict(&stream.dict, b"Resources")
            .or(self.resources);
        let mut walk = Walk {
            subject: self.subject,
            structure: self.structure,
            content: self.content,
            resources,
            owner: Owner {
                key: self.subject.integer(&stream.dict, b"StructParents"),
                page: self.owner.page,
                form: id,
            },
            stream: id,
            inherited,
            depth,
            state: self.state,
            saved: Vec::new(),
            marks: Vec::new(),
            grammar: Grammar::default(),
        };
        walk.read(&data)?;
        walk.end();
        Ok(())
    }

    fn read(&mut self, data: &[u8]) -> Result<(), Stop> {
        let mut lexer = Lexer::new(data);
        let mut operands: Vec<Token<'_>> = Vec::new();
        while let Some(token) = lexer.next() {
            match token {
                Token::Word(b"true" | b"false" | b"null") => operands.push(token),
                Token::Word(b"BI") => {
                    self.judge(b"BI", &operands);
                    while lexer.next().is_some_and(|t| t != Token::Word(b"ID")) {}
                    if !lexer.skip_image() {
                        self.wrong(b"BI", "no EI ends the picture");
                    }
                    self.paint("an inline image", true);
                    operands.clear();
                }
                Token::Word(operator) => {
                    self.judge(operator, &operands);
                    self.operator(operator, &operands)?;
                    operands.clear();
                }
                _ => operands.push(token),
            }
        }
        if !operands.is_empty() || lexer.is_unclosed() {
            self.wrong(b"", "no operator follows the last operands");
        }
        Ok(())
    }

    /// After the last operator.
    fn end(&mut self) {
        if let Err(problem) = self.grammar.end() {
            self.wrong(b"", problem);
        }
    }

    fn judge(&mut self, operator: &[u8], operands: &[Token<'_>]) {
        if let Err(problem) = self.grammar.operator(operator, operands) {
            self.wrong(operator, problem);
        }
    }

    fn wrong(&mut self, operator: &[u8], problem: &'static str) {
        let operator = shown(operator);
        let fault = Fault::Operator { operator, problem };
        self.content.fault(self.stream, fault);
    }

    fn operator(&mut self, operator: &[u8], operands: &[Token<'_>]) -> Result<(), Stop> {
        match operator {
            b"q" => {
                self.saved.push(self.state);
                bounded(self.saved.len(), "graphics states saved, over 4,096 deep")?;
            }
            b"Q" => self.state = self.saved.pop().unwrap_or(self.state),
            b"Tf" => self.set_font(operands)?,
            b"Tr" => self.state.invisible = operands.last() == Some(&Token::Number(3.0)),
            b"gs" => self.set_state(operands)?,
            b"Tj" | b"TJ" | b"'" | b"\"" => {
                if !self.state.has_font {
                    self.wrong(operator, "no font is set");
                }
                self.show(operator, operands)?;
                self.paint("text", false);
            }
            b"S" | b"s" | b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" => {
                self.paint("a path", false);
            }
            b"sh" => {
                if self.resource(b"Shading", operands).is_none() {
                    self.missing("Shading", operands);
                }
                self.paint("a shading", false);
            }
            b"Do" => self.draw(operands)?,
            b"scn" | b"SCN" => self.set_pattern(operands)?,
            b"BMC" | b"BDC" => {
                // Any mark around content settles it; else the innermost that is broken tells why.
                let mark = match (self.standing(), self.mark(operands)) {
                    (Mark::Settled, _) => Mark::Settled,
                    (outer, Mark::Plain) => outer,
                    (_, inner) => inner,
                };
                self.marks.push(mark);
                bounded(self.marks.len(), "marked content, over 4,096 deep")?;
            }
            b"EMC" => {
                self.marks.pop();
            }
            b"cm" | b"w" | b"J" | b"j" | b"M" | b"d" | b"ri" | b"i" | b"m" | b"l" | b"c" | b"v"
            | b"y" | b"h" | b"re" | b"n" | b"W" | b"W*" | b"BT" | b"ET" | b"Tc" | b"Tw" | b"Tz"
            | b"TL" | b"Ts" | b"Td" | b"TD" | b"Tm" | b"T*" | b"d0" | b"d1" | b"CS" | b"cs"
            | b"SC" | b"sc" | b"G" | b"g" | b"RG" | b"rg" | b"K" | b"k" | b"MP" | b"DP" | b"BX"
            | b"EX" => {}
            unknown => {
                let operator = shown(unknown);
                self.content
                    .fault(self.stream, Fault::UnknownOperator { operator });
            }
        }
        Ok(())
    }

    /// An entry of the resources, as it is written.
    fn resource(&self, kind: &[u8], operands: &[Token<'_>]) -> Option<&'d Object> {
        let name = operands.iter().rev().find_map(|t| match t {
            Token::Name(name) => Some(*name),
            _ => None,
        })?;
        let all = self.subject.dict(self.resources?, kind)?;
        match all.get(name) {
            Ok(found) => Some(found),
            Err(_) => all.get(&unescaped(name)).ok(),
        }
    }

    fn set_font(&mut self, operands: &[Token<'_>]) -> Result<(), Stop> {
        let font = self.resource(b"Font", operands);
        self.use_font(font)
    }

    /// A graphics state may set a font too.
    fn set_state(&mut self, operands: &[Token<'_>]) -> Result<(), Stop> {
        let state = self
            .resource(b"ExtGState", operands)
            .and_then(|s| self.subject.resolve(s).and_then(dictionary));
        if state.is_none() {
            self.missing("ExtGState", operands);
        }
        let font = state.and_then(|s| self.subject.array(s, b"Font")?.first());
        match font {
            Some(font) => self.use_font(Some(font)),
            None => Ok(()),
        }
    }

    /// A resource that is not there, or is not of its kind.
    fn missing(&mut self, kind: &'static str, operands: &[Token<'_>]) {
        let name = operands.iter().rev().find_map(|t| match t {
            Token::Name(name) => Some(shown(name)),
            _ => None,
        });
        let name = name.unwrap_or_default();
        self.content
            .fault(self.stream, Fault::NoResource { kind, name });
    }

    fn use_font(&mut self, font: Option<&'d Object>) -> Result<(), Stop> {
        self.state.font = None;
        self.state.has_font = true;
        let found = font.and_then(|f| Some((f, dictionary(self.subject.resolve(f)?)?)));
        let Some((written, dict)) = found else {
            self.content.fault(self.stream, Fault::FontType);
            return Ok(());
        };
        let id: FontId = match written.as_reference() {
            Ok(id) => (Some(id), 0),
            // It lives as long as the document: its place is its name.
            Err(_) => (None, std::ptr::from_ref(dict).addr()),
        };
        let is_new = !self.content.fonts.contains_key(&id);
        self.content.font(id, dict)?;
        match self.subject.name(dict, b"Subtype") {
            Some(b"Type0") => {
                let encoding = self.subject.name(dict, b"Encoding");
                if let Some(b"Identity-H" | b"Identity-V") = encoding {
                    self.state.font = Some(id);
                }
            }
            Some(b"Type3") if is_new => {
                let glyphs = self.subject.dict(dict, b"CharProcs");
                let resources = self.subject.dict(dict, b"Resources").or(self.resources);
                let outer = std::mem::replace(&mut self.resources, resources);
                for (_, glyph) in glyphs.into_iter().flatten() {
                    self.form(glyph, Inherited::Settled, self.depth + 1)?;
                }
                self.resources = outer;
            }
            _ => {}
        }
        Ok(())
    }

    fn set_pattern(&mut self, operands: &[Token<'_>]) -> Result<(), Stop> {
        if !matches!(operands.last(), Some(Token::Name(_))) {
            return Ok(());
        }
        match self.resource(b"Pattern", operands) {
            Some(pattern) => self.form(pattern, Inherited::Settled, self.depth + 1),
            None => {
                self.missing("Pattern", operands);
                Ok(())
            }
        }
    }

    fn show(&mut self, operator: &[u8], operands: &[Token<'_>]) -> Result<(), Stop> {
        let Some(id) = self.state.font.filter(|_| !self.state.invisible) else {
            return Ok(());
        };
        let Some(font) = self.content.fonts.get_mut(&id) else {
            return Ok(());
        };
        let mut half = false;
        for operand in operands {
            let bytes = match operand {
                Token::Literal(written) => lexer::literal(written),
                Token::Hex(written) => lexer::hex(written),
                _ => continue,
            };
            half |= bytes.len() % 2 == 1;
            for code in bytes.chunks_exact(2) {
                if let [high, low] = code {
                    font.codes.insert(u16::from_be_bytes([*high, *low]));
                }
            }
        }
        if half {
            self.wrong(operator, "half a code of two bytes is shown");
        }
        Ok(())
    }

    fn draw(&mut self, operands: &[Token<'_>]) -> Result<(), Stop> {
        let found = self.resource(b"XObject", operands);
        let stream = found.and_then(|written| self.subject.resolve(written)?.as_stream().ok());
        let (Some(written), Some(stream)) = (found, stream) else {
            self.missing("XObject", operands);
            return Ok(());
        };
        let whole = self
            .structure
            .is_some_and(|s| s.holds_object(self.subject.integer(&stream.dict, b"StructParent")));
        match self.subject.name(&stream.dict, b"Subtype") {
            Some(b"Form") => {
                let inherited = match self.standing() {
                    _ if whole => Inherited::Settled,
                    Mark::Settled => Inherited::Settled,
                    Mark::Broken(why) => Inherited::Broken(why),
                    Mark::Plain => Inherited::Nothing,
                };
                self.form(written, inherited, self.depth + 1)
            }
            Some(b"Image") if !whole => {
                self.paint("an image", false);
                Ok(())
            }
            Some(b"Image" | b"PS") => Ok(()),
            _ => {
                self.missing("XObject", operands);
                Ok(())
            }
        }
    }
}

fn bounded(open: usize, what: &'static str) -> Result<(), Stop> {
    if open > MAX_OPEN {
        return Err(Stop::TooMuch(what));
    }
    Ok(())
}

fn shown(operator: &[u8]) -> String {
    let shown: Vec<u8> = operator.iter().copied().take(40).collect();
    String::from_utf8_lossy(&shown).into_owned()
}
