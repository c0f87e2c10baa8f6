//! The municipality's organisationsnummer.

use serde::Deserialize;

/// Ten digits, of which the third is 2 or more and the last a check of the others by the Luhn algorithm
/// (lagen (1974:174) om identitetsbeteckning för juridiska personer m.fl., and Skatteverket's SKV 709).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct OrganisationNumber(String);

impl OrganisationNumber {
    /// Its ten digits, without a hyphen.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OrganisationNumber {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let digits = match text.trim().split_once('-') {
            Some((first, last)) if first.len() == 6 => format!("{first}{last}"),
            Some(_) => String::new(),
            None => text.trim().to_owned(),
        };
        if digits.len() != 10 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err("an organisationsnummer has ten digits, such as 212000-1637");
        }
        if digits.as_bytes().get(2).is_some_and(|third| *third < b'2') {
            return Err("the third digit of an organisationsnummer is 2 or more");
        }
        let sum: u32 = digits
            .bytes()
            .zip([2, 1].into_iter().cycle())
            .map(|(digit, weight)| u32::from(digit - b'0') * weight)
            .map(|product| product / 10 + product % 10)
            .sum();
        match sum % 10 {
            0 => Ok(Self(digits)),
            _ => Err("the last digit of the organisationsnummer does not check the others"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_held() {
        for good in ["202100-5489", "2021005489", " 202100-5489 "] {
            let number = OrganisationNumber::try_from(good.to_owned()).unwrap();
            assert_eq!(number.as_str(), "2021005489");
        }
        for bad in [
            "",
            "202100-5488",
            "20210-05489",
            "202100-548",
            "202100--5489",
            "16202100-5489",
            "191212-1212",
            "202100‐5489",
            "tjugo",
        ] {
            assert!(
                OrganisationNumber::try_from(bad.to_owned()).is_err(),
                "{bad:?}"
            );
        }
    }
}
