//! `arkivd question`: what became of questions that were not answered where they were asked (VAR-10).

use std::path::PathBuf;
use std::str::FromStr;

use clap::Subcommand;
use serde_json::json;

use super::output::{Exit, Output};
use super::{Context, Error};
use crate::catalog::QuestionState;
use crate::record::RecordId;
use crate::workflow::{self, mark_question};

#[derive(Debug, Subcommand)]
pub(super) enum Question {
    /// Mark a question; the newest mark stands
    Mark {
        /// The record's id
        #[arg(value_name = "RECORD")]
        record: RecordId,
        /// answered-elsewhere=WHERE, forwarded=COMMITTEE or not-a-question
        #[arg(value_name = "WHAT")]
        what: Became,
        /// What the sender was told
        #[arg(long, value_name = "TEXT", conflicts_with = "reply_file")]
        reply: Option<String>,
        /// A text file with what the sender was told
        #[arg(long, value_name = "FILE")]
        reply_file: Option<PathBuf>,
    },
}

/// What became of it, as it is written on the command line.
#[derive(Debug, Clone)]
pub(super) struct Became {
    state: QuestionState,
    reference: Option<String>,
}

impl FromStr for Became {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (word, reference) = match text.split_once('=') {
            Some((word, reference)) => (word, Some(reference.trim()).filter(|r| !r.is_empty())),
            None => (text, None),
        };
        let state = QuestionState::ALL.into_iter().find(|s| s.as_str() == word);
        let state =
            state.ok_or("it is answered-elsewhere=WHERE, forwarded=COMMITTEE or not-a-question")?;
        match (state, reference) {
            (QuestionState::NotAQuestion, None)
            | (QuestionState::Forwarded | QuestionState::AnsweredElsewhere, Some(_)) => Ok(Self {
                state,
                reference: reference.map(str::to_owned),
            }),
            (QuestionState::NotAQuestion, Some(_)) => {
                Err("not-a-question takes nothing after it".to_owned())
            }
            (QuestionState::Forwarded, None) => {
                Err("name the committee: forwarded=COMMITTEE".to_owned())
            }
            (QuestionState::AnsweredElsewhere, None) => {
                Err("say where: answered-elsewhere=WHERE".to_owned())
            }
        }
    }
}

impl Question {
    pub(super) fn name(&self) -> &'static str {
        "question mark"
    }

    /// The file it reads, for who runs it in the daemon.
    pub(super) fn reads(&self) -> Option<&std::path::Path> {
        let Self::Mark { reply_file, .. } = self;
        reply_file.as_deref()
    }
}

pub(super) fn run(command: &Question, context: &Context, output: &Output) -> Result<Exit, Error> {
    let Question::Mark {
        record,
        what,
        reply,
        reply_file,
    } = command;
    let archive = context.write()?;
    let details = archive.catalog().record(*record)?;
    context.rights.demand_committee(&details.committee)?;
    if details.line.visibility.is_restricted()
        && !context.rights.restricted().includes(&details.committee)
    {
        return Err(Error::Restricted(*record));
    }
    let text = match reply_file {
        Some(path) => Some(read_reply(path, context)?),
        None => reply.clone(),
    };
    let mark = mark_question(
        &archive,
        &context.policy()?,
        *record,
        what.state,
        what.reference.as_deref(),
        text.as_deref(),
        &context.around,
    )?;
    let data = json!({ "record": record, "state": mark.state, "reference": mark.reference, "reply": mark.reply,
        "at": mark.at, "by": mark.actor });
    output.report(&data, &[], |out| {
        let reference = mark
            .reference
            .as_deref()
            .map(|r| format!(" {r}"))
            .unwrap_or_default();
        writeln!(out, "record {record}: {}{reference}", mark.state.as_str())
    })?;
    Ok(Exit::Done)
}

fn read_reply(path: &std::path::Path, context: &Context) -> Result<String, Error> {
    let io_error = |source| {
        Error::Workflow(workflow::Error::Io {
            path: path.to_owned(),
            source,
        })
    };
    match context.given_file()? {
        Some(file) => std::io::read_to_string(std::io::Read::take(file, MOST_BYTES)),
        None => std::fs::File::open(path)
            .and_then(|file| std::io::read_to_string(std::io::Read::take(file, MOST_BYTES))),
    }
    .map_err(io_error)
}

/// More is no reply; its length is judged with the mark.
const MOST_BYTES: u64 = 1 << 20;
