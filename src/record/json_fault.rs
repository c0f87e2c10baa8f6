//! What is wrong with JSON, told without what stands in it: errors reach logs, and what people wrote may not.

use serde_json::Error;
use serde_json::error::Category;

/// `another kind of value at line 3, column 7`. Serde's own message would quote the value.
pub fn json_fault(error: &Error) -> String {
    let what = match error.classify() {
        Category::Io => return error.to_string(),
        Category::Eof => "it ends too early",
        Category::Syntax => "it is not JSON",
        Category::Data => "a value is missing or of another kind",
    };
    match error.line() {
        0 => what.to_owned(),
        line => format!("{what}, at line {line}, column {}", error.column()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_told_and_not_the_value() {
        for (text, told) in [
            (
                "[\n\"hemligt\"]",
                "a value is missing or of another kind, at line 2, column 9",
            ),
            ("[1", "it ends too early, at line 1, column 2"),
            ("[hemligt", "it is not JSON, at line 1, column 2"),
        ] {
            let error = serde_json::from_str::<Vec<u8>>(text).unwrap_err();
            assert_eq!(json_fault(&error), told);
        }
    }
}
