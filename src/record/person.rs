//! A person who acts on the archive, and what they may do there.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Error;

/// What a person does in the municipality's records management. A person may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Role {
    /// Archivist: decides on records, plans and holds.
    Archivist,
    /// Registrar: registers, and hands out.
    Registrar,
    /// Editor of an account: snapshots, hides, removes.
    Editor,
    /// Auditor: reads and verifies.
    Auditor,
    /// System administrator: keeps the service running.
    Administrator,
}

impl Role {
    pub const ALL: [Self; 5] = [
        Self::Archivist,
        Self::Registrar,
        Self::Editor,
        Self::Auditor,
        Self::Administrator,
    ];

    /// The municipality's own word, as arkivd.toml has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Archivist => "arkivarie",
            Self::Registrar => "registrator",
            Self::Editor => "redaktör",
            Self::Auditor => "revisor",
            Self::Administrator => "systemförvaltare",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| Error::Role(text.to_owned()))
    }
}

impl TryFrom<String> for Role {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Role> for &'static str {
    fn from(role: Role) -> Self {
        role.as_str()
    }
}

/// Someone the configuration knows: `[[person]]` in arkivd.toml.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The user's name in the operating system, or its number where it has none.
    pub user: String,
    /// As it stands in protocols and events.
    pub name: String,
    pub roles: Vec<Role>,
    /// The committees (nämnder) the roles hold for; without the key, all of them.
    /// Secrecy holds between committees (OSL 8 kap. 1 §).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committees: Option<Vec<String>>,
}

impl Person {
    /// Whether one of these roles is theirs.
    pub fn has(&self, roles: &[Role]) -> bool {
        self.roles.iter().any(|role| roles.contains(role))
    }

    /// Whether their roles hold for the committee.
    pub fn serves(&self, committee: &str) -> bool {
        self.committees
            .as_ref()
            .is_none_or(|all| all.iter().any(|c| c == committee))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_as_the_municipality_writes_them() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        let wrong = "redaktor".parse::<Role>().unwrap_err().to_string();
        assert!(wrong.contains("redaktör"), "{wrong}");
    }

    #[test]
    fn without_committees_the_roles_hold_for_all() {
        let mut person = Person {
            user: "anna".into(),
            name: "Anna Öberg".into(),
            roles: vec![Role::Editor],
            committees: None,
        };
        assert!(person.serves("Kommunstyrelsen"));
        person.committees = Some(vec!["Barn- och utbildningsnämnden".into()]);
        assert!(!person.serves("Kommunstyrelsen"));
        assert!(person.serves("Barn- och utbildningsnämnden"));
        assert!(person.has(&[Role::Archivist, Role::Editor]));
        assert!(!person.has(&[Role::Archivist]));
    }
}
