//! Which occurrence of words is meant, when only one is: the n-th, as long as that is the same one in all versions.

use super::find::{Sought, Ways};
use super::fold::{letters, placed};
use super::said::Said;
use crate::record::Content;

/// Letters on each side by which an occurrence is known again.
const AROUND: usize = 24;

/// Whether the n-th is the same in all versions: among as many, with the same letters around it.
pub(super) fn is_steady(sought: &Sought, nth: u32, versions: &[&Content]) -> bool {
    let nth = (nth as usize).saturating_sub(1);
    let mut places = versions.iter().map(|content| {
        let said = Said::of(content);
        let found = Ways::of(said.text()).find(sought);
        let around = found.get(nth).map(|hit| {
            let all = letters(&placed(said.text()));
            let before = all.partition_point(|l| l.at.start < hit.start);
            let after = all.partition_point(|l| l.at.start < hit.end);
            let range = before.saturating_sub(AROUND)..after.saturating_add(AROUND).min(all.len());
            let of = all.get(range).unwrap_or_default();
            of.iter().map(|l| l.letter).collect::<String>()
        });
        (found.len(), around)
    });
    let first = places.next();
    places.all(|place| Some(place) == first)
}

#[cfg(test)]
mod tests {
    use super::super::find::Where;
    use super::*;

    #[test]
    fn an_occurrence_is_the_same_among_the_same_words() {
        let says = |text: &str| Content {
            title: Some(text.to_owned()),
            ..Content::default()
        };
        let is = |nth, one: &str, two: &str| {
            let sought = Sought::words("Bo", Where::Anywhere).unwrap();
            is_steady(&sought, nth, &[&says(one), &says(two)])
        };
        let one = "Bo kommer. I går ringde Bo till kommunen. Hej då alla i huset";
        assert!(is(2, one, &format!("{one} nu")));
        assert!(!is(2, one, &format!("Bo! {one}")));
        assert!(!is(2, one, &one.replace("ringde", "skrev")));
        assert!(!is(1, one, "Nej"));
    }
}
