//! Profiles: the five municipalities and the standard, as they come with arkivd.

use super::schedule::Schedule;
use super::setting::Entry;
use super::{Error, Policy, Schedules};

/// A municipality's policy and timetable, with the texts that `init` copies into an archive.
#[derive(Debug, Clone)]
pub struct Profile {
    pub name: &'static str,
    pub policy: Policy,
    pub policy_text: &'static str,
    /// The template of a dokumenthanteringsplan: what the guideline says of it, and no more.
    pub plan_text: &'static str,
    pub schedules: Vec<Schedule>,
    pub schedules_text: &'static str,
}

macro_rules! profiles {
    ($($name:literal),* $(,)?) => {
        /// Name, policy, plan and schedules of each.
        const TEXTS: &[(&str, &str, &str, &str)] = &[$((
            $name,
            include_str!(concat!("../../archive-schema/profiles/", $name, "/policy.toml")),
            include_str!(concat!("../../archive-schema/profiles/", $name, "/plan.toml")),
            include_str!(concat!("../../schedules/", $name, ".toml")),
        )),*];

        impl Profile {
            /// The names [`Profile::named`] knows.
            pub const NAMES: &'static [&'static str] = &[$($name),*];
        }
    };
}
profiles!(
    "falkoping",
    "lilla-edet",
    "tibro",
    "vara",
    "hallstahammar",
    "standard"
);

impl Profile {
    /// The profile of that name.
    ///
    /// # Errors
    /// [`Error::UnknownProfile`], which names all there are.
    pub fn named(name: &str) -> Result<Self, Error> {
        let (name, policy_text, plan_text, schedules_text) = TEXTS
            .iter()
            .find(|(known, ..)| *known == name)
            .copied()
            .ok_or_else(|| Error::UnknownProfile(name.to_owned()))?;
        Ok(Self {
            name,
            policy: Policy::parse(policy_text, &format!("profiles/{name}/policy.toml"))?,
            policy_text,
            plan_text,
            schedules: Schedules::parse(schedules_text, &format!("schedules/{name}.toml"))?
                .schedules,
            schedules_text,
        })
    }

    /// The categories that the law itself names (BBS-lagen 5 §); they hold beside each municipality's own.
    ///
    /// # Errors
    /// Never for the files arkivd comes with, which a test reads.
    pub fn statutory_categories() -> Result<Vec<Entry>, Error> {
        Self::named("standard").map(|p| p.policy.removal_category)
    }
}
