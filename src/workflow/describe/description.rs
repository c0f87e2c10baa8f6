//! The arkivbeskrivning, point by point of OSL 4 kap. 2 § and arkivlagen 6 §.

use super::{Description, point, row, text, to_fill_in};
use crate::pdfa::Chapter;
use crate::record::{BagKind, Block, Kind};
use crate::retention::Place;

impl Description {
    pub(super) fn description(&self) -> Vec<Chapter> {
        let chapter = |heading: &str, body: Vec<Block>| Chapter {
            heading: heading.to_owned(),
            body,
        };
        vec![
            chapter("Om utkastet", about()),
            chapter("Organisation och verksamhet", self.organisation_told()),
            chapter("Slag av handlingar", self.kinds()),
            chapter("Sökvägar till handlingarna", ways_in()),
            chapter("Tekniska hjälpmedel för allmänheten", aids()),
            chapter("Sekretess som vanligen tillämpas", self.secrecy()),
            chapter("Gallring och bevarande", self.gallring()),
            chapter(
                "Uppgifter som hämtas från och lämnas till andra",
                self.exchanged(),
            ),
            chapter(
                "Försäljning av personuppgifter",
                vec![
                    text("Programmet lämnar inte ut uppgifter till försäljning."),
                    to_fill_in(
                        "om myndigheten har rätt att sälja personuppgifter, och i så fall vilka.",
                    ),
                ],
            ),
            chapter("Kontakt", self.contact()),
        ]
    }

    fn organisation_told(&self) -> Vec<Block> {
        let mut body = vec![
            text(&format!(
                "{} är arkivbildare för handlingarna nedan inom {}.",
                self.committee, self.organisation
            )),
            to_fill_in(
                "nämndens uppgifter, förvaltningens organisation, viktiga förändringar och arkivets historik.",
            ),
        ];
        if self.accounts.is_empty() {
            body.push(text(
                "Inga konton i sociala medier är registrerade för nämnden.",
            ));
            return body;
        }
        body.push(text(
            "Nämnden är verksam i sociala medier genom dessa konton:",
        ));
        let head = ["Konto", "Plattform", "Adress", "Syfte", "Målgrupp"];
        body.push(row(true, head.map(str::to_owned)));
        for (account, name) in &self.accounts {
            body.push(row(
                false,
                [
                    name.clone(),
                    account.platform.label().to_owned(),
                    account.address.to_string(),
                    account.purpose.clone(),
                    account.audience.clone(),
                ],
            ));
        }
        body
    }

    fn kinds(&self) -> Vec<Block> {
        let mut body = vec![text(
            "Arkivet innehåller det som nämnden publicerar och tar emot i sina konton:",
        )];
        for kind in [Kind::Post, Kind::Page, Kind::Comment, Kind::Message] {
            let of_kind = self.inventory.records.iter().filter(|r| r.kind == kind);
            let count: u64 = of_kind.map(|r| r.records).sum();
            if count > 0 {
                body.push(point(&format!("{}: {count}", many(kind))));
            }
        }
        let pages = self.inventory.bags.iter();
        let pages: u64 = pages
            .filter(|s| s.kind == Some(BagKind::Page))
            .map(|s| s.bags)
            .sum();
        if pages > 0 {
            body.push(point(&format!("sidor så som skärmen visade dem: {pages}")));
        }
        if body.len() == 1 {
            body.push(text("Inga handlingar har hämtats ännu."));
        }
        body.push(text(
            "Varje handling finns som dokument i PDF/A och som data (JSON), med bilder, filmer och filer och plattformens egna svar. \
             Ändringar sparas som versioner. Handlingarna ligger i förseglade arkivpaket med kontrollsummor; arkivförteckningen räknar \
             upp dem serie för serie.",
        ));
        body
    }

    fn secrecy(&self) -> Vec<Block> {
        let restricted = self.inventory.bags.iter();
        let restricted: u64 = restricted
            .filter(|s| s.kind == Some(BagKind::RecordsRestricted))
            .map(|s| s.bags)
            .sum();
        let mut body = vec![text(
            "Det som publiceras i nämndens konton är offentligt. Meddelanden, och kommentarer som hålls inne eller döljs, kan innehålla \
             uppgifter som omfattas av sekretess. De förvaras för sig, och prövas när någon begär att få ta del av dem.",
        )];
        if restricted > 0 {
            body.push(text(&format!(
                "{restricted} arkivpaket innehåller sådant som inte visades offentligt."
            )));
        }
        body.push(to_fill_in(
            "de bestämmelser i offentlighets- och sekretesslagen (2009:400) som nämnden vanligen tillämpar, med kapitel och paragraf.",
        ));
        body
    }

