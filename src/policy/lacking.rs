//! What the register lacks of an account by the policy: approvals, decision, administrators, checklist (TIB-1, FAL-3,
//! LED-2, LED-6, HAL-2, HAL-4, HAL-8). An account may be registered before it is all there.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::breach::same_person;
use super::{Breach, Duty, Entry, Mandator, Notice, Policy};
use crate::record::{
    Account, AccountEvent, Administrator, PersonalDataDuty, Platform, Register, Side, Step,
};

impl Policy {
    /// All that an open account lacks, its entry among it; nothing of one that is closed.
    pub fn lacking(&self, account: &Account, register: &Register, today: NaiveDate) -> Vec<Breach> {
        if register.closed.is_some() {
            return Vec::new();
        }
        let mut all = self.check_account(account);
        all.extend(self.decision_lacking(account, register));
        all.extend(self.approvals_lacking(account, register, Step::Opening));
        all.extend(self.told_lacking(account, register, Step::Opening));
        self.administrators_lacking(account, register, today, &mut all);
        all.extend(self.checklist_lacking(account, register));
        all.extend(self.duty_lacking(account, register));
        all.extend(self.purpose_lacking(account, register));
        all
    }

    /// What must be there before the account is closed.
    pub fn closing_lacking(&self, account: &Account, register: &Register) -> Vec<Breach> {
        let mut all = self.approvals_lacking(account, register, Step::Closing);
        all.extend(self.told_lacking(account, register, Step::Closing));
        all
    }

    /// Whose personal data the policy proposes that an account of the platform answers for (LED-6).
    pub fn proposed_duty(&self, platform: Platform) -> Option<&Duty> {
        let words: &[&str] = match platform {
            Platform::WordPress => &["wordpress", "blogg", "bloggar"],
            Platform::Feed => &["rss", "flöden"],
            Platform::X => &["x", "twitter"],
            Platform::Web => &["webbplatser"],
            other => &[other.as_str()],
        };
        let named = |duty: &&Duty| {
            let mut platforms = duty.platforms.iter().map(|p| p.to_lowercase());
            platforms.any(|p| words.contains(&p.as_str()))
        };
        let duties = &self.personal_data_duty;
        let rest = || duties.iter().find(|d| d.platforms.is_empty());
        duties.iter().find(named).or_else(rest)
    }

    fn decision_lacking(&self, account: &Account, register: &Register) -> Option<Breach> {
        let setting = self.decision_states.as_ref()?;
        let none = register.decision().is_none();
        none.then(|| {
            Breach::of(
                setting,
                format!("account {} has no decision on record", account.id),
            )
        })
    }

    fn approvals_lacking(&self, account: &Account, register: &Register, step: Step) -> Vec<Breach> {
        let (demanded, what) = match step {
            Step::Opening => (&self.approvals, "opening"),
            Step::Closing => (&self.closing_approvals, "closing"),
        };
        let Some(setting) = demanded else {
            return Vec::new();
        };
        let missing = setting.value.iter();
        let missing = missing.filter(|role| register.approval(step, **role).is_none());
        let told = missing.map(|role| {
            let what = format!(
                "the {what} of account {} is not approved by {role}",
                account.id
            );
            Breach::of(setting, what)
        });
        told.collect()
    }

    fn told_lacking(&self, account: &Account, register: &Register, step: Step) -> Option<Breach> {
        let setting = self.communications_told.as_ref()?;
        let (notice, event, what) = match step {
            Step::Opening => (Notice::Opening, AccountEvent::ToldOpening, "opening"),
            Step::Closing => (Notice::Closing, AccountEvent::ToldClosing, "closing"),
        };
        let lacks = setting.value.contains(&notice) && !register.happened(event);
        lacks.then(|| {
            let id = &account.id;
            let what = format!("communications is not noted as told of the {what} of account {id}");
            Breach::of(setting, what)
        })
    }

    fn administrators_lacking(
        &self,
        account: &Account,
        register: &Register,
        today: NaiveDate,
        all: &mut Vec<Breach>,
    ) {
        let id = &account.id;
        let persons = |side: Option<Side>| -> usize {
            let now = register.administrators_on(today);
            let there = now.filter(|a| side.is_none_or(|side| a.side == side));
            let names: HashSet<String> = there.map(|a| same_person(&a.name)).collect();
            names.len()
        };
        let communications = self
            .communications_administrator
            .as_ref()
            .filter(|s| s.value);
        if let Some(setting) = &self.administrators_minimum {
            // Where communications has its own, the unit's are counted apart (HAL-2).
            let side = communications.map(|_| Side::Unit);
            let has = persons(side);
            let least = setting.value.get();
            let of = side.map_or("", |_| " of the unit");
            if has < usize::try_from(least).unwrap_or(usize::MAX) {
                let what = format!(
                    "account {id} has {has} administrator{}{of}, and at least {least} required",
                    if has == 1 { "" } else { "s" },
                    least = match least {
                        1 => "1 is".to_owned(),
                        n => format!("{n} are"),
                    }
                );
                all.push(Breach::of(setting, what));
            }
        }
        if let Some(setting) = communications
            && persons(Some(Side::Communications)) == 0
        {
            let what = format!("account {id} has no administrator of communications");
            all.push(Breach::of(setting, what));
        }
        if let Some(setting) = &self.mandate_by {
            let Mandator::NearestManager = setting.value;
            let bare = |a: &&Administrator| a.mandate_by.is_none();
            for person in register.administrators_on(today).filter(bare) {
                let what = format!(
                    "account {id} has administrator {:?} without a mandate of the nearest manager",
                    person.name
                );
                all.push(Breach::of(setting, what));
            }
        }
    }

    fn checklist_lacking(&self, account: &Account, register: &Register) -> Option<Breach> {
        let done = |e: &&Entry| register.checklist.iter().any(|t| t.point == e.id.as_str());
        let open: Vec<&Entry> = self.start_checklist.iter().filter(|e| !done(e)).collect();
        let first = open.first()?;
        let points: Vec<&str> = open.iter().map(|e| e.id.as_str()).collect();
        Some(Breach {
            what: format!(
                "{} of {} points of the start checklist of account {} are not ticked: {}",
                open.len(),
                self.start_checklist.len(),
                account.id,
                points.join(", ")
            ),
            requirement: first.requirement.clone(),
            source: first.source.clone(),
            quote: first.quote.clone(),
        })
    }

    fn duty_lacking(&self, account: &Account, register: &Register) -> Option<Breach> {
        let proposed = self.proposed_duty(account.platform)?;
        let set = register.terms.duty.unwrap_or(proposed.value);
        (set == PersonalDataDuty::Assess).then(|| Breach {
            what: format!(
                "whose personal data account {} answers for is not assessed",
                account.id
            ),
            requirement: proposed.requirement.clone(),
            source: proposed.source.clone(),
            quote: proposed.quote.clone(),
        })
    }

    fn purpose_lacking(&self, account: &Account, register: &Register) -> Option<Breach> {
        let first = self.purpose.first()?;
        let known = |id: &String| self.purpose.iter().any(|e| e.id.as_str() == id);
        let none = !register.terms.serves.iter().any(known);
        none.then(|| {
            let ids: Vec<&str> = self.purpose.iter().map(|e| e.id.as_str()).collect();
            Breach {
                what: format!(
                    "account {} names none of the purposes {}",
                    account.id,
                    ids.join(", ")
                ),
                requirement: first.requirement.clone(),
                source: first.source.clone(),
                quote: first.quote.clone(),
            }
        })
    }
}

#[cfg(test)]
mod tests;
