//! Questions: by which rule they are found, and what became of those that were not answered where they were asked.

mod rules;

pub use rules::QuestionRules;

use super::{Archive, Error, Surroundings};
use crate::catalog::{QuestionMark, QuestionState};
use crate::policy::Policy;
use crate::record::RecordId;

/// A reply longer than this is no reply to a comment.
const LONGEST_REPLY: usize = 20_000;

/// Marks a question (VAR-10).
///
/// # Errors
/// [`Error::Question`] when the policy wants a reply text that is not there, or a text is empty or too long; when the record
/// is not in the archive; those of the catalog.
pub fn mark_question(
    archive: &Archive,
    policy: &Policy,
    record: RecordId,
    state: QuestionState,
    reference: Option<&str>,
    reply: Option<&str>,
    around: &Surroundings,
) -> Result<QuestionMark, Error> {
    let refuse = |problem: String| Err(Error::Question { record, problem });
    let told = policy.forwarded_sender_told.as_ref();
    if let (QuestionState::Forwarded, None, Some(rule)) = (state, reply, told.filter(|s| s.value)) {
        return refuse(format!(
            "the sender is told where it went and how to follow it ({}, {}: \"{}\"), and no reply is given",
            rule.requirement, rule.source, rule.quote
        ));
    }
    if reply.is_some_and(|text| text.trim().is_empty()) {
        return refuse("the reply is empty".to_owned());
    }
    if reply.is_some_and(|text| text.chars().count() > LONGEST_REPLY) {
        return refuse(format!(
            "the reply is longer than {LONGEST_REPLY} characters"
        ));
    }
    let mark = QuestionMark {
        state,
        reference: reference.map(|r| r.trim().to_owned()),
        reply: reply.map(|r| r.trim().to_owned()),
        at: (around.now)(),
        actor: around.actor.clone(),
    };
    archive.catalog().mark_question(record, &mark)?;
    Ok(mark)
}
