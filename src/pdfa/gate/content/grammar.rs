//! How operators stand in a content stream: with the operands that belong to them, and in pairs that nest
//! (ISO 32000-1, 8.2 and annex A).

use super::super::lexer::Token;

/// What is wrong with an operator.
pub type Wrong = &'static str;

const OPERANDS: Wrong = "it has not the operands that belong to it";

/// The operators read so far.
#[derive(Debug, Default)]
pub struct Grammar {
    in_text: bool,
    has_path: bool,
    /// Marked content that is open: whether it was opened in a text object.
    marks: Vec<bool>,
    saved: usize,
    compatible: usize,
}

impl Grammar {
    /// The next operator.
    pub fn operator(&mut self, operator: &[u8], operands: &[Token<'_>]) -> Result<(), Wrong> {
        if !fits(operator, operands).unwrap_or(true) {
            return Err(OPERANDS);
        }
        match operator {
            b"BT" if self.in_text => return Err("a text object is open already"),
            b"BT" => self.in_text = true,
            b"ET" if !self.in_text => return Err("no text object is open"),
            b"ET" if self.marks.last() == Some(&true) => {
                return Err("marked content that was opened in the text object is open");
            }
            b"ET" => self.in_text = false,
            b"BMC" | b"BDC" => self.marks.push(self.in_text),
            b"EMC" => match self.marks.pop() {
                None => return Err("no marked content is open"),
                Some(in_text) if in_text != self.in_text => {
                    return Err("marked content ends in another text object than it began in");
                }
                Some(_) => {}
            },
            b"q" => self.saved += 1,
            b"Q" => {
                let left = self.saved.checked_sub(1);
                self.saved = left.ok_or("no graphics state is saved")?;
            }
            b"BX" => self.compatible += 1,
            b"EX" => {
                let left = self.compatible.checked_sub(1);
                self.compatible = left.ok_or("no BX is open")?;
            }
            b"Tj" | b"TJ" | b"'" | b"\"" | b"Td" | b"TD" | b"Tm" | b"T*" if !self.in_text => {
                return Err("it stands in no text object");
            }
            _ => {}
        }
        self.path(operator)
    }

    fn path(&mut self, operator: &[u8]) -> Result<(), Wrong> {
        match operator {
            b"m" | b"re" => self.has_path = true,
            b"l" | b"c" | b"v" | b"y" | b"h" | b"W" | b"W*" if !self.has_path => {
                return Err("no path is begun");
            }
            // Without a path there is nothing to paint, which does no harm: veraPDF's corpus has it in files that pass.
            b"S" | b"s" | b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" => {
                self.has_path = false;
            }
            b"n" => self.has_path = false,
            b"l" | b"c" | b"v" | b"y" | b"h" | b"W" | b"W*" => {}
            _ if self.has_path => return Err("it stands in a path"),
            _ => {}
        }
        Ok(())
    }

    /// At the end of the content.
    pub fn end(&self) -> Result<(), Wrong> {
        if self.in_text {
            Err("a text object does not end")
        } else if !self.marks.is_empty() {
            Err("marked content does not end")
        } else if self.saved > 0 {
            Err("a saved graphics state is not restored")
        } else if self.has_path {
            Err("a path is not painted")
        } else if self.compatible > 0 {
            Err("BX has no EX")
        } else {
            Ok(())
        }
    }
}

