//! Lists: items with their labels, lists within items.

use std::rc::Rc;

use super::compose::{Composer, Draw, Frame, INK, run, style};
use super::fonts::Face;
use super::paragraph::Line;
use super::spans::{Look, runs};
use super::tags::{Element, Numbering, Tag};
use crate::record::Span;

impl Composer<'_> {
    pub fn list_item(
        &mut self,
        depth: u8,
        number: Option<u32>,
        spans: &[Span],
        frame: &Frame,
        lists: &mut Lists,
    ) {
        let of_item = lists.item(&self.within, self.spoken(), depth, number.is_some());
        let outer = std::mem::replace(&mut self.within, Rc::clone(&of_item));
        let by = 19.0 + f32::from(depth) * 15.0;
        let inner = frame.inset(by.min(frame.measure / 2.0), None);
        let set = inner.setting(Tag::ItemBody, 2.5);
        let label = number.map_or_else(
            || {
                if depth.is_multiple_of(2) {
                    "•"
                } else {
                    "–"
                }
                .to_owned()
            },
            |n| format!("{n}."),
        );
        let runs = runs(spans, Look::body(frame.size));
        let mut lines = self.lines(&runs, set.measure);
        if lines.is_empty() {
            lines.push(Line::default());
        }
        let label = self.lines(&[run(label, &style(Face::Regular, frame.size, INK))], 60.0);
        let at = self.items.len();
        self.set_lines(lines, &set);
        if let (Some(item), Some(line)) = (self.items.get_mut(at), label.into_iter().next())
            && let Draw::Lines(sets) = &mut item.draw
            && let Some(first) = sets.first()
        {
            let mut mark = first.clone();
            mark.x = (set.x - line.width - 5.5).min(set.x - 12.0);
            mark.line = line;
            mark.of = Element::within(&of_item, Tag::Label);
            lists.body(&first.of);
            sets.insert(0, mark);
        }
        self.within = outer;
    }
}

/// The lists under way, the innermost last.
#[derive(Default)]
pub struct Lists(Vec<List>);

struct List {
    depth: u8,
    numbered: bool,
    list: Rc<Element>,
    /// What the last item says; a list deeper than this one stands in it.
    body: Option<Rc<Element>>,
}

impl Lists {
    /// A new item at that depth, in the list it goes on with or in a new one.
    fn item(
        &mut self,
        within: &Rc<Element>,
        language: Option<&Rc<str>>,
        depth: u8,
        numbered: bool,
    ) -> Rc<Element> {
        let ends = |l: &List| l.depth > depth || (l.depth == depth && l.numbered != numbered);
        while self.0.last().is_some_and(ends) {
            self.0.pop();
        }
        if let Some(list) = self.0.last().filter(|l| l.depth == depth) {
            return Element::within(&list.list, Tag::Item);
        }
        let around = self.0.last().and_then(|l| l.body.as_ref());
        let numbering = if numbered {
            Numbering::Decimal
        } else {
            Numbering::Disc
        };
        let list = Element::in_language(around.unwrap_or(within), Tag::List(numbering), language);
        let item = Element::within(&list, Tag::Item);
        self.0.push(List {
            depth,
            numbered,
            list,
            body: None,
        });
        item
    }

    fn body(&mut self, body: &Rc<Element>) {
        if let Some(list) = self.0.last_mut() {
            list.body = Some(Rc::clone(body));
        }
    }
}
