//! Quotes of a CSV file whose cells are one line each: one that is left open would swallow the rows after it.

/// What is wrong with the first cell whose quotes do not end on their own line, with that line counted from 1. Read as
/// the csv crate reads: only a quote that begins a cell opens one, and two quotes in it are one.
pub(super) fn quote_fault(text: &str, delimiter: u8) -> Option<String> {
    let fault = |line: usize, problem: &str| Some(format!("line {line}: {problem}"));
    let (mut line, mut begins, mut quoted) = (1, true, false);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted => match bytes.peek() {
                Some(b'"') => {
                    bytes.next();
                }
                None | Some(b'\r' | b'\n') => quoted = false,
                Some(next) if *next == delimiter => quoted = false,
                Some(_) => {
                    return fault(
                        line,
                        "text follows the quote that ends a cell: a quote inside a cell is written twice",
                    );
                }
            },
            b'\r' | b'\n' if quoted => {
                return fault(
                    line,
                    "a quote is opened and not closed on its line: a cell is one line",
                );
            }
            _ if quoted => {}
            b'"' if begins => (quoted, begins) = (true, false),
            b'\r' | b'\n' => begins = true,
            _ => begins = byte == delimiter,
        }
        line += usize::from(byte == b'\n');
    }
    match quoted {
        true => fault(line, "a quote is opened and not closed"),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::quote_fault;

    #[test]
    fn quotes_end_on_their_line() {
        for good in [
            "",
            "a;b\r\n\"c\";\"d;e\"\r\n",
            "\"\";\"a \"\"b\"\" c\";x",
            "skärm 12\";\"x\"\n",
            "a;\"b\"",
        ] {
            assert_eq!(quote_fault(good, b';'), None, "{good:?}");
        }
        for (bad, line) in [
            ("a;\"b\nc;d\n", 1),
            ("a\r\n\"b;c\r\nd;\"e\"\r\n", 2),
            ("a;b\nc;\"d", 2),
            ("a;\"b\"c;d", 1),
            ("a;\"b\"\"", 1),
            ("a;\"två\rrader\"", 1),
        ] {
            let told = quote_fault(bad, b';').unwrap();
            assert!(
                told.starts_with(&format!("line {line}: ")),
                "{bad:?}: {told}"
            );
        }
    }
}
