//! One stream, operator by operator.

use std::ops::Range;
use std::rc::Rc;

use lopdf::{Dictionary, Object, ObjectId};

use super::super::Print;
use super::super::missing::Substitute;
use super::edits::Edits;
use super::{Changed, Task, Work};
use crate::pdfa::Error;
use crate::pdfa::gate::{Lexer, Token, dictionary, hex, literal, unescaped};

/// Words before an operator, states saved and marks begun: more is no content.
const MAX_OPERANDS: usize = 200_000;
const MAX_OPEN: usize = 4_096;
/// Changes to one stream, and missing letters in all: more is no page.
const MAX_EDITS: usize = 1_000_000;
const MAX_MISSING: usize = 2_000_000;

/// The font that is set, where it has letters that must not be shown.
#[derive(Clone)]
struct Set {
    substitute: Rc<Substitute>,
    /// As the content names it.
    name: Vec<u8>,
    size: f64,
}

/// Between BT and ET.
struct Text {
    start: usize,
    /// Something in it is tagged.
    marked: bool,
    /// What is painted outside of tags.
    paints: Vec<Range<usize>>,
}

pub struct Reading<'p, 'd, 'w> {
    print: &'p Print<'d>,
    work: &'w mut Work,
    resources: Option<&'p Dictionary>,
    page: ObjectId,
    settled: bool,
    /// Whether each mark that is open tags, or makes an artifact; and how many do.
    marks: Vec<bool>,
    settling: usize,
    font: Option<Set>,
    saved: Vec<Option<Set>>,
    /// Where the path begins that is not painted yet.
    path: Option<usize>,
    text: Option<Text>,
    edits: Edits,
    used: Vec<Rc<Substitute>>,
}

impl<'p, 'd, 'w> Reading<'p, 'd, 'w> {
    pub fn new(
        print: &'p Print<'d>,
        work: &'w mut Work,
        resources: Option<&'p Dictionary>,
        page: ObjectId,
        settled: bool,
    ) -> Self {
        Self {
            print,
            work,
            resources,
            page,
            settled,
            marks: Vec::new(),
            settling: 0,
            font: None,
            saved: Vec::new(),
            path: None,
            text: None,
            edits: Edits::default(),
            used: Vec::new(),
        }
    }

    /// None where nothing changes.
    pub fn read(mut self, data: &[u8]) -> Result<Option<Changed>, Error> {
        let mut lexer = Lexer::new(data);
        let mut operands: Vec<Token<'_>> = Vec::new();
        let mut begin = 0;
        while let Some(token) = lexer.next() {
            match token {
                Token::Word(b"BI") => {
                    while lexer.next().is_some_and(|t| t != Token::Word(b"ID")) {}
                    lexer.skip_image();
                    self.paint(begin..lexer.at());
                }
                Token::Word(operator) if !matches!(operator, b"true" | b"false" | b"null") => {
                    self.operator(operator, &operands, begin..lexer.at());
                }
                operand => {
                    operands.push(operand);
                    if operands.len() > MAX_OPERANDS {
                        return Err(too_much());
                    }
                    continue;
                }
            }
            if self.is_too_much() {
                return Err(too_much());
            }
            operands.clear();
            begin = lexer.at();
        }
        let fonts = self.used;
        let changed = self.edits.apply(data);
        Ok(changed.map(|data| Changed { data, fonts }))
    }

    fn is_too_much(&self) -> bool {
        self.saved.len() > MAX_OPEN
            || self.marks.len() > MAX_OPEN
            || self.edits.len() > MAX_EDITS
            || self.work.missing > MAX_MISSING
    }

    /// Outside of all that is tagged or an artifact.
    fn is_outside(&self) -> bool {
        !self.settled && self.settling == 0
    }

