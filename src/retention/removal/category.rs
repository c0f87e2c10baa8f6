//! Categories: what the law itself names (BBS-lagen, EU 2021/784), and what a municipality's own rules forbid.

use crate::policy::{self, Entry, Policy, Profile, Requirement};
use crate::retention::PlanRow;

/// What a category rests on, and what follows from that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CategoryKind {
    /// BBS-lagen (1998:112) 5 §, or terrorist content (EU) 2021/784.
    Statutory,
    /// The municipality's own rules.
    House,
    /// Someone's life may be at stake: 112 first, and no notice to the author.
    CryForHelp,
    /// Suspected child abuse material: never captured, only `removal emergency`.
    Emergency,
    /// Who told of it did not say: to be set before the case is closed.
    Unclear,
}

/// One category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub id: String,
    /// In Swedish.
    pub name: String,
    pub kind: CategoryKind,
    /// The rule's words, and where they stand; `None` where no rule says it.
    pub rule: Option<Rule>,
    /// True when the municipality's own text has it.
    pub own: bool,
}

/// A rule in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub requirement: String,
    pub source: String,
    pub quote: String,
}

impl Rule {
    pub(super) fn of(requirement: &Requirement, source: &policy::Source, quote: &str) -> Self {
        Self {
            requirement: requirement.to_string(),
            source: source.to_string(),
            quote: quote.to_owned(),
        }
    }

    /// What a row of a plan says of registration. `None` where it says nothing, or leaves it to be judged: "i de fall
    /// som krävs" demands nothing by itself.
    pub fn of_registration(row: &PlanRow) -> Option<Self> {
        let said = row.registration.as_deref()?;
        let words: Vec<String> = said.split_whitespace().map(str::to_lowercase).collect();
        let words = format!(" {} ", words.join(" "));
        let judged = [
            " i de fall ",
            " vid behov ",
            " om det behövs ",
            " ej ",
            " inte ",
        ];
        if judged.iter().any(|judged| words.contains(judged)) {
            return None;
        }
        let source = row.source.clone();
        Some(Self {
            requirement: format!("plan row {}", row.id),
            source: source.unwrap_or_else(|| row.handlingstyp.clone()),
            quote: said.to_owned(),
        })
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}, {}: \"{}\"",
            self.requirement, self.source, self.quote
        )
    }
}

/// All categories of one municipality: its own rules first, then what the law names besides.
#[derive(Debug, Clone)]
pub struct Categories(Vec<Category>);

/// What the law forbids to capture.
/// The category of suspected child abuse material, of every municipality.
pub const EMERGENCY: &str = "barnpornografi";
const CRY_FOR_HELP: &str = "nodrop";
const UNCLEAR: &str = "oklar";

/// Ids that people write for what has another.
const ALSO: &[(&str, &str)] = &[
    ("nödrop", CRY_FOR_HELP),
    ("suicid", CRY_FOR_HELP),
    ("självmord", CRY_FOR_HELP),
    ("självmordshot", CRY_FOR_HELP),
    ("barnporr", EMERGENCY),
    ("barnpornografibrott", EMERGENCY),
    ("övergrepp mot barn", EMERGENCY),
    ("dokumenterade övergrepp mot barn", EMERGENCY),
    ("spam", "reklam"),
];

impl Categories {
    /// # Errors
    /// Those of the profiles that come with arkivd.
    pub fn of(policy: &Policy) -> Result<Self, policy::Error> {
        // The law's own list is the standard profile's.
        let law = Profile::named("standard")?.policy.removal_category;
        let care = Profile::named("lilla-edet")?.policy.removal_category;
        let is_law = |id: &str| law.iter().any(|entry| entry.id.as_str() == id);
        let kind = |id: &str| match id {
            EMERGENCY => CategoryKind::Emergency,
            CRY_FOR_HELP => CategoryKind::CryForHelp,
            id if is_law(id) => CategoryKind::Statutory,
            _ => CategoryKind::House,
        };
        let read = |entry: &Entry, own| Category {
            id: entry.id.to_string(),
            name: entry.name.to_string(),
            kind: kind(entry.id.as_str()),
            rule: Some(Rule::of(
                &entry.requirement,
                &entry.source,
                entry.quote.as_str(),
            )),
            own,
        };
        let mut all: Vec<Category> = policy
            .removal_category
            .iter()
            .map(|e| read(e, true))
            .collect();
        for entry in &law {
            if all.iter().all(|c| c.id != entry.id.as_str()) {
                all.push(read(entry, false));
            }
        }
        if all.iter().all(|c| c.id != CRY_FOR_HELP) {
            let known = care.iter().find(|e| e.id.as_str() == CRY_FOR_HELP);
            // It is asked for everywhere; the words are one municipality's, and no rule of another.
            all.extend(known.map(|entry| Category {
                rule: None,
                ..read(entry, false)
            }));
        }
        all.push(Category {
            id: UNCLEAR.to_owned(),
            name: "Ännu inte bedömt".to_owned(),
            kind: CategoryKind::Unclear,
            rule: None,
            own: false,
        });
        Ok(Self(all))
    }

