//! The words a policy file may use as values; each stands in a file as written here, with `-` between words.

use serde::Deserialize;

pub use crate::record::{Approver, PersonalDataDuty};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$inner:meta])* $word:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$inner])* $word),* }
    )*};
}

words! {
    /// Who gives a person the task of running an account.
    Mandator { NearestManager }
    /// When the communications department is told.
    Notice { Opening, Closing }
    /// What the decision on an account says.
    DecisionPart { Purpose, Address, Audience, Responsible, Substitute }
    /// What the published list says of each account.
    ListPart { Account, Responsible, Purpose, Audience }
    /// Which days the hours of a reply run on.
    ReplyDays { Weekdays }
    /// When a clock begins.
    CountedFrom { Publication }
    /// How often a person looks through an account.
    Oversight {
        /// Each working day (alla vardagar, arbetsdagar).
        Weekdays,
        Daily,
    }
    /// When the channel itself is captured.
    Occasion { Continuous, HalfYear, Quarter, LargerChange, BeforeClosing, BeforeDeletion }
    /// When what is temporary or minor is looked through for gallring.
    ReviewTime { ChannelEnds, HalfYear }
    /// What must be done before a post is deleted. That it is saved is demanded of all (COM-2).
    RemovalDemand {
        Saved,
        Registered,
        /// The row of the plan, or the delegation decision, that the removal rests on.
        PlanRowOrDelegation,
    }
    /// When the police are told.
    PoliceReport { CriminalMaterial, WhenNeeded }
    /// What the account's profile tells the public (COM-1).
    Information {
        Responsible,
        Purpose,
        Contact,
        /// That posts become public records.
        PublicRecords,
        /// What may not be posted.
        Forbidden,
        /// That it may be removed, and how it is handled.
        MayBeRemoved,
    }
    /// What identifies the municipality in the profile.
    IdentityMark { Name, Logo, Contact, Web, Email, Phone, Address }
    /// The ground for publishing personal data (GDPR, article 6).
    LegalBasis { Consent, PublicInterest }
    /// The kinds that are public records and are captured.
    RecordKind { Posts, Comments, Messages }
    /// How a record is registered.
    Registration { NewCase, ExistingCase }
    /// How a record is shown and handed out.
    DisclosureForm { Shown, Printout, Digital }
}

/// How many posts a week, on average.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "FromTo")]
pub struct PostsPerWeek {
    /// Fewer than this is too few.
    pub from: u32,
    pub to: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FromTo {
    from: u32,
    to: u32,
}

impl TryFrom<FromTo> for PostsPerWeek {
    type Error = String;
    fn try_from(FromTo { from, to }: FromTo) -> Result<Self, String> {
        if from == 0 || to < from {
            return Err(format!("from {from} to {to} is not a range from 1 upwards"));
        }
        Ok(Self { from, to })
    }
}
