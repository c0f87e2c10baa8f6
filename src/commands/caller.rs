//! Who runs a command: the operating system's word for it, which sudo cannot hide (design 8.2).

use std::fs;

use rustix::process::{geteuid, getuid};

use crate::record::Person;

/// The user behind a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Who logged in, where root or the archive's owner acts; else the process's own user.
    uid: u32,
    name: Option<String>,
    /// True for root and the archive's owner, who hold the files in any case.
    keeper: bool,
}

impl Caller {
    /// The user of this process. Ask before root steps down: afterwards it would be the owner for all.
    pub(super) fn here() -> Self {
        Self::of(getuid().as_raw(), "self", geteuid().as_raw())
    }

    /// The user of the process at the other end of the socket; `owner` is the daemon's own.
    pub(crate) fn peer(uid: u32, pid: i32, owner: u32) -> Self {
        Self::of(uid, &pid.to_string(), owner)
    }

    /// Root and the owner act for the one who logged in: the kernel keeps that number, while `SUDO_USER` is anyone's to
    /// set.
    fn of(uid: u32, process: &str, owner: u32) -> Self {
        let keeper = uid == 0 || uid == owner;
        let login = fs::read_to_string(format!("/proc/{process}/loginuid"))
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .filter(|login| *login != u32::MAX);
        let uid = login.filter(|_| keeper).unwrap_or(uid);
        Self {
            uid,
            name: uzers::get_user_by_uid(uid).and_then(|u| u.name().to_str().map(str::to_owned)),
            keeper,
        }
    }

    /// Who owns a file, as events name who acted.
    pub(crate) fn owner(uid: u32, persons: &[Person]) -> String {
        let caller = Self {
            uid,
            name: uzers::get_user_by_uid(uid).and_then(|u| u.name().to_str().map(str::to_owned)),
            keeper: false,
        };
        caller.actor(caller.among(persons))
    }

    pub(crate) fn is_keeper(&self) -> bool {
        self.keeper
    }

    /// The one of these persons that it is.
    pub(super) fn among<'p>(&self, persons: &'p [Person]) -> Option<&'p Person> {
        let number = self.uid.to_string();
        persons
            .iter()
            .find(|p| Some(&p.user) == self.name.as_ref() || p.user == number)
    }

    /// `anna (uid 1001)`.
    pub(crate) fn user(&self) -> String {
        match &self.name {
            Some(name) => format!("{name} (uid {})", self.uid),
            None => format!("uid {}", self.uid),
        }
    }

    /// As events name who acted: `Anna Öberg, anna (uid 1001)`.
    pub(super) fn actor(&self, person: Option<&Person>) -> String {
        match person {
            Some(person) => format!("{}, {}", person.name, self.user()),
            None => self.user(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(uid: u32, name: Option<&str>) -> Caller {
        Caller {
            uid,
            name: name.map(str::to_owned),
            keeper: false,
        }
    }

    #[test]
    fn a_person_is_known_by_name_or_number() {
        let person = |user: &str| Person {
            user: user.into(),
            name: "Anna Öberg".into(),
            roles: Vec::new(),
            committees: None,
        };
        let persons = [person("anna"), person("1002")];
        let anna = caller(1001, Some("anna"));
        let found = anna.among(&persons);
        assert_eq!(found, Some(&persons[0]));
        assert_eq!(anna.actor(found), "Anna Öberg, anna (uid 1001)");
        assert_eq!(caller(1002, None).among(&persons), Some(&persons[1]));
        assert_eq!(caller(1003, Some("bo")).among(&persons), None);
        assert_eq!(caller(1003, None).actor(None), "uid 1003");
    }
}