    fn operator(&mut self, operator: &[u8], operands: &[Token<'_>], place: Range<usize>) {
        match operator {
            b"q" => self.saved.push(self.font.clone()),
            b"Q" => self.font = self.saved.pop().flatten(),
            b"m" | b"re" | b"l" | b"c" | b"v" | b"y" | b"h" => {
                self.path.get_or_insert(place.start);
            }
            b"n" => self.path = None,
            b"S" | b"s" | b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" => {
                let start = self.path.take().unwrap_or(place.start);
                self.paint(start..place.end);
            }
            b"sh" => self.paint(place),
            b"BT" => {
                self.text = Some(Text {
                    start: place.start,
                    marked: false,
                    paints: Vec::new(),
                });
            }
            b"ET" => self.end_text(place.end),
            b"Tf" => self.set_font(operands),
            b"Tj" | b"TJ" => {
                self.show(operands, place.clone());
                self.paint(place);
            }
            b"'" | b"\"" => self.paint(place),
            b"Do" => self.draw(operands, place),
            b"gs" => self.set_state(operands),
            b"scn" | b"SCN" => {
                let pattern = match operands.last() {
                    Some(Token::Name(_)) => self.resource(b"Pattern", operands),
                    _ => None,
                };
                self.later(pattern, true);
            }
            b"BMC" | b"BDC" => {
                let settles =
                    operands.first() == Some(&Token::Name(b"Artifact")) || self.has_mcid(operands);
                self.marks.push(settles);
                self.settling += usize::from(settles);
                if let Some(text) = self.text.as_mut().filter(|_| settles) {
                    text.marked = true;
                }
            }
            b"EMC" => self.settling -= usize::from(self.marks.pop() == Some(true)),
            _ => {}
        }
    }

    fn paint(&mut self, place: Range<usize>) {
        if !self.is_outside() {
            return;
        }
        match &mut self.text {
            Some(text) => text.paints.push(place),
            None => self.edits.artifact(place),
        }
    }

    fn end_text(&mut self, end: usize) {
        let Some(text) = self.text.take() else { return };
        if text.paints.is_empty() {
            return;
        }
        if text.marked {
            text.paints
                .into_iter()
                .for_each(|place| self.edits.artifact(place));
        } else {
            self.edits.artifact(text.start..end);
        }
    }

