//! What is wrong with a rule, in words for who wrote it.

/// The line of a place in the text, from 1.
pub(super) fn line(text: &str, at: usize) -> usize {
    let before = text.bytes().take(at);
    1 + before.filter(|b| *b == b'\n').count()
}

pub(super) fn named(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match !name.is_empty() && name.chars().all(plain) {
        true => Ok(()),
        false => Err(format!(
            "name: {name:?} is not of small letters, digits and hyphens"
        )),
    }
}

pub(super) fn is_host(host: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    host.contains('.') && !host.starts_with('.') && host.chars().all(plain)
}

pub(super) fn paths(key: &str, paths: &[String]) -> Result<(), String> {
    match paths.iter().find(|path| !path.starts_with('/')) {
        Some(path) => Err(format!("{key}: {path:?} does not begin with /")),
        None => Ok(()),
    }
}

pub(super) fn texts(key: &str, texts: &[String]) -> Result<(), String> {
    let says_nothing = |text: &&String| !text.chars().any(char::is_alphanumeric);
    match texts.iter().find(says_nothing) {
        Some(text) => Err(format!("{key}: {text:?} would match any text")),
        None => Ok(()),
    }
}

pub(super) fn selectors(key: &str, selectors: &[String]) -> Result<(), String> {
    for selector in selectors {
        if let Err(problem) = balanced(selector) {
            return Err(format!("{key}: {selector:?}: {problem}"));
        }
    }
    Ok(())
}

/// As much of a selector as can be judged without the browser: brackets and quotes are closed.
fn balanced(selector: &str) -> Result<(), String> {
    if selector.trim().is_empty() {
        return Err("says nothing".to_owned());
    }
    let (mut open, mut quote) = (Vec::new(), None);
    for c in selector.chars() {
        match (quote, c) {
            (Some(q), _) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => open.push(']'),
            (None, '(') => open.push(')'),
            (None, ']' | ')') if open.pop() == Some(c) => {}
            (None, ']' | ')') => return Err(format!("'{c}' closes nothing")),
            (None, '{' | '}' | ';' | '@') => return Err(format!("'{c}' is not of a selector")),
            _ => {}
        }
    }
    match (quote, open.pop()) {
        (Some(q), _) => Err(format!("{q} is not closed")),
        (None, Some(c)) => Err(format!("'{c}' is missing")),
        (None, None) => Ok(()),
    }
}
