//! `arkivd consent add`: a consent, what it is for, and its signed form.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::Args;
use serde_json::json;

use super::super::output::{Exit, Output};
use super::super::record::unread;
use super::super::{Context, Error};
use crate::record::{AccountId, RecordId};
use crate::workflow::{Archive, ConsentRequest, add_consent};

/// A signed form is not larger.
const MOST_BYTES: u64 = 20 << 20;

#[derive(Debug, Args)]
pub(in super::super) struct Add {
    /// Who consents, or for whom a guardian does
    #[arg(long, value_name = "NAME")]
    person: String,
    /// The records that show the person
    #[arg(long, value_name = "REC", num_args = 1.., required_unless_present = "account")]
    record: Vec<RecordId>,
    /// All that is published on this account
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// The day it was given
    #[arg(long, value_name = "DATE")]
    given: NaiveDate,
    /// The signed form: it is kept in the catalog until the consent is forgotten
    #[arg(long, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    /// Where the signed paper is
    #[arg(long, value_name = "TEXT")]
    kept_at: Option<String>,
    /// Who consented in the person's stead
    #[arg(long, value_name = "NAME")]
    guardian: Option<String>,
    /// The person's age in years, where the policy asks for a guardian below one; it is not kept
    #[arg(long, value_name = "YEARS")]
    age: Option<u32>,
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

pub(super) fn keep(add: &Add, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    super::super::record::demand(&archive, &add.record, context)?;
    let committee = committee_of(&archive, add)?;
    context.rights.demand_committee(&committee)?;
    let file = add
        .file
        .as_deref()
        .map(|path| read(path, context))
        .transpose()?;
    let name = add.file.as_deref().and_then(Path::file_name);
    let name = name.map(|name| name.to_string_lossy().into_owned());
    let request = ConsentRequest {
        person: &add.person,
        guardian: add.guardian.as_deref(),
        age: add.age,
        given: add.given,
        kept_at: add.kept_at.as_deref(),
        file: name.as_deref().zip(file.as_deref()),
        account: add.account.as_ref(),
        records: &add.record,
        note: add.note.as_deref(),
    };
    let number = add_consent(
        &archive,
        &context.policy()?,
        &committee,
        &request,
        &context.around,
    )?;
    output.report(
        &json!({ "consent": number, "committee": committee }),
        &[],
        |out| writeln!(out, "consent {number} is kept"),
    )?;
    Ok(Exit::Done)
}

/// The committee of all that it names: one consent never stands for two.
fn committee_of(archive: &Archive, add: &Add) -> Result<String, Error> {
    let catalog = archive.catalog();
    let mut committees = std::collections::BTreeSet::new();
    if let Some(account) = &add.account {
        let known = catalog.account(account)?;
        let known = known.ok_or_else(|| crate::catalog::Error::NoAccount(account.clone()))?;
        committees.insert(known.committee);
    }
    for record in &add.record {
        committees.insert(catalog.whose(*record)?.0);
    }
    let mut all = committees.into_iter();
    match (all.next(), all.next()) {
        (Some(one), None) => Ok(one),
        (one, other) => Err(Error::Argument {
            what: "committees",
            value: [one, other]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(", "),
            problem: "one consent is kept by one committee",
            hint: "add a consent for each committee's records",
        }),
    }
}

fn read(path: &Path, context: &Context) -> Result<Vec<u8>, Error> {
    let fault = |source| unread(path, source);
    let mut bytes = Vec::new();
    let file = context.file_to_read(path).map_err(fault)?;
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(fault)?;
    match bytes.len() as u64 {
        n if n == 0 || n > MOST_BYTES => Err(Error::Argument {
            what: "file",
            value: path.display().to_string(),
            problem: "it is empty, or larger than 20 MB",
            hint: "bring the signed form as a PDF or a picture",
        }),
        _ => Ok(bytes),
    }
}