    pub fn all(&self) -> &[Category] {
        &self.0
    }

    /// By its id or its name, however it is written.
    pub fn find(&self, said: &str) -> Option<&Category> {
        let said = said.trim().to_lowercase();
        let by = |said: &str| {
            self.0
                .iter()
                .find(|c| c.id == said || c.name.to_lowercase() == said)
        };
        by(&said).or_else(|| {
            let (_, id) = ALSO.iter().find(|(also, _)| *also == said)?;
            by(id)
        })
    }

    /// For what nobody has judged yet.
    pub fn unclear(&self) -> Option<&Category> {
        self.find(UNCLEAR)
    }
}

impl Category {
    /// True when the account is to be watched tighter afterwards (VAR-6): what is illegal or improper, not advertising.
    pub fn is_incident(&self) -> bool {
        match self.kind {
            CategoryKind::Statutory | CategoryKind::Emergency => true,
            CategoryKind::House => !["reklam", "spam"].contains(&self.id.as_str()),
            CategoryKind::CryForHelp | CategoryKind::Unclear => false,
        }
    }

    /// What the category rests on, in Swedish.
    pub fn ground(&self) -> String {
        match (self.kind, self.own) {
            (CategoryKind::Statutory, false) if self.id == "terrorisminnehall" => {
                "förordning (EU) 2021/784 om terrorisminnehåll online".to_owned()
            }
            (CategoryKind::Statutory, _) => {
                "5 § lagen (1998:112) om ansvar för elektroniska anslagstavlor".to_owned()
            }
            (CategoryKind::Emergency, _) => "16 kap. 10 a § brottsbalken".to_owned(),
            (CategoryKind::CryForHelp, _) => "omsorg om den som skrivit".to_owned(),
            (CategoryKind::House, _) => "kommunens egna regler".to_owned(),
            (CategoryKind::Unclear, _) => "ännu inte bedömt".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(profile: &str) -> Categories {
        Categories::of(&Profile::named(profile).unwrap().policy).unwrap()
    }

    #[test]
    fn every_municipality_has_the_laws_own_and_its_rules() {
        for (profile, own) in [
            ("falkoping", 9),
            ("lilla-edet", 9),
            ("tibro", 8),
            ("vara", 9),
            ("hallstahammar", 9),
            ("standard", 9),
        ] {
            let all = of(profile);
            let count = all.all().iter().filter(|c| c.own).count();
            assert_eq!(count, own, "{profile}");
            for id in [
                "olaga-hot",
                "olaga-integritetsintrang",
                "uppvigling",
                "hets-mot-folkgrupp",
                "olaga-valdsskildring",
                "offentlig-uppmaning",
                "upphovsratt-lag",
                "terrorisminnehall",
            ] {
                let found = all.find(id).unwrap();
                assert_eq!(found.kind, CategoryKind::Statutory, "{profile} {id}");
                assert!(found.rule.is_some() && found.is_incident());
            }
            for said in ["barnpornografi", "Barnpornografi", " BARNPORR "] {
                let found = all.find(said).unwrap();
                assert_eq!(found.kind, CategoryKind::Emergency, "{profile} {said}");
            }
            for said in ["nodrop", "Nödrop"] {
                let found = all.find(said).unwrap();
                assert_eq!(found.kind, CategoryKind::CryForHelp, "{profile}");
                assert!(!found.is_incident());
            }
            assert!(all.find("påhittad").is_none() && all.unclear().is_some());
        }
    }

    #[test]
    fn a_rule_of_the_municipality_comes_with_its_own_words() {
        let all = of("lilla-edet");
        let own = all.find("uppvigling").unwrap();
        assert!(own.own && own.kind == CategoryKind::Statutory);
        let rule = own.rule.as_ref().unwrap().to_string();
        assert_eq!(rule, "LED-4, lilla-edet.txt:122: \"uppvigling\"");
        let tibro = of("tibro");
        assert!(!tibro.find("reklam").unwrap().is_incident());
        assert_eq!(
            tibro.find("Kommersiella budskap").unwrap().id,
            "reklam",
            "by its name"
        );
        assert!(
            tibro.find("nodrop").unwrap().rule.is_none(),
            "another's words are no rule here"
        );
    }
}
