//! What a request waits for, in words and as commands.

use chrono::NaiveDate;

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisclosureLack {
    /// So many records are not reviewed, or have changed since.
    Unreviewed(u64),
    /// So many may be handed out, and were not.
    NotDelivered(u64),
    /// Of so many a file was not handed out: the form holds no such file.
    NotGiven(u64),
    /// The requester was not told what is refused, or that there is nothing.
    NotAnswered,
    /// The requester may ask for the committee's own decision.
    MayAskDecision,
    NotServed,
    AppealRuns(NaiveDate),
    InCourt,
    /// The kammarrätt has answered, and it is not noted when the requester got its judgment.
    JudgmentNotServed,
    /// The judgment can be appealed to Högsta förvaltningsdomstolen.
    FurtherAppealRuns(NaiveDate),
    InHighestCourt,
    /// A court changed the decision, and nothing was delivered or decided since.
    CourtChanged,
}

impl DisclosureLack {
    /// Whether a person's reason is no ground to close before it: the records must be there for the court.
    pub fn is_of_appeal(self) -> bool {
        !matches!(
            self,
            Self::Unreviewed(_)
                | Self::NotDelivered(_)
                | Self::NotGiven(_)
                | Self::NotAnswered
                | Self::MayAskDecision
        )
    }

    /// In few words, for a list.
    pub fn short(self) -> String {
        match self {
            Self::Unreviewed(n) => format!("{n} to review"),
            Self::NotDelivered(n) => format!("{n} to deliver"),
            Self::NotGiven(n) => format!("{n} without a file"),
            Self::NotAnswered => "to be answered".to_owned(),
            Self::MayAskDecision => "may ask a decision".to_owned(),
            Self::NotServed => "decision to serve".to_owned(),
            Self::AppealRuns(last) => format!("appeal to {last}"),
            Self::InCourt => "in kammarrätten".to_owned(),
            Self::JudgmentNotServed => "judgment given".to_owned(),
            Self::FurtherAppealRuns(last) => format!("HFD to {last}"),
            Self::InHighestCourt => "in HFD".to_owned(),
            Self::CourtChanged => "court changed it".to_owned(),
        }
    }

    /// A line for who runs the command.
    pub fn english(self) -> String {
        match self {
            Self::Unreviewed(1) => "1 record is not reviewed".to_owned(),
            Self::Unreviewed(n) => format!("{n} records are not reviewed"),
            Self::NotDelivered(1) => "1 record may be handed out, and was not".to_owned(),
            Self::NotDelivered(n) => format!("{n} records may be handed out, and were not"),
            Self::NotGiven(1) => {
                "1 record was handed out without a file that the form does not hold".to_owned()
            }
            Self::NotGiven(n) => {
                format!("{n} records were handed out without files that the form does not hold")
            }
            Self::NotAnswered => "the requester was not told what is refused".to_owned(),
            Self::MayAskDecision => {
                "the requester may ask for a decision of the committee, which can be appealed (OSL 6:3)".to_owned()
            }
            Self::NotServed => "it is not noted when the requester got the decision".to_owned(),
            Self::AppealRuns(last) => format!("the decision can be appealed until {last}"),
            Self::InCourt => "the decision is appealed, and the court has not answered".to_owned(),
            Self::JudgmentNotServed => {
                "the court has answered, and it is not noted when the requester got its judgment, which can be appealed".to_owned()
            }
            Self::FurtherAppealRuns(last) => {
                format!("the judgment can be appealed to Högsta förvaltningsdomstolen until {last}")
            }
            Self::InHighestCourt => {
                "the judgment is appealed, and Högsta förvaltningsdomstolen has not answered".to_owned()
            }
            Self::CourtChanged => "the court changed the decision, and nothing was delivered since".to_owned(),
        }
    }

    /// What to do about it.
    pub fn remedy(self, case: &str) -> String {
        match self {
            Self::Unreviewed(_) => format!(
                "read each (arkivd record show RECORD), then: arkivd disclosure review {case} RECORD.. --release, or --withhold \"21 kap. 7 §\" --reason \"…\", or arkivd disclosure mask"
            ),
            Self::NotDelivered(_) | Self::CourtChanged => {
                format!("arkivd disclosure deliver {case} --form på-stället|papper|digitalt")
            }
            Self::NotGiven(_) => format!(
                "arkivd disclosure deliver {case} --form digitalt -o utlämnande.zip; if the files were shown here: arkivd disclosure close {case} --reason \"visade på stället\""
            ),
            Self::NotAnswered => format!(
                "arkivd disclosure refuse {case} --answer; when it is sent: arkivd disclosure mark {case} answered=DAY"
            ),
            Self::MayAskDecision => format!(
                "if they ask for it: arkivd disclosure refuse {case} --decision; if not: arkivd disclosure close {case} --reason \"…\""
            ),
            Self::NotServed => format!("arkivd disclosure mark {case} served=DAY"),
            Self::AppealRuns(_) => format!(
                "if they appeal: arkivd disclosure mark {case} appealed=DAY; after that day: arkivd disclosure close {case}"
            ),
            Self::InCourt | Self::InHighestCourt => {
                format!("arkivd disclosure mark {case} upheld=REFERENCE, or changed=REFERENCE")
            }
            Self::JudgmentNotServed => format!(
                "ask the court when the requester got it: arkivd disclosure mark {case} judgment-served=DAY; three weeks run from that day"
            ),
            Self::FurtherAppealRuns(_) => format!(
                "if they appeal: arkivd disclosure mark {case} appealed-further=DAY; after that day, when the court knows of no appeal: arkivd disclosure close {case}"
            ),
        }
    }
}
