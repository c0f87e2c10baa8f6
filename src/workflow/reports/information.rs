//! `report information`: whether each account's profile tells what the guideline demands (COM-1, VAR-8).

use std::io;

use super::identity::{Found, ProfileText};
use super::sheet::columns;
use super::{Cell, Column, Head, Stated, Tail, Total, Writing};
use crate::platform::Profile;
use crate::policy::{IdentityMark, Information};
use crate::workflow::Error;

const COLUMNS: &[Column] = columns! {
    "account" "account" "Konto" both;
    "committee" "committee" "Nämnd" data;
    "piece" "piece" "Uppgift" both;
    "requirement" "requirement" "Krav" both;
    "found" "found" "Finns" both;
    "how" "how" "Hur det ses" both;
    "since" "text since" "Texten sedan" data;
    "demanded" "the guideline's words" "Riktlinjens ord" data;
};

/// One piece that is demanded.
struct Demand {
    piece: Piece,
    requirement: String,
    quote: String,
}

enum Piece {
    Information(Information),
    Mark(IdentityMark),
    Common,
}

impl Writing<'_> {
    pub(super) fn information(&mut self) -> Result<(), Error> {
        let demands = self.demands();
        let path = self.archive.paths().archive().join("common-text.txt");
        let common = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(Error::Io { path, source }),
        };
        let organisation = self.organisation;
        self.begin(Head {
            report: "information",
            title: "Information i kommunens profiler".to_owned(),
            kind: "Rapport: vad kontonas profiler säger, mot riktlinjen".to_owned(),
            stated: vec![
                Stated::new(
                    "text",
                    "What is searched",
                    "Vad som söks igenom",
                    "the name and description that the platform last told of each account, words in any case; a picture or page is not read",
                    "Namn och beskrivning som plattformen senast gav för varje konto, utan skillnad på stora och små bokstäver. Bilder och sidor läses inte.",
                ),
                Stated::new(
                    "found",
                    "Found",
                    "Finns",
                    "that the words are there; whether they say it well a person must judge",
                    "Att orden står där; om de säger det väl måste en människa bedöma.",
                ),
                Stated::new(
                    "organisation",
                    "The municipality",
                    "Kommunen",
                    organisation,
                    organisation,
                ),
                Stated::new(
                    "common_text",
                    "Common text",
                    "Gemensam text",
                    if common.is_some() { "the archive's common-text.txt" } else { "no common-text.txt in the archive: it cannot be judged" },
                    if common.is_some() { "Arkivets fil common-text.txt." } else { "Ingen fil common-text.txt i arkivet: den kan inte prövas." },
                ),
            ],
            columns: COLUMNS,
            ..Head::default()
        })?;
        let (mut yes, mut no, mut unclear) = (0, 0, 0);
        for state in self.accounts()? {
            let row = self.archive.catalog().profile(&state.account.id)?;
            let since = row.as_ref().map(|row| row.since);
            let profile = match row {
                Some(row) => Some(serde_json::from_str::<Profile>(&row.json).map_err(
                    |source| Error::Json {
                        what: format!("profile of account {}", state.account.id),
                        source,
                    },
                )?),
                None => None,
            };
            let text = profile.as_ref().map(ProfileText::new);
            for demand in &demands {
                let found = match &text {
                    Some(text) => demand.judge(text, organisation, common.as_deref()),
                    None => Found::Unclear(
                        "no profile text was told yet".to_owned(),
                        "Plattformen har inte gett någon profiltext än.".to_owned(),
                    ),
                };
                let (word, how) = match found {
                    Found::Yes(e, s) => {
                        yes += 1;
                        (Cell::Word("yes", "ja"), Cell::Told(e, s))
                    }
                    Found::No(e, s) => {
                        no += 1;
                        (Cell::Word("no", "nej"), Cell::Told(e, s))
                    }
                    Found::Unclear(e, s) => {
                        unclear += 1;
                        (
                            Cell::Word("unclear", "går inte att avgöra"),
                            Cell::Told(e, s),
                        )
                    }
                };
                self.row(vec![
                    Cell::Text(state.account.id.to_string()),
                    Cell::Text(state.account.committee.clone()),
                    demand.name(),
                    Cell::Text(demand.requirement.clone()),
                    word,
                    how,
                    Cell::time(since),
                    Cell::Text(demand.quote.clone()),
                ])?;
            }
        }
        let all = yes + no + unclear;
        let mut tail = Tail::default();
        tail.totals
            .push(Total::new("found", "found", "Finns", yes).of(all));
        tail.totals
            .push(Total::new("not_found", "not found", "Finns inte", no).of(all));
        tail.totals
            .push(Total::new("unclear", "cannot be told", "Går inte att avgöra", unclear).of(all));
        if demands.is_empty() {
            tail.notes.push((
                "the guideline demands nothing of the profile".to_owned(),
                "Riktlinjen kräver inget av profilen.".to_owned(),
            ));
        }
        self.end(&tail)
    }

    fn demands(&self) -> Vec<Demand> {
        let policy = self.policy;
        let information = policy.public_information.iter().map(|s| Demand {
            piece: Piece::Information(s.value),
            requirement: s.requirement.to_string(),
            quote: s.quote.to_string(),
        });
        let marks = policy.profile_identity.iter().flat_map(|s| {
            s.value.iter().map(|mark| Demand {
                piece: Piece::Mark(*mark),
                requirement: s.requirement.to_string(),
                quote: s.quote.to_string(),
            })
        });
        let common = policy
            .common_text
            .iter()
            .filter(|s| s.value)
            .map(|s| Demand {
                piece: Piece::Common,
                requirement: s.requirement.to_string(),
                quote: s.quote.to_string(),
            });
        information.chain(marks).chain(common).collect()
    }
}

