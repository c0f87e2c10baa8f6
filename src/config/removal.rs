//! `[removal]`: what arkivd may do by itself with forbidden content.

use serde::Deserialize;

use super::Watch;
use crate::workflow::{RemovalSettings, Tighter};

/// `[removal]` in arkivd.toml.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Removal {
    /// A person's command lets arkivd hide by the platform's interface.
    pub allow_hide: bool,
    /// Ids of categories that go to the year's samlingsärende, such as reklam.
    pub collected: Vec<String>,
}

impl Removal {
    /// With how accounts are watched after an incident.
    pub fn settings(&self, watch: &Watch) -> RemovalSettings {
        RemovalSettings {
            allow_hide: self.allow_hide,
            collected: self.collected.clone(),
            tighter: Tighter {
                minutes: watch.after_incident_minutes,
                days: watch.after_incident_days,
            },
        }
    }
}
