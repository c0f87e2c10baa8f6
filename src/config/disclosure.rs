//! `[disclosure]`: how prompt the committees mean to be, what copies cost, who decides, and where is appealed.

use serde::Deserialize;

use crate::retention::disclosure::{ClockDays, Tariff};
use crate::workflow::{Delegate, DisclosureSettings};

/// `[disclosure]` in arkivd.toml.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Disclosure {
    /// Working days after the day it came until a request is told of.
    pub warn_after_working_days: u32,
    /// Working days until it is late.
    pub late_after_working_days: u32,
    /// `Kammarrätten i Göteborg`
    pub appeal_court: Option<String>,
    /// Pages that cost nothing.
    pub free_pages: u64,
    /// What the first page after those costs, with all before it, in kronor.
    pub first_pages_fee: u32,
    /// What each page after that costs, in kronor.
    pub page_fee: u32,
    /// Whether pages sent digitally cost as on paper.
    pub fee_for_digital: bool,
    /// Days after its end until name and contact of who asked are erased.
    pub forget_after_days: Option<u32>,
    /// Who may decide that a record is not handed out.
    #[serde(rename = "delegate")]
    pub delegates: Vec<DelegateEntry>,
}

/// `[[disclosure.delegate]]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegateEntry {
    pub name: String,
    /// `kommunstyrelsens delegationsordning § 4.2`
    pub delegation: String,
    pub committee: String,
}

impl Default for Disclosure {
    fn default() -> Self {
        let (days, tariff) = (ClockDays::default(), Tariff::default());
        let kronor = |ore: u64| u32::try_from(ore / 100).unwrap_or_default();
        Self {
            warn_after_working_days: days.warn,
            late_after_working_days: days.late,
            appeal_court: None,
            free_pages: tariff.free_pages,
            first_pages_fee: kronor(tariff.first_fee),
            page_fee: kronor(tariff.page_fee),
            fee_for_digital: tariff.digital,
            forget_after_days: None,
            delegates: Vec::new(),
        }
    }
}

impl Disclosure {
    pub fn settings(&self) -> DisclosureSettings {
        let filled = |text: &Option<String>| {
            let text = text.as_deref().map(str::trim);
            text.filter(|t| !t.is_empty()).map(str::to_owned)
        };
        DisclosureSettings {
            days: ClockDays {
                warn: self.warn_after_working_days.min(250),
                late: self.late_after_working_days.min(250),
            },
            tariff: Tariff {
                free_pages: self.free_pages,
                first_fee: u64::from(self.first_pages_fee) * 100,
                page_fee: u64::from(self.page_fee) * 100,
                digital: self.fee_for_digital,
            },
            appeal_court: filled(&self.appeal_court),
            delegates: self
                .delegates
                .iter()
                .map(|d| Delegate {
                    name: d.name.trim().to_owned(),
                    delegation: d.delegation.trim().to_owned(),
                    committee: d.committee.trim().to_owned(),
                })
                .collect(),
            forget_after_days: self.forget_after_days,
        }
    }
}
