//! The register as CSV for Swedish spreadsheets: UTF-8 with BOM, semicolons, no cell that is a formula, and read back as
//! it was written.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use csv::{QuoteStyle, Terminator, WriterBuilder};
use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

use super::publish::PublishedList;
use crate::catalog::Entry;
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
    Ok(written(std::iter::once(head).chain(rows)))
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
    written(std::iter::once(head).chain(rows))
}

/// Rows as such a file has them.
pub(in crate::workflow) fn written<R: IntoIterator<Item = String>>(
    rows: impl Iterator<Item = R>,
) -> String {
    let mut writer = WriterBuilder::new()
        .delimiter(b';')
        .terminator(Terminator::CRLF)
        // A program that parts cells by commas finds one cell too, and no formula within it.
        .quote_style(QuoteStyle::Always)
        .flexible(true)
        .from_writer(Vec::new());
    for row in rows {
        // Into memory, so that nothing can fail.
        let _ = writer.write_record(row.into_iter().map(|cell| safe(&cell)));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    format!("\u{feff}{}", String::from_utf8_lossy(&bytes))
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

/// True for what a spreadsheet would reckon with (OWASP, CSV injection), with an apostrophe or what nobody sees before
/// it or not.
fn reckons(cell: &str) -> bool {
    let unseen = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let bare = cell.trim_start_matches(|c: char| {
        c == '\'' || c.is_whitespace() || c.is_control() || unseen.contains(c)
    });
    bare.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '%'])
}

/// The cell as text: an apostrophe is set before what a spreadsheet would reckon with.
fn safe(cell: &str) -> String {
    match reckons(cell) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

/// What [`safe`] was given.
pub(super) fn unsafed(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if reckons(rest) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_cell_is_a_formula() {
        for bad in [
            "=1+1",
            "+46 70",
            "-2",
            "@SUM(A1)",
            "  =x",
            "＝1",
            "'=1",
            "|calc",
            "''@x",
            "\u{200b}=1",
            "\u{ad}=1",
            "' \u{2060}\u{feff}@x",
            "\0\t+1",
        ] {
            assert!(safe(bad).starts_with('\''), "{bad}");
            assert_eq!(unsafed(&safe(bad)), bad);
        }
        assert_eq!(safe("'s morgens"), "'s morgens");
    }

    #[test]
    fn no_cell_falls_apart_at_a_comma() {
        let file = written(std::iter::once([
            "hej,=1+1".to_owned(),
            "a \"b\"".to_owned(),
        ]));
        assert_eq!(file, "\u{feff}\"hej,=1+1\";\"a \"\"b\"\"\"\r\n");
    }

    #[test]
    fn columns_are_known_by_both_their_names() {
        assert_eq!(Field::named(" NÄMND "), Some(Field::Committee));
        assert_eq!(Field::named("legal-basis"), Some(Field::LegalBasis));
        assert_eq!(Field::named("telefon"), None);
    }

    proptest! {
        #[test]
        fn a_cell_comes_back_as_it_was(text in "['=+@a \u{200b}-]{0,8}") {
            let safe = safe(&text);
            prop_assert_eq!(unsafed(&safe), text);
        }

        #[test]
        fn several_values_come_back_as_they_were(values in prop::collection::vec("[a-z|\\\\;å]{1,6}", 0..4)) {
            let values: Vec<String> = values.into_iter().filter(|v| !v.contains(';')).collect();
            prop_assert_eq!(parted(&joined(&values)), values);
        }
    }
}