/// None for an operator that is not known.
fn fits(operator: &[u8], operands: &[Token<'_>]) -> Option<bool> {
    let numbers = |n: usize| operands.len() == n && operands.iter().all(is_number);
    Some(match operator {
        b"q" | b"Q" | b"BT" | b"ET" | b"EMC" | b"BX" | b"EX" | b"S" | b"s" | b"f" | b"F"
        | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"n" | b"W" | b"W*" | b"h" | b"T*" => {
            operands.is_empty()
        }
        b"w" | b"J" | b"j" | b"M" | b"i" | b"TL" | b"Tc" | b"Tw" | b"Tz" | b"Ts" | b"Tr" | b"g"
        | b"G" => numbers(1),
        b"m" | b"l" | b"Td" | b"TD" | b"d0" => numbers(2),
        b"rg" | b"RG" => numbers(3),
        b"v" | b"y" | b"re" | b"k" | b"K" => numbers(4),
        b"cm" | b"Tm" | b"c" | b"d1" => numbers(6),
        b"ri" | b"gs" | b"cs" | b"CS" | b"Do" | b"sh" | b"MP" | b"BMC" => {
            matches!(operands, [Token::Name(_)])
        }
        b"Tf" => matches!(operands, [Token::Name(_), size] if is_number(size)),
        b"Tj" | b"'" => matches!(operands, [text] if is_text(text)),
        b"\"" => {
            matches!(operands, [a, b, text] if is_number(a) && is_number(b) && is_text(text))
        }
        b"TJ" => match operands {
            [Token::ArrayOpen, shown @ .., Token::ArrayClose] => {
                shown.iter().all(|t| is_number(t) || is_text(t))
            }
            _ => false,
        },
        b"d" => match operands {
            [Token::ArrayOpen, dashes @ .., Token::ArrayClose, phase] => {
                dashes.iter().all(is_number) && is_number(phase)
            }
            _ => false,
        },
        b"BDC" | b"DP" => match operands {
            [Token::Name(_), Token::Name(_)] => true,
            [Token::Name(_), list @ ..] => is_dictionary(list),
            _ => false,
        },
        b"sc" | b"SC" => !operands.is_empty() && operands.iter().all(is_number),
        b"scn" | b"SCN" => match operands {
            [components @ .., Token::Name(_)] => components.iter().all(is_number),
            components => !components.is_empty() && components.iter().all(is_number),
        },
        _ => return None,
    })
}

fn is_number(token: &Token<'_>) -> bool {
    matches!(token, Token::Number(n) if !n.is_nan())
}

fn is_text(token: &Token<'_>) -> bool {
    matches!(token, Token::Literal(_) | Token::Hex(_))
}

/// Brackets that match, around names and what belongs to them.
fn is_dictionary(list: &[Token<'_>]) -> bool {
    let mut open: Vec<(bool, usize)> = Vec::new();
    let mut left = list.iter();
    while let Some(token) = left.next() {
        match token {
            Token::DictOpen | Token::ArrayOpen => open.push((*token == Token::DictOpen, 0)),
            Token::DictClose | Token::ArrayClose => {
                let good = match open.pop() {
                    Some((true, items)) => *token == Token::DictClose && items % 2 == 0,
                    Some((false, _)) => *token == Token::ArrayClose,
                    None => false,
                };
                if !good {
                    return false;
                }
                match open.last_mut() {
                    None => return left.next().is_none(),
                    Some((_, items)) => *items += 1,
                }
            }
            other => {
                let Some((is_dictionary, items)) = open.last_mut() else {
                    return false;
                };
                let is_key = *is_dictionary && *items % 2 == 0;
                if is_key && !matches!(other, Token::Name(_)) {
                    return false;
                }
                *items += 1;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::super::lexer::Lexer;
    use super::*;

    fn judged(content: &[u8]) -> Result<(), Wrong> {
        let mut lexer = Lexer::new(content);
        let mut grammar = Grammar::default();
        let mut operands = Vec::new();
        while let Some(token) = lexer.next() {
            match token {
                Token::Word(operator) => {
                    grammar.operator(operator, &operands)?;
                    operands.clear();
                }
                operand => operands.push(operand),
            }
        }
        grammar.end()
    }

    #[test]
    fn what_nests_is_right() {
        let good: &[&[u8]] = &[
            b"q 1 0 0 1 0 0 cm /P <</MCID 0/A[1 2]/B<</C/D>>>> BDC BT /F 9 Tf [(a) 3 <00>] TJ ET EMC Q",
            b"BT /P /M BDC (a) Tj EMC ET [] 0 d [1 2] 0 d /P scn 1 0 0 scn 0 0 9 9 re W n BX EX n",
        ];
        for content in good {
            assert_eq!(
                judged(content),
                Ok(()),
                "{}",
                String::from_utf8_lossy(content)
            );
        }
    }

    #[test]
    fn what_does_not_is_wrong() {
        let bad: &[&[u8]] = &[
            b"q",
            b"Q",
            b"BT",
            b"ET",
            b"BT BT ET",
            b"/P BMC",
            b"EMC",
            b"BX",
            b"EX",
            b"/P BMC BT EMC ET",
            b"BT /P BMC ET EMC",
            b"(a) Tj",
            b"0 0 Td",
            b"BT 0 Td ET",
            b"0 0 m",
            b"0 0 l S",
            b"0 0 m BT ET",
            b"W n",
            b"0 0 m q 9 9 l S Q",
            b"1 2 --3 rg",
            b"(a) w",
            b"/P <</MCID>> BDC EMC",
            b"/P <<1 2>> BDC EMC",
            b"/P 0 BDC EMC",
            b"BT [(a) /B] TJ ET",
            b"BT (a)] TJ ET",
            b"/F Tf",
            b"] q Q",
            b"/P <</MCID 0 BDC EMC",
            b"/P ]] BDC EMC",
        ];
        for content in bad {
            assert!(
                judged(content).is_err(),
                "{}",
                String::from_utf8_lossy(content)
            );
        }
    }
}
