//! Marked content: how what is painted stands in the structure tree.

use super::super::super::lexer::Token;
use super::super::super::subject::dictionary;
use super::super::super::violation::{Fault, Untagged};
use super::{Inherited, Mark, Walk};

impl Walk<'_, '_> {
    pub(super) fn mark(&mut self, operands: &[Token<'_>]) -> Mark {
        let Some(structure) = self.structure else {
            return Mark::Plain;
        };
        if operands.first() == Some(&Token::Name(b"Artifact")) {
            return Mark::Settled;
        }
        let mcid = self.mcid(operands);
        let places = [self.owner.form, self.owner.page].into_iter().flatten();
        let here = mcid.map(|mcid| places.map(move |place| (place, mcid)));
        self.content.marked.extend(here.into_iter().flatten());
        match mcid.map(|mcid| structure.judge(self.owner, mcid)) {
            None => Mark::Plain,
            Some(Ok(())) => Mark::Settled,
            Some(Err(why)) => Mark::Broken(why),
        }
    }

    /// From the property list of `BDC`: written there, or named in the resources.
    fn mcid(&self, operands: &[Token<'_>]) -> Option<i64> {
        if let [Token::Name(_), named @ Token::Name(_)] = operands {
            let properties = self.resource(b"Properties", &[*named])?;
            let properties = self.subject.resolve(properties).and_then(dictionary)?;
            return self.subject.integer(properties, b"MCID");
        }
        let mut depth = 0_usize;
        for pair in operands.windows(2) {
            match pair {
                [Token::DictOpen | Token::ArrayOpen, _] => depth += 1,
                [Token::DictClose | Token::ArrayClose, _] => depth = depth.saturating_sub(1),
                #[allow(clippy::cast_possible_truncation)] // an MCID is a whole number
                [Token::Name(b"MCID"), Token::Number(n)] if depth == 1 => return Some(*n as i64),
                _ => {}
            }
        }
        None
    }

    /// How content stands here.
    pub(super) fn standing(&self) -> Mark {
        match (self.marks.last(), self.inherited) {
            (Some(mark), _) => *mark,
            (None, Inherited::Nothing) => Mark::Plain,
            (None, Inherited::Settled) => Mark::Settled,
            (None, Inherited::Broken(why)) => Mark::Broken(why),
        }
    }

    /// Something is painted. What stands in no marked content at all is found by page_validation, but for pictures
    /// that are written in the content itself.
    pub(super) fn paint(&mut self, content: &'static str, inline: bool) {
        if self.structure.is_none() {
            return;
        }
        let why = match self.standing() {
            Mark::Broken(why) => why,
            Mark::Plain if inline => Untagged::Unmarked,
            _ => return,
        };
        self.content
            .fault(self.stream, Fault::Untagged { content, why });
    }
}
