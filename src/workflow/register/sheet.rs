//! The register as CSV, which is read back as it was written.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::publish::PublishedList;
use crate::catalog::Entry;
use crate::export::csv_text;
use crate::policy::ListPart;
use crate::record::AccountId;
use crate::workflow::{Archive, Error};

/// What a column of the file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Field {
    Id,
    Platform,
    Address,
    Committee,
    Purpose,
    Audience,
    Responsible,
    Substitute,
    Credential,
    Parent,
    Duty,
    LegalBasis,
    Serves,
    Closed,
}

impl Field {
    /// In the order of the file, each with its Swedish name and the one of the command line.
    pub(super) const ALL: [(Self, &'static str, &'static str); 14] = [
        (Self::Id, "Konto", "id"),
        (Self::Platform, "Plattform", "platform"),
        (Self::Address, "Adress", "address"),
        (Self::Committee, "Nämnd", "committee"),
        (Self::Purpose, "Syfte", "purpose"),
        (Self::Audience, "Målgrupp", "audience"),
        (Self::Responsible, "Ansvariga", "responsible"),
        (Self::Substitute, "Ersättare", "substitute"),
        (Self::Credential, "Inloggning", "credential"),
        (Self::Parent, "Överordnat konto", "parent"),
        (Self::Duty, "Personuppgiftsansvar", "responsibility"),
        (Self::LegalBasis, "Rättslig grund", "legal_basis"),
        (Self::Serves, "Ändamål", "serves"),
        (Self::Closed, "Avslutat", "closed"),
    ];

    /// Those a file must have.
    pub(super) const NEEDED: [Self; 6] = [
        Self::Id,
        Self::Platform,
        Self::Address,
        Self::Committee,
        Self::Purpose,
        Self::Audience,
    ];

    /// By either name, as people write it.
    pub(super) fn named(header: &str) -> Option<Self> {
        let plain = |text: &str| text.trim().to_lowercase().replace(['_', '-'], " ");
        let asked = plain(header);
        let found = Self::ALL
            .iter()
            .find(|(_, swedish, english)| plain(swedish) == asked || plain(english) == asked);
        found.map(|(field, _, _)| *field)
    }

    pub(super) fn swedish(self) -> &'static str {
        let found = Self::ALL.iter().find(|(field, _, _)| *field == self);
        found.map_or("", |(_, swedish, _)| swedish)
    }
}

/// The register's entries as CSV, by id.
///
/// # Errors
/// When the catalog cannot be read.
pub fn export_csv(archive: &Archive) -> Result<String, Error> {
    let catalog = archive.catalog();
    let closed = catalog.closed_accounts()?;
    let mut entries = Vec::new();
    for account in catalog.accounts()? {
        let terms = catalog.terms(&account.id)?;
        entries.push(Entry { account, terms });
    }
    let head = Field::ALL.map(|(_, swedish, _)| swedish.to_owned());
    let rows = entries
        .iter()
        .map(|e| Field::ALL.map(|(field, _, _)| cell(e, field, &closed)));
    Ok(csv_text(std::iter::once(head).chain(rows)))
}

fn cell(entry: &Entry, field: Field, closed: &BTreeMap<AccountId, NaiveDate>) -> String {
    let (a, t) = (&entry.account, &entry.terms);
    match field {
        Field::Id => a.id.to_string(),
        Field::Platform => a.platform.to_string(),
        Field::Address => a.address.to_string(),
        Field::Committee => a.committee.clone(),
        Field::Purpose => a.purpose.clone(),
        Field::Audience => a.audience.clone(),
        Field::Responsible => joined(&a.responsible),
        Field::Substitute => a.substitute.clone().unwrap_or_default(),
        Field::Credential => a.credential.clone().unwrap_or_default(),
        Field::Parent => a
            .parent
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        Field::Duty => t.duty.map_or_else(String::new, |d| d.to_string()),
        Field::LegalBasis => t.legal_basis.map_or_else(String::new, |b| b.to_string()),
        Field::Serves => joined(&t.serves),
        Field::Closed => closed
            .get(&a.id)
            .map_or_else(String::new, ToString::to_string),
    }
}

/// The published list as CSV.
pub fn as_csv(list: &PublishedList) -> String {
    let mut head = vec!["Nämnd", "Konto", "Plattform", "Adress"];
    let parts = [
        (ListPart::Purpose, "Syfte"),
        (ListPart::Audience, "Målgrupp"),
        (ListPart::Responsible, "Ansvarig"),
    ];
    let told = parts.iter().filter(|(part, _)| list.tells(*part));
    head.extend(told.map(|(_, label)| label));
    let head: Vec<String> = head.into_iter().map(str::to_owned).collect();
    let rows = list.accounts.iter().map(|a| {
        let mut row = vec![
            a.committee.clone(),
            a.name.clone(),
            a.platform.to_owned(),
            a.address.clone(),
        ];
        row.extend(a.purpose.clone());
        row.extend(a.audience.clone());
        row.extend(a.responsible.as_ref().map(|people| people.join(", ")));
        row
    });
    csv_text(std::iter::once(head).chain(rows))
}

/// Several values in a cell, parted by `|`.
fn joined(values: &[String]) -> String {
    let plain = |v: &String| v.replace('\\', "\\\\").replace('|', "\\|");
    values.iter().map(plain).collect::<Vec<_>>().join(" | ")
}

/// The values of a cell: parted by `|`, by line ends, or by `;`.
pub(super) fn parted(cell: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut chars = cell.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            '\\' => chars.next().unwrap_or('\\'),
            '|' | '\n' | '\r' | ';' => {
                values.push(String::new());
                continue;
            }
            c => c,
        };
        if let Some(last) = values.last_mut() {
            last.push(c);
        }
    }
    let values = values.into_iter().map(|v| v.trim().to_owned());
    values.filter(|v| !v.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_are_known_by_both_their_names() {
        assert_eq!(Field::named(" NÄMND "), Some(Field::Committee));
        assert_eq!(Field::named("legal-basis"), Some(Field::LegalBasis));
        assert_eq!(Field::named("telefon"), None);
    }

    proptest! {
        #[test]
        fn several_values_come_back_as_they_were(values in prop::collection::vec("[a-z|\\\\;å]{1,6}", 0..4)) {
            let values: Vec<String> = values.into_iter().filter(|v| !v.contains(';')).collect();
            prop_assert_eq!(parted(&joined(&values)), values);
        }
    }
}
