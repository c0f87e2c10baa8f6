//! Words of a cell, in Swedish or as the command line has them.

use crate::record::{Error, LawfulGround, PersonalDataDuty, Platform};

pub(super) fn platform(text: &str) -> Result<Platform, Error> {
    let asked = text.to_lowercase();
    let label = Platform::ALL
        .into_iter()
        .find(|p| p.label().to_lowercase() == asked);
    match (label, asked.as_str()) {
        (Some(platform), _) => Ok(platform),
        (None, "twitter") => Ok(Platform::X),
        (None, _) => asked.parse(),
    }
}

pub(super) fn duty(text: &str) -> Result<PersonalDataDuty, Error> {
    let asked = text.to_lowercase();
    let all = PersonalDataDuty::ALL.iter().copied();
    let found = all.into_iter().find(|d| d.swedish() == asked);
    found.map_or_else(|| asked.parse(), Ok)
}

pub(super) fn ground(text: &str) -> Result<LawfulGround, Error> {
    let asked = text.to_lowercase();
    let all = LawfulGround::ALL.iter().copied();
    let found = all.into_iter().find(|g| g.swedish() == asked);
    found.map_or_else(|| asked.parse(), Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_in_swedish_and_as_the_command_line_has_them() {
        assert_eq!(platform("Twitter").unwrap(), Platform::X);
        assert_eq!(platform("WordPress").unwrap(), Platform::WordPress);
        assert_eq!(duty("Egna").unwrap(), PersonalDataDuty::Own);
        assert_eq!(
            ground("allmänt intresse").unwrap(),
            LawfulGround::PublicInterest
        );
        assert!(ground("tycke").is_err());
    }
}
