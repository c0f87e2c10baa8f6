//! Missing: the platform is asked directly about records that a reading lacked. Absence is not removal (design, section 3).

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::catalog::{Finding, Found, Missed, STILL_THERE, Vanished};
use crate::platform::{self, By, Client, Credential, Presence, Question};
use crate::record::{Account, Kind, RecordId};

/// More are not asked about in one reading: what is left waits for the next.
pub(super) const AT_ONCE: usize = 40;
/// Items known to be there that are asked about as a control, of each kind.
pub(super) const CONTROLS: usize = 2;

/// Something that a reading noticed about a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noticed {
    pub record: RecordId,
    pub kind: Kind,
    pub permalink: Option<String>,
    pub what: What,
}

/// What was noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    New,
    Edited,
    /// It was held or hidden, and everyone can see it now.
    Shown,
    /// It was missed, and is there again.
    Returned,
    /// It is there, and the public cannot see it; by whom, where the platform tells.
    Hidden {
        how: String,
        by: Option<By>,
    },
    Removed {
        how: String,
        by: Option<By>,
    },
    /// Not seen; whether it is gone is not known, and why.
    NotSeen {
        why: &'static str,
    },
}

impl What {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Edited => "edited",
            Self::Shown => "shown",
            Self::Returned => "returned",
            Self::Hidden { .. } => "hidden",
            Self::Removed { .. } => "removed",
            Self::NotSeen { .. } => "not seen",
        }
    }
}

/// What the platform said of what was missed.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) findings: Vec<Finding>,
    pub(super) noticed: Vec<Noticed>,
    /// Those that are there, whatever the list lacked.
    pub(super) there: HashSet<RecordId>,
}

/// For what nobody was asked about in this reading.
pub(super) const NOT_ASKED: &str = "not-asked";

/// Asks about what was missed. `seen` are records that the same reading saw, for controls; `seen_until` is the newest
/// look that saw those which were not missed before.
///
/// # Errors
/// See [`platform::inquire`].
pub(super) async fn ask_about(
    client: &Client,
    account: &Account,
    credential: Option<&Credential>,
    missed: &[(Missed, Option<DateTime<Utc>>)],
    seen: &[Missed],
    now: fn() -> DateTime<Utc>,
) -> Result<Answers, platform::Error> {
    let mut answers = Answers::default();
    let asked = missed.get(..AT_ONCE).unwrap_or(missed);
    if asked.is_empty() {
        return Ok(answers);
    }
    // One of another kind will do where none of the same is left.
    let controls: Vec<Question> = Kind::ALL
        .into_iter()
        .flat_map(|kind| seen.iter().filter(move |s| s.kind == kind).take(CONTROLS))
        .map(question)
        .collect();
    let questions: Vec<Question> = asked.iter().map(|(m, _)| question(m)).collect();
    let told = platform::inquire(client, account, credential, &questions, &controls).await?;
    let now = now();
    for ((missed, seen_until), answer) in asked.iter().zip(told) {
        let vanished = |change, by: Option<By>| Found::Vanished {
            change,
            how: answer.told.clone(),
            by: by.map(By::as_str),
        };
        let how = answer.told.clone();
        let (found, what) = match answer.presence {
            Presence::Removed { by } => {
                (vanished(Vanished::Removed, by), What::Removed { how, by })
            }
            Presence::Hidden { by } => (vanished(Vanished::Hidden, by), What::Hidden { how, by }),
            Presence::There => {
                answers.there.insert(missed.record);
                let why = STILL_THERE;
                (Found::There, What::NotSeen { why })
            }
            Presence::Unsettled(doubt) => {
                let why = doubt.as_str();
                (Found::Unsettled { why }, What::NotSeen { why })
            }
        };
        if !answers.there.contains(&missed.record) {
            answers.noticed.push(noticed(missed, what));
        }
        answers.findings.push(Finding {
            record: missed.record,
            asked: now,
            seen_until: *seen_until,
            found,
        });
    }
    Ok(answers)
}

pub(super) fn noticed(missed: &Missed, what: What) -> Noticed {
    Noticed {
        record: missed.record,
        kind: missed.kind,
        permalink: missed.permalink.clone(),
        what,
    }
}

fn question(missed: &Missed) -> Question {
    Question {
        native_id: missed.native_id.clone(),
        kind: missed.kind,
        permalink: missed.permalink.clone(),
        parent: missed.parent.clone(),
        visibility: missed.visibility,
    }
}