impl Demand {
    fn judge(&self, text: &ProfileText, organisation: &str, common: Option<&str>) -> Found {
        match (&self.piece, common) {
            (Piece::Information(piece), _) => text.information(*piece, organisation),
            (Piece::Mark(mark), _) => text.mark(*mark, organisation),
            (Piece::Common, Some(common)) => text.common_text(common),
            (Piece::Common, None) => Found::Unclear(
                "the archive has no common-text.txt".to_owned(),
                "Arkivet har ingen common-text.txt.".to_owned(),
            ),
        }
    }

    fn name(&self) -> Cell {
        match self.piece {
            Piece::Information(Information::Responsible) => {
                Cell::Word("responsible", "vem som ansvarar")
            }
            Piece::Information(Information::Purpose) => Cell::Word("purpose", "syfte"),
            Piece::Information(Information::Contact) | Piece::Mark(IdentityMark::Contact) => {
                Cell::Word("contact", "kontaktuppgift")
            }
            Piece::Information(Information::PublicRecords) => {
                Cell::Word("public-records", "att inlägg blir allmänna handlingar")
            }
            Piece::Information(Information::Forbidden) => {
                Cell::Word("forbidden", "vad som inte får skrivas")
            }
            Piece::Information(Information::MayBeRemoved) => {
                Cell::Word("may-be-removed", "att det kan tas bort")
            }
            Piece::Mark(IdentityMark::Name) => Cell::Word("name", "kommunens namn"),
            Piece::Mark(IdentityMark::Logo) => Cell::Word("logo", "logotyp"),
            Piece::Mark(IdentityMark::Web) => Cell::Word("web", "webbplats"),
            Piece::Mark(IdentityMark::Email) => Cell::Word("email", "e-postadress"),
            Piece::Mark(IdentityMark::Phone) => Cell::Word("phone", "telefonnummer"),
            Piece::Mark(IdentityMark::Address) => Cell::Word("address", "fysisk adress"),
            Piece::Common => Cell::Word("common-text", "kommunens gemensamma text"),
        }
    }
}
