//! What fonts say of their letters: three characters that PDF/A forbids there are replaced (ISO 19005-2, 6.2.11.7.2).

use std::collections::BTreeSet;

use lopdf::{Dictionary, Object, ObjectId};

use super::{Change, Print};
use crate::pdfa::Error;
use crate::pdfa::file::{Pad, compressed};
use crate::pdfa::gate::{Lexer, Token};

impl Print<'_> {
    pub(super) fn mend_unicode(&mut self) -> Result<(), Error> {
        let fonts = self.subject.doc.objects.values();
        let maps: BTreeSet<ObjectId> = fonts
            .filter_map(|font| {
                font.as_dict()
                    .ok()?
                    .get(b"ToUnicode")
                    .ok()?
                    .as_reference()
                    .ok()
            })
            .collect();
        for id in maps {
            let Some(Object::Stream(map)) = self.subject.doc.objects.get(&id) else {
                continue;
            };
            let mut data = self.unpacked(map)?;
            let replaced = replace(&mut data);
            if replaced > 0 {
                let map = compressed(Dictionary::new(), data, Pad::LineFeed);
                self.subject.doc.objects.insert(id, map.into());
                self.told(Change::Character, replaced);
            }
        }
        Ok(())
    }
}

/// Where the map stands.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Outside,
    /// Before the code, or the codes, that are mapped.
    Codes(usize),
    /// Before what they are mapped to; of a range, if it is one.
    Text(usize),
}

/// Replaces what text may not be, as long as it was; gives back how often.
fn replace(map: &mut [u8]) -> usize {
    let mut places = Vec::new();
    let mut lexer = Lexer::new(map);
    let mut state = State::Outside;
    let mut in_array = false;
    while let Some(token) = lexer.next() {
        state = match (state, token) {
            (_, Token::Word(b"beginbfchar")) => State::Codes(1),
            (_, Token::Word(b"beginbfrange")) => State::Codes(2),
            (State::Outside, _) | (_, Token::Word(_)) => State::Outside,
            (State::Codes(count), Token::Hex(_)) => State::Text(count),
            (State::Text(2), Token::Hex(_)) => State::Text(3),
            (State::Text(count), Token::Hex(written)) => {
                let end = lexer.at().saturating_sub(1);
                places.push(end.saturating_sub(written.len())..end);
                match (in_array, count) {
                    (true, _) => state,
                    (false, 3) => State::Codes(2),
                    (false, _) => State::Codes(1),
                }
            }
            (State::Text(3), Token::ArrayOpen) => {
                in_array = true;
                state
            }
            (State::Text(3), Token::ArrayClose) => {
                in_array = false;
                State::Codes(2)
            }
            (state, _) => state,
        };
    }
    let mut replaced = 0;
    for unit in places.into_iter().flat_map(|place| {
        place
            .clone()
            .step_by(4)
            .map(move |at| at..(at + 4).min(place.end))
    }) {
        let Some(unit) = map.get_mut(unit) else {
            continue;
        };
        let instead: &[u8; 4] = match unit.to_ascii_uppercase().as_slice() {
            // WORD JOINER, which Unicode made of it.
            b"FEFF" => b"2060",
            // REPLACEMENT CHARACTER.
            b"FFFE" | b"0000" => b"FFFD",
            _ => continue,
        };
        unit.copy_from_slice(instead);
        replaced += 1;
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_codes_are_mapped_to_is_replaced() {
        let mut map = b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n\
            3 beginbfchar <0000> <0041> <FEFF> <feff> <0003> <0042FFFE> endbfchar\n\
            2 beginbfrange <0000> <0000> <0000> <0001> <0002> [<FFFE> <0043>] <0000> <0001> <0044> endbfrange"
            .to_vec();
        assert_eq!(replace(&mut map), 4);
        assert_eq!(
            String::from_utf8(map).unwrap(),
            "1 begincodespacerange <0000> <FFFF> endcodespacerange\n\
            3 beginbfchar <0000> <0041> <FEFF> <2060> <0003> <0042FFFD> endbfchar\n\
            2 beginbfrange <0000> <0000> <FFFD> <0001> <0002> [<FFFD> <0043>] <0000> <0001> <0044> endbfrange"
        );
    }
}
