//! A query in the index's own words. Folded words hold no sign that the index knows, so nothing that a person types
//! reaches it as anything but a word.

use super::{SearchFilter, SearchWhere};
use crate::catalog::{Catalog, Error, Restricted};
use crate::record::{Kind, Platform};
use crate::retention::{Leaf, Node, Query};

/// More places than this are told apart record by record.
pub(super) const MOST_PLACES: usize = 100;

/// What the index is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// For these words and facets.
    Match(String),
    /// For every document.
    Everything,
    /// For none: no account is meant.
    Nothing,
}

impl Catalog {
    pub(super) fn asked_of_index(
        &self,
        query: Option<&Query>,
        filters: &[SearchFilter],
        restricted: &Restricted,
    ) -> Result<Question, Error> {
        let mut parts: Vec<String> = query.map(|query| words(&query.root)).into_iter().collect();
        let mut not = Vec::new();
        for filter in filters {
            if let Some(kind) = filter.kind {
                parts.push(facet(&format!("/k{}", kind.as_str())));
            }
            match filter.place {
                Some(SearchWhere::Pages) => parts.push(facet("/p")),
                Some(SearchWhere::Posts) => not.push(facet("/p")),
                Some(SearchWhere::Author) | None => {}
            }
            if filter.is_of_places() {
                let places = self.places(filter)?;
                match places.len() {
                    0 => return Ok(Question::Nothing),
                    n if n <= MOST_PLACES => {
                        let places = places.iter().map(|n| facet(&format!("/a{n}")));
                        parts.push(format!("({})", places.collect::<Vec<_>>().join(" OR ")));
                    }
                    _ => {}
                }
            }
        }
        if *restricted == Restricted::None {
            not.push(facet("/r"));
        }
        if parts.is_empty() {
            return Ok(Question::Everything);
        }
        let all = format!("({})", parts.join(" AND "));
        Ok(Question::Match(without(all, &not)))
    }

    /// The numbers of accounts with their committees that a filter means.
    pub(super) fn places(&self, filter: &SearchFilter) -> Result<Vec<i64>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT p.n, p.account, p.committee, a.platform FROM search_place p JOIN account a ON a.id = p.account
             ORDER BY p.n",
        )?;
        let mut rows = statement.query([])?;
        let mut places = Vec::new();
        while let Some(row) = rows.next()? {
            let text = |at: usize| row.get_ref(at)?.as_str().map_err(rusqlite::Error::from);
            if filter.means_place(text(1)?, text(2)?, text(3)?) {
                places.push(row.get(0)?);
            }
        }
        Ok(places)
    }
}

impl SearchFilter {
    pub(super) fn is_of_places(&self) -> bool {
        !self.accounts.is_empty() || self.committee.is_some() || self.platform.is_some()
    }

    pub(super) fn means_place(&self, account: &str, committee: &str, platform: &str) -> bool {
        (self.accounts.is_empty() || self.accounts.iter().any(|a| a.as_str() == account))
            && self.committee.as_deref().is_none_or(|c| c == committee)
            && self
                .platform
                .map(Platform::as_str)
                .is_none_or(|p| p == platform)
    }

    pub(super) fn means_kind(&self, kind: &str) -> bool {
        self.kind.map(Kind::as_str).is_none_or(|k| k == kind)
    }
}

fn facet(name: &str) -> String {
    format!("\"{name}\"")
}

fn without(all: String, not: &[String]) -> String {
    let less = |all: String, not: &String| format!("({all} NOT {not})");
    not.iter().fold(all, less)
}

fn words(node: &Node) -> String {
    match node {
        Node::All(nodes) => {
            let (not, all): (Vec<&Node>, Vec<&Node>) =
                nodes.iter().partition(|node| matches!(node, Node::Not(_)));
            let all: Vec<String> = all.into_iter().map(words).collect();
            let not: Vec<String> = not.into_iter().map(words).collect();
            without(format!("({})", all.join(" AND ")), &not)
        }
        Node::Any(nodes) => {
            let any: Vec<String> = nodes.iter().map(words).collect();
            format!("({})", any.join(" OR "))
        }
        // Under `All` it is taken off what is asked for.
        Node::Not(node) => words(node),
        Node::Leaf(leaf) => phrase(leaf),
    }
}

fn phrase(leaf: &Leaf) -> String {
    let star = if leaf.begins { " *" } else { "" };
    let phrase = format!("\"{}\"{star}", leaf.words.join(" "));
    let phrase = match leaf.column {
        Some(column) => format!("({} : {phrase})", column.as_str()),
        None => phrase,
    };
    let Some(mark) = leaf.mark.map(char::from) else {
        return phrase;
    };
    let first = leaf.words.first().map(String::as_str).unwrap_or_default();
    let star = if leaf.words.len() == 1 { star } else { "" };
    let marked = format!("\"{mark}{first}\"{star}");
    match leaf.is_mark_alone() {
        true => marked,
        false => format!("({phrase} AND {marked})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> String {
        words(&Query::parse(text).unwrap().root)
    }

    #[test]
    fn a_query_is_said_in_the_words_of_the_index() {
        assert_eq!(asked("Snö"), "\"snö\"");
        assert_eq!(asked("snö \"och is\"*"), "(\"snö\" AND \"och is\" *)");
        assert_eq!(
            asked("snö -is -regn"),
            "(((\"snö\") NOT \"is\") NOT \"regn\")"
        );
        assert_eq!(asked("a OR (b c)"), "(\"a\" OR (\"b\" AND \"c\"))");
        assert_eq!(asked("författare:anna"), "(author : \"anna\")");
        assert_eq!(asked("#svara*"), "\"#svara\" *");
        assert_eq!(asked("\"#svara nu\""), "(\"svara nu\" AND \"#svara\")");
    }
}
