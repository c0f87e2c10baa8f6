//! A breach: an account that is not as the municipality's policy demands, with the rule in its own words.

use std::collections::HashSet;
use std::fmt;

use crate::record::Account;

use super::{Policy, Quote, Requirement, Setting, Source};

/// What is wrong, and the rule that says so; displayed as two lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// One line, with the value and the limit.
    pub what: String,
    pub requirement: Requirement,
    pub source: Source,
    pub quote: Quote,
}

impl Breach {
    pub(super) fn of<T>(setting: &Setting<T>, what: String) -> Self {
        Self {
            what,
            requirement: setting.requirement.clone(),
            source: setting.source.clone(),
            quote: setting.quote.clone(),
        }
    }

    /// The rule on one line: `TIB-1, tibro.txt:55: "Vem som är ansvarig …"`.
    pub fn rule(&self) -> String {
        format!("{}, {}: \"{}\"", self.requirement, self.source, self.quote)
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nrule: {}", self.what, self.rule())
    }
}

impl Policy {
    /// What the register's entry lacks by this policy; empty when all is well.
    ///
    /// A person named twice counts once, whatever the case of letters and the spaces between names.
    pub fn check_account(&self, account: &Account) -> Vec<Breach> {
        let id = &account.id;
        let people: HashSet<String> = account
            .responsible
            .iter()
            .map(|p| same_person(p))
            .filter(|p| !p.is_empty())
            .collect();
        let substitute = account
            .substitute
            .as_deref()
            .map(same_person)
            .filter(|p| !p.is_empty());
        let mut breaches = Vec::new();
        if let Some(setting) = &self.responsible_minimum {
            let minimum = setting.value.get();
            let has = people.len();
            if has < usize::try_from(minimum).unwrap_or(usize::MAX) {
                let verb = if minimum == 1 { "is" } else { "are" };
                breaches.push(Breach::of(
                    setting,
                    format!(
                        "account {id} has {has} responsible {}, and at least {minimum} {verb} required",
                        if has == 1 { "person" } else { "persons" },
                    ),
                ));
            }
        }
        if let Some(setting) = self.substitute_required.as_ref().filter(|s| s.value) {
            match substitute {
                None => breaches.push(Breach::of(
                    setting,
                    format!("account {id} has no substitute, and one is required"),
                )),
                Some(person) if people.contains(&person) => breaches.push(Breach::of(
                    setting,
                    format!(
                        "account {id} has {:?} both as responsible and as substitute, and the substitute must be another person",
                        account.substitute.as_deref().unwrap_or_default().trim(),
                    ),
                )),
                Some(_) => {}
            }
        }
        breaches
    }
}

pub(super) fn same_person(name: &str) -> String {
    name.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Profile;
    use crate::record::Platform;

    fn account(responsible: &[&str], substitute: Option<&str>) -> Account {
        Account {
            id: "tibro-blogg".parse().unwrap(),
            platform: Platform::WordPress,
            address: "https://blogg.tibro.example/".parse().unwrap(),
            committee: "Kommunstyrelsen".into(),
            purpose: "dialog".into(),
            audience: "invånare".into(),
            responsible: responsible.iter().map(|&p| p.into()).collect(),
            substitute: substitute.map(Into::into),
            credential: None,
            parent: None,
        }
    }

    fn breaches(profile: &str, responsible: &[&str], substitute: Option<&str>) -> Vec<Breach> {
        let policy = Profile::named(profile).unwrap().policy;
        policy.check_account(&account(responsible, substitute))
    }

    fn says(responsible: &[&str], substitute: Option<&str>) -> Vec<String> {
        breaches("tibro", responsible, substitute)
            .into_iter()
            .map(|b| b.what)
            .collect()
    }

    #[test]
    fn an_account_as_the_decision_should_be_is_accepted() {
        assert!(says(&["Anna Ek", "Bo Lind"], Some("Cia Ström")).is_empty());
    }

    #[test]
    fn too_few_responsible_is_said_with_value_limit_and_rule() {
        let found = breaches("tibro", &["Anna Ek"], Some("Cia Ström"));
        assert_eq!(
            found.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "account tibro-blogg has 1 responsible person, and at least 2 are required\n\
                 rule: TIB-1, tibro.txt:55: \"Vem som är ansvarig för den sociala mediekanalen (minst två personer).\""
            ]
        );
        assert!(says(&[], Some("Cia Ström"))[0].contains("has 0 responsible persons"));
    }

    #[test]
    fn one_person_written_twice_is_one() {
        for same in ["anna ek", " Anna  Ek ", "ANNA EK", "Anna\tEk"] {
            assert!(
                says(&["Anna Ek", same], Some("Cia Ström"))[0]
                    .contains("has 1 responsible person,"),
                "{same:?}"
            );
        }
        assert!(says(&["Åsa Öst", "åsa öst"], Some("Cia"))[0].contains("has 1"));
        assert!(says(&["Anna Ek", " "], Some("Cia"))[0].contains("has 1"));
    }

    #[test]
    fn the_substitute_is_there_and_another_person() {
        let none = "account tibro-blogg has no substitute, and one is required";
        assert_eq!(says(&["Anna Ek", "Bo Lind"], None), [none]);
        assert_eq!(says(&["Anna Ek", "Bo Lind"], Some("  ")), [none]);
        assert_eq!(
            says(&["Anna Ek", "Bo Lind"], Some("bo  lind")),
            [
                "account tibro-blogg has \"bo  lind\" both as responsible and as substitute, and the substitute must be another person"
            ]
        );
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        assert_eq!(says(&["Anna Ek"], None).len(), 2);
    }

    #[test]
    fn a_guideline_that_says_nothing_demands_nothing() {
        for name in [
            "falkoping",
            "lilla-edet",
            "vara",
            "hallstahammar",
            "standard",
        ] {
            assert!(breaches(name, &[], None).is_empty(), "{name}");
        }
    }
}
