//! Questions: what became of one that was not answered where it was asked (VAR-10). The newest mark stands.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, params};
use serde::Serialize;

use super::value::{self, column};
use super::{Catalog, Error, NewEvent, event};
use crate::record::RecordId;

/// What a person says became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuestionState {
    AnsweredElsewhere,
    Forwarded,
    NotAQuestion,
}

impl QuestionState {
    pub const ALL: [Self; 3] = [Self::AnsweredElsewhere, Self::Forwarded, Self::NotAQuestion];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::AnsweredElsewhere => "answered-elsewhere",
            Self::Forwarded => "forwarded",
            Self::NotAQuestion => "not-a-question",
        }
    }
}

/// A mark on a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuestionMark {
    pub state: QuestionState,
    /// Where it was answered, or the committee it went to.
    pub reference: Option<String>,
    /// What the sender was told.
    pub reply: Option<String>,
    pub at: DateTime<Utc>,
    pub actor: String,
}

impl Catalog {
    /// Marks a record, with its event, in one transaction. The event holds no text of the reply.
    ///
    /// # Errors
    /// When the record is not in the catalog, and those of SQLite.
    pub fn mark_question(&mut self, record: RecordId, mark: &QuestionMark) -> Result<(), Error> {
        let change = self.db.transaction()?;
        let n: Option<i64> = change
            .query_row(
                "SELECT n FROM record WHERE id = ?1",
                [record.0.as_bytes()],
                |row| row.get(0),
            )
            .optional()?;
        let n = n.ok_or(Error::NoRecord(record))?;
        let at = value::time(mark.at);
        change.execute(
            "INSERT INTO question_mark (record, state, reference, reply, at, actor) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![n, mark.state.as_str(), mark.reference, mark.reply, at, mark.actor],
        )?;
        let after = serde_json::json!({ "state": mark.state, "reference": mark.reference,
            "reply": mark.reply.is_some() });
        let event = NewEvent {
            at: mark.at,
            actor: &mark.actor,
            verb: "question mark",
            object: &record.to_string(),
            before: None,
            after: Some(&after.to_string()),
        };
        event::insert(&change, &event)?;
        change.commit()?;
        Ok(())
    }

    /// The newest mark on a record, if it has one.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn question_mark(&self, record: RecordId) -> Result<Option<QuestionMark>, Error> {
        if !self.has_changes()? {
            return Ok(None);
        }
        let row = self
            .db
            .prepare_cached(
                "SELECT state, reference, reply, at, actor FROM question_mark
                 WHERE record = (SELECT n FROM record WHERE id = ?1) ORDER BY n DESC LIMIT 1",
            )?
            .query_row([record.0.as_bytes()], |row| {
                Ok((
                    row.get::<_, String>("state")?,
                    row.get("reference")?,
                    row.get("reply")?,
                    row.get::<_, String>("at")?,
                    row.get("actor")?,
                ))
            })
            .optional()?;
        row.map(|(state, reference, reply, at, actor)| {
            Ok(QuestionMark {
                state: read_state(&state)?,
                reference,
                reply,
                at: column!(question_mark.at).parse(&at)?,
                actor,
            })
        })
        .transpose()
    }

    /// The state of each marked record, by its row.
    pub(super) fn question_states(&self) -> Result<HashMap<i64, QuestionState>, Error> {
        let mut statement = self
            .db
            .prepare_cached("SELECT record, state FROM question_mark ORDER BY n")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
        rows.map(|row| {
            let (record, state) = row?;
            Ok((record, read_state(&state)?))
        })
        .collect()
    }
}

fn read_state(text: &str) -> Result<QuestionState, Error> {
    column!(question_mark.state).named(text, &QuestionState::ALL, QuestionState::as_str)
}
