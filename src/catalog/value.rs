//! Values in and out of columns: times, ids, digests, JSON.

use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, SubsecRound as _, Utc};
use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::Error;
use crate::record::{Digest, json_fault};

pub(super) fn time(at: DateTime<Utc>) -> String {
    at.trunc_subsecs(0)
        .to_rfc3339_opts(SecondsFormat::Secs, true)
}

pub(super) fn json(what: &str, value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|source| Error::Json {
        what: what.to_owned(),
        source,
    })
}

/// One column of one row, read as what it should be; a value that is not is named in the error.
pub(super) struct Column {
    pub(super) table: &'static str,
    pub(super) name: &'static str,
}

impl Column {
    fn bad(&self, value: &str, problem: impl ToString) -> Error {
        Error::Value {
            table: self.table,
            column: self.name,
            value: value.chars().take(80).collect(),
            problem: problem.to_string(),
        }
    }

    pub(super) fn parse<T: FromStr<Err: ToString>>(&self, text: &str) -> Result<T, Error> {
        text.parse().map_err(|e| self.bad(text, e))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, text: &str) -> Result<T, Error> {
        // What people wrote is left out: errors are logged.
        serde_json::from_str(text).map_err(|e| self.bad("…", json_fault(&e)))
    }

    pub(super) fn named<T: Copy>(
        &self,
        text: &str,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> Result<T, Error> {
        all.iter()
            .copied()
            .find(|v| name(*v) == text)
            .ok_or_else(|| self.bad(text, "not a known word"))
    }

    pub(super) fn count(&self, n: i64) -> Result<u64, Error> {
        u64::try_from(n).map_err(|e| self.bad(&n.to_string(), e))
    }
}

macro_rules! column {
    ($table:ident . $name:ident) => {
        $crate::catalog::value::Column {
            table: stringify!($table),
            name: stringify!($name),
        }
    };
}
pub(super) use column;

pub(super) fn uuid(row: &Row<'_>, column: &str) -> rusqlite::Result<Uuid> {
    row.get::<_, [u8; 16]>(column).map(Uuid::from_bytes)
}

pub(super) fn digest(row: &Row<'_>, column: &str) -> rusqlite::Result<Digest> {
    row.get::<_, [u8; 32]>(column).map(Digest)
}