    fn gallring(&self) -> Vec<Block> {
        let mut body = Vec::new();
        match &self.plan {
            None => {
                body.push(text(
                    "Ingen dokumenthanteringsplan är inläst för nämnden. Allt bevaras tills nämnden har beslutat något annat.",
                ));
                body.push(to_fill_in("nämndens beslut om bevarande och gallring."));
            }
            Some(plan) => {
                let header = &plan.header;
                body.push(text(&match &header.decision {
                    Some(d) => format!(
                        "Gallring sker enligt {}, beslutad av {} {} {}.",
                        header.title, d.by, d.date, d.paragraph
                    ),
                    None => format!(
                        "{} är ett utkast. Inget gallras enligt den innan den är beslutad.",
                        header.title
                    ),
                }));
                if let Some(name) = &header.gallringsansvarig {
                    body.push(text(&format!("Gallringsansvarig är {name}.")));
                }
                let head = ["Rad", "Handlingstyp", "Arkivet", "Det sociala mediet"];
                body.push(row(true, head.map(str::to_owned)));
                for line in &plan.rows {
                    body.push(row(
                        false,
                        [
                            line.row.id.to_string(),
                            line.row.handlingstyp.clone(),
                            line.fate(Place::Archive),
                            line.fate(Place::Medium),
                        ],
                    ));
                }
            }
        }
        if self.inventory.destroyed > 0 {
            let what = match self.inventory.destroyed {
                1 => "1 handling är gallrad".to_owned(),
                n => format!("{n} handlingar är gallrade"),
            };
            body.push(text(&format!(
                "{what}. Varje gallring har ett protokoll, som bevaras."
            )));
        }
        body
    }

    fn exchanged(&self) -> Vec<Block> {
        let mut body = vec![text(
            "Handlingarna hämtas regelbundet från plattformarna ovan, enligt ett schema. De kan lämnas till kommunens diarium och till \
             den som begär ut dem.",
        )];
        body.push(text(&match self.inventory.received {
            0 => "Inget har ännu överlämnats till arkivmyndigheten.".to_owned(),
            1 => {
                "1 arkivpaket är överlämnat till arkivmyndigheten, som beslutar om det.".to_owned()
            }
            n => {
                format!("{n} arkivpaket är överlämnade till arkivmyndigheten, som beslutar om dem.")
            }
        }));
        body.push(to_fill_in("andra regelbundna utbyten av uppgifter."));
        body
    }

    fn contact(&self) -> Vec<Block> {
        let mut body = Vec::new();
        if !self.contacts.is_empty() {
            body.push(text("Upplysningar om handlingarna lämnas av:"));
            body.extend(self.contacts.iter().map(|name| point(name)));
        }
        body.push(to_fill_in(match self.contacts.is_empty() {
            true => "vem som lämnar upplysningar om handlingarna, med telefon och e-post.",
            false => "telefon och e-post.",
        }));
        body
    }
}

fn about() -> Vec<Block> {
    vec![text(
        "Utkastet är gjort av programmet arkivd av det som står i dess register. Det gäller bara handlingar från sociala medier, och \
         fogas till nämndens egen arkivbeskrivning. Det som programmet inte kan veta är märkt ATT FYLLA I.",
    )]
}

fn ways_in() -> Vec<Block> {
    vec![
        text("Handlingarna kan sökas fram i programmet arkivd:"),
        point("i fritext, också i kommentarer och i text på sidor"),
        point("på konto, tid, slag av handling och handlingstyp"),
        text(
            "Kommunens förteckning över konton i sociala medier visar vilka kanaler som finns och vem som ansvarar för dem.",
        ),
        to_fill_in("diarium och andra register som leder till handlingarna."),
    ]
}

fn aids() -> Vec<Block> {
    vec![
        text(
            "Handlingarna visas på begäran på plats, på papper eller som PDF. Dokumenten är tillgängliga för skärmläsare (PDF/UA).",
        ),
        to_fill_in("om allmänheten kan använda en egen terminal hos myndigheten."),
    ]
}

fn many(kind: Kind) -> &'static str {
    match kind {
        Kind::Post => "inlägg",
        Kind::Page => "sidor",
        Kind::Comment => "kommentarer",
        Kind::Message => "meddelanden",
    }
}