    /// An entry of the resources, as it is written.
    fn resource(&self, kind: &[u8], operands: &[Token<'_>]) -> Option<&'p Object> {
        let name = operands.iter().rev().find_map(|t| match t {
            Token::Name(name) => Some(*name),
            _ => None,
        })?;
        let all = self.print.subject.dict(self.resources?, kind)?;
        all.get(name).or_else(|_| all.get(&unescaped(name))).ok()
    }

    /// Written there, or named in the resources (ISO 32000-1, 14.6.2).
    fn has_mcid(&self, operands: &[Token<'_>]) -> bool {
        if let [Token::Name(_), named @ Token::Name(_)] = operands {
            let found = self.resource(b"Properties", &[*named]);
            let found = found
                .and_then(|p| self.print.subject.resolve(p))
                .and_then(dictionary);
            return found.is_some_and(|properties| properties.has(b"MCID"));
        }
        operands.contains(&Token::Name(b"MCID"))
    }

    /// A stream that is drawn from here.
    fn later(&mut self, stream: Option<&Object>, settled: bool) {
        let id = stream.and_then(|s| s.as_reference().ok());
        if let Some(id) = id.filter(|id| self.work.seen.insert(*id)) {
            let page = self.page;
            self.work.open.push(Task { id, page, settled });
        }
    }

    fn draw(&mut self, operands: &[Token<'_>], place: Range<usize>) {
        let Some(written) = self.resource(b"XObject", operands) else {
            return;
        };
        let drawn = self.print.subject.resolve(written).and_then(dictionary);
        let is_form =
            drawn.is_some_and(|d| self.print.subject.name(d, b"Subtype") == Some(b"Form"));
        if !is_form {
            self.paint(place);
            return;
        }
        let tagged = written
            .as_reference()
            .is_ok_and(|id| self.print.is_tagged(id, &mut self.work.tagged, 0));
        if tagged && self.is_outside() {
            self.later(Some(written), false);
        } else {
            self.paint(place);
            self.later(Some(written), true);
        }
    }

    /// A graphics state may have a mask, which is drawn.
    fn set_state(&mut self, operands: &[Token<'_>]) {
        let subject = &self.print.subject;
        let state = self.resource(b"ExtGState", operands);
        let state = state.and_then(|s| subject.resolve(s)).and_then(dictionary);
        let mask = state.and_then(|s| subject.dict(s, b"SMask")?.get(b"G").ok());
        self.later(mask, true);
    }

    fn set_font(&mut self, operands: &[Token<'_>]) {
        self.font = None;
        let (Some(Token::Name(name)), Some(Token::Number(size))) =
            (operands.first(), operands.last())
        else {
            return;
        };
        let font = self
            .resource(b"Font", operands)
            .and_then(|f| f.as_reference().ok());
        let Some(id) = font else { return };
        let print = self.print;
        let known = self.work.fonts.entry(id);
        let substitute = known.or_insert_with(|| print.substitute(id).map(Rc::new));
        self.font = substitute.clone().map(|substitute| Set {
            substitute,
            name: name.to_vec(),
            size: *size,
        });
    }

    /// Text with letters that no font has: each is drawn by the font that stands in for it.
    fn show(&mut self, operands: &[Token<'_>], place: Range<usize>) {
        let Some(substitute) = self.font.as_ref().map(|set| Rc::clone(&set.substitute)) else {
            return;
        };
        let codes = |token: &Token<'_>| match token {
            Token::Hex(written) => Some(hex(written)),
            Token::Literal(written) => Some(literal(written)),
            _ => None,
        };
        let lacks = |bytes: &[u8]| bytes.chunks_exact(2).any(|code| substitute.lacks(code));
        if !operands.iter().filter_map(codes).any(|bytes| lacks(&bytes)) {
            return;
        }
        let mut out = Vec::new();
        let mut run: Vec<u8> = Vec::new();
        let mut boxes = 0;
        for operand in operands {
            if let Token::Number(offset) = operand {
                self.end_boxes(&mut boxes, &mut out);
                run.extend(format!("{offset} ").bytes());
            }
            for code in codes(operand).unwrap_or_default().chunks(2) {
                if substitute.lacks(code) {
                    end_run(&mut run, &mut out);
                    boxes += 1;
                    continue;
                }
                self.end_boxes(&mut boxes, &mut out);
                run.push(b'<');
                code.iter()
                    .for_each(|b| run.extend(format!("{b:02X}").bytes()));
                run.push(b'>');
            }
        }
        self.end_boxes(&mut boxes, &mut out);
        end_run(&mut run, &mut out);
        if !self.used.iter().any(|used| Rc::ptr_eq(used, &substitute)) {
            self.used.push(substitute);
        }
        out.pop();
        self.edits.replace(place, out);
    }

    /// Missing letters side by side, drawn.
    fn end_boxes(&mut self, boxes: &mut usize, out: &mut Vec<u8>) {
        let Some(Set {
            substitute,
            name,
            size,
        }) = self.font.as_ref().filter(|_| *boxes > 0)
        else {
            return;
        };
        out.extend(format!("/{} {size} Tf <", substitute.name).bytes());
        out.extend(b"01".repeat(*boxes));
        out.extend(b"> Tj\n/");
        out.extend(name);
        out.extend(format!(" {size} Tf\n").bytes());
        self.work.missing += std::mem::take(boxes);
    }
}

/// Text that the font has letters for.
fn end_run(run: &mut Vec<u8>, out: &mut Vec<u8>) {
    if !run.is_empty() {
        out.push(b'[');
        out.append(run);
        out.extend(b"] TJ\n");
    }
}

fn too_much() -> Error {
    Error::Broken("its content is more than a page can have".to_owned())
}
