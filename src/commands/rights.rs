//! What the caller may do: the daemon holds it, without a daemon it is advice (design 8.2).

use super::Error;
use super::caller::Caller;
use crate::catalog::Restricted;
use crate::record::{Person, Role};

/// What one caller may do.
#[derive(Debug, Clone)]
pub(super) struct Rights {
    user: String,
    person: Option<Person>,
    /// False without the daemon: who can write the files can do all, so nothing is refused.
    held: bool,
}

impl Rights {
    /// Without a daemon.
    pub(super) fn advised(caller: &Caller, persons: &[Person]) -> Self {
        Self {
            user: caller.user(),
            person: caller.among(persons).cloned(),
            held: false,
        }
    }

    /// By the daemon's judgement.
    ///
    /// # Errors
    /// When the caller is nobody that arkivd.toml knows.
    pub(super) fn held(caller: &Caller, persons: &[Person]) -> Result<Self, Error> {
        let mut rights = Self {
            held: true,
            ..Self::advised(caller, persons)
        };
        if rights.person.is_none() {
            if !caller.is_keeper() {
                return Err(Error::NotAPerson {
                    user: rights.user,
                    nobody: persons.is_empty(),
                });
            }
            // Before persons are named, whoever keeps the machine does all; afterwards they keep the service running.
            let roles = match persons {
                [] => Role::ALL.to_vec(),
                _ => vec![Role::Administrator],
            };
            rights.person = Some(Person {
                user: rights.user.clone(),
                name: rights.user.clone(),
                roles,
                committees: None,
            });
        }
        Ok(rights)
    }

    /// Holds that the caller has one of the roles; an empty list asks for none.
    ///
    /// # Errors
    /// [`Error::Role`] names the roles that would do.
    pub(super) fn demand(
        &self,
        command: &'static str,
        roles: &'static [Role],
    ) -> Result<(), Error> {
        let lacks = |person: &Person| !roles.is_empty() && !person.has(roles);
        match &self.person {
            Some(person) if lacks(person) && self.held => Err(Error::Role {
                user: person.name.clone(),
                command,
                has: person.roles.clone(),
                needs: roles,
            }),
            Some(person) if lacks(person) => {
                tracing::warn!(
                    "{command} is for {}: without the daemon that is advice only",
                    words(roles)
                );
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether the caller's roles hold for the committee.
    pub(super) fn serves(&self, committee: &str) -> bool {
        match &self.person {
            Some(person) if self.held => person.serves(committee),
            _ => true,
        }
    }

    /// Holds that the caller's roles hold for the committee.
    ///
    /// # Errors
    /// [`Error::Committee`].
    pub(super) fn demand_committee(&self, committee: &str) -> Result<(), Error> {
        if self.serves(committee) {
            return Ok(());
        }
        Err(Error::Committee {
            user: self
                .person
                .as_ref()
                .map_or_else(|| self.user.clone(), |p| p.name.clone()),
            committee: committee.to_owned(),
        })
    }

    /// Which of the records that are not public the caller may read (OSL 5 kap. 5 §, 8 kap. 1 §).
    pub(super) fn restricted(&self) -> Restricted {
        const READERS: [Role; 3] = [Role::Archivist, Role::Registrar, Role::Auditor];
        match &self.person {
            Some(person) if self.held => match &person.committees {
                _ if !person.has(&READERS) => Restricted::None,
                Some(committees) => Restricted::Of(committees.clone()),
                None => Restricted::All,
            },
            _ => Restricted::All,
        }
    }
}

/// `arkivarie, registrator or revisor`.
pub(super) fn words(roles: &[Role]) -> String {
    match roles {
        [] => "nobody".to_owned(),
        [one] => one.to_string(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(|r| r.as_str()).collect();
            format!("{} or {last}", first.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(roles: &[Role], committees: Option<&[&str]>) -> Person {
        Person {
            user: "12345".into(),
            name: "Anna Öberg".into(),
            roles: roles.to_vec(),
            committees: committees.map(|c| c.iter().map(|c| (*c).to_owned()).collect()),
        }
    }

    fn held(persons: &[Person], uid: u32) -> Result<Rights, Error> {
        // No process has the number 0, so no login stands behind it.
        Rights::held(&Caller::peer(uid, 0, 999), persons)
    }

    #[test]
    fn roles_and_committees_are_held() {
        let persons = [person(&[Role::Editor], Some(&["Kommunstyrelsen"]))];
        let rights = held(&persons, 12345).unwrap();
        assert!(rights.demand("status", &[]).is_ok());
        assert!(
            rights
                .demand("snapshot", &[Role::Archivist, Role::Editor])
                .is_ok()
        );
        let refused = rights.demand("account add", &[Role::Archivist, Role::Registrar]);
        let told = refused.unwrap_err();
        assert_eq!(
            told.to_string(),
            "Anna Öberg may not do account add: it is for the role arkivarie or registrator"
        );
        assert!(
            told.hint().unwrap().starts_with("yours: redaktör"),
            "{told}"
        );
        assert!(rights.demand_committee("Kommunstyrelsen").is_ok());
        assert!(rights.demand_committee("Socialnämnden").is_err());
        assert_eq!(rights.restricted(), Restricted::None);
        let registrar = [person(&[Role::Registrar], Some(&["Kommunstyrelsen"]))];
        let registrar = held(&registrar, 12345).unwrap();
        assert_eq!(
            registrar.restricted(),
            Restricted::Of(vec!["Kommunstyrelsen".into()])
        );
    }

    #[test]
    fn who_keeps_the_machine_keeps_the_service_and_no_more_once_persons_are_named() {
        for keeper in [0, 999] {
            assert!(
                held(&[], keeper)
                    .unwrap()
                    .demand("x", &[Role::Archivist])
                    .is_ok()
            );
            let named = [person(&[Role::Archivist], None)];
            let keeper = held(&named, keeper).unwrap();
            assert!(keeper.demand("x", &[Role::Archivist]).is_err());
            assert!(keeper.demand("x", &[Role::Administrator]).is_ok());
            assert_eq!(keeper.restricted(), Restricted::None);
        }
        assert!(matches!(
            held(&[], 12345),
            Err(Error::NotAPerson { nobody: true, .. })
        ));
    }

    #[test]
    fn without_the_daemon_nothing_is_refused() {
        let persons = [person(&[Role::Auditor], Some(&[]))];
        let rights = Rights::advised(&Caller::peer(12345, 0, 999), &persons);
        assert!(rights.demand("account add", &[Role::Archivist]).is_ok());
        assert!(rights.demand_committee("Socialnämnden").is_ok());
        assert_eq!(rights.restricted(), Restricted::All);
    }
}
