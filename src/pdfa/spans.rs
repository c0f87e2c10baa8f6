//! Spans of a body's text as runs, with links that lead only where they may.

use std::rc::Rc;

use url::Url;

use super::compose::{INK, LINK, MUTED, run};
use super::fonts::Face;
use super::paragraph::{Run, Style};
use super::shape::is_invisible;
use crate::record::Span;

/// The text, if it says anything.
pub fn named(text: Option<&str>) -> Option<&str> {
    let seen = |c: char| !c.is_whitespace() && !is_invisible(c);
    text.map(str::trim).filter(|t| t.contains(seen))
}

/// What spans look like where they do not say.
#[derive(Clone, Copy)]
pub struct Look {
    pub size: f32,
    pub bold: bool,
    pub italic: bool,
}

impl Look {
    pub fn body(size: f32) -> Self {
        Self {
            size,
            bold: false,
            italic: false,
        }
    }
}

/// Spans as runs; a link whose text does not show its target is followed by it in small print.
pub fn runs(spans: &[Span], look: Look) -> Vec<Run> {
    let mut out = Vec::with_capacity(spans.len());
    let mut link_text = String::new();
    for (i, span) in spans.iter().enumerate() {
        let face = Face::of(look.bold || span.bold, look.italic ^ span.italic);
        let target = named(span.link.as_deref());
        let link = target.and_then(clickable);
        let colour = if link.is_some() { LINK } else { INK };
        out.push(Run {
            text: span.text.clone(),
            style: Rc::new(Style {
                link,
                ..Style::new(face, look.size, colour)
            }),
        });
        let Some(target) = target else {
            continue;
        };
        link_text.push_str(&span.text);
        let ends = spans.get(i + 1).and_then(|s| s.link.as_deref()) != span.link.as_deref();
        if ends {
            if !shows(&link_text, target) {
                let mut small = Style::new(Face::Regular, look.size - 2.0, MUTED);
                small.link = clickable(target);
                out.push(run(format!(" ({target})"), &Rc::new(small)));
            }
            link_text.clear();
        }
    }
    out
}

/// Whether the text of a link already tells where it leads.
fn shows(text: &str, target: &str) -> bool {
    let bare = |s: &str| {
        let s = s.trim();
        let s = ["https://", "http://", "mailto:"]
            .iter()
            .find_map(|p| s.strip_prefix(p))
            .unwrap_or(s);
        s.trim_start_matches("www.")
            .trim_end_matches('/')
            .to_lowercase()
    };
    bare(text) == bare(target)
}

/// The address as a link of the page: only web and mail addresses, in ASCII, of sane length.
pub fn clickable(address: &str) -> Option<Rc<str>> {
    let url = Url::parse(address.trim()).ok()?;
    let good = matches!(url.scheme(), "http" | "https" | "mailto") && url.as_str().len() <= 2_000;
    good.then(|| Rc::from(url.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_and_mail_addresses_can_be_clicked() {
        assert!(clickable("https://å.example/ä").is_some_and(|u| u.is_ascii()));
        assert!(clickable("mailto:a@b.example").is_some());
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "/relativ",
            "file:///etc",
        ] {
            assert_eq!(clickable(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_target_is_told_unless_the_text_is_the_target() {
        assert!(shows("tibro.se", "https://www.tibro.se/"));
        assert!(shows("a@b.example", "mailto:a@b.example"));
        assert!(!shows("tibro.se", "https://evil.example/"));
    }
}
