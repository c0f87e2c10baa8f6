//! Where a regular expression finds something in a text.

use std::ops::Range;

use icu_normalizer::ComposingNormalizerBorrowed;
use regex::Regex;

use super::fold::{Placed, is_hyphen, is_invisible};

/// A pattern is held against the text as it is seen, with its lines as they are, on one line, and with words that are
/// split over lines whole again; any hyphen or minus also as `-`.
pub(super) fn patterns(text: &[Placed], pattern: &Regex, found: &mut Vec<Range<usize>>) {
    let seen = composed(text);
    let mut ways = Vec::new();
    if seen.iter().any(|(c, _)| is_hyphen(*c) && *c != '-') {
        let plain = |(c, at): &Placed| (if is_hyphen(*c) { '-' } else { *c }, at.clone());
        let plain: Vec<Placed> = seen.iter().map(plain).collect();
        ways.push(joined(&plain));
        ways.push(plain);
    }
    ways.push(seen.clone());
    if seen.iter().any(|(c, _)| is_line(*c)) {
        let spaced = seen
            .iter()
            .map(|(c, at)| (if is_line(*c) { ' ' } else { *c }, at.clone()));
        ways.push(spaced.collect());
        ways.push(joined(&seen));
    }
    for way in ways {
        let text: String = way.iter().map(|(c, _)| *c).collect();
        let mut offsets = Vec::with_capacity(way.len());
        let mut at = 0;
        for (c, _) in &way {
            offsets.push(at);
            at += c.len_utf8();
        }
        for hit in pattern.find_iter(&text).filter(|hit| !hit.is_empty()) {
            let from = offsets.partition_point(|o| *o < hit.start());
            let to = offsets.partition_point(|o| *o < hit.end());
            let Some(over) = way.get(from..to) else {
                continue;
            };
            let start = over.iter().map(|(_, at)| at.start).min();
            let end = over.iter().map(|(_, at)| at.end).max();
            if let (Some(start), Some(end)) = (start, end) {
                found.push(start..end);
            }
        }
    }
}

fn is_line(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Line ends are gone, with the hyphens and spaces before them.
fn joined(text: &[Placed]) -> Vec<Placed> {
    let mut out: Vec<Placed> = Vec::with_capacity(text.len());
    for (c, at) in text {
        if !is_line(*c) {
            out.push((*c, at.clone()));
            continue;
        }
        while out.last().is_some_and(|(c, _)| *c == ' ') {
            out.pop();
        }
        if out.last().is_some_and(|(c, _)| is_hyphen(*c)) {
            out.pop();
        }
    }
    out
}

/// What is seen, in NFKC: a letter with its marks as one.
fn composed(text: &[Placed]) -> Vec<Placed> {
    let composing = ComposingNormalizerBorrowed::new_nfkc();
    let mut out = Vec::with_capacity(text.len());
    let mut cluster = String::new();
    let mut over: Option<Range<usize>> = None;
    let mut flush = |cluster: &mut String, over: &mut Option<Range<usize>>| {
        if let Some(range) = over.take() {
            let whole = composing.normalize(cluster);
            out.extend(whole.chars().map(|c| (c, range.clone())));
            cluster.clear();
        }
    };
    for (c, at) in text.iter().filter(|(c, _)| !is_invisible(*c)) {
        let joins = matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{1160}'..='\u{11ff}');
        match &mut over {
            Some(range) if joins => {
                range.end = range.end.max(at.end);
                cluster.push(*c);
            }
            _ => {
                flush(&mut cluster, &mut over);
                cluster.push(*c);
                over = Some(at.clone());
            }
        }
    }
    flush(&mut cluster, &mut over);
    out
}
