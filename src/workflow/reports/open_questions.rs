//! Which questions are open: found by the rule, not marked, and without an answer of ours after them.
//!
//! A question is answered by a later comment of ours that answers it, or something below it; or by a later comment of
//! ours that answers what the question itself stands below: the next of ours in the same thread. A comment of ours that
//! answers someone else's comment answers that alone. What never left the queue answered nobody; what was taken away
//! again did.

use std::collections::HashMap;

use crate::catalog::{Catalog, Error, QuestionState, ReportFilter, Utterance};
use crate::record::Kind;
use crate::workflow::question::QuestionRules;
use chrono::{DateTime, Utc};

/// Threads deeper than this are nobody's conversation.
const DEEPEST: usize = 200;

/// A question without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    pub asked: DateTime<Utc>,
    /// Its row in the catalog.
    pub row: i64,
    /// Which of the rules found it, in their order.
    pub rule: usize,
}

/// What was found.
#[derive(Debug, Default)]
pub struct OpenQuestions {
    /// The oldest first.
    pub open: Vec<Open>,
    pub questions: u64,
    pub answered_directly: u64,
    pub answered_in_thread: u64,
    pub answered_elsewhere: u64,
    pub forwarded: u64,
    pub not_questions: u64,
}

struct Asked {
    row: i64,
    parent: Option<i64>,
    at: Option<DateTime<Utc>>,
    rule: usize,
}

/// Reads all that was written, once; memory grows with questions and with what the municipality answered.
pub fn open_questions(
    catalog: &Catalog,
    filter: &ReportFilter,
    rules: &QuestionRules,
) -> Result<OpenQuestions, Error> {
    let own = catalog.own_sides()?;
    let places: HashMap<&str, usize> = rules.ids().enumerate().map(|(n, id)| (id, n)).collect();
    let mut asked = Vec::new();
    let mut answers: Vec<(i64, DateTime<Utc>)> = Vec::new();
    catalog.for_each_utterance::<Error>(filter, |u| {
        if own
            .get(u.account)
            .map_or(Ok(false), |own| own.wrote(&u.writer()))?
        {
            if let (Some(parent), Some(at), true) = (u.parent, time(u), u.was_seen) {
                answers.push((parent, at));
            }
            return Ok(());
        }
        let nobody = u.author.is_none() && u.kind == Kind::Post;
        let at = time(u);
        let is_later = at.is_some_and(|at| filter.until.is_some_and(|end| at >= end));
        if u.kind == Kind::Page || nobody || !u.is_asked_for || is_later {
            return Ok(());
        }
        // Quotes are told apart in the content alone, which is read where the text asks something.
        let found = match rules.found(u.text) {
            Some(_) => rules.found_in(&u.whole_content()?),
            None => None,
        };
        if let Some(rule) = found {
            asked.push(Asked {
                row: u.row,
                parent: u.parent,
                at,
                rule: places.get(rule).copied().unwrap_or_default(),
            });
        }
        Ok(())
    })?;
    judge(catalog, asked, &answers, filter)
}

fn judge(
    catalog: &Catalog,
    asked: Vec<Asked>,
    answers: &[(i64, DateTime<Utc>)],
    filter: &ReportFilter,
) -> Result<OpenQuestions, Error> {
    // When we last answered the record itself, and when we last answered it or anything below it.
    let mut itself = HashMap::<i64, DateTime<Utc>>::new();
    let mut below = HashMap::<i64, DateTime<Utc>>::new();
    for &(parent, at) in answers {
        let newest = itself.entry(parent).or_insert(at);
        *newest = at.max(*newest);
        for row in upwards(catalog, Some(parent))? {
            let newest = below.entry(row).or_insert(at);
            *newest = at.max(*newest);
        }
    }
    let marked = catalog.marked()?;
    let mut found = OpenQuestions::default();
    for question in asked {
        let at = match question.at {
            Some(at) => at,
            None => catalog.question(question.row)?.first_seen,
        };
        let is_within =
            filter.from.is_none_or(|from| at >= from) && filter.until.is_none_or(|end| at < end);
        if !is_within {
            continue;
        }
        found.questions += 1;
        let later = |answered: Option<&DateTime<Utc>>| answered.is_some_and(|answer| *answer > at);
        match marked.get(&question.row) {
            Some(QuestionState::NotAQuestion) => {
                found.questions -= 1;
                found.not_questions += 1;
            }
            Some(QuestionState::AnsweredElsewhere) => found.answered_elsewhere += 1,
            Some(QuestionState::Forwarded) => found.forwarded += 1,
            None if later(below.get(&question.row)) => found.answered_directly += 1,
            None => {
                let above = upwards(catalog, question.parent)?;
                if above.iter().any(|row| later(itself.get(row))) {
                    found.answered_in_thread += 1;
                } else {
                    found.open.push(Open {
                        asked: at,
                        row: question.row,
                        rule: question.rule,
                    });
                }
            }
        }
    }
    found.open.sort_by_key(|open| (open.asked, open.row));
    Ok(found)
}

/// The record and what it answers, up to the post.
fn upwards(catalog: &Catalog, from: Option<i64>) -> Result<Vec<i64>, Error> {
    let mut rows = Vec::new();
    let mut at = from;
    while let Some(row) = at.filter(|_| rows.len() < DEEPEST) {
        rows.push(row);
        at = catalog.answered_by(row)?;
    }
    Ok(rows)
}

fn time(u: &Utterance<'_>) -> Option<DateTime<Utc>> {
    u.published?.parse().ok()
}
