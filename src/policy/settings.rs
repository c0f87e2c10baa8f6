//! All that a policy file may set.

use std::collections::HashSet;
use std::num::NonZeroU32;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::parse::parse;
use super::setting::{Entry, Quote, Requirement, Setting, Source};
use super::values::{
    Approver, CountedFrom, DecisionPart, DisclosureForm, IdentityMark, Information, LegalBasis,
    ListPart, Mandator, Notice, Occasion, Oversight, PersonalDataDuty, PoliceReport, PostsPerWeek,
    RecordKind, Registration, RemovalDemand, ReplyDays, ReviewTime,
};
use super::{Error, Guideline};

/// What one municipality's guideline demands.
///
/// `Option` and empty lists mean that the guideline says nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    guideline: Guideline,

    // The register of accounts.
    /// What the decision on an account says.
    pub decision_states: Option<Setting<Vec<DecisionPart>>>,
    /// Persons responsible for an account, at least.
    pub responsible_minimum: Option<Setting<NonZeroU32>>,
    pub substitute_required: Option<Setting<bool>>,
    /// Persons of the unit who can administer an account, at least.
    pub administrators_minimum: Option<Setting<NonZeroU32>>,
    /// The communications department administers each account too.
    pub communications_administrator: Option<Setting<bool>>,
    /// Who gives an administrator the task, in writing.
    pub mandate_by: Option<Setting<Mandator>>,
    /// All of these approve a new account.
    pub approvals: Option<Setting<Vec<Approver>>>,
    /// All of these approve that an account is closed.
    pub closing_approvals: Option<Setting<Vec<Approver>>>,
    pub communications_told: Option<Setting<Vec<Notice>>>,
    /// Gone through before an account is started.
    #[serde(default, deserialize_with = "entries")]
    pub start_checklist: Vec<Entry>,
    /// Accounts form a tree.
    pub organisation_tree: Option<Setting<bool>>,
    /// What the published list says of each account.
    pub published_list: Option<Setting<Vec<ListPart>>>,
    /// Where the list is published, as the text puts it.
    pub published_list_place: Option<Setting<String>>,
    pub editors_directory: Option<Setting<bool>>,
    /// What the municipality uses social media for; an account serves one or more.
    #[serde(default, deserialize_with = "entries")]
    pub purpose: Vec<Entry>,
    /// Channels that the text names as social media, in its own words.
    pub channels: Option<Setting<Vec<String>>>,
    #[serde(default)]
    pub personal_data_duty: Vec<Duty>,
    /// What the profile tells the public, each piece from its own lines.
    #[serde(default)]
    pub public_information: Vec<Setting<Information>>,
    /// One text, common to the municipality's accounts, tells it.
    pub common_text: Option<Setting<bool>>,
    pub profile_identity: Option<Setting<Vec<IdentityMark>>>,

    // What editors owe.
    /// Hours until a question is answered.
    pub reply_hours: Option<Setting<NonZeroU32>>,
    pub reply_days: Option<Setting<ReplyDays>>,
    /// How soon, in the text's own word, with or without hours.
    pub reply_urgency: Option<Setting<String>>,
    /// The sender is told where a forwarded question went and how to follow it.
    pub forwarded_sender_told: Option<Setting<bool>>,
    pub posts_per_week: Option<Setting<PostsPerWeek>>,
    /// Accounts with fewer posts are assessed for closing.
    pub few_posts_assessed: Option<Setting<bool>>,
    /// Months without a post after which an account is closed.
    pub inactivity_months: Option<Setting<NonZeroU32>>,
    pub oversight: Option<Setting<Oversight>>,
    /// Oversight is tighter where illegal content has occurred.
    pub oversight_tighter_after_incident: Option<Setting<bool>>,
    /// Below this age, in years, a guardian consents to pictures.
    pub consent_age: Option<Setting<NonZeroU32>>,
    pub written_consent: Option<Setting<bool>>,
    /// The legal basis of a post with personal data is recorded; these are the ones named.
    pub legal_basis: Option<Setting<Vec<LegalBasis>>>,
    /// Errors of fact are corrected in the post itself: edits are kept as versions.
    pub corrected_in_place: Option<Setting<bool>>,
    pub alternative_text: Option<Setting<bool>>,
    /// What is published in the municipality's name on others' accounts counts too.
    pub others_accounts: Option<Setting<bool>>,

    // What is kept.
    pub record_kinds: Option<Setting<Vec<RecordKind>>>,
    /// When the channel is captured, each occasion from its own lines.
    #[serde(default)]
    pub snapshot: Vec<Setting<Occasion>>,
    /// The format of a snapshot, as the text puts it.
    pub snapshot_format: Option<Setting<String>>,
    /// The folder where the municipality wants a copy of each snapshot.
    pub snapshot_folder: Option<Setting<String>>,
    pub registration: Option<Setting<Vec<Registration>>>,
    pub disclosure_forms: Option<Setting<Vec<DisclosureForm>>>,
    pub gallring_review: Option<Setting<Vec<ReviewTime>>>,

    // Forbidden content.
    /// Calendar hours until forbidden content is removed, at the latest.
    pub removal_hours: Option<Setting<NonZeroU32>>,
    pub removal_counted_from: Option<Setting<CountedFrom>>,
    /// How soon, in the text's own word, with or without hours.
    pub removal_urgency: Option<Setting<String>>,
    /// How soon what is secret goes from the platform, in the text's own word.
    pub secret_removal_urgency: Option<Setting<String>>,
    /// What must be done before a post is deleted, each demand from its own lines.
    #[serde(default)]
    pub removal_demand: Vec<Setting<RemovalDemand>>,
    /// The author is told that a post was removed, and why.
    pub author_informed: Option<Setting<bool>>,
    pub police_report: Option<Setting<PoliceReport>>,
    /// What may not be posted, category by category.
    #[serde(default, deserialize_with = "entries")]
    pub removal_category: Vec<Entry>,
    /// What suggests that a post is secret.
    #[serde(default, deserialize_with = "entries")]
    pub secrecy_indicator: Vec<Entry>,
    /// A secret post is registered with the committee concerned.
    pub secret_to_committee: Option<Setting<bool>>,
    /// Integritetsskyddsmyndigheten is told.
    pub imy_report: Option<Setting<bool>>,
    /// Hours from awareness until it is told.
    pub imy_hours: Option<Setting<NonZeroU32>>,
}

/// Whose personal data the municipality answers for on some platforms.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    /// Platforms in the text's own words; empty means all others.
    pub platforms: Vec<String>,
    pub value: PersonalDataDuty,
    pub requirement: Requirement,
    pub source: Source,
    pub quote: Quote,
}

impl Policy {
    /// The text that demands it all.
    pub fn guideline(&self) -> &Guideline {
        &self.guideline
    }

    /// Reads a policy file. `file` is the name that errors give.
    ///
    /// # Errors
    /// The file, key and line of what is unknown, missing or cannot be.
    pub fn parse(text: &str, file: &str) -> Result<Self, Error> {
        parse(text, file)
    }
}

fn entries<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Entry>, D::Error> {
    let entries = Vec::<Entry>::deserialize(from)?;
    let mut seen = HashSet::new();
    if let Some(twice) = entries.iter().find(|e| !seen.insert(&e.id)) {
        return Err(D::Error::custom(format!(
            "id {:?} stands twice",
            twice.id.as_str()
        )));
    }
    Ok(entries)
}
