//! What the register keeps of an account beside its entry: decisions, approvals, administrators, the start checklist,
//! what happened, and its closing (TIB-1, FAL-3, LED-2, HAL-2, HAL-4, HAL-8).

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{AccountId, CaptureId, Error};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident $what:literal { $($(#[$inner:meta])* $word:ident $text:literal $swedish:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$inner])* $word),* }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$word),*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text),* }
            }

            /// In Swedish, for documents.
            pub fn swedish(self) -> &'static str {
                match self { $(Self::$word => $swedish),* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self, Error> {
                let found = Self::ALL.iter().copied().find(|w| w.as_str() == text);
                found.ok_or_else(|| Error::Word {
                    what: $what,
                    value: text.to_owned(),
                    known: Self::ALL.iter().map(|w| w.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    )*};
}

words! {
    /// Who approves an account, or its closing.
    Approver "approver" {
        /// The manager of the unit (ansvarig chef, respektive chef).
        Manager "manager" "ansvarig chef",
        /// Verksamhetschef or enhetschef.
        UnitManager "unit-manager" "verksamhets- eller enhetschef",
        /// The communications department.
        Communications "communications" "kommunikationsavdelningen",
        HeadOfCommunications "head-of-communications" "kommunikationschef",
    }
    /// Which step of an account's life an approval is for.
    Step "step" {
        Opening "opening" "öppnas",
        Closing "closing" "avslutas",
    }
    /// Where an administrator belongs.
    Side "side" {
        Unit "unit" "verksamheten",
        Communications "communications" "kommunikation",
    }
    /// Whose personal data the municipality answers for on an account.
    PersonalDataDuty "responsibility" {
        /// What everyone posts.
        All "all" "allas",
        /// What the municipality posts itself.
        Own "own" "egna",
        /// To be assessed for the account.
        Assess "assess" "ska bedömas",
    }
    /// The ground on which an account handles personal data (GDPR, article 6.1 a-e; f is not for a public authority's
    /// own tasks).
    LawfulGround "legal basis" {
        Consent "consent" "samtycke",
        Contract "contract" "avtal",
        LegalObligation "legal-obligation" "rättslig förpliktelse",
        VitalInterests "vital-interests" "grundläggande intressen",
        PublicInterest "public-interest" "allmänt intresse",
    }
    /// What happens with an account, as a person notes it.
    AccountEvent "event" {
        Opened "opened" "öppnat",
        LargerChange "larger-change" "större förändring",
        /// Whether it stays or is closed was assessed (TIB-14).
        Assessed "assessed" "bedömt",
        ClosingAnnounced "closing-announced" "avslut aviserat",
        /// The communications department was told that it opens.
        ToldOpening "told-opening" "kommunikation underrättad om öppnandet",
        /// The communications department was told that it closes.
        ToldClosing "told-closing" "kommunikation underrättad om avslutet",
        Note "note" "anteckning",
        /// Written by the closing itself.
        Closed "closed" "avslutat",
        /// Written by the reopening itself.
        Reopened "reopened" "öppnat igen",
    }
}

impl AccountEvent {
    /// Those that commands of their own write.
    pub fn is_written_by_itself(self) -> bool {
        matches!(self, Self::Closed | Self::Reopened)
    }
}

/// What is set for an account beside its entry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Terms {
    /// `None`: nobody has set it, and the policy proposes.
    pub duty: Option<PersonalDataDuty>,
    pub legal_basis: Option<LawfulGround>,
    /// Ids of the policy's purposes (TIB-2).
    pub serves: Vec<String>,
}

/// The decision on an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Who decided.
    pub by: String,
    pub day: NaiveDate,
    /// `§ 12`.
    pub paragraph: Option<String>,
    /// A diarienummer.
    pub reference: Option<String>,
    pub note: Option<String>,
}

/// An approval that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approval {
    pub step: Step,
    #[serde(rename = "as")]
    pub role: Approver,
    pub by: String,
    pub day: NaiveDate,
    pub note: Option<String>,
    /// The closing that it was for, once that is done.
    pub used: Option<NaiveDate>,
}

/// A person who can administer the account on its platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Administrator {
    pub name: String,
    pub side: Side,
    /// Who gave the task; `None`: not documented (HAL-8).
    pub mandate_by: Option<String>,
    pub since: NaiveDate,
    pub ended: Option<NaiveDate>,
}

/// A point of the start checklist that was gone through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ticked {
    pub point: String,
    pub by: String,
    pub day: NaiveDate,
    pub note: Option<String>,
}

/// What happened with the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Happening {
    pub what: AccountEvent,
    pub day: NaiveDate,
    pub note: Option<String>,
    /// Who noted it, as the operating system knows them.
    pub actor: String,
}

/// What the last snapshot lacked, and that it was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AcceptedGap {
    pub closed: NaiveDate,
    pub capture: CaptureId,
    pub what: String,
    pub why: String,
    pub reason: String,
    pub actor: String,
}

/// All that the register keeps of an account beside its entry, in the order it was written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Register {
    /// The day it was closed; `None`: it is open.
    pub closed: Option<NaiveDate>,
    pub terms: Terms,
    /// The newest stands.
    pub decisions: Vec<Decision>,
    pub approvals: Vec<Approval>,
    pub administrators: Vec<Administrator>,
    pub checklist: Vec<Ticked>,
    pub events: Vec<Happening>,
    pub gaps: Vec<AcceptedGap>,
}

/// The municipality's own comment on the account of another (HAL-11), captured as a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnComment {
    /// The account whose committee keeps it.
    pub account: AccountId,
    pub address: String,
    pub title: Option<String>,
    pub captured: DateTime<Utc>,
    pub outcome: super::PageOutcome,
    pub capture: CaptureId,
}

impl Register {
    /// The decision that stands.
    pub fn decision(&self) -> Option<&Decision> {
        self.decisions.last()
    }

    /// The approval of that role that stands; one that a closing has used up does not.
    pub fn approval(&self, step: Step, role: Approver) -> Option<&Approval> {
        self.approvals
            .iter()
            .find(|a| a.step == step && a.role == role && a.used.is_none())
    }

    /// Those whose mandate has not ended on that day.
    pub fn administrators_on(&self, day: NaiveDate) -> impl Iterator<Item = &Administrator> {
        let now = move |a: &&Administrator| a.ended.is_none_or(|end| end > day);
        self.administrators.iter().filter(now)
    }

    /// True when it was noted since the account was last reopened.
    pub fn happened(&self, what: AccountEvent) -> bool {
        let events = self.events.iter().rev();
        let mut since = events.take_while(|e| e.what != AccountEvent::Reopened);
        since.any(|e| e.what == what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for role in Approver::ALL {
            assert_eq!(role.as_str().parse::<Approver>().as_ref(), Ok(role));
            let json = serde_json::to_string(role).unwrap();
            assert_eq!(json, format!("{:?}", role.as_str()));
        }
        let fault = "chef".parse::<Approver>().unwrap_err().to_string();
        assert!(
            fault.contains("chef") && fault.contains("unit-manager"),
            "{fault}"
        );
    }

    #[test]
    fn what_was_told_before_a_reopening_is_not_told_again() {
        let day = "2026-11-20".parse().unwrap();
        let happening = |what| Happening {
            what,
            day,
            note: None,
            actor: "test".into(),
        };
        let mut register = Register {
            events: vec![happening(AccountEvent::ToldClosing)],
            ..Register::default()
        };
        assert!(register.happened(AccountEvent::ToldClosing));
        register.events.push(happening(AccountEvent::Reopened));
        assert!(!register.happened(AccountEvent::ToldClosing));
    }
}
